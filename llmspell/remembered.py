"""What a person has said for good: what spells may do and which folders are trusted, in files of the person's own.

They lie beside the person's settings and never in a project: a folder that was cloned grants nothing.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from llmspell import files, place, toml
from llmspell.errors import ArgumentError, ConfigError
from llmspell.sections import Each, Item, line, section, text
from llmspell.security.profile import patterns
from llmspell.security.rules import KINDS, Kind
from llmspell.toml import Document
from llmspell.wording import shown, visible

_LARGEST = toml.LARGEST
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NAMED = 40  # characters of a spell or folder in the name of its file
_LOCK = ".lock"
_LINES = 20  # of what a file grants, or of how it has changed
_HEAD = "# Written by llmspell; `{0}` takes it back.\n"


def home(environ: Mapping[str, str]) -> Path:
    """Return the folder of a person's own settings; it may not exist."""
    base = environ.get("XDG_CONFIG_HOME") or ""
    if not os.path.isabs(base):  # noqa: PTH117 - may be empty
        own = environ.get("HOME") or ""
        base = str(Path(own if os.path.isabs(own) else os.path.expanduser("~"), ".config"))  # noqa: PTH111, PTH117
    return Path(base) / "llmspell"


def told(path: Path, environ: Mapping[str, str]) -> str:
    """Return a path as people write it: from `~/` on, where it is in their home."""
    own = Path(environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111
    return visible(f"~/{path.relative_to(own)}" if path.is_relative_to(own) else str(path))


class Shelf:
    """Files of one sort, one for each thing that something was said about; each is there whole, or not at all.

    Args:
        folder: where they are.
        what: they hold, for errors: `what is remembered of spells`.
        undo: the command that removes one.
        environ: where the person's home is.
    """

    def __init__(self, folder: Path, what: str, undo: str, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._what = what
        self._undo = undo
        self._environ = environ

    def read(self, key: str) -> Document | None:
        """Return what was said about something; None if nothing.

        Raises:
            ConfigError: the file is damaged, or no file of ours.
        """
        return self._read(self._path(key))

    def all(self) -> Iterator[Document | ConfigError]:
        """Yield everything that was said, in the order of the names; a damaged file is its error."""
        try:
            found = sorted(self._folder.glob("*.toml"))
        except OSError:
            found = []
        for path in found:
            try:
                document = self._read(path)
            except ConfigError as error:
                yield error
            else:
                if document is not None:
                    yield document

    def write(self, key: str, data: Mapping[str, Any]) -> None:
        """Say something about something, in place of what was said before.

        Raises:
            ConfigError: it cannot be written, or is too much.
        """
        try:
            raw = (_HEAD.format(self._undo) + tomli_w.dumps(data)).encode()
        except UnicodeEncodeError:
            raise ConfigError(f"{self._what}: {visible(key)} is a path that is no text") from None
        if len(raw) > _LARGEST:
            raise ConfigError(f"{self._what}: this would be more than {_LARGEST // 1024} KiB")
        path = self._path(key)
        new = path.with_name(f".{path.name}.{os.getpid()}")
        with self._told(path):
            with suppress(FileNotFoundError):
                new.unlink()
            descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)

    def remove(self, key: str) -> bool:
        """Forget what was said about something, and return whether there was anything; a damaged file goes too."""
        with self._told(path := self._path(key)):
            try:
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def clear(self) -> int:
        """Forget everything, and return how much it was."""
        found = [*self._folder.glob("*.toml")]
        with self._told(self._folder):
            for path in found:
                path.unlink(missing_ok=True)
        return len(found)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold off others that change these files.

        Raises:
            ConfigError: the folder cannot be written.
        """
        with self._told(self._folder):
            descriptor = place.opened(self._folder / _LOCK, self._what, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _path(self, key: str) -> Path:
        name = _UNSAFE.sub("-", Path(key).name)[-_NAMED:]
        return self._folder / f"{name}-{hashlib.sha256(os.fsencode(key)).hexdigest()[:16]}.toml"

    def _read(self, path: Path) -> Document | None:
        name = told(path, self._environ)
        try:
            with self._told(path), os.fdopen(place.opened(path, self._what, os.O_RDONLY), "rb") as file:
                return toml.parse(files.decoded(files.limited(file, _LARGEST, name), name), name)
        except FileNotFoundError:
            return None
        except (ArgumentError, ConfigError) as error:
            raise ConfigError(error.message, hint=error.hint or f"mend the file, or remove it: {name}") from None

    @contextmanager
    def _told(self, path: Path) -> Iterator[None]:
        """Tell people of what the system refuses, but that a file is not there."""
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise ConfigError(f"{self._what}: {told(path, self._environ)}: {reason}") from None


@dataclass(frozen=True)
class Grant:
    """What a person has allowed a spell for good.

    `spell` is its path, `root` the folder in which its paths began, `declared` what it asked for when it was allowed;
    all must be the same for it to hold.
    """

    spell: str
    root: str
    declared: Mapping[str, tuple[str, ...]]
    rules: Mapping[Kind, tuple[Item, ...]]
    name: str


class Grants:
    """What spells were allowed for good."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        folder = home(environ) / "grants"
        self._shelf = Shelf(folder, "what is remembered of spells", "llmspell grants rm", environ)

    def of(self, spell: Path) -> Grant | None:
        """Return what a spell was allowed; None if nothing. Raises ConfigError for a damaged file."""
        document = self._shelf.read(key := os.path.realpath(spell))
        if document is None:
            return None
        grant = _grant(document)
        if grant.spell != key:
            raise ConfigError(
                f"{document.where('spell')}: this is about another spell, {shown(grant.spell)}",
                hint=f"remove the file, and allow the spell again: {document.name}",
            )
        return grant

    def all(self) -> Iterator[Grant | ConfigError]:
        """Yield all that was allowed; what is damaged is its error."""
        for found in self._shelf.all():
            try:
                yield found if isinstance(found, ConfigError) else _grant(found)
            except ConfigError as error:
                yield error

    def add(
        self, spell: Path, root: Path, declared: Mapping[str, Sequence[str]], rules: Mapping[Kind, Sequence[str]]
    ) -> None:
        """Allow a spell something for good, beside what it was allowed while it declared the same.

        Args:
            spell: its file.
            root: of its project: relative patterns begin there.
            declared: what it asks for.
            rules: what it may.

        Raises:
            ConfigError: what was allowed before is damaged, or nothing can be written.
        """
        with self._shelf.locked():
            before = self.of(spell)
            kept: dict[Kind, list[str]] = {}
            if before is not None and before.root == str(root) and same(before.declared, declared):
                kept = {kind: [item.value for item in items] for kind, items in before.rules.items()}
            for kind, patterns_ in rules.items():
                kept[kind] = [*dict.fromkeys([*kept.get(kind, []), *patterns_])]
            key = os.path.realpath(spell)
            data = {
                "spell": key,
                "root": str(root),
                "declared": {kind: [*declared[kind]] for kind in KINDS if declared.get(kind)},
                "rules": {kind: kept[kind] for kind in KINDS if kept.get(kind)},
            }
            self._shelf.write(key, data)

    def remove(self, spell: Path) -> bool:
        """Forget what a spell was allowed, and return whether there was anything."""
        with self._shelf.locked():
            return self._shelf.remove(os.path.realpath(spell))

    def clear(self) -> int:
        """Forget what every spell was allowed, and return how many there were."""
        with self._shelf.locked():
            return self._shelf.clear()


def same(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> bool:
    """Return whether two declarations ask for the same, in any order."""
    return all(set(one.get(kind, ())) == set(other.get(kind, ())) for kind in KINDS)


def difference(before: Iterable[str], now: Iterable[str]) -> list[str]:
    """Return what has come and what has gone, each in a line; of many the first."""
    old, new = [*before], [*now]
    found = [f"+ {line}" for line in new if line not in old] + [f"- {line}" for line in old if line not in new]
    return bounded(found)


def bounded(lines: Sequence[str]) -> list[str]:
    """Return lines, of many the first, and how many more there are."""
    more = len(lines) - _LINES
    return [*lines] if more <= 0 else [*lines[:_LINES], f"… and {more} more"]


def flat(found: Mapping[Any, Sequence[str]]) -> list[str]:
    """Return patterns by kind, each in a line for people; nothing of it is left out."""
    return [f"{kind:<7} {visible(each)}" for kind in KINDS for each in found.get(kind, ())]


_LIST = Each(line)
_GRANT = {
    "spell": text,
    "root": text,
    "declared": dict.fromkeys(KINDS, _LIST),
    "rules": {kind: patterns(kind) for kind in KINDS},
}


def _grant(document: Document) -> Grant:
    found = _whole(document, _GRANT, "spell", "root")
    declared = {kind: tuple(item.value for item in items) for kind, items in found.get("declared", {}).items()}
    rules = {kind: tuple(items) for kind, items in found.get("rules", {}).items()}
    return Grant(found["spell"], found["root"], declared, rules, document.name)


@dataclass(frozen=True)
class Trust:
    """A folder whose `llmspell.toml` a person has agreed to: at which content, and what that granted."""

    folder: str
    content: str
    grants: tuple[str, ...]


class Trusted:
    """The folders whose settings may grant something."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._shelf = Shelf(home(environ) / "trusted", "which folders are trusted", "llmspell trust --forget", environ)

    def of(self, folder: Path) -> Trust | None:
        """Return what a person has agreed to of a folder; None if nothing. Raises ConfigError for a damaged file."""
        document = self._shelf.read(str(folder))
        found = None if document is None else _trust(document)
        return found if found is not None and found.folder == str(folder) else None

    def all(self) -> Iterator[Trust | ConfigError]:
        """Yield all folders; what is damaged is its error."""
        for found in self._shelf.all():
            try:
                yield found if isinstance(found, ConfigError) else _trust(found)
            except ConfigError as error:
                yield error

    def add(self, trust: Trust) -> None:
        """Trust a folder at a content, and at no other from now on."""
        with self._shelf.locked():
            data = {"folder": trust.folder, "content": trust.content, "grants": [*trust.grants]}
            self._shelf.write(trust.folder, data)

    def remove(self, folder: Path) -> bool:
        """Trust a folder no more, and return whether it was."""
        with self._shelf.locked():
            return self._shelf.remove(str(folder))


_TRUST = {"folder": text, "content": line, "grants": _LIST}


def _trust(document: Document) -> Trust:
    found = _whole(document, _TRUST, "folder", "content")
    return Trust(found["folder"], found["content"], tuple(item.value for item in found.get("grants", ())))


def _whole(document: Document, known: Mapping[str, Any], *needed: str) -> dict[str, Any]:
    try:
        found = section(document, known)
        for key in needed:
            if key not in found:
                raise ConfigError(f"{document.name}: the setting `{key}` is missing")
    except ConfigError as error:
        error.hint = f"mend the file, or remove it: {document.name}"
        raise
    return found
