"""Which spell of a project another one means by a name: a file inside of the project, reached over no link."""

import posixpath
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath

from llmspell import files
from llmspell.errors import ArgumentError, SpellError
from llmspell.language import SUFFIXES, told
from llmspell.project import Project
from llmspell.security import folder
from llmspell.security.disk import Disk
from llmspell.security.paths import Paths, Spot
from llmspell.security.rules import KINDS, Rules
from llmspell.spell import SOURCE_LIMIT, Spell
from llmspell.wording import clip, suggest, visible

FOLDER = "spells"
"""Where a project has its spells."""

_LONGEST = 1000
_USUAL = 'name a spell by its path in the project: "spells/digest.lua"'


def find(name: str, project: Project, caller: str) -> Spell:
    """Return the spell that another one names, whatever the other may read; arguments and errors as of both below."""
    return read(locate(name, project, caller), project)


def locate(name: str, project: Project, caller: str, paths: Paths | None = None) -> str:
    """Return the path in the project of the spell that another one names. Nothing that is in it is looked at.

    Of what the other may not read it does not tell whether it is there: that is returned where nothing else is found.

    Args:
        name: a path with a suffix, or a bare name; below the folder of the caller, the project, or its folder `spells`.
        project: of both.
        caller: the path of the other in it.
        paths: what the other may read; unless given, all of the project.

    Raises:
        ArgumentError: there is no such spell, or nothing outside of the project or hidden can be one.
        PermissionDenied: a link leads there, or what is there is denied by another name.
    """
    wanted = _candidates(name, "" if caller.startswith("/") else caller)
    found = [_inside(path, name) for path in [each for each in wanted if not each.startswith("..")] or wanted]
    closed = [] if paths is None else [path for path in found if not paths.decide("read", f"./{path}").allowed]
    there = (path for path in found if path not in closed and _is_there(_spot(path, project, paths)))
    path = next(there, None) or next(iter(closed), None)
    if path is None:
        raise _missing(name, found, paths or _all_of(project))
    return path


def read(path: str, project: Project, paths: Paths | None = None) -> Spell:
    """Return a spell of the project; its name is its path there.

    Args:
        path: of it.
        project: where it is.
        paths: what whoever wants it may read; unless given, all of the project.

    Raises:
        ArgumentError: it cannot be read.
        PermissionDenied: a link leads there, or it is denied by another name.
        ConfigError: its manifest is wrong.
    """
    spell = Spell.from_source(_text(_spot(path, project, paths)), told(path, None) or "", path)
    return replace(spell, path=project.root / path)


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


def _spot(path: str, project: Project, paths: Paths | None) -> Spot:
    return Spot(visible(path), str(project.root), PurePosixPath(path).parts) if paths is None else paths.part(path)


def _is_there(spot: Spot) -> bool:
    """Return whether something is at a place, and no link on the way there."""
    try:
        with folder.parent(spot) as (where, last):
            where.status(last, spot.name)
    except OSError:
        return False
    return True


def _text(spot: Spot) -> str:
    try:
        with folder.parent(spot) as (where, last), where.opened(last, spot.name) as descriptor:
            raw = folder.read(descriptor, SOURCE_LIMIT + 1)
    except FileNotFoundError:
        raise _nowhere(spot.name, _USUAL) from None
    except OSError as error:
        raise ArgumentError(f"cannot read {spot.name}: {error.strerror}") from None
    if len(raw) > SOURCE_LIMIT:
        raise files.too_large(spot.name, SOURCE_LIMIT)
    return files.decoded(raw, spot.name)


def _missing(name: str, wanted: Iterable[str], paths: Paths) -> ArgumentError:
    """Return the error for a spell that is not there, with one that was probably meant, if that can be read."""
    word, disk = posixpath.splitext(posixpath.basename(name))[0], Disk(paths)
    for base in dict.fromkeys(posixpath.dirname(path) for path in wanted):
        there: list[str] = []
        with suppress(SpellError):
            there = [each for each in disk.names(f"./{base}") if each.endswith(tuple(SUFFIXES)) and each[0] != "."]
        stems = {posixpath.splitext(each)[0]: each for each in there}
        if near := suggest(word, stems):
            return _nowhere(name, f"did you mean {_quoted(posixpath.join(base, stems[near]))}?")
    return _nowhere(name, _USUAL)


def _all_of(project: Project) -> Paths:
    rules = Rules("", dict.fromkeys(KINDS, "project"))
    return Paths(rules, project)


def _nowhere(name: str, hint: str) -> ArgumentError:
    return ArgumentError(f"the project has no spell {_quoted(name)}", hint=hint)


def _refused(name: str, problem: str) -> ArgumentError:
    return ArgumentError(f"{_quoted(name)} {problem}", hint='a spell runs spells of its project: "spells/digest.lua"')


def _quoted(name: str) -> str:
    return f'"{clip(visible(name), 80)}"'
