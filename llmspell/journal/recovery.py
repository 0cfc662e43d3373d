"""Saves from a damaged journal what can still be read, into a new one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal import lines, rows, schema
from llmspell.journal.shapes import DOUBT
from llmspell.wording import clip, visible

CUT = "cut"
"""What `info` of a run has that has lost what it was delivered: the place from which on."""

_ALL = 2**53
_UNREADABLE = (sqlite3.Error, ConfigError, ArgumentError, TypeError)
_JSON = {"runs": rows.JSON_OF_RUN, "calls": ("req", "res", "meta"), "lines": ("text", "fields")}


class Recovered(NamedTuple):
    """How many runs and entries were saved, how many were seen and could not be, and which runs are not whole.

    `cut` are those without all that they were delivered, and `spells` those whose spell is lost.
    """

    runs: int
    entries: int
    lost_runs: int
    lost_entries: int
    cut: list[str]
    spells: list[str]


NOTHING = Recovered(0, 0, 0, 0, [], [])
"""What can be saved from a file that nobody can read: not even an empty journal is made of it."""


def recover(source: Path, target: Path, limit: int) -> Recovered:
    """Copy what can be read of a damaged journal into a new one; the old one stays as it is. It blocks.

    A run that has lost what it was delivered goes on from before that: results from later on are kept as results
    that were not delivered, so that nothing that is known is paid for again. A call that may be among those which were
    lost, and must not be made twice, is in doubt.

    Args:
        source: the damaged file.
        target: the new file.
        limit: bytes that it may have.

    Raises:
        ArgumentError: there is a file where the new one should be.
        ConfigError: the old one is something else, or of another llmspell.
        sqlite3.Error, OSError: there is no room for the new one.
    """
    if target.exists():
        raise ArgumentError(f"there is a file already: {clip(visible(str(target)), 200)}")
    try:
        old = schema.salvage(source)
    except sqlite3.Error:
        return NOTHING
    with closing(old), closing(schema.connect(target, "normal", limit)) as new:
        new.execute("BEGIN IMMEDIATE")
        found = _copy(old, new)
        new.execute("COMMIT")
    return found


def _copy(old: sqlite3.Connection, new: sqlite3.Connection) -> Recovered:
    for row in _readable(old, "bundles"):
        if _is_whole(row):
            new.execute("INSERT OR IGNORE INTO bundles VALUES (?, ?, ?)", (row["sha"], row["size"], row["files"]))
    runs = {row["run_id"] for row in _readable(old, "runs") if _save(old, new, "runs", row)}
    for row in _readable(old, "lines"):
        if row["run_id"] in runs:
            _save(old, new, "lines", row)
    entries = sum(_save(old, new, "calls", row) for row in _readable(old, "calls") if row["run_id"] in runs)
    lost, all_known = _lost(old, new)
    cut = [name for name in sorted(runs) if _cut(new, name)]
    for name in runs:
        _doubt(new, name, lost.get(name, set()), all_known, name in cut)
    spells = new.execute("SELECT run_id FROM runs WHERE bundle NOT IN (SELECT sha FROM bundles) ORDER BY run_id")
    return Recovered(
        runs=len(runs),
        entries=entries,
        lost_runs=max(0, _known(old) - len(runs)),
        lost_entries=sum(map(len, lost.values())),
        cut=cut,
        spells=[name for (name,) in spells],
    )


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
        except sqlite3.Error:
            continue  # the other end may be whole
        return


def _lost(old: sqlite3.Connection, new: sqlite3.Connection) -> tuple[dict[str, set[tuple[int, str]]], bool]:
    """Return the calls that were not saved, by run, and whether these are all.

    The index of their keys is on other pages than the calls, and so knows of those that cannot be read.
    """
    lost: dict[str, set[tuple[int, str]]] = {}
    for way in ("ASC", "DESC"):
        order = f"ORDER BY run_id {way}, no {way}, key {way}"
        sql = f"SELECT run_id, no, key FROM calls INDEXED BY sqlite_autoindex_calls_1 {order}"  # noqa: S608
        try:
            for run_id, no, key in old.execute(sql):
                saved = "SELECT 1 FROM calls WHERE run_id = ? AND no = ? AND key = ?"
                if new.execute(saved, (run_id, no, key)).fetchone() is None:
                    lost.setdefault(run_id, set()).add((no, key))
        except sqlite3.Error:
            continue  # the other end may be whole
        return lost, True
    return lost, False


def _doubt(new: sqlite3.Connection, run_id: str, lost: set[tuple[int, str]], all_known: bool, cut: bool) -> None:
    """Note in a run up to which call nobody knows what it has done: none of these is done twice, if it must not be."""
    if lost and all_known:
        number = max((no for no, key in lost if not key), default=0)
    else:
        number = _ALL if cut or not all_known else 0
    if number:
        sql = (
            f"INSERT OR REPLACE INTO calls ({', '.join(rows.CALL)}) "  # noqa: S608 - the names are ours
            "SELECT run_id, ?, ?, NULL, NULL, NULL, 0, ?, 'local', x'', 'null', NULL, NULL, '{}', '', 0 "
            "FROM runs WHERE run_id = ? AND status NOT IN ('done', 'failed')"
        )
        new.execute(sql, (min(max(number, 1), _ALL), DOUBT, DOUBT, run_id))


def _known(connection: sqlite3.Connection) -> int:
    """Return how many runs there were, as far as the index of their names can be read."""
    found: set[int] = set()
    for direction in ("ASC", "DESC"):
        sql = f"SELECT rowid FROM runs INDEXED BY sqlite_autoindex_runs_1 ORDER BY run_id {direction}"  # noqa: S608
        try:
            found.update(place for (place,) in connection.execute(sql))
        except sqlite3.Error:
            continue
        break
    return len(found)


def _is_whole(bundle: sqlite3.Row) -> bool:
    try:
        rows.to_files(bundle["size"], bundle["files"])
    except _UNREADABLE:
        return False
    return True


def _save(old: sqlite3.Connection, new: sqlite3.Connection, table: str, row: sqlite3.Row) -> bool:
    """Copy a row with what it has put aside, unless something of it is lost."""
    opener, folds = rows.Opener(old), rows.Folds(None)
    try:
        values: dict[str, Any] = {name: row[name] for name in row.keys() if name != "place"}  # noqa: SIM118
        for name in _JSON[table]:
            values[name] = None if row[name] is None else folds.json(opener.value(row[name]))
        _check(table, row, opener)
        names = ", ".join(values)
        sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608 - the names are ours
        new.execute(sql, tuple(values.values()))
    except _UNREADABLE:
        return False
    rows.keep_aside(new, row["run_id"], folds.aside)
    return True


def _check(table: str, row: sqlite3.Row, opener: rows.Opener) -> None:
    """Refuse a row that holds what no journal holds."""
    if table == "calls":
        rows.to_entry(row, opener)
    elif table == "lines":
        lines.of_row(row, opener)
    elif table == "runs":
        rows.to_run({name: row[name] for name in (*rows.RUN, "result")}, opener)


def _cut(new: sqlite3.Connection, run_id: str) -> bool:
    """Take their places from all deliveries behind the first that is lost; return whether there were any."""
    found = new.execute("SELECT ord FROM calls WHERE run_id = ? AND ord IS NOT NULL ORDER BY ord", (run_id,))
    end = next((at for at, (place,) in enumerate(found.fetchall()) if at != place), None)
    if end is None:
        return False
    new.execute("DELETE FROM calls WHERE run_id = ? AND ord >= ? AND ok IS NULL", (run_id, end))
    sql = "UPDATE calls SET ord = NULL, batch = NULL, t_ms = NULL WHERE run_id = ? AND ord >= ?"
    new.execute(sql, (run_id, end))
    sql = f"UPDATE runs SET info = json_set(info, '$.{CUT}', ?) WHERE run_id = ?"  # noqa: S608 - the name is ours
    new.execute(sql, (end, run_id))
    return True
