"""`llmspell replay`: a run once more, from its record alone."""

import asyncio
from typing import Any

import click

from llmspell.cli._cast import conclude
from llmspell.cli._flags import speaking
from llmspell.cli._repeat import Repeat
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.cli.diff import compare
from llmspell.context import Sink
from llmspell.errors import ArgumentError, Cancelled, Diverged
from llmspell.host import archive
from llmspell.host.contrast import said
from llmspell.host.run import Run
from llmspell.messages import Call
from llmspell.security.profile import Profile
from llmspell.story.figures import data
from llmspell.wording import clip, visible


@click.command("replay", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--until", type=click.IntRange(1), metavar="CALL", help="Stop before this call is answered.")
@click.option("--diff", "other", metavar="OTHER", help="Show how this run differs from the one that is repeated.")
@click.option("--script", metavar="SPELL", help="Run this file instead: it has to ask for the same, in the same order.")
@click.option("--security", help="low, medium, high, or the path of a profile: the most that the run may use up.")
@click.option("--allow-weak-isolation", is_flag=True, help="Run although this system cannot lock a worker fully.")
@speaking
@click.argument("run")
@click.pass_obj
def command(
    terminal: Terminal, /, run: str, until: int | None, other: str | None, script: str | None, **flags: Any
) -> int:
    """Repeat RUN from the journal: its id, the beginning of that, or `latest`.

    The spell runs again as it was, and every call gets the answer that it got then: nothing is asked, written or paid.
    It prints and returns the same. If it asks for something else, it stops there with exit code 10 and both requests.

    With --until it stops before CALL gets its answer, and shows what the spell has printed and what it waits for:
    exactly where `llmspell fork RUN --at CALL` goes on. With --diff it prints what `llmspell diff RUN OTHER` does, once
    RUN has proved to be repeatable.
    """
    if until is not None and other is not None:
        raise ArgumentError("--until and --diff: choose one of them")
    return asyncio.run(_replay(terminal, run, script, until, other, flags))


async def _replay(
    terminal: Terminal, name: str, script: str | None, until: int | None, other: str | None, flags: dict[str, Any]
) -> int:
    case = await Repeat.of(name, script)
    today, weak = Profile.load(flags["security"] or archive.usual(case.record)), flags["allow_weak_isolation"]
    if until is not None:
        return await _part(terminal, case, until, today, weak)
    if other is not None:
        return await _beside(terminal, case, other, today, weak)
    sink = TerminalSink(terminal)
    run, stopped_by = await case.tell(sink, lambda _: archive.recorded_error(case.record), today, weak=weak)
    if not stopped_by:
        run.error = archive.check_outcome(case.record, run.value, run.error)
    return conclude(run, terminal, sink, stopped_by)


async def _beside(terminal: Terminal, case: Repeat, other: str, today: Profile, weak: bool) -> int:
    """Repeat the run in silence, and show how another differs from it."""
    ends = archive.recorded_error(case.record)
    run, stopped_by = await case.tell(Sink(), lambda _: ends, today, weak=weak)
    if stopped_by:
        return 128 + stopped_by
    error = archive.check_outcome(case.record, run.value, run.error)
    if isinstance(error, Diverged):
        raise error
    return await compare(case.store, (case.record.run_id, other), terminal)


async def _part(terminal: Terminal, case: Repeat, until: int, today: Profile, weak: bool) -> int:
    """Repeat the run up to a call, and show where it is then."""
    await case.entries(until)  # refuses a call that is not there
    reached = Cancelled(f"stopped before call {until} is answered")
    waiting: list[Call] = []

    def stop(run: Run) -> Cancelled:
        waiting.extend(run.waiting)
        return reached

    sink = TerminalSink(terminal)
    run, stopped_by = await case.tell(sink, stop, today, weak=weak, until=until)
    if run.error is not reached:
        return conclude(run, terminal, sink, stopped_by)
    if terminal.as_json:
        asked = [{"no": c.id, "op": c.op, "request": data(c.args), "file": c.file, "line": c.line} for c in waiting]
        terminal.write_document(_document(run, sink, asked))
        return 0
    terminal.note(f"{run.id} waits here for {len(waiting)} {'answer' if len(waiting) == 1 else 'answers'}:")
    for call in waiting:
        place = f"{clip(visible(call.file or case.bundle.spell.path), 80)}:{call.line}"
        terminal.note(f"  {call.id}  {place}  {said(call.op, call.args)}")
    return 0


def _document(run: Run, sink: TerminalSink, asked: list[dict[str, Any]]) -> dict[str, Any]:
    return {"run": run.id, "status": "stopped", "output": "".join(sink.printed), "waiting": asked}
