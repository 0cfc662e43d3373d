"""The laws of the house that no linter knows: sizes, names, pairs, and what every change must bring along."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest

import llmspell
from llmspell.errors import KINDS

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "llmspell").rglob("*.py"))
GUEST = [p for p in sorted((ROOT / "bridge").rglob("*.*")) if not p.name.startswith("llmspell.")]  # generated
OURS = [*PACKAGE, *sorted((ROOT / "benchmarks").rglob("*.py")), *GUEST]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

VAGUE = {"base_utils", "common", "core", "handlers", "helpers", "manager", "misc", "util", "utils"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError|xfail|mark\.skip\w*|pytest\.skip)\b")
HEAVY = {"anthropic", "asyncio", "click", "httpx", "httpx2", "msgspec", "openai", "pydantic", "pydantic_ai"}


def lengths() -> Iterator[tuple[int, str]]:
    """Yield the lines of each function of the package, and where it is."""
    for path in PACKAGE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_no_file_is_longer_than_400_lines() -> None:
    long = {path.relative_to(ROOT): n for path in OURS if (n := len(path.read_text("utf-8").splitlines())) > 400}
    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    assert [(lines, where) for lines, where in lengths() if lines > 60] == []


def test_most_functions_are_small() -> None:
    tenths = quantiles((lines for lines, _ in lengths()), n=10)
    assert tenths[4] <= 9, "half of all functions have at most 9 lines"
    assert tenths[8] <= 30, "nine in ten functions have at most 30 lines"


def test_modules_are_named_after_things() -> None:
    assert [path for path in OURS if path.stem in VAGUE or path.parent.name in VAGUE] == []


def test_nothing_is_left_unfinished() -> None:
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts]
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in [*OURS, *tests]
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_every_sample_comes_in_both_languages() -> None:
    spells = ROOT / "spells"
    lua, javascript = ({path.stem for path in spells.glob(f"*.{suffix}")} for suffix in ("lua", "js"))
    assert lua == javascript
    assert {"hello", "summarise", "panel"} <= lua


def test_every_security_profile_says_the_same_things() -> None:
    keys = {}
    for path in (ROOT / "security_profiles").glob("*.toml"):
        profile = tomllib.loads(path.read_text("utf-8"))
        keys[path.stem] = {(name, key) for name in profile.keys() - {"about"} for key in profile[name]}
    assert {"low", "medium", "high"} <= keys.keys()
    assert [name for name in keys if keys[name] != keys["high"]] == []


@pytest.mark.parametrize(
    ("path", "begins", "ends"),
    [
        ("bridge/lua/faults.lua", "for kind in", ', "%S+"'),
        ("bridge/javascript/faults.js", "const KINDS", ");"),
        ("bridge/header.d.ts", "type Kind", ";"),
    ],
)
def test_the_kinds_of_errors_are_the_same_everywhere(path: str, begins: str, ends: str) -> None:
    _, _, rest = (ROOT / path).read_text("utf-8").partition(begins)
    texts = re.findall(r'"([^"]*)"', rest.partition(ends)[0])
    assert [kind for text in texts for kind in text.split()] == list(KINDS)


def test_every_dependency_has_its_reason_in_the_architecture() -> None:
    names = [re.split(r"[^\w-]", need)[0] for need in PROJECT["project"]["dependencies"]]
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []


def test_a_change_is_recorded_in_a_file_of_its_own() -> None:
    names = {path.name for path in (ROOT / "changes").iterdir()} - {"README.md"}
    assert [name for name in names if not re.fullmatch(r"\d+\.(added|changed|fixed|removed|security)\.md", name)] == []


def test_every_word_of_the_makefile_is_in_the_guide() -> None:
    (words,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [word for word in words.split() if f"`make {word}`" not in guide] == []


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    assert [name for name in llmspell.__all__ if not getattr(llmspell, name).__doc__] == []


@pytest.mark.parametrize(
    "module", ["llmspell", "llmspell.worker.__main__", "llmspell.engines.lua", "llmspell.host.launcher"]
)
def test_what_a_worker_imports_is_light(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()
