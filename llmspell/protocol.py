"""How host and worker frame what they say. The worker imports this, so it imports next to nothing itself.

A frame is a little-endian u32 length and a body. The first frame each way is a handshake in JSON (`Lock`, `Locked`);
every later body is a batch of messages (`messages.py`), in msgpack for Lua and in JSON for JavaScript. What the worker
itself has to say after the handshake (its engine ran out of memory) is a batch in JSON for both: a body that begins
with `[` is always JSON, because no msgpack array of messages begins with that byte.
"""

import struct
from typing import Any, TypedDict

HEADER = struct.Struct("<I")
HANDSHAKE_LIMIT = 64 * 1024
"""Bytes that a handshake frame may have."""

INDISPENSABLE = ("no_new_privs", "rlimits", "seccomp")
"""What a profile that requires isolation does not run without."""

SECOND_WALLS = ("namespaces", "cgroup")
"""What stands behind walls that hold without it, and what many systems forbid: nobody is warned where it is missing."""


class Lock(TypedDict):
    """The host's first frame: the limits under which the worker locks itself before it reads a spell."""

    memory: int  # bytes that the engine may use before it raises a memory error that a spell can catch
    memory_hard: int  # bytes above the worker's baseline after which the system refuses memory
    cpu: int  # seconds of CPU time after which the system kills the worker
    turn: float  # seconds that a spell may run without yielding to the host
    frame: int  # bytes in one frame, either way


class Locked(TypedDict):
    """The worker's first frame: what is on, and what could not be set and why."""

    isolation: dict[str, Any]
    missing: dict[str, str]


def frame(body: bytes) -> bytes:
    """Return a body with its length in front."""
    return HEADER.pack(len(body)) + body


class Frames:
    """Cuts a stream of bytes into frame bodies; refuses a length above the limit before it reads the body."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes as they arrive and return the bodies that are now complete.

        Raises:
            ValueError: a header announces more bytes than the limit.
        """
        self._buffer += data
        bodies = []
        while len(self._buffer) >= HEADER.size:
            (length,) = HEADER.unpack_from(self._buffer)
            if length > self.limit:
                raise ValueError(f"a frame of {length} bytes is over the limit of {self.limit}")
            end = HEADER.size + length
            if len(self._buffer) < end:
                break
            bodies.append(bytes(self._buffer[HEADER.size : end]))
            del self._buffer[:end]
        return bodies
