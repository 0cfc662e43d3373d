"""A journal that a stranger has made, as in a project that was cloned: clear errors, in bounded time and memory."""

import base64
import json
import sqlite3
import time
import tracemalloc
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from journaled import FILES, call, problems, run_of, sqlite_store

from llmspell.errors import ConfigError
from llmspell.journal import finds
from llmspell.journal.records import Line, Query
from llmspell.journal.sqlite import SqliteStore
from llmspell.journal.values import LARGEST, digest

DEEP = "[" * 100_000 + "]" * 100_000
BOMB = zlib.compress(b"\0" * (LARGEST + 2**20), 9)


@pytest.fixture
async def planted(tmp_path: Path) -> Path:
    """Return the file of a journal with one run, which each test changes."""
    store = sqlite_store(tmp_path)
    hold = await store.begin(run_of(args={"text": "word " * 100}), FILES)
    await store.record(hold, [call(1, "value " * 100), call(2, "other")])
    await store.write_lines(hold, [Line(t_ms=1, stream="out", text="said " * 100)])
    await store.finish(hold, "done", result="result")
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


async def found_wrong(path: Path) -> list[str]:
    """Return what a check says."""
    store = SqliteStore(path)
    try:
        return await problems(store)
    except ConfigError as error:
        return [error.message]
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
        ('UPDATE calls SET meta = \'{"usage": {"usd": -1000}}\'', ()),
        ('UPDATE calls SET meta = \'{"usage": {"usd": 1e300}}\'', ()),
        ('UPDATE calls SET meta = \'{"below": {"requests": -5}}\'', ()),
        ('UPDATE calls SET meta = \'{"models": {"m": {"seconds": -0.5}}}\'', ()),
        ('UPDATE calls SET meta = \'{"from": "\\n"}\'', ()),
        ("UPDATE calls SET no = 0, key = 'x' WHERE no = 2", ()),
        ("UPDATE calls SET no = 0 WHERE no = 2", ()),
        ("UPDATE calls SET key = 'stop' WHERE no = 2", ()),
        ("UPDATE calls SET key = 'null' WHERE no = 2", ()),
        ("UPDATE calls SET key = 'fn:1', req = 'null' WHERE no = 2", ()),
        ("UPDATE calls SET ok = NULL WHERE no = 2", ()),
        ("UPDATE calls SET batch = NULL WHERE no = 2", ()),
        ("UPDATE calls SET started_ms = 1 << 53", ()),
        ("UPDATE runs SET created_ms = 1 << 53", ()),
        ("UPDATE runs SET t0_ms = 1 << 53", ()),
        ("UPDATE runs SET run_id = char(27) || 'RUN00001'", ()),
        ("UPDATE runs SET parent = 'X' || char(10)", ()),
        ("UPDATE runs SET usage = '{\"requests\": -1}'", ()),
        ("UPDATE lines SET t_ms = 1 << 53", ()),
        ('UPDATE lines SET text = \'{"$sealed": [{"$bytes": "AAAA"}]}\'', ()),
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
    assert await found_wrong(planted), "what is refused can be saved from"
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


@pytest.mark.parametrize("request_", ["{", "[" * 100_000, '{"last": 99999999999999999999999}', '{"last": true}', ""])
async def test_a_stop_that_nobody_wrote_is_not_taken_back(planted: Path, request_: str) -> None:
    edit(planted, "UPDATE runs SET status = 'cancelled'")
    edit(planted, "UPDATE calls SET no = 0, key = 'stop', req = ? WHERE no = 2", request_)
    store = SqliteStore(planted)
    with pytest.raises(ConfigError, match="a stop in the journal is damaged"):
        await store.resume("RUN00001", "me")
    await store.close()


async def test_sums_of_what_was_planted_are_finite_and_never_below_nothing(planted: Path) -> None:
    edit(planted, """UPDATE calls SET meta = '{"usage": {"usd": 1e308, "requests": -7, "seconds": "long"}}'""")
    store = SqliteStore(planted)
    (found,) = await store.stats("spell")
    assert (found.usd, found.requests, found.seconds) == (2e12, 0, 2e12)
    edit(planted, "UPDATE runs SET created_ms = 1 << 53")
    with pytest.raises(ConfigError, match="a run in the journal is damaged"):
        await store.stats("day")
    await store.close()


def name_of(path: Path, content: bytes) -> str:
    """Put content aside, and return what names it."""
    edit(path, "INSERT INTO blobs VALUES (?, 'zlib', ?, ?)", digest(content), len(content), zlib.compress(content))
    return json.dumps({"$text": base64.urlsafe_b64encode(digest(content)).decode().rstrip("=")})


async def test_what_many_name_is_read_once_and_a_list_leaves_out_what_is_too_large(planted: Path) -> None:
    names = [name_of(planted, bytes([letter]) * 5 * 2**20) for letter in b"abc"]
    for number, name in enumerate(names * 3):
        edit(
            planted,
            "INSERT INTO runs SELECT ?, status, epoch, spell, identity, language, bundle, host_abi, ?, seed, t0_ms, "
            "profile, model, parent, parent_no, owner, info, stop, due_ms, result, error, usage, cost, said, "
            "created_ms, updated_ms FROM runs WHERE run_id = 'RUN00001'",
            f"COPY{number}", name,
        )  # fmt: skip
        edit(planted, "INSERT INTO calls SELECT run_id, ?, key, ?, batch, t_ms, started_ms, op, effect, fp, req, ok, "
             "?, meta, file, line FROM calls WHERE no = 2", number + 3, number + 2, name)  # fmt: skip
    store = SqliteStore(planted, most=16 * 2**20)
    tracemalloc.start()
    assert len(await store.runs(Query())) == 10
    values = [entry.value async for entry in store.calls("RUN00001")]
    assert len(values) == 11
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    tracemalloc.stop()
    await store.close()
    small = SqliteStore(planted, most=12 * 2**20)
    with pytest.raises(ConfigError, match="what is read of the journal has more than 12 MiB") as caught:
        _ = [entry async for entry in small.calls("RUN00001")]
    assert "`run` in the section [journal]" in (caught.value.hint or "")
    await small.close()


async def test_arguments_of_a_list_are_left_out_where_they_are_too_large(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finds, "LISTED", 100)
    store = SqliteStore(planted)
    (found,) = await store.runs(Query())
    assert found.args is None
    assert (await store.run("RUN00001")).args == {"text": "word " * 100}
    await store.close()
