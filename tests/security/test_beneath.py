"""Folders in one step: what the kernel opens below a folder, and what it does not."""

import errno
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmspell.security import beneath


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beneath, "WALKS", 0)


@pytest.fixture
def above(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "file").touch()
    (tmp_path / "a" / "link").symlink_to("b")
    (tmp_path / "a" / "out").symlink_to("/")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def same(found: int | None, path: Path) -> bool:
    """Return whether a descriptor is that of a folder; close it."""
    if found is None:
        return False
    status = os.fstat(found)
    os.close(found)
    return os.path.samestat(status, path.stat())


def test_this_kernel_has_the_call() -> None:
    version = tuple(int(part) for part in platform.release().split(".")[:2])
    assert (beneath._call() is not None) == (platform.system() == "Linux" and version >= (5, 6))


def test_a_folder_is_opened_and_nothing_can_be_read_or_inherited_through_it(above: int, tmp_path: Path) -> None:
    for names in (("a",), ("a", "b"), ("a", "b", "c")):
        assert same(beneath.opened(above, names), tmp_path.joinpath(*names))
    found = beneath.opened(above, ("a", "b"))
    assert found is not None
    assert not os.get_inheritable(found)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.listdir(found)  # noqa: PTH208 - a descriptor
    os.close(found)


@pytest.mark.parametrize(
    "names",
    [("a", "link"), ("a", "link", "c"), ("a", "out"), ("a", "out", "etc"), ("a", "file"), ("a", "none"), ("..",),
     ("a", "..", ".."), ("a", "b", "..", "..", ".."), ("/", "etc"), ("/etc",), ("a\0", "b"), ("a", "b\0/../../.."),
     ("n" * 256,), ("n" * 255,) * 17],
)  # fmt: skip
def test_what_leads_over_a_link_or_out_is_not_opened(above: int, names: tuple[str, ...]) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    assert beneath.opened(above, names) is None
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_no_link_of_the_kernel_is_followed() -> None:
    process = os.open("/proc/self", os.O_RDONLY)
    try:
        for names in (("cwd",), ("root", "etc"), ("fd", str(process)), ("task", "..", "root")):
            assert beneath.opened(process, names) is None
    finally:
        os.close(process)


@pytest.mark.parametrize(
    ("system", "machine"), [("darwin", "x86_64"), ("win32", "AMD64"), ("linux", "alpha"), ("linux", "i686")]
)
def test_where_the_number_may_mean_another_call_it_is_not_used(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    names = os.uname()
    monkeypatch.setattr(beneath.sys, "platform", system)
    monkeypatch.setattr(beneath.os, "uname", lambda: os.uname_result((*names[:4], machine)))
    assert beneath._call.__wrapped__() is None


def test_a_few_folders_are_reached_without_loading_what_calls_the_kernel(
    above: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def call() -> Callable[[int, bytes], int] | None:
        asked.append(True)
        return None

    monkeypatch.setattr(beneath, "_call", call)
    monkeypatch.setattr(beneath, "WALKS", next(beneath._walked) + 3)
    for _ in range(5):
        assert beneath.opened(above, ("a", "b")) is None
    assert len(asked) == 3
