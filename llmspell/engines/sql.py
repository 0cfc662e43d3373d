"""The engine that runs no script: it holds one database, which nobody trusts, and answers queries that only read it.

It is an engine so that SQLite, which is native code, meets a stranger's file and a stranger's SQL only in a locked
worker. What it hears begins with one letter: `+` and a piece of the file, `=` when that was all, `?` and a query in
JSON. It answers each in JSON; a `fault` is one of a few words, which the host knows how to say.
"""

import base64
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Self

HEAP = 224 * 2**20
"""Bytes that SQLite may use, the database itself among them."""

# fmt: off
_FUNCTIONS = frozenset((
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "ceil", "ceiling", "char", "coalesce",
    "concat", "concat_ws", "cos", "cosh", "count", "cume_dist", "current_date", "current_time", "current_timestamp",
    "date", "datetime", "degrees", "dense_rank", "exp", "first_value", "floor", "format", "glob", "group_concat",
    "hex", "ifnull", "iif", "instr", "json", "json_array", "json_array_length", "json_error_position", "json_extract",
    "json_group_array", "json_group_object", "json_insert", "json_object", "json_patch", "json_quote", "json_remove",
    "json_replace", "json_set", "json_type", "json_valid", "julianday", "lag", "last_value", "lead", "length", "like",
    "likelihood", "likely", "ln", "log", "log10", "log2", "lower", "ltrim", "max", "min", "mod", "nth_value", "ntile",
    "nullif", "octet_length", "percent_rank", "pi", "pow", "power", "printf", "quote", "radians", "random",
    "randomblob", "rank", "replace", "round", "row_number", "rtrim", "sign", "sin", "sinh", "soundex",
    "sqlite_version", "sqrt", "strftime", "string_agg", "substr", "substring", "sum", "tan", "tanh", "time",
    "timediff", "total", "trim", "trunc", "typeof", "unhex", "unicode", "unixepoch", "unlikely", "upper", "zeroblob",
    "->", "->>",
))
# fmt: on
_DESCRIPTIONS = frozenset(
    ("table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list")
)
_NUMBERS = frozenset(("user_version", "application_id", "encoding"))  # which an argument would set
_SETTINGS = (
    "trusted_schema = off",  # a view in the file may call nothing that could do harm
    "cell_size_check = on",
    "query_only = on",
    "temp_store = memory",  # there are no files
    "mmap_size = 0",
    f"hard_heap_limit = {HEAP}",  # of the process
)
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 64 * 2**20,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 2**20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 1_000_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 10_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_TABLES = ("json_each('[]')", "json_tree('[]')", *(f"pragma_{name}" for name in sorted(_DESCRIPTIONS | _NUMBERS)))
_WAL, _ROLLBACK = b"\x02\x02", b"\x01\x01"
_FORMATS = slice(18, 20)  # where the header says how the file is written and read
_STEPS = 10_000  # of SQLite's machine, between two looks at the clock
_CELL = 8  # bytes that a value counts for, beside its text

_DENIED, _GRANTED = sqlite3.SQLITE_DENY, sqlite3.SQLITE_OK


class _Fault(Exception):
    """What is wrong, in one word, and the names that belong to it."""

    def __init__(self, word: str, text: str = "", row: int = 0) -> None:
        self.said = {"fault": word, "text": text, "row": row}


class SqlEngine:
    """Answers queries about one database.

    Args:
        jit: of no meaning here; engines are made alike.
        codegen: of no meaning here.
    """

    more = False

    def __init__(self, *, jit: bool = True, codegen: bool = True) -> None:  # noqa: ARG002
        self._file = bytearray()
        self._database: Database | None = None
        with closing(sqlite3.connect(":memory:")) as first:  # the first use opens what later uses need
            first.execute("create table t as select random(), datetime('now', 'localtime'), json('[]')")
            first.deserialize(first.serialize())

    def limit(self, memory: int) -> None:
        """Do nothing: SQLite has a limit of its own, and the worker has one."""

    def step(self, frame: bytes) -> bytes:
        """Take a piece of the database, or all of it as complete, or return what a query finds."""
        try:
            return self._answer(frame[:1], frame[1:])
        except _Fault as fault:
            return _json(fault.said)
        except MemoryError:
            return b'{"fault": "memory"}'
        except Exception as error:
            return _json({"fault": "sql", "text": type(error).__name__})

    def interrupt(self) -> bool:
        """End the running query."""
        if self._database is None:
            return False
        self._database.interrupt()
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def _answer(self, kind: bytes, body: bytes) -> bytes:
        if kind == b"+":
            self._file += body
        elif kind == b"=":
            self._take()
        elif kind == b"?" and self._database is not None:
            query = json.loads(body)
            answer = _json(self._database.answer(query))
            if len(answer) > 2 * query["bytes"]:  # what is written with escapes
                raise _Fault("large")
            return answer
        else:
            raise _Fault("sql", "no database")
        return b"{}"

    def _take(self) -> None:
        """Open the database that has come, in the place of the one before."""
        if self._database is not None:
            self._database.close()
        self._database, data = None, self._file
        self._file = bytearray()
        self._database = Database(data)


class Database:
    """A database in memory that can be read, and nothing else.

    Args:
        data: the file. In the mode of a write-ahead log its header would lead to files that are not here.
    """

    def __init__(self, data: bytearray) -> None:
        if data[_FORMATS] == _WAL:
            data[_FORMATS] = _ROLLBACK
        self._refused = ""
        self._deadline = float("inf")
        self._late = False
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for limit, most in _LIMITS.items():
            self._connection.setlimit(limit, most)
        for setting in _SETTINGS:
            self._connection.execute(f"pragma {setting}").fetchall()
        self._connection.set_progress_handler(self._is_late, _STEPS)
        try:
            self._connection.deserialize(data)
            for table in _TABLES:  # SQLite asks to write before it opens one; from here on no other can be
                self._connection.execute(f"select 1 from {table} limit 0").fetchall()  # noqa: S608 - our own names
        except sqlite3.Error as error:
            raise _Fault("damaged", str(error)) from None
        self._connection.set_authorizer(self._authorize)

    def close(self) -> None:
        """Forget the database."""
        self._connection.close()

    def interrupt(self) -> None:
        """End the query that runs."""
        self._late = True
        self._connection.interrupt()

    def answer(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return what a query finds: `columns` and `rows`, or one value as `blob`.

        Args:
            query: its `text` and `params`; `rows`, `cells` and `bytes` are the most that may come of it, in `seconds`;
                `blob` says that one value is wanted, as bytes.
        """
        self._refused, self._late = "", False
        self._deadline = time.monotonic() + query["seconds"]
        params = query["params"]
        given = _Named(params) if isinstance(params, dict) else params
        try:
            with closing(self._connection.execute(query["text"], given)) as cursor:
                columns = [column[0] for column in cursor.description or ()]
                _check(columns, given)
                if query["blob"]:
                    return {"blob": _blob(columns, cursor, query["bytes"])}
                return {"columns": columns, "rows": list(_rows(columns, cursor, query))}
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            raise self._fault(error) from None
        except UnicodeDecodeError:
            raise _Fault("text") from None
        finally:
            self._deadline = float("inf")

    def _fault(self, error: Exception) -> _Fault:
        said = str(error)
        if self._late:
            return _Fault("late")
        if "one statement" in said:
            return _Fault("empty")
        if said.startswith("vtable constructor failed"):
            return _Fault("virtual")
        if self._refused:
            word, _, name = self._refused.partition(" ")
            plainly = word == "virtual" and not isinstance(error, sqlite3.OperationalError)
            return _Fault("write" if plainly else word, name)
        if isinstance(error, OverflowError) or "binding" in said:
            return _Fault("params", said)
        if said.startswith("Could not decode to UTF-8 column '"):
            return _Fault("text", said.split("'")[1])
        if said.startswith("unsafe use of "):
            return _Fault("unsafe", said.removeprefix("unsafe use of "))
        if said.startswith("no such "):
            return _Fault("absent", said)
        return _Fault("damaged" if "malformed" in said or "not a database" in said else "sql", said)

    def _is_late(self) -> bool:
        self._late = self._late or time.monotonic() > self._deadline
        return self._late

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        """Say whether a statement may do something; the first thing that it may not is what people are told of."""
        refused = ""
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_READ | sqlite3.SQLITE_RECURSIVE:
                pass
            case sqlite3.SQLITE_FUNCTION:
                refused = "" if (second or "").lower() in _FUNCTIONS else f"function {second}"
            case sqlite3.SQLITE_PRAGMA:
                name = (first or "").lower()
                reads = name in _DESCRIPTIONS or (name in _NUMBERS and second is None)
                refused = "" if reads else f"pragma {first}"
            case sqlite3.SQLITE_UPDATE if (first, second) == ("sqlite_master", "type"):
                refused = "virtual"  # so SQLite asks whether a virtual table may be opened
            case sqlite3.SQLITE_ATTACH | sqlite3.SQLITE_DETACH:
                refused = "attach"
            case _:
                refused = "write"
        self._refused = self._refused or refused
        return _DENIED if refused else _GRANTED


class _Named(dict[str, Any]):
    """Parameters by name, which knows those that the query has asked for."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(given)
        self.unused = dict.fromkeys(given)

    def __getitem__(self, name: str) -> Any:
        self.unused.pop(name, None)
        return super().__getitem__(name)


def _check(columns: list[str], given: _Named | list[Any]) -> None:
    if not columns:
        raise _Fault("empty")
    for name in given.unused if isinstance(given, _Named) else ():
        raise _Fault("unused", name)


def _rows(columns: list[str], cursor: sqlite3.Cursor, query: dict[str, Any]) -> Iterator[list[Any]]:
    for at, name in enumerate(columns):
        if name in columns[:at]:
            raise _Fault("twice", name)
    left, cells = query["bytes"], query["cells"]
    for number, row in enumerate(cursor, 1):
        if number > query["rows"]:
            raise _Fault("rows")
        left -= sum(_size(value) for value in row)
        if left < 0 or number * len(row) > cells:
            raise _Fault("large")
        for name, value in zip(columns, row, strict=True):
            if isinstance(value, bytes):
                raise _Fault("blob", name)
            if value in _INFINITE:
                raise _Fault("infinite", name, number)
        yield list(row)


_INFINITE = (float("inf"), float("-inf"))


def _size(value: Any) -> int:
    return _CELL + (len(value) if isinstance(value, str | bytes) else 0)


def _blob(columns: list[str], cursor: sqlite3.Cursor, most: int) -> str | None:
    """Return the one value of the one row; None if there is no row, or nothing in it."""
    found = cursor.fetchmany(2)
    if len(columns) != 1 or len(found) > 1:
        raise _Fault("not_one")
    value = found[0][0] if found else None
    if value is not None and not isinstance(value, bytes):
        raise _Fault("no_blob")
    if value is not None and len(value) > most:
        raise _Fault("large")
    return None if value is None else base64.b64encode(value).decode()


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
