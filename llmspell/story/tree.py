"""The tree of a run: its calls, what is inside of each, and the runs that it began; many calls of a line are one."""

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from llmspell.story.figures import price, took
from llmspell.story.timeline import Spent, Step, Timeline

SINGLE = 40
"""Calls that are shown one by one; more are shown line by line of the spell."""
FAILED = 3
"""Calls of one line that are shown, of those that have failed, where there are many."""

_INSIDE = 20  # steps inside of one call
_FEW = 3  # of equal calls
_STATES = {"ok": "✓", "failed": "✗", "open": "○", "called": "·", "given up": "○"}


class Branch(NamedTuple):
    """One line of the tree: how deep it is, a mark, what it is, what can be said of it, and which call it is."""

    depth: int
    mark: str
    name: str
    about: list[str]
    no: int | None = None


def grow(timeline: Timeline) -> Iterator[Branch]:
    """Yield the lines of the tree of one run, but for the run itself and those that it began."""
    if len(timeline.steps) <= SINGLE:
        for step in timeline.steps:
            yield from _call(step, 1)
        return
    lines: dict[tuple[str, int, str], list[Step]] = {}
    for step in timeline.steps:
        lines.setdefault((step.file, step.line, step.op), []).append(step)
    for steps in lines.values():
        if len(steps) <= _FEW:
            for step in steps:
                yield from _call(step, 1)
        else:
            yield from _line(steps)


def _call(step: Step, depth: int) -> Iterator[Branch]:
    yield branch(step, depth)._replace(no=step.no)
    inner = step.inner or []
    for each in inner[:_INSIDE]:
        yield branch(each, depth + 1 + each.key.count("/"))
    if len(inner) > _INSIDE:
        yield Branch(depth + 1, "…", f"{len(inner) - _INSIDE} more inside", [])


def branch(step: Step, depth: int) -> Branch:
    """Return one step as a line of the tree."""
    name = step.key or f"{step.no} {step.op}"
    about = [f"“{step.name}”"] if step.name else []
    if not step.key:
        about += [step.place, took(step.took_ms)]
    if step.state not in ("ok", "called"):
        about.append(step.state)
    if step.spent is not None and step.spent.requests:
        about.append(price(step.spent.price))
    if step.source:
        about.append(f"from {step.source}")
    return Branch(depth, _STATES.get(step.state.partition(",")[0], "?"), name, about)


def _line(steps: list[Step]) -> Iterator[Branch]:
    states = Counter(step.state for step in steps)
    spent = Spent()
    for step in steps:
        for part in step.whole():
            spent.join(part.spent or Spent())
    spans = sorted(span for step in steps if (span := step.took_ms) is not None)
    about = [steps[0].place, ", ".join(f"{count} {word}" for word, count in states.most_common())]
    if spans:
        about.append(f"{took(spans[0])} to {took(spans[-1])}, half within {took(median(spans))}")
    if spent.requests:
        about.append(price(spent.price))
    failed = [step for step in steps if step.failed]
    yield Branch(1, "✗" if failed else "✓" if set(states) == {"ok"} else "○", f"{steps[0].op} ({len(steps)})", about)
    for step in failed[:FAILED]:
        yield branch(step, 2)
    if len(failed) > FAILED:
        yield Branch(2, "…", f"{len(failed) - FAILED} more that failed", [])
    inside = Counter(each.key.partition(":")[0] for step in steps for each in step.inner or ())
    for word, count in inside.most_common(5):
        yield Branch(2, "·", f"inside: {word} ({count})", [])
