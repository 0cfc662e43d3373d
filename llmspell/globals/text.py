"""Helpers for text that neither language has."""

import csv
import io
import posixpath
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from llmspell.bridge.op import Global, op
from llmspell.context import Context
from llmspell.errors import ArgumentError
from llmspell.wording import clip, visible

FIELDS = 1_000_000
"""How many fields a CSV may have."""

CHUNKS = 100_000
"""How many chunks a text may have."""

SLUG = 100
"""How many characters a slug may have."""

_MAPS = 16 * 1024 * 1024  # characters of all rows as maps, their keys counted in each
_BREAKS = ("\n\n", "\n", ". ", "! ", "? ", " ")  # where a text is cut, best first
_UNCLOSED = "unexpected end of data"  # of `csv`


class Text(Global):
    """Read CSV, cut text into chunks, and tidy it up."""

    context: Context

    @op(effect="read")
    async def csv(self, text: str, *, header: bool = True, separator: str = ",") -> list[Any]:
        """Return the rows of a CSV: maps by the names in its first row, or lists; all values are strings.

        Fields in quotes may hold separators, line breaks and doubled quotes. Empty lines are left out.

        Args:
            text: the CSV, of at most 1,000,000 fields.
            header: whether the first row holds names; without it rows are lists.
            separator: one character, such as `";"` or a tab.
        """
        if len(separator) != 1 or separator in '"\r\n':
            raise ArgumentError("Text.csv: `separator` must be one character, and neither a quote nor a line break")
        return await self.context.threads.do(lambda _: _rows(text.removeprefix("\ufeff"), header, separator))

    @op(effect="read")
    async def chunk(self, text: str, *, size: int = 2000, overlap: int = 0) -> list[str]:
        """Cut a text into chunks, where possible at the end of a paragraph, line, sentence or word.

        Without an overlap the chunks together are the text. Characters are code points.

        Args:
            text: any text.
            size: how many characters a chunk may have.
            overlap: how many characters a chunk repeats from the end of the one before; at most half of `size`.
        """
        if size < 1:
            raise ArgumentError(f"Text.chunk: `size` must be at least 1, got {size}")
        if not 0 <= overlap <= size // 2:
            raise ArgumentError(f"Text.chunk: `overlap` must be from 0 to half of `size` ({size // 2}), got {overlap}")
        return await self.context.threads.do(lambda _: _chunks(text, size, overlap))

    @op(effect="read")
    async def dedent(self, text: str) -> str:
        """Remove the indentation that all lines share, and a first and a last line that are empty.

        Args:
            text: any text, such as one that is written over several lines of a script.
        """
        return await self.context.threads.do(lambda _: _dedented(text))

    @op(effect="read")
    async def slug(self, text: str) -> str:
        """Return a text as a name for a file or an address: small letters, digits and single hyphens.

        Latin letters lose their accents; letters of other scripts stay. It has at most 100 characters.

        Args:
            text: such as a title.
        """
        plain = _unaccented(unicodedata.normalize("NFKC", text[: 10 * SLUG]).casefold())
        words = "".join(each if _is_letter(each) else " " for each in plain).split()
        slug = "-".join(words)[:SLUG].strip("-")
        if not slug:
            raise ArgumentError(f"Text.slug: `{clip(visible(text), 40)}` has neither letters nor digits")
        return slug


def _rows(text: str, header: bool, separator: str) -> list[Any]:
    if text.count(separator) + text.count("\n") + text.count("\r") > FIELDS:
        raise ArgumentError(f"Text.csv: the text has more than {FIELDS:,} fields", hint="read it in parts")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        problem = "a quote is not closed" if str(error) == _UNCLOSED else str(error)
        raise ArgumentError(f"Text.csv: line {reader.line_num}: {problem}") from None
    if not header:
        return [row for _, row in rows]
    return _maps(rows[0][1], rows[1:]) if rows else []


def _maps(names: list[str], rows: list[tuple[int, list[str]]]) -> list[dict[str, str]]:
    _check_names(names)
    if len(rows) * sum(map(len, names)) > _MAPS:
        raise ArgumentError(
            "Text.csv: the rows are too large as maps", hint="with `header` false they are lists, and smaller"
        )
    for line, row in rows:
        if len(row) != len(names):
            raise ArgumentError(
                f"Text.csv: line {line}: the header has {len(names)} fields, the row has {len(row)}",
                hint="is `separator` right? with `header` false rows may have any length",
            )
    return [dict(zip(names, row, strict=True)) for _, row in rows]


def _check_names(names: list[str]) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        problem = f"names `{clip(visible(name), 40)}` twice" if name in seen else f"has no name for field {number}"
        if name in seen or not name:
            raise ArgumentError(f"Text.csv: the header {problem}", hint="with `header` false rows are lists")
        seen.add(name)


def _chunks(text: str, size: int, overlap: int) -> list[str]:
    if len(text) // size > CHUNKS:
        raise ArgumentError(f"Text.chunk: that is more than {CHUNKS:,} chunks", hint="take a larger `size`")
    return [text[start:end] for start, end in _cuts(text, size, overlap)]


def _cuts(text: str, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start + size < len(text):
        end = _break(text, start + size // 2, start + size)
        yield start, end
        start = end - overlap
    if start < len(text):
        yield start, len(text)


def _break(text: str, least: int, most: int) -> int:
    """Return where to cut a text: behind the last break between two places, or at the second of them."""
    for gap in _BREAKS:
        found = text.rfind(gap, least, most)
        if found >= 0:
            return found + len(gap)
    return most


def _dedented(text: str) -> str:
    # By hand: `textwrap` makes a regular expression of an indentation, be it megabytes.
    lines = text.split("\n")
    margin = len(posixpath.commonprefix([_indentation(line) for line in lines if line.strip(" \t")]))
    lines = [line[margin:] if line.strip(" \t") else "" for line in lines]
    first = 1 if len(lines) > 1 and not lines[0].strip() else 0
    last = len(lines) - 1 if len(lines) > 1 + first and not lines[-1].strip() else len(lines)
    return "\n".join(lines[first:last])


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unaccented(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(_bare(unicodedata.normalize("NFKD", text))))


def _bare(text: Iterable[str]) -> Iterator[str]:
    """Yield characters without the marks on Latin letters; in other scripts a mark makes another letter."""
    latin = False
    for character in text:
        marks = unicodedata.combining(character) > 0
        if not marks:
            latin = character.isascii()
        if not (marks and latin):
            yield character


def _is_letter(character: str) -> bool:
    """Tell letters, digits and the marks that belong to letters."""
    return character.isalnum() or unicodedata.category(character).startswith("M")
