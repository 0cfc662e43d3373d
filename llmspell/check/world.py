"""What a script of one language can name: globals and their members, ops, and the fields of types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from llmspell.bridge.op import Handle, OpSpec, Value, members
from llmspell.bridge.surface import Surface
from llmspell.check.desk import Names


@dataclass(frozen=True)
class World:
    """The surface of a profile, and what the engine itself says that a spell sees."""

    surface: Surface
    names: Names
    types: Mapping[str, Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        entries = self.surface.wire({})["types"]
        object.__setattr__(self, "types", {entry["name"]: entry for entry in entries})

    @cached_property
    def ops(self) -> dict[str, OpSpec]:
        """Every op and verb by its path."""
        hosts = {path: spec for path, (_, spec) in self.surface.ops.items()}
        return hosts | {spec.path: spec for spec in self.surface.guest}

    @cached_property
    def known(self) -> list[str]:
        """Everything that can be written, for suggestions."""
        parts = [f"{name}.{each}" for name, found in self.names.members.items() for each in found if name in self.nouns]
        return sorted({*self.names.members, *self.surface.names(), *parts})

    @cached_property
    def nouns(self) -> frozenset[str]:
        """The globals of which every member is known: reading another is a mistake."""
        ours = {g.name for g in self.surface.globals if g.name}
        return frozenset(ours | self.names.strict) & self.names.members.keys()

    def fields(self, name: str) -> frozenset[str]:
        """Return the members of a type of results."""
        entry = self.types[name]
        ops = (op["op"].rpartition(".")[2] for op in entry.get("ops", ()))
        return frozenset((*entry.get("fields", ()), *entry.get("lazy", ()), *ops))


def result(spec: OpSpec) -> str | None:
    """Return the name of the type of an op's result, if it is one of ours and nothing else."""
    kinds = [each for each in members(spec.returns) if isinstance(each, type) and issubclass(each, Value | Handle)]
    plain = isinstance(spec.returns, type)
    return kinds[0].__name__ if plain and kinds else None
