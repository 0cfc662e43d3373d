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
        self._began = round(started.timestamp() * 1000)
        self._shown: int | None = None

    def tick(self) -> Tick | None:
        """Return the message that moves the clock of the guest; None while there is nothing to move."""
        now = self._began if self._shown is None else self._read()
        if self._shown is not None and now <= self._shown:
            return None
        self._shown = now
        return Tick(now)
