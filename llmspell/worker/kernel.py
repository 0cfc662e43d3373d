"""The only way from here to the kernel's own calls: ctypes, by number."""

import ctypes
import errno
import os
import sys

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: int | bytes | ctypes.Structure | None) -> int:
    """Call the kernel and return what it answers.

    Raises:
        OSError: the kernel refuses.
    """
    _linux_only()  # elsewhere the numbers mean something else
    return _checked(_libc.syscall(ctypes.c_long(number), *map(_argument, arguments)))


def prctl(option: int, value: int) -> int:
    """Change one property of this process and return what the kernel answers.

    Raises:
        OSError: the kernel refuses.
    """
    _linux_only()
    zero = ctypes.c_ulong(0)
    return _checked(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero))


def _linux_only() -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "only Linux has it")


def _checked(answer: int) -> int:
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


def _argument(value: int | bytes | ctypes.Structure | None) -> object:
    if isinstance(value, int):
        return ctypes.c_long(value)
    return ctypes.byref(value) if isinstance(value, ctypes.Structure) else value
