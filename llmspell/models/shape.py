"""The shape that a schema asks an answer to have."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from llmspell.data import parse_json
from llmspell.errors import ArgumentError, SchemaError
from llmspell.wording import clip, visible

_FENCE = "```"
_REFERENCES = frozenset(("$ref", "$dynamicRef", "$recursiveRef"))
_SHOWN = 3
_WORDS = 200


class Shape:
    """A checked schema.

    Raises:
        ArgumentError: it is no schema, not one of an object, or it has references, which can take forever to check.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        if schema.get("type") != "object":
            raise ArgumentError("`schema` must describe an object")
        if _has_reference(schema):
            raise ArgumentError("`schema` cannot have references ($ref)")
        self.schema = schema
        self.text = json.dumps(schema, ensure_ascii=False)
        try:
            # Offline: a schema never makes the host read a file or a URL. Plain regular expressions: never exponential.
            self._validator = jsonschema_rs.validator_for(
                schema, offline=True, pattern_options=jsonschema_rs.RegexOptions()
            )
        except (jsonschema_rs.ValidationError, ValueError) as error:
            message = error.message if isinstance(error, jsonschema_rs.ValidationError) else str(error)
            raise ArgumentError(f"`schema` is not a JSON Schema: {visible(clip(message, 200))}") from None

    def read(self, text: str) -> Any:
        """Return the value that an answer holds.

        Raises:
            SchemaError: the answer is not JSON or does not fit; the message lists the first errors.
        """
        try:
            value = parse_json(_unfenced(text), "the answer")
        except ArgumentError as error:
            raise SchemaError(error.message) from None
        errors = [_worded(error) for error, _ in zip(self._validator.iter_errors(value), range(_SHOWN), strict=False)]
        if errors:
            raise SchemaError(f"the answer does not fit the schema: {'; '.join(errors)}")
        return value


def _unfenced(text: str) -> str:
    """Return what is between the fences of a block of code, or a text that is none as it is."""
    inner = text.strip()
    if not (inner.startswith(_FENCE) and inner.endswith(_FENCE)):
        return text
    language, newline, block = inner.removeprefix(_FENCE).partition("\n")
    return block.removesuffix(_FENCE) if newline and language.strip() in ("", "json") else text


def _worded(error: jsonschema_rs.ValidationError) -> str:
    place = ".".join(str(part) for part in error.instance_path)
    said = f"{place}: {error.message}" if place else error.message
    # The value comes first and the reason last: what is too long is cut in the middle.
    return visible(said if len(said) <= _WORDS else f"{said[: _WORDS // 2]}…{said[-_WORDS // 2 :]}")


def _has_reference(schema: object) -> bool:
    if isinstance(schema, Mapping):
        return not _REFERENCES.isdisjoint(schema) or any(_has_reference(each) for each in schema.values())
    return isinstance(schema, list) and any(_has_reference(each) for each in schema)
