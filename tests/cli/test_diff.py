"""`llmspell diff`: how two runs differ, and that two which do not are the same."""

from pathlib import Path
from typing import Any

import pytest
from reading import EVIL, Reading, asked, paid, plant, project, reading

from llmspell.journal.records import Entry

__all__ = ["project", "reading"]


def reply(text: str, name: str = "id") -> dict[str, Any]:
    return {"text": text, "agent": "ask", "id": name}


def test_runs_that_differ_in_time_cost_and_names_alone_are_the_same(project: Path, reading: Reading) -> None:
    plant(project, "ONE00001", [asked(1, value=reply("a", "x1"), meta=paid(0.1))], result=1)
    later = asked(1, value=reply("a", "x2"), meta=paid(0.2), t_ms=1_800_000_000_000)
    plant(project, "TWO00001", [later], result=1, files={"it.lua": "-- other\n"})
    same = reading("diff", "ONE", "TWO")
    assert same.code == 0
    assert same.out.splitlines()[2:] == ["file it.lua differs", "the same"]
    found = reading("diff", "ONE", "TWO", "--json").document
    assert (found["same"], found["files"], found["calls"], found["ending"]) == (True, ["it.lua"], [], [])
    assert [run["run"] for run in found["runs"]] == ["ONE00001", "TWO00001"]


def test_each_call_that_differs_is_shown_with_how(project: Path, reading: Reading) -> None:
    old = [
        asked(1),
        asked(2, ["a", {"n": 1}]),
        asked(3, value=reply("yes")),
        asked(4),
        asked(5, ["gone"], op="Fs.read"),
    ]
    new = [
        asked(1),
        asked(2, ["a", {"n": 2}]),
        asked(3, value=reply("no")),
        asked(4, ["extra"], op="say"),
        asked(5, ["question 4"]),
    ]
    plant(project, "ONE00001", old, result=[1], args={"x": 1})
    error = {"kind": "script", "message": "broke"}
    plant(project, "TWO00001", new, status="failed", error=error, args={"x": 2})
    differ = reading("diff", "ONE", "TWO")
    assert differ.code == 1
    assert differ.out.splitlines()[2:] == [
        "args", '-{"x": 1}', '+{"x": 2}',
        "call 2 ask (line 3): asked for something else",
        "@@ -2,5 +2,5 @@", '   "a",', "   {", '-    "n": 1', '+    "n": 2', "   }", " ]",
        "call 3 ask (line 3): got another answer",
        "@@ -1,4 +1,4 @@", " {", '-  "text": "yes",', '+  "text": "no",', '   "agent": "ask",', '   "id": "id"',
        "call 4 → 5 ask (line 3): has another number",
        "call 5 Fs.read (line 3): only in the first", '-["gone"]',
        "call 4 say (line 3): only in the second", '+["extra"]',
        "status", "-done", "+failed", "error", "-none", "+script: broke", "result", "-[1]", "+",
    ]  # fmt: skip
    found = reading("diff", "ONE", "TWO", "--json")
    assert found.code == 1
    kinds = [(each["kind"], each["first"], each["second"]) for each in found.document["calls"]]
    assert kinds == [
        ("request", 2, 2), ("answer", 3, 3), ("moved", 4, 5), ("only in the first", 5, None),
        ("only in the second", None, 4),
    ]  # fmt: skip
    assert found.document["calls"][0]["requests"] == [["a", {"n": 1}], ["a", {"n": 2}]]
    assert found.document["calls"][1]["answers"][1]["text"] == "no"


def test_what_is_inside_of_calls_is_compared_too(project: Path, reading: Reading) -> None:
    for name, value in (("ONE00001", 1), ("TWO00001", 2)):
        plant(project, name, [asked(1), Entry(no=1, key="tool:a", op="tool", ok=True, value=value)])
    assert "call 1/tool:a tool (line 0): got another answer\n" in reading("diff", "ONE", "TWO").out


def test_of_many_differences_the_first_are_shown_and_the_rest_are_counted(project: Path, reading: Reading) -> None:
    for name in ("ONE", "TWO"):
        plant(project, name, [asked(no, value=f"{name} {no}") for no in range(1, 31)])
    lines = reading("diff", "one", "two").out.splitlines()
    assert sum(line.startswith("call ") for line in lines) == 20
    assert lines[-1] == "… and 10 more calls that differ (10 got another answer): --all shows them"
    every = reading("diff", "one", "two", "--all").out.splitlines()
    assert sum(line.startswith("call ") for line in every) == 30
    assert reading("diff", "one", "two", "--json").document["differing"] == {"answer": 30}


@pytest.mark.parametrize("large", ["x\n" * 100_000, "x" * 1_000_000])
def test_nothing_in_two_runs_holds_up_or_deceives_who_compares_them(
    large: str, project: Path, reading: Reading
) -> None:
    plant(project, "ONE00001", [asked(1, [large, EVIL], op=EVIL, file=EVIL)], identity=EVIL, spell=EVIL)
    plant(project, "TWO00001", [asked(1, [EVIL, large], op=EVIL, file=EVIL)], result=EVIL, files={EVIL: EVIL})
    shown = reading("diff", "ONE", "TWO").out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 50_000
    assert not any(line.startswith("# head") for line in shown.splitlines())
    assert reading("diff", "ONE", "nothing").code == 2
