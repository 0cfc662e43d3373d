"""The guest process: open an engine, lock down, then carry frames between host and engine until the host hangs up."""

import json
import os
import resource
import sys
import time
from typing import NoReturn

from llmspell.engines import open_engine
from llmspell.engines.base import Engine
from llmspell.protocol import HANDSHAKE_LIMIT, Frames, Lock, Locked, frame
from llmspell.worker import lockdown
from llmspell.worker.watchdog import Watchdog

SOCKET = 3

_CHUNK = 1 << 18
_OUT_OF_MEMORY = b'[["e",{"kind":"script","message":"the engine ran out of memory"}]]'
_BROKEN = b'[["e",{"kind":"script","message":"the engine failed: this is a bug of llmspell, or an attack on it"}]]'
_TOO_LARGE = b'[["e",{"kind":"script","message":"the spell sends more at once than the limit for a frame allows"}]]'


def main() -> NoReturn:
    """Serve one spell and end the process; the arguments are those that the launcher gives.

    It never returns and never unwinds: an engine's clean-up may hang, and a spell's must not run.
    """
    try:
        engine, link, watchdog = _prepare(*sys.argv[1:5])
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}".encode(errors="replace"))
        os._exit(1)
    try:
        _pump(engine, link, watchdog)
    except MemoryError:
        _last_words(link, b"out of memory", _OUT_OF_MEMORY)
    except BaseException as error:
        _last_words(link, type(error).__name__.encode(), _BROKEN)
    os._exit(0)


class Link:
    """The socket to the host, one whole frame body at a time."""

    def __init__(self, descriptor: int) -> None:
        self._frames = Frames(HANDSHAKE_LIMIT)
        self._descriptor = descriptor
        self._arrived: list[bytes] = []

    def limit(self, size: int) -> None:
        """Allow bodies of up to so many bytes, either way."""
        self._frames.limit = size

    def read(self) -> bytes | None:
        """Return the next body, or None when the host has hung up."""
        while not self._arrived:
            data = os.read(self._descriptor, _CHUNK)
            if not data:
                return None
            self._arrived = self._frames.feed(data)
        return self._arrived.pop(0)

    def write(self, body: bytes) -> None:
        """Send one body; a notice takes the place of one that is too large."""
        data = frame(body if len(body) <= self._frames.limit else _TOO_LARGE)
        sent = os.write(self._descriptor, data)
        while sent < len(data):
            sent += os.write(self._descriptor, memoryview(data)[sent:])


def _prepare(language: str, jit: str, codegen: str, parent: str) -> tuple[Engine, Link, Watchdog]:
    locked = _enclose()
    engine = open_engine(language, jit=jit == "jit", codegen=codegen == "codegen")
    engine.__enter__()
    link = Link(SOCKET)
    handshake = link.read()
    if handshake is None:
        os._exit(0)
    limits: Lock = json.loads(handshake)
    engine.limit(limits["memory"])
    _close_others()  # what the engine has left open
    watchdog = Watchdog(engine.interrupt, limits["turn"])
    lockdown.lock(locked, limits, _needs(language, jit == "jit"), int(parent), watchdog.start)
    link.write(json.dumps(locked).encode())
    link.limit(limits["frame"])
    return engine, link, watchdog


def _enclose() -> Locked:
    """Leave behind what was inherited, and read what later code would look for in files."""
    sys.unraisablehook = _unraisable
    os.chdir("/")
    os.environ.clear()
    _close_others()
    time.localtime()  # the time zone
    return lockdown.part()  # while there is one thread only


def _close_others() -> None:
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - pathlib costs more than all the rest of the start
        if int(name) > SOCKET:
            os.closerange(int(name), int(name) + 1)  # unlike `close` it does not mind that the list itself is closed


def _unraisable(lost: "sys.UnraisableHookArgs") -> NoReturn:
    """End the process over an error in a callback from native code: the engine would wait for its result for ever."""
    os.write(2, b"out of memory" if issubclass(lost.exc_type, MemoryError) else lost.exc_type.__name__.encode())
    os._exit(1)


def _needs(language: str, jit: bool) -> lockdown.Needs:
    if language == "lua":
        return lockdown.Needs(resource.RLIMIT_AS)
    # V8 reserves more address space than any limit would allow; what counts for it is what it writes to.
    return lockdown.Needs(resource.RLIMIT_DATA, executable=jit and language == "javascript")


def _pump(engine: Engine, link: Link, watchdog: Watchdog) -> None:
    while (body := link.read()) is not None:
        _step(engine, link, watchdog, body)
        while engine.more:
            _step(engine, link, watchdog, b"")


def _step(engine: Engine, link: Link, watchdog: Watchdog, body: bytes) -> None:
    watchdog.arm()
    answer = engine.step(body)
    watchdog.disarm()
    link.write(answer)


def _last_words(link: Link, private: bytes, public: bytes) -> NoReturn:
    try:
        os.write(2, private)
        link.write(public)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
