"""The list of system calls that a locked worker may still make, as a program for the kernel's seccomp filter."""

import ctypes
import errno
import struct

from llmspell.worker import kernel

KILL = 0x80000000
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM

otherwise = KILL
"""What becomes of a call that no list names; a test that counts refusals has it refused instead."""

_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_PROT_EXEC, _MAP_SHARED = 4, 1

_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in the kernel's `seccomp_data`
_X32 = 0x40000000

# Each call with its number on x86-64 and on aarch64. Found by running both engines; the tests keep the list honest.
# fmt: off
_ALLOWED = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "futex": (202, 98), "mmap": (9, 222),
    "munmap": (11, 215), "mprotect": (10, 226), "pkey_mprotect": (329, 288), "mremap": (25, 216), "madvise": (28, 233),
    "brk": (12, 214), "clock_gettime": (228, 113), "gettimeofday": (96, 169), "time": (201, None),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "getpid": (39, 172), "gettid": (186, 178), "getrusage": (98, 165), "getrandom": (318, 278),
    "membarrier": (324, 283), "rt_sigreturn": (15, 139), "rt_sigprocmask": (14, 135), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "tgkill": (234, 131), "exit": (60, 93), "exit_group": (231, 94),
}

# Libraries try these and take no for an answer; a kill would only hide the message that they are about to write.
_REFUSED = {
    "open": (2, None), "openat": (257, 56), "close": (3, 57), "lseek": (8, 62), "ioctl": (16, 29), "fcntl": (72, 25),
    "stat": (4, None), "lstat": (6, None), "fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291),
    "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getcwd": (79, 17), "uname": (63, 160), "sysinfo": (99, 179), "prctl": (157, 167),
    "rt_sigaction": (13, 134),
}
# fmt: on


class Architecture:
    """How one kind of processor is told from others, and its column in the lists of calls."""

    def __init__(self, audit: int, setup: int, column: int) -> None:
        self.audit = audit
        self.setup = setup  # the number of `seccomp` itself
        self.column = column


ARCHITECTURES = {"x86_64": Architecture(0xC000003E, 317, 0), "aarch64": Architecture(0xC00000B7, 277, 1)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install(machine: str, pid: int, *, executable: bool) -> None:
    """Filter the calls of every thread of this process from now on; `no_new_privs` must be set before.

    Args:
        machine: the processor, as `uname` names it.
        pid: this process, the only one that it may signal.
        executable: whether memory may become executable, as a just-in-time compiler needs it.

    Raises:
        OSError: the kernel has no such filter, or forbids it here, or one thread cannot have it.
    """
    if machine not in ARCHITECTURES or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    architecture = ARCHITECTURES[machine]
    code = program(architecture, pid, executable=executable)
    thread = kernel.syscall(architecture.setup, _SET_MODE_FILTER, _ALL_THREADS, _Program(len(code) // 8, code))
    if thread:
        raise OSError(errno.EBUSY, f"thread {thread} cannot have the filter")


def program(architecture: Architecture, pid: int, *, executable: bool) -> bytes:
    """Return the filter as the kernel's instructions: the own architecture only, then call by call."""
    code = [_load(_ARCHITECTURE), *_unless(architecture.audit, _answer(KILL)), _load(_NUMBER)]
    code += [_jump(_AT_LEAST, _X32, 0, 1), _answer(KILL)]
    guards = _guards(pid, executable=executable)
    for name, numbers in _ALLOWED.items():
        code += _when(numbers[architecture.column], *guards.get(name, []), _answer(ALLOW))
    for numbers in _REFUSED.values():
        code += _when(numbers[architecture.column], _answer(REFUSE))
    return b"".join([*code, _answer(otherwise)])


def _guards(pid: int, *, executable: bool) -> dict[str, list[bytes]]:
    """Memory is private, and executable only for a compiler; only this process can be signalled."""
    memory = [] if executable else _refuse_bits(2, _PROT_EXEC)
    return {
        "mmap": memory + _refuse_bits(3, _MAP_SHARED),
        "mprotect": memory,
        "pkey_mprotect": memory,
        "tgkill": [_load(_ARGUMENTS), *_unless(pid, _answer(REFUSE))],
    }


# -- the kernel's little machine: one accumulator, jumps forward only --------------------------------------------------

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


def _load(offset: int) -> bytes:
    return struct.pack("<HBBI", _LOAD, 0, 0, offset)


def _jump(test: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", test, if_true, if_false, value)


def _answer(action: int) -> bytes:
    return struct.pack("<HBBI", _RETURN, 0, 0, action)


def _when(value: int | None, *then: bytes) -> list[bytes]:
    return [] if value is None else [_jump(_EQUAL, value, 0, len(then)), *then]


def _unless(value: int, *then: bytes) -> list[bytes]:
    return [_jump(_EQUAL, value, len(then), 0), *then]


def _refuse_bits(argument: int, bits: int) -> list[bytes]:
    return [_load(_ARGUMENTS + 8 * argument), _jump(_ANY_BIT, bits, 0, 1), _answer(REFUSE)]
