"""Real worker processes around an engine that a test plants: launcher, lock and pump are the true ones."""

import json
import os
import socket
from types import TracebackType
from typing import Any, Self

from llmspell.host import launcher
from llmspell.host.launcher import Launched
from llmspell.protocol import SECOND_WALLS, Frames, Lock, Locked, frame

LIMITS: Lock = {"memory": 64 << 20, "memory_hard": 256 << 20, "cpu": 20, "turn": 10.0, "frame": 1 << 20}

_BOOT = """
import sys
sys.path += sys.argv[5:]
import llmspell.worker.__main__ as worker
from llmspell import engines
from llmspell.worker import kernel, landlock, lockdown, seccomp
{engine}
engines.ENGINES[sys.argv[1]] = "__main__:Planted"
{before}
worker.main()
"""

BARE = """
class Planted:
    more = False
    def __init__(self, *, jit, codegen): pass
    def __enter__(self): return self
    def limit(self, memory): pass
    def interrupt(self): return False
    def step(self, frame): return frame
"""

HOLE = """
import ctypes, errno, json, mmap, os, struct
class Planted:
    '''Runs what the test sends as Python: an engine that has been taken over entirely.'''
    more = False
    def __init__(self, *, jit, codegen):
        self.seen = [dict(os.environ), os.getcwd(), sorted(os.listdir("/dev/fd"))[:-1]]  # without the one that lists
        self.behind = open_engine(jit=jit, codegen=codegen)
    def __enter__(self): return self
    def limit(self, memory): pass
    def interrupt(self): return False
    def step(self, frame):
        names = {**globals(), "seen": self.seen}
        exec(frame, names)
        return json.dumps(names.get("answer")).encode()
"""

ENGINES = {
    "none": "def open_engine(**flags): pass",
    "lua": "from llmspell.engines.lua import LuaEngine as open_engine",
    "javascript": "from llmspell.engines.javascript import JavaScriptEngine as open_engine",
}


def plant(engine: str, *, language: str = "lua", jit: bool = True, before: str = "") -> Launched:
    """Launch a worker with a planted engine.

    Args:
        engine: Python that defines a class `Planted`.
        language: the language that the worker thinks it serves.
        jit: whether the worker is to allow machine code.
        before: Python that runs before the worker does, to plant more.
    """
    flags = ["jit" if jit else "no-jit", "codegen", str(os.getpid())]
    boot = _BOOT.format(engine=engine, before=before)
    return launcher.spawn(boot, [language, *flags, *launcher.search_path(language)])


def hole(behind: str = "none", *, before: str = "", jit: bool = True) -> Launched:
    """Launch a worker that runs whatever Python it is sent, with a real engine behind it or none."""
    language = "javascript" if behind == "javascript" else "lua"
    return plant(f"{ENGINES[behind]}\n{HOLE}", language=language, jit=jit, before=before)


VISIBLE = """
prctl = kernel.prctl
kernel.prctl = lambda option, value: 0 if option == lockdown._PR_SET_DUMPABLE else prctl(option, value)
prctl(lockdown._PR_SET_DUMPABLE, 1)
"""
"""For `before`: this worker can be looked into from outside, as no other can by whoever is not root."""


def lacking(locked: Locked) -> dict[str, str]:
    """Return what is missing of the walls that no system may lack on which these tests run."""
    return {name: why for name, why in locked["missing"].items() if name not in SECOND_WALLS}


class Talk:
    """Speaks with a worker over blocking frames, and reaps it."""

    def __init__(self, launched: Launched) -> None:
        self.pid = launched.pid
        self._stderr = launched.stderr
        self._socket = socket.socket(fileno=launched.socket)
        self._socket.settimeout(30)
        self._frames = Frames(1 << 28)
        self._bodies: list[bytes] = []
        self.status: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        os.close(self._stderr)
        if self.status is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)

    def lock(self, **limits: Any) -> Locked:
        locked: Locked = json.loads(self.ask(json.dumps(LIMITS | limits).encode()))
        return locked

    def send(self, body: bytes) -> None:
        self._socket.sendall(frame(body))

    def ask(self, body: bytes) -> bytes:
        self.send(body)
        return self.hear()

    def run(self, python: str) -> Any:
        """Run Python in a worker that has a hole; what it assigns to `answer` comes back."""
        return json.loads(self.ask(python.encode()))

    def hear(self) -> bytes:
        while not self._bodies:
            try:
                data = self._socket.recv(1 << 18)
            except ConnectionResetError:
                data = b""
            if not data:
                raise EOFError(f"the worker ended with {self.end()}: {self.last_words()!r}")
            self._bodies = self._frames.feed(data)
        return self._bodies.pop(0)

    def end(self) -> int:
        """Wait until the worker is dead and return its exit code, or its signal as a negative number."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def hang_up(self) -> int:
        self._socket.shutdown(socket.SHUT_RDWR)
        return self.end()

    def last_words(self) -> bytes:
        return os.read(self._stderr, 1 << 16)
