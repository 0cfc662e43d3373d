"""The folder of a test: nothing goes in or out of it but what the test names, and nothing is left of it."""

from pathlib import Path

import pytest

from llmspell.errors import ArgumentError, PermissionDenied
from llmspell.project import Project
from llmspell.trial.scratch import Scratch


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    (root / "prompts").mkdir(parents=True)
    (root / "llmspell.toml").write_text("[vars]\ncity = 'Rome'\n")
    (root / "prompts" / "tone.md").write_text("be kind")
    (root / "data").mkdir()
    (root / "data" / "a.txt").write_text("a")
    (tmp_path / "outside.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "data" / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "away").symlink_to(tmp_path)
    return Project(root.resolve(), marked=True)


def test_it_has_the_settings_and_prompts_of_the_project_and_goes_away(project: Project) -> None:
    scratch = Scratch(project)
    root = scratch.project.root
    assert (root / "prompts" / "tone.md").read_text() == "be kind"
    assert "Rome" in (root / "llmspell.toml").read_text()
    assert scratch.written() == {}
    (root / "prompts" / "tone.md").write_text("be very kind")
    (root / "new.md").write_text("new")
    (root / "raw.bin").write_bytes(b"\xff")
    assert scratch.written() == {"new.md": "new", "prompts/tone.md": "be very kind"}
    scratch.close()
    assert not root.exists()


def test_a_test_puts_texts_there_and_copies_of_the_project(project: Project) -> None:
    scratch = Scratch(project)
    scratch.add({"notes/x.md": "x", "data/": True})
    assert (scratch.project.root / "notes" / "x.md").read_text() == "x"
    assert [path.name for path in (scratch.project.root / "data").iterdir()] == ["a.txt"], "no link is followed"
    assert scratch.written() == {}
    scratch.close()


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside.txt", "a/../../outside.txt", "~/x", "", "a\0b"])
def test_no_path_leads_out_of_it(name: str, project: Project) -> None:
    scratch = Scratch(project)
    for content in ("text", True):
        with pytest.raises((PermissionDenied, ArgumentError)):
            scratch.add({name: content})
    assert not scratch.inside(name) or name in ("", "a\0b")
    scratch.close()


@pytest.mark.parametrize("name", ["link.txt", "away/outside.txt", "away"])
def test_nothing_is_copied_over_a_link(name: str, project: Project) -> None:
    scratch = Scratch(project)
    with pytest.raises(PermissionDenied, match="symbolic link"):
        scratch.add({name: True})
    scratch.close()


def test_files_have_a_bound(project: Project) -> None:
    scratch = Scratch(project)
    with pytest.raises(ArgumentError, match="16 MiB"):
        scratch.add({"big.txt": "x" * (17 * 2**20)})
    with pytest.raises(ArgumentError, match="neither"):
        scratch.add({"a.txt": 1})
    with pytest.raises(ArgumentError, match="no such file"):
        scratch.add({"gone.txt": True})
    scratch.close()


def test_a_spell_finds_its_state(project: Project) -> None:
    scratch = Scratch(project)
    assert scratch.state("a.lua") == {}
    scratch.remember("a.lua", {"seen": {"x": True}})
    assert scratch.state("a.lua") == {"seen": {"x": True}}
    assert scratch.state("b.lua") == {}
    assert not (project.root / ".llmspell").exists()
    scratch.close()
