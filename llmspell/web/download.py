"""A body on its way into a file: it is there whole, or not at all."""

import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial

from llmspell.errors import HttpError
from llmspell.security import folder
from llmspell.threads import in_thread

_GATHERED = 256 * 1024


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
        file = await in_thread(lambda _: stack.enter_context(fresh))
        async for piece in _gathered(pieces):
            size += len(piece)
            if size > most:
                raise too_large(host, most)
            await in_thread(partial(folder.write, file, piece))
    except BaseException:
        leave = partial(stack.__exit__, *sys.exc_info())
        await in_thread(lambda _: leave(), wanted=True)
        raise
    await in_thread(lambda _: stack.close())
    return size


def too_large(host: str, most: int) -> HttpError:
    """Return the error for a body that is larger than the script wants."""
    hint = '`max_bytes` sets the limit; `to = "file"` saves what is larger'
    return HttpError(f"the answer of {host} is larger than {most} bytes", hint=hint)


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the same bytes in larger pieces: each costs a thread."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) >= _GATHERED:
            yield bytes(held)
            held.clear()
    yield bytes(held)
