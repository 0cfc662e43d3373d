"""All that is told of one run in a file for people: bounded, with a count of what is left out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from llmspell.journal.records import Entry, Line
from llmspell.journal.store import Store
from llmspell.story.costs import Cost, by_line, by_model
from llmspell.story.figures import pretty
from llmspell.story.timeline import Step, Timeline
from llmspell.wording import clip, visible

LINES = 5_000
"""Lines that a run has said, in one file."""


class Account(NamedTuple):
    """What a file tells of a run.

    Args:
        timeline: of the run.
        status: where the run is.
        texts: of its files, by path.
        steps: the calls that are shown.
        entries: their requests and answers, by number.
        lines: what it has said.
        unsaid: whether it has said more.
        costs: what models have cost in it and in the runs that it began: by model, and by line.
    """

    timeline: Timeline
    status: str
    texts: Mapping[str, str]
    steps: list[Step]
    entries: Mapping[int, Entry]
    lines: list[Line]
    unsaid: bool
    costs: Mapping[str, list[Cost]]

    @property
    def calls(self) -> str:
        """How many calls the run has made, and how many it has taken over from another."""
        made = self.timeline.made
        taken = len(self.timeline.steps) - made
        return f"{made}, and {taken} taken over" if taken else str(made)


class Room:
    """The characters that a file still has for what was asked, answered and said."""

    def __init__(self, left: int) -> None:
        self._left = left

    def fit(self, value: Any, most: int) -> str:
        """Return a value as text that deceives nobody, with at most so many characters, or as there is room for."""
        shown = visible(clip(pretty(value), max(80, min(most, self._left))), keep="\n\t")
        self._left -= len(shown)
        return shown


def chosen(steps: list[Step], most: int) -> list[Step]:
    """Return the calls that are shown of many: the first half, the last, and of the rest those that have failed."""
    if len(steps) <= most:
        return steps
    first, last = most // 2, most // 4
    failed = [step for step in steps[first:-last] if step.failed][: most - first - last]
    return [*steps[:first], *failed, *steps[-last:]]


async def gather(
    store: Store,
    timelines: Sequence[Timeline],
    status: str,
    texts: Mapping[str, str],
    most: int,
) -> Account:
    """Return what is told of a run, with at most so many calls.

    Args:
        store: the journal.
        timelines: of the run, and of those below it.
        status: where the run is.
        texts: of its files, by path.
        most: calls that are told.
    """
    timeline = timelines[0]
    name = timeline.run.run_id
    costs = {"model": by_model(*timelines), "line": by_line(*timelines)}
    steps = chosen(timeline.steps, most)
    entries = {step.no: entry for step in steps if (entry := await store.entry(name, step.no)) is not None}
    lines: list[Line] = []
    async for _, line in store.lines(name):
        if len(lines) == LINES:
            return Account(timeline, status, texts, steps, entries, lines, unsaid=True, costs=costs)
        lines.append(line)
    return Account(timeline, status, texts, steps, entries, lines, unsaid=False, costs=costs)
