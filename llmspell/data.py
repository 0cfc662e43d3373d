"""Plain data: the values that can cross to a script, their checks by type word, and the strict reading of JSON."""

import json
import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from llmspell.errors import ArgumentError
from llmspell.wording import shown, visible

DEPTH = 64
"""Levels of lists and objects that a value may have."""
LARGEST = 2**63 - 1
"""The largest integer that both sides can hold."""

_SURE = frozenset((bool, type(None)))
_TRUTH = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)
_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def plain(value: object, name: str = "value", depth: int = 0) -> Any:
    """Return a value if it is plain data: null, boolean, integer, float, text, list, or object with text keys.

    Raises:
        ArgumentError: naming the part that is not.
    """
    match value:
        case None | bool():
            return value
        case str():
            return value if value.isascii() else text(value, name)
        case int() | float():
            return number(value, name)
        case list() | tuple() | dict() if depth == DEPTH:
            raise ArgumentError(f"{name} is nested more than {DEPTH} deep")
        case list() | tuple():
            return [each if type(each) in _SURE else plain(each, name, depth + 1) for each in value]
        case dict():
            return {text(key, f"a key of {name}"): plain(each, name, depth + 1) for key, each in value.items()}
    raise ArgumentError(f"{name} must be plain data, got {shown(value)}")


def text(value: object, name: str) -> str:
    """Return a value if it is text that UTF-8 can hold.

    Raises:
        ArgumentError: naming it.
    """
    if not isinstance(value, str):
        raise _mismatch(name, "a string", value)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        message = f"{name} is not valid text: character {error.start + 1} is a lone surrogate"
        raise ArgumentError(message) from None
    return value


def number(value: object, name: str) -> int | float:
    """Return a value if it is a number that is finite and, as an integer, not over 64 bits.

    Raises:
        ArgumentError: naming it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mismatch(name, "a number", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ArgumentError(f"{name} must be a finite number")
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise ArgumentError(f"{name} must be an integer of at most 64 bits")
    return value


def _integer(value: object, name: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mismatch(name, "an int", value)
    number(value, name)
    return value


def _boolean(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _mismatch(name, "a bool", value)
    return value


def _path(value: object, name: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _mismatch(name, "a path", value)
    return text(value, name)


def _day(value: object, name: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise _mismatch(name, "a date like 2031-12-24", value)
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ArgumentError(f"{name} must be a day that exists, got {shown(value)}") from None
    return value


SCALARS: dict[str, Callable[[object, str], Any]] = {
    "string": text, "path": _path, "date": _day, "int": _integer, "number": number, "bool": _boolean,
}  # fmt: skip
"""By type word, the function that returns a value if it is of that type; its name is for the error."""


def scalar_of(word: str, written: str) -> Any:
    """Return the value of a type that a text stands for, or the text itself when it stands for none."""
    match word:
        case "bool":
            return _TRUTH.get(written.lower(), written)
        case "int" | "number" if _INTEGER.fullmatch(written):
            return int(written)
        case "number" if _DECIMAL.fullmatch(written):
            return float(written)
    return written


def parse_json(source: str, name: str = "value") -> Any:
    """Return the data that strict JSON holds: no NaN, no infinities, at most 64 levels.

    Raises:
        ArgumentError: naming it and, for a slip in the syntax, the line and column.
    """
    try:
        value = json.loads(source)
    except json.JSONDecodeError as error:
        message = f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise ArgumentError(message, hint=_excerpt(error)) from None
    except RecursionError:
        raise ArgumentError(f"{name} is nested more than {DEPTH} deep") from None
    except ValueError:
        raise ArgumentError(f"{name} is not JSON: a number in it has too many digits") from None
    return plain(value, name)


def _excerpt(error: json.JSONDecodeError) -> str | None:
    near = visible(error.doc[error.pos : error.pos + 30].strip())
    return f"it breaks at: {near}" if near else None


def _mismatch(name: str, wanted: str, value: object) -> ArgumentError:
    return ArgumentError(f"{name} must be {wanted}, got {shown(value)}")
