"""Fence: what is denied, told by the real names of files, whatever links, capitals and second names lead to it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from llmspell.errors import PermissionDenied
from llmspell.security.globs import Glob
from llmspell.security.reserved import Names, folded

Refuse = Callable[[], PermissionDenied]
"""Returns the error of whoever comes to what a rule denies."""


@dataclass(frozen=True)
class Ban:
    """What one rule denies: a file, or a folder with all that is below it, hidden files and keys too.

    Args:
        start: the names that it says, from the root of the file system on.
        rest: the pattern that follows them, if any.
    """

    start: Names
    rest: Names = ()

    @cached_property
    def _start(self) -> Names:
        return folded(self.start)

    @cached_property
    def _globs(self) -> tuple[Glob, ...]:
        return (Glob(self.rest, hidden=True), Glob(folded(self.rest), hidden=True)) if self.rest else ()

    def covers(self, names: Names, folds: Names) -> bool:
        """Return whether it speaks of a path, by its names as they are and folded."""
        size = len(self._start)
        if folds[:size] != self._start:
            return False
        if not self._globs:
            return True
        exact, loose = self._globs
        return loose.begins(folds[size:]) or (names != folds and exact.begins(names[size:]))

    @property
    def whole(self) -> bool:
        """Whether all is denied that is at its beginning and below."""
        return not self.rest


class Fence:
    """What is denied on the way to one place, as the file system has it now.

    Args:
        bans: what is denied, each with the error for it.
    """

    def __init__(self, bans: Sequence[tuple[Ban, Refuse]]) -> None:
        self._bans = [(replace(ban, start=real(ban.start)), refuse) for ban, refuse in bans]
        self._known: dict[tuple[int, int], Refuse] = {}
        for ban, refuse in self._bans:
            if ban.whole and (found := _status(ban.start)) is not None:
                self._known[found.st_dev, found.st_ino] = refuse

    def __add__(self, other: "Fence | None") -> "Fence":
        """Return both in one."""
        both = Fence(())
        for each in (self, *([] if other is None else [other])):
            both._bans += each._bans
            both._known |= each._known
        return both

    def check(self, names: Names, status: os.stat_result | None = None) -> None:
        """Refuse what is denied.

        Args:
            names: of a file, from the root of the file system on, and no link among them.
            status: what the system says of it, if it is there.

        Raises:
            PermissionDenied: a rule denies it.
        """
        known = None if status is None else self._known.get((status.st_dev, status.st_ino))
        if (refuse := known or self._met(names)) is not None:
            raise refuse()

    def hides(self, names: Names) -> bool:
        """Return whether something is denied by its names."""
        return self._met(names) is not None

    def _met(self, names: Names) -> Refuse | None:
        folds = folded(names)
        return next((refuse for ban, refuse in self._bans if ban.covers(names, folds)), None)


def real(names: Names) -> Names:
    """Return where names lead, over all links, from the root of the file system on."""
    return tuple(name for name in os.path.realpath("/" + "/".join(names)).split("/") if name)


def _status(names: Names) -> os.stat_result | None:
    try:
        return Path("/", *names).stat()
    except (OSError, ValueError):
        return None
