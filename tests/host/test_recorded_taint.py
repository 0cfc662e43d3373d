"""What a run has held goes on in all that begins from its record: a resumed run, a fork, the next run of a watch."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from website import Site, echo, website

from llmspell import Host, Profile, Run, Spell
from llmspell.context import Sink
from llmspell.errors import Parked
from llmspell.host import archive
from llmspell.host.memory import Memory
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Entry
from llmspell.journal.sqlite import SqliteStore
from llmspell.project import Project
from llmspell.testing import InlineWorker

languages = pytest.mark.parametrize("language", ["lua", "javascript"])
SUFFIX = {"lua": ".lua", "javascript": ".js"}


@dataclass
class Stage:
    """A project with a journal, and a site that its spells may reach."""

    root: Path
    language: str
    site: Site
    store: SqliteStore = field(init=False)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = SqliteStore(self.root / "kept" / "journal.db")
        (self.root / "llmspell.toml").touch()
        (self.root / "note.txt").write_text("private")

    def spell(self, source: str, name: str = "it") -> Spell:
        path = self.root / f"{name}{SUFFIX[self.language]}"
        path.write_text(source.replace("SITE", self.site.url), "utf-8")
        return Spell.from_path(str(path))

    def host(self) -> Host:
        profile = replace(Profile.load("medium"), taint="deny")
        return Host(profile=profile, model="echo", allow={"net": [self.site.host]}, environ={}, journal=self.store)

    async def _executed(self, run: Run) -> Run:
        run.context.access.note = lambda **said: self.notes.append(said)
        await run.execute(InlineWorker(self.language))
        await run.context.closing.aclose()
        return run

    async def run(self, source: str, memory: Memory | None = None) -> Run:
        async with self.host() as host:
            run = host.prepare(self.spell(source))
            if memory is not None:
                archive.write_down(run, self.store, lambda _: None, memory)
            return await self._executed(run)

    async def approve(self, run: Run) -> None:
        ((_, entry),) = await self.store.waiting(run.id)
        assert await self.store.resolve(run.id, entry.no, True, True)

    async def resume(self, run: Run) -> Run:
        async with self.host() as host:
            again = await self.repeated(host, run)
            hold = await self.store.resume(run.id, archive.owner())
            again.remember(await Past.of(self.store, run.id), Scribe.holding(self.store, hold))
            return await self._executed(again)

    async def fork(self, run: Run, at: int) -> Run:
        async with self.host() as host:
            again = await self.repeated(host, run, fork=True)
            record = archive.forked(again, await self.store.run(run.id), at)
            hold = await self.store.fork(run.id, at, record, archive.files(again.bundle))
            again.remember(await Past.of(self.store, again.id), Scribe.holding(self.store, hold))
            return await self._executed(again)

    async def repeated(self, host: Host, run: Run, *, fork: bool = False) -> Run:
        record = await self.store.run(run.id)
        bundle = archive.bundle(await self.store.files(record.bundle))
        rules = host.rules(archive.spell(bundle))
        again = host.repeat(record, bundle, project=Project.of(self.root / "it"), rules=rules, fork=fork)
        again.begins = archive.start(record, bundle)
        return again

    @property
    def sent(self) -> list[str]:
        return [request.method for request in self.site.requests if request.method != "GET"]


CHILD = {
    "lua": 'return ask(Http.get("SITE/evil").text).text',
    "javascript": 'export default (await ask((await Http.get("SITE/evil")).text)).text;',
}
ASKED = {
    "by a child": {"lua": 'Run.spell("child")', "javascript": 'await Run.spell("child");'},
    "in an answer that is not heard to its end": {
        "lua": """attempt(function()
            ask(Http.get("SITE/evil").text, { on_text = function() error("stop") end })
        end)""",
        "javascript": """await attempt(async () =>
            ask((await Http.get("SITE/evil")).text, { on_text: () => { throw new Error("stop"); } }));""",
    },
    "in an answer that is given up": {
        "lua": """
            local text, heard = Http.get("SITE/evil").text, false
            race({
                function() ask(text, { on_text = function() heard = true sleep("1h") end }) end,
                function() while not heard do sleep("1ms") end end,
            })
        """,
        "javascript": """
            const text = (await Http.get("SITE/evil")).text;
            let heard = false;
            await race([
                () => ask(text, { on_text: async () => { heard = true; await sleep("1h"); } }),
                async () => { while (!heard) await sleep("1ms"); },
            ]);
        """,
    },
}
READ = {"lua": 'local note = Fs.read("note.txt")\n', "javascript": 'const note = await Fs.read("note.txt");\n'}
WAIT = {"lua": '\napprove("go on?")\n', "javascript": '\nawait approve("go on?");\n'}
POST = {
    "lua": '\nreturn attempt(function() return Http.post("SITE/out", { body = note }) end).ok',
    "javascript": '\nexport default (await attempt(() => Http.post("SITE/out", { body: note }))).ok;',
}


@languages
@pytest.mark.parametrize("how", ASKED)
async def test_what_a_model_has_read_is_known_to_a_run_that_goes_on(tmp_path: Path, language: str, how: str) -> None:
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, site)
        stage.spell(CHILD[language], "child")
        run = await stage.run(READ[language] + ASKED[how][language] + WAIT[language] + POST[language])
        assert isinstance(run.error, Parked), run.error
        await stage.approve(run)
        again = await stage.resume(run)
        assert again.error is None, again.error
        assert again.value is False
        at = max([entry.no async for entry in stage.store.calls(run.id)])
        fork = await stage.fork(run, at)
        assert fork.error is None, fork.error
        assert fork.value is False
        await stage.store.close()
    assert stage.sent == []


@languages
async def test_each_beginning_of_a_run_has_what_it_held_then(tmp_path: Path, language: str) -> None:
    source = {
        "lua": 'local page = Http.get("SITE/a").text Fs.stat("note.txt") ask(page) ask("again")',
        "javascript": 'const page = (await Http.get("SITE/a")).text; await Fs.stat("note.txt"); await ask(page); '
                      'await ask("again");',
    }  # fmt: skip
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, site)
        run = await stage.run(source[language])
        assert run.error is None, run.error
        told = sorted([e async for e in stage.store.calls(run.id) if e.ord is not None], key=lambda e: e.ord or 0)
        await stage.store.close()
    held = [Past(told[:count]).taint for count in range(len(told) + 1)]
    assert [(bool(each.untrusted), bool(each.private), each.exposed) for each in held] == [
        (False, False, False), (True, False, False), (True, True, False), (True, True, True), (True, True, True)
    ]  # fmt: skip
    assert ["taint" in entry.meta for entry in told] == [True, True, True, False]  # what is known is not said again


@languages
async def test_a_child_that_was_cut_off_has_told_what_it_held(tmp_path: Path, language: str) -> None:
    child = {
        "lua": 'ask(Http.get("SITE/evil").text) Fs.read("note.txt") print("now") sleep("1h")',
        "javascript": 'await ask((await Http.get("SITE/evil")).text); await Fs.read("note.txt"); print("now"); '
                      'await sleep("1h");',
    }  # fmt: skip
    parent = {"lua": 'Run.spell("child")', "javascript": 'await Run.spell("child");'}
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, site)
        stage.spell(child[language], "child")
        async with stage.host() as host:
            sink = Sink()
            run = host.prepare(stage.spell(parent[language]), sink=sink)
            sink.output = lambda *_: run.break_off(Parked("for now"))  # type: ignore[method-assign]
            await run.execute(InlineWorker(language))
            assert isinstance(run.error, Parked)
        own = Past([entry async for entry in stage.store.calls(run.id)])
        whole = await Past.of(stage.store, run.id)
        await stage.store.close()
    assert (own.taint.complete, whole.taint.complete) == (False, True)


@languages
async def test_what_is_told_has_a_count_of_its_own(tmp_path: Path, language: str) -> None:
    kept, source = {
        "lua": ('Fs.read("note.txt") State.set("it", 1)', 'State.update("it", function(old) return old end)'),
        "javascript": (
            'await Fs.read("note.txt"); await State.set("it", 1);',
            'await State.update("it", (old) => old);',
        ),
    }[language]
    async with website({}) as site:
        stage = Stage(tmp_path, language, site)
        await stage.run(kept)
        run = await stage.run(source)
        assert run.error is None, run.error
        entries = [each async for each in stage.store.calls(run.id)]
        await stage.store.close()
    inner = [each for each in entries if each.ord is None]  # which a fork may not have
    assert inner[0].meta["taint"]["private"] == ["State it"]
    told = Past([each for each in entries if each.ord is not None])
    assert told.taint.private == ["State it"]


def entry(no: int, op: str, **meta: Any) -> Entry:
    return Entry(no=no, op=op, ok=True, ord=no, batch=no, t_ms=no, meta=meta)


def test_a_record_that_does_not_tell_counts_as_all_once_a_model_was_asked() -> None:
    assert not Past([entry(1, "Fs.read"), entry(2, "Human.approve")]).taint.complete
    for op in ("ask", "say", "Run.spell"):
        assert Past([entry(1, op)]).taint.complete
        assert Past([Entry(no=1, op=op, ok=False, value={"kind": "model", "message": "no"})]).taint.complete
        assert not Past([entry(1, op, taint={"untrusted": [], "private": [], "exposed": False})]).taint.complete
    assert Past([Entry(no=1, key="fn:1", op="fn", request=[1, []], ord=1, batch=1, t_ms=1)]).taint.complete


def test_a_record_makes_a_run_more_careful_and_never_less() -> None:
    more = {"untrusted": [f"source {count}" for count in range(90)], "private": ["x" * 900], "exposed": True}
    taint = Past([entry(1, "ask", taint=more), entry(2, "ask", taint={"exposed": False})]).taint
    assert taint.complete
    assert len(taint.untrusted) < 10
    assert len(taint.private[0]) <= 500


@languages
async def test_a_record_that_does_not_tell_is_read_by_its_calls(tmp_path: Path, language: str) -> None:
    source = {"lua": 'Http.get("SITE/a")', "javascript": '\nawait Http.get("SITE/a");'}
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, site)
        run = await stage.run(READ[language] + source[language])
        entries = [each async for each in stage.store.calls(run.id)]
        for each in entries:
            each.meta.pop("taint", None)
        async with stage.host() as host:
            again = await stage.repeated(host, run)
            again.remember(Past(entries, offline=True), Scribe())
            await again.execute(InlineWorker(language))
        await stage.store.close()
    assert again.error is None, again.error
    taint = again.context.access.taint
    assert (taint.private, [each.split()[0] for each in taint.untrusted]) == (
        ["Fs.read note.txt"], ["Fs.read", "Http.get"]
    )  # fmt: skip


WATCHED = {
    "lua": 'ask(Http.get("SITE/evil").text)\n',
    "javascript": 'await ask((await Http.get("SITE/evil")).text);\n',
}


@languages
async def test_an_answer_of_the_last_run_is_decided_about_like_a_new_one(tmp_path: Path, language: str) -> None:
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, site)
        first = await stage.run(WATCHED[language])
        memory = Memory(before=await Memory.of(stage.store, first.id))
        stage.notes.clear()
        run = await stage.run(READ[language] + WATCHED[language] + POST[language], memory)
        await stage.store.close()
    assert run.error is None, run.error
    assert (memory.answered, memory.asked) == (2, 1)
    assert run.value is False
    assert stage.sent == []
    assert ("Http.get", "net", "allow") in [(each["op"], each["kind"], each["decision"]) for each in stage.notes]
    assert len(site.requests) == 1


@languages
async def test_an_answer_of_the_last_run_is_not_given_where_the_call_is_denied_now(
    tmp_path: Path, language: str
) -> None:
    async with website({"*": echo}) as site:
        stage = Stage(tmp_path, language, site)
        first = await stage.run(READ[language] + POST[language])
        assert first.value is True
        memory = Memory(before=await Memory.of(stage.store, first.id))
        run = await stage.run(READ[language] + WATCHED[language] + POST[language], memory)
        await stage.store.close()
    assert memory.answered == 1
    assert run.value is False
    assert stage.sent == ["POST"]
