"""Quotas: what a run may use up, counted with all runs that it begins, so that a second run buys nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

from llmspell.errors import ScriptError


class Worker(Protocol):
    """A process that a run has."""

    def used(self) -> float:
        """Return the seconds of CPU time that it has taken since it was locked."""

    def held(self) -> int:
        """Return the bytes of memory that it has taken since it was locked."""


class Quota:
    """What one run has used up, with the runs that it has begun.

    Args:
        most: calls that all these may make.
        in_flight: calls that may be at work at once, in all runs that belong together.
        above: of the run that has begun this one: what counts here counts there too.
    """

    def __init__(self, most: int = 10**9, in_flight: int = 1024, above: "Quota | None" = None) -> None:
        self.most = most
        self.above = above
        self.calls = 0
        """Calls that were made."""
        self.cpu = 0.0
        """Seconds of CPU time of workers that have ended."""
        self.workers: list[Worker] = []
        """Those that are there."""
        self._free: asyncio.Semaphore = asyncio.Semaphore(in_flight) if above is None else above._free

    def call(self) -> int | None:
        """Count a call; if it is one too many for this run or one above, return how many there may be."""
        self._add(1, 0.0)
        return next((each.most for each in self._line() if each.calls > each.most), None)

    def restore(self, bill: Mapping[str, float]) -> None:
        """Count what `bill` had said of a run that was begun in a process that has gone."""
        self._add(int(bill.get("ops", 0)), bill.get("cpu", 0.0))

    def bill(self) -> dict[str, float]:
        """Return what was used, as the journal keeps it with the call that has begun the run."""
        return {"ops": self.calls, "cpu": round(self.cpu, 3)}

    @contextmanager
    def at_work(self, worker: Worker) -> Iterator[None]:
        """Count what a worker takes, which is reaped when this ends."""
        for each in self._line():
            each.workers.append(worker)
        try:
            yield
        finally:
            for each in self._line():
                each.workers.remove(worker)
            self._add(0, worker.used())

    def _add(self, calls: int, cpu: float) -> None:
        for each in self._line():
            each.calls += calls
            each.cpu += cpu

    def _line(self) -> "Iterator[Quota]":
        """Yield this one, and all above it."""
        each: Quota | None = self
        while each is not None:
            yield each
            each = each.above

    def place(self) -> "Place":
        """Return a place for a call among those that are at work."""
        return Place(self._free)


class Place:
    """A place of one call, which it has while it is at work itself.

    Args:
        free: how many there are; without it nobody counts.
    """

    def __init__(self, free: asyncio.Semaphore | None = None) -> None:
        self._free = free
        self._wanted = self._held = False
        self._away = 0

    async def __aenter__(self) -> "Place":
        self._wanted = True
        await self._take()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wanted = False
        self._give()

    @asynccontextmanager
    async def left(self) -> AsyncIterator[None]:
        """Leave the place to others while the call waits for a script, which may need it to go on."""
        self._away += 1
        self._give()
        try:
            yield
        except asyncio.CancelledError:
            self._wanted = False
            raise
        finally:
            self._away -= 1
            if not self._away:
                await self._take()

    async def _take(self) -> None:
        if self._wanted and not self._held and self._free is not None:
            await self._free.acquire()
            self._held = True

    def _give(self) -> None:
        if self._held and self._free is not None:
            self._held = False
            self._free.release()


class Load:
    """The bytes that the calls in flight hold in the host: a script must not fill the host's memory by waiting."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    def add(self, size: int) -> None:
        """Count bytes that something holds from now on.

        Raises:
            ScriptError: together with what others hold it is too much.
        """
        if self._held + size > self._most:
            raise ScriptError(
                f"the calls in flight hold more than {self._most // 2**20} MiB",
                hint="send less at once: a lower `limit`, or shorter texts",
            )
        self._held += size

    def remove(self, size: int) -> None:
        """Count bytes that nothing holds any more."""
        self._held -= size

    @contextmanager
    def held(self, size: int) -> Iterator[None]:
        """Count bytes for as long as this lasts; raises what `add` raises."""
        self.add(size)
        try:
            yield
        finally:
            self.remove(size)
