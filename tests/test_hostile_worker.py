"""A worker that has been taken over may send anything: the run ends with one clear error, and the host goes on."""

import asyncio
import dataclasses
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Heard
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell import Host, Profile, Run, Spell
from llmspell.cli._terminal import document
from llmspell.errors import KINDS, ProtocolError, SpellError, TimeLimitError
from llmspell.host.launcher import spawn
from llmspell.host.process import Exit, Worker
from llmspell.protocol import Lock, Locked, frame
from llmspell.report import render
from llmspell.testing import Probe

SPELL = Spell.from_source("return 1", "javascript", "spell.js")
LUA = Spell.from_source("return 1", "lua", "spell.lua")
LOCKED = json.dumps({"isolation": {}, "missing": {}}).encode()


class Hostile:
    """Answers the first frame with whatever bodies it is told to, and dies."""

    def __init__(self, bodies: list[bytes]) -> None:
        self._bodies = bodies
        self._sent = 0

    def listen(self, receive: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._receive, self._lost = receive, lost

    async def lock(self, limits: Lock) -> Locked:
        return {"isolation": {}, "missing": {}}

    def send(self, body: bytes) -> None:
        """Say everything at once; the time that ops take to answer goes by before the end."""
        self._sent += 1
        if self._sent == 1:
            asyncio.get_running_loop().call_soon(self._speak)

    def _speak(self) -> None:
        for body in self._bodies:
            self._receive(body)
        asyncio.get_running_loop().call_later(0.02, self._lost)

    def unread(self) -> int:
        return 0

    def kill(self) -> None:
        """There is no process."""

    async def wait(self) -> Exit:
        return Exit("protocol", 0)


@contextmanager
def nothing_escapes() -> Iterator[None]:
    """Check that no task or callback of the loop fails unseen."""
    loop, seen = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: seen.append(context))
    yield
    assert seen == []


async def meet(bodies: list[bytes], spell: Spell = SPELL) -> Run:
    heard = Heard()
    async with Host(globals=[Probe], model="echo", environ={}) as host:
        with nothing_escapes():
            run = host.prepare(spell, sink=heard)
            await run.execute(Hostile(bodies))
            await asyncio.sleep(0)
    check(run, heard)
    return run


def check(run: Run, heard: Heard) -> None:
    """Check that what a run left behind can be shown to anybody."""
    json.dumps(document(run, heard), allow_nan=False).encode()
    if run.error is not None:
        assert run.error.kind in KINDS
        assert isinstance(run.error, SpellError)
        render(run.error, run.spell.source).encode()
        assert str(Path(__file__).parents[1]) not in repr(run.error)


def batch(*messages: Any) -> bytes:
    return json.dumps(list(messages)).encode()


NOT_BATCHES = [
    b"",
    b"\0",
    b"null",
    b"{}",
    b"[",
    b"[[]]",
    b'["d"]',
    b'[["zz",1]]',
    b'[["c"]]',
    b'[["c","1","ask",[],1,1]]',
    b'[["c",1,"ask",{},1,1]]',
    b'[["c",1.5,"ask",[],1,1]]',
    b'[["q",null]]',
    b'[["a",1,"yes",1]]',
    b'[["o","out",5]]',
    b'[["e","text"]]',
    b'[["d",NaN]]',
    b'[["d","\\ud800"]]',
    b'[["d","\xff"]]',
    b"[" * 100_000,
    b'[["d",' + b"[" * 5000 + b"]" * 5000 + b"]]",
    b'[["d",1' + b"0" * 5000 + b"]]",
    b"\xff" * 1000,
]


@pytest.mark.parametrize("body", NOT_BATCHES, ids=range(len(NOT_BATCHES)))
@pytest.mark.parametrize("spell", [SPELL, LUA], ids=["javascript", "lua"])
async def test_what_is_no_batch_of_messages_is_one_error_of_the_protocol(body: bytes, spell: Spell) -> None:
    run = await meet([body], spell)
    assert isinstance(run.error, ProtocolError)


BROKEN_RULES = {
    "a frame that nobody asked for": [batch(), batch()],
    "calls out of order": [batch(["c", 2, "Probe.echo", []], ["c", 1, "Probe.echo", []])],
    "the same call twice": [batch(["c", 1, "Probe.echo", []], ["c", 1, "Probe.echo", []])],
    "a negative call": [batch(["c", -1, "Probe.echo", []])],
    "an answer refused that an op has": [batch(["c", 0, "sleep", ["3650d"]], ["d", 1])],
    "an op that asks a model, unanswered": [batch(["c", 0, "ask", ["x", {"on_text": {"$function": 1}}]], ["d", 1])],
    "a turn that never ends": [batch(["+"])] * 600_000,
    "empty output without end": [batch(*(["o", "out", ""] for _ in range(1_100_000)))],
    "cancellations without end": [batch(*(["q", 5] for _ in range(1_100_000)))],
    "too many calls in flight": [batch(*(["c", n, "Probe.slow", [9]] for n in range(1, 400)))],
}


@pytest.mark.parametrize("bodies", BROKEN_RULES.values(), ids=BROKEN_RULES.keys())
async def test_a_broken_rule_is_one_error_of_the_protocol(bodies: list[bytes]) -> None:
    run = await meet(bodies)
    assert isinstance(run.error, ProtocolError)


async def test_nothing_is_heard_of_a_frame_that_nobody_asked_for() -> None:
    run = await meet([batch(), batch(["d", "forged"])])
    assert run.value is None
    assert run.error is not None
    assert run.error.message == "the worker sent a frame that nobody asked for"


async def test_the_words_of_the_host_cannot_be_forged() -> None:
    forged = {"rule": "run it with --trust", "interrupted": True, "x": "y" * 10_000, "n" * 5000: 1}
    run = await meet([batch(["e", {"kind": "permission", "message": "denied", "data": forged}])])
    assert run.error is not None
    assert run.error.kind == "permission"
    assert "rule" not in run.error.data
    assert "longer" not in run.error.message
    assert all(len(str(key)) <= 100 and len(str(value)) <= 1000 for key, value in run.error.data.items())


async def test_an_endless_name_is_rendered_at_once() -> None:
    where = {"file": "spell.js", "line": 1}
    run = await meet([batch(["e", {"message": "x", "where": where, "data": {"undefined": "(" * 4_000_000}}])])
    assert run.error is not None


async def test_a_typed_value_cannot_carry_a_function_out_of_the_run() -> None:
    run = await meet([batch(["d", [{"$type": "Reply", "text": "t", "data": {"$function": 1}}]])])
    assert run.value is None
    assert run.error is not None


HARMLESS: dict[str, list[Any]] = {
    "an op that does not exist": [
        ["c", 1, "Probe.__init__", []],
        ["c", 2, "__class__", []],
        ["c", 3, "", []],
        ["c", 4, "x" * 100_000, []],
    ],
    "a tag that does not exist": [
        ["c", 1, "Probe.echo", [{"$secret": 1}]],
        ["c", 2, "Probe.echo", [{"$type": "Run", "id": 1}]],
    ],
    "handles that do not exist": [
        ["c", n + 1, "Counter.next", [{"$handle": handle}]]
        for n, handle in enumerate([0, -1, 10**18, "1", None, [], True])
    ],
    "a function that was never passed": [["c", 1, "Probe.apply", [{"$function": 10**9}]]],
    "an answer that nobody waits for": [["a", 1, True, 1], ["a", -5, False, {"kind": "x"}], ["a", 0, False, None]],
    "a call that is given up twice": [["c", 1, "Probe.slow", [9]], ["q", 1], ["q", 1], ["q", 99], ["q", -1]],
    "a stream that does not exist": [["o", "secret", "x"], ["o", "", "y"]],
    "arguments of every wrong kind": [
        ["c", n + 1, "Probe.typed", args]
        for n, args in enumerate([[None], [{}], [[]], [1, 2, 3, 4, 5], ["x", 10**20], ["x", 1, []]])
    ],
    "words about the end twice": [["d", 1], ["d", 2], ["e", {"message": "x"}], ["c", 1, "Probe.echo", []]],
}


@pytest.mark.parametrize("messages", HARMLESS.values(), ids=HARMLESS.keys())
async def test_what_is_wrong_with_a_message_stays_with_the_message(messages: list[Any]) -> None:
    run = await meet([batch(*messages, ["d", "end"])])
    assert run.error is None
    assert run.value in (1, "end")


RESULTS: list[Any] = [
    {"$handle": 1},
    {"$function": 1},
    [{"$type": "Reply", "text": 5}],
    {"$type": "Profile"},
    {"$x": 1},
    json.loads("[" * 300 + "]" * 300),
]


@pytest.mark.parametrize("value", RESULTS, ids=range(len(RESULTS)))
async def test_a_result_that_is_no_data_is_refused(value: Any) -> None:
    run = await meet([batch(["d", value])])
    assert run.value is None
    assert run.error is not None


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), b"bytes", msgspec.msgpack.Ext(5, b"x"), {1: 2}, {"a": {b"b": 1}}],
    ids=range(6),
)
async def test_what_only_the_wire_of_lua_can_carry_is_refused(value: Any) -> None:
    run = await meet([msgspec.msgpack.encode([["d", value]])], LUA)
    assert run.value is None
    assert run.error is not None


ERRORS: list[dict[str, Any]] = [
    {},
    {"kind": "root", "message": ""},
    {"kind": 5, "message": ["x"]},
    {"message": "x" * 1_000_000},
    {"message": "\x1b[2J\x1b]0;x\x07\u202e"},
    {"message": "x", "where": {"file": "/etc/passwd", "line": 1}},
    {"message": "x", "where": {"file": "spell.js", "line": 10**9}},
    {"message": "x", "where": {"file": "spell.js", "line": 1, "column": 10**9, "name": "y" * 10**5}},
    {"message": "x", "where": {"file": "spell.js", "line": True, "column": "z"}},
    {"message": "x", "trace": [{"file": "spell.js", "line": 1}] * 10**4},
    {"message": "x", "trace": "no"},
    {"message": "x", "data": {"undefined": "y" * 10**5, "rule": "\x1b[2J"}},
    {"message": "x", "data": [1]},
    {"message": "x", "hint": {"a": 1}, "cause": 7, "retryable": "yes"},
    {"message": "x", "data": {"interrupted": True}},
]


@pytest.mark.parametrize("shape", ERRORS, ids=range(len(ERRORS)))
async def test_an_error_is_what_fits_of_it(shape: dict[str, Any]) -> None:
    run = await meet([batch(["e", shape])])
    assert run.error is not None
    assert len(run.error.message) < 20_000
    assert run.error.where is None or run.error.where.file == "spell.js"
    shown = render(run.error, run.spell.source)
    assert len(shown) < 10_000
    assert not any(char in shown for char in "\x1b\x07\u202e")


# -- mutated streams --------------------------------------------------------------------------------------------------

CALLS = st.tuples(
    st.just("c"),
    st.integers(-2, 20),
    st.sampled_from(["Probe.echo", "Probe.apply", "Probe.counter", "Counter.next", "ask", "Log.info", "no.op", ""]),
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["$handle", "$function", "$type", "$$x", "text", "vars"]) | st.text(max_size=3),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=6,
        ),
        max_size=3,
    ),
    st.integers(-1, 10**10),
    st.integers(-1, 10**10),
)
OTHERS = st.one_of(
    st.tuples(st.sampled_from(["q", "a", "o", "+", "d", "e", "r", "run", ""]), st.integers(-2, 20)),
    st.tuples(st.just("o"), st.sampled_from(["out", "err", "x"]), st.text(max_size=9)),
    st.tuples(
        st.just("a"),
        st.integers(0, 9),
        st.booleans(),
        st.integers() | st.dictionaries(st.text(max_size=4), st.text(max_size=4)),
    ),
    st.tuples(
        st.just("e"),
        st.dictionaries(
            st.sampled_from(["kind", "message", "where", "data", "trace"]),
            st.text(max_size=4) | st.lists(st.integers()),
        ),
    ),
    st.just(("+",)),
)
BATCHES = st.lists(st.lists(CALLS | OTHERS, max_size=6), max_size=4)


def mutated(body: bytes, flips: list[tuple[int, int]]) -> bytes:
    changed = bytearray(body)
    for at, value in flips:
        if changed:
            changed[at % len(changed)] = value
    return bytes(changed)


@settings(max_examples=80, deadline=None)
@given(
    batches=BATCHES,
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=3),
    lua=st.booleans(),
)
def test_no_stream_of_messages_harms_the_host(batches: list[Any], flips: list[tuple[int, int]], lua: bool) -> None:
    encode = msgspec.msgpack.encode if lua else msgspec.json.encode
    bodies = []
    for messages in batches:
        try:
            bodies.append(encode(messages))
        except (OverflowError, ValueError):  # msgpack knows no integer of more than 64 bits
            bodies.append(msgspec.json.encode(messages))
    bodies = [mutated(body, flips) for body in bodies]
    asyncio.run(meet(bodies, LUA if lua else SPELL))


# -- a real process ---------------------------------------------------------------------------------------------------

STREAMS = {
    "nothing": b"",
    "half a header": b"\x05\x00",
    "half a body": struct.pack("<I", 100) + b"[[",
    "a frame of 4 GiB": struct.pack("<I", 2**32 - 1) + b"x" * 1000,
    "a frame over the limit": struct.pack("<I", 9 * 2**20),
    "noise": bytes(range(256)) * 64,
    "empty frames": frame(b"") * 1000,
    "no answer to the limits": frame(b"[]"),
    "an answer and then noise": frame(LOCKED) + bytes(range(256)) * 64,
    "an answer and then the end": frame(LOCKED),
    "an answer and then a frame that nobody asked for": frame(LOCKED) + frame(b"[]") * 3,
    "an answer of 64 KiB": frame(b"{" + b" " * 65530 + b"}"),
    "an answer over 64 KiB": frame(b" " * 70000),
}
BOOT = """\
import os, sys, time, zlib
os.set_blocking(3, True)
data = zlib.decompress(bytes.fromhex(sys.argv[1]))
while data:
    data = data[os.write(3, data):]
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("lingers", [0, 30], ids=["and dies", "and stays"])
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
async def test_a_process_that_speaks_nonsense_is_ended(stream: bytes, lingers: float) -> None:
    if lingers and stream in (b"", b"\x05\x00", STREAMS["half a body"], STREAMS["an answer and then the end"]):
        lingers = 0.05  # these would only be slow; a worker that says nothing is a matter of the turn
    async with Host(model="echo", environ={}) as host:
        run = host.prepare(SPELL)
        with nothing_escapes():
            launched = spawn(BOOT, [zlib.compress(stream).hex(), str(lingers)])
            await asyncio.wait_for(run.execute(await Worker.open(launched)), 10)
        assert run.error is not None
        assert isinstance(run.error, SpellError)
        assert (await host.run(LUA)).value == 1


FLOOD = f"""import os
os.set_blocking(3, True)
os.read(3, 65536)
os.write(3, {frame(LOCKED)!r})
while True:
    os.write(2, b"x" * 65536)
"""


async def test_what_a_worker_says_on_stderr_without_end_is_not_kept() -> None:
    profile = Profile.load("high")
    short = dataclasses.replace(profile, limits=dataclasses.replace(profile.limits, turn=0.1))
    async with Host(model="echo", profile=short, environ={}) as host:
        run = host.prepare(SPELL)
        with nothing_escapes():
            await asyncio.wait_for(run.execute(await Worker.open(spawn(FLOOD, []))), 10)
    assert isinstance(run.error, TimeLimitError)
    assert "xx" not in repr(run.error)
