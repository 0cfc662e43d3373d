"""`llmspell runs`: the runs of the project."""

import asyncio
import time
from datetime import datetime
from typing import Any, cast, get_args

import click

from llmspell import durations
from llmspell.cli import _table
from llmspell.cli._flags import speaking
from llmspell.cli._journal import document, journal_of, status
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.journal.records import Query, RunRecord, Status
from llmspell.project import Project
from llmspell.wording import listed, shown

_STATUSES = get_args(Status)


@click.command("runs", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--spell", help="Runs of this spell: its path in the project, or its name as it was given.")
@click.option("--status", "statuses", multiple=True, metavar="WORD,…", help=f"Only {listed(_STATUSES, 'or')}.")
@click.option("--since", help="Begun since then: 2h, 7d, or 2026-01-31.")
@click.option("-n", "most", type=click.IntRange(1), default=20, show_default=True, help="The newest so many.")
@speaking
@click.pass_obj
def command(terminal: Terminal, spell: str | None, statuses: tuple[str, ...], since: str | None, most: int) -> int:
    """List the runs of the project, the newest first: id, status, spell, when it began, how long it took, its cost."""
    wanted = tuple(word for each in statuses for word in each.split(","))
    query = Query(spell=spell, status=_known(wanted), since_ms=_since(since), limit=most)
    found = asyncio.run(journal_of(Project.of()).runs(query))
    if terminal.as_json:
        terminal.write_document({"status": "ok", "runs": [_summary(run) for run in found]})
        return 0
    if not found:
        terminal.note("no runs")
    else:
        _table.write(terminal, ("RUN", "STATUS", "SPELL", "BEGAN", "TOOK", "COST"), [_row(run) for run in found])
    return 0


def _summary(run: RunRecord) -> dict[str, Any]:
    return {name: value for name, value in document(run).items() if name != "result"}


def _row(run: RunRecord) -> list[str]:
    began = datetime.fromtimestamp(run.created_ms / 1000).astimezone().isoformat(" ", "seconds")
    return [run.run_id, status(run), run.identity, began, took(run), cost(run.usage)]


def took(run: RunRecord) -> str:
    """Return how long a run has taken by the clock, as far as the journal knows."""
    return durations.spoken((run.updated_ms - run.created_ms) / 1000)


def cost(usage: dict[str, Any]) -> str:
    """Return what models have cost."""
    if not usage.get("requests"):
        return "-"
    return "unknown" if usage["usd"] is None else f"${usage['usd']:.4f}"


def _known(words: tuple[str, ...]) -> tuple[Status, ...]:
    for word in words:
        if word not in _STATUSES:
            raise ArgumentError(f"--status: there is no status {shown(word)}", hint=f"there are {listed(_STATUSES)}")
    return cast("tuple[Status, ...]", words)


def _since(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        pass
    try:
        return round((time.time() - durations.parse(text)) * 1000)
    except ArgumentError:
        raise ArgumentError(f"--since: {shown(text)} is neither a span nor a date", hint="2h, 7d, 2026-01-31") from None
