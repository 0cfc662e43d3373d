"""`llmspell diff`: how two runs differ."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import click

from llmspell.cli import _reading
from llmspell.cli._flags import speaking
from llmspell.cli._journal import journal_of
from llmspell.cli._listing import summary
from llmspell.cli._terminal import Terminal
from llmspell.journal.owners import status
from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.story import comparison
from llmspell.story.comparison import SHOWN, Comparison, Difference
from llmspell.story.figures import compact, data, price, took
from llmspell.story.timeline import Timeline
from llmspell.wording import clip, visible

_CELL = 300  # characters of a value that is shown in one line
_TITLES = {
    "request": "asked for something else",
    "answer": "got another answer",
    "moved": "has another number",
    "only in the first": "only in the first",
    "only in the second": "only in the second",
}


@click.command("diff", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--all", "everything", is_flag=True, help=f"Show all calls that differ, not only the first {SHOWN}.")
@speaking
@click.argument("first")
@click.argument("second")
@click.pass_obj
def command(terminal: Terminal, first: str, second: str, everything: bool) -> int:
    """Show how two runs differ: what they asked, what they were answered, how they ended.

    A run is its id, the beginning of that, or `latest`. As `diff` does, it ends with 0 if the runs are the same, and
    with 1 if they differ; another spell, other costs and other times alone are no difference, and are told.
    """
    return asyncio.run(compare(journal_of(Project.of()), (first, second), terminal, None if everything else SHOWN))


async def compare(store: Store, names: tuple[str, str], terminal: Terminal, most: int | None = SHOWN) -> int:
    """Show how two runs differ, and return the exit code: 0 if they are the same.

    Args:
        store: the journal.
        names: of the runs.
        terminal: where it is shown.
        most: so many calls that differ; None for all of them.
    """
    one, two = await store.run(names[0]), await store.run(names[1])
    (first, before), (second, after) = await comparison.outline(store, one), await comparison.outline(store, two)
    found = comparison.compare(first, second, (one, two))
    if terminal.as_json:
        report = {
            "status": "ok",
            "same": found.same,
            "runs": [summary(run) for run in (one, two)],
            "files": await _changed(store, one, two),
            "ending": [{"what": name, "first": old, "second": new} for name, old, new in found.ending],
            "differing": dict(Counter(each.kind for each in found.calls)),
            "calls": [await _as_data(store, each, one, two) for each in found.calls[:most]],
        }
        terminal.write_document(data(report))
    else:
        async for line in _told(store, found, (before, after), most):
            terminal.write(f"{line}\n")
    return 0 if found.same else 1


async def _told(
    store: Store, found: Comparison, lines: tuple[Timeline, Timeline], most: int | None
) -> AsyncIterator[str]:
    one, two = lines[0].run, lines[1].run
    for mark, timeline in zip("-+", lines, strict=True):
        run = timeline.run
        words = (run.run_id, run.spell, status(run), f"{len(_calls(timeline))} calls", took(_span(run)))
        yield f"{mark * 3} {visible('  '.join([*words, price(timeline.bill[1])]))}"
    for path in await _changed(store, one, two):
        yield f"file {visible(path)} differs"
    if one.args != two.args:
        yield from_to("args", compact(one.args, _CELL), compact(two.args, _CELL))
    for difference in found.calls[:most]:
        for line in await _shown(store, difference, one, two):
            yield line
    if most is not None and len(found.calls) > most:
        counts = ", ".join(f"{count} {_TITLES[kind]}" for kind, count in Counter(_kinds(found.calls[most:])).items())
        yield f"… and {len(found.calls) - most} more calls that differ ({counts}): --all shows them"
    for name, old, new in found.ending:
        yield from_to(name, clip(old, _CELL), clip(new, _CELL))
    if found.same:
        yield "the same"


def from_to(name: str, old: str, new: str) -> str:
    """Return what something was and is, on two lines."""
    return f"{name}\n-{visible(old)}\n+{visible(new)}"


def _kinds(differences: list[Difference]) -> Iterator[str]:
    return (each.kind for each in differences)


def _calls(timeline: Timeline) -> list[Any]:
    return [step for step in timeline.steps if not step.key]


def _span(run: RunRecord) -> int:
    return run.updated_ms - run.created_ms


async def _changed(store: Store, one: RunRecord, two: RunRecord) -> list[str]:
    """Return the paths of the files that differ."""
    if one.bundle == two.bundle:
        return []
    old, new = await _reading.texts(store, one), await _reading.texts(store, two)
    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))


async def _shown(store: Store, difference: Difference, one: RunRecord, two: RunRecord) -> list[str]:
    before, after = await _entries(store, difference, one, two)
    numbers = [str(no) for no in (difference.first, difference.second) if no is not None]
    number = " → ".join(dict.fromkeys(numbers)) + (f"/{difference.key}" if difference.key else "")
    head = f"call {number} {difference.op} ({difference.place}): {_TITLES[difference.kind]}"
    lines = [visible(clip(head, _CELL))]
    if difference.kind == "request" and before and after:
        lines += comparison.unified(before.request, after.request, ("asked", "asked"))[2:]
    elif difference.kind == "answer" and before and after:
        lines += comparison.unified(before.value, after.value, ("answer", "answer"))[2:]
    elif (only := before or after) is not None and difference.kind != "moved":
        lines.append(f"{'-' if before else '+'}{visible(compact(only.request, _CELL))}")
    return lines


async def _as_data(store: Store, difference: Difference, one: RunRecord, two: RunRecord) -> dict[str, Any]:
    before, after = await _entries(store, difference, one, two)
    found: dict[str, Any] = difference.data()
    if difference.kind == "request":
        found["requests"] = [data(entry and entry.request) for entry in (before, after)]
    if difference.kind == "answer":
        found["answers"] = [data(entry and entry.value) for entry in (before, after)]
    return found


async def _entries(
    store: Store, difference: Difference, one: RunRecord, two: RunRecord
) -> tuple[Entry | None, Entry | None]:
    first, second, key = difference.first, difference.second, difference.key
    before = None if first is None else await store.entry(one.run_id, first, key)
    after = None if second is None else await store.entry(two.run_id, second, key)
    return before, after
