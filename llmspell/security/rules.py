"""Rules: what a run may touch, by kind; decided before it begins, and the same for every op that asks."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, get_args

from llmspell.errors import ArgumentError, PermissionDenied, within
from llmspell.security import bindings, hosts
from llmspell.security.globs import SPECIAL
from llmspell.wording import clip, declaration, shown, visible

Kind = Literal["read", "write", "net", "run", "env", "tools", "mcp", "secrets", "state", "models"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can be granted: files to read and to write, hosts, programs, variables of the environment, tools by name (ops
that destroy among them), tools of MCP servers, secrets that the host fills in, shared state, models."""

FileKind = Literal["read", "write"]
FILES: tuple[FileKind, ...] = get_args(FileKind)
"""The kinds that are about files."""

Mode = Literal["all", "project", "declared", "given", "never"]
MODES: tuple[Mode, ...] = ("all", "project", "declared", "given", "never")
"""What a profile says of a kind: everything; files of the project; what the spell declares, once a person has allowed
it; what the caller gives, whatever the spell declares; nothing, whatever anybody says."""

_ASKED: tuple[Mode, ...] = ("project", "declared")
"""Modes in which a person may be asked for more."""

ALL = "*"

POLICY = "policy"
"""Who has decided what no person was asked."""


class Rule(NamedTuple):
    """A pattern that is granted or denied, and who said so; or the path of one file, whatever characters it has.

    `source` is for people: `--allow-net`, `[deny]`, `you, at the terminal`. `place` is where it is written, with its
    line: `llmspell.toml:14`; empty for what was said by no file. `answered`: a person has said so when this run asked.
    """

    pattern: str
    source: str
    literal: bool = False
    place: str = ""
    answered: bool = False

    @property
    def meaning(self) -> str:
        """A pattern that means the same, as a flag can say it."""
        return meaning(self.pattern) if self.literal else self.pattern


class Decision(NamedTuple):
    """What became of a request, and which rule decided it.

    `value` is what was asked for, in the narrowest form that a rule can have. `rule` names the winner (`--allow-net=x`,
    `[deny] net = "10.0.0.0/8"`, `security: medium (…): net = "declared"`) and `place` says where it is written, if
    anywhere. `how` says which step decided: something denies it, the profile says so, a rule grants it, the caller has
    not got it, or nobody has decided, so that a person may be asked. `by` is who has decided, for the audit log: a
    person whom this run has asked, or `policy`.
    """

    allowed: bool
    kind: "Kind"
    value: str
    rule: str
    place: str
    how: Literal["denied", "profile", "granted", "caller", "undecided"]
    by: str = POLICY


Covers = Callable[[Rule], bool]
"""Returns whether a rule speaks of what is asked for."""


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
        denied: what somebody has forbidden, by kind; it wins over all that grants.
        places: where the profile says it, by kind: `security_profiles/medium.toml:16`.
        within: the rules of the caller that has narrowed these; nothing is allowed that they do not allow.
        language: of the spell, in which errors say what would declare something.
    """

    label: str
    modes: Mapping[Kind, Mode]
    granted: Mapping[Kind, tuple[Rule, ...]] = field(default_factory=dict)
    declared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    denied: Mapping[Kind, tuple[Rule, ...]] = field(default_factory=dict)
    places: Mapping[Kind, str] = field(default_factory=dict)
    within: "Rules | None" = None
    language: str = "lua"

    def grant(
        self, kind: Kind, patterns: Iterable[str], source: str, place: str = "", *, answered: bool = False
    ) -> "Rules":
        """Return rules that grant more.

        Args:
            kind: of what.
            patterns: what; `*` is all of the kind.
            source: who says so, as it is told to people: `--allow-net`.
            place: where it is written, with its line, if anywhere.
            answered: whether a person has said it when the run asked.

        Raises:
            ArgumentError: the profile never grants this kind, or a pattern is not one.
        """
        found = [Rule(_pattern(kind, each, source), source, place=place, answered=answered) for each in patterns]
        return self._with(kind, source, found)

    def grant_files(self, paths: Iterable[str]) -> "Rules":
        """Return rules that grant to read some files, and no others: nothing in their paths is a pattern.

        Args:
            paths: the input, as the script will use it.

        Raises:
            ArgumentError: the profile never grants files, or one is not a path.
        """
        paths = list(paths)
        if any(not path or "\0" in path for path in paths):
            raise ArgumentError(f"{_INPUT} must be the path of a file")
        found = [Rule(path, _INPUT, literal=True) for path in paths]
        return self._with("read", _INPUT, found) if found else self

    def deny(self, kind: Kind, rules: Iterable[Rule]) -> "Rules":
        """Return rules that forbid more.

        Raises:
            ArgumentError: a pattern is not one.
        """
        found = [rule._replace(pattern=_pattern(kind, rule.pattern, rule.place or rule.source)) for rule in rules]
        return replace(self, denied={**self.denied, kind: (*self.denied.get(kind, ()), *found)}) if found else self

    def narrowed(self, caller: str, allow: Mapping[Kind, Iterable[str]]) -> "Rules":
        """Return rules for a caller inside of the run, which may do a part of what these allow and nothing else.

        Args:
            caller: who it is, for people: `agent "reader"`.
            allow: patterns by kind; of a kind that is not there it may do nothing.

        Raises:
            ArgumentError: a pattern is not one.
        """
        modes: dict[Kind, Mode] = {kind: "given" if kind in allow else "never" for kind in KINDS}
        inner = Rules(caller, modes, within=self, language=self.language)
        for kind, patterns in allow.items():
            inner = inner.grant(kind, patterns, caller)
        return inner

    def exists(self, kind: Kind) -> bool:
        """Return whether an op that needs this kind exists for the script at all."""
        mode = self.modes[kind]
        outer = self.within is None or self.within.exists(kind)
        return outer and mode != "never" and (mode != "given" or kind in self.granted)

    def objection(self, kind: Kind, value: str, covers: Covers) -> Decision | None:
        """Return what is against something that needs no rule: it is denied, or not in the list that a caller has.

        Args:
            kind: of what.
            value: what is asked for.
            covers: whether a rule speaks of it.
        """
        for rule in self.denied.get(kind, ()):
            if covers(rule):
                return Decision(False, kind, value, _named(rule, kind), rule.place, "denied")
        if self.within is None:
            return None
        if self.modes[kind] == "given" and not any(map(covers, self.granted.get(kind, ()))):
            return Decision(False, kind, value, self._named(kind), "", "caller")
        return self.within.objection(kind, value, covers)

    def decide(self, kind: Kind, value: str, allows: Covers, denies: Covers | None = None) -> Decision:
        """Return what becomes of a request; the first of these that speaks of it decides.

        1. what is denied, by anybody; 2. a profile that never grants the kind; 3. what was granted, in the order in
        which it was (flags, what is remembered, a person); 4. what the profile grants by itself. Else it is undecided.

        Args:
            kind: of what.
            value: what is asked for, in the narrowest form that a rule can have.
            allows: whether a rule that grants speaks of it.
            denies: whether a rule that forbids does; the same unless given.
        """
        outer = None if self.within is None else self.within.decide(kind, value, allows, denies)
        if outer is not None and not outer.allowed:
            return outer
        own = self._own(kind, value, allows, denies or allows)
        if outer is None:
            return own
        return outer if own.allowed else own._replace(how="caller")

    def _own(self, kind: Kind, value: str, allows: Covers, denies: Covers) -> Decision:
        for rule in self.denied.get(kind, ()):
            if denies(rule):
                return Decision(False, kind, value, _named(rule, kind), rule.place, "denied")
        mode, place = self.modes[kind], self.places.get(kind, "")
        profile = self._named(kind)
        if mode == "never":
            return Decision(False, kind, value, profile, place, "profile")
        for rule in self.granted.get(kind, ()):
            if allows(rule):
                by = rule.source if rule.answered else POLICY
                return Decision(True, kind, value, _named(rule, kind), rule.place, "granted", by)
        if any(allows(rule) for rule in self._by_profile(kind)):
            return Decision(True, kind, value, profile, place, "profile")
        return Decision(False, kind, value, profile, place, "undecided" if mode in _ASKED else "profile")

    def _named(self, kind: Kind) -> str:
        return f'{self.label}: {kind} = "{self.modes[kind]}"'

    def patterns(self, kind: Kind) -> tuple[Rule, ...]:
        """Return all that is granted of a kind; the pattern `*` grants everything, `.` the files of the project."""
        return self._by_profile(kind) + self.granted.get(kind, ())

    def _by_profile(self, kind: Kind) -> tuple[Rule, ...]:
        pattern = {"all": ALL, "project": "."}.get(self.modes[kind])
        return () if pattern is None else (Rule(pattern, self.label),)

    def missing(self, files: Callable[[FileKind, str], bool]) -> list[Wish]:
        """Return what the spell declares and nobody has granted; nothing where the profile ignores declarations.

        Args:
            files: returns whether all that a pattern of files asks for is granted.
        """
        found = []
        for kind in KINDS:
            wanted = self.declared.get(kind, ()) if self.modes[kind] in _ASKED else ()
            granted = {rule.pattern for rule in self.patterns(kind) if not rule.literal}
            left = [pattern for pattern in dict.fromkeys(wanted) if pattern not in granted]
            if kind in FILES:
                left = [pattern for pattern in left if not files(kind, pattern)]
            elif kind in ("net", "secrets"):
                left = (hosts if kind == "net" else bindings).uncovered(left, granted)
            elif ALL in granted:
                left = []
            found += [Wish(kind, pattern) for pattern in left]
        return found

    def refusal(
        self, kind: Kind, value: str, act: str | None = None, decision: Decision | None = None
    ) -> PermissionDenied:
        """Return the error for something that is not allowed.

        Args:
            kind: of what.
            value: what was asked for, in the narrowest form that a rule can have.
            act: what the script wanted, for the message; `net access to "x"` unless given.
            decision: which rule has refused it; that no rule grants it, unless given.
        """
        message = act or f'{ACTS[kind]} "{clip(visible(value), 200)}"'
        decision = decision or self.decide(kind, value, lambda _: False)
        rule = _RULES[self.modes[kind]].format(self.label, kind)
        fix: str | None = self._fix(kind, value)
        if decision.how == "denied":
            where = f" in {decision.place}" if decision.place else ""
            rule, fix = f"{clip(visible(decision.rule), 300)}{where}", _FORBIDDEN
        elif decision.how == "caller":
            rule, fix = f"{self.label} may do a part of what the run may, and this is none of it", None
        elif self.modes[kind] == "never":
            fix = _TRUST
        error = PermissionDenied(f"{message} is not allowed", hint=fix, data={"rule": rule})
        error.decision = decision
        error.told = TOLD if decision.how == "denied" else ""
        return error

    def _fix(self, kind: Kind, value: str) -> str:
        """Return what would grant a value: for the shell, and for the manifest if that can say it."""
        pattern = meaning(value) if kind in FILES else value
        if unfit(pattern):
            return f"--allow-{kind} grants it by a broader pattern: no flag can name it as it is"
        fix = f"--allow-{kind}={shlex.quote(pattern)}"
        if self.modes[kind] not in _ASKED or pattern in self.declared.get(kind, ()):
            return fix
        if set(pattern) & set('"\\'):
            return fix
        return f"{fix}, and `{declaration(kind, pattern, self.language)}` in the spell says that it needs it"

    def _with(self, kind: Kind, source: str, rules: Iterable[Rule]) -> "Rules":
        if self.modes[kind] == "never":
            raise ArgumentError(
                f"{source}: {self.label} never grants {kind}", hint="--security low does: it trusts the spell"
            )
        return replace(self, granted={**self.granted, kind: (*self.granted.get(kind, ()), *rules)})


def _named(rule: Rule, kind: Kind) -> str:
    """Return a rule as a decision names it: a flag as it was given, any other as a file would say it."""
    if rule.source.startswith("--"):
        return f"{rule.source}={rule.pattern}"
    return f'{rule.source} {kind} = "{rule.pattern}"'


ACTS: Mapping[Kind, str] = {
    "read": "reading",
    "write": "writing",
    "net": "net access to",
    "run": "running",
    "env": "reading the variable",
    "tools": "the tool",
    "mcp": "the tool of an MCP server",
    "secrets": "the secret",
    "state": "the shared state",
    "models": "the model",
}
"""What an error calls the act that needs a kind."""

_INPUT = "the input"  # of a spell: whoever names a file as that lets it be read

_TRUST = "--security low grants it, to spells that you trust"
TOLD = "a rule denies it"
"""What a script learns of a rule that denies: the pattern, and where it is written, are for people."""
_FORBIDDEN = "no flag overrides what is denied: change that rule, if it is yours to change"
_RULES: dict[Mode, str] = {
    "all": "{0} grants all {1}, but not this",
    "project": "{0} grants what is in the project, but no hidden files and no keys",
    "declared": "{0} grants {1} as you allow it",
    "given": "{0} grants {1} as its caller gives it",
    "never": "{0} never grants {1}",
}


def _pattern(kind: Kind, text: str, source: str) -> str:
    with within(source):
        return pattern_of(kind, text)


def pattern_of(kind: Kind, text: str) -> str:
    """Return a text that is a pattern of a kind.

    Raises:
        ArgumentError: it is none.
    """
    if not text or not text.isprintable() or len(text) > 1000:
        raise ArgumentError(f"`{clip(visible(text), 60)}` is not something that can be granted")
    if _BLANKS.search(text):
        raise ArgumentError(
            f"a pattern has no spaces at its ends and no two in a row, got {shown(text)}",
            hint="a space that is meant is written as [ ]",
        )
    if kind in ("net", "secrets"):
        hosts.parse(text) if kind == "net" else bindings.parse(text)
        hosts.check_plain(text.partition("@")[2] if kind == "secrets" else text)
    return text


_BLANKS = re.compile("^ | $|  ")
"""Spaces that people do not see, or that a terminal breaks lines at, so that what is behind them stands elsewhere."""


LONGEST_PATTERN = 200
"""Characters of a pattern that a spell declares, or an error suggests: whoever decides about it sees all of it."""


def unfit(pattern: str) -> str | None:
    """Return why a pattern can be declared by no spell and suggested by no error, or None if it can."""
    if len(pattern) > LONGEST_PATTERN:
        return f"must not have more than {LONGEST_PATTERN} characters, so that people see all of it"
    if "," in pattern:
        return "must not have a comma, which separates patterns in flags"
    return None if pattern.isprintable() else "must not have invisible characters"


def meaning(name: str) -> str:
    """Return a pattern that means one path or name: what is special in it stands for itself, and each space is seen.

    But for a comma, which no flag can name: any character may stand in its place.
    """
    found = "".join("?" if char == "," else f"[{char}]" if char in SPECIAL else char for char in name)
    return _BLANK.sub(lambda blank: "[ ]" * len(blank[0]), found)


_BLANK = re.compile("^ +| +$|  +")
