"""Scripts that nobody has thought of: what was recorded is repeated, to the letter, from any point on.

Each script runs, while answers come when they like and are never twice the same. Its record is repeated offline. Then
the record is cut at a random point, as a crash cuts it, and the run goes on from there; that record is repeated too.

`LLMSPELL_FUZZ` is the number of scripts for each language.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from chance import Chance
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from msgspec import structs
from repeating import Heard, Seen, replayed, resumed, write_down
from scripts import render, scripts

from llmspell import Host, Run, Spell
from llmspell.journal.records import Entry, Hold
from llmspell.journal.sqlite import SqliteStore
from llmspell.testing import InlineWorker, Probe

EXAMPLES = int(os.environ.get("LLMSPELL_FUZZ", "40"))
KINDS = [Probe, Chance]
numbers = count()


class Tape(SqliteStore):
    """A journal that remembers what was written together, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.written: dict[str, list[list[Entry]]] = {}

    async def record(self, hold: Hold, entries: Sequence[Entry]) -> str | None:
        self.written.setdefault(hold.run_id, []).append(list(entries))
        return await super().record(hold, entries)


class Ledger:
    """What was done outside of the journal: the name of the call that it was done for, and its key inside of that."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def note(self, name: str, key: str, _asked: str, _answer: str) -> None:
        self.lines.append((name, key))

    def of(self, run_id: str) -> Counter[tuple[int, str]]:
        """Return how often each thing was done in a run."""
        found = [(name.partition(":"), key) for name, key in self.lines]
        return Counter((int(no), key) for (run, _, no), key in found if run == run_id)


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    ledger = Ledger()
    monkeypatch.setattr(Chance, "book", staticmethod(ledger.note))
    return ledger


async def begun(store: Tape, spell: Spell, stop_after: float | None) -> tuple[Run, Heard]:
    """Return a run after it has ended, perhaps because somebody stopped it."""
    heard = Heard()
    async with Host(globals=KINDS, model="echo", environ={}) as host:
        run = host.prepare(spell, sink=heard)
        write_down(run, store)
        if stop_after is not None:
            asyncio.get_running_loop().call_later(stop_after, run.cancel, "enough")
        await run.execute(InlineWorker(spell.language))
    return run, heard


async def cut(store: Tape, run_id: str, where: float) -> str:
    """Return the name of a run that is what a crash would have left of another."""
    record, written = await store.run(run_id), store.written.get(run_id, [])
    left = written[: round(where * len(written))]
    half = structs.replace(record, run_id=f"{run_id}HALF", status="running", error=None, result=None)
    hold = await store.begin(half, await store.files(record.bundle))
    for entries in left:
        await store.record(hold, entries)
    return half.run_id


def ended(seen: Seen) -> Any:
    """Return how a run has failed, without what the record leaves out: the function in which it was."""
    kind, message, place = seen.error or ("", "", None)
    return kind, message, place and (place.file, place.line, place.column)


async def check_replay(store: Tape, run: Run, heard: Heard, ledger: Ledger) -> None:
    done = len(ledger.lines)
    again, heard_again = await replayed(store, run.id, KINDS, run.context.project.root, inline=True)
    before, after = Seen.of(run, heard), Seen.of(again, heard_again)
    if run.cut_short:  # what it did in the turn in which it was killed is lost, and here it comes to its end
        assert ended(after) == ended(before)
        assert after.value == before.value or before.value == "None"
        assert after.logs[: len(before.logs)] == before.logs
        assert after.text.startswith(before.text)
    else:
        assert after == before
    assert len(ledger.lines) == done


async def check(spell: Spell, folder: Path, ledger: Ledger, where: float, stop_after: float | None) -> None:
    store = Tape(folder / "kept" / "journal.db")
    try:
        run, heard = await begun(store, spell, stop_after)
        note(f"{run.calls} calls, {run.error!r}")
        await check_replay(store, run, heard, ledger)
        half = await cut(store, run.id, where)
        left = [entry for entries in store.written.get(half, []) for entry in entries]
        answered = {(entry.no, entry.key) for entry in left if entry.ok is not None}
        run, heard = await resumed(store, half, KINDS, run.context.project.root, inline=True)
        note(f"cut at {where}: {run.calls} calls, {run.error!r}")
        assert run.error is None or run.error.kind != "replay", run.error
        assert not answered & ledger.of(half).keys()
        assert not {entry.no for entry in left if entry.effect == "once"} & {no for no, _ in ledger.of(half)}
        await check_replay(store, run, heard, ledger)
    finally:
        await store.close()


@pytest.mark.parametrize("language", ["lua", "javascript"])
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None,
    phases=[Phase.generate],
)  # fmt: skip
@given(script=scripts(), where=st.floats(0, 1), stop_after=st.none() | st.floats(0, 0.02))
def test_what_was_recorded_is_repeated(
    language: str, script: Any, where: float, stop_after: float | None, ledger: Ledger
) -> None:
    text = render(script, language)
    note(text)
    spell = Spell.from_source(text, language, f"fuzz{next(numbers)}")
    with TemporaryDirectory() as folder:
        asyncio.run(check(spell, Path(folder), ledger, where, stop_after))
