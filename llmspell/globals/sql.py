"""Databases: what a script may ask of a SQLite file. SQLite itself runs in a locked worker, never here."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import msgspec

from llmspell import durations
from llmspell.bridge.op import Duration, Global, ReadPath, op
from llmspell.clerk import Clerk, Hire
from llmspell.context import Context
from llmspell.errors import ArgumentError, ScriptError, SpellError, TimeLimitError, WorkerDied, within
from llmspell.protocol import Lock
from llmspell.security.database import Mark, snapshot
from llmspell.security.disk import Disk
from llmspell.wording import clip, visible

ROWS = 1000
"""Rows that a query may find, unless it says otherwise."""
MOST_ROWS = 100_000
CELLS = 500_000
"""Values in all rows together: the host looks at each."""
SECONDS = 10.0
"""Seconds that a query may take, unless it says otherwise."""
MOST_SECONDS = 300.0
LONGEST = 100_000
"""Characters of a query."""
KEPT = 3
"""Databases that one run has open at once."""

_LIMITS = Lock(memory=2**28, memory_hard=6 * 2**26, cpu=1200, turn=2 * MOST_SECONDS, frame=16 * 2**20)
_RENEWED = 600.0  # seconds at work after which a worker is replaced, long before it has used up its own
_PIECE = 2**20
_SLACK = 1.0  # seconds that a worker has to say by itself that a query is late
_LOADING = 20.0
_SAID = 300  # characters of what SQLite says
_Cell = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | float | str | None

Scalar = str | int | float | bool | None
Params = list[Scalar] | dict[str, Scalar]


class _Found(msgspec.Struct):
    """What a worker answers. It may have been taken over by the file that it reads."""

    columns: list[str] = []
    rows: list[list[_Cell]] = []
    blob: bytes | None = None
    fault: str = ""
    text: str = ""
    row: int = 0


class _Query(NamedTuple):
    text: str
    params: Params
    rows: int
    seconds: float
    blob: bool = False


@dataclass
class _Open:
    """A database that a worker has. Each has one of its own, so that a hostile file lies about itself alone."""

    clerk: Clerk
    mark: Mark | None = None
    spent: float = 0.0


_TS = "file: string | Reply, text: string | Reply, params?: readonly {0}[] | Record<string, {0}>, options?: {1}"
_TS_VALUE = "(string | number | boolean | null)"
_QUERY = _TS.format(_TS_VALUE, "{ max_rows?: number; timeout?: Duration }")
_BLOB = _TS.format(_TS_VALUE, "{ timeout?: Duration }")


class _Kept:
    """The databases that a run and those that it begins have open, all together."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._closes = False
        self.turn = asyncio.Lock()

    def mark(self, key: str) -> Mark | None:
        """Return how a file was when a worker took it in, if one has it."""
        return self._open[key].mark if key in self._open else None

    async def hired(self, key: str, hire: Hire) -> _Open:
        """Return the worker that has a database, or a new one."""
        if not self._closes:
            self._closes = True
            self._context.closing.push_async_callback(self._close)
        if key not in self._open:
            while len(self._open) >= KEPT:
                await self.dismiss(next(iter(self._open)))
            self._open[key] = _Open(await hire("sql", _LIMITS))
        self._open.move_to_end(key)
        return self._open[key]

    async def weed(self, key: str) -> None:
        """Forget the worker that has a database if it has died."""
        if key in self._open and not self._open[key].clerk.alive:
            await self.dismiss(key)

    async def dismiss(self, key: str) -> None:
        """End the worker that has a database."""
        await self._open.pop(key).clerk.dismiss()

    async def _close(self) -> None:
        for key in list(self._open):
            await self.dismiss(key)


class Sql(Global):
    """Ask SQLite databases. They are read, and never changed."""

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._kept = context.top.shared(_Kept)

    @op(needs="read", untrusted=True, private=True, typescript=f"<T = Record<string, any>>({_QUERY}): Promise<T[]>")
    async def query(
        self,
        file: ReadPath,
        text: str,
        params: Params | None = None,
        *,
        max_rows: int = ROWS,
        timeout: Duration = SECONDS,  # noqa: ASYNC109 - it bounds the query
    ) -> list[dict[str, Any]]:
        """Return the rows that a query finds in a SQLite database, each with its values by the names of the columns.

        Args:
            file: the database, of at most 64 MiB.
            text: one statement that only reads: `select name from users where id = ?`.
            params: values for `?` in their order, or by name for `:name`. A value that is written into the text instead
                could be read as SQL.
            max_rows: how many rows there may be; more are an error.
            timeout: how long it may take.
        """
        if not 0 < max_rows <= MOST_ROWS:
            raise ArgumentError(f"Sql.query: `max_rows` must be from 1 to {MOST_ROWS}, got {max_rows}")
        with within("Sql.query"):
            found = await self._ask(file, _Query(text, params or [], max_rows, self._seconds(timeout)))
            return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    @op(needs="read", untrusted=True, private=True, typescript=f"({_BLOB}): Promise<Uint8Array | null>")
    async def blob(
        self,
        file: ReadPath,
        text: str,
        params: Params | None = None,
        *,
        timeout: Duration = SECONDS,  # noqa: ASYNC109 - it bounds the query
    ) -> bytes | None:
        """Return the one blob that a query finds, as bytes; nothing if there is no row, or null in it.

        Args:
            file: the database.
            text: one statement that finds one value: `select image from pages where id = ?`.
            params: values, as for `Sql.query`.
            timeout: how long it may take.
        """
        with within("Sql.blob"):
            return (await self._ask(file, _Query(text, params or [], 2, self._seconds(timeout), blob=True))).blob

    def _seconds(self, timeout: Duration) -> float:
        return min(durations.parse(timeout), self.context.profile.limits.cpu, MOST_SECONDS)

    async def _ask(self, file: str, query: _Query) -> _Found:
        if len(query.text) > LONGEST:
            raise ArgumentError(f"a query has at most {LONGEST} characters, this one has {len(query.text)}")
        disk = Disk(self.context.paths)
        locked = "locked" if self.context.profile.isolation_required else "any"
        key = "/".join([locked, *disk.paths.absolute(file)])
        async with self._kept.turn:
            await self.context.room()
            opened = await self._opened(disk, file, key)
            began = time.monotonic()
            body = b"?" + msgspec.json.encode(query._asdict() | {"cells": CELLS, "bytes": self._most})
            try:
                found = _read(await opened.clerk.ask(body, query.seconds + _SLACK))
            except WorkerDied:
                await self._kept.dismiss(key)
                if time.monotonic() - began >= query.seconds:
                    raise _late(query.seconds) from None
                raise _WORDS["memory"].error(query) from None
            except asyncio.CancelledError:
                await self._kept.dismiss(key)  # its answer would be taken for that of the next query
                raise
            opened.spent += time.monotonic() - began
            if opened.spent > _RENEWED:
                await self._kept.dismiss(key)
        if found.fault == "late":
            raise _late(query.seconds)
        if found.fault:
            raise _explained(found, query, file)
        return found

    @property
    def _most(self) -> int:
        """Bytes that an answer may have: it fits into a frame of the worker, and into one of the spell."""
        return min(self.context.profile.limits.frame // 2, _LIMITS["frame"] // 2)

    async def _opened(self, disk: Disk, file: str, key: str) -> _Open:
        """Return the worker that has a database as the file is now."""
        await self._kept.weed(key)
        known = self._kept.mark(key)
        found = await self.context.threads.do(lambda check: snapshot(disk, file, known, check))
        opened = await self._kept.hired(key, self.context.hire)
        if found.data is None:
            return opened
        opened.mark = None
        try:
            await self._load(opened.clerk, found.data, file)
        except BaseException:
            await self._kept.dismiss(key)
            raise
        opened.mark = found.mark
        return opened

    async def _load(self, clerk: Clerk, data: bytes, file: str) -> None:
        until = time.monotonic() + _LOADING
        try:
            for at in range(0, len(data), _PIECE):
                _read(await clerk.ask(b"+" + data[at : at + _PIECE], until - time.monotonic()))
            found = _read(await clerk.ask(b"=", until - time.monotonic()))
        except WorkerDied:
            found = _Found(fault="damaged", text="it is more than SQLite can take in")
        if found.fault:
            raise _explained(found, _Query("", [], 0, 0.0), file)


def _read(body: bytes) -> _Found:
    """Return an answer, checked like everything that comes from a worker."""
    try:
        found = msgspec.json.decode(body, type=_Found)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise WorkerDied("the worker has answered with something else") from None
    width = len(found.columns)
    sound = len(set(found.columns)) == width and len(found.rows) * width <= CELLS and len(found.rows) <= MOST_ROWS
    if not sound or any(len(row) != width for row in found.rows):
        raise WorkerDied("the worker has answered with something else")
    return found


class _Words(NamedTuple):
    """How people are told of a fault: `{text}` is what the worker says of it."""

    message: str
    hint: str | None = None
    kind: type[SpellError] = ScriptError

    def error(self, query: _Query, found: _Found | None = None, file: str = "") -> SpellError:
        """Return the error for a fault."""
        said = {
            "text": visible(clip(found.text, _SAID)) if found else "",
            "row": found.row if found else 0,
            "rows": query.rows,
            "file": file,
        }
        return self.kind(self.message.format_map(said), hint=self.hint and self.hint.format_map(said))


_ONLY = "the file is read, and never changed: write one `select`"
_WORDS: Mapping[str, _Words] = {
    "write": _Words("a query can only read, and this one would do something else", _ONLY, ArgumentError),
    "attach": _Words("a query can only read the one file, and this one asks for another", _ONLY, ArgumentError),
    "pragma": _Words(
        "`pragma {text}` is not one of those that a query may use",
        "table_list, table_info, index_list, foreign_key_list and the like are",
        ArgumentError,
    ),
    "function": _Words(
        "`{text}` is not one of the functions that a query may call",
        "those that compute are: https://sqlite.org/lang_corefunc.html",
        ArgumentError,
    ),
    "virtual": _Words(
        "the query needs a virtual table, such as a full-text search, which is not opened",
        "its plain tables can be read: select name from sqlite_master",
    ),
    "unsafe": _Words("a view or a column of this database calls {text}, which is not run"),
    "sql": _Words("{text}"),
    "absent": _Words("{text}", '"pragma table_list" finds the tables, "pragma table_info(name)" the columns of one'),
    "empty": _Words("a query is one statement that finds something", _ONLY, ArgumentError),
    "params": _Words("{text}", "`params` has one value for each `?`, or for each `:name`", ArgumentError),
    "unused": _Words(
        "the query has no parameter `:{text}`",
        'options come behind the parameters: Sql.query(file, "select 1", {{}}, options)',
        ArgumentError,
    ),
    "twice": _Words(
        "two columns of the result are called `{text}`",
        "give each a name of its own: select a.id as a_id, b.id as b_id",
    ),
    "blob": _Words("`{text}` is a blob, and rows hold plain data", "hex({text}) is text; Sql.blob gets one as bytes"),
    "no_blob": _Words("the value is no blob", "Sql.query gets numbers and texts"),
    "not_one": _Words("the query finds more than one value", "name one column, and add `limit 1`"),
    "text": _Words("a text in `{text}` is not UTF-8", "select cast(… as blob) and get it with Sql.blob"),
    "infinite": _Words("`{text}` is infinite in row {row}, which is no data", "leave such values out"),
    "rows": _Words("there are more than {rows} rows", "write `limit` in the query, or set `max_rows`"),
    "large": _Words("the rows are more than fits into one answer", "select fewer columns, or write `limit`"),
    "memory": _Words("the query needs more memory than it may have", "let it sort, join or build less at once"),
    "damaged": _Words("{file} is damaged: {text}", 'sqlite3 FILE "pragma integrity_check" tells more'),
}
"""What a worker says with one word; whatever else it says counts as `damaged`."""


def _explained(found: _Found, query: _Query, file: str) -> SpellError:
    return _WORDS.get(found.fault, _WORDS["damaged"]).error(query, found, file)


def _late(seconds: float) -> TimeLimitError:
    return TimeLimitError(
        f"the query took longer than {durations.spoken(seconds)}", hint="`timeout` sets the limit; an index may help"
    )
