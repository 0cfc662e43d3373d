"""What settings can say: those of a project, in a file that may come from a stranger, and those of a person."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from llmspell import durations, toml
from llmspell.errors import ArgumentError, ConfigError
from llmspell.project import MARK
from llmspell.sections import Each, Item, Named, Read, error, flag, line, one_of, section
from llmspell.security import bindings
from llmspell.security.profile import NAMES, patterns
from llmspell.security.rules import KINDS, Kind
from llmspell.security.taint import SINKS, Sinks
from llmspell.toml import Document
from llmspell.vault import Kept
from llmspell.wording import listed, shown

_SMALLEST = 2**20


@dataclass(frozen=True)
class JournalSettings:
    """What the section `[journal]` says.

    `durability` is what a write survives: `normal` the end of any process, `full` a power cut too. `size` is how many
    bytes the file may have, and `run` how many one run may keep in it. `encrypt` is whether it is encrypted, but for
    what the list of runs shows.
    """

    durability: Literal["normal", "full"] = "normal"
    size: int = 8 * 2**30
    run: int = 2**30
    encrypt: bool = False


def journal(root: Path) -> JournalSettings:
    """Return what a project says about its journal.

    Raises:
        ConfigError: naming the key that is wrong.
    """
    document = toml.read(root / MARK, MARK, links=False)
    if document is None or "journal" not in document.data:
        return JournalSettings()
    return JournalSettings(**section(document, _JOURNAL, ("journal",), document.data["journal"]))


def _size(value: object) -> int:
    found = durations.size(value)
    if found < _SMALLEST:
        raise ArgumentError(f"it must be at least 1MiB, got {shown(value)}")
    return found


_JOURNAL = {"durability": one_of(("normal", "full")), "size": _size, "run": _size, "encrypt": flag}

# ----------------------------------------------------------------------------------------------------------------------
# Security

OTHERS: Mapping[str, Read] = dict.fromkeys(("vars", "models", "limits", "budget", "journal"), lambda value: value)
"""The sections of a project's file that are about other things, and checked by whoever reads them."""


class Said(NamedTuple):
    """A word of a file, and where it stands."""

    value: str
    place: str


class Name(NamedTuple):
    """A spell or a folder as a file names it, and the path that it means."""

    written: str
    path: str


@dataclass(frozen=True)
class Special:
    """What a file says of one spell alone."""

    profile: Said | None = None
    allowed: Mapping[Kind, tuple[Item, ...]] = field(default_factory=dict)
    denied: Mapping[Kind, tuple[Item, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Security:
    """What one file says of what spells may do, and which secrets they may name."""

    profile: Said | None = None
    taint: Sinks | None = None
    allowed: Mapping[Kind, tuple[Item, ...]] = field(default_factory=dict)
    denied: Mapping[Kind, tuple[Item, ...]] = field(default_factory=dict)
    spells: Mapping[Name, Special] = field(default_factory=dict)
    folders: Mapping[Name, Said] = field(default_factory=dict)
    secrets: Mapping[str, Kept] = field(default_factory=dict)

    def spell(self, path: str) -> tuple[Name, Special] | None:
        """Return what it says of one spell alone."""
        return next(((name, said) for name, said in self.spells.items() if name.path == path), None)

    def chosen(self, path: str) -> Said | None:
        """Return the profile for a spell by its name, or that of the nearest folder which it is in."""
        special = self.spell(path)
        if special is not None and special[1].profile is not None:
            return special[1].profile
        around = [name for name in self.folders if name.path in ("", ".") or f"{path}/".startswith(_slashed(name))]
        return self.folders[max(around, key=lambda name: len(_slashed(name)))] if around else None


def of_project(document: Document) -> Security:
    """Return what the file of a project says; the profiles that it names are those that ship with llmspell.

    Raises:
        ConfigError: naming the line.
    """
    return _security(document, one_of(NAMES), _inside, OTHERS)


def of_person(document: Document, folder: Path) -> Security:
    """Return what a person's own file says.

    Args:
        document: the file.
        folder: where it is: paths of profiles begin there.

    Raises:
        ConfigError: naming the line.
    """

    def profile(value: object) -> str:
        if value in NAMES:
            return str(value)
        if not isinstance(value, str) or not value.endswith(".toml"):
            raise ArgumentError(f"it must be {listed(NAMES)}, or the path of a profile, got {shown(value)}")
        return str(folder / os.path.expanduser(value))  # noqa: PTH111 - `Path` fails where there is no such user

    return _security(document, profile, _anywhere, {"secrets": Named(_secret, {"env": line, "hosts": Each(_host)})})


def _kept(document: Document, found: Mapping[str, Any]) -> dict[str, Kept]:
    """Return what a file says of secrets: in which variable each is, and which hosts it is bound to."""
    for name, said in found.items():
        if said.get("hosts") == []:
            hint = "name one, or leave it out: then your rules alone say where it may go"
            raise error(document, ("secrets", name, "hosts"), "must name a host", hint)
    return {
        name: Kept(
            said.get("env", ""),
            tuple(item.value for item in said.get("hosts", ())),
            document.where(("secrets", name)),
        )
        for name, said in found.items()
    }


def _secret(value: object) -> str:
    name = line(value)
    bindings.check_name(name)
    return name


def _host(value: object) -> str:
    text = line(value)
    bindings.parse(f"name@{text}")
    return text


def _security(document: Document, profile: Read, name: Read, others: Mapping[str, Any]) -> Security:
    kinds = {kind: patterns(kind) for kind in KINDS}
    known: dict[str, Any] = {
        "security": {"profile": profile, "taint": one_of(SINKS)},
        "deny": kinds,
        "allow": kinds,
        "spells": Named(name, {"security": profile, "allow": kinds, "deny": kinds}),
        "folders": Named(name, {"security": profile}),
        **others,
    }
    found = section(document, known)
    general = found.get("security", {})
    spells: dict[Name, Special] = {
        key: Special(
            _said(document, ("spells", key.written, "security"), said.get("security")),
            _items(said.get("allow", {})),
            _items(said.get("deny", {})),
        )
        for key, said in found.get("spells", {}).items()
    }
    for group in ("spells", "folders"):
        _check_once(document, group, found.get(group, {}))
    folders = {
        key: Said(said["security"], document.where(("folders", key.written, "security")))
        for key, said in found.get("folders", {}).items()
        if "security" in said
    }
    return Security(
        _said(document, ("security", "profile"), general.get("profile")),
        general.get("taint"),
        _items(found.get("allow", {})),
        _items(found.get("deny", {})),
        spells,
        folders,
        _kept(document, found.get("secrets", {})),
    )


def _check_once(document: Document, group: str, names: Iterable[Name]) -> None:
    """Refuse two entries for one path, of which only one would count.

    Raises:
        ConfigError: there are two.
    """
    known: dict[str, Name] = {}
    for name in names:
        if (first := known.setdefault(name.path, name)) is not name:
            raise ConfigError(
                f"{document.where((group, name.written))}: `{group}.{shown(name.written)}` and "
                f"`{group}.{shown(first.written)}` are one and the same",
                hint="write all that is said of it in one place",
            )


def _said(document: Document, path: tuple[str, ...], value: str | None) -> Said | None:
    return None if value is None else Said(value, document.where(path))


def _items(found: Mapping[Kind, list[Item]]) -> dict[Kind, tuple[Item, ...]]:
    return {kind: tuple(items) for kind, items in found.items()}


def _slashed(name: Name) -> str:
    return "" if name.path == "." else f"{name.path.rstrip('/')}/"


def _inside(value: object) -> Name:
    """Return a path in a project, as the file of that project says it."""
    text = line(value)
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or path.parts[:1] == ("~",):
        raise ArgumentError(f"it must be a path in this folder, got {shown(text)}")
    return Name(text, str(path))


def _anywhere(value: object) -> Name:
    """Return a path on this machine: a file that speaks of every project says which spell it means."""
    text = line(value)
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - `Path` fails where there is no such user
    if not path.is_absolute():
        raise ArgumentError(f"it must begin with / or ~/, got {shown(text)}")
    return Name(text, os.path.realpath(path))
