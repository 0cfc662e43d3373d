"""Paths: which rule grants a file, by its name. The names that no broad rule grants are here."""

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from llmspell.errors import ArgumentError, PermissionDenied
from llmspell.project import MARK, Project
from llmspell.security.globs import Glob, split
from llmspell.security.rules import ALL, Rule, Rules, Wish
from llmspell.wording import clip, visible

Access = Literal["read", "write"]
Names = tuple[str, ...]

LONGEST = 4096
"""Bytes that a path may have."""

SECRETS = (
    ".env*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.ppk", "*.kdbx", "id_rsa*", "id_dsa*", "id_ecdsa*",
    "id_ed25519*",
)  # fmt: skip
"""Files that only a rule grants which names them: they hold keys and passwords."""

SETTINGS = (MARK, "llmspell.grants.toml")
"""Files that only a rule lets a spell write which names them: they say what spells may do."""

_BOM = b"\xef\xbb\xbf"
_SYSTEM = (("proc",), ("sys",), ("dev",))
"""Folders that hold no files of anybody: only a rule that names something in them grants it."""


@dataclass(frozen=True)
class Spot:
    """A place in the file system that is granted.

    Args:
        name: its path as errors show it.
        anchor: the folder from which to walk; it is trusted.
        names: the way from there; empty for the anchor itself.
        links: whether links may lead elsewhere.
    """

    name: str
    anchor: str
    names: Names
    links: bool = False


@dataclass(frozen=True)
class _Pattern:
    """One rule: the names that it says, from the root of the file system on, and what may follow."""

    base: Names
    rest: Names = ()
    glob: Glob | None = field(default=None, compare=False)
    exact: bool = False

    def leads(self, path: Names, root: Names) -> bool:
        """Return whether what is granted may be inside a folder: below the rule, or in the project on the way there.

        Above the project nothing leads to it: it would tell where on the machine it is.
        """
        shorter = min(len(path), len(self.base))
        if self.base[:shorter] != path[:shorter]:
            return False
        if len(path) < len(self.base):
            return path[: len(root)] == root
        return self.glob is not None


@dataclass
class Paths:
    """What files one run may touch.

    Args:
        rules: what is granted.
        project: the folder of relative paths.
        spell: the file of the spell, if it has one.
        suffixes: of files that are spells or parts of them.
    """

    rules: Rules
    project: Project
    spell: Path | None = None
    suffixes: Sequence[str] = ()
    modules: frozenset[Names] = frozenset()
    """The modules of the spell: no rule lets it write one that does not name it."""
    above: tuple[Names, ...] = ()
    """The spells that run this one: it must not change them either."""
    _patterns: dict[Access, list[_Pattern]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = _names(str(self.project.root))
        self._home = _names(str(Path.home()))
        self.own = self.root if self.spell is None else _names(str(self.spell.resolve()))
        self._kept = _names(str(self.project.data()))

    def free(self, access: Access) -> bool:
        """Return whether the profile grants everything, without any exception."""
        return self.rules.modes[access] == "all"

    def spot(self, access: Access, path: str) -> Spot:
        """Return a place that is granted.

        Args:
            access: what for.
            path: relative to the project, absolute, or from `~/` on.

        Raises:
            ArgumentError: it is not a path.
            PermissionDenied: no rule grants it.
        """
        names = self.absolute(path)
        if self.free(access):
            return Spot(_shown(path), "/", names, links=True)
        for pattern in self._of(access):
            if self._covers(pattern, access, names):
                return self._placed(path, names, pattern.base)
        raise self.refusal(access, path)

    def folder(self, path: str) -> Spot:
        """Return a folder to look around in: what is granted may be in it. Raises what `spot` raises."""
        names = self.absolute(path)
        for pattern in () if self.free("read") else self._of("read"):
            if not self._covers(pattern, "read", names) and pattern.leads(names, self.root):
                return self._placed(path, names, pattern.base[: len(names)])
        return self.spot("read", path)

    def covers(self, access: Access, names: Names) -> bool:
        """Return whether a path is granted; names are from the root of the file system on."""
        return self.free(access) or any(self._covers(each, access, names) for each in self._of(access))

    def protect(self, modules: Iterable[str]) -> None:
        """Let only a rule that names it grant to write a module of the spell; they are paths of the project."""
        self.modules = frozenset(_names(each, self.root) for each in modules)

    def inherit(self, above: "Paths") -> None:
        """Protect what is protected from the spell that runs this one."""
        self.modules |= above.modules
        self.above = (above.own, *above.above)

    def missing(self) -> list[Wish]:
        """Return what the spell declares and nobody has granted."""
        return self.rules.missing(self.grants)

    def grants(self, access: Access, pattern: str) -> bool:
        """Return whether a pattern asks for nothing more than is granted.

        What only a rule that names it grants is no part of a folder: `notes/` does not ask for `notes/.env`.
        """
        wish = self._pattern(Rule(pattern, ""))
        return self.free(access) or any(self._includes(each, access, wish) for each in self._of(access))

    def leads(self, names: Names) -> bool:
        """Return whether a folder, or something in it, can be read."""
        return self.covers("read", names) or any(each.leads(names, self.root) for each in self._of("read"))

    def absolute(self, path: str) -> Names:
        """Return the names that a path of a script stands for, from the root of the file system on.

        Raises:
            ArgumentError: it is not a path.
        """
        if not path or "\0" in path or len(path.encode()) > LONGEST:
            raise ArgumentError(f"`{_shown(path)}` is not a path", hint='write "notes/today.md"')
        if path == "~" or path.startswith("~/"):
            return _names(path[1:], self._home)
        return _names(path, () if path.startswith("/") else self.root)

    def refusal(self, access: Access, path: str) -> PermissionDenied:
        """Return the error for a path that no rule grants; it tells no more of the machine than the script has said."""
        return self.rules.refusal(access, _plain(path))

    def _of(self, access: Access) -> list[_Pattern]:
        if access not in self._patterns:
            self._patterns[access] = [self._pattern(rule) for rule in self.rules.patterns(access)]
        return self._patterns[access]

    def _pattern(self, rule: Rule) -> _Pattern:
        text = rule.pattern
        if rule.literal:
            return _Pattern(self.absolute(text), exact=True)
        if text == ALL:
            return _Pattern(())
        base, rest = split(self.absolute(text + "**" if text.endswith("/") and split(text.split("/"))[1] else text))
        return _Pattern(base, rest, Glob(rest) if rest else None)

    def _includes(self, pattern: _Pattern, access: Access, wish: _Pattern) -> bool:
        """Return whether one rule grants all that another would."""
        if pattern == wish:
            return True
        if pattern.exact or pattern.glob is not None or any(name.startswith(".") for name in wish.rest):
            return False
        return self._covers(pattern, access, wish.base)

    def _covers(self, pattern: _Pattern, access: Access, names: Names) -> bool:
        size = len(pattern.base)
        if names[:size] != pattern.base:
            return False
        beyond = names[size:]
        if pattern.glob is None and not beyond:
            return True
        if pattern.exact:
            return False
        if pattern.glob is not None and not pattern.glob.matches(beyond):
            return False
        hidden = pattern.glob is None and any(name.startswith(".") for name in beyond)
        return not hidden and not self._is_kept(access, names, pattern.base)

    def _is_kept(self, access: Access, names: Names, base: Names) -> bool:
        """Return whether only a rule that says more than this one grants a path."""
        beyond = names[len(base) :]
        if any(_is_secret(name) for name in beyond) or any(_enters(names, base, zone) for zone in self._zones()):
            return True
        if access == "read":
            return False
        if ".llmspell" in names or any(name.lower() in SETTINGS for name in beyond) or names in self.modules:
            return True
        return any(own[: len(base)] == base for own in (self.own, *self.above)) and self._is_code(names)

    def _is_code(self, names: Names) -> bool:
        """Return whether a file is the spell or could be another: one must not rewrite what runs with other grants."""
        if names in (self.own, *self.above) or (bool(names) and names[-1].lower().endswith(tuple(self.suffixes))):
            return True
        return _begins_as_a_program("/" + "/".join(names))

    def _zones(self) -> Iterator[Names]:
        yield self._kept
        yield from _SYSTEM

    def _placed(self, path: str, names: Names, base: Names) -> Spot:
        inside = names[: len(self.root)] == self.root
        start = len(self.root) if inside else max(len(base) - 1, 0)
        return Spot(_shown(path), "/" + "/".join(names[:start]), names[start:])


def _names(path: str, start: Names = ()) -> Names:
    """Return the names of a path, with `.` and `..` resolved."""
    names = list(start)
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return tuple(names)


def _plain(path: str) -> str:
    """Return a path without `.` and `..` where it needs none, as far as its text alone tells."""
    if path.startswith("/"):
        return "/" + posixpath.normpath(path).lstrip("/")
    if path.startswith("~/"):
        return posixpath.join("~", posixpath.normpath(path[2:].lstrip("/") or ".")).removesuffix("/.")
    plain = posixpath.normpath(path)
    return f"./{plain}" if plain.split("/")[0] == "~" and path != "~" else plain


def _begins_as_a_program(path: str) -> bool:
    """Return whether a file is there that begins with `#!`: it can be run, whatever its name is."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and os.read(descriptor, 5).removeprefix(_BOM)[:2] == b"#!"
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _is_secret(name: str) -> bool:
    return any(fnmatchcase(name.lower(), pattern) for pattern in SECRETS)


def _enters(names: Names, base: Names, zone: Names) -> bool:
    """Return whether a path is inside a zone that its rule does not name."""
    return names[: len(zone)] == zone and base[: len(zone)] != zone


def _shown(path: str) -> str:
    return clip(visible(path), 200)
