"""`llmspell run --watch`: each save is a run, which asks only for what has changed."""

import asyncio
import json
import signal
import sys
from functools import partial
from pathlib import Path

import pytest

FIRST = {
    "lua": """
local words = require("words")
local a = ask("one").text
print(Prompt.load("tone"))
return { a, ask(words.second .. " " .. a).text }
""",
    "js": """
import { second } from "./words.js";
const a = (await ask("one")).text;
print(await Prompt.load("tone"));
export default [a, (await ask(`${second} ${a}`)).text];
""",
}
WORDS = {"lua": 'return { second = "two" }', "js": 'export const second = "two";'}


class Watched:
    """A process that watches a spell, and what it writes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def round(self, lines: int = 2) -> tuple[list[str], list[str]]:
        """Return so many lines of stdout, and those of stderr up to where it waits for the next save."""
        out = [await self._line(self.process.stdout) for _ in range(lines)]
        err = [await self._line(self.process.stderr)]
        while not err[-1].startswith("watching "):
            err.append(await self._line(self.process.stderr))
        return out, err

    async def _line(self, stream: asyncio.StreamReader | None) -> str:
        assert stream is not None
        raw = await asyncio.wait_for(stream.readline(), 30)
        assert raw
        return raw.decode().rstrip()


async def started(folder: Path, environ: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    """Return a process that begins in a folder."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "llmspell", *arguments,
        cwd=folder, env=environ, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", FIRST)
async def test_each_save_is_a_run_that_asks_for_what_has_changed(
    suffix: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "llmspell.toml").write_text("", encoding="utf-8")
    (tmp_path / "prompts").mkdir()
    spell, words, tone = tmp_path / f"it.{suffix}", tmp_path / f"words.{suffix}", tmp_path / "prompts" / "tone.md"
    spell.write_text(FIRST[suffix], encoding="utf-8")
    words.write_text(WORDS[suffix], encoding="utf-8")
    tone.write_text("kind", encoding="utf-8")

    start = partial(started, tmp_path, environ)
    process = await start("run", spell.name, "--watch", "--model=echo")
    watched = Watched(process)
    out, err = await watched.round()
    assert out == ["kind", '["one", "two one"]']
    assert not any("answered from" in line for line in err)
    words.write_text(WORDS[suffix].replace("two", "deux"), encoding="utf-8")
    out, err = await watched.round()
    assert out == ["kind", '["one", "deux one"]']
    assert "1 answered from the last run, 1 asked" in err
    tone.write_text("curt", encoding="utf-8")
    out, err = await watched.round()
    assert out[0] == "curt"
    assert "2 answered from the last run, 0 asked" in err
    spell.write_text("return (", encoding="utf-8")
    _, err = await watched.round(0)
    assert any(line.startswith("error[script]") for line in err)
    spell.write_text(FIRST[suffix], encoding="utf-8")
    out, err = await watched.round()
    assert out[1] == '["one", "deux one"]'
    assert "2 answered from the last run, 0 asked" in err
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 130
    listing, _ = await (await start("runs", "--json")).communicate()
    runs = json.loads(listing)["runs"]
    assert [run["status"] for run in runs] == ["done", "failed", "done", "done", "done"]
    assert [run["usage"]["requests"] for run in runs] == [0, 0, 0, 1, 2]
    replayed, _ = await (await start("replay", "latest")).communicate()
    assert replayed.decode().splitlines() == out


async def test_what_settings_say_holds_for_a_spell_that_is_watched_as_soon_as_they_say_it(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    settings = tmp_path / "config" / "llmspell" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[secrets.mail]\nenv = "RELAY"\nhosts = ["api.mail.example"]\n', encoding="utf-8")
    code = 'print(Secrets.get("mail"), attempt(function() return Fs.read("a.txt") end).value)\n'
    (tmp_path / "it.lua").write_text(code, encoding="utf-8")
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    known = environ | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "RELAY": "kX93-jfKKd03-msZZq1"}
    process = await started(tmp_path, known, "run", "it.lua", "--watch", "--allow-secrets=mail")
    watched = Watched(process)
    out, _ = await watched.round(1)
    assert out == ["[secret:mail]\ta"]
    with settings.open("a", encoding="utf-8") as file:
        file.write('[deny]\nread = ["a.txt"]\n')
    (tmp_path / "it.lua").write_text(f"{code}\n", encoding="utf-8")
    out, _ = await watched.round(1)
    assert out == ["[secret:mail]\tnil"]
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)


async def test_which_profile_a_spell_has_is_asked_before_each_run(tmp_path: Path, environ: dict[str, str]) -> None:
    settings, spell = tmp_path / "llmspell.toml", tmp_path / "vendor" / "x.lua"
    settings.write_text('[folders."vendor/"]\nsecurity = "high"\n', encoding="utf-8")
    spell.parent.mkdir()
    spell.write_text("spell { allow = { nonsense = 1 } }", encoding="utf-8")
    process = await started(tmp_path, environ, "run", "vendor/x.lua", "--watch")
    watched = Watched(process)
    await watched.round(0)
    code = "return attempt(function() return load ~= nil end).value or false\n"
    spell.write_text(code, encoding="utf-8")
    out, _ = await watched.round(1)
    assert out == ["false"]
    settings.write_text("", encoding="utf-8")
    spell.write_text(f"{code}\n", encoding="utf-8")
    out, _ = await watched.round(1)
    assert out == ["true"]
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
