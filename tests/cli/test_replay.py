"""`llmspell replay`: the same bytes with nothing asked, and exactly where a script asks for something else."""

import asyncio
import json
import signal
from pathlib import Path

import pytest
from commandline import Command
from test_interrupted import HALF, LIMIT, SPELLS, Counter, start
from website import website

languages = pytest.mark.parametrize("suffix", ["lua", "js"])
ASKS = {
    "lua": """
local first = ask("one").text
local second = ask("two " .. first, { system = "be brief" }).text
print(second)
return { first, second }
""",
    "js": """
const first = (await ask("one")).text;
const second = (await ask(`two ${first}`, { system: "be brief" })).text;
print(second);
export default [first, second];
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "llmspell.toml").write_text("", encoding="utf-8")
    return tmp_path


@languages
def test_a_replay_says_the_same_though_the_spell_has_gone(suffix: str, project: Path, llmspell: Command) -> None:
    spell = project / f"it.{suffix}"
    spell.write_text(ASKS[suffix], encoding="utf-8")
    first = llmspell("run", spell.name, "--model=echo")
    spell.unlink()
    again = llmspell("replay", "latest")
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert "ask: start" not in again.stderr


@languages
def test_a_changed_prompt_is_shown_with_the_recorded_one(suffix: str, project: Path, llmspell: Command) -> None:
    (project / f"it.{suffix}").write_text(ASKS[suffix], encoding="utf-8")
    changed = project / f"new.{suffix}"
    changed.write_text("\n" + ASKS[suffix].replace("be brief", "be long"), encoding="utf-8")
    llmspell("run", f"it.{suffix}", "--model=echo")
    done = llmspell("replay", "latest", "--script", changed.name)
    assert done.returncode == 10
    assert done.stdout == ""
    for part in (
        "error[replay]: call 2 is not the one that was recorded",
        'recorded: ask("two one", {"system": "be brief"}) (line 3)',
        'now:      ask("two one", {"system": "be long"})',
        f"--> new.{suffix}:4",
    ):
        assert part in done.stderr, done.stderr


@languages
def test_a_script_that_asks_for_the_same_proves_itself(suffix: str, project: Path, llmspell: Command) -> None:
    (project / f"it.{suffix}").write_text(ASKS[suffix], encoding="utf-8")
    (project / f"new.{suffix}").write_text("\n\n" + ASKS[suffix], encoding="utf-8")
    first = llmspell("run", f"it.{suffix}", "--model=echo")
    again = llmspell("replay", "latest", "--script", f"new.{suffix}")
    assert (again.returncode, again.stdout) == (0, first.stdout)


@languages
def test_a_script_that_asks_for_less_or_ends_otherwise_is_refused(
    suffix: str, project: Path, llmspell: Command
) -> None:
    (project / f"it.{suffix}").write_text(ASKS[suffix], encoding="utf-8")
    llmspell("run", f"it.{suffix}", "--model=echo")
    less = {"lua": 'return ask("one").text', "js": 'export default (await ask("one")).text'}[suffix]
    (project / f"less.{suffix}").write_text(less, encoding="utf-8")
    done = llmspell("replay", "latest", "--script", f"less.{suffix}")
    assert done.returncode == 10
    assert "now:      nothing" in done.stderr
    other = ASKS[suffix].replace("{ first, second }", "first").replace("[first, second]", "first")
    (project / f"other.{suffix}").write_text(other, encoding="utf-8")
    done = llmspell("replay", "latest", "--script", f"other.{suffix}")
    assert done.returncode == 10
    assert "the spell ended otherwise than recorded" in done.stderr


@pytest.mark.parametrize("name", SPELLS)
async def test_a_run_that_was_stopped_is_repeated_with_what_it_had(
    name: str, project: Path, environ: dict[str, str], llmspell: Command
) -> None:
    counter = Counter()
    async with website({"*": counter.page}) as site:
        process = await start(name, project, site, environ)
        await asyncio.wait_for(counter.half.wait(), 30)
        process.send_signal(signal.SIGINT)
        out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert json.loads(out.decode().splitlines()[1])["ok"] == HALF
    again = await asyncio.to_thread(llmspell, "replay", "latest")
    assert again.stdout == out.decode()
    assert again.stderr.splitlines()[-1].startswith("stopped ")
    assert counter.count == HALF + LIMIT


@languages
def test_an_error_is_repeated_too(suffix: str, project: Path, llmspell: Command) -> None:
    source = {
        "lua": 'ask("x")\nfail("no more", { hint = "rest" })',
        "js": 'await ask("x");\nfail("no more", { hint: "rest" });',
    }
    (project / f"it.{suffix}").write_text(source[suffix], encoding="utf-8")
    first = llmspell("run", f"it.{suffix}", "--model=echo", "-q")
    again = llmspell("replay", "latest", "-q")
    assert (again.returncode, again.stderr) == (first.returncode, first.stderr)
    assert first.returncode == 1


@languages
def test_a_replay_stops_before_a_call_is_answered(suffix: str, project: Path, llmspell: Command) -> None:
    source = {
        "lua": 'local a = ask("one").text print(a) map({ 2, 3, 4 }, function(i) return ask("x" .. i) end) print("end")',
        "js": 'print((await ask("one")).text); await map([2, 3, 4], (i) => ask(`x${i}`)); print("end");',
    }
    (project / f"it.{suffix}").write_text(source[suffix], encoding="utf-8")
    llmspell("run", f"it.{suffix}", "--model=echo")
    done = llmspell("replay", "latest", "--until", "2")
    assert (done.returncode, done.stdout) == (0, "one\n")
    waits = [line.split()[-1] for line in done.stderr.splitlines() if line.startswith("  ")]
    assert waits == ['ask("x2")', 'ask("x3")', 'ask("x4")']
    told = json.loads(llmspell("replay", "latest", "--until", "1", "--json").stdout)
    assert (told["output"], [call["no"] for call in told["waiting"]]) == ("", [1])
    assert "has no call 9" in llmspell("replay", "latest", "--until", "9").stderr


def test_one_prompt_of_a_thousand_is_found(project: Path, llmspell: Command) -> None:
    source = """
local items = {}
for i = 1, 1000 do items[i] = i end
return #map(items, function(i)
  local extra = i == 617 and "as it was" or ""
  return ask(("all the same "):rep(40) .. i .. extra .. (" and more"):rep(40)).text
end, { limit = 8 })
"""
    (project / "it.lua").write_text(source, encoding="utf-8")
    (project / "new.lua").write_text(source.replace("as it was", "as it is"), encoding="utf-8")
    first = llmspell("run", "it.lua", "--model=echo", "-q")
    assert first.stdout == "1000\n", first.stderr
    done = llmspell("replay", "latest", "--script", "new.lua")
    assert done.returncode == 10
    for part in (
        "error[replay]: call 617 is not the one that was recorded",
        "  |   they differ in argument 1",
        "all the same 617as it was and more",
        "all the same 617as it is and more",
        "--> new.lua:6",
        "--at 617 --script new.lua goes on from there",
    ):
        assert part in done.stderr, done.stderr


def test_a_replay_shows_how_another_run_differs(project: Path, llmspell: Command) -> None:
    source = 'local n = spell { params = { n = 1 } }.n\nask("same") return ask("n " .. n).text'
    (project / "it.lua").write_text(source, encoding="utf-8")
    first, second = (json.loads(llmspell("run", "it.lua", f"--n={n}", "--model=echo", "--json").stdout) for n in (1, 2))
    done = llmspell("replay", first["run"], "--diff", second["run"])
    assert (done.returncode, done.stdout) == (1, llmspell("diff", first["run"], second["run"]).stdout)
    assert "call 2 ask" in done.stdout
    assert llmspell("replay", "latest", "--diff", "latest").returncode == 0
    assert llmspell("replay", "latest", "--diff", "latest", "--until", "1").returncode == 2


def test_what_a_run_of_wider_limits_was_told_needs_them_again(project: Path, llmspell: Command) -> None:
    (project / "it.lua").write_text("return 1", encoding="utf-8")
    llmspell("run", "it.lua", "--trust")
    for words in (["replay", "latest"], ["replay", "latest", "--script", "it.lua"]):
        refused = llmspell(*words)
        assert refused.returncode == 2
        assert "began with limits.in_flight = 1024, and security: medium" in refused.stderr
        assert "the record names security: low" in refused.stderr
        assert llmspell(*words, "--security=low").returncode == 0
