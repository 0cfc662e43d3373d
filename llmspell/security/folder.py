"""Folder: files below a granted folder, reached by descriptor. What was checked is what is opened, whatever moves."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, Self

from llmspell.errors import PermissionDenied
from llmspell.security.paths import Spot
from llmspell.threads import Check

_PATH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_PIECE = 1 << 20
_MODE = 0o777  # what is copied of the mode of a file: who may do what, and no special bits

Kind = Literal["file", "folder", "link", "other"]


class Folder:
    """An open folder. Its methods take a plain name in it, follow no link, and open nothing but files and folders.

    Args:
        descriptor: of the folder; closed at the end.
        name: its path as errors show it.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        self.name = name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def inside(self, name: str, shown: str | None = None) -> "Folder":
        """Return a folder in this one.

        Raises:
            PermissionDenied: it is a link.
            OSError: it is no folder, or cannot be opened.
        """
        shown = self._join(name) if shown is None else shown
        try:
            return Folder(os.open(name, _PATH, dir_fd=self.descriptor), shown)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                self._refuse_link(name, shown)
            raise

    def make(self, name: str) -> None:
        """Make a folder in this one, unless there is one."""
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=self.descriptor)

    def status(self, name: str, shown: str) -> os.stat_result:
        """Return what the system says of a file or a folder.

        Raises:
            PermissionDenied: it is a link.
        """
        found = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise linked(shown)
        return found

    def entries(self) -> list[tuple[str, Kind]]:
        """Return the names in the folder and what each is, in order; names that are not UTF-8 are left out."""
        listing = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.descriptor)
        with _closing(listing), os.scandir(listing) as found:
            return sorted((each.name, _kind(each)) for each in found if _is_text(each.name))

    @contextmanager
    def opened(self, name: str, shown: str, flags: int = os.O_RDONLY) -> Iterator[int]:
        """Open a file and give its descriptor.

        Raises:
            PermissionDenied: it is a link.
            OSError: it is no file, or cannot be opened; a pipe is never waited for.
        """
        try:
            descriptor = os.open(name, flags | _FILE, 0o666, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise linked(shown) from None
            raise
        with _closing(descriptor):
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO, "not a file")
            yield descriptor

    @contextmanager
    def fresh(self, name: str, shown: str, check: Check, mode: int | None = None) -> Iterator[int]:
        """Give the descriptor of a new file, and put it in the place of the old one, or of none, at once, at the end.

        An old file keeps its mode, and stays as it is if anything is raised.

        Args:
            name: of the file.
            shown: its path as errors show it.
            check: raises if the file is not wanted any more.
            mode: of a file that there was not before.
        """
        try:
            with self.opened(name, shown, os.O_WRONLY) as old:  # as a plain write would ask the system
                mode = os.fstat(old).st_mode
        except FileNotFoundError:
            pass
        draft = f".llmspell-{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
        descriptor = os.open(draft, flags, 0o666 if mode is None else 0o600, dir_fd=self.descriptor)
        try:
            with _closing(descriptor):
                yield descriptor
                if mode is not None:
                    os.fchmod(descriptor, mode & _MODE)
                os.fsync(descriptor)
            check()
            os.rename(draft, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=self.descriptor)
            raise

    def _refuse_link(self, name: str, shown: str) -> None:
        with suppress(FileNotFoundError):
            self.status(name, shown)

    def _join(self, name: str) -> str:
        return name if self.name in ("", ".") else f"{self.name}/{name}"


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def parent(spot: Spot, *, make: bool = False, itself: bool = False) -> Iterator[tuple[Folder, str]]:
    """Walk to the folder that holds a place, by descriptor and over no link; give it, and the name in it.

    Args:
        spot: the place.
        make: make the folders on the way that do not exist.
        itself: a link at the end is meant itself, not what it leads to.

    Raises:
        PermissionDenied: the way leads over a link.
        OSError: the way leads nowhere.
    """
    anchor, names = _real(spot, itself) if spot.links else (spot.anchor, spot.names)
    if not names:
        raise OSError(errno.EBUSY, "the folder at the top")
    folder = _walk(anchor, names[:-1], spot.name, make)
    with folder:
        yield folder, names[-1]


@contextmanager
def folder(spot: Spot) -> Iterator[Folder]:
    """Walk to a folder, by descriptor and over no link; raises what `parent` raises."""
    anchor, names = _real(spot, itself=False) if spot.links else (spot.anchor, spot.names)
    with _walk(anchor, names, spot.name, make=False) as found:
        yield found


def read(descriptor: int, most: int, offset: int = 0) -> bytes:
    """Return the bytes of a file from an offset on: at most so many."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    pieces, left = [], most
    while left > 0 and (piece := os.read(descriptor, min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def write(descriptor: int, data: bytes, check: Check) -> None:
    """Write bytes, all of them."""
    view = memoryview(data)
    while view:
        check()
        view = view[os.write(descriptor, view[:_PIECE]) :]


def copy(source: int, target: int, check: Check) -> None:
    """Copy what a file holds."""
    while piece := os.read(source, _PIECE):
        write(target, piece, check)


def linked(name: str) -> PermissionDenied:
    """Return the error for a path that leads over a symbolic link."""
    return PermissionDenied(
        f"{name} leads over a symbolic link", hint="a spell follows no links: name the file itself", data={"path": name}
    )


def _walk(anchor: str, names: tuple[str, ...], shown: str, make: bool) -> Folder:
    here = Folder(os.open(anchor, _PATH & ~os.O_NOFOLLOW), shown)
    for name in names:
        with here:
            here = _next(here, name, shown, make)
    return here


def _next(here: Folder, name: str, shown: str, make: bool) -> Folder:
    try:
        return here.inside(name, shown)
    except FileNotFoundError:
        if not make:
            raise
    here.make(name)
    return here.inside(name, shown)


def _real(spot: Spot, itself: bool) -> tuple[str, tuple[str, ...]]:
    """Return where a place is that links may lead to: the folder that holds it, and its name there."""
    path = os.path.join(spot.anchor, *spot.names)  # noqa: PTH118 - of text from a script
    if itself and spot.names:
        above, name = os.path.split(path)
        return os.path.realpath(above), (name,)
    above, name = os.path.split(os.path.realpath(path))
    return above, (name,) if name else ()


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
