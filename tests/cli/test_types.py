"""`llmspell types`: what it writes, and above all what it leaves alone."""

import json
from pathlib import Path

import pytest
from commandline import Command

FILES = ["types/llmspell.d.ts", "types/llmspell.lua", "jsconfig.json", ".luarc.json"]


def test_it_writes_four_files_and_tells_so(llmspell: Command, tmp_path: Path) -> None:
    done = llmspell("types")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"wrote {name}" for name in FILES]
    assert "Written by `llmspell types`, hash " in (tmp_path / "types" / "llmspell.d.ts").read_text().splitlines()[0]
    assert "types/*.d.ts" in json.loads((tmp_path / "jsconfig.json").read_text())["include"]
    assert json.loads((tmp_path / ".luarc.json").read_text())["workspace.library"] == ["types"]


def test_a_second_time_nothing_changes(llmspell: Command, tmp_path: Path) -> None:
    llmspell("types")
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in FILES}
    assert llmspell("types").stdout.splitlines() == [f"kept  {name}" for name in FILES]
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in FILES} == before


@pytest.mark.parametrize("text", ['{"include": ["src"]}', "{ // mine\n}", "not json"])
@pytest.mark.parametrize("name", ["jsconfig.json", ".luarc.json"])
def test_settings_of_the_person_stay_and_what_they_lack_is_told(
    llmspell: Command, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    (line,) = [line for line in llmspell("types").stdout.splitlines() if name in line]
    assert line.startswith(f"kept  {name}: it is yours; `")
    assert (tmp_path / name).read_text() == text


def test_the_same_settings_in_another_layout_are_no_matter(llmspell: Command, tmp_path: Path) -> None:
    llmspell("types")
    path = tmp_path / "jsconfig.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert "kept  jsconfig.json\n" in llmspell("types").stdout


def test_a_stub_of_somebody_else_stays(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "llmspell.lua").write_text("-- mine\n")
    assert "kept  types/llmspell.lua: it is not one of ours" in llmspell("types").stdout
    assert (tmp_path / "types" / "llmspell.lua").read_text() == "-- mine\n"


def test_a_stub_of_an_older_llmspell_is_written_anew(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "llmspell.lua").write_text("---@meta\n-- by `llmspell types`, hash 0123456789abcdef;\n")
    assert "wrote types/llmspell.lua\n" in llmspell("types").stdout


def test_a_folder_can_be_named(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "spells").mkdir(parents=True)
    (tmp_path / "elsewhere" / "spells" / "digest.lua").write_text("local args = spell { params = { words = 80 } }\n")
    assert llmspell("types", "elsewhere").stdout.splitlines()[0] == "wrote elsewhere/types/llmspell.d.ts"
    stub = (tmp_path / "elsewhere" / "types" / "llmspell.lua").read_text()
    assert "---@class DigestArgs\n---@field words integer\n---@field rest string[]\n" in stub


@pytest.mark.parametrize("link", [*FILES, "types"])
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("command", ["types", "init"])
def test_nothing_is_written_through_a_link(
    llmspell: Command, tmp_path: Path, link: str, exists: bool, command: str
) -> None:
    outside = tmp_path / "outside"
    if exists and link == "types":
        outside.mkdir()
    elif exists:
        outside.write_text("---@meta\n-- by `llmspell types`, hash 0123456789abcdef;\n")
    before = outside.read_text() if outside.is_file() else None
    project = tmp_path / "project"
    (project / link).parent.mkdir(parents=True)
    (project / link).symlink_to(outside)
    done = llmspell(command, "project")
    assert done.returncode == 3
    assert "leads over a symbolic link" in done.stderr
    assert (outside.read_text() if outside.is_file() else None) == before
    assert not outside.is_dir() or list(outside.iterdir()) == []


def test_no_text_of_a_spell_leaves_its_line(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "evil.lua").write_text(
        'spell { params = { x = { type = "string", about = "y\\n---@type evil\\nos.execute()\\r" } } }\n'
    )
    llmspell("types")
    stub = (tmp_path / "types" / "llmspell.lua").read_text()
    assert stub.endswith(
        "---@class EvilArgs\n---@field x string y\\n---@type evil\\nos.execute()\\r\n---@field rest string[]\n"
    )


def test_a_program_gets_one_document(llmspell: Command, tmp_path: Path) -> None:
    document = json.loads(llmspell("types", "--json").stdout)
    assert document == {"status": "ok", "files": [f"wrote {name}" for name in FILES]}


def test_a_folder_that_cannot_be_written_is_told(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "types").touch()
    done = llmspell("types")
    assert done.returncode == 3
    assert done.stderr.startswith("error[config]: cannot write types/llmspell.d.ts: ")
