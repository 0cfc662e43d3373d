"""What a person allows a spell: by flags, or asked at the terminal before it begins."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar

import click

from llmspell.cli._terminal import Terminal
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security.globs import SPECIAL
from llmspell.security.paths import Paths
from llmspell.security.rules import KINDS, Kind, Rules, Wish, by_kind, refuse_missing
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
USUAL = 80
"""Columns of a terminal that does not tell."""
_NARROWEST = 20
_INDENT = 9
TTY = Path("/dev/tty")
"""The terminal itself, so that what is piped in stays the input of the spell."""


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


def settled(
    spell: Spell, rules: Rules, terminal: Terminal, command: Callable[[Mapping[Kind, list[str]]], str] | None = None
) -> Rules:
    """Return the rules of a run after the person at the terminal has agreed to what the spell declares.

    Args:
        spell: what runs.
        rules: what is granted so far.
        terminal: where a person may be.
        command: returns the command that grants what is missing, if that is another than `run`.

    Raises:
        PermissionDenied: nobody is there to ask, or the person does not agree.
    """
    missing = Paths(rules, Project.of(spell.path), spell.path, SUFFIXES).missing()
    if not missing or terminal.no_input or not somebody_watches() or not _agrees(_card(spell.name, missing), terminal):
        refuse_missing(spell.name, rules, missing, command(by_kind(missing)) if command and missing else None)
    for kind, patterns in by_kind(missing).items():
        rules = rules.grant(kind, patterns, "you, at the terminal")
    return rules


def somebody_watches() -> bool:
    """Return whether a person may be at the terminal."""
    return sys.stderr.isatty() and "CI" not in os.environ


def _card(name: str, wishes: Sequence[Wish]) -> str:
    """Return what is shown: all of every word of the spell, made visible, so that none can pose as ours.

    What is broad stands last, beside the question, and the shortest, which are the broadest, at the very end.
    """
    columns = os.get_terminal_size(sys.stderr.fileno()).columns or USUAL
    width = max(columns - _INDENT - 1, _NARROWEST)
    lines = [f"{clip(visible(name), 200)} asks for"]
    for kind, pattern in sorted(wishes, key=_breadth):
        first, *more = pieces(visible(pattern), width)
        lines += [f"  {kind:<6} {first}", *(f"{'':{_INDENT}}{piece}" for piece in more)]
    return "\n".join(lines)


def _breadth(wish: Wish) -> tuple[bool, int]:
    broad = _is_broad(wish)
    return broad, -len(wish.pattern) if broad else 0


def _is_broad(wish: Wish) -> bool:
    """Return whether a wish is for much more than some files, hosts or scopes of a name."""
    if wish.kind not in ("read", "write"):
        return "*" in wish.pattern or "/" in wish.pattern
    names = [name for name in wish.pattern.split("/") if name not in ("", ".", "..", "~")]
    named = list(takewhile(lambda name: not SPECIAL & set(name), names))
    return len(named) < (2 if wish.pattern.startswith(("/", "~", "..")) else 1)


def pieces(text: str, width: int) -> list[str]:
    """Return a text in lines that no terminal breaks: what it broke would stand where our own words do."""
    size = width if text.isascii() else width // 2
    return [text[start : start + size] for start in range(0, len(text), size)]


def _agrees(card: str, terminal: Terminal) -> bool:
    """Ask the person at the terminal itself, so that what is piped in stays the input of the spell."""
    try:
        with TTY.open(encoding="utf-8", errors="replace") as heard, TTY.open("w", encoding="utf-8") as said:
            said.write(f"{card}\nAllow it for this run? [y/N] ")
            said.flush()
            return _yes(heard.readline(_ANSWER_LENGTH))
    except OSError:
        terminal.note("there is no terminal to ask at")
        return False


def _yes(answer: str) -> bool:
    return answer.strip().lower() in ("y", "yes")
