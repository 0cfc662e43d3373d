"""Database: the bytes of a SQLite file, whole, as they are between two changes by whoever else writes it."""

import errno
import fcntl
import os
import shlex
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from llmspell.errors import ScriptError
from llmspell.security import folder
from llmspell.security.disk import Disk
from llmspell.security.folder import Folder
from llmspell.threads import Check

LARGEST = 64 * 2**20
"""Bytes that a database may have."""
PATIENCE = 2.0
"""Seconds to wait for somebody who is writing the file."""

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_WAL = b"\x02\x02"
_FORMATS = slice(18, 20)
_PAUSE = 0.01
_RECENT = 10**9
"""Nanoseconds: a file that has changed so lately can change again without a sign of it in its times."""

# Where SQLite's own locks are, in bytes that no file has.
_PENDING, _RESERVED, _SHARED, _SHARED_SIZE = 0x40000000, 0x40000001, 0x40000002, 510
_SET, _GET = (getattr(fcntl, name, None) for name in ("F_OFD_SETLK", "F_OFD_GETLK"))
_LOCK = struct.Struct("@hhqqi4x")
_HELD_BY_OTHERS = (errno.EAGAIN, errno.EACCES)


class Mark(NamedTuple):
    """What tells one state of a file from another; the header counts the changes."""

    device: int
    number: int
    size: int
    modified: int
    changed: int
    header: bytes


class Snapshot(NamedTuple):
    """A database at one moment. The mark is None if it cannot tell the next change, the data if it is as it was."""

    mark: Mark | None
    data: bytes | None


def snapshot(disk: Disk, path: str, known: Mark | None, check: Check) -> Snapshot:
    """Return what a database holds.

    Args:
        disk: of the run.
        path: the file.
        known: its mark when it was read before.
        check: raises if nobody wants it any more.

    Raises:
        PermissionDenied: no rule grants the file.
        ScriptError: it is no such file, or not whole.
    """
    with disk.opened(path) as (file, where, name):
        until = time.monotonic() + PATIENCE
        while True:
            with _shared(file, path, until, check):
                before = _mark(file)
                _check_header(before, path)
                if before == known and not _unfinished(where, name, file, before):
                    return Snapshot(known, None)
                data = folder.read(file, LARGEST + 1)
                if _mark(file) == before and len(data) == before.size:
                    _check_whole(where, name, file, before, path)
                    is_old = time.time_ns() - max(before.modified, before.changed) > _RECENT
                    return Snapshot(before if is_old else None, data)
            _wait(until, path, check)


def _mark(file: int) -> Mark:
    found = os.fstat(file)
    header = folder.read(file, _HEADER)
    return Mark(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, header)


def _check_header(mark: Mark, path: str) -> None:
    if mark.size > LARGEST:
        raise ScriptError(
            f"{path} has {mark.size / 2**20:.1f} MiB, over the limit of {LARGEST // 2**20} MiB",
            hint="make a smaller one with what is needed of it: sqlite3 FILE \"vacuum into 'small.db'\"",
        )
    if not mark.size:
        raise ScriptError(f"{path} is empty: no database has been written to it yet")
    if not mark.header.startswith(_MAGIC):
        raise ScriptError(f"{path} is not a SQLite database, or an encrypted one")


def _check_whole(where: Folder, name: str, file: int, mark: Mark, path: str) -> None:
    """Refuse a file of which a part is in another one."""
    match _unfinished(where, name, file, mark):
        case "wal":
            raise ScriptError(
                f"{path} has changes that are not in the file yet: they are in {path}-wal",
                hint=f'sqlite3 {shlex.quote(path)} "pragma wal_checkpoint(truncate)" brings them in',
            )
        case "journal":
            raise ScriptError(
                f"{path} is not whole: a change to it was cut off",
                hint=f'sqlite3 {shlex.quote(path)} "pragma quick_check" opens it and takes the change back',
            )


def _unfinished(where: Folder, name: str, file: int, mark: Mark) -> str:
    """Return what else belongs to the file: `wal`, or `journal` where a writer has died; else nothing."""
    if mark.header[_FORMATS] == _WAL:
        return "wal" if _size(where, f"{name}-wal") else ""
    if not _size(where, f"{name}-journal") or _is_reserved(file):
        return ""  # who holds the lock and is alive has written nothing as long as we hold ours
    return "journal" if _begins(where, f"{name}-journal") else ""


def _size(where: Folder, name: str) -> int:
    with suppress(OSError):
        return os.stat(name, dir_fd=where.descriptor, follow_symlinks=False).st_size
    return 0


def _begins(where: Folder, name: str) -> bool:
    """Return whether a journal counts: it is gone when the change is done, cut to nothing, or begins with zeros."""
    with suppress(FileNotFoundError), where.opened(name, name) as journal:
        return folder.read(journal, 1) not in (b"", b"\0")
    return False


@contextmanager
def _shared(file: int, path: str, until: float, check: Check) -> Iterator[None]:
    """Hold the lock under which SQLite reads. It is of the open file, so none of this process is let go with it."""
    while not _locked(file):
        _wait(until, path, check)
    try:
        yield
    finally:
        _lock(file, fcntl.F_UNLCK, _SHARED, _SHARED_SIZE)


def _locked(file: int) -> bool:
    """Take the lock; behind another one, which a writer takes first who waits for readers to end."""
    if not _lock(file, fcntl.F_RDLCK, _PENDING, 1):
        return False
    try:
        return _lock(file, fcntl.F_RDLCK, _SHARED, _SHARED_SIZE)
    finally:
        _lock(file, fcntl.F_UNLCK, _PENDING, 1)


def _lock(file: int, kind: int, start: int, size: int) -> bool:
    """Change a lock, and return False if somebody is in the way; what has no locks is not locked by others either."""
    if _SET is None:
        return True
    try:
        fcntl.fcntl(file, _SET, _LOCK.pack(kind, os.SEEK_SET, start, size, 0))
    except OSError as error:
        return error.errno not in _HELD_BY_OTHERS
    return True


def _is_reserved(file: int) -> bool:
    """Return whether somebody is about to write."""
    if _GET is None:
        return False
    try:
        found = fcntl.fcntl(file, _GET, _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, _RESERVED, 1, 0))
    except OSError:
        return False
    return bool(_LOCK.unpack(found)[0] != fcntl.F_UNLCK)


def _wait(until: float, path: str, check: Check) -> None:
    check()
    if time.monotonic() > until:
        raise ScriptError(f"{path} is being written by another program all the time", hint="try again", retryable=True)
    time.sleep(_PAUSE)
