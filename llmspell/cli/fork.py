"""`llmspell fork`: a new run that begins with what another was told."""

import asyncio
from typing import Any

import click

from llmspell.cli import _console
from llmspell.cli._cast import check_output, conclude, host_of, interrupted
from llmspell.cli._flags import speaking
from llmspell.cli._grants import Granting, Rights
from llmspell.cli._journal import warn
from llmspell.cli._permission import attend
from llmspell.cli._repeat import Repeat, going_on
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.errors import ArgumentError
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.run import Run
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Entry


@click.command("fork", cls=Granting, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--at", type=click.IntRange(1), metavar="CALL", help="Make this call anew, and all that follows.")
@click.option("--script", metavar="SPELL", help="Go on with this file: before CALL it has to ask for the same.")
@going_on
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the result to a file.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, /, run: str, at: int | None, script: str | None, **flags: Any) -> int:
    """Begin a new run with what RUN was told before CALL; from there it goes on by itself.

    RUN is an id, the beginning of one, or `latest`; `llmspell show RUN --calls` has the numbers of its calls. Without
    --at a run that has failed in a call begins with that call, and any other with all that it was told.

    The old run stays as it is. What it has paid for is not paid again, and does not count against the budget of the new
    one. What the new run may touch is what you allow now.
    """
    if flags["seed"] is not None:
        raise ArgumentError("--seed: a fork keeps the seed of its run")
    return asyncio.run(_fork(terminal, run, at, script, flags))


async def _fork(terminal: Terminal, name: str, at: int | None, script: str | None, flags: dict[str, Any]) -> int:
    check_output(flags["output"])
    case = await Repeat.of(name, script)
    flags = case.secured(flags)
    entries = await case.entries(at)
    at = _failed_in(case, entries) if at is None else at
    if script is not None:
        await case.prove(flags, at or 0)
    elif at is None and case.record.status == "done":
        hint = "choose a call with --at, or another script with --script"
        raise ArgumentError(f"run {case.record.run_id} has ended well: nothing is left to do", hint=hint)
    sink = TerminalSink(terminal)
    async with host_of(flags, Rights(case.project, flags).policy, terminal) as host:
        words = ("fork",) if at is None else ("fork", "--at", str(at))
        console = _console.at(terminal)
        rules = await case.grant(host, flags, terminal, console, *words)
        run = host.repeat(case.record, case.bundle, project=case.project, rules=rules, sink=sink, fork=True)
        run.begins = archive.start_of_fork(case.record, run.start())
        if script is None:
            case.check_granted(rules, flags, *words)
        taken = await _taken(case, run, at, terminal)
        terminal.note(f"{run.id}: {taken} calls are answered from run {case.record.run_id}, the rest is new")
        attend(run, console)
        stopped_by = await interrupted(host, run)
    case.advise(run.error)
    return conclude(run, terminal, sink, stopped_by, flags["output"], flags)


async def _taken(case: Repeat, run: Run, at: int | None, terminal: Terminal) -> int:
    """Give a new run its part of the other, and return how many calls are answered in that."""
    record = archive.forked(run, case.record, at)
    hold = await case.store.fork(case.record.run_id, at, record, archive.files(case.bundle))
    past = await Past.of(case.store, run.id)
    run.remember(past, Scribe.holding(case.store, hold, lambda error: warn(error, terminal)))
    return past.answered


def _failed_in(case: Repeat, entries: list[Entry]) -> int | None:
    """Return the call whose error a run has ended with, if there is one."""
    error = case.record.error
    if error is None:
        return None
    failed = (entry for entry in entries if entry.ok is False and entry.ord is not None and not entry.key)
    same = (each.no for each in failed if _said(each.value) == _said(error))
    return next(same, None)


def _said(error: Any) -> tuple[Any, Any]:
    return (error.get("kind"), error.get("message")) if isinstance(error, dict) else (None, None)
