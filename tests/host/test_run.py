"""A run from its first moment to its last, on real workers."""

import asyncio

import pytest
from conftest import Heard

from llmspell import Host, Run, Spell
from llmspell.errors import Cancelled
from llmspell.host.launcher import launch
from llmspell.host.process import Worker

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


async def test_an_error_keeps_its_cause_and_kind_on_its_way_through_the_host() -> None:
    from llmspell.errors import SpellError
    from llmspell.host.faults import unwire, wire

    error = SpellError("no", kind="http", cause="the wire broke", hint="mend it", retryable=True)
    back = unwire(wire(error), "x.lua", [])
    assert (back.kind, back.message, back.cause, back.hint, back.retryable) == (
        "http", "no", "the wire broke", "mend it", True,
    )  # fmt: skip
