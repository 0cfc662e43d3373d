"""`llmspell resume`: go on with a run that was interrupted."""

import asyncio
from typing import Any

import click

from llmspell.cli import _console
from llmspell.cli._cast import check_output, conclude, host_of, interrupted
from llmspell.cli._flags import speaking
from llmspell.cli._grants import Granting, Rights
from llmspell.cli._journal import Silence, warn
from llmspell.cli._permission import attend
from llmspell.cli._repeat import Repeat, going_on
from llmspell.cli._sequel import first, sequel
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.errors import ArgumentError
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal import holds
from llmspell.journal.records import Hold


@click.command("resume", cls=Granting, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--script", metavar="SPELL", help="Go on with this file, if it asks for all that the run has asked.")
@going_on
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the result to a file.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, /, run: str, script: str | None, **flags: Any) -> int:
    """Go on with RUN: its id, the beginning of that, or `latest`.

    The spell runs again as it was, whatever its file says by now. Calls that had been answered get that answer and are
    not made again; then it goes on. What it may touch is what you allow now, not what was allowed then.
    """
    if flags["seed"] is not None:
        raise ArgumentError("--seed: a run keeps the seed that it began with")
    return asyncio.run(_resume(terminal, run, script, flags))


async def _resume(terminal: Terminal, name: str, script: str | None, flags: dict[str, Any]) -> int:
    check_output(flags["output"])
    case = await Repeat.of(name, script)
    try:
        archive.check_alone(case.record)
    except ArgumentError as error:
        error.hint = sequel(await first(case.store, case.record))
        raise
    holds.check_going_on(case.record.run_id, (case.record.status,))
    flags = case.secured(flags)
    sink = TerminalSink(terminal)
    silence = Silence(sink)
    async with host_of(flags, Rights(case.project, flags).policy, terminal) as host:
        console = _console.at(terminal)
        rules = await case.grant(host, flags, terminal, console)
        run = case.prepare(host, rules, silence, flags)
        run.at_frontier = silence.end
        if script is not None:
            await case.prove(flags, 0)
        elif file := case.changed():
            terminal.note(
                f"{file} has changed since: the run goes on with what it was (--script {file} tries the new one)"
            )
        hold = await _taken(case)
        attend(run, console)
        past = await Past.of(case.store, case.record.run_id)
        run.remember(past, Scribe.holding(case.store, hold, lambda error: warn(error, terminal)))
        stopped_by = await interrupted(host, run)
    return conclude(run, terminal, sink, stopped_by, flags["output"], flags)


async def _taken(case: Repeat) -> Hold:
    """Return the right to write the run, with what it goes on with."""
    if case.script is None:
        return await case.store.resume(case.record.run_id, archive.owner())
    files = archive.files(case.bundle)
    return await case.store.resume(case.record.run_id, archive.owner(), case.bundle.sha, files)
