"""How things are timed: in turns with their reference, so that a busy moment of the machine hits both."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, ClassVar

from llmspell import Global, Host, Spell, op

Command = Sequence[str | Path]
LANGUAGES = {"lua": "Lua", "javascript": "JavaScript"}


class Bench(Global):
    """Lets a spell tell the time between two of its lines, and call an op that does nothing."""

    marks: ClassVar[list[float]] = []

    @op(effect="pure")
    async def mark(self) -> None:
        """Note the time."""
        self.marks.append(time.perf_counter())

    @op(effect="pure")
    async def echo(self, value: int) -> int:
        """Return what comes in."""
        return value


def in_turns(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """Return the median of each measure over so many rounds of all of them, after one round to warm up."""
    taken = [[measure() for measure in measures] for _ in range(rounds + 1)]
    return [median(column) for column in zip(*taken[1:], strict=True)]


def spent(command: Command) -> float:
    """Return the milliseconds that a command takes from nothing to its end."""
    started = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return (time.perf_counter() - started) * 1000


def between_marks(source: str, language: str, **host: Any) -> float:
    """Run a spell that calls `Bench.mark` twice and return the seconds between."""
    Bench.marks.clear()
    cast(source, language, **host)
    began, ended = Bench.marks
    return ended - began


def cast(source: str, language: str, **host: Any) -> Any:
    """Run a spell under the lowest security and return its result."""

    async def once() -> Any:
        async with Host(globals=[Bench], **{"profile": "low", **host}) as made:
            return (await made.run(Spell.from_source(source, language, "bench"))).value

    return asyncio.run(once())
