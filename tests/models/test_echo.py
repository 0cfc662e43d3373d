import asyncio
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import SchemaError
from llmspell.models import Answer, Request, Usage, echo


def answered(request: Request, on_text: Callable[[str], None] | None = None) -> Answer:
    return asyncio.run(echo.ask(request, on_text))


def ask(prompt: str, **more: Any) -> tuple[str, list[str]]:
    pieces: list[str] = []
    answer = answered(Request("echo", prompt, **more), pieces.append)
    return answer.text, pieces


def test_echo_answers_with_the_prompt_word_by_word() -> None:
    assert ask(" one  two\nthree") == (" one  two\nthree", [" one  ", "two\n", "three"])


def test_echo_stops_after_so_many_words() -> None:
    assert ask("one two three", max_tokens=2) == ("one two ", ["one ", "two "])


def test_echo_counts_words_and_costs_nothing() -> None:
    answer = answered(Request("echo/x", "one two", system="be brief now"))
    assert answer.usage == Usage(input_tokens=5, output_tokens=2, cached_tokens=0, usd=0.0)
    assert (answer.model, answer.data) == ("echo", None)


def test_echo_makes_up_the_plainest_value_that_fits_a_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 4},
            "mood": {"type": "string", "enum": ["calm", "wild"]},
            "score": {"type": "integer", "minimum": 3, "maximum": 9},
            "depth": {"type": "number", "maximum": -0.5},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "day": {"type": "string", "format": "date"},
            "draft": {"type": "boolean", "default": True},
            "inner": {"type": "object", "properties": {"nothing": {"type": "null"}}, "additionalProperties": False},
        },
        "required": ["title"],
        "additionalProperties": False,
    }
    answer = answered(Request("echo", "a prompt", schema=schema))
    assert answer.data == {
        "title": "a pr", "mood": "calm", "score": 3, "depth": -0.5, "tags": ["a prompt"], "day": "2000-01-01",
        "draft": True, "inner": {"nothing": None},
    }  # fmt: skip
    jsonschema_rs.validate(schema, answer.data)
    assert answer.text.startswith('{"title": "a pr"')


@pytest.mark.parametrize("hard", [{"type": "string", "pattern": "^a"}, {"type": "string", "format": "email"}])
def test_echo_says_what_it_cannot_make_up(hard: dict[str, str]) -> None:
    with pytest.raises(SchemaError, match=r"echo cannot make up .*(pattern|email)"):
        answered(Request("echo", "x", schema={"type": "object", "properties": {"a": hard}}))


bounds = st.tuples(st.integers(-99, 99), st.integers(-99, 99)).map(sorted)
lengths = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
leaves = (
    st.just({"type": "boolean"})
    | bounds.map(lambda each: {"type": "integer", "minimum": each[0], "maximum": each[1]})
    | bounds.map(lambda each: {"type": "number", "minimum": each[0]})
    | bounds.map(lambda each: {"type": "integer", "maximum": each[1]})
    | lengths.map(lambda each: {"type": "string", "minLength": each[0], "maxLength": each[1]})
    | st.lists(st.text(), min_size=1).map(lambda each: {"type": "string", "enum": each})
)
schemas = st.recursive(
    leaves,
    lambda inner: (
        st.dictionaries(st.text(), inner).map(
            lambda each: {"type": "object", "properties": each, "required": list(each), "additionalProperties": False}
        )
        | st.tuples(inner, lengths).map(
            lambda each: {"type": "array", "items": each[0], "minItems": each[1][0], "maxItems": each[1][1]}
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), schemas), st.text())
def test_what_echo_makes_up_always_fits(properties: dict[str, Any], prompt: str) -> None:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    jsonschema_rs.validate(schema, answered(Request("echo", prompt, schema=schema)).data)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("prompt", "words"),
    [(" " * 2_000_000, 0), (" " * 1_000_000 + "x" + " " * 1_000_000, 1), ("a " * 1_000_000, 1_000_000)],
    ids=["spaces", "a word among spaces", "words"],
)
def test_a_long_prompt_is_answered_in_few_pieces_and_no_time(prompt: str, words: int) -> None:
    pieces: list[str] = []
    answer = answered(Request("echo", prompt), pieces.append)
    assert answer.usage == Usage(words, words, 0, 0.0)
    assert answer.text == "".join(pieces) == (prompt if words else "")
    assert len(pieces) <= 10_001


async def test_others_have_their_turn_while_echo_speaks() -> None:
    speaking = asyncio.create_task(echo.ask(Request("echo", "a " * 10_000)))
    turns = 0
    while not speaking.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


@pytest.mark.parametrize(
    "large",
    [
        {"type": "string", "minLength": 10**10},
        {"type": "array", "minItems": 10**10},
        {"type": "array", "items": {"type": "array", "items": {"type": "null"}, "minItems": 9_999}, "minItems": 9_999},
        {"type": "array", "items": {"type": "string", "minLength": 9_999}, "minItems": 9_999},
    ],
)
def test_echo_makes_up_nothing_large(large: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="echo cannot make up a value") as caught:
        answered(Request("echo", "x", schema={"type": "object", "properties": {"a": large}}))
    assert "ask a real model" in str(caught.value.hint)


def test_a_long_prompt_is_not_copied_for_each_field() -> None:
    fields = {f"a{most}": {"type": "string", "maxLength": 999_999 - most} for most in range(1000)}
    answer = answered(Request("echo", "x" * 1_000_000, schema={"type": "object", "properties": fields}))
    assert {len(each) for each in answer.data.values()} == {10_000}
