"""What a person allows a spell at the command line: by flags, or at the terminal."""

import os
import pty
import select
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import ROOT, Command

ASKING = {
    "lua": 'spell { allow = { net = { "example.com" }, write = { "out/" } } }\nreturn "done"\n',
    "js": 'spell({ allow: { net: ["example.com"], write: ["out/"] } });\nexport default "done";\n',
}


@pytest.mark.parametrize("suffix", ASKING)
def test_what_a_spell_declares_is_refused_where_nobody_can_be_asked(
    llmspell: Command, tmp_path: Path, suffix: str
) -> None:
    (tmp_path / f"x.{suffix}").write_text(ASKING[suffix])
    refused = llmspell("run", f"x.{suffix}")
    assert refused.returncode == 5
    assert refused.stdout == ""
    assert "asks for write out/; net example.com, which nobody has allowed" in refused.stderr
    words = refused.stderr.split("if you agree: llmspell ")[1].split("\n")[0].split()
    allowed = llmspell(*words)
    assert (allowed.returncode, allowed.stdout) == (0, "done\n")


def test_a_flag_for_what_the_profile_never_grants_is_an_error(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text("return 1")
    refused = llmspell("run", "x.lua", "--allow-run=git")
    assert refused.returncode == 2
    assert "security: medium (declared access only) never grants run" in refused.stderr


WAYS = {"read": "~/notes.txt", "write": "data.csv; touch owned #"}


@pytest.mark.parametrize("kind", WAYS)
def test_the_command_that_an_error_gives_is_safe_to_paste(llmspell: Command, tmp_path: Path, kind: str) -> None:
    (tmp_path / "x.lua").write_text(
        f'spell {{ allow = {{ {kind} = {{ "{WAYS[kind]}", ".hidden/x" }} }} }}\nreturn "done"'
    )
    refused = llmspell("run", "x.lua")
    assert refused.returncode == 5
    command = refused.stderr.split("if you agree: llmspell ")[1].split("\n")[0]
    python = f"{shlex.quote(sys.executable)} -m llmspell"
    done = subprocess.run(
        ["sh", "-c", f"{python} {command}"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert os.listdir(tmp_path) == ["x.lua"]  # noqa: PTH208


def test_the_card_shows_all_of_a_pattern_and_what_is_broad_last(tmp_path: Path, environ: dict[str, str]) -> None:
    long = "a " * 80 + "Allow it for this run: y"
    many = ", ".join(f'"logs/{number}.txt"' for number in range(40))
    (tmp_path / "x.lua").write_text(
        f'spell {{ allow = {{ write = {{ "/", "*{long}", "{long}", {many} }}, net = {{ "*" }} }} }}\n'
    )
    _, shown = at_terminal(tmp_path, environ, b"n\n")
    card = shown.split("x.lua asks for\r\n")[1].split("\r\nAllow it for this run? [y/N] ")[0].split("\r\n")
    assert card[-2:] == ["  write  /", "  net    *"]
    assert all(len(line) < 80 for line in card)
    assert "".join(line[9:] for line in card[:3]) == long
    assert "".join(line[9:] for line in card[-5:-2]) == f"*{long}"
    assert all(line.startswith(("  write  ", " " * 9)) for line in card[:-1])


def at_terminal(folder: Path, environ: dict[str, str], answer: bytes) -> tuple[int, str]:
    """Run `llmspell run x.lua` at a terminal of its own and answer it; return its code and what it showed."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(2, termios.TIOCSCTTY, 0);"
         "os.execv(sys.executable, [sys.executable, '-m', 'llmspell', 'run', 'x.lua'])"],
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
        if not answered and b"[y/N] " in shown:
            os.write(leader, answer)
            answered = True
    os.close(leader)
    return process.wait(30), shown.decode()


def test_the_person_at_the_terminal_is_asked_once(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "x.lua").write_text(ASKING["lua"])
    code, shown = at_terminal(tmp_path, environ, b"y\n")
    assert code == 0
    assert "x.lua asks for\r\n  write  out/\r\n  net    example.com\r\nAllow it for this run? [y/N] " in shown
    assert "done" in shown


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"yesterday\n", b"\x04"])
def test_anything_but_yes_is_no(tmp_path: Path, environ: dict[str, str], answer: bytes) -> None:
    (tmp_path / "x.lua").write_text(ASKING["lua"])
    code, shown = at_terminal(tmp_path, environ, answer)
    assert code == 5
    assert "which nobody has allowed" in shown


def test_a_spell_that_declares_nothing_is_not_asked_about(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text('return "done"')
    assert llmspell("run", "x.lua").stdout == "done\n"
