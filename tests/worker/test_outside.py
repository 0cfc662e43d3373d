"""What can be seen of a worker from outside: its memory holds nothing of the host, and no page is data and code."""

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from planted import VISIBLE, Talk, hole

CONFIGURATIONS = [("lua", False), ("javascript", True), ("javascript", False)]
CHUNK = 1 << 24


class Region(NamedTuple):
    """A stretch of memory of another process."""

    begin: int
    end: int
    rights: str


def regions(pid: int) -> list[Region]:
    lines = Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    found = [re.match(r"(\w+)-(\w+) (\S+)", line) for line in lines]
    return [Region(int(each[1], 16), int(each[2], 16), each[3]) for each in found if each]


def memory(pid: int) -> Iterator[bytes]:
    """Yield all that a process can read, as far as it has ever written or read it."""
    page = os.sysconf("SC_PAGE_SIZE")
    with Path(f"/proc/{pid}/mem").open("rb", 0) as content, Path(f"/proc/{pid}/pagemap").open("rb", 0) as table:
        for region in regions(pid):
            if "r" not in region.rights or region.begin >= 1 << 47:
                continue
            table.seek(region.begin // page * 8)
            flags = table.read((region.end - region.begin) // page * 8)[7::8]  # the top byte: present, swapped
            for run in re.finditer(rb"[\x40-\xff]+", flags):
                content.seek(region.begin + run.start() * page)
                yield content.read((run.end() - run.start()) * page)


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_nothing_of_the_host_is_in_the_memory_of_a_worker(
    behind: str, jit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, told = (secrets.token_hex(16).encode() for _ in range(2))
    monkeypatch.setenv("OPENAI_API_KEY", secret.decode())
    with Talk(hole(behind, jit=jit, before=VISIBLE)) as talk:
        talk.lock()
        talk.run(f"kept = {told!r}; globals()['kept'] = kept")
        pieces = list(memory(talk.pid))
    assert sum(piece.count(told) for piece in pieces) > 0  # the search finds what is there
    assert sum(piece.count(secret) for piece in pieces) == 0


@pytest.mark.parametrize(("language", "jit"), CONFIGURATIONS)
def test_no_memory_is_both_data_and_code_but_that_of_a_compiler(language: str, jit: bool) -> None:
    """V8 with its compiler has one region of 512 MiB for code, and `ctypes` a page for the callbacks of each engine."""
    with Talk(hole(language, jit=jit, before=VISIBLE)) as talk:
        locked = talk.lock()
        both = [region.end - region.begin for region in regions(talk.pid) if {"w", "x"} <= set(region.rights)]
    assert locked["isolation"]["fixed_code"] is not jit
    assert max(both, default=0) == (512 << 20 if jit else 0)


def test_the_lock_itself_keeps_others_of_the_same_user_from_looking() -> None:
    with Talk(hole()) as talk:
        talk.lock()
        assert Path(f"/proc/{talk.pid}/mem").stat().st_uid == 0  # not the user's, as that of other processes
        assert talk.run("answer = ctypes.CDLL(None).getpid()") == talk.pid


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_a_worker_has_nothing_open_but_nothing_its_pipe_and_its_socket(behind: str, jit: bool) -> None:
    with Talk(hole(behind, jit=jit, before=VISIBLE)) as talk:
        talk.lock()
        place = Path(f"/proc/{talk.pid}")
        held = {path.name: re.sub(r":.*", "", str(path.readlink())) for path in (place / "fd").iterdir()}
        environment, folder = (place / "environ").read_bytes(), str((place / "cwd").readlink())
    assert held == {"0": "/dev/null", "1": "/dev/null", "2": "pipe", "3": "socket"}
    assert (environment, folder) == (b"", "/")


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_what_is_said_of_namespaces_is_true(behind: str, jit: bool) -> None:
    with Talk(hole(behind, jit=jit, before=VISIBLE)) as talk:
        locked = talk.lock()
        tasks = list(Path(f"/proc/{talk.pid}/task").iterdir())
        own = {
            name
            for name in ("user", "net", "ipc", "uts", "pid", "mnt")
            if all((task / "ns" / name).readlink() != Path(f"/proc/self/ns/{name}").readlink() for task in tasks)
        }
    assert own == set(locked["isolation"].get("namespaces", []))
    assert ("namespaces" in locked["isolation"]) != ("namespaces" in locked["missing"])
