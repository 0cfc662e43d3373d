"""Spells that are written to keep the check busy, or to bury whoever reads what it says."""

from pathlib import Path
from typing import Any

import pytest
from commandline import Command
from looking import Findings, line_of

from llmspell.check.grants import Wishes
from llmspell.check.review import MOST
from llmspell.report import WIDTH, render

pytestmark = pytest.mark.timeout(30)
QUIET = [
    ("javascript", "var x=x;\n" * 20_000),
    ("javascript", "let y;" + "{" * 1_400 + "y;" * 20_000 + "}" * 1_400),
    ("javascript", "const a = spell({ params: { q: 1 } });\n" + "a.x;\n" * 10_000 + "(() => {})(a);\n"),
    ("javascript", "Math.foo = () => 1;\n" + "Math.foo();\n" * 10_000),
    ("javascript", "const t = [" + "0," * 20_000 + "];\n" + "print(t);\nJson.encode(t);\n" * 5_000),
    ("javascript", 'const t = "' + "0\\n" * 30_000 + '";\n' + "Json.encode(t);\n" * 5_000),
]
"""What is no mistake, and takes long to a search that goes over everything for each name."""


@pytest.mark.parametrize(("language", "text"), QUIET, ids=range(len(QUIET)))
def test_much_of_the_same_is_looked_through_once(found_in: Findings, language: str, text: str) -> None:
    assert [line_of(error) for error in found_in(language, text)] == []


def test_a_host_that_is_named_again_and_again_is_judged_once(
    found_in: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    refuses = Wishes.refuses

    def judge(wishes: Wishes, kind: str, value: str, *more: Any, **how: Any) -> bool:
        judged.append(value)
        return refuses(wishes, kind, value, *more, **how)

    monkeypatch.setattr(Wishes, "refuses", judge)
    found = found_in("javascript", 'const t = "http://nowhere/";\n' + "await Http.get(t);\n" * 50)
    assert judged == ["http://nowhere/"]
    assert [error.data["rule"] for error in found] == ["permission"] * 50


def test_a_call_with_many_mistakes_is_told_a_few_of_them(look) -> None:
    options = ", ".join(f"o{number} = 1" for number in range(5_000))
    found = look("lua", f'ask("x", {{ {options} }})')
    assert len(found) == 10
    assert all("arguments: ask has no option `o" in line for line in found)


def test_a_promise_under_a_name_is_told_of_once(look) -> None:
    (found,) = look("javascript", "const p = ask('x');\n" + "p.text;\n" * 5_000)
    assert "missing `await` before ask(…)" in found


def test_a_long_name_does_not_make_a_long_message(found_in: Findings) -> None:
    (found,) = found_in("lua", f"print({'x' * 100_000})\n")
    assert len(found.message) == 500


FLOODS = {
    "lines.lua": "b()\n" * 20_000,
    "line.lua": "f(b);" * 20_000,
    "line.js": "f(b);" * 20_000,
    "deep.js": "{" * 1_400 + "y;" * 20_000 + "}" * 1_400,
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_mistakes_is_told_in_part(llmspell: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FLOODS[name])
    done = llmspell("check", name)
    assert done.returncode == 3
    heads = [line for line in done.stderr.split("\n") if line.startswith("error[")]
    assert len(heads) == MOST + 1
    assert heads[-1] == "error[script]: more than 100 things are wrong with this file: the rest is not told"
    assert done.stderr.endswith("failed 1 spell: more than 100 findings\n")
    assert max(map(len, done.stderr.split("\n"))) <= WIDTH + 10


def test_as_many_mistakes_as_are_told_hide_none(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("b()\n" * MOST)
    assert llmspell("check", "a.lua").stderr.endswith("failed 1 spell: 100 findings\n")


def test_a_flood_in_one_file_hides_no_other_file(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("b()\n" * 200)
    (tmp_path / "b.lua").write_text("print(nobody)\n")
    assert "`nobody` is not defined\n  --> b.lua:1:7\n" in llmspell("check", "a.lua", "b.lua").stderr


def test_the_lines_of_a_long_source_are_found_once_for_many_errors(found_in: Findings) -> None:
    found = found_in("lua", "b()\n" * 2_000 + "\n" * 300_000)
    assert all("| b()\n" in render(error) for error in found)
