"""Spells that try to get out or to use everything up: each is contained, in every security profile.

The first line of a file says what may come of it, in the words of `OUTCOMES`; a line `limits:` changes limits. The
limits of the profiles are tightened so that each case ends soon; what differs between profiles stays as it is.
"""

import asyncio
import gc
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Heard

from llmspell import Host, Profile, Run, Spell
from llmspell.errors import KINDS
from llmspell.report import render
from llmspell.security.profile import NAMES
from llmspell.testing import Probe

CASES = Path(__file__).parent / "escapes"
MIB = 1024 * 1024
TIGHT: dict[str, Any] = {
    "memory": 24 * MIB, "memory_hard": 64 * MIB, "cpu": 5.0, "turn": 0.3, "wall": 5.0,
    "output": MIB // 4, "frame": MIB, "in_flight": 32, "calls": 500,
}  # fmt: skip
SLACK = 2.5
"""Seconds after its wall limit at which a case is over, on a machine that is busy with the other tests."""

OUTCOMES: dict[str, Callable[[Run], bool]] = {
    "contained": lambda run: run.error is None and run.value == "contained",
    "timeout": lambda run: run.error is not None and run.error.kind == "timeout",
    "memory": lambda run: run.error is not None and "memory" in run.error.message,
    "output": lambda run: run.error is not None and "printed more than" in run.error.message,
    "budget": lambda run: run.error is not None and run.error.kind == "budget",
    "script": lambda run: run.error is not None and run.error.kind == "script",
    "args": lambda run: run.error is not None and run.error.kind == "args",
    "any": lambda run: True,
}
SECRETS = [
    "/work/", "site-packages", "Traceback", ".py", "/root", "/usr/", "/tmp/", "py_mini_racer", "lupa", "prelude",
    sys.prefix, str(Path.home()), str(Path(__file__).parents[1]),
]  # fmt: skip
HELLO = Spell.from_source('print("hello") return 42', "lua", "hello.lua")


def expected_outcomes(source: str) -> list[str]:
    found = re.match(r"(?:--|//) expect: (.+)\n", source)
    assert found, "the first line says what to expect"
    return found[1].split(" or ")


def limits_of(source: str) -> dict[str, Any]:
    line = re.search(r"^(?:--|//) limits: (.+)$", source, re.MULTILINE)
    given = dict(word.split("=") for word in line[1].split()) if line else {}
    return TIGHT | {name: type(TIGHT[name])(value) for name, value in given.items()}


def tightened(name: str, limits: dict[str, Any]) -> Profile:
    profile = Profile.load(name)
    return replace(profile, limits=replace(profile.limits, **limits), budget_usd=None)


def children() -> set[str]:
    """Return the processes that this process has, dead ones that nobody reaped among them."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def all_words(run: Run, heard: Heard) -> str:
    """Return everything that anybody could read of a run."""
    words = [heard.everything, repr(run.value)]
    if run.error is not None:
        words += [repr(run.error), render(run.error, run.spell.source)]
    return "\n".join(words)


@asynccontextmanager
async def unharmed() -> AsyncIterator[None]:
    """Check that the host has as many processes as before, not much more memory, and never stops to listen."""
    before, memory, longest = children(), resident(), 0.0

    async def listen() -> None:
        nonlocal longest
        while True:
            asked = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - asked)

    listening = asyncio.ensure_future(listen())
    try:
        yield
    finally:
        listening.cancel()
    assert children() == before
    assert longest < 1.0
    gc.collect()
    assert resident() - memory < 32 * MIB


def check_words(run: Run, heard: Heard) -> None:
    words = all_words(run, heard)
    leaked = [secret for secret in SECRETS if secret in words and secret not in run.spell.source]
    assert leaked == [], words[:2000]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", render(run.error, run.spell.source) if run.error else "")


def check_error(run: Run) -> None:
    error = run.error
    if error is None:
        return
    assert error.kind in KINDS
    assert len(error.message) > 3
    assert len(error.message) < 20_000
    for place in [error.where, *error.trace]:
        assert place is None or (place.file == run.spell.name and 0 < place.line <= run.spell.source.count("\n") + 1)


@pytest.mark.parametrize("profile", NAMES)
@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
async def test_it_is_contained(path: Path, profile: str, heard: Heard) -> None:
    source = path.read_text("utf-8")
    limits = limits_of(source)
    spell = Spell.from_source(source, {".lua": "lua", ".js": "javascript"}[path.suffix], path.name)
    async with Host(globals=[Probe], profile=tightened(profile, limits), model="echo", environ={}) as host, unharmed():
        began = time.monotonic()
        run = await host.execute(host.prepare(spell, sink=heard, seed=1))
        took = time.monotonic() - began
        after = await host.execute(host.prepare(HELLO))
    assert after.value == 42
    assert any(OUTCOMES[each](run) for each in expected_outcomes(source)), f"{run.error!r} {run.value!r}"
    assert took < limits["wall"] + SLACK
    assert len(heard.text.encode()) <= limits["output"]
    assert run.peak <= limits["in_flight"]
    check_error(run)
    check_words(run, heard)


@pytest.mark.parametrize("language", ["lua", "javascript"])
async def test_high_has_neither_a_clock_nor_code_from_text(language: str) -> None:
    probes = {
        "lua": "local function there(fn) return attempt(fn).ok end "
        "return { there(function() return load('return 1')() end), there(function() return os.time() end) }",
        "javascript": "const there = async (fn) => (await attempt(fn)).ok; "
        "export default [await there(() => eval('1')), await there(() => new Function('return 1')())];",
    }
    spell = Spell.from_source(probes[language], language)
    found = {}
    for name in NAMES:
        async with Host(profile=name, environ={}) as host:
            found[name] = (await host.run(spell)).value
    assert found == {"low": [True, True], "medium": [True, True], "high": [False, False]}


def test_most_attacks_come_in_both_languages() -> None:
    names = {suffix: {path.stem for path in CASES.glob(f"*{suffix}")} for suffix in (".lua", ".js")}
    assert len(names[".lua"] & names[".js"]) >= 30
