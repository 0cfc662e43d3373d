from collections.abc import Awaitable, Callable

import pytest

from llmspell.errors import AuthError, ModelError, RateLimited
from llmspell.models.retry import Retry


class Clock:
    """Remembers how long it was asked to sleep, and sleeps not at all."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def failing(times: int, **error: object) -> Callable[[], Awaitable[str]]:
    left = times

    async def attempt() -> str:
        nonlocal left
        left -= 1
        if left >= 0:
            raise ModelError("it failed", retryable=True, data=error)
        return "done"

    return attempt


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_waits_grow_from_one_attempt_to_the_next(clock: Clock) -> None:
    retry = Retry(sleep=clock.sleep, jitter=lambda _, high: high)
    assert await retry.run(failing(3), None) == "done"
    assert clock.slept == [0.5, 1.0, 2.0]


async def test_waits_are_spread_so_that_clients_do_not_come_back_together(clock: Clock) -> None:
    retry = Retry(sleep=clock.sleep, attempts=50)
    await retry.run(failing(49), None)
    assert len(set(clock.slept[:5])) == 5
    assert all(0.25 * 2**n <= seconds <= 0.5 * 2**n for n, seconds in enumerate(clock.slept[:6]))
    assert max(clock.slept) <= 60


async def test_after_the_last_attempt_its_error_is_raised(clock: Clock) -> None:
    with pytest.raises(ModelError, match="it failed"):
        await Retry(sleep=clock.sleep).run(failing(9), None)
    assert len(clock.slept) == 3


async def test_a_wait_that_the_provider_asks_for_is_kept(clock: Clock) -> None:
    await Retry(sleep=clock.sleep, jitter=lambda _, high: high).run(failing(1, retry_after=7.0), None)
    assert clock.slept == [7.5]


async def test_a_provider_that_asks_for_an_hour_gets_a_minute(clock: Clock) -> None:
    await Retry(sleep=clock.sleep).run(failing(1, retry_after=3600.0), None)
    assert clock.slept == [60.0]


async def test_no_wait_goes_on_beyond_the_time_that_there_is(clock: Clock) -> None:
    with pytest.raises(ModelError):
        await Retry(sleep=clock.sleep).run(failing(1, retry_after=7.0), 5.0)
    assert clock.slept == []


@pytest.mark.parametrize("error", [AuthError("no"), RateLimited("no"), ValueError("no")])
async def test_an_error_that_would_come_again_is_raised_at_once(clock: Clock, error: Exception) -> None:
    async def attempt() -> None:
        raise error

    with pytest.raises(type(error)):
        await Retry(sleep=clock.sleep).run(attempt, None)
    assert clock.slept == []


async def test_nothing_is_tried_again_once_that_would_do_harm(clock: Clock) -> None:
    with pytest.raises(ModelError):
        await Retry(sleep=clock.sleep).run(failing(1), None, may_retry=lambda: False)
    assert clock.slept == []
