"""The time as one script sees it: it moves when the host delivers, and never back."""

from collections.abc import Callable
from datetime import datetime

from llmspell.messages import Tick


class Clock:
    """Says what the clock of a guest has to show.

    Args:
        started: when the run began, which is what the clock shows first.
        read: returns the time in milliseconds since the epoch.
    """

    def __init__(self, started: datetime, read: Callable[[], int]) -> None:
        self._read = read
        self._last = round(started.timestamp() * 1000)
        self._shown: int | None = None

    def now(self) -> int:
        """Return the time of what is delivered now: never less than before, and first when the run began."""
        if self._shown is not None:
            self._last = max(self._last, self._read())
        return self._last

    def tick(self, milliseconds: int) -> Tick | None:
        """Return the message that moves the clock of the guest to a time; None if it shows that or later already."""
        if self._shown is not None and milliseconds <= self._shown:
            return None
        self._shown = milliseconds
        self._last = max(self._last, milliseconds)
        return Tick(milliseconds)
