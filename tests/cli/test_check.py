"""`llmspell check` as people and programs use it."""

import json
import re
from pathlib import Path

import pytest
from commandline import Command

WRONG = 'print(nme)\nask("x", { modle = "y" })\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / "spells").mkdir()
    return tmp_path


def test_spells_without_a_mistake_are_ok(llmspell: Command, project: Path) -> None:
    (project / "spells" / "a.lua").write_text("print(1)\n")
    (project / "spells" / "b.js").write_text("print(1);\n")
    done = llmspell("check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ok 2 spells\n")


def test_a_mistake_is_shown_with_its_place_and_its_cure(llmspell: Command, project: Path) -> None:
    (project / "spells" / "a.lua").write_text(WRONG)
    done = llmspell("check")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "error[script]: `nme` is not defined\n  --> spells/a.lua:1:7\n" in done.stderr
    assert ' 2 | ask("x", { modle = "y" })\n   |            ^^^^^\n' in done.stderr
    assert "   = rule: arguments\n   = fix:  did you mean `model`?\n" in done.stderr
    assert done.stderr.endswith("failed 1 spell: 2 findings\n")


def test_a_program_gets_one_document(llmspell: Command, project: Path) -> None:
    (project / "spells" / "a.lua").write_text(WRONG)
    done = llmspell("check", "--json", "-q")
    assert (done.returncode, done.stderr) == (3, "")
    document = json.loads(done.stdout)
    assert (document["status"], document["spells"]) == ("failed", 1)
    assert document["findings"][1] == {
        "file": "spells/a.lua", "line": 2, "column": 12, "kind": "args", "rule": "arguments",
        "message": "ask has no option `modle`", "hint": "did you mean `model`?",
    }  # fmt: skip


def test_a_program_is_told_that_all_is_well(llmspell: Command, project: Path) -> None:
    (project / "spells" / "a.lua").write_text("print(1)\n")
    assert json.loads(llmspell("--json", "check").stdout) == {"status": "ok", "spells": 1, "findings": []}


def test_only_the_spells_that_are_named_are_looked_at(llmspell: Command, project: Path) -> None:
    (project / "spells" / "a.lua").write_text(WRONG)
    (project / "b.js").write_text("print(1);\n")
    assert llmspell("check", "b.js").returncode == 0
    assert llmspell("check", "b.js", "spells/a.lua").stderr.endswith("failed 2 spells: 2 findings\n")


def test_a_folder_stands_for_the_spells_in_it(llmspell: Command, project: Path) -> None:
    (project / "others").mkdir()
    (project / "others" / "a.lua").write_text(WRONG)
    assert "--> others/a.lua:1:7" in llmspell("check", "others").stderr


def test_without_a_folder_of_spells_the_current_one_counts(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "a.mjs").write_text("print(nme);\n")
    assert "--> a.mjs:1:7" in llmspell("check").stderr


def test_where_there_is_no_spell_the_person_is_told(llmspell: Command, tmp_path: Path) -> None:
    done = llmspell("check")
    assert done.returncode == 2
    assert done.stderr == "error[args]: there is no spell here\n  fix: write one that ends with .lua or .js or .mjs\n"


def test_a_spell_that_is_not_there_is_an_argument_that_is_wrong(llmspell: Command, tmp_path: Path) -> None:
    assert llmspell("check", "nowhere.lua").returncode == 2


def test_a_profile_decides_what_is_there(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("Fs.write('x.txt', 'y')\n")
    assert "`Fs` is not defined" in llmspell("check", "--security", "high").stderr
    assert "is not declared" in llmspell("check", "--security", "medium").stderr
    assert llmspell("check", "--security", "low").returncode == 0


def test_stale_stubs_are_found_and_renewed(llmspell: Command, project: Path) -> None:
    spell = project / "spells" / "a.lua"
    spell.write_text("local args = spell { params = { words = 80 } }\nprint(args.words)\n")
    assert llmspell("types").returncode == 0
    assert llmspell("check").returncode == 0
    stub = project / "types" / "llmspell.lua"
    stub.write_text(re.sub(r"hash \w+", "hash 0123456789abcdef", stub.read_text()))
    done = llmspell("check")
    assert done.returncode == 3
    assert done.stderr == (
        "error[config]: types/llmspell.lua is stale\n  rule: stubs\n"
        "  fix: llmspell types writes anew what editors are told\n\nfailed 1 spell: 1 finding\n"
    )
    assert llmspell("types").returncode == 0
    assert llmspell("check").returncode == 0


def test_a_parameter_more_does_not_make_stubs_stale(llmspell: Command, project: Path) -> None:
    spell = project / "spells" / "a.lua"
    spell.write_text("spell { params = { words = 80 } }\n")
    llmspell("types")
    spell.write_text("spell { params = { lines = 80 } }\n")
    assert llmspell("check").returncode == 0
    assert "wrote types/llmspell.lua\n" in llmspell("types").stdout
