"""What can cross to a script, and strict JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell import data
from llmspell.errors import ArgumentError, SpellError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(JSON)
def test_json_reads_as_the_data_that_was_written(value: object) -> None:
    assert data.plain(value) == value
    assert data.parse_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (2**63, "64 bits"),
        (10**40, "64 bits"),
        ("\ud800", "character 1 is a lone surrogate"),
        ({"a\udfff": 1}, "lone surrogate"),
        ({1: 2}, "a key of value must be"),
        (object(), "must be plain data"),
        (b"x", "must be plain data"),
        ([{"a": {1, 2}}], "must be plain data"),
    ],
)
def test_what_cannot_cross_is_refused_by_name(value: object, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        data.plain(value)


def test_data_is_at_most_64_deep() -> None:
    value: object = 1
    for _ in range(64):
        value = [value]
    assert data.plain(value) == value
    with pytest.raises(ArgumentError, match="more than 64 deep"):
        data.plain([value])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "in.json is not JSON: .* at line 1, column"),
        ("NaN", "must be a finite number"),
        ("", "not JSON"),
        ("[1e999]", "finite"),
        pytest.param("[" * 100_000, "64 deep", id="bottomless"),
        pytest.param("[" * 70 + "]" * 70, "64 deep", id="deep"),
        pytest.param("9" * 5000, "too many digits", id="huge"),
        ('"\\ud800"', "lone surrogate"),
        ("[-Infinity]", "must be a finite number"),
    ],
)
def test_json_that_is_not_strict_is_refused(text: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        data.parse_json(text, "in.json")


@given(st.text())
def test_any_text_is_json_or_a_clear_error(text: str) -> None:
    problem = "value "
    try:
        data.parse_json(text)
    except SpellError as error:
        problem = error.message
    assert problem.startswith("value ")


@pytest.mark.parametrize(
    ("word", "text", "value"),
    [
        ("int", "40", 40),
        ("int", "-5", -5),
        ("int", "4.5", "4.5"),
        ("number", "4", 4),
        ("number", "4.5e1", 45.0),
        ("number", ".5", 0.5),
        ("number", "x", "x"),
        ("bool", "yes", True),
        ("bool", "OFF", False),
        ("bool", "maybe", "maybe"),
        ("string", "40", "40"),
        pytest.param("int", "9" * 41, "9" * 41, id="long"),
        pytest.param("number", "1" * 10**5 + "x", "1" * 10**5 + "x", id="longer"),
    ],
)
def test_a_text_stands_for_a_scalar_of_a_type_or_for_itself(word: str, text: str, value: object) -> None:
    found = data.scalar_of(word, text)
    assert found == value
    assert type(found) is type(value)
