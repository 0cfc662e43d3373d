"""What an op may have of a locked worker that runs no spell: answers. The host has those who give them."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from llmspell.errors import ScriptError
from llmspell.protocol import Lock


class Clerk(Protocol):
    """A locked worker that answers questions, body for body; whoever has hired it dismisses it."""

    @property
    def alive(self) -> bool:
        """Whether it can still answer, as far as we know."""
        ...

    async def ask(self, body: bytes, seconds: float | None = None) -> bytes:
        """Return the answer to a body.

        Args:
            body: the question.
            seconds: after which the worker is killed.

        Raises:
            WorkerDied: there is no answer, or none in time.
        """
        ...

    async def dismiss(self) -> None:
        """End the worker, and wait until it is gone."""
        ...


Hire = Callable[[str, Lock], Awaitable[Clerk]]
"""Starts a worker for an engine of the guest that runs no spells, under limits of its own."""


async def no_clerk(engine: str, limits: Lock) -> Clerk:  # noqa: ARG001
    """Refuse to start a worker.

    Raises:
        ScriptError: always.
    """
    raise ScriptError("no worker can be started here")
