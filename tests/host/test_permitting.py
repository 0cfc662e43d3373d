"""What spells meet of permissions while they run, in both languages: refusals, people, taint, children with less."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from website import echo, website

from llmspell import Host, Profile, Run, Spell
from llmspell.errors import PermissionDenied
from llmspell.globals.fs import Fs
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.sqlite import SqliteStore
from llmspell.project import Project
from llmspell.report import render
from llmspell.security.access import Request, Verdict
from llmspell.security.audit import FILE
from llmspell.testing import InlineWorker

languages = pytest.mark.parametrize("language", ["lua", "javascript"])
SUFFIX = {"lua": ".lua", "javascript": ".js"}


@dataclass
class Ada:
    """Somebody who answers in order, and then no more."""

    verdicts: list[Verdict] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    async def permit(self, request: Request) -> Verdict:
        self.asked.append(request)
        return self.verdicts.pop(0)


YES, NO = Verdict(True), Verdict(False)


@dataclass
class Stage:
    """A project in which spells run."""

    root: Path
    language: str
    allow: Mapping[str, Sequence[str]] = field(default_factory=dict)
    person: Ada | None = None
    profile: str = "medium"
    taint: str | None = None
    store: SqliteStore | None = None
    deny: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def file(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def host(self) -> Host:
        profile = Profile.load(self.profile)
        if self.taint:
            profile = replace(profile, taint=self.taint)  # type: ignore[arg-type]
        return Host(
            profile=profile, model="echo", allow=self.allow, deny=self.deny, environ={}, audit=True, journal=self.store
        )  # type: ignore[arg-type]

    async def run(self, source: str) -> Run:
        (self.root / "llmspell.toml").touch()
        spell = Spell.from_path(str(self.file(f"it{SUFFIX[self.language]}", source)))
        async with self.host() as host:
            run = host.prepare(spell)
            run.context.access.person = self.person
            await run.execute(InlineWorker(self.language))
            await run.context.closing.aclose()
        return run

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.root / ".llmspell" / FILE).read_text("utf-8").splitlines()]

    def decisions(self) -> list[tuple[str, str, str, str]]:
        return [(each["op"], each["kind"], each["value"], each["decision"]) for each in self.lines() if each["op"]]


ASKING = {
    "lua": """
        local first = attempt(function() return Fs.write("a.txt", "1") end)
        local second = attempt(function() return Fs.write("b.txt", "2") end)
        Fs.write("a.txt", "3")
        return { first.ok, second.ok, second.error.kind, Fs.read("a.txt") }
    """,
    "javascript": """
        const first = await attempt(() => Fs.write("a.txt", "1"));
        const second = await attempt(() => Fs.write("b.txt", "2"));
        await Fs.write("a.txt", "3");
        export default [first.ok, second.ok, second.error.kind, await Fs.read("a.txt")];
    """,
}


@languages
async def test_a_person_is_asked_where_nobody_has_decided(tmp_path: Path, language: str) -> None:
    stage = Stage(tmp_path, language, person=Ada([YES, NO]))
    run = await stage.run(ASKING[language])
    assert run.error is None, run.error
    assert run.value == [True, False, "permission", "3"]
    assert stage.person is not None
    line = 2
    name = f"it{SUFFIX[language]}"
    assert [(each.kind, each.value, each.op) for each in stage.person.asked] == [
        ("write", "a.txt", "Fs.write"), ("write", "b.txt", "Fs.write")
    ]  # fmt: skip
    assert stage.person.asked[0].place.startswith(f"{name}:{line}")
    assert not (tmp_path / "b.txt").exists()
    assert stage.decisions() == [
        ("Fs.write", "write", "a.txt", "allow"), ("Fs.write", "write", "b.txt", "deny"),
        ("Fs.write", "write", "a.txt", "allow"), ("Fs.read", "read", "a.txt", "allow"),
    ]  # fmt: skip
    assert [each["by"] for each in stage.lines()] == [*["you, at the terminal"] * 3, "policy"]
    assert {each["run"] for each in stage.lines()} == {run.id}


DECLARES = {"lua": 'allow = { tools = { "Fs.remove" } }', "javascript": 'allow: { tools: ["Fs.remove"] }'}
REMOVES = {
    "lua": 'Fs.write("out/a", "1") Fs.remove("out/a")',
    "javascript": 'await Fs.write("out/a", "1"); await Fs.remove("out/a");',
}


@languages
async def test_what_destroys_is_allowed_by_its_name(tmp_path: Path, language: str) -> None:
    stage = Stage(tmp_path, language, {"write": ["out/"]})
    run = await stage.run(REMOVES[language])
    assert run.error is not None
    assert (run.error.kind, run.error.message) == ("permission", 'the tool "Fs.remove" is not allowed')
    assert run.error.hint is not None
    assert run.error.hint == f"--allow-tools=Fs.remove, and `{DECLARES[language]}` in the spell says that it needs it"
    assert (tmp_path / "out" / "a").exists()
    stage.allow = {"write": ["out/"], "tools": ["Fs.remove"]}
    assert (await stage.run(REMOVES[language])).error is None
    assert not (tmp_path / "out" / "a").exists()


LETHAL = {
    "lua": """
        local page = Http.get("%s/page").text
        ask("What does this say? " .. page)
        local note = Fs.read("note.txt")
        local function send() return attempt(function() return Http.post("%s/out", { body = note }) end).ok end
        return { send(), send() } -- %s
    """,
    "javascript": """
        const page = (await Http.get("%s/page")).text;
        await ask("What does this say? " + page);
        const note = await Fs.read("note.txt");
        const send = () => attempt(() => Http.post("%s/out", { body: note }));
        export default [(await send()).ok, (await send()).ok]; // %s
    """,
}


@languages
@pytest.mark.parametrize(
    ("taint", "verdicts", "sent"),
    [
        ("ask", [YES], [True, True]), ("ask", [NO, NO], [False, False]),
        ("deny", [], [False, False]), ("off", [], [True, True]),
    ],
)  # fmt: skip
async def test_private_data_leaves_no_run_in_which_a_model_has_read_a_stranger(
    tmp_path: Path, language: str, taint: str, verdicts: list[Verdict], sent: list[bool]
) -> None:
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, {"net": [site.host]}, Ada(list(verdicts)), taint=taint)
        stage.file("note.txt", "private")
        run = await stage.run(LETHAL[language] % ((site.url,) * 3))
    assert run.error is None, run.error
    assert run.value == sent
    assert [each.method for each in site.requests] == ["GET", *("POST" for each in sent if each)]
    assert stage.person is not None
    assert len(stage.person.asked) == len(verdicts)
    for request in stage.person.asked:
        assert request.kind is None
        told = "\n".join(request.told)
        assert "Fs.read note.txt" in told
        assert "Http.get" in told
        assert "Http.post" in told


@languages
async def test_a_run_that_is_resumed_knows_what_it_held(tmp_path: Path, language: str) -> None:
    store = SqliteStore(tmp_path / "kept" / "journal.db")
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, {"net": [site.host]}, taint="deny", store=store)
        stage.file("note.txt", "private")
        first = await stage.run(LETHAL[language] % ((site.url,) * 3))
        assert first.value == [False, False]
        record = await store.run(first.id)
        bundle = archive.bundle(await store.files(record.bundle))
        async with stage.host() as host:
            again = host.repeat(record, bundle, project=first.context.project, rules=host.rules(archive.spell(bundle)))
            again.begins = archive.start(record, bundle)
            again.remember(await Past.of(store, first.id, offline=True), Scribe())
            await again.execute(InlineWorker(language))
    await store.close()
    assert again.value == [False, False]
    taint = again.context.access.taint
    assert (taint.complete, taint.private) == (True, ["Fs.read note.txt"])


CHILD = {
    "lua": """
        local function reads(name) return attempt(function() return Fs.read(name) end).ok end
        return { reads("notes/a.txt"), reads("note.txt"), attempt(function() return Fs.write end).ok }
    """,
    "javascript": """
        const reads = async (name) => (await attempt(() => Fs.read(name))).ok;
        export default [await reads("notes/a.txt"), await reads("note.txt"), (await attempt(() => Fs.write)).ok];
    """,
}
PARENT = {
    "lua": """
        local less = Run.spell("child", {}, { allow = { read = { "notes/" } } })
        local all = Run.spell("child")
        local wrong = attempt(function() return Run.spell("child", {}, { allow = { reads = { "notes/" } } }) end)
        return { less, all, wrong.error.kind }
    """,
    "javascript": """
        const less = await Run.spell("child", {}, { allow: { read: ["notes/"] } });
        const all = await Run.spell("child");
        const wrong = await attempt(() => Run.spell("child", {}, { allow: { reads: ["notes/"] } }));
        export default [less, all, wrong.error.kind];
    """,
}


@languages
async def test_a_spell_gives_another_a_part_of_what_it_may(tmp_path: Path, language: str) -> None:
    stage = Stage(tmp_path, language, {"write": ["out/"]})
    for name in ("note.txt", "notes/a.txt"):
        stage.file(name, "text")
    stage.file(f"child{SUFFIX[language]}", CHILD[language])
    run = await stage.run(PARENT[language])
    assert run.error is None, run.error
    assert run.value == [[True, False, False], [True, True, True], "args"]


@languages
async def test_a_child_takes_no_more_than_its_parent_has(tmp_path: Path, language: str) -> None:
    wide = {
        "lua": 'return Run.spell("child", {}, { allow = { read = { "/" }, write = { "/" }, run = { "*" } } })',
        "javascript": 'export default await Run.spell("child", {}, '
        '{ allow: { read: ["/"], write: ["/"], run: ["*"] } });',
    }
    hostile = {
        "lua": """
            local read = attempt(function() return Fs.read("/etc/passwd") end)
            return { read.ok, attempt(function() return Fs.write("x", "") end).ok }
        """,
        "javascript": """
            const read = await attempt(() => Fs.read("/etc/passwd"));
            export default [read.ok, (await attempt(() => Fs.write("x", ""))).ok];
        """,
    }
    stage = Stage(tmp_path, language)
    stage.file(f"child{SUFFIX[language]}", hostile[language])
    run = await stage.run(wide[language])
    assert run.error is None, run.error
    assert run.value == [False, False]
    assert not (tmp_path / "x").exists()


@languages
async def test_what_a_child_has_read_its_parent_has_read(tmp_path: Path, language: str) -> None:
    parts = {
        "lua": ('return Fs.read("note.txt")', 'local note = Run.spell("child") ask(Http.get("%s").text) '
                'return attempt(function() return Http.post("%s", { body = note }) end).ok'),
        "javascript": ('export default await Fs.read("note.txt");', 'const note = await Run.spell("child"); '
                       'await ask((await Http.get("%s")).text); '
                       'export default (await attempt(() => Http.post("%s", { body: note }))).ok;'),
    }  # fmt: skip
    child, parent = parts[language]
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, {"net": [site.host]})
        stage.file("note.txt", "private")
        stage.file(f"child{SUFFIX[language]}", child)
        run = await stage.run(parent % (site.url, site.url))
    assert run.error is None, run.error
    assert run.value is False


@languages
async def test_a_manifest_that_nobody_has_allowed_is_in_the_log(tmp_path: Path, language: str) -> None:
    asks = {
        "lua": 'spell { allow = { net = { "a.example" } } }',
        "javascript": 'spell({ allow: { net: ["a.example"] } });',
    }
    stage = Stage(tmp_path, language)
    with pytest.raises(Exception, match="which nobody has allowed"):
        await stage.run(asks[language])
    assert [(each["kind"], each["value"], each["decision"]) for each in stage.lines()] == [("net", "a.example", "deny")]


async def test_a_caller_with_less_sees_less_of_the_disk_behind_the_gate_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "lua")
    for name in ("note.txt", "notes/a.txt"):
        stage.file(name, "text")
    stage.file("llmspell.toml", "")
    async with stage.host() as host:
        context = host.context("it", project=Project(tmp_path, marked=True))
        fs = Fs(context)
        assert await fs.glob("**/*.txt") == ["note.txt", "notes/a.txt"]
        with context.access.narrowed("reader", {"read": ["notes/"]}):
            assert await fs.glob("**/*.txt") == ["notes/a.txt"]
            assert await fs.read("notes/a.txt") == "text"
            with pytest.raises(PermissionDenied):
                await fs.read("note.txt")
            with pytest.raises(PermissionDenied):
                await fs.write("notes/a.txt", "")
        assert await fs.read("note.txt") == "text"
        await context.closing.aclose()


DENIED = {
    "lua": [
        'return {attempt(function() return Fs.read("*.txt") end).error.data.rule}',
        'return {attempt(function() return Fs.read("secret.txt") end).error.data.rule, '
        'attempt(function() return Run.spell("child") end).error.data.rule}',
        'return Fs.read("secret.txt")',
        'return Run.spell("child")',
    ],
    "javascript": [
        'export default [(await attempt(() => Fs.read("*.txt"))).error.data.rule];',
        'export default [(await attempt(() => Fs.read("secret.txt"))).error.data.rule, '
        '(await attempt(() => Run.spell("child"))).error.data.rule];',
        'export default await Fs.read("secret.txt");',
        'export default await Run.spell("child");',
    ],
}


@languages
async def test_the_rule_that_denies_is_told_to_people_and_not_to_the_script(tmp_path: Path, language: str) -> None:
    stage = Stage(tmp_path, language, deny={"read": ["*.txt"]})
    bare, caught, *uncaught = DENIED[language]
    stage.file(f"child{SUFFIX[language]}", uncaught[0])
    (tmp_path / "secret.txt").write_text("x")
    assert (await stage.run(bare)).value == ["a rule denies it"]
    assert (await stage.run(caught)).value == ["a rule denies it"] * 2
    for source in uncaught:
        run = await stage.run(source)
        assert run.error is not None
        assert "read=*.txt" in run.error.data["rule"]
        assert "read=*.txt" in render(run.error)
