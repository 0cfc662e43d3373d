"""The project: the folder that a spell belongs to, and where llmspell keeps its own files about it."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OURS = ".llmspell"
"""The folder of a project in which llmspell keeps what is its own."""

MARK = "llmspell.toml"
"""The file that makes a folder a project."""


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
        folder = here if spell is None else spell.resolve().parent
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
        real = path.resolve()
        return str(real.relative_to(self.root) if real.is_relative_to(self.root) else real)


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
