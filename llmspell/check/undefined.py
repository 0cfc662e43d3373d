"""Names that mean nothing here: undefined globals, assignments to what is not declared, members that are not there."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from llmspell import hints
from llmspell.check.grammar import Role
from llmspell.check.sight import ARGS, Sight, finding
from llmspell.check.tree import Node
from llmspell.errors import SpellError
from llmspell.wording import did_you_mean, suggest

_CURE = {"lua": "write `local {} = …`", "javascript": "write `let {} = …`"}
_ALL = {"lua": "_G", "javascript": "globalThis"}
"""The global that has all globals as its members."""

_WORDS = {"", "await"}
"""What the parser may take for a name: it reads some `await (…)` as a call."""


def names(sight: Sight) -> Iterator[SpellError]:
    """Yield the uses of names that are neither declared nor global."""
    free = sight.scopes.free
    if _changed(sight):
        return
    asked = {node.text for node, _ in free if _asked_for(node)}
    fixed = _fixed(sight)
    known = sight.world.names.members.keys() | _WORDS | asked | _made(sight)
    for node, role in free:
        name = node.text
        if role is not Role.USE and name in fixed:
            yield _assigned(sight, node, name, "cannot be changed")
        elif name in known:
            continue
        elif role is Role.USE:
            yield finding(node, "undefined", f"`{name}` is not defined", _hint(sight, node), name=name)
        else:
            yield _assigned(sight, node, name, "is not declared")


def _assigned(sight: Sight, node: Node, name: str, what: str) -> SpellError:
    return finding(node, "undeclared", f"`{name}` {what}: {_CURE[sight.source.language].format(name)}", name=name)


def _fixed(sight: Sight) -> AbstractSet[str]:
    """Return the globals that a script cannot assign: in Lua those of the language too."""
    there = sight.world.names.members.keys()
    return there if sight.source.language == "lua" else there & sight.world.surface.names()


def members(sight: Sight) -> Iterator[SpellError]:
    """Yield the reads of members that a global, a result or the arguments of the spell do not have."""
    added = _added(sight)
    for node in sight.tree.nodes:
        if node.kind in sight.grammar.members:
            yield from _member(sight, node, added)
        elif node.kind == "object_pattern":
            yield from _taken(sight, node)


def _hint(sight: Sight, node: Node) -> str | None:
    if late := sight.scopes.late(node):
        return f"it is declared in line {late.node.place.line}, which comes later: move that up"
    return hints.of(node.text, sight.world.known, sight.world.surface.withheld)


def _changed(sight: Sight) -> bool:
    """Return whether a script may change what globals there are: then nothing is certain about them."""
    named = (*(node for node, _ in sight.scopes.free), *sight.scopes.bindings)
    whole = _ALL[sight.source.language]
    return any(node.text == "_ENV" or (node.text == whole and not _is_owner(sight, node)) for node in named)


def _is_owner(sight: Sight, node: Node) -> bool:
    """Return whether a member is read from a name that stands here."""
    above, field = sight.grammar.consumer(node)
    return above is not None and sight.grammar.members.get(above.kind, (None,))[0] == field


def _made(sight: Sight) -> set[str]:
    """Return the globals that a script makes as members of all globals."""
    whole = f"{_ALL[sight.source.language]}."
    return {path.removeprefix(whole) for path in _added(sight) if path.startswith(whole)}


def _asked_for(node: Node) -> bool:
    """Return whether the use only asks whether there is such a name."""
    above = node.parent
    return above is not None and above.kind == "unary_expression" and above.text.startswith("typeof")


def _member(sight: Sight, node: Node, added: set[str]) -> Iterator[SpellError]:
    owner = sight.grammar.bare(node[sight.grammar.members[node.kind][0]])
    name = sight.member(node)
    if owner is None or name is None or name in sight.grammar.everywhere:
        return
    if _written(node) and sight.path(owner) == _ALL[sight.source.language] and name in _fixed(sight):
        yield _assigned(sight, node, name, "cannot be changed")
        return
    path = sight.path(owner)
    if path is not None and path == owner.text:
        yield from _global_member(sight, node, path, name, added)
        return
    kind = sight.type(owner)
    if kind is not None and kind.name and not kind.promise and not _written(node):
        yield from _typed_member(sight, node, kind.name, name)


def _global_member(sight: Sight, node: Node, owner: str, name: str, added: set[str]) -> Iterator[SpellError]:
    members = sight.world.names.members.get(owner)
    if not members or name in members or _written(node):
        return
    path = f"{owner}.{name}"
    if owner not in sight.world.nouns and (not _is_called(sight, node) or path in added):
        return
    written = node.text if len(node.text) < 80 else path
    yield finding(node, "undefined", f"`{path}` is not defined", _member_hint(sight, path, members), name=written)


def _typed_member(sight: Sight, node: Node, kind: str, name: str) -> Iterator[SpellError]:
    field = node[sight.grammar.members[node.kind][1]] or node
    if kind == ARGS:
        known = _parameters(sight)
        if name not in known and _is_only_read(sight, node):
            yield finding(field, "parameter", f"the spell has no parameter `{name}`", _guess(name, known), name=name)
    elif kind in sight.world.types and name not in sight.world.fields(kind):
        path = f"{kind}.{name}"
        hint = _member_hint(sight, path, sight.world.fields(kind))
        yield finding(field, "undefined", f"`{path}` is not defined", hint, name=name)


def _is_only_read(sight: Sight, node: Node) -> bool:
    """Return whether nobody can have put more into the table whose member is read."""
    owner = sight.grammar.bare(node[sight.grammar.members[node.kind][0]])
    binding = sight.scopes.bindings.get(owner) if owner is not None else None
    if binding is None:
        return True
    if binding not in sight.only_read:
        sight.only_read[binding] = all(_reads(sight, use) for use in binding.used)
    return sight.only_read[binding]


def _reads(sight: Sight, use: Node) -> bool:
    above, _ = sight.grammar.consumer(use)
    if above is None or above.parent is None:
        return False
    if above.kind in sight.grammar.members:
        return not _written(above)
    call = above.parent
    return above.kind == "arguments" and call.kind in sight.grammar.calls and sight.called(call) is not None


def _member_hint(sight: Sight, path: str, known: Iterable[str]) -> str | None:
    owner, _, name = path.rpartition(".")
    near = suggest(name, sorted(known))
    return hints.of(path, [f"{owner}.{near}"] if near else [], sight.world.surface.withheld)


def _guess(name: str, known: Iterable[str]) -> str:
    return did_you_mean(name, sorted(known))


def _taken(sight: Sight, pattern: Node) -> Iterator[SpellError]:
    """Look at `const { words } = …` as at members."""
    declarator = pattern.parent
    if declarator is None or declarator.kind != "variable_declarator" or pattern.field != "name":
        return
    kind = sight.type(declarator["value"])
    if kind is None or kind.promise or not kind.name:
        return
    known = _parameters(sight) if kind.name == ARGS else sight.world.fields(kind.name)
    for child in pattern.children:
        key = child["key"] or child["left"] or child
        if key.kind in ("property_identifier", "shorthand_property_identifier_pattern") and key.text not in known:
            what = "the spell has no parameter" if kind.name == ARGS else f"a {kind.name} has no field"
            yield finding(key, "parameter", f"{what} `{key.text}`", _guess(key.text, known))


def _parameters(sight: Sight) -> set[str]:
    manifest = sight.manifest
    return {*manifest.params, "rest", *(["input"] if manifest.input else [])}


def _written(node: Node) -> bool:
    """Return whether the member is given a value here."""
    above = node.parent
    return above is not None and (
        (above.kind == "variable_list" and above.parent is not None and above.parent.kind == "assignment_statement")
        or (above.kind in ("assignment_expression", "augmented_assignment_expression") and node.field == "left")
        or (above.kind == "function_declaration" and node.field == "name")
    )


def _is_called(sight: Sight, node: Node) -> bool:
    above, field = sight.grammar.consumer(node)
    return above is not None and sight.grammar.calls.get(above.kind, (None,))[0] == field


def _added(sight: Sight) -> set[str]:
    """Return the members that the script itself gives to globals."""
    return {
        path
        for node in sight.tree.nodes
        if node.kind in sight.grammar.members and _written(node) and (path := sight.path(node))
    }
