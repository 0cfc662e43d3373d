"""Chain: lines in files that only grow, each with the hash of the line before it, so that no line is changed unseen.

Beside the lines lies the head: how many there are, and the hash of the last. It is written after each line, under the
lock of the log; so it tells lines that were cut from the end, and what a process that was killed has left behind.
"""

import errno
import fcntl
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from llmspell import place
from llmspell.errors import ConfigError
from llmspell.wording import visible

WHAT = "the audit log"
LARGEST = 64 * 2**20
"""Bytes of one file; the next one takes the chain up."""
LONGEST = 16 * 1024
"""Bytes of one line."""

NOTE = "audit"
"""The kind of a line in which the log speaks of itself."""
TORN, FOREIGN, CUT, HEADLESS = "torn", "foreign", "cut", "head"
"""The rules of such lines that tell what a process has found when it came to write."""

_HEAD_SIZE = 256
_FOREIGN_MOST = 2**20  # bytes behind the head that are looked at line by line
_PATIENCE = 2.0  # seconds that a writer waits for the others, who take microseconds
_IMPATIENCE = 0.05  # once that was in vain
_NUMBERED = re.compile(r"-([0-9]{4,9})")
_FILES_MOST = 10_000
_LAST = 999_999_999  # the highest number that the name of a file can have

_FAR = 2**48
Count = Annotated[int, msgspec.Meta(ge=0, le=2 * _FAR)]
"""A number that files may hold: what a stranger writes there must not become one that cannot be written again."""


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One decision: who wanted what, whether it was allowed, and by which rule.

    `v` is the version of this form, `n` the number of the line in all files, `t` the time (UTC, ISO 8601). `at` is the
    line of the spell, `source` the file and line of the rule, and `by` whoever decided. `prev` is the hash of the bytes
    of the line before. `count` is how often the same was decided again, when the run had ended.
    """

    v: int
    n: Count
    t: str
    run: str
    spell: str
    at: str
    op: str
    kind: str
    value: str
    decision: Literal["allow", "deny", "note"]
    rule: str
    source: str
    by: str
    prev: str
    count: Count = 0


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain ends: `n` lines of which the last has the hash `last`, in so many older files and `end` bytes."""

    v: int = 1
    file: Count = 0
    end: Count = 0
    n: Count = 0
    last: str = ""


_encode = msgspec.json.Encoder().encode
_line = msgspec.json.Decoder(Line).decode
_head = msgspec.json.Decoder(Head).decode


def digest(raw: bytes) -> str:
    """Return the hash of the bytes of a line, without the newline at its end."""
    return blake2b(raw, digest_size=32).hexdigest()


def line_of(raw: bytes) -> Line | None:
    """Return the line that bytes are, or None if they are none."""
    try:
        return _line(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def head_of(raw: bytes) -> Head | None:
    """Return the head that bytes are, or None if they are none, to the last byte."""
    try:
        found = _head(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    ours = found.v == Head().v and max(found.n, found.end) <= _FAR and found.file <= _LAST
    return found if ours and _packed(found) == raw else None


def _packed(head: Head) -> bytes:
    return _encode(head).ljust(_HEAD_SIZE - 1) + b"\n"


def head_path(path: Path) -> Path:
    """Return the path of the head of a log."""
    return path.with_suffix(".head")


def older(path: Path) -> list[Path]:
    """Return the files that a log has filled, the oldest first; of very many the newest."""
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - names are what is looked at
    except FileNotFoundError:
        return []
    found = [(int(match[1]), name) for name in names if (match := _number(path, name))]
    return [path.with_name(name) for _, name in sorted(found)[-_FILES_MOST:]]


def number(path: Path, file: Path) -> int:
    """Return the number of a file that a log has filled."""
    match = _number(path, file.name)
    return int(match[1]) if match else 0


def _number(path: Path, name: str) -> re.Match[str] | None:
    if not (name.startswith(path.stem) and name.endswith(path.suffix)):
        return None
    return _NUMBERED.fullmatch(name[len(path.stem) : -len(path.suffix)])


def latest(path: Path) -> tuple[int, Path | None]:
    """Return the number and the path of the file that a log has filled last; 0 and None if there is none."""
    filled = older(path)
    return (number(path, filled[-1]), filled[-1]) if filled else (0, None)


def lock(guard: int, mode: int, path: Path, patience: float | None = None) -> None:
    """Lock a log.

    Args:
        guard: its head, which is open.
        mode: `LOCK_SH` or `LOCK_EX`.
        path: of the log.
        patience: seconds to wait for the others; two unless given.

    Raises:
        ConfigError: another process does not let go of it.
    """
    deadline = 0.0
    while True:
        try:
            fcntl.flock(guard, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            now = time.monotonic()
            deadline = deadline or now + (_PATIENCE if patience is None else patience)
            if now > deadline:
                raise ConfigError(
                    f"{WHAT} is held by another process, which does not let go of {visible(str(head_path(path)))}",
                    hint="end that process: lsof tells which it is",
                ) from None
            time.sleep(0.0002)
        else:
            return


def settled(path: Path, head: Head) -> Head:
    """Return the head, corrected if a process was killed between a file that was full and the next one."""
    if head.end == 0 or place.identity(path) is not None:
        return head
    count, file = latest(path)
    whole = file is not None and count > head.file and file.lstat().st_size == head.end
    return msgspec.structs.replace(head, file=count, end=0) if whole else head


Row = Mapping[str, Any]
"""A line without its version, its number and the hash of the line before."""


class Chain:
    """Writes lines. Several may write to one log, in one process or in many; each line is in the file when it returns.

    Args:
        path: of the log; its file and its folder are made with the first line.
        note: returns the row in which the log speaks of itself, from a rule and words.
        largest: bytes of one file.
    """

    def __init__(self, path: Path, note: Callable[[str, str], Row], largest: int = LARGEST) -> None:
        self._path = path
        self._note = note
        self._largest = largest
        self._patience = _PATIENCE
        self._guard = -1  # the file of the head, whose lock is that of the log
        self._log = -1
        self._head = Head()
        self._seen: bytes | None = None  # the head as it was read or written last
        self._before = b""  # what closes a line that somebody else has begun

    def append(self, rows: Sequence[Row]) -> None:
        """Write rows as the next lines.

        Raises:
            ConfigError: the files are not ours, or another process does not let go of them.
            OSError: the system refuses; there is no half of a line then.
        """
        if self._guard < 0:
            self._guard = place.opened(head_path(self._path), WHAT, os.O_RDWR | os.O_CREAT)
        self._lock()
        try:
            rows = [*self._caught_up(), *rows]
            self._write(rows)
        except BaseException:
            self._seen = None  # look anew
            raise
        finally:
            fcntl.flock(self._guard, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files."""
        self._shut()
        if self._guard >= 0:
            os.close(self._guard)
            self._guard = -1

    def _lock(self) -> None:
        try:
            lock(self._guard, fcntl.LOCK_EX, self._path, self._patience)
        except ConfigError:
            self._patience = _IMPATIENCE
            raise

    # -- what others have done meanwhile ------------------------------------------------------------------------------

    def _caught_up(self) -> list[Row]:
        """Make our head that of the files, and return what is to be told of them."""
        raw = os.pread(self._guard, _HEAD_SIZE + 1, 0)
        head = self._head if raw == self._seen else head_of(raw)
        if self._log >= 0 and head is not None and head.file == self._head.file:
            found = os.fstat(self._log)
            if found.st_size == head.end and found.st_nlink:
                self._head, self._seen = head, raw
                return []
        return self._catch_up(head, fresh=not raw)

    def _catch_up(self, head: Head | None, *, fresh: bool) -> list[Row]:
        self._before = b""
        if head is not None:
            head = settled(self._path, head)
        self._open()
        size = os.fstat(self._log).st_size
        if head is None:
            return self._without_head(size, fresh=fresh)
        self._head = head
        if size < head.end:
            return self._cut(size)
        return self._behind(size) if size > head.end else []

    def _open(self) -> None:
        """Open the file that has the name of the log now: it may have been filled, or taken away."""
        self._shut()
        self._log = place.opened(self._path, WHAT, os.O_RDWR | os.O_CREAT | os.O_APPEND)

    def _shut(self) -> None:
        if self._log >= 0:
            os.close(self._log)
            self._log = -1

    def _without_head(self, size: int, *, fresh: bool) -> list[Row]:
        count, file = latest(self._path)
        if fresh and not size and file is None:
            self._keep(Head())  # before the first line: where there are lines, there is a head
            return []
        tail, ended = self._tail(self._log, size)
        if not size and file is not None:
            descriptor = place.opened(file, WHAT, os.O_RDONLY)
            try:
                tail, _ = self._tail(descriptor, os.fstat(descriptor).st_size)
            finally:
                os.close(descriptor)
        self._before = b"\n" if size and not ended else b""
        line = line_of(tail)
        self._head = Head(file=count, end=size, n=line.n if line and line.n < _FAR else 0, last=digest(tail))
        return [self._note(HEADLESS, "its head was missing or cannot be read: lines may be missing in front of this")]

    def _cut(self, size: int) -> list[Row]:
        head = self._head
        _, ended = self._tail(self._log, size)
        self._before = b"\n" if size and not ended else b""
        self._head = msgspec.structs.replace(head, end=size)
        said = f"its end was missing: {head.end - size} bytes in front of this, to line {head.n}"
        return [self._note(CUT, said)]

    def _behind(self, size: int) -> list[Row]:
        """Take up what stands behind the head: the line of a process that was killed, or what nobody of us wrote."""
        head = self._head
        raw = os.pread(self._log, min(size - head.end, _FOREIGN_MOST), head.end)
        *lines, rest = raw.split(b"\n")
        n, last, ours = head.n, head.last, size - head.end <= _FOREIGN_MOST
        for each in lines:
            line = line_of(each)
            ours = ours and line is not None and (line.n, line.prev) == (n + 1, last)
            n, last = n + 1, digest(each)
        if rest:
            n, last, self._before = n + 1, digest(rest), b"\n"
        self._head = Head(file=head.file, end=size, n=n, last=last)
        if not ours:
            return [self._note(FOREIGN, "what stands in front of this was not written by llmspell")]
        return [self._note(TORN, "the line before was cut off, when its process was killed")] if rest else []

    @staticmethod
    def _tail(descriptor: int, size: int) -> tuple[bytes, bool]:
        """Return the last line of a file, and whether it has an end."""
        raw = os.pread(descriptor, LONGEST, max(0, size - LONGEST))
        body = raw.removesuffix(b"\n")
        return body[body.rfind(b"\n") + 1 :], body != raw

    # -- lines --------------------------------------------------------------------------------------------------------

    def _write(self, rows: Sequence[Row]) -> None:
        if self._head.end > self._largest:  # it was full before, and nobody of us has filled it
            self._before = b""
        parts, n, last = [self._before], self._head.n, self._head.last
        for row in rows:
            n += 1
            raw = _encode(Line(v=1, n=n, prev=last, **row))
            last = digest(raw)
            parts += (raw, b"\n")
        data = b"".join(parts)
        if self._head.end + len(data) > self._largest and self._head.end and not self._before:
            self._begin_next()
        end = self._head.end
        self._put(data, end)
        self._before = b""
        self._keep(Head(file=self._head.file, end=end + len(data), n=n, last=last))

    def _put(self, data: bytes, end: int) -> None:
        written = os.write(self._log, data)
        if written != len(data):
            with suppress(OSError):  # else the next one finds half a line, and says so
                os.ftruncate(self._log, end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _keep(self, head: Head) -> None:
        raw = _packed(head)
        os.pwrite(self._guard, raw, 0)
        self._head, self._seen = head, raw

    def _begin_next(self) -> None:
        """Put the file aside, which is full, and begin another."""
        count = max(self._head.file, latest(self._path)[0]) + 1
        if count > _LAST:
            raise ConfigError(
                f"{WHAT} is full, and there is no higher number for its file: {visible(str(self._path))}",
                hint=f"move {self._path.stem}-{_LAST}{self._path.suffix} away: llmspell has not made it",
            )
        self._shut()
        self._path.rename(self._path.with_stem(f"{self._path.stem}-{count:04}"))
        self._keep(msgspec.structs.replace(self._head, file=count, end=0))
        self._open()
