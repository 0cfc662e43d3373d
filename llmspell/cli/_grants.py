"""What a person allows a spell: by flags, or asked at the terminal before it begins."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from llmspell.cli._terminal import Terminal
from llmspell.security.rules import KINDS, Kind, Rules, by_kind, refuse_missing
from llmspell.spell import Spell
from llmspell.wording import clip, visible

_C = TypeVar("_C", bound=Callable[..., Any])
_WHAT: dict[Kind, str] = {
    "read": "Files and folders to read: notes/,data.csv",
    "write": "Files and folders to write: out/",
    "net": "Hosts: example.com,127.0.0.1:8080",
    "run": "Programs to start: git; low security only.",
    "env": "Variables of the environment to read; low security only.",
    "state": "Shared scopes of State to use: team",
}
_ANSWER_LENGTH = 100
_TTY = Path("/dev/tty")


def granting(command: _C) -> _C:
    """Give a command the flags `--allow-KIND=PATTERN,…`."""
    for kind in reversed(KINDS):
        option = click.option(f"--allow-{kind}", multiple=True, metavar="PATTERN,…", help=_WHAT[kind])
        command = option(command)
    return command


def allowed(flags: dict[str, Any]) -> dict[Kind, list[str]]:
    """Return what the flags of a command allow, by kind."""
    given = {kind: [p for value in flags[f"allow_{kind}"] for p in value.split(",")] for kind in KINDS}
    return {kind: patterns for kind, patterns in given.items() if patterns}


def settled(spell: Spell, rules: Rules, terminal: Terminal) -> Rules:
    """Return the rules of a run after the person at the terminal has agreed to what the spell declares.

    Raises:
        PermissionDenied: nobody is there to ask, or the person does not agree.
    """
    missing = rules.missing()
    if not missing or not _somebody_watches():
        refuse_missing(spell.name, rules)
        return rules
    wishes = by_kind(missing)
    if not _agrees(_card(spell.name, wishes), terminal):
        refuse_missing(spell.name, rules)
    for kind, patterns in wishes.items():
        rules = rules.grant(kind, patterns, "you, at the terminal")
    return rules


def _somebody_watches() -> bool:
    return sys.stderr.isatty() and "CI" not in os.environ


def _card(name: str, wishes: dict[Kind, list[str]]) -> str:
    """Return what is shown: every word of the spell is made visible and bounded, so that none can pose as ours."""
    lines = [f"{clip(visible(name), 200)} asks for"]
    for kind, patterns in wishes.items():
        lines += [f"  {kind:<6} {clip(visible(pattern), 200)}" for pattern in patterns]
    return "\n".join(lines)


def _agrees(card: str, terminal: Terminal) -> bool:
    """Ask the person at the terminal itself, so that what is piped in stays the input of the spell."""
    try:
        with _TTY.open(encoding="utf-8", errors="replace") as heard, _TTY.open("w", encoding="utf-8") as said:
            said.write(f"{card}\nAllow it for this run? [y/N] ")
            said.flush()
            return _yes(heard.readline(_ANSWER_LENGTH))
    except OSError:
        terminal.note("there is no terminal to ask at")
        return False


def _yes(answer: str) -> bool:
    return answer.strip().lower() in ("y", "yes")
