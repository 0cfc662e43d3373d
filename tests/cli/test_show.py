"""`llmspell show`: one run, from each side."""

import json
import time
from pathlib import Path

import pytest
from reading import BEGAN, EVIL, Reading, asked, bend, paid, plant, project, reading

from llmspell.journal.records import Entry, Line

__all__ = ["project", "reading"]


def test_the_summary_says_how_it_ended_and_what_comes_next(project: Path, reading: Reading) -> None:
    error = {"kind": "script", "message": "it broke", "hint": "mend it", "where": {"file": "it.lua", "line": 3}}
    plant(project, "FAILED01", [asked(1)], status="failed", error=error)
    plant(project, "DONE0001", [asked(1, meta=paid(0.25))], result={"n": [1]})
    plant(project, "OPEN0001", status="interrupted")
    failed = reading("show", "fail")
    assert "error[script]: it broke\n  --> it.lua:3\n" in failed.out
    assert " 3 | return ask('question').text" in failed.out
    assert "= fix:  mend it" in failed.out
    assert failed.err == "try: llmspell show FAILED01 --tree\n"
    done = reading("show", "DONE0001")
    assert 'result\n{\n  "n": [\n    1\n  ]\n}\n' in done.out
    assert "cost      $0.2500\n" in done.out
    assert done.err == "try: llmspell replay DONE0001\n"
    assert reading("show", "latest").err == "try: llmspell resume OPEN0001\n"
    assert reading("show", "nothing").code == 2


def test_people_are_told_how_long_ago_and_programs_when(
    project: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(project, "RUN00001")
    plant(project, "RUN00002")
    now = round(time.time() * 1000)
    bend(project, "UPDATE runs SET created_ms = ? WHERE run_id = 'RUN00002'", now - 7_300_000)
    assert reading("runs").out.splitlines()[1].split("\t")[3].startswith("2023-11-")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    head, first, second = reading("runs").out.splitlines()
    assert head.split() == ["RUN", "STATUS", "SPELL", "BEGAN", "TOOK", "COST"]
    assert " 2h ago " in first
    assert "d ago " in second


def test_what_waits_for_a_person_is_shown_with_the_command_that_answers(project: Path, reading: Reading) -> None:
    waits = asked(1, ["Send it?"], op="approve", effect="external", ok=None, value=None, ord=None, batch=None)
    plant(project, "WAITS001", [waits], status="suspended")
    shown = reading("show", "latest")
    assert "waiting   call 1: approve: Send it?\n" in shown.out
    assert shown.err == "try: llmspell approve WAITS001\n"
    assert reading("show", "latest", "--json").document["waiting"] == [
        {"no": 1, "op": "approve", "request": ["Send it?"]}
    ]


def test_the_runs_that_a_run_has_begun_are_below_it(project: Path, reading: Reading) -> None:
    plant(project, "PARENT01", [asked(1, op="Run.spell", line=5), asked(2, meta=paid(0.1))])
    plant(project, "PARENT01.1", [asked(1, meta=paid(0.2))], parent="PARENT01", parent_no=1)
    plant(project, "PARENT01.1.1", [asked(1, meta=paid(0.3, "m/two"))], parent="PARENT01.1", parent_no=1)
    plant(project, "CIRCLE01", parent="CIRCLE01", parent_no=1)
    assert "began     PARENT01.1 done it.lua (call 1)\n" in reading("show", "PARENT01").out
    assert "part of   PARENT01, call 1\n" in reading("show", "PARENT01.1").out
    lines = reading("show", "PARENT01", "--tree").out.splitlines()
    assert [line[:14] for line in lines] == [
        "it.lua  PARENT", "  ✓  1 Run.spe", "    it.lua  PA", "      ✓  1 ask", "        it.lua", "          ✓  1",
        "  ✓  2 ask  li",
    ]  # fmt: skip
    assert [line.split("\t")[1::6] for line in reading("show", "PARENT01", "--cost").out.splitlines()] == [
        ["m/one", "$0.3000"], ["m/two", "$0.3000"], ["line 5", "$0.5000"], ["line 3", "$0.1000"],
    ]  # fmt: skip
    assert len(reading("show", "CIRCLE01", "--tree").out.splitlines()) == 1


def test_the_tree_shows_each_call_and_what_is_inside_of_it(project: Path, reading: Reading) -> None:
    inside = Entry(no=1, key="tool:a", op="tool", ok=True, value=1)
    function = Entry(no=1, key="tool:a/fn:1", op="fn", request=[1, []], ord=5, batch=5, t_ms=BEGAN)
    reply = {"text": "x", "agent": "critic", "model": "m/one"}
    plant(
        project, "TREE0001", [asked(1, value=reply, meta=paid(0.5)), inside, function, asked(2, ok=False, file="m.lua")]
    )
    head, *lines = reading("show", "latest", "--tree").out.splitlines()
    assert head.startswith("it.lua  TREE0001  done")
    assert head.endswith("$0.5000")
    assert lines == [
        "  ✓  1 ask  “critic”  line 3  100ms  $0.5000",
        "    ✓  tool:a",
        "      ·  tool:a/fn:1",
        "  ✗  2 ask  m.lua:3  100ms  failed",
    ]
    (first, second) = reading("show", "latest", "--tree", "--json").document["tree"]
    assert (first["name"], first["usd"], [each["key"] for each in first["inside"]]) == (
        "critic", 0.5, ["tool:a", "tool:a/fn:1"],
    )  # fmt: skip
    assert (second["state"], second["file"], second["took_ms"]) == ("failed", "m.lua", 100)


def test_many_calls_of_one_line_are_one_line_of_the_tree(project: Path, reading: Reading) -> None:
    calls = [asked(no, ok=no % 20 != 0, meta=paid(0.001)) for no in range(1, 101)]
    plant(project, "MANY0001", [*calls, asked(101, line=9, op="Fs.read")])
    assert reading("show", "latest", "--tree").out.splitlines()[1:] == [
        "  ✗  ask (100)  line 3  95 ok, 5 failed  100ms to 100ms, half within 100ms  $0.1000",
        *(f"    ✗  {no} ask  line 3  100ms  failed  $0.0010" for no in (20, 40, 60)),
        "    …  2 more that failed",
        "  ✓  101 Fs.read  line 9  100ms",
    ]


def test_calls_are_shown_whole_in_json_and_short_in_lines(project: Path, reading: Reading) -> None:
    late = asked(3, value=None, ok=None, ord=None, batch=None, t_ms=None)
    untold = asked(4, ord=None, batch=None)
    plant(project, "CALLS001", [asked(1, value=b"\x00" * 300), asked(2, ["x" * 500]), late, untold])
    rows = [line.split("\t") for line in reading("show", "latest", "--calls").out.splitlines()]
    assert [(row[0], row[1], row[2], row[3], row[4]) for row in rows] == [
        ("1", "ask", "3", "ok", "100ms"), ("2", "ask", "3", "ok", "100ms"), ("3", "ask", "3", "given up", "-"),
        ("4", "ask", "3", "ok, not told", "100ms"),
    ]  # fmt: skip
    assert len(rows[1][6]) == 200
    assert rows[0][7] == '{"bytes": 300}'
    calls = reading("show", "latest", "--calls", "--json").document["calls"]
    assert [call["value"] for call in calls] == [{"bytes": 300}, "yes", None, "yes"]
    assert calls[1]["request"] == ["x" * 500]
    assert calls[0]["fingerprint"] == asked(1).fingerprint.hex()


def test_the_log_has_all_that_was_said(project: Path, reading: Reading) -> None:
    log = Line(t_ms=BEGAN + 5, stream="log", level="warn", text="hot", fields={"n": 1, "s": "x"})
    plant(project, "LOG00001", lines=["one\ntwo\n", log, Line(t_ms=BEGAN + 9, stream="progress", text="map: 1/2")])
    rows = [line.split("\t") for line in reading("show", "latest", "--log").out.splitlines()]
    assert [row[1:] for row in rows] == [
        ["out", "one"], ["out", "two"], ["log", 'warn: hot n=1 s="x"'], ["progress", "map: 1/2"],
    ]  # fmt: skip
    assert rows[0][0].startswith("2023-11-1")
    lines = reading("show", "latest", "--log", "--json").document["lines"]
    assert [(line["no"], line["stream"], line["text"]) for line in lines[:2]] == [
        (1, "out", "one\ntwo\n"), (2, "log", "hot"),
    ]  # fmt: skip
    assert lines[1]["fields"] == {"n": 1, "s": "x"}


def test_costs_are_told_by_model_and_by_line(project: Path, reading: Reading) -> None:
    dear = asked(2, meta=paid(0.5, "m/two"), line=7)
    unknown = asked(3, meta=paid(0, "m/new", unpriced=1), line=7)
    plant(project, "COST0001", [asked(1, meta=paid(0.1)), dear, unknown, asked(4)])
    assert reading("show", "latest", "--cost").out.splitlines() == [
        "model\tm/two\t1\t1\t10\t5\t0\t$0.5000",
        "model\tm/one\t1\t1\t10\t5\t0\t$0.1000",
        "model\tm/new\t1\t1\t10\t5\t0\tunknown",
        "line\tline 7\t2\t2\t20\t10\t0\tunknown",
        "line\tline 3\t1\t1\t10\t5\t0\t$0.1000",
    ]
    cost = reading("show", "latest", "--cost", "--json").document["cost"]
    assert (cost["models"][0]["name"], cost["models"][0]["usd"]) == ("m/two", 0.5)
    assert (cost["lines"][0]["calls"], cost["lines"][0]["unpriced"]) == (2, 1)


@pytest.mark.parametrize("view", [[], ["--tree"], ["--calls"], ["--log"], ["--cost"]], ids=lambda view: "".join(view))
@pytest.mark.parametrize("terminal", [False, True])
def test_no_text_of_a_stranger_reaches_a_terminal_as_it_is(
    view: list[str], terminal: bool, project: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Line(t_ms=BEGAN, stream="log", level=EVIL, text=EVIL, fields={EVIL: EVIL})
    call = asked(1, [EVIL], {"agent": EVIL, "model": EVIL}, file=EVIL, op=EVIL, meta=paid(1, EVIL))
    error = {"kind": EVIL, "message": EVIL, "hint": EVIL, "where": {"file": EVIL, "line": 1}}
    plant(
        project, "EVIL0001", [call], [EVIL, log], status="failed", error=error, result=EVIL, identity=EVIL, spell=EVIL,
        model=EVIL, profile=EVIL, args={EVIL: EVIL}, files={EVIL: EVIL},
    )  # fmt: skip
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    shown = reading("show", "latest", *view)
    assert shown.code == 0, shown.err
    printed = shown.out if view else shown.out.partition("result\n")[0]  # a result behind a pipe is what it is
    assert "\x1b" not in printed + shown.err
    assert "\u202e" not in printed + shown.err
    assert not any(line.startswith(("# head", "~~~")) for line in printed.splitlines())
    assert reading("show", "latest", *view, "--json").document["run"] == "EVIL0001"


def test_a_record_of_another_shape_is_shown_as_far_as_it_goes(project: Path, reading: Reading) -> None:
    call = asked(1, value={"agent": 5, "model": []}, meta={"usage": [1], "models": "x", "from": 3})
    usage = {"usd": "much", "requests": "x"}
    odd = asked(2, meta={"usage": {"usd": "x", "requests": None}, "models": {"m": 5}})
    plant(project, "ODD00001", [call, odd], status="failed", error=["what"], args=5)
    bend(project, "UPDATE runs SET usage = ?, model = ?", json.dumps(usage), "x")
    bend(project, "UPDATE calls SET meta = '[1]' WHERE no = 1")
    for view in ([], ["--tree"], ["--calls"], ["--log"], ["--cost"]):
        for form in ([], ["--json"]):
            shown = reading("show", "latest", *view, *form)
            assert shown.code in (0, 3), (view, form, shown.err)
            assert "internal error" not in shown.out + shown.err
