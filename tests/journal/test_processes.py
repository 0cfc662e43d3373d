"""Several processes and one journal: what was acknowledged survives `kill -9`, and only one of them writes a run."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest
from journaled import FILES, call, problems, run_of, sqlite_store

from llmspell.journal.records import Query

WRITER = """
import asyncio, sys
from pathlib import Path
from journaled import FILES, call, problems, run_of, sqlite_store

async def write(store, hold, branch):
    for at in range(100_000):
        no = 1 + branch + 8 * at
        await store.record(hold, [call(no, f"{no} " * 200)])
        print(no, flush=True)

async def main():
    store = sqlite_store(Path(sys.argv[1]))
    hold = await store.begin(run_of(sys.argv[2]), FILES)
    await asyncio.gather(*(write(store, hold, branch) for branch in range(8)))

asyncio.run(main())
"""
"""Writes calls in eight branches for ever, and prints the number of each once it is durable."""

LOSER = """
import asyncio, sys
from pathlib import Path
from journaled import FILES, call, problems, run_of, sqlite_store
from llmspell.errors import Fenced

async def main():
    store = sqlite_store(Path(sys.argv[1]))
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1)])
    print("begun", flush=True)
    sys.stdin.readline()
    try:
        await store.record(hold, [call(2)])
    except Fenced as error:
        print(error, flush=True)
    await store.close()

asyncio.run(main())
"""


PASSER = """
import asyncio, sys
from pathlib import Path
from journaled import FILES, call, problems, run_of, sqlite_store

async def main():
    store = sqlite_store(Path(sys.argv[1]))
    await store.begin(run_of("PASSER"), FILES)
    await store.close()

asyncio.run(main())
"""

READER = """
import asyncio, sys
from pathlib import Path
from journaled import FILES, call, problems, run_of, sqlite_store
from llmspell.journal.records import Query

async def main():
    store = sqlite_store(Path(sys.argv[1]))
    for run in await store.runs(Query()):
        print(run.run_id, len([entry async for entry in store.calls(run.run_id)]))
    await store.close()

asyncio.run(main())
"""


async def start(program: str, *args: str) -> Process:
    here = Path(__file__).parent
    environ = {**os.environ, "PYTHONPATH": f"{here}:{here.parents[1]}"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *args, stdin=PIPE, stdout=PIPE, env=environ
    )


@pytest.mark.parametrize("acknowledged", [1, 40, 300])
async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, acknowledged: int) -> None:
    writer = await start(WRITER, str(tmp_path), "RUN00001")
    assert writer.stdout is not None
    lines = [await writer.stdout.readline() for _ in range(acknowledged)]
    writer.send_signal(signal.SIGKILL)
    lines += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    said = {int(line) for line in lines if line.endswith(b"\n")}
    store = sqlite_store(tmp_path)
    found = {entry.no: entry.value async for entry in store.calls("RUN00001")}
    assert len(said) >= acknowledged
    assert said - found.keys() == set()
    assert [no for no, value in found.items() if value != f"{no} " * 200] == []
    for branch in range(8):  # what was written first is there if what was written later is
        mine = sorted(no for no in found if (no - 1) % 8 == branch)
        assert mine == list(range(1 + branch, 1 + branch + 8 * len(mine), 8))
    assert await problems(store) == []
    hold = await store.resume("RUN00001", "next")
    await store.record(hold, [call(1_000_000)])
    await store.close()


async def test_of_two_processes_the_later_writes_the_run(tmp_path: Path) -> None:
    loser = await start(LOSER, str(tmp_path))
    assert loser.stdout is not None
    assert await loser.stdout.readline() == b"begun\n"
    store = sqlite_store(tmp_path)
    hold = await store.resume("RUN00001", "process 12")
    await store.record(hold, [call(2, "mine")])
    said, _ = await loser.communicate(b"\n")
    assert said.decode() == "run RUN00001 was taken over by process 12\n"
    assert [entry.value async for entry in store.calls("RUN00001")] == ["result", "mine"]
    await store.close()


async def test_who_comes_and_goes_takes_no_lock_of_others_away(tmp_path: Path) -> None:
    stores = [sqlite_store(tmp_path) for _ in range(2)]
    holds = [await store.begin(run_of(f"RUN{number}"), FILES) for number, store in enumerate(stores)]
    await (await start(PASSER, str(tmp_path))).communicate()
    for store, hold in zip(stores, holds, strict=True):
        await store.record(hold, [call(1)])
    reader = await start(READER, str(tmp_path))
    said, _ = await reader.communicate()
    assert said.decode().split() == ["PASSER", "0", "RUN1", "1", "RUN0", "1"]
    for store in stores:
        await store.close()


async def test_many_processes_may_begin_at_once(tmp_path: Path) -> None:
    writers = await asyncio.gather(*(start(WRITER, str(tmp_path), f"RUN{number}") for number in range(3)))
    for writer in writers:
        assert writer.stdout is not None
        for _ in range(10):
            assert int(await writer.stdout.readline()) > 0
        writer.kill()
        await writer.communicate()
    store = sqlite_store(tmp_path)
    assert sorted(run.run_id for run in await store.runs(Query())) == ["RUN0", "RUN1", "RUN2"]
    assert await problems(store) == []
    await store.close()
