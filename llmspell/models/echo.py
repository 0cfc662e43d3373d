"""The model `echo`: answers offline, at once and always the same, with the prompt itself."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from llmspell.errors import SchemaError
from llmspell.models.catalog import ECHO
from llmspell.models.request import Answer, Request, Usage
from llmspell.wording import listed

_WORD = re.compile(r"\S+\s*")
_PIECES = 10_000
"""Pieces of one answer, about: those of a long text are longer than a word."""
_TURN = 1_000
"""Words between two turns of the event loop."""
_LARGEST = 10_000
"""The longest text, or list, that is made up to reach a lower bound."""
_PARTS = 100_000
_LENGTH = 16 * 1024 * 1024
"""What JSON that is made up may have: scalars, brackets and commas, about, and characters."""
_KNOWN = frozenset(
    (
        *("type", "const", "default", "enum", "description", "title", "format"),
        *("properties", "required", "additionalProperties", "items"),
        *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
    )
)


async def ask(request: Request, on_text: Callable[[str], None] | None = None) -> Answer:
    """Return the prompt as the answer, at most `max_tokens` words of it; with a schema, a value that fits it.

    Raises:
        SchemaError: the schema asks for more than this model can make up.
    """
    show = on_text or _ignore
    if request.schema is None:
        data = None
        text, given = await _spoken(request.prompt, request.max_tokens, show)
    else:
        data = _value(request.schema, request.prompt)
        text, given = _json(data), 1
        show(text)
    _, taken = await _spoken(f"{request.system or ''} {request.prompt}", None, _ignore)
    return Answer(text, data, ECHO, Usage(taken, given, 0, 0.0), ECHO)


async def _spoken(text: str, most: int | None, show: Callable[[str], None]) -> tuple[str, int]:
    """Return the first words of a text and how many they are; show them piece by piece, and let others have turns."""
    size = len(text) // _PIECES
    count = end = seen = 0
    for count, word in enumerate(islice(_WORD.finditer(text), most), 1):
        end = word.end()
        if end - seen > size:
            show(text[seen:end])
            seen = end
        if count % _TURN == 0:
            await asyncio.sleep(0)
    if end > seen:
        show(text[seen:end])
    return text[:end], count


def _ignore(_: str) -> None:
    """Show a piece to nobody."""


def _json(data: Any) -> str:
    """Return data as JSON; lists that are made up can multiply each other, so its length is watched."""
    pieces: list[str] = []
    length = 0
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(data):
        pieces.append(piece)
        length += len(piece)
        if length > _LENGTH or len(pieces) > _PARTS:
            raise SchemaError("echo cannot make up a value this large", hint="ask for less, or ask a real model")
    return "".join(pieces)


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
            return [_value(schema.get("items", {}), prompt)] * _lowest(schema, "minItems")
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
            text = prompt.ljust(_lowest(schema, "minLength"), ".")
            longest = schema.get("maxLength", len(text))
            # What is cut is cut short: a long prompt would be copied for each field.
            return text if len(text) <= longest else text[: min(longest, _LARGEST)]
        case form:
            raise SchemaError(f"echo cannot make up text of format {form}", hint="ask a real model")


def _lowest(schema: Mapping[str, Any], word: str) -> int:
    lowest: int = schema.get(word, 0)
    if lowest > _LARGEST:
        message = f"echo cannot make up a value for a schema with {word} over {_LARGEST:,}"
        raise SchemaError(message, hint="ask a real model")
    return lowest
