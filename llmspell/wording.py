"""How llmspell words what it says to people: suggestions, values, and foreign text that cannot deceive a terminal."""

import difflib
import json
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from itertools import islice

_WORD_LIMIT = 32
_CANDIDATE_LIMIT = 1000
_COMPARED = 100  # letter by letter, which takes long
_HARMLESS = frozenset("\u00a0\u200c\u200d\u202f\u3000")  # spaces and joiners: Python calls them not printable


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that a mistyped word probably stands for: one that it begins, else the nearest."""
    if not word or len(word) > _WORD_LIMIT:
        return None
    names = {name.lower(): name for name in islice(candidates, _CANDIDATE_LIMIT) if len(name) <= _WORD_LIMIT}
    folded = word.lower()
    begun = [name for name in names if name.startswith(folded)] if len(word) > 1 else []
    alike = nsmallest(_COMPARED, names, key=lambda name: abs(len(name) - len(folded)))
    near = begun or difflib.get_close_matches(folded, alike, 1, 0.6)
    return names[min(near, key=len)] if near else None


def did_you_mean(word: str, candidates: Sequence[str]) -> str:
    """Return a hint for a mistyped word: the likely candidate, or else all of them."""
    guess = suggest(word, candidates)
    return f"did you mean `{guess}`?" if guess else f"write one of {listed(candidates)}"


def listed(words: Iterable[str], last: str = "or") -> str:
    """Return words as a list in a sentence: `a`, `a or b`, `a, b or c`."""
    *front, end = words
    return f"{', '.join(front)} {last} {end}" if front else end


def clip(text: str, limit: int) -> str:
    """Return text that has at most so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def visible(text: str, keep: str = "") -> str:
    """Return text in which control, bidirectional and other invisible characters are written as escapes.

    Those in `keep` stay as they are; without it the result is one line.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if char in _HARMLESS:
        return char
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def shown(value: object) -> str:
    """Return a value as an error message quotes it: a scalar as JSON and clipped, anything else by its type."""
    match value:
        case None | bool() | float():
            return json.dumps(value)
        case int():
            return str(value) if abs(value) < 10**40 else "a huge integer"
        case str():
            return visible(json.dumps(clip(value, 60), ensure_ascii=False))
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
    return f"a value of type {type(value).__name__}"
