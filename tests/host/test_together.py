"""What is bounded for a run is bounded for it and all that it begins: a second run buys a hostile spell nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from inspect import cleandoc
from pathlib import Path
from typing import Any

import pytest
from test_acts import resumed
from test_children import sql

from llmspell import Global, Host, Profile, Run, Spell, op
from llmspell.context import Context
from llmspell.host.crowd import DEPTH, MOST, Crowd
from llmspell.host.desk import Desk
from llmspell.journal.sqlite import SqliteStore
from llmspell.question import Asked
from llmspell.security import audit
from llmspell.testing import Probe

languages = pytest.mark.parametrize("suffix", [".lua", ".js"])
MIB = 2**20


class Count(Global):
    """Counts what goes on at once."""

    context: Context
    workers = busy = most = 0

    @op()
    async def work(self) -> None:
        """Be at work for some turns of the loop."""
        kind = type(self)
        kind.workers = max(kind.workers, len(self.context.top.quota.workers))
        kind.busy += 1
        kind.most = max(kind.most, kind.busy)
        await asyncio.sleep(0.02)
        kind.busy -= 1

    @op()
    async def never(self) -> None:
        """Wait without end."""
        await asyncio.get_running_loop().create_future()


class Case:
    """A project whose runs have tight limits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore(folder / "kept" / "journal.db")
        self.write("llmspell.toml", "")
        Count.workers = Count.busy = Count.most = 0

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(cleandoc(text), encoding="utf-8")
        return path

    async def run(self, name: str, person: Any = None, **limits: Any) -> Run:
        profile = Profile.load("medium")
        profile = replace(profile, limits=replace(profile.limits, **limits))
        spell = Spell.from_path(str(self.folder / name))
        settings: dict[str, Any] = {} if person else {"journal": self.store}
        async with Host(
            globals=[Count, Probe], profile=profile, model="echo", environ={}, audit=True, **settings
        ) as host:
            run = host.prepare(spell, spell.manifest.arguments({}), seed=7)
            run.desk.person = person
            return await host.execute(run)

    async def resume(self, run_id: str, *, offline: bool = False) -> Run:
        async with Host(globals=[Count, Probe], model="echo", environ={}) as host:
            return await host.execute(await resumed(host, self.store, run_id, None, self.folder, offline=offline))


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    found = Case(tmp_path)
    yield found
    await found.store.close()


KIDS = {
    "kid.lua": 'for i = 1, 30 do attempt(function() return Fs.read("/nowhere/" .. i) end) end',
    "kid.js": 'for (let i = 0; i < 30; i++) await attempt(() => Fs.read("/nowhere/" + i));',
    "main.lua": 'for i = 1, 20 do attempt(function() return Run.spell("kid") end) end',
    "main.js": 'for (let i = 0; i < 20; i++) await attempt(() => Run.spell("kid"));',
}


@languages
async def test_calls_and_lines_of_the_log_are_counted_together(
    case: Case, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST", 20)
    for name, text in KIDS.items():
        case.write(name, text)
    run = await case.run(f"main{suffix}", calls=100)
    assert run.error is not None
    assert run.error.kind == "budget"
    assert run.error.message == "the spell and those that run with it made more than 100 calls"
    assert 100 < run.context.quota.calls < 110
    lines = (case.folder / ".llmspell" / "audit.jsonl").read_text().splitlines()
    assert sum('"op":"Fs.read"' in line for line in lines) <= 40
    again = await case.resume(run.id, offline=True)
    assert again.error is not None
    assert again.error.message == run.error.message


@languages
async def test_what_those_below_have_used_is_known_when_a_run_goes_on(case: Case, suffix: str) -> None:
    for name, text in KIDS.items():
        case.write(name, text)
    case.write(
        f"main{suffix}",
        {".lua": 'Run.spell("kid") Count.work()', ".js": 'await Run.spell("kid"); await Count.work();'}[suffix],
    )
    first = await case.run(f"main{suffix}")
    assert first.error is None, first.error
    assert first.context.quota.calls == 32
    sql(case, "DELETE FROM calls WHERE run_id = ? AND no = 2", first.id)  # type: ignore[arg-type]
    sql(case, "UPDATE runs SET status = 'running' WHERE run_id = ?", first.id)  # type: ignore[arg-type]
    again = await case.resume(first.id)
    assert again.error is None, again.error
    assert again.context.quota.calls == 32


NEST = {
    ".lua": """
        local depth = spell { params = { depth = "int" } }.depth
        Count.work()
        if depth < 5 then
          map({ 1, 2 }, function() return Run.spell("nest", { depth = depth + 1 }) end)
        end
        return "ended"
    """,
    ".js": """
        const { depth } = spell({ params: { depth: "int" } });
        await Count.work();
        if (depth < 3) await map([1, 2], () => Run.spell("nest", { depth: depth + 1 }));
        export default "ended";
    """,
}


@languages
async def test_workers_of_all_runs_are_bounded_and_come_to_their_end(case: Case, suffix: str) -> None:
    first = {".lua": "4", ".js": "2"}[suffix]
    case.write(f"nest{suffix}", NEST[suffix])
    text = {
        ".lua": f'return map({{ 1, 2, 3, 4, 5, 6 }}, function() return Run.spell("nest", {{ depth = {first} }}) end)',
        ".js": f'export default await map([1, 2, 3, 4, 5, 6], () => Run.spell("nest", {{ depth: {first} }}));',
    }[suffix]
    case.write(f"main{suffix}", text)
    run = await case.run(f"main{suffix}", in_flight=8)
    assert run.error is None, run.error
    assert run.value == ["ended"] * 6
    assert 3 < Count.workers <= MOST


@languages
async def test_calls_at_work_are_bounded_together(case: Case, suffix: str) -> None:
    lua = suffix == ".lua"
    each, name = ("function()", "1, 2, 3, 4, 5, 6") if lua else ("() =>", "1, 2, 3, 4, 5, 6")
    lists = f"{{ {name} }}" if lua else f"[{name}]"
    end = " end" if lua else ""
    case.write(
        f"kid{suffix}", f"{'' if lua else 'await '}map({lists}, {each} {'return ' if lua else ''}Count.work(){end})"
    )
    case.write(
        f"main{suffix}",
        f"{'' if lua else 'await '}map({lists}, {each} {'return ' if lua else ''}Run.spell('kid'){end})",
    )
    run = await case.run(f"main{suffix}", in_flight=6)
    assert run.error is None, run.error
    assert 1 < Count.most <= 6


TAKES = {
    "cpu": {".lua": "while true do end", ".js": "for (;;);"},
    "memory": {
        ".lua": 'local kept = ("x"):rep(30 * 2^20) .. "y" Count.never() return #kept',
        ".js": "const kept = new Uint8Array(30 * 2 ** 20).fill(1); await Count.never(); export default kept.length;",
    },
}
ALL = {
    ".lua": 'map({ 1, 2, 3, 4 }, function() return attempt(function() return Run.spell("kid") end) end)',
    ".js": 'await map([1, 2, 3, 4], () => attempt(() => Run.spell("kid")));',
}


@languages
@pytest.mark.parametrize(
    ("what", "limits", "message"),
    [
        ("cpu", {"cpu": 0.5}, "run with it used more than 500ms of CPU time"),
        ("memory", {"memory_hard": 80 * MIB, "memory": 64 * MIB}, "run with it used more than 80 MiB of memory"),
    ],
)
async def test_processor_and_memory_of_all_workers_are_counted_together(
    case: Case, suffix: str, what: str, limits: dict[str, Any], message: str
) -> None:
    case.write(f"kid{suffix}", TAKES[what][suffix])
    case.write(f"main{suffix}", ALL[suffix])
    run = await case.run(f"main{suffix}", turn=30.0, **limits)
    assert run.error is not None
    assert message in run.error.message, run.error
    assert run.context.quota.workers == []


class Later:
    """Somebody who wants to answer later."""

    name = "ada"
    asked = 0

    async def ask(self, card: Sequence[Asked]) -> AsyncIterator[Any]:
        """Decide nothing."""
        type(self).asked += 1
        for _ in ():
            yield card


@languages
async def test_who_wants_no_questions_gets_none_of_the_next_run(case: Case, suffix: str) -> None:
    Later.asked = 0
    kid = {".lua": 'return approve("go on?")', ".js": 'export default await approve("go on?");'}
    main = {
        ".lua": "for i = 1, 3 do attempt(function() return Run.spell('kid') end) end",
        ".js": "for (let i = 0; i < 3; i++) await attempt(() => Run.spell('kid'));",
    }
    case.write(f"kid{suffix}", kid[suffix])
    case.write(f"main{suffix}", main[suffix])
    run = await case.run(f"main{suffix}", person=Later())
    assert run.error is None, run.error
    assert Later.asked == 1


async def test_what_a_person_takes_is_the_time_of_none_of_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    context: Any = None
    above, below = Desk(context, "sleep"), Desk(context, "sleep")
    below.presence = above.presence
    with below.busy():
        now += 5
    with above.busy():
        now += 2
    assert (above.taken(), below.taken()) == (7, 7)
    assert (above.taken(), below.taken()) == (0, 0)


async def test_the_deepest_run_is_never_kept_from_its_end() -> None:
    """Every run wants two below it, to the last depth: all come to their end, and no more than `MOST` are there."""
    crowd, there, most = Crowd(), 1, 1
    party: Any = type("Party", (), {"look": lambda _: None})()

    async def go(depth: int) -> None:
        nonlocal there, most
        async with crowd.place(depth, party):
            there += 1
            most = max(most, there)
            try:
                await asyncio.sleep(0)
                if depth < DEPTH:
                    await asyncio.gather(go(depth + 1), go(depth + 1))
            finally:
                there -= 1

    given_up = asyncio.ensure_future(go(1))
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(go(1)) for _ in range(6)]
    await asyncio.sleep(0)
    for task in (given_up, waiting.pop()):
        task.cancel()
    await asyncio.wait_for(asyncio.gather(*waiting), 30)
    assert most <= MOST
    assert crowd._there == 1
    assert crowd._timer is None
