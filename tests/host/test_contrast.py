"""Two requests side by side: short ones as a whole, long ones by what differs."""

from typing import Any

import pytest

from llmspell.host.contrast import SHOWN, contrast

LONG = "the same " * 100


def test_short_requests_are_shown_as_a_whole() -> None:
    assert contrast(("ask", ["a"]), ("ask", ["b", {"n": 1}])) == ('ask("a")', 'ask("b", {"n": 1})', [])


@pytest.mark.parametrize(
    ("before", "now", "place", "old", "new"),
    [
        ([LONG + "old" + LONG], [LONG + "new" + LONG], "argument 1", "same old", "same new"),
        ([LONG, {"a": {"b": [1, 2]}}], [LONG, {"a": {"b": [1, 3]}}], "argument 2, a, b[1]", "2", "3"),
        ([LONG], [LONG, {"x": True}], "argument 2", "nothing", '{"x": true}'),
        ([LONG, {"x": 1}], [LONG, {"x": 1.0}], "argument 2, x", "1", "1.0"),
        ([LONG], [LONG[:-9]], "argument 1", "the same", '"'),
        (LONG, None, "argument 1", "the same", "nothing"),
        ([LONG + "\x1b[31m"], [LONG + "\x1b[32m"], "argument 1", "u001b[31m", "u001b[32m"),
    ],
)
def test_long_requests_are_shown_where_they_differ(before: Any, now: Any, place: str, old: str, new: str) -> None:
    shown = contrast(("ask", before), ("ask", now))
    where, first, second = shown[2]
    assert max(map(len, (*shown[:2], where, first, second))) < SHOWN
    assert place in where
    assert old in first
    assert new in second
    assert "".join([where, first, second]).isprintable()


def test_other_ops_have_nothing_in_common() -> None:
    assert contrast(("ask", [LONG]), ("say", [LONG]))[2] == []
