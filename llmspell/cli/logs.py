"""`llmspell logs`: what a run says, while it goes on."""

import asyncio

import click

from llmspell.cli import _reading
from llmspell.cli._flags import speaking
from llmspell.cli._journal import journal_of
from llmspell.cli._terminal import Terminal, encoded
from llmspell.journal.owners import status
from llmspell.journal.records import Line, RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.story import figures, speech
from llmspell.wording import visible

PAUSE = 0.2
"""Seconds between two looks at a run that goes on."""

_TOGETHER = 1000  # lines that are written at once


@click.command("logs", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends, or waits for a person.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, run: str, follow: bool) -> int:
    """Show what RUN has printed and logged, and its progress; with --json, a line of JSON for each.

    RUN is its id, the beginning of that, or `latest`. The run may go on in another process.
    """
    return asyncio.run(_logs(journal_of(Project.of()), run, follow, terminal))


async def _logs(store: Store, name: str, follow: bool, terminal: Terminal) -> int:
    run = await store.run(name)
    last = await _more(store, run, 0, terminal)
    while follow:
        run = await store.run(run.run_id)
        last = await _more(store, run, last, terminal)  # after the look at the run: it says nothing when it has ended
        if status(run) != "running":
            terminal.note(visible(f"{run.run_id}: {status(run)}"))
            break
        await asyncio.sleep(PAUSE)
    return 0


async def _more(store: Store, run: RunRecord, last: int, terminal: Terminal) -> int:
    """Write the lines behind one, and return the number of the last."""
    said: list[tuple[int, Line]] = []
    async for number, line in store.lines(run.run_id, last):
        said.append((number, line))
        if len(said) == _TOGETHER:
            _write(said, run, terminal)
            said.clear()
        last = number
    _write(said, run, terminal)
    return last


def _write(said: list[tuple[int, Line]], run: RunRecord, terminal: Terminal) -> None:
    if terminal.as_json:
        found = [encoded(figures.data(dict(speech.data(*each)))) for each in said]
        terminal.write("".join(f"{each}\n" for each in found))
    else:
        _reading.write_lines(terminal, [line for _, line in said], run.created_ms)
