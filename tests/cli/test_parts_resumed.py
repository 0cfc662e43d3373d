"""Runs that are killed in the middle of a part: a child run, the second request of an answer, the end of a stream."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from test_resume import Pages, Project, ended, killed
from website import Seen, answer, website

PARENT = {
    "lua": """
local site = spell { params = { site = "string" } }.site
print("parent")
local first = Run.spell("kid", { site = site, n = 1 })
local rest = map({ 2, 3 }, function(n) return Run.spell("kid", { site = site, n = n }) end)
return { first, rest, Run.budget().spent.calls }
""",
    "js": """
const { site } = spell({ params: { site: "string" } });
print("parent");
const first = await Run.spell("kid", { site, n: 1 });
const rest = await map([2, 3], (n) => Run.spell("kid", { site, n }));
export default [first, rest, (await Run.budget()).spent.calls];
""",
}
KID = {
    "lua": """
local args = spell { params = { site = "string", n = "int" } }
if args.n == 1 then print("kid 1") end
local a = Http.get(args.site .. "/" .. args.n .. "/a").text
local said = ask("one two", { on_text = args.n == 1 and print or nil })
local b = Http.get(args.site .. "/" .. args.n .. "/b").text
return { args.n, a:match("^%S+"), b:match("^%S+"), said.text }
""",
    "js": """
const { site, n } = spell({ params: { site: "string", n: "int" } });
if (n === 1) print("kid 1");
const a = (await Http.get(`${site}/${n}/a`)).text;
const said = await ask("one two", n === 1 ? { on_text: print } : {});
const b = (await Http.get(`${site}/${n}/b`)).text;
export default [n, a.split(" ")[0], b.split(" ")[0], said.text];
""",
}


@pytest.mark.parametrize(("suffix", "other"), [("lua", "js"), ("js", "lua")])
async def test_children_go_on_from_their_own_record(
    suffix: str, other: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, suffix, PARENT[suffix], site, environ)
        kid = tmp_path / f"kid.{other}"
        kid.write_text(KID[other], encoding="utf-8")
        pages.left, pages.held = 10, {"/2/b", "/3/b"}  # whichever of these two children is faster
        process = await project.run()
        await pages.stuck(2)
        await killed(process)
        pages.held.clear()
        kid.write_text("fail('changed')", encoding="utf-8")  # each goes on with what it began with
        await asyncio.wait_for(site.deserted(), 5)
        (run,) = (await project.said("runs"))["runs"]
        _, err = await ended(await project.start("resume", f"{run['run']}.2"), 2)
        assert f"is a part of run {run['run']}" in err
        pages.left = 10
        out, _ = await ended(await project.resume())
    wanted = [[n, f"/{n}/a", f"/{n}/b", "one two"] for n in (1, 2, 3)]
    assert json.loads(out) == [wanted[0], wanted[1:], 3]
    assert pages.asked == {"/1/a": 1, "/1/b": 1, "/2/a": 1, "/3/a": 1, "/2/b": 2, "/3/b": 2}
    again, _ = await ended(await project.start("replay", "latest"))
    assert again == f"parent\nkid 1\none \ntwo\n{out}"
    alone, _ = await ended(await project.start("replay", f"{run['run']}.2"))
    assert json.loads(alone) == wanted[1]
    usage = (await project.said("show", f"{run['run']}.2"))["usage"]
    assert (usage["requests"], (await project.said("show", "latest"))["usage"]["requests"]) == (1, 3)


ASKED = """
local got = ask("rate it", { schema = { score = "int" } })
return { got.data, got.usage.input_tokens, Run.budget().spent }
"""


class Provider:
    """Answers requests to a model in the words that it is given, and says nothing once it has no more."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []
        self.hangs = asyncio.Event()

    async def page(self, seen: Seen, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> bytes | None:
        self.keys.append(seen.headers["idempotency-key"])
        if self.answers:
            return answer(json.dumps(_chat(self.answers.pop(0))), kind="application/json")
        self.hangs.set()
        await reader.read()
        return None


def _chat(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return {
        "id": "a", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice], "usage": usage,
    }  # fmt: skip


async def test_a_request_that_was_answered_is_paid_once_and_the_next_has_the_same_key_again(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    provider = Provider('{"score": "high"}')
    async with website({"*": provider.page}) as site:
        environ |= {"OPENAI_API_KEY": "sk-of-the-tests", "OPENAI_BASE_URL": f"{site.url}/v1"}
        project = Project(tmp_path, "lua", ASKED, site, environ)
        process = await project.start("run", "it.lua", "--model=openai/gpt-4o")
        await asyncio.wait_for(provider.hangs.wait(), 30)
        await killed(process)
        run = (await project.said("runs"))["runs"][0]["run"]
        inner = (await project.said("show", run, "--calls"))["calls"]
        provider.answers.append('{"score": 7}')
        out, _ = await ended(await project.start("resume", run, "--model=openai/gpt-4o"))
    assert [(each["key"], each["value"]["text"]) for each in inner] == [("request:1", '{"score": "high"}')]
    data, tokens, spent = json.loads(out)
    assert (data, tokens) == ({"score": 7}, 20)
    assert (spent["calls"], spent["tokens"]) == (2, 30)
    assert provider.keys == [f"{run}:1:1", f"{run}:1:2", f"{run}:1:2"]
