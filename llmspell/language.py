"""Which language a spell is in: as `--engine` says, else its suffix, else its shebang. Cheap: asked before all else."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from llmspell import files
from llmspell.errors import ArgumentError, ConfigError
from llmspell.wording import listed, shown

_FIRST_LINE = 256


class Language(NamedTuple):
    """How a spell shows that it is in a language: by suffix, by the program of its shebang, or by `--engine`.

    `interrupts`: whether its engine can end a turn that lasts too long by itself, with the line.
    """

    suffixes: tuple[str, ...]
    programs: tuple[str, ...]
    names: tuple[str, ...]
    interrupts: bool


LANGUAGES: Mapping[str, Language] = {
    "lua": Language((".lua",), ("lua", "luajit"), ("lua",), interrupts=True),
    "javascript": Language((".js", ".mjs"), ("node", "nodejs", "deno"), ("javascript", "js"), interrupts=False),
}
SUFFIXES = tuple(suffix for each in LANGUAGES.values() for suffix in each.suffixes)


def is_test(name: str) -> bool:
    """Return whether a file has tests of spells, and is none itself: `NAME.test.lua`."""
    return name.endswith(tuple(f".test{suffix}" for suffix in SUFFIXES))


def language_of(path: str | os.PathLike[str], engine: str | None = None) -> str:
    """Return the language of a spell; it reads at most a first line, and only if nothing else tells.

    Args:
        path: the file of the spell.
        engine: `lua`, `javascript` or `js`, as a person chose.

    Raises:
        ArgumentError: there is no such engine, or the file cannot be read.
        ConfigError: nothing tells.
    """
    name = os.fspath(path)
    if language := told(name, engine):
        return language
    with files.opened(name, "spell", SUFFIXES) as file:
        return by_shebang(file.read(_FIRST_LINE), name)


def told(name: str, engine: str | None) -> str | None:
    """Return the language that `--engine` or else the suffix tells, or None.

    Raises:
        ArgumentError: there is no such engine.
    """
    if engine is not None:
        return named(engine)
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122
    return next((language for language, each in LANGUAGES.items() if suffix in each.suffixes), None)


def named(engine: str) -> str:
    """Return the language that is called so on a command line.

    Raises:
        ArgumentError: there is none.
    """
    for language, each in LANGUAGES.items():
        if engine.lower() in each.names:
            return language
    raise ArgumentError(f"there is no engine {shown(engine)}", hint=f"write {listed(LANGUAGES)}")


def by_shebang(start: bytes, name: str) -> str:
    """Return the language that the start of a file tells: `#!/usr/bin/env lua`, `#!/usr/bin/node`, `… --engine=js`.

    Raises:
        ConfigError: it tells none.
    """
    line = start.removeprefix(b"\xef\xbb\xbf")[:_FIRST_LINE].split(b"\n")[0].decode(errors="replace")
    words = line[2:].split() if line.startswith("#!") else []
    if engine := re.search(r"--engine[= ](\w+)", " ".join(words)):
        return named(engine[1])
    programs = (word.rpartition("/")[2] for word in words if not word.startswith("-") and "=" not in word)
    program = re.sub(r"[\d.-]+$", "", next((each for each in programs if each != "env"), ""))
    for language, each in LANGUAGES.items():
        if program in each.programs:
            return language
    ways = f"--engine {listed(LANGUAGES)}, a name that ends with {listed(SUFFIXES)}, or a first line #!/usr/bin/env lua"
    raise ConfigError(f"cannot tell the language of {name}", hint=f"one of these tells: {ways}")
