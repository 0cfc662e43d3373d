"""Files while somebody else swaps folders and files for links: another process, at once and as fast as it can.

`LLMSPELL_RACES` says how many rounds; a hundred and fifty unless it does.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from reach import WAYS, take

from llmspell.errors import PermissionDenied, SpellError
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security import folder
from llmspell.security.disk import Disk
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Rule, Rules

ROUNDS = int(os.environ.get("LLMSPELL_RACES", "150"))
MOST = 100 * ROUNDS  # until then both sides must have been seen
SWAPPER = """
import ctypes, os, sys
os.chdir(sys.argv[1])
exchange = ctypes.CDLL(None, use_errno=True).renameat2
HERE = -100
def swap(one, other):
    if exchange(HERE, one, HERE, other, 2):
        raise OSError(ctypes.get_errno(), "renameat2")
print("ready", flush=True)
while True:
    swap(b"d", b"d.link")
    swap(b"f", b"f.link")
    os.symlink("../../outside/secret", "g.new")
    os.rename("g.new", "g")
    open("g.new", "w").write("plain")
    os.rename("g.new", "g")
"""
"""Exchanges a folder and a file with links at once, so that there is always one of the two, and replaces a file by a
link and back."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    out, outside = tmp_path / "project" / "out", tmp_path / "outside"
    (out / "d").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (outside / "others").write_text("others")
    for path in (out / "d" / "secret", out / "f", out / "g"):
        path.write_text("plain")
    (out / "d.link").symlink_to("../../outside")
    (out / "f.link").symlink_to("../../outside/secret")
    return tmp_path / "project"


@contextmanager
def swapping(place: Path) -> Iterator[None]:
    """Let another process swap for as long as this lasts."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", SWAPPER, str(place)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield
            assert process.poll() is None, "the other side has given up"
        finally:
            process.kill()


def never() -> None:
    """Go on."""


def put(found: Disk, path: str) -> None:
    with found.fresh(path, never) as file:
        folder.write(file, b"plain", never)


def acts(found: Disk) -> list[Callable[[], object]]:
    """Return what is tried in each round."""
    return [
        lambda: found.read("out/d/secret", 100),
        lambda: found.read("out/f", 100),
        lambda: found.read("out/g", 100),
        lambda: found.names("out/d"),
        lambda: found.search("out/d/*", never),
        lambda: found.append("out/d/new", b"x", never),
        lambda: found.append("out/f", b"", never),
        lambda: found.append("out/g", b"", never),
        lambda: put(found, "out/d/secret"),
        lambda: put(found, "out/g"),
        lambda: found.copy("out/d/secret", "out/d/copied", never),
        lambda: found.move("out/d/new", "out/d/moved", never),
        lambda: put(found, "out/d/tree/x"),
        lambda: found.remove("out/d/tree", never, recursive=True),
    ]


def race(found: Disk, root: Path) -> tuple[list[object], set[str]]:
    """Return what was seen in all rounds, and how it was refused."""
    seen: list[object] = []
    refused: set[str] = set()
    outside, tried = root.parent / "outside", acts(found)
    with swapping(root / "out"):
        for done in range(MOST):
            for act in tried:
                try:
                    seen.append(act())
                except PermissionDenied as error:
                    refused.add("link" if "symbolic link" in error.message else "denied")
                except SpellError:
                    pass  # it is gone for a moment
            if done + 1 >= ROUNDS and refused and b"plain" in seen:
                break
    assert {each.name: each.read_text() for each in outside.iterdir()} == {"secret": "secret", "others": "others"}
    assert not any("others" in str(found) for found in seen)
    return seen, refused


def read(seen: list[object]) -> set[bytes]:
    return {found for found in seen if isinstance(found, bytes)}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_swapped_for_a_link_gives_nothing_away(root: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    take(way, monkeypatch)
    medium = Profile.load("medium")
    rules = Rules(medium.label, medium.permissions).grant("write", ["out/"], "--allow-write")
    seen, refused = race(Disk(Paths(rules, Project(root), root / "spell.lua", SUFFIXES)), root)
    assert read(seen) <= {b"plain", b""}
    assert refused == {"link"}


@pytest.mark.timeout(1200)
def test_what_is_denied_is_reached_over_no_link_that_low_security_follows(root: Path) -> None:
    low = Profile.load("low")
    rules = Rules(low.label, low.permissions)
    for kind in ("read", "write"):
        rules = rules.deny(kind, [Rule(str(root.parent / "outside"), "--deny")])
    seen, refused = race(Disk(Paths(rules, Project(root), root / "spell.lua", SUFFIXES)), root)
    assert read(seen) <= {b"plain", b""}
    assert "denied" in refused


@pytest.fixture
def denying(root: Path) -> Disk:
    """Files of a run that must not write one of them."""
    profile = Profile.load("medium")
    rules = Rules("medium", profile.permissions).grant("write", ["out/"], "--allow-write")
    rules = rules.deny("write", [Rule("out/e/a/secret.txt", "--deny-write"), Rule("out/e/a/x/", "--deny-write")])
    (root / "out" / "d" / "a").mkdir()
    return Disk(Paths(rules, Project(root), None, SUFFIXES))


def append(disk: Disk, before: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    opened = folder.Folder.opened
    monkeypatch.setattr(folder.Folder, "opened", lambda *args: (before(), opened(*args))[1])
    disk.append("out/d/a/secret.txt", b"x", never)


def make(disk: Disk, before: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    made = folder.Folder.make
    monkeypatch.setattr(folder.Folder, "make", lambda *args: (before(), made(*args))[1])
    disk.make("out/d/a/x")


def move(disk: Disk, before: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def later(*args: object, **named: object) -> None:
        monkeypatch.setattr(os, "rename", rename)
        before()
        rename(*args, **named)  # type: ignore[arg-type]

    disk.paths.spot("write", "out/f")
    monkeypatch.setattr(os, "rename", later)
    disk.move("out/f", "out/d/a/secret.txt", never)


@pytest.mark.parametrize("act", [append, make, move])
def test_a_folder_that_moves_takes_nothing_to_where_it_is_denied(
    root: Path, denying: Disk, monkeypatch: pytest.MonkeyPatch, act: Callable[..., None]
) -> None:
    moved = []

    def before() -> None:
        if not moved:
            moved.append(True)
            denying.move("out/d", "out/e", never)

    with pytest.raises(PermissionDenied):
        act(denying, before, monkeypatch)
    assert sorted(path.name for path in (root / "out" / "e" / "a").iterdir()) == []
    assert (root / "out" / "f").exists()


def test_a_write_that_ends_behind_a_move_is_refused_where_it_is_denied_then(root: Path, denying: Disk) -> None:
    def write() -> None:
        with denying.fresh("out/d/a/secret.txt", never) as file:
            os.write(file, b"x")
            (root / "out" / "d").rename(root / "out" / "e")

    with pytest.raises(PermissionDenied):
        write()
    assert list((root / "out" / "e" / "a").iterdir()) == []


@pytest.mark.parametrize("again", [False, True])
def test_what_comes_into_a_folder_while_it_is_looked_at_is_seen_behind_its_move(
    root: Path, denying: Disk, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    rename = os.rename

    def later(*args: object, **named: object) -> None:
        monkeypatch.setattr(os, "rename", rename)
        (root / "out" / "d" / "a" / "secret.txt").write_text("x")
        rename(*args, **named)  # type: ignore[arg-type]
        if again:  # somebody takes the name that it had
            (root / "out" / "d").mkdir()
            (root / "out" / "d" / "y").touch()

    monkeypatch.setattr(os, "rename", later)
    with pytest.raises(PermissionDenied):
        denying.move("out/d", "out/e", never)
    assert not (root / "out" / "e").exists()
    kept = root / "out" / "d" if not again else next((root / "out").glob(".llmspell-*"))
    assert (kept / "a" / "secret.txt").read_text() == "x"


def test_what_moves_to_where_it_may_be_is_kept(root: Path, denying: Disk) -> None:
    with denying.fresh("out/d/a/secret.txt", never) as file:
        os.write(file, b"x")
        (root / "out" / "d").rename(root / "out" / "other")
    assert (root / "out" / "other" / "a" / "secret.txt").read_text() == "x"
    denying.append("out/new/b.txt", b"y", never)
    denying.make("out/new/c")
    denying.move("out/new", "out/e", never)
    assert sorted(denying.names("out/e")) == ["b.txt", "c/"]
