"""What spells keep between their runs: named values in a SQLite file, by scope.

A value is changed only if it still is what the change was made from, so that nothing is lost between processes.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from llmspell import place
from llmspell.errors import ArgumentError, ConfigError

KEY_LIMIT = 500
"""Characters of a key."""
VALUE_LIMIT = 4 * 1024 * 1024
"""Bytes of a value, as JSON."""
FILE_LIMIT = 256 * 1024 * 1024
"""Bytes of the file: what all spells of a project keep together."""

_PAGE = 4096
_PATIENCE = 30.0  # seconds that a writer waits for the others
_STEPS = 100_000  # of SQLite, between two looks at whether to go on
_LOOKS = 2000  # that one act may take: some ten seconds of work
_TABLE = """state (
    scope TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (scope, key)
) WITHOUT ROWID, STRICT"""
_MARKS = "changed (mark TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID, STRICT"
_PUBLIC = "public (scope TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID, STRICT"
_TABLES = {"state": f"CREATE TABLE {_TABLE}", "changed": f"CREATE TABLE {_MARKS}", "public": f"CREATE TABLE {_PUBLIC}"}
_IS_PUBLIC = "EXISTS (SELECT 1 FROM public WHERE public.scope = state.scope AND public.key = state.key)"
_T = TypeVar("_T")


class Kept(NamedTuple):
    """A value, or a key, and whether it may be private: whoever kept it may have held private data."""

    text: str
    private: bool


class Store:
    """The values of a project. Its methods block; it may be used from one thread at a time, be it always another.

    Args:
        path: the file; it is made when something is first kept, readable by its owner alone.
        limit: bytes that the file may have.
    """

    def __init__(self, path: Path, limit: int = FILE_LIMIT) -> None:
        self._path = path
        self._limit = limit
        self._connection: sqlite3.Connection | None = None
        self._looks = 0
        self._stopped = False

    def get(self, scope: str, key: str) -> Kept | None:
        """Return the JSON of a value, or None if there is none."""
        sql = f"SELECT value, {_IS_PUBLIC} FROM state WHERE scope = ? AND key = ?"  # noqa: S608 - the text is ours
        rows = self._read(sql, (scope, key))
        return rows[0] if rows else None

    def put(self, scope: str, key: str, value: str, *, private: bool = True) -> None:
        """Keep a value, whatever was there before.

        Args:
            scope: of the value.
            key: of the value.
            value: its JSON.
            private: whether it may be private.

        Raises:
            ArgumentError: the file has no room for it.
        """
        sql = "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value"

        def put(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.execute(sql, (scope, key, value))
                _label(connection, scope, key, private=private)

        self._guarded(put)

    def replace(
        self, scope: str, key: str, old: str | None, new: str, mark: str | None = None, *, private: bool = True
    ) -> bool:
        """Keep a value if what was there before is still the same; return whether it was.

        Args:
            scope: of the value.
            key: of the value.
            old: what was there before.
            new: the value.
            mark: a name of this change, which begins with the run: it is made once, however often it is asked for.
            private: whether the new one may be private.

        Raises:
            ArgumentError: the file has no room for it.
        """

        def replace(connection: sqlite3.Connection) -> bool:
            if old is None:
                sql, values = "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (scope, key, new)
                return connection.execute(sql, values).rowcount > 0
            sql = "UPDATE state SET value = ? WHERE scope = ? AND key = ? AND value = ?"
            return connection.execute(sql, (new, scope, key, old)).rowcount > 0

        def once(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                if mark and connection.execute("SELECT 1 FROM changed WHERE mark = ?", (mark,)).fetchone():
                    return True
                if changed := replace(connection):
                    _label(connection, scope, key, private=private)
                if changed and mark:
                    connection.execute("INSERT INTO changed VALUES (?)", (mark,))
                return changed

        return self._guarded(once)

    def forget(self, run: str) -> None:
        """Forget the marks of a run, whose changes nobody asks for any more."""
        if self._connection is not None:
            self._write("DELETE FROM changed WHERE mark >= ? AND mark < ?", (f"{run}:", f"{run};"))

    def delete(self, scope: str, key: str) -> bool:
        """Forget a value; return whether there was one."""

        def delete(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                _label(connection, scope, key, private=True)
                return connection.execute("DELETE FROM state WHERE scope = ? AND key = ?", (scope, key)).rowcount > 0

        return self._path.exists() and self._guarded(delete)

    def keys(self, scope: str, prefix: str, most: int) -> list[Kept]:
        """Return the keys of a scope that begin with a prefix, in order, at most so many."""
        which = "scope = ? AND substr(key, 1, ?) = ? ORDER BY key LIMIT ?"
        sql = f"SELECT key, {_IS_PUBLIC} FROM state WHERE {which}"  # noqa: S608 - the text is ours
        return self._read(sql, (scope, len(prefix), prefix, most))

    def stop(self) -> None:
        """Make SQLite end what it is doing, and all that it is asked to do from now on; called from any thread."""
        self._stopped = True

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, sql: str, values: tuple[object, ...]) -> list[Kept]:
        if not self._path.exists():  # to ask leaves no trace
            return []
        return self._guarded(lambda open_: [Kept(text, not public) for text, public in open_.execute(sql, values)])

    def _write(self, sql: str, values: tuple[object, ...]) -> bool:
        return self._guarded(lambda open_: open_.execute(sql, values).rowcount > 0)

    def _guarded(self, act: Callable[[sqlite3.Connection], _T]) -> _T:
        self._looks = 0
        try:
            if self._connection is None:
                self._connection = self._opened()
            return act(self._connection)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise ArgumentError(
                    f"what spells keep would be larger than {self._limit // 2**20} MiB",
                    hint="delete what is not needed",
                ) from None
            raise ConfigError(f"cannot use what spells keep: {error}") from None
        except (sqlite3.DatabaseError, OSError) as error:
            raise ConfigError(f"cannot use what spells keep: {_reason(error)}") from None

    def _opened(self) -> sqlite3.Connection:
        place.prepare(self._path, "what spells keep")
        connection = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.set_progress_handler(self._look, _STEPS)
            with closing(connection.cursor()) as cursor:
                cursor.execute("PRAGMA trusted_schema = OFF")
                _refuse_others(cursor)
                place.use_wal(connection, self._path, _PATIENCE)
                cursor.execute("PRAGMA synchronous = NORMAL")
                cursor.execute(f"PRAGMA max_page_count = {self._limit // _PAGE}")
                for table in (_TABLE, _MARKS, _PUBLIC):
                    cursor.execute(f"CREATE TABLE IF NOT EXISTS {table}")
                _refuse_others(cursor)
        except BaseException:
            connection.close()
            raise
        return connection

    def _look(self) -> bool:
        """Return whether to stop: a file that somebody has made may hold what has no end."""
        self._looks += 1
        return self._stopped or self._looks > _LOOKS


def _refuse_others(cursor: sqlite3.Cursor) -> None:
    """Refuse a file that holds anything but our tables: what looks like one could be a query that never ends."""
    found = cursor.execute("SELECT type, name, sql FROM sqlite_schema LIMIT ?", (len(_TABLES) + 1,)).fetchall()
    if any(kind != "table" or _TABLES.get(name) != sql for kind, name, sql in found):
        raise sqlite3.DatabaseError("the file is not one that llmspell has made")


def _label(connection: sqlite3.Connection, scope: str, key: str, *, private: bool) -> None:
    """Note whether a value may be private; one of which nothing is noted may be."""
    sql = "DELETE FROM public WHERE scope = ? AND key = ?" if private else "INSERT OR IGNORE INTO public VALUES (?, ?)"
    connection.execute(sql, (scope, key))


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
