"""Files: what a script may do with those that are granted to it."""

import asyncio
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from llmspell.bridge.op import Global, Looked, ReadPath, Searched, Value, WritePath, op
from llmspell.context import Context
from llmspell.errors import ArgumentError, ScriptError
from llmspell.files import misplaced
from llmspell.security import folder
from llmspell.security.disk import Disk
from llmspell.threads import Check

_T = TypeVar("_T")

READERS = 4
"""Files of one run that are read at once: what has been read waits in memory for the worker."""


class Stat(Value):
    """What is known of a file or folder. It behaves as its path.

    Args:
        path: as it was asked for.
        kind: `"file"` or `"folder"`.
        size: bytes of a file; 0 for a folder.
        modified: when it was last changed, ISO 8601 in UTC.
    """

    text_field = "path"

    path: str
    kind: str
    size: int
    modified: str


class Fs(Global):
    """Read and write files.

    A path is relative to the project, absolute, or begins with `~/`. What may be read and written is for the person
    to say who runs the spell. Symbolic links are not followed; hidden files and keys are granted only by name.
    """

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._reading = asyncio.Semaphore(READERS)

    @property
    def _disk(self) -> Disk:
        return Disk(self.context.paths)

    @op(needs="read", untrusted=True, private=True)
    async def read(self, path: ReadPath) -> str:
        """Return the text of a file in UTF-8, without a byte order mark.

        Args:
            path: the file.
        """
        raw = await self._read("Fs.read", path)
        try:
            return raw.decode().removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            message = f"Fs.read: {path} is not text in UTF-8: {misplaced(error)}"
            raise ScriptError(message, hint="Fs.bytes reads it as it is") from None

    @op(needs="read", untrusted=True, private=True)
    async def bytes_(self, path: ReadPath, *, offset: int = 0, length: int | None = None) -> bytes:
        """Return the bytes of a file, or of a part of it: a string in Lua, a `Uint8Array` in JavaScript.

        Args:
            path: the file.
            offset: where to begin, in bytes.
            length: how many bytes at most; all that follow, unless given.
        """
        for name, value in (("offset", offset), ("length", length)):
            if value is not None and not 0 <= value < 2**53:
                raise ArgumentError(f"Fs.bytes: `{name}` must be from 0 on, got {value}")
        return await self._read("Fs.bytes", path, offset, length)

    @op(effect="keyed", needs="write")
    async def write(self, path: WritePath, data: str | bytes) -> None:
        """Write a file, at once: whoever reads it finds the old one or the new one, whole. Folders are made as needed.

        Args:
            path: the file.
            data: all that it holds then.
        """

        def work(check: Check) -> None:
            with self._disk.fresh(path, check) as file:
                folder.write(file, _raw(data), check)

        await self._do("Fs.write", work)

    @op(effect="once", needs="write")
    async def append(self, path: WritePath, data: str | bytes) -> None:
        """Write at the end of a file, or a new one.

        Args:
            path: the file.
            data: what comes after all that it holds.
        """
        await self._do("Fs.append", lambda check: self._disk.append(path, _raw(data), check))

    @op(needs="read", private=True)
    async def exists(self, path: ReadPath) -> bool:
        """Return whether there is such a file or folder.

        Args:
            path: the file or folder.
        """
        return await self._do("Fs.exists", lambda _: self._disk.found(path)) is not None

    @op(needs="read", private=True)
    async def stat(self, path: ReadPath) -> Stat:
        """Return what is known of a file or folder.

        Args:
            path: the file or folder.
        """
        found = await self._do("Fs.stat", lambda _: self._disk.status(path))
        is_folder = stat.S_ISDIR(found.st_mode)
        if not is_folder and not stat.S_ISREG(found.st_mode):
            raise ScriptError(f"Fs.stat: {path} is neither a file nor a folder")
        return Stat(
            path=path,
            kind="folder" if is_folder else "file",
            size=0 if is_folder else found.st_size,
            modified=datetime.fromtimestamp(int(found.st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    @op(needs="read", untrusted=True, private=True)
    async def list_(self, path: Looked = ".") -> list[str]:
        """Return the names of what is in a folder, in order; those of folders end with `/`.

        Args:
            path: the folder.
        """
        return await self._do("Fs.list", lambda _: self._disk.names(path))

    @op(needs="read", untrusted=True, private=True)
    async def glob(self, pattern: Searched) -> list[str]:
        """Return the paths of the files that match a pattern, in order; of folders, if it ends with `/`.

        Args:
            pattern: `*`, `?` and `[a-z]` in a name, `**` for any number of folders: `"src/**/*.py"`.
        """
        return await self._do("Fs.glob", lambda check: self._disk.search(pattern, check))

    @op(effect="once", needs="write", destructive=True)
    async def remove(self, path: WritePath, *, recursive: bool = False) -> None:
        """Remove a file or an empty folder.

        Args:
            path: the file or folder.
            recursive: a folder with all that is in it.
        """
        await self._do("Fs.remove", lambda check: self._disk.remove(path, check, recursive=recursive))

    @op(effect="keyed", needs="write")
    async def mkdir(self, path: WritePath) -> None:
        """Make a folder, and those above it as needed. One that exists stays as it is.

        Args:
            path: the folder.
        """
        await self._do("Fs.mkdir", lambda _: self._disk.make(path))

    @op(effect="keyed", needs="write")
    async def copy(self, path: ReadPath, to: WritePath) -> None:
        """Copy a file.

        Args:
            path: the file.
            to: the path of the copy; a file that is there is replaced, at once.
        """
        await self._do("Fs.copy", lambda check: self._disk.copy(path, to, check))

    @op(effect="once", needs="write")
    async def move(self, path: WritePath, to: WritePath) -> None:
        """Give a file or folder another name or place.

        Args:
            path: the file or folder; it must be readable as well.
            to: its new path; a file that is there is replaced.
        """
        await self._do("Fs.move", lambda check: self._disk.move(path, to, check))

    async def _read(self, act: str, path: str, offset: int = 0, length: int | None = None) -> bytes:
        most = self.context.profile.limits.frame
        async with self._reading:
            await self.context.room()
            return await self._do(act, lambda _: self._disk.read(path, most, offset, length))

    async def _do(self, act: str, work: Callable[[Check], _T]) -> _T:
        """Do what the system may let us wait for; errors that do not say what was asked for get its name."""
        try:
            return await self.context.threads.do(work)
        except (ArgumentError, ScriptError) as error:
            error.message = f"{act}: {error.message}"
            raise


def _raw(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
