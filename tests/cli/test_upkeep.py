"""`llmspell runs prune`, `check` and `recover`, and what `llmspell.toml` says about the journal."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import Command

NOISE = """
local parts = {}
for i = 1, 30000 do parts[i] = math.random(1, 10^9) end
local noise = table.concat(parts, " ")
for i = 1, 30 do ask(i .. noise:sub(i * 10)) end
return "done"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "llmspell.toml").write_text("", encoding="utf-8")
    (tmp_path / "hi.lua").write_text('return ask("hi").text', "utf-8")
    (tmp_path / "noise.lua").write_text(NOISE, "utf-8")
    return tmp_path


@pytest.fixture
def journal(project: Path) -> Path:
    return project / ".llmspell" / "journal.db"


def cast(llmspell: Command, file: str = "hi.lua") -> str:
    done = llmspell("run", file, "--model=echo", "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["run"])


def test_runs_are_forgotten_and_what_would_be_is_said(project: Path, llmspell: Command) -> None:
    first, second, third = (cast(llmspell) for _ in range(3))
    dry = llmspell("runs", "prune", "--keep", "1", "--dry-run")
    assert (dry.stdout.split(), dry.returncode) == ([first, second], 0)
    assert "would forget 2 runs" in dry.stderr
    done = json.loads(llmspell("runs", "prune", first[:6], "--json").stdout)
    assert (done["forgotten"], done["dry"]) == ([first], False)
    done = json.loads(llmspell("runs", "prune", "--before", "2099-01-01", "--json").stdout)
    assert done["forgotten"] == [second, third]


def test_what_is_not_said_is_not_forgotten(project: Path, llmspell: Command) -> None:
    for words, message in (
        (("--unfinished",), "say which runs to forget"),
        (("--size", "big"), '--size: "big" is not a size'),
        (("--before", "soon"), '--before: "soon" is neither a span nor a date'),
        (("nothing",), "there are no runs yet"),
    ):
        done = llmspell("runs", "prune", *words)
        assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert not (project / ".llmspell").exists()


def test_a_damaged_journal_is_said_and_saved(project: Path, journal: Path, llmspell: Command) -> None:
    assert "there are no runs yet" in llmspell("runs", "check").stderr
    run = cast(llmspell)
    whole = llmspell("runs", "check")
    assert (whole.returncode, whole.stdout.count("\n"), whole.stdout.count("ok ")) == (0, 6, 6)
    content = journal.read_bytes()
    journal.write_bytes(content[:-4096])
    journal.chmod(0o644)
    listing = llmspell("runs")
    assert (listing.returncode, "Traceback" in listing.stderr) == (3, False)
    assert "`llmspell runs recover` saves what can be" in listing.stderr
    bad = llmspell("runs", "check", "--json")
    found = {each["name"]: each["problems"] for each in json.loads(bad.stdout)["findings"]}
    assert (bad.returncode, list(found)) == (3, ["file", "tables"])
    assert "others than its owner can read it" in found["file"][0]
    assert "is damaged" in found["tables"][0]
    saved = llmspell("runs", "recover", "--json")
    report = json.loads(saved.stdout)
    assert (report["runs"], report["entries"], Path(report["damaged"]).read_bytes()) == (1, 1, content[:-4096])
    assert llmspell("runs").stdout.split()[0] == run
    assert llmspell("replay", "latest").stdout == "hi\n"
    assert "there is nothing to recover" in llmspell("runs", "recover").stderr


def test_a_full_journal_ends_the_run_and_it_goes_on_when_there_is_room(project: Path, llmspell: Command) -> None:
    settings = project / "llmspell.toml"
    settings.write_text('[journal]\nsize = "1MiB"\ndurability = "full"\n')
    full = llmspell("run", "noise.lua", "--model=echo")
    assert (full.returncode, full.stdout) == (3, "")
    assert "the disk is full, or it has more than 1 MiB" in full.stderr
    settings.write_text("")
    done = llmspell("resume", "latest", "--model=echo")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_disk_that_takes_no_more_ends_the_run_and_it_goes_on_later(
    project: Path, llmspell: Command, environ: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "llmspell", "run", "noise.lua", "--model=echo"]
    full = subprocess.run(
        command, cwd=project, env=environ, capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000)),
    )  # fmt: skip
    assert (full.returncode, full.stdout, "Traceback" in full.stderr) == (3, "", False), full.stderr
    assert "the disk of the journal" in full.stderr
    done = llmspell("resume", "latest", "--model=echo")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_where_no_journal_can_be_a_run_goes_on_and_says_so(journal: Path, llmspell: Command) -> None:
    journal.mkdir(parents=True)
    done = llmspell("run", "hi.lua", "--model=echo")
    assert (done.returncode, done.stdout) == (0, "hi\n")
    assert done.stderr.count("warning: the journal does not have this run") == 1


def test_a_wrong_setting_ends_a_command_that_needs_the_journal(project: Path, llmspell: Command) -> None:
    (project / "llmspell.toml").write_text("[journal]\ndurabilty = 'full'")
    done = llmspell("run", "hi.lua", "--model=echo")
    assert (done.returncode, done.stdout) == (3, "")
    assert "there is no setting `journal.durabilty`" in done.stderr
