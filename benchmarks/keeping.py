"""What spells keep: updates of one value, by one run and by four at once."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Figure, Row
from benchmarks.timing import in_turns

ROUNDS = 3
UPDATES = 200
SOURCE = """
for i = 1, {updates} do State.update("n", function(old) return (old or 0) + 1 end) end
return State.get("n")
"""


def rows() -> list[Row]:
    """Measure updates by processes of their own; a lost one ends the measure."""
    return [row(1), row(4)]


def row(processes: int) -> Row:
    """Measure so many processes at once beside plain SQLite in one."""
    seconds, reference = in_turns(ROUNDS, lambda: updated(processes), plain)
    return Row(
        f"`State.update` of one value by {processes} at once, each",
        Figure(seconds / (processes * UPDATES) * 1000, "ms"),
        "bare `sqlite3`, one process",
        Figure(reference / UPDATES * 1000, "ms"),
    )


def updated(processes: int) -> float:
    """Return the seconds that runs at once take, their start included."""
    with TemporaryDirectory() as folder:
        Path(folder, "llmspell.toml").touch()
        Path(folder, "count.lua").write_text(SOURCE.replace("{updates}", str(UPDATES)))
        started = time.perf_counter()
        words = [sys.executable, "-m", "llmspell", "run", "count.lua", "--quiet"]
        runs = [subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
        results = [int(run.communicate()[0]) for run in runs]
        seconds = time.perf_counter() - started
    if max(results) != processes * UPDATES:
        raise RuntimeError(f"updates were lost: {results}")
    return seconds


def plain() -> float:
    """Return the seconds that as many transactions take."""
    with TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder, "plain.db"), isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("CREATE TABLE t (k PRIMARY KEY, v)")
        connection.execute("INSERT INTO t VALUES ('n', 0)")
        started = time.perf_counter()
        for _ in range(UPDATES):
            connection.execute("UPDATE t SET v = v + 1 WHERE k = 'n'")
        seconds = time.perf_counter() - started
        connection.close()
    return seconds
