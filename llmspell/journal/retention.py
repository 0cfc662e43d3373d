"""What a journal in SQLite forgets, and whether what it keeps is whole."""

import sqlite3
from collections.abc import Iterator
from itertools import chain, islice

import msgspec

from llmspell.errors import ConfigError
from llmspell.journal.records import FINISHED, Retention
from llmspell.journal.rows import unpacked
from llmspell.journal.values import digest

TOGETHER = 20
"""Runs that are forgotten in one transaction: others want to write too."""

_MOST_PROBLEMS = 20
_FINISHED = ", ".join(f"'{status}'" for status in sorted(FINISHED))


def size(connection: sqlite3.Connection) -> int:
    """Return the bytes of the file that hold something."""
    pages, free, page = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page)


def chosen(connection: sqlite3.Connection, retention: Retention) -> list[str]:
    """Return the next runs to forget, the oldest first; for a limit of size one, as nobody knows what that frees."""
    allowed = "1" if retention.unfinished else f"status IN ({_FINISHED})"
    sql = f"SELECT run_id, created_ms FROM runs WHERE {allowed} ORDER BY created_ms DESC, rowid DESC"  # noqa: S608
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
    runs = chosen(connection, retention)
    for run_id in runs:
        connection.execute(
            "DELETE FROM blobs WHERE sha IN (SELECT sha FROM uses WHERE run_id = :run) AND NOT EXISTS "
            "(SELECT 1 FROM uses WHERE uses.sha = blobs.sha AND uses.run_id <> :run)",
            {"run": run_id},
        )
        for table in ("uses", "calls", "runs"):
            connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))  # noqa: S608
    connection.execute("DELETE FROM bundles WHERE sha NOT IN (SELECT bundle FROM runs)")
    return runs


def problems(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong with a journal, in words for people."""
    try:
        found = [text for (text,) in connection.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})") if text != "ok"]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        found = [str(error)]
    if found:  # the rest cannot be read as a whole
        return [line for text in found for line in text.splitlines()][:_MOST_PROBLEMS]
    return list(islice(chain(_lost(connection), _damaged(connection)), _MOST_PROBLEMS))


def _lost(connection: sqlite3.Connection) -> Iterator[str]:
    sql = "SELECT DISTINCT run_id FROM uses LEFT JOIN blobs USING (sha) WHERE blobs.sha IS NULL ORDER BY run_id"
    yield from (f"a value of run {run_id} is lost" for (run_id,) in connection.execute(sql))
    sql = "SELECT run_id FROM runs LEFT JOIN bundles ON bundle = bundles.sha WHERE bundles.sha IS NULL ORDER BY run_id"
    yield from (f"the spell of run {run_id} is lost" for (run_id,) in connection.execute(sql))
    sql = "SELECT DISTINCT run_id FROM calls WHERE run_id NOT IN (SELECT run_id FROM runs) ORDER BY run_id"
    yield from (f"calls are there of run {run_id}, which is not" for (run_id,) in connection.execute(sql))


def _damaged(connection: sqlite3.Connection) -> Iterator[str]:
    for sha, codec, length, content in connection.execute("SELECT sha, codec, size, bytes FROM blobs"):
        try:
            whole = digest(unpacked(codec, length, content)) == sha
        except ConfigError:
            whole = False
        if not whole:
            sql = "SELECT run_id FROM uses WHERE sha = ? ORDER BY run_id LIMIT 1"
            run = connection.execute(sql, (sha,)).fetchone()
            yield f"a value is damaged{f', of run {run[0]}' if run else ''}"
    for run_id, *texts in connection.execute("SELECT run_id, req, coalesce(res, 'null'), meta FROM calls"):
        try:
            for text in texts:
                msgspec.json.decode(text)
        except msgspec.DecodeError:
            yield f"a call of run {run_id} is damaged"
