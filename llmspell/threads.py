"""Work that waits for the system, in threads: none is left behind, though nobody can stop a thread from outside."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from llmspell.errors import Cancelled

_T = TypeVar("_T")

Check = Callable[[], None]
"""Called between the pieces of long work; raises if nobody wants it any more."""


async def in_thread(work: Callable[[Check], _T]) -> _T:
    """Return what a function returns; whoever is cancelled meanwhile goes on only when it has ended.

    Args:
        work: called in a thread, with a function that raises as soon as nobody wants the result.
    """
    unwanted = threading.Event()

    def check() -> None:
        if unwanted.is_set():
            raise Cancelled("cancelled")

    task = asyncio.ensure_future(asyncio.to_thread(work, check))
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        unwanted.set()
        await asyncio.wait([task])
        task.exception()  # looked at, or asyncio would report that nobody did
        raise
    return task.result()
