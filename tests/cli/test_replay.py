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
