"""An op of several steps that is cut off: what it has done is not done again, whatever order its steps begin in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Heard

from llmspell import Function, Global, Host, Run, Spell, op
from llmspell.errors import SpellError
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.sqlite import SqliteStore
from llmspell.models import Answer, Request, Turns, Usage, client
from llmspell.project import Project
from llmspell.security.rules import Rules
from llmspell.testing import InlineWorker, Probe

languages = pytest.mark.parametrize("language", ["lua", "javascript"])


class Pair(Global):
    """An op that does two things side by side, asks the script, and does a third."""

    done: list[str]
    names = ("left", "right")
    stuck: asyncio.Event
    hangs = ""

    @op(effect="keyed")
    async def both(self, fn: Function) -> str:
        """Do it.

        Args:
            fn: gets what the two have come to.
        """
        step = self.context.effects.step
        parts = await asyncio.gather(*(step("part", lambda name=name: self._do(name), name) for name in self.names))
        told = await fn("+".join(sorted(parts)))
        return f"{told} {await step('last', lambda: self._do('last'))}"

    async def _do(self, what: str) -> str:
        self.done.append(what)
        self.context.spending.add(Usage(1, 0, 0, 0.5), 1.0, "m/1")
        if what == self.hangs:
            self.stuck.set()
            await asyncio.get_running_loop().create_future()
        return what


PAIR = {
    "lua": """
        local heard = 0
        local said = Pair.both(function(parts) heard = heard + 1 return parts .. Probe.echo("!") end)
        return { said, heard, Run.budget().spent.usd }
    """,
    "javascript": """
        let heard = 0;
        const said = await Pair.both(async (parts) => { heard += 1; return parts + await Probe.echo("!"); });
        export default [said, heard, (await Run.budget()).spent.usd];
    """,
}


class Ears(Global):
    """Where a spell waits while it hears an answer."""

    stuck: asyncio.Event
    hangs = True

    @op()
    async def wait(self) -> None:
        """Wait, in a process that will go."""
        if self.hangs:
            self.stuck.set()
            await asyncio.get_running_loop().create_future()


HEARD = {
    "lua": """
        local pieces = {}
        local reply = say("one two three four", { on_text = function(piece)
          pieces[#pieces + 1] = piece
          if #pieces == 2 then Ears.wait() end
        end })
        return { pieces, reply.text, Run.budget().spent.calls }
    """,
    "javascript": """
        const pieces = [];
        const reply = await say("one two three four", { on_text: async (piece) => {
          pieces.push(piece);
          if (pieces.length === 2) await Ears.wait();
        } });
        export default [pieces, reply.text, (await Run.budget()).spent.calls];
    """,
}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    found = SqliteStore(tmp_path / "kept" / "journal.db")
    yield found
    await found.close()


async def resumed(
    host: Host,
    store: SqliteStore,
    run_id: str,
    sink: Heard | None = None,
    folder: Path | None = None,
    *,
    offline: bool = False,
) -> Run:
    """Return a run that another process goes on with, or one that only repeats what it did."""
    record = await store.run(run_id)
    bundle = archive.bundle(await store.files(record.bundle))
    rules = Rules(host.profile.label, host.profile.permissions)
    run = host.repeat(record, bundle, project=Project(folder) if folder else Project.of(), rules=rules, sink=sink)
    run.begins = archive.start(record, bundle)
    if offline:
        run.remember(await Past.of(store, run_id, offline=True), Scribe())
        run.at_frontier = lambda: archive.recorded_error(record)
        return run
    hold = await store.resume(run_id, "another process")  # first of all: what is on its way is written before it
    run.remember(await Past.of(store, run_id), Scribe.holding(store, hold))
    return run


async def stuck(run: Run, language: str, event: asyncio.Event) -> asyncio.Task[None]:
    """Let a run go as far as it comes."""
    going = asyncio.create_task(run.execute(InlineWorker(language)))
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({going, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert event.is_set(), f"it ended before it was stuck: {run.error}"
    event.clear()
    return going


@languages
async def test_what_a_composite_op_has_done_is_not_done_again(language: str, store: SqliteStore) -> None:
    Pair.done, Pair.stuck, Pair.names, Pair.hangs = [], asyncio.Event(), ("left", "right"), "right"
    async with Host(globals=[Pair, Probe], environ={}, journal=store) as host:
        first = host.prepare(Spell.from_source(PAIR[language], language))
        going = [(first, await stuck(first, language, Pair.stuck))]
        Pair.names, Pair.hangs = ("right", "left"), "last"
        second = await resumed(host, store, first.id)
        going.append((second, await stuck(second, language, Pair.stuck)))
        Pair.hangs = ""
        third = await resumed(host, store, first.id)
        await third.execute(InlineWorker(language))
        for run, task in going:  # the processes that have gone
            run.kill()
            await task
    assert third.error is None, third.error
    assert Pair.done == ["left", "right", "right", "last", "last"]
    assert third.value[:2] == ["left+right! last", 1]
    assert third.value[2] == pytest.approx(1.5)  # what was cut off is not known to have cost anything
    keys = {entry.key: entry.ord is not None async for entry in store.calls(first.id) if entry.no == 1}
    assert keys == {"": True, "part:left": False, "part:right": False, "fn:1": True, "last:1": False}


@languages
async def test_an_answer_that_had_come_in_whole_is_not_asked_again(language: str, store: SqliteStore) -> None:
    Ears.stuck, Ears.hangs, heard = asyncio.Event(), True, (Heard(), Heard())
    async with Host(globals=[Ears], model="echo", environ={}, journal=store) as host:
        first = host.prepare(Spell.from_source(HEARD[language], language))
        going = await stuck(first, language, Ears.stuck)
        Ears.hangs = False
        second = await resumed(host, store, first.id, heard[0])
        await second.execute(InlineWorker(language))
        first.kill()
        await going
        third = await resumed(host, store, first.id, heard[1], offline=True)
        await third.execute(InlineWorker(language))
    assert second.error is None, second.error
    assert second.value == third.value == [["one ", "two ", "three four"], "one two three four", 1]
    assert second.usage["requests"] == 1
    assert (heard[0].text, heard[1].text) == ("", "one two three four\n")  # the first has printed it


class Slow(client.Models):
    """Models that begin to answer, and then say nothing more."""

    started: asyncio.Event

    async def ask(self, request: Request, on_text: Any = None, turns: Turns | None = None) -> Answer:
        if "slow" not in request.prompt:
            return await super().ask(request, on_text)
        if on_text is not None:
            on_text("four characters and more")
        self.started.set()
        return await asyncio.get_running_loop().create_future()


class Start(Global):
    """Tells when a model has begun."""

    @op()
    async def told(self) -> str:
        """Wait until it has begun."""
        await asyncio.wait_for(Slow.started.wait(), 30)
        return "quick"


LOST = {
    "lua": """
        race { function() return say("slow") end, Start.told }
        Ears.wait()
        return Run.budget().spent
    """,
    "javascript": """
        await race([() => say("slow"), () => Start.told()]);
        await Ears.wait();
        export default (await Run.budget()).spent;
    """,
}


@languages
async def test_what_a_loser_has_cost_is_known_when_the_run_is_resumed(language: str, store: SqliteStore) -> None:
    Ears.stuck, Ears.hangs, Slow.started = asyncio.Event(), True, asyncio.Event()
    async with Host(globals=[Ears, Start], model="echo", environ={}, journal=store) as host:
        host.models = Slow({})
        first = host.prepare(Spell.from_source(LOST[language], language))
        going = await stuck(first, language, Ears.stuck)
        Ears.hangs = False
        second = await resumed(host, store, first.id)
        await second.execute(InlineWorker(language))
        first.kill()
        await going
    assert second.error is None, second.error
    assert second.value["calls"] == 1
    assert second.value["tokens"] == first.context.spending.spent["tokens"] > 6
    (lost,) = [entry async for entry in store.calls(first.id) if entry.key]
    assert (lost.key, lost.meta["usage"]["requests"]) == ("lost:1", 1)


CUT = {
    "lua": """
        local heard = {}
        local tried = attempt(function()
          return ask("slow", { on_text = function(piece) heard[#heard + 1] = piece Ears.wait() end })
        end)
        return { heard, tried.error.kind, tried.error.retryable }
    """,
    "javascript": """
        const heard = [];
        const tried = await attempt(() => ask("slow", { on_text: async (piece) => {
          heard.push(piece);
          await Ears.wait();
        } }));
        export default [heard, tried.error.kind, tried.error.retryable];
    """,
}


@languages
async def test_an_answer_that_was_cut_off_fails(language: str, store: SqliteStore) -> None:
    Ears.stuck, Ears.hangs, Slow.started = asyncio.Event(), True, asyncio.Event()
    async with Host(globals=[Ears], model="echo", environ={}, journal=store) as host:
        host.models = Slow({})
        first = host.prepare(Spell.from_source(CUT[language], language))
        going = await stuck(first, language, Ears.stuck)
        Ears.hangs = False
        second = await resumed(host, store, first.id)
        await second.execute(InlineWorker(language))
        first.kill()
        await going
    assert second.error is None, second.error
    assert second.value == [["four characters and more"], "model", True]


async def test_without_a_call_a_step_is_only_done(store: SqliteStore) -> None:
    async with Host(environ={}, journal=store) as host:
        effects = host.prepare(Spell.from_source("", "lua")).context.effects

        async def act() -> int:
            return 7

        assert await effects.step("x", act) == 7
        assert effects.kept("x") is None
        assert (effects.key(), effects.told(), effects.interrupted()) == (None, [], False)
        with pytest.raises(SpellError, match="no other spell"):
            await host.context("x").child("kid", {}, None)
