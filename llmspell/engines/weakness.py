"""Lua's garbage collector asks a metatable for `__mode`; here it learns to ask for a name that no spell can know.

A spell could make a table weak after `setmetatable` has looked, watch what the collector takes, and put all back before
anybody looks again. Neither Lua nor lupa offer a way to forbid it, so the list of names that the interpreter itself
keeps is changed, after it has been found to be what it should be, and checked by what the collector then does.
"""

import ctypes
import secrets
from typing import Any

USUAL = b"__mode"

_EVENTS = (b"__index", b"__newindex", b"__gc", USUAL, b"__len", b"__eq")  # as they stand in the interpreter's list
_STATE = 24  # where a thread of Lua 5.4 has the address of what all threads share, on every 64-bit system
_DISTANCE = 1024  # bytes between the two: they are parts of one block
_WORDS = 96  # of what all threads share, and well inside of it
_PROBE = b"""
local held = setmetatable({}, { [...] = "k" })
held[{}] = true
collectgarbage()
return next(held) == nil
"""


def rename(lua: Any) -> bytes:
    """Rename the field that makes a table weak, before anything has used it; return its name from now on.

    Where the interpreter is not built as expected that is the usual name, and all stays as it was.
    """
    secret = secrets.token_hex(8).encode()  # short enough for Lua to keep one copy only
    lua.globals()[secret] = secret  # so that Lua does not throw it away until it is in use
    name, *events = _addresses(lua, secret, *_EVENTS)
    mode = _place(lua, events)
    if mode is None:
        return USUAL
    mode.value = name
    if _weakens(lua, secret) and not _weakens(lua, USUAL):
        return secret
    mode.value = events[_EVENTS.index(USUAL)]
    return USUAL


def _place(lua: Any, events: list[int]) -> ctypes.c_void_p | None:
    """Return where in the interpreter's list of the names of events the one stands that counts here."""
    width = ctypes.sizeof(ctypes.c_void_p)
    thread = int(lua.execute(b"return string.format('%p', coroutine.running())"), 16)
    shared = ctypes.c_void_p.from_address(thread + _STATE).value or 0
    if width != 8 or lua.lua_version[:2] != (5, 4) or not 0 < shared - thread < _DISTANCE:
        return None
    words = list((ctypes.c_uint64 * _WORDS).from_address(shared))
    found = [n for n in range(_WORDS - len(events)) if words[n : n + len(events)] == events]
    if len(found) != 1:
        return None
    return ctypes.c_void_p.from_address(shared + width * (found[0] + _EVENTS.index(USUAL)))


def _addresses(lua: Any, *names: bytes) -> list[int]:
    """Return where Lua keeps its copies of names."""
    code = b"return string.format(('%%p '):rep(%d), '%s')" % (len(names), b"','".join(names))
    return [int(each, 16) for each in lua.execute(code).split()]


def _weakens(lua: Any, name: bytes) -> bool:
    return bool(lua.execute(_PROBE, name))
