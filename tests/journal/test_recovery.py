"""What can be saved from a damaged journal is saved, and a run goes on from before what it has lost."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from journaled import FILES, call, problems, run_of, sealed_store, sqlite_store

from llmspell.errors import ArgumentError, ConfigError
from llmspell.host.past import Past
from llmspell.journal.records import Entry, Query
from llmspell.journal.recovery import CUT, NOTHING, Recovered, recover
from llmspell.journal.shapes import DOUBT
from llmspell.journal.sqlite import SqliteStore
from llmspell.journal.store import Store

LIMIT = 2**30


@pytest.fixture
async def damaged(tmp_path: Path) -> Path:
    """Return the file of a journal with two runs, which each test damages."""
    store = sqlite_store(tmp_path)
    for name, cost in (("A", {}), ("B", {"usage": {"usd": 0.1}})):
        hold = await store.begin(run_of(name, args={"text": f"{name} " * 500}), FILES)
        await store.record(hold, [call(no, f"{name}{no} " * 100, meta=cost) for no in range(1, 6)])
        await store.record(hold, [Entry(no=6, key="fn:1", op="fn", request=[1, []], ord=5, batch=5, t_ms=9)])
    await store.finish(hold, "done", result="r" * 1000)
    await store.close()
    return store.path


def edit(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql)


async def saved(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    assert await problems(store) == []
    return store


async def test_a_whole_journal_is_copied_as_it_is(damaged: Path, tmp_path: Path) -> None:
    assert recover(damaged, tmp_path / "new.db", LIMIT) == Recovered(2, 12, 0, 0, [], [])
    old, new = SqliteStore(damaged), await saved(tmp_path / "new.db")
    assert await old.runs(Query()) == await new.runs(Query())
    assert await old.run("B") == await new.run("B")
    assert [run.run_id for run in await new.runs(Query(cost=0.5))] == ["B"]
    assert await new.files("b" * 64) == FILES
    for name in ("A", "B"):
        assert [e async for e in old.calls(name)] == [e async for e in new.calls(name)]
    await old.close()
    await new.close()


@pytest.mark.parametrize(
    ("sql", "doubt"),
    [
        ("DELETE FROM calls WHERE run_id = 'A' AND ord = 2", 2**53),  # nobody knows which
        ("UPDATE calls SET res = '{' WHERE run_id = 'A' AND ord = 2", 3),
        (
            "DELETE FROM blobs WHERE sha IN (SELECT sha FROM uses WHERE run_id = 'A') AND size = 300 AND rowid = "
            "(SELECT min(rowid) + 2 FROM blobs WHERE size = 300)",
            3,
        ),
    ],
)
async def test_a_run_goes_on_from_before_what_it_has_lost(damaged: Path, tmp_path: Path, sql: str, doubt: int) -> None:
    edit(damaged, sql)
    found = recover(damaged, tmp_path / "new.db", LIMIT)
    assert (found.runs, found.cut) == (2, ["A"])
    store = await saved(tmp_path / "new.db")
    assert ((await store.run("A")).info, (await store.run("B")).info) == ({CUT: 2}, {})
    entries = [(e.no, e.key, e.ord, e.value) async for e in store.calls("A")]
    assert sorted(entries) == sorted([
        (1, "", 0, "A1 " * 100), (2, "", 1, "A2 " * 100), (doubt, DOUBT, None, None), (4, "", None, "A4 " * 100),
        (5, "", None, "A5 " * 100),
    ])  # fmt: skip
    past = await Past.of(store, "A")
    assert (past.doubts(3), past.doubts(doubt), past.doubts(doubt + 1)) == (True, True, False)
    assert not (await Past.of(store, "B")).doubts(1)
    assert (await store.resume("A", "next")).epoch == 2
    await store.close()


@pytest.mark.parametrize("make", [sqlite_store, sealed_store])
async def test_a_call_that_must_not_be_made_twice_is_in_doubt_once_its_row_is_lost(
    make: Callable[[Path], Store], tmp_path: Path
) -> None:
    store, path = make(tmp_path), tmp_path / "data" / "journal.db"
    hold = await store.begin(run_of("A"), FILES)
    await store.record(hold, [call(1), Entry(no=2, op="Http.post", effect="once", request=[Random(1).randbytes(600)])])
    await store.close()
    edit(path, "DELETE FROM blobs WHERE sha IN (SELECT sha FROM uses WHERE run_id = 'A') AND size > 500")
    found = recover(path, tmp_path / "new.db", LIMIT)
    assert (found.lost_entries, found.cut) == (1, [])
    path.unlink()
    (tmp_path / "new.db").rename(path)
    store = make(tmp_path)
    past = await Past.of(store, "A")
    assert (past.call(2), past.doubts(2), past.doubts(3)) == (None, True, False)
    await store.fork("A", 2, run_of("F"), FILES)
    assert not (await Past.of(store, "F")).doubts(2)
    await store.close()


def tear(path: Path) -> None:
    """Destroy two pages in the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 4096 // 2 * 4096
    content[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(content)


async def test_of_torn_pages_the_rest_is_saved(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    for number in range(40):
        hold = await store.begin(run_of(f"R{number:02}"), FILES)
        await store.record(hold, [call(no, Random(no).randbytes(150), request=["q" * 200]) for no in range(1, 40)])
    await store.close()
    tear(store.path)
    assert await problems(store) != []
    found = recover(store.path, tmp_path / "new.db", LIMIT)
    assert found.entries > 1000
    assert found.runs == 40
    await (await saved(tmp_path / "new.db")).close()
    await store.close()


async def test_nothing_is_overwritten(damaged: Path, tmp_path: Path) -> None:
    (tmp_path / "new.db").write_text("mine")
    with pytest.raises(ArgumentError, match="there is a file already"):
        recover(damaged, tmp_path / "new.db", LIMIT)


def test_what_is_no_database_has_nothing_to_save(tmp_path: Path) -> None:
    (tmp_path / "old.db").write_bytes(b"letters " * 1000)
    assert recover(tmp_path / "old.db", tmp_path / "new.db", LIMIT) == NOTHING
    assert not (tmp_path / "new.db").exists()


async def test_another_version_is_recovered_by_its_own_llmspell(damaged: Path, tmp_path: Path) -> None:
    edit(damaged, "PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="this damaged journal has version 99 and not 1"):
        recover(damaged, tmp_path / "new.db", LIMIT)
