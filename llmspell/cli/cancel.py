"""`llmspell cancel`: stop a run."""

import asyncio
import time

import click

from llmspell.cli._flags import speaking
from llmspell.cli._journal import journal_of
from llmspell.cli._sequel import first, sequel
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, Cancelled
from llmspell.host import archive
from llmspell.host.scribe import outcome
from llmspell.journal.owners import status
from llmspell.journal.records import ENDED, FINISHED, RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.wording import clip, visible

PATIENCE = 5.0
"""Seconds that a process has to hear of it, to let its spell clean up, and to write down how it ended."""

_LOOK = 0.05


@click.command("cancel", context_settings={"help_option_names": ["-h", "--help"]})
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, run: str) -> int:
    """Stop RUN, wherever it runs, as Ctrl-C would there: its id, the beginning of that, or `latest`.

    What it was paid for stays: `llmspell resume` can still go on with it.
    """
    return asyncio.run(_cancel(journal_of(Project.of()), run, terminal))


async def _cancel(store: Store, name: str, terminal: Terminal) -> int:
    run = await store.run(name)
    if not await store.stop(run.run_id, "cancelled"):
        raise await _over(store, await store.run(run.run_id))
    was = status(run)
    state = await _ended(store, run.run_id) if was == "running" else await _end(store, run)
    if state in FINISHED and state not in ENDED and not terminal.as_json:
        terminal.note(f"{state} {run.run_id}  {sequel(await first(store, run))}")
    elif terminal.as_json:
        terminal.write_document({"status": "ok", "run": run.run_id, "was": was, "is": state})
    elif state in FINISHED:
        terminal.note(f"{state} {run.run_id}")
    else:
        terminal.note(f"{run.run_id} was told to stop, and has not done so yet ({run.owner})")
    return 0


async def _over(store: Store, run: RunRecord) -> ArgumentError:
    """Return the error for a run that nobody can stop any more, with what can be done with it."""
    name = visible(clip(run.run_id, 100))
    hint = f"llmspell replay {name} repeats it, llmspell fork {name} --at CALL begins a new one with it"
    if run.status not in ENDED:
        hint = f"{sequel(await first(store, run))} goes on with it"
    return ArgumentError(f"run {name} has ended: {run.status}", hint=hint)


async def _ended(store: Store, run_id: str) -> str:
    """Wait until whoever runs it has stopped."""
    until = time.monotonic() + PATIENCE
    while (found := await store.run(run_id)).status == "running" and time.monotonic() < until:
        if status(found) != "running":  # its process has died over it
            return await _end(store, found)
        await asyncio.sleep(_LOOK)
    return found.status


async def _end(store: Store, run: RunRecord) -> str:
    """End a run that nobody runs."""
    hold = await store.resume(run.run_id, archive.owner())
    await store.finish(hold, "cancelled", error=outcome(Cancelled("cancelled")))
    return "cancelled"
