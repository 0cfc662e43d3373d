"""What `llmspell runs` can do to the journal as a whole: forget, look for damage, save from it."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import click

from llmspell import durations, settings
from llmspell.cli._flags import speaking
from llmspell.cli._journal import FILE, journal_of
from llmspell.cli._listing import begun
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, ConfigError, SpellError, within
from llmspell.journal.records import Finding, Pruned, Retention
from llmspell.journal.recovery import Recovered
from llmspell.journal.repair import repair
from llmspell.journal.schema import explained
from llmspell.project import Project
from llmspell.wording import visible

_HELP = {"help_option_names": ["-h", "--help"]}
_SHOWN = 20
_DAMAGED = 3


@click.command("prune", context_settings=_HELP)
@click.option("--before", help="Runs that began before: 30d, or 2026-01-31.")
@click.option("--keep", type=click.IntRange(0), help="All but the newest so many.")
@click.option("--size", help="The oldest, until the journal has at most so much: 1GiB.")
@click.option("--unfinished", is_flag=True, help="Also runs that have not ended, which could be resumed.")
@click.option("--dry-run", is_flag=True, help="Say what would be forgotten, and forget nothing.")
@speaking
@click.argument("runs", nargs=-1, metavar="[RUN…]")
@click.pass_obj
def prune(terminal: Terminal, /, **flags: Any) -> int:
    """Forget runs that have ended, and give back the room: these RUNs, and those that any option names."""
    return asyncio.run(_prune(terminal, flags))


async def _prune(terminal: Terminal, flags: dict[str, Any]) -> int:
    if not flags["runs"] and all(flags[name] is None for name in ("before", "keep", "size")):
        raise ArgumentError(
            "say which runs to forget",
            hint="`--before 30d`, `--keep 100`, `--size 1GiB`, or RUN; try it with --dry-run",
        )
    with within("--size"):
        size = None if flags["size"] is None else durations.size(flags["size"])
    store = journal_of(Project.of())
    try:
        found = [await store.run(name) for name in flags["runs"]]
        for run in found:
            if not (run.finished or flags["unfinished"]):
                hint = "with --unfinished it is forgotten all the same"
                raise ArgumentError(f"run {run.run_id} has not ended: it is {run.status}", hint=hint)
        retention = Retention(
            runs=tuple(run.run_id for run in found), before_ms=begun(flags["before"], "--before"), keep=flags["keep"],
            size=size, unfinished=flags["unfinished"], dry=flags["dry_run"],
        )  # fmt: skip
        _tell_pruned(await store.prune(retention), retention, terminal)
    finally:
        await store.close()
    return 0


def _tell_pruned(pruned: Pruned, retention: Retention, terminal: Terminal) -> None:
    if terminal.as_json:
        document = {"status": "ok", "forgotten": pruned.runs, "freed": pruned.freed, "dry": retention.dry}
        terminal.write_document(document)
        return
    word, end = ("would forget", "would be free") if retention.dry else ("forgot", "freed")
    for run in pruned.runs[:_SHOWN]:
        terminal.write(f"{visible(run)}\n")
    if len(pruned.runs) > _SHOWN:
        terminal.note(f"… and {len(pruned.runs) - _SHOWN} more")
    terminal.note(f"{word} {_counted(len(pruned.runs), 'run')}, {end}: {_bytes(pruned.freed)}")


@click.command("recover", context_settings=_HELP)
@speaking
@click.pass_obj
def recover(terminal: Terminal) -> int:
    """Save what can be read of a damaged journal into a new one; the damaged one is kept beside it."""
    project = Project.of()
    path, limit = project.data() / FILE, settings.journal(project.root).size
    try:
        repaired = repair(path, limit)
    except SpellError:
        raise
    except Exception as error:
        raise explained(error, path, limit) from None
    if repaired is None:
        if terminal.as_json:
            terminal.write_document({"status": "ok", "damaged": None})
        terminal.note(f"the journal is whole, there is nothing to recover: {path}")
        return 0
    _tell_recovered(repaired.saved, repaired.damaged, terminal)
    return 0


def _tell_recovered(saved: Recovered, damaged: Path, terminal: Terminal) -> None:
    if terminal.as_json:
        terminal.write_document({"status": "ok", "damaged": str(damaged), **saved._asdict()})
        return
    lost = [_counted(count, word) for count, word in ((saved.lost_runs, "run"), (saved.lost_entries, "call")) if count]
    terminal.tell(f"saved {_counted(saved.runs, 'run')} with {_counted(saved.entries, 'call')}")
    terminal.tell(f"lost at least {' and '.join(lost)}" if lost else "nothing else was seen in it")
    for run in saved.cut[:_SHOWN]:
        terminal.tell(f"{visible(run)} has lost some of what it was told: it can be resumed, and replayed up to there")
    for run in saved.spells[:_SHOWN]:
        terminal.tell(f"{visible(run)} has lost its spell: it can be shown")
    terminal.tell(f"the damaged journal is {visible(str(damaged))}")


@click.command("check", context_settings=_HELP)
@speaking
@click.pass_obj
def check(terminal: Terminal) -> int:
    """Say whether the journal is whole: its file, its pages, and all that runs need to be repeated."""
    return asyncio.run(_check(terminal))


async def _check(terminal: Terminal) -> int:
    project = Project.of()
    path, limit = project.data() / FILE, settings.journal(project.root).size
    store = journal_of(project)
    try:
        found = [_file(path, limit), *await store.check()] if path.exists() else []
    except ConfigError as error:
        found = [_file(path, limit), Finding("tables", (error.message,))]
    finally:
        await store.close()
    if terminal.as_json:
        findings = [{"name": each.name, "ok": not each.problems, "problems": list(each.problems)} for each in found]
        bad = any(each.problems for each in found)
        document = {"status": "failed" if bad else "ok", "journal": str(path), "bytes": _on_disk(path), "limit": limit}
        terminal.write_document(document | {"findings": findings})
    elif not found:
        terminal.note("there are no runs yet")
    else:
        _tell_findings(found, f"{path} ({_bytes(_on_disk(path))} of {_bytes(limit)})", terminal)
    return _DAMAGED if any(each.problems for each in found) else 0


def _tell_findings(found: list[Finding], file: str, terminal: Terminal) -> None:
    for each in found:
        terminal.write("".join(f"problem  {each.name:<7} {visible(problem)}\n" for problem in each.problems))
        if not each.problems:
            terminal.write(f"ok       {each.name:<7} {visible(file) if each.name == 'file' else ''}".rstrip() + "\n")
    if any(each.problems for each in found if each.name != "file"):
        terminal.note("`llmspell runs recover` saves what can be, and keeps this journal beside the new one")


def _file(path: Path, limit: int) -> Finding:
    """Return whether the file is where and what it has to be; nothing here opens it."""
    said, found = path.stat(), []
    if stat.S_IMODE(said.st_mode) & 0o077:
        found.append("others than its owner can read it: the next run makes it private")
    if said.st_size == 0:
        found.append("it is empty")
    if _on_disk(path) > limit * 0.9:
        found.append(f"it has {_bytes(_on_disk(path))} of {_bytes(limit)}: `llmspell runs prune` forgets old runs")
    return Finding("file", tuple(found))


def _on_disk(path: Path) -> int:
    """Return the bytes of the journal with its log."""
    parts = (path.with_name(path.name + side) for side in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _bytes(count: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if abs(count) >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
