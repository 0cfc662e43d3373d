"""The syntax tree of a source, made from the numbers that a worker sends; it is the same for both languages."""

from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from llmspell.errors import Place, ProtocolError

MOST_NODES = 500_000
"""Nodes of a source that is looked into; one of 1 MiB that somebody wrote has half as many."""


class Answer(msgspec.Struct):
    """What a worker says of one source (`engines/trees.py`)."""

    words: list[str]
    nodes: list[int]
    broken: bool


class Node:
    """A piece of the source, what it is, and what it is to its parent."""

    __slots__ = ("children", "end", "field", "kind", "parent", "start", "tree")

    def __init__(self, tree: "Tree", kind: str, start: int, end: int, field: str) -> None:
        self.tree = tree
        self.kind = kind
        self.start = start
        self.end = end
        self.field = field
        self.parent: Node | None = None
        self.children: list[Node] = []

    def __getitem__(self, field: str) -> "Node | None":
        return next((child for child in self.children if child.field == field), None)

    def all(self, field: str) -> "list[Node]":
        """Return the children of a field."""
        return [child for child in self.children if child.field == field]

    @property
    def text(self) -> str:
        """The piece of the source."""
        return self.tree.raw[self.start : self.end].decode(errors="replace")

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.tree.place(self.start)

    def has(self, kind: str) -> bool:
        """Return whether a child is of a kind: whether a function is `async`."""
        return any(child.kind == kind for child in self.children)

    def above(self) -> "Iterator[Node]":
        """Yield what it stands in, innermost first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


class Tree:
    """All nodes of a source, each before what stands in it."""

    def __init__(self, source: str, file: str, body: bytes) -> None:
        """Read what a worker answered.

        Raises:
            ProtocolError: the answer is none: whoever is in the worker, it is not our parser.
        """
        self.source = source
        self.raw = source.encode()
        self.file = file
        self._lines = [0]
        for line in self.raw.split(b"\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        try:
            answer = msgspec.json.decode(body, type=Answer)
            self.nodes = list(self._read(answer)) if len(answer.nodes) <= 5 * MOST_NODES else []
        except (msgspec.MsgspecError, IndexError, ValueError) as error:
            raise ProtocolError(f"the worker answered with no syntax tree: {type(error).__name__}") from None
        self.broken = answer.broken
        self.too_large = bool(answer.nodes) and not self.nodes

    def place(self, offset: int) -> Place:
        """Return the line and column of an offset in bytes."""
        line = bisect_right(self._lines, offset, hi=len(self._lines) - 1)
        before = self.raw[self._lines[line - 1] : offset].decode(errors="replace")
        return Place(self.file, line, len(before) + 1)

    def _read(self, answer: Answer) -> Iterator[Node]:
        nodes: list[Node] = []
        numbers = iter(answer.nodes)
        for kind, start, end, parent, field in zip(*[numbers] * 5, strict=True):
            known = parent == -1 if not nodes else 0 <= parent < len(nodes)
            if not (known and 0 <= start <= end <= len(self.raw) and kind >= 0 <= field):
                raise ValueError
            node = Node(self, answer.words[kind], start, end, answer.words[field])
            if nodes:
                node.parent = nodes[parent]
                node.parent.children.append(node)
            nodes.append(node)
            yield node
