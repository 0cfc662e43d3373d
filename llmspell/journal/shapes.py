"""What the rows of a journal have to hold: its file may be damaged, or come from a stranger."""

from collections.abc import Mapping
from typing import Any, Required, TypedDict, TypeVar

import msgspec

from llmspell.journal.records import Count, Entry, Line, RunRecord
from llmspell.journal.values import Sealed, damaged

_T = TypeVar("_T")


class _Failure(TypedDict, total=False):
    kind: Required[str]
    message: Required[str]
    hint: str | None
    data: dict[str, Any]


class _Usage(TypedDict, total=False):
    requests: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    seconds: float
    usd: float | None
    unpriced: int


class _Meta(TypedDict, total=False):
    usage: _Usage
    models: dict[str, _Usage]
    said: str


def run(values: Mapping[str, Any]) -> RunRecord:
    """Return the run that has these values.

    Raises:
        ConfigError: they are not what a run has.
    """
    found = _of(values, RunRecord, "a run")
    _of(found.usage, _Usage, "a run")
    if found.error is not None:
        _of(found.error, _Failure, "a run")
    return found


def entry(values: Mapping[str, Any]) -> Entry:
    """Return the entry that has these values.

    Raises:
        ConfigError: they are not what an entry has.
    """
    found = _of(values, Entry, "a call")
    if found.meta:
        _of(found.meta, _Meta, "a call")
    if found.ok is False and not found.key:
        _of(found.value, _Failure, "a call")
    if found.request is not None and found.is_function:
        _of(found.request, tuple[int, list[Any]], "a call")
    return found


def number(value: Any) -> int:
    """Return a number of a line.

    Raises:
        ConfigError: it is something else.
    """
    return _of(value, Count, "a line")


def line(values: Mapping[str, Any]) -> Line:
    """Return the line that has these values.

    Raises:
        ConfigError: they are not what a line has.
    """
    if isinstance(values["text"], Sealed):
        return Line(**values)
    return _of(values, Line, "a line")


def _of(value: Any, shape: type[_T], what: str) -> _T:
    if isinstance(value, Sealed):
        return value  # type: ignore[return-value]  # only who has the key can have made it
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        raise damaged(f"{what} in the journal is damaged") from None
