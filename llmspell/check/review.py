"""Looks into spells and all that they load, and gathers what is wrong with them. Nothing of them is run."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from llmspell import files, manifest
from llmspell.bundle import gather
from llmspell.check import awaits, calls, grants, undefined
from llmspell.check.desk import GIVEN_UP, Source, compile_all, read_all
from llmspell.check.grants import Wishes
from llmspell.check.sight import Sight, finding
from llmspell.check.tree import Node
from llmspell.check.world import World
from llmspell.errors import Place, ScriptError, SpellError
from llmspell.host.host import Host
from llmspell.language import SUFFIXES, by_shebang, is_test, told
from llmspell.manifest import Manifest
from llmspell.project import Project
from llmspell.spell import SOURCE_LIMIT, Spell, normal

_LOST = {
    "lua": "this `spell{…}` does not count: it has to begin its line, where it is read before the spell runs",
    "javascript": "this `spell({…})` does not count: it has to begin its line, where it is read before the spell runs",
}
_TAKEN_APART = (
    "this `spell({…})` does not count: it may be stored in one name, or in names in `{ }` without defaults; "
    "write `const args = spell({…})`, and defaults into `params`"
)
MOST = 100
"""Findings in one file that are told."""


@dataclass
class _Case:
    """A spell, the files that it consists of, and what was found before any of them was looked into."""

    spell: Spell
    parts: list[Source] = field(default_factory=list)
    found: list[SpellError] = field(default_factory=list)


def spells(project: Project) -> list[str]:
    """Return the spells of a project: those of its folder `spells`, or else those of the current folder."""
    folder, here = project.root / "spells", Path.cwd()
    if not folder.is_dir():
        return within(Path())
    return within(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def within(folder: Path) -> list[str]:
    """Return the spells in a folder, without their tests, and without those in folders below it."""
    found = (path for path in folder.iterdir() if path.suffix in SUFFIXES and not is_test(path.name))
    return sorted(str(path) for path in found if path.is_file())


async def review(names: Sequence[str], host: Host) -> list[SpellError]:
    """Return what is wrong with some spells, in the order of the spells and of their lines.

    Args:
        names: the files, as the person named them.
        host: whose profile the spells are to run under.

    Raises:
        ArgumentError: one of them is no file.
        SpellError: no worker can be started.
    """
    cases = [_read(name) for name in names]
    sources = list({id(part): part for case in cases for part in case.parts}.values())
    worlds = await _worlds(host, sources)
    found = [error for case in cases for error in (*case.found, *_inside(case, worlds, host))]
    order = {name: at for at, name in enumerate(dict.fromkeys(part.name for case in cases for part in case.parts))}
    unique = {(error.where, error.message): error for error in found}
    return sorted(unique.values(), key=lambda each: _rank(each, order))


def _rank(error: SpellError, order: dict[str, int]) -> tuple[int, int, int]:
    where = error.where or Place("", 0)
    return order.get(where.file, len(order)), where.line, where.column


def _read(name: str) -> _Case:
    """Return a spell with its modules, as far as they can be read."""
    with files.opened(name, "spell", SUFFIXES) as file:
        raw = file.read(SOURCE_LIMIT + 1)
    try:
        if len(raw) > SOURCE_LIMIT:
            raise files.too_large(name, SOURCE_LIMIT)
        language = told(name, None) or by_shebang(raw, name)
        text = normal(files.decoded(raw, name))
    except SpellError as error:
        return _Case(Spell(name, "lua", "", Manifest()), [], [_ruled(error, "file", Place(name, 1))])
    case = _Case(Spell(name, language, text, Manifest(), Path(name)), [Source(name, language, text)])
    try:
        declared = manifest.read(text, language, name)
        case.spell = replace(case.spell, manifest=declared)
    except SpellError as error:
        case.found.append(_ruled(error, "manifest", Place(name, 1)))
    try:
        bundle = gather(case.spell, Project.of(case.spell.path))
        case.parts += [Source(m.path, m.language, m.source) for m in bundle.modules if m.language != "json"]
    except SpellError as error:
        case.found.append(_ruled(error, "module", Place(name, 1)))
    return case


def _ruled(error: SpellError, rule: str, place: Place) -> SpellError:
    return replace(error, where=error.where or place, data={**error.data, "rule": rule})


async def _worlds(host: Host, sources: Sequence[Source]) -> dict[str, World]:
    """Let workers look at the sources; return what spells of each language see."""
    languages = sorted({source.language for source in sources})
    compiling = [compile_all(host, each, [s for s in sources if s.language == each]) for each in languages]
    names, _ = await asyncio.gather(asyncio.gather(*compiling), read_all(sources))
    surface = host.prepare(Spell.from_source("", "lua")).surface
    return {language: World(surface, each) for language, each in zip(languages, names, strict=True)}


def _inside(case: _Case, worlds: dict[str, World], host: Host) -> Iterator[SpellError]:
    """Yield what is wrong inside the files of a spell."""
    wishes = None if case.found else Wishes.of(case.spell, host.profile)
    for at, part in enumerate(case.parts):
        if part.fault is not None:
            yield _ruled(replace(part.fault, source=part.text), "syntax", Place(part.name, 1))
        elif part.tree is None or part.tree.too_large:
            yield _ruled(ScriptError(GIVEN_UP.format("parser")), "syntax", Place(part.name, 1))
        elif not part.tree.broken:
            sight = Sight(part, part.tree, worlds[part.language], case.spell.manifest if at == 0 else Manifest())
            lost = at == 0 and not case.spell.manifest.declared and not case.found
            yield from _first(chain(findings(sight, wishes), _lost(sight) if lost else ()))


def _first(found: Iterable[SpellError]) -> Iterator[SpellError]:
    """Yield as many findings of a file as somebody may read, and look for no more than that there are others."""
    told: set[tuple[Place, str]] = set()
    for error in found:
        key = error.where or Place("", 0), error.message
        if key in told:
            continue
        if len(told) == MOST:
            last = max(told, key=lambda each: (each[0].line, each[0].column))[0]
            message = f"more than {MOST} things are wrong with this file: the rest is not told"
            yield ScriptError(message, hint="mend these, and check again", where=last, data={"rule": "more"})
            return
        told.add(key)
        yield error


def findings(sight: Sight, wishes: Wishes | None) -> Iterator[SpellError]:
    """Yield what is wrong inside one file.

    Args:
        sight: the file.
        wishes: what the spell asks for, if that is known.
    """
    yield from undefined.names(sight)
    yield from undefined.members(sight)
    yield from calls.wrong(sight)
    yield from awaits.missing(sight)
    if wishes is not None:
        yield from grants.undeclared(sight, wishes)


def _lost(sight: Sight) -> Iterator[SpellError]:
    """Yield declarations that are not found before a run, because they do not stand where they must."""
    for call, spec in sight.calls():
        if spec.path == "spell" and (sight.arguments(call) or ([], False))[0]:
            lost = _TAKEN_APART if _begins_its_line(sight, call) else _LOST[sight.source.language]
            yield finding(call, "manifest", lost, kind="config")


def _begins_its_line(sight: Sight, call: Node) -> bool:
    """Return whether a declaration is in its place, but its result is taken apart in a way that is not read."""
    above, _ = sight.grammar.consumer(call)
    name = above["name"] if above is not None and above.kind == "variable_declarator" else None
    if above is None or above.parent is None or name is None:
        return False
    return name.kind in ("object_pattern", "array_pattern") and above.parent.place.column == 1
