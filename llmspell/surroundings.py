"""Surroundings: the settings of the folders around a project. They make it stricter, and grant nothing in it.

Otherwise a folder would free itself from what is said of it, by a file of its own.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from llmspell import settings, toml
from llmspell.errors import ConfigError
from llmspell.project import MARK, Project
from llmspell.remembered import told
from llmspell.security.rules import ALL, FILES, Kind, Rule, meaning
from llmspell.settings import Said, Security
from llmspell.wording import clip, visible

MOST = 16
"""Files that may speak of one folder."""

_SHOWN = 200  # characters of a name in a file


class Layer(NamedTuple):
    """What the file of a folder says of all below it."""

    root: Path
    said: Security

    def denied(self, spell: Path | None) -> Iterator[tuple[Kind, Rule]]:
        """Yield what it denies to a spell; its paths begin in its folder."""
        found = [("[deny]", self.said.denied)]
        if spell is not None and (special := self.said.spell(self._inside(spell))) is not None:
            found.append((f"{named(special[0].written)} deny", special[1].denied))
        for source, denied in found:
            for kind, items in denied.items():
                for item in items:
                    yield kind, Rule(_anchored(kind, item.value, self.root), source, place=item.place)

    def wishes(self, spell: Path) -> Iterator[Said]:
        """Yield the profiles that it wants for a spell: for it alone, then for all."""
        special = self.said.chosen(self._inside(spell))
        yield from (said for said in (special, self.said.profile) if said is not None)

    def _inside(self, spell: Path) -> str:
        return Project(self.root).name(spell)


class Surroundings:
    """Reads the files of folders, each once.

    Args:
        environ: where the person's home is: what lies above that speaks of nothing in it.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._read: dict[Path, Security] = {}

    def of(self, *folders: Path) -> list[Layer]:
        """Return what is said of some folders, by themselves and by those above them, the nearest first.

        Raises:
            ConfigError: a file is wrong, or there are too many.
        """
        found: dict[Path, Layer] = {}
        for folder in folders:
            for root in self._marked(folder):
                if root not in self._read:
                    document = toml.read(root / MARK, told(root / MARK, self._environ), links=False)
                    self._read[root] = Security() if document is None else settings.of_project(document)
                found[root] = Layer(root, self._read[root])
        if len(found) > MOST:
            raise ConfigError(f"more than {MOST} files {MARK} speak of {told(folders[-1], self._environ)}")
        return sorted(found.values(), key=lambda layer: -len(layer.root.parts))

    def _marked(self, folder: Path) -> Iterator[Path]:
        home = os.path.realpath(self._environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111
        for above in (folder, *folder.parents):
            if (above / MARK).is_file():
                yield above
            if str(above) == home:
                return


def named(spell: str) -> str:
    """Return the section that speaks of a spell, for people."""
    return f'[spells."{clip(visible(spell), _SHOWN)}"]'


def _anchored(kind: Kind, pattern: str, root: Path) -> str:
    """Return a pattern that means the same in a project elsewhere."""
    if kind not in FILES or pattern == ALL or pattern.startswith("/") or pattern.split("/")[0] == "~":
        return pattern
    return f"{meaning(str(root)).rstrip('/')}/{pattern}"
