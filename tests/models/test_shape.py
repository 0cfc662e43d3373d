from typing import Any

import pytest

from llmspell.errors import ArgumentError, SchemaError
from llmspell.models.shape import Shape

SCORE = {
    "type": "object",
    "properties": {"score": {"type": "integer"}, "advice": {"type": "string"}},
    "required": ["score"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "text",
    [
        '{"score": 3}',
        ' {"score": 3}\n',
        '```json\n{"score": 3}\n```',
        '```\n{"score": 3}```\n',
        ' ```json \n\n{"score": 3}\n\n``` ',
    ],
)
def test_json_is_read_with_or_without_a_fence(text: str) -> None:
    assert Shape(SCORE).read(text) == {"score": 3}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("It is good.", "the answer is not JSON"),
        ("", "the answer is not JSON"),
        ('{"score": NaN}', "the answer "),
        ('{"score": "high"}', 'score: "high" is not of type "integer"'),
        ("[1]", 'is not of type "object"'),
        ('{"advice": 1, "x\\u001b[2J": 2}', '"score" is a required property'),
        ("[" * 100_000, "nested more than 64 deep"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(text: str, fault: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Shape(SCORE).read(text)
    assert fault in caught.value.message
    assert caught.value.message.isprintable()


def test_only_the_first_faults_are_listed() -> None:
    schema = {"type": "object", "properties": {name: {"type": "integer"} for name in "abcdef"}}
    with pytest.raises(SchemaError) as caught:
        Shape(schema).read('{"a":"","b":"","c":"","d":"","e":"","f":""}')
    assert caught.value.message.count("is not of type") == 3


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "array"}, "must describe an object"),
        ({"type": "object", "properties": {"a": {"type": "strin"}}}, "not a JSON Schema"),
        ({"type": "object", "properties": {"a": {"pattern": "("}}}, "not a JSON Schema"),
        ({"type": "object", "properties": {"a": {"$ref": "file:///etc/hostname"}}}, "cannot have references"),
        ({"type": "object", "allOf": [{"$dynamicRef": "#a"}]}, "cannot have references"),
    ],
)
def test_a_schema_that_cannot_be_asked_for_is_refused(schema: dict[str, Any], fault: str) -> None:
    with pytest.raises(ArgumentError, match=fault):
        Shape(schema)


def test_a_pattern_takes_no_longer_on_a_text_made_to_confuse_it() -> None:
    shape = Shape({"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}})
    with pytest.raises(SchemaError, match="does not match"):
        shape.read('{"a": "' + "a" * 100_000 + '!"}')


@pytest.mark.parametrize(
    "text", ["```json\n" + "\n" * 100_000 + "{", "```" + "\n" * 100_000 + "x", "```", "```json```"]
)
def test_a_fence_made_to_confuse_is_read_at_once(text: str) -> None:
    with pytest.raises(SchemaError, match="is not JSON"):
        Shape(SCORE).read(text)
