"""Databases for scripts: what the host promises beyond what both languages show (`tests/conformance/sql*.json`)."""

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from databases import FIXTURES

from llmspell import Host, Run, Spell
from llmspell.clerk import Clerk
from llmspell.errors import ScriptError, SpellError, TimeLimitError, WorkerDied
from llmspell.globals import sql
from llmspell.globals.sql import Sql
from llmspell.host import clerk as workers

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as i from n"
LATER = 10**10  # nanoseconds


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("shop", "hostile"):
        shutil.copy(FIXTURES / f"{name}.db", tmp_path)
    return tmp_path


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the files of a test be older than they are."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + LATER)


def prepared(project: Path, source: str = "", profile: str = "medium", **allow: Any) -> Run:
    (project / "spell.lua").write_text(source)
    host = Host(profile=profile, model="echo", environ={}, allow=allow)
    return host.prepare(Spell.from_path(project / "spell.lua"))


@dataclass
class Told:
    """A worker that says what a test wants: one that a file has taken over."""

    answers: list[bytes]
    heard: list[bytes] = field(default_factory=list)
    dismissed: bool = False
    alive: bool = True

    async def ask(self, body: bytes, seconds: float | None = None) -> bytes:
        assert seconds is not None
        self.heard.append(body)
        if not body.startswith(b"?"):
            return b"{}"
        if not self.answers:
            raise WorkerDied("gone")
        return self.answers.pop(0)

    async def dismiss(self) -> None:
        self.dismissed = True


class Hired:
    """Counts the workers of a run, and what each was told."""

    def __init__(self, run: Run, *answers: bytes) -> None:
        self.workers: list[Any] = []
        self._hire, self._answers = run.context.hire, list(answers)
        run.context.hire = self.hire

    async def hire(self, engine: str, limits: Any) -> Clerk:
        worker: Any = Told(self._answers) if self._answers else await self._hire(engine, limits)
        self.workers.append(worker)
        return worker  # type: ignore[no-any-return]


@asynccontextmanager
async def asking(run: Run) -> AsyncIterator[Any]:
    """Give a function that calls an op as a script would; afterwards the run is over."""
    try:
        yield lambda op, *args: run.gate.call(f"Sql.{op}", list(args))
    finally:
        await run.context.closing.aclose()


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_the_ops_exist_where_the_profile_knows_reading(project: Path) -> None:
    def ops(profile: str, **allow: Any) -> set[str]:
        return {path for path in prepared(project, "", profile, **allow).surface.ops if path.startswith("Sql.")}

    assert ops("low") == ops("medium") == ops("high", read=["shop.db"]) == {"Sql.query", "Sql.blob"}
    assert ops("high") == set()


async def test_what_the_caller_passes_can_be_read_under_high_and_nothing_beside_it(project: Path) -> None:
    async with asking(prepared(project, profile="high", read=["shop.db"])) as ask:
        assert await ask("query", "shop.db", "select 1 as one") == [{"one": 1}]
        with pytest.raises(SpellError) as raised:
            await ask("query", "hostile.db", "select 1 as one")
        assert raised.value.kind == "permission"


@pytest.mark.usefixtures("later")
async def test_a_file_has_one_worker_which_gets_it_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepared(project)
    hired, sent = Hired(run), []
    ask_worker = workers.Clerk.ask

    async def noticed(worker: workers.Clerk, body: bytes, seconds: float | None = None) -> bytes:
        sent.append(body[:1])
        return await ask_worker(worker, body, seconds)

    monkeypatch.setattr(workers.Clerk, "ask", noticed)
    async with asking(run) as ask:
        for path in ("shop.db", "./x/../shop.db", "shop.db"):
            await ask("query", path, "select 1 as one")
        (worker,) = hired.workers
        assert lives(worker.pid)
    assert sent == [b"+", b"=", b"?", b"?", b"?"]
    assert not lives(worker.pid)


@pytest.mark.usefixtures("later")
async def test_a_file_that_has_changed_is_sent_again_to_the_same_worker(project: Path) -> None:
    run = prepared(project)
    hired = Hired(run)
    async with asking(run) as ask:
        for number in range(3, 6):
            assert await ask("query", "shop.db", "select count(*) as n from customers") == [{"n": number}]
            with closing(sqlite3.connect(project / "shop.db")) as other:
                other.execute("insert into customers (name) values ('x')")
                other.commit()
    assert len(hired.workers) == 1


async def test_each_file_has_a_worker_of_its_own_and_a_run_has_few(project: Path) -> None:
    for number in range(5):
        shutil.copy(project / "shop.db", project / f"{number}.db")
    run = prepared(project)
    hired = Hired(run)
    async with asking(run) as ask:
        for number in (0, 1, 2, 0, 3, 4, 0):
            await ask("query", f"{number}.db", "select 1 as one")
        pids = [worker.pid for worker in hired.workers]
        assert [lives(pid) for pid in pids] == [True, False, False, True, True]
    assert not any(map(lives, pids))


async def test_queries_wait_for_each_other(project: Path) -> None:
    run = prepared(project)
    hired = Hired(run)
    async with asking(run) as ask:
        found = await asyncio.gather(*(ask("query", "shop.db", "select ? as n", [number]) for number in range(20)))
    assert found == [[{"n": number}] for number in range(20)]
    assert len(hired.workers) == 1


async def test_a_query_that_is_given_up_answers_for_no_other(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepared(project)
    hired, asked = Hired(run), asyncio.Event()
    ask_worker = workers.Clerk.ask

    async def noticed(worker: workers.Clerk, body: bytes, seconds: float | None = None) -> bytes:
        if ENDLESS.encode() in body:
            asyncio.get_running_loop().call_soon(asked.set)
        return await ask_worker(worker, body, seconds)

    monkeypatch.setattr(workers.Clerk, "ask", noticed)
    async with asking(run) as ask:
        await ask("query", "shop.db", "select 1 as one")
        lost = asyncio.ensure_future(ask("query", "shop.db", ENDLESS))
        next_ones = [asyncio.ensure_future(ask("query", "shop.db", "select ? as n", [n])) for n in range(2)]
        await asked.wait()
        lost.cancel()
        assert await asyncio.gather(*next_ones) == [[{"n": 0}], [{"n": 1}]]
        with pytest.raises(asyncio.CancelledError):
            await lost
        assert [lives(worker.pid) for worker in hired.workers] == [False, True]


async def test_a_worker_that_is_deep_in_one_step_is_killed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_SLACK", 0.05)
    deep = "select instr(printf('%.*c', 30000000, 'a'), printf('%.*c', 1000000, 'a') || 'b') as never"
    run = prepared(project)
    hired = Hired(run)
    async with asking(run) as ask:
        with pytest.raises(TimeLimitError, match="took longer than 100ms"):
            await ask("query", "shop.db", deep, None, {"timeout": "100ms"})
        assert not lives(hired.workers[0].pid)
        assert await ask("query", "shop.db", "select 1 as one") == [{"one": 1}]


async def test_the_time_of_a_query_is_at_most_that_of_the_profile(project: Path) -> None:
    run = prepared(project)
    assert Sql(run.context)._seconds("1h") == run.context.profile.limits.cpu
    assert Sql(run.context)._seconds("2s") == 2.0


TOO_MANY: list[dict[str, Any]] = [
    {"columns": ["a"], "rows": [[1]] * (sql.MOST_ROWS + 1)},
    {"columns": [str(number) for number in range(100)], "rows": [[1] * 100] * (sql.CELLS // 100 + 1)},
]
LIES = [
    b"",
    b"[",
    b"null",
    b"[]",
    b"[" * 10_000,
    b'{"columns": 1}',
    b'{"rows": [1]}',
    b'{"columns": ["a"], "rows": [[1, 2]]}',
    b'{"columns": ["a", "a"], "rows": [[1, 2]]}',
    b'{"columns": ["a"], "rows": [[[1]]]}',
    b'{"columns": ["a"], "rows": [[{}]]}',
    b'{"columns": ["a"], "rows": [[99999999999999999999]]}',
    b'{"columns": ["a"], "rows": [[1e999]]}',
    b'{"columns": ["a"], "rows": [[NaN]]}',
    b'{"columns": ["\xff"], "rows": []}',
    b'{"blob": "?"}',
    b'{"fault": 1}',
    b'[["e",{"kind":"script","message":"x"}]]',
    *map(msgspec.json.encode, TOO_MANY),
]


async def test_a_worker_that_was_taken_over_is_not_believed(project: Path) -> None:
    for lie in LIES:
        run = prepared(project)
        hired = Hired(run, lie)
        async with asking(run) as ask:
            with pytest.raises(ScriptError, match="needs more memory than it may have"):
                await ask("query", "shop.db", "select 1 as one")
            assert hired.workers[0].dismissed, lie


async def test_what_a_worker_says_is_made_harmless(project: Path) -> None:
    nasty = "\x1b[31m\u202e" + "x" * 5000 + "{file}{0}"
    for word in (*sql._WORDS, "nobody knows it", "late"):
        run = prepared(project)
        Hired(run, msgspec.json.encode({"fault": word, "text": nasty}))
        async with asking(run) as ask:
            with pytest.raises(SpellError) as raised:
                await ask("query", "shop.db", "select 1 as one")
        said = f"{raised.value.message}{raised.value.hint}"
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert len(said) < 1200


async def test_a_worker_is_replaced_before_it_has_used_up_its_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "_RENEWED", 0.0)
    run = prepared(project)
    hired = Hired(run)
    async with asking(run) as ask:
        for _ in range(2):
            await ask("query", "shop.db", "select 1 as one")
    assert len(hired.workers) == 2


async def test_one_that_has_died_meanwhile_is_followed_by_another(project: Path) -> None:
    run = prepared(project)
    hired = Hired(run)
    async with asking(run) as ask:
        await ask("query", "shop.db", "select 1 as one")
        os.kill(hired.workers[0].pid, 9)
        await hired.workers[0].wait()
        assert await ask("query", "shop.db", "select 1 as one") == [{"one": 1}]


async def test_a_run_without_workers_says_so(project: Path) -> None:
    run = prepared(project)
    run.context.hire = type(run.context).hire
    async with asking(run) as ask:
        with pytest.raises(ScriptError, match="no worker can be started here"):
            await ask("query", "shop.db", "select 1 as one")


def looks(project: Path) -> dict[str, bytes]:
    """Return all that is in the folder of a project."""
    return {path.name: path.read_bytes() for path in project.iterdir()}


async def test_the_file_stays_as_it_is(project: Path) -> None:
    run = prepared(project)
    before = looks(project)
    async with asking(run) as ask:
        for text in ("delete from customers", "vacuum", "pragma journal_mode = wal"):
            with pytest.raises(SpellError):
                await ask("query", "shop.db", text)
        await ask("query", "shop.db", "select * from orders where note is null")
    assert looks(project) == before
