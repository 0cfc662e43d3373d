"""`llmspell approve`: what waits, and answers from options."""

import json
import sqlite3
from pathlib import Path

import pytest
from commandline import Command
from test_parking import MAP, Screen, written

from llmspell.journal.values import fingerprint

MIXED = """
local all = parallel {
  function() return approve("Go on?") end,
  function() return Human.ask("Who?") end,
  function() return Human.choose("Which?", { "a", "b" }) end,
  function() return Human.review("text", { title = "T", timeout = "1h" }) end,
}
return all
"""


@pytest.fixture
def parked(llmspell: Command, tmp_path: Path) -> str:
    """Return a run that waits for four answers."""
    done = llmspell("run", written(tmp_path, "it.lua", MIXED))
    assert done.returncode == 9
    return done.stderr.split("run ")[1].split()[0]


def calls(llmspell: Command, *words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(llmspell("approve", *words, "--json").stdout)
    return found


def test_each_sort_of_question_takes_its_own_answer(llmspell: Command, parked: str) -> None:
    numbers = {each["sort"]: str(each["call"]) for each in json.loads(llmspell("approve", "--json").stdout)["waiting"]}
    for sort, words, message in [
        ("ask", [], "wants an answer, and not only that you agree"),
        ("ask", ["--edit"], "there is no terminal for an editor"),
        ("choose", ["--choice", "c"], "c is none of the choices"),
        ("approve", ["--text", "x"], "takes no text"),
        ("approve", ["--deny", "--text", "x"], "--deny and --text contradict each other"),
        ("approve", ["--fingerprint", "00"], "is not the question that you have seen"),
        ("approve", ["--note", "x" * 2000], "a note has at most"),
    ]:
        refused = llmspell("approve", parked, numbers[sort], *words)
        assert (refused.returncode, message in refused.stderr) == (2, True), refused.stderr
    assert "4 questions wait in run" in llmspell("approve", parked).stderr
    assert "does not wait for an answer" in llmspell("approve", parked, "9").stderr
    decided = calls(llmspell, parked, numbers["ask"], "--text", "Ann")
    assert decided == {
        "status": "ok", "run": parked, "waiting": 3,
        "decided": [{"call": int(numbers["ask"]), "word": "answered", "note": ""}],
    }  # fmt: skip
    llmspell("approve", parked, numbers["choose"], "--choice", "b")
    llmspell("approve", parked, numbers["review"])
    last = llmspell("approve", parked, numbers["approve"], "--deny", "--note", "no", "--resume")
    assert (last.returncode, json.loads(last.stdout)) == (0, [False, "Ann", "b", "text"])


def test_the_first_decision_counts_and_the_second_learns_of_it(llmspell: Command, parked: str) -> None:
    (first, *_) = json.loads(llmspell("approve", "--json").stdout)["waiting"]
    words = ["approve", parked, str(first["call"]), "--fingerprint", first["fingerprint"]]
    assert llmspell(*words, "--deny").returncode == 0
    second = llmspell(*words)
    assert second.returncode == 9
    assert f"call {first['call']} of run {parked} was decided already: denied by " in second.stderr


def test_who_answers_too_late_decides_nothing(llmspell: Command, tmp_path: Path, parked: str) -> None:
    with sqlite3.connect(tmp_path / ".llmspell" / "journal.db") as journal:
        journal.execute("UPDATE calls SET started_ms = started_ms - 3600000")
    journal.close()
    (number,) = [str(each["call"]) for each in json.loads(llmspell("approve", "--json").stdout)["waiting"]
                 if each["sort"] == "review"]  # fmt: skip
    assert "\ttoo late\t" in llmspell("approve").stdout
    assert "too late: T" in llmspell("approve", parked, number).stderr
    assert "was decided already: too late by the clock" in llmspell("approve", parked, number).stderr


def test_a_journal_from_elsewhere_shows_what_it_asks_or_nothing(llmspell: Command, tmp_path: Path, parked: str) -> None:
    for request, identified, message in [
        (["Another?"], None, "asks something else in the journal than it did"),
        ([{"x": 1}], [{"x": 1}], "asks nothing that can be shown"),
    ]:
        with sqlite3.connect(tmp_path / ".llmspell" / "journal.db") as journal:
            text = "UPDATE calls SET req = ?, fp = coalesce(?, fp) WHERE op = 'approve'"
            print_ = None if identified is None else fingerprint("approve", identified)
            journal.execute(text, (json.dumps(request), print_))
        journal.close()
        for words in ([], [parked, "--all"]):
            refused = llmspell("approve", *words)
            assert refused.returncode == 3
            assert f"call 1 of run {parked} {message}" in refused.stderr


def test_nothing_waits(llmspell: Command, tmp_path: Path) -> None:
    written(tmp_path, "it.lua", "return 1")
    assert "nothing waits for an answer" in llmspell("approve").stderr
    llmspell("run", "it.lua")
    refused = llmspell("approve", "latest")
    assert refused.returncode == 2
    assert "waits for an answer: the run is done" in refused.stderr
    written(tmp_path, "it.lua", MAP["lua"])
    llmspell("run", "it.lua")
    assert llmspell("approve", "latest", "--all").returncode == 0
    second = llmspell("approve", "latest")
    assert second.returncode == 9
    assert "was decided already: approved by " in second.stderr
    assert "goes on with it" in second.stderr


def test_a_note_alone_answers_nothing_at_a_terminal(
    llmspell: Command, tmp_path: Path, environ: dict[str, str], parked: str
) -> None:
    screen = Screen(tmp_path, environ, "approve", parked, "1", "--note", "with care")
    assert "  | Go on?\n" in screen.answer("[l]ater > ", "d\n")
    assert "call 1 denied" in screen.end()[1]
    with sqlite3.connect(tmp_path / ".llmspell" / "journal.db") as journal:
        (meta,) = journal.execute("SELECT meta FROM calls WHERE op = 'approve'").fetchone()
    journal.close()
    assert json.loads(meta)["decided"]["note"] == "with care"
