"""Saves from a damaged journal what can still be read, into a new one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal import rows, schema
from llmspell.journal.records import Entry
from llmspell.wording import clip, visible

_UNREADABLE = (sqlite3.DatabaseError, ConfigError, msgspec.ValidationError, TypeError)


class Recovered(NamedTuple):
    """How many runs and entries were saved, and the runs that are there without all that they were delivered."""

    runs: int
    entries: int
    cut: list[str]


def recover(source: Path, target: Path, limit: int) -> Recovered:
    """Copy what can be read of a damaged journal into a new one; the old one stays as it is. It blocks.

    A run that has lost what it was delivered goes on from before that: results from later on are kept as results
    that were not delivered, so that nothing that is known is paid for again.

    Args:
        source: the damaged file.
        target: the new file.
        limit: bytes that it may have.

    Raises:
        ArgumentError: there is a file where the new one should be.
        ConfigError: nothing of the old one can be read.
    """
    if target.exists():
        raise ArgumentError(f"there is a file already: {clip(visible(str(target)), 200)}")
    with closing(_opened(source, limit)) as old, closing(schema.connect(target, "normal", limit)) as new:
        new.execute("BEGIN IMMEDIATE")
        for row in _readable(old, "bundles"):
            new.execute("INSERT OR IGNORE INTO bundles VALUES (?, ?, ?)", (row["sha"], row["size"], row["files"]))
        runs = {name for row in _readable(old, "runs") if (name := _save_run(old, new, row)) is not None}
        saved = sum(_save_entry(old, new, row) for row in _readable(old, "calls") if row["run_id"] in runs)
        cut = [name for name in sorted(runs) if _cut(new, name)]
        new.execute("COMMIT")
    return Recovered(len(runs), saved, cut)


def _opened(path: Path, limit: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        raise schema.explained(error, path, limit) from None
    if version != len(schema.STEPS):
        connection.close()
        hint = "recover it with the llmspell that wrote it"
        raise ConfigError(f"this damaged journal has version {version} and not {len(schema.STEPS)}", hint=hint)
    return connection


def _readable(connection: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield the rows of a table, from both ends up to what is damaged."""
    seen = set()
    for direction in ("ASC", "DESC"):
        sql = f"SELECT rowid AS place, * FROM {table} ORDER BY rowid {direction}"  # noqa: S608 - the names are ours
        try:
            for row in connection.execute(sql):
                if row["place"] not in seen:
                    seen.add(row["place"])
                    yield row
        except sqlite3.DatabaseError:
            continue  # the other end may be whole
        return


def _save_run(old: sqlite3.Connection, new: sqlite3.Connection, row: sqlite3.Row) -> str | None:
    opener, folds = rows.Opener(old), rows.Folds(None)
    values: dict[str, Any] = {name: row[name] for name in (*rows.RUN, "result", "cost")}
    try:
        for name in rows.JSON_OF_RUN:
            values[name] = None if row[name] is None else folds.json(opener.value(row[name]))
        names = ", ".join(values)
        sql = f"INSERT INTO runs ({names}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608 - the names are ours
        new.execute(sql, tuple(values.values()))
    except _UNREADABLE:
        return None
    rows.keep_aside(new, row["run_id"], folds.aside)
    return str(row["run_id"])


def _save_entry(old: sqlite3.Connection, new: sqlite3.Connection, row: sqlite3.Row) -> bool:
    folds = rows.Folds(None)
    try:
        entry: Entry = rows.to_entry(row, old)
        new.execute(rows.KEEP, rows.of_entry(row["run_id"], entry, folds))
    except _UNREADABLE:
        return False
    rows.keep_aside(new, row["run_id"], folds.aside)
    return True


def _cut(new: sqlite3.Connection, run_id: str) -> bool:
    """Take their places from all deliveries behind the first that is lost; return whether there were any."""
    found = new.execute("SELECT ord FROM calls WHERE run_id = ? AND ord IS NOT NULL ORDER BY ord", (run_id,))
    end = next((at for at, (place,) in enumerate(found.fetchall()) if at != place), None)
    if end is None:
        return False
    new.execute("DELETE FROM calls WHERE run_id = ? AND ord >= ? AND ok IS NULL", (run_id, end))
    sql = "UPDATE calls SET ord = NULL, batch = NULL, t_ms = NULL WHERE run_id = ? AND ord >= ?"
    new.execute(sql, (run_id, end))
    return True
