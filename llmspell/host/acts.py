"""The acts inside of calls: what an op of several steps has done before is remembered, and not done again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from llmspell.context import Effects, Sink
from llmspell.host.desk import Desk
from llmspell.host.past import Past
from llmspell.host.scope import Scope, current, inside, stored
from llmspell.host.scribe import Scribe
from llmspell.question import Question

_COUNTING = 5.0  # seconds that a call waits until those that were given up have ended: nothing waits for ever


def pay(usage: Mapping[str, float], model: str) -> None:
    """Count what a model costs in the call that asks for it."""
    if scope := current.get(None):
        scope.pay(usage, model)


class Heard(Sink):
    """Passes on what is said, and notes what an op prints with its call: a replay prints it with the answer."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self.log = sink.log  # type: ignore[method-assign]
        self.progress = sink.progress  # type: ignore[method-assign]

    def output(self, stream: str, text: str) -> None:
        """Take text that the spell prints, or an op for it."""
        self._sink.output(stream, text)
        if scope := current.get(None):
            scope.said.append(text)


class Journaled(Protocol):
    """A run: what was recorded of it, and where more of it is written down."""

    run_id: str
    past: Past
    scribe: Scribe
    goes_on: bool
    quitting: set[asyncio.Task[None]]


class Acts(Effects):
    """Answers what an op may ask about the call that it answers.

    Args:
        run: that the calls are of.
        desk: where people are asked.
        now: returns the time in milliseconds since the epoch.
    """

    def __init__(self, run: Journaled, desk: Desk, now: Callable[[], int]) -> None:
        self._run = run
        self._desk = desk
        self._now = now

    async def step(self, what: str, act: Callable[[], Awaitable[Any]], name: str = "") -> Any:
        """Return what an act inside of a call returns; see `Effects`."""
        scope = current.get(None)
        if scope is None:
            return await act()
        key = f"{inside.get('')}{what}:{name}" if name else scope.key(what)
        if (known := self._run.past.act(scope.call.id, key)) is not None:
            return known.value
        before = inside.set(f"{key}/")
        try:
            value = scope.scrub(stored(await act()))
        finally:
            inside.reset(before)
        await self._write(scope, key, value)
        return value

    def kept(self, key: str) -> Any:
        """Return what was kept; see `Effects`."""
        scope = current.get(None)
        known = None if scope is None else self._run.past.act(scope.call.id, inside.get("") + key)
        return None if known is None else known.value

    async def keep(self, key: str, value: Any) -> None:
        """Keep data; see `Effects`."""
        if scope := current.get(None):
            await self._write(scope, inside.get("") + key, scope.scrub(stored(value)))

    async def _write(self, scope: Scope, key: str, value: Any) -> None:
        if (written := self._run.scribe.act(scope, key, value)) is not None:
            await asyncio.shield(written)

    def told(self) -> list[list[Any]]:
        """Return what functions of the guest were given; see `Effects`."""
        scope = current.get(None)
        return [] if scope is None else [entry.request[1] for entry in self._run.past.called(scope.call.id)]

    def said(self, text: str) -> None:
        """Note what was printed; see `Effects`."""
        if scope := current.get(None):
            scope.said.append(text)

    def key(self) -> str | None:
        """Return the name of the call; see `Effects`."""
        scope = current.get(None)
        return f"{self._run.run_id}:{scope.call.id}" if scope and self._run.scribe.writes else None

    def settled(self) -> bool:
        """Return whether no call can begin again; see `Effects`."""
        return not (self._run.scribe.failed or self._run.goes_on)

    async def counted(self) -> None:
        """Wait until what was given up is counted; see `Effects`."""
        if ending := self._run.quitting - {asyncio.current_task()}:
            await asyncio.wait(ending, timeout=_COUNTING)

    def elapsed(self) -> float:
        """Return how long ago the call began; see `Effects`."""
        scope = current.get(None)
        return max(0, self._now() - scope.began) / 1000 if scope is not None and scope.again else 0

    async def decide(self, question: Question) -> Any:
        """Return what somebody decides; see `Effects`. What the script is told is what the journal has of it."""
        scope = current.get()
        entry = scope.decision = await self._desk.decide(scope, question)
        return entry.value

    def interrupted(self) -> bool:
        """Return whether the call was cut off; see `Effects`."""
        scope = current.get(None)
        return scope is not None and bool(self._run.past.called(scope.call.id))
