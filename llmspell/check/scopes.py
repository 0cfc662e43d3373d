"""Which names are declared where, and which uses find no declaration."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from llmspell.check.grammar import Grammar, Role, Rule
from llmspell.check.tree import Node, Tree


@dataclass(eq=False)
class Binding:
    """A name that is declared: where, and the node that declares it."""

    node: Node
    owner: Node
    assigned: list[Node] = field(default_factory=list)
    used: list[Node] = field(default_factory=list)


@dataclass(eq=False)
class Scope:
    """A region in which names are declared; `whole` is that of the function that it is in."""

    above: "Scope | None"
    number: int
    start: int
    end: int
    whole: "Scope" = field(init=False)
    names: dict[str, Binding] = field(default_factory=dict)
    """What is declared here, of each name the last."""


class _Span(NamedTuple):
    """From where to where a name has a meaning; no binding is one that nobody declared."""

    start: int
    scope: int
    end: int
    binding: Binding | None


class _Meanings:
    """What one name means from place to place. The spans in which it does are apart, or one within the other."""

    def __init__(self) -> None:
        self.spans: list[_Span] = []
        self._ahead: list[_Span] | None = None
        self._open: list[_Span] = []

    def at(self, offset: int) -> _Span | None:
        """Return the innermost span around an offset that is not before the one of the last call."""
        if self._ahead is None:
            self._ahead = sorted(self.spans, key=lambda span: span[:2])
            self._ahead.reverse()
        while self._ahead and self._ahead[-1].start <= offset:
            self._open.append(self._ahead.pop())
        while self._open and self._open[-1].end <= offset:
            self._open.pop()
        return self._open[-1] if self._open else None


class Scopes:
    """The scopes of a tree, what each name in it refers to, and the names that refer to nothing that is declared.

    However deep the scopes and however many the declarations of a name are, each name is looked up in a few steps.
    """

    def __init__(self, tree: Tree, grammar: Grammar) -> None:
        self._grammar = grammar
        self._outer: dict[Node, Scope] = {}  # by node, the scope that it stands in
        self._inner: dict[Node, Scope] = {}  # by node that opens a scope, that scope
        self._meanings: dict[str, _Meanings] = defaultdict(_Meanings)
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
        scope: Scope | None = self._outer[node]
        while scope is not None:
            if found := scope.names.get(node.text):
                return found
            scope = scope.above
        return None

    def _walk(self, tree: Tree) -> Iterator[tuple[Node, Rule, Node]]:
        for node in tree.nodes:
            self._outer[node] = outer = self._inside(node.parent, tree)
            if node.kind in self._grammar.scopes and not self._shared(node):
                self._inner[node] = self._opened(node, outer)
            if node.kind in self._grammar.names:
                yield node, *self._grammar.rule(node)

    def _inside(self, node: Node | None, tree: Tree) -> Scope:
        if node is None:
            scope = Scope(None, 0, 0, len(tree.raw) + 1)
            scope.whole = scope
            return scope
        return self._inner.get(node) or self._outer[node]

    def _opened(self, node: Node, outer: Scope) -> Scope:
        scope = Scope(outer, len(self._inner) + 1, node.start, node.end)
        scope.whole = scope if node.kind in self._grammar.functions else outer.whole
        for name in self._grammar.implied.get(self._grammar.variant(node), ()):
            self._meanings[name].spans.append(_Span(scope.start, scope.number, scope.end, None))
        return scope

    def _shared(self, node: Node) -> bool:
        """Return whether a block has the scope of what it stands in: in Lua `until` sees the names of its block."""
        return node.parent is not None and node.parent.kind == "repeat_statement"

    def _declare(self, node: Node, rule: Rule, owner: Node) -> None:
        scope = self._outer[owner] if rule.outside else self._outer[node]
        if rule.function:
            scope = scope.whole
        start = (owner.end if rule.after else node.start) if self._grammar.ordered else scope.start
        binding = self.bindings[node] = scope.names[node.text] = Binding(node, owner)
        self._meanings[node.text].spans.append(_Span(start, scope.number, scope.end, binding))

    def _resolve(self, node: Node, rule: Rule) -> None:
        meanings = self._meanings.get(node.text)
        span = meanings.at(node.start) if meanings else None
        if span is None:
            self.free.append((node, rule.role))
        elif binding := span.binding:
            self.bindings[node] = binding
            if rule.role is not Role.USE:
                binding.assigned.append(node)
            if rule.role is not Role.ASSIGN:
                binding.used.append(node)
