"""A chain of lines: whoever writes at once makes one, and whoever dies in the middle leaves it whole."""

import fcntl
import multiprocessing.pool
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from logbook import GIVEN, add, lines, log, path, restore, verified, wrote

from llmspell.errors import ConfigError, SpellError
from llmspell.security import chain
from llmspell.security.chain import Head, head_of, head_path, line_of, older

__all__ = ["path"]

Crew = multiprocessing.pool.Pool


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    """Other processes; each has one thread, so that it may fork."""
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        yield pool
        pool.close()
        pool.join()


# -- files that are full ----------------------------------------------------------------------------------------------


def test_the_chain_goes_on_over_files(path: Path) -> None:
    wrote(path, 30, largest=2000)
    names = sorted(each.name for each in path.parent.glob("audit-*"))
    assert names[:2] == ["audit-0001.jsonl", "audit-0002.jsonl"]
    assert all(each.stat().st_size <= 2000 for each in path.parent.glob("audit*.jsonl"))
    assert [line["n"] for line in lines(path)] == list(range(1, 31))
    assert verified(path).whole
    (path.parent / names[3]).unlink()
    (fault,) = verified(path).faults
    assert "missing in front of this" in fault


def test_a_planted_older_file_is_not_overwritten_and_is_told(path: Path) -> None:
    path.parent.mkdir(0o700)
    planted = path.parent / "audit-0007.jsonl"
    planted.write_text("mine\n")
    wrote(path, 30, largest=2000)
    assert planted.read_text() == "mine\n"
    assert any("audit-0007.jsonl:1" in fault for fault in verified(path).faults)


# -- many writers -----------------------------------------------------------------------------------------------------


def test_processes_and_threads_that_write_at_once_make_one_chain(path: Path, crew: Crew) -> None:
    writers = [crew.apply_async(wrote, (path, 150, f"RUN{number}", 60_000)) for number in range(3)]
    threads = [threading.Thread(target=wrote, args=(path, 100, f"THREAD{number}", 60_000)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for writer in writers:
        writer.get(30)
    written = lines(path)
    assert len(written) == 3 * 150 + 2 * 100
    for run in {line["run"] for line in written}:
        values = [int(line["value"][5:-8]) for line in written if line["run"] == run]
        assert values == list(range(len(values)))
    report = verified(path)
    assert (report.whole, report.lines) == (True, len(written)), report.faults
    assert list(path.parent.glob("audit-*"))


def test_a_process_that_does_not_let_go_is_not_waited_for_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmspell.security.chain._PATIENCE", 0.01)
    wrote(path, 1)
    holder = os.open(head_path(path), os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        told: list[SpellError] = []
        log(path, warn=told.append).note(**GIVEN)
        assert ["held by another process" in error.message for error in told] == [True]
        with pytest.raises(ConfigError, match="held by another process"):
            verified(path)
    finally:
        os.close(holder)


# -- who is killed ----------------------------------------------------------------------------------------------------


def deaths(path: Path, half: bool) -> tuple[int, int, list[str]]:
    """Write again and again in a process that is killed, each time at a later change to a file.

    Returns:
        How often it was killed, how many torn lines that has left, and what was wrong with the chain.
    """
    killed = torn = 0
    faults: list[str] = []
    while forked(partial(write_and_die, path, killed + 1, half)) == -signal.SIGKILL:
        killed += 1
        faults += verified(path).faults
        wrote(path, 1, "NEXT", 900)
        report = verified(path)
        faults += report.faults
        torn += len(report.notes)
        restore(path, {})
    return killed, torn, faults


def forked(act: Callable[[], None], until: Callable[[], bool] | None = None) -> int:
    """Act in another process, which is killed when something holds; return how it has ended."""
    if not (child := os.fork()):
        with suppress(BaseException):
            act()
        os._exit(0)
    while until is not None and not until():
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    if until is not None:
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def write_and_die(path: Path, at: int, half: bool) -> None:
    """Write until the so-manyth change to a file, which is made by half or not at all."""
    left = at

    def deadly(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*args: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0 and half and name == "write":
                args = (args[0], args[1][: len(args[1]) // 2])
            found = real(*args, **named) if left or half else None
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        return act

    for name in ("write", "pwrite", "open", "rename"):
        setattr(os, name, deadly(name, getattr(os, name)))
    wrote(path, 4, "DEAD", 900)


def grown(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size > size


def killings(path: Path) -> list[str]:
    """Kill processes that write, wherever they are; return what is wrong with the chain."""
    for _ in range(10):
        size = path.stat().st_size if path.exists() else 0
        forked(lambda: wrote(path, 10**6), partial(grown, path, size + 5_000))
    wrote(path, 1)
    return verified(path).faults


@pytest.mark.parametrize("half", [False, True])
def test_a_process_that_dies_anywhere_leaves_a_whole_chain(path: Path, crew: Crew, half: bool) -> None:
    killed, torn, faults = crew.apply(deaths, (path, half))
    assert faults == []
    assert killed > 12
    assert bool(torn) == half


def test_a_process_that_is_killed_at_any_time_leaves_a_whole_chain(path: Path, crew: Crew) -> None:
    assert crew.apply(killings, (path,)) == []


def test_a_torn_line_is_closed_by_one_that_says_so(path: Path) -> None:
    wrote(path, 2)
    add(path, '{"v":1,"n":3,"t":"20')
    report = verified(path)
    assert (report.whole, len(report.notes)) == (True, 1)
    wrote(path, 1)
    assert [each and (each.n, each.rule) for each in map(line_of, path.read_bytes().splitlines())][2:] == [
        None, (4, "torn"), (5, "profile.medium.net"),
    ]  # fmt: skip
    report = verified(path)
    assert report.whole, report.faults
    assert report.notes == ["audit.jsonl:3: cut off, because its process was killed; line 4 tells it"]


@pytest.mark.parametrize(
    "head",
    [
        Head(n=2**53, last="x" * 90),
        Head(n=2**63, end=2**63),
        Head(n=-3, end=-1),
        Head(file=2**53, end=2**53, n=1),
        Head(end=10, n=7, last="\x00"),
        Head(file=-1),
    ],
)
@pytest.mark.parametrize("text", ["", "{}\n", '{"v":1', "\n\n", "[" * 5000])
def test_what_a_stranger_has_put_there_stops_no_run(path: Path, head: Head, text: str) -> None:
    path.parent.mkdir(0o700)
    head_path(path).write_bytes(msgspec.json.encode(head).ljust(255) + b"\n")
    path.write_text(text)
    told: list[SpellError] = []
    one = log(path, warn=told.append)
    one.note(**GIVEN)
    one.note(**GIVEN | {"value": "more"})
    one.close()
    assert told == []
    assert [line.value for line in map(line_of, path.read_bytes().splitlines()) if line][-2:] == [
        "api.y.com:443", "more",
    ]  # fmt: skip
    assert not verified(path).whole


def test_the_head_says_where_the_chain_ends(path: Path) -> None:
    wrote(path, 3)
    head = head_of(head_path(path).read_bytes())
    assert head is not None
    assert (head.n, head.end, head.file) == (3, path.stat().st_size, 0)
    assert verified(path).last == head.last
    told: Sequence[bytes] = (b"", b"{}", b"null", b'{"v":1}' + b" " * 300)
    assert [head_of(each) for each in told] == [None] * 4


def test_the_numbers_of_files_end_where_their_names_do(path: Path) -> None:
    """A head, or a file, that a stranger has numbered hides no line behind a name that nobody reads."""
    wrote(path, 1)
    kept = msgspec.structs.replace(msgspec.json.decode(head_path(path).read_bytes(), type=Head), file=10**9)
    head_path(path).write_bytes(msgspec.json.encode(kept).ljust(255) + b"\n")
    wrote(path, 30, largest=2000)
    assert [each["value"] for each in lines(path)][-30:] == [f"host-{number}.example" for number in range(30)]
    assert len(older(path)) == len([*path.parent.glob("audit-*")]) > 3
    path.with_name("audit-999999999.jsonl").write_text("planted\n")
    told: list[SpellError] = []
    one = log(path, warn=told.append, largest=100)
    one.note(**GIVEN)
    assert "there is no higher number for its file" in str(told[0])
    assert "move audit-999999999.jsonl away" in str(told[0].hint)


def test_of_very_many_files_the_newest_are_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "_FILES_MOST", 3)
    wrote(path, 30, largest=2000)
    names = sorted(each.name for each in path.parent.glob("audit-*"))
    assert [each.name for each in older(path)] == names[-3:]
    assert len(lines(path)) == 30, "and none was written over"
    assert not verified(path).whole


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("headed", [False, True])
def test_a_file_that_is_too_large_is_put_aside_before_a_line_is_written(path: Path, torn: bool, headed: bool) -> None:
    path.parent.mkdir(0o700)
    path.write_bytes(b"x" * 5000 + (b"" if torn else b"\n"))
    if headed:
        head_path(path).write_bytes(msgspec.json.encode(Head(end=5000, n=7, last="x")).ljust(255) + b"\n")
    wrote(path, 2, largest=2000)
    assert path.with_name("audit-0001.jsonl").stat().st_size == 5000 + (not torn)
    assert [line.value for line in map(line_of, path.read_bytes().splitlines()) if line][-2:] == [
        "host-0.example", "host-1.example",
    ]  # fmt: skip
    assert not verified(path).whole
