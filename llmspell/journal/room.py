"""How much of a journal one run takes: a script that asks without end must not fill it for all others."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from llmspell.errors import ConfigError

EACH = 2**30
"""Bytes that one run may keep, with all runs that it has begun."""

_KNOWN = 50_000  # values of one run that are counted once
_AFTER = "/"  # the character behind the point in the names of runs that others began
_KEPT = """
SELECT (SELECT coalesce(sum(length(CAST(req AS BLOB)) + length(CAST(coalesce(res, '') AS BLOB)) +
        length(CAST(meta AS BLOB))), 0) FROM calls WHERE run_id = :run OR (run_id > :first AND run_id < :end))
    + (SELECT coalesce(sum(max(size, length(bytes))), 0) FROM blobs WHERE sha IN
        (SELECT sha FROM uses WHERE run_id = :run OR (run_id > :first AND run_id < :end)))
"""


class Room:
    """Counts what runs keep, in bytes before they are compressed. What runs have begun counts with them.

    Args:
        most: bytes for each.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, int] = {}
        self._seen: dict[str, set[bytes]] = {}

    def open(self, run_id: str, kept: int = 0) -> None:
        """Begin to count a run that has kept so much before."""
        self._kept.setdefault(_top(run_id), kept)

    def close(self, run_id: str) -> None:
        """Forget a run that writes no more; one that another began goes on counting with that."""
        if _top(run_id) == run_id:
            self._kept.pop(run_id, None)
            self._seen.pop(run_id, None)

    def take(self, run_id: str, rows: Sequence[Sequence[Any]], aside: Mapping[bytes, bytes]) -> None:
        """Count what a run is about to keep."""
        run = _top(run_id)
        seen = self._seen.setdefault(run, set())
        size = sum(len(value.encode(errors="surrogatepass")) for row in rows for value in row if isinstance(value, str))
        size += sum(len(content) for sha, content in aside.items() if sha not in seen)
        if len(seen) < _KNOWN:
            seen.update(aside)
        self._kept[run] = self._kept.get(run, 0) + size

    def check(self, run_id: str) -> None:
        """Refuse a run that has taken more than its share.

        Raises:
            ConfigError: it has.
        """
        run = _top(run_id)
        if self._kept.get(run, 0) > self._most:
            raise ConfigError(
                f"run {run} would keep more than {self._most / 2**20:.0f} MiB in the journal",
                hint="set `run` in the section [journal] of llmspell.toml to more; then `llmspell resume` goes on",
            )


def kept(connection: sqlite3.Connection, run_id: str) -> int:
    """Return the bytes that a run keeps, with all that it has begun."""
    run = _top(run_id)
    names = {"run": run, "first": f"{run}.", "end": run + _AFTER}
    return int(connection.execute(_KEPT, names).fetchone()[0])


def _top(run_id: str) -> str:
    return run_id.partition(".")[0]
