from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell import template
from llmspell.errors import ArgumentError
from llmspell.template import render

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("source", "values", "result"),
    [
        ("no tags", {}, "no tags"),
        ("at most {{words}} words:\n\n{{input}}", {"words": 80, "input": "A text."}, "at most 80 words:\n\nA text."),
        ("{{ item.title }} by {{item.author.name}}", {"item": {"title": "T", "author": {"name": "N"}}}, "T by N"),
        ("{{fresh}}", {"fresh": [{"id": 1, "name": "é"}, None]}, '[{"id":1,"name":"é"},null]'),
        ("<{{nothing}}{{truth}}{{half}}>", {"nothing": None, "truth": True, "half": 0.5}, "<true0.5>"),
        ("{{größe}} {{first-name}}", {"größe": "L", "first-name": "Ada"}, "L Ada"),
        ("{a} }} {%} 50% {{x}}", {"x": 1}, "{a} }} {%} 50% 1"),
    ],
)
def test_values_are_filled_in(source: str, values: dict[str, object], result: str) -> None:
    assert render(source, values) == result


def test_what_a_value_holds_is_not_a_template() -> None:
    assert render("{{a}}", {"a": "{{b}} {% if %}", "b": "secret"}) == "{{b}} {% if %}"


def test_an_unknown_name_is_named_with_its_line_and_the_likely_one() -> None:
    with pytest.raises(ArgumentError, match=r'"{{ inptu }}" on line 2 of the prompt: `vars` has no `inptu`') as caught:
        render("Read:\n{{ inptu }}", {"input": "x", "words": 3})
    assert caught.value.hint == "did you mean `input`?"


def test_an_unknown_name_that_resembles_none_lists_those_that_there_are() -> None:
    with pytest.raises(ArgumentError) as caught:
        render("{{topic}}", {"input": "x", "words": 3})
    assert caught.value.hint == "it has input and words"


def test_a_field_that_an_object_lacks_is_named() -> None:
    with pytest.raises(ArgumentError, match="`item` has no `titel`") as caught:
        render("{{item.titel}}", {"item": {"title": "T"}})
    assert caught.value.hint == "did you mean `title`?"


def test_a_field_of_what_is_no_object_is_refused() -> None:
    with pytest.raises(ArgumentError, match="`item` is 3, not an object"):
        render("{{item.title}}", {"item": 3})


@pytest.mark.parametrize(
    "source", ["{{ x | upper }}", "{{}}", "{{ x", "{% for a in b %}", "{%- if x %}", "{{ 'a' * 9 }}", "{{x.}}", "{{3}}"]
)
def test_anything_but_a_name_is_refused_with_its_line(source: str) -> None:
    with pytest.raises(ArgumentError, match="on line 3 of the prompt is not") as caught:
        render(f"one\ntwo\n{source}", {"x": "y"})
    assert "{{name.field}}" in str(caught.value.hint)


def test_a_result_that_is_too_long_is_refused_before_it_is_made() -> None:
    with pytest.raises(ArgumentError, match="longer than 4 MiB"):
        render("{{x}}" * 1_000_000, {"x": "a" * (template.LIMIT // 100)})


@pytest.mark.parametrize("character", ["a", "é", "😀"])
def test_the_size_of_a_result_is_that_of_its_utf8(character: str) -> None:
    fitting = character * (template.LIMIT // len(character.encode()))
    assert render("{{x}}", {"x": fitting}) == fitting
    with pytest.raises(ArgumentError, match="longer than 4 MiB"):
        render("{{x}}.", {"x": fitting})


class Counted(dict[str, object]):
    """An object that counts how often it is written."""

    written = 0

    def items(self) -> Any:
        self.written += 1
        return super().items()


def test_a_value_is_written_once_however_often_it_is_named() -> None:
    value = Counted(a=[1, 2])
    assert render("{{x}}" * 1000, {"x": value}) == '{"a":[1,2]}' * 1000
    assert value.written == 1


def test_a_template_has_at_most_so_many_names() -> None:
    assert render("{{x}}" * template.TAGS, {"x": None}) == ""
    with pytest.raises(ArgumentError, match="the prompt has more than 10,000 names to fill in"):
        render("{{x}}" * (template.TAGS + 1), {"x": None})


def test_the_names_that_there_are_are_listed_shortly() -> None:
    with pytest.raises(ArgumentError) as caught:
        render("{{topic}}", {"x" * 1_000_000: 1})
    assert len(str(caught.value.hint)) < 100


@pytest.mark.parametrize(
    "source",
    ["{{" + "-" * 200_000 + "1}}", "{{" + "(" * 200_000, "{{1" + "+1" * 200_000 + "}}", "{{x" + ".x" * 200_000 + "}}"],
)
def test_a_template_made_to_exhaust_a_parser_is_refused(source: str) -> None:
    with pytest.raises(ArgumentError):
        render(source, {"x": "y"})


@given(st.text() | st.from_regex(r"a{{ ?\w+(\.\w+)? ?}}", fullmatch=True), st.dictionaries(st.text(), PLAIN))
def test_every_text_is_rendered_or_refused(source: str, values: dict[str, object]) -> None:
    with suppress(ArgumentError):
        assert isinstance(render(source, values), str)
