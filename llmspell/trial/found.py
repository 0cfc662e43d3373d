"""Which files have tests."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from llmspell.errors import ArgumentError
from llmspell.language import SUFFIXES, is_test
from llmspell.project import folders
from llmspell.wording import listed, visible

MOST_FOLDERS = 20_000
"""Folders that are looked into."""

_PASSED = {"node_modules", "__pycache__", "venv", "site-packages"}


def tests(places: Iterable[Path]) -> list[Path]:
    """Return the test files that are named or below a folder, each once and in order.

    Raises:
        ArgumentError: a path is neither, or there are too many folders.
    """
    found: dict[Path, None] = {}
    for place in places:
        if place.is_dir():
            found |= dict.fromkeys(_below(place))
        elif not place.exists():
            raise ArgumentError(f"there is no file {visible(str(place))}")
        elif not is_test(place.name):
            ends = listed(f".test{suffix}" for suffix in SUFFIXES)
            raise ArgumentError(f"{visible(str(place))} is not a test file", hint=f"its name ends with {ends}")
        else:
            found[place.resolve()] = None
    return list(found)


def _passed(name: str) -> bool:
    return name.startswith(".") or name in _PASSED


def _below(folder: Path) -> Iterator[Path]:
    for count, (here, names) in enumerate(folders(folder.resolve(), _passed), 1):
        if count > MOST_FOLDERS:
            raise ArgumentError(f"there are too many folders below {visible(str(folder))}", hint="name some of them")
        for name in names:
            if is_test(name) and not name.startswith("."):
                yield here / name
