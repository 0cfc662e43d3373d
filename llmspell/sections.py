"""Sections: what a file in TOML may say, and nothing else; what is wrong is told with its line and the likely cure."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from llmspell.errors import ArgumentError, ConfigError
from llmspell.toml import Document
from llmspell.wording import clip, did_you_mean, listed, shown, visible

Read = Callable[[object], Any]
"""Returns what a value means, or raises ArgumentError: what it must be."""

Path = tuple[str | int, ...]

_BARE = re.compile(r"[\w-]+", re.ASCII)
_SHOWN = 60  # characters of a name in an error


class Each(NamedTuple):
    """Reads a list: each of its elements with `read`; what comes of it are items."""

    read: Read


class Named(NamedTuple):
    """Reads a section whose keys are names: `key` returns what a name means, `known` is what stands under each."""

    key: Read
    known: Mapping[str, Any]


class Item(NamedTuple):
    """An element of a list, and where it stands: `llmspell.toml:14`."""

    value: Any
    place: str


def section(document: Document, known: Mapping[str, Any], path: Path = (), given: object = None) -> dict[str, Any]:
    """Return the values of a section; what it does not say is not in there.

    Args:
        document: the file.
        known: what reads each setting: a function, `Each`, `Named`, or a map for a section in it.
        path: of the section; the whole file, unless given.
        given: what stands there.

    Raises:
        ConfigError: a setting is not known, or is not what it must be.
    """
    given = document.data if not path else given
    if not isinstance(given, dict):
        head = _dotted(path)
        raise error(document, path, f"must be a section, got {shown(given)}", f"begin it with [{head}]")
    for key in given:
        if key not in known:
            name = _dotted((*path, key))
            where = document.where((*path, key))
            raise ConfigError(f"{where}: there is no setting `{name}`", hint=did_you_mean(key, tuple(known)))
    return {key: _value(document, known[key], (*path, key), value) for key, value in given.items()}


def error(document: Document, path: Path, message: str, hint: str | None = None) -> ConfigError:
    """Return the error for a setting that cannot be as it is."""
    return ConfigError(f"{document.where(path)}: `{_dotted(path)}` {message}", hint=hint)


def _value(document: Document, known: Any, path: Path, value: object) -> Any:
    if isinstance(known, Mapping):
        return section(document, known, path, value)
    if isinstance(known, Named):
        return _named(document, known, path, value)
    if isinstance(known, Each):
        if not isinstance(value, list):
            raise error(document, path, f"must be a list, got {shown(value)}")
        return [
            Item(_read(document, known.read, (*path, number), each), document.where((*path, number)))
            for number, each in enumerate(value)
        ]
    return _read(document, known, path, value)


def _named(document: Document, known: Named, path: Path, value: object) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise error(document, path, f"must be a section, got {shown(value)}", f'begin one with [{path[-1]}."NAME"]')
    return {
        _read(document, known.key, (*path, key), key): section(document, known.known, (*path, key), inner)
        for key, inner in value.items()
    }


def _read(document: Document, read: Read, path: Path, value: object) -> Any:
    try:
        return read(value)
    except ArgumentError as problem:
        name = path[:-1] if isinstance(path[-1], int) else path
        where = document.where(path)
        raise ConfigError(f"{where}: `{_dotted(name)}`: {problem.message}", hint=problem.hint) from None


def _dotted(path: Path) -> str:
    return ".".join(_part(str(each)) for each in path)


def _part(name: str) -> str:
    word = clip(visible(name), _SHOWN)
    return word if _BARE.fullmatch(name) else f'"{word}"'


def one_of(words: Sequence[str]) -> Read:
    """Return a reader of one of some words."""

    def read(value: object) -> Any:
        if value not in words:
            raise ArgumentError(f"it must be one of {listed(words)}, got {shown(value)}")
        return value

    return read


def flag(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise ArgumentError(f"it must be true or false, got {shown(value)}")
    return value


def text(value: object) -> str:
    """Return a text, whatever characters it has."""
    if not isinstance(value, str) or not value:
        raise ArgumentError(f"it must be a text, got {shown(value)}")
    return value


def line(value: object) -> str:
    """Return one line of text."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ArgumentError(f"it must be one line of text, got {shown(value)}")
    return value
