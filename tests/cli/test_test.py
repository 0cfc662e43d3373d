"""`llmspell test`, as a person and as CI call it: what it tells and writes, and what no test file can make it do."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from commandline import ROOT, Command

Done = subprocess.CompletedProcess[str]

GREET = """local args = spell { about = "x", params = { name = "Ada" } }
local reply = ask("Greet {{name}}", { vars = args })
if reply.text == "" then
  return "nothing"
end
return reply
"""
TESTS = {
    "one.test.lua": """test("it greets", function()
  local result = cast("greet.lua", { name = "Bob" }, { model = { "Hi Bob" } })
  check.equal(result.text, "Hi Bob")
  check.equal(result.prompts[1].prompt, "Greet Bob")
end)
test("it is wrong", function()
  local text = "the same text, and a long one, for both of them"
  check.equal({ a = { 1, 2 }, b = text }, { a = { 1, 3 }, b = text })
end)
test("it runs out", function()
  attempt(function() cast("greet.lua", {}, { model = {} }) end)
  cast("greet.lua", {}, { model = {} })
end)
test("it has failed", function()
  check.equal(cast("greet.lua", {}, { model = function() fail("no", { kind = "refused" }) end }).text, "x")
end)
""",
    "two.test.js": """test("it greets", async () => {
  const result = await cast("greet.lua", { name: "Bob" }, { model: ["Hi Bob"] });
  check.equal(result.text, "Hi Bob");
  check.equal(result.prompts[0].prompt, "Greet Bob");
});
test("it is wrong", () => {
  const text = "the same text, and a long one, for both of them";
  check.equal({ a: [1, 2], b: text }, { a: [1, 3], b: text });
});
test("it runs out", async () => {
  await attempt(() => cast("greet.lua", {}, { model: [] }));
  await cast("greet.lua", {}, { model: [] });
});
test("it has failed", async () => {
  const model = () => fail("no", { kind: "refused" });
  check.equal((await cast("greet.lua", {}, { model })).text, "x");
});
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / "greet.lua").write_text(GREET)
    return tmp_path


def write(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (project / name).write_text(text)


def results(done: Done) -> dict[str, dict[str, Any]]:
    """Return what `--json` says of each test."""
    return {test["name"]: test for file in json.loads(done.stdout)["files"] for test in file["tests"]}


def test_our_own_samples_do_what_their_tests_say(llmspell: Command) -> None:
    """Thirty-two tests with fifty runs: 5 s, and the only place where all of it is used at once."""
    done = llmspell("--cwd", str(ROOT), "test", "tests/samples", "--json", "--min-coverage=95")
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert {test["status"] for file in told["files"] for test in file["tests"]} == {"ok"}
    spells = {str(path.relative_to(ROOT)) for path in (ROOT / "spells").iterdir()}
    assert {file["file"] for file in told["coverage"]["files"]} == spells
    assert [file["file"] for file in told["coverage"]["files"] if file["percent"] < 85] == []


def test_what_fails_is_told_with_its_line_in_both_languages(project: Path, llmspell: Command) -> None:
    write(project, TESTS)
    done = llmspell("test", "--coverage")
    assert done.returncode == 1
    lua, _, javascript = done.stdout.partition("two.test.js")
    for told, place in ((lua, "one.test.lua:8"), (javascript, "two.test.js:8:9")):
        assert "ok      it greets" in told
        assert "failed  it is wrong" in told
        assert "`check.equal`: the values differ" in told
        assert f"--> {place}" in told
        assert "^^^" in told
        assert "-     3" in told
        assert "+     2" in told
        assert 'the test has no answer for request 1: "Greet Ada"' in told
        assert "a spell that it cast has failed:" in told
        assert "error[refused]: no" in told
        assert "--> greet.lua:2" in told
    assert "greet.lua      5    80%  4" in done.stdout
    assert "2 ok, 6 failed in 2 files" in done.stderr


def test_spells_that_run_spells_may_be_many_and_not_too_deep(project: Path, llmspell: Command) -> None:
    spells = {
        "many.lua": "local fns = {} for i = 1, 10 do fns[i] = function() sleep(i) return Run.spell('middle') end end\n"
        "return #parallel(fns)",
        "middle.js": 'await sleep(60);\nexport default await Run.spell("leaf");',
        "leaf.lua": "return 1",
        "deep.lua": 'local args = spell { about = "x", params = { n = 0 } }\n'
        'return Run.spell("deep", { n = args.n + 1 })',
        "both.test.js": """test("many", async () => check.equal((await cast("many.lua")).value, 10));
test("deep", async () => {
  const result = await cast("deep.lua");
  check.equal(result.calls.length, 9);
  check.equal(result.error.message, "spells run each other more than 8 deep");
});
""",
    }
    write(project, spells)
    done = llmspell("test", "both.test.js")
    assert done.returncode == 0, done.stdout


def test_json_has_all_that_is_told(project: Path, llmspell: Command) -> None:
    write(project, {"one.test.lua": TESTS["one.test.lua"]})
    done = llmspell("test", "--json", "--min-coverage=90")
    tests = results(done)
    assert done.returncode == 1
    assert {name: test["status"] for name, test in tests.items()} == {
        "it greets": "ok",
        "it is wrong": "failed",
        "it runs out": "failed",
        "it has failed": "failed",
    }
    wrong = tests["it is wrong"]
    assert (wrong["line"], wrong["error"]["where"]["line"]) == (6, 8)
    assert (wrong["expected"]["a"], wrong["actual"]["a"]) == ([1, 3], [1, 2])
    assert tests["it has failed"]["casts"][0]["kind"] == "refused"
    coverage = json.loads(done.stdout)["coverage"]
    assert coverage == {
        "percent": 80.0,
        "files": [{"file": "greet.lua", "lines": 5, "percent": 80.0, "missing": [4]}],
    }


def test_some_tests_run_alone_and_the_first_failure_can_end_it(project: Path, llmspell: Command) -> None:
    write(project, {"one.test.lua": TESTS["one.test.lua"], "empty.test.js": "// nothing\n"})
    done = llmspell("test", "-k", "GREETS")
    assert (done.returncode, "1 ok, 3 skipped" in done.stderr) == (0, True)
    assert "it is wrong" not in done.stdout
    done = llmspell("test", "-x", "one.test.lua")
    assert (done.returncode, "1 ok, 1 failed, 2 skipped" in done.stderr) == (1, True)
    done = llmspell("test", "empty.test.js")
    assert (done.returncode, "no tests" in done.stdout) == (0, True)
    assert llmspell("test", "-k", "nothing has this").returncode == 2


def test_what_is_no_test_is_said(project: Path, llmspell: Command) -> None:
    assert "there are no tests here" in llmspell("test").stderr
    assert "greet.lua is not a test file" in llmspell("test", "greet.lua").stderr
    assert "there is no file gone" in llmspell("test", "gone").stderr
    write(project, {"a.test.lua": "test('x', function(\n", "b.test.js": "test('x', () => {}); test('x', () => {});"})
    done = llmspell("test")
    assert done.returncode == 1
    assert "--> a.test.lua:2" in done.stdout
    assert 'this file has a test "x" already' in done.stdout


def test_a_test_that_never_ends_is_blamed(project: Path, llmspell: Command) -> None:
    write(project, {"a.test.lua": 'test("ok", function() end)\ntest("endless", function()\n  while true do end\nend)\n'
                    'test("after", function() end)\n'})  # fmt: skip
    done = llmspell("test", "--json")
    (file,) = json.loads(done.stdout)["files"]
    assert [test["status"] for test in file["tests"]] == ["ok", "failed"]
    assert file["tests"][1]["error"]["where"]["line"] == 3
    assert file["not_run"] == 1


def test_recorded_answers_need_no_model_any_more(project: Path, llmspell: Command, model_server) -> None:
    text = 'test("it greets", function()\n  check.ok(cast("greet.lua", {}, { model = "recorded" }).text ~= "")\nend)\n'
    write(project, {"rec.test.lua": text})
    key = next(value for name, value in model_server.env.items() if name.endswith("_KEY"))
    words = ("test", "rec.test.lua", "--json")
    done = llmspell(*words, "--record", "--model=openai/gpt-5-mini", env=model_server.env)
    assert done.returncode == 0, done.stdout
    recording = (project / "rec.test.lua.recorded.json").read_text()
    assert key not in recording
    assert llmspell(*words).returncode == 0
    (project / "greet.lua").write_text(GREET.replace("Greet", "Salute"))
    error = results(llmspell(*words))["it greets"]["error"]
    assert 'this request is not recorded: "Salute Ada"' in error["message"]
    assert error["hint"] == 'llmspell test rec.test.lua --record -k "it greets" asks a real model once'


HOSTILE = {
    "cast of a file outside": 'cast("../outside.lua")',
    "cast of a path": 'cast("/etc/passwd")',
    "cast of a link": 'cast("link.lua")',
    "cast of itself": 'cast("hostile.test.lua")',
    "a file outside": 'cast("greet.lua", {}, { files = { ["../x"] = "y" } })',
    "a copy of what is outside": 'cast("greet.lua", {}, { files = { ["link.lua"] = true } })',
    "an input outside": 'check.equal(cast("reads.lua", {}, { input = "/etc/passwd" }).error, nil)',
    "low security": 'cast("greet.lua", {}, { security = "low" })',
    "a model of its own": 'ask("x", { model = "openai/gpt-5-mini" })',
    "a file of its own": 'Fs.read("greet.lua")',
    "the web": 'Http.get("https://example.com")',
    "what tests run by": '_G["_trial"]("x", function() end, 1, 0)',
    "a live model": 'cast("greet.lua", {}, { model = "openai/gpt-5-mini" })',
    "everything": 'check.equal(cast("all.lua", {}, { allow = { read = { "*" } } }).error, nil)',
}


def test_a_hostile_test_file_reaches_nothing(project: Path, llmspell: Command, model_server) -> None:
    (project.parent / "outside.lua").write_text('return "SECRET"')
    (project / "link.lua").symlink_to(project.parent / "outside.lua")
    write(
        project,
        {
            "reads.lua": 'local args = spell { about = "x", input = "file" }\nreturn Fs.read(args.input)\n',
            "all.lua": 'spell { about = "x", allow = { read = { "*" } } }\nreturn Fs.read("/etc/passwd")\n',
            "hostile.test.lua": "".join(
                f'test("{name}", function()\n  {code}\nend)\n' for name, code in HOSTILE.items()
            ),
        },
    )
    asked = len(model_server.requests())
    done = llmspell("test", "--json", env=model_server.env)
    tests = results(done)
    assert {name for name, test in tests.items() if test["status"] != "failed"} == set()
    assert "SECRET" not in done.stdout
    assert "root:" not in done.stdout
    assert not (project.parent / "x").exists()
    assert len(model_server.requests()) == asked
    told = {name: test["error"]["message"] for name, test in tests.items()}
    assert "leads out of the project" in told["cast of a file outside"]
    assert "leads out of the folder of the test" in tests["an input outside"]["casts"][0]["message"]
    assert '"medium" or "high"' in told["low security"]
    assert "`ask` is not defined" in told["a model of its own"]
    assert "`model` must be a list of answers" in told["a live model"]


def test_undefined_is_told_apart_from_null(llmspell: Command, project: Path) -> None:
    write(project, {"both.test.js": 'test("both", () => check.equal(null, undefined));\n'
                                    'test("other", () => check.equal(undefined, null));\n'})  # fmt: skip
    told = results(llmspell("test", "--json"))
    assert "expected undefined, got null" in told["both"]["error"]["message"]
    assert "expected null, got undefined" in told["other"]["error"]["message"]
