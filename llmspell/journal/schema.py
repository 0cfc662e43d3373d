"""The tables of a journal in SQLite, and how a file of an older llmspell becomes one of today."""

import sqlite3
import time
from pathlib import Path

from llmspell import place
from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal.records import Durability
from llmspell.wording import clip, visible

APPLICATION = 0x6C73706C
"""What tells a journal from other databases: `lspl`."""
PATIENCE = 30.0
"""Seconds that a writer waits for other processes."""

_PAGE = 4096
_TRIES = 100

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        run_id TEXT NOT NULL PRIMARY KEY, status TEXT NOT NULL, epoch INTEGER NOT NULL,
        spell TEXT NOT NULL, identity TEXT NOT NULL, language TEXT NOT NULL, bundle TEXT NOT NULL,
        host_abi INTEGER NOT NULL, args TEXT NOT NULL, seed INTEGER NOT NULL, t0_ms INTEGER NOT NULL,
        profile TEXT NOT NULL, model TEXT, parent TEXT, parent_no INTEGER, owner TEXT NOT NULL, info TEXT NOT NULL,
        stop TEXT, due_ms INTEGER, result TEXT, error TEXT, usage TEXT NOT NULL, cost INTEGER,
        created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_time ON runs (created_ms);
    CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
    CREATE INDEX runs_unfinished ON runs (status) WHERE status NOT IN ('done', 'failed', 'cancelled', 'timed_out');
    CREATE TABLE calls (
        run_id TEXT NOT NULL, no INTEGER NOT NULL, key TEXT NOT NULL, ord INTEGER, batch INTEGER, t_ms INTEGER,
        started_ms INTEGER NOT NULL, op TEXT NOT NULL, effect TEXT NOT NULL, fp BLOB NOT NULL, req TEXT NOT NULL,
        ok INTEGER, res TEXT, meta TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
        PRIMARY KEY (run_id, no, key)
    ) STRICT;
    CREATE UNIQUE INDEX calls_by_order ON calls (run_id, ord) WHERE ord IS NOT NULL;
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


def connect(path: Path, durability: Durability, limit: int) -> sqlite3.Connection:
    """Return a connection to a journal that may write; the file is made, or brought to this version, if need be.

    Raises:
        ConfigError: the file is no journal, or one of a newer llmspell.
        sqlite3.Error, OSError: it cannot be used.
    """
    place.prepare(path, "the journal")
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        _refuse_foreign(connection)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute(f"PRAGMA synchronous = {durability.upper()}")
        _use_wal(connection)
        connection.execute(f"PRAGMA max_page_count = {limit // _PAGE}")
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
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        if not _is_current(connection):
            connect(path, "normal", limit).close()
        connection.execute("PRAGMA query_only = ON")
        connection.row_factory = sqlite3.Row
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the version that the last of `STEPS` makes; it is done as a whole or not at all.

    Raises:
        ConfigError: the file is no journal, or one of a newer llmspell.
    """
    if _is_current(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have been faster
        if version > len(STEPS):
            raise ConfigError(
                f"the journal was written by a newer llmspell (version {version}, this one knows {len(STEPS)})",
                hint="update llmspell",
            )
        for step in STEPS[version:]:
            for statement in filter(str.strip, step.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _refuse_foreign(connection: sqlite3.Connection) -> None:
    """Refuse a database of something else before it is changed in any way."""
    if connection.execute("SELECT 1 FROM sqlite_master").fetchone() and not _is_ours(connection):
        raise ConfigError("the file of the journal is a database of something else", hint="move it away")


def _is_current(connection: sqlite3.Connection) -> bool:
    return _version(connection) == len(STEPS) and _is_ours(connection)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Return whether a database is a journal; one with code in it is not, whatever it says."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    code = connection.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()
    return application == APPLICATION and code is None


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; while two processes do so at once, SQLite says at once that it is busy."""
    for attempt in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == _TRIES - 1:
                raise
            time.sleep(0.01)
        else:
            return


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
                hint="`llmspell runs prune` forgets old runs; then `llmspell resume` goes on",
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return ConfigError(
                f"the journal {name} is damaged: {error}", hint="`llmspell runs recover` saves what can be"
            )
        case sqlite3.SQLITE_CONSTRAINT:
            return ArgumentError(f"what is written contradicts the journal: {error}")
        case sqlite3.SQLITE_BUSY:
            return ConfigError(f"another program holds the journal {name} for more than {PATIENCE:.0f} s")
    reason = (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
    return ConfigError(f"cannot use the journal {name}: {reason}")
