"""What the nodes of a language mean, as data: the analysis knows no language but through this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from llmspell.check.tree import Node


class Role(Enum):
    """What a name does where it stands."""

    USE = "use"
    DECLARE = "declare"
    ASSIGN = "assign"
    BOTH = "use and assign"
    WORD = "no variable: a key, a label"


@dataclass(frozen=True)
class Rule:
    """What a name does that stands in a field of a node.

    Args:
        role: what it does.
        outside: the name belongs to the scope around the node, not to the one that the node opens.
        function: the name belongs to the whole function.
        after: where the order counts, the name is there from the end of the node on, and not from itself on.
    """

    role: Role
    outside: bool = False
    function: bool = False
    after: bool = False


USED = Rule(Role.USE)


@dataclass(frozen=True)
class Grammar:
    """The facts of one language. Nodes are told by their kinds, and children by their fields."""

    language: str
    names: frozenset[str]
    """Nodes that are names of variables, or look like one."""
    rules: Mapping[tuple[str, str], Rule]
    """By parent, with its variant, and field (an empty one is every field); a name under no rule is used."""
    variants: Mapping[str, Callable[[Node], str]]
    """What tells nodes of one kind apart."""
    patterns: Mapping[str, str]
    """Nodes between a name and what declares it, and the field in which names stand (empty: all of them)."""
    scopes: frozenset[str]
    functions: frozenset[str]
    """Scopes that are whole functions."""
    implied: Mapping[str, frozenset[str]]
    """Names that are there inside of a kind of node without being declared."""
    ordered: bool
    """Whether a name is there only after its declaration."""
    calls: Mapping[str, tuple[str, str]]
    """Calls, with the fields of the function and the arguments."""
    members: Mapping[str, tuple[str, str]]
    """Accesses to a member, with the fields of the object and the member."""
    computed: frozenset[str]
    """Those of them whose member is an expression."""
    brackets: frozenset[str]
    """Parentheses."""
    strings: frozenset[str]
    numbers: frozenset[str]
    constants: Mapping[str, object]
    tables: frozenset[str]
    lists: frozenset[str]
    entries: Mapping[str, tuple[str, str]]
    """Entries of tables that have a key and a value, with the fields of both."""
    lambdas: frozenset[str]
    """Functions that are values."""
    spread: frozenset[str]
    """Arguments that stand for any number of arguments."""
    everywhere: frozenset[str]
    """Members that every object has."""

    def variant(self, node: Node) -> str:
        """Return the kind of a node with its variant."""
        told = self.variants.get(node.kind)
        return f"{node.kind} {told(node)}".rstrip() if told else node.kind

    def rule(self, node: Node) -> tuple[Rule, Node]:
        """Return what a name does, and the node that makes it do so."""
        field, above = node.field, node.parent
        while above is not None and above.kind in self.patterns:
            if self.patterns[above.kind] not in ("", field):
                return USED, node
            field, above = above.field, above.parent
        if above is None:
            return USED, node
        kind = self.variant(above)
        return self.rules.get((kind, field)) or self.rules.get((kind, ""), USED), above

    def bare(self, node: Node | None) -> Node | None:
        """Return what stands in parentheses."""
        while node is not None and node.kind in self.brackets and len(node.children) == 1:
            node = node.children[0]
        return node

    def consumer(self, node: Node) -> tuple[Node | None, str]:
        """Return the node that a value goes to, and in which field, past parentheses."""
        field, above = node.field, node.parent
        while above is not None and above.kind in self.brackets:
            field, above = above.field or field, above.parent
        return above, field
