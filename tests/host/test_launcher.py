import os
import subprocess
import sys
from pathlib import Path

import lupa
import pytest

from llmspell.host import launcher
from llmspell.host.launcher import Launched, launch, search_path, spawn

ROOT = Path(__file__).parents[2]


def descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def heard(launched: Launched) -> str:
    """Return all that a bare process writes to its socket until it ends."""
    text = b""
    while data := os.read(launched.socket, 65536):
        text += data
    os.close(launched.socket)
    os.close(launched.stderr)
    os.waitpid(launched.pid, 0)
    return text.decode()


def test_a_worker_begins_with_no_environment_in_a_session_of_its_own() -> None:
    program = """
import os
block = open("/proc/self/environ").read()
os.write(3, repr([block, os.getsid(0) == os.getpid(), os.getppid()]).encode())
"""
    assert heard(spawn(program, [])) == repr(["", True, os.getpid()])


def test_a_worker_reads_nothing_and_writes_nowhere_but_to_its_host() -> None:
    program = """
import os
os.write(1, b"lost")
os.write(3, repr([os.read(0, 10), *(os.readlink(f"/proc/self/fd/{n}").partition(":")[0] for n in range(4))]).encode())
"""
    assert heard(spawn(program, [])) == repr([b"", "/dev/null", "/dev/null", "pipe", "socket"])


def test_what_a_worker_complains_about_can_be_read_afterwards() -> None:
    launched = spawn("import nothing_of_that_name", [])
    os.waitpid(launched.pid, 0)
    assert b"No module named 'nothing_of_that_name'" in os.read(launched.stderr, 65536)
    os.close(launched.stderr)
    os.close(launched.socket)


def test_a_worker_does_not_ignore_what_its_host_ignores() -> None:
    host = """
import os, signal, sys
for number in (signal.SIGTERM, signal.SIGXCPU): signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
from llmspell.host.launcher import spawn
program = "import os; os.write(3, open('/proc/self/status').read().encode())"
print(os.read(spawn(program, []).socket, 65536).decode())
"""
    done = subprocess.run([sys.executable, "-c", host], cwd=ROOT, capture_output=True, text=True, check=True)
    status = dict(line.split(":\t") for line in done.stdout.splitlines() if line.startswith("Sig"))
    ignored = int(status["SigIgn"], 16)
    assert status["SigBlk"] == "0" * 16
    assert not ignored & (1 << 14 | 1 << 23)


def test_descriptors_arrive_where_they_belong_even_if_the_host_has_closed_its_own() -> None:
    host = """
import os, sys
out = os.dup(1)
os.closerange(0, 3)
from llmspell.host.launcher import spawn
program = "import os; os.write(3, b'and '.join(os.readlink(f'/proc/self/fd/{n}').encode()[:4] for n in range(4)))"
os.write(out, os.read(spawn(program, []).socket, 65536))
"""
    done = subprocess.run([sys.executable, "-c", host], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "/devand /devand pipeand sock"


def test_a_worker_that_is_discarded_leaves_nothing() -> None:
    before = descriptors()
    launched = launch("lua")
    launched.discard()
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(launched.pid, os.WNOHANG)


def test_a_launch_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = descriptors()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FileNotFoundError):
        launch("lua")
    assert descriptors() == before


@pytest.mark.parametrize("language", ["lua", "javascript"])
def test_a_worker_searches_only_where_its_parts_are(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), ""])
    folders = search_path(language)
    assert folders[0] == str(ROOT)
    assert str(tmp_path) not in folders
    assert all(Path(folder).is_absolute() for folder in folders)


def test_a_folder_in_which_we_are_started_cannot_replace_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lupa").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert search_path("lua")[1] == str(Path(lupa.__file__).parents[1])


def test_to_start_a_worker_little_is_loaded() -> None:
    program = "import sys; sys.path.append(sys.argv[1]); import llmspell.host.launcher; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", program, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "llmspell.host.launcher" in loaded
    assert loaded.isdisjoint({"asyncio", "subprocess", "socket", "dataclasses", "json", "msgspec", "pathlib", "ctypes"})


def test_flags_reach_the_worker_as_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "_BOOT", "import os, sys; os.write(3, ' '.join(sys.argv[1:5]).encode())")
    assert heard(launch("lua")) == f"lua jit codegen {os.getpid()}"
    assert heard(launch("javascript", jit=False, codegen=False)) == f"javascript no-jit no-codegen {os.getpid()}"
