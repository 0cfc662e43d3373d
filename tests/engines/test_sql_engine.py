"""The engine of databases, in a worker as it is used: what it refuses, and what no file makes it do."""

import asyncio
import inspect
import json
import random
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from databases import FIXTURES, HOSTILE, POISON, SHOP, make

from llmspell.engines.sql import SqlEngine
from llmspell.globals.sql import _LIMITS, _WORDS
from llmspell.host.clerk import Clerk
from llmspell.host.launcher import launch

QUERY: dict[str, Any] = {
    "params": [], "rows": 100, "cells": 1000, "bytes": 100_000, "seconds": 20.0, "blob": False,
}  # fmt: skip


class Engine:
    """An engine, as one speaks with it."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk = clerk

    async def say(self, body: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.clerk.ask(body))
        return answer

    async def load(self, data: bytes) -> dict[str, Any]:
        for at in range(0, len(data), 2**20):
            assert await self.say(b"+" + data[at : at + 2**20]) == {}
        return await self.say(b"=")

    async def ask(self, text: str, **more: Any) -> dict[str, Any]:
        return await self.say(b"?" + json.dumps(QUERY | {"text": text} | more).encode())


@asynccontextmanager
async def engine(data: bytes | None = None) -> AsyncIterator[Engine]:
    clerk = await Clerk.hire("sql", _LIMITS)
    try:
        found = Engine(clerk)
        if data is not None:
            assert await found.load(data) == {}
        yield found
    finally:
        await clerk.dismiss()


def shop() -> bytes:
    return (FIXTURES / "shop.db").read_bytes()


async def test_the_worker_is_locked() -> None:
    clerk = await Clerk.open(launch("sql", jit=False, codegen=False))
    locked = await clerk.lock(_LIMITS)
    await clerk.dismiss()
    assert not {"seccomp", "rlimits", "no_new_privs"} & locked["missing"].keys()


async def test_a_database_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    other = make(tmp_path / "other.db", "create table t (x); insert into t values (7);").read_bytes()
    async with engine(shop()) as found:
        assert (await found.ask("select count(*) as n from customers"))["rows"] == [[3]]
        assert await found.load(other) == {}
        assert (await found.ask("select x from t"))["rows"] == [[7]]
        assert (await found.ask("select * from customers"))["fault"] == "absent"
        assert (await found.load(b"SQLite format 3\0" + bytes(100)))["fault"] == "damaged"
        assert (await found.ask("select 1"))["fault"] == "sql", "what could not be opened is not the one before"


async def test_the_mode_of_a_log_beside_the_file_is_taken_off(tmp_path: Path) -> None:
    make(tmp_path / "a.db", SHOP)
    with closing(sqlite3.connect(tmp_path / "a.db")) as writer:
        writer.execute("pragma journal_mode = wal")
    data = (tmp_path / "a.db").read_bytes()
    assert data[18:20] == b"\x02\x02"
    async with engine(data) as found:
        assert (await found.ask("select name from customers order by id limit 1"))["rows"] == [["Ada"]]


async def test_limits_of_rows_values_and_bytes() -> None:
    counting = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) select i, i * 2 as b from n"
    )
    async with engine(shop()) as found:
        assert len((await found.ask(counting))["rows"]) == 50
        assert (await found.ask(counting, rows=49))["fault"] == "rows"
        assert (await found.ask(counting, cells=99))["fault"] == "large"
        assert (await found.ask(counting, bytes=100 * 8 - 1))["fault"] == "large"
        for text, most, fits in (("aaaa", 12, True), ("aaaaa", 12, False), ("\x01" * 40, 48, False)):
            answer = await found.ask("select ? as x", params=[text], bytes=max(most, 30) if fits else most)
            assert ("rows" in answer) is fits, text
        assert (await found.ask("select zeroblob(1000) as x", blob=True, bytes=999))["fault"] == "large"
        assert len((await found.ask("select zeroblob(1000) as x", blob=True, bytes=2000))["blob"]) == 1336


async def test_a_query_that_takes_too_long_ends_and_the_next_is_answered() -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as m from n"
    async with engine(shop()) as found:
        assert await found.ask(endless, seconds=0.01) == {"fault": "late", "text": "", "row": 0}
        assert (await found.ask("select 1 as one"))["rows"] == [[1]]


async def test_memory_has_an_end() -> None:
    growing = "with recursive n(s) as (select 'x' union all select s || s from n) select count(s) as c from n"
    async with engine(shop()) as found:
        assert (await found.ask(growing))["fault"] in ("memory", "sql")
        assert (await found.ask("select group_concat(printf('%.*c', 60000000, 'x')) as s from customers"))["fault"] in (
            "memory",
            "sql",
        )
        assert (await found.ask("select 1 as one"))["rows"] == [[1]]


async def test_what_it_does_not_understand_is_a_fault_and_no_end() -> None:
    async with engine() as found:
        for body in (b"", b"?", b"?{}", b"?null", b"x", b"!"):
            assert "fault" in await found.say(body), body
        assert await found.load(shop()) == {}
        for body in (b"?", b"?{}", b"?null", b'?{"text": 1}', b"?" + b"[" * 5000):
            assert "fault" in await found.say(body), body
        assert (await found.ask("select 1 as one"))["rows"] == [[1]]


def mutants(whole: bytes, count: int) -> list[bytes]:
    """Return a file with some of its bytes changed: in its header, in its schema, and anywhere."""
    chance, found = random.Random(5), []
    for number in range(count):
        data = bytearray(whole)
        span = (100, 512, len(data))[number % 3]
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(16, span)] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        found.append(bytes(data[: len(data) if number % 5 else chance.randrange(100, len(data))]))
    return found


async def test_no_file_makes_it_say_anything_but_rows_and_faults() -> None:
    texts = (
        "select * from plain",
        "select count(*) as n from sqlite_master",
        "select * from words_content",
        "pragma table_list",
    )
    answered = damaged = 0
    async with engine() as found:
        for data in mutants((FIXTURES / "hostile.db").read_bytes(), 300):
            loaded = await asyncio.wait_for(found.load(data), 30)
            assert loaded == {} or loaded["fault"] in _WORDS
            damaged += loaded != {}
            for text in texts if loaded == {} else ():
                answer = await asyncio.wait_for(found.ask(text, seconds=5.0), 30)
                assert ("rows" in answer) or answer["fault"] in _WORDS, answer
                answered += "rows" in answer
    assert answered
    assert damaged


async def test_a_schema_that_cannot_be_is_damage(tmp_path: Path) -> None:
    async with engine() as found:
        answer = await found.load(make(tmp_path / "a.db", HOSTILE + POISON).read_bytes())
    assert answer["fault"] == "damaged"
    assert "calls" in answer["text"]


def test_it_is_an_engine_like_others() -> None:
    with SqlEngine() as made:
        made.limit(1)
        assert not made.more
        assert not made.interrupt(), "there is no query"


def test_every_fault_of_the_engine_can_be_said() -> None:
    source = Path(inspect.getfile(SqlEngine)).read_text("utf-8")
    said = set(re.findall(r'_Fault\(\s*"(\w+)"', source)) | set(re.findall(r'"fault": "(\w+)"', source))
    said |= set(re.findall(r'refused = .*?f?"(\w+)', source))
    assert said - {"late"} <= _WORDS.keys()
    assert len(said) > 12
