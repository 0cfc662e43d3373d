"""Nothing is found in what runs well: conformance programs, samples, and blocks of the documentation."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from looking import LANGUAGES, Findings, Parse, line_of, looking, worlds_with
from test_conformance import Watch
from test_docs import PAGES, SUFFIX, read

from llmspell.language import is_test
from llmspell.testing import Probe

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "conformance"
ON_PURPOSE = {
    "functions_as_data", "maps_of_functions", "modules_are_absent", "workflow_graph_errors", "workflow_of_promises",
}  # fmt: skip
"""Programs that make mistakes to catch them, and do not show their messages word for word."""


@pytest.fixture(scope="module")
def finds(parser: Parse) -> dict[str, Findings]:
    """By profile, what finds mistakes in spells that are granted a site."""
    allowed = {"medium": {"net": ["localhost:1"]}, "low": {}}
    return {
        name: looking(worlds_with([Probe, Watch], profile=name, allow=allow), parser) for name, allow in allowed.items()
    }


def language_of(path: Path) -> str:
    return next(language for language, suffix in LANGUAGES.items() if suffix == path.suffix)


def runs_well(path: Path) -> bool:
    told = path.with_suffix(".json")
    expected = json.loads(told.read_text("utf-8")) if told.exists() else {"error": "it is no case"}
    return "error" not in expected | expected.get(language_of(path), {})


LOW = re.compile(r"--trust|--security[ =]low")
PROGRAMS = [path for path in sorted(CASES.rglob("*")) if path.suffix in LANGUAGES.values() and runs_well(path)]


def blocks() -> Iterator[Any]:
    """Yield the spells of the pages, each with its suffix and the profile that its page runs it under."""
    for path in PAGES:
        page = read(path)
        trusted = {name for name in page.files for command in page.commands if name in command and LOW.search(command)}
        spells = {name: text for name, text in page.files.items() if not is_test(name)}
        named = [(Path(name).suffix, text, "low" if name in trusted else "medium") for name, text in spells.items()]
        scripts = [(suffix, text, "medium") for suffix, text in page.scripts]
        for at, (suffix, text, profile) in enumerate([*scripts, *named]):
            if suffix in LANGUAGES.values():
                yield pytest.param(suffix, text, profile, id=f"{path.name}{at}")


def caught(path: Path) -> str:
    """Return what a program is expected to do: one that errs to catch the errors shows their messages."""
    return path.with_suffix(".json").read_text("utf-8").replace('\\"', '"')


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(CASES)))
def test_a_program_that_runs_is_clean_unless_it_errs_on_purpose(path: Path, finds: dict[str, Findings]) -> None:
    profile = "low" if '"profile": "low"' in caught(path) else "medium"
    found = finds[profile](language_of(path), path.read_text("utf-8"))
    found = [error for error in found if error.data["rule"] != "permission"]  # the host of the cases grants
    false = [line_of(error) for error in found if error.message not in caught(path)]
    assert bool(false) == (path.stem in ON_PURPOSE), false


@pytest.mark.parametrize("path", sorted((ROOT / "spells").glob("*.*")), ids=lambda path: path.name)
def test_a_sample_is_clean(path: Path, finds: dict[str, Findings]) -> None:
    assert finds["medium"](language_of(path), path.read_text("utf-8")) == []


@pytest.mark.parametrize(("suffix", "text", "profile"), [*blocks()])
def test_a_block_of_the_documentation_is_clean(
    suffix: str, text: str, profile: str, finds: dict[str, Findings]
) -> None:
    language = next(language for language, each in LANGUAGES.items() if each == suffix)
    found = finds[profile](language, text)
    assert [error for error in found if error.data["rule"] != "permission"] == []  # a page may grant it by a flag


def test_what_errs_on_purpose_is_there() -> None:
    assert {path.stem for path in PROGRAMS} >= ON_PURPOSE
    assert SUFFIX.keys() == {"lua", "js"}
