"""What is found in a journal in SQLite: runs, and the entries of one."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from llmspell.journal import owners, rows, stats
from llmspell.journal.records import Entry, Query, RunRecord
from llmspell.journal.shelf import Shelf
from llmspell.journal.values import LARGEST

LISTED = 2 * LARGEST
"""Bytes of long texts that a list of runs, or of questions, has."""

_PAGE = 200  # entries that are read at once
_MOST = 32 * 2**20  # bytes of what they hold, but for the last
_BEGIN = -(2**63)
_DELIVERED = "SELECT * FROM calls WHERE run_id = ? AND ord > ? ORDER BY ord LIMIT ?"
_OTHERS = "SELECT * FROM calls WHERE run_id = ? AND ord IS NULL AND (no, key) > (?, ?) ORDER BY no, key LIMIT ?"


def runs(connection: sqlite3.Connection, query: Query) -> list[RunRecord]:
    """Return the runs that fit; all of them have their arguments as long as these are not too large together."""
    condition, values = rows.where(query)
    sql = f"SELECT {', '.join(rows.RUN)} FROM runs WHERE {condition} ORDER BY rowid DESC LIMIT ?"  # noqa: S608
    opener, args = (rows.Opener(connection, Shelf(LISTED)) for _ in range(2))
    owners.teach(connection)
    found = connection.execute(sql, (*values, query.limit)).fetchall()
    return [stats.told(connection, rows.to_run(row, opener, args)) for row in found]


class Pages:
    """The entries of a run, page by page: what was delivered in that order, then all else by call and key.

    Args:
        run_id: the run.
        requests: whether they are wanted.
        most: bytes that may be read in all of what was put aside.
    """

    def __init__(self, run_id: str, requests: bool, most: int) -> None:
        self._run_id = run_id
        self._requests = requests
        self._shelf = Shelf(most)
        self._left: list[tuple[str, tuple[Any, ...]]] = [(_DELIVERED, (_BEGIN,)), (_OTHERS, (_BEGIN, ""))]

    def next(self, connection: sqlite3.Connection) -> list[Entry]:
        """Return the next page; none at the end."""
        while self._left:
            sql, after = self._left[0]
            found = list(self._found(connection.execute(sql, (self._run_id, *after, _PAGE)), connection))
            if found:
                last = found[-1]
                self._left[0] = (sql, (last.ord,) if sql is _DELIVERED else (last.no, last.key))
                return found
            self._left.pop(0)
        return []

    def _found(self, cursor: sqlite3.Cursor, connection: sqlite3.Connection) -> Iterator[Entry]:
        opener, before = rows.Opener(connection, self._shelf), self._shelf.read
        size = 0
        for row in cursor:
            yield rows.to_entry(row, opener, requests=self._requests)
            size += sum(len(row[name] or "") for name in ("req", "res", "meta"))
            if size + self._shelf.read - before > _MOST:
                return


def entry(connection: sqlite3.Connection, key: Sequence[Any]) -> Entry | None:
    """Return one entry by its run, its number and its key."""
    sql = "SELECT * FROM calls WHERE run_id = ? AND no = ? AND key = ?"
    row = connection.execute(sql, tuple(key)).fetchone()
    return None if row is None else rows.to_entry(row, rows.Opener(connection))
