"""Spells that try to get out or to use everything up: each is contained, in every security profile.

The first line of a file says what may come of it, in the words of `OUTCOMES`; a line `limits:` changes limits, and a
line `profiles:` names the security profiles that it is about. The limits of the profiles are tightened so that each
case ends soon; what differs between profiles stays as it is. A case that no `timeout` may end has time in plenty, so
that it ends by what it is about on a slow machine too.
"""

import asyncio
import gc
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

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
    "memory": 24 * MIB, "memory_hard": 64 * MIB, "cpu": 5.0, "turn": 2.0, "wall": 5.0,
    "output": MIB // 4, "frame": MIB, "in_flight": 32, "calls": 500,
}  # fmt: skip
PLENTY: dict[str, Any] = {"cpu": 30.0, "turn": 30.0, "wall": 30.0}
SLACK = 2.5
"""Seconds after its wall limit at which a case is over, on a machine that is busy with the other tests."""

OUTCOMES: dict[str, Callable[[Run], bool]] = {
    "contained": lambda run: run.error is None and run.value == "contained",
    "timeout": lambda run: run.error is not None and run.error.kind == "timeout",
    # Rarely it is C++'s `new` in V8 that is refused memory, and that aborts without a word.
    "memory": lambda run: (
        run.error is not None and re.search("memory|crashed with SIGABRT", run.error.message) is not None
    ),
    "output": lambda run: run.error is not None and "printed more than" in run.error.message,
    "budget": lambda run: run.error is not None and run.error.kind == "budget",
    "script": lambda run: run.error is not None and run.error.kind == "script",
    "args": lambda run: run.error is not None and run.error.kind == "args",
    "ended": lambda run: run.error is None and run.value is None,
    "any": lambda run: True,
}
ENVIRON = {"CANARY_TOKEN": "sk-canary-0123456789abcdef"}
SECRETS = [
    *ENVIRON.values(), "sk-canary",
    "site-packages", "Traceback", ".py", "/usr/", "/tmp/", "py_mini_racer", "lupa", "prelude",
    sys.prefix, str(Path.home()), str(Path(__file__).parents[1]),
]  # fmt: skip
HELLO = Spell.from_source('print("hello") return 42', "lua", "hello.lua")


def distinct_profiles() -> list[str]:
    """Return the profiles, but of those that are the same once their limits are tightened only the first."""
    found = {(p.jit, p.codegen, p.isolation_required): p.name for p in map(Profile.load, reversed(NAMES))}
    return sorted(found.values(), key=NAMES.index)


def expected_outcomes(source: str) -> list[str]:
    found = re.match(r"(?:--|//) expect: (.+)\n", source)
    assert found, "the first line says what to expect"
    return found[1].split(" or ")


def limits_of(source: str) -> dict[str, Any]:
    line = re.search(r"^(?:--|//) limits: (.+)$", source, re.MULTILINE)
    given = dict(word.split("=") for word in line[1].split()) if line else {}
    time = {} if "timeout" in expected_outcomes(source) else PLENTY
    return TIGHT | time | {name: type(TIGHT[name])(value) for name, value in given.items()}


def cases() -> list[tuple[Path, str]]:
    """Return each case with the profiles that it is about: where it names none, all that differ in more than rules."""
    found = []
    for path in sorted(CASES.glob("*.*")):
        line = re.search(r"^(?:--|//) profiles: (.+)$", path.read_text("utf-8"), re.MULTILINE)
        found += [(path, profile) for profile in (line[1].split() if line else distinct_profiles())]
    return found


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


def waited() -> float:
    """Return for how many seconds this thread had work and no processor, since it began; 0 where nobody counts that."""
    counts = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(counts.read_text().split()[1]) / 1e9 if counts.exists() else 0.0


class Watched:
    """Notes how long the host's loop has not listened while a case ran, though it had a processor."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> "Watched":
        self._listening = asyncio.ensure_future(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()

    async def _listen(self) -> None:
        while True:
            asked = time.monotonic() - waited()
            await asyncio.sleep(0.01)
            self.longest = max(self.longest, time.monotonic() - waited() - asked)


class Outcome(NamedTuple):
    """What a case has left behind."""

    run: Run
    heard: Heard
    seconds: float
    deaf: float
    after: Run


async def attack(spell: Spell, profile: Profile) -> Outcome:
    heard, watched = Heard(), Watched()
    async with Host(globals=[Probe], profile=profile, model="echo", environ=ENVIRON) as host, watched:
        began = time.monotonic()
        run = await host.execute(host.prepare(spell, sink=heard, seed=1))
        seconds = time.monotonic() - began
        after = await host.execute(host.prepare(HELLO))
    return Outcome(run, heard, seconds, watched.longest, after)


def cast(path: Path, profile: str) -> Outcome:
    source = path.read_text("utf-8")
    spell = Spell.from_source(source, {".lua": "lua", ".js": "javascript"}[path.suffix], path.name)
    return asyncio.run(attack(spell, tightened(profile, limits_of(source))))


@pytest.fixture(scope="module", autouse=True)
def _unharmed() -> Iterator[None]:
    """Check that in the end the host has as many processes as before, and not much more memory."""
    before, memory = children(), resident()
    yield
    assert children() == before
    gc.collect()
    assert resident() - memory < 64 * MIB


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
    assert len(error.message) > 1
    assert len(error.message) < 20_000
    for place in [error.where, *error.trace]:
        assert place is None or (place.file == run.spell.name and 0 < place.line <= run.spell.source.count("\n") + 1)


@pytest.mark.parametrize(("path", "profile"), cases(), ids=lambda each: getattr(each, "name", each))
def test_it_is_contained(path: Path, profile: str, outcome: Outcome) -> None:
    run, heard, limits = outcome.run, outcome.heard, limits_of(path.read_text("utf-8"))
    expected = expected_outcomes(path.read_text("utf-8"))
    assert any(OUTCOMES[each](run) for each in expected), f"{run.error!r} {run.value!r}"
    assert outcome.after.value == 42
    assert outcome.seconds < limits["wall"] + SLACK
    assert outcome.deaf < 1.0
    assert len(heard.text.encode()) <= limits["output"]
    assert run.peak <= limits["in_flight"]
    check_error(run)
    check_words(run, heard)


@pytest.mark.parametrize("language", ["lua", "javascript"])
async def test_high_compiles_no_text(language: str) -> None:
    probes = {
        "lua": "local function there(fn) return attempt(fn).ok end "
        "return { there(function() return load('return 1')() end), there(function() return load('return 2') end) }",
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
