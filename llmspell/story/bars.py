"""The picture of a timeline: a bar for each call, those that went on together in lanes of their own."""

from heapq import heappop, heappush

from llmspell.story.figures import took
from llmspell.story.markup import Html, join, tag
from llmspell.story.timeline import Step, Timeline

LANES = 64
"""Bars above each other."""

_WIDTH, _BAR, _GAP, _HEAD = 1000, 10, 3, 18
_TICKS = 5
_STYLES = {"ok": "ok", "failed": "bad", "open": "open"}


def draw(timeline: Timeline, steps: list[Step]) -> tuple[Html, int]:
    """Return a picture of some calls of a run, and how many of them are not in it."""
    timed = [step for step in steps if step.began_ms is not None]
    timed.sort(key=lambda step: (step.began_ms, step.no))
    begin = min([timeline.began_ms, *(step.began_ms or 0 for step in timed)])
    end = max(timeline.ended_ms, begin + 1)
    scale = _WIDTH / (end - begin)
    lanes = _lanes(timed, end)
    bars = [
        _bar(step, lane, (step.began_ms or 0) - begin, (step.ended_ms or end) - begin, scale) for step, lane in lanes
    ]
    count = max((lane for _, lane in lanes), default=0) + 1
    height = _HEAD + count * (_BAR + _GAP)
    ticks = [_tick(at / _TICKS, (end - begin) * at / _TICKS, height) for at in range(_TICKS + 1)]
    picture = tag("svg", *ticks, *bars, viewBox=f"-2 0 {_WIDTH + 4} {height}", class_="bars", role="img")
    return picture, len(steps) - len(lanes)


def _lanes(steps: list[Step], end: int) -> list[tuple[Step, int]]:
    """Give each step, in the order in which they began, the first lane that is free; none where all are taken."""
    free = list(range(LANES))
    busy: list[tuple[int, int]] = []
    found = []
    for step in steps:
        while busy and busy[0][0] <= (step.began_ms or 0):
            heappush(free, heappop(busy)[1])
        if free:
            lane = heappop(free)
            heappush(busy, (max(step.ended_ms or end, (step.began_ms or 0) + 1), lane))
            found.append((step, lane))
    return found


def _bar(step: Step, lane: int, begin: float, end: float, scale: float) -> Html:
    about = f"{step.no} {step.op} {step.name} {step.place} {took(step.took_ms)} {step.state}"
    bar = tag(
        "rect", tag("title", about), x=f"{begin * scale:.2f}", y=_HEAD + lane * (_BAR + _GAP), rx=2, height=_BAR,
        width=f"{max(1.5, (end - begin) * scale):.2f}", class_=_STYLES.get(step.state, "open"),
    )  # fmt: skip
    return tag("a", bar, href=f"#call-{step.no}")


def _tick(part: float, ms: float, height: int) -> Html:
    x = f"{part * _WIDTH:.1f}"
    anchor = "start" if part == 0 else "end" if part == 1 else "middle"
    line = tag("line", x1=x, x2=x, y1=_HEAD - 4, y2=height, class_="tick")
    return join([line, tag("text", took(ms), x=x, y=10, text_anchor=anchor)])
