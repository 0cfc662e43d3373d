"""All ops of a run as data: what the guest builds its globals from, and where the gate looks a call up."""

from collections.abc import Callable, Iterable
from typing import Any

from llmspell.bridge.op import Global, Handle, OpSpec, Value, binary_fields, members, specs
from llmspell.security.rules import Kind

_ON_TOP = {"Http.request": ("fetch", "Request", "Response")}
"""What a prelude offers by itself where an op exists."""


class Surface:
    """The globals of one run, or of none yet: what is not in here does not exist for a script.

    Args:
        globals_: what ops come from.
        timer: the op that preludes wait with.
        progress: the op by which preludes tell people how far they are.
        exists: whether a script has the ops that need a kind of permission; `withheld` has those that it has not.
    """

    def __init__(
        self,
        globals_: Iterable[Global | type[Global]],
        *,
        timer: str = "sleep",
        progress: str = "_progress",
        exists: Callable[[Kind], bool] = lambda _: True,
    ) -> None:
        self.globals = list(globals_)
        self.withheld: dict[str, Kind] = {}
        self._exists = exists
        self.timer = timer
        self.progress = progress
        self.ops: dict[str, tuple[Global | type[Global] | None, OpSpec]] = {}
        self.guest: list[OpSpec] = []
        self.values: dict[str, type[Value]] = {}
        self.handles: dict[str, type[Handle]] = {}
        self.objects: dict[str, type[Handle]] = {}  # which the preludes make
        for owner in self.globals:
            self._add_global(owner)

    def wire(self, features: dict[str, bool], scrub: Callable[[Any], Any] = lambda data: data) -> dict[str, Any]:
        """Return the surface as the guest gets it (`bridge/README.md`).

        Args:
            features: what of the language there is.
            scrub: writes names of secrets in their places.
        """
        return {
            "ops": [_entry(spec) for owner, spec in self.ops.values() if owner is not None],
            "types": [_value_entry(kind) for kind in self.values.values()]
            + [_handle_entry(kind) for kind in self.handles.values()],
            "data": scrub({g.name: c for g in self.globals if isinstance(g, Global) and (c := g.constants())}),
            "timer": self.timer,
            "progress": self.progress,
            "features": features,
        }

    def names(self) -> list[str]:
        """Return every name that a script may write, for suggestions."""
        written = [path for path, (_, spec) in self.ops.items() if not spec.hidden]
        written += [spec.path for spec in self.guest]
        for name, kind in self.values.items():
            written += [f"{name}.{field}" for field in (*kind.__struct_fields__, *kind.lazy)]
        written += [f"{name}.{kind.label_field}" for name, kind in self.handles.items() if kind.label_field]
        written += [f"{g.name}.{name}" for g in self.globals if isinstance(g, Global) for name in g.constants()]
        heads = {path.partition(".")[0] for path in written}
        return sorted({*written, *heads, *(g.name for g in self.globals if g.name)})

    def _add_global(self, owner: Global | type[Global]) -> None:
        kind = owner if isinstance(owner, type) else type(owner)
        for spec in specs(kind):
            if not spec.mark.host:
                self._add_guest(spec)
                continue
            if spec.mark.needs and not self._exists(spec.mark.needs):
                self._withhold(spec.path, spec.mark.needs)
                continue
            self.ops[spec.path] = (owner, spec)
            self._add_type(spec.returns)

    def _add_guest(self, spec: OpSpec) -> None:
        self.guest.append(spec)
        for member in members(spec.returns):
            if isinstance(member, type) and issubclass(member, Handle) and member.__name__ not in self.objects:
                self.objects[member.__name__] = member
                self.guest += specs(member)

    def _withhold(self, path: str, kind: Kind) -> None:
        self.withheld[path] = kind
        for name in (path.partition(".")[0], *_ON_TOP.get(path, ())):
            self.withheld.setdefault(name, kind)

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
        elif member is bytes:
            entry["returns"] = "bytes"
    if spec.binary:
        entry["bytes"] = True
    return entry


def _value_entry(kind: type[Value]) -> dict[str, Any]:
    entry = {"name": kind.__name__, "fields": list(kind.__struct_fields__), "text": kind.text_field}
    entry |= {"bytes": fields} if (fields := binary_fields(kind)) else {}
    return entry | ({"lazy": kind.lazy} if kind.lazy else {})


def _handle_entry(kind: type[Handle]) -> dict[str, Any]:
    entry = {"name": kind.__name__, "handle": True, "ops": [_entry(spec) for spec in specs(kind)]}
    return entry | ({"label": kind.label_field, "fields": [kind.label_field]} if kind.label_field else {})
