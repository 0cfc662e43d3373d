"""The model `echo`: answers offline, at once and always the same, with the prompt itself."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from llmspell.errors import SchemaError
from llmspell.models.catalog import ECHO
from llmspell.models.request import Answer, Request, Usage
from llmspell.wording import listed

_WORD = re.compile(r"\s*\S+\s*")
_KNOWN = frozenset(
    (
        *("type", "const", "default", "enum", "description", "title", "format"),
        *("properties", "required", "additionalProperties", "items"),
        *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
    )
)


def ask(request: Request, on_text: Callable[[str], None] | None = None) -> Answer:
    """Return the prompt as the answer, at most `max_tokens` words of it; with a schema, a value that fits it.

    Raises:
        SchemaError: the schema asks for more than this model can make up.
    """
    if request.schema is None:
        data, pieces = None, _WORD.findall(request.prompt)[: request.max_tokens]
    else:
        data = _value(request.schema, request.prompt)
        pieces = [json.dumps(data, ensure_ascii=False)]
    if on_text is not None:
        for piece in pieces:
            on_text(piece)
    words = len(_WORD.findall(f"{request.system or ''} {request.prompt}"))
    return Answer("".join(pieces), data, ECHO, Usage(words, len(pieces), 0, 0.0), ECHO)


def _value(schema: Mapping[str, Any], prompt: str) -> Any:
    """Return the plainest value that fits: the prompt as text, the first choice, the default, the lowest number."""
    if unknown := schema.keys() - _KNOWN:
        message = f"echo cannot make up a value for a schema with {listed(sorted(unknown), 'and')}"
        raise SchemaError(message, hint="ask a real model")
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _value(each, prompt) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [_value(schema.get("items", {}), prompt)] * schema.get("minItems", 0)
        case "integer" | "number":
            return min(max(0, schema.get("minimum", 0)), schema.get("maximum", 0) if "maximum" in schema else 2**53)
        case "boolean":
            return False
        case "null":
            return None
    return _text(schema, prompt)


def _text(schema: Mapping[str, Any], prompt: str) -> str:
    match schema.get("format"):
        case "date":
            return "2000-01-01"
        case None:
            return prompt.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]
        case form:
            raise SchemaError(f"echo cannot make up text of format {form}", hint="ask a real model")
