"""`kill -9` at any moment: nothing that was written down is done again, what may be done once is done at most once.

`LLMSPELL_KILLS` is the number of kills. What was done is in a ledger of its own, beside the journal.
"""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chance import Chance
from killed import KINDS, UPDATES
from repeating import replayed

from llmspell.journal.records import Entry, Query, RunRecord
from llmspell.journal.sqlite import SqliteStore
from llmspell.project import Project
from llmspell.state import Store

KILLS = int(os.environ.get("LLMSPELL_KILLS", "200"))
IN_WORKERS = 20
"""One life in so many has its spells in workers, as people have them; the others have the engines in the host."""
ANSWER = re.compile(r"<[0-9a-f]{16}>")
ROOT = Path(__file__).parents[1]
DRIVER = Path(__file__).parent / "killed.py"


def killed_many_times(folder: Path, environ: dict[str, str], chance: random.Random) -> tuple[int, int]:
    """Kill a host again and again, then let it come to its end; return how often, and how many runs it was given."""
    command = [sys.executable, DRIVER, folder]
    kills = runs = 0
    with subprocess.Popen(
        command, env=environ, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as driver:
        assert driver.stdin is not None
        assert driver.stdout is not None

        def live(effects: int, workers: bool = False) -> bool:
            print(effects, runs, int(workers), file=driver.stdin, flush=True)
            return driver.stdout.readline() == "killed\n"

        while kills < KILLS:
            killed = live(chance.randrange(40), workers=chance.randrange(IN_WORKERS) == 0)
            kills += killed
            runs += 0 if killed and kills % 4 else 1
        assert not live(-1)
    assert driver.returncode == 0
    return kills, runs


@dataclass
class Aftermath:
    """What is left of many runs."""

    folder: Path
    kills: int
    begun: int
    runs: list[RunRecord]
    entries: dict[str, list[Entry]]
    done: dict[str, dict[tuple[int, str], list[tuple[str, str]]]]
    """What was asked and the answer that was paid for, in order: by run, call and key inside of the call."""
    ends: dict[str, dict[str, Any]]


async def looked_at(folder: Path, kills: int, begun: int) -> Aftermath:
    store = SqliteStore(folder / "journal.db")
    runs = await store.runs(Query(limit=10_000))
    entries = {run.run_id: [entry async for entry in store.calls(run.run_id)] for run in runs}
    await store.close()
    done: dict[str, dict[tuple[int, str], list[tuple[str, str]]]] = {run.run_id: defaultdict(list) for run in runs}
    for line in (folder / "ledger").read_text("utf-8").splitlines():
        name, key, asked, answer = line.split()
        run_id, _, number = name.partition(":")
        done[run_id][int(number), key.strip("-")].append((asked, answer))
    ends = [json.loads(line) for line in (folder / "ends").read_text("utf-8").splitlines()]
    return Aftermath(folder, kills, begun, runs, entries, done, {end["run"]: end for end in ends})


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    folder, seed = tmp_path_factory.mktemp("killed"), random.getrandbits(32)
    print(f"seed {seed}")
    (folder / "llmspell.toml").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "data")}
        yield asyncio.run(looked_at(folder, *killed_many_times(folder, environ, random.Random(seed))))


def test_every_run_comes_to_its_end_however_often_its_host_is_killed(aftermath: Aftermath) -> None:
    assert aftermath.kills >= KILLS
    assert aftermath.begun * 0.9 < len(aftermath.runs) <= aftermath.begun
    assert {run.status for run in aftermath.runs} == {"done"}
    assert max(run.epoch for run in aftermath.runs) > 3


def test_what_was_written_down_is_never_done_again(aftermath: Aftermath) -> None:
    """An answer that is in the journal is the last that was paid for."""
    again = 0
    for run_id, entries in aftermath.entries.items():
        for entry in entries:
            answers = aftermath.done[run_id].get((entry.no, entry.key), [])
            if answers and entry.ok is not None and (told := ANSWER.search(str(entry.value))):
                assert told[0] == answers[-1][1], (run_id, entry)
                again += len(answers) > 1
    assert again > 0  # what was cut off was done again: the kills came in time


def test_what_is_asked_again_is_asked_in_the_same_words(aftermath: Aftermath) -> None:
    """Nothing that was said to the world rests on an answer that a crash could take back."""
    for run_id, done in aftermath.done.items():
        for call, times in done.items():
            assert len({asked for asked, _ in times}) == 1, (run_id, call)


def test_what_may_be_done_once_is_done_at_most_once(aftermath: Aftermath) -> None:
    paid, doubted = 0, 0
    for run_id, entries in aftermath.entries.items():
        for entry in entries:
            if entry.op == "Chance.pay":
                times = len(aftermath.done[run_id][entry.no, ""])
                assert times == 1 if entry.ok else times <= 1
                paid += times
                doubted += "in_doubt" in str(entry.value)
    assert paid > len(aftermath.runs)
    assert doubted > 0


def test_what_is_counted_is_counted_once(aftermath: Aftermath) -> None:
    store = Store(Project.of(aftermath.folder / "spell").data() / "state.db")
    kept = store.get("spell:killed", "count")
    assert kept is not None
    assert kept.text == str(UPDATES * len(aftermath.runs))
    store.close()


async def test_every_run_is_repeated_offline_with_the_same_end(
    aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Chance, "book", staticmethod(lambda *_: pytest.fail("something is done")))
    store = SqliteStore(aftermath.folder / "journal.db")
    for record in aftermath.runs:
        run, heard = await replayed(store, record.run_id, KINDS, aftermath.folder, inline=True)
        assert run.error is None, run.error
        end = aftermath.ends.get(record.run_id)  # a host can be killed before it says so
        assert end is None or (repr(run.value), heard.text) == (end["value"], end["text"])
    await store.close()
