"""The command that goes on with a run is pasted: it does so, whoever has told it."""

import json
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import Command
from test_parking import written
from website import answer, standing

CAREFUL = {
    "lua": """
local args = spell { input = "file", params = { site = "string" }, allow = { net = { "%s" } } }
local first = Http.get(args.site .. "/a").text
if not approve("Go on?") then fail("no") end
return { first, Fs.read(args.input), Http.get(args.site .. "/b").text }
""",
    "js": """
const args = spell({ input: "file", params: { site: "string" }, allow: { net: ["%s"] } });
const first = (await Http.get(`${args.site}/a`)).text;
if (!(await approve("Go on?"))) fail("no");
export default [first, await Fs.read(args.input), (await Http.get(`${args.site}/b`)).text];
""",
}


def told(text: str, verb: str) -> list[str]:
    """Return the words of the last command in a text that begins so, as a shell reads them."""
    line = text.rpartition(f"llmspell {verb} ")[2].split("\n")[0]
    return [verb, *shlex.split(line.removesuffix(" goes on with it").partition(" allows it")[0])]


@pytest.mark.parametrize(("suffix", "security", "code"), [("lua", "medium", 5), ("js", "high", 2)])
def test_every_command_that_is_told_goes_on_when_it_is_pasted(
    llmspell: Command, tmp_path: Path, suffix: str, security: str, code: int
) -> None:
    with standing({"/a": answer("A"), "/b": answer("B")}) as site:
        name = written(tmp_path, f"it.{suffix}", CAREFUL[suffix] % site.host)
        (tmp_path / "[a], b*.txt").write_text("mine")
        net = f"--allow-net={site.host}"
        words = ("run", name, "[a], b*.txt", f"--site={site.url}", "--no-input", "--security", security, net)
        parked = llmspell(*words)
        assert parked.returncode == 9, parked.stderr
        run = told(parked.stderr, "resume")[1]
        whole = told(parked.stderr, "resume")
        assert net in whole
        assert "--allow-read=[[]a]? b[*].txt" in whole
        assert "--security" not in whole
        refused = llmspell("resume", run)
        assert refused.returncode == code
        needs = told(refused.stderr, "resume")
        if code == 5:
            assert needs == ["resume", run, net]  # what was refused, and nothing else that the record has
            needs = told(llmspell(*needs).stderr, "resume")
        assert needs == whole
        forked = llmspell("fork", run, "--at", "2", *([net] if code == 5 else []))
        assert told(forked.stderr, "fork") == ["fork", run, "--at", "2", *whole[2:]]
        assert told(llmspell("cancel", run).stderr, "resume") == ["resume", run]
        assert told(llmspell("cancel", run).stderr, "resume") == ["resume", run]
        shown = llmspell("show", run).stderr
        assert told(shown, "resume") == ["resume", run]
        assert shlex.split(shown.split("its record says that it had: ")[1]) == whole[2:]
        assert llmspell(*whole).returncode == 9
        assert told(llmspell("approve", run).stderr, "resume") == ["resume", run]
        assert told(llmspell("approve", run).stderr, "resume") == ["resume", run]  # the second person
        done = llmspell(*whole)
        assert json.loads(done.stdout) == ["A", "mine", "B"], done.stderr
        assert llmspell(*told(forked.stderr, "fork"), "--no-input").returncode == 9
        assert [each.path for each in site.requests] == ["/a", "/b"]


def test_a_planted_record_has_no_command_that_shows_as_another(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "it.lua", 'return approve("Go on?")')
    assert llmspell("run", name).returncode == 9
    with sqlite3.connect(tmp_path / ".llmspell" / "journal.db") as journal:
        ((run, info),) = journal.execute("SELECT run_id, info FROM runs").fetchall()
        planted = json.loads(info)
        planted["granted"]["net"] = ["a\u202eb\u001b[2J"]
        journal.execute("UPDATE runs SET info = ?, status = 'cancelled'", (json.dumps(planted),))
    journal.close()
    shown = llmspell("show", run).stderr
    assert told(shown, "resume") == ["resume", run]
    assert shown.isprintable() or shown.replace("\n", "").isprintable()


def test_a_planted_record_chooses_no_profile_and_adds_nothing_to_a_refusal(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "it.lua", 'spell { allow = { write = { "out/" } } }\nreturn approve("Go on?")')
    assert llmspell("run", name, "--allow-write=out/").returncode == 9
    (tmp_path / "medium2.toml").write_text('extends = "low"\nabout = "declared access only"\n')
    with sqlite3.connect(tmp_path / ".llmspell" / "journal.db") as journal:
        ((run, info),) = journal.execute("SELECT run_id, info FROM runs").fetchall()
        planted = json.loads(info)
        planted["profile"] |= {"name": "medium2"}
        planted["granted"] = {"net": ["*"], "run": ["*"], "write": ["out/"]}
        planted["taint"] = "off"
        journal.execute("UPDATE runs SET info = ?, status = 'cancelled'", (json.dumps(planted),))
    journal.close()
    shown = llmspell("show", run).stderr
    assert told(shown, "resume") == ["resume", run]
    had = shlex.split(shown.split("its record says that it had: ")[1])
    assert had == ["--allow-write=out/", "--allow-net=*", "--allow-run=*", "--taint=off"]
    refused = llmspell("resume", run)
    assert (refused.returncode, told(refused.stderr, "resume")) == (5, ["resume", run, "--allow-write=out/"])
    lacking = llmspell("resume", run, "--allow-write=out/")
    assert (lacking.returncode, "reach *; run *" in lacking.stderr) == (2, True)
    assert told(lacking.stderr, "resume")[2:] == ["--allow-write=out/", "--allow-net=*", "--allow-run=*"]


def test_a_part_of_a_run_goes_on_with_the_whole(llmspell: Command, tmp_path: Path, environ: dict[str, str]) -> None:
    written(tmp_path, "part.lua", 'return { approve("Go on?"), approve("And now?") }')
    written(tmp_path, "it.lua", 'return Run.spell("part.lua")')
    command = [sys.executable, "-m", "llmspell", "run", "it.lua", "--no-input", "--seed=1", "--allow-net=a.example"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while not (waiting := json.loads(llmspell("approve", "--json").stdout)["waiting"]):
            assert process.poll() is None
        part, whole = waiting[0]["run"], waiting[0]["run"].split(".")[0]
        assert part != whole
        assert f"llmspell approve {part}" in llmspell("approve", whole).stderr
        assert f"run {whole} goes on" in llmspell("approve", part).stderr
        while not json.loads(llmspell("approve", "--json").stdout)["waiting"]:
            assert process.poll() is None
        process.kill()
    again = ["resume", whole, "--allow-net=a.example"]
    assert told(llmspell("resume", part).stderr, "resume") == again[:2]
    assert told(llmspell("approve", part).stderr, "resume") == again[:2]
    assert json.loads(llmspell(*again).stdout) == [True, True]


def test_who_wants_quiet_still_learns_that_nothing_is_written_down(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "it.lua", "return 1")
    (tmp_path / ".llmspell").mkdir(mode=0o700)
    (tmp_path / ".llmspell" / "journal.db").write_text("no journal" * 1000)
    done = llmspell("run", "-q", name)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "warning: the journal does not have this run" in done.stderr
