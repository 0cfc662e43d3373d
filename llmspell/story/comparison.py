"""How two runs differ: which calls asked for something else, got another answer, or are in one of them only."""

import difflib
import hashlib
import json
from collections import deque
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from llmspell.journal.owners import status
from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.shapes import DOUBT
from llmspell.journal.store import Store
from llmspell.story.figures import compact, data, mapping, pretty
from llmspell.story.timeline import Step, Timeline, step
from llmspell.wording import clip, visible

SHOWN = 20
"""Differences that are shown in full."""

_LINES = 400  # of one value that is compared line by line
_LINE = 400  # characters
_TOLD = 80  # lines of one difference

Kind = Literal["request", "answer", "moved", "only in the first", "only in the second"]


class Difference(NamedTuple):
    """One call that differs; `first` and `second` are its numbers, `key` is of what is inside of it."""

    kind: Kind
    first: int | None
    second: int | None
    op: str
    place: str
    key: str = ""

    def data(self) -> dict[str, Any]:
        """Return it as data."""
        return self._asdict()


class Outline(NamedTuple):
    """What is compared of a call: its step, its request and its answer."""

    step: Step
    asked: bytes
    answered: bytes


class Comparison(NamedTuple):
    """Two runs beside each other; `calls` is in the order of the first, then of the second."""

    calls: list[Difference]
    ending: list[tuple[str, str, str]]
    """What has another value at the end of the runs: its name, and both values as text."""

    @property
    def same(self) -> bool:
        """Whether both asked for the same, got the same, and ended in the same way."""
        return not self.calls and not self.ending


async def outline(store: Store, run: RunRecord) -> tuple[dict[tuple[int, str], Outline], Timeline]:
    """Return what is compared of a run, by number and key, and its timeline."""
    found = {}
    async for entry in store.calls(run.run_id, requests=False):
        if entry.no and entry.key != DOUBT:
            found[entry.no, entry.key] = Outline(step(entry, run.finished), _asked(entry), _answered(entry))
    calls = dict(sorted(found.items()))
    return calls, Timeline(run=run, steps=[each.step for each in calls.values()], children=[])


def _asked(entry: Entry) -> bytes:
    return entry.fingerprint or entry.key.encode()


def _answered(entry: Entry) -> bytes:
    value = entry.value
    if entry.op in ("ask", "say") and isinstance(value, dict):
        value = value | {"id": None}  # the provider's name for an answer, which is never the same
    told = json.dumps([entry.ok, data(value, whole=True)], sort_keys=True)
    return hashlib.blake2b(told.encode(errors="backslashreplace"), digest_size=16).digest()


def compare(
    first: dict[tuple[int, str], Outline], second: dict[tuple[int, str], Outline], runs: tuple[RunRecord, RunRecord]
) -> Comparison:
    """Return how two runs differ.

    Calls belong together that have the same number and ask for the same; then those that ask for the same under another
    number; of the rest those with the same number.
    """
    pairs = dict(_paired(_calls(first), _calls(second)))
    keys: dict[int, list[str]] = {}
    for no, key in first:
        keys.setdefault(no, []).append(key)
    found = []
    for no, one in _calls(first).items():
        other = pairs.get(no)
        found += _difference(one, None if other is None else second[other, ""])
        if other is not None:
            inner = [(first[no, key], second.get((other, key))) for key in keys[no] if key]
            found += [_inside(no, other, one) for one, two in inner if two is not None and not _equal(one, two)]
    left = _calls(second).keys() - pairs.values()
    found += [_only("only in the second", second[no, ""]) for no in sorted(left)]
    return Comparison(found, list(_endings(*runs)))


def _calls(outlines: dict[tuple[int, str], Outline]) -> dict[int, Outline]:
    return {no: each for (no, key), each in outlines.items() if not key}


def _paired(first: dict[int, Outline], second: dict[int, Outline]) -> Iterator[tuple[int, int]]:
    left, right = dict(first), dict(second)
    for no in [no for no, each in first.items() if no in second and second[no].asked == each.asked]:
        del left[no], right[no]
        yield no, no
    by_request: dict[bytes, deque[int]] = {}
    for no, each in right.items():
        by_request.setdefault(each.asked, deque()).append(no)
    for no, each in list(left.items()):
        if same := by_request.get(each.asked):
            del left[no]
            other = same.popleft()
            del right[other]
            yield no, other
    for no, each in left.items():
        if no in right and right[no].step.op == each.step.op:
            yield no, no


def _difference(one: Outline, other: Outline | None) -> list[Difference]:
    if other is None:
        return [_only("only in the first", one)]
    places = (one.step.no, other.step.no, one.step.op, one.step.place)
    if one.asked != other.asked:
        return [Difference("request", *places)]
    if one.answered != other.answered:
        return [Difference("answer", *places)]
    return [Difference("moved", *places)] if one.step.no != other.step.no else []


def _only(kind: Kind, one: Outline) -> Difference:
    first = kind == "only in the first"
    return Difference(kind, one.step.no if first else None, None if first else one.step.no, one.step.op, one.step.place)


def _inside(no: int, other: int, one: Outline) -> Difference:
    return Difference("answer", no, other, one.step.op, one.step.place, one.step.key)


def _equal(one: Outline, two: Outline) -> bool:
    return (one.asked, one.answered) == (two.asked, two.answered)


def _endings(one: RunRecord, two: RunRecord) -> Iterator[tuple[str, str, str]]:
    errors = [mapping(run.error) for run in (one, two)]
    told = [f"{error.get('kind')}: {error.get('message')}" if error else "none" for error in errors]
    pairs = (
        ("status", status(one), status(two)),
        ("error", told[0], told[1]),
        ("result", compact(one.result, 10**9), compact(two.result, 10**9)),
    )
    yield from (each for each in pairs if each[1] != each[2])


def unified(before: Any, after: Any, names: tuple[str, str]) -> list[str]:
    """Return how two values differ, line by line as `diff -u` shows it; long ones are cut before."""
    lines = list(difflib.unified_diff(_lines(before), _lines(after), names[0], names[1], lineterm="", n=2))
    if not lines:
        return [*names, "… they differ behind what is compared here: --json has all of it"]
    return lines if len(lines) <= _TOLD else [*lines[:_TOLD], f"… {len(lines) - _TOLD} more lines"]


def _lines(value: Any) -> list[str]:
    return [visible(clip(line, _LINE)) for line in pretty(value).split("\n")[:_LINES]]
