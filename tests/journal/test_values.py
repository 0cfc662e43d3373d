"""Values come out of the journal as they went in, and what is large is kept once."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal.values import LARGEST, Scrub, fingerprint, fold, unfold
from llmspell.secrets import Secrets

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LONG = TEXT.flatmap(lambda text: st.sampled_from([text, (text or "x") * 300]))
KEYS = TEXT | st.sampled_from(["$text", "$blob", "$bytes", "$$text", "$$$blob", "$type", "$function", "$"])
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | LONG | st.binary(max_size=400)
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda each: st.lists(each, max_size=4) | st.dictionaries(KEYS, each, max_size=4))


def again(value: Any, scrub: Scrub | None = None) -> Any:
    folded = fold(value, scrub)
    return unfold(folded.json, folded.aside.__getitem__)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert again(value) == value
    if not isinstance(value, dict | list):
        assert repr(again(value)) == repr(value)


@pytest.mark.parametrize("value", [1, 1.0, -0.0, 1e22, 5e-324, 2**64 - 1, "\0\u2028", [[], {}], {"a": {"$text": "x"}}])
def test_a_number_stays_what_it_is(value: Any) -> None:
    assert repr(again(value)) == repr(value)


@pytest.mark.parametrize(
    "value", [{"$text": "x"}, {"$bytes": "!"}, {"$blob": 1}, {"$$blob": [b"\xff"]}, {"$text": "x", "more": 1}]
)
def test_a_map_that_looks_like_ours_stays_what_it_is(value: Any) -> None:
    assert again(value) == value


def test_what_is_large_is_put_aside_once() -> None:
    folded = fold(["x" * 256, {"k": "x" * 256}, "y" * 255, b"x" * 256])
    assert list(folded.aside.values()) == [b"x" * 256]
    assert len(folded.json) < 450


def test_the_order_of_keys_is_no_part_of_a_request() -> None:
    assert fingerprint("ask", [{"a": 1, "b": 2}]) == fingerprint("ask", [{"b": 2, "a": 1}])
    assert len(fingerprint("ask", [])) == 12


@pytest.mark.parametrize(
    ("op", "args"), [("say", ["x"]), ("ask", ["y"]), ("ask", ["x", None]), ("ask", [["x"]]), ("ask", ["x" * 300])]
)
def test_another_request_has_another_fingerprint(op: str, args: list[Any]) -> None:
    assert fingerprint(op, args) != fingerprint("ask", ["x"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: float("nan"), "a value is not a finite number"),
        (lambda: [float("-inf")], "a value is not a finite number"),
        (lambda: {1: 2}, "maps whose keys are text"),
        (lambda: {"a": object()}, "data only, got a value of type object"),
        (lambda: "\ud800", "not valid text"),
        (lambda: "\ud800" * 300, "not valid text"),
        (lambda: {"\ud800": 1}, "not valid text"),
        (lambda: 10**5000, "too many digits"),
        (lambda: "x" * (LARGEST + 1), "a value has 64 MiB, and the journal keeps at most 64 MiB of one"),
        (lambda: [b"x" * LARGEST, "y" * LARGEST], "a value has 128 MiB"),
    ],
)
def test_what_cannot_be_kept_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        fold(make())


def test_a_bottomless_value_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ArgumentError, match="nested more than 200 deep"):
        fold(value)


@pytest.mark.parametrize("json", ["", "{", '{"$bytes": "a"}', '{"$text": "é"}', "[" * 5000])
def test_what_is_damaged_is_said_to_be(json: str) -> None:
    with pytest.raises(ConfigError, match="a value in the journal is damaged"):
        unfold(json, lambda sha: b"\xff")


def test_secrets_are_names_wherever_they_stand() -> None:
    scrub = Secrets({"KEY": "hunter2!"}).scrub
    value = {"hunter2!": ["a hunter2!", "x" * 300 + "hunter2!"]}
    assert again(value, scrub) == {"[secret:KEY]": ["a [secret:KEY]", "x" * 300 + "[secret:KEY]"]}
    assert fingerprint("ask", ["hunter2!"], scrub) == fingerprint("ask", ["[secret:KEY]"])
