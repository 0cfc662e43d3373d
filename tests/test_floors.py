"""The law of the floors: imports run downwards, and host and guest share only the ground.

`FAULTS` plants one fault against each law, so that no law can rot into one that passes everything.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VERSION = "llmspell.__version__"  # the one name that the package's own face holds itself

HOST_HOUSE = (
    "errors _package protocol __version__",
    "clerk wording messages project secrets threads",
    "data durations files hints lexis money place quota report template",
    "toml",
    "sections",
    "language literals notation models question security state journal vault",
    "options bridge imports library remembered settings web",
    "manifest surroundings",
    "context spell story",
    "bundle globals policy repertoire",
    "host",
    "check testing",
    "trial",
    "cli",
    "llmspell __main__",
)
GUEST_HOUSE = ("engines", "worker")
"""The rooms of each house, lowest floor first: a room is a module or a package below `llmspell`."""

SHARED = {"_package", "protocol"}
"""All that the guest uses of the ground floor that it shares with the host."""

INSIDE_FUNCTIONS = {
    ("_package", "?"): "modules that register by being there have no names in the code",
    ("cli", "__version__"): "it is told without loading anything else",
    ("cli", "cli"): "a worker is started before anything heavy is imported",
    ("cli", "?"): "a command is imported when it is used",
    ("engines", "?"): "an engine is loaded by name",
    ("globals", "web"): "the HTTP library takes 30 ms to import, which only a spell that speaks HTTP pays",
    ("journal", "cryptography"): "an extra, which only a journal that is encrypted needs",
    ("journal", "keyring"): "an extra too, and it asks the system",
    ("llmspell", "?"): "a public name is imported when it is used, so that a worker stays light",
    ("security", "ctypes"): "what calls the kernel takes 2 ms, which only a run pays that opens many files",
    ("models", "?"): "the libraries of models take a second to import, in a thread and only when a spell asks",
}
"""(room, the room or library that it imports inside a function, `?` if the name is computed): why it must."""

ONLY_IN = {
    "click": {"cli"},
    "cryptography": {"journal"},
    "httpcore2": {"web"},
    "keyring": {"journal"},
    "lupa": {"engines"},
    "py_mini_racer": {"engines"},
    "pydantic_ai": {"models"},
    "watchfiles": {"cli"},
}
"""Foreign libraries that one room hides from all others."""

FLOOR = {
    name: level for house in (HOST_HOUSE, GUEST_HOUSE) for level, names in enumerate(house) for name in names.split()
}
GUESTS = set(" ".join(GUEST_HOUSE).split())


@dataclass(frozen=True)
class Arrow:
    """One import: which module imports what, on which line, and whether inside a function."""

    module: str
    target: str
    line: int
    inside: bool

    @property
    def room(self) -> str:
        return room(self.module)

    @property
    def ours(self) -> bool:
        return self.target.split(".")[0] == "llmspell"

    @property
    def to(self) -> str:
        """The room that it leads to, or the foreign library."""
        return room(self.target) if self.ours else self.target.split(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def room(module: str) -> str:
    """Return the room of a module; the face of the package and its `__main__` are rooms too."""
    return module.split(".")[1] if "." in module else module


def targets(node: ast.AST, known: Mapping[str, str]) -> list[str]:
    """Return what a node imports, be it by a statement or by a function; `?` for a computed name."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            assert level == 0, f"line {node.lineno}: write the import in full"
            inner = [f"{module}.{alias.name}" for alias in names]
            return [name if name in known or name == VERSION else str(module) for name in inner]
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[name, *_],
        ):
            return [str(name.value) if isinstance(name, ast.Constant) else "?"]
    return []


@cache
def imports(source: str) -> list[tuple[ast.AST, bool]]:
    """Return what may import something in a source, and whether it stands inside a function."""
    found: list[tuple[ast.AST, bool]] = []

    def walk(node: ast.AST, inside: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom | ast.Call):
                found.append((child, inside))
            walk(child, inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))

    walk(ast.parse(source), inside=False)
    return found


def arrows(modules: Mapping[str, str]) -> Iterator[Arrow]:
    """Yield every import of every module, those under `TYPE_CHECKING` too."""
    for module, source in modules.items():
        for node, inside in imports(source):
            for target in targets(node, modules):
                yield Arrow(module, target, node.lineno, inside)  # type: ignore[attr-defined]


def homeless(modules: Mapping[str, str]) -> list[str]:
    """Find rooms that stand on no floor."""
    return [f"{module} stands on no floor of the table" for module in modules if room(module) not in FLOOR]


def upward(modules: Mapping[str, str]) -> list[str]:
    """Find imports within a house that leave their room and do not run to a lower floor."""
    return [
        f"{arrow}, which is not below it"
        for arrow in arrows(modules)
        if arrow.ours
        and arrow.room != arrow.to
        and (arrow.room in GUESTS) == (arrow.to in GUESTS)
        and FLOOR.get(arrow.room, 0) <= FLOOR.get(arrow.to, 0)
    ]


def trespassing(modules: Mapping[str, str]) -> list[str]:
    """Find imports from one house into the other; only the test kit may hold both."""
    return [
        f"{arrow}, which is in the other house"
        for arrow in arrows(modules)
        if arrow.ours
        and (
            arrow.to not in GUESTS | SHARED if arrow.room in GUESTS else arrow.to in GUESTS and arrow.room != "testing"
        )
    ]


def circles(modules: Mapping[str, str]) -> list[str]:
    """Find a circle of modules, if there is one."""
    graph: dict[str, set[str]] = {}
    for arrow in arrows(modules):
        graph.setdefault(arrow.module, set()).add(arrow.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" <- ".join(error.args[1])]
    return []


def hidden(modules: Mapping[str, str]) -> list[str]:
    """Find imports inside functions for which the table has no reason."""
    return [
        f"{arrow} inside a function"
        for arrow in arrows(modules)
        if arrow.inside and (arrow.room, arrow.to) not in INSIDE_FUNCTIONS
    ]


def strays(modules: Mapping[str, str]) -> list[str]:
    """Find foreign libraries outside the one room that hides them."""
    return [
        f"{arrow}, which is not its to import"
        for arrow in arrows(modules)
        if arrow.room not in ONLY_IN.get(arrow.to, {arrow.room})
    ]


@pytest.fixture(scope="module")
def house() -> dict[str, str]:
    """Return the source of every module of the package by its dotted name."""
    found = {}
    for path in sorted((ROOT / "llmspell").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path.read_text("utf-8")
    return found


LAWS = [homeless, upward, trespassing, circles, hidden, strays]
FAULTS = [
    (homeless, "llmspell.attic", ""),
    (upward, "llmspell.errors", "from llmspell import messages"),
    (
        upward,
        "llmspell.errors",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import llmspell.host",
    ),
    (upward, "llmspell.security", "from llmspell.security import Profile\nfrom llmspell import manifest"),
    (upward, "llmspell.host.run", "from llmspell import Host"),
    (upward, "llmspell.engines.lua", "import llmspell.worker"),
    (trespassing, "llmspell.worker.__main__", "from llmspell.messages import decode"),
    (trespassing, "llmspell.host.process", "from llmspell.engines.base import Engine"),
    (circles, "llmspell.errors", "from llmspell.errors import Kind"),
    (hidden, "llmspell.spell", "def load():\n    import json"),
    (hidden, "llmspell.spell", "async def load():\n    return [importlib.import_module('json')]"),
    (strays, "llmspell.host.run", "from pydantic_ai.models import Model"),
]


@pytest.mark.parametrize("law", LAWS)
def test_the_house_keeps(law: Callable[[Mapping[str, str]], list[str]], house: dict[str, str]) -> None:
    assert law(house) == []


@pytest.mark.parametrize(("law", "module", "source"), FAULTS)
def test_a_planted_fault_is_caught(
    law: Callable[[Mapping[str, str]], list[str]], module: str, source: str, house: dict[str, str]
) -> None:
    (fault,) = set(law(house | {module: source})) - set(law(house))
    assert module in fault


def test_every_excuse_for_a_hidden_import_is_still_needed(house: dict[str, str]) -> None:
    used = {(arrow.room, arrow.to) for arrow in arrows(house) if arrow.inside}
    assert used >= INSIDE_FUNCTIONS.keys()
