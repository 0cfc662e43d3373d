"""Waiting."""

import asyncio

from llmspell import durations
from llmspell.bridge.op import Duration, Global, op
from llmspell.context import Context


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
        await asyncio.sleep(durations.parse(duration) - self.context.effects.elapsed())
