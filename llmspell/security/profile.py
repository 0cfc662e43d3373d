"""Security profiles: what a run may use up and what its engine may do. Low is low security, high is high security."""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmspell import _package, durations
from llmspell.errors import ArgumentError, ConfigError
from llmspell.protocol import Lock
from llmspell.security.rules import KINDS, MODES, Kind, Mode
from llmspell.wording import did_you_mean, listed, shown, suggest

NAMES = ("low", "medium", "high")
"""The profiles that ship with llmspell, from the least secure to the most."""

_MOST = 10**9


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
    limits: Limits
    budget_usd: float | None
    budget_time: float | None

    @classmethod
    def load(cls, name: str) -> "Profile":
        """Return one of the profiles that ship with llmspell by its name, or a profile of the user's by its path.

        Raises:
            ConfigError: there is no such profile, or a setting in it is wrong.
        """
        if name in NAMES:
            return _profile(name, name, _shipped(name))
        if "/" in name or name.endswith(".toml"):
            return _own(name)
        near = suggest(name, NAMES)
        guess = f"did you mean `{near}`? " if near else ""
        hint = f"{guess}There are {listed(NAMES, 'and')}, and your own by path: ./strict.toml"
        raise ConfigError(f"there is no security profile {shown(name)}", hint=hint)

    @property
    def label(self) -> str:
        """The profile as people are told of it; its bare name could be misread as a degree of risk."""
        return f"security: {self.name} ({self.about})"

    @property
    def features(self) -> dict[str, bool]:
        """What the script's side of the engine may do, as the surface says it."""
        return {"codegen": self.codegen}

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


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads((_package.folder("security_profiles") / f"{name}.toml").read_text("utf-8"))


def _own(path: str) -> Profile:
    """Return the profile in a file of the user's: what it does not say, the profile that it extends says."""
    name = Path(path).stem
    if name in NAMES:
        raise ConfigError(
            f"{path} has the name of a profile that ships with llmspell", hint="give the file another name"
        )
    if not name.isprintable():
        raise ConfigError(f"{shown(path)} cannot be the name of a profile")
    try:
        settings = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the security profile {path}: {error.strerror}") from None
    except ValueError as error:  # of the TOML or of its UTF-8
        raise ConfigError(f"the security profile {path} is not TOML: {error}") from None
    base = settings.pop("extends", None)
    if base not in NAMES:
        raise ConfigError(f"{path}: `extends` must be one of {listed(NAMES)}, got {shown(base)}")
    return _profile(name, base, _over(_shipped(base), settings), path)


def _over(base: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of which some sections say more than others."""
    merged = dict(base)
    for key, value in settings.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = base[key] | value if both else value
    return merged


def _profile(name: str, base: str, settings: Mapping[str, Any], path: str = "") -> Profile:
    values = _section(settings, _SETTINGS, path or f"{name}.toml")
    limits = Limits(**values["limits"])
    if limits.memory_hard < limits.memory:
        raise ConfigError(f"{path or name}: `limits.memory_hard` must not be below `limits.memory`")
    return Profile(
        name=name,
        about=values["about"],
        base=base,
        **values["engine"],
        isolation_required=values["isolation"]["required"],
        permissions=values["permissions"],
        limits=limits,
        budget_usd=values["budget"]["usd"],
        budget_time=values["budget"]["time"],
    )


def _section(given: object, known: Mapping[str, Any], file: str, prefix: str = "") -> dict[str, Any]:
    """Return the values of a section that has exactly the known settings."""
    if not isinstance(given, dict):
        raise ConfigError(f"{file}: `{prefix.rstrip('.')}` must be a section, got {shown(given)}")
    for key in given:
        if key not in known:
            raise ConfigError(f"{file}: there is no setting `{prefix}{key}`", hint=did_you_mean(key, tuple(known)))
    for key in known:
        if key not in given:
            raise ConfigError(f"{file}: the setting `{prefix}{key}` is missing")
    return {key: _setting(given[key], read, file, f"{prefix}{key}") for key, read in known.items()}


def _setting(value: object, read: Any, file: str, name: str) -> Any:
    if isinstance(read, dict):
        return _section(value, read, file, f"{name}.")
    try:
        return read(value)
    except ArgumentError as error:
        raise ConfigError(f"{file}: `{name}`: {error.message}", hint=error.hint) from None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ArgumentError(f"it must be one line of text, got {shown(value)}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(f"it must be true or false, got {shown(value)}")
    return value


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


def _mode(value: object) -> Any:
    if value not in MODES:
        raise ArgumentError(f"it must be one of {listed(MODES)}, got {shown(value)}")
    return value


_SETTINGS: dict[str, Any] = {
    "about": _text,
    "engine": {"jit": _flag, "codegen": _flag},
    "isolation": {"required": _flag},
    "permissions": dict.fromkeys(KINDS, _mode),
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
