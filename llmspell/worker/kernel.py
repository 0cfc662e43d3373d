"""The only way from here to the kernel's own calls: ctypes, by number."""

import ctypes
import errno
import os
import sys

_libc = ctypes.CDLL(None, use_errno=True)
_CAPABILITIES_VERSION = 0x20080522


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


def unshare(namespaces: int) -> None:
    """Give this process new namespaces, by the flags of `clone`.

    Raises:
        OSError: the kernel refuses.
    """
    _linux_only()
    _checked(_libc.unshare(ctypes.c_int(namespaces)))


def protect(address: int, size: int, rights: int) -> None:
    """Change what may be done with pages of this process's memory.

    Raises:
        OSError: the kernel refuses.
    """
    _checked(_libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), ctypes.c_int(rights)))


def drop_capabilities() -> None:
    """Give up every privilege that this thread has beyond those of its user.

    Raises:
        OSError: the kernel refuses.
    """
    _linux_only()
    this_thread = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    _checked(_libc.capset(this_thread, (ctypes.c_uint32 * 6)()))


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
