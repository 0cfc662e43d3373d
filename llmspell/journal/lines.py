"""What runs have said, in SQLite."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from llmspell.journal import rows, shapes
from llmspell.journal.records import Line
from llmspell.journal.shelf import Shelf

MOST = 16 * 2**20
"""Bytes that one run may have said until no more of it is kept."""
FULL = "this is all that the journal keeps of what a run says: it has said more than {} MiB"

NAMES = ("no", "t_ms", "stream", "level", "text", "fields")
"""The columns of a line."""

_EACH = 64  # bytes that a line is counted to take beside its text

Folded = tuple[int, str, str, str, str, int]
"""A line as it is kept: time, stream, level, text, fields, and the bytes that it counts for."""


def fold(lines: Sequence[Line], folds: rows.Folds) -> Sequence[Folded]:
    """Return lines as they are kept; raises what `values.fold` raises."""
    found: list[Folded] = []
    for line in lines:
        fields = folds.json(line.fields)
        size = len(line.text.encode(errors="surrogatepass")) + len(fields) + _EACH
        found.append((line.t_ms, line.stream, line.level, folds.json(line.text), fields, size))
    return found


def write(connection: sqlite3.Connection, run_id: str, lines: Sequence[Folded]) -> bool:
    """Keep lines of a run, as far as there is room for them; return whether all are kept."""
    said: int = connection.execute("SELECT said FROM runs WHERE run_id = ?", (run_id,)).fetchone()[0]
    if said > MOST:
        return False
    sql = "SELECT no, t_ms FROM lines WHERE run_id = ? ORDER BY no DESC LIMIT 1"
    number, time = connection.execute(sql, (run_id,)).fetchone() or (0, 0)
    for line in lines:
        said += line[-1]
        number, time = number + 1, max(time, line[0])
        full = said > MOST
        told = ("log", "warning", f'"{FULL.format(MOST // 2**20)}"', "{}") if full else line[1:-1]
        connection.execute("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)", (run_id, number, time, *told))
        if full:
            break
    connection.execute("UPDATE runs SET said = ? WHERE run_id = ?", (said, run_id))
    return said <= MOST


def read(connection: sqlite3.Connection, run_id: str, after: int, most: int, shelf: Shelf) -> list[tuple[int, Line]]:
    """Return the next lines of a run with their numbers."""
    opener = rows.Opener(connection, shelf)
    sql = f"SELECT {', '.join(NAMES)} FROM lines WHERE run_id = ? AND no > ? ORDER BY no LIMIT ?"  # noqa: S608
    return [of_row(row, opener) for row in connection.execute(sql, (run_id, after, most))]


def of_row(row: Any, opener: rows.Opener) -> tuple[int, Line]:
    """Return the line that a row holds, with its number.

    Raises:
        ConfigError: it holds something else.
    """
    number, time, stream, level, text, fields = (row[name] for name in NAMES)
    values = {"t_ms": time, "stream": stream, "level": level}
    return shapes.number(number), shapes.line(values | {"text": opener.value(text), "fields": opener.value(fields)})
