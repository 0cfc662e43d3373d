"""The settings of a project: its `llmspell.toml`, which may come from a stranger, so nothing in it grants anything."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from llmspell import durations, files
from llmspell.data import DEPTH
from llmspell.errors import ArgumentError, ConfigError
from llmspell.project import MARK
from llmspell.wording import clip, did_you_mean, listed, shown, visible

LARGEST = 64 * 1024
"""Bytes of the file."""
PARTS = 64
"""Names in one key, joined by dots: the parser takes a time that is quadratic in them."""

_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{{PARTS}}}")
_DURABILITIES = ("normal", "full")
_SMALLEST = 2**20


@dataclass(frozen=True)
class JournalSettings:
    """What the section `[journal]` says.

    `durability` is what a write survives: `normal` the end of any process, `full` a power cut too. `size` is how many
    bytes the file may have, and `run` how many one run may keep in it. `encrypt` is whether it is encrypted, but for
    what the list of runs shows.
    """

    durability: Literal["normal", "full"] = "normal"
    size: int = 8 * 2**30
    run: int = 2**30
    encrypt: bool = False


def read(root: Path) -> dict[str, Any]:
    """Return the sections of the file of a project; none if there is no file.

    Raises:
        ConfigError: it is not TOML, or cannot be read.
    """
    path = root / MARK
    if not path.exists():
        return {}
    try:
        with files.opened(str(path)) as file:
            text = files.decoded(files.limited(file, LARGEST, MARK), MARK)
    except ArgumentError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    if _LONG_KEY.search(text):
        raise ConfigError(f"{MARK}: a key has more than {PARTS} parts")
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise ConfigError(f"{MARK} is not TOML: {clip(visible(str(error)), 200)}") from None
    except RecursionError:
        raise ConfigError(f"{MARK} is nested more than {DEPTH} deep") from None


def journal(root: Path) -> JournalSettings:
    """Return what a project says about its journal.

    Raises:
        ConfigError: naming the key that is wrong.
    """
    return JournalSettings(
        **_section(read(root), "journal", {"durability": _durability, "size": _size, "run": _size, "encrypt": _encrypt})
    )


def _section(settings: Mapping[str, Any], name: str, known: Mapping[str, Callable[[object], Any]]) -> dict[str, Any]:
    """Return the values of a section that has no other settings than those that are known."""
    given = settings.get(name, {})
    if not isinstance(given, dict):
        raise ConfigError(f"{MARK}: `{name}` must be a section, got {shown(given)}", hint=f"begin it with [{name}]")
    found = {}
    for key, value in given.items():
        if key not in known:
            word = clip(visible(key), 60)
            raise ConfigError(f"{MARK}: there is no setting `{name}.{word}`", hint=did_you_mean(key, tuple(known)))
        try:
            found[key] = known[key](value)
        except ArgumentError as error:
            raise ConfigError(f"{MARK}: `{name}.{key}`: {error.message}", hint=error.hint) from None
    return found


def _durability(value: object) -> object:
    if value not in _DURABILITIES:
        raise ArgumentError(f"it must be one of {listed(_DURABILITIES)}, got {shown(value)}")
    return value


def _encrypt(value: object) -> object:
    if not isinstance(value, bool):
        raise ArgumentError(f"it must be true or false, got {shown(value)}")
    return value


def _size(value: object) -> int:
    found = durations.size(value)
    if found < _SMALLEST:
        raise ArgumentError(f"it must be at least 1MiB, got {shown(value)}")
    return found
