"""Proof: reading the audit log line by line, and telling whether anything in it was changed, taken out or put in."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

from llmspell import place
from llmspell.security.chain import (
    CUT,
    FOREIGN,
    HEADLESS,
    LARGEST,
    LONGEST,
    NOTE,
    TORN,
    WHAT,
    Head,
    Line,
    head_of,
    head_path,
    line_of,
    lock,
    number,
    older,
    settled,
)

FAULTS = 100
"""Faults that are told one by one."""
MOST = LARGEST + 4 * 2**20
"""Bytes of a file that is read: what is written at once goes a little over what a file should have."""

_HEAD_MOST = 4096
_PIECE = 1 << 20


class Entry(NamedTuple):
    """A line of a file, as it is there: `line` is None if it is none, and `torn` says that it has no end.

    `end` is where it ends in the file, in bytes. A file that is too large to be one of the log is one entry, with the
    row 0, and nobody has looked into it.
    """

    file: str
    row: int
    end: int
    digest: str
    line: Line | None
    torn: bool

    @property
    def where(self) -> str:
        """The file and the number of the line in it."""
        return f"{self.file}:{self.row}"


class Report:
    """What was found: how many lines, what is wrong, what is remarkable, and the hash of the last line."""

    def __init__(self) -> None:
        self.lines = 0
        self.faults: list[str] = []
        self.more = 0
        """Faults beyond those that are told."""
        self.notes: list[str] = []
        self.last = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def fault(self, text: str) -> None:
        """Add a fault."""
        if len(self.faults) < FAULTS:
            self.faults.append(text)
        else:
            self.more += 1

    def note(self, text: str) -> None:
        """Add what is remarkable, and not wrong."""
        if len(self.notes) < FAULTS:
            self.notes.append(text)


class Book:
    """The log as it was at one moment, while others may go on to write.

    Args:
        path: of the log.
        head: what its head says; None if there is none, or it cannot be read.
        filled: the older files.
        current: the file that is written now, if there is one.
        size: bytes of it.
    """

    def __init__(self, path: Path, head: Head | None, filled: list[Path], current: BinaryIO | None, size: int) -> None:
        self.path = path
        self.head = head
        self.generation = number(path, filled[-1]) if filled else 0
        """The number of the file that was filled last."""
        self._filled = filled
        self._current = current
        self._size = size

    def entries(self) -> Iterator[Entry]:
        """Yield the lines of all files, the oldest first; one at a time is in memory.

        Raises:
            ConfigError, OSError: a file is not ours, or cannot be read.
        """
        for path in self._filled:
            with os.fdopen(place.opened(path, WHAT, os.O_RDONLY), "rb") as file:
                yield from _entries(file, path.name, os.fstat(file.fileno()).st_size)
        if self._current is not None:
            self._current.seek(0)
            yield from _entries(self._current, self.path.name, self._size)

    def verify(self) -> Report:
        """Return whether each line is the one that was written there, and none is missing.

        Raises:
            ConfigError, OSError: a file is not ours, or cannot be read.
        """
        walk = _Walk(self)
        for entry in self.entries():
            walk.see(entry)
        return walk.end()

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written."""
        return self.head is None and not self._filled and self._current is None


def _begun(path: Path) -> bool:
    """Return whether a log has no line yet, so that its head may be empty: its process was killed in between."""
    return not older(path) and (not path.exists() or path.stat().st_size == 0)


@contextmanager
def opened(path: Path) -> Iterator[Book]:
    """Give the log of a project as it is now; no writer waits for longer than it takes to open it.

    Raises:
        ConfigError: a file of it is a link, none, or somebody else's, or a process does not let go of the log.
        OSError: one cannot be read.
    """
    guard = _maybe(head_path(path))
    current: BinaryIO | None = None
    try:
        head = None
        if guard is not None:
            lock(guard, fcntl.LOCK_SH, path)
            raw = os.pread(guard, _HEAD_MOST, 0)
            head = Head() if not raw and _begun(path) else head_of(raw)
            head = head and settled(path, head)
        descriptor = _maybe(path)
        current = None if descriptor is None else os.fdopen(descriptor, "rb")
        size = 0 if current is None else os.fstat(current.fileno()).st_size
        book = Book(path, head, older(path), current, size)
        if guard is not None:
            fcntl.flock(guard, fcntl.LOCK_UN)
        yield book
    finally:
        if current is not None:
            current.close()
        if guard is not None:
            os.close(guard)


def _maybe(path: Path) -> int | None:
    with suppress(FileNotFoundError):
        return place.opened(path, WHAT, os.O_RDONLY)
    return None


def _entries(file: BinaryIO, name: str, size: int) -> Iterator[Entry]:
    if size > MOST:
        yield Entry(name, 0, size, "", None, torn=False)
        return
    row = at = 0
    while at < size and (raw := file.readline(min(LONGEST, size - at))):
        row, at = row + 1, at + len(raw)
        found = blake2b(raw.removesuffix(b"\n"), digest_size=32)
        line = line_of(raw)
        while not raw.endswith(b"\n") and at < size and (raw := file.readline(min(_PIECE, size - at))):
            at, line = at + len(raw), None  # too long to be one
            found.update(raw.removesuffix(b"\n"))
        torn = not raw.endswith(b"\n")
        yield Entry(name, row, at, found.hexdigest(), None if torn else line, torn)


class _Walk:
    """One look at each line: whether it is the next one, and follows the one before."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._report = Report()
        self._n = 0  # of the last line in its place
        self._last = ""  # its hash
        self._broken: Entry | None = None  # one that cannot be read, and may be told by the next
        self._met = book.head is not None and book.head.n == 0

    def see(self, entry: Entry) -> None:
        """Take the next line."""
        self._report.lines += 1
        if entry.line is None:
            self._give_up()
            self._broken = entry
            self._n, self._last = self._n + 1, entry.digest
        else:
            self._settle(entry.line)
            self._follow(entry, entry.line)
        self._meet(entry)

    def _settle(self, line: Line) -> None:
        """Say of a line that cannot be read whether the next one tells that its process was killed."""
        told = (line.kind, line.rule, line.n, line.prev) == (NOTE, TORN, self._n + 1, self._last)
        if self._broken is not None and told:
            self._report.note(f"{self._broken.where}: cut off, because its process was killed; line {line.n} tells it")
            self._broken = None
        self._give_up()

    def _give_up(self) -> None:
        if self._broken is not None and self._broken.row == 0:
            size, most = self._broken.end // 2**20, LARGEST // 2**20
            self._report.fault(f"{self._broken.file}: {size} MiB are not read: no file of the log has more than {most}")
        elif self._broken is not None:
            self._report.fault(f"{self._broken.where}: this is no line of the log, or one that was changed")
        self._broken = None

    def _follow(self, entry: Entry, line: Line) -> None:
        if line.n <= self._n:
            self._report.fault(f"{entry.where}: line {line.n} stands here a second time, or in the wrong place")
            return
        if line.n > self._n + 1:
            self._report.fault(f"{entry.where}: {_span(self._n + 1, line.n - 1)} missing in front of this")
        elif line.prev != self._last:
            before = f"line {self._n}" if self._n else "the line before"
            self._report.fault(f"{entry.where}: {before} is not what it was when this line was written")
        if line.kind == NOTE and line.rule in (CUT, HEADLESS, FOREIGN):
            self._report.fault(f"{entry.where}: llmspell found at {line.t} that {line.value}")
        self._n, self._last = line.n, entry.digest

    def _meet(self, entry: Entry) -> None:
        """Compare with the head where it says that it was written."""
        head, current = self._book.head, entry.file == self._book.path.name
        if head is None or self._met or head.file != self._book.generation:
            return
        if (current and entry.end == head.end) or (not current and head.end == 0):
            same = (self._n, self._last) == (head.n, head.last)
            if same or current:
                self._met = True
            if not same and current:
                self._report.fault(f"{entry.where}: this is not what it was when it was written")

    def end(self) -> Report:
        """Return what was found."""
        report, head = self._report, self._book.head
        if self._broken is not None and self._met and self._broken.torn and self._broken.file == self._book.path.name:
            report.note(f"{self._broken.where}: cut off, because its process was killed; the next line will tell it")
            self._broken = None
        self._give_up()
        if self._book.empty:
            return report
        name = head_path(self._book.path).name
        if head is None:
            report.fault(f"{name} is missing or was changed: whether lines are missing at the end, nobody can tell")
        elif not self._met:
            report.fault(f"lines are missing at the end: by {name} there were {head.n}, and the last here is {self._n}")
        report.last = self._last
        return report


def _span(first: int, last: int) -> str:
    return f"line {first} is" if first == last else f"lines {first} to {last} are"
