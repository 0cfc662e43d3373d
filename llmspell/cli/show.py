"""`llmspell show`: one run."""

import asyncio
import json
from typing import Any

import click

from llmspell.bridge.values import plain
from llmspell.cli import _table
from llmspell.cli._flags import speaking
from llmspell.cli._journal import document, journal_of, status
from llmspell.cli._terminal import Terminal, shown
from llmspell.cli.runs import cost, took
from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.wording import clip, visible

_CELL = 200  # characters of what was asked or answered


@click.command("show", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--calls", is_flag=True, help="Each call: what was asked, and what came of it.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, run: str, calls: bool) -> int:
    """Show RUN: its id, the beginning of that, or `latest`."""
    return asyncio.run(_show(journal_of(Project.of()), run, calls, terminal))


async def _show(store: Store, name: str, calls: bool, terminal: Terminal) -> int:
    run = await store.run(name)
    entries = [entry async for entry in store.calls(run.run_id)] if calls else []
    if terminal.as_json:
        report = document(run) | ({"calls": [_as_data(entry) for entry in entries]} if calls else {})
        terminal.write_document(report)
    elif calls:
        head = ("CALL", "OP", "LINE", "STATE", "COST", "ASKED", "ANSWER")
        _table.write(terminal, head, [_row(entry) for entry in entries])
    else:
        _tell(run, terminal)
    return 0


def _tell(run: RunRecord, terminal: Terminal) -> None:
    lines = {
        "run": run.run_id,
        "status": status(run),
        "spell": run.identity,
        "args": _short(run.args),
        "took": took(run),
        "cost": cost(run.usage),
        "model": run.model or "-",
        "security": run.profile,
        "seed": str(run.seed),
        "bundle": run.bundle[:12],
    }
    if run.error is not None:
        lines["error"] = f"{run.error['kind']}: {run.error['message']}"
    terminal.write("".join(f"{name:<9} {visible(text)}\n" for name, text in lines.items()))
    if run.result is not None:
        terminal.write(f"result\n{shown(run.result, pretty=True)}")


def _row(entry: Entry) -> list[str]:
    number = f"{entry.no}/{entry.key}" if entry.key else str(entry.no)
    place = f"{entry.file}:{entry.line}" if entry.file else str(entry.line)
    usage = entry.meta.get("usage", {})
    price = usage | {"usd": None if usage.get("unpriced") else usage.get("usd", 0.0)}
    return [number, entry.op, place, _state(entry), cost(price), _short(entry.request), _short(entry.value)]


def _state(entry: Entry) -> str:
    if entry.ok is None:
        return "called" if entry.ord is not None else "open"
    ended = "ok" if entry.ok else "failed"
    return ended if entry.ord is not None or entry.key else f"{ended}, not told"


def _short(value: Any) -> str:
    if value is None:
        return ""
    return clip(json.dumps(value, ensure_ascii=False, default=repr), _CELL)


def _as_data(entry: Entry) -> dict[str, Any]:
    return {
        "no": entry.no, "key": entry.key, "op": entry.op, "effect": entry.effect, "file": entry.file,
        "line": entry.line, "ok": entry.ok, "ord": entry.ord, "batch": entry.batch, "t_ms": entry.t_ms,
        "request": _plain(entry.request), "value": _plain(entry.value), "meta": entry.meta,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """Return a value as JSON can say it: bytes are their length."""
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return plain(value)
