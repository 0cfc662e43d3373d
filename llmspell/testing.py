"""The public test kit: an engine in this process instead of a worker, and globals that count and echo."""

import asyncio
from collections.abc import Callable
from typing import Any

from llmspell.bridge.op import Function, Global, Handle, op
from llmspell.engines import open_engine
from llmspell.errors import SpellError
from llmspell.protocol import Lock, Locked


class InlineWorker:
    """An engine in this process: no isolation and no kill, for tests of scripts that are trusted."""

    def __init__(self, language: str) -> None:
        self._engine = open_engine(language)
        self._open = True

    def listen(self, receive: Callable[[bytes], None], lost: Callable[[], None]) -> None:  # noqa: ARG002
        """Say where bodies go; an engine in this process is never lost."""
        self._receive = receive

    async def lock(self, limits: Lock) -> Locked:
        """Set the memory limit of the engine; nothing else can be locked in here."""
        self._engine.limit(limits["memory"])
        return {"isolation": {"process": False}, "missing": {"process": "the engine runs in this process"}}

    def send(self, body: bytes) -> None:
        """Let the engine take a turn."""
        asyncio.get_running_loop().call_soon(self._step, body)

    def _step(self, body: bytes) -> None:
        if not self._open:
            return
        self._receive(self._engine.step(body))
        while self._open and self._engine.more:
            self._receive(self._engine.step(b""))

    def unread(self) -> int:
        """Return 0: the engine takes everything at once."""
        return 0

    def kill(self) -> None:
        """Close the engine."""
        if self._open:
            self._open = False
            self._engine.__exit__(None, None, None)

    async def wait(self) -> Any:
        """Return nothing: there is no process."""


class Counter(Handle):
    """Counts upwards from where it was made."""

    def __init__(self, value: int) -> None:
        self._value = value

    @op(effect="local")
    async def next(self, step: int = 1) -> int:
        """Count on and return the new value.

        Args:
            step: how far.
        """
        self._value += step
        return self._value


class Probe(Global):
    """Ops that do nothing but show how values, errors, handles and functions cross the bridge."""

    @op()
    async def echo(self, value: Any = None) -> Any:
        """Return what it is given.

        Args:
            value: anything.
        """
        return value

    @op()
    async def slow(self, seconds: float, value: Any = None) -> Any:
        """Return what it is given, a little later.

        Args:
            seconds: how much later.
            value: anything.
        """
        await asyncio.sleep(seconds)
        return value

    @op()
    async def typed(self, text: str, count: int = 1, *, items: list[str] | None = None, loud: bool = False) -> str:
        """Return its arguments as words.

        Args:
            text: some text.
            count: how often.
            items: more words.
            loud: in capitals.
        """
        words = " ".join([text] * count + (items or []))
        return words.upper() if loud else words

    @op(effect="local")
    async def counter(self, start: int = 0) -> Counter:
        """Return a new counter.

        Args:
            start: where it begins.
        """
        return Counter(start)

    @op()
    async def apply(self, fn: Function, args: list[Any] | None = None) -> Any:
        """Call a function of the script and return its result.

        Args:
            fn: the function.
            args: its arguments.
        """
        return await fn(*(args or []))

    @op()
    async def fail(self, message: str, kind: str = "tool") -> None:
        """Raise an error.

        Args:
            message: what it says.
            kind: of which kind it is.
        """
        raise SpellError(message, kind=kind, hint="this is the cure", retryable=True)

    @op()
    async def crash(self) -> None:
        """Fail as a bug of the host would."""
        raise RuntimeError("/secret/path of the host")
