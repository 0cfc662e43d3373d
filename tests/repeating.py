"""Runs that are written down, and then repeated by another process, from their record alone.

The other process has other hashes and other addresses. It holds the engines itself: what the record leads to is the
matter there, and a worker takes longer to start than most runs take.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from llmspell import Global, Host, Run
from llmspell.context import Sink
from llmspell.errors import Place, SpellError
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.sqlite import SqliteStore
from llmspell.project import Project
from llmspell.security.profile import Profile
from llmspell.security.rules import Rules
from llmspell.testing import InlineWorker

RUNS = 200
"""How many runs a process repeats, before another takes its place: V8 gives little memory back."""
PATIENCE = 50
"""Seconds that a run may take to be repeated."""


def cores() -> int:
    """Return how many processors are for this process: the others are for those that test other modules."""
    return max(1, (os.cpu_count() or 1) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


class Heard(Sink):
    """Keeps all that a run says while it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.logs: list[tuple[str, str, dict[str, Any]]] = []
        self.lines: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.printed)

    @property
    def everything(self) -> str:
        return "\n".join([self.text, *self.errors, *map(str, self.logs), *self.lines])

    def output(self, stream: str, text: str) -> None:
        super().output(stream, text)
        if stream == "err":
            self.errors.append(text)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self.logs.append((level, message, fields))

    def progress(self, line: str) -> None:
        self.lines.append(line)


@dataclass
class Seen:
    """What a person sees of a run, and how many calls it has made."""

    value: str
    """With the order of keys, which scripts see."""
    error: tuple[str, str, Place | None] | None
    text: str
    logs: list[Any]
    calls: int
    hash: int = field(default_factory=lambda: hash("llmspell"), compare=False)
    """Of a text, in the process that has seen it."""

    @classmethod
    def of(cls, run: Run, heard: Heard) -> "Seen":
        error = run.error and (run.error.kind, run.error.message, run.error.where)
        return cls(repr(run.value), error, heard.text, heard.logs, run.calls)


def refuse(error: SpellError) -> None:
    raise AssertionError(f"it is not written down: {error}")


def write_down(run: Run, store: SqliteStore) -> None:
    """Write a run that is prepared into a journal."""
    record, files = archive.record(run), archive.files(run.bundle)
    run.remember(Past(), Scribe(store, lambda: store.begin(record, files), refuse))


async def replayed(
    store: SqliteStore, run_id: str, kinds: Sequence[type[Global]], root: Path, *, inline: bool = False
) -> tuple[Run, Heard]:
    """Return a run after it has been repeated, and what it has said.

    Args:
        store: the journal.
        run_id: the run.
        kinds: what scripts see beside the builtin globals.
        root: the folder of the project.
        inline: run the engine in this process.
    """
    heard, record = Heard(), await store.run(run_id)
    profile = archive.profile(record, Profile.load(record.info["profile"]["base"]))
    async with Host(globals=kinds, profile=profile, environ={}) as host:
        bundle = archive.bundle(await store.files(record.bundle))
        rules = Rules(profile.label, profile.permissions)
        run = host.repeat(record, bundle, project=Project.of(root / "spell"), rules=rules, sink=heard)
        run.begins = archive.start(record, bundle)
        run.remember(await Past.of(store, run_id, offline=True), Scribe())
        run.at_frontier = partial(archive.recorded_error, record)
        await (run.execute(InlineWorker(record.language)) if inline else host.execute(run))
    run.error = archive.check_outcome(record, run.value, run.error)
    return run, heard


async def resumed(
    store: SqliteStore, run_id: str, kinds: Sequence[type[Global]], root: Path, *, inline: bool = False
) -> tuple[Run, Heard]:
    """Return a run that was cut off after it has gone on to its end; the arguments are those of `replayed`."""
    heard, record = Heard(), await store.run(run_id)
    today = Profile.load(record.info["profile"]["base"])
    async with Host(globals=kinds, profile=today, model=record.model, environ={}) as host:
        host.profile = archive.pinned(record, host.profile)
        bundle = archive.bundle(await store.files(record.bundle))
        rules = host.rules(archive.spell(bundle))
        run = host.repeat(record, bundle, project=Project.of(root / "spell"), rules=rules, sink=heard)
        run.begins = archive.start(record, bundle)
        hold = store.resume(run_id, archive.owner())
        run.remember(await Past.of(store, run_id), Scribe(store, lambda: hold, refuse))
        await (run.execute(InlineWorker(record.language)) if inline else host.execute(run))
    return run, heard


def repeated(journal: Path, run_id: str, kinds: Sequence[type[Global]], root: Path) -> Seen:
    """Return what is seen of a run that is repeated in this process."""

    async def repeat() -> Seen:
        store = SqliteStore(journal)
        try:
            return Seen.of(*await replayed(store, run_id, kinds, root, inline=True))
        finally:
            await store.close()

    return asyncio.run(repeat())


class Repeater:
    """A journal for many runs, and a process beside this one that repeats them.

    Args:
        folder: where the journal is.
        processes: how many runs are repeated side by side.
    """

    def __init__(self, folder: Path, processes: int) -> None:
        self.store = SqliteStore(folder / "kept" / "journal.db")
        self._pool = multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=RUNS)
        self._stuck = False

    def repeat(self, run: Run, kinds: Sequence[type[Global]]) -> Seen:
        """Return what another process has seen of a run that was written down; other threads go on meanwhile."""
        repeating = self._pool.apply_async(repeated, (self.store.path, run.id, kinds, run.context.project.root))
        try:
            return repeating.get(PATIENCE)
        except multiprocessing.TimeoutError:
            self._stuck = True
            raise

    def close(self) -> None:
        if self._stuck:
            self._pool.terminate()
        self._pool.close()
        self._pool.join()
        asyncio.run(self.store.close())


def check_repeated(seen: Seen, again: Seen) -> None:
    assert again == seen
    assert again.hash != seen.hash


@pytest.fixture(scope="session")
def repeater(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repeater]:
    assert sys.flags.hash_randomization, "PYTHONHASHSEED is set: every process hashes alike"
    repeater = Repeater(tmp_path_factory.mktemp("journal"), cores())
    yield repeater
    repeater.close()
