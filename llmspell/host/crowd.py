"""The workers of a run and of all runs that it begins: how many there are, and what they take together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from llmspell.errors import SpellError
from llmspell.host import faults
from llmspell.quota import Quota
from llmspell.security.profile import Limits

DEPTH = 8
"""How deep runs may begin each other."""
WIDTH = 4
"""Runs that a run has at work at once; others wait."""
MOST = DEPTH + WIDTH
"""Workers at once of a run and of all runs below it: so many that one of them can always go on to the last depth."""

PAUSE = 0.1
"""Seconds between two looks at what they take."""


class Party(NamedTuple):
    """A run with those that it begins: what they have used, what they may use, who says so, and what ends them."""

    quota: Quota
    limits: Limits
    label: str
    fail: Callable[[SpellError], None]

    def look(self) -> None:
        """End them if their workers take too much together."""
        workers = self.quota.workers
        if self.quota.cpu + sum(worker.used() for worker in workers) > self.limits.cpu:
            self.fail(faults.cpu_together(self.limits.cpu, self.label))
        elif sum(worker.held() for worker in workers) > self.limits.memory_hard:
            self.fail(faults.memory_together(self.limits.memory_hard, self.label))


class Crowd:
    """Holds the places of workers, and looks at what they take while there are several."""

    def __init__(self) -> None:
        self._there = 1
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._parties: list[Party] = []
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def place(self, depth: int, party: Party) -> AsyncIterator[None]:
        """Wait for a place for a worker, and hold it.

        The deeper ones come first, and for each depth below it one place is left: the runs above wait for the
        deepest, which is never kept from its end.

        Args:
            depth: of the run; the first that a run begins has 1.
            party: of the run that begins it.
        """
        if not self._fits(depth):
            await self._wait(depth)
        else:
            self._there += 1
        self._parties.append(party)
        self._watch()
        try:
            yield
        finally:
            party.look()
            self._parties.remove(party)
            self._there -= 1
            self._admit()
            if self._there == 1 and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _fits(self, depth: int) -> bool:
        return self._there + 1 + DEPTH - depth <= MOST

    async def _wait(self, depth: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = depth, turn
        self._waiting.append(entry)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting = [each for each in self._waiting if each is not entry]
            else:
                self._there -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting:
            entry = max(self._waiting, key=lambda each: each[0])  # of one depth the first
            if not self._fits(entry[0]):
                return
            self._waiting = [each for each in self._waiting if each is not entry]
            if not entry[1].cancelled():
                self._there += 1
                entry[1].set_result(None)

    # -- what they take -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._again)

    def _again(self) -> None:
        self._timer = None
        for party in set(self._parties):
            party.look()
        self._watch()
