"""What honest workers have said, changed at random and said again: each run ends with a result or one clear error.

All streams meet one host, many at a time. `LLMSPELL_FUZZ_STREAMS` says how many there are.
"""

import asyncio
import dataclasses
import gc
import json
import os
import random
import sys
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Heard

from llmspell import Host, Profile, Run, Spell
from llmspell.cli._terminal import document
from llmspell.errors import KINDS, SpellError
from llmspell.host.process import Exit
from llmspell.protocol import Frames, Lock, Locked, frame
from llmspell.report import render
from llmspell.testing import InlineWorker, Probe

STREAMS = int(os.environ.get("LLMSPELL_FUZZ_STREAMS", "1000"))
AT_ONCE = 25
PAUSE = 0.2
"""Seconds for which a worker waits for a frame of the host before it speaks unasked."""

LUA = """\
print("hello", 1.5)
local counter = Probe.counter(5)
Log.info("a line", { n = counter:next(2) })
local texts = Probe.echo({ a = { 1, 2, { b = "c" } }, t = "long " .. ("x"):rep(300) })
local made = Probe.apply(function(n) print(n) return counter:next(n) end, { 3 })
local failed = attempt(function() return Probe.fail("no") end)
local said = ask("x", { on_text = function(text) print(text) end })
State.set("k", { texts, made }) Event.emit("done", 1)
local late = attempt(function() return timeout("1ms", function() return Probe.slow(0.01) end) end)
local all = parallel({ function() return Probe.echo(1) end, function() return Probe.slow(0.001, 2) end })
return { tostring(said), failed.error.kind, late.ok, State.get("k"), all }
"""
JAVASCRIPT = """\
print("hello", 1.5);
const counter = await Probe.counter(5);
Log.info("a line", { n: await counter.next(2) });
const texts = await Probe.echo({ a: [1, 2, { b: "c" }], t: "long " + "x".repeat(300) });
const made = await Probe.apply(async (n) => { print(n); return counter.next(n); }, [3]);
const failed = await attempt(() => Probe.fail("no"));
const said = await ask("x", { on_text: (text) => print(text) });
await State.set("k", [texts, made]); await Event.emit("done", 1);
const late = await attempt(() => timeout("1ms", () => Probe.slow(0.01)));
const all = await parallel([() => Probe.echo(1), () => Probe.slow(0.001, 2)]);
export default [String(said), failed.error.kind, late.ok, await State.get("k"), all];
"""
SPELLS = [
    Spell.from_source(LUA, "lua", "spell.lua"),
    Spell.from_source(JAVASCRIPT, "javascript", "spell.js"),
    Spell.from_source("local t = {}\nprint(t.x.y)", "lua", "wrong.lua"),
    Spell.from_source("print(1); null.x", "javascript", "wrong.js"),
]


class Taped(InlineWorker):
    """Keeps what its engine says."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.said: list[bytes] = []

    def listen(self, receive: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        super().listen(lambda body: (self.said.append(body), receive(body))[1], lost)


class Parrot:
    """Answers each frame with the next body of a stream of bytes, and dies when there is none, or it is none."""

    def __init__(self, stream: bytes, limit: int) -> None:
        frames = Frames(limit)
        self._bodies: list[bytes] = []
        try:
            self._bodies = frames.feed(stream)
        except ValueError:
            self.broken = True
        self._pause: asyncio.TimerHandle | None = None
        self._dead = False

    def listen(self, receive: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._receive, self._lost = receive, lost

    async def lock(self, limits: Lock) -> Locked:
        return {"isolation": {}, "missing": {}}

    def send(self, body: bytes) -> None:
        asyncio.get_running_loop().call_soon(self._speak)

    def _speak(self) -> None:
        self._rest()
        if self._dead:
            return
        if not self._bodies:
            self._lost()
            return
        self._pause = asyncio.get_running_loop().call_later(PAUSE, self._speak)
        self._receive(self._bodies.pop(0))

    def _rest(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    def unread(self) -> int:
        return 0

    def kill(self) -> None:
        self._dead = True
        self._rest()

    async def wait(self) -> Exit:
        return Exit("protocol", 0)


async def honest(host: Host) -> list[list[bytes]]:
    """Return what the worker of each spell says when nobody changes it."""
    found = []
    for spell in SPELLS:
        worker = Taped(spell.language)
        run = host.prepare(spell, seed=1)
        await run.execute(worker)
        assert (run.error is None) == (not spell.name.startswith("wrong"))
        found.append(worker.said)
    return found


ODD = (
    None, True, -1, 0, 1, 2, 3, 9, 10**9, 2**63, 1.5, "", "x", "Probe.echo", "Counter.next", "ask", "State.get",
    "$type", "err", "c", "q", "a", "d", "e", "+", [], {}, {"$function": 1}, {"$handle": 3}, {"$type": "Reply"},
    {"$bytes": "AA=="}, ["c", 99, "Probe.echo", [1], 1, 1], ["a", 1, True, 1], ["q", 1], ["d", 1],
)  # fmt: skip


def altered(rng: random.Random, body: bytes, lua: bool) -> bytes:
    """Return a batch of messages in which one value is another one, gone, or there twice."""
    format_ = msgspec.json if body.startswith(b"[") or not lua else msgspec.msgpack
    part = whole = format_.decode(body)
    while True:
        keys = range(len(part)) if isinstance(part, list) else [*part]
        if not keys:
            return body
        key = rng.choice(keys)
        inner = part[key]
        if not isinstance(inner, list | dict) or rng.random() < 0.05:
            break
        part = inner
    change = rng.randrange(6)
    if change == 0 and isinstance(part, list):
        part.insert(key, inner)
    elif change == 1:
        part.pop(key)
    else:
        part[key] = rng.choice([odd for odd in ODD if type(odd) is type(inner)] if rng.random() < 0.8 else ODD)
    return format_.encode(whole)


def mutated(rng: random.Random, bodies: list[bytes], others: list[bytes], lua: bool) -> bytes:
    """Return a stream of frames with some of its values, bytes or frames changed, lost, doubled or from elsewhere."""
    bodies = bodies[:]
    for _ in range(rng.choice((0, 1, 1, 2))):
        at = rng.randrange(len(bodies))
        bodies[at] = altered(rng, bodies[at], lua)
    if rng.random() < 0.2:
        at = rng.randrange(len(bodies))
        bodies.insert(at, rng.choice((bodies[at], rng.choice(bodies), rng.choice(others), rng.randbytes(9))))
    frames = [frame(body) for body in bodies]
    stream = bytearray(b"".join(frames))
    # Most changes are in the bodies, or few streams would get further than the first header.
    heads = {start + n for start in [0, *accumulate(map(len, frames))] for n in range(4)}
    for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2, 20))):
        at = rng.randrange(len(stream))
        if at not in heads or rng.random() < 0.1:
            stream[at] = rng.choice((rng.randrange(256), stream[rng.randrange(len(stream))], stream[at] ^ 1, 0, 255))
    if rng.random() < 0.05:
        del stream[rng.randrange(len(stream)) :]
    return bytes(stream)


def check(run: Run, heard: Heard) -> None:
    """Check that what a run left behind can be shown to anybody, and is within its bounds."""
    json.dumps(document(run, heard), allow_nan=False).encode()
    assert run.calls <= run.context.profile.limits.calls + 1
    assert len(heard.text.encode()) <= run.context.profile.limits.output
    if run.error is not None:
        assert isinstance(run.error, SpellError)
        assert run.error.kind in KINDS
        assert "internal error" not in run.error.message, run.error
        shown = render(run.error, run.spell.source)
        assert len(shown) < 10_000
        assert str(Path(__file__).parents[1]) not in shown + repr(run.error)
        assert sys.prefix not in shown + repr(run.error)


def profile() -> Profile:
    """Return one whose runs are over soon, whatever they wait for."""
    usual = Profile.load("medium")
    limits = dataclasses.replace(usual.limits, wall=10.0, turn=5.0, calls=500, output=2**16)
    return dataclasses.replace(usual, limits=limits, budget_usd=None)


@pytest.mark.timeout(240)
async def test_no_stream_harms_the_host() -> None:
    loop, unseen = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: unseen.append(context))
    counts = {"ended": 0, "refused": 0}
    async with Host(globals=[Probe], model="echo", environ={}, profile=profile()) as host:
        said = await honest(host)
        others = [body for bodies in said for body in bodies]
        before = asyncio.all_tasks()

        async def meet(number: int) -> None:
            rng, heard = random.Random(number), Heard()
            which = rng.choice((0, 1, 0, 1, 0, 1, 2, 3))
            run = host.prepare(SPELLS[which], sink=heard, seed=1)
            await run.execute(
                Parrot(mutated(rng, said[which], others, which % 2 == 0), run.context.profile.limits.frame)
            )
            check(run, heard)
            counts["refused" if run.error else "ended"] += 1

        for first in range(0, STREAMS, AT_ONCE):
            results: list[Any] = await asyncio.gather(*map(meet, range(first, first + AT_ONCE)), return_exceptions=True)
            wrong = [(first + at, each) for at, each in enumerate(results) if each is not None]
            assert wrong == []
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == before
        again = await host.run(Spell.from_source("return 42", "lua"))
    gc.collect()
    await asyncio.sleep(0)
    assert again.value == 42
    assert unseen == []
    assert min(counts.values()) > STREAMS // 20, f"{counts}: the changes are too weak, or too strong"
