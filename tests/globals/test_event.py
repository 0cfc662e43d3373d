"""Events: many that are told at once leave room for others."""

import asyncio

from llmspell import Host, Spell
from llmspell.bridge.op import Function
from llmspell.globals.event import LISTENERS, Event


async def refuse(*_: object) -> None:
    raise AssertionError("nobody listens to this")


async def test_others_have_their_turn_while_many_events_are_told() -> None:
    event = Event(Host(environ={}).prepare(Spell.from_source("", "lua")).context)
    for number in range(LISTENERS):
        await event.on(f"x*{number}", Function(number, refuse))
    emits = [asyncio.ensure_future(event.emit(f"y{number}")) for number in range(50)]
    turns = 0
    while not all(each.done() for each in emits):
        await asyncio.sleep(0)
        turns += 1
    assert {each.result() for each in emits} == {0}
    assert turns >= len(emits)


async def test_a_name_stands_for_itself_and_a_star_for_all() -> None:
    event, heard = Event(Host(environ={}).prepare(Spell.from_source("", "lua")).context), []

    def noting(word: str) -> Function:
        async def note(_: int, __: list[object]) -> None:
            heard.append(word)

        return Function(1, note)

    for pattern in ("a.b", "a.*", "*", "b", "a.[bc]"):
        await event.on(pattern, noting(pattern))
    assert await event.emit("a.b") == 4
    assert heard == ["a.b", "a.*", "*", "a.[bc]"]
