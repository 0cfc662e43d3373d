import errno
import os
import platform
import re
import shlex
import struct
from pathlib import Path
from typing import Any

import pytest
from planted import BARE, LIMITS, Talk, hole, plant

from llmspell.worker import landlock, seccomp

LINES = Path(__file__).with_name("system_calls.txt").read_text("utf-8").splitlines()
COLUMN = {"x86_64": 1, "aarch64": 2}[platform.machine()]
PROBES = [
    (words[0], int(words[COLUMN]), words[3:])
    for line in LINES
    if not line.startswith("#") and (words := shlex.split(line))[COLUMN] != "-"
]
NUMBERS = {name: number for name, number, _ in PROBES}

# Refusals instead of a kill, so that one worker can make all the attempts.
REFUSE = "seccomp.otherwise = seccomp.REFUSE"
CONFIGURATIONS = [("lua", False), ("javascript", True), ("javascript", False)]
EVERYTHING = {
    "process", "uid", "parent_death", "undumpable", "no_new_privs", "landlock", "watchdog", "rlimits", "seccomp",
}  # fmt: skip

ATTEMPT = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
space = ctypes.create_string_buffer(4096)
def attempt(number, words, parent):
    known = {"SPACE": space, "PARENT": ctypes.c_long(parent)}
    def value(word):
        if word in known: return known[word]
        try: return ctypes.c_long(int(word, 0))
        except ValueError: return word.encode()
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(value, words))
    return errno.errorcode.get(ctypes.get_errno(), "?") if result == -1 else "done"
"""


def test_a_worker_that_has_been_taken_over_can_reach_nothing() -> None:
    assert len(PROBES) >= 60


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_every_system_call_that_reaches_out_is_refused(behind: str, jit: bool) -> None:
    with Talk(hole(behind, jit=jit, before=REFUSE + ATTEMPT)) as talk:
        assert talk.lock()["missing"] == {}
        assert re.search(r"Seccomp:\s+2", status(talk.pid))  # before anything dangerous is tried
        answers = talk.run(f"answer = [attempt(number, words, {os.getpid()}) for _, number, words in {PROBES!r}]")
    allowed = [(*probe, answer) for probe, answer in zip(PROBES, answers, strict=True) if answer not in ("EPERM", "EACCES")]
    assert allowed == []
    assert len(answers) >= 60


def status(pid: int) -> str:
    return "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status"))
