"""The one notation for parameters and for the shape of answers."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell import notation
from llmspell.errors import ArgumentError, SpellError
from llmspell.notation import Field

WRITTEN = {
    "string": "ada", "int": "3", "number": "2.5", "bool": "yes", "list": "a, b", "object": '{"a": 1}',
    "path": "../a b.md", "date": "2031-12-24",
}  # fmt: skip
TYPED = {
    "string": "ada", "int": 3, "number": 2.5, "bool": True, "list": ["a", "b"], "object": {"a": 1},
    "path": "../a b.md", "date": "2031-12-24",
}  # fmt: skip


def error(spec: object, path: str = "params.x") -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        notation.field(spec, path)
    return caught.value


@pytest.mark.parametrize("word", notation.WORDS)
def test_a_type_word_is_a_required_value_of_that_type(word: str) -> None:
    field = notation.field(word)
    assert field == Field(word)
    assert field.required
    assert field.word == word
    assert field.check(TYPED[word]) == TYPED[word]
    assert field.read([WRITTEN[word]]) == TYPED[word]


@pytest.mark.parametrize(
    ("literal", "kind"),
    [
        (80, "int"),
        (0.5, "number"),
        (2.0, "number"),
        (False, "bool"),
        ("news", "string"),
        ("", "string"),
        ({}, "object"),
        ([], "list"),
    ],
)
def test_any_other_literal_is_an_optional_value_with_that_default(literal: object, kind: str) -> None:
    field = notation.field(literal)
    assert field == Field(kind, required=False, default=literal)
    assert type(field.default) is type(literal)


def test_a_list_of_one_is_a_list_of_such() -> None:
    assert notation.field(["int"]) == Field("list", item=Field("int"))
    assert notation.field([["date"]]).word == "list of list of date"
    assert notation.field([{"name": "string"}]).item == Field("object", fields={"name": Field("string")})


def test_a_table_is_an_object_with_these_fields() -> None:
    field = notation.field({"name": "string", "age": 7})
    assert field.required
    assert field.check({"name": "Ada"}) == {"name": "Ada", "age": 7}


def test_an_object_whose_fields_all_have_defaults_is_optional() -> None:
    field = notation.field({"depth": 3, "style": {"tone": "dry"}})
    assert not field.required
    assert field.fallback() == {"depth": 3, "style": {"tone": "dry"}}


def test_the_full_form_says_all() -> None:
    spec = {"type": "int", "default": 3, "about": "how many", "choices": [1, 3, 5], "min": 1, "max": 5}
    assert notation.field(spec) == Field("int", False, 3, "how many", (1, 3, 5), 1, 5)


def test_the_full_form_may_leave_the_type_to_its_default_or_choices() -> None:
    assert notation.field({"default": 0.5, "about": "x"}).type == "number"
    assert notation.field({"default": ["a", "b"]}) == Field("list", required=False, default=["a", "b"])
    assert notation.field({"choices": ["short", "long"]}) == Field("string", choices=("short", "long"))
    assert notation.field({"default": "int"}) == Field("string", required=False, default="int")


def test_the_full_form_may_have_the_type_of_a_list() -> None:
    field = notation.field({"type": ["path"], "about": "what to read", "min": 1})
    assert field == Field("list", item=Field("path"), about="what to read", min=1)


def test_an_empty_lua_table_is_an_empty_list_where_a_list_is_due() -> None:
    assert notation.field({"type": "list", "default": {}}).default == []
    assert notation.field(["string"]).check({}) == []


def test_an_object_may_have_a_field_called_type() -> None:
    field = notation.field({"type": {"type": "string"}, "title": "string"})
    assert field.fields == {"type": Field("string"), "title": Field("string")}


@pytest.mark.parametrize(
    ("spec", "message", "path"),
    [
        ("integer", 'params.x: "integer" is not a type word', ["params.x"]),
        ("String", 'params.x: "String" is not a type word', ["params.x"]),
        ({"type": "strng"}, 'params.x.type: "strng" is not a type word', ["params.x", "type"]),
        ({"type": "int", "mim": 1}, "params.x.mim: there is no such option", ["params.x", "mim"]),
        ({"default": None}, "params.x.default: null has no type", ["params.x", "default"]),
        ({"type": "int", "default": "a"}, 'params.x.default must be an int, got "a"', ["params.x", "default"]),
        ({"type": "int", "default": 9, "max": 5}, "params.x.default must be at most 5, got 9", ["params.x", "default"]),
        ({"default": 4, "choices": [1, 2]}, "params.x.default must be one of 1 or 2, got 4", ["params.x", "default"]),
        (
            {"type": "int", "choices": []},
            "params.x.choices: must be a list of values, got a list",
            ["params.x", "choices"],
        ),
        ({"type": "int", "choices": 3}, "params.x.choices: must be a list of values, got 3", ["params.x", "choices"]),
        ({"type": "int", "choices": ["a"]}, 'params.x.choices must be an int, got "a"', ["params.x", "choices"]),
        ({"type": "bool", "choices": [True]}, "params.x.choices: does not apply to a bool", ["params.x", "choices"]),
        ({"type": "bool", "min": 1}, "params.x.min: does not apply to a bool", ["params.x", "min"]),
        ({"type": "date", "max": 1}, "params.x.max: does not apply to a date", ["params.x", "max"]),
        ({"type": "int", "min": 5, "max": 1}, "params.x.min: must not be over max, got 5 and 1", ["params.x", "min"]),
        ({"type": "int", "min": "1"}, 'params.x.min must be a number, got "1"', ["params.x", "min"]),
        ({"type": "string", "min": 1.5}, "params.x.min must be an int, got 1.5", ["params.x", "min"]),
        ({"type": "list", "max": 0.5}, "params.x.max must be an int, got 0.5", ["params.x", "max"]),
        ({"type": ["int"], "min": -1}, "params.x.min must be at least 0, got -1", ["params.x", "min"]),
        (
            {"choices": list(range(1001))},
            "params.x.choices: there may be at most 1,000 choices",
            ["params.x", "choices"],
        ),
        ({"type": "int", "about": 1}, "params.x.about must be a string, got 1", ["params.x", "about"]),
        (None, "params.x: null describes no type", ["params.x"]),
        (["a", "b"], "params.x: a list names the type of its items, and no default", ["params.x"]),
        (["news"], "params.x: a list names the type of its items, and no default", ["params.x"]),
        ([80], "params.x: a list names the type of its items, and no default", ["params.x"]),
        ({"a": {"b": None}}, "params.x.a.b: null describes no type", ["params.x", "a", "b"]),
        ({"a b": "int"}, 'params.x: "a b" cannot be a name', ["params.x"]),
        (2**64, "params.x must be an integer of at most 64 bits", ["params.x"]),
        (float("nan"), "params.x must be a finite number", ["params.x"]),
    ],
)
def test_an_error_names_the_path(spec: object, message: str, path: list[str]) -> None:
    found = error(spec)
    assert found.message == message
    assert found.data["path"] == path


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("integer", 'did you mean "int"? For a default text write { default = "integer" }'),
        ("Boolean", 'did you mean "bool"? For a default text write { default = "Boolean" }'),
        ({"type": "strng"}, "did you mean `string`?"),
        ({"type": "array"}, "did you mean `list`?"),
        ({"type": "int", "mim": 1}, "did you mean `min`?"),
    ],
)
def test_an_error_tells_the_cure(spec: object, hint: str) -> None:
    assert error(spec).hint == hint


def test_fields_are_a_table_of_names() -> None:
    assert notation.fields({"words": 80, "topic": "string"}) == {
        "words": Field("int", required=False, default=80),
        "topic": Field("string"),
    }
    for wrong in ([], "string", None):
        with pytest.raises(ArgumentError, match="schema: must be a table of names and types"):
            notation.fields(wrong, "schema")


# -- how large a notation may be --------------------------------------------------------------------------------------


def nested(depth: int, inner: object) -> object:
    for _ in range(depth):
        inner = {"a": inner}
    return inner


def test_a_notation_has_at_most_1000_fields_in_all() -> None:
    table = {f"a{i}": 1 for i in range(499)}
    assert len(notation.fields(table | {"list": [table | {"b": ["string"]}]})) == 500
    listed = {"list": [table | {"b": 1}], "c": 1}
    full = {"x": {"type": [table | {"b": 1}], "default": []}, "c": 1}
    for spec in (table | listed, table | full, nested(55, {f"a{i}": 1 for i in range(946)})):
        assert isinstance(spec, dict)
        with pytest.raises(ArgumentError, match="schema: a schema may have at most 1,000 fields") as caught:
            notation.fields(spec, "schema")
        assert caught.value.data["path"] == ["schema"]


def test_names_are_counted_where_a_table_looks_like_a_full_form_too() -> None:
    spec = {"type": "string"} | {f"a{i}": 1 for i in range(1000)}
    with pytest.raises(ArgumentError, match="at most 1,000 fields"):
        notation.fields(spec)


@pytest.mark.parametrize("spec", [{"default": [0] * 10_000}, {"a": {"default": [[0] * 5_000] * 2}}])
def test_a_notation_has_at_most_10000_values_in_all(spec: object) -> None:
    assert error(spec).message == "params.x: a schema may have at most 10,000 values"


@pytest.mark.parametrize("wrap", [lambda inner: {"a": inner}, lambda inner: [inner], lambda inner: {"type": inner}])
def test_a_notation_is_at_most_64_deep(wrap: Callable[[object], object]) -> None:
    spec: object = "int"
    for _ in range(5_000):
        spec = wrap(spec)
    assert error(spec).message == "params.x: a schema may be nested at most 64 deep"
    assert notation.field(nested(64, 1)).word == "object"


def test_defaults_that_are_nested_deeply_are_not_written_once_per_level() -> None:
    text = "x" * 1000
    field = notation.field(nested(60, text))
    assert field.check({}) == field.fallback() == nested(60, text)
    assert len(json.dumps(notation.json_schema({"x": field}))) < 10_000


def test_the_default_of_an_object_that_differs_from_those_of_its_fields_is_in_its_schema() -> None:
    fields = notation.fields({"a": {"type": {"b": 1}, "default": {"b": 2}}})
    assert notation.json_schema(fields)["properties"]["a"]["default"] == {"b": 2}


def test_the_default_of_an_object_is_given_out_as_a_copy_at_each_level() -> None:
    field = notation.field({"a": {"b": {"default": ["x"]}}})
    field.check({})["a"]["b"].append("y")
    field.fallback()["a"]["b"].append("y")
    assert field.check({"a": {}}) == field.fallback() == {"a": {"b": ["x"]}}


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "value", "message"),
    [
        ("int", "3", 'words must be an int, got "3"'),
        ("int", 2.5, "words must be an int, got 2.5"),
        ("int", True, "words must be an int, got true"),
        ("int", 2**63, "words must be an integer of at most 64 bits"),
        ("number", "x", 'words must be a number, got "x"'),
        ("number", False, "words must be a number, got false"),
        ("number", float("inf"), "words must be a finite number"),
        ("bool", 1, "words must be a bool, got 1"),
        ("string", 1, "words must be a string, got 1"),
        ("string", None, "words must be a string, got null"),
        ("string", "\ud800", "words is not valid text: character 1 is a lone surrogate"),
        ("path", "", 'words must be a path, got ""'),
        ("path", "a\0b", 'words must be a path, got "a\\u0000b"'),
        ("date", "24.12.2031", 'words must be a date like 2031-12-24, got "24.12.2031"'),
        ("date", "2031-02-30", 'words must be a day that exists, got "2031-02-30"'),
        ("list", "a", 'words must be a list, got "a"'),
        (["int"], [1, "a"], 'item 2 of words must be an int, got "a"'),
        (["int"], 1, "words must be a list of int, got 1"),
        ("object", [], "words must be an object, got a list"),
        ({"a": "int"}, {"a": "x"}, 'words.a must be an int, got "x"'),
        ({"a": "int"}, {}, "words lacks `a` (int)"),
        ({"a": "int"}, {"a": 1, "b": 2}, 'words has no field "b"'),
        ("object", {"a": object()}, "words must be plain data, got a value of type object"),
        ({"type": "int", "min": 1}, 0, "words must be at least 1, got 0"),
        ({"type": "string", "max": 2}, "abc", "the length of words must be at most 2, got 3"),
        ({"type": ["int"], "min": 2}, [1], "the number of items of words must be at least 2, got 1"),
        ({"choices": ["a", "b"]}, "c", 'words must be one of "a" or "b", got "c"'),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(spec: object, value: object, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        notation.field(spec).check(value, "words")
    assert caught.value.message == message


def test_an_integral_float_is_an_int() -> None:
    value = Field("int").check(40.0)
    assert (value, type(value)) == (40, int)


def test_a_default_is_given_out_as_a_copy() -> None:
    field = notation.field({"default": ["a"]})
    field.fallback().append("b")
    assert field.fallback() == ["a"]


@pytest.mark.parametrize(
    ("spec", "texts", "value"),
    [
        (["string"], ["a,b", "c"], ["a", "b", "c"]),
        (["int"], ["1, 2"], [1, 2]),
        (["string"], [""], []),
        (["string"], ['["a, b"]', "c"], ["a, b", "c"]),
        ([["int"]], ["[[1], [2]]"], [[1], [2]]),
        ([{"a": "int"}], ['[{"a": 1}]'], [{"a": 1}]),
        (["bool"], ["yes,no"], [True, False]),
        ({"a": 1, "b": 2}, ['{"a": 5}'], {"a": 5, "b": 2}),
        ("number", ["1"], 1),
        ("string", ["1"], "1"),
        ("bool", ["0"], False),
    ],
)
def test_words_of_a_command_line_are_read_by_type(spec: object, texts: list[str], value: object) -> None:
    assert notation.field(spec).read(texts, "--x") == value


@pytest.mark.parametrize(
    ("spec", "texts", "message"),
    [
        ("int", ["abc"], '--x must be an int, got "abc"'),
        ("bool", ["maybe"], '--x must be a bool, got "maybe"'),
        ("int", ["1", "2"], "--x is given 2 times, but is not a list"),
        ("number", ["1e999"], "--x must be a finite number"),
        ("object", ["{"], "--x is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("object", ["[]"], "--x must be an object, got a list"),
        ([["int"]], ["1"], '--x must be a list of list of int in JSON, got "1"'),
        (["int"], ["1,b"], 'item 2 of --x must be an int, got "b"'),
        ("string", ["\udcff"], "--x is not valid text: character 1 is a lone surrogate"),
    ],
)
def test_a_word_that_does_not_read_is_refused_by_name(spec: object, texts: list[str], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        notation.field(spec).read(texts, "--x")
    assert caught.value.message == message


# -- JSON Schema ------------------------------------------------------------------------------------------------------


def test_the_json_schema_has_no_other_properties_and_says_what_is_required() -> None:
    fields = notation.fields(
        {
            "risk": {"type": "int", "min": 0, "max": 10, "about": "how bad"},
            "why": {"type": "string", "max": 200},
            "tone": {"choices": ["dry", "warm"]},
            "tags": ["string"],
            "author": {"name": "string", "born": "date"},
            "sure": True,
        }
    )
    assert notation.json_schema(fields) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["risk", "why", "tone", "tags", "author"],
        "properties": {
            "risk": {"type": "integer", "minimum": 0, "maximum": 10, "description": "how bad"},
            "why": {"type": "string", "maxLength": 200},
            "tone": {"type": "string", "enum": ["dry", "warm"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "author": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "born"],
                "properties": {"name": {"type": "string"}, "born": {"type": "string", "format": "date"}},
            },
            "sure": {"type": "boolean", "default": True},
        },
    }


# -- properties -------------------------------------------------------------------------------------------------------

LITERALS = st.recursive(
    st.sampled_from(notation.WORDS) | st.text(max_size=8) | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "default", "about", "choices", "min", "max", "a", "b"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(LITERALS)
def test_any_literal_is_notation_or_a_clear_error(spec: Any) -> None:
    try:
        field = notation.field(spec, "params.x")
    except SpellError as error:
        problem = error
    else:
        jsonschema_rs.validator_for(notation.json_schema({"x": field}))
        return
    assert problem.kind == "args"
    assert "params.x" in problem.message
    assert problem.data["path"][0] == "params.x"


@given(LITERALS)
def test_a_default_is_a_value_that_its_own_field_and_schema_accept(spec: Any) -> None:
    try:
        field = notation.field(spec)
    except SpellError:
        return
    if not field.required:
        assert field.check(field.fallback()) == field.default
        assert jsonschema_rs.validator_for(notation.json_schema({"x": field})).is_valid({"x": field.default})


@given(st.sampled_from(notation.WORDS), st.text())
def test_any_text_reads_as_a_value_that_checks_or_is_a_clear_error(word: str, text: str) -> None:
    field = Field(word)
    try:
        value = field.read([text], "--x")
    except SpellError as error:
        problem = error
    else:
        assert field.check(value) == value
        return
    assert "--x" in problem.message
