"""Security profiles: what a run may use up and what its engine may do. Low is low security, high is high security."""

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from llmspell import _package, durations, toml
from llmspell.errors import ArgumentError, ConfigError
from llmspell.protocol import Lock
from llmspell.sections import Each, flag, line, one_of, section
from llmspell.security.rules import FILES, KINDS, MODES, Kind, Mode, Rule, Rules, pattern_of
from llmspell.security.taint import SINKS, Sinks
from llmspell.toml import Document
from llmspell.wording import listed, shown, suggest

NAMES = ("low", "medium", "high")
"""The profiles that ship with llmspell, from the least secure to the most."""

UNREAD = "high"
"""The profile of code that nobody has read: of `eval`, of models, of clients of a server. No setting makes it less."""

_MOST = 10**9
_LONGEST_CHAIN = 8
_MEMORY = ("limits.memory_hard", "limits.memory")
_OWN_WORDS: tuple[Kind, Kind] = ("run", "env")
_UNLIMITED = float("inf")
_SHIPPED = "security_profiles"
_PLAIN = re.compile("[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Limits:
    """The ceilings of one run: sizes in bytes, times in seconds; a `wall` of None is no ceiling."""

    memory: int
    memory_hard: int
    cpu: float
    turn: float
    wall: float | None
    output: int
    frame: int
    in_flight: int
    calls: int


@dataclass(frozen=True)
class Profile:
    """A security profile. `base` is the one of `NAMES` that it is or extends; a budget of None is no ceiling."""

    name: str
    about: str
    base: str
    jit: bool
    codegen: bool
    isolation_required: bool
    permissions: Mapping[Kind, Mode]
    taint: Sinks
    limits: Limits
    budget_usd: float | None
    budget_time: float | None
    denied: Mapping[Kind, tuple[Rule, ...]] = field(default_factory=dict)
    """What no run with this profile may touch, whatever else grants it."""
    places: Mapping[Kind, str] = field(default_factory=dict)
    """Where it says what it says of each kind: `security_profiles/medium.toml:16`."""

    @classmethod
    def load(cls, name: str) -> "Profile":
        """Return one of the profiles that ship with llmspell by its name, or a profile of the user's by its path.

        Raises:
            ConfigError: there is no such profile, or a setting in it is wrong.
        """
        if name in NAMES:
            return _profile(name, name, [_shipped(name)])
        if "/" in name or name.endswith(".toml"):
            return _own(name)
        near = suggest(name, NAMES)
        guess = f"did you mean `{near}`? " if near else ""
        hint = f"{guess}There are {listed(NAMES, 'and')}, and your own by path: ./strict.toml"
        raise ConfigError(f"there is no security profile {shown(name)}", hint=hint)

    @property
    def label(self) -> str:
        """The profile as people are told of it; its bare name could be misread as a degree of risk."""
        return _label(self.name, self.base, self.about)

    @property
    def features(self) -> dict[str, bool]:
        """What the script's side of the engine may do, as the surface says it.

        `shell` and `environment` are Lua's own words for programs and variables (`os.execute`, `os.getenv`), which
        know no rules: only who may do all has them.
        """
        shell, environment = (self.permissions[kind] == "all" for kind in _OWN_WORDS)
        return {"codegen": self.codegen, "shell": shell, "environment": environment}

    def rules(self, declared: Mapping[str, tuple[str, ...]] | None = None, language: str = "lua") -> Rules:
        """Return what a run may touch that nobody has granted anything.

        Args:
            declared: what its spell declares.
            language: of the spell.
        """
        return Rules(
            self.label, self.permissions, declared=declared or {}, denied=self.denied, places=self.places,
            language=language,
        )  # fmt: skip

    def within(self, other: "Profile") -> bool:
        """Return whether it lets a run do nothing, and use up nothing, that another profile does not."""
        strictness = {mode: place for place, mode in enumerate(MODES)}
        return (
            all(strictness[mode] >= strictness[other.permissions[kind]] for kind, mode in self.permissions.items())
            and all(mine <= most for mine, most in zip(self._ceilings(), other._ceilings(), strict=True))
            and SINKS.index(self.taint) >= SINKS.index(other.taint)
            and all(
                {rule.pattern for rule in self.denied.get(kind, ())} >= {rule.pattern for rule in denied}
                for kind, denied in other.denied.items()
            )
        )

    def stricter(self, other: "Profile") -> "Profile":
        """Return a profile that lets a run do and use up what both allow; it has the name of the one that says more."""
        first, second = self, other
        limits: dict[str, Any] = {
            each.name: _least(getattr(first.limits, each.name), getattr(second.limits, each.name))
            for each in fields(Limits)
        }
        named = first if first.within(second) else second
        return replace(
            named,
            base=max(first.base, second.base, key=NAMES.index),
            jit=first.jit and second.jit,
            codegen=first.codegen and second.codegen,
            isolation_required=first.isolation_required or second.isolation_required,
            permissions={
                kind: max(mode, second.permissions[kind], key=MODES.index) for kind, mode in first.permissions.items()
            },
            taint=max(first.taint, second.taint, key=SINKS.index),
            limits=Limits(**limits),
            budget_usd=_least(first.budget_usd, second.budget_usd),
            budget_time=_least(first.budget_time, second.budget_time),
            denied={
                kind: tuple(dict.fromkeys([*first.denied.get(kind, ()), *second.denied.get(kind, ())]))
                for kind in KINDS
                if kind in first.denied or kind in second.denied
            },
        )

    def narrow(self, rules: Rules) -> Rules:
        """Return the rules of a run for a spell that it runs under this profile: nothing more, and what it denies less.

        What only the caller of a spell can give is what it names, and not all that it has itself.
        """
        for kind, denied in self.denied.items():
            rules = rules.deny(kind, [rule for rule in denied if rule not in rules.denied.get(kind, ())])
        modes = {kind: max(mode, self.permissions[kind], key=MODES.index) for kind, mode in rules.modes.items()}
        if modes == rules.modes:
            return rules
        less = {kind for kind, mode in modes.items() if mode != rules.modes[kind] and mode in ("given", "never")}
        kept = {kind: found for kind, found in rules.granted.items() if kind not in less}
        label = self.label if rules.within is None else rules.label
        return replace(rules, label=label, modes=modes, granted=kept, places=self.places)

    def _ceilings(self) -> list[float]:
        given = (*astuple(self.limits), self.budget_usd, self.budget_time, self.jit, self.codegen)
        return [_UNLIMITED if value is None else value for value in given] + [not self.isolation_required]

    def lock(self) -> Lock:
        """Return the limits under which a worker locks itself."""
        limits = self.limits
        return Lock(
            memory=limits.memory,
            memory_hard=limits.memory_hard,
            cpu=math.ceil(limits.cpu),
            turn=limits.turn,
            frame=limits.frame,
        )


def _label(name: str, base: str, about: str) -> str:
    """Return how people are told of a profile: one of their own says what it extends, whatever it says of itself."""
    extends = "" if name == base else f", extends {base}"
    return f"security: {name}{extends} ({about})"


def _least(*values: float | None) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _shipped(name: str) -> Document:
    file = f"{name}.toml"
    text = (_package.folder(_SHIPPED) / file).read_text("utf-8")
    return toml.parse(text, f"{_SHIPPED}/{file}")


def _own(path: str) -> Profile:
    """Return the profile in a file of the user's: what it does not say, the profile that it extends says."""
    name = Path(path).stem
    if name in NAMES:
        raise ConfigError(
            f"{path} has the name of a profile that ships with llmspell", hint="give the file another name"
        )
    if not _PLAIN.fullmatch(name):
        raise ConfigError(
            f"{shown(path)} cannot be the name of a profile", hint="write it in letters from a to z, digits, - and _"
        )
    base, chain = _chain(path)
    return _profile(name, base, chain)


def _chain(path: str) -> tuple[str, list[Document]]:
    """Return the profile that ships with llmspell at the end of a chain, and all files, the outermost first."""
    chain: list[Document] = []
    seen: list[Path] = []
    while True:
        here = Path(path).resolve()
        if here in seen:
            raise ConfigError(f"{chain[-1].where('extends')}: `extends` goes in a circle, back to {path}")
        if len(chain) == _LONGEST_CHAIN:
            raise ConfigError(f"{chain[-1].where('extends')}: more than {_LONGEST_CHAIN} profiles extend each other")
        document = toml.read(Path(path), path)
        if document is None:
            by = f"{chain[-1].where('extends')}: " if chain else ""
            raise ConfigError(f"{by}there is no security profile {path}")
        seen.append(here)
        chain.append(document)
        base = _base(document)
        if base in NAMES:
            return base, [*chain, _shipped(base)]
        path = str(Path(path).parent / os.path.expanduser(base))  # noqa: PTH111 - `Path` fails where there is no such user


def _base(document: Document) -> str:
    base = document.data.get("extends")
    if isinstance(base, str) and (base in NAMES or base.endswith(".toml")):
        return base
    where = document.where("extends")
    raise ConfigError(
        f"{where}: `extends` must be one of {listed((*NAMES, 'the path of a profile'))}, got {shown(base)}"
    )


def _profile(name: str, base: str, chain: Sequence[Document]) -> Profile:
    """Return what some files say together: of each setting what the first of them says."""
    said = [section(each, _SETTINGS) for each in chain]
    values: dict[str, Any] = {}
    for each in reversed(said):
        for key, value in each.items():
            values[key] = {**values.get(key, {}), **value} if isinstance(value, dict) else value
    _check_whole(values, chain[-1])
    limits = Limits(**values["limits"])
    if limits.memory_hard < limits.memory:
        where = next(each.where(key) for each in chain for key in _MEMORY if each.place(key) is not None)
        raise ConfigError(f"{where}: `limits.memory_hard` must not be below `limits.memory`")
    return Profile(
        name=name,
        about=values["about"],
        base=base,
        **values["engine"],
        isolation_required=values["isolation"]["required"],
        permissions=values["permissions"],
        taint=values["taint"]["sinks"],
        limits=limits,
        budget_usd=values["budget"]["usd"],
        budget_time=values["budget"]["time"],
        denied=_denied(f"{_label(name, base, values['about'])} [deny]", said),
        places={kind: _where(chain, f"permissions.{kind}") for kind in KINDS},
    )


def _denied(source: str, said: Sequence[Mapping[str, Any]]) -> dict[Kind, tuple[Rule, ...]]:
    """Return what any of some files denies: to extend a profile takes nothing of that back."""
    found: dict[Kind, tuple[Rule, ...]] = {}
    for kind in KINDS:
        items = [item for each in said for item in each.get("deny", {}).get(kind, ())]
        if items:
            found[kind] = tuple(Rule(item.value, source, place=item.place) for item in items)
    return found


def _where(chain: Sequence[Document], key: str) -> str:
    """Return where the first file says something that says it."""
    return next((each.where(key) for each in chain if each.place(key) is not None), chain[0].name)


def _check_whole(values: Mapping[str, Any], shipped: Document) -> None:
    for name, known in _SETTINGS.items():
        for key in known if isinstance(known, dict) and name != "deny" else ():
            if key not in values.get(name, {}):
                raise ConfigError(f"{shipped.name}: the setting `{name}.{key}` is missing")


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError(f"it must be a whole number from 1, got {shown(value)}")
    if value > _MOST:
        raise ArgumentError(f"it must be at most {_MOST}, got {shown(value)}")
    return value


def _money(value: object) -> float | None:
    if value == "none":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ArgumentError(f'it must be an amount of USD or "none", got {shown(value)}')
    return float(value)


def _some(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """Return a reader that refuses zero."""

    def positive(value: object) -> Any:
        found = read(value)
        if found == 0:
            raise ArgumentError("it must be more than 0")
        return found

    return positive


def _frame(value: object) -> int:
    size = durations.size(value)
    if not 4096 <= size < 2**32:  # its length is told in 32 bits
        raise ArgumentError(f"it must be from 4KiB to 4GiB, got {shown(value)}")
    return size


def patterns(kind: Kind) -> Each:
    """Return what reads a list of patterns of a kind."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ArgumentError(f"it must be a text, got {shown(value)}")
        return pattern_of(kind, value)

    return Each(read)


def _modes(kind: Kind) -> tuple[Mode, ...]:
    """Return what a profile can say of a kind: only files are of a project."""
    return MODES if kind in FILES else tuple(mode for mode in MODES if mode != "project")


_SETTINGS: dict[str, Any] = {
    "extends": line,
    "about": line,
    "engine": {"jit": flag, "codegen": flag},
    "isolation": {"required": flag},
    "permissions": {kind: one_of(_modes(kind)) for kind in KINDS},
    "deny": {kind: patterns(kind) for kind in KINDS},
    "taint": {"sinks": one_of(SINKS)},
    "limits": {
        "memory": _some(durations.size),
        "memory_hard": _some(durations.size),
        "cpu": _some(durations.parse),
        "turn": _some(durations.parse),
        "wall": _some(durations.parse_or_none),
        "output": durations.size,
        "frame": _frame,
        "in_flight": _count,
        "calls": _count,
    },
    "budget": {"usd": _money, "time": durations.parse_or_none},
}
