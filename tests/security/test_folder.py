"""Files by descriptor: links, hard links, pipes, devices, and folders that turn into links while an op is at work."""

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from reach import WAYS, take

from llmspell.errors import Cancelled, PermissionDenied, ScriptError, SpellError
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security import folder, tree
from llmspell.security.disk import Disk
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Rules


def never() -> None:
    """Go on: somebody wants the result."""


@pytest.fixture(autouse=True, params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    take(request.param, monkeypatch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project" / "out").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    return tmp_path / "project"


def disk(root: Path, *write: str, profile: str = "medium", read: tuple[str, ...] = ()) -> Disk:
    loaded = Profile.load(profile)
    rules = Rules(loaded.label, loaded.permissions).grant("write", write, "--allow-write")
    paths = Paths(rules.grant("read", read, "--allow-read"), Project(root), root / "spell.lua", SUFFIXES)
    return Disk(paths)


def put(found: Disk, path: str, text: bytes) -> None:
    with found.fresh(path, never) as file:
        folder.write(file, text, never)


def acts(found: Disk, path: str) -> dict[str, Callable[[], object]]:
    """Return all that can be done to a path, by name."""
    return {
        "read": lambda: found.read(path, 1000),
        "write": lambda: put(found, path, b"x"),
        "append": lambda: found.append(path, b"x", never),
        "stat": lambda: found.status(path),
        "list": lambda: found.names(path),
        "copy": lambda: found.copy(path, "out/copied", never),
        "copy to": lambda: found.copy("out/plain", path, never),
        "move": lambda: found.move(path, "out/moved", never),
    }


def refusals(found: Disk, path: str) -> dict[str, SpellError | None]:
    said: dict[str, SpellError | None] = {}
    for name, act in acts(found, path).items():
        try:
            act()
        except SpellError as error:
            said[name] = error
        else:
            said[name] = None
    return said


# -- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["out/link", "out/folder/secret", "out/folder", "out/deep/link"])
def test_no_act_follows_a_link(root: Path, path: str) -> None:
    (root / "out" / "plain").write_text("plain")
    (root / "out" / "deep").mkdir()
    (root / "out" / "link").symlink_to(root.parent / "outside" / "secret")
    (root / "out" / "deep" / "link").symlink_to("../../../outside/secret")
    (root / "out" / "folder").symlink_to(root.parent / "outside")
    for name, error in refusals(disk(root, "."), path).items():
        assert isinstance(error, PermissionDenied), name
        assert error.message == f"{path} leads over a symbolic link"
    assert (root.parent / "outside" / "secret").read_text() == "secret"
    assert [each.name for each in (root.parent / "outside").iterdir()] == ["secret"]


def test_a_link_in_the_rule_itself_is_not_followed(root: Path) -> None:
    (root / "digests").symlink_to(root.parent / "outside")
    with pytest.raises(PermissionDenied):
        put(disk(root, "digests/"), "digests/secret", b"x")
    (root.parent / "data").symlink_to(root.parent / "outside")
    with pytest.raises(PermissionDenied):
        disk(root, read=(str(root.parent / "data"),)).read(str(root.parent / "data" / "secret"), 10)


def test_a_link_above_what_a_person_has_named_is_theirs(root: Path) -> None:
    (root.parent / "outside" / "data").mkdir()
    (root.parent / "outside" / "data" / "a.csv").write_text("a")
    (root.parent / "link").symlink_to("outside")
    place = f"{root.parent}/link/data"
    for rule in (place, f"{place}/*.csv"):
        found = disk(root, read=(rule,))
        assert found.read(f"{place}/a.csv", 10) == b"a"
        assert found.names(place) == ["a.csv"]
        assert found.search(f"{place}/*", never) == [f"{place}/a.csv"]


def test_links_are_neither_listed_nor_searched(root: Path) -> None:
    (root / "out" / "link").symlink_to(root.parent / "outside" / "secret")
    (root / "out" / "folder").symlink_to(root.parent / "outside")
    (root / "out" / "a").write_text("")
    assert disk(root).names("out") == ["a"]
    assert disk(root).search("**/*", never) == ["out/a"]
    assert disk(root).search("out/*/", never) == []


def test_a_link_is_removed_itself_and_not_what_it_leads_to(root: Path) -> None:
    (root / "out" / "link").symlink_to(root.parent / "outside")
    disk(root, "out/").remove("out/link", never, recursive=True)
    (root / "out" / "tree").mkdir()
    (root / "out" / "tree" / "link").symlink_to(root.parent / "outside")
    disk(root, "out/").remove("out/tree", never, recursive=True)
    assert list((root / "out").iterdir()) == []
    assert (root.parent / "outside" / "secret").exists()


def test_low_security_follows_links_and_writes_through_them(root: Path) -> None:
    (root / "out" / "folder").symlink_to(root.parent / "outside")
    (root / "out" / "link").symlink_to(root.parent / "outside" / "secret")
    found = disk(root, profile="low")
    assert found.read("out/folder/secret", 100) == b"secret"
    put(found, "out/link", b"written")
    assert (root / "out" / "link").is_symlink()
    assert (root.parent / "outside" / "secret").read_text() == "written"
    assert found.names("out") == ["folder/", "link"]
    found.remove("out/link", never, recursive=False)
    assert (root.parent / "outside" / "secret").exists()


# -- hard links, pipes, devices ---------------------------------------------------------------------------------------


def test_a_file_with_another_name_elsewhere_is_replaced_and_never_changed(root: Path) -> None:
    os.link(root.parent / "outside" / "secret", root / "out" / "hard")
    found = disk(root, "out/")
    with pytest.raises(ScriptError, match="hard link"):
        found.append("out/hard", b"more", never)
    put(found, "out/hard", b"new")
    assert (root / "out" / "hard").read_text() == "new"
    assert (root.parent / "outside" / "secret").read_text() == "secret"


@pytest.mark.timeout(20)
def test_no_act_waits_for_a_pipe_or_speaks_to_a_socket(root: Path) -> None:
    (root / "out" / "plain").write_text("plain")
    os.mkfifo(root / "out" / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "out" / "socket"))
        for path in ("out/pipe", "out/socket"):
            for profile in ("medium", "low"):
                said = refusals(disk(root, ".", profile=profile), path)
                assert said.pop("stat") is None
                assert {name for name, error in said.items() if error is None} == set(), (path, said)
    assert stat.S_ISFIFO((root / "out" / "pipe").stat().st_mode)


def test_a_file_that_is_larger_than_it_says_is_read_no_further_than_the_limit(root: Path) -> None:
    assert Path("/proc/self/status").stat().st_size == 0
    with pytest.raises(ScriptError, match="over the limit of 10 bytes"):
        disk(root, profile="low").read("/proc/self/status", 10)


def test_a_device_is_no_file(root: Path) -> None:
    found = disk(root, profile="low")
    for act in (lambda: found.read("/dev/zero", 10), lambda: put(found, "/dev/null", b"x")):
        with pytest.raises(ScriptError, match="is not a file"):
            act()
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


# -- writing ----------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_at_once_and_keeps_its_mode(root: Path) -> None:
    (root / "out" / "a").write_text("old")
    (root / "out" / "a").chmod(0o640)
    found = disk(root, "out/")
    with found.fresh("out/a", never) as file:
        folder.write(file, b"half", never)
        assert (root / "out" / "a").read_text() == "old"
        folder.write(file, b" and half", never)
    assert (root / "out" / "a").read_text() == "half and half"
    assert stat.S_IMODE((root / "out" / "a").stat().st_mode) == 0o640


def test_a_write_that_fails_or_is_not_wanted_leaves_the_old_file_and_nothing_else(root: Path) -> None:
    (root / "out" / "a").write_text("old")

    def unwanted() -> None:
        raise Cancelled("cancelled")

    found = disk(root, "out/")
    with pytest.raises(Cancelled), found.fresh("out/a", unwanted):
        pass
    with pytest.raises(ZeroDivisionError), found.fresh("out/a", never):
        raise ZeroDivisionError
    assert [(each.name, each.read_text()) for each in (root / "out").iterdir()] == [("a", "old")]


def test_folders_are_made_inside_of_what_is_granted(root: Path) -> None:
    put(disk(root, "new/"), "new/deep/er/a", b"x")
    put(disk(root, "some/report.md"), "some/report.md", b"x")
    (root / "link").symlink_to("linked")
    (root / "linked").mkdir()
    put(disk(root, profile="low"), "link/low/deep/a", b"x")
    assert (root / "linked/low/deep/a").exists()
    assert (root / "new/deep/er/a").exists()
    assert (root / "some/report.md").exists()


def test_a_whole_folder_is_removed_only_if_all_in_it_is_granted(root: Path) -> None:
    (root / "out" / "a").mkdir()
    (root / "out" / "a" / "x").write_text("")
    (root / "out" / "a" / ".env").write_text("")
    with pytest.raises(PermissionDenied, match=r'writing "out/a/\.env" is not allowed'):
        disk(root, "out/").remove("out/a", never, recursive=True)
    assert (root / "out" / "a" / "x").exists()
    disk(root, profile="low").remove("out/a", never, recursive=True)
    assert not (root / "out" / "a").exists()


def test_a_folder_takes_no_scripts_to_where_spells_are(root: Path) -> None:
    (root / "out" / "a").mkdir()
    (root / "out" / "a" / "evil.lua").write_text("")
    found = disk(root, "out/", ".")
    with pytest.raises(PermissionDenied, match=r"tools/evil\.lua"):
        found.move("out/a", "tools", never)
    found.move("out/a", "out/b", never)
    assert (root / "out" / "b" / "evil.lua").exists()


def test_what_cannot_be_read_cannot_be_moved_to_where_it_can(root: Path) -> None:
    outside = root.parent / "outside"
    found = disk(root, str(outside), "out/")
    with pytest.raises(PermissionDenied, match="reading"):
        found.move(str(outside / "secret"), "out/secret", never)
    assert (outside / "secret").exists()


def test_the_project_itself_is_neither_removed_nor_moved(root: Path) -> None:
    found = disk(root, ".")
    for act in (
        lambda: found.remove(".", never, recursive=True),
        lambda: found.move(".", "x", never),
        lambda: put(found, ".", b""),
    ):
        with pytest.raises(ScriptError):
            act()
    assert root.exists()
    found.make(".")


def test_a_search_has_bounds(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = root / "deep"
    for _ in range(70):
        deep = deep / "d"
    deep.mkdir(parents=True)
    with pytest.raises(ScriptError, match="more than 64 deep"):
        disk(root).search("deep/**/x", never)
    for number in range(20):
        (root / "out" / str(number)).write_text("")
    monkeypatch.setattr(tree, "FOUND", 10)
    with pytest.raises(ScriptError, match="more than 10 files match"):
        disk(root).search("out/*", never)
    monkeypatch.setattr(tree, "SEEN", 10)
    with pytest.raises(ScriptError, match="more than 10 files"):
        disk(root).search("out/x*", never)


def test_no_descriptor_is_left_open(root: Path) -> None:
    (root / "out" / "plain").write_text("x")
    (root / "out" / "link").symlink_to("plain")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names, and as few descriptors as possible
    for path in ("out/plain", "out/link", "out", "out/nothing/x", "../x", "out/plain/x"):
        refusals(disk(root, "."), path)
        disk(root).search(f"{path}/*", never) if not path.startswith("..") and path != "out/link" else None
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_file_that_turns_into_a_link_or_a_pipe_before_it_is_opened_is_not_given(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "out" / "link").symlink_to(root.parent / "outside" / "secret")
    os.mkfifo(root / "out" / "pipe")
    plain = (root.parent / "outside" / "secret").stat()
    monkeypatch.setattr(folder.Folder, "status", lambda *_: plain)
    found = disk(root, ".")
    with pytest.raises(PermissionDenied, match="symbolic link"):
        found.read("out/link", 10)
    with pytest.raises(PermissionDenied, match="symbolic link"):
        found.append("out/link", b"x", never)
    with pytest.raises(ScriptError, match="is not a file"):
        found.read("out/pipe", 10)


# -- what the system says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_what_the_system_refuses_is_told_without_the_machine(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(folder.os, "write", refuse)
    with pytest.raises(ScriptError) as caught:
        put(disk(root, "out/"), "out/a", b"x")
    assert caught.value.data["errno"] == number
    assert str(root) not in repr(caught.value)
    assert list((root / "out").iterdir()) == []
