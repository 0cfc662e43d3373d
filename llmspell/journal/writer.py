"""The one writer of a store: a thread that writes all that waits in one transaction."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from llmspell.errors import Fenced

MOST = 500
"""Writes in one transaction."""

Act = Callable[[sqlite3.Connection], Any]
"""One write; it runs in a transaction, and perhaps again in another, and what it raises undoes it."""


class _Job(NamedTuple):
    act: Act
    done: asyncio.Future[Any]


class Writer:
    """Writes for any number of tasks, in the order in which they ask.

    Args:
        connect: opens the database, in the thread, at the first write.
        explain: makes of any error what the waiting task is told.
        identity: returns what tells the file from any other in its place.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        explain: Callable[[Exception], Exception],
        identity: Callable[[], Any] = lambda: None,
    ) -> None:
        self._connect = connect
        self._identity = identity
        self._file: Any = None
        self._explain = explain
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None
        self.transactions = 0
        """How many were committed."""

    def submit(self, act: Act) -> asyncio.Future[Any]:
        """Return the future of what a write returns, once that is durable. What was asked first is written first."""
        done = asyncio.get_running_loop().create_future()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        self._queue.put(_Job(act, done))
        return done

    def close(self) -> None:
        """Write what waits, then close the database; it blocks."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        going_on = True
        while going_on:
            jobs, going_on = self._taken()
            if jobs:
                self._settle(jobs, self._written(jobs))
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _taken(self) -> tuple[list[_Job], bool]:
        jobs: list[_Job] = []
        first = self._queue.get()
        while first is not None:
            jobs.append(first)
            if len(jobs) == MOST or self._queue.empty():
                return jobs, True
            first = self._queue.get()
        return jobs, False

    def _written(self, jobs: list[_Job]) -> list[Any]:
        """Write jobs together; if one cannot be, each for itself, so that it fails alone."""
        try:
            connection = self._begun()
        except Exception as error:
            return [self._explain(error)] * len(jobs)  # it is the fault of none, and each would wait as long
        try:
            outcomes = [job.act(connection) for job in jobs]
            connection.execute("COMMIT")
        except Exception as error:
            if connection.in_transaction:  # SQLite ends it by itself when the disk is full
                connection.execute("ROLLBACK")
            if len(jobs) == 1:
                return [self._explain(error)]
            return [outcome for job in jobs for outcome in self._written([job])]
        self.transactions += 1
        return outcomes

    def _begun(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
            self._file = self._identity()
        if self._identity() != self._file:  # the system writes on, into a file that nobody finds
            raise Fenced("the journal is not there any more: somebody has moved or removed it", hint="begin again")
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def _settle(self, jobs: list[_Job], outcomes: list[Any]) -> None:
        """Tell those who wait, with one wake-up for each loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for job, outcome in zip(jobs, outcomes, strict=True):
            by_loop.setdefault(job.done.get_loop(), []).append((job.done, outcome))
        for loop, settled in by_loop.items():
            with suppress(RuntimeError):  # the loop is closed, and nobody waits
                loop.call_soon_threadsafe(_tell, settled)


def _tell(settled: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, outcome in settled:
        if future.done():
            continue  # who waited was cancelled
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
