"""Questions to people over processes: a run waits for days, and goes on when somebody has answered from anywhere."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commandline import Command

from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.errors import Parked

LANGUAGES = pytest.mark.parametrize("suffix", ["lua", "js"])
STORY = {
    "lua": """
local draft = Fs.read("draft.txt")
if not approve("Send it?", { details = { to = "ann" } }) then return "not sent" end
return { sent = Human.review(draft, { title = "Mail to Ann", timeout = "24h" }) }
""",
    "js": """
const draft = await Fs.read("draft.txt");
let result = "not sent";
if (await approve("Send it?", { details: { to: "ann" } })) {
  result = { sent: await Human.review(draft, { title: "Mail to Ann", timeout: "24h" }) };
}
export default result;
""",
}
MAP = {
    "lua": 'return map({ 1, 2, 3 }, function(n) return approve("Relabel?", { details = { n = n } }) end)',
    "js": 'export default await map([1, 2, 3], (n) => approve("Relabel?", { details: { n } }));',
}


class Screen:
    """A terminal of its own with one command in it: `llmspell`, unless another is given."""

    def __init__(
        self,
        folder: Path,
        environ: dict[str, str],
        *words: str,
        command: Sequence[str] = (sys.executable, "-m", "llmspell"),
    ) -> None:
        self.leader, follower = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(2, termios.TIOCSCTTY, 0);"
             "os.execvp(sys.argv[1], sys.argv[1:])", *command, *words],
            cwd=folder, env=environ, stdin=follower, stdout=follower, stderr=follower,
        )  # fmt: skip
        os.close(follower)

    def until(self, text: str) -> str:
        """Read until a text is shown, and return what was shown since the last time."""
        end = time.monotonic() + 30
        while text not in self.shown:
            assert select.select([self.leader], [], [], end - time.monotonic())[0], self.shown
            assert self._read(), self.shown
        before, _, self.shown = self.shown.partition(text)
        return before + text

    def answer(self, prompt: str, text: str) -> str:
        """Wait for a prompt, then type a line; return what was shown until then."""
        shown = self.until(prompt)
        os.write(self.leader, text.encode())
        return shown

    def end(self) -> tuple[int, str]:
        """Return the exit code, and what else was shown."""
        while select.select([self.leader], [], [], 30)[0] and self._read():
            pass
        os.close(self.leader)
        return self.process.wait(30), self.shown

    def _read(self) -> bool:
        try:
            self.shown += os.read(self.leader, 65536).decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # nobody holds the other end any more
            return False
        return True


def written(folder: Path, name: str, source: str) -> str:
    (folder / "llmspell.toml").write_text("")
    (folder / name).write_text(source)
    return name


@LANGUAGES
def test_an_approval_is_given_the_next_day_from_another_terminal(
    llmspell: Command, tmp_path: Path, suffix: str
) -> None:
    name = written(tmp_path, f"it.{suffix}", STORY[suffix])
    (tmp_path / "draft.txt").write_text("Dear Ann")
    parked = llmspell("run", name)
    assert (parked.returncode, parked.stdout) == (9, "")
    words = [line.split("llmspell ")[1].split() for line in parked.stderr.splitlines() if line.startswith("to ")]
    assert [word[0] for word in words] == ["approve", "resume"]
    (tmp_path / "draft.txt").write_text("changed since")
    answer, go_on = words
    (waiting,) = json.loads(llmspell("approve", "--json").stdout)["waiting"]
    assert (waiting["question"], waiting["details"], waiting["spell"]) == ("Send it?", {"to": "ann"}, name)
    assert llmspell(*answer).returncode == 0
    again = llmspell(*go_on)
    assert again.returncode == 9
    assert "Mail to Ann" in again.stderr
    edited = llmspell(*answer, "--text", "Dear Ann,\nsee you", "--note", "friendlier")
    assert edited.returncode == 0
    assert " ".join(go_on) in edited.stderr
    done = llmspell(*go_on)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"sent": "Dear Ann,\nsee you"})
    assert llmspell("replay", "latest").stdout == done.stdout


@LANGUAGES
def test_a_person_at_the_terminal_is_asked_at_once(tmp_path: Path, environ: dict[str, str], suffix: str) -> None:
    name = written(tmp_path, f"it.{suffix}", STORY[suffix])
    (tmp_path / "draft.txt").write_text("Dear Ann")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "%s, hello" "$(cat "$1")" > "$1"\n')
    editor.chmod(0o755)
    screen = Screen(tmp_path, environ | {"EDITOR": str(editor)}, "run", name)
    prompt = "[a]pprove  [d]eny  [n]ote and deny  [l]ater > "
    asked = screen.answer(prompt, "\n")  # an empty line is no answer
    assert '  | Send it?\n  | {\n  |   "to": "ann"\n  | }\n' in asked
    screen.answer(prompt, "yes\n")
    screen.answer(prompt, "A\n")
    review = "[a]pprove  [e]dit  [d]eny  [n]ote and deny  [l]ater > "
    assert "  | Mail to Ann\n  | Dear Ann\n" in screen.answer(review, "e\n")
    screen.answer(review, "a\n")
    code, shown = screen.end()
    assert code == 0, shown
    assert '"sent": "Dear Ann, hello"' in shown


def test_equal_questions_are_one_card_and_later_is_an_answer_too(tmp_path: Path, environ: dict[str, str]) -> None:
    name = written(tmp_path, "it.lua", MAP["lua"])
    screen = Screen(tmp_path, environ, "run", name)
    card = screen.answer("[a]pprove all 3  [s]tep through  [d]eny all 3  [l]ater > ", "s\n")
    assert '  |     1  Relabel?  {"n":1}\n  |     2  Relabel?  {"n":2}\n  |     3  Relabel?  {"n":3}\n' in card
    screen.answer("[l]ater > ", "a\n")
    screen.answer("[l]ater > ", "n\n")
    screen.answer("why > ", "not this\n")
    screen.answer("[l]ater > ", "l\n")
    code, shown = screen.end()
    assert code == 9, shown
    assert "waits for an answer\n  call 3, line 1: Relabel?" in shown
    screen = Screen(tmp_path, environ, "approve", "latest")
    screen.answer("[l]ater > ", "a\n")
    assert "llmspell resume" in screen.end()[1]
    screen = Screen(tmp_path, environ, "resume", "latest")
    code, shown = screen.end()
    assert code == 0
    assert json.loads(shown[shown.index("[") : shown.index("]") + 1]) == [True, False, True]


def test_what_a_spell_asks_cannot_pose_as_ours(tmp_path: Path, environ: dict[str, str]) -> None:
    forged = r"fine\n\n[a]pprove  [d]eny > a\x1b[2J\x1b]0;title\x07 \u{202e}txt " + "x" * 300
    name = written(tmp_path, "it.lua", f'return Human.choose("{forged}", {{ "a\\nb", "c" }})')
    screen = Screen(tmp_path, environ, "run", name)
    shown = screen.answer("1-2 > ", "2\n")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    asked = shown.split("asks\n")[1].removesuffix("[d]eny  [n]ote and deny  [l]ater  1-2 > ").splitlines()
    assert all(line.startswith("  | ") and len(line) < 80 for line in asked)
    assert "  | [a]pprove  [d]eny > a\\x1b[2J\\x1b]0;title\\x07 \\u202etxt" in "\n".join(asked)
    code, shown = screen.end()
    assert (code, "c\n" in shown) == (0, True)


def test_a_question_cannot_be_scrolled_away(tmp_path: Path, environ: dict[str, str]) -> None:
    details = "\\n".join(f"line {n}" for n in range(30))
    source = (
        f'return approve("Delete all?" .. string.rep("\\n", 3900) .. "\\u{{3164}}Hello?", {{ details = "{details}" }})'
    )
    screen = Screen(tmp_path, environ, "run", written(tmp_path, "it.lua", source))
    first = screen.answer("13 more lines: Enter shows them, ^D answers later > ", "\n")
    assert "  | Delete all?\n  … 3,899 empty lines\n  | \\u3164Hello?\n  | line 0\n" in first
    rest = screen.answer("[a]pprove  [d]eny  [n]ote and deny  [l]ater > ", "d\n")
    assert "  | line 29\n" in rest
    assert rest.splitlines()[-2] == "  | Delete all?"
    assert screen.end()[0] == 0


def test_who_wants_no_question_at_the_terminal_gets_none(tmp_path: Path, environ: dict[str, str]) -> None:
    name = written(tmp_path, "it.lua", MAP["lua"])
    code, shown = Screen(tmp_path, environ, "run", "--no-input", name).end()
    assert code == 9
    assert "waits for 3 answers" in shown


def test_a_decision_elsewhere_takes_the_question_from_the_terminal(
    llmspell: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    name = written(tmp_path, "it.lua", MAP["lua"])
    screen = Screen(tmp_path, environ, "run", name)
    screen.until("[l]ater > ")
    answered = llmspell("approve", "latest", "--all")
    assert "goes on" in answered.stderr
    began = time.monotonic()
    code, shown = screen.end()
    assert code == 0
    assert time.monotonic() - began < 5
    assert "that was decided elsewhere" in shown


def test_the_document_of_a_run_that_waits(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "it.lua", MAP["lua"])
    done = llmspell("run", "--json", name)
    found = json.loads(done.stdout)
    assert done.returncode == 9
    assert (found["status"], found["error"]["kind"]) == ("suspended", "approval")


def test_the_name_of_a_run_that_waits_cannot_pose_as_ours(capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b[2JEVIL\nto go on:  curl"
    usage = {"input_tokens": 0, "output_tokens": 0}
    run: Any = SimpleNamespace(
        id=name, error=Parked("it waits\n  call 1\x1b"), value=None, usage=usage, cut_short=False
    )
    assert Terminal().finish(run, TerminalSink(Terminal()), then=f"llmspell resume {name}") == 9
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert [line.split(":")[0] for line in shown.splitlines()[:4]] == [
        "it waits",
        r"  call 1\x1b",
        "to answer",
        "to go on",
    ]
    assert shown.splitlines()[3] == r"to go on:   llmspell resume \x1b[2JEVIL\nto go on:  curl"
