"""What the channel lets wait for a worker that does not read."""

import asyncio
from datetime import UTC, datetime

import pytest

from llmspell.errors import ScriptError
from llmspell.host.channel import WAITING_FRAMES, Channel
from llmspell.host.clock import Clock
from llmspell.messages import Reply

FRAME = 1 << 20


class Deaf:
    """A worker that takes nothing any more."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, body: bytes) -> None:
        self.sent.append(body)

    def unread(self) -> int:
        return 1 << 40


def test_results_that_nobody_takes_hold_no_more_than_so_many_frames() -> None:
    async def fill() -> None:
        channel = Channel(
            Deaf(), "lua", frame=FRAME, turn=60, small=100, clock=Clock(datetime.now(UTC), lambda: 0),  # type: ignore[arg-type]
            receive=lambda *_: None, fail=lambda _: None, late=lambda: None,
        )  # fmt: skip
        count = WAITING_FRAMES * 2
        for number in range(count):
            channel.deliver(Reply(number + 1, "x"), FRAME // 2)
        with pytest.raises(ScriptError, match="the results that wait for the spell hold more than 16 MiB"):
            channel.deliver(Reply(count + 1, "x"), FRAME // 2)
        channel.deliver(Reply(2000, None))  # what weighs nothing is always told
        channel.close()

    asyncio.run(fill())
