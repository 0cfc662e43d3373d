"""The syntax tree that crosses from a worker: what it says, and that a worker cannot lie with it."""

import json

import pytest
from looking import Parse

from llmspell.check.desk import Source
from llmspell.check.languages import GRAMMARS
from llmspell.check.scopes import Scopes
from llmspell.check.tree import Tree
from llmspell.errors import Place, ProtocolError


def test_places_count_characters_and_not_bytes(parser: Parse) -> None:
    tree = parser(Source("x.lua", "lua", "local ä = 'ö', x\n  print('…', y)"))
    (name,) = [node for node in tree.nodes if node.text == "y"]
    assert name.place == Place("x.lua", 2, 14)


def test_a_deep_source_is_read_without_recursion(parser: Parse) -> None:
    deep = parser(Source("x.js", "javascript", "f" + "(f" * 20_000 + ")" * 20_000))
    chain = parser(Source("x.js", "javascript", "a" + ".b()" * 20_000))
    assert len(deep.nodes) > 20_000 < len(chain.nodes)
    assert [node.text for node, _ in Scopes(chain, GRAMMARS["javascript"]).free] == ["a"]


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"[]", b'{"error": "MemoryError"}', b'{"words": [], "nodes": [0, 0, 0, -1, 0], "broken": false}',
        b'{"words": [""], "nodes": [0, 0, 0, -1], "broken": false}',
        b'{"words": [""], "nodes": [0, 0, 9, -1, 0], "broken": false}',
        b'{"words": [""], "nodes": [0, 0, 0, 0, 0], "broken": false}',
        b'{"words": [""], "nodes": [0, 0, 0, -1, 0, 0, 0, 0, 1, 0], "broken": false}',
        b'{"words": [""], "nodes": [0, 0, 0, -1, 0, 0, 0, 0, -1, 0], "broken": false}',
        b'{"words": [""], "nodes": [-1, 0, 0, -1, 0], "broken": false}',
        b'{"words": [""], "nodes": [0, 2, 1, -1, 0], "broken": false}',
    ],
)  # fmt: skip
def test_a_worker_that_answers_no_tree_is_not_believed(answer: bytes) -> None:
    with pytest.raises(ProtocolError):
        Tree("text", "x.lua", answer)


def test_a_source_with_too_many_nodes_is_not_taken_in() -> None:
    nodes = [0, 0, 0, -1, 0] + [0, 0, 0, 0, 0] * 500_000
    tree = Tree("", "x.lua", json.dumps({"words": [""], "nodes": nodes, "broken": False}).encode())
    assert tree.too_large
    assert tree.nodes == []
