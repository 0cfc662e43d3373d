"""What the rows of a journal have to hold: its file may be damaged, or come from a stranger."""

from collections.abc import Mapping
from typing import Annotated, Any, Required, TypedDict, TypeVar

import msgspec

from llmspell.errors import ConfigError
from llmspell.journal.records import Count, Entry, Line, RunId, RunRecord, Sums
from llmspell.journal.values import Sealed, damaged

_T = TypeVar("_T")
_Amount = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class _Failure(TypedDict, total=False):
    kind: Required[str]
    message: Required[str]
    hint: str | None
    data: dict[str, Any]


class _Usage(TypedDict, total=False):
    requests: Count
    input_tokens: Count
    output_tokens: Count
    cached_tokens: Count
    seconds: _Amount
    usd: _Amount | None
    unpriced: Count
    ops: Count
    cpu: _Amount


_Sources = Annotated[list[Annotated[str, msgspec.Meta(max_length=1000)]], msgspec.Meta(max_length=100)]


class _Taint(TypedDict, total=False):
    untrusted: _Sources
    private: _Sources
    exposed: bool


_Meta = TypedDict(
    "_Meta",
    {"usage": _Usage, "below": _Usage, "models": dict[str, _Usage], "said": str, "from": RunId, "taint": _Taint},
    total=False,
)


class _Stop(TypedDict):
    last: Count


STOP = "stop"
"""The key of the wish that a run stops, which belongs to no call."""
DOUBT = "doubt"
"""The key of a row without values: what the run had of calls up to the one of that number is lost in part."""


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


def entry(values: Mapping[str, Any], *, requests: bool = True) -> Entry:
    """Return the entry that has these values.

    Args:
        values: by the names of its fields.
        requests: whether what was asked is among them.

    Raises:
        ConfigError: they are not what an entry has.
    """
    found = _of(values, Entry, "a call")
    if found.meta:
        _of(found.meta, _Meta, "a call")
    if found.ok is False and not found.key:
        _of(found.value, _Failure, "a call")
    if requests and found.is_function:
        _of(found.request, tuple[Count, list[Any]], "a call")
    if (found.no == 0) != (found.key == STOP) or (found.ord is not None and not _can_be_told(found)):
        raise _damaged("a call")
    return found


def _can_be_told(entry: Entry) -> bool:
    """Return whether an entry is a delivery: the answer to a call, a call of a function of the guest, or a stop."""
    if entry.batch is None or entry.t_ms is None:
        return False
    return entry.is_function or entry.key == STOP or (not entry.key and entry.ok is not None)


def last(request: str) -> int | None:
    """Return the number of the last call before a stop, from what is kept of it; None if that is nothing.

    Raises:
        ConfigError: it is something else.
    """
    try:
        found = msgspec.json.decode(request, type=_Stop | None)
    except (msgspec.DecodeError, RecursionError):
        raise _damaged("a stop") from None
    return None if found is None else found["last"]


def sums(values: Mapping[str, Any]) -> Sums:
    """Return the sums that have these values.

    Raises:
        ConfigError: they are not what can be summed up.
    """
    return _of(values, Sums, "a run")


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
    return _of(values, Line, "a line")


def _of(value: Any, shape: type[_T], what: str) -> _T:
    if isinstance(value, Sealed):
        return value  # type: ignore[return-value]  # only who has the key can have made it
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        raise _damaged(what) from None


def _damaged(what: str) -> ConfigError:
    return damaged(f"{what} in the journal is damaged")
