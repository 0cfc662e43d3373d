"""Starts worker processes.

It imports next to nothing: the command line starts a worker before it loads anything heavy.
"""

import _socket  # the module `socket` costs 6 ms, all of it before the worker could begin to load
import fcntl
import os
import sys
from collections.abc import Sequence

_BOOT = """\
import sys
sys.path += sys.argv[5:]
from llmspell.worker.__main__ import main
main()
"""
_NEEDS = {
    "lua": ("lupa",),
    "javascript": ("py_mini_racer", "tree_sitter", "tree_sitter_javascript"),
    "trees": ("tree_sitter", "tree_sitter_lua", "tree_sitter_javascript"),
    "sql": (),
}
_HIGH = 10  # above every number that the worker gives a meaning to
_SIGNALS = range(1, 32)


class Launched:
    """A worker process that has just begun: nobody has spoken with it yet.

    Its owner is the thread that launched it: where the system can, a worker dies with that thread.
    """

    __slots__ = ("pid", "socket", "stderr")

    def __init__(self, pid: int, socket: int, stderr: int) -> None:
        self.pid = pid
        self.socket = socket
        self.stderr = stderr

    def discard(self) -> None:
        """End a worker that nobody is going to use, and reap it."""
        os.close(self.socket)
        os.close(self.stderr)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def launch(language: str, *, jit: bool = True, codegen: bool = True) -> Launched:
    """Start a worker for a language and return at once, while it loads its engine.

    Args:
        language: `lua` or `javascript`; or `trees`, which only reads the sources of either, or `sql`, a database.
        jit: whether the engine may compile to machine code.
        codegen: whether scripts may compile text.

    Raises:
        OSError: the system refuses another process or descriptor.
    """
    flags = ["jit" if jit else "no-jit", "codegen" if codegen else "no-codegen"]
    return spawn(_BOOT, [language, *flags, str(os.getpid()), *search_path(language)])


def spawn(boot: str, arguments: Sequence[str]) -> Launched:
    """Start a bare interpreter on a text, with nothing of ours but descriptors 0 to 3, of which 3 is the socket."""
    ends = [end.detach() for end in _socket.socketpair()]
    try:
        ends += os.pipe()
        for theirs in (1, 3):
            ends[theirs] = _lift(ends[theirs])
        pid = _spawn(ends[1], ends[3], [sys.executable, "-I", "-S", "-c", boot, *arguments])
    except BaseException:
        for end in ends:
            os.close(end)
        raise
    os.close(ends[1])
    os.close(ends[3])
    os.set_blocking(ends[2], False)
    return Launched(pid, socket=ends[0], stderr=ends[2])


def search_path(language: str) -> list[str]:
    """Return the folders that a worker needs besides the standard library, wherever they have been installed.

    The first entry of our own path comes last: it can be the folder in which we were started, with a stranger's files.
    """
    folders = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))]  # noqa: PTH100, PTH120
    places = [place for place in (*sys.path[1:], *sys.path[:1]) if os.path.isabs(place)]  # noqa: PTH117
    for package in _NEEDS[language]:
        folders += [place for place in places if os.path.isdir(f"{place}/{package}")][:1]  # noqa: PTH112
    return list(dict.fromkeys(folders))


def _lift(descriptor: int) -> int:
    """Move a descriptor out of the way, so that arranging 0 to 3 in the child cannot overwrite one of its sources."""
    lifted = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    os.close(descriptor)
    return lifted


def _spawn(socket: int, stderr: int, command: list[str]) -> int:
    return os.posix_spawn(
        command[0],
        command,
        {},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, stderr, 2),
            (os.POSIX_SPAWN_DUP2, socket, 3),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=_SIGNALS,
    )
