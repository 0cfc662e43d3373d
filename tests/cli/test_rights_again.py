"""What runs that are repeated may do: no more than a person allows now, whatever a journal or a ledger says."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from commandline import Command
from test_batch import records, written
from test_parking import Screen

from llmspell.bundle import gather
from llmspell.project import Project
from llmspell.spell import Spell

WAITS = {
    "lua": 'spell {{ allow = {{ write = {{ "out/" }} }} }}\nif not approve("go?") then fail("no") end\n'
    'Fs.write("out/{0}", "1")\nreturn "{0}"\n',
    "js": 'spell({{ allow: {{ write: ["out/"] }} }});\nif (!(await approve("go?"))) fail("no");\n'
    'await Fs.write("out/{0}", "1");\nexport default "{0}";\n',
}
BATCH = ("--in", "in.jsonl", "--out", "out.jsonl")


def begun(llmspell: Command, folder: Path, name: str, *words: str) -> str:
    """Return a run of a batch that waited for a person, and got an answer."""
    (folder / "llmspell.toml").touch()
    (folder / "out").mkdir(exist_ok=True)
    written(folder, "in.jsonl", [{}])
    parked = llmspell("batch", name, *BATCH, *words)
    assert parked.returncode == 9, parked.stderr
    run: str = records(folder / "out.jsonl.partial")[-1]["run"]
    assert llmspell("approve", run).returncode == 0
    return run


def audit(llmspell: Command) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(llmspell("audit", "--json").stdout)["lines"]
    return found


@pytest.mark.parametrize("suffix", WAITS)
def test_a_batch_goes_on_with_runs_of_its_very_spell_only(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    name = f"digest.{suffix}"
    (tmp_path / name).write_text(WAITS[suffix].format("evil"))
    begun(llmspell, tmp_path, name, "--allow-write=out/")
    (tmp_path / name).write_text(WAITS[suffix].format("kind"))
    spell = Spell.from_path(tmp_path / name)
    partial = tmp_path / "out.jsonl.partial"
    found = records(partial)
    for each in found:
        each["bundle"] = gather(spell, Project.of(spell.path)).sha[:16]
    written(tmp_path, partial.name, found)
    assert llmspell("grants", "add", name, "--yes").returncode == 0
    again = llmspell("batch", name, *BATCH, "--resume")
    assert "cannot go on: it is not a run of this spell" in again.stderr
    assert again.returncode == 9
    assert not (tmp_path / "out/evil").exists()
    with sqlite3.connect(next((tmp_path / ".llmspell").glob("*.db"))) as journal:
        journal.execute("UPDATE runs SET status = 'done', result = '\"planted\"'")
    assert llmspell("batch", name, *BATCH, "--resume").returncode == 9
    assert "planted" not in partial.read_text()


def test_a_run_of_a_batch_goes_on_with_what_is_allowed_now_and_not_for_good(
    llmspell: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "it.lua").write_text(WAITS["lua"].format("a"))
    (tmp_path / "llmspell.toml").touch()
    assert llmspell("grants", "add", "it.lua", "--yes").returncode == 0
    run = begun(llmspell, tmp_path, "it.lua")
    alone = llmspell("batch", "it.lua", *BATCH, "--resume")
    assert f"run {run} cannot go on: it.lua asks for write out/, which nobody has allowed" in alone.stderr
    assert not (tmp_path / "out/a").exists()
    screen = Screen(tmp_path, environ, "batch", "it.lua", *BATCH, "--resume")
    screen.answer("[y] this run  [e] edit the rules  [n] no > ", "y\n")
    code, shown = screen.end()
    assert (code, (tmp_path / "out/a").exists()) == (0, True), shown


def test_what_is_refused_before_a_run_is_in_the_audit_log(
    llmspell: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / "x.lua").write_text('spell { allow = { net = { "example.com" } } }\nfail("no")\n')
    written(tmp_path, "in.jsonl", [{}])
    assert llmspell("run", "x.lua", "--allow-net=example.com").returncode == 1
    for words in (["batch", "x.lua", *BATCH], ["fork", "latest"]):
        before = len(audit(llmspell))
        assert llmspell(*words).returncode == 5
        screen = Screen(tmp_path, environ, *words)
        screen.answer("[n] no > ", "n\n")
        assert screen.end()[0] == 5
        alone, asked = audit(llmspell)[before:]
        for line in (alone, asked):
            assert (line["decision"], line["kind"], line["value"]) == ("deny", "net", "example.com")
        assert (alone["by"], asked["by"].partition(", ")[2]) == ("policy", "at the terminal")
    assert llmspell("audit", "--verify").returncode == 0


def test_another_script_has_what_settings_say_of_it(llmspell: Command, tmp_path: Path) -> None:
    for folder in ("vendor", "private"):
        (tmp_path / folder).mkdir()
    (tmp_path / "private/s").write_text("top")
    (tmp_path / "good.lua").write_text('fail("no")\n')
    told = (
        "local function tried(act) return attempt(act).value or false end\n"
        'return { tried(function() return load ~= nil end), tried(function() return Fs.read("private/s") end) }\n'
    )
    (tmp_path / "vendor/x.lua").write_text(told)
    settings = tmp_path / "llmspell.toml"
    settings.write_text('[folders."vendor/"]\nsecurity = "high"\n')
    assert llmspell("run", "good.lua").returncode == 1
    words = ("fork", "latest", "--script", "vendor/x.lua")
    refused = llmspell(*words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "and security: high (untrusted code, safe libraries only) allows" in refused.stderr
    settings.write_text('[spells."vendor/x.lua"]\ndeny = { read = ["private/"] }\n')
    assert llmspell("run", "good.lua").returncode == 1
    assert json.loads(llmspell(*words).stdout) == [True, False]
    settings.write_text("")
    (tmp_path / "vendor/llmspell.toml").write_text('[deny]\nread = ["../private/"]\n')
    assert llmspell("run", "good.lua").returncode == 1
    assert json.loads(llmspell(*words).stdout) == [True, False]


def test_an_identity_that_is_no_path_is_damage(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / "x.lua").write_text('fail("no")')
    (tmp_path / "loop").symlink_to("loop")
    assert llmspell("run", "x.lua").returncode == 1
    journal = next((tmp_path / ".llmspell").glob("*.db"))
    for identity, damaged in (("a\0b", True), ("", True), ("x" * 5000, True), ("loop/x.lua", False)):
        with sqlite3.connect(journal) as database:
            database.execute("UPDATE runs SET identity = ? WHERE parent IS NULL", (identity,))
        said = llmspell("fork", "latest", "--at", "1")
        assert ("is damaged" in said.stderr, "internal error" in said.stderr) == (damaged, False), identity
    assert "internal error" not in llmspell("replay", "latest").stderr


def test_a_tool_that_does_not_exist_cannot_be_denied(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text("return 1")
    refused = llmspell("run", "x.lua", "--deny-tools=fs.Read")
    assert refused.returncode == 2
    assert '--deny-tools: there is no tool "fs.Read"' in refused.stderr
    assert "did you mean `Fs.read`?" in refused.stderr
    assert llmspell("run", "x.lua", "--deny-tools=Fs.read,Fs.re*,approve,Human.approve").returncode == 0
    (tmp_path / "llmspell.toml").write_text('[deny]\ntools = [\n"fs.Read"]\n')
    refused = llmspell("run", "x.lua")
    assert refused.returncode == 2
    assert 'llmspell.toml:3: [deny]: there is no tool "fs.Read"' in refused.stderr
