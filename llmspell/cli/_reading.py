"""What the commands that read the journal share: one run with all that belongs to it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from llmspell.cli import _table
from llmspell.cli._terminal import Terminal
from llmspell.errors import SpellError
from llmspell.journal.records import Line, Query, RunRecord
from llmspell.journal.store import Store
from llmspell.story import figures, speech, timeline
from llmspell.story.timeline import Timeline
from llmspell.wording import visible

CHILDREN = 1_000
"""Runs that one run has begun, of which the newest are shown."""


async def children(store: Store, run: RunRecord) -> list[RunRecord]:
    """Return the runs that a run has begun, in that order; none is its own child, whatever a journal says."""
    found = await store.runs(Query(parent=run.run_id, limit=CHILDREN))
    return [each for each in reversed(found) if each.run_id != run.run_id]


async def traced(store: Store, run: RunRecord) -> Timeline:
    """Return the timeline of a run."""
    return await timeline.of(store, run, await children(store, run))


async def family(store: Store, run: RunRecord) -> list[Timeline]:
    """Return the timelines of a run and of all runs below it, as far as they are shown; the run comes first."""
    found = [await traced(store, run)]
    seen = {run.run_id}
    for one in found:  # it grows meanwhile
        for child in one.children:
            if child.run_id not in seen and len(seen) < CHILDREN:
                seen.add(child.run_id)
                found.append(await traced(store, child))
    return found


async def texts(store: Store, run: RunRecord) -> dict[str, str]:
    """Return the texts of the spell of a run by path; none where the journal has lost them."""
    try:
        return figures.sources(await store.files(run.bundle))
    except SpellError:
        return {}


async def lines(store: Store, run: RunRecord) -> AsyncIterator[Any]:
    """Yield what a run has said, as data."""
    async for number, line in store.lines(run.run_id):
        yield figures.data(dict(speech.data(number, line)))


def write_lines(terminal: Terminal, said: Sequence[Line], began_ms: int) -> None:
    """Write what a run has said: with the time since it began, or as lines with tabs behind a pipe."""
    terminal.write("".join(_told(line, began_ms) for line in said))


def _told(line: Line, began_ms: int) -> str:
    rows = [visible(row) for row in speech.said(line).split("\n")]
    if _table.for_people():
        minutes, seconds = divmod(max(0, line.t_ms - began_ms) / 1000, 60)
        head = f"[{minutes:02.0f}:{seconds:04.1f}] {visible(line.stream[:8]):<8} "
    else:
        head = f"{figures.moment(line.t_ms).isoformat(' ', 'milliseconds')}\t{visible(line.stream)}\t"
    return "".join(f"{head}{row}\n" for row in rows)
