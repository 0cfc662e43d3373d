"""Lua 5.4 on lupa: bytes go in, bytes come out, and no Python object ever enters the engine."""

import ctypes
import json
from collections.abc import Callable
from typing import Any, NoReturn, Self

from lupa import lua54

from llmspell._package import folder
from llmspell.engines.weakness import rename

_PARTS = (
    "writer", "reader", "faults", "clock", "order", "sorting", "metatables", "fibers", "calls", "arguments", "json",
    "groups", "timing", "steps", "verbs", "flows", "workflow", "surface", "tails", "modules", "files", "io",
    "trial", "coverage",
)  # fmt: skip
_MASK_COUNT = 1 << 3  # LUA_MASKCOUNT
_SLACK = 64 * 1024
_RESERVE = 1024 * 1024
_NOTHING = b"\x90"
_OUT_OF_MEMORY = b'[["e",{"kind":"script","message":"not enough memory"}]]'


class LuaEngine:
    """Runs one spell in one Lua state. What it knows of the bridge is in `bridge/prelude.lua`.

    Args:
        jit: of no meaning here; engines are made alike.
        codegen: of no meaning here: the surface says whether a spell has `load`.
    """

    def __init__(self, *, jit: bool = True, codegen: bool = True) -> None:  # noqa: ARG002
        self.more = False
        self._lua = lua54.LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_refuse,
            unpack_returned_tuples=True,
            max_memory=0,
        )
        functions = _load(self._lua)
        self._begin, self._select, self._run, self._flush, self._expire, self._exhaust = functions
        self._hook = _hook()
        self._memory = 0
        self._thread = 0  # the address of the thread that runs
        self._stepping = self._late = self._dead = False

    def limit(self, memory: int) -> None:
        """Set how many bytes a spell may use, on top of what the engine itself does."""
        self._lua.gccollect()
        self._memory = self._lua.get_memory_used() + memory
        self._lua.set_max_memory(self._memory)

    def step(self, frame: bytes) -> bytes:
        """Deliver one frame body to the guest, run it until it waits, and return one frame body for the host."""
        self.more = self._late = False
        if self._dead:
            return _NOTHING
        self._stepping = True
        try:
            return self._turn(frame)
        except lua54.LuaMemoryError:
            return self._out_of_memory()
        except Exception as error:
            fault = {"kind": "script", "message": f"the Lua engine failed: {error}"[:1000]}
            return self._die(json.dumps([["e", fault]]).encode())
        finally:
            self._thread = 0
            self._stepping = False

    def interrupt(self) -> bool:
        """Make the running step fail at its current line; False when no step runs or the engine cannot be reached.

        Called from another thread. While this one holds the interpreter's lock, the engine cannot leave the thread
        whose address it has given: the address is of a thread that lives.
        """
        if self._hook is None or not self._stepping:
            return False
        self._late = True
        if self._thread:
            self._hook(self._thread)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._dead = True

    def _turn(self, frame: bytes) -> bytes:
        if frame:
            self._receive(frame)
        while not self._late and (thread := self._select()) is not None:
            self._thread = thread
            self._run()
            self._thread = 0
        if self._late:
            self._expire()
        return self._answer()

    def _answer(self) -> bytes:
        body, self.more = self._flush()
        return bytes(body)

    def _receive(self, frame: bytes) -> None:
        """Hand a frame over. Lua copies it where a lack of memory aborts the process: a full engine gets that much."""
        needed = self._lua.get_memory_used() + len(frame) + _SLACK
        if not self._memory or needed <= self._memory:
            self._begin(frame)
            return
        self._lua.set_max_memory(needed)
        try:
            self._begin(frame)
        finally:
            self._lua.set_max_memory(self._memory)

    def _out_of_memory(self) -> bytes:
        """Memory ran out between two fibers. With a little more, the guest can still say where."""
        try:
            self._lua.set_max_memory(self._lua.get_memory_used() + _RESERVE)
            self._exhaust()
            return self._answer()
        except Exception:
            return self._die(_OUT_OF_MEMORY)

    def _die(self, last_words: bytes) -> bytes:
        self._dead, self.more = True, False
        return last_words


def _refuse(_object: object, name: object, _setting: bool) -> NoReturn:
    raise AttributeError(name)


def _load(lua: Any) -> tuple[Callable[..., Any], ...]:
    """Load the guest's bank of the bridge and return the functions that it hands out."""
    bridge = folder("bridge")
    guest = lua.table()
    guest[b"weak"] = lua.table_from({rename(lua): b"k"})
    for part in _PARTS:
        guest[part.encode()] = lua.execute(
            (bridge / "lua" / f"{part}.lua").read_bytes(), guest, name=f"={part}", mode="t"
        )
    functions: tuple[Callable[..., Any], ...] = lua.execute(
        (bridge / "prelude.lua").read_bytes(), guest, name="=prelude", mode="t"
    )
    return functions


def _hook() -> Callable[[int], None] | None:
    """Return what makes a Lua thread raise an error at its next instruction, where lupa shows the functions for it."""
    library = ctypes.PyDLL(lua54.__file__)
    try:
        set_hook, raise_error = library.lua_sethook, library.luaL_error
    except AttributeError:
        return None
    set_hook.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
    set_hook.restype = None
    handler = ctypes.cast(raise_error, ctypes.c_void_p)
    return lambda thread: set_hook(thread, handler, _MASK_COUNT, 1)
