"""Which folder a spell belongs to, and where what is kept about it goes."""

from pathlib import Path

import pytest

from llmspell.project import DEPTH, Project, folders


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home with a folder of work in it; the current folder is the work."""
    work = tmp_path / "home" / "work"
    (work / "spells").mkdir(parents=True)
    (work / "spells" / "x.lua").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(work)
    return tmp_path / "home"


def test_the_nearest_folder_with_a_mark_is_the_project(home: Path) -> None:
    (home / "llmspell.toml").touch()
    (home / "work" / "llmspell.toml").touch()
    assert Project.of(Path("spells/x.lua")) == Project(home / "work", marked=True)
    assert Project.of() == Project(home / "work", marked=True)


def test_without_a_mark_it_is_the_current_folder_if_the_spell_is_below_it(home: Path) -> None:
    assert Project.of(Path("spells/x.lua")).root == home / "work"


def test_a_spell_elsewhere_has_the_folder_where_it_lies(home: Path, tmp_path: Path) -> None:
    assert Project.of(tmp_path / "x.lua").root == tmp_path


def test_a_whole_home_is_never_a_project_by_chance(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (home, home.parent, Path("/")):
        monkeypatch.chdir(folder)
        assert Project.of(home / "work" / "spells" / "x.lua").root == home / "work" / "spells"


def test_a_link_to_a_spell_counts_where_the_spell_lies(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "y.lua").touch()
    (home / "work" / "link.lua").symlink_to(tmp_path / "elsewhere" / "y.lua")
    assert Project.of(Path("link.lua")).root == tmp_path / "elsewhere"


def test_what_is_kept_about_a_project_is_in_it(home: Path) -> None:
    assert Project(home, marked=True).data({}) == home / ".llmspell"


def test_a_folder_that_is_no_project_stays_as_it_is(home: Path) -> None:
    work = Project(home / "work")
    assert work.data({"XDG_DATA_HOME": "/data"}).parent == Path("/data/llmspell")
    assert work.data({}).parent == work.data({"XDG_DATA_HOME": "relative"}).parent == home / ".local/share/llmspell"
    assert work.data({}) != Project(home).data({})


def test_a_current_folder_that_is_gone_holds_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert not Project.of().root.is_dir()
    assert Project.of(home / "work" / "spells" / "x.lua").root == home / "work" / "spells"


def test_a_path_is_told_from_the_root_on(home: Path, tmp_path: Path) -> None:
    project = Project.of(Path("spells/x.lua"))
    assert project.name(Path("spells/../notes.md")) == "notes.md"
    assert project.name(tmp_path / "far.md") == str(tmp_path / "far.md")


def test_folders_are_walked_in_order_over_no_link_and_not_without_end(tmp_path: Path) -> None:
    deep = [tmp_path / "b"]
    for _ in range(1100):  # more than calls may be inside each other
        deep.append(deep[-1] / "a")
    try:
        for path in deep:
            path.mkdir()
        (tmp_path / "c" / "passed").mkdir(parents=True)
        for name in ("c/2.txt", "c/1.txt", "c/passed/x", "0.txt"):
            (tmp_path / name).touch()
        (tmp_path / "c" / "link").symlink_to(tmp_path)
        found = list(folders(tmp_path, lambda name: name == "passed"))
    finally:
        for path in reversed(deep):  # what removes folders inside each other cannot
            path.rmdir()
    assert found[:2] == [(tmp_path, ["0.txt"]), (tmp_path / "b", [])]
    assert found[-1] == (tmp_path / "c", ["1.txt", "2.txt"])
    assert len(found) == 1 + DEPTH + 1
