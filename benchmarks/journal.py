"""What it costs that runs survive: the journal for each call, resuming, replaying, and the room on disk."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import Bench, in_turns, spent
from llmspell import Host, Spell, op
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.run import Run
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Durability, Hold
from llmspell.journal.sqlite import SqliteStore

ROUNDS = 3
CALLS = 2000
IN_FLIGHT = 100
RESUMED = (1000, 10_000)
TURNS = 200

ONE_BY_ONE = "Bench.mark() for i = 1, {calls} do Bench.fetch(i) end Bench.mark()"
AT_ONCE = """
local items = {} for i = 1, {calls} do items[i] = i end
Bench.mark() map(items, function(i) return Bench.fetch(i) end, {limit = 100}) Bench.mark()
"""
CHAT = """
local said = {}
for i = 1, {calls} do
  said[#said + 1] = i .. string.rep(" the quick brown fox", 100)
  said[#said + 1] = Bench.chat(said)
end
"""

LANGGRAPH = """
import sqlite3, sys, time
from typing import TypedDict
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph

steps = int(sys.argv[1])
State = TypedDict("State", {"n": int})
graph = StateGraph(State)
graph.add_node("step", lambda state: {"n": state["n"] + 1})
graph.add_edge(START, "step")
graph.add_conditional_edges("step", lambda state: END if state["n"] >= steps else "step")

def taken(saver, settings):
    app = graph.compile(checkpointer=saver)
    started = time.perf_counter()
    app.invoke({"n": 0}, settings | {"recursion_limit": steps + 10})
    return time.perf_counter() - started

connection = sqlite3.connect(sys.argv[2], check_same_thread=False)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = " + sys.argv[3])
print(taken(SqliteSaver(connection), {"configurable": {"thread_id": "1"}}) - taken(None, {}))
"""
"""A graph that goes through one node as often as a spell makes calls; prints what its checkpoints cost in seconds."""

DBOS = """
import asyncio, logging, os, sys, time
logging.disable(logging.CRITICAL)
from dbos import DBOS
from sqlalchemy import create_engine, event

steps, path, durability = int(sys.argv[1]), sys.argv[2], sys.argv[3]
engine = create_engine("sqlite:///" + path)

@event.listens_for(engine, "connect")
def prepare(connection, _):
    for each in ("journal_mode = WAL", "synchronous = " + durability, "busy_timeout = 5000", "foreign_keys = ON"):
        connection.execute("PRAGMA " + each)

DBOS(config={"name": "bench", "system_database_url": "sqlite:///" + path, "system_database_engine": engine,
             "run_admin_server": False})

@DBOS.step()
async def step(number):
    return number

@DBOS.workflow()
async def work():
    started = time.perf_counter()
    for number in range(steps):
        await step(number)
    return time.perf_counter() - started

async def main():
    DBOS.launch()
    print(await work(), flush=True)
    os._exit(0)

asyncio.run(main())
"""
"""A workflow with as many steps as a spell makes calls; prints what it takes in seconds, nearly all of it records."""


class Journaled(Bench):
    """Has ops that are written down."""

    name = "Bench"

    @op(effect="read")
    async def fetch(self, value: int) -> int:
        """Return what comes in."""
        return value

    @op(effect="read")
    async def chat(self, said: list[str]) -> str:
        """Return a long answer to a conversation."""
        return f"{len(said)} lazy dogs " * 100


def rows() -> list[Row]:
    """Measure the journal beside a bare table, and beside what others keep for each step."""
    return [
        overhead("one after another", ONE_BY_ONE, "normal", Bar("figure", 0.3, 0.15)),
        beside("LangGraph's `SqliteSaver`, a step", "langgraph", ONE_BY_ONE, "normal", LANGGRAPH),
        beside("a DBOS step on SQLite in WAL", "dbos", ONE_BY_ONE, "normal", DBOS),
        overhead("one after another, `durability = full`", ONE_BY_ONE, "full", Bar("figure", 0.6, 0.4)),
        overhead(f"{IN_FLIGHT} in flight", AT_ONCE, "normal", Bar("figure", 0.1, 0.05)),
        *[resumed(calls) for calls in RESUMED],
        replayed(RESUMED[-1]),
        on_disk(),
        started(),
    ]


def overhead(what: str, source: str, durability: Durability, bar: Bar) -> Row:
    """Measure what a call costs more because it is written down, beside a row in a bare table."""
    kept, unkept, bare = in_turns(
        ROUNDS, lambda: between(source, durability), lambda: between(source, None), lambda: inserted(durability)
    )
    return Row(
        f"journal, {what}: more for each call",
        Figure((kept - unkept) / CALLS * 1000, "ms"),
        "one row in a bare table",
        Figure(bare / CALLS * 1000, "ms"),
        bar,
    )


def beside(name: str, module: str, source: str, durability: Durability, script: str) -> Row:
    """Measure what a call costs more, beside what another system keeps for a step, if that is installed."""
    measures = [lambda: between(source, durability), lambda: between(source, None)]
    if installed := find_spec(module) is not None:
        measures.append(lambda: reported(script, durability))
    kept, unkept, *theirs = in_turns(ROUNDS, *measures)
    return Row(
        "journal, one after another: more for each call",
        Figure((kept - unkept) / CALLS * 1000, "ms"),
        name if installed else f"{name}: not installed",
        Figure(theirs[0] / CALLS * 1000, "ms") if installed else None,
    )


def resumed(calls: int) -> Row:
    """Measure going on with a run whose calls are all in the journal, beside reading as many rows."""

    def ours() -> float:
        with TemporaryDirectory() as folder:
            return asyncio.run(_repeated(Path(folder), calls, offline=False))

    seconds, reference = in_turns(ROUNDS, ours, lambda: selected(calls))
    bar = Bar("figure", 60, 25) if calls == RESUMED[0] else None
    return Row(
        f"resume of {calls:,} calls",
        Figure(seconds * 1000, "ms"),
        "reading the rows from a bare table",
        Figure(reference * 1000, "ms"),
        bar,
    )


def replayed(calls: int) -> Row:
    """Measure the replay of a run."""

    def ours() -> float:
        with TemporaryDirectory() as folder:
            return asyncio.run(_repeated(Path(folder), calls, offline=True))

    (seconds,) = in_turns(ROUNDS, ours)
    return Row("replay", Figure(calls / seconds, "per s"), "nothing is asked or paid")


def on_disk() -> Row:
    """Measure the journal of a chat in which each request repeats all that was said, beside its requests as text."""
    with TemporaryDirectory() as folder:
        asyncio.run(_kept(Path(folder), CHAT, TURNS))
        size = sum(each.stat().st_size for each in Path(folder).iterdir())
    said: list[str] = []
    verbatim = 0
    for turn in range(1, TURNS + 1):
        said.append(f"{turn}{' the quick brown fox' * 100}")
        verbatim += len(json.dumps(said))
        said.append(f"{len(said)} lazy dogs " * 100)
    return Row(
        f"a chat of {TURNS} turns of 4 KB on disk",
        Figure(size / 1000, "KB"),
        "its requests as text",
        Figure(verbatim / 1000, "KB"),
    )


def started() -> Row:
    """Measure `llmspell run` of a hello that is written down, beside one that is not."""
    with TemporaryDirectory() as folder:
        Path(folder, "llmspell.toml").touch()
        path = Path(folder, "hello.lua")
        path.write_text('print("hello")')
        words: list[str | Path] = [sys.executable, "-m", "llmspell", "run", path, "--quiet"]
        kept, unkept = in_turns(11, lambda: spent(words), lambda: spent([*words, "--no-journal"]))
    return Row(
        "`run hello.lua` with its record", Figure(kept, "ms"), "without", Figure(unkept, "ms"), Bar("excess", 20, 10)
    )


# -- how a run is measured ---------------------------------------------------------------------------------------------


def between(source: str, durability: Durability | None) -> float:
    """Return the seconds between the marks of a spell; it is written down if a durability is given."""
    Bench.marks.clear()
    with TemporaryDirectory() as folder:
        asyncio.run(_kept(Path(folder), source, CALLS, durability))
    began, ended = Bench.marks
    return ended - began


async def _kept(folder: Path, source: str, calls: int, durability: Durability | None = "normal") -> None:
    async with Host(globals=[Journaled], profile="low") as host:
        run = host.prepare(Spell.from_source(source.replace("{calls}", str(calls)), "lua", "bench"))
        store = SqliteStore(folder / "journal.db", durability=durability or "normal")
        if durability is not None:
            run.remember(Past(), Scribe(store, lambda: store.begin(archive.record(run), archive.files(run.bundle))))
        await _executed(host, run)
        await store.close()


async def _executed(host: Host, run: Run) -> None:
    await host.execute(run)
    if run.error is not None:
        raise run.error


async def _repeated(folder: Path, calls: int, *, offline: bool) -> float:
    """Return the seconds that a run takes to come to the end of its record, reading it included."""
    await _kept(folder, ONE_BY_ONE, calls)
    _reopen(folder / "journal.db")
    async with Host(globals=[Journaled], profile="low") as host:
        store = SqliteStore(folder / "journal.db")
        record = await store.run("latest")
        bundle = archive.bundle(await store.files(record.bundle))
        plan: dict[str, Any] = {"project": host.context("bench").project, "rules": host.rules(archive.spell(bundle))}
        run = host.repeat(record, bundle, **plan)
        run.begins = archive.start(record, bundle)
        hold = None if offline else await store.resume(record.run_id, archive.owner())
        Bench.marks.clear()
        started = time.perf_counter()
        past = await Past.of(store, record.run_id, offline=offline)
        seconds = time.perf_counter() - started
        run.remember(past, Scribe() if hold is None else Scribe(store, _given(hold)))
        await _executed(host, run)
        await store.close()
    began, ended = Bench.marks
    return seconds + ended - began


def _given(hold: Hold) -> Callable[[], Any]:
    async def given() -> Hold:
        return hold

    return given


def _reopen(path: Path) -> None:
    """Make a finished run one that was cut off after its last call."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET status = 'interrupted', result = NULL")


# -- what it is measured beside ----------------------------------------------------------------------------------------


def _table(folder: str, durability: Durability) -> sqlite3.Connection:
    connection = sqlite3.connect(Path(folder, "plain.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {durability}")
    connection.execute("CREATE TABLE calls (run TEXT, no INTEGER, req TEXT, res TEXT, PRIMARY KEY (run, no))")
    return connection


def inserted(durability: Durability) -> float:
    """Return the seconds that as many rows take, one transaction each."""
    with TemporaryDirectory() as folder:
        connection = _table(folder, durability)
        started = time.perf_counter()
        for number in range(CALLS):
            connection.execute("INSERT INTO calls VALUES ('r', ?, '[1]', '1')", (number,))
        seconds = time.perf_counter() - started
        connection.close()
    return seconds


def selected(calls: int) -> float:
    """Return the seconds that reading so many rows takes."""
    with TemporaryDirectory() as folder:
        connection = _table(folder, "normal")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO calls VALUES ('r', ?, '[1]', '1')", ((n,) for n in range(calls)))
        connection.execute("COMMIT")
        started = time.perf_counter()
        connection.execute("SELECT * FROM calls ORDER BY no").fetchall()
        seconds = time.perf_counter() - started
        connection.close()
    return seconds


def reported(script: str, durability: Durability) -> float:
    """Return the seconds that a script of another system prints."""
    with TemporaryDirectory() as folder:
        words = [sys.executable, "-c", script, str(CALLS), str(Path(folder, "theirs.db")), durability.upper()]
        return float(subprocess.run(words, capture_output=True, check=True, text=True).stdout)
