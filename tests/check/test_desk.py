"""What a worker says of sources is believed only as far as it makes sense."""

import asyncio

import pytest

from llmspell import Host
from llmspell.check.desk import Compiler, Names, Source, compile_all, read_all
from llmspell.errors import WorkerDied
from llmspell.host.clerk import Clerk


@pytest.mark.parametrize("answer", [b"", b"\xff", b"[]", b'[["d", null], ["d", null]]', b'[["c", 1, "x", []]]', b"{}"])
@pytest.mark.parametrize("language", ["lua", "javascript"])
def test_an_answer_that_is_none_counts_against_the_source(answer: bytes, language: str, monkeypatch) -> None:
    async def ask(_: Clerk, __: bytes) -> bytes:
        return answer

    async def compiled(source: Source) -> None:
        async with Host() as host:
            await compile_all(host, language, [source])

    monkeypatch.setattr(Compiler, "ask", ask)
    source = Source("x", language, "")
    asyncio.run(compiled(source))
    assert source.fault is not None
    assert source.fault.message.startswith("this file is more than the engine can take in")


@pytest.mark.parametrize("answer", [b"", b'[["e", {"kind": "script", "message": "too large"}]]'])
def test_a_tree_that_is_none_is_left_out(answer: bytes, monkeypatch) -> None:
    async def ask(_: Clerk, __: bytes) -> bytes:
        return answer

    monkeypatch.setattr(Clerk, "ask", ask)
    source = Source("x", "lua", "")
    asyncio.run(read_all([source]))
    assert source.tree is None


@pytest.mark.parametrize(
    "told", [None, [], "x", {"a": 1}, {"a": {"members": 7, "strict": "yes"}}, {"a": {"members": [[], {}]}}]
)
def test_names_that_make_no_sense_are_left_out(told: object) -> None:
    names = Names.of(told)
    assert names.strict == frozenset()
    assert set(names.members.values()) <= {frozenset()}


def test_a_worker_that_cannot_start_is_an_error_and_no_endless_loop(monkeypatch) -> None:
    async def lock(_: Clerk, __: object) -> None:
        raise WorkerDied("the worker could not start")

    monkeypatch.setattr(Clerk, "lock", lock)
    with pytest.raises(WorkerDied):
        asyncio.run(read_all([Source("x", "lua", "")]))


def test_the_names_are_those_that_a_spell_sees(worlds) -> None:
    lua, javascript = worlds["lua"].names, worlds["javascript"].names
    assert {"print", "ask", "Log", "string"} <= lua.members.keys()
    assert {"print", "ask", "Log", "Math", "Promise"} <= javascript.members.keys()
    assert {"info", "warn"} <= lua.members["Log"] & javascript.members["Log"]
    assert "Log" in lua.strict & javascript.strict
    assert "string" not in lua.strict
    assert "Math" not in javascript.strict
