"""`llmspell batch`: one run for each line, in order, interrupted and gone on with."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commandline import Command
from test_resume import Pages
from website import website

DOUBLE = {
    "lua": """
local args = spell { params = { n = "int" } }
if args.n == 3 then fail("no threes") end
print(args.n)
return args.n * 2
""",
    "js": """
const args = spell({ params: { n: "int" } });
if (args.n === 3) fail("no threes");
print(args.n);
export default args.n * 2;
""",
}
TEXT = 'local args = spell { input = "text", params = { mark = "!" } }\nreturn args.input .. args.mark\n'


def written(folder: Path, name: str, lines: list[Any]) -> Path:
    path = folder / name
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines))
    return path


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("suffix", DOUBLE)
def test_each_line_is_a_run_and_the_order_is_kept(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"double.{suffix}").write_text(DOUBLE[suffix])
    written(tmp_path, "in.jsonl", [{"n": n} for n in (1, 2, 3, 4, 5)])
    done = llmspell("batch", f"double.{suffix}", "--in", "in.jsonl", "--out", "out.jsonl", "-j", "3")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "5/5  ok 4  failed 1" in done.stderr
    found = records(tmp_path / "out.jsonl")
    assert [each["line"] for each in found] == [1, 2, 3, 4, 5]
    assert [each["result"] for each in found] == [2, 4, None, 8, 10]
    assert [each["output"] for each in found] == ["1\n", "2\n", "", "4\n", "5\n"]
    assert (found[2]["status"], found[2]["error"]["message"]) == ("failed", "no threes")
    assert found[2]["error"]["where"]["line"] == 3
    assert not (tmp_path / "out.jsonl.partial").exists()


def test_a_line_that_is_wrong_keeps_its_error_and_stops_nothing(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "double.lua").write_text(DOUBLE["lua"])
    written(tmp_path, "in.jsonl", ["not json", "", {"m": 1}, 7, {"n": 4}])
    done = llmspell("batch", "double.lua", "--in", "in.jsonl", "--out", "out.jsonl")
    assert done.returncode == 1
    assert [(each["line"], each["status"]) for each in records(tmp_path / "out.jsonl")] == [
        (1, "failed"), (3, "failed"), (4, "failed"), (5, "ok")
    ]  # fmt: skip
    errors = [each["error"]["message"] for each in records(tmp_path / "out.jsonl")[:3]]
    assert errors[0].startswith("the line is not JSON")
    assert errors[1] == 'double.lua has no parameter "m"'
    assert errors[2] == "the line must be an object with the parameters of the spell, got 7"


def test_a_line_can_be_the_input(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "text.lua").write_text(TEXT)
    written(tmp_path, "in.jsonl", ['"a"', {"input": "b", "mark": "?"}])
    assert llmspell("batch", "text.lua", "--in", "in.jsonl", "--out", "out.jsonl").returncode == 0
    assert [each["result"] for each in records(tmp_path / "out.jsonl")] == ["a!", "b?"]


def test_an_input_that_looks_like_a_pattern_grants_nothing_else(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "read.lua").write_text(
        'local args = spell { input = "file" }\nreturn { pcall(Fs.read, "b.txt"), (pcall(Fs.read, "/etc/hostname")) }'
    )
    (tmp_path / "b.txt").write_text("not given")
    written(tmp_path, "in.jsonl", ['"*"', '"/"', '"."', '"?.txt"'])
    words = ("--in", "in.jsonl", "--out", "out.jsonl", "--security", "high")
    assert llmspell("batch", "read.lua", *words).returncode == 0
    assert [each["result"] for each in records(tmp_path / "out.jsonl")] == [[False, False]] * 4


def test_results_are_never_overwritten(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "text.lua").write_text(TEXT)
    written(tmp_path, "in.jsonl", ['"a"'])
    (tmp_path / "out.jsonl").write_text("mine")
    refused = llmspell("batch", "text.lua", "--in", "in.jsonl", "--out", "out.jsonl")
    assert refused.returncode == 2
    assert "out.jsonl has results already" in refused.stderr
    assert (tmp_path / "out.jsonl").read_text() == "mine"


def test_what_failed_is_tried_again_only_when_that_is_asked_for(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "double.lua").write_text(DOUBLE["lua"])
    written(tmp_path, "in.jsonl", [{"n": 3}, {"n": 4}])
    words = ("batch", "double.lua", "--in", "in.jsonl", "--out", "out.jsonl", "--json")
    llmspell(*words)
    first = records(tmp_path / "out.jsonl")
    assert llmspell(*words, "--resume").returncode == 1
    assert records(tmp_path / "out.jsonl") == first
    llmspell(*words, "--resume", "--retry")
    again = records(tmp_path / "out.jsonl")
    assert [each["run"] == old["run"] for each, old in zip(again, first, strict=True)] == [False, True]


def test_nothing_is_gone_on_with_that_has_changed(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "text.lua").write_text(TEXT)
    written(tmp_path, "in.jsonl", ['"a"'])
    words = ("batch", "text.lua", "--in", "in.jsonl", "--out", "out.jsonl", "--resume")
    llmspell(*words)
    written(tmp_path, "in.jsonl", ['"b"'])
    assert "line 1 has changed since out.jsonl was written" in llmspell(*words).stderr
    (tmp_path / "text.lua").write_text(TEXT + "-- changed")
    assert "out.jsonl has results of another spell" in llmspell(*words).stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_it_can_be_ended_at_any_time_and_gone_on_with(tmp_path: Path, environ: dict[str, str], end: int) -> None:
    (tmp_path / "slow.lua").write_text(
        'local args = spell { params = { n = "int" } }\nif args.n > 2 then sleep("20s") end\nreturn args.n\n'
    )
    written(tmp_path, "in.jsonl", [{"n": n} for n in (1, 2, 3, 4)])
    words = [sys.executable, "-m", "llmspell", "batch", "slow.lua", "--in", "in.jsonl", "--out", "out.jsonl", "-j", "2"]
    process = subprocess.Popen(words, cwd=tmp_path, env=environ, stderr=subprocess.DEVNULL)
    partial = tmp_path / "out.jsonl.partial"
    while not partial.exists() or partial.read_text().count('"result"') < 2:
        assert process.poll() is None
    process.send_signal(end)
    assert process.wait(30) == (130 if end == signal.SIGINT else -signal.SIGKILL)
    kept = [each for each in records(partial) if "result" in each]
    assert {each["line"]: each["result"] for each in kept} == {1: 1, 2: 2}
    with partial.open("a") as file:
        file.write('{"line": 3, "sta')  # as a crash leaves it
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"n": n}) + "\n" for n in (1, 2)))
    done = subprocess.run([*words, "--resume"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ordered = sorted(kept, key=lambda each: each["line"])
    assert [each["run"] for each in records(tmp_path / "out.jsonl")] == [each["run"] for each in ordered]


def test_a_spell_that_asks_for_more_is_refused_before_anything_runs(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text('spell { allow = { net = { "example.com" } } }\nreturn 1\n')
    written(tmp_path, "in.jsonl", [{}])
    refused = llmspell("batch", "x.lua", "--in", "in.jsonl", "--out", "out.jsonl")
    assert refused.returncode == 5
    assert not (tmp_path / "out.jsonl").exists()
    allowed = llmspell("batch", "x.lua", "--in", "in.jsonl", "--out", "out.jsonl", "--allow-net=example.com")
    assert allowed.returncode == 0


def test_no_run_begins_after_the_money_is_spent(llmspell: Command, tmp_path: Path, model_server: Any) -> None:
    (tmp_path / "ask.lua").write_text('local args = spell { input = "text" }\nreturn ask(args.input)\n')
    written(tmp_path, "in.jsonl", ['"Say hello in five words."'] * 4)
    words = ("batch", "ask.lua", "--in", "in.jsonl", "--out", "out.jsonl", "-j", "1", "--model", "openai/gpt-5-mini")
    env = dict(model_server.env)
    capped = llmspell(*words, "--max-usd", "0.0000001", env=env)
    assert capped.returncode == 7, capped.stderr
    assert "3 lines have no result yet" in capped.stderr
    assert llmspell(*words, "--resume", env=env).returncode == 0
    assert len(records(tmp_path / "out.jsonl")) == 4


def test_other_ends_of_lines_are_data(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "text.lua").write_text(TEXT)
    (tmp_path / "in.jsonl").write_text('"a\u2028b"\n"c\x85d"\r\n', "utf-8")
    words = ("batch", "text.lua", "--in", "in.jsonl", "--out", "out.jsonl")
    assert llmspell(*words).returncode == 0
    first = (tmp_path / "out.jsonl").read_text("utf-8")
    assert [json.loads(line)["result"] for line in first.split("\n")[:2]] == ["a\u2028b!", "c\x85d!"]
    assert llmspell(*words, "--resume").returncode == 0
    assert (tmp_path / "out.jsonl").read_text("utf-8") == first


def test_the_lines_are_never_overwritten(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "text.lua").write_text(TEXT)
    path = written(tmp_path, "in.jsonl", ['"a"'])
    for resume in ([], ["--resume"]):
        refused = llmspell("batch", "text.lua", "--in", "in.jsonl", "--out", "./in.jsonl", *resume)
        assert "--in and --out are the same file" in refused.stderr
    assert path.read_text() == '"a"\n'


def test_no_link_is_written_through(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "text.lua").write_text(TEXT)
    (tmp_path / "victim").write_text("mine")
    written(tmp_path, "in.jsonl", ['"a"'])
    (tmp_path / "out.jsonl.partial").symlink_to(tmp_path / "victim")
    refused = llmspell("batch", "text.lua", "--in", "in.jsonl", "--out", "out.jsonl")
    assert "has results already" in refused.stderr
    llmspell("batch", "text.lua", "--in", "in.jsonl", "--out", "out.jsonl", "--resume")
    assert (tmp_path / "victim").read_text() == "mine"


def test_it_says_why_lines_have_failed(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text("return 1 +")
    written(tmp_path, "in.jsonl", [{}, {}])
    done = llmspell("batch", "x.lua", "--in", "in.jsonl", "--out", "out.jsonl")
    assert done.returncode == 1
    assert "line 1: unexpected symbol near <eof>" in done.stderr
    assert "2 lines have failed; their errors are in out.jsonl" in done.stderr


PAY = {
    "lua": """
local args = spell { params = { n = "int", site = "string" } }
local tried = attempt(function() return Http.post(args.site .. "/pay", { json = { n = args.n } }).text end)
if not approve("Go on?") then fail("no") end
print(args.n)
return { args.n, tried.ok, (tried.error and tried.error.data or {}).in_doubt }
""",
    "js": """
const args = spell({ params: { n: "int", site: "string" } });
const tried = await attempt(() => Http.post(`${args.site}/pay`, { json: { n: args.n } }));
if (!(await approve("Go on?"))) fail("no");
print(args.n);
export default [args.n, tried.ok, tried.error?.data?.in_doubt];
""",
}


@pytest.mark.parametrize("suffix", PAY)
async def test_the_runs_of_lines_go_on_and_nothing_is_done_twice(
    llmspell: Command, tmp_path: Path, environ: dict[str, str], suffix: str
) -> None:
    name = f"pay.{suffix}"
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / name).write_text(PAY[suffix])
    pages = Pages()
    async with website({"*": pages.page}) as site:
        written(tmp_path, "in.jsonl", [{"n": n, "site": site.url} for n in (1, 2)])
        words = ["batch", name, "--in", "in.jsonl", "--out", "out.jsonl", f"--allow-net={site.host}"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "llmspell", *words, cwd=tmp_path, env=environ
        )
        await pages.stuck(2)
        process.kill()
        await process.wait()
        parked = await asyncio.to_thread(llmspell, *words, "--resume")
        assert parked.returncode == 9, parked.stderr
        runs = {each["line"]: each["run"] for each in records(tmp_path / "out.jsonl.partial")}
        for line, run in runs.items():
            assert f"line {line} (llmspell approve {run})" in parked.stderr
        asked = llmspell(*words, "--resume")
        assert (asked.returncode, "waiting 2" in asked.stderr) == (9, True)
        for run in runs.values():
            assert llmspell("approve", run).returncode == 0
        assert llmspell("resume", runs[1], f"--allow-net={site.host}").returncode == 0  # by hand: its result counts too
        done = llmspell(*words, "--resume")
        assert done.returncode == 0, done.stderr
    assert sum(pages.asked.values()) == 2
    found = records(tmp_path / "out.jsonl")
    assert [each["result"] for each in found] == [[1, False, True], [2, False, True]]
    assert [(each["run"], each["output"]) for each in found] == [(runs[1], "1\n"), (runs[2], "2\n")]


def test_it_says_which_lines_may_be_done_twice(llmspell: Command, tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "slow.lua").write_text(
        'local args = spell { params = { n = "int" } }\nif args.n == 2 then sleep("20s") end\nreturn 1\n'
    )
    written(tmp_path, "in.jsonl", [{"n": n} for n in (1, 2)])
    words = ["batch", "slow.lua", "--in", "in.jsonl", "--out", "out.jsonl", "-j1", "--no-journal"]
    partial = tmp_path / "out.jsonl.partial"
    with subprocess.Popen([sys.executable, "-m", "llmspell", *words], cwd=tmp_path, env=environ) as process:
        while not partial.exists() or '"line": 2' not in partial.read_text():
            assert process.poll() is None
        process.kill()
    again = llmspell(*words, "--resume", "-q", "--max-usd", "0")
    assert "warning: line 2 had begun, and no journal has the run" in again.stderr
