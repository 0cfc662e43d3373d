"""Whether a journal in SQLite is whole."""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice

from llmspell.errors import ConfigError
from llmspell.journal import lines
from llmspell.journal.records import Finding
from llmspell.journal.rows import RUN, Opener, to_entry, to_files, to_run, unpacked
from llmspell.journal.values import digest
from llmspell.wording import clip, visible

_MOST = 20
"""Problems of one sort that are said."""

_GAPS = """
SELECT run_id FROM calls WHERE ord IS NOT NULL GROUP BY run_id HAVING min(ord) <> 0 OR count(*) <> max(ord) + 1
UNION
SELECT run_id FROM (
    SELECT run_id, batch < lag(batch) OVER (PARTITION BY run_id ORDER BY ord) AS back FROM calls WHERE ord IS NOT NULL
) WHERE back
ORDER BY run_id
"""


def findings(connection: sqlite3.Connection) -> list[Finding]:
    """Return what was looked at, and what is wrong with it, in words for people."""
    pages = _pages(connection)
    if pages.problems:  # the rest cannot be read as a whole
        return [pages]
    looks: dict[str, Callable[[sqlite3.Connection], Iterator[str]]] = {
        "runs": _runs,
        "order": _order,
        "values": _values,
        "calls": _calls,
    }
    return [pages, *(Finding(name, tuple(islice(look(connection), _MOST))) for name, look in looks.items())]


def _pages(connection: sqlite3.Connection) -> Finding:
    try:
        found = [text for (text,) in connection.execute(f"PRAGMA integrity_check({_MOST})") if text != "ok"]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        found = [str(error)]
    return Finding("pages", tuple(line for text in found for line in text.splitlines())[:_MOST])


def _runs(connection: sqlite3.Connection) -> Iterator[str]:
    sql = "SELECT run_id FROM runs LEFT JOIN bundles ON bundle = bundles.sha WHERE bundles.sha IS NULL ORDER BY run_id"
    yield from (f"the spell of run {_said(run_id)} is lost" for (run_id,) in connection.execute(sql))
    for table in ("calls", "lines", "uses"):
        sql = f"SELECT DISTINCT run_id FROM {table} WHERE run_id NOT IN (SELECT run_id FROM runs) ORDER BY run_id"  # noqa: S608
        yield from (f"{table} are there of run {_said(run_id)}, which is not" for (run_id,) in connection.execute(sql))
    opener = _Hollow(connection)
    for row in connection.execute(f"SELECT {', '.join((*RUN, 'result'))} FROM runs"):  # noqa: S608 - the names are ours
        try:
            to_run(row, opener)
        except ConfigError:
            yield f"run {_said(row['run_id'])} is damaged"


def _order(connection: sqlite3.Connection) -> Iterator[str]:
    yield from (f"run {_said(run_id)} has gaps in what it was told" for (run_id,) in connection.execute(_GAPS))


def _values(connection: sqlite3.Connection) -> Iterator[str]:
    sql = "SELECT DISTINCT run_id FROM uses LEFT JOIN blobs USING (sha) WHERE blobs.sha IS NULL ORDER BY run_id"
    yield from (f"a value of run {_said(run_id)} is lost" for (run_id,) in connection.execute(sql))
    (orphans,) = connection.execute("SELECT count(*) FROM blobs WHERE sha NOT IN (SELECT sha FROM uses)").fetchone()
    if orphans:
        yield f"{orphans} values belong to no run"
    for bundle, length, content in connection.execute("SELECT sha, size, files FROM bundles"):
        try:
            to_files(length, content)
        except ConfigError:
            yield f"the spell {_said(bundle)} is damaged"
    for sha, codec, length, content in connection.execute("SELECT sha, codec, size, bytes FROM blobs"):
        try:
            whole = digest(unpacked(codec, length, content)) == sha
        except ConfigError:
            whole = False
        if not whole:
            sql = "SELECT run_id FROM uses WHERE sha = ? ORDER BY run_id LIMIT 1"
            run = connection.execute(sql, (sha,)).fetchone()
            yield f"a value is damaged{f', of run {_said(run[0])}' if run else ''}"


def _calls(connection: sqlite3.Connection) -> Iterator[str]:
    opener = _Hollow(connection)
    for row in connection.execute("SELECT * FROM calls"):
        try:
            to_entry(row, opener)
        except ConfigError:
            yield f"a call of run {_said(row['run_id'])} is damaged"
    for row in connection.execute("SELECT * FROM lines"):
        try:
            lines.of_row(row, opener)
        except ConfigError:
            yield f"a line of run {_said(row['run_id'])} is damaged"


class _Hollow(Opener):
    """Unfolds values without what was put aside, which is looked at once and by itself."""

    def _text(self, sha: bytes) -> str:  # noqa: ARG002
        return ""

    def _blob(self, sha: bytes) -> bytes:  # noqa: ARG002
        return b""


def _said(run_id: str) -> str:
    return visible(clip(run_id, 60))
