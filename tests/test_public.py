"""The public face: complete, sorted, documented, and lazy."""

import inspect
import subprocess
import sys
from pathlib import Path

import llmspell


def test_the_public_names_are_complete_and_sorted() -> None:
    assert llmspell.__all__ == sorted(llmspell.__all__)
    assert set(llmspell.__all__) == {*llmspell._HOMES, "__version__"}
    assert dir(llmspell) == llmspell.__all__


def test_every_public_name_has_a_docstring() -> None:
    for name in llmspell._HOMES:
        assert inspect.getdoc(getattr(llmspell, name)), name


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    assert not hasattr(llmspell, "Hots")


def test_the_face_imports_nothing_until_it_is_asked() -> None:
    code = "import llmspell, sys; print(sorted(m for m in sys.modules if m.startswith('llmspell') or m == 'typing'))"
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.append({str(Path(__file__).parents[1])!r}); {code}",
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "['llmspell']\n"


def test_the_one_liner_runs_a_spell(tmp_path: Path) -> None:
    (tmp_path / "double.lua").write_text("local args = spell { params = { n = 1 } }\nreturn args.n * 2\n")
    assert llmspell.run(str(tmp_path / "double.lua"), n=21) == 42
