"""Paths: which rule grants a file, by its name."""

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from llmspell.errors import ArgumentError, PermissionDenied
from llmspell.project import OURS, Project
from llmspell.security.fence import Ban, Fence
from llmspell.security.globs import Glob, split
from llmspell.security.reserved import (
    Names,
    folded,
    hidden,
    holds_keys,
    installed,
    is_program,
    starts_by_itself,
    zones,
)
from llmspell.security.rules import ALL, Decision, FileKind, Rule, Rules, Wish
from llmspell.wording import clip, visible

Around = Literal["folder", "pattern"]

LONGEST = 4096
"""Bytes that a path may have."""


@dataclass(frozen=True)
class Spot:
    """A place in the file system that is granted.

    Args:
        name: its path as errors show it.
        anchor: the folder from which to walk; it is trusted.
        names: the way from there; empty for the anchor itself.
        links: whether links may lead elsewhere.
        fence: what is denied on the way, if anything is.
    """

    name: str
    anchor: str
    names: Names
    links: bool = False
    fence: Fence | None = None


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
        return self.glob is not None and self.glob.goes_on(path[shorter:])


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
    """The modules of the spell, folded: no rule lets it write one that does not name it."""
    above: tuple[Names, ...] = ()
    """The spells that run this one: it must not change them either."""
    _patterns: dict[Rule, _Pattern] = field(default_factory=dict)
    _bans: dict[Rule, Ban] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = _names(str(self.project.root))
        self._home = _names(str(Path.home()))
        self.own = self.root if self.spell is None else _names(posixpath.realpath(self.spell))
        self._zones = zones(self.project.data())
        self._layers = [self.rules]
        while (outer := self._layers[-1].within) is not None:
            self._layers.append(outer)

    def under(self, rules: Rules) -> "Paths":
        """Return the same files under other rules: those of a caller inside of the run, or more than before."""
        return self if rules is self.rules else replace(self, rules=rules)

    def free(self, access: FileKind) -> bool:
        """Return whether the profile grants everything, and nothing is denied."""
        return self._follows(access) and not any(layer.denied.get(access) for layer in self._layers)

    def _follows(self, access: FileKind) -> bool:
        """Return whether links may lead anywhere: the profile grants everything, and nobody has narrowed that."""
        return all(layer.modes[access] == "all" for layer in self._layers)

    def decide(self, access: FileKind, path: str) -> Decision:
        """Return what becomes of a path, by its name.

        Raises:
            ArgumentError: it is not a path.
        """
        return self._decided(access, self.absolute(path), _plain(path))

    def decide_around(self, path: str, around: Around = "folder") -> Decision:
        """Return whether a script may look around in a folder: it can be read, or something may be that is in it.

        Args:
            path: the folder, or the pattern that begins in one.
            around: which of the two.

        Raises:
            ArgumentError: it is not a path.
        """
        self.absolute(path)
        path = begin(path)[0] if around == "pattern" else path
        return self._decided("read", self.absolute(path), _plain(path), around=True)

    def _decided(self, access: FileKind, names: Names, shown: str = "", *, around: bool = False) -> Decision:
        folds = folded(names)

        def allows(rule: Rule) -> bool:
            if self._allows(rule, access, names, folds):
                return True
            return around and self._leads(self._pattern(rule), names, folds)

        return self.rules.decide(access, shown, allows, lambda rule: self._ban(rule).covers(names, folds))

    def _allows(self, rule: Rule, access: FileKind, names: Names, folds: Names) -> bool:
        if rule.pattern == ALL and any(
            layer.modes[access] == "all" and rule.source == layer.label for layer in self._layers
        ):
            return True
        return self._covers(self._pattern(rule), access, names, folds)

    def spot(self, access: FileKind, path: str) -> Spot:
        """Return a place that is granted.

        Args:
            access: what for.
            path: relative to the project, absolute, or from `~/` on.

        Raises:
            ArgumentError: it is not a path.
            PermissionDenied: no rule grants it.
        """
        return self._spot(access, path)

    def folder(self, path: str) -> Spot:
        """Return a folder to look around in: what is granted may be in it. Raises what `spot` raises."""
        return self._spot("read", path, around=True)

    def part(self, path: str) -> Spot:
        """Return a file of the project that runs: it needs no rule, but what is denied stays so by every name."""
        names = self.absolute(f"./{path}")[len(self.root) :]
        return Spot(_shown(path), str(self.project.root), names, fence=self._fence("read", path))

    def _spot(self, access: FileKind, path: str, *, around: bool = False) -> Spot:
        names = self.absolute(path)
        if self.free(access):
            return Spot(_shown(path), "/", names, links=True)
        decision = self._decided(access, names, _plain(path), around=around)
        if not decision.allowed:
            raise self.refusal(access, path, decision)
        fence, inside = self._fence(access, path), len(self.root)
        if self._follows(access):
            return Spot(_shown(path), "/", names, links=True, fence=fence)
        if names[:inside] == self.root:
            return Spot(_shown(path), str(self.project.root), names[inside:], fence=fence)
        start = max(len(self._base(access, names, around=around)) - 1, 0)
        return Spot(_shown(path), "/" + "/".join(names[:start]), names[start:], fence=fence)

    def _base(self, access: FileKind, names: Names, *, around: bool) -> Names:
        """Return the names that a person has trusted: only what the run began with counts, and no narrower caller."""
        folds = folded(names)
        for pattern in map(self._pattern, self._layers[-1].patterns(access)):
            if self._covers(pattern, access, names, folds) or (around and self._leads(pattern, names, folds)):
                return pattern.base[: len(names)]
        return ()

    def _fence(self, access: FileKind, path: str) -> Fence | None:
        """Return all that is denied, with what is told whoever comes to it by another name."""
        bans = [
            (self._ban(rule), partial(self._denied, layer, rule, access, path))
            for layer in self._layers
            for rule in layer.denied.get(access, ())
        ]
        return Fence(bans) if bans else None

    def _denied(self, layer: Rules, rule: Rule, access: FileKind, path: str) -> PermissionDenied:
        alone = replace(layer, denied={access: (rule,)}, within=None)
        decision = alone.decide(access, _plain(path), lambda _: False, lambda _: True)
        return self.refusal(access, path, decision)

    def covers(self, access: FileKind, names: Names) -> bool:
        """Return whether a path is granted; names are from the root of the file system on."""
        return self.free(access) or self._decided(access, names).allowed

    def check(self, access: FileKind, names: Names, path: str) -> None:
        """Refuse a path that is not granted.

        Args:
            access: what for.
            names: of it, from the root of the file system on.
            path: as the script knows it.

        Raises:
            PermissionDenied: no rule grants it, or one denies it.
        """
        if not self.free(access):
            decision = self._decided(access, names, _plain(path))
            if not decision.allowed:
                raise self.refusal(access, path, decision)

    def protect(self, modules: Iterable[str]) -> None:
        """Let only a rule that names it grant to write a module of the spell; they are paths of the project."""
        self.modules = frozenset(folded(_names(each, self.root)) for each in modules)

    def inherit(self, above: "Paths") -> None:
        """Protect what is protected from the spell that runs this one."""
        self.modules |= above.modules
        self.above = (above.own, *above.above)

    def missing(self) -> list[Wish]:
        """Return what the spell declares and nobody has granted."""
        return self.rules.missing(self.grants)

    def grants(self, access: FileKind, pattern: str) -> bool:
        """Return whether a pattern asks for nothing more than is granted.

        What only a rule that names it grants is no part of a folder: `notes/` does not ask for `notes/.env`.
        """
        wish = self._pattern(Rule(pattern, ""))
        return self.free(access) or any(self._includes(each, access, wish) for each in self._of(access))

    def leads(self, names: Names) -> bool:
        """Return whether a folder, or something in it, can be read."""
        return self.free("read") or self._decided("read", names, around=True).allowed

    def absolute(self, path: str) -> Names:
        """Return the names that a path of a script stands for, from the root of the file system on.

        Raises:
            ArgumentError: it is not a path.
        """
        if not path or "\0" in path or _size(path) > LONGEST:
            raise ArgumentError(f"`{_shown(path)}` is not a path", hint='write "notes/today.md"')
        if path == "~" or path.startswith("~/"):
            return _names(path[1:], self._home)
        return _names(path, () if path.startswith("/") else self.root)

    def refusal(self, access: FileKind, path: str, decision: Decision | None = None) -> PermissionDenied:
        """Return the error for a path that is not allowed; it tells no more of the machine than the script has said."""
        return self.rules.refusal(access, _plain(path), None, decision)

    def _of(self, access: FileKind) -> list[_Pattern]:
        return [self._pattern(rule) for rule in self.rules.patterns(access)]

    def _pattern(self, rule: Rule) -> _Pattern:
        if rule not in self._patterns:
            self._patterns[rule] = self._read(rule)
        return self._patterns[rule]

    def _ban(self, rule: Rule) -> Ban:
        if rule not in self._bans:
            found = self._pattern(rule)
            self._bans[rule] = Ban(found.base, found.rest)
        return self._bans[rule]

    def _read(self, rule: Rule) -> _Pattern:
        text = rule.pattern
        if rule.literal:
            return _Pattern(self.absolute(text), exact=True)
        if text == ALL:
            return _Pattern(())
        base, rest = split(self.absolute(text + "**" if text.endswith("/") and split(text.split("/"))[1] else text))
        alone = not rest and not text.endswith("/") and _is_file(base)
        return _Pattern(base, rest, Glob(rest) if rest else None, exact=alone)

    def _leads(self, pattern: _Pattern, names: Names, folds: Names) -> bool:
        """Return whether one rule leads into a folder; it leads to nothing that it would have to name."""
        return pattern.leads(names, self.root) and not self._is_reserved("read", names, folds, pattern.base)

    def _includes(self, pattern: _Pattern, access: FileKind, wish: _Pattern) -> bool:
        """Return whether one rule grants all that another would."""
        if pattern == wish:
            return True
        if pattern.exact or pattern.glob is not None or any(name.startswith(".") for name in wish.rest):
            return False
        return self._covers(pattern, access, wish.base, folded(wish.base))

    def _covers(self, pattern: _Pattern, access: FileKind, names: Names, folds: Names) -> bool:
        size = len(pattern.base)
        if names[:size] != pattern.base:
            return False
        if pattern.glob is None and len(names) == size:
            return True
        if pattern.exact:
            return False
        if pattern.glob is not None and not pattern.glob.matches(names[size:]):
            return False
        if pattern.glob is None and hidden(folds[size:]):
            return False
        return not self._is_reserved(access, names, folds, pattern.base)

    def _is_reserved(self, access: FileKind, names: Names, folds: Names, base: Names) -> bool:
        """Return whether only a rule that says more than this one grants a path."""
        size = len(base)
        if holds_keys(folds, size) or any(_enters(folds, size, zone) for zone in self._zones):
            return True
        if access == "read":
            return False
        if OURS in folds or starts_by_itself(folds, size) or any(_enters(folds, size, zone) for zone in installed()):
            return True
        if folds in self.modules:
            return True
        return any(own[:size] == base for own in (self.own, *self.above)) and self._is_code(names)

    def _is_code(self, names: Names) -> bool:
        """Return whether a file is the spell or could be another: one must not rewrite what runs with other grants."""
        if names in (self.own, *self.above) or (bool(names) and names[-1].lower().endswith(tuple(self.suffixes))):
            return True
        return is_program("/" + "/".join(names))


def begin(pattern: str) -> tuple[str, tuple[str, ...]]:
    """Return the folder in which a pattern begins, as a path, and the names that come after it."""
    base, rest = split([name for name in pattern.split("/") if name not in ("", ".")])
    path = ("/" if pattern.startswith("/") else "") + "/".join(base)
    plain = path if path.startswith("~") else posixpath.normpath(path)
    return (f"./{plain}" if plain.startswith("~") and plain != path else plain), rest


def _size(path: str) -> int:
    """Return how many bytes a path has; too many if it is no text."""
    try:
        return len(path.encode())
    except UnicodeEncodeError:
        return LONGEST + 1


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


def _is_file(names: Names) -> bool:
    """Return whether a rule means a file: there is one, or no folder and a name that is like that of a file."""
    path = Path("/", *names)
    try:
        return not path.is_dir() and (path.exists() or path.suffix != "")
    except OSError:
        return False


def _enters(names: Names, named: int, zone: Names) -> bool:
    """Return whether a path is inside a zone that its rule does not name."""
    size = len(zone)
    return named < size and names[:size] == zone


def _shown(path: str) -> str:
    return clip(visible(path), 200)
