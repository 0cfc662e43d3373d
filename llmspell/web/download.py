"""A body on its way into a file: it is there whole, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import TypeVar

from llmspell.errors import HttpError
from llmspell.security import folder

_GATHERED = 256 * 1024
_T = TypeVar("_T")


async def save(pieces: AsyncIterator[bytes], fresh: AbstractContextManager[int], most: int, host: str) -> int:
    """Write a body to a file and return how many bytes it has; the system may let us wait, the loop goes on.

    Args:
        pieces: the body.
        fresh: gives the descriptor of a new file, and puts it in its place at the end if nothing was raised.
        most: bytes that the body may have.
        host: where it comes from, for the message.

    Raises:
        HttpError: it is too large.
        SpellError: what `fresh` and `pieces` raise.
    """
    size, stack = 0, ExitStack()
    try:
        file = await _wholly(lambda: stack.enter_context(fresh))
        async for piece in _gathered(pieces):
            size += len(piece)
            if size > most:
                raise too_large(host, most)
            await _wholly(partial(folder.write, file, piece, wanted))
    except BaseException as error:
        await _wholly(partial(stack.__exit__, type(error), error, error.__traceback__))
        raise
    await _wholly(stack.close)
    return size


def too_large(host: str, most: int) -> HttpError:
    """Return the error for a body that is larger than the script wants."""
    hint = '`max_bytes` sets the limit; `to = "file"` saves what is larger'
    return HttpError(f"the answer of {host} is larger than {most} bytes", hint=hint)


def wanted() -> None:
    """Say that the file is wanted: when it is no longer, what is raised says so."""


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the same bytes in larger pieces: each costs a thread."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) >= _GATHERED:
            yield bytes(held)
            held.clear()
    yield bytes(held)


async def _wholly(work: Callable[[], _T]) -> _T:
    """Do something in a thread, to its end: whoever is cancelled meanwhile goes on only then."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
