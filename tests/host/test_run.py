"""A run from its first moment to its last, on real workers."""

import asyncio
from dataclasses import replace

import pytest
from conftest import Heard

from llmspell import Host, Run, Spell
from llmspell.errors import Cancelled, SpellError
from llmspell.host.faults import unwire, wire
from llmspell.host.launcher import launch, spawn
from llmspell.host.process import Worker
from llmspell.security.profile import Profile
from llmspell.testing import Probe

FOREVER = {"lua": "sleep(3600)", "javascript": "await sleep(3600);"}


@pytest.fixture(params=FOREVER)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


async def started(host: Host, language: str, source: str, heard: Heard) -> tuple[Run, asyncio.Task[None]]:
    run = host.prepare(Spell.from_source(source, language), sink=heard)
    return run, asyncio.ensure_future(run.execute(await Worker.open(launch(language))))


async def test_a_run_that_is_cancelled_before_it_begins_never_begins(language: str, heard: Heard) -> None:
    host = Host(environ={})
    run = host.prepare(Spell.from_source("print('hi')", language), sink=heard)
    run.cancel("no")
    await host.execute(run)
    assert isinstance(run.error, Cancelled)
    assert (str(run.error), heard.text, run.calls) == ("no", "", 0)


@pytest.mark.parametrize("way", ["cancel", "kill"])
async def test_a_run_can_be_stopped_while_its_worker_locks_itself(language: str, heard: Heard, way: str) -> None:
    run, execution = await started(Host(environ={}), language, "print('hi')", heard)
    await asyncio.sleep(0)  # the limits are on their way, the answer is not there
    getattr(run, way)("no")
    await execution
    assert isinstance(run.error, Cancelled)
    assert heard.text == ""


FAILED_LOG = {"lua": 'Log.info({}) return "fine"', "javascript": 'Log.info({}); export default "fine";'}


async def test_a_failed_notice_is_not_lost_although_the_spell_ends_at_once(language: str, heard: Heard) -> None:
    host = Host(environ={})
    run = await host.execute(host.prepare(Spell.from_source(FAILED_LOG[language], language), sink=heard))
    assert run.error is not None
    assert "Log.info: `message` must be a string" in run.error.message


LISTEN = {
    "lua": 'local n = 0 ask(("word "):rep(6000), { on_text = function() n = n + 1 end }) return n > 0',
    "javascript": 'let n = 0; await ask("word ".repeat(6000), { on_text: () => { n += 1; } }); export default n > 0;',
}
LARGE = {
    "lua": """
        local text = ("y"):rep(16000)
        return #map({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, function()
          return #ask(("{{x}}"):rep(260), { vars = { x = text } }).text
        end, { limit = 10 })
    """,
    "javascript": """
        const text = "y".repeat(16000);
        export default (await map([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], async () =>
          (await ask("{{x}}".repeat(260), { vars: { x: text } })).text.length, { limit: 10 })).length;
    """,
}


async def test_a_long_answer_can_be_listened_to_under_high(language: str, heard: Heard) -> None:
    host = Host(profile="high", model="echo", environ={})
    run = await host.execute(host.prepare(Spell.from_source(LISTEN[language], language), sink=heard))
    assert (run.error, run.value) == (None, True)


async def test_large_answers_side_by_side_wait_until_the_worker_reads(language: str, heard: Heard) -> None:
    host = Host(profile="low", model="echo", environ={})
    run = await host.execute(host.prepare(Spell.from_source(LARGE[language], language), sink=heard))
    assert (run.error, run.value) == (None, 10)


HOARD = {
    "lua": """
        local items = {} for i = 1, 12 do items[i] = ("x"):rep(3000000) end
        map(items, function(text) Probe.slow(60, text) end, { limit = 12 })
    """,
    "javascript": """
        const items = Array.from({ length: 12 }, () => "x".repeat(3000000));
        await map(items, (text) => Probe.slow(60, text), { limit: 12 });
    """,
}


async def test_calls_in_flight_hold_no_more_than_the_profile_allows(language: str, heard: Heard) -> None:
    host = Host(globals=[Probe], environ={})
    run = await host.execute(host.prepare(Spell.from_source(HOARD[language], language), sink=heard))
    assert run.error is not None
    assert run.error.message == "the calls in flight hold more than 32 MiB"


async def test_a_worker_that_says_nothing_can_be_stopped_and_has_its_time_limit() -> None:
    silent = "import os, time\nos.read(3, 100)\ntime.sleep(60)"
    profile = Profile.load("medium")
    profile = replace(profile, limits=replace(profile.limits, wall=0.3))
    run = Host(profile=profile, environ={}).prepare(Spell.from_source("return 1", "lua"))
    await run.execute(await Worker.open(spawn(silent, [])))
    assert run.error is not None
    assert run.error.kind == "timeout"
    for way in ("cancel", "kill"):
        run = Host(environ={}).prepare(Spell.from_source("return 1", "lua"))
        execution = asyncio.ensure_future(run.execute(await Worker.open(spawn(silent, []))))
        await asyncio.sleep(0)
        getattr(run, way)("no")
        await asyncio.wait_for(execution, 10)
        assert isinstance(run.error, Cancelled)


async def test_an_error_keeps_its_cause_and_kind_on_its_way_through_the_host() -> None:
    error = SpellError("no", kind="http", cause="the wire broke", hint="mend it", retryable=True)
    back = unwire(wire(error), "x.lua", [])
    assert (back.kind, back.message, back.cause, back.hint, back.retryable) == (
        "http", "no", "the wire broke", "mend it", True,
    )  # fmt: skip
