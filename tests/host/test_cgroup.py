"""Control groups, by a tree of folders as the kernel shows it: what is written where, and what is left alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from planted import LIMITS, hole

from llmspell.host import cgroup
from llmspell.host.process import Worker

FILES = ("memory.max", "pids.max", "memory.swap.max", "cgroup.procs", "memory.events")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the group of a service, given to its user, with our own below it; new groups have their files at once."""
    service = tmp_path / "system.slice/llmspell.service"
    (service / "main").mkdir(parents=True)
    for group in (service, service / "main"):
        (group / "cgroup.subtree_control").write_text("")
        (group / "cgroup.procs").write_text("")
    own = tmp_path / "own"
    own.write_text("1:name=systemd:/\n0::/system.slice/llmspell.service/main\n")
    mkdir = Path.mkdir

    def made(path: Path) -> None:
        mkdir(path)
        for name in FILES:
            (path / name).touch()

    monkeypatch.setattr(cgroup, "ROOT", tmp_path)
    monkeypatch.setattr(cgroup, "_OWN", own)
    monkeypatch.setattr(Path, "mkdir", made)
    monkeypatch.setattr(Path, "rmdir", lambda path: path.rename(f"{path}.gone"))
    cgroup._parent.cache_clear()
    yield service
    cgroup._parent.cache_clear()


def given(monkeypatch: pytest.MonkeyPatch, group: Path) -> None:
    """Mark a group as systemd marks what belongs to the user of a service."""

    def getxattr(path: Path, name: str) -> bytes:
        if (Path(path), name) == (group, "user.delegate"):
            return b"1"
        raise OSError

    monkeypatch.setattr(os, "getxattr", getxattr)


def test_where_nothing_is_given_nothing_is_touched(tree: Path) -> None:
    with pytest.raises(OSError, match="given us no control group"):
        cgroup.parent()
    assert (tree / "cgroup.subtree_control").read_text() == ""


def test_without_version_2_there_are_no_groups(tree: Path) -> None:
    cgroup._OWN.write_text("4:memory:/x\n")
    with pytest.raises(OSError, match="no control groups of version 2"):
        cgroup.parent()


def test_our_own_group_is_divided_where_it_may_be(tree: Path) -> None:
    (tree / "main/cgroup.subtree_control").write_text("cpu memory pids\n")
    assert cgroup.parent() == tree / "main"


def test_the_group_above_is_divided_if_it_was_given_to_us(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, tree)
    assert cgroup.parent() == tree
    assert (tree / "cgroup.subtree_control").read_text() == "+memory +pids"


async def test_a_worker_is_counted_in_a_group_of_its_own_until_it_ends(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, tree)
    worker = await Worker.open(hole())
    locked = await worker.lock({**LIMITS, "memory_hard": 100 << 20})
    group = tree / f"llmspell-{worker.pid}"
    assert locked["isolation"]["cgroup"] is True
    assert {name: (group / name).read_text() for name in FILES if name != "memory.events"} == {
        "memory.max": str(228 << 20), "pids.max": "16", "memory.swap.max": "0", "cgroup.procs": str(worker.pid)
    }  # fmt: skip
    worker.kill()
    await worker.wait()
    assert not group.exists()


@pytest.mark.parametrize(("killed", "reason"), [(0, "lost"), (1, "memory"), (12, "memory")])
async def test_the_kernel_tells_whom_it_killed_over_memory(
    tree: Path, monkeypatch: pytest.MonkeyPatch, killed: int, reason: str
) -> None:
    given(monkeypatch, tree)
    worker = await Worker.open(hole())
    await worker.lock(LIMITS)
    (tree / f"llmspell-{worker.pid}/memory.events").write_text(f"max 3\noom {killed}\noom_kill {killed}\nlow 1\n")
    os.kill(worker.pid, 9)
    assert (await worker.wait()).reason == reason


async def test_a_worker_without_a_group_says_why(tree: Path) -> None:
    worker = await Worker.open(hole())
    locked = await worker.lock(LIMITS)
    worker.kill()
    await worker.wait()
    assert locked["missing"]["cgroup"] == "the system has given us no control group to divide"
    assert "cgroup" not in locked["isolation"]
