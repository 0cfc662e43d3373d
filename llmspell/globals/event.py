"""What happens while a spell runs, told to whoever listens."""

import asyncio
import re
from collections.abc import Callable
from fnmatch import translate
from typing import Any

import msgspec

from llmspell import durations
from llmspell.bridge.op import Duration, Function, Global, Handle, Value, op
from llmspell.bridge.values import plain
from llmspell.context import Context
from llmspell.errors import ArgumentError, ScriptError, TimeLimitError
from llmspell.security.globs import SPECIAL

NAME_LIMIT = 200
"""Characters of a name or a pattern."""
LISTENERS = 1000
"""How many listeners a run may have at once."""
DEPTH = 100
"""How many emits may be at work at once: what listens to an event may emit another."""

Matches = Callable[[str], object]
"""Tells whether a pattern stands for a name."""


class Happening(Value):
    """Something that has happened.

    Args:
        name: what: `order.paid`.
        data: what belongs to it.
    """

    text_field = "name"

    name: str
    data: Any = None


class Listener(Handle):
    """A function that is called when something happens."""

    def __init__(self, matches: Matches, fn: Function, listeners: dict[int, "Listener"]) -> None:
        self.matches = matches
        self.fn = fn
        self._listeners = listeners

    @op(effect="local")
    async def cancel(self) -> None:
        """Listen no longer."""
        self._listeners.pop(id(self), None)


class Event(Global):
    """Tell other parts of the spell what happens, and listen to them."""

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._listeners: dict[int, Listener] = {}
        self._waiting: dict[asyncio.Future[Happening], Matches] = {}
        self._emitting = 0
        self._matching = asyncio.Lock()

    @op(effect="local")
    async def emit(self, name: str, data: Any = None) -> int:
        """Tell everybody who listens, wait until they are done, and return how many they are.

        The functions run one after another, in the order in which they began to listen; an error of one is raised
        here, and the rest is not called.

        Args:
            name: what has happened: words, joined by dots.
            data: what belongs to it.
        """
        _check("emit", "name", name)
        if not SPECIAL.isdisjoint(name):
            raise ArgumentError(f"Event.emit: `name` must be a name, not a pattern, got {name}")
        if self._emitting == DEPTH:
            raise ScriptError(f"Event.emit: {DEPTH} events are being told at once: does a listener emit its own event?")
        happening = Happening(name=name, data=plain(data))
        waiting = [future for future, matches in self._waiting.items() if matches(name) and not future.done()]
        for future in waiting:
            future.set_result(happening)
        self._emitting += 1
        try:
            return len(waiting) + await self._told(happening)
        finally:
            self._emitting -= 1

    async def _told(self, happening: Happening) -> int:
        async with self._matching:  # a thousand patterns take their time: one emit at a time, and then others
            concerned = [each for each in self._listeners.values() if each.matches(happening.name)]
            await asyncio.sleep(0)
        for listener in concerned:
            await listener.fn(msgspec.to_builtins(happening))
        return len(concerned)

    @op(effect="local", keeps=True, typescript="(pattern: string, fn: (event: { name: string; data: any }) => unknown): Promise<Listener>")  # fmt: skip  # noqa: E501
    async def on(self, pattern: str, fn: Function) -> Listener:
        """Call a function whenever something happens, until the run ends or `cancel()` of what is returned.

        Args:
            pattern: a name, in which `*` stands for anything: `order.*`.
            fn: gets `{name, data}`.
        """
        if len(self._listeners) == LISTENERS:
            raise ScriptError(f"Event.on: a run may have {LISTENERS} listeners at once", hint="cancel() ends one")
        listener = Listener(_pattern("on", pattern), fn, self._listeners)
        self._listeners[id(listener)] = listener
        return listener

    @op(effect="local")
    async def wait(self, pattern: str, *, timeout: Duration | None = None) -> Happening:  # noqa: ASYNC109
        """Wait until something happens, and return it.

        Args:
            pattern: a name, in which `*` stands for anything.
            timeout: how long; then it is an error of kind `timeout`.
        """
        future: asyncio.Future[Happening] = asyncio.get_running_loop().create_future()
        self._waiting[future] = _pattern("wait", pattern)
        try:
            async with asyncio.timeout(None if timeout is None else durations.parse(timeout)):
                return await future
        except TimeoutError:
            raise TimeLimitError(f"Event.wait: {pattern} has not happened within {timeout}") from None
        finally:
            del self._waiting[future]


def _check(verb: str, parameter: str, text: str) -> None:
    if not text or len(text) > NAME_LIMIT:
        raise ArgumentError(f"Event.{verb}: `{parameter}` has 1 to {NAME_LIMIT} characters, this one has {len(text)}")


def _pattern(verb: str, text: str) -> Matches:
    """Return what tells whether a pattern stands for a name; most patterns need no regular expression."""
    _check(verb, "pattern", text)
    if SPECIAL.isdisjoint(text):
        return text.__eq__
    if text == "*":
        return bool
    return re.compile(translate(text)).match
