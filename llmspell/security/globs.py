"""Globs: patterns of paths, matched name by name, so that no pattern takes long."""

import re
from collections.abc import Sequence
from fnmatch import translate

from llmspell.errors import ArgumentError

SPECIAL = frozenset("*?[")
"""What makes a name a pattern."""

LONGEST = 500
"""Characters of a pattern: a regular expression is made of each name, and a long one takes long to make."""

States = frozenset[int]


class Glob:
    """A pattern of names below a folder: `*`, `?` and `[a-z]` in a name, `**` for any number of folders.

    A name that begins with a dot is matched only by a name of the pattern that begins with one.

    Args:
        names: of the pattern.
        hidden: match names that begin with a dot as any others: what denies must not miss them.

    Raises:
        ArgumentError: it is too long.
    """

    def __init__(self, names: Sequence[str], *, hidden: bool = False) -> None:
        if (size := len("/".join(names))) > LONGEST:
            raise ArgumentError(f"a pattern has at most {LONGEST} characters, this one has {size}")
        self._hidden = hidden
        self._names = [None if name == "**" else _Name(name, hidden) for name in names]

    def start(self) -> States:
        """Return the states before the first name."""
        return self._closed({0})

    def step(self, states: States, name: str) -> States:
        """Return the states after one more name; none if nothing below it can match."""
        found = set()
        for state in states:
            if state == len(self._names):
                continue
            want = self._names[state]
            if want is None:
                found |= set() if name.startswith(".") and not self._hidden else {state}
            elif want.matches(name):
                found.add(state + 1)
        return self._closed(found)

    def ends(self, states: States) -> bool:
        """Return whether the names so far are the whole of the pattern."""
        return len(self._names) in states

    def matches(self, names: Sequence[str]) -> bool:
        """Return whether the pattern matches a whole path."""
        states = self.start()
        for name in names:
            states = self.step(states, name)
        return self.ends(states)

    def goes_on(self, names: Sequence[str]) -> bool:
        """Return whether the pattern can match something below a path."""
        states = self.start()
        for name in names:
            states = self.step(states, name)
        return any(state < len(self._names) for state in states)

    def begins(self, names: Sequence[str]) -> bool:
        """Return whether the pattern matches a path, or something above it."""
        states = self.start()
        if self.ends(states):
            return True
        for name in names:
            states = self.step(states, name)
            if self.ends(states):
                return True
        return False

    def _closed(self, states: set[int]) -> States:
        for state, name in enumerate(self._names):
            if state in states and name is None:
                states.add(state + 1)
        return frozenset(states)


class _Name:
    def __init__(self, pattern: str, hidden: bool) -> None:
        self._dotted = pattern.startswith(".")
        self._hidden = hidden
        self._match = re.compile(translate(pattern)).match

    def matches(self, name: str) -> bool:
        shown = self._hidden or self._dotted == name.startswith(".")
        return shown and self._match(name) is not None


def split(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of a pattern that stand for themselves, up to the first that does not, and the others."""
    plain = next((i for i, name in enumerate(names) if SPECIAL & set(name)), len(names))
    return tuple(names[:plain]), tuple(names[plain:])
