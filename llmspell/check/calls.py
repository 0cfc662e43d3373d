"""Calls of ops and verbs: their arguments and options, judged by the check that the gate makes in a run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from llmspell import notation
from llmspell.bridge.dispatch import bind
from llmspell.bridge.op import Fields, OpSpec, Param, members
from llmspell.check.sight import HOLE, Hole, Sight, finding, holes
from llmspell.check.tree import Node
from llmspell.errors import ArgumentError, SpellError

_MOST = 10
"""Findings in one call that are told."""
_ANY_KEY = "[...]"
"""How the gate names a value of a map."""
_NAMED = re.compile(r"`([\w$-]+)[^`]*`")


@dataclass(frozen=True)
class _Seen(OpSpec):
    """An op as far as a call of it can be judged: a parameter whose argument is computed may be anything."""

    computed: frozenset[str] = frozenset()

    @cached_property
    def params(self) -> tuple[Param, ...]:
        return self._loose(OpSpec(self.path, self.method, self.mark).params)

    @cached_property
    def options(self) -> tuple[Param, ...]:
        return self._loose(OpSpec(self.path, self.method, self.mark).options)

    def _loose(self, params: tuple[Param, ...]) -> tuple[Param, ...]:
        return tuple(replace(p, type=Any) if p.name in self.computed else p for p in params)


@lru_cache(maxsize=256)
def _seen(spec: OpSpec, computed: frozenset[str]) -> _Seen:
    return _Seen(spec.path, spec.method, spec.mark, computed)


def wrong(sight: Sight) -> Iterator[SpellError]:
    """Yield what is wrong with the arguments of calls."""
    for call, spec in sight.calls():
        given = sight.arguments(call)
        if given is not None and not any(p.name == "..." for p in spec.params):
            yield from _wrong(sight, call, spec, *given)


def _wrong(sight: Sight, call: Node, spec: OpSpec, nodes: list[Node], more: bool) -> Iterator[SpellError]:
    if more:
        nodes = nodes[:-1] if sight.grammar.ordered else nodes
    values = [sight.literal(node) for node in nodes]
    options = _options(sight, spec, nodes, values)
    if isinstance(options, Hole):
        values, options = values[: len(spec.params)], None
    values = [_opaque(value) for value in values[: len(spec.params)]] + values[len(spec.params) :]
    if options:
        values[-1] = options = {name: _opaque(value) for name, value in options.items()}
    if more:
        values += [HOLE] * (len(spec.params) - len(values))
    named = dict(zip((p.name for p in spec.params), values, strict=False)) | (options or {})
    computed = {name for name, value in named.items() if isinstance(value, Hole)}
    known = {param.name for param in spec.params + spec.options}
    for _ in range(_MOST):
        error = _refusal(_seen(spec, frozenset(computed & known)), values)
        if error is None:
            return
        name, message, hint = _name(error), error.message, error.hint
        blamed = _blamed(sight, call, spec, nodes, name)
        if key := _wrong_key(spec, name, named.get(name), message):
            message, blamed = message.replace(_ANY_KEY, f".{key}"), _entry(sight, blamed, key)
        marked = _function(sight, call) if blamed is call else ""
        yield finding(blamed, "arguments", message, hint, kind="args", name=marked)
        if name in computed or name not in named:
            return
        computed.add(name)  # and look for more
        if options is not None and name not in {p.name for p in spec.options}:
            options.pop(name, None)


def _wrong_key(spec: OpSpec, name: str, given: Any, message: str) -> str | None:
    """Return the key that a message is about which names any: the first of the map whose value the gate refuses."""
    params = [param.name for param in spec.params]
    if _ANY_KEY not in message or name not in params or not isinstance(given, dict):
        return None
    seen, at = _seen(spec, frozenset(params) - {name}), params.index(name)
    values: list[Any] = [HOLE] * len(params)
    for key, value in given.items():
        values[at] = {key: value}
        if _refusal(seen, values):
            return str(key)
    return None


def _entry(sight: Sight, table: Node, key: str) -> Node:
    """Return the key of a literal table."""
    bare = sight.grammar.bare(table)
    entries = sight.entries(bare) if bare is not None else None
    return entries[key][0] if entries and key in entries else table


def _counted(value: Any) -> Any:
    """Return an integer for a float that is one: verbs take it, where an op does not."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _function(sight: Sight, call: Node) -> str:
    """Return what is called, as it is written."""
    function = call[sight.grammar.calls[call.kind][0]]
    return function.text if function is not None and len(function.text) < 80 else ""


def _name(error: ArgumentError) -> str:
    """Return the parameter or option that an error is about."""
    path = error.data.get("path")
    found = _NAMED.search(error.message)
    return str(path[0]) if path else found[1] if found else ""


def _refusal(spec: OpSpec, values: list[Any]) -> ArgumentError | None:
    """Return what the gate would say to a call."""
    try:
        _check_fields(spec, bind(spec, values))
    except ArgumentError as error:
        return error
    return None


def _opaque(value: Any) -> Any:
    """Return a hole for what has one inside, and for what holds functions."""
    return HOLE if isinstance(value, list | dict) and holes(value) else value


def _options(sight: Sight, spec: OpSpec, nodes: list[Node], values: list[Any]) -> Any:
    """Return the options of a call, with holes; None if there are none, and a hole if they are computed."""
    if not spec.options or len(values) != len(spec.params) + 1:
        return None
    table = sight.grammar.bare(nodes[-1])
    if isinstance(values[-1], Hole) and table is not None and table.kind in sight.grammar.tables:
        return HOLE
    if isinstance(values[-1], dict) and not spec.mark.host:
        return {name: _counted(value) for name, value in values[-1].items()}
    return values[-1] if isinstance(values[-1], dict | Hole) else None


def _check_fields(spec: OpSpec, given: dict[str, Any]) -> None:
    """Check what is written in the notation of types, as far as it is a literal."""
    for param in spec.params + spec.options:
        value = given.get(param.name)
        if Fields in members(param.type) and value is not None and not holes(value):
            notation.fields(value, param.name)


def _blamed(sight: Sight, call: Node, spec: OpSpec, nodes: list[Node], name: str) -> Node:
    """Return the argument that an error is about, or else the call."""
    for param, node in zip(spec.params, nodes, strict=False):
        if param.name == name:
            return node
    table = sight.grammar.bare(nodes[-1]) if nodes else None
    entries = sight.entries(table) if table is not None and table.kind in sight.grammar.tables else None
    if entries and name in entries:
        return entries[name][0]
    return call if name else nodes[len(spec.params)] if len(nodes) > len(spec.params) else call
