"""How llmspell words what it says to people: suggestions, values, and foreign text that cannot deceive a terminal."""

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from itertools import islice

_WORD_LIMIT = 32
_CANDIDATE_LIMIT = 1000
_COMPARED = 100  # letter by letter, which takes long
_HARMLESS = frozenset("\u00a0\u202f\u3000")  # spaces: Python calls them not printable
_JOINERS = frozenset("\u200c\u200d")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U00016fe4\U0001d159")
"""What Python calls printable, and what nobody sees."""
_MOST_MARKS = 4  # accents, joiners and variants on one character: more stand in other lines
_PLAIN = re.compile(
    "[ -~\u00a1-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u23ff\u2500-\u27bf"
    "\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f\U0001f300-\U0001faff]*"
)
"""Text without marks and blanks, of which there is nothing to look at twice."""
_FOREIGN = re.compile("[^ -~]+")


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


def visible(text: str, keep: str = "", *, as_json: bool = False) -> str:
    """Return text in which control, bidirectional and other invisible characters are written as escapes.

    So are accents and joiners that belong to no character, or are too many on one. Those in `keep` stay as they are;
    without it the result is one line.

    Args:
        text: what is shown.
        keep: characters that stay.
        as_json: whether the text is JSON, which means the same with the escapes that JSON has.
    """
    if _PLAIN.fullmatch(text) and text.isprintable():
        return text
    escape = _escape_json if as_json else _escape

    def look(match: re.Match[str]) -> str:
        before = text[match.start() - 1 : match.start()]
        return _looked_at(match[0], keep, escape, 0 if before and before != " " else _MOST_MARKS)

    return _FOREIGN.sub(look, text)


def _looked_at(text: str, keep: str, escape: Callable[[str], str], marks: int) -> str:
    """Return text as `visible` does, behind a character that has so many marks."""
    found: list[str] = []
    for char in text:
        if char in keep:
            marks = _MOST_MARKS
        elif _is_mark(char):
            marks += 1
            char = char if marks <= _MOST_MARKS else escape(char)
        else:
            marks = _MOST_MARKS if char.isspace() else 0
            char = char if _is_seen(char) else escape(char)
        found.append(char)
    return "".join(found)


def _is_mark(char: str) -> bool:
    return char in _JOINERS or (char not in _BLANK and unicodedata.category(char) in ("Mn", "Me"))


def _is_seen(char: str) -> bool:
    return char in _HARMLESS or (char.isprintable() and char not in _BLANK)


def _escape(char: str) -> str:
    code = ord(char)
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _escape_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


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


def written(words: Iterable[str], language: str) -> str:
    """Return a list of words as a spell in a language writes it."""
    found = ", ".join(f'"{word}"' for word in words)
    return f"[{found}]" if language == "javascript" else f"{{ {found} }}"


def declaration(kind: str, pattern: str, language: str) -> str:
    """Return what the manifest of a spell in a language says to declare a pattern of a kind."""
    inner = written([pattern], language)
    return f"allow: {{ {kind}: {inner} }}" if language == "javascript" else f"allow = {{ {kind} = {inner} }}"
