"""Tables: for people at a terminal in columns with a head, for programs behind a pipe as lines with tabs."""

import sys
from collections.abc import Sequence

from llmspell.cli._terminal import Terminal
from llmspell.wording import clip, visible

_WIDEST = 60


def write(terminal: Terminal, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to stdout.

    Args:
        terminal: where it is written.
        head: the names of the columns, which only people need.
        rows: the cells of each line.
    """
    cells = [[visible(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        terminal.write("".join("\t".join(row) + "\n" for row in cells))
        return
    lines = [[clip(cell, _WIDEST) for cell in row] for row in [list(head), *cells]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        terminal.write(padded.rstrip() + "\n")
