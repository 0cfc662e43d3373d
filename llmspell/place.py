"""A file of our own: of its owner alone, never behind a link; a database never on a disk that machines share."""

import fcntl
import os
import sqlite3
import stat
import time
from contextlib import suppress
from pathlib import Path

from llmspell.errors import ConfigError
from llmspell.project import OURS
from llmspell.wording import visible

MOUNTS = Path("/proc/self/mountinfo")
"""Where Linux says what is mounted; other systems say nothing, and nothing is refused there."""

_SHARED = {
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.davfs2", "fuse.gcsfuse",
    "fuse.glusterfs", "fuse.juicefs", "fuse.mfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs",
    "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb2", "smb3", "smbfs",
}  # fmt: skip
_SIDES = ("", "-wal", "-shm", "-journal")


def prepare(path: Path, what: str, mounts: Path = MOUNTS) -> None:
    """Make sure that a file may hold a database of ours, and make an empty one where there is none.

    Nothing here opens a file that is there: to close it again would drop the locks that other connections of this
    process have on it.

    Args:
        path: the file.
        what: what it holds, for errors: `the journal`.
        mounts: where the system says what is mounted.

    Raises:
        ConfigError: the file or its folder is a link, is somebody else's, or lies on a network.
        OSError: the file cannot be made.
    """
    _folder(path.parent)
    inspect(path, what)
    if (kind := shared(path.parent, mounts)) is not None:
        raise ConfigError(
            f"{what} would be on a network file system ({kind}), where SQLite can lose what it has written",
            hint=f"keep this folder on a disk of this machine: {visible(str(path.parent))}",
        )
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        _make_private(path, what)


def opened(path: Path, what: str, flags: int) -> int:
    """Open a file of ours that is no database, and return its descriptor.

    Args:
        path: the file.
        what: what it holds, for errors: `the audit log`.
        flags: of the system's `open`; with `O_CREAT` its folder is made too.

    Raises:
        ConfigError: the file or its folder is a link, the file is none or has another name, or is somebody else's.
        OSError: it is not there, or cannot be opened or made.
    """
    if flags & os.O_CREAT:
        _folder(path.parent)
    for each in (path.parent, path):
        if each.is_symlink():
            raise ConfigError(f"{what} cannot be behind a link: {visible(str(each))}", hint="remove the link")
    if path.exists() and not path.is_file():  # a pipe would wait, and a device do what it likes
        raise ConfigError(f"{what} must be in a file: {visible(str(path))} is none", hint="move it away")
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o600)
    try:
        found = os.fstat(descriptor)
        _check_own(found, path, what)
        if stat.S_IMODE(found.st_mode) & 0o077:
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from any other that has its path later; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _folder(path: Path) -> None:
    """Make a folder of ours where there is none; git leaves one in a project alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    if path.name == OURS:
        with suppress(FileExistsError), (path / ".gitignore").open("x", encoding="utf-8") as file:
            file.write("*\n")


def inspect(path: Path, what: str) -> None:
    """Refuse a file that lies where SQLite must not open it, before it does.

    A log to roll back may name any file of this machine, which SQLite then deletes. `use_wal` never leaves one, so what
    is there was planted.

    Raises:
        ConfigError: the file, its folder or what SQLite keeps beside it is a link or no file, or there is such a log.
    """
    for each in (path.parent, *(path.with_name(path.name + side) for side in _SIDES)):
        if each.is_symlink():
            raise ConfigError(f"{what} cannot be behind a link: {visible(str(each))}", hint="remove the link")
        if each != path.parent and each.exists() and not each.is_file():
            raise ConfigError(f"{what} must be in a file: {visible(str(each))} is none", hint="move it away")
    log = path.with_name(path.name + "-journal")
    if log.exists():
        raise ConfigError(f"llmspell has not made what lies beside {what}: {visible(str(log))}", hint="remove it")


def use_wal(connection: sqlite3.Connection, path: Path, patience: float, *, shrinks: bool = False) -> None:
    """Let readers and a writer of a database work at once.

    Args:
        connection: to the database.
        path: its file.
        patience: seconds to wait for other processes that make it too.
        shrinks: whether a new file can give room back to the system.

    Raises:
        sqlite3.Error, OSError: it is not possible, or not within that time.
    """
    if _mode(connection) == "wal":
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(folder, patience)
        if _mode(connection) != "wal":
            connection.execute("PRAGMA journal_mode = MEMORY")  # no log to roll back is ever in the folder
            if shrinks:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # this writes, so not before
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        os.close(folder)


def _mode(connection: sqlite3.Connection) -> str:
    connection.execute("PRAGMA user_version")  # looks at the file: SQLite says what it knew of it before
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def _lock(folder: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _make_private(path: Path, what: str) -> None:
    found = path.lstat()
    _check_own(found, path, what)
    if stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(0o600)


def _check_own(found: os.stat_result, path: Path, what: str) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise ConfigError(f"{what} must be in a file of its own: {visible(str(path))}", hint="move it away")
    if found.st_uid != os.geteuid():
        raise ConfigError(f"{what} is another user's: {visible(str(path))}", hint="move it away")


def shared(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the file system that a folder is on, if other machines may write to it too."""
    try:
        table = mounts.read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    real = folder.resolve()
    best, kind = -1, ""
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        point = Path(_plain(left.split()[4]))
        if real.is_relative_to(point) and len(point.parts) >= best:  # of equal points the later one is on top
            best, kind = len(point.parts), right.split()[0]
    return kind if kind in _SHARED else None


def _plain(field: str) -> str:
    """Return a path of the table of mounts without its escapes."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, char)
    return field
