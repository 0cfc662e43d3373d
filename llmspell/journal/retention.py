"""What a journal in SQLite forgets."""

import sqlite3

from llmspell.journal.records import FINISHED, Pruned, Retention

_ON_TOP = "(parent IS NULL OR parent NOT IN (SELECT run_id FROM runs))"
TOGETHER = 20
"""Runs that are forgotten in one transaction: others want to write too."""

_SPACED = 1000  # pages that are given back at once
_FINISHED = ", ".join(f"'{status}'" for status in sorted(FINISHED))


def size(connection: sqlite3.Connection) -> int:
    """Return the bytes of the file that hold something."""
    pages, free, page = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page)


def chosen(connection: sqlite3.Connection, retention: Retention) -> list[str]:
    """Return the next runs to forget, the oldest first; for a limit of size one, as nobody knows what that frees.

    Runs that others began go with those.
    """
    allowed = "1" if retention.unfinished else f"status IN ({_FINISHED})"
    sql = f"SELECT run_id, created_ms FROM runs WHERE {allowed} AND {_ON_TOP} ORDER BY rowid DESC"  # noqa: S608
    newest_first = list(connection.execute(sql))
    found = [
        run_id
        for number, (run_id, created) in enumerate(newest_first)
        if run_id in retention.runs
        or (retention.before_ms is not None and created < retention.before_ms)
        or (retention.keep is not None and number >= retention.keep)
    ]
    if not found and retention.size is not None and newest_first and size(connection) > retention.size:
        found = [newest_first[-1][0]]
    return list(reversed(found))[:TOGETHER]


def forget(connection: sqlite3.Connection, retention: Retention) -> list[str]:
    """Forget the next runs, with what only they used, and return them."""
    runs = [each for run_id in chosen(connection, retention) for each in _family(connection, run_id)]
    for run_id in runs:
        connection.execute(
            "DELETE FROM blobs WHERE sha IN (SELECT sha FROM uses WHERE run_id = :run) AND NOT EXISTS "
            "(SELECT 1 FROM uses WHERE uses.sha = blobs.sha AND uses.run_id <> :run)",
            {"run": run_id},
        )
        for table in ("uses", "calls", "lines", "runs"):
            connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))  # noqa: S608
    connection.execute("DELETE FROM bundles WHERE sha NOT IN (SELECT bundle FROM runs)")
    return runs


def give_back(connection: sqlite3.Connection) -> bool:
    """Give some free pages back to the file system; return whether there may be more."""
    (before,) = connection.execute("PRAGMA freelist_count").fetchone()
    connection.execute(f"PRAGMA incremental_vacuum({_SPACED})").fetchall()
    (after,) = connection.execute("PRAGMA freelist_count").fetchone()
    return bool(0 < after < before)


def _family(connection: sqlite3.Connection, run_id: str) -> list[str]:
    """Return a run and all that began in it, however deep: their names begin with its own."""
    begin = f"{run_id}."
    found = connection.execute("SELECT run_id FROM runs WHERE substr(run_id, 1, ?) = ?", (len(begin), begin))
    return [run_id, *(each for (each,) in found)]


def rehearse(connection: sqlite3.Connection, retention: Retention) -> Pruned:
    """Return what would be forgotten, and forget nothing."""
    connection.execute("SAVEPOINT rehearsal")
    try:
        runs: list[str] = []
        before = size(connection)
        while more := forget(connection, retention):
            runs += more
        return Pruned(runs, before - size(connection))
    finally:
        connection.execute("ROLLBACK TO rehearsal")
        connection.execute("RELEASE rehearsal")
