"""Locks this process for ever: afterwards it computes, and speaks over the descriptors that it holds, and nothing else.

Each mechanism is tried by itself and reports what it set or why it could not; nothing is taken for granted.
"""

import errno
import math
import os
import resource
from collections.abc import Callable
from typing import Any

from llmspell.protocol import Lock, Locked
from llmspell.worker import kernel, landlock, namespaces, seccomp

NOBODY = 65534

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
_READ_AND_RUN = 5  # PROT_READ and PROT_EXEC
_STATM_FIELD = {resource.RLIMIT_AS: 0, resource.RLIMIT_DATA: 5}  # what each limit counts, in pages


class Needs:
    """What an engine cannot do without once it is locked.

    Args:
        memory: the resource limit that can hold its memory, `RLIMIT_AS` or `RLIMIT_DATA`.
        executable: whether it makes memory executable.
    """

    def __init__(self, memory: int, *, executable: bool = False) -> None:
        self.memory = memory
        self.executable = executable


def part() -> Locked:
    """Part from the host as far as only a process of one thread can, and begin to note what is on."""
    locked: Locked = {"isolation": {"process": True}, "missing": {}}
    _attempt(locked, "namespaces", namespaces.leave)
    return locked


def lock(locked: Locked, limits: Lock, needs: Needs, parent: int, watch: Callable[[], bool]) -> None:
    """Give up everything that a spell has no use for, and note what is on.

    The order matters: a change of user unties from the parent; a thread inherits landlock only if it begins afterwards;
    the memory in use can be read only by a descriptor from before; and seccomp forbids all the rest.

    Args:
        locked: what is on already.
        limits: what the spell may use.
        needs: what the engine may do besides.
        parent: the process that must not be survived.
        watch: starts the last thread of this process.
    """
    statm = _open_statm()
    steps: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("fixed_code", lambda: _fix_code(needs)),
        ("uid", _drop_privileges),
        ("parent_death", lambda: _die_with(parent)),
        ("undumpable", lambda: kernel.prctl(_PR_SET_DUMPABLE, 0) == 0),
        ("no_new_privs", lambda: kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1) == 0),
        ("landlock", landlock.restrict),
        ("watchdog", watch),
        ("rlimits", lambda: _limit(limits, needs.memory, statm)),
        ("seccomp", lambda: _filter(needs)),
    )
    for name, step in steps:
        _attempt(locked, name, step)


def _attempt(locked: Locked, name: str, step: Callable[[], Any]) -> None:
    try:
        locked["isolation"][name] = step()
    except (OSError, ValueError, RuntimeError, AttributeError) as reason:  # the C library may lack a function
        locked["missing"][name] = getattr(reason, "strerror", None) or str(reason)


def _open_statm() -> int | None:
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None  # `_limit` says so


def _fix_code(needs: Needs) -> bool:
    """Let no page be both written and run, where no compiler needs it; seccomp then sees to it that none will be.

    The entry points for callbacks from native code, which `ctypes` has written, are on such pages.
    """
    if needs.executable:
        return False
    with open("/proc/self/maps", "rb") as lines:  # noqa: PTH123 - pathlib costs more than all the rest of the start
        pages = [place for place, rights, _ in (line.split(maxsplit=2) for line in lines) if b"wx" in rights]
    for place in pages:
        begin, end = (int(each, 16) for each in place.split(b"-"))
        kernel.protect(begin, end - begin, _READ_AND_RUN)
    return True


def _drop_privileges() -> int:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)  # for every thread, and their capabilities go with it
    return os.getuid()


def _die_with(parent: int) -> bool:
    kernel.prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:  # it has gone before we could be tied to it
        os._exit(0)
    return True


def _limit(limits: Lock, memory: int, statm: int | None) -> bool:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = math.ceil(usage.ru_utime + usage.ru_stime + limits["cpu"])
    _cap(resource.RLIMIT_CPU, cpu, cpu + 1)
    for which in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_MEMLOCK):
        _cap(which, 0, 0)
    if statm is None:
        raise OSError(errno.ENOSYS, "memory cannot be limited without /proc")
    pages = int(os.pread(statm, 256, 0).split()[_STATM_FIELD[memory]])
    os.close(statm)
    ceiling = pages * resource.getpagesize() + limits["memory_hard"]
    _cap(memory, ceiling, ceiling)
    unused = os.dup(0)  # the lowest descriptor that is free: none can be opened when the limit is there
    os.close(unused)
    _cap(resource.RLIMIT_NOFILE, unused, unused)
    return True


def _cap(which: int, soft: int, hard: int) -> None:
    _, ceiling = resource.getrlimit(which)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))


def _filter(needs: Needs) -> bool:
    seccomp.install(os.uname().machine, os.getpid(), executable=needs.executable)
    return True
