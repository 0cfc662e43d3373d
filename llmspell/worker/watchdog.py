"""Interrupts an engine whose step takes too long, at no cost to steps that do not."""

import _thread
import time
from collections.abc import Callable

_NEVER = float("inf")


class Watchdog:
    """A thread that calls `interrupt` once when a step has run longer than `turn` seconds.

    It can only ask. An engine that is deep in native code does not hear it, and then the host kills the worker.
    """

    def __init__(self, interrupt: Callable[[], bool], turn: float) -> None:
        self._interrupt = interrupt
        self._turn = turn
        self._deadline = _NEVER
        self._running = _thread.allocate_lock()

    def start(self) -> bool:
        """Begin to watch; on return the thread has made the system calls with which a thread begins."""
        self._running.acquire()
        _thread.start_new_thread(self._watch, ())
        return self._running.acquire()

    def arm(self) -> None:
        """Say that a step begins.

        This only sets a number. The thread need not be told: it looks when a step could be late at the earliest.
        """
        self._deadline = time.monotonic() + self._turn

    def disarm(self) -> None:
        """Say that the step has ended."""
        self._deadline = _NEVER

    def _watch(self) -> None:
        self._running.release()
        late = _NEVER
        while True:
            deadline = self._deadline
            left = deadline - time.monotonic()
            if left <= 0 and deadline != late:
                late = deadline
                self._interrupt()
            time.sleep(left if 0 < left < self._turn else self._turn)
