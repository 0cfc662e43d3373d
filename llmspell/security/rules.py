"""Rules: what a run may touch, by kind; decided before it begins, and the same for every op that asks."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from llmspell.errors import ArgumentError, PermissionDenied, within
from llmspell.security import hosts
from llmspell.security.globs import SPECIAL
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
    """A pattern that is granted, and who said so; or the path of one file, whatever characters it has."""

    pattern: str
    source: str
    literal: bool = False

    @property
    def meaning(self) -> str:
        """A pattern that means the same, as a flag can say it."""
        return _meaning(self.pattern) if self.literal else self.pattern


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
        return self._with(kind, source, [Rule(_pattern(kind, pattern, source), source) for pattern in patterns])

    def grant_files(self, paths: Iterable[str], source: str = "the input") -> "Rules":
        """Return rules that grant to read some files, and no others: nothing in their paths is a pattern.

        Args:
            paths: as the script will use them.
            source: who has named them.

        Raises:
            ArgumentError: the profile never grants files, or one is not a path.
        """
        paths = list(paths)
        if any(not path or "\0" in path for path in paths):
            raise ArgumentError(f"{source} must be the path of a file")
        found = [Rule(path, source, literal=True) for path in paths]
        return self._with("read", source, found) if found else self

    def exists(self, kind: Kind) -> bool:
        """Return whether an op that needs this kind exists for the script at all."""
        mode = self.modes[kind]
        return mode != "never" and (mode != "given" or kind in self.granted)

    def patterns(self, kind: Kind) -> tuple[Rule, ...]:
        """Return all that is granted of a kind; the pattern `*` grants everything, `.` the files of the project."""
        mode = self.modes[kind]
        by_profile = {"all": (Rule(ALL, self.label),), "project": (Rule(".", self.label),)}.get(mode, ())
        return by_profile + self.granted.get(kind, ())

    def missing(self, files: Callable[[Literal["read", "write"], str], bool]) -> list[Wish]:
        """Return what the spell declares and nobody has granted; nothing where the profile ignores declarations.

        Args:
            files: returns whether all that a pattern of files asks for is granted.
        """
        found = []
        for kind in KINDS:
            wanted = self.declared.get(kind, ()) if self.modes[kind] in ("project", "declared") else ()
            granted = {rule.pattern for rule in self.patterns(kind) if not rule.literal}
            left = [pattern for pattern in dict.fromkeys(wanted) if pattern not in granted]
            if kind in ("read", "write"):
                left = [pattern for pattern in left if not files(kind, pattern)]
            elif kind == "net":
                left = hosts.uncovered(left, granted)
            elif ALL in granted:
                left = []
            found += [Wish(kind, pattern) for pattern in left]
        return found

    def refusal(self, kind: Kind, value: str, act: str | None = None) -> PermissionDenied:
        """Return the error for something that no rule grants.

        Args:
            kind: of what.
            value: what was asked for, in the narrowest form that a rule can have.
            act: what the script wanted, for the message; `net access to "x"` unless given.
        """
        message = act or f'{ACTS[kind]} "{clip(visible(value), 200)}"'
        fix = _TRUST if self.modes[kind] == "never" else self._fix(kind, value)
        return PermissionDenied(
            f"{message} is not allowed", hint=fix, data={"rule": _RULES[self.modes[kind]].format(self.label, kind)}
        )

    def _fix(self, kind: Kind, value: str) -> str:
        """Return what would grant a value: for the shell, and for the manifest if that can say it."""
        pattern = _meaning(value) if kind in ("read", "write") else value
        if unfit(pattern):
            return f"--allow-{kind} grants it by a broader pattern: no flag can name it as it is"
        fix = f"--allow-{kind}={shlex.quote(pattern)}"
        if self.modes[kind] not in ("project", "declared") or pattern in self.declared.get(kind, ()):
            return fix
        if set(pattern) & set('"\\'):
            return fix
        return f'{fix}, and `allow = {{ {kind} = {{ "{pattern}" }} }}` in the spell says that it needs it'

    def _with(self, kind: Kind, source: str, rules: Iterable[Rule]) -> "Rules":
        if self.modes[kind] == "never":
            raise ArgumentError(
                f"{source}: {self.label} never grants {kind}", hint="--security low does: it trusts the spell"
            )
        return replace(self, granted={**self.granted, kind: (*self.granted.get(kind, ()), *rules)})


ACTS: Mapping[str, str] = {
    "read": "reading",
    "write": "writing",
    "net": "net access to",
    "run": "running",
    "env": "reading the variable",
    "state": "the shared state",
}
"""What an error calls the act that needs a kind."""

_SHOWN = 500  # characters of a hint that people are shown: a command is shown whole or not at all
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


LONGEST_PATTERN = 200
"""Characters of a pattern that a spell declares, or an error suggests: whoever decides about it sees all of it."""


def unfit(pattern: str) -> str | None:
    """Return why a pattern can be declared by no spell and suggested by no error, or None if it can."""
    if len(pattern) > LONGEST_PATTERN:
        return f"must not have more than {LONGEST_PATTERN} characters, so that people see all of it"
    if "," in pattern:
        return "must not have a comma, which separates patterns in flags"
    return None if pattern.isprintable() else "must not have invisible characters"


def _meaning(path: str) -> str:
    """Return a pattern that means one path: what is special in it stands for itself."""
    return "".join("?" if char == "," else f"[{char}]" if char in SPECIAL else char for char in path)


def refuse_missing(spell: str, rules: Rules, missing: Sequence[Wish], command: str | None = None) -> None:
    """Refuse a spell that declares what nobody has granted, with the words that would grant it.

    Args:
        spell: its name.
        rules: what is granted.
        missing: what is not.
        command: which grants it, if that is another than `run` with flags.

    Raises:
        PermissionDenied: something is missing.
    """
    if missing:
        wishes, name = by_kind(missing), shlex.quote(visible(spell))
        asks = "; ".join(f"{kind} {', '.join(patterns)}" for kind, patterns in wishes.items())
        flags = [f"--allow-{kind}={shlex.quote(','.join(patterns))}" for kind, patterns in wishes.items()]
        fix = f"read it, and if you agree: {command or ' '.join(['llmspell run', name, *flags])}"
        raise PermissionDenied(
            f"{visible(spell)} asks for {asks}, which nobody has allowed",
            hint=fix if len(fix) < _SHOWN else f"read it, and allow what you agree to: --allow-{missing[0].kind}=…",
            data={"rule": _RULES["declared"].format(rules.label, "access")},
        )


def by_kind(wishes: Iterable[Wish]) -> dict[Kind, list[str]]:
    """Return the patterns of some wishes by kind."""
    found: dict[Kind, list[str]] = {}
    for kind, pattern in wishes:
        found.setdefault(kind, []).append(pattern)
    return found
