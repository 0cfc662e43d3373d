"""What an engine is: a frame of messages in, a frame of messages out."""

from typing import Protocol, Self


class Engine(Protocol):
    """A script engine. It owns no socket and no clock, and `step` never raises: a failure is a message.

    It is made before the worker is locked, so making it loads and opens everything that it will ever need.
    """

    more: bool
    """Whether the turn goes on: call `step(b"")` again before the next frame."""

    def limit(self, memory: int) -> None:
        """Set how many bytes the engine may use before it raises a memory error that a spell can catch."""
        ...

    def step(self, frame: bytes) -> bytes:
        """Deliver one frame body to the guest, run it until it waits, and return one frame body for the host."""
        ...

    def interrupt(self) -> bool:
        """Make the running step fail with a timeout at its current line; say whether that was possible.

        Called from another thread. It may fail: the host kills the worker a little later in any case.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
