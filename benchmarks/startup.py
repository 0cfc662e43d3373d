"""From nothing to the end of a process: what a person waits for at least."""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import Command, in_turns, spent

ROUNDS = 15
LLMSPELL = Path(sys.executable).with_name("llmspell")
PYTHON = (sys.executable, "-c", "pass")


def rows() -> list[Row]:
    """Measure `--version` against bare Python, and a spell without a model against node."""
    with tempfile.TemporaryDirectory() as folder:
        lua, javascript, node = (Path(folder, name) for name in ("hello.lua", "hello.js", "node.js"))
        lua.write_text('print("hello")\n')
        javascript.write_text('print("hello");\n')
        node.write_text('console.log("hello");\n')
        return [
            row("`llmspell --version`", (LLMSPELL, "--version"), PYTHON, "`python -c pass`", Bar("ratio", 6, 3)),
            row(
                "`llmspell run hello.lua`, no model",
                (LLMSPELL, "run", lua),
                ("node", node),
                "`node hello.js`",
                Bar("ratio", 3, 1.2),
            ),
            row(
                "`llmspell run hello.js`, no model",
                (LLMSPELL, "run", javascript),
                ("node", node),
                "`node hello.js`",
                Bar("ratio", 5, 2),
            ),
        ]


def row(what: str, ours: Command, theirs: Command, beside: str, bar: Bar) -> Row:
    """Time two commands in turns."""
    if shutil.which(str(theirs[0])) is None:
        (alone,) = in_turns(ROUNDS, lambda: spent(ours))
        return Row(what, Figure(alone, "ms"), f"not measured: no {theirs[0]}", bar=bar)
    mine, other = in_turns(ROUNDS, lambda: spent(ours), lambda: spent(theirs))
    return Row(what, Figure(mine, "ms"), beside, Figure(other, "ms"), bar)
