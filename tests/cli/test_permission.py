"""What a run needs that nobody has allowed: the person at the terminal is asked, once, and by nobody but us."""

import asyncio
import json
import os
import select
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commandline import Command
from test_parking import Screen, written
from website import answer, echo, standing

from llmspell.cli._console import Console
from llmspell.cli._grants import careful
from llmspell.cli._permission import REFUSALS, Asker, covers, narrowest
from llmspell.cli._person import Person
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.host.desk import Desk
from llmspell.project import Project
from llmspell.question import Asked, Question
from llmspell.secrets import Secrets
from llmspell.security.access import Request, Verdict
from llmspell.security.paths import Paths
from llmspell.security.rules import KINDS, Rules

LANGUAGES = pytest.mark.parametrize("suffix", ["lua", "js"])
NEXT = "the last question was withdrawn: Enter shows the next > "
ONCE = "[e] edit  [n] no > "
READING = {
    "lua": """
local function read(path) return (pcall(Fs.read, path)) end
return { map({ "/etc/hostname", "/etc/hostname", "/etc/hostname" }, read), read("/etc/passwd"), read("/etc/passwd") }
""",
    "js": """
const read = (path) => Fs.read(path).then(() => true, () => false);
const same = ["/etc/hostname", "/etc/hostname", "/etc/hostname"];
export default [await map(same, read), await read("/etc/passwd"), await read("/etc/passwd")];
""",
}


def result(shown: str) -> Any:
    """Return what a spell has returned, which ends with a list."""
    return json.loads(shown[shown.index("[\n") : shown.rindex("]") + 1])


@LANGUAGES
def test_equal_requests_are_one_question_and_a_refusal_stands(
    llmspell: Command, tmp_path: Path, environ: dict[str, str], suffix: str
) -> None:
    name = written(tmp_path, f"x.{suffix}", READING[suffix])
    screen = Screen(tmp_path, environ, "run", name)
    os.write(screen.leader, b"n\n")  # typed before the question, this answers nothing
    asked = screen.answer(ONCE, "\n")
    assert f"the spell {name} asks for what nobody has allowed\n   read    /etc/hostname  ({name}:" in asked
    assert ', Fs.read)\n[y] this run  [a] always: saves read = "/etc/hostname"  [e] edit  [n] no > ' in asked
    screen.answer(ONCE, "e\n")
    screen.answer("leave it > ", "/usr/*\n")
    assert "that does not allow what is asked for" in screen.answer("leave it > ", "/etc/host*\n")
    assert " ! read    /etc/host*  (" in screen.answer(ONCE, "a\n")
    assert "   read    /etc/passwd  (" in screen.answer(ONCE, "n\n")
    code, shown = screen.end()
    assert (code, result(shown)) == (0, [[True, True, True], False, False]), shown
    unattended = llmspell("run", name)
    assert json.loads(unattended.stdout) == [[True, True, True], False, False]
    assert "asks" not in unattended.stderr


def test_nobody_is_asked_where_nobody_can_answer(llmspell: Command, tmp_path: Path, environ: dict[str, str]) -> None:
    name = written(tmp_path, "x.lua", 'return Fs.read("/etc/hostname")')
    fix, environ = "--allow-read=/etc/hostname, and", environ | {"NO_COLOR": "1"}
    background = ["sh", "-mc", f"{sys.executable} -m llmspell run {name} & wait"]
    ways = [
        Screen(tmp_path, environ, "run", "--no-input", name),
        Screen(tmp_path, environ | {"CI": "true"}, "run", name),
        Screen(tmp_path, environ, command=background),
    ]
    for screen in ways:
        _, shown = screen.end()
        assert fix in shown
        assert "[n] no" not in shown
    refused = llmspell("run", name)
    assert (refused.returncode, fix in refused.stderr) == (5, True)
    assert llmspell("run", name, "--allow-read=/etc/hostname").returncode == 0


def test_a_flood_of_requests_ends(tmp_path: Path, environ: dict[str, str]) -> None:
    source = """
local numbers = {}
for n = 1, 60 do numbers[n] = n end
return map(numbers, function(n) return (pcall(Fs.read, "/etc/" .. n)) end, { limit = 50 })
"""
    screen = Screen(tmp_path, environ, "run", written(tmp_path, "x.lua", source))
    for _ in range(REFUSALS):
        screen.answer(ONCE, "n\n")
    code, shown = screen.end()
    assert f"{REFUSALS} requests were refused or withdrawn: all others of this run are refused, without" in shown
    assert (code, result(shown)) == (0, [False] * 60)


FORGED = {
    "lua": r"""pcall(Fs.read, "/tmp/a\n[y] this run > y\x1b[2J\x1b]0;t\x07 \u{202e}txt\u{200b}\u{3164}")
for _, path in ipairs { string.rep("this run > y ", 70), string.rep("表", 400), "e" .. string.rep("\u{301}", 50) } do
  pcall(Fs.read, "/tmp/" .. path)
end
""",
    "js": r"""await Fs.read("/tmp/a\n[y] this run > y\x1b[2J\x1b]0;t\x07 \u202etxt\u200b\u3164").catch(() => 0);
for (const path of ["this run > y ".repeat(70), "表".repeat(400), "e" + "\u0301".repeat(50)]) {
  await Fs.read("/tmp/" + path).catch(() => 0);
}
""",
}


@LANGUAGES
def test_what_a_spell_asks_for_cannot_pose_as_ours(tmp_path: Path, environ: dict[str, str], suffix: str) -> None:
    name = written(tmp_path, f"x.{suffix}", FORGED[suffix])
    screen = Screen(tmp_path, environ | {"NO_COLOR": "1"}, "run", name)
    for wanted in ("this run > y " * 70, "表" * 400, "e" + "\u0301" * 4 + "\\u0301" * 46):
        shown = screen.answer(f"[a] always: saves the rule above  {ONCE}", "n\n")
        assert not {"\x1b", "\u202e"} & set(shown)
        lines = shown.split("nobody has allowed\n")[1].splitlines()
        meant = f"{wanted[:-1]}[ ]" if wanted.endswith(" ") else wanted
        assert "".join(line[11:] for line in lines[:-2]) == f"/tmp/{meant}"
        assert all(line.startswith(("   read    ", " " * 11)) for line in lines[:-2])
        assert all(sum(1 + (char == "表") for char in line) < 80 for line in lines)
        assert lines[-2].startswith(f"  | ({name}:")
    assert screen.end()[0] == 0  # what no rule can name was refused without a question


def test_what_is_printed_waits_until_the_person_has_answered(tmp_path: Path, environ: dict[str, str]) -> None:
    source = """
parallel {
  function() return pcall(Fs.read, "/etc/hostname") end,
  function() print("[y] this run > y"); print(#Fs.read("own.txt")) end,
}
"""
    (tmp_path / "own.txt").write_text("12345")
    screen = Screen(tmp_path, environ, "run", written(tmp_path, "x.lua", source))
    screen.until("the spell x.lua asks for")
    assert screen.answer(ONCE, "y\n").count("[y] this run") == 1
    code, shown = screen.end()
    assert (code, shown.startswith("y\n")) == (0, True)
    assert "5\n" in shown


LEAKING = {
    "lua": """
local page = Http.get("{0}/a").text
ask(page .. Fs.read("own.txt"))
return Http.post("{0}/b", { body = "x" }).status
""",
    "js": """
const page = (await Http.get("{0}/a")).text;
await ask(page + (await Fs.read("own.txt")));
export default (await Http.post("{0}/b", { body: "x" })).status;
""",
}


@LANGUAGES
def test_a_way_out_is_asked_about_with_what_comes_together(
    tmp_path: Path, environ: dict[str, str], suffix: str
) -> None:
    (tmp_path / "own.txt").write_text("mine")
    with standing({"/a": answer("A"), "/b": echo}) as site:
        name = written(tmp_path, f"x.{suffix}", LEAKING[suffix].replace("{0}", site.url))
        words = ("run", name, f"--allow-net={site.host}", "--model=echo")
        screen = Screen(tmp_path, environ, *words)
        shown = screen.answer("[y] this run  [n] no > ", "n\n")
        lines = shown.split("dangerous together")[1].splitlines()[1:-1]
        assert all(line.startswith("  | ") for line in lines)
        assert [lines[0][4:16], lines[1][4:21], lines[-1][4:13]] == ["private data", "untrusted content", "a way out"]
        assert "own.txt" in lines[0]
        assert screen.end()[0] == 5
        assert Screen(tmp_path, environ, *words, "--taint=off").end()[0] == 0
        assert [each.path for each in site.requests] == ["/a", "/a", "/b"]


def test_the_lines_of_a_batch_ask_once_for_all(tmp_path: Path, environ: dict[str, str]) -> None:
    name = written(
        tmp_path, "x.lua", 'local a = spell { params = { n = "number" } }\nreturn #Fs.read("/etc/hostname") > 0'
    )
    (tmp_path / "in").write_text("".join(f'{{"n": {n}}}\n' for n in range(6)))
    screen = Screen(tmp_path, environ, "batch", name, "--in=in", "--out=out", "-j2")
    screen.answer("[y] this batch  ", "y\n")
    code, shown = screen.end()
    assert (code, "[y] this batch" in shown) == (0, False), shown
    assert [json.loads(line)["result"] for line in (tmp_path / "out").read_text().splitlines()] == [True] * 6


def test_ctrl_c_at_a_question_stops_the_run(tmp_path: Path, environ: dict[str, str]) -> None:
    name = written(tmp_path, "x.lua", 'Fs.read("/etc/hostname")')
    screen = Screen(tmp_path, environ, "run", name)
    screen.answer(ONCE, "\x03")
    code, shown = screen.end()
    assert (code, "error[cancelled]" in shown) == (130, True), shown


async def test_what_a_person_takes_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    context: Any = SimpleNamespace(run_id="R")
    desk = Desk(context, "sleep")
    with desk.busy():
        now += 5
        with desk.busy():
            now += 2
        assert desk.taken() == 7
        now += 1
    now += 10
    assert (desk.taken(), desk.taken()) == (1, 0)


def test_what_cannot_be_written_after_a_question_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    terminal = Terminal()
    broken = os.fdopen(writing, "w")
    monkeypatch.setattr(sys, "stdout", broken)
    terminal.hold()
    terminal.write("kept")
    terminal.release()
    with pytest.raises(BrokenPipeError):
        terminal.write("more")
    with suppress(BrokenPipeError):
        broken.close()


def test_a_terminal_that_is_not_ours_is_asked_nothing() -> None:
    leader, follower = os.openpty()
    assert not Console(follower, Terminal()).in_front()
    os.close(leader)
    os.close(follower)


@pytest.mark.parametrize(
    ("kind", "value", "pattern", "said"),
    [
        ("read", "/etc/*", "/etc/[*]", True),
        ("read", "/etc/hosts", "/etc/*", True),
        ("read", "/etc/hosts", "/usr/*", False),
        ("read", "/etc/.env", "/etc/", False),
        ("net", "a.example", "*.example", True),
        ("net", "a.example:8080", "a.example", False),
        ("net", "a.example:443", "a.example", True),
        ("net", "127.0.0.1:80", "127.0.0.0/8", True),
        ("run", "git log", "git *", True),
        ("run", "git log", "hg *", False),
        ("tools", "Fs.remove", "Fs.*", True),
    ],
)  # fmt: skip
def test_whether_another_rule_allows_what_is_asked_for(kind: Any, value: str, pattern: str, said: bool) -> None:
    paths = Paths(Rules("here", dict.fromkeys(KINDS, "declared")), Project(Path("/work")))
    assert covers(paths, kind, pattern, value) is said


def test_the_narrowest_rule_is_no_pattern_and_what_is_none_is_not_asked_for() -> None:
    assert narrowest("read", " a  b") == "[ ]a[ ][ ]b"
    assert narrowest("read", "*") == "[*]"
    assert narrowest("net", "a.example:81") == "a.example:81"
    assert narrowest("read", "a\nb") is None
    assert narrowest("read", "a" * 2000) is None


class Pair:
    """A terminal in this process, whose other end a test types and reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.leader, self.follower = os.openpty()
        monkeypatch.setattr(Console, "in_front", lambda _: True)
        self.console = Console(self.follower, Terminal())
        self.asker = Asker(self.console, "x.lua")
        self.paths = Paths(Rules("here", dict.fromkeys(KINDS, "declared")), Project(Path("/work")))

    async def until(self, text: str) -> str:
        """Return what is shown until a text is."""
        shown = ""
        while text not in shown:
            await asyncio.sleep(0)
            if select.select([self.leader], [], [], 0)[0]:
                shown += os.read(self.leader, 65536).decode()
        return shown

    def permit(self, value: str) -> asyncio.Task[Verdict]:
        """Begin a call that needs a host."""
        return asyncio.ensure_future(self.asker.permit(Request("net", value, "Http.get", "x.lua:1"), self.paths))

    def type(self, line: str) -> None:
        os.write(self.leader, f"{line}\n".encode())


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    pair = Pair(monkeypatch)
    yield pair
    os.close(pair.leader)
    os.close(pair.follower)


async def test_questions_to_people_come_one_after_another(pair: Pair) -> None:
    first, second = pair.permit("a.example"), pair.permit("b.example")
    shown = await pair.until("[n] no > ")
    question = Asked("R", 1, Question(sort="approve", verb="approve", text="Go on?"), b"", "line 1", 0)
    approving = asyncio.ensure_future(anext(Person(pair.console).ask([question])))
    assert ("a.example" in shown, "b.example" in shown) == (True, False)
    pair.type("e")
    await pair.until("leave it > ")
    pair.type("*.example")
    await pair.until("[n] no > ")
    pair.type("y")
    assert [(await each).pattern for each in (first, second)] == ["*.example"] * 2  # the second is not asked any more
    shown = await pair.until("[l]ater > ")
    assert ("Go on?" in shown, "b.example" in shown) == (True, False)
    pair.type("a")
    assert (await approving)[1].value is True


async def test_a_question_goes_with_the_last_call_that_wants_its_answer(pair: Pair) -> None:
    first, second = pair.permit("a.example"), pair.permit("a.example")
    await pair.until("[n] no > ")
    first.cancel()
    await asyncio.wait([first])
    second.cancel()
    third = pair.permit("a.example")  # before the question has gone
    await pair.until(NEXT)
    pair.type("y")  # meant for the one that has gone
    assert "a.example" in await pair.until("[n] no > ")
    assert not third.done()
    pair.type("n")
    assert not (await third).allowed
    assert (first.cancelled(), second.cancelled()) == (True, True)
    assert not (await pair.permit("a.example")).allowed


async def test_what_is_typed_after_a_question_has_gone_does_not_answer_another(pair: Pair) -> None:
    first = pair.permit("a.example")
    await pair.until("[n] no > ")
    first.cancel()
    await asyncio.wait([first])
    question = Asked("R", 1, Question(sort="approve", verb="approve", text="Go on?"), b"", "line 1", 0)
    approving = asyncio.ensure_future(anext(Person(pair.console).ask([question])))  # one of another sort
    assert "Go on?" not in await pair.until(NEXT)
    pair.type("a")
    await pair.until("[l]ater > ")
    assert not approving.done()
    pair.type("d")
    assert (await approving)[1].value is False


async def test_withdrawn_questions_are_as_many_as_refused_ones(pair: Pair) -> None:
    for number in range(REFUSALS):
        asked = pair.permit(f"a{number}.example")
        await pair.until(NEXT if number else "[n] no > ")
        asked.cancel()
        await asyncio.wait([asked])
    assert "are refused, without a question" in await pair.until("a question\r\n")
    assert (await pair.permit("b.example")).who == "policy"


async def test_a_spell_inside_of_another_is_named_and_saves_nothing(pair: Pair) -> None:
    kept = list[Any]()
    pair.asker = Asker(pair.console, "good.lua", kept.append)
    request = Request("net", "a.example", "Http.get", "v.lua:1", spell="vendor/v.lua")
    asked = asyncio.ensure_future(pair.asker.permit(request, pair.paths))
    shown = await pair.until("[n] no > ")
    assert "the spell vendor/v.lua, which good.lua runs, asks for" in shown
    assert "[a]" not in shown
    pair.type("a")
    await pair.until("[n] no > ")
    pair.type("y")
    assert ((await asked).allowed, kept) == (True, [])


async def test_a_secret_is_never_shown_nor_remembered(pair: Pair) -> None:
    kept, known = list[Any](), Secrets({"MAIL_TOKEN": "abcdEFGH12345678xyz"})
    pair.asker = Asker(pair.console, "x.lua", kept.append, secrets=known)
    request = Request("run", "echo abcdEFGH12345678xyz", "System.run", "x.lua:1")
    asked = asyncio.ensure_future(pair.asker.permit(request, pair.paths))
    shown = await pair.until("[n] no > ")
    assert ("echo [secret:MAIL_TOKEN]" in shown, "abcd" in shown, "[a]" in shown) == (True, False, False)
    pair.type("y")
    assert (await asked).pattern == "echo abcdEFGH12345678xyz"
    careful(kept.append, known)({"run": ["echo *"]})
    with pytest.raises(ArgumentError, match="a secret stands in a rule for run"):
        careful(kept.append, known)({"run": ["echo abcdEFGH12345678xyz"]})
    assert kept == [{"run": ["echo *"]}]


async def test_what_nobody_is_asked_about_is_nobodys_refusal(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Console, "in_front", lambda _: False)
    refused = await pair.permit("a.example")
    assert (refused.allowed, refused.who) == (False, "policy")
