import json
import threading

import pytest
from planted import BARE, Talk, hole, plant

from llmspell.worker.watchdog import Watchdog

STUBBORN = """
class Planted:
    more = False
    late = False
    def __init__(self, *, jit, codegen): pass
    def __enter__(self): return self
    def limit(self, memory): pass
    def interrupt(self):
        self.late = True
        return True
    def step(self, frame):
        while not self.late: pass
        return b"interrupted"
"""

TALKATIVE = """
class Planted:
    more = False
    def __init__(self, *, jit, codegen): pass
    def __enter__(self): return self
    def limit(self, memory): self.memory = memory
    def interrupt(self): return False
    def step(self, frame):
        self.left = 3 if frame else self.left - 1
        self.more = self.left > 0
        return b"%d of %d" % (self.left, self.memory)
"""


def test_each_body_is_answered_by_one_step_of_the_engine() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock()
        assert [talk.ask(body) for body in (b"one", b"", b"x" * 300_000)] == [b"one", b"", b"x" * 300_000]


def test_bodies_that_arrive_together_are_answered_in_their_order() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock()
        for number in range(100):
            talk.send(b"%d" % number)
        assert [talk.hear() for _ in range(100)] == [b"%d" % number for number in range(100)]


def test_a_turn_goes_on_for_as_long_as_the_engine_says_so() -> None:
    with Talk(plant(TALKATIVE)) as talk:
        talk.lock(memory=77)
        talk.send(b"go")
        assert [talk.hear() for _ in range(4)] == [b"3 of 77", b"2 of 77", b"1 of 77", b"0 of 77"]


def test_a_worker_ends_well_when_the_host_hangs_up() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock()
        assert talk.hang_up() == 0


def test_a_worker_ends_well_when_the_host_hangs_up_before_the_handshake() -> None:
    with Talk(plant(BARE)) as talk:
        assert talk.hang_up() == 0


def test_an_engine_that_cannot_be_loaded_is_named_on_stderr() -> None:
    with Talk(plant("class Planted:\n def __init__(self, **flags): raise ImportError('no such library')")) as talk:
        assert talk.end() == 1
        assert talk.last_words() == b"ImportError: no such library"


def test_limits_that_are_not_limits_end_the_worker() -> None:
    with Talk(plant(BARE)) as talk:
        talk.send(b'{"memory": 1}')
        assert talk.end() == 1
        assert talk.last_words() == b"KeyError: 'turn'"


def test_a_frame_of_the_host_over_the_limit_is_not_read() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock(frame=1000)
        assert talk.ask(b"x" * 1000) == b"x" * 1000
        (message,) = json.loads(talk.ask(b"x" * 1001))
        assert message[0] == "e"
        assert talk.end() == 1


def test_a_frame_of_the_engine_over_the_limit_becomes_an_error() -> None:
    with Talk(hole()) as talk:
        talk.lock(frame=1000)
        (message,) = json.loads(talk.ask(b"answer = 'x' * 1000"))
        assert message == ["e", {"kind": "script", "message": message[1]["message"]}]
        assert "limit for a frame" in message[1]["message"]


@pytest.mark.parametrize(
    ("fault", "words", "private"),
    [
        ("raise MemoryError", "ran out of memory", b"out of memory"),
        ("raise ValueError('secret of the host')", "engine failed", b"ValueError"),
        ("raise SystemExit(0)", "engine failed", b"SystemExit"),
        ("raise KeyboardInterrupt", "engine failed", b"KeyboardInterrupt"),
        ("(lambda f: f(f))(lambda f: f(f))", "engine failed", b"RecursionError"),
        ("x = [bytearray(1 << 20) for _ in range(1000)]", "ran out of memory", b"out of memory"),
    ],
)
def test_an_engine_that_breaks_says_so_without_a_word_of_python(fault: str, words: str, private: bytes) -> None:
    with Talk(hole()) as talk:
        talk.lock()
        ((tag, error),) = json.loads(talk.ask(fault.encode()))
        assert (tag, error["kind"]) == ("e", "script")
        assert words in error["message"]
        assert talk.end() == 1
        assert talk.last_words() == private


def test_an_error_in_a_callback_of_native_code_ends_the_worker_at_once() -> None:
    callback = """
called = ctypes.CFUNCTYPE(None)(lambda: bytearray(1 << 40))
"""
    with Talk(hole(before=callback)) as talk:
        talk.lock()
        talk.send(b"called()")
        assert talk.end() == 1
        assert talk.last_words() == b"out of memory"


def test_the_watchdog_interrupts_a_step_that_takes_too_long() -> None:
    with Talk(plant(STUBBORN)) as talk:
        talk.lock(turn=0.05)
        assert talk.ask(b"") == b"interrupted"


def test_a_watchdog_interrupts_once_and_only_what_is_late() -> None:
    interrupted = threading.Semaphore(0)
    calls = []

    def interrupt() -> bool:
        calls.append(None)
        interrupted.release()
        return True

    watchdog = Watchdog(interrupt, 0.02)
    watchdog.start()
    for _ in range(1000):
        watchdog.arm()
        watchdog.disarm()
    for late in (1, 2, 3):
        watchdog.arm()
        assert interrupted.acquire(timeout=10)
        assert len(calls) == late
        assert not interrupted.acquire(timeout=0.1)
        watchdog.disarm()


def test_an_engine_is_made_in_an_empty_environment_at_the_root() -> None:
    with Talk(hole()) as talk:
        talk.lock()
        assert talk.run("answer = seen") == [{}, "/", ["0", "1", "2", "3"]]
