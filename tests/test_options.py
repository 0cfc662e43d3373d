"""The command line of a spell."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell import notation, options
from llmspell.errors import ArgumentError, SpellError
from llmspell.options import Options, Parsed

PARAMS = notation.fields(
    {
        "topic": "string",
        "words": 80,
        "max_words": {"type": "int", "default": 100, "min": 1},
        "tone": {"choices": ["dry", "warm"], "default": "dry", "about": "how it sounds"},
        "tags": {"type": ["string"], "default": []},
        "draft": False,
        "meta": {"type": "object", "default": {}},
    }
)
DEFAULTS = {"words": 80, "max_words": 100, "tone": "dry", "tags": [], "draft": False, "meta": {}}
SUM = Options("sum.lua", PARAMS, "text")


def error(*words: str, of: Options = SUM) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        of.parse(words)
    return caught.value


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--words=40"], {"words": 40}),
        (["--words", "40"], {"words": 40}),
        (["--words", "-40"], {"words": -40}),
        (["--max-words=7"], {"max_words": 7}),
        (["--max_words", "7"], {"max_words": 7}),
        (["--draft"], {"draft": True}),
        (["--draft=no"], {"draft": False}),
        (["--no-draft"], {"draft": False}),
        (["--tags=a,b", "--tags", "c"], {"tags": ["a", "b", "c"]}),
        (["--meta", '{"a": [1]}'], {"meta": {"a": [1]}}),
        (["--tone=warm"], {"tone": "warm"}),
    ],
)
def test_an_option_becomes_a_typed_value(words: list[str], values: dict[str, Any]) -> None:
    assert SUM.parse(["--topic=x", *words]) == Parsed(DEFAULTS | {"topic": "x"} | values, (), ())


def test_an_option_may_hold_anything_behind_its_equals_sign() -> None:
    assert SUM.parse(["--topic=--words=3"]).values["topic"] == "--words=3"
    assert SUM.parse(["--topic="]).values["topic"] == ""


def test_other_words_are_input_and_what_follows_a_double_dash_is_rest() -> None:
    parsed = SUM.parse(["report.md", "--topic", "x", "-", "more", "--", "--words=1", "--", "y"])
    assert parsed.words == ("report.md", "-", "more")
    assert parsed.rest == ("--words=1", "--", "y")
    assert parsed.values["words"] == 80


def test_defaults_are_not_shared_between_runs() -> None:
    SUM.parse(["--topic=x"]).values["tags"].append("a")
    assert SUM.parse(["--topic=x"]).values["tags"] == []


def test_an_unknown_option_is_told_with_the_one_that_was_meant() -> None:
    found = error("--topc=x")
    assert found.message == "unknown option --topc for sum.lua"
    assert found.hint is not None
    assert found.hint.startswith("did you mean --topic (string)?   usage: llmspell run sum.lua [FILE] --topic=STRING")
    assert found.exit_code == 2


def test_an_unknown_option_may_have_been_meant_for_run() -> None:
    assert (error("--modle=x").hint or "").startswith("did you mean --model?   usage:")
    assert (error("-x").hint or "").startswith("usage:")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "sum.lua needs --topic (string)"),
        (["--topic"], "--topic needs a value (string)"),
        (["--topic", "--draft"], "--topic needs a value (string)"),
        (["--topic=x", "--words=many"], '--words must be an int, got "many"'),
        (["--topic=x", "--words=1", "--words=2"], "--words is given 2 times, but is not a list"),
        (["--topic=x", "--max-words=0"], "--max-words must be at least 1, got 0"),
        (["--topic=x", "--tone=shrill"], '--tone must be one of "dry" or "warm", got "shrill"'),
        (["--topic=x", "--no-words"], "unknown option --no-words for sum.lua"),
        (["--topic=x", "--no-draft=1"], "unknown option --no-draft for sum.lua"),
        (["--topic=x", "-w"], "unknown option -w for sum.lua"),
        (["--topic=x", "---"], "unknown option --- for sum.lua"),
    ],
)
def test_a_wrong_word_is_refused_by_name(words: list[str], message: str) -> None:
    assert error(*words).message == message


def test_all_that_is_missing_is_named_at_once() -> None:
    two = Options("x.js", notation.fields({"owner": "string", "count": "int"}))
    found = error(of=two)
    assert found.message == "x.js needs --owner (string) and --count (int)"
    assert found.hint == "usage: llmspell run x.js --owner=STRING --count=INT"


def test_the_usage_of_many_options_names_the_required_ones() -> None:
    assert SUM.usage() == "usage: llmspell run sum.lua [FILE] --topic=STRING [OPTIONS]"
    assert Options("x.lua", {}, "files").usage() == "usage: llmspell run x.lua FILE…"


def test_the_help_tells_type_default_choices_and_bounds() -> None:
    assert (
        SUM.help(" Sum it up\n", {})
        == """\
Usage: llmspell run sum.lua [FILE] --topic=STRING [OPTIONS]

  Sum it up

Input: FILE, or text on stdin

Options:
  --topic=STRING   (required)
  --words=INT      (default 80)
  --max-words=INT  (default 100, at least 1)
  --tone=STRING    how it sounds (default "dry", one of "dry" or "warm")
  --tags=STRING,…  (default [])
  --[no-]draft     (default false)
  --meta=JSON      (default {})"""
    )


# -- values of a program ----------------------------------------------------------------------------------------------


def test_typed_values_are_checked_and_completed() -> None:
    assert SUM.accept({"topic": "x", "words": 40.0, "input": "text", "rest": ["a"]}) == {
        **DEFAULTS,
        "topic": "x",
        "words": 40,
        "input": "text",
        "rest": ["a"],
    }


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"topc": 1}, 'sum.lua has no parameter "topc"', "did you mean `topic`?"),
        ({"topic": 1}, "`topic` must be a string, got 1", None),
        ({"input": "x"}, "sum.lua needs `topic` (string)", None),
        ({"topic": "x"}, "sum.lua needs `input` (text)", None),
        ({"topic": "x", "input": b"raw"}, "`input` must be a string, got a value of type bytes", None),
        ({"topic": "x", "input": "x", "rest": "a"}, '`rest` must be a list of string, got "a"', None),
        ({1: 2}, "sum.lua has no parameter 1", None),
    ],
)
def test_a_wrong_value_is_refused_by_name(given: dict[Any, Any], message: str, hint: str | None) -> None:
    with pytest.raises(ArgumentError) as caught:
        SUM.accept(given)
    assert caught.value.message == message
    if hint:
        assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("kind", "value"),
    [("text", "t"), ("file", "a.md"), ("files", ["a", "b"]), ("json", {"a": [1, None]}), ("json", None)],
)
def test_the_input_of_a_program_is_checked_by_its_kind(kind: str, value: object) -> None:
    assert Options("x", {}, kind).accept({"input": value}) == {"input": value, "rest": []}


def test_a_spell_without_input_takes_none_from_a_program() -> None:
    with pytest.raises(ArgumentError, match='x has no parameter "input"'):
        Options("x", {}).accept({"input": "t"})


# -- names ------------------------------------------------------------------------------------------------------------


def test_every_option_of_run_is_reserved_in_each_spelling() -> None:
    for name in options.RESERVED:
        assert options.reserved(name.replace("*", "anything"))
        assert options.reserved(name.replace("*", "anything").replace("-", "_").upper())
    assert not options.reserved("topic")


# -- properties -------------------------------------------------------------------------------------------------------

WORDS = st.lists(
    st.sampled_from(
        ["--topic", "--topic=x", "--words", "--draft", "--no-draft", "--", "-", "a", "--tags=", "--meta={", "-5"]
    )
    | st.from_regex(r"--?[a-z-]{0,8}=?.{0,4}", fullmatch=True)
    | st.text(max_size=5),
    max_size=8,
)


@given(WORDS)
def test_any_words_are_arguments_or_an_error_of_arguments(words: list[str]) -> None:
    try:
        parsed = SUM.parse(words)
    except SpellError as error:
        problem = error
    else:
        assert parsed.values.keys() == PARAMS.keys()
        assert len(parsed.words) + len(parsed.rest) <= len(words)
        return
    assert problem.kind == "args"


@given(
    st.integers(-(2**63) + 1, 2**63 - 1), st.booleans(), st.text(st.characters(codec="utf-8", exclude_characters="\0"))
)
def test_what_is_written_is_what_is_read(words: int, draft: bool, topic: str) -> None:
    parsed = SUM.parse([f"--topic={topic}", f"--words={words}", "--draft" if draft else "--no-draft"])
    assert parsed.values == DEFAULTS | {"topic": topic, "words": words, "draft": draft}
