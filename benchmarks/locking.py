"""What it costs to lock a worker: from its launch until it is ready for a spell, locked and not locked."""

import json
import os
import socket
import time
from collections.abc import Callable

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import in_turns
from llmspell import Profile
from llmspell.host.launcher import Launched, launch, search_path, spawn
from llmspell.protocol import frame

ROUNDS = 30
CASES = {
    "Lua": ("lua", True),
    "JavaScript": ("javascript", True),
    "JavaScript without its compiler, as in `high`": ("javascript", False),
}

OPEN = """
import sys
sys.path += sys.argv[5:]
import llmspell.worker.__main__ as worker
from llmspell.worker import lockdown
lockdown.part = lambda: {"isolation": {}, "missing": {}}
lockdown.lock = lambda *_: None
worker.main()
"""
"""Starts a worker as the launcher does, but one that locks nothing."""


def rows() -> list[Row]:
    """Measure each engine beside itself in a worker that stays open."""
    return [row(what, *case) for what, case in CASES.items()]


def row(what: str, language: str, jit: bool) -> Row:
    """Time a locked and an open worker in turns."""
    flags = [language, "jit" if jit else "no-jit", "no-codegen", str(os.getpid()), *search_path(language)]
    locked, unlocked = in_turns(
        ROUNDS,
        lambda: ready(lambda: launch(language, jit=jit, codegen=False)),
        lambda: ready(lambda: spawn(OPEN, flags)),
    )
    bar = Bar("excess", 15, 5)
    return Row(f"a locked worker, {what}", Figure(locked, "ms"), "the same, not locked", Figure(unlocked, "ms"), bar)


def ready(start: Callable[[], Launched]) -> float:
    """Return the milliseconds that a worker takes until it has answered the limits."""
    began = time.perf_counter()
    launched = start()
    with socket.socket(fileno=os.dup(launched.socket)) as end:
        end.sendall(frame(json.dumps(Profile.load("high").lock()).encode()))
        if not end.recv(1 << 16):
            raise RuntimeError("the worker did not start")
    spent = (time.perf_counter() - began) * 1000
    launched.discard()
    return spent
