"""Links the modules of a spell, before any of them runs: which name of which module each import stands for."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from llmspell.engines.modules import ALL, Binding, Body, Refusal, rewrite

SPELL = ""
"""The path of the spell itself among those of its modules."""


class Origin(NamedTuple):
    """A name that a module has itself, or `ALL` that it exports; and whether it may get another value later."""

    path: str
    name: str
    changes: bool = False


@dataclass(frozen=True)
class Linked:
    """A file of the spell, ready to be compiled: its body, and all that the guest has to know of it."""

    path: str
    body: Body
    given: dict[str, Origin]
    """By its own name, what it imports and what keeps its value."""
    live: dict[str, Origin]
    """The same of what may change."""
    exports: dict[str, Origin]
    order: list[str]
    """The modules that run before it."""
    uses: dict[str, str]

    def wire(self) -> dict[str, Any]:
        """Return what the guest has to know of it."""
        parts = {"given": self.given, "live": self.live, "exports": self.exports}
        told = {part: {local: each[:2] for local, each in names.items()} for part, names in parts.items()}
        folder = self.path.rpartition("/")[0]
        return {"path": self.path, "folder": folder, "order": self.order, "uses": self.uses, **told}


class Links:
    """The files of a spell and how they use each other.

    Args:
        source: of the spell.
        modules: what the host has sent, in an order in which each stands behind what it uses.

    Raises:
        Refusal: a file cannot be read as a module; `file` is its path.
    """

    def __init__(self, source: str, modules: Mapping[str, Any]) -> None:
        self.data = {path: each["source"] for path, each in modules.items() if each.get("language") == "json"}
        self._uses: dict[str, dict[str, str]] = {path: each["uses"] for path, each in modules.items()}
        self._bodies = {SPELL: _read(SPELL, source)}
        for path, each in modules.items():
            if path != SPELL and path not in self.data:
                self._bodies[path] = _read(path, each["source"])
        self._found: dict[tuple[str, str], Origin | None] = {}

    def linked(self) -> list[Linked]:
        """Return the spell, and then its modules that are not data, each behind what it uses.

        Raises:
            Refusal: one imports what the other does not export, or uses a module that the host has not sent.
        """
        return [self._linked(path, body) for path, body in self._bodies.items()]

    def _linked(self, path: str, body: Body) -> Linked:
        origins = {each.local: self._origin(path, each) for each in [*body.imports, *body.passed] if each.local != ALL}
        given = {each.local: origins[each.local] for each in body.imports if each.local}
        live = {local: origin for local, origin in given.items() if origin.changes}
        return Linked(
            path,
            body,
            {local: origin for local, origin in given.items() if local not in live},
            live,
            {name: found for name in sorted(self._names(path)) if (found := self._resolved(path, name))},
            list(self._order(path, {path})),
            self._uses.get(path, {}),
        )

    def _order(self, path: str, seen: set[str]) -> Iterator[str]:
        """Yield the modules that a file imports by statements, and those that these import, in the order of running."""
        for binding in self._bodies[path].imports if path in self._bodies else ():
            target = self._target(path, binding)
            if target not in seen:
                seen.add(target)
                yield from self._order(target, seen)
                yield target

    def _target(self, path: str, binding: Binding) -> str:
        target = self._uses.get(path, {}).get(binding.specifier)
        if target is None:
            message = f'"{binding.specifier}" was not found before the run'
            raise Refusal(message, binding.line, binding.column, "write the import in one plain statement", file=path)
        return target

    def _origin(self, path: str, binding: Binding) -> Origin:
        """Return what a binding of a file stands for."""
        target = self._target(path, binding)
        if binding.name in (ALL, ""):
            return Origin(target, ALL)
        if origin := self._resolved(target, binding.name):
            return origin
        raise self._lacking(path, binding, target)

    def _resolved(self, path: str, name: str) -> Origin | None:
        """Return what a module exports under a name."""
        if (path, name) not in self._found:
            self._found[path, name] = self._searched(path, name)
        return self._found[path, name]

    def _searched(self, path: str, name: str) -> Origin | None:
        if path in self.data:
            return Origin(path, name) if name == "default" else None
        body = self._bodies[path]
        if name in body.exports:
            return Origin(path, name, body.exports[name] in body.changing)
        if name == "default" and body.default:
            return Origin(path, name)
        for each in body.passed:
            if each.local == name and name != ALL:
                return self._origin(path, each)
        through = [self._target(path, each) for each in body.passed if each.local == ALL]
        found = {self._resolved(each, name) for each in through if name != "default"} - {None}
        return found.pop() if len(found) == 1 else None  # what two modules export alike is exported by neither

    def _names(self, path: str) -> set[str]:
        """Return the names that a module may export."""
        if path in self.data:
            return {"default"}
        body = self._bodies[path]
        names = {*body.exports, *(each.local for each in body.passed if each.local != ALL)}
        if body.default:
            names.add("default")
        for each in body.passed:
            if each.local == ALL:
                names |= self._names(self._target(path, each)) - {"default"}
        return names

    def _lacking(self, path: str, binding: Binding, target: str) -> Refusal:
        names = sorted(self._names(target))
        near = difflib.get_close_matches(binding.name, names, 1, 0.6)
        if binding.name == "default":
            what, hint = "no default export", f"import {{ {names[0]} }} from …" if names else None
        else:
            what, hint = f"no export `{binding.name}`", f"did you mean `{near[0]}`?" if near else None
        if target in self.data:
            hint = "what a JSON file holds is its default: `import data from …`"
        elif hint is None:
            hint = f"it exports {', '.join(names[:20])}" if names else "it exports nothing"
        return Refusal(f"{target} has {what}", binding.line, binding.column, hint, kind="config", file=path)


def _read(path: str, source: str) -> Body:
    try:
        return rewrite(source)
    except Refusal as refusal:
        refusal.file = path
        raise
