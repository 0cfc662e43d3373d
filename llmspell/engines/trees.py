"""The engine that runs nothing: it reads a source and answers with its syntax tree, as plain numbers and words.

It is an engine so that the parsers, which are native code, meet a stranger's text only in a locked worker.
"""

import json
from typing import Any, Self

import tree_sitter_javascript
import tree_sitter_lua
from tree_sitter import Language, Node, Parser, TreeCursor

_PARSERS = {
    "lua": Parser(Language(tree_sitter_lua.language())),
    "javascript": Parser(Language(tree_sitter_javascript.language())),
}
for _parser in _PARSERS.values():
    _parser.parse(b"f(1)")  # the first use opens what later uses need


class TreeEngine:
    """Answers `{"language", "source"}` with `{"words", "nodes", "broken"}`.

    `nodes` has five numbers for each node, parents first: which of the `words` is its kind, where it starts and ends in
    the bytes of the source, the number of its parent (-1 for the root), and which of the `words` is its field there.

    Args:
        jit: of no meaning here; engines are made alike.
        codegen: of no meaning here.
    """

    more = False

    def __init__(self, *, jit: bool = True, codegen: bool = True) -> None: ...

    def limit(self, memory: int) -> None:
        """Do nothing: the worker's own limit is what holds."""

    def step(self, frame: bytes) -> bytes:
        """Return the tree of one source."""
        try:
            request = json.loads(frame)
            return json.dumps(_tree(request["language"], request["source"].encode())).encode()
        except Exception as error:
            return json.dumps({"error": type(error).__name__}).encode()

    def interrupt(self) -> bool:
        """Return False: the host ends a worker that takes too long."""
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...


def _tree(language: str, source: bytes) -> dict[str, Any]:
    tree = _PARSERS[language].parse(source)
    words: dict[str, int] = {"": 0}
    nodes: list[int] = []
    parents = [-1]  # the numbers of the open nodes
    cursor = tree.walk()
    while (node := cursor.node) is not None:
        if node.is_named or cursor.field_name or node.type.isalpha():  # the rest is brackets and commas
            _add(nodes, words, parents[-1], node, cursor.field_name or "")
        parents.append(len(nodes) // 5 - 1)
        if not cursor.goto_first_child() and not _next(cursor, parents):
            break
    return {"words": list(words), "nodes": nodes, "broken": tree.root_node.has_error}


def _add(nodes: list[int], words: dict[str, int], parent: int, node: Node, field: str) -> None:
    kind = words.setdefault(node.type, len(words))
    nodes += (kind, node.start_byte, node.end_byte, parent, words.setdefault(field, len(words)))


def _next(cursor: TreeCursor, parents: list[int]) -> bool:
    """Go to the node that follows, with the open nodes kept in step; False after the last."""
    while True:
        parents.pop()
        if cursor.goto_next_sibling():
            return True
        if not cursor.goto_parent():
            return False
