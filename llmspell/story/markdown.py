"""A run as a report in Markdown that no text in it can break out of."""

import re
from collections.abc import Iterator, Sequence

from llmspell.journal.owners import status
from llmspell.report import render
from llmspell.story.account import Account, Room
from llmspell.story.figures import compact, failure, moment, price, text, took
from llmspell.story.speech import said
from llmspell.story.timeline import Step
from llmspell.story.tree import grow
from llmspell.wording import clip, visible

CALLS = 200
"""Calls in one report."""

_ROOM = 1_000_000
_ONE = 4_000  # characters of one request or answer
_CELL = 300
_LINE = 500
_TREE = 300  # lines


def write(account: Account) -> Iterator[str]:
    """Yield the report of a run, piece by piece."""
    room = Room(_ROOM)
    for part in (_head, _ending, _prices, _tree, _calls, _lines, _files):
        for piece in part(account, room):
            yield f"{piece}\n"


def inline(value: str, most: int = _CELL) -> str:
    """Return any text as one piece of code in a line or in a cell of a table."""
    shown = clip(visible(value), most).replace("|", "¦") or " "
    ticks = "`" * (_longest("`", shown) + 1)
    around = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{ticks}{around}{shown}{around}{ticks}"


def fenced(block: str, language: str = "") -> str:
    """Return a block of text between fences that are longer than any in it."""
    fence = "`" * max(3, _longest("`", block) + 1)
    return f"{fence}{language}\n{block.rstrip(chr(10))}\n{fence}\n"


def _longest(char: str, value: str) -> int:
    return max(map(len, re.findall(f"{char}+", value)), default=0)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _head(account: Account, _: Room) -> Iterator[str]:
    timeline, run = account.timeline, account.timeline.run
    facts = [
        ("run", run.run_id),
        ("spell", run.identity),
        ("status", account.status),
        ("began", moment(timeline.began_ms).isoformat(" ", "seconds")),
        ("took", took(timeline.ended_ms - timeline.began_ms)),
        ("calls", account.calls),
        ("cost", price(timeline.bill[1])),
        ("args", compact(run.args, _CELL) or "none"),
        ("model", text(run.model) or "-"),
        ("security", run.profile),
        ("bundle", run.bundle[:12]),
    ]
    yield f"# Run {inline(run.run_id)}\n"
    yield _table(("what", "value"), [(name, inline(value)) for name, value in facts])
    if timeline.children:
        yield "## Runs that it began\n"
        rows = [
            (inline(each.run_id), inline(each.spell), inline(status(each)), str(each.parent_no))
            for each in timeline.children
        ]
        yield _table(("run", "spell", "status", "call"), rows)


def _ending(account: Account, room: Room) -> Iterator[str]:
    run = account.timeline.run
    if (error := failure(run, account.texts)) is not None:
        yield f"## Error\n\n{fenced(render(error))}"
    if run.result is not None:
        language = "" if isinstance(run.result, str) else "json"
        yield f"## Result\n\n{fenced(room.fit(run.result, _ONE * 4), language)}"


def _prices(account: Account, _: Room) -> Iterator[str]:
    for title, sums in account.costs.items():
        if sums:
            yield f"## Cost by {title}\n"
            rows = [
                (
                    inline(each.name), f"{each.spent.requests:.0f}", f"{each.spent.input_tokens:.0f}",
                    f"{each.spent.output_tokens:.0f}", price(each.spent.price),
                )
                for each in sums[:100]
            ]  # fmt: skip
            yield _table((title, "requests", "tokens in", "tokens out", "cost"), rows)


def _tree(account: Account, _: Room) -> Iterator[str]:
    lines: list[str] = []
    for branch in grow(account.timeline):
        if len(lines) == _TREE:
            lines.append("…")
            break
        words = visible("  ".join([branch.mark, branch.name, *branch.about]))
        lines.append(clip(f"{'  ' * (branch.depth - 1)}{words}", _LINE))
    if lines:
        yield "## Timeline\n\n" + fenced("\n".join(lines))


def _calls(account: Account, room: Room) -> Iterator[str]:
    steps, total = account.steps, len(account.timeline.steps)
    if not steps:
        return
    yield f"## Calls ({total})\n"
    if len(steps) < total:
        yield f"{len(steps)} of {total} are shown: the first, the last, and those that failed.\n"
    for step in steps:
        yield from _call(step, account, room)


def _call(step: Step, account: Account, room: Room) -> Iterator[str]:
    words = f"{step.op}, {step.place}, {step.state}, {took(step.took_ms)}"
    spent = "" if step.spent is None or not step.spent.requests else f", {price(step.spent.price)}"
    yield f"### {step.no}: {inline(words + spent)}\n"
    entry = account.entries.get(step.no)
    if entry is None:
        return
    yield fenced(room.fit(entry.request, _ONE), "json")
    if entry.ok is not None:
        yield fenced(room.fit(entry.value, _ONE), "" if isinstance(entry.value, str) else "json")


def _lines(account: Account, room: Room) -> Iterator[str]:
    if account.lines:
        lines = [room.fit(said(line), _LINE) for line in account.lines]
        more = "\n… and more, which is not here" if account.unsaid else ""
        yield "## What it said\n\n" + fenced("\n".join(lines) + more)


def _files(account: Account, room: Room) -> Iterator[str]:
    for path, source in list(account.texts.items())[:20]:
        yield f"## File {inline(path)}\n\n{fenced(room.fit(source, _ONE * 10))}"
