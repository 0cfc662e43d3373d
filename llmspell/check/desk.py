"""Asks locked workers about sources: whether they compile, what their syntax tree is, and which globals a spell has."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from llmspell import _package
from llmspell.bundle import Bundle, Module
from llmspell.check.tree import Tree
from llmspell.errors import ProtocolError, ScriptError, SpellError, WorkerDied
from llmspell.host import faults
from llmspell.host.clerk import Clerk
from llmspell.host.host import Host
from llmspell.host.launcher import launch
from llmspell.language import LANGUAGES
from llmspell.messages import Check, Codec, Done, Failed
from llmspell.protocol import Lock, Locked
from llmspell.spell import Spell

GIVEN_UP = "this file is more than the {} can take in: it ran out of time or memory"
_TREE_LIMITS = Lock(memory=2**30, memory_hard=2**30, cpu=60, turn=20.0, frame=32 * 2**20)


@dataclass
class Source:
    """A file to look into, and what the workers say of it: what does not compile, and its tree if it can be had."""

    name: str
    language: str
    text: str
    fault: SpellError | None = None
    tree: Tree | None = None
    asked: bool = field(default=False, repr=False)


class Compiler(Clerk):
    """A worker that compiles sources before its run begins."""

    sources: Sequence[Source] = ()

    async def lock(self, limits: Lock) -> Locked:
        """Lock the worker and compile the sources; what is wrong with one becomes its `fault`."""
        locked = await super().lock(limits)
        self.turn = limits["turn"] + 1
        for source in self.sources:
            source.asked = True
            source.fault = ScriptError(GIVEN_UP.format("engine"))
            source.fault = self._fault(source, await self.ask(self._question(source)))
        return locked

    @staticmethod
    def _question(source: Source) -> bytes:
        return Codec(source.language).encode([Check(source.text, source.name)])

    @staticmethod
    def _fault(source: Source, body: bytes) -> SpellError | None:
        try:
            said = Codec(source.language).decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            said = []
        match said:
            case [Done()]:
                return None
            case [Failed(shape)]:
                file = Bundle(Module(source.name, source.language, source.text))
                error = faults.unwire(shape, file, [])
                return faults.foreign(error, source.text, source.language)
        return ScriptError(GIVEN_UP.format("engine"))


@dataclass(frozen=True)
class Names:
    """What a spell in a language sees: each global, and of those with members, which and whether others can be read."""

    members: dict[str, frozenset[str]]
    strict: frozenset[str]

    @classmethod
    def of(cls, told: Any) -> "Names":
        """Return the names that a probe found; what does not look like an answer is left out."""
        found = told if isinstance(told, dict) else {}
        tables = {name: each for name, each in found.items() if isinstance(each, dict)}
        members = {name: _texts(tables.get(name, {}).get("members")) for name in found}
        return cls(members, frozenset(name for name, each in tables.items() if each.get("strict") is True))


def _texts(value: Any) -> frozenset[str]:
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()


async def compile_all(host: Host, language: str, sources: Sequence[Source]) -> Names:
    """Set the fault of each source that does not compile, and return what spells of the language see.

    Raises:
        SpellError: no worker can be started, or one cannot even run a spell of our own.
    """
    suffix = LANGUAGES[language].suffixes[0]
    probe = (_package.folder("bridge") / "check" / f"names{suffix}").read_text("utf-8")
    while True:
        run = host.prepare(Spell.from_source(probe, language, "names"))
        profile = run.context.profile
        worker = await Compiler.open(launch(language, jit=profile.jit, codegen=profile.codegen))
        worker.sources = [each for each in sources if not each.asked]
        await run.execute(worker, weak_isolation=True)
        if run.error is None:
            return Names.of(run.value)
        if not any(each.asked for each in worker.sources):
            raise run.error


async def read_all(sources: Sequence[Source]) -> None:
    """Set the tree of each source, as far as it can be had.

    Raises:
        SpellError: no worker can be started.
    """
    left = list(sources)
    while left:
        worker = await Clerk.hire("trees", _TREE_LIMITS)
        try:
            await _read(worker, left)
        finally:
            await worker.dismiss()


async def _read(worker: Clerk, left: list[Source]) -> None:
    """Ask a worker about sources until it dies of one, which then has no tree."""
    with suppress(WorkerDied):
        while left:
            source = left.pop(0)
            body = await worker.ask(json.dumps({"language": source.language, "source": source.text}).encode())
            with suppress(ProtocolError):
                source.tree = Tree(source.text, source.name, body)
