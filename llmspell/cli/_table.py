"""Tables: for people at a terminal in columns with a head, for programs behind a pipe as lines with tabs."""

import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from llmspell.cli._terminal import Terminal, encoded
from llmspell.story.figures import moment
from llmspell.wording import clip, visible

_WIDEST = 60
_TOGETHER = 500  # parts of a long document that are written at once
_AGES = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def for_people() -> bool:
    """Return whether a person reads our stdout, and no program."""
    return sys.stdout.isatty()


def write(terminal: Terminal, head: Sequence[str], rows: Sequence[Sequence[str]], widest: int = _WIDEST) -> None:
    """Write a table to stdout.

    Args:
        terminal: where it is written.
        head: the names of the columns, which only people need.
        rows: the cells of each line.
        widest: characters of one cell, where people read it.
    """
    cells = [[visible(cell) for cell in row] for row in rows]
    if not for_people():
        terminal.write("".join("\t".join(row) + "\n" for row in cells))
        return
    lines = [[clip(cell, widest) for cell in row] for row in [list(head), *cells]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        terminal.write(padded.rstrip() + "\n")


def when(ms: int) -> str:
    """Return a time: how long ago for people at a terminal, in the form of ISO 8601 for programs behind a pipe."""
    if not for_people():
        return moment(ms).isoformat(" ", "seconds")
    age = max(0.0, time.time() - ms / 1000)
    unit, length = next((each for each in _AGES if age >= each[1]), ("s", 1))
    return f"{age // length:.0f}{unit} ago"


async def write_long(terminal: Terminal, report: Mapping[str, Any], name: str, parts: AsyncIterator[Any]) -> None:
    """Write the one document of `--json` with a list in it that is never in memory as a whole.

    Args:
        terminal: where it is written.
        report: all else in it.
        name: of the list.
        parts: what is in the list.
    """
    terminal.write(f"{encoded(report)[:-1]}{', ' if report else ''}{encoded(name)}: [")
    waiting: list[str] = []
    count = 0
    async for part in parts:
        waiting.append(f"{', ' if count else ''}{encoded(part)}")
        count += 1
        if len(waiting) == _TOGETHER:
            terminal.write("".join(waiting))
            waiting.clear()
    terminal.write("".join(waiting) + "]}\n")
