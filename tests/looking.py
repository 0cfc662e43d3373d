"""What the tests of the check share: the names that each language has, asked once, and a look into one text."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from llmspell import Global, Host, Spell, manifest
from llmspell.check.desk import Source, compile_all
from llmspell.check.grants import Wishes
from llmspell.check.review import findings
from llmspell.check.sight import Sight
from llmspell.check.tree import Tree
from llmspell.check.world import World
from llmspell.engines import open_engine
from llmspell.errors import SpellError
from llmspell.testing import Probe

Parse = Callable[[Source], Tree]
Look = Callable[..., list[str]]
Findings = Callable[[str, str], list[SpellError]]
LANGUAGES = {"lua": ".lua", "javascript": ".js"}


@pytest.fixture(scope="session")
def parser() -> Parse:
    """Return a parser in this process, for texts that we wrote ourselves."""
    engine = open_engine("trees")

    def parse(source: Source) -> Tree:
        request = json.dumps({"language": source.language, "source": source.text}).encode()
        return Tree(source.text, source.name, engine.step(request))

    return parse


def worlds_with(globals_: Sequence[type[Global]], **settings: Any) -> dict[str, World]:
    """Return what spells of each language see."""

    async def ask() -> dict[str, World]:
        async with Host(globals=globals_, **settings) as host:
            surface = host.prepare(Spell.from_source("", "lua")).surface
            return {language: World(surface, await compile_all(host, language, [])) for language in LANGUAGES}

    return asyncio.run(ask())


@pytest.fixture(scope="session")
def worlds() -> dict[str, World]:
    return worlds_with([Probe])


@pytest.fixture(scope="session")
def found_in(worlds: dict[str, World], parser: Parse) -> Findings:
    return looking(worlds, parser)


def looking(worlds: dict[str, World], parser: Parse) -> Findings:
    """Return what finds all that is wrong with a text, without asking whether it compiles."""
    profile = Host().profile

    def found(language: str, text: str) -> list[SpellError]:
        source = Source("x" + LANGUAGES[language], language, text)
        declared = manifest.read(text, language, source.name)
        spell = Spell(source.name, language, text, declared)
        sight = Sight(source, parser(source), worlds[language], declared)
        return list(findings(sight, Wishes.of(spell, profile)))

    return found


@pytest.fixture(scope="session")
def look(found_in: Findings) -> Look:
    """Return what is wrong with a text, a line for each."""

    def look_into(language: str, text: str) -> list[str]:
        return [line_of(error) for error in found_in(language, text)]

    return look_into


def line_of(error: SpellError) -> str:
    """Return a finding as `2:7 undefined: the message | the hint`."""
    assert error.where is not None
    hint: Any = f" | {error.hint}" if error.hint else ""
    return f"{error.where.line}:{error.where.column} {error.data['rule']}: {error.message}{hint}"
