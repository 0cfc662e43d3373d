"""Control groups: where the system has given us some to divide, each worker is counted in one of its own.

Everything that they limit, the worker's own limits do too. What they add is the kernel's memory for the worker. A group
is made only below those that hold for us as well, so that nobody's limits are left by it.
"""

import errno
import os
import re
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")

_OWN = Path("/proc/self/cgroup")
_CONTROLLERS = {"memory", "pids"}
_DELEGATED = "user.delegate"  # by which systemd marks what belongs to the user of a service
_BASELINE = 128 << 20  # bytes that an engine may have for itself
_PROCESSES = 16  # threads count
_KILLED = re.compile(rb"^oom_kill [1-9]", re.MULTILINE)


class Group:
    """The group of one worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def around(cls, pid: int, memory: int) -> "Group":
        """Make a group with a limit of memory above what an engine needs, and move a process there.

        Blocks for up to 30 ms, until all processors know.

        Raises:
            OSError: the system has given us no group to divide, or does not let us.
        """
        group = cls(parent() / f"llmspell-{pid}")
        group._folder.mkdir()
        try:
            group._set("memory.max", memory + _BASELINE)
            group._set("pids.max", _PROCESSES)
            with suppress(FileNotFoundError):  # where there is no swap
                group._set("memory.swap.max", 0)
            group._set("cgroup.procs", pid)
        except BaseException:
            group.leave()
            raise
        return group

    def leave(self) -> bool:
        """Remove the group of a worker that is dead; return whether the kernel has killed it over its memory."""
        killed = False
        with suppress(OSError):
            killed = _KILLED.search((self._folder / "memory.events").read_bytes()) is not None
        with suppress(OSError):
            self._folder.rmdir()
        return killed

    def _set(self, name: str, value: int) -> None:
        with (self._folder / name).open("r+b", buffering=0) as file:  # never made anew: it is there, or not known
            file.write(b"%d" % value)


def parent() -> Path:
    """Return the group in which those of workers are made: our own, or the one above if it was given to us.

    Raises:
        OSError: there is none.
    """
    found = _parent()
    if isinstance(found, OSError):
        raise OSError(found.errno, found.strerror)
    return found


@cache
def _parent() -> Path | OSError:
    """Look once: a process stays where it was started."""
    try:
        return _divisible(_own())
    except OSError as reason:
        return reason


def _divisible(own: Path) -> Path:
    if _enabled(own) and os.access(own, os.W_OK):
        return own
    above = own.parent
    if own != ROOT and _is_ours(above):
        if not _enabled(above):
            (above / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(_CONTROLLERS)))
        return above
    raise OSError(errno.EACCES, "the system has given us no control group to divide")


def _own() -> Path:
    for line in _OWN.read_text("utf-8").splitlines():
        if line.startswith("0::/"):
            return ROOT / line[len("0::/") :]
    raise OSError(errno.ENOSYS, "the system has no control groups of version 2")


def _enabled(group: Path) -> bool:
    with suppress(OSError):
        return set((group / "cgroup.subtree_control").read_text("ascii").split()) >= _CONTROLLERS
    return False


def _is_ours(group: Path) -> bool:
    with suppress(OSError):
        return os.getxattr(group, _DELEGATED) == b"1" and os.access(group / "cgroup.procs", os.W_OK)
    return False
