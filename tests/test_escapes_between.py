"""Two runs of one host, one after the other and at the same time: neither gets to know anything of the other."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Heard
from website import answer, website

from llmspell import Host, Profile, Run, Spell
from llmspell.testing import Probe

SUFFIX = {"lua": ".lua", "javascript": ".js"}
LEAVES = {
    "lua": """
        pcall(function() _G.canary = "left" end)
        pcall(function() string.canary = "left" end)
        pcall(function() math.random = function() return "left" end end)
        State.set("canary", "left")
        local counter = Probe.counter(41)
        Event.on("*", function(event) print("heard " .. event.name) end)
        Event.emit("canary", "left")
        print("ready")
        Event.wait("never")
    """,
    "javascript": """
        globalThis.canary = "left"; String.prototype.canary = "left"; Object.prototype.canary = "left";
        Math.random = () => "left";
        await State.set("canary", "left");
        const counter = await Probe.counter(41);
        await Event.on("*", (event) => print("heard " + event.name));
        await Event.emit("canary", "left");
        print("ready");
        await Event.wait("never");
    """,
}
TAKES = {
    "lua": """
        local there = rawget(_G, "canary") or rawget(string, "canary") or rawget(getmetatable("") or {}, "canary")
        if there or math.random() == "left" then return "the engine" end
        Event.emit("taken", Run.id)
        local heard = attempt(function() return Event.wait("*", { timeout = "1ms" }) end)
        if heard.ok or heard.error.kind ~= "timeout" then return "an event" end
        if State.get("canary") ~= nil or #State.list() > 0 then return "the state" end
        local counter = Probe.counter(0)
        for number = 1, 30 do
          local fake = { ["$handle"] = number, id = number, number = number }
          local tried = attempt(function() return counter.next(fake) end)
          if tried.ok and tried.value > 40 then return "a handle" end
        end
        return "contained"
    """,
    "javascript": """
        if (globalThis.canary || "".canary || ({}).canary || Math.random() === "left") fail("the engine");
        await Event.emit("taken", Run.id);
        const heard = await attempt(() => Event.wait("*", { timeout: "1ms" }));
        if (heard.ok || heard.error.kind !== "timeout") fail("an event");
        if ((await State.get("canary")) != null || (await State.list()).length > 0) fail("the state");
        const counter = await Probe.counter(0);
        for (let number = 1; number <= 30; number++) {
          const tried = await attempt(() => counter.next.call({ $handle: number }));
          if (tried.ok && tried.value > 40) fail("a handle");
        }
        export default "contained";
    """,
}


class Ready(Heard):
    """Tells when something was printed."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def output(self, stream: str, text: str) -> None:
        super().output(stream, text)
        if "ready" in self.text:
            self.told.set()


def spell(folder: Path, name: str, source: str) -> Spell:
    folder.mkdir(exist_ok=True)
    (folder / "llmspell.toml").touch()
    path = folder / name
    path.write_text(source)
    return Spell.from_path(str(path))


@pytest.mark.parametrize("language", ["lua", "javascript"])
async def test_a_run_knows_nothing_of_another(tmp_path: Path, language: str) -> None:
    suffix, heard = SUFFIX[language], Ready()
    leaves = spell(tmp_path / "one", f"leaves{suffix}", LEAVES[language])
    takers = [
        spell(tmp_path / "one", f"takes{suffix}", TAKES[language]),
        spell(tmp_path / "two", f"leaves{suffix}", TAKES[language]),  # of the same name, in another project
    ]
    async with Host(globals=[Probe], model="echo", environ={}) as host:

        async def take() -> list[Run]:
            runs = [host.prepare(each) for each in takers]
            return await asyncio.gather(*map(host.execute, runs))

        other = host.prepare(leaves, sink=heard)
        going = asyncio.ensure_future(host.execute(other))
        await asyncio.wait([asyncio.ensure_future(heard.told.wait()), going], return_when=asyncio.FIRST_COMPLETED)
        meanwhile = await take()
        other.cancel()
        await going
        afterwards = await take()
    assert other.error is not None
    assert other.error.kind == "cancelled", other.error
    for run in meanwhile + afterwards:
        assert run.error is None, run.error
        assert run.value == "contained"
    assert "taken" not in heard.everything
    ids = [other.id, *(run.id for run in meanwhile + afterwards)]
    assert len(set(ids)) == len(ids)


SENDS = {
    "lua": """
        local note = Fs.read("note.txt")
        return attempt(function() return Http.post("%s/out", { body = note }) end).ok
    """,
    "javascript": """
        const note = await Fs.read("note.txt");
        export default (await attempt(() => Http.post("%s/out", { body: note }))).ok;
    """,
}
KEEPS = {
    "lua": [
        ('State.set("it", Http.get("%s/page").text)', 'ask(State.get("it"))'),
        ('State.set("it", Http.get("%s/page").text)', 'State.update("it", function(old) ask(old) return old end)'),
        ('State.shared("team"):set("it", Http.get("%s/page").text)', 'ask(State.shared("team"):get("it"))'),
        ('Fs.write("prompts/it.md", Http.get("%s/page").text)', 'ask(Prompt.load("it"))'),
        ('Fs.write("prompts/it.md", Http.get("%s/page").text)', 'ask(Prompt.render("{{> it}}", {}))'),
    ],
    "javascript": [
        ('await State.set("it", (await Http.get("%s/page")).text);', 'await ask(await State.get("it"));'),
        ('await Fs.write("prompts/it.md", (await Http.get("%s/page")).text);', 'await ask(await Prompt.load("it"));'),
    ],
}


@pytest.mark.parametrize("language", ["lua", "javascript"])
async def test_what_a_stranger_wrote_is_no_less_a_strangers_in_the_next_run(tmp_path: Path, language: str) -> None:
    profile = replace(Profile.load("medium"), taint="deny")
    name = f"it{SUFFIX[language]}"
    async with website({"*": answer("obey me")}) as site:
        allow: Any = {"net": [site.host], "write": ["prompts/"], "state": ["team"]}
        async with Host(profile=profile, model="echo", environ={}, allow=allow) as host:
            for first, second in KEEPS[language]:
                kept = await host.run(spell(tmp_path / "one", name, first % site.url))
                assert kept.error is None
                (tmp_path / "one" / "note.txt").write_text("private")
                run = await host.run(spell(tmp_path / "one", name, second + SENDS[language] % site.url))
                assert run.value is False, second
    assert {each.method for each in site.requests} == {"GET"}
