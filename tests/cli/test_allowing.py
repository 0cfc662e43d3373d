"""What a person allows a spell at the command line: by flags, or at the terminal."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import Command

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
