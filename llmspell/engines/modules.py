"""Turns a module into the body of a function, which is all that the JavaScript engine can run; no line moves.

`export default x` becomes `this.default = x`, which is exactly as long; other exports lose the word and keep their
place. What cannot be written where it stands, because it would move what follows, comes after the last line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_DEFAULT = b"this.default ="
_DECLARED = ("function_expression", "generator_function", "class")
_PARSER = Parser(Language(tree_sitter_javascript.language()))
_PARSER.parse(b"export default 1")  # the first use opens what later uses need


class Refusal(Exception):
    """A source that cannot run: what is wrong, where, what to do about it, and whether it is a syntax error."""

    def __init__(self, message: str, line: int, column: int, hint: str | None, *, syntax: bool = False) -> None:
        super().__init__(message)
        self.message, self.line, self.column, self.hint, self.syntax = message, line, column, hint, syntax


class Body(NamedTuple):
    """The body of a function, and what runs after it."""

    source: str
    tail: str


def rewrite(source: str) -> Body:
    """Return the function body that does what a module does.

    Raises:
        Refusal: the module imports something.
    """
    if "import" not in source and "export" not in source:
        return Body(source, "")
    return _Rewriter(source.encode()).body()


@dataclass
class _Rewriter:
    """The edits of one module; each keeps the number of lines."""

    source: bytes
    tail: list[str] = field(default_factory=list)
    edits: list[tuple[int, int, bytes]] = field(default_factory=list)

    def body(self) -> Body:
        for node in _PARSER.parse(self.source).root_node.children:
            if node.type == "import_statement":
                raise self._refused("import", node)
            if node.type == "export_statement":
                self._export(node)
        return Body(self._edited().decode(), "".join(self.tail))

    def _export(self, node: Node) -> None:
        word, default, clause = _child(node, "export"), _child(node, "default"), _child(node, "export_clause")
        if node.child_by_field_name("source") or word is None:
            raise self._refused("export … from", node)
        if clause is not None:
            self._blank(node.start_byte, node.end_byte)
            self.tail += [f"this.default={name};" for name in self._defaults(clause)]
        elif default is not None:
            self._export_default(node, word, default)
        else:
            self._blank(word.start_byte, word.end_byte)

    def _export_default(self, node: Node, word: Node, default: Node) -> None:
        declared = node.child_by_field_name("declaration")
        name = declared and declared.child_by_field_name("name")
        if name is not None:
            self._blank(word.start_byte, default.end_byte)
            self.tail.append(f"this.default={self._text(name)};")
            return
        between = self.source[word.end_byte : default.start_byte]
        self.edits.append((word.start_byte, default.end_byte, _DEFAULT + b"\n" * between.count(b"\n")))
        self._terminate(node.child_by_field_name("value"))

    def _terminate(self, value: Node | None) -> None:
        """End the assignment of a function or a class where it ends; the `;` takes the place of a blank, if it can.

        After `export default` they are declarations; as values, a bracket on the next line would call them.
        """
        while value is not None and value.type not in _DECLARED:
            value = value.children[0] if value.children else None
        block = value and value.child_by_field_name("body")
        if block is not None:
            end = block.end_byte
            blank = self.source[end : end + 1] in (b" ", b"\t")
            self.edits.append((end, end + blank, b";"))

    def _defaults(self, clause: Node) -> Iterator[str]:
        for specifier in clause.named_children:
            alias = specifier.child_by_field_name("alias")
            name = specifier.child_by_field_name("name")
            if alias is not None and name is not None and self._text(alias).strip("'\"") == "default":
                yield self._text(name)

    def _blank(self, start: int, end: int) -> None:
        text = self.source[start:end].decode()
        self.edits.append((start, end, "".join(c if c in "\r\n" else " " for c in text).encode()))

    def _edited(self) -> bytes:
        pieces, at = [], 0
        for start, end, text in sorted(self.edits):
            pieces += [self.source[at:start], text]
            at = end
        return b"".join([*pieces, self.source[at:]])

    def _text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode()

    def _refused(self, word: str, node: Node) -> Refusal:
        row, column = node.start_point
        line_start = node.start_byte - column
        column = len(self.source[line_start : node.start_byte].decode())
        hint = "what llmspell offers is global; code of your own goes into this file"
        return Refusal(f"`{word}` is not supported: a spell is one file", row + 1, column + 1, hint)


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.children if child.type == kind), None)
