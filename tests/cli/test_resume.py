"""Runs that are killed and gone on with: what was answered is not asked again, and the result is the same."""

import asyncio
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from website import Seen, Site, answer, website

LANGUAGES = pytest.mark.parametrize("suffix", ["lua", "js"])
MANY, LIMIT, STEPS = 60, 8, (10, 25, 45)

MAP = {
    "lua": """
local site = spell { params = { site = "string" } }.site
local items = {}
for i = 1, 60 do items[i] = i end
local seen = 0
local got = map(items, function(i)
  local text = Http.get(site .. "/" .. i).text
  seen = seen + 1
  return text .. " " .. seen .. " " .. math.random(1000) .. " " .. os.time()
end, { limit = 8 })
print("all")
return got
""",
    "js": """
const { site } = spell({ params: { site: "string" } });
let seen = 0;
const got = await map(Array.from({ length: 60 }, (_, i) => i + 1), async (i) => {
  const { text } = await Http.get(`${site}/${i}`);
  seen += 1;
  return `${text} ${seen} ${Math.floor(Math.random() * 1000)} ${Date.now()}`;
}, { limit: 8 });
print("all");
export default got;
""",
}


class Pages:
    """Answers so many requests, but for those that are held, and then says nothing more."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.left = 0
        self.held: set[str] = set()
        self.hanging = 0
        self.changed = asyncio.Event()
        self.free = asyncio.Event()

    def let_go(self) -> None:
        """Answer what hangs, and all that comes."""
        self.free.set()

    async def page(self, seen: Seen, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes | None:
        self.asked[seen.path] += 1
        if self.left and seen.path not in self.held:
            self.left -= 1
            return answer(f"{seen.path} {sum(self.asked.values())}")
        self.hanging += 1
        self.changed.set()
        gone, free = asyncio.ensure_future(reader.read()), asyncio.ensure_future(self.free.wait())
        await asyncio.wait([gone, free], return_when=asyncio.FIRST_COMPLETED)
        self.hanging -= 1
        left = gone.done()
        gone.cancel()
        free.cancel()
        await asyncio.wait([gone, free])  # one at a time reads from a connection
        return None if left else answer(f"{seen.path} {sum(self.asked.values())}")

    async def stuck(self, count: int) -> None:
        """Wait until so many requests hang."""
        while self.hanging < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 30)


class Project:
    """A project with one spell, and the commands that are given in it."""

    def __init__(self, folder: Path, suffix: str, source: str, site: Site, environ: dict[str, str]) -> None:
        self.folder, self.name, self.site, self.environ = folder, f"it.{suffix}", site, environ
        (folder / "llmspell.toml").write_text("", encoding="utf-8")
        (folder / self.name).write_text(source, encoding="utf-8")

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-m", "llmspell", *words,
            cwd=self.folder, env=self.environ, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def run(self) -> asyncio.subprocess.Process:
        return await self.start(
            "run", self.name, f"--site={self.site.url}", f"--allow-net={self.site.host}", "--model=echo"
        )

    async def resume(self) -> asyncio.subprocess.Process:
        return await self.start("resume", "latest", f"--allow-net={self.site.host}")

    async def said(self, *words: str) -> Any:
        return json.loads((await ended(await self.start(*words, "--json")))[0])


async def ended(process: asyncio.subprocess.Process, code: int = 0) -> tuple[str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == code, err.decode()
    assert "Traceback" not in err.decode()
    return out.decode(), err.decode()


async def killed(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.communicate()


@LANGUAGES
async def test_a_map_that_is_killed_three_times_asks_for_nothing_twice(
    suffix: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, suffix, MAP[suffix], site, environ)
        answered: dict[str, int] = {}
        for done, total in zip((0, *STEPS), STEPS, strict=False):
            pages.left = total - done
            process = await (project.resume() if done else project.run())
            await pages.stuck(LIMIT)
            await killed(process)
            await asyncio.wait_for(site.deserted(), 5)
            calls = (await project.said("show", "latest", "--calls"))["calls"]
            assert len(calls) == total
            assert all(pages.asked[path] == count for path, count in answered.items())
            paths = [each["request"][0].removeprefix(site.url) for each in calls]
            answered = {path: pages.asked[path] for path in paths}
        pages.left = MANY
        out, _ = await ended(await project.resume())
    assert all(pages.asked[path] == count for path, count in answered.items())
    said, result = out.splitlines()
    assert said == "all"
    assert [text.split()[0] for text in json.loads(result)] == [f"/{i + 1}" for i in range(MANY)]
    assert sorted(int(text.split()[2]) for text in json.loads(result)) == list(range(1, MANY + 1))
    again, _ = await ended(await project.start("replay", "latest"))
    assert again == out


STATE = {
    "lua": """
local site = spell { params = { site = "string" } }.site
local calls = 0
State.update("n", function(old) calls = calls + 1 return (old or 0) + 1 end)
State.update("n", function(old) calls = calls + 1 Http.get(site .. "/slow") return old + 10 end)
return { State.get("n"), calls }
""",
    "js": """
const { site } = spell({ params: { site: "string" } });
let calls = 0;
await State.update("n", (old) => { calls += 1; return (old ?? 0) + 1; });
await State.update("n", async (old) => { calls += 1; await Http.get(`${site}/slow`); return old + 10; });
export default [await State.get("n"), calls];
""",
}
ONCE = {
    "lua": """
local site = spell { params = { site = "string" } }.site
local tried = attempt(function() return Http.post(site .. "/pay", { json = { n = 1 } }).text end)
return { tried.ok, tried.error.kind, tried.error.data.in_doubt }
""",
    "js": """
const { site } = spell({ params: { site: "string" } });
const tried = await attempt(() => Http.post(`${site}/pay`, { json: { n: 1 } }));
export default [tried.ok, tried.error.kind, tried.error.data.in_doubt];
""",
}
EVENTS = {
    "lua": """
local site = spell { params = { site = "string" } }.site
local heard = {}
local first = Event.on("a.*", function(e) heard[#heard + 1] = e.name end)
Event.on("*", function(e) heard[#heard + 1] = "all " .. e.name end)
local waiting = spawn(function() return Event.wait("b.*").data end)
Event.emit("a.one")
first.cancel()
Http.get(site .. "/slow")
Event.emit("a.two")
Event.emit("b.x", 7)
return { heard, waiting.wait() }
""",
    "js": """
const { site } = spell({ params: { site: "string" } });
const heard = [];
const first = await Event.on("a.*", (e) => heard.push(e.name));
await Event.on("*", (e) => heard.push(`all ${e.name}`));
const waiting = spawn(async () => (await Event.wait("b.*")).data);
await Event.emit("a.one");
await first.cancel();
await Http.get(`${site}/slow`);
await Event.emit("a.two");
await Event.emit("b.x", 7);
export default [heard, await waiting.wait()];
""",
}
PIECES = {
    "lua": """
local site = spell { params = { site = "string" }, budget = { calls = 3 } }.site
local pieces = {}
local function hear(piece)
  pieces[#pieces + 1] = piece
  if #pieces == 2 then Http.get(site .. "/slow") end
end
local one = ask("a b c d", { on_text = hear }).text
local two = ask("x y", { on_text = hear }).text
return { pieces, one, two, Run.budget().spent.calls, Run.budget().left.calls }
""",
    "js": """
const { site } = spell({ params: { site: "string" }, budget: { calls: 3 } });
const pieces = [];
const hear = async (piece) => {
  pieces.push(piece);
  if (pieces.length === 2) await Http.get(`${site}/slow`);
};
const one = (await ask("a b c d", { on_text: hear })).text;
const two = (await ask("x y", { on_text: hear })).text;
const { spent, left } = await Run.budget();
export default [pieces, one, two, spent.calls, left.calls];
""",
}
CASES = {
    "an update of the state begins no second time": (STATE, [11, 2], 2),
    "what is never done twice is in doubt": (ONCE, [False, "replay", True], 1),
    "listeners and waits are there again": (
        EVENTS, [["a.one", "all a.one", "all a.two", "all b.x"], 7], 2,
    ),
    "an answer that was in is heard to its end": (
        PIECES, [["a ", "b ", "c d", "x ", "y"], "a b c d", "x y", 2, 1], 2,
    ),
}  # fmt: skip


@LANGUAGES
@pytest.mark.parametrize("case", CASES)
async def test_after_kill_9_in_the_middle(case: str, suffix: str, tmp_path: Path, environ: dict[str, str]) -> None:
    sources, expected, asked = CASES[case]
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, suffix, sources[suffix], site, environ)
        process = await project.run()
        await pages.stuck(1)
        await killed(process)
        pages.left = 10
        (tmp_path / project.name).write_text("fail 'changed'", encoding="utf-8")  # the run has its own
        out, _ = await ended(await project.resume())
    assert json.loads(out) == expected
    assert sum(pages.asked.values()) == asked
    assert (await ended(await project.start("replay", "latest")))[0] == out


async def test_who_is_taken_over_writes_no_more(tmp_path: Path, environ: dict[str, str]) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, "lua", MAP["lua"], site, environ)
        pages.left = 5
        first = await project.run()
        await pages.stuck(LIMIT)
        second = await project.resume()
        await pages.stuck(2 * LIMIT)
        await killed(second)
        pages.left = MANY
        third = await project.resume()
        out, _ = await ended(third)
        first.send_signal(signal.SIGTERM)  # it writes that it stops, and learns that it must not
        _, err = await asyncio.wait_for(first.communicate(), 30)
    assert "was taken over by" in err.decode() or "has ended" in err.decode(), err.decode()
    assert len(json.loads(out.splitlines()[-1])) == MANY
    assert (await project.said("runs"))["runs"][0]["status"] == "done"


async def test_a_run_that_began_with_other_rights_is_not_resumed(tmp_path: Path, environ: dict[str, str]) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, "lua", MAP["lua"], site, environ)
        process = await project.run()
        await pages.stuck(LIMIT)
        await killed(process)
        _, err = await ended(await project.start("resume", "latest"), 2)
        assert f"could do what it cannot now: reach {site.host}" in err
        assert f"--allow-net={site.host}" in err
        assert (await project.said("runs"))["runs"][0]["status"] == "interrupted"
