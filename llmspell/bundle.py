"""The bundle of a run: a spell and all the modules that it names, read before anything runs, and pinned by a hash."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from llmspell import data
from llmspell.errors import ConfigError, PermissionDenied, SpellError
from llmspell.imports import Use, uses
from llmspell.library import Library, module_language
from llmspell.literals import Source, manifests
from llmspell.project import Project
from llmspell.security.access import Access
from llmspell.security.paths import Spot
from llmspell.spell import Spell, normal
from llmspell.wording import visible

MOST_FILES = 500
"""Modules that a spell may have."""
MOST_BYTES = 8 * 1024 * 1024
"""Bytes that the modules of a spell may have together."""
MOST_USES = 5000
"""How often a spell and its modules may name a module."""


_MODEL_VERB = re.compile(r"\b(?:ask|say)\b")


@dataclass(frozen=True)
class Module:
    """A file of a bundle; `path` is what people are told, `uses` has the path of each module by its name there."""

    path: str
    language: str
    source: str
    uses: dict[str, str] = field(default_factory=dict)

    @cached_property
    def sha256(self) -> str:
        """The hash of the source as it runs: in UTF-8, with plain newlines, without a shebang or byte order mark."""
        return hashlib.sha256(self.source.encode()).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """A spell with its modules, which stand behind what they use themselves."""

    spell: Module
    modules: tuple[Module, ...] = ()
    folder: str = ""
    """Of the spell, in its project."""
    others: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The files of spells that this one has run, as far as they are known: errors may stand in them."""

    @classmethod
    def alone(cls, spell: Spell) -> "Bundle":
        """Return the bundle of a spell that has no modules, whatever it names."""
        return cls(Module(spell.name, spell.language, spell.source))

    @cached_property
    def sources(self) -> dict[str, str]:
        """What each file holds, by the path that people are told."""
        return {each.path: each.source for each in (*self.modules, self.spell)}

    @property
    def data(self) -> list[str]:
        """The paths of its modules that hold data."""
        return [each.path for each in self.modules if each.language == "json"]

    @property
    def asks(self) -> bool:
        """Whether a model is asked, as far as words tell."""
        return any(map(_MODEL_VERB.search, self.sources.values()))

    @cached_property
    def sha(self) -> str:
        """The hash of lines `HASH PATH`: of the spell, without its path, and then of each module, sorted by path."""
        modules = sorted(self.modules, key=lambda each: each.path)
        lines = [f"{self.spell.sha256} \n", *(f"{each.sha256} {each.path}\n" for each in modules)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def wire(self) -> dict[str, Any]:
        """Return the modules as the guest gets them; what the spell itself uses has the key of no module."""
        if not self.modules:
            return {}
        parts = {
            each.path: {"source": each.source, "language": each.language, "uses": each.uses} for each in self.modules
        }
        return {"": {"uses": self.spell.uses}, **parts}

    def document(self) -> dict[str, Any]:
        """Return the bundle as a report shows it, without the sources."""
        files = [{"path": each.path, "sha256": each.sha256} for each in (self.spell, *self.modules)]
        return {"sha": self.sha, "files": files}


@dataclass(frozen=True)
class Reader:
    """Decides which files of a project a run may be made of, and has that written down.

    Args:
        access: of the run.
        told: who writes it; unless given, the same.
        op: what wants it; nothing, where the run begins.
    """

    access: Access
    told: Access | None = None
    op: str = ""

    def sees(self, path: str) -> bool:
        """Return whether a path is not denied."""
        return self.access.decide("read", f"./{path}").how != "denied"

    def open(self, path: str, *, data: bool) -> Spot | None:
        """Return the place to read a file from; the path in the project, where there is none.

        Raises:
            PermissionDenied: it is denied, or it is data that nobody has granted.
        """
        decision = self.access.decide("read", f"./{path}")
        if not decision.allowed and not data and decision.how != "denied":
            decision = decision._replace(allowed=True, rule="a part of what runs needs no rule", place="")
        (self.told or self.access).settle(self.op, decision)
        return self.access.paths.part(path)


def gather(spell: Spell, project: Project, reader: Reader | None = None) -> Bundle:
    """Return a spell with all modules that it names, and that those name; nothing is run.

    Args:
        spell: the spell.
        project: where the modules are.
        reader: decides about each file before anything of it is read; unless given, all may be read.

    Raises:
        PermissionDenied: something that is named is denied, or data that is not granted.
        SpellError: something that is named is not there, is no module, or cannot be one; it stands where that is named.
    """
    return _Gathering(spell, project, reader).bundle()


@dataclass
class _Open:
    """A file whose modules are being gathered."""

    path: str  # in the project
    name: str  # for people
    source: Source
    rest: Iterator[Use]
    uses: dict[str, str] = field(default_factory=dict)


class _Gathering:
    """One walk from a spell through all that it uses, in the order in which it would run."""

    def __init__(self, spell: Spell, project: Project, reader: Reader | None) -> None:
        self._spell = spell
        self._reader = reader
        self._path = "" if spell.path is None else project.name(spell.path)
        self._folder = self._path.rpartition("/")[0]
        sees = {} if reader is None else {"sees": reader.sees}
        self._files = Library(project.root, self._folder, spell.language, **sees)
        self._done: dict[str, Module] = {}
        self._open: list[_Open] = []
        self._bytes = 0
        self._uses = 0
        self._resolved: dict[tuple[str, str], str] = {}

    def bundle(self) -> Bundle:
        self._begin(self._path, self._spell.name, self._spell.source)
        while True:
            top = self._open[-1]
            if use := next(top.rest, None):
                self._follow(top, use)
                continue
            self._open.pop()
            module = Module(top.name, top.source.language, top.source.text, top.uses)
            if not self._open:
                return Bundle(module, tuple(self._done.values()), self._folder)
            self._done[top.path] = module

    def _begin(self, path: str, name: str, text: str) -> None:
        language = module_language(path) if self._open else self._spell.language
        source = Source(text, language, name)
        self._open.append(_Open(path, name, source, iter(()) if language == "json" else uses(source)))

    def _follow(self, top: _Open, use: Use) -> None:
        """Go where a use leads; what is wrong with that stands at the use."""
        try:
            self._uses += 1
            if self._uses > MOST_USES:
                raise ConfigError(f"a spell and its modules may name modules at most {MOST_USES} times")
            path = self._resolve(use.specifier, top.path)
            self._check_circle(path)
            top.uses[use.specifier] = self._name(path)
            if path not in self._done:
                self._begin(path, self._name(path), self._read(path))
        except SpellError as error:
            if error.where is None:
                error.where, error.source = top.source.place(use.start), top.source.text
            raise

    def _resolve(self, specifier: str, importer: str) -> str:
        """Return the path of a module, asked of the system once: it takes about ten calls."""
        key = (specifier, importer.rpartition("/")[0])
        if key not in self._resolved:
            self._resolved[key] = self._files.resolve(specifier, importer)
        return self._resolved[key]

    def _name(self, path: str) -> str:
        """Return what people are told of a module: its path in the project, but never the name of the spell."""
        return f"./{path}" if path == self._spell.name else path

    def _check_circle(self, path: str) -> None:
        names = [each.path for each in self._open]
        if path in names:
            circle = " → ".join(visible(each) for each in [*names[names.index(path) :], path])
            raise ConfigError(f"modules use each other in a circle: {circle}", hint="move what both use into a third")

    def _read(self, path: str) -> str:
        if len(self._done) + len(self._open) > MOST_FILES:
            raise ConfigError(f"a spell may have at most {MOST_FILES} modules")
        spot = None if self._reader is None else self._reader.open(path, data=path.endswith(".json"))
        language = module_language(path)
        try:
            text = normal(self._files.read(path, spot))
            if language == "json":
                data.parse_json(text, visible(path))
        except PermissionDenied:
            raise
        except SpellError as error:
            raise ConfigError(error.message, hint=error.hint) from None
        self._bytes += len(text.encode())
        if self._bytes > MOST_BYTES:
            raise ConfigError(f"the modules of a spell may have at most {MOST_BYTES // 2**20} MiB together")
        if language != "json":
            _check_no_manifest(Source(text, language, self._name(path)))
        return text


def _check_no_manifest(source: Source) -> None:
    try:
        declared = next((node.start for node in manifests(source) if node.value), None)
    except ConfigError as error:
        raise replace(error, message=_DECLARES, hint=_CALLS) from None
    if declared is not None:
        raise source.error(declared, _DECLARES, _CALLS)


_DECLARES = "a module declares nothing: only the spell itself has a manifest"
_CALLS = "move it into the spell; `spell()` without an argument returns the arguments anywhere"
