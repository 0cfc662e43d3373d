"""What a spell gives up ends in the host at once: measured with real workers, up to the end of the effect."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from llmspell import Global, Host, Spell, op

ROUNDS = 5
PROMPT = 0.1
"""Seconds within which an effect has to end; a busy moment of the machine is forgiven, five of them are not."""

TIME = 0.05
"""Seconds that a function gets."""

WAYS = {
    "a race that is lost": (
        "race { Effect.hang, Effect.trigger }",
        "await race([Effect.hang, Effect.trigger])",
    ),
    "a sibling that fails": (
        "pcall(map, { 1, 2 }, function(n) if n == 1 then Effect.hang() end Effect.trigger() fail('no') end)",
        "await attempt(() => map([1, 2], async (n) => { await Effect[n === 1 ? 'hang' : 'trigger'](); fail('no'); }))",
    ),
    "a branch that fails": (
        "pcall(parallel, { Effect.hang, function() Effect.trigger() fail('no') end })",
        "await attempt(() => parallel([Effect.hang, async () => { await Effect.trigger(); fail('no'); }]))",
    ),
    "a task that is cancelled": (
        "local task = spawn(Effect.hang) Effect.trigger() task:cancel()",
        "const task = spawn(Effect.hang); await Effect.trigger(); task.cancel()",
    ),
    "a task whose parent ends": (
        "map({ 1 }, function() spawn(Effect.hang) Effect.trigger() end)",
        "await map([1], async () => { spawn(Effect.hang); await Effect.trigger(); })",
    ),
    "a task whose attempt ends": (
        "retry({}, function() spawn(Effect.hang) Effect.trigger() end)",
        "await retry({}, async () => { spawn(Effect.hang); await Effect.trigger(); })",
    ),
    "a step whose race is lost": (
        "race { function() step('s' .. i, Effect.hang) end, Effect.trigger }",
        "await race([() => step(`s${i}`, Effect.hang), Effect.trigger])",
    ),
    "what is deep inside": (
        "race { function() map({ 1 }, function() timeout(60, Effect.hang) end) end, Effect.trigger }",
        "await race([() => map([1], () => timeout(60, Effect.hang)), Effect.trigger])",
    ),
    "what takes too long": (
        f"pcall(timeout, {TIME}, Effect.hang)",
        f"await attempt(() => timeout({TIME}, Effect.hang))",
    ),
}
LOOPS = {
    "lua": "for i = 1, %d do\n  do %s end\n  Effect.after()\nend",
    "javascript": "for (let i = 1; i <= %d; i++) {\n  %s;\n  await Effect.after();\n}",
}
TASKS = {
    "lua": "for i = 1, 300 do spawn(Effect.hang) end\nEffect.trigger()",
    "javascript": "for (let i = 0; i < 300; i++) spawn(Effect.hang);\nawait Effect.trigger();",
}
languages = pytest.mark.parametrize("language", LOOPS)


class Effect(Global):
    """Ops that note what happens in the host, and when."""

    def __init__(self, context: Any = None) -> None:
        super().__init__(context)
        self.events: list[tuple[str, float]] = []
        self.begun = asyncio.Event()

    def _note(self, event: str) -> None:
        self.events.append((event, asyncio.get_running_loop().time()))

    @op()
    async def hang(self) -> None:
        """Wait until it is cancelled."""
        self._note("begins")
        self.begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._note("cancelled")

    @op()
    async def trigger(self) -> None:
        """Return, once the other call has begun, what makes the spell give it up."""
        await self.begun.wait()
        self.begun.clear()
        self._note("gives up")

    @op()
    async def after(self) -> None:
        """Be called by the spell as soon as it goes on."""
        self._note("goes on")


async def events_of(source: str, language: str) -> list[tuple[str, float]]:
    async with Host(globals=[Effect], environ={}) as host:
        run = await host.run(Spell.from_source(source, language))
    return next(each for each in run.surface.globals if isinstance(each, Effect)).events


def delays(events: list[tuple[str, float]]) -> Iterator[float]:
    """Yield how long each effect went on after it was given up, or after its time was over."""
    for (before, then), (event, now) in pairwise(events):
        if event == "cancelled":
            yield now - then - (TIME if before == "begins" else 0)


@languages
@pytest.mark.parametrize("way", WAYS)
async def test_an_effect_that_is_given_up_ends_before_the_spell_goes_on(way: str, language: str) -> None:
    body = WAYS[way][list(LOOPS).index(language)]
    events = await events_of(LOOPS[language] % (ROUNDS, body), language)
    given_up = ["gives up"] if "trigger" in body else []
    assert [name for name, _ in events] == ["begins", *given_up, "cancelled", "goes on"] * ROUNDS
    assert min(delays(events)) < PROMPT
    print(f"{way}, {language}: {', '.join(f'{delay * 1000:.1f}' for delay in delays(events))} ms")


@languages
async def test_nothing_runs_on_after_the_end_of_a_spell(language: str) -> None:
    before = asyncio.all_tasks()
    names = [name for name, _ in await events_of(TASKS[language], language)]
    assert names.count("begins") == names.count("cancelled") > 0
    assert asyncio.all_tasks() == before
