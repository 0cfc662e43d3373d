"""The call that an effect belongs to: what the host does for a script is kept under the number of its call."""

from collections.abc import Mapping
from contextvars import ContextVar
from functools import cached_property
from typing import Any

import msgspec

from llmspell.bridge.op import Effect
from llmspell.errors import ArgumentError, ScriptError
from llmspell.journal.records import Entry
from llmspell.journal.values import Scrub, fingerprint
from llmspell.messages import Call
from llmspell.quota import Place, Quota

_DEEP = 150  # the journal keeps what is nested a little deeper


class Scope:
    """One call while it waits for its answer.

    Args:
        call: as the guest made it.
        size: its share in the bytes of its frame.
        effect: how its op may be repeated.
        now: when it began, in milliseconds since the epoch.
        scrub: writes names of secrets in their places.
    """

    def __init__(self, call: Call, size: int, effect: Effect, now: int, scrub: Scrub) -> None:
        self.call = call
        self.size = size
        self.effect = effect
        self.began = now
        self.scrub = scrub
        self.place = Place()
        """Where it is at work, among the calls of all runs that belong together."""
        self.ended = False
        """Whether the journal has its result already, from before it was delivered."""
        self.usage: dict[str, float] = {}
        self._models: dict[str, dict[str, float]] = {}
        self.below: dict[str, float] = {}
        """What runs have cost that this call has begun."""
        self.paid_before: dict[str, Any] = {}
        """What the call has cost before it was made again, as the journal has it."""
        self.intended = self.again = False
        """Whether the journal has it already, and whether that is from a process that has gone."""
        self.decision: Entry | None = None
        """The call as the journal has it, once somebody outside has decided it."""
        self.unwanted = False
        """Whether the guest has given it up: it never begins again."""
        self.said: list[str] = []
        """What the host has printed for this call."""
        self._keys: dict[str, int] = {}

    def resume(self, known: Entry) -> None:
        """Take over what is kept of the call from a process that has gone, where it is open still."""
        self.intended = self.again = True
        self.began = known.started_ms
        self.paid_before = {name: known.meta[name] for name in ("usage", "models", "below") if name in known.meta}

    @cached_property
    def request(self) -> tuple[Any, bytes]:
        """The arguments as they are kept, and the fingerprint of the request."""
        return _identified(self.scrub(self.call.op), self.scrub(self.call.args))

    def at_work(self, quota: Quota) -> Place:
        """Return the place that it takes; a call that is local holds nothing of the system's, and needs none."""
        if self.effect != "local":
            self.place = quota.place()
        return self.place

    def key(self, what: str) -> str:
        """Return the key of the next act of a sort inside of this call, or of the act that is going on there."""
        what = inside.get("") + what
        self._keys[what] = self._keys.get(what, 0) + 1
        return f"{what}:{self._keys[what]}"

    def pay(self, usage: Mapping[str, float], model: str) -> None:
        """Count what a model costs in this call."""
        for sums in (self.usage, self._models.setdefault(model, {})):
            for name, amount in usage.items():
                sums[name] = sums.get(name, 0) + amount

    def pay_below(self, usage: Mapping[str, float]) -> None:
        """Count what a run costs that this call has begun; that run has it in its own record too."""
        for name, amount in usage.items():
            self.below[name] = self.below.get(name, 0) + amount

    def bill(self) -> dict[str, Any]:
        """Return what was spent since the last bill, as it is kept with an entry."""
        usage, models, self.usage, self._models = self.usage, self._models, {}, {}
        return {"usage": usage, "models": models} if usage else {}

    def entry(self, **fields: Any) -> Entry:
        """Return what is kept of this call."""
        args, print_ = self.request
        meta: dict[str, Any] = {"usage": dict(self.usage), "models": self._models} if self.usage else {}
        meta |= {"below": dict(self.below)} if self.below else {}
        meta = _joined(self.paid_before, meta)
        meta |= {"said": "".join(self.said)} if self.said else {}
        known: dict[str, Any] = {
            "no": self.call.id, "op": self.call.op, "fingerprint": print_, "request": args, "effect": self.effect,
            "started_ms": self.began, "file": self.call.file, "line": self.call.line,
            "meta": meta,
        }  # fmt: skip
        return Entry(**known | fields)


current: ContextVar[Scope] = ContextVar("current")
"""The call that the running task answers."""

inside: ContextVar[str] = ContextVar("inside")
"""The act inside of that call that the task is busy with, as the beginning of keys."""


def at(spell: str) -> str:
    """Return where the call stands that the running task answers: `digest.lua:9:14`; nothing outside of all.

    Args:
        spell: the file of calls that name none.
    """
    if (scope := current.get(None)) is None:
        return ""
    place = f"{scope.call.file or spell}:{scope.call.line}"
    return f"{place}:{scope.call.column}" if scope.call.column else place


def _joined(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return two bills as one."""
    found: dict[str, Any] = dict(before)
    for name, value in now.items():
        known = found.get(name)
        if known is not None:
            value = _joined(known, value) if isinstance(value, Mapping) else known + (value or 0)
        found[name] = value
    return found


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
