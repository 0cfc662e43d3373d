"""A journal that a stranger has made, as in a project that was cloned: clear errors, in bounded time and memory."""

import sqlite3
import time
import tracemalloc
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from journaled import FILES, call, run_of, sqlite_store

from llmspell.errors import ConfigError
from llmspell.journal.records import Line, Query
from llmspell.journal.sqlite import SqliteStore
from llmspell.journal.values import LARGEST

DEEP = "[" * 100_000 + "]" * 100_000
BOMB = zlib.compress(b"\0" * (LARGEST + 2**20), 9)


@pytest.fixture
async def planted(tmp_path: Path) -> Path:
    """Return the file of a journal with one run, which each test changes."""
    store = sqlite_store(tmp_path)
    hold = await store.begin(run_of(args={"text": "word " * 100}), FILES)
    await store.record(hold, [call(1, "value " * 100), call(2, "other")])
    await store.write_lines(hold, [Line(t_ms=1, stream="out", text="said " * 100)])
    await store.finish(hold, "done", result="result", usage={"usd": 0.5, "requests": 1})
    await store.close()
    return store.path


def edit(path: Path, statement: str, *values: Any) -> None:
    """Change a journal as its tables would not allow: with values of any type."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        tables = connection.execute("SELECT sql, name FROM sqlite_schema WHERE sql LIKE '%STRICT'").fetchall()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(replace(sql, ', STRICT', ''), 'STRICT', '')")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)
        connection.execute("PRAGMA writable_schema = ON")
        connection.executemany("UPDATE sqlite_schema SET sql = ? WHERE name = ?", tables)


async def read(path: Path) -> None:
    """Ask a journal for all that it has."""
    store = SqliteStore(path)
    try:
        await store.runs(Query())
        run = await store.run("RUN00001")
        await store.files(run.bundle)
        _ = [entry async for entry in store.calls("RUN00001")]
        _ = [line async for line in store.lines("RUN00001")]
        await store.news("RUN00001")
        await store.waiting()
        for by in ("day", "spell", "model", "status"):
            await store.stats(by)
        await store.runs(Query(arguments={"text": "x"}))
    finally:
        await store.close()


async def test_an_edited_journal_that_says_the_same_is_read(planted: Path) -> None:
    edit(planted, "UPDATE runs SET spell = 'x'")
    await read(planted)


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("UPDATE blobs SET bytes = ?, size = 1 << 40, codec = 'zlib'", (BOMB,)),
        ("UPDATE blobs SET bytes = ?, size = ?, codec = 'zlib'", (BOMB, LARGEST)),
        ("UPDATE blobs SET size = -5", ()),
        ("UPDATE blobs SET size = 'many', codec = x'00'", ()),
        ("UPDATE blobs SET bytes = 'text', codec = ''", ()),
        ("UPDATE bundles SET files = ?, size = 1 << 40", (BOMB,)),
        ("UPDATE bundles SET files = 'text'", ()),
        ("UPDATE calls SET res = ? WHERE no = 1", (DEEP,)),
        ("UPDATE calls SET meta = ?", (DEEP,)),
        ("UPDATE calls SET meta = '[]'", ()),
        ('UPDATE calls SET meta = \'{"usage": {"requests": "many"}}\'', ()),
        ("UPDATE calls SET meta = 'no json'", ()),
        ("UPDATE calls SET ord = -1 WHERE no = 1", ()),
        ("UPDATE calls SET ord = 9223372036854775807 WHERE no = 1", ()),
        ("UPDATE calls SET batch = -9223372036854775808 WHERE no = 1", ()),
        ("UPDATE calls SET no = -7 WHERE no = 1", ()),
        ("UPDATE calls SET t_ms = 1 << 60", ()),
        ("UPDATE calls SET no = 'one' WHERE no = 1", ()),
        ("UPDATE calls SET ok = 0, res = '{}' WHERE no = 1", ()),
        ("UPDATE calls SET key = 'fn:1', req = '[\"f\"]' WHERE no = 1", ()),
        ("UPDATE calls SET op = CAST(x'ff' AS TEXT) WHERE no = 1", ()),
        ("UPDATE runs SET status = 'great'", ()),
        ("UPDATE runs SET args = ?", (DEEP,)),
        ("UPDATE runs SET info = '[]'", ()),
        ('UPDATE runs SET usage = \'{"usd": "much"}\'', ()),
        ("UPDATE runs SET error = '{\"message\": 5}'", ()),
        ("UPDATE runs SET created_ms = 'soon'", ()),
        ("UPDATE runs SET created_ms = -1", ()),
        ("UPDATE runs SET owner = CAST(x'fffe' AS TEXT)", ()),
        ("UPDATE lines SET text = '5'", ()),
        ("UPDATE lines SET fields = '[]'", ()),
        ("UPDATE lines SET stream = 'loud'", ()),
        ("UPDATE lines SET no = x'00'", ()),
    ],
    ids=lambda value: None if isinstance(value, tuple) else value[:40],
)
async def test_what_no_llmspell_writes_is_refused(planted: Path, sql: str, values: tuple[Any, ...]) -> None:
    edit(planted, sql, *values)
    began = time.monotonic()
    with pytest.raises(ConfigError, match="journal") as caught:
        await read(planted)
    assert caught.value.hint
    assert time.monotonic() - began < 5


async def test_few_names_do_not_stand_for_many_large_texts(planted: Path) -> None:
    with closing(sqlite3.connect(planted)) as connection:
        ((name,),) = connection.execute("SELECT res FROM calls WHERE no = 1")
    edit(planted, "UPDATE blobs SET bytes = ?, size = ?, codec = 'zlib'", zlib.compress(b"x" * 2**20), 2**20)
    edit(planted, "UPDATE calls SET res = ? WHERE no = 1", f"[{','.join([name] * 1000)}]")
    with pytest.raises(ConfigError, match="a value in the journal is too large"):
        await read(planted)
    edit(planted, "UPDATE calls SET res = ? WHERE no = 1", name)
    with closing(sqlite3.connect(planted)) as connection:
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO calls "
            "SELECT run_id, i, key, i, i, t_ms, started_ms, op, effect, fp, req, ok, res, meta, file, line "
            "FROM calls, n WHERE no = 1"
        )
        connection.commit()
    store = SqliteStore(planted)
    tracemalloc.start()
    assert len([None async for _ in store.calls("RUN00001")]) == 200
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 * 2**20
    await store.close()
