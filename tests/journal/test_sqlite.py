"""The file of a journal: small, whole, private, of one version, and clear about what is wrong with it."""

import asyncio
import os
import sqlite3
import stat
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from journaled import FILES, call, problems, run_of, sqlite_store

from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal import schema
from llmspell.journal.records import Entry, Query, Retention
from llmspell.journal.sqlite import SqliteStore
from llmspell.secrets import Secrets


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = sqlite_store(tmp_path)
    yield store
    await store.close()


def edit(store: SqliteStore, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        connection.execute(sql, values)


def one(store: SqliteStore, sql: str) -> Any:
    with closing(sqlite3.connect(store.path)) as connection:
        return connection.execute(sql).fetchone()[0]


async def kept(store: SqliteStore) -> None:
    """Keep a run with one call whose result is large."""
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1, "word " * 1000)])
    await store.close()


async def test_to_ask_leaves_no_trace(store: SqliteStore, tmp_path: Path) -> None:
    assert await store.runs(Query()) == []
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - without waiting for a thread


async def test_all_its_files_are_of_the_owner_alone(store: SqliteStore) -> None:
    await store.begin(run_of(), FILES)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(store.path.parent)}
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


async def test_what_is_kept_is_there_for_the_next_process(store: SqliteStore, tmp_path: Path) -> None:
    await kept(store)
    again = sqlite_store(tmp_path)
    assert [entry.value async for entry in again.calls("RUN00001")] == ["word " * 1000]
    await again.close()


async def test_calls_that_end_together_are_written_together(store: SqliteStore) -> None:
    hold = await store.begin(run_of(), FILES)
    before = store.transactions
    await asyncio.gather(*(store.record(hold, [call(no)]) for no in range(1, 1001)))
    assert store.transactions - before < 100
    assert one(store, "SELECT count(*) FROM calls") == 1000


async def test_calls_that_follow_each_other_are_written_one_by_one(store: SqliteStore) -> None:
    hold = await store.begin(run_of(), FILES)
    before = store.transactions
    for no in range(1, 6):
        await store.record(hold, [call(no)])
    assert store.transactions - before == 5


async def test_a_long_chat_stays_small(store: SqliteStore) -> None:
    random = Random(7)
    words = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(2, 9))) for _ in range(2000)]
    hold = await store.begin(run_of(), FILES)
    history: list[dict[str, str]] = []
    verbatim = 0
    for turn in range(1, 201):
        history.append({"role": "user", "content": " ".join(random.choices(words, k=300))[:2000]})
        answer = " ".join(random.choices(words, k=300))[:2000]
        verbatim += sum(len(message["content"]) for message in history)
        await store.record(hold, [call(turn, {"text": answer}, request=[{"messages": history}])])
        history.append({"role": "assistant", "content": answer})
    await store.close()
    assert verbatim > 75_000_000
    assert store.path.stat().st_size < 5_000_000


async def test_full_durability_waits_for_the_disk(tmp_path: Path) -> None:
    for durability, level in (("normal", 1), ("full", 2)):
        with closing(schema.connect(tmp_path / durability, durability, 2**30)) as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_secrets_reach_no_column(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path, scrub=Secrets({"KEY": "hunter2!"}).scrub)
    run = run_of(args={"hunter2!": "hunter2! " * 100}, info={"x": ["hunter2!"]}, spell="hunter2!")
    hold = await store.begin(run, FILES)
    await store.record(hold, [call(1, {"text": "hunter2!"}, request=["hunter2!"], meta={"hunter2!": "hunter2!"})])
    await store.resolve("RUN00001", 1, True, "hunter2!")
    await store.finish(hold, "failed", result="hunter2!", error={"kind": "script", "message": "hunter2!"})
    assert (await store.run("latest")).args == {"[secret:KEY]": "[secret:KEY] " * 100}
    await store.close()
    assert not any(b"hunter2!" in path.read_bytes() for path in store.path.parent.iterdir())


async def test_a_run_of_100000_calls_is_written_and_read_in_little_memory(store: SqliteStore) -> None:
    hold = await store.begin(run_of(), FILES)
    given = {"op": "ask", "request": ["what?"], "ok": True, "value": "x" * 100, "t_ms": 1}
    for first in range(0, 100_000, 2000):
        batch = [Entry(no=at + 1, ord=at, batch=at, **given) for at in range(first, first + 2000)]
        await store.record(hold, batch)
    numbers = []
    async for entry in store.calls("RUN00001"):
        numbers.append(entry.no)
        if entry.no == 90_000:
            tracemalloc.start()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert numbers == list(range(1, 100_001))
    assert most < 2 * 2**20


# -- room -------------------------------------------------------------------------------------------------------------


async def test_a_full_journal_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path, limit=2**20)
    hold = await store.begin(run_of("OLD"), FILES)
    await store.record(hold, [call(1, Random(1).randbytes(400_000))])
    await store.finish(hold, "done")
    hold = await store.begin(run_of(), FILES)
    large = call(1, Random(2).randbytes(700_000))
    with pytest.raises(ConfigError, match=r"no room for the journal .* more than 1 MiB") as caught:
        await store.record(hold, [large])
    assert "runs prune" in (caught.value.hint or "")
    await store.prune(Retention(keep=0))
    await store.record(hold, [large])
    assert [entry async for entry in store.calls("RUN00001")] == [large]
    await store.close()


async def test_what_is_forgotten_frees_room(store: SqliteStore) -> None:
    for number in range(30):
        hold = await store.begin(run_of(f"R{number}"), FILES)
        await store.record(hold, [call(1, Random(number).randbytes(100_000))])
        await store.finish(hold, "done")
    pruned = await store.prune(Retention(size=1_000_000))
    assert 20 < len(pruned.runs) < 30
    assert pruned.runs[0] == "R0"
    assert pruned.freed > 2_000_000
    await store.close()
    assert store.path.stat().st_size < 1_100_000


async def test_an_old_hold_knows_nothing_of_what_was_forgotten(store: SqliteStore) -> None:
    first = await store.begin(run_of("A"), FILES)
    await store.record(first, [call(1, "shared" * 100)])
    await store.finish(first, "done")
    second = await store.begin(run_of("B"), FILES)
    await store.prune(Retention(keep=0))
    await store.record(second, [call(1, "shared" * 100)])
    assert [entry.value async for entry in store.calls("B")] == ["shared" * 100]
    assert await problems(store) == []


# -- what is wrong ----------------------------------------------------------------------------------------------------


async def test_a_whole_journal_has_no_problems(store: SqliteStore) -> None:
    await kept(store)
    assert await problems(store) == []


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE blobs SET bytes = x'00'", "a value is damaged, of run RUN00001"),
        ("UPDATE blobs SET codec = '', bytes = x'00'", "a value is damaged, of run RUN00001"),
        ("DELETE FROM blobs", "a value of run RUN00001 is lost"),
        ("DELETE FROM bundles", "the spell of run RUN00001 is lost"),
        ("DELETE FROM runs", "calls are there of run RUN00001, which is not"),
        ("UPDATE calls SET res = '{'", "a call of run RUN00001 is damaged"),
    ],
)
async def test_a_check_says_what_is_wrong(store: SqliteStore, sql: str, problem: str) -> None:
    await kept(store)
    edit(store, sql)
    assert problem in await problems(store)


@pytest.mark.parametrize("sql", ["UPDATE blobs SET bytes = x'00'", "UPDATE blobs SET size = 9", "DELETE FROM blobs"])
async def test_a_value_that_is_damaged_is_not_given_out(store: SqliteStore, sql: str) -> None:
    await kept(store)
    edit(store, sql)
    with pytest.raises(ConfigError, match=r"a value in the journal is (damaged|lost)"):
        _ = [entry async for entry in store.calls("RUN00001")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"this is no database, but somebody's letter" * 100, "is damaged: file is not a database"),
        (b"SQLite format 3\0" + b"\xff" * 4080, "is damaged: file is not a database"),
    ],
)
async def test_a_file_that_is_no_database_is_left_alone(store: SqliteStore, content: bytes, message: str) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(content)
    for act in (store.begin(run_of(), FILES), store.runs(Query()), store.check()):
        with pytest.raises(ConfigError, match=message):
            await act
    assert store.path.read_bytes() == content


async def test_a_torn_file_is_said_to_be_damaged(store: SqliteStore) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(no, Random(no).randbytes(5000)) for no in range(1, 50)])
    await store.close()
    whole = store.path.read_bytes()
    store.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match="is damaged: database disk image is malformed") as caught:
        _ = [entry async for entry in store.calls("RUN00001")]
    assert "runs recover" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("PRAGMA application_id = 1", "a database of something else"),
        ("CREATE TRIGGER spy AFTER INSERT ON calls BEGIN DELETE FROM runs; END", "somebody has changed it"),
        ("CREATE VIEW seen AS SELECT * FROM runs", "somebody has changed it"),
        ("CREATE VIRTUAL TABLE more USING fts5(x)", "somebody has changed it"),
        ("CREATE INDEX slow ON calls (abs(no))", "somebody has changed it"),
        ("ALTER TABLE calls ADD COLUMN more BLOB AS (zeroblob(1000000000))", "somebody has changed it"),
        ("DROP TABLE lines", "somebody has changed it"),
    ],
)
async def test_a_database_of_something_else_is_left_alone(store: SqliteStore, sql: str, message: str) -> None:
    await kept(store)
    edit(store, sql)
    for act in (store.begin(run_of("B"), FILES), store.runs(Query())):
        with pytest.raises(ConfigError, match=message):
            await act
    assert one(store, "SELECT count(*) FROM runs") == 1


async def test_a_database_of_something_else_is_not_changed(store: SqliteStore) -> None:
    store.path.parent.mkdir()
    edit(store, "CREATE TABLE theirs (x)")
    before = store.path.read_bytes()
    with pytest.raises(ConfigError, match="a database of something else"):
        await store.begin(run_of(), FILES)
    assert store.path.read_bytes() == before


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    store = sqlite_store(tmp_path)
    with pytest.raises(ConfigError, match=r"cannot use the journal .*: (File exists|Not a directory)"):
        await store.begin(run_of(), FILES)
    await store.close()


async def test_writes_need_a_journal_that_is_there(store: SqliteStore) -> None:
    for act in (store.resume("A", "x"), store.fork("A", 1, run_of(), FILES)):
        with pytest.raises(ArgumentError, match="there are no runs yet"):
            await act
    assert not store.path.exists()


# -- versions ---------------------------------------------------------------------------------------------------------


async def test_an_older_file_becomes_one_of_today(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept(store)
    monkeypatch.setattr(
        schema, "STEPS", (*schema.STEPS, "ALTER TABLE runs ADD COLUMN tags TEXT; UPDATE runs SET tags = 'x'")
    )
    newer = sqlite_store(tmp_path)
    assert [run.run_id for run in await newer.runs(Query())] == ["RUN00001"]
    await newer.begin(run_of("RUN00002"), FILES)
    assert one(newer, "SELECT group_concat(tags) FROM runs") == "x"
    assert one(newer, "PRAGMA user_version") == len(schema.STEPS)
    await newer.close()


async def test_a_step_that_fails_leaves_the_file_as_it_was(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await kept(store)
    version = len(schema.STEPS)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(ConfigError, match="no such table: nowhere"):
        await store.begin(run_of("B"), FILES)
    assert one(store, "PRAGMA user_version") == version
    assert one(store, "SELECT count(*) FROM sqlite_master WHERE name = 'more'") == 0


async def test_a_newer_file_is_left_alone(store: SqliteStore) -> None:
    await kept(store)
    edit(store, f"PRAGMA user_version = {len(schema.STEPS) + 1}")
    for act in (store.begin(run_of("B"), FILES), store.runs(Query())):
        with pytest.raises(ConfigError, match="written by a newer llmspell") as caught:
            await act
    assert caught.value.hint == "update llmspell"
