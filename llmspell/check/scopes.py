"""Which names are declared where, and which uses find no declaration."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from llmspell.check.grammar import Grammar, Role, Rule
from llmspell.check.tree import Node, Tree


@dataclass(eq=False)
class Binding:
    """A name that is declared: where, from which offset on it is there, and the node that declares it."""

    node: Node
    owner: Node
    since: int = 0
    assigned: list[Node] = field(default_factory=list)
    used: list[Node] = field(default_factory=list)


@dataclass(eq=False)
class Scope:
    """A region in which names are declared."""

    above: "Scope | None"
    function: bool
    names: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    implied: frozenset[str] = frozenset()

    def find(self, name: str, offset: int) -> Binding | None:
        """Return what a name means at an offset, if this scope declares it: the last that is there by then."""
        there = [each for each in self.names.get(name, ()) if each.since <= offset]
        return there[-1] if there else None


class Scopes:
    """The scopes of a tree, what each name in it refers to, and the names that refer to nothing that is declared."""

    def __init__(self, tree: Tree, grammar: Grammar) -> None:
        self._grammar = grammar
        self._outer: dict[Node, Scope] = {}  # by node, the scope that it stands in
        self._inner: dict[Node, Scope] = {}  # by node that opens a scope, that scope
        self.bindings: dict[Node, Binding] = {}
        """By name in the tree, what it refers to."""
        self.free: list[tuple[Node, Role]] = []
        """The names that are declared nowhere, in the order of the text."""
        names = list(self._walk(tree))
        for node, rule, owner in names:
            if rule.role is Role.DECLARE:
                self._declare(node, rule, owner)
        for node, rule, _ in names:
            if rule.role not in (Role.DECLARE, Role.WORD):
                self._resolve(node, rule)

    def late(self, node: Node) -> Binding | None:
        """Return the declaration that a free name would find if it came later in the text."""
        for scope in self._around(self._outer[node]):
            if found := scope.find(node.text, len(node.tree.raw)):
                return found
        return None

    def _walk(self, tree: Tree) -> Iterator[tuple[Node, Rule, Node]]:
        for node in tree.nodes:
            self._outer[node] = outer = self._inside(node.parent)
            if node.kind in self._grammar.scopes and not self._shared(node):
                implied = self._grammar.implied.get(self._grammar.variant(node), frozenset())
                self._inner[node] = Scope(outer, node.kind in self._grammar.functions, implied=implied)
            if node.kind in self._grammar.names:
                yield node, *self._grammar.rule(node)

    def _inside(self, node: Node | None) -> Scope:
        if node is None:
            return Scope(None, function=True)
        return self._inner.get(node) or self._outer[node]

    def _shared(self, node: Node) -> bool:
        """Return whether a block has the scope of what it stands in: in Lua `until` sees the names of its block."""
        return node.parent is not None and node.parent.kind == "repeat_statement"

    def _declare(self, node: Node, rule: Rule, owner: Node) -> None:
        scope = self._outer[owner] if rule.outside else self._outer[node]
        while rule.function and not scope.function and scope.above is not None:
            scope = scope.above
        since = (owner.end if rule.after else node.start) if self._grammar.ordered else 0
        binding = Binding(node, owner, since)
        scope.names[node.text].append(binding)
        self.bindings[node] = binding

    def _resolve(self, node: Node, rule: Rule) -> None:
        name = node.text
        for scope in self._around(self._outer[node]):
            if binding := scope.find(name, node.start):
                self.bindings[node] = binding
                if rule.role is not Role.USE:
                    binding.assigned.append(node)
                if rule.role is not Role.ASSIGN:
                    binding.used.append(node)
                return
            if name in scope.implied:
                return
        self.free.append((node, rule.role))

    @staticmethod
    def _around(scope: Scope | None) -> Iterator[Scope]:
        while scope is not None:
            yield scope
            scope = scope.above
