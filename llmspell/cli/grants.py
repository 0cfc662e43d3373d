"""`llmspell grants`: what spells are allowed for good, in a file of the person's own for each."""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from llmspell.cli import _table
from llmspell.cli._agreement import agree, tell_damaged
from llmspell.cli._console import seen
from llmspell.cli._flags import asking, speaking
from llmspell.cli._grants import SAVED, Granting, allowed, check_clean
from llmspell.cli._terminal import Terminal
from llmspell.cli._wishes import card
from llmspell.errors import ArgumentError, SpellError, within
from llmspell.policy import vault
from llmspell.project import Project
from llmspell.remembered import Grant, Grants, same
from llmspell.security.rules import KINDS, Kind, Wish, pattern_of
from llmspell.spell import Spell
from llmspell.wording import visible

_C = TypeVar("_C", bound=Callable[..., Any])
_HELP = {"help_option_names": ["-h", "--help"]}
_HEAD = ("SPELL", "KIND", "PATTERN", "STATE")


@click.group("grants", context_settings=_HELP)
def command() -> None:
    """Allow spells something for good, list that, and take it back.

    It is kept among your own settings, by the path of the spell, and holds while the spell asks for the same: when its
    `allow` changes, you are asked again.
    """


def _allowing(command: _C) -> _C:
    for kind in reversed(KINDS):
        command = click.option(f"--allow-{kind}", multiple=True, metavar="[=PATTERN,…]", help="Only this.")(command)
    return command


@command.command("add", cls=Granting, context_settings=_HELP)
@click.argument("spell")
@_allowing
@click.option("--yes", is_flag=True, help="Do not ask: you have read what it asks for.")
@asking
@speaking
@click.pass_obj
def add(terminal: Terminal, /, spell: str, yes: bool, **flags: Any) -> int:
    """Allow SPELL for good what its manifest asks for, or what you name instead."""
    found = Spell.from_path(spell)
    given = allowed(flags)
    asked: Mapping[str, Sequence[str]] = found.manifest.allow
    wanted: dict[Kind, list[str]] = given or {kind: [*asked[kind]] for kind in KINDS if asked.get(kind)}
    if not wanted:
        words = ["llmspell", "grants", "add", spell, "--allow-net=example.com"]
        hint = f"name what it may: {shlex.join(words)}" if visible(spell) == spell else "name what it may"
        raise ArgumentError(f"{visible(spell)} asks for nothing", hint=hint)
    for kind, patterns in wanted.items():
        with within(f"--allow-{kind}" if given else f"`allow.{kind}` of {visible(spell)}"):
            for pattern in patterns:
                pattern_of(kind, pattern)
    secrets = vault(os.environ).known
    secrets.check({found.name: found.source})
    check_clean(wanted, secrets)
    if not given:
        words = ["llmspell", "grants", "add", spell, "--yes"]
        agree(
            terminal, f"{seen(spell)} asks for", partial(_card, found, wanted), "Allow it for good?",
            yes=yes, command=words,
        )  # fmt: skip
    Grants(os.environ).add(Path(spell), Project.of(Path(spell)).root, found.manifest.allow, wanted)
    terminal.note(SAVED)
    return 0


def _card(spell: Spell, wanted: Mapping[Kind, Sequence[str]], width: int) -> list[str]:
    """Return what a spell asks for, and how that differs from what it was allowed, if it does."""
    grant = Grants(os.environ).of(Path(spell.name))
    before = None if grant is None or same(grant.declared, spell.manifest.allow) else grant.declared
    wishes = [Wish(kind, pattern) for kind in KINDS for pattern in wanted.get(kind, ())]
    changed = [] if before is None else ["which is not what it asked for before:"]
    return [*changed, *card(wishes, width, before, spell.manifest.allow)]


@command.command("list", context_settings=_HELP)
@speaking
@click.pass_obj
def show(terminal: Terminal) -> int:
    """List what spells are allowed for good."""
    found = [*Grants(os.environ).all()]
    grants = [each for each in found if isinstance(each, Grant)]
    states = [_state(grant) for grant in grants]
    if terminal.as_json:
        parts = [_document(grant, state) for grant, state in zip(grants, states, strict=True)]
        terminal.write_document({"v": 1, "grants": parts})
    elif grants:
        rows = [
            (grant.spell, kind, item.value, state)
            for grant, state in zip(grants, states, strict=True)
            for kind, items in grant.rules.items()
            for item in items
        ]
        _table.write(terminal, _HEAD, rows, widest=200)
    else:
        terminal.note("no spell is allowed anything for good")
    return tell_damaged(terminal, found)


def _state(grant: Grant) -> str:
    """Return whether what was allowed still holds."""
    try:
        spell = Spell.from_path(grant.spell)
        if not same(spell.manifest.allow, grant.declared):
            return "void: its allow differs"
        root = Project.of(spell.path)
        moved = root.marked and str(root.root) != grant.root  # without a mark that follows the current folder
        return f"void: its project is {visible(str(root.root))} now" if moved else "holds"
    except SpellError:
        return "void: no such spell"


def _document(grant: Grant, state: str) -> dict[str, Any]:
    rules = {kind: [item.value for item in items] for kind, items in grant.rules.items()}
    return {
        "spell": grant.spell,
        "state": state,
        "root": grant.root,
        "rules": rules,
        "declared": dict(grant.declared),
        "file": grant.name,
    }


@command.command("rm", context_settings=_HELP)
@click.argument("spell", required=False)
@click.option("--all", "every", is_flag=True, help="Of every spell.")
@speaking
@click.pass_obj
def remove(terminal: Terminal, spell: str | None, every: bool) -> int:
    """Take back what SPELL was allowed for good."""
    if (spell is None) != every:
        raise ArgumentError("name one spell, or --all", hint="llmspell grants list shows them")
    grants = Grants(os.environ)
    if spell is None:
        terminal.note(f"taken back from {grants.clear()} spells")
        return 0
    if not grants.remove(Path(spell)):
        raise ArgumentError(f"{visible(spell)} is allowed nothing for good", hint="llmspell grants list shows who is")
    terminal.note(f"taken back from {visible(spell)}")
    return 0
