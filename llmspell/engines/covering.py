"""Puts a call in front of each statement of a script, so that it is known which have run; no line moves."""

from typing import Any, NamedTuple

from tree_sitter import Node

from llmspell.engines.modules import parsed

_BODIES = frozenset(("program", "statement_block", "switch_case", "switch_default"))
_ALONE = frozenset(
    ("if_statement", "else_clause", "for_statement", "for_in_statement", "while_statement", "do_statement")
)
"""What has one statement as its body, in braces or without."""
_SKIPPED = frozenset(
    (
        *("function_declaration", "generator_function_declaration", "import_statement", "empty_statement", "comment"),
        *("statement_block", "hash_bang_line"),
    )
)


class Watched(NamedTuple):
    """A source with calls in it; by line, the column where each call begins, and how many characters it has."""

    source: str
    shifts: dict[int, list[tuple[int, int]]]


def watched(source: str, name: str) -> Watched:
    """Return a source that calls `name(line)` before each of its statements.

    A statement without braces that is the body of another gets them. A source that does not parse stays as it is: the
    engine says what is wrong with it.
    """
    raw = source.encode()
    root = parsed(raw)
    if root.has_error:
        return Watched(source, {})
    pieces, at = [], 0
    shifts: dict[int, list[tuple[int, int]]] = {}
    for offset, line, mark in sorted(_marks(root), key=lambda mark: mark[0]):
        call = mark.format(f"{name}({line});")
        line_start = raw.rfind(b"\n", 0, offset) + 1
        shifts.setdefault(line, []).append((len(raw[line_start:offset].decode()) + 1, len(call)))
        pieces += [raw[at:offset], call.encode()]
        at = offset
    return Watched(b"".join([*pieces, raw[at:]]).decode(), shifts)


def _marks(root: Node) -> list[tuple[int, int, str]]:
    """Return what is put into the source: the offset, the line, and the text, where `{}` is a call.

    Of those at one offset the outer stands first where they begin, and the inner first where they end.
    """
    begins, ends = [], []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if node.type in _BODIES:
            begins += [(each.start_byte, each.start_point[0] + 1, "{}") for each in _statements(node)]
        elif node.type in _ALONE and (body := _alone(node)) is not None:
            begins.append((body.start_byte, body.start_point[0] + 1, "{{{}"))
            last = _last(body)
            ends.append((last.end_byte, last.end_point[0] + 1, "}}"))
    return ends + begins


def _alone(node: Node) -> Node | None:
    """Return the body of a statement, if it is one that runs and has no braces."""
    field = "consequence" if node.type == "if_statement" else "body"
    body = node.named_children[-1] if node.type == "else_clause" else node.child_by_field_name(field)
    return None if body is None or body.type in _SKIPPED else body


def _last(node: Node) -> Node:
    """Return the last word of a statement: a comment behind it may be a part of it, and would hide what follows."""
    while inner := [each for each in node.children if each.type != "comment" and each.end_byte > each.start_byte]:
        node = inner[-1]
    return node


def _statements(body: Node) -> list[Node]:
    """Return what runs in a body one after the other; its directives have to stay first."""
    children = body.named_children
    if body.type in ("switch_case", "switch_default"):
        children = body.children_by_field_name("body")
    found: list[Node] = []
    for node in children:
        if not found and _is_directive(node):
            continue
        if node.type not in _SKIPPED and not (node.type == "export_statement" and not _runs(node)):
            found.append(node)
    return found


def _is_directive(node: Node) -> bool:
    return node.type == "expression_statement" and bool(node.children) and node.children[0].type == "string"


def _runs(node: Node) -> bool:
    """Return whether an `export` does something itself: those that rename or declare functions do not."""
    declared, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
    return value is not None or (declared is not None and declared.type not in _SKIPPED)


def in_all(rest: list[Any]) -> bool:
    """Return whether the surface of a run asks for coverage."""
    surface = rest[3]
    return isinstance(surface, dict) and surface.get("features", {}).get("coverage") is True
