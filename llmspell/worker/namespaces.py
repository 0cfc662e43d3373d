"""Namespaces of its own: no network, no shared memory and no name of the system that others have.

Everything that they keep away, seccomp keeps away too. They are a second wall, and one that many systems forbid.
"""

import os

from llmspell.worker import kernel

_USER, _PARTS = 0x10000000, {"net": 0x40000000, "ipc": 0x08000000, "uts": 0x04000000}


def leave() -> list[str]:
    """Leave the namespaces of the host; return the names of those that this process has for itself now.

    It must have one thread only, and whoever is not root needs a namespace of users for the others: its privileges
    are given up at once. Processes get none: a thread could not begin then, and engines have threads.

    Raises:
        OSError: the system forbids it.
    """
    if os.geteuid() == 0:
        kernel.unshare(sum(_PARTS.values()))
        return list(_PARTS)
    own = os.getuid()
    kernel.unshare(_USER | sum(_PARTS.values()))
    try:
        _call_user(own)
    finally:
        kernel.drop_capabilities()
    return ["user", *_PARTS]


def _call_user(own: int) -> None:
    """Be called in the new namespace what it is called outside."""
    mapping = os.open("/proc/self/uid_map", os.O_WRONLY)
    try:
        os.write(mapping, f"{own} {own} 1".encode())
    finally:
        os.close(mapping)
