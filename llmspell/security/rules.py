"""Rules: what a run may touch, by kind; decided before it begins, and the same for every op that asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from llmspell.errors import ArgumentError, PermissionDenied, within
from llmspell.security import hosts
from llmspell.wording import clip, visible

Kind = Literal["read", "write", "net", "run", "env", "state"]
KINDS: tuple[Kind, ...] = ("read", "write", "net", "run", "env", "state")
"""What can be granted: files to read and to write, hosts, programs, variables of the environment, shared state."""

Mode = Literal["all", "project", "declared", "given", "never"]
MODES: tuple[Mode, ...] = ("all", "project", "declared", "given", "never")
"""What a profile says of a kind: everything; files of the project; what the spell declares, once a person has allowed
it; what the caller gives, whatever the spell declares; nothing, whatever anybody says."""

ALL = "*"


class Rule(NamedTuple):
    """A pattern that is granted, and who said so."""

    pattern: str
    source: str


class Wish(NamedTuple):
    """A pattern that a spell declares, and nobody has granted yet."""

    kind: Kind
    pattern: str


@dataclass(frozen=True)
class Rules:
    """What one run may touch.

    Args:
        label: the security profile as people are told of it.
        modes: what the profile says of each kind.
        granted: what a person or the profile has granted, by kind.
        declared: what the spell's manifest asks for, by kind.
    """

    label: str
    modes: Mapping[Kind, Mode]
    granted: Mapping[Kind, tuple[Rule, ...]] = field(default_factory=dict)
    declared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def grant(self, kind: Kind, patterns: Iterable[str], source: str) -> "Rules":
        """Return rules that grant more.

        Args:
            kind: of what.
            patterns: what; `*` is all of the kind.
            source: who says so, as it is told to people: `--allow-net`.

        Raises:
            ArgumentError: the profile never grants this kind, or a pattern is not one.
        """
        if self.modes[kind] == "never":
            raise ArgumentError(
                f"{source}: {self.label} never grants {kind}", hint="--security low does: it trusts the spell"
            )
        rules = tuple(Rule(_pattern(kind, pattern, source), source) for pattern in patterns)
        return replace(self, granted={**self.granted, kind: self.granted.get(kind, ()) + rules})

    def exists(self, kind: Kind) -> bool:
        """Return whether an op that needs this kind exists for the script at all."""
        mode = self.modes[kind]
        return mode != "never" and (mode != "given" or kind in self.granted)

    def patterns(self, kind: Kind) -> tuple[Rule, ...]:
        """Return all that is granted of a kind; the pattern `*` grants everything, `.` the files of the project."""
        mode = self.modes[kind]
        by_profile = {"all": (Rule(ALL, self.label),), "project": (Rule(".", self.label),)}.get(mode, ())
        return by_profile + self.granted.get(kind, ())

    def missing(self) -> list[Wish]:
        """Return what the spell declares and nobody has granted; nothing where the profile ignores declarations."""
        return [
            Wish(kind, pattern)
            for kind in KINDS
            for pattern in self.declared.get(kind, ())
            if self.modes[kind] in ("project", "declared") and not self._covered(kind, pattern)
        ]

    def refusal(self, kind: Kind, value: str, act: str | None = None) -> PermissionDenied:
        """Return the error for something that no rule grants.

        Args:
            kind: of what.
            value: what was asked for, in the narrowest form that a rule can have.
            act: what the script wanted, for the message; `net access to "x"` unless given.
        """
        shown = clip(visible(value), 200)
        fix = f"--allow-{kind}={shown}"
        if self.modes[kind] in ("project", "declared") and value not in self.declared.get(kind, ()):
            fix += f', and `allow = {{ {kind} = {{ "{shown}" }} }}` in the spell says that it needs it'
        if self.modes[kind] == "never":
            fix = _TRUST
        message = act or f'{ACTS[kind]} "{shown}"'
        return PermissionDenied(
            f"{message} is not allowed", hint=fix, data={"rule": _RULES[self.modes[kind]].format(self.label, kind)}
        )

    def _covered(self, kind: Kind, wanted: str) -> bool:
        return any(_covers(kind, rule.pattern, wanted) for rule in self.patterns(kind))


ACTS: Mapping[str, str] = {
    "read": "reading",
    "write": "writing",
    "net": "net access to",
    "run": "running",
    "env": "reading the variable",
    "state": "the shared state",
}
"""What an error calls the act that needs a kind."""

_TRUST = "--security low grants it, to spells that you trust"
_RULES: dict[Mode, str] = {
    "all": "{0} grants all {1}, but not this",
    "project": "{0} grants what is in the project, but no hidden files and no keys",
    "declared": "{0} grants {1} as you allow it",
    "given": "{0} grants {1} as its caller gives it",
    "never": "{0} never grants {1}",
}


def _pattern(kind: Kind, text: str, source: str) -> str:
    if not text or not text.isprintable() or len(text) > 1000:
        raise ArgumentError(f"{source}: `{clip(visible(text), 60)}` is not something that can be granted")
    if kind == "net":
        with within(source):
            hosts.parse(text)
    return text


def _covers(kind: Kind, pattern: str, wanted: str) -> bool:
    """Return whether one pattern grants all that another asks for, as far as their texts tell."""
    if kind == "net":
        return hosts.covers(pattern, wanted)
    if pattern in (ALL, wanted):
        return True
    if kind not in ("read", "write"):
        return False
    path, base = PurePosixPath(wanted), PurePosixPath(pattern)
    return path.is_relative_to(base) and ".." not in path.parts and not any(c in pattern for c in "*?[")


def refuse_missing(spell: str, rules: Rules) -> None:
    """Refuse a spell that declares what nobody has granted, with the words that would grant it.

    Raises:
        PermissionDenied: something is missing.
    """
    if missing := by_kind(rules.missing()):
        asks = "; ".join(f"{kind} {', '.join(patterns)}" for kind, patterns in missing.items())
        flags = " ".join(f"--allow-{kind}={','.join(patterns)}" for kind, patterns in missing.items())
        raise PermissionDenied(
            f"{visible(spell)} asks for {asks}, which nobody has allowed",
            hint=f"read it, and if you agree: llmspell run {visible(spell)} {flags}",
            data={"rule": _RULES["declared"].format(rules.label, "access")},
        )


def by_kind(wishes: Iterable[Wish]) -> dict[Kind, list[str]]:
    """Return the patterns of some wishes by kind."""
    found: dict[Kind, list[str]] = {}
    for kind, pattern in wishes:
        found.setdefault(kind, []).append(pattern)
    return found
