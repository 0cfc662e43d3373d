"""What waits for others in SQLite: external calls without a result, and results that a run has not heard of."""

import sqlite3

from llmspell.errors import ArgumentError
from llmspell.journal import rows
from llmspell.journal.finds import LISTED
from llmspell.journal.records import FINISHED, Entry, News, RunRecord
from llmspell.journal.shelf import Shelf
from llmspell.wording import shown

_EXTERNAL = "run_id = ? AND effect = 'external' AND ord IS NULL AND key = ''"
_GOING_ON = f"status NOT IN ({', '.join(repr(status) for status in sorted(FINISHED))})"

_WAITING = f"""
SELECT calls.* FROM runs JOIN calls USING (run_id)
WHERE {_GOING_ON} AND runs.run_id = coalesce(?, runs.run_id)
    AND effect = 'external' AND ord IS NULL AND key = '' AND ok IS NULL
ORDER BY calls.started_ms, run_id, no LIMIT ?
"""  # noqa: S608 - the names are ours
_RUN = f"SELECT {', '.join(rows.RUN)} FROM runs WHERE run_id = ?"  # noqa: S608

MOST = 1000
"""Questions that are listed."""


def news(connection: sqlite3.Connection, run_id: str) -> News:
    """Return what others have done to a run."""
    run = connection.execute("SELECT stop, status FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if run is None:
        raise ArgumentError(f"there is no run {shown(run_id)}")
    sql = f"SELECT no FROM calls WHERE {_EXTERNAL} AND ok IS NOT NULL ORDER BY no"  # noqa: S608 - the names are ours
    return News(run["stop"], tuple(no for (no,) in connection.execute(sql, (run_id,))), run["status"])


def waiting(connection: sqlite3.Connection, run_id: str | None) -> list[tuple[RunRecord, Entry]]:
    """Return the open external calls of unfinished runs, or of one of them, the oldest first, and no more than `MOST`.

    Raises:
        TooMuch: what they ask is too large to be read at once.
    """
    opener, args = (rows.Opener(connection, Shelf(LISTED)) for _ in range(2))
    runs: dict[str, RunRecord] = {}
    found = []
    for call in connection.execute(_WAITING, (run_id, MOST)).fetchall():
        name = call["run_id"]
        if name not in runs:
            row = connection.execute(_RUN, (name,)).fetchone()
            runs[name] = rows.to_run(row, opener, args)
        found.append((runs[name], rows.to_entry(call, opener)))
    return found
