"""Landlock with every right handled and no rule: nothing can be opened, connected or signalled any more."""

import os
import struct

from llmspell.worker import kernel

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every architecture
_VERSION = 1

_FILES = {1: 13, 2: 14, 3: 15, 5: 16}  # since which version the kernel knows how many rights on files
_NETWORK = {4: 2}
_SCOPES = {6: 2}  # abstract sockets and signals to processes outside


def restrict() -> int:
    """Give up all rights that landlock governs, for this thread and those that it starts; return the version.

    `no_new_privs` must be set before.

    Raises:
        OSError: the kernel has no landlock, or it is switched off.
    """
    version = kernel.syscall(_CREATE_RULESET, None, 0, _VERSION)
    handled = attributes(version)
    ruleset = kernel.syscall(_CREATE_RULESET, handled, len(handled), 0)
    try:
        kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def attributes(version: int) -> bytes:
    """Return the kernel's `landlock_ruleset_attr` with every right that this version knows."""
    fields = [_mask(rights, version) for rights in (_FILES, _NETWORK, _SCOPES)]
    known = [field for field in fields if field]  # an older kernel wants the shorter structure
    return struct.pack(f"{len(known)}Q", *known)


def _mask(rights: dict[int, int], version: int) -> int:
    return (1 << max((count for since, count in rights.items() if since <= version), default=0)) - 1
