"""Disk: what one run does with files. Each path is decided by name, reached by descriptor, and wrong in plain words."""

import errno
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from llmspell.errors import ArgumentError, ScriptError, SpellError
from llmspell.project import DEPTH
from llmspell.security import fence, folder, tree
from llmspell.security.folder import FileType, Folder
from llmspell.security.globs import Glob
from llmspell.security.paths import Paths, Spot, begin
from llmspell.security.reserved import Names
from llmspell.security.rules import FILES, FileKind
from llmspell.threads import Check
from llmspell.wording import suggest

APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class Disk:
    """Files of one run. Its methods wait for the system: call them in a thread.

    All raise `PermissionDenied` for what no rule grants and for links, `ArgumentError` for what is not a path, and
    `ScriptError` for what the system refuses, with its number as `data.errno`.

    Args:
        paths: what the run may touch.
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def read(self, path: str, most: int, offset: int = 0, length: int | None = None) -> bytes:
        """Return what a file holds.

        Args:
            path: the file.
            most: bytes that may be read; more are refused.
            offset: where to begin.
            length: how much to read at most; all, unless given.
        """
        spot = self.paths.spot("read", path)
        with self._at(spot) as (where, name), where.opened(name, spot.name) as file:
            size = max(os.fstat(file).st_size - offset, 0)
            if min(size, size if length is None else length) <= most:
                raw = folder.read(file, most + 1 if length is None else min(length, most), offset)
                size = len(raw)
        if size > most and (length is None or length > most):
            raise ScriptError(
                f"{spot.name} has {size} bytes, over the limit of {most} bytes in one frame",
                hint="Fs.bytes reads a part of it: `offset`, `length`",
            )
        return raw

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[int, Folder, str]]:
        """Give the descriptor of a file that is read, the folder that holds it, and its name there."""
        spot = self.paths.spot("read", path)
        with self._at(spot) as (where, name), where.opened(name, spot.name) as file:
            yield file, where, name

    @contextmanager
    def fresh(self, path: str, check: Check, mode: int | None = None) -> Iterator[int]:
        """Give the descriptor of a file that takes the place of another when all is written; folders are made."""
        spot = self.paths.spot("write", path)
        with self._at(spot, make=True) as (where, name):
            with where.fresh(name, spot.name, check, mode) as file:
                yield file
            with _undone(lambda: os.unlink(name, dir_fd=where.descriptor)):
                self._check_moved(where, name, path)

    def append(self, path: str, data: bytes, check: Check) -> None:
        """Write at the end of a file, or a new one."""
        spot = self.paths.spot("write", path)
        with self._at(spot, make=True) as (where, name), where.opened(name, spot.name, APPEND) as file:
            if os.fstat(file).st_nlink > 1 and not spot.links:
                raise ScriptError(
                    f"{spot.name} has another name elsewhere (a hard link), which would change too",
                    hint="Fs.write puts a new file in its place",
                )
            with _undone(lambda: None if os.fstat(file).st_size else os.unlink(name, dir_fd=where.descriptor)):
                self._check_moved(where, name, path)
            folder.write(file, data, check)

    def status(self, path: str) -> os.stat_result:
        """Return what the system says of a file or folder."""
        spot = self.paths.spot("read", path)
        if not spot.names:
            with self._inside(spot) as found:
                return os.fstat(found.descriptor)
        with self._at(spot) as (where, name):
            return where.status(name, spot.name)

    def found(self, path: str) -> os.stat_result | None:
        """Return what `status` returns, or None if there is no such file or folder."""
        try:
            return self.status(path)
        except ScriptError as error:
            if error.data.get("errno") in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise

    def names(self, path: str) -> list[str]:
        """Return what is in a folder and can be read, in order; folders end with `/`."""
        spot, here = self.paths.folder(path), self.paths.absolute(path)
        with self._inside(spot) as found:
            shown = [(name, kind) for name, kind in found.entries() if not found.hides(name)]
            entries = [(name, _followed(found, name, kind, spot)) for name, kind in shown]
        return [f"{name}/" if kind == "folder" else name for name, kind in entries if self._sees((*here, name), kind)]

    def search(self, pattern: str, check: Check) -> list[str]:
        """Return the paths that match a pattern and can be read, in order; folders, if it ends with `/`."""
        self.paths.absolute(pattern)
        above, rest = begin(pattern)
        if ".." in rest:
            raise ArgumentError("`..` cannot come after a pattern", hint='write it first: "../*.md"')
        spot, here = self.paths.folder(above), self.paths.absolute(above)
        end = "/" if pattern.endswith("/") else ""
        if not rest:
            status = self.found(above)
            return [above + end] if status and stat.S_ISDIR(status.st_mode) == bool(end) else []
        with self._explained(spot), ExitStack() as stack:
            try:
                start = stack.enter_context(folder.folder(spot))
            except (FileNotFoundError, NotADirectoryError):
                return []
            found = tree.search(
                start,
                Glob(rest),
                lambda names, kind: self._sees((*here, *names), kind) and not start.hides(*names),
                check,
                folders=bool(end),
            )
        return [posixpath.join("" if above == "." else above, *names) + end for names in found]

    def remove(self, path: str, check: Check, *, recursive: bool) -> None:
        """Remove a file or a folder; one that is not empty only if `recursive`, and if all in it is granted."""
        spot = self.paths.spot("write", path)
        with self._at(spot, itself=True) as (where, name):
            if not stat.S_ISDIR(os.stat(name, dir_fd=where.descriptor, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=where.descriptor)
            elif recursive:
                self._check_tree(where, name, check, ("write", path))
                tree.remove(where, name, check)
            else:
                os.rmdir(name, dir_fd=where.descriptor)

    def make(self, path: str) -> None:
        """Make a folder and those above it, as far as there are none."""
        spot = self.paths.spot("write", path)
        if not spot.names:
            return
        with self._at(spot, make=True) as (where, name):
            where.make(name)
            with where.inside(name, spot.name):
                pass  # it could be a file
            with _undone(lambda: os.rmdir(name, dir_fd=where.descriptor)):
                self._check_moved(where, name, path)

    def copy(self, path: str, to: str, check: Check) -> None:
        """Copy a file with its mode."""
        with self.opened(path) as (file, _, _), self.fresh(to, check, os.fstat(file).st_mode) as copied:
            folder.copy(file, copied, check)

    def move(self, path: str, to: str, check: Check) -> None:
        """Give a file or folder another path. It must be readable too, or it could be moved to where it is."""
        readable, source = self.paths.spot("read", path), self.paths.spot("write", path)
        target = self.paths.spot("write", to)
        if readable.fence is not None:
            source = replace(source, fence=readable.fence + source.fence)
        with self._at(source, itself=True) as (here, old), self._at(target, make=True) as (there, new):
            mode = here.status(old, source.name).st_mode
            if stat.S_ISDIR(mode):
                self._check_tree(here, old, check, ("read", path), ("write", path), ("write", to), to=(there, new))
            elif not stat.S_ISREG(mode):
                raise OSError(errno.ENXIO, "not a file")
            check()
            moved = _renamed(here, old, there, new)
            if not moved and stat.S_ISREG(mode):
                self.copy(path, to, check)
                os.unlink(old, dir_fd=here.descriptor)
            elif not moved:
                raise OSError(errno.EXDEV, "another file system")
            else:
                with _undone(lambda: _put_back(here, old, there, new)):
                    self._check_moved(there, new, to)
                    if stat.S_ISDIR(mode):  # something may have been written into it behind the first look
                        self._check_tree(there, new, check, ("write", to), to=(there, new))

    def _check_moved(self, where: Folder, name: str, path: str) -> None:
        """Refuse what was put into a folder that another call has moved meanwhile, to where it must not be.

        Whoever moves a folder looks into it behind that once more: between the two nothing is missed.
        """
        place = where.place_now()
        if place is not None and place != fence.real(self.paths.absolute(path)[:-1]):
            self.paths.check("write", (*place, name), path)
            if where.fence is not None:
                where.fence.check((*place, name))

    def _sees(self, names: Names, kind: FileType) -> bool:
        """Return whether a listing shows something: what could be read, and folders that lead to it."""
        if kind == "folder":
            return self.paths.leads(names)
        return kind == "file" and self.paths.covers("read", names)

    def _check_tree(
        self, where: Folder, name: str, check: Check, *ways: tuple[FileKind, str], to: tuple[Folder, str] | None = None
    ) -> None:
        """Refuse a folder that holds what no rule grants or some rule denies, where it is or where it goes."""
        asked = [(access, path, self.paths.absolute(path)) for access, path in ways]
        with where.inside(name) as inner:
            for below in tree.survey(inner, check):
                for access, path, way in asked:
                    self.paths.check(access, (*way, *below), "/".join((path, *below)))
                inner.check(*below)
                if to is not None:
                    to[0].check(to[1], *below)

    @contextmanager
    def _at(self, spot: Spot, *, make: bool = False, itself: bool = False) -> Iterator[tuple[Folder, str]]:
        if make and len(spot.names) > DEPTH:
            raise ScriptError(f"{spot.name} is more than {DEPTH} folders deep")
        with self._explained(spot, silent=not make), folder.parent(spot, make=make, itself=itself) as found:
            yield found

    @contextmanager
    def _inside(self, spot: Spot) -> Iterator[Folder]:
        with self._explained(spot), folder.folder(spot) as found:
            yield found

    @contextmanager
    def _explained(self, spot: Spot, *, silent: bool = True) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            number = error.errno or errno.EIO
            if number == errno.ENOTDIR and silent and not self._may_know(spot):
                number = errno.ENOENT
            said, hint = _SAID.get(number, ("{0}: " + os.strerror(number).lower(), None))
            if number == errno.ENOENT:
                hint = self._near(spot)
            data = {"path": spot.name, "errno": number, "reason": os.strerror(number)}
            raise ScriptError(said.format(spot.name), hint=hint, data=data) from None

    def _may_know(self, spot: Spot) -> bool:
        """Return whether a script may learn which names are files on the way to a place: a pattern alone tells none."""
        way = (*filter(None, spot.anchor.split("/")), *spot.names)
        return any(self.paths.covers(access, way[:-1]) for access in FILES)

    def _near(self, spot: Spot) -> str | None:
        """Return a hint for a path that does not exist: what can be read beside it."""
        above, _, word = spot.name.rstrip("/").rpartition("/")
        here = self.paths.absolute(spot.name)[:-1]
        with suppress(OSError, SpellError), folder.parent(spot) as (where, _):
            names = [name for name, kind in where.entries() if self._sees((*here, name), kind)]
            if near := suggest(word, names):
                return f"did you mean {above}/{near}?" if above else f"did you mean {near}?"
        return None


_DENIED = ("the system does not allow it for {0}", "its owner or its mode is in the way")
_SAID: dict[int, tuple[str, str | None]] = {
    errno.ENOENT: ("{0} does not exist", None),
    errno.ENOTDIR: ("{0}: a part of it is a file and not a folder", None),
    errno.EISDIR: ("{0} is a folder", "Fs.list and Fs.glob tell what is in it"),
    errno.ENXIO: ("{0} is not a file", "a spell reads and writes files, no pipes and no devices"),
    errno.EEXIST: ("{0} exists already", None),
    errno.ENOTEMPTY: ("{0} is not empty", "`recursive` removes it with all that is in it"),
    errno.EBUSY: ("{0} cannot be removed, moved or replaced", None),
    errno.EXDEV: ("{0} cannot be moved to another file system", "copy its files"),
    errno.EINVAL: ("{0} cannot be moved into itself", None),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: ("{0} is on a file system that cannot be written", None),
    errno.ENOSPC: ("the disk is full: {0}", None),
    errno.EDQUOT: ("the disk quota is used up: {0}", None),
    errno.ENAMETOOLONG: ("a name in {0} is too long", None),
}
"""By number of the system's error: what is said of a path, and the cure."""


def _renamed(here: Folder, old: str, there: Folder, new: str) -> bool:
    """Rename, and return whether that was possible: it is not from one file system to another."""
    try:
        os.rename(old, new, src_dir_fd=here.descriptor, dst_dir_fd=there.descriptor)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _put_back(here: Folder, old: str, there: Folder, new: str) -> None:
    """Undo a rename; if something has taken the old name, under one that no spell is shown."""
    try:
        os.rename(new, old, src_dir_fd=there.descriptor, dst_dir_fd=here.descriptor)
    except OSError:
        os.rename(new, folder.draft(), src_dir_fd=there.descriptor, dst_dir_fd=here.descriptor)


@contextmanager
def _undone(undo: Callable[[], object]) -> Iterator[None]:
    """Undo what was done if it is refused."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            undo()
        raise


def _followed(found: Folder, name: str, kind: FileType, spot: Spot) -> FileType:
    """Return what a link leads to, where links may be followed."""
    if kind != "link" or not spot.links:
        return kind
    with suppress(OSError):
        mode = os.stat(name, dir_fd=found.descriptor).st_mode
        return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
    return kind
