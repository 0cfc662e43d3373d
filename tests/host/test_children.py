"""Runs that a run begins: what they may touch and spend, how they end, and what people are told of them."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Heard
from test_acts import resumed

from llmspell import Global, Host, Run, Spell, op
from llmspell.errors import SpellError
from llmspell.host.crowd import DEPTH, WIDTH
from llmspell.journal.records import Query, Retention
from llmspell.journal.sqlite import SqliteStore
from llmspell.project import Project
from llmspell.repertoire import find
from llmspell.testing import Probe

languages = pytest.mark.parametrize(("suffix", "other"), [(".lua", ".js"), (".js", ".lua")])


class Gate(Global):
    """Counts what goes on at once."""

    busy = most = quits = 0
    changed = asyncio.Event()

    @op()
    async def work(self, seconds: float) -> None:
        """Take a while.

        Args:
            seconds: how long.
        """
        kind = type(self)
        kind.busy += 1
        kind.most = max(kind.most, kind.busy)
        kind.changed.set()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            kind.quits += 1
            raise
        finally:
            kind.busy -= 1

    @op()
    async def wait(self) -> str:
        """Wait until somebody works."""
        while not type(self).busy:
            type(self).changed.clear()
            await asyncio.wait_for(type(self).changed.wait(), 30)
        return "quick"


@pytest.fixture(autouse=True)
def fresh() -> None:
    Gate.busy = Gate.most = Gate.quits = 0
    Gate.changed = asyncio.Event()


class Case:
    """A project in a folder, with a journal of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore(folder / "kept" / "journal.db")
        self.heard = Heard()
        self.write("llmspell.toml", "")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    async def run(self, name: str, text: str, **settings: Any) -> Run:
        spell = Spell.from_path(self.write(name, text))
        async with Host(globals=[Gate, Probe], model="echo", environ={}, journal=self.store, **settings) as host:
            run = host.prepare(spell, spell.manifest.arguments({}), sink=self.heard, seed=7)
            return await host.execute(run)

    async def resume(self, run_id: str, *, offline: bool = False) -> Run:
        async with Host(globals=[Gate, Probe], model="echo", environ={}) as host:
            return await host.execute(await resumed(host, self.store, run_id, self.heard, self.folder, offline=offline))


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    found = Case(tmp_path)
    yield found
    await found.store.close()


TOLD = {
    ".lua": """
local got = Run.spell("kid", { who = ask("Ada"), input = { 1, 2 } })
print("back")
local tried = attempt(function() return Run.spell("spells/bad") end)
local e = tried.error
return { got, e.kind, e.message, e.where.file, e.where.line, e.trace[#e.trace].file, e.data.spell }
""",
    ".js": """
const got = await Run.spell("kid", { who: await ask("Ada"), input: [1, 2] });
print("back");
const { error: e } = await attempt(() => Run.spell("spells/bad"));
export default [got, e.kind, e.message, e.where.file, e.where.line, e.trace.at(-1).file, e.data.spell];
""",
}
KID = {
    ".lua": """
local args = spell { input = "json", params = { who = "string", loud = { type = "bool", default = false } } }
print("kid")
local said = ask("x", { name = "asker" }).text
return { args.who, args.loud, #args.input, Run.id:match("%.%d+$"), math.random(1000), said }
""",
    ".js": """
const args = spell({ input: "json", params: { who: "string", loud: { type: "bool", default: false } } });
print("kid");
const reply = await ask("x", { name: "asker" });
export default [args.who, args.loud, args.input.length, Run.id.slice(8), Math.floor(Math.random() * 1000), reply.text];
""",
}
BAD = {
    ".lua": 'local function f()\n  fail("no good", { kind = "tool" })\nend\nf()',
    ".js": 'const f = () => {\n  fail("no good", { kind: "tool" });\n};\nf();',
}


@languages
async def test_a_spell_runs_one_of_the_other_language(case: Case, suffix: str, other: str) -> None:
    case.write(f"kid{other}", KID[other])
    case.write(f"spells/bad{other}", BAD[other])
    run = await case.run(f"main{suffix}", TOLD[suffix])
    assert run.error is None, run.error
    bad = f"spells/bad{other}"
    (who, loud, size, name, chance, said), *error = run.value
    assert (who, loud, size, name, said) == ("Ada", False, 2, ".2", "x")
    assert error == ["tool", "no good", bad, 2, run.spell.name, bad]
    assert case.heard.text == "kid\nback\n"
    assert any(line.startswith(f"kid{other}: asker: ok") for line in case.heard.lines)
    kids = {each.parent_no: each for each in await case.store.runs(Query(parent=run.id))}
    assert [(no, kid.status, kid.usage["requests"]) for no, kid in sorted(kids.items())] == [
        (2, "done", 1),
        (3, "failed", 0),
    ]
    assert run.usage["requests"] == 2
    assert [each.run_id for each in await case.store.runs(Query(top=True))] == [run.id]
    assert (await case.store.run("latest")).run_id == (await case.store.run(run.id[:5])).run_id == run.id
    again = await case.run(f"main{suffix}", TOLD[suffix])
    assert again.value[0][4] == chance  # the seed of a child follows from that of its parent


SAYS = {
    ".lua": 'print("kid") ask("a") Gate.work(0) return { 1, Run.id }',
    ".js": 'print("kid"); await ask("a"); await Gate.work(0); export default [1, Run.id];',
}


@languages
async def test_a_child_that_had_ended_is_not_run_again(case: Case, suffix: str, other: str) -> None:
    case.write(f"kid{other}", SAYS[other])
    source = {".lua": 'return Run.spell("kid")', ".js": 'export default await Run.spell("kid");'}[suffix]
    first = await case.run(f"main{suffix}", source)
    with sqlite3.connect(case.store.path) as connection:  # the process ended before it could write down the result
        connection.execute("DELETE FROM calls WHERE run_id = ?", (first.id,))
        connection.execute("UPDATE runs SET status = 'running' WHERE run_id = ?", (first.id,))
    connection.close()
    case.heard, Gate.most = Heard(), 0
    again = await case.resume(first.id)
    assert again.error is None, again.error
    assert again.value == first.value == [1, f"{first.id}.1"]
    assert (Gate.most, case.heard.text) == (0, "")
    assert again.usage == first.usage
    assert (await case.resume(first.id, offline=True)).value == first.value
    assert case.heard.text == "kid\n"
    sums = {each.name: each.requests for each in await case.store.stats("spell")}
    assert sums == {f"kid{other}": 1, f"main{suffix}": 0}
    assert sorted((await case.store.prune(Retention(keep=0))).runs) == [first.id, f"{first.id}.1"]


async def test_the_record_of_a_child_is_checked_like_any_other(case: Case) -> None:
    case.write("kid.lua", "return 1")
    first = await case.run(
        "main.lua", 'local t = attempt(function() return Run.spell("kid") end) return t.error and t.error.message'
    )
    info = json.loads(sql(case, "SELECT info FROM runs WHERE parent IS NOT NULL"))
    for planted, message in [
        ("{}", f"the record of run {first.id}.1 is damaged"),
        (info | {"limits": info["limits"] | {"output": 2**50}}, f"run {first.id}.1 began with limits.output"),
    ]:
        text = planted if isinstance(planted, str) else json.dumps(planted)
        sql(case, "DELETE FROM calls WHERE run_id = ?", first.id)
        sql(case, "UPDATE runs SET status = 'running' WHERE run_id = ?", first.id)
        sql(case, "UPDATE runs SET info = ? WHERE parent IS NOT NULL", text)
        assert message in (await case.resume(first.id)).value


def sql(case: Case, text: str, *values: str) -> Any:
    with sqlite3.connect(case.store.path) as connection:
        found = connection.execute(text, values).fetchone()
    connection.close()
    return found and found[0]


UNCAUGHT = 'return Run.spell("bad")', 'export default await Run.spell("bad");'


@languages
async def test_an_error_that_nobody_catches_shows_both_places(case: Case, suffix: str, other: str) -> None:
    case.write(f"bad{other}", BAD[other])
    run = await case.run(f"main{suffix}", UNCAUGHT[suffix == ".js"])
    assert run.error is not None
    assert run.error.where is not None
    assert (run.error.where.file, run.error.where.line) == (f"bad{other}", 2)
    assert run.error.source == BAD[other]
    assert run.error.trace[-1].file.endswith(f"main{suffix}")


RIGHTS = {
    "asks.lua": 'spell { allow = { net = { "example.com" } } }\nreturn 1',
    "own.lua": 'return Http.get("http://example.com")',
    "lib/deep/spoils.js": """
        const tried = await attempt(() => Fs.write("lib/other.lua", "x"));
        const main = await attempt(() => Fs.write("main.lua", "x"));
        export default [tried.error.kind, main.error.kind, (await Fs.write("lib/x.txt", "x")) ?? "written"];
    """,
}


async def test_a_child_has_the_rights_of_its_parent_and_no_more(case: Case) -> None:
    for name, text in RIGHTS.items():
        case.write(name, text)
    text = """
        local function kind(name)
          local tried = attempt(function() return Run.spell(name) end)
          return tried.ok and tried.value or { tried.error.kind, tried.error.message }
        end
        return { kind("asks"), kind("own"), kind("lib/deep/spoils") }
    """
    run = await case.run("main.lua", text, allow={"write": ["."]})
    assert run.error is None, run.error
    asks, own, spoils = run.value
    assert asks == ["permission", f"asks.lua asks for net example.com, which {run.spell.name} does not have"]
    assert own[0] == "permission"
    assert spoils == ["permission", "permission", "written"]
    case.write("kid.js", "export default [typeof System, typeof State];")
    high = await case.run("main.lua", 'return Run.spell("kid.js")', profile="high", allow={"read": ["kid.js"]})
    assert high.value == ["undefined", "undefined"]


async def test_children_spend_what_their_parent_has_left(case: Case) -> None:
    case.write("kid.lua", 'ask("a") local left = Run.budget().left.calls ask("b") return left')
    case.write("poor.lua", 'spell { budget = { calls = 1 } } ask("a") ask("b")')
    text = """
spell { budget = { calls = 5 } }
        local poor = attempt(function() return Run.spell("poor") end)
        local got = map({ 1, 2, 3, 4 }, function() return Run.spell("kid") end, { on_error = "keep" })
        return { poor.error.data.rule, #got.ok, got.failed[1].error.message, Run.budget().spent.calls }
    """
    run = await case.run("main.lua", text)
    assert run.error is None, run.error
    assert run.value[0] == "the spell sets this budget"
    assert run.value[1] <= 2
    assert run.value[2] == "the budget of the run above is spent: 5 of 5 requests to models"
    assert run.value[3] == 5
    kids = await case.store.runs(Query(parent=run.id))
    assert sum(kid.usage["requests"] for kid in kids) == 5


async def test_there_are_not_too_many_at_once_and_not_too_deep(case: Case) -> None:
    case.write("works.lua", "Gate.work(0.05)")
    case.write("self.lua", 'local n = spell { params = { n = "int" } }.n return Run.spell("self", { n = n + 1 })')
    text = f"""
        map({{ 1, 2, 3, 4, 5, 6 }}, function() return Run.spell("works") end)
        local tried = attempt(function() return Run.spell("self", {{ n = 1 }}) end)
        return {{ tried.error.message, #tried.error.trace >= {DEPTH} }}
    """
    run = await case.run("main.lua", text)
    assert run.error is None, run.error
    assert 1 < Gate.most <= WIDTH
    assert run.value == [f"spells run each other more than {DEPTH} deep", True]


LEFT = {
    ".lua": """
return race { function() return Run.spell("hangs") end, Gate.wait }
""",
    ".js": """
export default await race([() => Run.spell("hangs"), () => Gate.wait()]);
""",
}


@languages
async def test_a_child_that_nobody_waits_for_is_stopped_with_all_below_it(case: Case, suffix: str, other: str) -> None:
    case.write("hangs.lua", 'ask("paid") Run.spell("deeper")')
    case.write("deeper.lua", "Gate.work(60)")
    run = await case.run(f"main{suffix}", LEFT[suffix])
    assert run.error is None, run.error
    assert run.value == "quick"
    assert (Gate.busy, Gate.quits) == (0, 1)
    kids = await case.store.runs(Query())
    assert sorted(kid.status for kid in kids if kid.parent) == ["cancelled"] * 2
    assert run.usage["requests"] == 1
    lost = [entry async for entry in case.store.calls(run.id) if entry.key.startswith("lost")]
    assert [entry.meta["below"]["requests"] for entry in lost] == [1]


NAMES = {
    "nope": 'the project has no spell "nope"',
    "digets": 'did you mean "spells/digest.lua"?',
    "": "is not a spell of the project",
    "/etc/passwd": "is not a spell of the project",
    "../x.lua": "leads out of the project",
    "spells/../../../x": "leads out of the project",
    ".hidden/x.lua": "leads to what is hidden",
    "link.lua": "link",
    "away/x": "link",
    "x\n.lua": "is not a spell of the project",
    "spells/digest.py": "the project has no spell",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_spell_of_the_project_is_refused(name: str, tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    for path in (inside / "spells" / "digest.lua", inside / ".hidden" / "x.lua", outside / "x.lua", tmp_path / "x.lua"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("return 1", encoding="utf-8")
    (inside / "link.lua").symlink_to(inside / "spells" / "digest.lua")
    (inside / "away").symlink_to(outside)
    with pytest.raises(SpellError) as caught:
        find(name, Project(inside.resolve()), "main.lua")
    assert NAMES[name] in f"{caught.value.message} {caught.value.hint}"


def test_a_name_means_the_nearest_spell_and_the_language_of_the_caller(tmp_path: Path) -> None:
    for name in ("a.lua", "a.js", "spells/a.lua", "spells/b.mjs", "spells/a.js"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
    project = Project(tmp_path.resolve())
    asked = [("a", "x.lua"), ("a", "x.js"), ("a", "spells/x.js"), ("b", "x.lua"), ("b", "/elsewhere/x.lua")]
    found = [find(name, project, caller).name for name, caller in asked]
    assert found == ["a.lua", "a.js", "spells/a.js", "spells/b.mjs", "spells/b.mjs"]
