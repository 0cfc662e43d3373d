"""The call that an effect belongs to: what the host does for a script is kept under the number of its call."""

from collections.abc import Mapping
from contextvars import ContextVar
from functools import cached_property
from typing import Any

import msgspec

from llmspell.bridge.op import Effect
from llmspell.errors import ArgumentError, ScriptError
from llmspell.journal.records import Entry
from llmspell.journal.values import fingerprint
from llmspell.messages import Call

_DEEP = 150  # the journal keeps what is nested a little deeper


class Scope:
    """One call while it waits for its answer.

    Args:
        call: as the guest made it.
        size: its share in the bytes of its frame.
        effect: how its op may be repeated.
        now: when it began, in milliseconds since the epoch.
    """

    def __init__(self, call: Call, size: int, effect: Effect, now: int) -> None:
        self.call = call
        self.size = size
        self.effect = effect
        self.began = now
        self.ended = False
        """Whether the journal has its result already, from before it was delivered."""
        self.usage: dict[str, float] = {}
        self.said: list[str] = []
        """What the host has printed for this call."""
        self._keys: dict[str, int] = {}

    @cached_property
    def request(self) -> tuple[Any, bytes]:
        """The arguments as they are kept, and the fingerprint of the request."""
        return _identified(self.call.op, self.call.args)

    def key(self, what: str) -> str:
        """Return the key of the next act of a sort inside of this call."""
        self._keys[what] = self._keys.get(what, 0) + 1
        return f"{what}:{self._keys[what]}"

    def pay(self, usage: Mapping[str, float]) -> None:
        """Count what a model costs in this call."""
        for name, amount in usage.items():
            self.usage[name] = self.usage.get(name, 0) + amount

    def entry(self, **fields: Any) -> Entry:
        """Return what is kept of this call."""
        args, print_ = self.request
        meta: dict[str, Any] = {"usage": dict(self.usage)} if self.usage else {}
        meta |= {"said": "".join(self.said)} if self.said else {}
        known: dict[str, Any] = {
            "no": self.call.id, "op": self.call.op, "fingerprint": print_, "request": args, "effect": self.effect,
            "started_ms": self.began, "file": self.call.file, "line": self.call.line,
            "meta": meta,
        }  # fmt: skip
        return Entry(**known | fields)


current: ContextVar[Scope] = ContextVar("current")
"""The call that the running task answers."""


def _identified(op: str, args: Any) -> tuple[Any, bytes]:
    try:
        return args, fingerprint(op, args)
    except ArgumentError:  # the gate refuses them too, and the script is told why
        return None, fingerprint(op, None)


def function_print(function: int, args: list[Any]) -> bytes:
    """Return what stands for a call of a function of the guest."""
    return fingerprint("fn", [function, args])


def stored(value: Any) -> Any:
    """Return a result as the journal gives it back: lists, maps, text, numbers and bytes.

    Raises:
        ScriptError: it is no data.
    """
    try:
        found = msgspec.to_builtins(value, builtin_types=(bytes,))
    except (TypeError, ValueError, RecursionError):
        found = value
    if not _is_data(found, 0):
        raise ScriptError("the result is not data that a script can hold")
    return found


def _is_data(value: Any, depth: int) -> bool:
    if isinstance(value, float):
        return value - value == 0  # neither infinite nor NaN
    if isinstance(value, list):
        return depth < _DEEP and all(_is_data(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return depth < _DEEP and all(type(key) is str and _is_data(each, depth + 1) for key, each in value.items())
    return value is None or isinstance(value, str | int | bytes)
