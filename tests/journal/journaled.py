"""What the tests of the journal share: a store, and runs and entries to keep in it."""

from pathlib import Path
from typing import Any

from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.sealed import SealedStore
from llmspell.journal.sealing import Seal
from llmspell.journal.sqlite import SqliteStore
from llmspell.journal.store import Store
from llmspell.journal.values import fingerprint

FILES = {"main.lua": {"language": "lua", "source": "return 1", "uses": {}}}


def run_of(run_id: str = "RUN00001", **fields: Any) -> RunRecord:
    """Return a run that begins."""
    given: dict[str, Any] = {
        "spell": "hello", "identity": "spells/hello.lua", "language": "lua", "bundle": "b" * 64, "host_abi": 1,
        "seed": 7, "t0_ms": 1_000, "profile": "medium security", "owner": "test",
    }  # fmt: skip
    return RunRecord(run_id=run_id, **given | fields)


def call(no: int, value: Any = "result", *, place: int | None = -1, request: Any = None, **fields: Any) -> Entry:
    """Return a call that has ended; it is delivered at the place of its number unless another is said."""
    asked = ["what?", no] if request is None else request
    at = no - 1 if place == -1 else place
    given: dict[str, Any] = {
        "op": "ask", "request": asked, "fingerprint": fingerprint("ask", asked), "ok": True, "value": value,
        "ord": at, "batch": at, "t_ms": None if at is None else 1_000 + at,
    }  # fmt: skip
    return Entry(no=no, **given | fields)


def sqlite_store(folder: Path, **options: Any) -> SqliteStore:
    """Return a store in a file."""
    return SqliteStore(folder / "data" / "journal.db", **options)


async def problems(store: Store) -> list[str]:
    """Return all that is wrong with what is kept."""
    return [problem for finding in await store.check() for problem in finding.problems]


def sealed_store(folder: Path, **options: Any) -> SealedStore:
    """Return a store that is encrypted, in a file."""
    return SealedStore(sqlite_store(folder, **options), lambda: Seal(b"k" * 32), options.get("scrub"))
