"""When a failed request is tried again, and after how long: the only place that decides it."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import uniform
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay

from llmspell.errors import SpellError

T = TypeVar("T")


@dataclass(frozen=True)
class Retry:
    """A policy: jittered exponential backoff, unless the provider says how long to wait."""

    attempts: int = 4
    first: float = 0.5  # seconds; doubles with each attempt
    longest: float = 60.0  # seconds; also where a provider asks for more
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[float, float], float] = uniform

    async def run(
        self, attempt: Callable[[], Awaitable[T]], within: float | None, may_retry: Callable[[], bool] = lambda: True
    ) -> T:
        """Return what an attempt returns, after further ones where an error is retryable and `may_retry` agrees.

        No attempt begins later than `within` seconds after the first attempt began.

        Raises:
            SpellError: the error of the last attempt.
        """

        async def once() -> T:  # tenacity awaits only what is declared so
            return await attempt()

        retrying = AsyncRetrying(
            sleep=self.sleep,
            stop=stop_after_attempt(self.attempts) | stop_before_delay(math.inf if within is None else within),
            wait=self._wait,
            retry=retry_if_exception(lambda error: _is_passing(error) and may_retry()),
            reraise=True,
        )
        return await retrying(once)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked: float | None = error.data.get("retry_after") if isinstance(error, SpellError) else None
        if asked is not None:
            return min(asked + self.jitter(0.0, self.first), self.longest)
        backoff: float = self.first * 2.0 ** (state.attempt_number - 1)
        return min(self.jitter(backoff / 2, backoff), self.longest)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, SpellError) and error.retryable
