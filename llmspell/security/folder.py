"""Folder: files below a granted folder, reached by descriptor. What was checked is what is opened, whatever moves."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, Self

from llmspell.errors import PermissionDenied
from llmspell.security import beneath
from llmspell.security.fence import Fence
from llmspell.security.paths import Spot
from llmspell.security.reserved import Names
from llmspell.threads import Check

_PATH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_PIECE = 1 << 20
_DESCRIPTORS = "/proc/self/fd"  # where Linux says what is open
_MODE = 0o777  # what is copied of the mode of a file: who may do what, and no special bits

FileType = Literal["file", "folder", "link", "other"]


class Folder:
    """An open folder. Its methods take a plain name in it, follow no link, and open nothing but files and folders.

    Args:
        descriptor: of the folder; closed at the end.
        name: its path as errors show it.
        fence: what is denied here and below.
        place: its real names, from the root of the file system on; known where there is a fence.
    """

    def __init__(self, descriptor: int, name: str, fence: Fence | None = None, place: Names = ()) -> None:
        self.descriptor = descriptor
        self.name = name
        self.fence = fence
        self.place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def inside(self, name: str, shown: str | None = None) -> "Folder":
        """Return a folder in this one.

        Raises:
            PermissionDenied: it is a link, or denied.
            OSError: it is no folder, or cannot be opened.
        """
        shown = self._join(name) if shown is None else shown
        try:
            descriptor = os.open(name, _PATH, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                self._refuse_link(name, shown)
            raise
        if self.fence is None:
            return Folder(descriptor, shown)
        try:
            self.fence.check((*self.place, name), os.fstat(descriptor))
        except BaseException:
            os.close(descriptor)
            raise
        return Folder(descriptor, shown, self.fence, (*self.place, name))

    def check(self, *names: str) -> None:
        """Refuse what is denied of what is in this folder, or below it.

        Raises:
            PermissionDenied: a rule denies it.
        """
        if self.fence is not None:
            status = None
            if len(names) == 1:
                with suppress(OSError):
                    status = os.stat(names[0], dir_fd=self.descriptor, follow_symlinks=False)
            self.fence.check((*self.place, *names), status)

    def place_now(self) -> Names | None:
        """Return where the folder is by now, from the root of the file system on; None if nobody knows."""
        try:
            return tuple(os.readlink(f"{_DESCRIPTORS}/{self.descriptor}").split("/")[1:])  # noqa: PTH115
        except OSError:
            return None

    def hides(self, *names: str) -> bool:
        """Return whether a rule denies something in this folder, or below it, by its names."""
        return self.fence is not None and self.fence.hides((*self.place, *names))

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

    def entries(self) -> list[tuple[str, FileType]]:
        """Return the names in the folder and what each is, in order; names that are not UTF-8 are left out."""
        listing = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.descriptor)
        with _closing(listing), os.scandir(listing) as found:
            return sorted((each.name, _kind(each)) for each in found if _is_text(each.name))

    @contextmanager
    def opened(self, name: str, shown: str, flags: int = os.O_RDONLY) -> Iterator[int]:
        """Open a file and give its descriptor.

        Raises:
            PermissionDenied: it is a link, or denied.
            OSError: it is no file, or cannot be opened; a pipe is never waited for, and no device is opened.
        """
        with suppress(FileNotFoundError):
            _check_file(self.status(name, shown))
        try:
            descriptor = os.open(name, flags | _FILE, 0o666, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise linked(shown) from None
            raise
        with _closing(descriptor):
            status = os.fstat(descriptor)
            _check_file(status)
            if self.fence is not None:
                self.fence.check((*self.place, name), status)
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
        draft_name = draft()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
        descriptor = os.open(draft_name, flags, 0o666 if mode is None else 0o600, dir_fd=self.descriptor)
        try:
            with _closing(descriptor):
                yield descriptor
                if mode is not None:
                    os.fchmod(descriptor, mode & _MODE)
                os.fsync(descriptor)
            check()
            os.rename(draft_name, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(draft_name, dir_fd=self.descriptor)
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


def _check_file(status: os.stat_result) -> None:
    """Refuse what is no file: opening a device may do something, and a pipe may have somebody waiting."""
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.ENXIO, "not a file")


def draft() -> str:
    """Return a name that nobody has: of what is not finished, and shown to no spell."""
    return f".llmspell-{secrets.token_hex(8)}"


@contextmanager
def parent(spot: Spot, *, make: bool = False, itself: bool = False) -> Iterator[tuple[Folder, str]]:
    """Walk to the folder that holds a place, by descriptor and over no link; give it, and the name in it.

    Args:
        spot: the place.
        make: make the folders on the way that do not exist.
        itself: a link at the end is meant itself, not what it leads to.

    Raises:
        PermissionDenied: the way leads over a link, or to what is denied.
        OSError: the way leads nowhere.
    """
    anchor, names = _real(spot, itself) if spot.links else (spot.anchor, spot.names)
    if not names:
        raise OSError(errno.EBUSY, "the folder at the top")
    with _walk(anchor, names[:-1], spot, make) as folder:
        folder.check(_plain(names[-1]))
        yield folder, names[-1]


@contextmanager
def folder(spot: Spot) -> Iterator[Folder]:
    """Walk to a folder, by descriptor and over no link; raises what `parent` raises."""
    anchor, names = _real(spot, itself=False) if spot.links else (spot.anchor, spot.names)
    with _walk(anchor, names, spot, make=False) as found:
        yield found


def read(descriptor: int, most: int, offset: int = 0) -> bytes:
    """Return the bytes of a file from an offset on: at most so many."""
    try:
        os.lseek(descriptor, offset, os.SEEK_SET)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return b""  # no file of this file system is so long
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


def _walk(anchor: str, names: Names, spot: Spot, make: bool) -> Folder:
    if spot.fence is not None:
        return _fenced(anchor, names, spot, make)
    here = Folder(os.open(anchor, _PATH & ~os.O_NOFOLLOW), spot.name)
    if len(names) > 1 and (found := beneath.opened(here.descriptor, names)) is not None:
        with here:
            return Folder(found, spot.name)
    return _down(here, names, spot.name, make)


def _fenced(anchor: str, names: Names, spot: Spot, make: bool) -> Folder:
    """Walk from the root of the file system on, so that whatever is denied on the way is met."""
    above = tuple(name for name in os.path.realpath(anchor).split("/") if name)
    here = Folder(os.open("/", _PATH), spot.name, spot.fence)
    return _down(_down(here, above, spot.name, make=False), names, spot.name, make)


def _down(here: Folder, names: Names, shown: str, make: bool) -> Folder:
    for name in names:
        with here:
            here = _next(here, _plain(name), shown, make)
    return here


def _plain(name: str) -> str:
    """Return a name, if it is one: no other leads out of a folder."""
    if name in ("", ".", "..") or "/" in name:
        raise OSError(errno.EINVAL, "not a name")
    return name


def _next(here: Folder, name: str, shown: str, make: bool) -> Folder:
    try:
        return here.inside(name, shown)
    except FileNotFoundError:
        if not make:
            raise
    here.check(name)
    here.make(name)
    return here.inside(name, shown)


def _real(spot: Spot, itself: bool) -> tuple[str, Names]:
    """Return where a place is that links may lead to: a folder above it that is there, and the names from there on.

    Where something is denied these names are walked over no link: whoever swaps one meanwhile gains nothing.
    """
    path = os.path.join(spot.anchor, *spot.names)  # noqa: PTH118 - of text from a script
    if itself and spot.names:
        above, name = os.path.split(path)
        return os.path.realpath(above), (name,)
    above, name = os.path.split(os.path.realpath(path))
    missing: Names = ()
    while not os.path.lexists(above):
        above, last = os.path.split(above)
        missing = (last, *missing)
    return above, (*missing, name) if name else ()


def _kind(entry: os.DirEntry[str]) -> FileType:
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
