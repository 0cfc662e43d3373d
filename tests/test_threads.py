"""Work in threads: whoever is cancelled goes on only when it has ended."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from llmspell.errors import Cancelled
from llmspell.threads import Check, in_thread


async def cancelled(work: Callable[[Check], Any], begun: threading.Event) -> None:
    """Begin some work, cancel it once it has begun, and wait for what comes of that."""
    task = asyncio.ensure_future(in_thread(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_returns_what_the_work_returns() -> None:
    assert await in_thread(lambda _: threading.current_thread() is not threading.main_thread()) is True


async def test_it_raises_what_the_work_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda _: 1 // 0)


async def test_work_learns_that_nobody_wants_it_and_has_ended_when_its_caller_goes_on() -> None:
    begun, said = threading.Event(), []

    def work(check: Check) -> None:
        check()
        begun.set()
        try:
            while True:
                check()
        except Cancelled as error:
            said.append(error.kind)

    await cancelled(work, begun)
    assert said == ["cancelled"]


async def test_nobody_is_told_of_an_error_in_work_that_nobody_wants() -> None:
    begun, reports = threading.Event(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))

    def work(check: Check) -> None:
        begun.set()
        while True:
            check()

    await cancelled(work, begun)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert reports == []
