"""`llmspell fork`: a new run that takes over what another was told, and pays for the rest alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from commandline import Command
from website import Page, Seen, answer, standing

languages = pytest.mark.parametrize("suffix", ["lua", "js"])
FOUR = {
    "lua": """
local site = spell { params = { site = "string" } }.site
local got = {}
for i = 1, 4 do
  got[i] = Http.get(site .. "/" .. i).text
  print("got " .. i)
end
return got
""",
    "js": """
const { site } = spell({ params: { site: "string" } });
const got = [];
for (let i = 1; i < 5; i++) {
  got.push((await Http.get(`${site}/${i}`)).text);
  print(`got ${i}`);
}
export default got;
""",
}
SPENT = {
    "lua": """
spell { budget = { calls = 2 } }
local got = {}
for i = 1, 3 do got[i] = ask("prompt " .. i).text end
return { got, Run.budget().spent.calls }
""",
    "js": """
spell({ budget: { calls: 2 } });
const got = [];
for (let i = 1; i < 4; i++) got.push((await ask(`prompt ${i}`)).text);
export default [got, (await Run.budget()).spent.calls];
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "llmspell.toml").write_text("", encoding="utf-8")
    return tmp_path


def asked(llmspell: Command, *words: str) -> Any:
    return json.loads(llmspell(*words, "--json").stdout)


@languages
def test_a_fork_asks_only_from_its_call_on(suffix: str, project: Path, llmspell: Command) -> None:
    count = 0

    async def page(seen: Seen, *_: object) -> bytes:
        nonlocal count
        count += 1
        return answer(f"{seen.path} {count}")

    pages: dict[str, Page] = {"*": page}
    (project / f"it.{suffix}").write_text(FOUR[suffix], encoding="utf-8")
    with standing(pages) as site:
        grant = f"--allow-net={site.host}"
        first = llmspell("run", f"it.{suffix}", f"--site={site.url}", grant)
        (source,) = asked(llmspell, "runs")["runs"]
        refused = llmspell("fork", "latest", "--at", "3")
        forked = llmspell("fork", "latest", "--at", "3", grant)
        paths = [each.path for each in site.requests]
    assert json.loads(first.stdout.splitlines()[-1]) == ["/1 1", "/2 2", "/3 3", "/4 4"]
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{grant} allows it again" in refused.stderr
    *said, result = forked.stdout.splitlines()
    assert said == ["got 1", "got 2", "got 3", "got 4"]  # it is a run of its own, and says all of it
    assert json.loads(result) == ["/1 1", "/2 2", "/3 5", "/4 6"]
    assert paths == ["/1", "/2", "/3", "/4", "/3", "/4"]
    new = asked(llmspell, "show", "latest")["run"]
    assert new != source["run"]
    assert f"2 calls are answered from run {source['run']}" in forked.stderr
    assert llmspell("replay", "latest").stdout == forked.stdout
    assert llmspell("replay", source["run"]).stdout == first.stdout


@languages
def test_a_run_that_has_spent_its_budget_goes_on_with_a_new_one(suffix: str, project: Path, llmspell: Command) -> None:
    (project / f"it.{suffix}").write_text(SPENT[suffix], encoding="utf-8")
    assert llmspell("run", f"it.{suffix}", "--model=echo").returncode == 7
    forked = llmspell("fork", "latest")
    assert json.loads(forked.stdout) == [["prompt 1", "prompt 2", "prompt 3"], 1]
    assert asked(llmspell, "show", "latest")["usage"]["requests"] == 1
    assert llmspell("replay", "latest").stdout == forked.stdout


def test_a_mended_script_goes_on_where_the_old_one_has_failed(project: Path, llmspell: Command) -> None:
    old = SPENT["lua"].replace("calls = 2", "usd = 1").replace("return {", "local all = {")
    (project / "it.lua").write_text(f"{old} nothing.at_all = 1", encoding="utf-8")
    (project / "new.lua").write_text(f"{old} return #all[1]", encoding="utf-8")
    failed = llmspell("run", "it.lua", "--model=echo")
    assert failed.returncode == 1, failed.stderr
    forked = llmspell("fork", "latest", "--script", "new.lua")
    assert (forked.returncode, forked.stdout) == (0, "3\n"), forked.stderr
    assert asked(llmspell, "show", "latest")["usage"]["requests"] == 0


def test_a_script_that_asks_for_something_else_before_that_begins_no_run(project: Path, llmspell: Command) -> None:
    old = SPENT["js"].replace("calls: 2", "calls: 9")
    (project / "it.js").write_text(old, encoding="utf-8")
    (project / "new.js").write_text(old.replace("prompt", "question"), encoding="utf-8")
    llmspell("run", "it.js", "--model=echo")
    (run,) = asked(llmspell, "runs")["runs"]
    done = llmspell("fork", "latest", "--at", "2", "--script", "new.js")
    assert (done.returncode, done.stdout) == (10, "")
    assert 'recorded: ask("prompt 1")' in done.stderr
    advice = f"llmspell fork {run['run']} --at 1 --script new.js"
    assert f"{advice} goes on from there" in done.stderr
    assert len(asked(llmspell, "runs")["runs"]) == 1
    forked = llmspell(*advice.split()[1:])
    assert json.loads(forked.stdout)[0] == ["question 1", "question 2", "question 3"]


def test_there_must_be_something_to_do_anew(project: Path, llmspell: Command) -> None:
    (project / "it.lua").write_text('return ask("x").text', encoding="utf-8")
    llmspell("run", "it.lua", "--model=echo")
    for words, message in ((), "has ended well: nothing is left to do"), (("--at", "7"), "has no call 7"):
        done = llmspell("fork", "latest", *words)
        assert done.returncode == 2
        assert message in done.stderr
    wrong = llmspell("fork", "lastest", "--at", "1")
    assert "did you mean latest?" in wrong.stderr
