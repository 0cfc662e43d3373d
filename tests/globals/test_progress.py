import re

import pytest
from conftest import Heard

from llmspell import Host, Spell
from llmspell.bridge.render import FACES
from llmspell.bridge.surface import Surface
from llmspell.globals import progress
from llmspell.host.host import builtin_globals

MANY = {
    "lua": "for i = 1, 60 do map(spell().items, function(n) return n end, { name = 'a' }) end",
    "javascript": "for (let i = 0; i < 60; i++) await map(spell().items, (n) => n, { name: 'a' });",
}
ODD = {
    "lua": r"map({ 1 }, function() fail('no') end, { name = 'a\n\27[2Jb', on_error = 'keep' })",
    "javascript": r"await map([1], () => fail('no'), { name: 'a\n\x1b[2Jb', on_error: 'keep' });",
}
languages = pytest.mark.parametrize("language", MANY)


async def lines(source: str, language: str, args: object = None) -> list[str]:
    heard = Heard()
    async with Host(environ={}) as host:
        await host.execute(host.prepare(Spell.from_source(source, language), args, sink=heard))
    return heard.lines


@languages
async def test_a_run_shows_so_many_lines_and_no_more(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINES", 1000)
    told = await lines(MANY[language], language, {"items": list(range(20))})
    assert len(told) == 1000
    assert told[:22] == [*(f"a: {n}/20" for n in range(21)), "a: 0/20"]


@languages
async def test_a_name_is_passed_on_as_it_is_for_the_terminal_to_make_harmless(language: str) -> None:
    assert await lines(ODD[language], language) == ["a\n\x1b[2Jb: 0/1", "a\n\x1b[2Jb: 1/1, 1 failed"]


def test_what_is_for_preludes_alone_is_in_no_stub_no_reference_and_no_suggestion() -> None:
    surface = Surface(builtin_globals())
    assert surface.wire({})["progress"] in surface.ops
    assert [name for name in surface.names() if name.startswith("_")] == []
    for make in FACES.values():
        assert re.findall(r"\b_progress\b|\bProgress\b", make(surface)) == []
