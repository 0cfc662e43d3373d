"""What a run that is repeated rests on: what is pure, what is local, and what one frame may hold."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from llmspell import Host, Spell
from llmspell.bridge.op import Global, Handle, members, op
from llmspell.bridge.surface import Surface
from llmspell.errors import ConfigError, ScriptError
from llmspell.host.channel import Channel, Slot
from llmspell.host.clock import Clock
from llmspell.host.flight import Flight
from llmspell.host.host import builtin_globals
from llmspell.host.past import Past
from llmspell.host.scope import stored
from llmspell.journal.records import Entry
from llmspell.messages import Reply, ToGuest
from llmspell.testing import InlineWorker, Probe

languages = pytest.mark.parametrize("language", ["lua", "javascript"])


def test_what_returns_a_handle_is_local_or_a_resumed_run_would_not_have_it() -> None:
    for _, spec in Surface([*builtin_globals(), Probe]).ops.values():
        if any(isinstance(member, type) and issubclass(member, Handle) for member in members(spec.returns)):
            again = spec.mark.effect == "local" or spec.mark.reveals  # either is made again when a run is resumed
            assert again, spec.path


class Ear:
    """A worker that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, body: bytes) -> None:
        self.sent.append(msgspec.json.decode(body))

    def unread(self) -> int:
        return 0


async def test_the_next_frame_goes_when_the_last_is_answered_and_all_in_it_is_durable() -> None:
    ear, loop = Ear(), asyncio.get_running_loop()
    kept: list[asyncio.Future[None]] = []
    slots: list[Slot] = []

    def keep(_: ToGuest, slot: Slot) -> asyncio.Future[None]:
        slots.append(slot)
        kept.append(loop.create_future())
        return kept[-1]

    channel = Channel(
        ear, "javascript", frame=1 << 20, turn=60, small=100, clock=Clock(datetime.fromtimestamp(0, UTC), lambda: 5),  # type: ignore[arg-type]
        receive=lambda *_: None, fail=lambda _: None, late=lambda: None, keep=keep,
    )  # fmt: skip
    channel.deliver(Reply(1, "a"))
    channel.deliver(Reply(2, "b"))
    await asyncio.sleep(0)
    assert ear.sent == []
    channel.deliver(Reply(3, "c"))  # the frame before it is closed
    for future in kept[:2]:
        future.set_result(None)
    for _ in range(5):
        await asyncio.sleep(0)
    assert ear.sent == [[["t", 0], ["r", 1, "a"], ["r", 2, "b"]]]
    kept[2].set_result(None)
    channel.answer(Reply(4, "pure"))
    channel.receive(b"[]")
    await asyncio.sleep(0)
    assert ear.sent[1:] == [[["r", 4, "pure"]]]
    channel.receive(b"[]")
    await asyncio.sleep(0)
    assert ear.sent[2:] == [[["r", 3, "c"]]]  # it was there before the clock moved
    channel.close()
    assert [(slot.ord, slot.batch) for slot in slots] == [(0, 0), (1, 0), (2, 1)]


class Plain(Global):
    """Ops that wait for nothing."""

    @op(effect="pure")
    async def double(self, value: int) -> int:
        """Return twice a value."""
        return 2 * value

    @op(effect="pure")
    async def waits(self) -> None:
        """Be no pure op."""
        await asyncio.sleep(0)


PURE = {
    "lua": """
        local t = attempt(Plain.waits)
        return { map({ 1, 2 }, function(n) return Plain.double(n) end), t.error.message }
    """,
    "javascript": """
        const t = await attempt(Plain.waits);
        export default [await map([1, 2], (n) => Plain.double(n)), t.error.message];
    """,
}


@languages
async def test_a_pure_op_is_answered_in_the_turn_and_must_not_wait(language: str) -> None:
    async with Host(globals=[Plain], environ={}) as host:
        run = host.prepare(Spell.from_source(PURE[language], language))
        await run.execute(InlineWorker(language))
    assert run.error is None, run.error
    assert run.value == [[2, 4], "Plain.waits: internal error of llmspell"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: "x"}, object(), [[float("-inf")]]])
def test_what_the_journal_could_not_give_back_is_no_result(value: Any) -> None:
    with pytest.raises(ScriptError, match="not data"):
        stored(value)


def test_what_is_delivered_is_what_is_stored() -> None:
    value = {"a": [1, 2.0, None, True, b"\xff", "ä"]}
    assert stored(value) == value


@pytest.mark.parametrize("broken", [(Flight, "idle"), (Flight, "call"), (Flight, "_outcome"), (Channel, "receive")])
async def test_what_goes_wrong_in_a_callback_ends_the_run(broken: tuple[Any, str], monkeypatch: Any) -> None:
    def fails(*_: Any) -> Any:
        raise KeyError(broken[1])

    monkeypatch.setattr(*broken, fails)
    async with Host(model="echo", environ={}) as host:
        run = host.prepare(Spell.from_source('sleep(0.01) return ask("a").text', "lua"))
        await asyncio.wait_for(run.execute(InlineWorker("lua")), 20)
    assert run.error is not None
    assert run.error.message == "internal error of llmspell: KeyError"


@pytest.mark.parametrize(
    "planted",
    [
        {"no": 1, "key": "null", "ord": 0, "batch": 0},
        {"no": 1, "key": "fn:1"},
        {"no": 1, "key": "tool:a/fn:1", "ord": 0, "batch": 0},
        {"no": 1, "ord": 0, "batch": 0},
        {"no": 1, "ord": 0, "ok": True},
        {"no": 0, "key": "k", "ord": 0, "batch": 0},
    ],
)
async def test_what_no_run_was_told_is_refused_before_it_begins(planted: dict[str, Any]) -> None:
    class Planted:
        async def calls(self, *_: Any, **__: Any) -> AsyncIterator[Entry]:
            yield Entry(**planted)

        async def entry(self, *_: Any) -> Entry:
            return Entry(**planted)

    with pytest.raises(ConfigError, match=f"what the journal has of call {planted['no']} is damaged"):
        await Past.of(Planted(), "R")  # type: ignore[arg-type]
