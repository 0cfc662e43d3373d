"""Turns a module into the body of a function, which is all that the JavaScript engine can run; no line moves.

`export default x` becomes `this.default = x`, which is exactly as long; other exports lose the word and keep their
place. Imports are blanks: what they bind, and what the module exports, is said by a head before the first line.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

ALL = "*"
"""The name of all that a module exports, as an import or a re-export says it."""

_DEFAULT = b"this.default ="
_DECLARED = ("function_expression", "generator_function", "class")
_LANGUAGE = Language(tree_sitter_javascript.language())
_PARSER = Parser(_LANGUAGE)
_PARSER.parse(b"export default 1")  # the first use opens what later uses need
_LOADS = Query(_LANGUAGE, "(call_expression function: (import) @import)")


class Refusal(Exception):
    """A source that cannot run: what is wrong, where, what to do about it, and whether it is a syntax error."""

    def __init__(
        self,
        message: str,
        line: int,
        column: int,
        hint: str | None,
        *,
        syntax: bool = False,
        kind: str = "script",
        file: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.line, self.column, self.hint = message, line, column, hint
        self.syntax, self.kind, self.file = syntax, kind, file


class Binding(NamedTuple):
    """A name that stands for one in another module, and where the source says so."""

    local: str
    specifier: str
    name: str
    line: int
    column: int


@dataclass
class Body:
    """The body of a function that does what a module does, and what the module has to do with others."""

    source: str
    imports: list[Binding] = field(default_factory=list)
    passed: list[Binding] = field(default_factory=list)
    """What it exports of others; `local` is the name under which it does, or `ALL`."""
    exports: dict[str, str] = field(default_factory=dict)
    """By the name that others use, its own name of what it exports."""
    default: bool = False
    """Whether it assigns `this.default`."""
    changing: frozenset[str] = frozenset()
    """Its own names that may get another value."""
    load: str = ""
    """What `import(…)` is called in it."""

    def head(self, live: Collection[str] = ()) -> str:
        """Return what comes before the first line; the imports that are `live` are there already."""
        parts = []
        if names := [each.local for each in self.imports if each.local and each.local not in live]:
            parts.append(f"const{{{','.join(names)}}}=this.given;")
        if self.exports:
            getters = ",".join(f"[{json.dumps(name)}]:()=>{local}" for name, local in self.exports.items())
            parts.append(f"this.names={{__proto__:null,{getters}}};")
        if self.load:
            parts.append(f"const {self.load}=this.load;")
        return "".join(parts)


def rewrite(source: str) -> Body:
    """Return the function body that does what a module does.

    Raises:
        Refusal: the module exports a name that it does not have.
    """
    if "import" not in source and "export" not in source:
        return Body(source)
    return _Rewriter(source).body()


def parsed(source: bytes) -> Node:
    """Return the syntax tree of a module."""
    return _PARSER.parse(source).root_node


class _Rewriter:
    """The edits of one module; each keeps the number of lines."""

    def __init__(self, source: str) -> None:
        self.text = source
        self.source = source.encode()
        self.root = _PARSER.parse(self.source).root_node
        self.result = Body(source)
        self.edits: list[tuple[int, int, bytes]] = []

    def body(self) -> Body:
        for node in self.root.children:
            if node.type == "import_statement":
                self._import(node)
            elif node.type == "export_statement":
                self._export(node)
        if self.root.has_error:
            return self._edited()  # the engine says better what is wrong
        self._name_loads()
        return self._edited()

    # -- imports ------------------------------------------------------------------------------------------------------

    def _import(self, node: Node) -> None:
        specifier, clause = self._specifier(node), _child(node, "import_clause")
        if specifier is None:
            return
        self._blank(node.start_byte, node.end_byte)
        bindings = [] if clause is None else [self._binding(*each, specifier) for each in self._bound(clause)]
        self.result.imports += bindings or [self._binding("", "", node, specifier)]

    def _bound(self, clause: Node) -> Iterator[tuple[str, str, Node]]:
        """Yield what an import binds: its own name, that in the other module, and where it stands."""
        for child in clause.named_children:
            if child.type == "identifier":
                yield self._name(child), "default", child
            elif child.type == "namespace_import":
                yield self._name(child.named_children[-1]), ALL, child
            elif child.type == "named_imports":
                yield from ((alias, name, each) for name, alias, each in self._specifiers(child))

    def _specifiers(self, clause: Node) -> Iterator[tuple[str, str, Node]]:
        """Yield the names and aliases of a clause in braces."""
        for each in clause.named_children:
            name, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
            if name is not None:
                yield self._name(name), self._name(alias or name), each

    def _name_loads(self) -> None:
        """Give every `import(…)` the name of a function, exactly as long, that the source does not use."""
        found = QueryCursor(_LOADS).captures(self.root).get("import", [])
        if found:
            self.result.load = next(name for n in count() if (name := f"_im{n:03}") not in self.text)
            self.edits += [(node.start_byte, node.end_byte, self.result.load.encode()) for node in found]

    # -- exports ------------------------------------------------------------------------------------------------------

    def _export(self, node: Node) -> None:
        word, default, clause = _child(node, "export"), _child(node, "default"), _child(node, "export_clause")
        specifier = self._specifier(node)
        if word is None:
            return
        if specifier is not None:
            self._pass_on(node, clause, specifier)
        elif clause is not None:
            self._blank(node.start_byte, node.end_byte)
            for name, alias, each in self._specifiers(clause):
                self._add_export(alias, name, each)
        elif default is not None:
            self._export_default(node, word, default)
        else:
            self._blank(word.start_byte, word.end_byte)
            declaration = node.child_by_field_name("declaration")
            for name in self._declared_by(declaration) if declaration is not None else ():
                self.result.exports[name] = name

    def _pass_on(self, node: Node, clause: Node | None, specifier: str) -> None:
        """Take `export … from`: nothing of it is a name of this module."""
        self._blank(node.start_byte, node.end_byte)
        space = _child(node, "namespace_export")
        if clause is not None:
            passed = [(alias, name, each) for name, alias, each in self._specifiers(clause)]
        else:
            passed = [(ALL if space is None else self._name(space.named_children[-1]), ALL, node)]
        self.result.passed += [self._binding(*each, specifier) for each in passed]
        self.result.imports.append(self._binding("", "", node, specifier))

    def _add_export(self, alias: str, name: str, node: Node) -> None:
        imported = next((each for each in self._imported if each.local == name), None)
        if imported is not None:
            self.result.passed.append(imported._replace(local=alias))
        elif name in self._declared or self.root.has_error:
            self.result.exports[alias] = name
        else:
            line, column = self._place(node)
            raise Refusal(f"`{name}` is exported, but nothing here is called so", line, column, None, syntax=True)

    def _export_default(self, node: Node, word: Node, default: Node) -> None:
        declared = node.child_by_field_name("declaration")
        name = declared and declared.child_by_field_name("name")
        if name is not None:
            self._blank(word.start_byte, default.end_byte)
            self.result.exports["default"] = self._name(name)
            return
        self.result.default = True
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

    # -- names --------------------------------------------------------------------------------------------------------

    @cached_property
    def _imported(self) -> list[Binding]:
        """All that the module imports, wherever that stands: imports come before everything."""
        found = []
        for node in self.root.children:
            specifier, clause = self._specifier(node), _child(node, "import_clause")
            if node.type == "import_statement" and specifier is not None and clause is not None:
                found += [self._binding(*each, specifier) for each in self._bound(clause)]
        return found

    @cached_property
    def _declared(self) -> dict[str, str]:
        """The names that the module declares outside of all brackets, and by which kind of declaration."""
        found: dict[str, str] = {}
        for node in self.root.children:
            declaration = node.child_by_field_name("declaration") if node.type == "export_statement" else node
            if declaration is not None and declaration.children:
                found |= dict.fromkeys(self._declared_by(declaration), declaration.children[0].type)
        return found

    def _declared_by(self, node: Node) -> Iterator[str]:
        if node.type in ("lexical_declaration", "variable_declaration"):
            for each in node.named_children:
                target = each.child_by_field_name("name")
                if target is not None:
                    yield from self._targets(target)
        elif node.type.endswith("_declaration") and (name := node.child_by_field_name("name")) is not None:
            yield self._name(name)

    def _targets(self, pattern: Node) -> Iterator[str]:
        """Yield the names that a pattern of a declaration binds."""
        if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield self._name(pattern)
            return
        for child in pattern.named_children:
            inner = {"pair_pattern": "value", "object_assignment_pattern": "left", "assignment_pattern": "left"}
            part = child.child_by_field_name(inner[child.type]) if child.type in inner else child
            if part is not None:
                yield from self._targets(part)

    def _name(self, node: Node) -> str:
        text = self._text(node)
        if node.type == "string":
            text = text[1:-1]
        if "\\" in text:
            line, column = self._place(node)
            raise Refusal("a name of a module cannot be written with an escape", line, column, None, syntax=True)
        return text

    def _specifier(self, node: Node) -> str | None:
        source = node.child_by_field_name("source")
        if source is None:
            return None
        try:
            value = json.loads(f'"{self._text(source)[1:-1]}"')
        except ValueError:
            value = self._text(source)[1:-1]
        return str(value)

    def _binding(self, local: str, name: str, node: Node, specifier: str) -> Binding:
        return Binding(local, specifier, name, *self._place(node))

    # -- text ---------------------------------------------------------------------------------------------------------

    def _edited(self) -> Body:
        pieces, at = [], 0
        for start, end, text in sorted(self.edits):
            pieces += [self.source[at:start], text]
            at = end
        self.result.source = b"".join([*pieces, self.source[at:]]).decode()
        self.result.changing = frozenset(name for name, kind in self._declared.items() if kind in ("let", "var"))
        return self.result

    def _blank(self, start: int, end: int) -> None:
        text = self.source[start:end].decode()
        self.edits.append((start, end, "".join(c if c in "\r\n" else " " for c in text).encode()))

    def _text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode()

    def _place(self, node: Node) -> tuple[int, int]:
        row, column = node.start_point
        line_start = node.start_byte - column
        return row + 1, len(self.source[line_start : node.start_byte].decode()) + 1


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.children if child.type == kind), None)
