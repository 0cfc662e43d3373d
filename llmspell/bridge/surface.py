"""All ops of a run as data: what the guest builds its globals from, and where the gate looks a call up."""

from collections.abc import Iterable
from typing import Any

from llmspell.bridge.op import Global, Handle, OpSpec, Value, members, specs


class Surface:
    """The globals of one run, or of none yet: what is not in here does not exist for a script."""

    def __init__(self, globals_: Iterable[Global | type[Global]], *, timer: str = "sleep") -> None:
        self.globals = list(globals_)
        self.timer = timer
        self.ops: dict[str, tuple[Global | type[Global] | None, OpSpec]] = {}
        self.guest: list[OpSpec] = []
        self.values: dict[str, type[Value]] = {}
        self.handles: dict[str, type[Handle]] = {}
        for owner in self.globals:
            self._add_global(owner)

    def wire(self, features: dict[str, bool]) -> dict[str, Any]:
        """Return the surface as the guest gets it (`bridge/README.md`)."""
        return {
            "ops": [_entry(spec) for owner, spec in self.ops.values() if owner is not None],
            "types": [_value_entry(kind) for kind in self.values.values()]
            + [_handle_entry(kind) for kind in self.handles.values()],
            "data": {g.name: c for g in self.globals if isinstance(g, Global) and (c := g.constants())},
            "timer": self.timer,
            "features": features,
        }

    def names(self) -> list[str]:
        """Return every name that a script may write, for suggestions."""
        written = [*self.ops, *(spec.path for spec in self.guest)]
        written += [f"{name}.{field}" for name, kind in self.values.items() for field in kind.__struct_fields__]
        written += [f"{g.name}.{name}" for g in self.globals if isinstance(g, Global) for name in g.constants()]
        heads = {path.partition(".")[0] for path in written}
        return sorted({*written, *heads, *(g.name for g in self.globals if g.name)})

    def _add_global(self, owner: Global | type[Global]) -> None:
        kind = owner if isinstance(owner, type) else type(owner)
        for spec in specs(kind):
            if not spec.mark.host:
                self.guest.append(spec)
                continue
            self.ops[spec.path] = (owner, spec)
            self._add_type(spec.returns)

    def _add_type(self, annotation: Any) -> None:
        for member in members(annotation):
            if not isinstance(member, type):
                continue
            if issubclass(member, Value):
                self.values[member.__name__] = member
            elif issubclass(member, Handle) and member.__name__ not in self.handles:
                self.handles[member.__name__] = member
                for spec in specs(member):
                    self.ops[spec.path] = (None, spec)
                    self._add_type(spec.returns)


def _entry(spec: OpSpec) -> dict[str, Any]:
    entry: dict[str, Any] = {"op": spec.path}
    if spec.mark.notify:
        entry["notify"] = True
    if spec.mark.keeps:
        entry["keeps"] = True
    for member in members(spec.returns):
        if isinstance(member, type) and issubclass(member, (Value, Handle)):
            entry["returns"] = member.__name__
    return entry


def _value_entry(kind: type[Value]) -> dict[str, Any]:
    return {"name": kind.__name__, "fields": list(kind.__struct_fields__), "text": kind.text_field}


def _handle_entry(kind: type[Handle]) -> dict[str, Any]:
    return {"name": kind.__name__, "handle": True, "ops": [_entry(spec) for spec in specs(kind)]}
