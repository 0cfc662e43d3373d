"""Audit: every decision of a run, written before what it allows begins."""

import errno
import posixpath
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from llmspell.errors import ConfigError, SpellError
from llmspell.security.chain import LARGEST, NOTE, WHAT, Chain
from llmspell.security.rules import FILES
from llmspell.wording import clip, visible

FILE = "audit.jsonl"
"""The file of the log among what llmspell keeps about a project."""
MOST = 1_000
"""Lines of one op, one kind and one decision that a run may write; then one for each new place, up to so many again."""
FULL, REST, LOST = "full", "rest", "lost"
"""The rules of lines that tell so, at once and at the end; and that some could not be written."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RAW = 4_000  # characters of a value that are looked at
_PLACE = 200  # characters of a place that tell it from others
_TOGETHER = 200  # lines of one write at the end


class Fields(NamedTuple):
    """A decision as it was told."""

    at: str
    op: str
    kind: str
    value: str
    decision: str
    rule: str
    source: str
    by: str


class _Which(NamedTuple):
    """Decisions that have a share of the log together: what one op floods hides nothing of another."""

    op: str
    kind: str
    decision: str

    def __str__(self) -> str:
        return f"{_plain(self.op, 100) or 'the run'}: {self.kind} with {self.decision}"


class _Share:
    """What was written of decisions of one sort."""

    def __init__(self) -> None:
        self.left_out = 0
        self._lines = 0
        self._places: set[str] = set()

    def is_over(self, place: str) -> bool:
        """Return whether no line is left: none but for places that are new, and none at all when these are many."""
        return self._lines >= 2 * MOST or (self._lines >= MOST and place in self._places)

    def add(self, place: str) -> None:
        """Count a line."""
        self._lines += 1
        self._places.add(place)


def _place(fields: Fields) -> str:
    """Return where a decision leads: the folder of a file, the host of a request, the program of a command."""
    value = fields.value
    if fields.kind in FILES:
        value = posixpath.dirname(value)
    elif fields.kind == "net":
        value = value.rpartition(" ")[2].partition("/")[0]
    elif fields.kind == "run":
        value = value.partition(" ")[0]
    return value[:_PLACE]


def _same(text: str) -> str:
    return text


class Audit:
    """The log of one run.

    A decision that was written once is only counted when it comes again; `close` writes how often.

    Args:
        path: of the log, which all runs of the project share; it is made with the first line.
        run: the id of the run.
        spell: its name.
        scrub: takes known secrets out of a text.
        clock: returns the time in seconds since the epoch.
        warn: is told once that the log cannot be written.
        largest: bytes of one file.
        above: the log of the run that has begun this one: what may be written, both may write together.
    """

    def __init__(
        self,
        path: Path,
        run: str,
        spell: str,
        *,
        scrub: Callable[[str], str] = _same,
        clock: Callable[[], float] = time.time,
        warn: Callable[[SpellError], None] | None = None,
        largest: int = LARGEST,
        above: "Audit | None" = None,
    ) -> None:
        self._run = _plain(run, 100)
        self._spell = _plain(scrub(spell), 200)
        self._scrub = scrub
        self._clock = clock
        self._warn = warn
        self._path = path
        self._chain = Chain(path, self._noted, largest)
        self._above = above
        self._mutex: threading.Lock = threading.Lock() if above is None else above._mutex
        self._again: dict[Fields, int] = {}
        self._written: dict[_Which, _Share] = defaultdict(_Share) if above is None else above._written
        self._lost = 0
        self._closed = False

    def note(
        self,
        *,
        at: str,
        op: str,
        kind: str,
        value: str,
        decision: str,
        rule: str,
        source: str = "",
        by: str = "policy",
    ) -> None:
        """Write a decision down, before what it allows begins.

        Args:
            at: the line of the spell: `digest.lua:9:14`, or nothing.
            op: what wants it.
            kind: of what.
            value: what, in the words of the script.
            decision: `allow` or `deny`.
            rule: which rule has decided it.
            source: the file and line of the rule, or nothing.
            by: who: `policy`, or a person.
        """
        fields = Fields(at, op, kind, value if len(value) <= _RAW else value[:_RAW] + "…", decision, rule, source, by)
        with self._mutex:
            if (again := self._again.get(fields)) is not None:
                self._again[fields] = again + 1
                return
            which = _Which(op, kind, decision)
            share, place = self._written[which], _place(fields)
            if share.is_over(place):
                if share.left_out == 0:
                    said = f"this run has {MOST} lines of {which}: of more only the first of each place is written"
                    self._write([self._noted(FULL, said)])
                share.left_out += 1
                return
            if self._write([self._row(fields)]):
                self._again[fields] = 0
                share.add(place)
            if self._closed:  # a call that was given up, and goes on behind the end of its run
                self._chain.close()

    def close(self) -> None:
        """Write what was counted, and close the log; what cannot be written any more is told to `warn`."""
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            rows = [self._row(fields, again) for fields, again in self._again.items() if again]
            rows += [
                self._noted(REST, f"{share.left_out} more of {which} were not written")
                for which, share in self._written.items()
                if share.left_out and self._above is None  # the run that ends last says it for all
            ]
            for begin in range(0, len(rows), _TOGETHER):
                self._write(rows[begin : begin + _TOGETHER])
            self._chain.close()

    def _write(self, rows: list[dict[str, Any]]) -> bool:
        """Write rows, and return whether that was possible."""
        lost = f"{self._lost} lines of this run could not be written in front of this"
        try:
            self._chain.append([self._noted(LOST, lost), *rows] if self._lost else rows)
        except (OSError, ConfigError) as error:
            self._lost += len(rows)
            self._tell(error)
            return False
        self._lost = 0
        return True

    def _tell(self, error: OSError | ConfigError) -> None:
        if isinstance(error, ConfigError):
            told = ConfigError(error.message, hint=error.hint)
        else:
            name = visible(str(error.filename or self._path))
            cure = "make room" if error.errno in _FULL else "make it a file that you may write, or move it away"
            told = ConfigError(f"{WHAT} cannot be written: {name}: {error.strerror}", hint=cure)
        if self._warn is not None:
            self._warn(told)
            self._warn = None

    def _noted(self, rule: str, words: str) -> dict[str, Any]:
        return self._row(Fields("", "", NOTE, words, "note", rule, "", "llmspell"))

    def _row(self, fields: Fields, count: int = 0) -> dict[str, Any]:
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        row: dict[str, Any] = {
            "t": f"{moment[:-6]}Z",
            "run": self._run,
            "spell": self._spell,
            "at": _plain(fields.at, 200),
            "op": _plain(fields.op, 100),
            "kind": _plain(fields.kind, 40),
            "value": _plain(self._scrub(fields.value), 500),
            "decision": fields.decision,
            "rule": _plain(self._scrub(fields.rule), 300),
            "source": _plain(fields.source, 300),
            "by": _plain(fields.by, 100),
        }
        return row | {"count": count} if count else row


def _plain(text: str, most: int) -> str:
    """Return a text that is one line, that UTF-8 can hold, and that has its bounds."""
    return clip(visible(clip(text, most)), most)
