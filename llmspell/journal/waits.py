"""What waits for others in SQLite: external calls without a result, and results that a run has not heard of."""

import sqlite3

from llmspell.errors import ArgumentError
from llmspell.journal import rows
from llmspell.journal.records import FINISHED, Entry, News, RunRecord
from llmspell.wording import shown

_EXTERNAL = "run_id = ? AND effect = 'external' AND ord IS NULL AND key = ''"
_GOING_ON = f"status NOT IN ({', '.join(repr(status) for status in sorted(FINISHED))})"


def news(connection: sqlite3.Connection, run_id: str) -> News:
    """Return what others have done to a run."""
    run = connection.execute("SELECT stop, status FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if run is None:
        raise ArgumentError(f"there is no run {shown(run_id)}")
    sql = f"SELECT no FROM calls WHERE {_EXTERNAL} AND ok IS NOT NULL ORDER BY no"  # noqa: S608 - the names are ours
    return News(run["stop"], tuple(no for (no,) in connection.execute(sql, (run_id,))), run["status"])


def waiting(connection: sqlite3.Connection, run_id: str | None) -> list[tuple[RunRecord, Entry]]:
    """Return the open external calls of unfinished runs, or of one of them, the oldest first."""
    runs = f"SELECT {', '.join(rows.RUN)} FROM runs WHERE {_GOING_ON} AND run_id = coalesce(?, run_id)"  # noqa: S608
    calls = f"SELECT * FROM calls WHERE {_EXTERNAL} AND ok IS NULL"  # noqa: S608 - the names are ours
    found = [
        (rows.to_run(row, rows.Opener(connection)), rows.to_entry(call, rows.Opener(connection)))
        for row in connection.execute(runs, (run_id,)).fetchall()
        for call in connection.execute(calls, (row["run_id"],)).fetchall()
    ]
    return sorted(found, key=lambda each: (each[1].started_ms, each[0].run_id, each[1].no))
