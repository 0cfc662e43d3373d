"""A store in one SQLite file, for all processes of one machine."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from llmspell import place
from llmspell.errors import ArgumentError
from llmspell.journal import finds, health, holds, rows, schema, waits
from llmspell.journal import lines as said
from llmspell.journal import retention as keeping
from llmspell.journal import stats as totals
from llmspell.journal.cuts import cut
from llmspell.journal.reader import Reader
from llmspell.journal.records import (
    FINISHED,
    By,
    Durability,
    Entry,
    Finding,
    Hold,
    Line,
    News,
    Pruned,
    Query,
    Retention,
    RunRecord,
    Status,
    Sums,
)
from llmspell.journal.room import EACH, Room, kept
from llmspell.journal.shelf import Shelf
from llmspell.journal.store import Change, Files
from llmspell.journal.values import Scrub
from llmspell.journal.writer import Act, Writer
from llmspell.secrets import Secrets
from llmspell.wording import clip, visible

LIMIT = 8 * 2**30
"""Bytes that a journal may have."""

_LINES = 200  # that are read at once
_KNOWN = 50_000  # values of one run that are remembered as kept


def milliseconds() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class SqliteStore:
    """The store in a file. It is made at the first run that begins; to read where there is none leaves no trace.

    Args:
        path: the file.
        durability: what a write survives.
        scrub: makes secrets unreadable in all that is written: those of the environment, unless it is given.
        limit: bytes that the file may have.
        most: bytes that one run may keep, before they are compressed; no more of one is read at once either.
        now: returns the time, in milliseconds since the epoch.
    """

    def __init__(
        self,
        path: Path,
        *,
        durability: Durability = "normal",
        scrub: Scrub | None = None,
        limit: int = LIMIT,
        most: int = EACH,
        now: Callable[[], int] = milliseconds,
    ) -> None:
        self.path = path
        self._most = most
        self._room = Room(most)
        self._scrub = Secrets.of(os.environ).scrub if scrub is None else scrub
        self._now = now

        def explain(error: Exception) -> Exception:
            return schema.explained(error, path, limit)

        self._writer = Writer(lambda: schema.connect(path, durability, limit), explain, lambda: place.identity(path))
        self._reader = Reader(path, lambda: schema.look(path, limit), explain)
        self._full: set[Hold] = set()
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
        self._room.open(run.run_id)
        return Hold(run.run_id, 1)

    async def resume(self, run_id: str, owner: str, bundle: str | None = None, files: Files | None = None) -> Hold:
        """Take over a run; see `Store`."""
        size, packed = rows.pack_files(files or {})

        def resume(connection: sqlite3.Connection) -> tuple[int, int]:
            found = connection.execute("SELECT status, epoch FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            holds.check_going_on(run_id, found)
            if bundle is not None:
                connection.execute("INSERT OR IGNORE INTO bundles VALUES (?, ?, ?)", (bundle, size, packed))
            sql = (
                "UPDATE runs SET epoch = ?, owner = ?, bundle = coalesce(?, bundle), status = 'running', stop = NULL, "
                "due_ms = NULL, result = NULL, error = NULL, updated_ms = max(updated_ms, ?) WHERE run_id = ?"
            )
            epoch: int = found[1] + 1
            connection.execute(sql, (epoch, owner, bundle, self._now(), run_id))
            cut(connection, run_id)
            return epoch, kept(connection, run_id)

        epoch, size_kept = await self._changed(resume)
        self._room.open(run_id, size_kept)
        return Hold(run_id, epoch)

    async def fork(
        self, source: str, at: int | None, run: RunRecord, files: Files, change: Change | None = None
    ) -> Hold:
        """Keep a run that begins with a part of another; see `Store`."""
        begin = self._beginning(run, files)

        def fork(connection: sqlite3.Connection) -> int:
            end = rows.end_of(connection, source, at)
            begin(connection)
            rows.copy(connection, source, run.run_id, end, change)
            return kept(connection, run.run_id)

        self._room.open(run.run_id, await self._changed(fork))
        return Hold(run.run_id, 1)

    async def record(self, hold: Hold, entries: Sequence[Entry]) -> str | None:
        """Keep what has happened in a run; see `Store`."""
        folds = rows.Folds(self._scrub)
        values = [rows.of_entry(hold.run_id, entry, folds) for entry in entries]
        known = self._known.setdefault(hold, set())
        aside = {sha: content for sha, content in folds.aside.items() if sha not in known}
        self._room.take(hold.run_id, values, aside)
        self._room.check(hold.run_id)

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

    async def write_lines(self, hold: Hold, lines: Sequence[Line]) -> None:
        """Keep what a run has said; see `Store`."""
        if hold in self._full:
            return
        folds = rows.Folds(self._scrub)
        folded = said.fold(lines, folds)
        self._room.take(hold.run_id, folded, folds.aside)

        def write(connection: sqlite3.Connection) -> bool:
            holds.check_hold(connection, hold)
            rows.keep_aside(connection, hold.run_id, folds.aside)
            return said.write(connection, hold.run_id, folded)

        if not await self._writer.submit(write):
            self._full.add(hold)

    async def resolve(
        self,
        run_id: str,
        no: int,
        ok: bool,
        value: Any,
        *,
        fingerprint: bytes | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> bool:
        """Decide an open call from outside; see `Store`."""
        folds = rows.Folds(self._scrub)
        answer, more = folds.json(value), folds.json(meta or {})

        def resolve(connection: sqlite3.Connection) -> bool:
            status = connection.execute("SELECT status FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            sql = "SELECT ok, fp FROM calls WHERE run_id = ? AND no = ? AND key = ''"
            found = connection.execute(sql, (run_id, no)).fetchone()
            if not holds.check_open(run_id, no, status, found, fingerprint):
                return False
            rows.keep_aside(connection, run_id, folds.aside)
            sql = (
                "UPDATE calls SET ok = ?, res = ?, meta = json_patch(meta, ?) WHERE run_id = ? AND no = ? AND key = ''"
            )
            connection.execute(sql, (ok, answer, more, run_id, no))
            return True

        return bool(await self._changed(resolve))

    async def mark(self, hold: Hold, status: Status, due_ms: int | None = None) -> None:
        """Say where an unfinished run is; see `Store`."""

        def mark(connection: sqlite3.Connection) -> None:
            holds.check_hold(connection, hold)
            sql = "UPDATE runs SET status = ?, due_ms = ?, updated_ms = max(updated_ms, ?) WHERE run_id = ?"
            connection.execute(sql, (status, due_ms, self._now(), hold.run_id))
            totals.keep(connection, hold.run_id)

        await self._writer.submit(mark)
        if status != "running":
            self._forget(hold)

    async def finish(
        self,
        hold: Hold,
        status: Status,
        *,
        result: Any = None,
        error: Any = None,
    ) -> None:
        """Keep how a run has ended; see `Store`."""
        folds = rows.Folds(self._scrub)
        ending = (status, folds.json(result), folds.json(error))

        def finish(connection: sqlite3.Connection) -> None:
            holds.check_hold(connection, hold)
            rows.keep_aside(connection, hold.run_id, folds.aside)
            sql = "UPDATE runs SET status = ?, result = ?, error = ?, updated_ms = max(updated_ms, ?) WHERE run_id = ?"
            connection.execute(sql, (*ending, self._now(), hold.run_id))
            totals.keep(connection, hold.run_id)

        await self._writer.submit(finish)
        self._forget(hold)

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
        if retention.dry:
            return await self._writer.submit(lambda connection: keeping.rehearse(connection, retention))  # type: ignore[no-any-return]
        before: int = await self._writer.submit(keeping.size)
        while runs := await self._writer.submit(lambda connection: keeping.forget(connection, retention)):
            forgotten += runs
        while await self._writer.submit(keeping.give_back):
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

    def _forget(self, hold: Hold) -> None:
        self._known.pop(hold, None)
        self._room.close(hold.run_id)

    def _absent(self) -> ArgumentError:
        where = clip(visible(str(self.path)), 200)
        hint = "runs are kept by project: is this its folder?"
        return ArgumentError(f"there are no runs yet: no file {where}", hint=hint)

    async def _changed(self, act: Act) -> Any:
        """Write to a journal that must be there already."""
        if not self.path.exists():
            raise self._absent()
        return await self._writer.submit(act)

    # -- reading ------------------------------------------------------------------------------------------------------

    async def run(self, name: str) -> RunRecord:
        """Return a run; see `Store`."""

        def find(connection: sqlite3.Connection) -> RunRecord:
            return totals.told(connection, rows.to_run(rows.named(connection, name), rows.Opener(connection)))

        if (found := await self._reader.find(find)) is None:
            raise self._absent()
        return found

    async def news(self, run_id: str) -> News:
        """Return what others have done to a run; see `Store`."""

        if (found := await self._reader.find(lambda connection: waits.news(connection, run_id))) is None:
            raise self._absent()
        return found

    async def waiting(self, run_id: str | None = None) -> list[tuple[RunRecord, Entry]]:
        """Return the open external calls; see `Store`."""
        return await self._reader.find(lambda connection: waits.waiting(connection, run_id)) or []

    async def runs(self, query: Query) -> list[RunRecord]:
        """Return the runs that fit; see `Store`."""
        return await self._reader.find(lambda connection: finds.runs(connection, query)) or []

    async def calls(self, run_id: str, *, requests: bool = True) -> AsyncIterator[Entry]:
        """Yield the entries of a run; see `Store`."""
        pages = finds.Pages(run_id, requests, self._most)
        while page := await self._reader.find(pages.next):
            for entry in page:
                yield entry

    async def lines(self, run_id: str, after: int = 0) -> AsyncIterator[tuple[int, Line]]:
        """Yield what a run has said; see `Store`."""

        shelf = Shelf(self._most)

        def find(connection: sqlite3.Connection) -> list[tuple[int, Line]]:
            return said.read(connection, run_id, after, _LINES, shelf)

        while page := await self._reader.find(find):
            for each in page:
                yield each
            after = page[-1][0]

    async def stats(self, by: By, since_ms: int = 0) -> list[Sums]:
        """Return what runs have cost; see `Store`."""
        return await self._reader.find(lambda connection: totals.sums(connection, by, since_ms)) or []

    async def entry(self, run_id: str, no: int, key: str = "") -> Entry | None:
        """Return one entry of a run; see `Store`."""
        return await self._reader.find(lambda connection: finds.entry(connection, (run_id, no, key)))

    async def files(self, bundle: str) -> dict[str, Any]:
        """Return the files of a bundle; see `Store`."""

        def find(connection: sqlite3.Connection) -> Any:
            return connection.execute("SELECT size, files FROM bundles WHERE sha = ?", (bundle,)).fetchone()

        if (found := await self._reader.find(find)) is None:
            raise ArgumentError(f"no run has the bundle {clip(visible(bundle), 80)}")
        return rows.to_files(*found)

    async def check(self) -> list[Finding]:
        """Return what was looked at, and what is wrong with it; see `Store`."""
        return await self._reader.find(health.findings) or []

    async def close(self) -> None:
        """Close the file; see `Store`."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._reader.close()


def _marks(values: Any) -> str:
    return ", ".join("?" * len(values))
