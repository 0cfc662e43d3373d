"""A store in one SQLite file, for all processes of one machine."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from llmspell.errors import ArgumentError, ConfigError, SpellError
from llmspell.journal import holds, rows, schema
from llmspell.journal import retention as keeping
from llmspell.journal.records import FINISHED, Durability, Entry, Hold, Pruned, Query, Retention, RunRecord, Status
from llmspell.journal.store import Files
from llmspell.journal.values import Scrub
from llmspell.journal.writer import Act, Writer
from llmspell.wording import clip, visible

LIMIT = 8 * 2**30
"""Bytes that a journal may have."""

_PAGE = 200  # entries that are read at once
_KNOWN = 50_000  # values of one run that are remembered as kept
_SPACED = 1000  # pages that are given back at once
_T = TypeVar("_T")


def milliseconds() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class SqliteStore:
    """The store in a file. It is made at the first run that begins; to read where there is none leaves no trace.

    Args:
        path: the file.
        durability: what a write survives.
        scrub: makes secrets unreadable in all that is written.
        limit: bytes that the file may have.
        now: returns the time, in milliseconds since the epoch.
    """

    def __init__(
        self,
        path: Path,
        *,
        durability: Durability = "normal",
        scrub: Scrub | None = None,
        limit: int = LIMIT,
        now: Callable[[], int] = milliseconds,
    ) -> None:
        self.path = path
        self._limit = limit
        self._scrub = scrub
        self._now = now
        self._writer = Writer(
            lambda: schema.connect(path, durability, limit), lambda error: schema.explained(error, path, limit)
        )
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._known: dict[Hold, set[bytes]] = {}

    @property
    def transactions(self) -> int:
        """How many transactions this process has committed."""
        return self._writer.transactions

    # -- writing ------------------------------------------------------------------------------------------------------

    async def begin(self, run: RunRecord, files: Files) -> Hold:
        """Keep a run that begins; see `Store`."""
        begin = self._beginning(run, files)
        await self._writer.submit(begin)
        return Hold(run.run_id, 1)

    async def resume(self, run_id: str, owner: str) -> Hold:
        """Take over a run; see `Store`."""

        def resume(connection: sqlite3.Connection) -> int:
            found = connection.execute("SELECT status, epoch FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            holds.check_going_on(run_id, found)
            sql = "UPDATE runs SET epoch = ?, owner = ?, status = 'running', stop = NULL, due_ms = NULL, updated_ms = ?"
            epoch: int = found[1] + 1
            connection.execute(f"{sql} WHERE run_id = ?", (epoch, owner, self._now(), run_id))
            return epoch

        return Hold(run_id, await self._changed(resume))

    async def fork(self, source: str, at: int, run: RunRecord, files: Files) -> Hold:
        """Keep a run that begins with a part of another; see `Store`."""
        begin = self._beginning(run, files)

        def fork(connection: sqlite3.Connection) -> None:
            sql = "SELECT coalesce(ord, 9e18) FROM calls WHERE run_id = ? AND no = ? AND key = ''"
            found = connection.execute(sql, (source, at)).fetchone()
            if found is None:
                raise ArgumentError(f"run {clip(visible(source), 60)} has no call {at}")
            begin(connection)
            rows.copy(connection, source, run.run_id, found[0])

        await self._changed(fork)
        return Hold(run.run_id, 1)

    async def record(self, hold: Hold, entries: Sequence[Entry]) -> str | None:
        """Keep what has happened in a run; see `Store`."""
        folds = rows.Folds(self._scrub)
        values = [rows.of_entry(hold.run_id, entry, folds) for entry in entries]
        known = self._known.setdefault(hold, set())
        aside = {sha: content for sha, content in folds.aside.items() if sha not in known}

        def record(connection: sqlite3.Connection) -> str | None:
            stop = holds.check_hold(connection, hold)
            rows.keep_aside(connection, hold.run_id, aside)
            for row in values:
                if not connection.execute(rows.KEEP, row).rowcount:
                    raise ArgumentError(f"call {row[1]} of run {hold.run_id} is in the journal with another outcome")
            return stop

        stop: str | None = await self._writer.submit(record)
        if len(known) < _KNOWN:
            known.update(aside)
        return stop

    async def resolve(self, run_id: str, no: int, ok: bool, value: Any) -> bool:
        """Decide an open call from outside; see `Store`."""
        folds = rows.Folds(self._scrub)
        answer = folds.json(value)

        def resolve(connection: sqlite3.Connection) -> bool:
            status = connection.execute("SELECT status FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            holds.check_going_on(run_id, status)
            sql = "SELECT ok FROM calls WHERE run_id = ? AND no = ? AND key = ''"
            found = connection.execute(sql, (run_id, no)).fetchone()
            if found is None:
                raise ArgumentError(f"run {run_id} has no call {no}")
            if found[0] is not None:
                return False
            rows.keep_aside(connection, run_id, folds.aside)
            sql = "UPDATE calls SET ok = ?, res = ? WHERE run_id = ? AND no = ? AND key = ''"
            connection.execute(sql, (ok, answer, run_id, no))
            return True

        return bool(await self._changed(resolve))

    async def mark(self, hold: Hold, status: Status, due_ms: int | None = None) -> None:
        """Say where an unfinished run is; see `Store`."""

        def mark(connection: sqlite3.Connection) -> None:
            holds.check_hold(connection, hold)
            sql = "UPDATE runs SET status = ?, due_ms = ?, updated_ms = ? WHERE run_id = ?"
            connection.execute(sql, (status, due_ms, self._now(), hold.run_id))

        await self._writer.submit(mark)
        if status != "running":
            self._known.pop(hold, None)

    async def finish(
        self,
        hold: Hold,
        status: Status,
        *,
        result: Any = None,
        error: Any = None,
        usage: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep how a run has ended; see `Store`."""
        folds = rows.Folds(self._scrub)
        spent = dict(usage or {})
        ending = (status, folds.json(result), folds.json(error), folds.json(spent), rows.cost(spent))

        def finish(connection: sqlite3.Connection) -> None:
            holds.check_hold(connection, hold)
            rows.keep_aside(connection, hold.run_id, folds.aside)
            sql = "UPDATE runs SET status = ?, result = ?, error = ?, usage = ?, cost = ?, updated_ms = ?"
            connection.execute(f"{sql} WHERE run_id = ?", (*ending, self._now(), hold.run_id))

        await self._writer.submit(finish)
        self._known.pop(hold, None)

    async def stop(self, run_id: str, reason: str) -> bool:
        """Keep the wish that a run stops; see `Store`."""
        run_id = (await self.run(run_id)).run_id
        sql = f"UPDATE runs SET stop = coalesce(stop, ?) WHERE run_id = ? AND status NOT IN ({_marks(FINISHED)})"  # noqa: S608
        return bool(await self._changed(lambda link: link.execute(sql, (reason, run_id, *FINISHED)).rowcount))

    async def prune(self, retention: Retention) -> Pruned:
        """Forget runs; see `Store`."""
        forgotten: list[str] = []
        if not self.path.exists():
            return Pruned(forgotten, 0)
        before: int = await self._writer.submit(keeping.size)
        while runs := await self._writer.submit(lambda connection: keeping.forget(connection, retention)):
            forgotten += runs
        while await self._writer.submit(_give_back):
            pass
        return Pruned(forgotten, before - await self._writer.submit(keeping.size))

    def _beginning(self, run: RunRecord, files: Files) -> Act:
        folds = rows.Folds(self._scrub)
        values = rows.of_run(run, self._now(), folds)
        size, packed = rows.pack_files(files)
        names = ", ".join(values)

        def begin(connection: sqlite3.Connection) -> None:
            if connection.execute("SELECT 1 FROM runs WHERE run_id = ?", (run.run_id,)).fetchone():
                raise ArgumentError(f"there is a run {run.run_id} already")
            rows.keep_aside(connection, run.run_id, folds.aside)
            connection.execute("INSERT OR IGNORE INTO bundles VALUES (?, ?, ?)", (run.bundle, size, packed))
            sql = f"INSERT INTO runs ({names}) VALUES ({_marks(values)})"  # noqa: S608 - the names are ours
            connection.execute(sql, tuple(values.values()))

        return begin

    async def _changed(self, act: Act) -> Any:
        """Write to a journal that must be there already."""
        if not self.path.exists():
            raise ArgumentError("there are no runs yet")
        return await self._writer.submit(act)

    # -- reading ------------------------------------------------------------------------------------------------------

    async def run(self, name: str) -> RunRecord:
        """Return a run; see `Store`."""

        def find(connection: sqlite3.Connection) -> RunRecord:
            return rows.to_run(rows.named(connection, name), connection)

        if (found := await self._read(find)) is None:
            raise ArgumentError("there are no runs yet")
        return found

    async def runs(self, query: Query) -> list[RunRecord]:
        """Return the runs that fit; see `Store`."""
        condition, values = rows.where(query)
        sql = f"SELECT {', '.join(rows.RUN)} FROM runs WHERE {condition} ORDER BY created_ms DESC, rowid DESC LIMIT ?"  # noqa: S608

        def find(connection: sqlite3.Connection) -> list[RunRecord]:
            return [rows.to_run(row, connection) for row in connection.execute(sql, (*values, query.limit))]

        return await self._read(find) or []

    async def calls(self, run_id: str, *, requests: bool = True) -> AsyncIterator[Entry]:
        """Yield the entries of a run; see `Store`."""
        after: tuple[Any, ...] = (-1,)
        delivered = "SELECT * FROM calls WHERE run_id = ? AND ord > ? ORDER BY ord LIMIT ?"
        while page := await self._page(delivered, (run_id, *after, _PAGE), requests):
            for entry in page:
                yield entry
            after = (page[-1].ord,)
        after = (-1, "")
        others = "SELECT * FROM calls WHERE run_id = ? AND ord IS NULL AND (no, key) > (?, ?) ORDER BY no, key LIMIT ?"
        while page := await self._page(others, (run_id, *after, _PAGE), requests):
            for entry in page:
                yield entry
            after = (page[-1].no, page[-1].key)

    async def entry(self, run_id: str, no: int, key: str = "") -> Entry | None:
        """Return one entry of a run; see `Store`."""
        sql = "SELECT * FROM calls WHERE run_id = ? AND no = ? AND key = ?"
        found = await self._page(sql, (run_id, no, key), requests=True)
        return found[0] if found else None

    async def files(self, bundle: str) -> dict[str, Any]:
        """Return the files of a bundle; see `Store`."""

        def find(connection: sqlite3.Connection) -> Any:
            return connection.execute("SELECT size, files FROM bundles WHERE sha = ?", (bundle,)).fetchone()

        if (found := await self._read(find)) is None:
            raise ArgumentError(f"no run has the bundle {clip(visible(bundle), 80)}")
        try:
            return msgspec.json.decode(rows.unpacked("zlib", *found), type=dict[str, Any])
        except msgspec.DecodeError:
            raise ConfigError("a spell in the journal is damaged") from None

    async def check(self) -> list[str]:
        """Return what is wrong with the file; see `Store`."""
        return await self._read(keeping.problems) or []

    async def close(self) -> None:
        """Close the file; see `Store`."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    async def _page(self, sql: str, values: tuple[Any, ...], requests: bool) -> list[Entry]:
        def find(connection: sqlite3.Connection) -> list[Entry]:
            return [rows.to_entry(row, connection, requests=requests) for row in connection.execute(sql, values)]

        return await self._read(find) or []

    async def _read(self, find: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Return what is found, in a thread; None if there is no journal."""
        return await asyncio.to_thread(self._found, find)

    def _found(self, find: Callable[[sqlite3.Connection], _T]) -> _T | None:
        with self._reading:
            if not self.path.exists():
                return None
            try:
                if self._reader is None:
                    self._reader = schema.look(self.path, self._limit)
                return find(self._reader)
            except SpellError:
                raise
            except (sqlite3.Error, OSError) as error:
                raise schema.explained(error, self.path, self._limit) from None


def _give_back(connection: sqlite3.Connection) -> bool:
    """Give some free pages back to the file system; return whether there may be more."""
    (before,) = connection.execute("PRAGMA freelist_count").fetchone()
    connection.execute(f"PRAGMA incremental_vacuum({_SPACED})").fetchall()
    (after,) = connection.execute("PRAGMA freelist_count").fetchone()
    return bool(0 < after < before)


def _marks(values: Any) -> str:
    return ", ".join("?" * len(values))
