"""Suggestions, values in messages, and foreign text on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell import wording


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("topc", "topic"),
        ("tone", "tone"),
        ("to", "tone"),
        ("TOPIC", "topic"),
        ("wrods", "words"),
        ("w", None),
        ("xyz", None),
    ],
)
def test_the_suggestion_is_what_the_word_begins_or_what_is_nearest(word: str, meant: str | None) -> None:
    assert wording.suggest(word, ["topic", "tone", "words"]) == meant


def test_nothing_is_suggested_for_nothing() -> None:
    assert wording.suggest("", ["a"]) is None
    assert wording.suggest("topic", []) is None


def test_a_word_of_a_million_letters_costs_nothing_and_suggests_nothing() -> None:
    assert wording.suggest("a" * 10**6, ["a" * 10**6, "b"]) is None


def test_a_hint_names_the_likely_word_or_else_all() -> None:
    assert wording.did_you_mean("modle", ["model", "about"]) == "did you mean `model`?"
    assert wording.did_you_mean("zzz", ["model", "about", "input"]) == "write one of model, about or input"


def test_words_are_listed_as_in_a_sentence() -> None:
    assert [wording.listed(words, "and") for words in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 日本", "plain ünïcode 日本"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u2066b\u200fc", r"a\u2066b\u200fc"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("a\u00a0b", "a\u00a0b"),
        ("a\u2028b", r"a\u2028b"),
        ("a\u3164\u2800\u115f\uffa0b", r"a\u3164\u2800\u115f\uffa0b"),
        (
            "\u2764\ufe0f\u200d\U0001f525 e\u0301 \u0646\u0645\u06cc\u200c\u062e",
            "\u2764\ufe0f\u200d\U0001f525 e\u0301 \u0646\u0645\u06cc\u200c\u062e",
        ),
        ("a" + "\u0300" * 6, "a" + "\u0300" * 4 + r"\u0300\u0300"),
        (" \u200d\u0338", r" \u200d\u0338"),
        ("\ufe0fa", r"\ufe0fa"),
    ],
)
def test_what_could_deceive_a_terminal_is_made_visible(text: str, shown: str) -> None:
    assert wording.visible(text) == shown


def test_lines_may_be_kept() -> None:
    assert wording.visible("a\n\x1bb", keep="\n") == "a\n\\x1bb"


@given(st.text())
def test_visible_text_is_one_line_without_control_or_direction(text: str) -> None:
    shown = wording.visible(text)
    assert len(shown.splitlines()) <= 1
    assert all(char.isprintable() or char in "\u00a0\u200c\u200d\u202f\u3000" for char in shown)
    shown.encode()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", '"x"'),
        (3, "3"),
        (0.5, "0.5"),
        (True, "true"),
        (None, "null"),
        ([1], "a list"),
        ({}, "an object"),
        pytest.param(10**5000, "a huge integer", id="huge"),
        (object(), "a value of type object"),
        ("é\x1b", '"é\\u001b"'),
        (b"", "a value of type bytes"),
    ],
)
def test_a_value_is_shown_as_json_or_by_its_type(value: object, shown: str) -> None:
    assert wording.shown(value) == shown


def test_a_long_text_is_clipped() -> None:
    assert len(wording.shown("x" * 10**6)) < 70
    assert wording.clip("abcdef", 4) == "abc…"
    assert wording.clip("abcd", 4) == "abcd"


def test_only_so_many_words_are_compared_letter_by_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(wording.difflib, "get_close_matches", lambda _, words, *__: compared.extend(words) or [])
    wording.suggest("tpic", [*("b" * n + str(i) for n in (20, 30, 60) for i in range(300)), "topic"])
    assert len(compared) == 100
    assert compared[0] == "topic"
    assert max(map(len, compared)) <= 32
