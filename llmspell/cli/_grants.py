"""What a person says of a spell's rights on the command line, beside what their files say."""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from llmspell import durations
from llmspell.bridge.surface import Surface
from llmspell.cli import _early
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.host.host import builtin_globals
from llmspell.language import SUFFIXES
from llmspell.policy import Policy
from llmspell.project import Project
from llmspell.remembered import same
from llmspell.secrets import Secrets
from llmspell.security.globs import SPECIAL
from llmspell.security.profile import Profile
from llmspell.security.rules import ALL, KINDS, Kind, Rules, Wish
from llmspell.security.taint import SINKS
from llmspell.security.wishes import MOST_HINT, by_kind
from llmspell.spell import Spell
from llmspell.wording import shown, suggest, visible

Keep = Callable[[Mapping[Kind, Sequence[str]]], None]
"""Remembers rules for good."""

SAVED = "saved: `llmspell grants list` shows it"
"""What people are told then."""


def careful(keep: Keep | None, secrets: Secrets) -> Keep | None:
    """Return what remembers rules for good, but none in which a secret stands: it would lie there as it is."""
    if keep is None:
        return None

    def kept(granted: Mapping[Kind, Sequence[str]]) -> None:
        check_clean(granted, secrets)
        keep(granted)

    return kept


def check_clean(granted: Mapping[Any, Sequence[str]], secrets: Secrets) -> None:
    """Refuse rules in which a secret stands.

    Raises:
        ArgumentError: one does; it names the variable.
    """
    for kind, patterns in granted.items():
        for pattern in patterns:
            if secrets.scrub(pattern) != pattern:
                raise ArgumentError(
                    f"a secret stands in a rule for {kind}: {visible(secrets.scrub(pattern))}",
                    hint="leave it out; * takes the place of a word",
                )


_C = TypeVar("_C", bound=Callable[..., Any])
_WHAT: dict[Kind, str] = {
    "read": "Files and folders to read: notes/,data.csv",
    "write": "Files and folders to write: out/",
    "net": "Hosts: example.com,127.0.0.1:8080",
    "run": "Programs and how their arguments begin: git log",
    "env": "Variables of the environment to read: EDITOR",
    "tools": "Tools by name, and calls that destroy: Fs.remove",
    "mcp": "Tools of MCP servers: github.list_*",
    "secrets": "Secrets that llmspell fills in, and for which host: mail@api.example.com",
    "state": "Shared scopes of State to use: team",
    "models": "Models to ask: openai/*",
}
_VALUE = "[=PATTERN,…]"
_BARE = frozenset(f"--{verb}-{kind}" for verb in ("allow", "deny") for kind in KINDS)


class Granting(click.Command):
    """A command with flags for rules: `--allow-net=example.com` is one host, and `--allow-net` alone is all of it.

    A value needs its `=`, so that no such flag takes the word behind it, which may be the spell or its input.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the words of the command line."""
        return super().parse_args(ctx, list(_whole(args)))


def _whole(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a command line, with the value of each flag that stands alone."""
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else "-"
        if word in _BARE and not following.startswith("-") and not _is_spell(words[:at], following):
            raise ArgumentError(
                f"{word} {following}: a pattern stands behind `=`",
                hint=f"write {word}={following}, or {word}={ALL} for all of it",
            )
        yield f"{word}={ALL}" if word in _BARE else word


def _is_spell(before: Sequence[str], word: str) -> bool:
    """Return whether a word behind such a flag must be the spell: it is called so, and none stands before it."""
    return word.endswith(tuple(SUFFIXES)) and _early.spell_of(before) is None


def granting(command: _C) -> _C:
    """Give a `Granting` command the flags `--allow-KIND=PATTERN,…`, `--deny-KIND=PATTERN,…` and `--taint`."""
    about = "Calls that send or destroy, once a model has read what strangers wrote and private data is there."
    command = click.option("--taint", type=click.Choice(SINKS), help=about)(command)
    for kind in reversed(KINDS):
        denied = f"Never {kind}, or none of these: nothing overrides it."
        command = click.option(f"--deny-{kind}", multiple=True, metavar=_VALUE, help=denied)(command)
    for kind in reversed(KINDS):
        command = click.option(f"--allow-{kind}", multiple=True, metavar=_VALUE, help=_WHAT[kind])(command)
    return command


def allowed(flags: Mapping[str, Any]) -> dict[Kind, list[str]]:
    """Return what the flags of a command allow, by kind."""
    return _said(flags, "allow")


def denied(flags: Mapping[str, Any]) -> dict[Kind, list[str]]:
    """Return what the flags of a command deny, by kind."""
    return _said(flags, "deny")


def _said(flags: Mapping[str, Any], verb: str) -> dict[Kind, list[str]]:
    given = {kind: [p for value in flags.get(f"{verb}_{kind}", ()) for p in value.split(",")] for kind in KINDS}
    return {kind: patterns for kind, patterns in given.items() if patterns}


def profile_of(flags: Mapping[str, Any]) -> Profile:
    """Return the profile that the options of a command ask for."""
    profile = Profile.load("low" if flags["trust"] else flags["security"])
    if flags["taint"] is not None:
        profile = replace(profile, taint=flags["taint"])
    if flags["max_time"] is None:
        return profile
    try:
        wall = durations.parse(flags["max_time"])
    except ArgumentError as error:
        raise ArgumentError(f"--max-time: {error.message}", hint=error.hint) from None
    return replace(profile, limits=replace(profile.limits, wall=wall))


def _check_tools(rules: Rules) -> None:
    """Refuse names of tools that do not exist: a rule that denies one would deny nothing.

    Raises:
        ArgumentError: there is no such tool; the error names the next best.
    """
    for rule in (*rules.granted.get("tools", ()), *rules.denied.get("tools", ())):
        name = rule.pattern
        if not SPECIAL & set(name) and name not in (known := Surface(builtin_globals()).ops):
            where = f"{rule.place}: " if rule.place else ""
            near = suggest(name, known)
            hint = f"did you mean `{near}`?" if near else None
            raise ArgumentError(f"{where}{rule.source}: there is no tool {shown(name)}", hint=hint)


class Rights:
    """What the options of a command and the files of the person say together about spells.

    Args:
        project: of the spells.
        flags: the options that `granting` and `casting` give a command.

    Raises:
        ConfigError: one of the files is wrong.
    """

    def __init__(self, project: Project, flags: Mapping[str, Any]) -> None:
        self.policy = Policy.of(project, os.environ)
        self._flags = flags

    @classmethod
    def of(cls, spell: Spell, flags: Mapping[str, Any]) -> "Rights":
        """Return the rights of a spell."""
        return cls(Project.of(spell.path), flags)

    def chosen(self, spell: Spell, usual: str) -> dict[str, Any]:
        """Return the flags with a security profile and what becomes of taint, from the files if no flag says it.

        Args:
            spell: what runs.
            usual: the profile if nobody says one.
        """
        wanted = self._flags["security"] or (self.policy.profile(spell, usual) if spell.path is not None else None)
        found = {**self._flags, "security": wanted or usual}
        given = bool(self._flags["security"] or self._flags["trust"])
        return found | {"taint": found["taint"] or self.policy.taint(profile_of(found), spell, given=given)}

    def rules(self, profile: Profile, spell: Spell, args: Any = None) -> Rules:
        """Return what a run may touch, before a person is asked; files that are its input are granted by naming them.

        Raises:
            ArgumentError: the profile never grants something that was allowed, or a pattern is none.
        """
        rules = self.policy.rules(profile, spell, allow=allowed(self._flags), deny=denied(self._flags))
        _check_tools(rules)
        return rules.grant_files(spell.input_files(args))

    def keeper(self, spell: Spell) -> Keep | None:
        """Return what remembers rules of a spell for good; None if it is in no file, by which it would be known."""
        return None if spell.path is None else lambda granted: self.policy.remember(spell, granted)

    def before(self, spell: Spell) -> Mapping[str, Sequence[str]] | None:
        """Return what a spell declared when it was allowed for good, if that is void because it declares another."""
        grant = self.policy.grant(spell)
        if grant is None or self.policy.moved(grant) or same(grant.declared, spell.manifest.allow):
            return None
        return grant.declared

    def flags(self, more: Mapping[Kind, Sequence[str]]) -> str:
        """Return the flags that say what this command has said, and allow something more, as a shell reads them."""
        said, given, words = self._flags, allowed(self._flags), list[str]()
        words += ["--trust"] if said["trust"] else ["--security", said["security"]] if said["security"] else []
        for kind in KINDS:
            patterns = dict.fromkeys([*given.get(kind, ()), *more.get(kind, ())])
            words += [f"--allow-{kind}={','.join(patterns)}"] if patterns else []
        words += [f"--deny-{kind}={','.join(patterns)}" for kind, patterns in denied(said).items()]
        words += [f"--taint={said['taint']}"] if said["taint"] else []
        return shlex.join(words)

    def cure(self, spell: Spell, missing: Sequence[Wish]) -> str | None:
        """Return what allows a spell what it declares; None if that is too much to be told."""
        flags = self.flags(by_kind(missing))
        if visible(spell.name) != spell.name:  # what is pasted would be about another file
            return "read it, and give it a name without invisible characters"
        if spell.path is None:
            fix = f"read it, and if you agree: the same command with {flags}"
        else:
            name = shlex.quote(spell.name)
            once = f"llmspell run {name} {flags}"
            fix = f"read it: `llmspell grants add {name}` allows it for good, and for once, if you agree: {once}"
        return fix if visible(fix) == fix and len(fix) < MOST_HINT else None

    def tell(self, spell: Spell, terminal: Terminal, *, card: bool = False) -> None:
        """Say what of the files does not count, but for what a card shows."""
        for line in self.policy.notes(spell, card=card):
            terminal.note(line)
