"""The command line as a process: its words, streams, signals, descriptors, files and module path."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from commandline import Command

from llmspell.cli import _early
from llmspell.cli._group import top
from llmspell.cli._terminal import Terminal
from llmspell.cli.ask import document
from llmspell.cli.run import command as run
from llmspell.globals.ask import Reply
from llmspell.options import reserved
from llmspell.security.rules import KINDS

Shell = Callable[[str], subprocess.CompletedProcess[str]]
ESCAPE = "\x1b[31m"
CAT = 'local args = spell { input = "text" }\nreturn args.input'


@pytest.fixture
def shell(tmp_path: Path, environ: dict[str, str]) -> Shell:
    """Return what runs a line of bash, in which `llmspell` is the command."""
    command = shlex.join([sys.executable, "-W", "error", "-m", "llmspell"])

    def line(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", text.replace("llmspell", command)],
            cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return line


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def flags(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option)]


# -- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["--json ask hi -m echo", "ask --json hi -m echo", "ask hi -m echo --json -q", "-q ask --json -m echo hi"]
)
def test_json_may_be_asked_for_before_and_after_the_command(llmspell: Command, words: str) -> None:
    done = llmspell(*words.split())
    assert json.loads(done.stdout)["result"] == "hi"
    assert (done.stderr == "") is ("-q" in words)


@pytest.mark.parametrize("words", ["-q run {}", "run -q {}", "run {} -q", "run {} --quiet"])
def test_quiet_may_be_asked_for_before_and_after_the_command(llmspell: Command, tmp_path: Path, words: str) -> None:
    name = written(tmp_path, "hello.lua", 'print("hi")')
    assert llmspell(*words.format(name).split()).stderr == ""


def test_what_follows_two_dashes_does_not_ask_for_json(llmspell: Command) -> None:
    done = llmspell("run", "nothing.lua", "--", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error[args]")


def test_every_error_of_ask_is_one_document_too(llmspell: Command) -> None:
    for words, kind in (
        (["hi"], "config"),
        (["hi", "-m", "echo", "--nope"], "args"),
        ([], "args"),
        (["a", "b"], "args"),
    ):
        done = llmspell("ask", "--json", *words)
        shown = json.loads(done.stdout)
        assert (shown["status"], shown["error"]["kind"]) == ("failed", kind)
        assert "error[" not in done.stderr


@pytest.mark.parametrize("data", [{}, 0, "", [], False])
def test_empty_data_is_the_answer_of_ask(data: object) -> None:
    assert document(Reply(text="some text", data=data))["result"] == data
    assert document(Reply(text="some text"))["result"] == "some text"


def test_no_parameter_of_a_spell_can_hide_an_option_of_ours() -> None:
    names = {word[2:] for each in (*flags(top), *flags(run)) for word in each.opts if word.startswith("--")}
    assert {"model", "json", "allow-weak-isolation", "cwd"} <= names
    assert [name for name in names if not reserved(name)] == []


def test_the_first_guess_knows_which_options_take_a_word() -> None:
    valued = {word for each in (*flags(top), *flags(run)) if not each.is_flag for word in each.opts}
    rules = {f"--{verb}-{kind}" for verb in ("allow", "deny") for kind in KINDS}  # their values stand behind `=`
    assert rules <= valued
    assert set(_early.VALUED) == valued - rules - {"--version"}


@pytest.mark.parametrize(
    ("words", "spell"),
    [
        ("x.lua", "x.lua"),
        ("--json run --model echo -o y.lua x.lua z.lua", "x.lua"),
        ("run --file x.lua y.lua", "x.lua"),
        ("run run", "run"),
        ("run --trust -q", None),
        ("run --seed=1 - x.lua", "x.lua"),
    ],
)
def test_the_first_guess_takes_the_spell_that_run_takes(words: str, spell: str | None) -> None:
    assert _early.spell_of(words.split()) == spell


def test_a_file_behind_the_first_word_is_never_the_spell(llmspell: Command, tmp_path: Path) -> None:
    for name in ("data.lua", "my.lua"):
        written(tmp_path, name, f'print("{name} ran")')
    for words, message in (
        ("typo.lua data.lua", "there is no file typo.lua"),
        ("--file data.lua my.lua", "unknown option --file for data.lua"),
        ("--file=data.lua my.lua", "unknown option --file for my.lua"),
    ):
        done = llmspell("run", *words.split())
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr


def test_an_option_before_the_spell_takes_no_word_from_behind_it(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "x.lua", 'spell { input = "text", params = { file = "string" } }\nprint("ran")')
    done = llmspell("run", "--file", name, "y.txt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--file needs a value" in done.stderr


def test_a_value_that_is_taken_for_the_spell_is_told_the_way_to_write_it(llmspell: Command, tmp_path: Path) -> None:
    done = llmspell("run", "--name", "Ada", written(tmp_path, "x.lua", 'spell { params = { name = "string" } }'))
    assert done.returncode == 2
    assert "there is no file Ada" in done.stderr
    assert "--name=Ada" in done.stderr


# -- streams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize("suffix", ["lua", "js"])
def test_a_closed_stream_is_no_error(shell: Shell, tmp_path: Path, closed: str, suffix: str) -> None:
    name = written(tmp_path, f"hello.{suffix}", 'print("hi")')
    done = shell(f"llmspell run {name} {closed}")
    assert (done.returncode, done.stdout) == (0, "" if ">&-" in closed.split() else "hi\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", ["--help", "run hello.lua", "run result.lua", "run --json hello.lua", "ask hi -m echo"]
)
def test_a_full_disk_behind_stdout_is_told_on_stderr(shell: Shell, tmp_path: Path, words: str) -> None:
    written(tmp_path, "hello.lua", 'print("hi")')
    written(tmp_path, "result.lua", "return 1")
    done = shell(f"llmspell {words} > /dev/full")
    assert done.returncode in (1, 3)
    assert done.stderr.count("error[") == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_of_ask_may_go(shell: Shell) -> None:
    done = shell("llmspell ask hi -m echo | true; exit ${PIPESTATUS[0]}")
    assert done.returncode in (0, 141)  # whether `true` was gone first
    assert "error" not in done.stderr


def test_bytes_on_stdin_that_are_not_text_are_told(shell: Shell) -> None:
    done = shell("printf '\\xff' | llmspell ask hi -m echo")
    assert done.returncode == 2
    assert "stdin is not UTF-8" in done.stderr


def test_a_result_that_cannot_be_saved_is_in_the_one_document(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "x.lua", 'return "precious"')
    done = llmspell("run", name, "-o", "/dev/full")
    assert (done.returncode, done.stdout) == (3, "precious\n")
    assert "No space left on device" in done.stderr
    shown = json.loads(llmspell("run", "--json", name, "-o", "/dev/full").stdout)
    assert (shown["status"], shown["result"], shown["error"]["kind"]) == ("failed", "precious", "config")


def test_json_tells_what_of_the_lock_is_missing(llmspell: Command, tmp_path: Path) -> None:
    shown = json.loads(llmspell("run", "--json", written(tmp_path, "x.lua", "")).stdout)
    assert shown["isolation"]["process"] is True
    assert isinstance(shown["missing"], dict)
    assert not shown["missing"].keys() & {name for name, value in shown["isolation"].items() if value}


# -- what is shown ----------------------------------------------------------------------------------------------------


def test_a_name_cannot_write_to_the_terminal(llmspell: Command, tmp_path: Path) -> None:
    spell = written(tmp_path, f"a{ESCAPE}.lua", "")
    assert "a\\x1b[31m.lua" in llmspell("run", spell, "--help").stdout
    told = llmspell("run", spell, "--nope").stderr
    assert "a\\x1b[31m.lua" in told
    assert "\x1b" not in told


def test_a_note_cannot_write_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing of the lock is told in the words of a worker."""
    Terminal().note(f"warning: without seccomp: {ESCAPE}\nok")
    assert capsys.readouterr().err == "warning: without seccomp: \\x1b[31m\\nok\n"


def test_a_reply_in_the_log_is_its_text(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "x.lua", 'Log.info("x", { r = ask("hi"), l = { ask("a\\27b") } })')
    done = llmspell("run", name, "--model=echo")
    assert done.returncode == 0, done.stderr
    (line,) = [each for each in done.stderr.splitlines() if each.startswith("info: ")]
    assert sorted(line.split()) == ["info:", 'l=["a\\u001bb"]', 'r="hi"', "x"]


def test_a_line_of_the_log_is_shown_up_to_a_length(llmspell: Command, tmp_path: Path) -> None:
    for text in ('Log.info(("x"):rep(100000))', 'Log.info("x", { f = ("\\27"):rep(100000) })'):
        (line, _) = llmspell("run", written(tmp_path, "x.lua", text)).stderr.splitlines()
        assert len(line) == 4000
        assert line.endswith("…")


# -- signals and descriptors ------------------------------------------------------------------------------------------


def test_an_early_interrupt_is_no_traceback(tmp_path: Path, environ: dict[str, str]) -> None:
    """A module that never ends to load stands for the first moments, in which all others are loaded."""
    written(tmp_path, "click.py", 'import signal\nprint("loading", flush=True)\nsignal.pause()')
    path = f"{tmp_path}:{environ['PYTHONPATH']}"
    with interruptible(), subprocess.Popen(
        [sys.executable, "-P", "-m", "llmspell", "run", written(tmp_path, "x.lua", "")],
        env=environ | {"PYTHONPATH": path}, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "loading\n"
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, stderr) == (-signal.SIGINT, "")


@contextmanager
def interruptible() -> Iterator[None]:
    """Heed interrupts meanwhile: a process that ignores them, as one in the background may, passes that on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("most", [8, 10])
def test_too_few_descriptors_are_one_clear_error(shell: Shell, tmp_path: Path, most: int) -> None:
    written(tmp_path, "hello.lua", 'print("hi")')
    done = shell(f"ulimit -n {most}; llmspell run hello.lua")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[script]: the system refuses what llmspell needs: ")
    assert "ulimit" in done.stderr
    assert "Traceback" not in done.stderr


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["run pipe", "pipe", "run pipe --engine=lua", "run /dev/zero --engine=lua"])
def test_only_a_regular_file_is_a_spell(llmspell: Command, tmp_path: Path, words: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = llmspell(*words.split())
    assert done.returncode == 2
    assert "is not a regular file" in done.stderr


def test_a_device_is_no_input(llmspell: Command, tmp_path: Path) -> None:
    done = llmspell("run", written(tmp_path, "cat.lua", CAT), "/dev/zero")
    assert done.returncode == 2
    assert "/dev/zero is not a regular file" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "llmspell run cat.lua <(echo größe)",
        "mkfifo pipe; llmspell run cat.lua pipe & echo größe > pipe; wait $!",
        "echo größe | llmspell run cat.lua /dev/stdin",
        "echo größe | llmspell run cat.lua -",
        "echo 'return \"größe\"' | llmspell run /dev/stdin --engine=lua",
    ],
)
def test_a_pipe_that_a_person_names_is_read(shell: Shell, tmp_path: Path, line: str) -> None:
    written(tmp_path, "cat.lua", CAT)
    done = shell(line)
    assert (done.returncode, done.stdout) == (0, "größe\n"), done.stderr


@pytest.mark.parametrize("name", ["json", "difflib", "click"])
def test_a_module_in_the_current_folder_is_not_ours(llmspell: Command, tmp_path: Path, name: str) -> None:
    written(tmp_path, f"{name}.py", 'raise SystemExit("a stranger ran")')
    done = llmspell("run", "-q", written(tmp_path, "hello.lua", 'print("hi")'))
    assert (done.stdout, done.stderr) == ("hi\n", "")


def test_a_folder_that_is_gone_is_no_error(shell: Shell) -> None:
    assert shell("mkdir gone; cd gone; rmdir ../gone; llmspell ask hi -m echo -q").stdout == "hi\n"
