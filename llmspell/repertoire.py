"""Which spell of a project another one means by a name: a file inside of the project, reached over no link."""

import os
import posixpath
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from llmspell import files
from llmspell.errors import ArgumentError
from llmspell.language import SUFFIXES, told
from llmspell.project import Project
from llmspell.security import folder
from llmspell.security.paths import Spot
from llmspell.spell import SOURCE_LIMIT, Spell
from llmspell.wording import clip, suggest, visible

FOLDER = "spells"
"""Where a project has its spells."""

_LONGEST = 1000


def find(name: str, project: Project, caller: str) -> Spell:
    """Return the spell that another one names; its name is its path in the project.

    Args:
        name: a path with a suffix, or a bare name; below the folder of the caller, the project, or its folder `spells`.
        project: of both.
        caller: the path of the other in it.

    Raises:
        ArgumentError: there is no such spell, or nothing outside of the project or hidden can be one.
        ConfigError: its manifest is wrong.
    """
    wanted = _candidates(name, "" if caller.startswith("/") else caller)
    paths = [_inside(path, name) for path in [each for each in wanted if not each.startswith("..")] or wanted]
    found = next((path for path in paths if os.path.lexists(project.root / path)), None)
    if found is None:
        raise _missing(name, paths, project.root)
    spell = Spell.from_source(_text(found, project.root), told(found, None) or "", found)
    return replace(spell, path=project.root / found)


def _candidates(name: str, caller: str) -> list[str]:
    """Return the paths that a name may mean, best first: those in the language of the caller before others."""
    if not name or not name.isprintable() or len(name) > _LONGEST or name.startswith("/"):
        raise _refused(name, "is not a spell of the project")
    here, own = posixpath.dirname(caller), posixpath.splitext(caller)[1]
    bases = dict.fromkeys((here, "") if name.startswith(".") else (here, "", FOLDER))
    if name.endswith(tuple(SUFFIXES)):
        return [posixpath.normpath(posixpath.join(base, name)) for base in bases]
    suffixes = sorted(SUFFIXES, key=lambda suffix: told(f"x{suffix}", None) != told(f"x{own}", None))
    return [posixpath.normpath(posixpath.join(base, name + suffix)) for base in bases for suffix in suffixes]


def _inside(path: str, name: str) -> str:
    parts = PurePosixPath(path).parts
    if parts[:1] == ("..",):
        raise _refused(name, "leads out of the project")
    if any(part.startswith(".") for part in parts):
        raise _refused(name, "leads to what is hidden")
    return path


def _text(path: str, root: Path) -> str:
    spot = Spot(visible(path), str(root), PurePosixPath(path).parts)
    try:
        with folder.parent(spot) as (where, last), where.opened(last, spot.name) as descriptor:
            raw = folder.read(descriptor, SOURCE_LIMIT + 1)
    except OSError as error:
        raise ArgumentError(f"cannot read {spot.name}: {error.strerror}") from None
    if len(raw) > SOURCE_LIMIT:
        raise files.too_large(spot.name, SOURCE_LIMIT)
    return files.decoded(raw, spot.name)


def _missing(name: str, paths: Iterable[str], root: Path) -> ArgumentError:
    wanted = posixpath.splitext(posixpath.basename(name))[0]
    for base in dict.fromkeys(posixpath.dirname(path) for path in paths):
        if not Path(root, base).resolve().is_relative_to(root):
            continue
        there = [each for each in files.names(str(root / base)) if each.endswith(tuple(SUFFIXES)) and each[0] != "."]
        stems = {posixpath.splitext(each)[0]: each for each in there}
        if near := suggest(wanted, stems):
            return _nowhere(name, f"did you mean {_quoted(posixpath.join(base, stems[near]))}?")
    return _nowhere(name, 'name a spell by its path in the project: "spells/digest.lua"')


def _nowhere(name: str, hint: str) -> ArgumentError:
    return ArgumentError(f"the project has no spell {_quoted(name)}", hint=hint)


def _refused(name: str, problem: str) -> ArgumentError:
    return ArgumentError(f"{_quoted(name)} {problem}", hint='a spell runs spells of its project: "spells/digest.lua"')


def _quoted(name: str) -> str:
    return f'"{clip(visible(name), 80)}"'
