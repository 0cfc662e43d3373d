"""What a person allows a spell at the command line: by flags, or at the terminal."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import ROOT, Command
from test_parking import Screen

from llmspell.cli._person import here
from llmspell.cli._wishes import BROAD

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
    refused = llmspell("run", "x.lua", "--security=high", "--allow-write=out/")
    assert refused.returncode == 2
    assert "security: high (untrusted code, safe libraries only) never grants write" in refused.stderr


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


CARD = "[y] this run  [a] always for this spell  [e] edit the rules  [n] no > "


def test_the_card_shows_all_of_a_pattern_and_what_is_broad_last(tmp_path: Path, environ: dict[str, str]) -> None:
    long = "a " * 80 + "[y] this run > y"
    many = ", ".join(f'"logs/{number}.txt"' for number in range(40))
    (tmp_path / "x.lua").write_text(
        f'spell {{ allow = {{ write = {{ "/", "*{long}", "{long}", {many}, "表" }}, net = {{ "*" }},'
        ' tools = { "Fs.remove" } } }\n'
    )
    screen = Screen(tmp_path, environ, "run", "x.lua")
    screens = [screen.answer("more lines: Enter shows them, ^D answers later > ", "\n") for _ in range(2)]
    screens.append(screen.answer(CARD, "n\n"))
    assert screen.end()[0] == 5
    assert all(shown.count("\n") <= 24 for shown in screens)
    assert "the spell x.lua asks for, and this began with\n   write   " in screens[-1]
    card = screens[-1].split("the spell x.lua asks for, and")[0].splitlines()
    assert card[-4:] == [" ! tools   Fs.remove", " ! write   /", " ! net     *", BROAD]
    rows = "".join(screens).split("the spell x.lua asks for\n")[1].split("the spell x.lua")[0].splitlines()
    lines = [line for line in rows if "more lines" not in line and line]
    assert all(len(line) < 80 for line in lines)
    assert all(line.startswith(("   write   ", " ! ", " " * 11)) for line in lines[:-1])
    words = [line[11:] for line in lines]
    assert long in "".join(words)
    assert f"*{long}" in "".join(words)
    assert "表" in words


def test_a_pattern_cannot_make_rows_of_its_own(llmspell: Command, tmp_path: Path) -> None:
    for pattern in ("a  b", " a", "a "):
        (tmp_path / "x.lua").write_text(f'spell {{ allow = {{ models = {{ "{pattern}" }} }} }}\n')
        (tmp_path / "llmspell.toml").write_text(f'[allow]\nmodels = ["{pattern}"]\n')
        (tmp_path / "y.lua").write_text("return 1\n")
        ways = [("run", "x.lua"), ("trust",), ("run", "y.lua", f"--allow-models={pattern}")]
        for words in ways:
            refused = llmspell(*words)
            assert "a pattern has no spaces at its ends and no two in a row" in refused.stderr
            assert refused.returncode in (2, 3)
            if words[0] == "trust":
                (tmp_path / "llmspell.toml").unlink()


def test_a_host_is_written_as_it_is_meant(llmspell: Command, tmp_path: Path) -> None:
    cases = {
        "\u0430pple.com": "xn--pple-43d.com",
        "2130706433": "127.0.0.1",
        "127.1": "127.0.0.1",
        "10.9.9.9/8": "10.0.0.0/8",
    }
    for host, meant in cases.items():
        (tmp_path / "x.lua").write_text(f'spell {{ allow = {{ net = {{ "{host}" }} }} }}\n')
        refused = llmspell("run", "x.lua")
        assert refused.returncode == 3
        assert f'"{host}" does not say which host it means' in refused.stderr
        assert f"write {meant}" in refused.stderr


def test_a_secret_in_a_spell_is_found_before_the_card(tmp_path: Path, environ: dict[str, str]) -> None:
    for pattern in ("echo abcdEFGH12345678xyz", r"echo abcdEFGH\x312345678xyz"):
        (tmp_path / "x.lua").write_text(f'spell {{ allow = {{ run = {{ "{pattern}" }} }} }}\n')
        for words in (("run", "x.lua"), ("grants", "add", "x.lua")):
            screen = Screen(tmp_path, environ | {"MAIL_TOKEN": "abcdEFGH12345678xyz"}, *words)
            code, shown = screen.end()
            assert (code in (2, 3), "[n] no" in shown, "abcdEFGH12345678xyz" in shown) == (True, False, False), shown
            assert "MAIL_TOKEN" in shown


def test_no_command_is_told_for_a_name_that_shows_as_another(llmspell: Command, tmp_path: Path) -> None:
    for name in ("a\tb.lua", "a\\tb.lua"):
        (tmp_path / name).write_text(ASKING["lua"])
    (tmp_path / "d\te").mkdir()
    (tmp_path / "d\te" / "llmspell.toml").write_text('[allow]\nnet = ["example.com"]\n')
    for words in (("run", "a\tb.lua"), ("grants", "add", "a\tb.lua"), ("trust", "d\te")):
        refused = llmspell(*words)
        assert refused.returncode == 5
        assert f"llmspell {words[0]}" not in refused.stderr, refused.stderr


def test_the_person_at_the_terminal_is_asked_until_they_answer(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "x.lua").write_text(ASKING["lua"])
    for last, code in (("y\n", 0), ("n\n", 5), ("\x04", 5)):
        screen = Screen(tmp_path, environ, "run", "x.lua")
        assert "the spell x.lua asks for\n   write   out/\n   net     example.com\n" in screen.answer(CARD, "\n")
        screen.answer(CARD, "yesterday\n")
        screen.answer(CARD, last)
        ended, shown = screen.end()
        assert (ended, "done" in shown, "which nobody has allowed" in shown) == (code, not code, bool(code))


@pytest.mark.parametrize("suffix", ASKING)
def test_what_is_allowed_for_good_holds_until_the_spell_asks_for_something_else(
    llmspell: Command, tmp_path: Path, environ: dict[str, str], suffix: str
) -> None:
    name = f"x.{suffix}"
    (tmp_path / name).write_text(ASKING[suffix])
    screen = Screen(tmp_path, environ, "run", name)
    screen.answer(CARD, "a\n")
    code, shown = screen.end()
    assert (code, "saved: `llmspell grants list` shows it" in shown) == (0, True)
    again = llmspell("run", name)
    assert (again.returncode, again.stdout) == (0, "done\n")
    assert "example.com" in llmspell("grants", "list").stdout
    (tmp_path / name).write_text(ASKING[suffix].replace("example.com", "api.evil.com"))
    assert llmspell("run", name).returncode == 5
    screen = Screen(tmp_path, environ, "run", name)
    shown = screen.answer(CARD, "y\n")
    assert f"the spell {name} has changed what it asks for since you have allowed it:\n" in shown
    assert shown.count("api.evil.com") == 1
    assert "-  net     example.com\n   write   out/\n+  net     api.evil.com\n" in shown
    assert screen.end()[0] == 0
    assert llmspell("run", name).returncode == 5


def test_each_rule_can_be_changed_before_it_is_allowed(
    llmspell: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "x.lua").write_text(
        'spell { allow = { write = { "a/", "b/" }, net = { "*" } } }\n'
        'Fs.write("a/1", "x")\nreturn pcall(Fs.write, "b/1", "x")'
    )
    screen = Screen(tmp_path, environ, "run", "x.lua")
    screen.answer(CARD, "e\n")
    assert "   write   a/\n" in screen.answer("rule > ", "=\n")
    assert "   write   b/\n" in screen.answer("rule > ", "\n")
    assert " ! net     *\n" in screen.answer("rule > ", "frobnicate *\n")
    assert "begin with read, write" in screen.answer("rule > ", "net https://x/\n")
    assert "is not a pattern of hosts" in screen.answer("rule > ", "net a.example\n")
    screen.answer("one more, or Enter > ", "state team\n")
    screen.answer("one more, or Enter > ", "\n")
    rules = "   write   a/\n   net     a.example\n   state   team\n"
    assert f"the spell x.lua asks for\n{rules}{CARD}" in screen.answer(CARD, "a\n")
    noted = screen.answer("[n] no > ", "n\n")  # what was left out is undecided when it is needed
    code, shown = screen.end()
    assert code == 0
    assert "what you have left out is asked for again next time" in noted
    assert "false" in shown
    assert "write\tb/" not in llmspell("grants", "list").stdout
    (log,) = Path(environ["XDG_DATA_HOME"]).rglob("audit.jsonl")
    lines = map(json.loads, log.read_text("utf-8").splitlines())
    said = {line["value"]: line["by"] for line in lines if line["kind"] == "write"}
    assert said == dict.fromkeys(("a/1", "b/1"), here())  # on a card, and to a question


def test_a_spell_that_declares_nothing_is_not_asked_about(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text('return "done"')
    assert llmspell("run", "x.lua").stdout == "done\n"
