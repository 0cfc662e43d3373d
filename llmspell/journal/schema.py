"""The tables of a journal in SQLite, and how a file of an older llmspell becomes one of today."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from llmspell import place
from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal.records import Durability
from llmspell.journal.values import LARGEST
from llmspell.wording import clip, visible

APPLICATION = 0x6C73706C
"""What tells a journal from other databases: `lspl`."""
PATIENCE = 30.0
"""Seconds that a writer waits for other processes."""

_HEAD = 512  # bytes of the smallest page
STEPS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        run_id TEXT NOT NULL PRIMARY KEY, status TEXT NOT NULL, epoch INTEGER NOT NULL,
        spell TEXT NOT NULL, identity TEXT NOT NULL, language TEXT NOT NULL, bundle TEXT NOT NULL,
        host_abi INTEGER NOT NULL, args TEXT NOT NULL, seed INTEGER NOT NULL, t0_ms INTEGER NOT NULL,
        profile TEXT NOT NULL, model TEXT, parent TEXT, parent_no INTEGER, owner TEXT NOT NULL, info TEXT NOT NULL,
        stop TEXT, due_ms INTEGER, result TEXT, error TEXT, usage TEXT NOT NULL, cost INTEGER,
        said INTEGER NOT NULL DEFAULT 0,
        created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
    CREATE INDEX runs_unfinished ON runs (status) WHERE status NOT IN ('done', 'failed', 'cancelled', 'timed_out');
    CREATE TABLE calls (
        run_id TEXT NOT NULL, no INTEGER NOT NULL, key TEXT NOT NULL, ord INTEGER, batch INTEGER, t_ms INTEGER,
        started_ms INTEGER NOT NULL, op TEXT NOT NULL, effect TEXT NOT NULL, fp BLOB NOT NULL, req TEXT NOT NULL,
        ok INTEGER, res TEXT, meta TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
        PRIMARY KEY (run_id, no, key)
    ) STRICT;
    CREATE UNIQUE INDEX calls_by_order ON calls (run_id, ord) WHERE ord IS NOT NULL;
    CREATE INDEX calls_waiting ON calls (run_id, no) WHERE effect = 'external' AND ord IS NULL AND key = '';
    CREATE TABLE lines (
        run_id TEXT NOT NULL, no INTEGER NOT NULL, t_ms INTEGER NOT NULL, stream TEXT NOT NULL, level TEXT NOT NULL,
        text TEXT NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (run_id, no)
    ) STRICT;
    CREATE TABLE blobs (
        sha BLOB NOT NULL PRIMARY KEY, codec TEXT NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE uses (
        run_id TEXT NOT NULL, sha BLOB NOT NULL, PRIMARY KEY (run_id, sha)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX uses_by_sha ON uses (sha);
    CREATE TABLE bundles (sha TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, files BLOB NOT NULL) STRICT;
    """,
)
"""What makes each version of the schema of the one before. A step that was ever released does not change any more."""

_DAMAGES = {
    sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_ERROR, 0,  # as text that is not UTF-8, or JSON that is none
}  # fmt: skip


def connect(path: Path, durability: Durability, limit: int) -> sqlite3.Connection:
    """Return a connection to a journal that may write; the file is made, or brought to this version, if need be.

    Raises:
        ConfigError: the file is no journal, or one of a newer llmspell.
        sqlite3.Error, OSError: it cannot be used.
    """
    place.prepare(path, "the journal")
    connection = _opened(path)
    try:
        check(connection)
        place.use_wal(connection, path, PATIENCE, shrinks=True)
        connection.execute(f"PRAGMA synchronous = {durability.upper()}")
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA max_page_count = {limit // page}")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def look(path: Path, limit: int) -> sqlite3.Connection:
    """Return a connection to a journal that only reads; one of an older llmspell is brought to this version before.

    Raises:
        ConfigError: the file is no journal, or one of a newer llmspell.
        sqlite3.Error, OSError: it cannot be used.
    """
    place.inspect(path, "the journal")
    connection = _opened(path)
    try:
        if check(connection) != len(STEPS):
            connect(path, "normal", limit).close()
        connection.execute("PRAGMA query_only = ON")
        connection.row_factory = sqlite3.Row
    except BaseException:
        connection.close()
        raise
    return connection


def salvage(path: Path) -> sqlite3.Connection:
    """Return a connection to a damaged journal, or to what may be one, that only reads.

    Raises:
        ConfigError: the file is no journal, or one of another llmspell.
        sqlite3.Error: not even its first page can be read.
    """
    place.inspect(path, "the journal")
    connection = _opened(path, "?mode=ro")  # or the log would be written into the file when it is closed
    try:
        connection.execute("PRAGMA writable_schema = ON")  # reads on where the end of the file is missing
        connection.row_factory = sqlite3.Row
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        version = _version(connection)
        if not _names(connection) <= _made(STEPS):
            raise _changed()
        if version != len(STEPS):
            hint = "recover it with the llmspell that wrote it"
            raise ConfigError(f"this damaged journal has version {version} and not {len(STEPS)}", hint=hint)
    except BaseException:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection) -> int:
    """Return the version of a journal, 0 of an empty file, and refuse every other database before it is changed.

    A database may hold code: what has the name of a table may be a query without end. So a journal has exactly the
    tables that this llmspell, or an older one, has made.

    Raises:
        ConfigError: the file is no journal, or one of a newer llmspell.
    """
    version, application, names = _said(connection)
    if application != APPLICATION and (names or application or version):
        raise ConfigError("the file of the journal is a database of something else", hint="move it away")
    if version > len(STEPS):
        raise ConfigError(
            f"the journal was written by a newer llmspell (version {version}, this one knows {len(STEPS)})",
            hint="update llmspell",
        )
    if names != _made(STEPS[: max(version, 0)]):
        raise _changed()
    return version


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the version that the last of `STEPS` makes; it is done as a whole or not at all.

    Raises:
        ConfigError: the file is no journal, or one of a newer llmspell.
    """
    if _version(connection) == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _make(connection, STEPS[check(connection) :])  # another process may have been faster
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _said(connection: sqlite3.Connection) -> tuple[int, int, frozenset[tuple[str, str, str]]]:
    """Return what a file says that it is, and its tables, of one moment: another process may be making them."""
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        return _version(connection), application, _names(connection)
    finally:
        if begun:
            connection.execute("COMMIT")


def _opened(path: Path, how: str = "") -> sqlite3.Connection:
    log, size = path.with_name(path.name + "-wal"), path.stat().st_size
    if 0 < size < _HEAD or (size == 0 and log.exists() and log.stat().st_size):
        raise _cut_off()  # SQLite would take it for a new file, and throw the log away
    name = f"file:{quote(os.fsencode(path.absolute()))}{how}"
    connection = sqlite3.connect(name, PATIENCE, isolation_level=None, check_same_thread=False, uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * LARGEST)
    return connection


def _cut_off() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("the file was cut off")
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    return error


def _make(connection: sqlite3.Connection, steps: Sequence[str]) -> None:
    for step in steps:
        for statement in filter(str.strip, step.split(";")):
            connection.execute(statement)


@cache
def _made(steps: tuple[str, ...]) -> frozenset[tuple[str, str, str]]:
    """Return the tables of a database that these steps make."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _make(connection, steps)
        return _names(connection)


def _names(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (kind, name, sql)
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _changed() -> ConfigError:
    return ConfigError("the journal has other tables than llmspell makes: somebody has changed it", hint="move it away")


def explained(error: Exception, path: Path, limit: int) -> Exception:
    """Return what people are told of an error."""
    if not isinstance(error, sqlite3.Error | OSError):
        return error
    name = clip(visible(str(path)), 200)
    code = getattr(error, "sqlite_errorcode", None) or 0
    match code & 0xFF:  # what is above says where in SQLite
        case sqlite3.SQLITE_FULL:
            return ConfigError(
                f"no room for the journal {name}: the disk is full, or it has more than {limit // 2**20} MiB",
                hint="make room, or forget old runs with `llmspell runs prune`; then `llmspell resume` goes on",
            )
        case sqlite3.SQLITE_IOERR:
            return ConfigError(
                f"the disk of the journal {name} fails: {error}",
                hint="look whether it has room and is whole; then `llmspell resume` goes on",
            )
        case code if isinstance(error, sqlite3.Error) and code in _DAMAGES:
            why = clip(visible(str(error)), 200)
            return ConfigError(
                f"the journal {name} is damaged: {why}", hint="`llmspell runs recover` saves what can be"
            )
        case sqlite3.SQLITE_CONSTRAINT:
            return ArgumentError(f"what is written contradicts the journal: {error}")
        case sqlite3.SQLITE_BUSY:
            return ConfigError(f"another program holds the journal {name} for more than {PATIENCE:.0f} s")
    reason = (error.strerror or type(error).__name__) if isinstance(error, OSError) else clip(visible(str(error)), 200)
    return ConfigError(f"cannot use the journal {name}: {reason}")
