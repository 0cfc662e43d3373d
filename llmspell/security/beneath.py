"""Beneath: a folder below another, in one step and over no link, where the kernel has `openat2`."""

import errno
import os
import struct
import sys
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count

_NUMBER = 437
_MACHINES = ("x86_64", "aarch64")
"""Where the number is known to mean `openat2`."""
_NO_MAGIC_LINKS, _NO_LINKS, _BENEATH = 0x02, 0x04, 0x08
_FLAGS = getattr(os, "O_PATH", 0) | os.O_DIRECTORY | os.O_CLOEXEC
_HOW = struct.pack("QQQ", _FLAGS, 0, _BENEATH | _NO_LINKS | _NO_MAGIC_LINKS)

_Open = Callable[[int, bytes], int]

WALKS = 100
"""Folders that are reached by walking first: it takes as long to load what calls the kernel."""
_walked = count()


def opened(above: int, names: Sequence[str]) -> int | None:
    """Return the descriptor of a folder below another one.

    None where the kernel has no such call, or it gives no folder for whatever reason: a walk tells why.

    Args:
        above: the descriptor of the folder where the way begins.
        names: the way; nothing in them leads out of that folder.
    """
    path = os.fsencode("/".join(names))
    if b"\0" in path or next(_walked) < WALKS or (call := _call()) is None:
        return None
    descriptor = call(above, path)
    return descriptor if descriptor >= 0 else None


@cache
def _call() -> _Open | None:
    """Return what calls the kernel, or None where it has not got the call, or may not be asked for it."""
    if sys.platform != "linux" or os.uname().machine not in _MACHINES:
        return None
    import ctypes

    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    call.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]

    def ask(above: int, path: bytes) -> int:
        return int(call(_NUMBER, above, path, _HOW, len(_HOW)))

    root = os.open("/", _FLAGS)
    try:
        probe = ask(root, b".")
        if probe < 0 and ctypes.get_errno() != errno.EMFILE:
            return None
        if probe >= 0:
            os.close(probe)
    finally:
        os.close(root)
    return ask
