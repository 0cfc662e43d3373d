"""Work in threads: whoever is cancelled goes on only when it has ended."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from llmspell.errors import Cancelled
from llmspell.threads import POOL, Check, Threads, in_thread


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


async def test_work_that_nobody_wants_any_more_does_not_begin() -> None:
    threads, end, done = Threads(), threading.Event(), []
    busy = [asyncio.ensure_future(threads.do(lambda _: end.wait())) for _ in range(POOL)]
    queued = [asyncio.ensure_future(threads.do(lambda _: done.append(1))) for _ in range(100)]
    tidying = asyncio.ensure_future(threads.do(lambda _: done.append("tidy"), wanted=True))
    await asyncio.sleep(0)
    for task in (*queued, tidying):
        task.cancel()
    await asyncio.sleep(0)
    end.set()
    await asyncio.wait([*busy, *queued, tidying])
    assert done == ["tidy"]
    threads.close()


async def test_nobody_waits_for_a_thread_that_does_not_end() -> None:
    threads, begun, end, reports = Threads(), threading.Event(), threading.Event(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))

    def work(_: Check) -> None:
        begun.set()
        end.wait()
        raise ZeroDivisionError

    task = asyncio.ensure_future(threads.do(work))
    await asyncio.to_thread(begun.wait)
    threads.close()
    for _ in range(2):  # the run asks once, whoever closes the loop a second time
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    end.set()
    await asyncio.sleep(0.01)
    assert reports == []


async def test_runs_have_threads_of_their_own() -> None:
    one, other, end = Threads(), Threads(), threading.Event()
    busy = [asyncio.ensure_future(one.do(lambda _: end.wait())) for _ in range(100)]
    assert await other.do(lambda _: "done") == "done"
    end.set()
    await asyncio.wait(busy)
    one.close()
    other.close()
