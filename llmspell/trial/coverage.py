"""Coverage: which statements of the spells of a project have run."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from llmspell.bridge.op import Global, op
from llmspell.bundle import Bundle
from llmspell.check.desk import Source, read_all
from llmspell.check.tree import Node, Tree
from llmspell.context import Context

_LUA = frozenset(
    (
        *("variable_declaration", "assignment_statement", "function_call", "if_statement", "while_statement"),
        *("repeat_statement", "for_statement", "return_statement", "break_statement", "goto_statement"),
    )
)
_JAVASCRIPT_BODIES = frozenset(("program", "statement_block", "switch_case", "switch_default"))
_BODIES = frozenset(("body", "consequence"))
_ALONE = frozenset(("if_statement", "for_statement", "for_in_statement", "while_statement", "do_statement"))
_SKIPPED = frozenset(
    (
        *("function_declaration", "generator_function_declaration", "import_statement", "empty_statement", "comment"),
        *("statement_block", "hash_bang_line", "break_statement"),
    )
)
_LUA_BODIES = frozenset(("chunk", "block"))


@dataclass(frozen=True)
class Share:
    """How much of a file has run: its statements by the lines on which they begin."""

    file: str
    lines: tuple[int, ...]
    missing: tuple[int, ...]

    @property
    def percent(self) -> float:
        """How many of a hundred lines have run; all, where there are none."""
        return 100 * (1 - len(self.missing) / len(self.lines)) if self.lines else 100.0

    @property
    def gaps(self) -> str:
        """The lines that have not run: `3, 7-9`."""
        return ", ".join(first if first == last else f"{first}-{last}" for first, last in self._ranges())

    def _ranges(self) -> Iterator[tuple[str, str]]:
        missing = set(self.missing)
        begun: int | None = None
        last = 0
        for line in self.lines:
            if line in missing:
                begun, last = begun or line, line
            elif begun is not None:
                yield str(begun), str(last)
                begun = None
        if begun is not None:
            yield str(begun), str(last)


@dataclass
class Ledger:
    """What has run in all tests: by the path of each file."""

    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The language and the text of each file."""
    ran: dict[str, set[int]] = field(default_factory=dict)

    def begin(self, bundle: Bundle, besides: Collection[str] = ()) -> None:
        """Take note of the files of a run, but for some."""
        for each in (bundle.spell, *bundle.modules):
            if each.language != "json" and each.path not in besides:
                self.sources[each.path] = (each.language, each.source)

    def add(self, file: str, lines: Iterable[int]) -> None:
        """Take note of lines that have run; what names no file of a run is left out."""
        if file in self.sources:
            most = self.sources[file][1].count("\n") + 1
            self.ran.setdefault(file, set()).update(line for line in lines if 0 < line <= most)

    async def shares(self) -> list[Share]:
        """Return how much of each file has run, by the order of their paths.

        Raises:
            SpellError: no worker can be started that reads them.
        """
        sources = [Source(file, language, text) for file, (language, text) in sorted(self.sources.items())]
        await read_all(sources)
        return [self._share(each, each.tree) for each in sources if each.tree is not None]

    def _share(self, source: Source, tree: Tree) -> Share:
        ran = self.ran.get(source.name, set())
        found: dict[int, bool] = {}
        for node in tree.nodes:
            if _counts(source.language, node):
                first, last = node.place.line, tree.place(max(node.start, node.end - 1)).line
                found[first] = found.get(first, False) or any(first <= line <= last for line in ran)
        missing = tuple(line for line in sorted(found) if not found[line])
        return Share(source.name, tuple(sorted(found)), missing)


def _counts(language: str, node: Node) -> bool:
    """Return whether a node is a statement that leaves a trace when it runs."""
    if node.parent is None or node.kind in _SKIPPED:
        return False
    if language == "lua":
        return (
            node.parent.kind in _LUA_BODIES
            and node.kind in _LUA
            and (node.kind != "variable_declaration" or any(c.kind == "assignment_statement" for c in node.children))
        )
    if not _is_inside(node, node.parent) or not (node.kind.endswith(("_statement", "_declaration"))):
        return False
    if node.kind == "export_statement":
        return not _declares_nothing(node)
    return [child.kind for child in node.children] != ["string"]  # `"use strict"`


def _is_inside(node: Node, parent: Node) -> bool:
    """Return whether a node stands where JavaScript has statements: among others, or alone as the body of one."""
    alone = parent.kind == "else_clause" or (parent.kind in _ALONE and node.field in _BODIES)
    return alone or parent.kind in _JAVASCRIPT_BODIES


def _declares_nothing(node: Node) -> bool:
    """Return whether an `export` only names what is elsewhere, or declares a function."""
    declared, value = node["declaration"], node["value"]
    return value is None and (declared is None or declared.kind in _SKIPPED)


def covering(ledger: Ledger) -> type[Global]:
    """Return the global by which workers tell what has run."""

    class Coverage(Global):
        """Tell which lines have run."""

        name = ""
        context: Context

        @op(notify=True, effect="local")
        async def _covered(self, file: str, lines: list[int]) -> None:
            """Take note of lines that have run.

            Args:
                file: the file.
                lines: its lines.
            """
            ledger.add(file, lines)

    return Coverage
