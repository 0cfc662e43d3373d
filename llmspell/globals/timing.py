"""Waiting."""

import asyncio

from llmspell import durations
from llmspell.bridge.op import Duration, Global, op


class Timing(Global):
    """Wait."""

    name = ""

    @op()
    async def sleep(self, duration: Duration) -> None:
        """Wait for a while.

        Args:
            duration: seconds, or a text such as `"30s"`.
        """
        await asyncio.sleep(durations.parse(duration))
