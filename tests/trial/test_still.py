"""The time of a test goes on only where somebody waits for it."""

import asyncio

import pytest

from llmspell.errors import ArgumentError
from llmspell.trial.time import Still


async def test_who_waits_goes_on_in_the_order_of_time() -> None:
    clock = Still("2026-01-31T12:00:00+01:00")
    began, seen = clock.now(), []

    async def wait(seconds: float) -> None:
        await clock.wait(seconds)
        seen.append((seconds, clock.now() - began))

    tasks = [asyncio.ensure_future(wait(seconds)) for seconds in (5, 1, 3600, 1)]
    await asyncio.sleep(0)
    assert clock.waiting == 4
    tasks[2].cancel()
    await asyncio.sleep(0)
    assert clock.waiting == 3
    for _ in range(3):
        clock.advance()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert seen == [(1, 1000), (1, 1000), (5, 5000)]
    assert clock.seconds() == 5
    clock.advance()
    assert clock.seconds() == 5, "nobody waits any more"


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert Still("2026-01-31T12:00:00").now() == Still("2026-01-31T12:00:00Z").now()
    with pytest.raises(ArgumentError, match="`clock` must be a time"):
        Still("tomorrow")
