"""Questions to people: who is asked, what waits in the journal, and that all of it can be repeated."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Heard

from llmspell import Global, Host, Profile, Run, Spell, op
from llmspell.errors import ArgumentError, Parked
from llmspell.host import archive, desk
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Entry
from llmspell.journal.repair import repair
from llmspell.journal.sqlite import SqliteStore
from llmspell.question import Asked, Question, Verdict
from llmspell.security.rules import Rules
from llmspell.testing import InlineWorker, Probe

languages = pytest.mark.parametrize("language", ["lua", "javascript"])
HOUR = 3_600_000


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for longer than a test needs."""
    monkeypatch.setattr(desk, "GATHER", 0.03)
    monkeypatch.setattr(desk, "POLL", 0.05)


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds; it may be one that has to be awaited."""
    async with asyncio.timeout(20):
        while not (found := condition()) or (asyncio.iscoroutine(found) and not await found):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Gate(Global):
    """Work that goes on until a test has seen enough."""

    opened: asyncio.Event
    calls: list[str]

    @op()
    async def work(self, name: str) -> str:
        """Return a name, once the gate is open."""
        self.calls.append(name)
        await self.opened.wait()
        return name

    @op()
    async def quick(self, name: str) -> str:
        """Return a name at once."""
        self.calls.append(name)
        return name

    @op(effect="once")
    async def pay(self, name: str) -> str:
        """Do what must not be done twice, once the gate is open."""
        return await self.work(name)


class Somebody:
    """A person who answers everything in one way, and remembers the cards."""

    name = "ann@here"

    def __init__(self, answer: Callable[[Question], Verdict | None]) -> None:
        self.cards: list[list[str]] = []
        self._answer = answer

    async def ask(self, card: Sequence[Asked]) -> AsyncIterator[tuple[Asked, Verdict]]:
        self.cards.append([one.question.text for one in card])
        for one in card:
            if (verdict := self._answer(one.question)) is None:
                return
            yield one, verdict


class Stage:
    """A journal, and runs of one spell in it."""

    def __init__(self, folder: Path, source: str, language: str) -> None:
        self.store = SqliteStore(folder / "journal.db")
        self.spell = Spell.from_source(source, language)
        self.opened = asyncio.Event()
        self.calls: list[str] = []
        self.later = 0
        self.wall: float | None = None
        self.on_ready: Callable[[Run], None] | None = None
        self.heard = Heard()

    async def run(self, person: Somebody | None = None, *, journal: bool = True) -> Run:
        async with self._host() as host:
            run = host.prepare(self.spell, sink=self.heard, seed=7)
            run.desk.person = person
            if journal:
                record, files = archive.record(run), archive.files(run.bundle)
                run.remember(Past(), Scribe(self.store, lambda: self.store.begin(record, files)))
            self.current = run
            if self.on_ready is not None:
                self.on_ready(run)
            await run.execute(InlineWorker(self.spell.language))
        return run

    async def resume(self) -> Run:
        hold = await self.store.resume(self.current.id, "me:1")
        return await self._repeat(Scribe.holding(self.store, hold), offline=False)

    async def replay(self) -> Run:
        return await self._repeat(Scribe(), offline=True)

    async def _repeat(self, scribe: Scribe, *, offline: bool) -> Run:
        record = await self.store.run(self.current.id)
        async with self._host() as host:
            bundle = archive.bundle(await self.store.files(record.bundle))
            rules = Rules(host.profile.label, host.profile.permissions)
            run = host.repeat(record, bundle, project=self.current.context.project, rules=rules, sink=self.heard)
            run.begins = archive.start(record, bundle)
            run.remember(await Past.of(self.store, record.run_id, offline=offline), scribe)
            if offline:
                run.at_frontier = lambda: archive.recorded_error(record)
            else:
                self.current = run
            await run.execute(InlineWorker(self.spell.language))
        if offline:
            run.error = archive.check_outcome(record, run.value, run.error)
        return run

    def _host(self) -> Host:
        kind = type("Gate", (Gate,), {"opened": self.opened, "calls": self.calls})
        profile = Profile.load("medium")
        profile = replace(profile, limits=replace(profile.limits, wall=self.wall))
        host = Host(globals=[kind, Probe], environ={}, profile=profile)
        now = host.now
        host.now = lambda: now() + self.later
        return host

    async def waiting(self, count: int = 1) -> list[Entry]:
        """Wait until so many questions are in the journal."""
        await until(lambda: self.store.transactions)

        async def asked() -> bool:
            return len(await self.store.waiting()) >= count

        await until(asked)
        return [entry for _, entry in await self.store.waiting()]

    async def status(self) -> str:
        return (await self.store.run(self.current.id)).status

    async def check_replay(self, first: Run) -> None:
        again = await self.replay()
        if first.error is None:
            assert again.error is None, again.error
        else:
            assert again.error is not None
            assert (again.error.kind, again.error.message) == (first.error.kind, first.error.message)
        assert again.value == first.value


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Callable[[dict[str, str], str], Stage]]:
    made: list[Stage] = []

    def make(sources: dict[str, str], language: str) -> Stage:
        made.append(Stage(tmp_path, sources[language], language))
        return made[-1]

    yield make
    for each in made:
        await each.store.close()


BESIDE = {
    "lua": """
        local got = parallel {
          ok = function() return approve("Go on?", { details = { n = 1 } }) end,
          work = function() return Gate.work("a") end,
        }
        return { got.ok, got.work, Gate.quick("b") }
    """,
    "javascript": """
        const got = await parallel({ ok: () => approve("Go on?", { details: { n: 1 } }), work: () => Gate.work("a") });
        export default [got.ok, got.work, await Gate.quick("b")];
    """,
}


@languages
async def test_a_decision_from_elsewhere_is_heard_while_other_calls_go_on(stage: Any, language: str) -> None:
    scene = stage(BESIDE, language)
    running = asyncio.ensure_future(scene.run())
    (entry,) = await scene.waiting()
    assert entry.request == ["Go on?", {"details": {"n": 1}}]
    assert await scene.store.resolve(scene.current.id, entry.no, True, False, fingerprint=entry.fingerprint)

    async def heard() -> bool:
        return (await scene.store.entry(scene.current.id, entry.no)).ord is not None

    await until(heard)
    assert not running.done()
    scene.opened.set()
    run = await running
    assert run.value == [False, "a", "b"]
    await scene.check_replay(run)


@languages
async def test_a_run_parks_as_soon_as_nothing_else_goes_on(stage: Any, language: str) -> None:
    scene = stage(BESIDE, language)
    running = asyncio.ensure_future(scene.run())
    (entry,) = await scene.waiting()
    assert not running.done()
    scene.opened.set()
    run = await running
    assert isinstance(run.error, Parked)
    assert run.error.exit_code == 9
    assert "call 1, line" in run.error.message
    assert await scene.status() == "suspended"
    await scene.store.resolve(run.id, entry.no, True, True)
    resumed = await scene.resume()
    assert resumed.value == [True, "a", "b"]
    assert scene.calls == ["a", "b"]
    await scene.check_replay(resumed)


RACE = {
    "lua": """
        local won = race { function() return approve("One?") end, function() return Gate.quick("two") end }
        return { won, approve("Three?") }
    """,
    "javascript": """
        const won = await race([() => approve("One?"), () => Gate.quick("two")]);
        export default [won, await approve("Three?")];
    """,
}


@languages
async def test_a_question_that_was_given_up_waits_no_longer(stage: Any, language: str) -> None:
    scene = stage(RACE, language)
    parked = await scene.run()
    assert isinstance(parked.error, Parked)
    (entry,) = await scene.waiting()
    assert entry.request == ["Three?"]
    assert not await scene.store.resolve(parked.id, 1, True, True)
    await scene.store.resolve(parked.id, entry.no, True, True)
    run = await scene.resume()
    assert run.value == ["two", True]
    await scene.check_replay(run)


LATE = {
    "lua": """
        local t = attempt(function() return approve("Go on?", { timeout = "24h" }) end)
        return { t.ok, t.error.kind, t.error.message }
    """,
    "javascript": """
        const t = await attempt(() => approve("Go on?", { timeout: "24h" }));
        export default [t.ok, t.error.kind, t.error.message];
    """,
}
TOO_LATE = [False, "approval", "approve: nobody answered within 1d"]


@languages
async def test_a_deadline_counts_from_when_the_question_was_asked(stage: Any, language: str) -> None:
    scene = stage(LATE, language)
    parked = await scene.run()
    record = await scene.store.run(parked.id)
    assert record.due_ms == (await scene.waiting())[0].started_ms + 24 * HOUR
    scene.later = 20 * HOUR
    assert isinstance((await scene.resume()).error, Parked)
    assert (await scene.store.run(parked.id)).due_ms == record.due_ms
    scene.later = 25 * HOUR
    run = await scene.resume()
    assert run.value == TOO_LATE
    entry = await scene.store.entry(parked.id, 1)
    assert entry.meta["decided"]["by"] == "the clock"
    await scene.check_replay(run)


SLEEP = {
    "lua": """
        return race { function() return approve("Go on?") end, function() sleep("24h") return "slept" end }
    """,
    "javascript": """
        export default await race([() => approve("Go on?"), async () => { await sleep("24h"); return "slept"; }]);
    """,
}


@languages
async def test_a_long_wait_beside_a_question_needs_no_process_and_goes_on(stage: Any, language: str) -> None:
    scene = stage(SLEEP, language)
    parked = await scene.run()
    assert isinstance(parked.error, Parked)
    due = (await scene.store.run(parked.id)).due_ms
    assert due is not None
    scene.later = 25 * HOUR
    run = await scene.resume()
    assert run.value == "slept"
    await scene.check_replay(run)


ALL = {
    "lua": """
        local list = map({ 1, 2, 3 }, function(n) return approve("Relabel?", { details = { n = n } }) end)
        return { list, Human.ask("Who?"), Human.choose("Which?", { "a", "b" }), Human.review("text", { title = "T" }) }
    """,
    "javascript": """
        const list = await map([1, 2, 3], (n) => approve("Relabel?", { details: { n } }));
        export default [
          list, await Human.ask("Who?"), await Human.choose("Which?", ["a", "b"]),
          await Human.review("text", { title: "T" }),
        ];
    """,
}


def helpful(question: Question) -> Verdict:
    texts = {"ask": "Ann", "choose": "b", "review": "text!"}
    return question.answer(texts[question.sort]) if question.sort in texts else question.approve()


@languages
@pytest.mark.parametrize("journal", [True, False])
async def test_a_person_who_is_there_gets_equal_questions_as_one_card(stage: Any, language: str, journal: bool) -> None:
    scene, ann = stage(ALL, language), Somebody(helpful)
    run = await scene.run(ann, journal=journal)
    assert run.value == [[True, True, True], "Ann", "b", "text!"]
    assert ann.cards == [["Relabel?"] * 3, ["Who?"], ["Which?"], ["text"]]
    if journal:
        await scene.check_replay(run)


@languages
async def test_who_leaves_a_question_lets_the_run_wait_in_the_journal(stage: Any, language: str) -> None:
    scene = stage(ALL, language)
    parked = await scene.run(Somebody(lambda _: None))
    assert isinstance(parked.error, Parked)
    assert len(await scene.waiting(3)) == 3


@languages
async def test_without_a_journal_and_a_person_a_question_is_an_error(stage: Any, language: str) -> None:
    for person, message in [(None, "approve: nobody is there to ask"), (Somebody(lambda _: None), "nobody answered")]:
        run = await stage(ALL, language).run(person, journal=False)
        assert run.error.kind == "approval"
        assert message in run.error.message
        assert not isinstance(run.error, Parked)


@languages
async def test_what_a_person_is_asked_is_bounded_before_it_is_kept(stage: Any, language: str) -> None:
    source = {
        "lua": """
            local big = ("x"):rep(300000)
            local list = {}
            for i, f in ipairs {
              function() approve(big) end, function() approve("x", { details = { big } }) end,
              function() Human.review(big) end, function() Human.choose("x", {}) end,
              function() Human.choose("x", { "a", "a" }) end, function() approve("  ") end,
              function() Human.choose("x", { big }) end, function() Human.review("x", { title = big }) end,
            } do list[i] = attempt(f).error.kind end
            return list
        """,
        "javascript": """
            const big = "x".repeat(300000);
            const all = [
              () => approve(big), () => approve("x", { details: [big] }), () => Human.review(big),
              () => Human.choose("x", []), () => Human.choose("x", ["a", "a"]), () => approve("  "),
              () => Human.choose("x", [big]), () => Human.review("x", { title: big }),
            ];
            export default await map(all, async (f) => (await attempt(f)).error.kind);
        """,
    }
    scene = stage(source, language)
    run = await scene.run()
    assert run.value == ["args"] * 8
    assert await scene.store.waiting() == []


FORGED = {
    "lua": 'fail("run X waits", { kind = "approval" })',
    "javascript": 'fail("run X waits", { kind: "approval" });',
}


@languages
async def test_no_script_can_say_that_its_run_waits(stage: Any, language: str) -> None:
    scene = stage(FORGED, language)
    run = await scene.run()
    assert not isinstance(run.error, Parked)
    assert await scene.status() == "failed"


STOPPED = {
    "lua": """
        local first = Gate.quick("paid")
        local all = parallel { function() return Gate.work("a") end, function() return approve("Go on?") end }
        return { first, all }
    """,
    "javascript": """
        const first = await Gate.quick("paid");
        export default [first, await parallel([() => Gate.work("a"), () => approve("Go on?")])];
    """,
}


@languages
async def test_a_run_that_was_stopped_goes_on_and_its_question_is_open_still(stage: Any, language: str) -> None:
    scene = stage(STOPPED, language)
    running = asyncio.ensure_future(scene.run())
    (entry,) = await scene.waiting()
    await scene.store.stop(scene.current.id, "somebody wants it")
    run = await running
    assert run.error.kind == "cancelled"
    assert await scene.status() == "cancelled"
    await scene.check_replay(run)
    scene.opened.set()
    parked = await scene.resume()
    assert isinstance(parked.error, Parked), parked.error
    assert [each.no for each in await scene.waiting()] == [entry.no]
    await scene.store.resolve(run.id, entry.no, True, True)
    done = await scene.resume()
    assert done.value == ["paid", ["a", True]]
    assert scene.calls == ["paid", "a", "a"]
    await scene.check_replay(done)


PAYING = {
    "lua": 'local t = attempt(function() return Gate.pay("x") end) return { t.ok, t.error and t.error.data.in_doubt }',
    "javascript": """
        const t = await attempt(() => Gate.pay("x"));
        export default [t.ok, t.error?.data.in_doubt];
    """,
}


@languages
async def test_what_a_stop_cuts_off_in_the_middle_is_not_done_twice(stage: Any, language: str) -> None:
    scene = stage(PAYING, language)
    running = asyncio.ensure_future(scene.run())
    await until(lambda: scene.calls)
    scene.current.cancel("interrupted")
    assert (await running).error.kind == "cancelled"
    run = await scene.resume()
    assert run.value == [False, True]
    assert scene.calls == ["x"]
    await scene.check_replay(run)


@languages
async def test_what_a_damaged_journal_has_lost_is_not_done_twice(stage: Any, language: str) -> None:
    scene = stage(PAYING, language)
    running = asyncio.ensure_future(scene.run())
    await until(lambda: scene.calls)
    scene.current.cancel("interrupted")
    await running
    with closing(sqlite3.connect(scene.store.path, isolation_level=None)) as connection:
        assert connection.execute("UPDATE calls SET req = '{' WHERE effect = 'once'").rowcount == 1
    await scene.store.close()
    assert repair(scene.store.path, 2**30).saved.lost_entries == 1
    run = await scene.resume()
    assert run.value == [False, True]
    assert scene.calls == ["x"]


FLOOD = {
    "lua": """
        local list = {}
        for i = 1, 10000 do list[i] = i end
        return map(list, function(i) return approve("Go on " .. i .. "?") end, { limit = 10000 })
    """,
    "javascript": """
        const list = Array.from({ length: 10000 }, (_, i) => i + 1);
        export default await map(list, (i) => approve(`Go on ${i}?`), { limit: 10000 });
    """,
}


@languages
async def test_ten_thousand_questions_wait_as_many_at_once_as_calls_may(stage: Any, language: str) -> None:
    scene = stage(FLOOD, language)
    run = await scene.run()
    assert isinstance(run.error, Parked)
    assert len(run.error.message) < 1000
    assert len(await scene.store.waiting()) == run.context.profile.limits.in_flight


@languages
async def test_an_answer_to_another_question_is_refused(stage: Any, language: str) -> None:
    scene = stage(BESIDE, language)
    scene.opened.set()
    parked = await scene.run()
    (entry,) = await scene.waiting()
    with pytest.raises(ArgumentError, match="asks something else by now"):
        await scene.store.resolve(parked.id, entry.no, True, True, fingerprint=b"another")
    assert await scene.store.resolve(parked.id, entry.no, True, True, fingerprint=entry.fingerprint)
