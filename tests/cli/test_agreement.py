"""`llmspell grants` and `llmspell trust`: what a person says for good, shown before it holds, and taken back."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_parking import Screen

from llmspell.cli._group import invoke

ASKS = 'spell { allow = { net = { "example.com" }, write = { "out/" } } }\nreturn "done"\n'
Cast = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cast:
    """Return what runs a command in a project of a person with no settings yet."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "x.lua").write_text(ASKS)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CI", "1")

    def run(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = invoke(list(words), None)
        return code, *capfd.readouterr()

    return run


def test_what_a_spell_asks_for_is_shown_before_it_is_allowed_for_good(cast: Cast) -> None:
    code, out, err = cast("grants", "add", "x.lua")
    assert (code, out) == (5, "")
    assert "x.lua asks for\n   write   out/\n   net     example.com\n" in err
    assert "nobody is here to agree to this" in err
    command = err.split("if you agree: llmspell ")[1].strip().split()
    assert cast(*command)[0] == 0
    code, out, err = cast("run", "x.lua")
    assert (code, out) == (0, "done\n")


def test_a_spell_is_allowed_less_than_it_asks_for_by_flags(cast: Cast) -> None:
    assert cast("grants", "add", "x.lua", "--allow-net=example.com,b.com")[0] == 0
    code, _, err = cast("run", "x.lua")
    assert code == 5
    assert "x.lua asks for write out/, which nobody has allowed" in err
    assert cast("grants", "add", "x.lua", "--allow-write=out/")[0] == 0
    assert cast("run", "x.lua")[0] == 0


def test_a_changed_allow_voids_what_was_remembered(cast: Cast) -> None:
    cast("grants", "add", "x.lua", "--yes")
    Path("x.lua").write_text(ASKS + "-- another body\n")
    assert cast("run", "x.lua")[0] == 0
    Path("x.lua").write_text(ASKS.replace("out/", "all/"))
    code, _, err = cast("run", "x.lua")
    assert code == 5
    assert "x.lua asks for other things than when you allowed it, so that is void:\n" in err
    assert "  + write   all/\n  - write   out/\n" in err
    _, _, err = cast("grants", "add", "x.lua", "--yes")
    assert "which is not what it asked for before:\n-  write   out/\n+  write   all/\n   net     example.com\n" in err
    assert cast("run", "x.lua")[0] == 0


def test_what_is_allowed_for_good_is_listed_and_taken_back(cast: Cast, tmp_path: Path) -> None:
    assert cast("grants", "list") == (0, "", "no spell is allowed anything for good\n")
    assert json.loads(cast("grants", "list", "--json")[1]) == {"v": 1, "grants": []}
    Path("y.lua").write_text("return 1")
    cast("grants", "add", "x.lua", "--yes")
    cast("grants", "add", "y.lua", "--allow-run=git log *")
    Path("y.lua").unlink()
    root = tmp_path / "project"
    code, out, _ = cast("grants", "list")
    assert code == 0
    assert out.splitlines() == [
        f"{root}/x.lua\twrite\tout/\tholds",
        f"{root}/x.lua\tnet\texample.com\tholds",
        f"{root}/y.lua\trun\tgit log *\tvoid: no such spell",
    ]
    first = json.loads(cast("grants", "list", "--json")[1])["grants"][0]
    assert first["rules"] == first["declared"] == {"write": ["out/"], "net": ["example.com"]}
    assert cast("grants", "rm", "y.lua")[0] == 0  # although the spell is gone
    assert cast("grants", "rm", "y.lua")[0] == 2
    assert cast("grants", "rm")[0] == cast("grants", "rm", "x.lua", "--all")[0] == 2
    assert cast("grants", "rm", "--all")[0] == 0
    assert cast("grants", "list")[1] == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["add", "none.lua", "--yes"], "none.lua"),
        (["add", "empty.lua"], "empty.lua asks for nothing"),
        (["add", "x.lua", "--allow-net=a b"], '--allow-net: "a b" is not a pattern of hosts'),
        (["add", "x.lua", "--allow-read="], "--allow-read: `` is not something that can be granted"),
    ],
)
def test_what_cannot_be_allowed_is_told(cast: Cast, words: list[str], message: str) -> None:
    Path("empty.lua").write_text("return 1")
    code, _, err = cast("grants", *words)
    assert code == 2
    assert message in err
    assert cast("grants", "list")[1] == ""


def test_a_damaged_file_stops_the_run_and_shows_in_the_list(cast: Cast, tmp_path: Path) -> None:
    cast("grants", "add", "x.lua", "--yes")
    (file,) = (tmp_path / "config" / "llmspell" / "grants").glob("*.toml")
    file.write_text(file.read_text().replace("[rules]", "[rulse]"))
    for words in (("run", "x.lua"), ("grants", "list"), ("grants", "add", "x.lua", "--yes")):
        code, _, err = cast(*words)
        assert code == 3
        assert "there is no setting `rulse`" in err
        assert "mend the file, or remove it: " in err
    assert cast("grants", "rm", "x.lua")[0] == 0


THEIRS = '[security]\nprofile = "low"\n[allow]\nnet = ["theirs.com"]\nread = ["~/"]\n[deny]\nnet = ["example.com"]\n'
SHOWN = "   net     theirs.com\n ! read    ~/\n ! security: low (trusted code, all libraries), for every spell\n"


def test_a_cloned_project_grants_nothing_until_a_person_has_seen_what(cast: Cast, tmp_path: Path) -> None:
    Path("llmspell.toml").write_text(THEIRS)
    Path("plain.lua").write_text('return attempt(function() return os.getenv("HOME") end).ok')
    note = "llmspell.toml grants what does not count until you trust it: llmspell trust\n"
    code, out, err = cast("run", "plain.lua")
    assert (code, out) == (0, "false\n")
    assert err.count(note) == 1
    code, _, err = cast("trust")
    assert code == 5
    assert SHOWN in err
    command = err.split("if you agree: llmspell ")[1].strip().split()
    assert cast(*command)[0] == 0
    code, out, err = cast("run", "plain.lua")
    assert (code, out) == (0, "true\n")
    assert note not in err
    assert cast("trust")[2].endswith("is trusted already\n")
    assert cast("run", "plain.lua", "--security", "medium")[1] == "false\n"  # the command line wins


def test_a_change_of_the_file_voids_the_trust_and_is_shown(cast: Cast, tmp_path: Path) -> None:
    Path("llmspell.toml").write_text(THEIRS)
    cast("trust", "--yes")
    root = tmp_path / "project"
    assert cast("trust", "--list")[1] == f"{root}\tholds\n"
    Path("llmspell.toml").write_text(THEIRS.replace("theirs.com", "evil.com"))
    assert cast("trust", "--list")[1] == f"{root}\tvoid: its llmspell.toml has changed\n"
    assert "has changed since you trusted it" in cast("run", "x.lua")[2]
    _, _, err = cast("trust")
    assert "which has changed since you trusted it:\n-  net     theirs.com\n+  net     evil.com\n" in err
    assert json.loads(cast("trust", "--list", "--json")[1])["folders"][0]["grants"][-1] == "net     theirs.com"
    assert cast("trust", "--forget")[0] == 0
    assert cast("trust", "--forget", str(root))[0] == 2
    assert cast("trust", "--list") == (0, "", "no folder is trusted\n")


def test_there_must_be_something_to_trust(cast: Cast, tmp_path: Path) -> None:
    assert "there is no llmspell.toml" in cast("trust", str(tmp_path))[2]
    Path("llmspell.toml").write_text('[security]\nprofile = "high"\n[deny]\nnet = ["*"]\n')
    assert cast("trust") == (0, "", "llmspell.toml grants nothing that needs trust\n")
    assert cast("trust", "--list", "--forget")[0] == 2
    hosts = ", ".join(f'"h{number}.com"' for number in range(200))
    Path("llmspell.toml").write_text(f"[allow]\nnet = [{hosts}]\n")
    code, _, err = cast("trust", "--yes")
    assert code == 2
    assert "more than anybody reads" in err


def at_terminal(folder: Path, environ: dict[str, str], words: list[str], answer: bytes) -> tuple[int, str]:
    """Run a command at a terminal of its own and answer its question; return its code and what it showed."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(2, termios.TIOCSCTTY, 0);"
         "os.execv(sys.executable, [sys.executable, '-m', 'llmspell', *sys.argv[1:]])", *words],
        cwd=folder, env=environ, stdin=follower, stdout=follower, stderr=follower,
    )  # fmt: skip
    os.close(follower)
    shown, answered = b"", False
    while select.select([leader], [], [], 30)[0]:
        try:
            piece = os.read(leader, 4096)
        except OSError:  # nobody holds the other end any more
            break
        shown += piece
        if not answered and b"[n] no > " in shown:
            os.write(leader, answer)
            answered = True
    os.close(leader)
    return process.wait(30), shown.decode()


@pytest.mark.parametrize("answer", [b"y\n", b"n\n", b"\x04"])
def test_a_person_at_the_terminal_is_asked(tmp_path: Path, environ: dict[str, str], answer: bytes) -> None:
    (tmp_path / "x.lua").write_text(ASKS)
    (tmp_path / "llmspell.toml").write_text(THEIRS)
    agrees = answer == b"y\n"
    for words in (["grants", "add", "x.lua"], ["trust"]):
        code, shown = at_terminal(tmp_path, environ, words, answer)
        assert code == (0 if agrees else 5), shown
        assert ("you have not agreed to this" in shown) is not agrees
    settings = Path(environ["XDG_CONFIG_HOME"], "llmspell")
    assert len([*settings.rglob("*.toml")]) == (2 if agrees else 0)


def test_what_a_file_grants_is_shown_in_screens_with_the_broadest_beside_the_question(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    forged = "llmspell.toml of here would grant, to what runs there".replace(" ", "_")
    models = ", ".join(f'"{"x" * 690}{forged}{number}"' for number in range(4))
    (tmp_path / "llmspell.toml").write_text(
        f'[security]\nprofile = "low"\n[allow]\nrun = ["*"]\nmodels = [{models}]\n[spells."x{" " * 900}y.lua"]\n'
        'allow = { state = ["a"] }\n'
    )
    screen = Screen(tmp_path, environ, "trust")
    shown = ""
    while "[n] no > " not in screen.shown:
        shown = screen.answer("more lines: Enter shows them, ^D answers later > ", "\n")
        assert shown.count("\n") <= 24
        screen.until("\n")
        while not any(end in screen.shown for end in ("> ", "[n] no > ")):
            assert screen._read()
    last = screen.answer("[n] no > ", "n\n")
    assert " ! run     *\n ! security: low (trusted code, all libraries), for every spell\n(! is broad" in last
    assert f"llmspell.toml of {tmp_path}"[:79] in last.split("(! is broad")[1]
    assert "Trust it at this content?\n" in last
    assert screen.end()[0] == 5


def test_what_both_commands_take_is_told(cast: Cast) -> None:
    found: Any = [cast(word, "--help")[1] for word in ("grants", "trust")]
    assert all("Options:" in text for text in found)
    assert [word for word in ("add", "list", "rm") if f"  {word} " not in found[0]] == []
