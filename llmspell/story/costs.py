"""What a run has cost: by model, and by the line of the spell that asked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from llmspell.money import exact
from llmspell.story.timeline import Spent, Step, Timeline

UNKNOWN = "unknown"
"""The model of a request that never got an answer."""


class Cost(msgspec.Struct):
    """What has one name in common: a model, or a line; `asking` are the calls with their runs."""

    name: str
    spent: Spent
    asking: set[tuple[str, int]]

    @property
    def calls(self) -> int:
        """How many calls have cost something here."""
        return len(self.asking)

    def data(self) -> dict[str, Any]:
        """Return it as data."""
        spent = self.spent
        return {
            "name": self.name, "calls": self.calls, "requests": int(spent.requests),
            "input_tokens": int(spent.input_tokens), "output_tokens": int(spent.output_tokens),
            "cached_tokens": int(spent.cached_tokens), "seconds": round(spent.seconds, 3),
            "usd": exact(spent.usd), "unpriced": spent.unpriced,
        }  # fmt: skip


def by_model(*timelines: Timeline) -> list[Cost]:
    """Return what each model has cost in some runs, the dearest first."""
    found: dict[str, Cost] = {}
    for timeline in timelines:
        _add(found, timeline, lambda call, step: step.models or {step.model or call.model or UNKNOWN: step.spent})
    return _sorted(found)


def by_line(timeline: Timeline, *below: Timeline) -> list[Cost]:
    """Return what each line of the spell has cost, the dearest first.

    Args:
        timeline: of the run.
        below: of the runs that its calls began, and of those that these began; parents before their children.
    """
    found: dict[str, Cost] = {}
    _add(found, timeline, lambda call, step: {call.place: step.spent})
    begun = _begun(timeline.run.run_id, below)
    for call in timeline.steps:
        if (spent := begun.get(call.no)) is not None and spent.requests:
            _count(found, call.place, spent, (timeline.run.run_id, call.no))
    return _sorted(found)


def _begun(root: str, below: Sequence[Timeline]) -> dict[int, Spent]:
    """Return what the runs below each call have cost."""
    calls: dict[str, int] = {}
    found: dict[int, Spent] = {}
    for each in below:
        run = each.run
        no = calls[run.run_id] = (run.parent_no or 0) if run.parent == root else calls.get(run.parent or "", 0)
        found.setdefault(no, Spent()).join(each.spent())
    return found


def _add(found: dict[str, Cost], timeline: Timeline, parts: Callable[[Step, Step], Mapping[str, Spent | None]]) -> None:
    for call in timeline.steps:
        for step in call.whole():
            if step.spent is None:
                continue
            for name, spent in parts(call, step).items():
                _count(found, name, spent or Spent(), (timeline.run.run_id, call.no))


def _count(found: dict[str, Cost], name: str, spent: Spent, call: tuple[str, int]) -> None:
    sums = found.setdefault(name, Cost(name, Spent(), set()))
    sums.asking.add(call)
    sums.spent.join(spent)


def _sorted(found: Mapping[str, Cost]) -> list[Cost]:
    return sorted(found.values(), key=lambda each: (-each.spent.usd, -each.spent.input_tokens, each.name))
