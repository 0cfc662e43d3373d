"""TOML that a stranger may have written: read within bounds, and able to tell on which line something stands."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from llmspell import files
from llmspell.data import DEPTH
from llmspell.errors import ArgumentError, ConfigError
from llmspell.wording import clip, visible

LARGEST = 64 * 1024
"""Bytes of a file."""
PARTS = 64
"""Names in one key, joined by dots: the parser takes a time that is quadratic in them."""

_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{{PARTS}}}")

_SPACE = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_LINE = r"\"(?:[^\"\\\n]|\\[^\n])*+\"|'[^'\n]*+'"
_NAME = re.compile(rf"[\w-]++|{_LINE}")
_LONG = r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"{3,5}|'''(?:[^']|'(?!''))*+'{3,5}"
_VALUE = re.compile(rf"{_LONG}|{_LINE}|[\[{{]|[^\n,\]}}#]++", re.DOTALL)
_CLOSING = {"[": "]", "{": "}"}


class _Lost(Exception):
    """The text goes on in a way that is not known here."""


@dataclass(slots=True)
class _Node:
    """A value in a text: the line where it begins, and what is in it by key or by index."""

    line: int
    inner: dict[str | int, "_Node"] = field(default_factory=dict)
    listed: bool = False


class Document:
    """What a file in TOML holds, and where.

    Args:
        text: of the file.
        data: what is in it.
        name: of the file, as people are told it.
    """

    def __init__(self, text: str, data: dict[str, Any], name: str) -> None:
        self.data = data
        self.name = name
        self.text = text

    def place(self, key: str | Sequence[str | int]) -> int | None:
        """Return the line on which something begins, counted from 1; None if it is not there, or nobody can tell.

        Args:
            key: dotted names, as `deny.net`; or a sequence of names and indices, which can say every key.
        """
        node = self._tree
        for part in key.split(".") if isinstance(key, str) else key:
            found = None if node is None else node.inner.get(part)
            if found is None:
                return None
            node = found
        return None if node is None else node.line

    def where(self, key: str | Sequence[str | int]) -> str:
        """Return the name of the file with the line on which something begins: `llmspell.toml:14`."""
        line = self.place(key)
        return self.name if line is None else f"{self.name}:{line}"

    @cached_property
    def _tree(self) -> _Node | None:
        try:
            return _Scan(self.text).tree()
        except _Lost:
            return None


def read(path: Path, name: str, *, links: bool = True) -> Document | None:
    """Return what a file holds; None if there is none.

    Args:
        path: of the file.
        name: as people are told it.
        links: whether it may be a symbolic link: not where a stranger may have made it, who would choose what is read.

    Raises:
        ConfigError: it is not TOML, is too large, is a link, or cannot be read.
    """
    if not links and path.is_symlink():
        raise ConfigError(
            f"{name} is a symbolic link", hint="put the file itself there: a link could lead to any other"
        )
    if not path.exists():
        return None
    try:
        with files.opened(str(path), links=links) as file:
            raw = file.read(LARGEST + 1)
    except ArgumentError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    return document(raw, name)


def document(raw: bytes, name: str) -> Document:
    """Return what the bytes of a file hold.

    Args:
        raw: not more than `LARGEST`, and one.
        name: of the file, as people are told it.

    Raises:
        ConfigError: they are not TOML, or too many.
    """
    try:
        if len(raw) > LARGEST:
            raise files.too_large(name, LARGEST)
        text = files.decoded(raw, name)
    except ArgumentError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """Return what a text holds.

    Args:
        text: of a file.
        name: of the file, for errors.

    Raises:
        ConfigError: it is not TOML, or is too large or too deep.
    """
    if len(text) > LARGEST:
        raise ConfigError(files.too_large(name, LARGEST).message)
    if _LONG_KEY.search(text):
        raise ConfigError(f"{name}: a key has more than {PARTS} parts")
    try:
        return Document(text, tomllib.loads(text), name)
    except ValueError as error:
        raise ConfigError(f"{name} is not TOML: {clip(visible(str(error)), 200)}") from None
    except RecursionError:
        raise ConfigError(f"{name} is nested more than {DEPTH} deep") from None


class _Scan:
    """One walk over a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._root = _Node(1)

    def tree(self) -> _Node:
        """Return the places of all that is in the text."""
        table = self._root
        while self._skip() < len(self._text):
            if self._has("[["):
                table = self._element(self._keys("]]"))
            elif self._has("["):
                line = self._line
                table = self._down(self._root, self._keys("]"), line)
                table.line = line  # a table of which something stood above
            else:
                self._value(self._down(table, self._keys("="), self._line))
        return self._root

    def _element(self, keys: list[str]) -> _Node:
        rows = self._down(self._root, keys, self._line)
        rows.listed = True
        row = rows.inner[len(rows.inner)] = _Node(self._line)
        return row

    def _down(self, node: _Node, keys: list[str], line: int) -> _Node:
        """Return the node that keys lead to; on the way, a list of tables stands for its last one."""
        for key in keys:
            if node.listed:
                node = node.inner[len(node.inner) - 1]
            node = node.inner.setdefault(key, _Node(line))
        return node

    def _value(self, node: _Node) -> None:
        """Walk over a value, and give all that is in it a node."""
        outer: list[tuple[_Node, str]] = []
        while True:
            self._skip()
            word = self._take(_VALUE)
            if word in _CLOSING:
                outer.append((node, word))
            while outer:
                holder, opening = outer[-1]
                self._skip()
                self._has(",")
                self._skip()
                if not self._has(_CLOSING[opening]):
                    node = self._next(holder, opening)
                    break
                outer.pop()
            else:
                return

    def _next(self, holder: _Node, opening: str) -> _Node:
        if opening == "{":
            return self._down(holder, self._keys("="), self._line)
        node = holder.inner[len(holder.inner)] = _Node(self._line)
        return node

    def _keys(self, end: str) -> list[str]:
        found: list[str] = []
        while True:
            self._skip()
            found.append(_plain(self._take(_NAME)))
            self._skip()
            if self._has(end):
                return found
            if not self._has("."):
                raise _Lost

    def _skip(self) -> int:
        """Go on to what is no space and no comment, and return where that is."""
        self._take(_SPACE)
        return self._at

    def _has(self, mark: str) -> bool:
        found = self._text.startswith(mark, self._at)
        self._at += len(mark) if found else 0
        return found

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _Lost
        self._at = match.end()
        self._line += match[0].count("\n")
        return match[0]


def _plain(name: str) -> str:
    """Return a name of a key without its quotes."""
    if name[0] == '"' and "\\" in name:
        return next(iter(tomllib.loads(f"{name} = 0")))
    return name[1:-1] if name[0] in "\"'" else name
