"""How late a run ends after its deadline, whatever its spell is busy with."""

import asyncio
import dataclasses
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any
from unittest.mock import patch

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import LANGUAGES
from llmspell import Host, Profile, Spell, SpellError

TRIALS = 100
DEADLINE = 0.1
"""Seconds; it runs from the moment at which the spell has been handed to its worker."""

ENDLESS = {
    "lua": {
        "a loop": "while true do end",
        "a loop that catches errors": "while true do pcall(error) end",
        "a slow pattern": 'return string.find(("a"):rep(10000), ("a*"):rep(20) .. "b")',
    },
    "javascript": {
        "a loop": "for (;;);",
        "a loop that catches errors": "for (;;) try { throw 1 } catch {}",
        "a slow pattern": 'export default /(a*)*b/.test("a".repeat(10000));',
    },
}


def rows() -> list[Row]:
    """Measure the median and the 99th percentile over endless spells beside the death of a bare process."""
    return [row for language in LANGUAGES for row in compared(language)]


def compared(language: str) -> list[Row]:
    """Measure one language."""
    spells = [Spell.from_source(source, language, what) for what, source in ENDLESS[language].items()]
    late = asyncio.run(overruns(spells))
    bare = [death_of_a_bare_process() for _ in range(TRIALS)]
    what = f"end of an endless spell after its deadline, {LANGUAGES[language]}"
    return [
        Row(f"{what}, p50", Figure(median(late), "ms"), "kill of a bare process", Figure(median(bare), "ms")),
        Row(
            f"{what}, p99",
            Figure(last_percent(late), "ms"),
            "kill of a bare process",
            Figure(last_percent(bare), "ms"),
            Bar("figure", 50, 20),
        ),
    ]


def last_percent(numbers: list[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(numbers, n=100, method="inclusive")[98]


async def overruns(spells: list[Spell]) -> list[float]:
    """Return by how many milliseconds each run outlived its deadline."""
    profile = Profile.load("medium")
    limits = dataclasses.replace(profile.limits, wall=DEADLINE)
    async with Host(profile=dataclasses.replace(profile, limits=limits)) as host:
        return [await overrun(host, spells[trial % len(spells)]) for trial in range(TRIALS)]


async def overrun(host: Host, spell: Spell) -> float:
    """Return by how many milliseconds a run outlived its deadline."""
    with deadlines() as set_:
        try:
            await host.run(spell)
        except SpellError as error:
            if error.kind != "timeout":
                raise
    (deadline,) = set_
    return (time.monotonic() - deadline) * 1000


@contextmanager
def deadlines() -> Iterator[list[float]]:
    """Note when timers of just that length are due; nothing else tells exactly when the clock of a run was started."""
    loop = asyncio.get_running_loop()
    call_later, due = loop.call_later, list[float]()

    def noting(delay: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        timer = call_later(delay, callback, *args)
        if delay == DEADLINE:
            due.append(timer.when())
        return timer

    with patch.object(loop, "call_later", noting):
        yield due


def death_of_a_bare_process() -> float:
    """Return the milliseconds from killing a busy process to its having gone."""
    command = [sys.executable, "-I", "-S", "-c", "print(flush=True)\nwhile True: pass"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        started = time.perf_counter()
        process.kill()
        process.wait()
        return (time.perf_counter() - started) * 1000
