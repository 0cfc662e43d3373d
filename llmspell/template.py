"""Fills in prompts: `{{name}}` and `{{name.field}}`, and nothing else.

There are no loops, conditions, filters or operators. Templates come from spells and are filled in by the host, and
with any of these a short one can keep it busy, use up its memory or overflow its stack; a spell has a language of its
own for such things. The size of the result is known before it is made.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmspell.errors import ArgumentError
from llmspell.wording import clip, listed, shown, suggest

LIMIT = 4 * 1024 * 1024
"""Bytes of UTF-8 that a result may have."""
TAGS = 10_000
"""Names that a template may have, repeated ones counted."""

_TAG = re.compile(r"\{\{(.*?)\}\}|(\{\{|\{%-?\s*[a-z]\w*)", re.DOTALL)
_PATH = re.compile(r"\s*([^\W\d][\w-]*(?:\.[\w-]+)*)\s*")
_NAMES_SHOWN = 20


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return a template with the values filled in; lists and objects appear as compact JSON, null as nothing.

    Raises:
        ArgumentError: it is no template, it names a value that does not exist, or the result would be too long.
    """
    parts, size = [], 0
    for part, its_size in _parts(template, values):
        size += its_size
        if size > LIMIT:
            raise ArgumentError(f"the prompt would be longer than {LIMIT // 1024**2} MiB")
        parts.append(part)
    return "".join(parts)


def _parts(template: str, values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the parts of a result and their sizes; what a name stands for is made once."""
    made: dict[str, tuple[str, int]] = {}
    end = 0
    for count, tag in enumerate(_TAG.finditer(template), 1):
        if count > TAGS:
            raise ArgumentError(f"the prompt has more than {TAGS:,} names to fill in", hint="join them in the spell")
        yield _sized(template[end : tag.start()])
        path = _PATH.fullmatch(tag[1] or "")
        if path is None:
            raise _no_name(tag)
        if path[1] not in made:
            made[path[1]] = _sized(_text(_value(path[1], values, tag)))
        yield made[path[1]]
        end = tag.end()
    yield _sized(template[end:])


def _sized(text: str) -> tuple[str, int]:
    """Return a text and its size, or that of its characters if these alone are too many."""
    return text, len(text) if len(text) > LIMIT else len(text.encode("utf-8", "surrogatepass"))


def _value(path: str, values: Mapping[str, Any], tag: re.Match[str]) -> Any:
    found: Any = values
    walked: list[str] = []
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise _unknown(name, found, ".".join(walked) or "vars", tag)
        walked.append(name)
        found = found[name]
    return found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _unknown(name: str, found: Any, where: str, tag: re.Match[str]) -> ArgumentError:
    message = f"{shown(tag[0])} on line {_line(tag)} of the prompt: `{clip(where, 60)}`"
    if not isinstance(found, Mapping):
        return ArgumentError(f"{message} is {shown(found)}, not an object")
    names = [str(key) for key in found]
    guess = suggest(name, names)
    there = listed((clip(name, 60) for name in names[:_NAMES_SHOWN]), "and") if names else "nothing"
    hint = f"did you mean `{guess}`?" if guess else f"it has {there}"
    return ArgumentError(f"{message} has no `{clip(name, 60)}`", hint=hint)


def _no_name(tag: re.Match[str]) -> ArgumentError:
    fault = "is not closed" if tag[2] == "{{" else "is not the name of a value"
    hint = "write {{name}} or {{name.field}}, and build the rest in the spell; braces as such can come from a value"
    return ArgumentError(f"{shown(tag[0])} on line {_line(tag)} of the prompt {fault}", hint=hint)


def _line(tag: re.Match[str]) -> int:
    return tag.string.count("\n", 0, tag.start()) + 1
