"""`llmspell runs` and `llmspell show`: what the journal of a project knows."""

import json
from pathlib import Path

import pytest
from commandline import Command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "llmspell.toml").write_text("", encoding="utf-8")
    (tmp_path / "good.lua").write_text('spell { params = { n = 1 } } return ask("hi " .. spell().n).text', "utf-8")
    (tmp_path / "bad.js").write_text('await ask("hi"); fail("it broke");', "utf-8")
    return tmp_path


@pytest.fixture
def cast(project: Path, llmspell: Command) -> list[str]:
    """Cast three spells and return their ids, the newest first."""
    commands = (("good.lua", "--n=2"), ("bad.js",), ("good.lua",))
    runs = [json.loads(llmspell("run", *words, "--model=echo", "--json").stdout)["run"] for words in commands]
    return runs[::-1]


def listed(llmspell: Command, *words: str) -> list[str]:
    done = llmspell("runs", *words)
    assert done.returncode == 0, done.stderr
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def test_runs_are_listed_the_newest_first(cast: list[str], llmspell: Command) -> None:
    assert listed(llmspell) == cast
    line = llmspell("runs", "-n", "1").stdout.split("\t")
    assert line[:3] == [cast[0], "done", "good.lua"]
    assert line[5] == "$0.0000\n"


def test_runs_are_found_by_spell_status_and_time(cast: list[str], llmspell: Command) -> None:
    newest, failed, oldest = cast
    assert listed(llmspell, "--spell", "good.lua") == [newest, oldest]
    assert listed(llmspell, "--status", "failed,cancelled") == [failed]
    assert listed(llmspell, "--since", "1h", "-n", "2") == [newest, failed]
    assert listed(llmspell, "--since", "2099-01-01") == []
    assert listed(llmspell, "--arg", "n=2") == [oldest]
    assert listed(llmspell, "--min-usd", "0.5") == []
    assert listed(llmspell, "--min-usd", "0") == cast
    assert llmspell("runs", "--arg", "n").returncode == 2
    wrong = llmspell("runs", "--status", "good")
    assert wrong.returncode == 2
    assert 'there is no status "good"' in wrong.stderr
    assert llmspell("runs", "--since", "soon").returncode == 2


def test_runs_as_one_document(cast: list[str], llmspell: Command) -> None:
    runs = json.loads(llmspell("runs", "--json").stdout)["runs"]
    assert [run["run"] for run in runs] == cast
    assert runs[1]["error"]["message"] == "it broke"
    assert runs[2]["args"]["n"] == 2


def test_a_run_is_shown_by_the_beginning_of_its_name(cast: list[str], llmspell: Command) -> None:
    shown = llmspell("show", cast[1][:6].lower()).stdout
    assert f"run       {cast[1]}\n" in shown
    assert "error[script]: it broke\n" in shown
    assert llmspell("show", "nothing").returncode == 2


def test_the_calls_of_a_run_are_shown(cast: list[str], llmspell: Command) -> None:
    (line,) = llmspell("show", "latest", "--calls").stdout.splitlines()
    number, op, place, state, _, cost, asked, answered = line.split("\t")
    assert (number, op, place, state, cost, asked) == ("1", "ask", "1", "ok", "$0.0000", '["hi 1"]')
    assert json.loads(answered)["text"] == "hi 1"
    (call,) = json.loads(llmspell("show", "latest", "--calls", "--json").stdout)["calls"]
    assert (call["no"], call["ord"], call["request"], call["value"]["text"]) == (1, 0, ["hi 1"], "hi 1")
    assert call["meta"]["usage"]["requests"] == call["meta"]["models"]["echo"]["requests"] == 1


def test_a_project_without_runs_has_none_and_stays_as_it_is(project: Path, llmspell: Command) -> None:
    assert listed(llmspell) == []
    assert not (project / ".llmspell").exists()
    assert llmspell("show", "latest").returncode == 2


def test_a_run_that_cannot_be_written_down_says_so_once_and_runs(project: Path, llmspell: Command) -> None:
    (project / "elsewhere").mkdir()
    (project / ".llmspell").symlink_to("elsewhere")
    done = llmspell("run", "good.lua", "--model=echo")
    assert (done.returncode, done.stdout) == (0, "hi 1\n")
    assert done.stderr.count("the journal cannot be behind a link") == 1
    assert listed(llmspell) == []
