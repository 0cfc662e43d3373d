"""The command line as a person meets it: real processes, real signals, real HTTP to the mock model server."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import Command

from llmspell import __version__

SUFFIXES = ("lua", "js")

HELLO = {"lua": 'print("hi")\n', "js": 'print("hi");\n'}
RESULT = {
    "lua": "return { answer = 42, list = { 1, 2 } }\n",
    "js": "export default { answer: 42, list: [1, 2] };\n",
}
GREET = {
    "lua": 'local args = spell { about = "Greet", params = { name = "string", times = 2, loud = false } }\n'
    "return args\n",
    "js": 'const args = spell({ about: "Greet", params: { name: "string", times: 2, loud: false } });\n'
    "export default args;\n",
}
WAIT = {"lua": 'Log.info("waiting")\nsleep("1h")\n', "js": 'Log.info("waiting");\nawait sleep("1h");\n'}
STUBBORN = {
    "lua": 'Log.info("waiting")\nwhile true do pcall(sleep, "1h") end\n',
    "js": 'Log.info("waiting");\nfor (;;) { try { await sleep("1h"); } catch {} }\n',
}


@pytest.fixture(params=SUFFIXES)
def suffix(request: pytest.FixtureRequest) -> str:
    return request.param


def write(folder: Path, name: str, texts: dict[str, str], suffix: str) -> str:
    (folder / f"{name}.{suffix}").write_text(texts[suffix], encoding="utf-8")
    return f"{name}.{suffix}"


def test_the_version_is_printed(llmspell: Command) -> None:
    assert llmspell("--version").stdout == f"llmspell {__version__}\n"
    assert llmspell("--no-color", "--version").stdout == f"llmspell {__version__}\n"


def test_help_lists_commands_and_exit_codes(llmspell: Command) -> None:
    for words in (["--help"], ["-h"]):
        shown = llmspell(*words).stdout
        assert "run" in shown
        assert "a time limit is reached" in shown


def test_stdout_is_the_result_and_nothing_else(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    done = llmspell("run", write(tmp_path, "result", RESULT, suffix))
    assert (done.returncode, done.stdout) == (0, '{"answer": 42, "list": [1, 2]}\n')
    assert done.stderr.startswith("ok ")


def test_a_reply_as_result_prints_as_its_text(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    texts = {"lua": 'return ask("one\\ntwo")', "js": 'export default await ask("one\\ntwo");'}
    name = write(tmp_path, "echo", texts, suffix)
    assert llmspell("run", "--model=echo", name).stdout == "one\ntwo\n"
    assert json.loads(llmspell("run", "--json", "--model=echo", name).stdout)["result"] == "one\ntwo"


def test_quiet_says_nothing_on_stderr(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    done = llmspell("run", "-q", write(tmp_path, "hello", HELLO, suffix))
    assert (done.stdout, done.stderr) == ("hi\n", "")


def test_a_file_alone_is_run(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    assert llmspell(write(tmp_path, "hello", HELLO, suffix)).stdout == "hi\n"


def test_json_is_one_document(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    done = llmspell("run", "--json", write(tmp_path, "hello", HELLO, suffix))
    shown = json.loads(done.stdout)
    assert (shown["status"], shown["output"], shown["result"]) == ("ok", "hi\n", None)
    assert shown["usage"]["requests"] == 0
    assert shown["security"] == "security: medium (declared access only)"


def test_json_holds_the_error(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    name = write(
        tmp_path, "bad", {"lua": '\nfail("no", { hint = "do" })', "js": '\nfail("no", { hint: "do" });'}, suffix
    )
    done = llmspell("--json", "run", name)
    shown = json.loads(done.stdout)
    assert done.returncode == 1
    assert (shown["status"], shown["error"]["message"], shown["error"]["hint"]) == ("failed", "no", "do")
    assert shown["error"]["where"]["line"] == 2


def test_json_holds_an_error_from_before_the_run(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.lua").write_text("spell { about = LIMIT }", encoding="utf-8")
    for words, kind in ((["nothing.lua"], "args"), (["bad.lua"], "config"), (["--nope"], "args")):
        done = llmspell("run", "--json", *words)
        assert json.loads(done.stdout)["error"]["kind"] == kind
        assert done.stderr == ""


@pytest.mark.parametrize(
    "words", ["{} --name=Ada --loud", "{} --name Ada --loud", "--name=Ada --loud {}", "--loud {} --name Ada"]
)
def test_flags_of_the_spell_work_before_and_after_it(
    llmspell: Command, tmp_path: Path, suffix: str, words: str
) -> None:
    name = write(tmp_path, "greet", GREET, suffix)
    done = llmspell("run", *words.format(name).split())
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["name"], shown["times"], shown["loud"]) == ("Ada", 2, True)


def test_words_after_two_dashes_are_the_rest(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    name = write(tmp_path, "greet", GREET, suffix)
    done = llmspell("run", name, "--name=Ada", "--", "--model", "x.lua")
    assert json.loads(done.stdout)["rest"] == ["--model", "x.lua"]


def test_the_help_of_a_spell_runs_nothing(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    done = llmspell("run", write(tmp_path, "greet", GREET, suffix), "--help")
    assert done.returncode == 0
    assert "Greet" in done.stdout
    assert "--times" in done.stdout
    assert done.stderr == ""


def test_an_unknown_flag_suggests_the_one_that_was_meant(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    done = llmspell("run", write(tmp_path, "greet", GREET, suffix), "--nmae=Ada")
    assert done.returncode == 2
    assert "--nmae" in done.stderr
    assert "--name" in done.stderr


def test_an_unknown_command_suggests_and_never_prompts(llmspell: Command) -> None:
    done = llmspell("rnu", "x.lua")
    assert done.returncode == 2
    assert "did you mean `run`?" in done.stderr


@pytest.mark.parametrize("engine", ["lua", "javascript", "js"])
def test_the_engine_can_be_named(llmspell: Command, tmp_path: Path, engine: str) -> None:
    (tmp_path / "spell").write_text("print('hi')", encoding="utf-8")
    assert llmspell("run", "--engine", engine, "spell").stdout == "hi\n"


@pytest.mark.parametrize("line", ["#!/usr/bin/env lua", "#!/usr/bin/node", "#!/usr/bin/env -S deno run"])
def test_a_shebang_names_the_language_and_shifts_no_line(llmspell: Command, tmp_path: Path, line: str) -> None:
    (tmp_path / "spell").write_text(f"{line}\nprint('hi')\nnope()\n", encoding="utf-8")
    done = llmspell("run", "spell")
    assert done.stdout == "hi\n"
    assert "spell:3" in done.stderr


def test_without_a_language_the_error_lists_the_ways(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "spell").write_text("print('hi')", encoding="utf-8")
    done = llmspell("run", "spell")
    assert done.returncode == 3
    assert "--engine" in done.stderr
    assert ".lua" in done.stderr


def test_stdin_is_input(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    texts = {"lua": 'local args = spell { input = "text" }\nreturn args.input', "js": "export default spell2().input;"}
    texts["js"] = 'const args = spell({ input: "text" });\nexport default args.input;'
    name = write(tmp_path, "cat", texts, suffix)
    assert llmspell("run", name, stdin="größe\n").stdout == "größe\n"
    assert llmspell("run", name, "-", stdin="x").stdout == "x\n"
    assert llmspell("run", name, name).stdout == texts[suffix] + "\n"


def test_the_result_can_go_to_a_file(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    done = llmspell("run", "-o", "out.json", write(tmp_path, "result", RESULT, suffix))
    assert done.stdout == ""
    assert json.loads((tmp_path / "out.json").read_text())["answer"] == 42


def test_logs_go_to_stderr_and_debug_only_when_asked(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    texts = {
        "lua": 'Log.info("one", { n = 1 })\nLog.debug("two")',
        "js": 'Log.info("one", { n: 1 });\nLog.debug("two");',
    }
    name = write(tmp_path, "log", texts, suffix)
    done = llmspell("run", name)
    assert "info: one n=1" in done.stderr
    assert "two" not in done.stderr
    assert "debug: two" in llmspell("run", "-v", name).stderr
    assert done.stdout == ""


def test_a_closed_pipe_is_no_traceback(tmp_path: Path, environ: dict[str, str], suffix: str) -> None:
    texts = {
        "lua": 'for i = 1, 20000 do print("line " .. i) end',
        "js": 'for (let i = 0; i < 20000; i++) print("line " + i);',
    }
    name = write(tmp_path, "flood", texts, suffix)
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m llmspell run {name} | head -n 1"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("line ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("texts", [WAIT, STUBBORN], ids=["waiting", "stubborn"])
def test_a_signal_cancels_the_run(
    tmp_path: Path, environ: dict[str, str], suffix: str, number: int, code: int, texts: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "llmspell", "run", write(tmp_path, "wait", texts, suffix)],
        cwd=tmp_path, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stderr is not None
        assert process.stderr.readline() == "info: waiting\n"
        process.send_signal(number)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in stderr
    assert "error[cancelled]" in stderr


def test_a_second_signal_ends_the_run_at_once(tmp_path: Path, environ: dict[str, str], suffix: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "llmspell", "run", write(tmp_path, "wait", STUBBORN, suffix)],
        cwd=tmp_path, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stderr is not None
        assert process.stderr.readline() == "info: waiting\n"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode in (130, 143)


def test_colours_only_on_a_terminal(tmp_path: Path, environ: dict[str, str], suffix: str) -> None:
    name = write(tmp_path, "bad", {"lua": 'fail("no")', "js": 'fail("no");'}, suffix)

    def on_terminal(env: dict[str, str]) -> str:
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "llmspell", "run", name]
        subprocess.run(
            command, cwd=tmp_path, env=environ | env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=follower, timeout=60, check=False,
        )  # fmt: skip
        os.close(follower)
        shown = os.read(leader, 65536).decode()
        os.close(leader)
        return shown

    assert "\x1b[" in on_terminal({"TERM": "xterm"})
    assert "\x1b[" not in on_terminal({"TERM": "xterm", "NO_COLOR": "1"})


def test_the_levels_are_chosen_by_name_and_low_says_what_it_is(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    name = write(tmp_path, "hello", HELLO, suffix)
    for words in (["--security=low"], ["--trust"], ["--security", "high"]):
        done = llmspell("run", *words, name)
        assert (done.returncode, done.stdout) == (0, "hi\n"), done.stderr
    assert "security: low (trusted code, all libraries)" in llmspell("run", "--trust", name).stderr


def test_ask_answers_without_a_script(llmspell: Command, model_server) -> None:
    done = llmspell("ask", "Say hello in five words.", "-m", "openai/gpt-5-mini", env=dict(model_server.env))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert llmspell("ask", "one two", "-m", "echo").stdout == "one two\n"


def test_ask_appends_what_is_piped_in(llmspell: Command) -> None:
    assert llmspell("ask", "Sum up:", "-m", "echo", stdin="the text").stdout == "Sum up:\n\nthe text\n"


def test_ask_can_answer_with_data(llmspell: Command) -> None:
    done = llmspell("ask", "Which film?", "-m", "echo", "--schema", "title, year int")
    assert set(json.loads(done.stdout)) == {"title", "year"}
    assert llmspell("ask", "x", "-m", "echo", "--schema", "two words here").returncode == 2
    misspelt = llmspell("ask", "x", "-m", "echo", "--schema", "title strin")
    assert misspelt.returncode == 2
    assert "did you mean `string`?" in misspelt.stderr


def test_ask_without_a_model_says_how_to_choose_one(llmspell: Command) -> None:
    done = llmspell("ask", "hi")
    assert done.returncode == 3
    assert "no model is chosen" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_key_is_an_error_of_its_own(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    name = write(tmp_path, "hello", {"lua": 'return ask("hi")', "js": 'export default await ask("hi");'}, suffix)
    done = llmspell("run", name, "--model", "openai/gpt-5-mini")
    assert done.returncode == 4
    assert "OPENAI_API_KEY" in done.stderr


def test_nothing_heavy_is_imported_when_no_model_is_asked(tmp_path: Path, environ: dict[str, str], suffix: str) -> None:
    name = write(tmp_path, "hello", HELLO, suffix)
    code = (
        "import sys\nfrom llmspell.cli import main\n"
        f"try: main(['run', '-q', '{name}'])\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'pydantic_ai', 'openai', 'anthropic', 'httpx', 'httpx2', 'rich', 'tree_sitter'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "hi\n[]\n"
