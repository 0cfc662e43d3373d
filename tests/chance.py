"""Ops that never answer twice the same, and tell a ledger outside of the journal what they do."""

import asyncio
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from llmspell.bridge.op import Function, Global, op
from llmspell.errors import SpellError

Book = Callable[[str, str, str, str], None]
"""Gets the name of the call that something is done for, its key inside of the call, what is asked, and the answer."""


def forget(name: str, key: str, asked: str, answer: str) -> None:
    """Keep no ledger."""


class Chance(Global):
    """Asks nobody knows whom."""

    book: Book = staticmethod(forget)
    """The ledger."""
    wait: Callable[[], float] = staticmethod(lambda: random.choice((0, 0, 0.0005, 0.001, 0.003)))
    """Returns how long an answer takes, in seconds."""

    async def _done(self, asked: str, key: str = "") -> str:
        """Do something that costs money, and return an answer that nobody has had before."""
        answer = f"<{random.getrandbits(64):016x}>"
        self.book(self.context.effects.key() or "", key, asked, answer)
        await asyncio.sleep(self.wait())
        return answer

    @op()
    async def answer(self, prompt: str) -> str:
        """Return a new answer, or fail now and then where there is doubt.

        Args:
            prompt: what is asked.
        """
        answer = await self._done(prompt)
        if prompt.startswith("doubt") and random.random() < 0.5:
            raise SpellError(f"no answer {answer}", kind="tool", retryable=True)
        return answer

    @op(effect="once")
    async def pay(self, amount: int, what: Any = None) -> str:
        """Pay, which must not happen twice.

        Args:
            amount: how much.
            what: for what.
        """
        return await self._done(f"{amount} for {what}")

    @op()
    async def agent(self, turns: int, tool: Function) -> list[str]:
        """Ask a model several times, and use a tool of the script in between.

        Args:
            turns: how many times.
            tool: called after each request.
        """
        said = []
        for turn in range(1, turns + 1):
            answer = await self.context.effects.step("request", partial(self._done, f"{said}", f"request:{turn}"))
            said.append(f"{answer} {await tool()}")
        return said
