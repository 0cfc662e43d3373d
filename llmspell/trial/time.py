"""The time of a spell under test: it stands still, and moves when there is nothing left to do but to wait."""

import asyncio
import heapq
from datetime import UTC, datetime
from itertools import count

from llmspell import durations
from llmspell.bridge.op import Duration, Global, op
from llmspell.context import Context
from llmspell.errors import ArgumentError
from llmspell.wording import shown

START = "2026-01-01T00:00:00Z"
"""When it is, unless a test says otherwise."""


class Still:
    """A clock that jumps to the next who waits.

    Args:
        start: the time in ISO 8601; UTC where it names no zone.

    Raises:
        ArgumentError: it is not a time.
    """

    def __init__(self, start: str = START) -> None:
        try:
            moment = datetime.fromisoformat(start)
        except ValueError:
            message = f"cast: `clock` must be a time such as {shown(START)}, got {shown(start)}"
            raise ArgumentError(message) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        self.ms = int(moment.timestamp() * 1000)
        self._began = self.ms
        self._order = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    def now(self) -> int:
        """Return the milliseconds since the epoch."""
        return self.ms

    def seconds(self) -> float:
        """Return the seconds since the beginning."""
        return (self.ms - self._began) / 1000

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not future.done() for *_, future in self._waiting)

    async def wait(self, seconds: float) -> None:
        """Return when the clock has moved so far."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.ms + round(seconds * 1000), next(self._order), future))
        await future

    def advance(self) -> None:
        """Go to the next moment for which somebody waits; all that wait for it go on."""
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        if not self._waiting:
            return
        self.ms = max(self.ms, self._waiting[0][0])
        while self._waiting and self._waiting[0][0] <= self.ms:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)


def waiting(clock: Still) -> type[Global]:
    """Return the global that waits by a clock."""

    class Timing(Global):
        """Wait."""

        name = ""
        context: Context

        @op()
        async def sleep(self, duration: Duration) -> None:
            """Wait for a while.

            Args:
                duration: seconds, or a text such as `"30s"`.
            """
            await clock.wait(durations.parse(duration))

    return Timing
