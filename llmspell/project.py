"""The project: the folder that a spell belongs to, and where llmspell keeps its own files about it."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OURS = ".llmspell"
"""The folder of a project in which llmspell keeps what is its own."""

MARK = "llmspell.toml"
"""The file that makes a folder a project."""

DEPTH = 64
"""Folders inside each other that are made, and looked into: a project may have been made to be deeper."""


@dataclass(frozen=True)
class Project:
    """A folder in which a spell may look around; its relative paths begin here. `root` is absolute, without links."""

    root: Path
    marked: bool = False
    """Whether a person has made the folder a project."""

    @classmethod
    def of(cls, spell: Path | None = None) -> "Project":
        """Return the project of a spell, or of the current folder.

        That is the nearest folder above the spell that has an `llmspell.toml`. Where there is none it is the current
        folder, if the spell is below it and it is not the person's home, or else the folder of the spell.

        Args:
            spell: the file of the spell; None for code that is in no file.
        """
        here = _current()
        folder = here if spell is None else _real(spell).parent
        for above in (folder, *folder.parents):
            if (above / MARK).is_file():
                return cls(above, marked=True)
        return cls(here if folder.is_relative_to(here) and not _too_wide(here) else folder)

    def data(self, environ: Mapping[str, str] = os.environ) -> Path:
        """Return the folder for what llmspell keeps about the project; it may not exist yet.

        A folder that is no project stays as it is: what is kept about it goes where the person's data goes.
        """
        if self.marked:
            return self.root / OURS
        base = environ.get("XDG_DATA_HOME") or ""
        home = Path(base) if os.path.isabs(base) else _home() / ".local" / "share"  # noqa: PTH117 - may be empty
        return home / "llmspell" / hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]

    def name(self, path: Path) -> str:
        """Return the path of a file for the scripts of the project: from the root on, or absolute outside."""
        real = _real(path)
        return str(real.relative_to(self.root) if real.is_relative_to(self.root) else real)


def _real(path: Path) -> Path:
    """Return a path without links; one that leads in a circle stays as it is, and `resolve` would fail."""
    return Path(os.path.realpath(path))


def _current() -> Path:
    """Return the current folder, or one that holds nothing where that is gone."""
    try:
        return Path.cwd().resolve()
    except FileNotFoundError:
        return Path(os.devnull)


def _too_wide(folder: Path) -> bool:
    """Return whether a folder holds a person's whole home: no spell looks around there unasked."""
    return _home().resolve().is_relative_to(folder)


def _home() -> Path:
    """Return the person's home, or a folder that does not exist where nobody knows it."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - `Path.home` fails where nobody knows it


def folders(top: Path, passed: Callable[[str], bool]) -> Iterator[tuple[Path, list[str]]]:
    """Yield a folder and those below it, in order and over no link, each with the names of its files.

    Args:
        top: the folder.
        passed: returns whether a folder of a name is left out.
    """
    waiting = [(top, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        yield here, [entry.name for entry in found if not entry.is_dir()]
        if depth < DEPTH:
            inner = [entry for entry in found if entry.is_dir(follow_symlinks=False) and not passed(entry.name)]
            waiting += [(here / entry.name, depth + 1) for entry in reversed(inner)]
