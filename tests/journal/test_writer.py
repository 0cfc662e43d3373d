"""The one writer: what waits is written in one transaction, and who fails, fails alone."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmspell import place
from llmspell.errors import Fenced
from llmspell.journal.writer import MOST, Act, Writer


class Failure(Exception):
    """What the tests make of every error."""


class Gated(Writer):
    """A writer whose database can be held back, so that what is written meanwhile waits."""

    def __init__(self, path: Path) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.opened = 0
        super().__init__(lambda: self._opened(path), lambda error: Failure(str(error)))

    def _opened(self, path: Path) -> sqlite3.Connection:
        self.opened += 1
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)")
        return connection


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Gated]:
    writer = Gated(tmp_path / "t.db")
    yield writer
    writer.gate.set()
    writer.close()


def insert(number: int) -> Act:
    return lambda connection: connection.execute("INSERT INTO t VALUES (?)", (number,)).lastrowid


def hold_back(writer: Gated) -> asyncio.Future[Any]:
    """Let the writer wait in a transaction of its own."""
    writer.gate.clear()
    return writer.submit(lambda connection: writer.gate.wait(30))


def numbers(writer: Gated) -> asyncio.Future[Any]:
    return writer.submit(lambda connection: [n for (n,) in connection.execute("SELECT n FROM t ORDER BY rowid")])


async def test_what_waits_is_written_in_one_transaction(writer: Gated) -> None:
    held = hold_back(writer)
    waiting = [writer.submit(insert(number)) for number in range(MOST)]
    writer.gate.set()
    await held
    before = writer.transactions
    assert await asyncio.gather(*waiting) == list(range(MOST))
    assert writer.transactions - before <= 2  # the first may have come with what held the writer back


async def test_who_fails_fails_alone(writer: Gated) -> None:
    held = hold_back(writer)
    waiting = [writer.submit(insert(number)) for number in (1, 2, 2, 3)]
    writer.gate.set()
    await held
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(each) for each in outcomes] == ["1", "2", "UNIQUE constraint failed: t.n", "3"]
    assert await numbers(writer) == [1, 2, 3]


async def test_a_bug_in_a_write_does_not_stop_the_writer(writer: Gated) -> None:
    with pytest.raises(Failure, match="division by zero"):
        await writer.submit(lambda connection: 1 / 0)
    await writer.submit(insert(1))
    assert await numbers(writer) == [1]


async def test_who_no_longer_waits_harms_nobody(writer: Gated) -> None:
    held = hold_back(writer)
    dropped, kept = writer.submit(insert(1)), writer.submit(insert(2))
    dropped.cancel()
    writer.gate.set()
    await asyncio.gather(held, kept)
    assert await numbers(writer) == [1, 2]


async def test_a_database_that_does_not_open_is_tried_again(tmp_path: Path) -> None:
    writer = Gated(tmp_path / "later" / "t.db")
    with pytest.raises(Failure, match="unable to open database file"):
        await writer.submit(insert(1))
    (tmp_path / "later").mkdir()
    await writer.submit(insert(1))
    await asyncio.to_thread(writer.close)
    assert writer.opened == 2


async def test_a_database_that_does_not_open_is_tried_once_for_all_who_wait(tmp_path: Path) -> None:
    tried = threading.Semaphore(0)
    times: list[int] = []

    def connect() -> sqlite3.Connection:
        times.append(1)
        tried.acquire(timeout=30)
        raise OSError("no disk")

    writer = Writer(connect, lambda error: Failure(str(error)))
    waiting = [writer.submit(insert(number)) for number in range(MOST)]
    tried.release(2)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(each) for each in outcomes} == {"no disk"}
    assert len(times) <= 2
    await asyncio.to_thread(writer.close)


async def test_what_waits_is_written_before_the_writer_closes(writer: Gated) -> None:
    held = hold_back(writer)
    waiting = [writer.submit(insert(number)) for number in range(3)]
    closing = asyncio.create_task(asyncio.to_thread(writer.close))
    writer.gate.set()
    await closing
    await asyncio.gather(held, *waiting)
    assert await numbers(writer) == [0, 1, 2]


def test_a_loop_that_is_gone_is_not_missed(writer: Gated) -> None:
    async def ask() -> None:
        hold_back(writer)
        writer.submit(insert(1))

    asyncio.run(ask())
    writer.gate.set()
    assert asyncio.run(_numbers(writer)) == [1]


async def _numbers(writer: Gated) -> Any:
    return await numbers(writer)


async def test_a_file_that_is_in_the_place_of_the_first_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "t.db"

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        return connection

    writer = Writer(opened, lambda error: error, lambda: place.identity(path))
    try:
        await writer.submit(insert(1))
        path.rename(tmp_path / "old.db")
        with pytest.raises(Fenced, match="moved or removed"):
            await writer.submit(insert(2))
        path.touch()
        with pytest.raises(Fenced, match="moved or removed"):
            await writer.submit(insert(3))
    finally:
        writer.close()
