"""Weak tables of the interpreter: nobody knows the name that makes one, and where that cannot be, nothing breaks."""

from typing import Any

import pytest
from lupa import lua54

from llmspell.engines import weakness
from llmspell.engines.lua import LuaEngine

PROBE = b"""
local held = setmetatable({}, { [...] = "k" })
held[{}] = true
collectgarbage()
return next(held) == nil
"""


def bare() -> Any:
    return lua54.LuaRuntime(encoding=None, register_eval=False, register_builtins=False)


def test_the_name_that_makes_a_table_weak_is_another_in_each_state_and_the_usual_one_does_nothing() -> None:
    states = [bare() for _ in range(3)]
    names = [weakness.rename(lua) for lua in states]
    assert len({*names, weakness.USUAL}) == 4
    for lua, name in zip(states, names, strict=True):
        assert lua.execute(PROBE, name) is True
        assert lua.execute(PROBE, weakness.USUAL) is False


def test_other_states_keep_the_usual_name() -> None:
    weakness.rename(bare())
    assert bare().execute(PROBE, weakness.USUAL) is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_EVENTS", (b"__index", b"__newindex", b"__mode", b"__gc")),  # no such list is found
        ("_DISTANCE", 8),  # what all threads share is somewhere else
        ("_PROBE", b"return false"),  # the collector goes on as before
        ("_PROBE", b"return true"),
    ],
)
def test_an_interpreter_that_is_built_otherwise_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(weakness, name, value)
    lua = bare()
    assert weakness.rename(lua) == weakness.USUAL
    assert lua.execute(PROBE, weakness.USUAL) is True


def test_an_engine_works_where_the_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weakness, "_DISTANCE", 0)
    with LuaEngine() as engine:
        assert engine.step(b"\x90") == b"\x90"
