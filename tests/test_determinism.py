"""A run is repeatable: with the same seed, clock and answers a script does the same in every process."""

import asyncio
from collections.abc import Callable
from itertools import count

import pytest
from conftest import Heard

from llmspell import Host, Run, Spell
from llmspell.testing import Probe

NOON = 1_700_000_000_123
LANGUAGES = ("lua", "javascript")
languages = pytest.mark.parametrize("language", LANGUAGES)

EVERYTHING = {
    "lua": """
        local t, objects = {}, {}
        for i = 1, 300 do t["key" .. i * 7919 % 1009] = math.random(1000) end
        for i = 1, 40 do t[-i], t[i * 1000], t[i / 7] = i, i, i end
        for i = 1, 40 do objects[{ id = i * 17 % 41 }] = math.random() end
        local function walk(t)
          for key, value in pairs(t) do print(type(key) == "table" and key.id or key, value) end
          for key, value in next, t do print(type(key) == "table" and key.id or key, value) end
        end
        walk(t) walk(objects) walk(_G) walk(math) walk(string) walk(os)
        print(t, objects, print, Probe, coroutine.create(print), {}, function() end)
        print(os.time(), os.clock(), os.date(), os.date("%c %z %Z"), os.time { year = 2020, month = 1, day = 40 })
        math.randomseed()
        print(math.random(), math.random(0), math.random(1 << 40))
        local list = {}
        for i = 1, 2000 do list[i] = { n = math.random(50), i = i } end
        table.sort(list, function(a, b) return a.n < b.n end)
        for i = 1, #list do print(list[i].i) end
        for i, got in ipairs(map({ 1, 2, 3, 4, 5, 6 }, function(i) return Probe.echo(i) + math.random() end)) do
          print(i, got, os.clock())
        end
        print(Json.encode { list = list[1], t = { b = 1, a = { d = 1, c = 2 } } }, pcall(error, {}))
        print(pcall(function() return {} < {} end), pcall(string.format, "%d", "x"), tostring(nil))
        return #list
    """,
    "javascript": """
        const list = Array.from({ length: 2000 }, (_, i) => ({ n: Math.floor(Math.random() * 50), i }));
        print(list.sort((a, b) => a.n - b.n).map(({ i }) => i));
        print(Object.getOwnPropertyNames(globalThis), Object.keys({ b: 1, a: 2, 7: 3, 1: 4 }));
        print(Date.now(), Date(), new Date(), performance.now(), performance.timeOrigin, new Date(2020, 0, 40));
        print(new Date().toLocaleString(), Intl.DateTimeFormat().format(), (1234.5).toLocaleString());
        print(`${Temporal.Now.zonedDateTimeISO()}`, ["ä", "z", "a", "Z"].sort((a, b) => a.localeCompare(b)));
        print(new Error("x").stack, `${print}`, Probe, new Map([[1, 2]]), Symbol("x").toString());
        for (const got of await map([1, 2, 3, 4, 5, 6], async (i) => (await Probe.echo(i)) + Math.random())) {
          print(got, Date.now());
        }
        print(crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(8)).join());
        export default list.length;
    """,
}


def ticking(step: int) -> Callable[[], int]:
    """Return a clock that moves by so many milliseconds each time that it is read."""
    times = count(NOON, step)
    return lambda: next(times)


async def cast(language: str, source: str, *, seed: int = 42, now: Callable[[], int] | None = None) -> tuple[Run, str]:
    heard = Heard()
    async with Host(globals=[Probe], environ={}) as host:
        host.now = now or ticking(0)
        run = host.prepare(Spell.from_source(source, language), sink=heard, seed=seed)
        await host.execute(run)
    assert run.error is None, run.error
    return run, heard.text


@languages
async def test_the_same_seed_and_clock_give_the_same_output_in_each_process(language: str) -> None:
    (_, first), (_, again), (_, other) = await asyncio.gather(
        cast(language, EVERYTHING[language]),
        cast(language, EVERYTHING[language]),
        cast(language, EVERYTHING[language], seed=43),
    )
    assert len(first) > 3000
    assert first == again
    assert first != other
    assert "0x" not in first


TIMES = {
    "lua": """
        local times = {}
        for i = 1, 5 do
          times[i] = os.time() * 1000 + math.tointeger(os.clock() * 1000 // 1)
          for _ = 1, 1e5 do end
          assert(os.time() * 1000 + math.tointeger(os.clock() * 1000 // 1) == times[i])
          Probe.echo(i)
        end
        return times
    """,
    "javascript": """
        const times = [];
        for (let i = 0; i < 5; i++) {
          times.push(Math.floor(Date.now() / 1000) * 1000 + performance.now());
          for (let j = 0; j < 1e6; j++);
          if (times[i] !== Math.floor(Date.now() / 1000) * 1000 + performance.now()) throw new Error("it moved");
          await Probe.echo(i);
        }
        export default times;
    """,
}


@languages
async def test_time_moves_at_deliveries_from_the_beginning_of_the_run(language: str) -> None:
    """The clock is read once for the context, and then once for each batch after the first."""
    run, _ = await cast(language, TIMES[language], now=ticking(1000))
    began = NOON // 1000 * 1000
    assert run.value == [began + 2000 * i for i in range(5)]
    assert round(run.context.started.timestamp() * 1000) == NOON


@languages
async def test_time_never_goes_back(language: str) -> None:
    run, _ = await cast(language, TIMES[language], now=ticking(-100_000))
    assert run.value == [NOON // 1000 * 1000] * 5


@languages
async def test_without_anybody_who_sets_it_the_clock_is_that_of_the_machine(language: str) -> None:
    source = {
        "lua": "sleep(0.05) return os.clock()",
        "javascript": "await sleep(0.05); export default performance.now() / 1000;",
    }
    async with Host(environ={}) as host:
        before = host.now()
        run = await host.run(Spell.from_source(source[language], language))
        assert 0.05 <= run.value < (host.now() - before) / 1000 + 0.002


@languages
@pytest.mark.parametrize("profile", ["low", "medium", "high"])
async def test_every_level_of_security_has_the_clock(language: str, profile: str) -> None:
    source = {"lua": "return os.time() * 1000", "javascript": "export default Date.now();"}[language]
    async with Host(profile=profile, environ={}) as host:
        host.now = ticking(0)
        assert (await host.run(Spell.from_source(source, language))).value in (NOON, NOON // 1000 * 1000)
