"""Clerk: a locked worker that runs no spell and answers questions, body for body."""

import asyncio
from typing import Self

from llmspell.errors import WorkerDied
from llmspell.host.launcher import launch
from llmspell.host.process import Worker, check_locked
from llmspell.protocol import Lock


class Clerk(Worker):
    """A worker that answers questions: before a run begins, where there is none, or for one of its ops."""

    turn = 20.0
    """Seconds that it may take for an answer."""

    @classmethod
    async def hire(cls, engine: str, limits: Lock, whose: str | None = None) -> Self:
        """Start a worker for an engine that runs nothing, and lock it.

        Args:
            engine: by its name in `ENGINES`.
            limits: what it may use.
            whose: who requires that it is fully locked; None if nobody does.

        Raises:
            PermissionDenied: it is not fully locked, and must be.
            SpellError: it cannot be started.
        """
        try:
            launched = launch(engine, jit=False, codegen=False)
        except OSError as error:
            raise WorkerDied(f"no worker can be started: {error.strerror}") from None
        clerk = await cls.open(launched)
        try:
            locked = await clerk.lock(limits)
            if whose is not None:
                check_locked(locked, whose)
        except BaseException:
            await clerk.dismiss()
            raise
        return clerk

    @property
    def alive(self) -> bool:
        """Whether it can still answer, as far as we know."""
        return self._transport is not None

    async def ask(self, body: bytes, seconds: float | None = None) -> bytes:
        """Return the answer to a body.

        Args:
            body: the question.
            seconds: that the worker may take, then it is killed; `turn`, unless given.

        Raises:
            WorkerDied: there is none, or it takes too long.
        """
        answers: asyncio.Queue[bytes | None] = asyncio.Queue()
        after = self._hand_over, self._lost
        self.listen(answers.put_nowait, lambda: answers.put_nowait(None))
        if not self.alive:
            answers.put_nowait(None)  # it has died between two questions
        self.send(body)
        try:
            answer = await asyncio.wait_for(answers.get(), self.turn if seconds is None else seconds)
        except TimeoutError:
            self.kill()
            answer = None
        finally:
            self.listen(*after)
        if answer is None:
            raise WorkerDied("the worker has ended without an answer, or took too long")
        return answer

    async def dismiss(self) -> None:
        """End the worker, and wait until it is reaped."""
        self.kill()
        await self.wait()
