"""Work that waits for the system, in threads: none is left behind, though nobody can stop a thread from outside."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from llmspell.errors import Cancelled

_T = TypeVar("_T")

Check = Callable[[], None]
"""Called between the pieces of long work; raises if nobody wants it any more."""

POOL = 6
"""Threads of one run: what waits for one makes no other run wait."""


class Threads:
    """The threads of one run."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(POOL, "run")

    async def do(self, work: Callable[[Check], _T], *, wanted: bool = False) -> _T:
        """Return what `in_thread` returns for some work."""
        return await in_thread(work, self._executor, wanted=wanted)

    def close(self) -> None:
        """Forget the work that has not begun, and wait for none: a thread that never ends keeps nobody."""
        self._executor.shutdown(wait=False, cancel_futures=True)


async def in_thread(work: Callable[[Check], _T], executor: Executor | None = None, *, wanted: bool = False) -> _T:
    """Return what a function returns; whoever is cancelled meanwhile goes on only when it has ended.

    Args:
        work: called in a thread, with a function that raises as soon as nobody wants the result.
        executor: whose threads; those that all share unless given.
        wanted: whether it is called even if nobody wants it any more when its turn comes: it tidies up.
    """
    unwanted = threading.Event()

    def check() -> None:
        if unwanted.is_set():
            raise Cancelled("cancelled")

    def begin() -> _T:
        if not wanted:
            check()
        return work(check)

    calling = copy_context()  # who asks is who asks in the thread too
    future = asyncio.get_running_loop().run_in_executor(executor, calling.run, begin)
    future.add_done_callback(_look)
    try:
        await asyncio.wait([future])
    except asyncio.CancelledError:
        unwanted.set()
        await asyncio.wait([future])
        raise
    return future.result()


def _look(future: asyncio.Future[Any]) -> None:
    """Look at what came of some work, or asyncio would report that nobody did."""
    if not future.cancelled():
        future.exception()
