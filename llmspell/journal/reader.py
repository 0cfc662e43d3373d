"""The one reader of a store: a connection that cannot write, for one thread at a time."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from llmspell.errors import SpellError

_T = TypeVar("_T")


class Reader:
    """Reads for any number of tasks, in threads.

    Args:
        path: the file; while there is none nothing is found.
        connect: opens it.
        explain: makes of any error what the waiting task is told.
    """

    def __init__(
        self, path: Path, connect: Callable[[], sqlite3.Connection], explain: Callable[[Exception], Exception]
    ) -> None:
        self._path = path
        self._connect = connect
        self._explain = explain
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    async def find(self, act: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Return what is found; None if there is no journal."""
        return await asyncio.to_thread(self._found, act)

    def close(self) -> None:
        """Close the database; it blocks."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _found(self, act: Callable[[sqlite3.Connection], _T]) -> _T | None:
        with self._turn:
            if not self._path.exists():
                return None
            try:
                if self._connection is None:
                    self._connection = self._connect()
                return act(self._connection)
            except SpellError:
                raise
            except (sqlite3.Error, OSError) as error:
                raise self._explain(error) from None
