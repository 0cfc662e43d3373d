"""What is evident in one source without running it: what a name stands for, what a literal is, which op is called."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from llmspell.bridge.op import Function, OpSpec
from llmspell.check.desk import Source
from llmspell.check.languages import GRAMMARS
from llmspell.check.scopes import Binding, Scopes
from llmspell.check.tree import Node, Tree
from llmspell.check.world import World, result
from llmspell.data import DEPTH
from llmspell.errors import SpellError
from llmspell.literals import LEXES
from llmspell.manifest import Manifest
from llmspell.wording import clip

_FAR = 12
"""Steps from name to name after which nothing is evident any more."""
_LONG = 500
"""Characters of a message: a name in a spell can be as long as the spell."""


class Hole:
    """What is computed: it can be anything."""

    def __repr__(self) -> str:
        return "…"


HOLE = Hole()


class Type(NamedTuple):
    """What a value evidently is: a type of results, or the arguments of the spell; in JavaScript maybe a promise of it.

    `call` is where a promise comes from.
    """

    name: str
    promise: bool = False
    call: Node | None = None


ARGS = "spell"
"""The name of the type of what `spell(…)` returns."""


@dataclass
class Sight:
    """One source with all that is known about it."""

    source: Source
    tree: Tree
    world: World
    manifest: Manifest

    def __post_init__(self) -> None:
        self.grammar = GRAMMARS[self.source.language]
        self.scopes = Scopes(self.tree, self.grammar)
        self._free = {node for node, _ in self.scopes.free}
        self._lexis = LEXES[self.source.language]
        self._types: dict[Node, Type | None] = {}
        self._constants: dict[Node, Any] = {}
        self.only_read: dict[Binding, bool] = {}
        """Whether the members of what a name stands for are only read, where somebody has asked for it."""

    def calls(self) -> Iterator[tuple[Node, OpSpec]]:
        """Yield the calls of ops and verbs."""
        for node in self.tree.nodes:
            if node.kind in self.grammar.calls and (spec := self.called(node)):
                yield node, spec

    def called(self, call: Node, far: int = 0) -> OpSpec | None:
        """Return the op or verb that is called."""
        function = self.grammar.bare(call[self.grammar.calls[call.kind][0]])
        if function is None:
            return None
        if path := self.path(function):
            return self.world.ops.get(path)
        if function.kind in self.grammar.members:
            owner = self.type(function[self.grammar.members[function.kind][0]], far + 1)
            if owner is not None and not owner.promise:
                return self.world.ops.get(f"{owner.name}.{self.member(function)}")
        return None

    def path(self, node: Node | None) -> str | None:
        """Return the name of a global, or of a member of one."""
        node = self.grammar.bare(node)
        if node is None:
            return None
        if node in self._free:
            return node.text
        if node.kind not in self.grammar.members:
            return None
        owner, member = self.grammar.bare(node[self.grammar.members[node.kind][0]]), self.member(node)
        return f"{owner.text}.{member}" if owner in self._free and owner is not None and member else None

    def member(self, node: Node) -> str | None:
        """Return the name of the member that is read, where it is evident."""
        found = node[self.grammar.members[node.kind][1]]
        if found is None or node.kind not in self.grammar.computed:
            return found.text if found is not None else None
        key = self.literal(found)
        return key if isinstance(key, str) else None

    def arguments(self, call: Node) -> tuple[list[Node], bool] | None:
        """Return the arguments of a call, and whether there may be more of them than one sees."""
        given = call[self.grammar.calls[call.kind][1]]
        if given is None or given.kind != "arguments":
            return None
        nodes = [child for child in given.children if child.kind not in ("comment", "html_comment")]
        many = [at for at, node in enumerate(nodes) if node.kind in self.grammar.spread]
        if self.grammar.ordered:  # Lua: only the last stands for many
            return nodes, bool(many) and many[-1] == len(nodes) - 1
        return (nodes[: many[0]], True) if many else (nodes, False)

    # -- types ---------------------------------------------------------------------------------------------------------

    def type(self, node: Node | None, far: int = 0) -> Type | None:
        """Return the type of an expression, where it is evident."""
        node = self.grammar.bare(node)
        if node is None or far > _FAR:
            return None
        if node not in self._types:
            self._types[node] = self._type(node, far)
        return self._types[node]

    def _type(self, node: Node, far: int) -> Type | None:
        if node.kind in self.grammar.names:
            binding = self.scopes.bindings.get(node)
            return self.type(self.value(binding), far + 1) if binding else None
        if node.kind == "await_expression":
            inner = self.type(node.children[-1], far + 1)
            return Type(inner.name) if inner else None
        if node.kind not in self.grammar.calls:
            return None
        spec = self.called(node, far)
        if spec is None:
            return None
        if spec.path == "spell":
            return Type(ARGS) if self.manifest.declared else None
        name = result(spec) or ""
        if self.source.language == "javascript" and spec.waits:
            return Type(name, promise=True, call=node)
        return Type(name) if name else None

    def value(self, binding: Binding | None) -> Node | None:
        """Return the expression that a name stands for, if it always stands for the same."""
        if binding is None or binding.assigned:
            return None
        parent = binding.node.parent
        assert parent is not None
        if parent.kind == "variable_declarator":
            return parent["value"] if binding.node.field == "name" else None
        if parent.kind != "variable_list" or binding.owner.kind != "assignment_statement":
            return None
        values = next((each for each in binding.owner.children if each.kind == "expression_list"), None)
        at = parent.all("name").index(binding.node)
        return values.all("value")[at] if values and at < len(values.all("value")) else None

    # -- literals ------------------------------------------------------------------------------------------------------

    def literal(self, node: Node | None, depth: int = 0) -> Any:
        """Return the value of a literal; `HOLE` for what is computed, also within lists and tables."""
        node = self.grammar.bare(node)
        if node is None or depth > DEPTH:
            return HOLE
        kind = node.kind
        if kind in self.grammar.strings:
            return HOLE if node.has("template_substitution") else self._text(node)
        if kind in self.grammar.numbers:
            return self._number(node.text)
        if kind in self.grammar.constants:
            return self.grammar.constants[kind]
        if kind == "unary_expression" and node.text.startswith("-"):
            value = self.literal(node.children[-1], depth + 1)
            return -value if type(value) in (int, float) else HOLE
        if kind in self.grammar.lambdas:
            return Function(0, lambda *_: HOLE)
        if kind in self.grammar.lists:
            return self._list(node.children, depth)
        if kind in self.grammar.tables:
            return self._table(node, depth)
        return self._named(node, depth)

    def entries(self, table: Node) -> dict[str, tuple[Node, Node | None]] | None:
        """Return the keys and values of a literal table by name; None where there may be others than one sees."""
        found: dict[str, tuple[Node, Node | None]] = {}
        for child in table.children:
            if child.kind in self.grammar.entries:
                key_field, value_field = self.grammar.entries[child.kind]
                key = self._key(child, child[key_field])
                if key is None:
                    return None
                found[key] = (child[key_field] or child, child[value_field])
            elif child.kind == "shorthand_property_identifier":
                found[child.text] = (child, child)
            elif child.kind == "method_definition" and (name := child["name"]) and name.kind == "property_identifier":
                found[name.text] = (name, None)
            elif child.kind != "comment":
                return None
        return found

    def prefix(self, node: Node | None) -> str:
        """Return how a text begins, as far as that is not computed."""
        node = self.grammar.bare(node)
        while node is not None and node.kind == "binary_expression":
            node = self.grammar.bare(node["left"])
        if node is not None and node.has("template_substitution"):
            first = node.children[0]
            return first.text if first.kind == "string_fragment" else ""
        found = self.literal(node)
        return found if isinstance(found, str) else ""

    def _text(self, node: Node) -> Any:
        quote = self._lexis.quote(node.text, 0)
        if quote is None or not quote.closed:
            return HOLE
        try:
            return quote.body if quote.raw else self._lexis.unescape(quote.body)
        except ValueError:
            return HOLE

    def _number(self, text: str) -> Any:
        try:
            value = self._lexis.number(text)
        except ValueError:
            return HOLE
        whole = isinstance(value, float) and value.is_integer() and not self.grammar.ordered
        return int(value) if whole else value  # JavaScript does not tell 1.0 from 1

    def _list(self, nodes: list[Node], depth: int) -> Any:
        if any(node.kind in ("spread_element", "comment") for node in nodes):
            return HOLE
        return [self.literal(node, depth + 1) for node in nodes]

    def _table(self, node: Node, depth: int) -> Any:
        fields = [child for child in node.children if child.kind in self.grammar.entries]
        if self.grammar.ordered and fields and not any(child["name"] for child in fields):
            values = [child["value"] for child in fields]
            return (
                HOLE
                if values[-1] and values[-1].kind in self.grammar.spread
                else self._list([value for value in values if value], depth)
            )
        entries = self.entries(node)
        if entries is None:
            return HOLE
        return {key: self.literal(value, depth + 1) for key, (_, value) in entries.items()}

    def _key(self, entry: Node, key: Node | None) -> str | None:
        if key is None:
            return None
        if key.kind == "property_identifier" or (key.kind in self.grammar.names and entry.text[:1] != "["):
            return key.text
        value = self._text(key) if key.kind in self.grammar.strings else None
        return value if isinstance(value, str) else None

    def _named(self, node: Node, depth: int) -> Any:
        """Return the scalar that a constant stands for."""
        if node.kind not in self.grammar.names:
            return HOLE
        value = self.value(self.scopes.bindings.get(node))
        if value is None:
            return HOLE
        if value not in self._constants:
            found = self.literal(value, depth + _FAR)
            self._constants[value] = HOLE if isinstance(found, list | dict | Function) else found
        return self._constants[value]


def holes(value: Any) -> bool:
    """Return whether anything in a value is computed, or is a function."""
    if isinstance(value, dict):
        return any(map(holes, value.values()))
    if isinstance(value, list):
        return any(map(holes, value))
    return isinstance(value, Hole | Function)


def finding(
    node: Node, rule: str, message: str, hint: str | None = None, kind: str = "script", name: str = ""
) -> SpellError:
    """Return what is wrong at a node, as an error with its place.

    Args:
        node: where it stands.
        rule: the short name of what is broken.
        message: what is wrong.
        hint: what to do about it.
        kind: of which kind the error would be in a run.
        name: what to underline, if it is not the first word.
    """
    data = {"rule": rule} | ({"undefined": name} if name else {})
    message = clip(message, _LONG)
    return SpellError(message, hint=hint, kind=kind, where=node.place, data=data, source=node.tree.source)
