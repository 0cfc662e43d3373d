"""Programs: each in a process group of its own, which ends with it; what it prints is bounded."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from llmspell.errors import ArgumentError, ScriptError, TimeLimitError
from llmspell.security import commands

_LINKS = 40  # on the way to a program: the system follows no more
_LAST_WORDS = 1.0
"""Seconds to wait for what a program has printed, after it has ended and all that it had started was killed."""


class Ended(NamedTuple):
    """How a program ended: `status` is negative if a signal ended it."""

    status: int
    out: bytes
    err: bytes


async def run(
    words: Sequence[str],
    *,
    name: str,
    stdin: bytes,
    folder: str,
    environ: Mapping[str, str],
    seconds: float | None,
    most: int,
) -> Ended:
    """Run a program to its end, and end all that it leaves running.

    Args:
        words: the program and its arguments.
        name: what errors call it.
        stdin: what it reads.
        folder: where it starts.
        environ: its variables; nothing else of ours reaches it.
        seconds: after which it is killed.
        most: bytes that it may print.

    Raises:
        ArgumentError: a word cannot be one.
        ScriptError: it cannot be started, or it prints too much.
        TimeLimitError: it takes too long.
    """
    watch = _Watch(most)
    try:
        transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: watch, *words, cwd=folder, env=environ, start_new_session=True
        )
    except FileNotFoundError:
        raise ScriptError(f"there is no program {name}", hint="write its path, or add its folder to PATH") from None
    except OSError as error:
        raise ScriptError(f"{name} cannot be started: {os.strerror(error.errno or 0).lower()}") from None
    except ValueError:
        raise ArgumentError("a command has a NUL in it") from None
    try:
        async with asyncio.timeout(seconds):
            await watch.fed(stdin)
    except TimeoutError:
        raise TimeLimitError(f"{name} took longer than {seconds:g} s", hint="`timeout` sets the limit") from None
    finally:
        _kill_group(transport.get_pid())
        await watch.silent()
        transport.close()
    if watch.size > most:
        raise ScriptError(f"{name} printed more than {most} bytes", hint="let it print to a file: command > file")
    return Ended(transport.get_returncode() or 0, *(b"".join(watch.printed[stream]) for stream in (1, 2)))


class _Watch(asyncio.SubprocessProtocol):
    """Collects what a program prints, and knows when it has ended."""

    def __init__(self, most: int) -> None:
        loop = asyncio.get_running_loop()
        self.printed: dict[int, list[bytes]] = {1: [], 2: []}
        self.size = 0
        self._most = most
        self._enough: asyncio.Future[None] = loop.create_future()
        self._exited: asyncio.Future[None] = loop.create_future()
        self._closed = {stream: loop.create_future() for stream in self.printed}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    async def fed(self, stdin: bytes) -> None:
        """Give the program what it reads, and wait until it has ended or has printed too much."""
        pipe = self._transport.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        pipe.write(stdin)
        pipe.close()
        await asyncio.wait([self._enough, self._exited], return_when=asyncio.FIRST_COMPLETED)

    async def silent(self) -> None:
        """Wait until a program that was killed is gone, and nobody prints in its name."""
        await asyncio.shield(self._exited)
        await asyncio.wait(self._closed.values(), timeout=_LAST_WORDS)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.size += len(data)
        if self.size <= self._most:
            self.printed[fd].append(data)
        elif not self._enough.done():
            self._enough.set_result(None)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        if fd in self._closed and not self._closed[fd].done():
            self._closed[fd].set_result(None)

    def process_exited(self) -> None:
        self._exited.set_result(None)


def _kill_group(number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)


def names(word: str, folder: str, path: str) -> list[str]:
    """Return the names that a program has where it lies: its path, and those to which links lead.

    Args:
        word: that runs it.
        folder: where it starts.
        path: the folders in which it is looked for, as `PATH` has them.
    """
    places = [word] if "/" in word else [os.path.join(each, word) for each in path.split(os.pathsep)]  # noqa: PTH118
    whole = (os.path.join(folder, each) for each in places if "\0" not in each)  # noqa: PTH118
    place = next((each for each in whole if os.access(each, os.X_OK) and Path(each).is_file()), None)
    if place is None:
        return []
    found, here = [place, os.path.realpath(place)], Path(place)
    while here.is_symlink() and len(found) < _LINKS:
        here = here.parent / here.readlink()
        found.append(str(here))
    # A program that is many is another by another name: a link to it is none of what it could be besides.
    return [each for each in dict.fromkeys(found) if PurePath(each).name not in commands.MANY]
