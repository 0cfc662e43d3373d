"""Trees: whole folders of files, searched, surveyed and removed; by descriptor, within bounds, and over no link."""

import os
from collections.abc import Callable, Iterator

from llmspell.errors import PermissionDenied, ScriptError
from llmspell.project import DEPTH
from llmspell.security.folder import FileType, Folder
from llmspell.security.globs import Glob, States
from llmspell.security.reserved import Names
from llmspell.threads import Check

FOUND = 100_000
"""Files that one search finds at most."""

SEEN = 1_000_000
"""Files that one search, or one survey, looks at."""

See = Callable[[Names, FileType], bool]
"""Says whether a file or folder is to be looked at, by its names below where the search began."""


def search(start: Folder, glob: Glob, see: See, check: Check, *, folders: bool = False) -> list[Names]:
    """Return the files below a folder that match a pattern, in order; or the folders.

    Raises:
        ScriptError: there are too many, or they are too deep.
    """
    found = []
    for names, states, kind in _matching(start, glob, see, check):
        if glob.ends(states) and kind == ("folder" if folders else "file"):
            found.append(names)
            if len(found) > FOUND:
                raise ScriptError(f"more than {FOUND} files match", hint="search a smaller folder")
    return sorted(found)


def survey(start: Folder, check: Check) -> Iterator[Names]:
    """Yield the names of everything below a folder, folders before what is in them."""
    return (names for names, _, _ in _matching(start, Glob(()), lambda *_: True, check, all_=True))


def remove(folder: Folder, name: str, check: Check, depth: int = 0) -> None:
    """Remove a folder with all that is in it; a link in it is removed, and not followed."""
    if depth > DEPTH:
        raise _too_deep()
    with folder.inside(name) as inner:
        for each, kind in inner.entries():
            check()
            if kind == "folder":
                remove(inner, each, check, depth + 1)
            else:
                os.unlink(each, dir_fd=inner.descriptor)
    os.rmdir(name, dir_fd=folder.descriptor)


Found = tuple[Names, States, FileType]


def _matching(start: Folder, glob: Glob, see: See, check: Check, *, all_: bool = False) -> Iterator[Found]:
    """Yield what a pattern leads to, with the states of the pattern there."""
    seen = 0
    # It is gone in the meantime; in a search it may also be a link now, or denied under another name.
    passed = (FileNotFoundError,) if all_ else (FileNotFoundError, PermissionDenied)

    def walk(folder: Folder, above: Names, states: States) -> Iterator[Found]:
        nonlocal seen
        if len(above) > DEPTH:
            raise _too_deep()
        for name, kind in folder.entries():
            seen += 1
            if seen > SEEN:
                raise ScriptError(f"there are more than {SEEN} files", hint="search a smaller folder")
            check()
            names, after = (*above, name), glob.step(states, name)
            if not (after or all_) or not see(names, kind):
                continue
            yield names, after, kind
            if kind == "folder":
                yield from _entered(folder, name, names, after)

    def _entered(folder: Folder, name: str, names: Names, states: States) -> Iterator[Found]:
        try:
            inner = folder.inside(name, "/".join(names))
        except passed:
            return
        with inner:
            yield from walk(inner, names, states)

    return walk(start, (), glob.start())


def _too_deep() -> ScriptError:
    return ScriptError(f"the folders are more than {DEPTH} deep")
