import asyncio
import os
import signal
import struct
from pathlib import Path

import pytest
from planted import BARE, LIMITS, hole, plant

from llmspell.errors import ProtocolError, TimeLimitError, WorkerDied
from llmspell.host import process
from llmspell.host.launcher import Launched, spawn
from llmspell.host.process import Exit, Worker
from llmspell.protocol import SECOND_WALLS, frame
from llmspell.security.profile import Profile

HIGH = Profile.load("high").limits


class Far:
    """A worker, what it has said, and whether it is gone."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.bodies: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = 0
        worker.listen(self.bodies.put_nowait, self.lost)

    def lost(self) -> None:
        self.gone += 1


async def opened(launched: Launched, **limits: float) -> Far:
    far = Far(await Worker.open(launched))
    await far.worker.lock(LIMITS | limits)  # type: ignore[arg-type]
    return far


async def ended(attack: str, before: str = "", **limits: float) -> Exit:
    """Send Python to a worker with a hole, and return how that ended it."""
    far = await opened(hole(before=before), **limits)
    far.worker.send(attack.encode())
    exit_ = await far.worker.wait()
    assert far.gone == 1
    return exit_


def descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def reap(pid: int) -> None:
    os.waitpid(pid, 0)


async def test_bodies_come_back_whole_and_in_order() -> None:
    far = await opened(plant(BARE))
    sent = [b"one", b"", b"x" * 1_000_000, b"four"]
    for body in sent:
        far.worker.send(body)
    assert [await far.bodies.get() for _ in sent] == sent
    far.worker.kill()
    await far.worker.wait()


async def test_the_handshake_tells_what_is_locked() -> None:
    worker = await Worker.open(plant(BARE))
    locked = await worker.lock(LIMITS)
    assert locked["missing"].keys() <= set(SECOND_WALLS)
    assert locked["isolation"]["seccomp"] is True
    worker.kill()
    await worker.wait()


async def test_a_worker_that_is_killed_leaves_no_zombie_and_no_descriptor() -> None:
    before = descriptors()
    far = await opened(plant(BARE))
    far.worker.kill()
    far.worker.kill()
    assert (await far.worker.wait()).reason == "killed"
    assert far.gone == 1
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        reap(far.worker.pid)


async def test_a_worker_in_a_loop_is_killed_as_well() -> None:
    far = await opened(hole())
    far.worker.send(b"while True: pass")
    far.worker.kill()
    assert await far.worker.wait() == Exit("killed", -signal.SIGKILL)


async def test_what_is_sent_to_a_worker_that_has_gone_is_dropped() -> None:
    far = await opened(hole())
    os.kill(far.worker.pid, signal.SIGKILL)
    await far.worker.wait()
    far.worker.send(b"hello?")
    far.worker.kill()
    assert (await far.worker.wait()).reason == "lost"


async def test_everyone_who_waits_learns_how_it_ended() -> None:
    far = await opened(plant(BARE))
    waiting = [asyncio.create_task(far.worker.wait()) for _ in range(3)]
    far.worker.kill()
    assert {(await task).reason for task in waiting} == {"killed"}


async def test_who_gives_up_waiting_does_not_stop_the_reaping() -> None:
    far = await opened(plant(BARE))
    waiting = asyncio.create_task(far.worker.wait())
    far.worker.kill()
    await asyncio.sleep(0)
    waiting.cancel()
    assert (await far.worker.wait()).reason == "killed"


async def test_who_gives_up_while_opening_leaves_nothing() -> None:
    before = descriptors()
    launched = plant(BARE)
    opening = asyncio.create_task(Worker.open(launched))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        reap(launched.pid)


async def test_a_worker_that_cannot_be_opened_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise OSError("no more of these")

    before = descriptors()
    launched = plant(BARE)
    monkeypatch.setattr(asyncio.get_running_loop(), "create_unix_connection", refuse)
    with pytest.raises(OSError, match="no more of these"):
        await Worker.open(launched)
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        reap(launched.pid)


# -- how a worker can end ----------------------------------------------------------------------------------------------

NO_MEMORY = "os.write(2, b'Fatal: Out of memory\\n'.lower()); "


@pytest.mark.parametrize(
    ("attack", "reason", "status"),
    [
        ("os._exit(0)", "protocol", 0),
        ("os._exit(3)", "crash", 3),
        ("ctypes.string_at(0)", "crash", -signal.SIGSEGV),
        ("os.abort()", "crash", -signal.SIGABRT),
        (NO_MEMORY + "os.abort()", "memory", -signal.SIGABRT),
        (NO_MEMORY + "ctypes.string_at(0)", "memory", -signal.SIGSEGV),
        ("os.write(2, b'x' * 60_000); os.abort()", "crash", -signal.SIGABRT),
        ("x = bytearray(1 << 40)", "memory", 1),
        ("os.fork()", "forbidden", -signal.SIGSYS),
    ],
)
async def test_the_end_of_a_worker_is_understood(attack: str, reason: str, status: int) -> None:
    exit_ = await ended(attack)
    assert (exit_.reason, exit_.status) == (reason, status)


async def test_a_worker_that_computes_too_long_is_told_from_one_that_was_killed() -> None:
    assert (await ended("while True: pass", cpu=0)).reason == "cpu"


async def test_a_worker_that_survives_the_first_signal_has_still_computed_too_long() -> None:
    ignoring = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)"
    exit_ = await ended("while True: pass", before=ignoring, cpu=0)
    assert (exit_.reason, exit_.status) == ("cpu", -signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_worker_that_somebody_else_killed_is_lost(number: signal.Signals) -> None:
    far = await opened(plant(BARE))
    os.kill(far.worker.pid, number)
    assert await far.worker.wait() == Exit("lost", -number)


async def test_a_frame_over_the_limit_ends_the_worker_before_it_is_read() -> None:
    exit_ = await ended("os.write(3, struct.pack('<I', 1 << 31))\nwhile True: pass")
    assert exit_ == Exit(
        "protocol", -signal.SIGKILL, "the worker broke the protocol: " + exit_.detail.partition(": ")[2]
    )
    assert "over the limit" in exit_.detail


async def test_a_worker_that_closes_its_socket_does_not_live_on() -> None:
    exit_ = await ended("os.close(3)\nwhile True: pass", before="seccomp.install = lambda *_, **__: None")
    assert exit_ == Exit("protocol", -signal.SIGKILL, "the worker has closed its socket")


async def test_a_flood_of_complaints_cannot_fill_the_host() -> None:
    far = await opened(hole())
    far.worker.send(b"os.write(2, b'x' * 65536); os.write(3, bytes(4))\nwhile True: os.write(2, b'x')")
    assert await far.bodies.get() == b""
    far.worker.kill()
    exit_ = await far.worker.wait()
    assert len(exit_.detail) <= 500


async def test_a_worker_that_somebody_else_has_reaped_is_lost() -> None:
    far = await opened(plant(BARE))
    os.kill(far.worker.pid, signal.SIGKILL)
    reap(far.worker.pid)
    assert (await far.worker.wait()).reason == "lost"


# -- before the handshake ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import lupa_of_old", "ModuleNotFoundError: No module named 'lupa_of_old'"),
        ("import os; os._exit(9)", "exit code 9"),
        ("import os; os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("import os; os.write(2, b'\\x1b[2Jgone'); os._exit(1)", r"\\x1b\[2Jgone"),
    ],
)
async def test_a_worker_that_cannot_start_says_why(program: str, words: str) -> None:
    before = descriptors()
    worker = await Worker.open(spawn(program, []))
    with pytest.raises(WorkerDied, match=f"the worker could not start: {words}") as caught:
        await worker.lock(LIMITS)
    assert caught.value.hint == "if this stays so, install llmspell anew"
    assert (await worker.wait()).reason == "start"
    assert descriptors() == before


async def test_a_worker_that_takes_too_long_to_start_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "START_LIMIT", 0.05)
    worker = await Worker.open(spawn("import time; time.sleep(60)", []))
    with pytest.raises(WorkerDied, match="the worker did not start within 50ms"):
        await worker.lock(LIMITS)
    assert (await worker.wait()).reason == "killed"


@pytest.mark.parametrize("answer", [b"{}", b"\xff", b"[]", b'{"isolation": {}, "missing": {"seccomp": 1}}'])
async def test_a_handshake_that_makes_no_sense_is_refused(answer: bytes) -> None:
    worker = await Worker.open(
        spawn(f"import os; os.write(3, {frame(answer)!r}); os.read(3, 1); os.read(3, 10000)", [])
    )
    with pytest.raises(ProtocolError, match="the worker answered its limits with something else"):
        await worker.lock(LIMITS)
    worker.kill()
    await worker.wait()


async def test_a_handshake_cannot_be_huge() -> None:
    worker = await Worker.open(spawn(f"import os; os.write(3, {struct.pack('<I', 70_000)!r}); os.read(3, 99999)", []))
    with pytest.raises(WorkerDied):
        await worker.lock(LIMITS)
    assert (await worker.wait()).reason == "start"


# -- what people read --------------------------------------------------------------------------------------------------

AFTER = "after the call of ask in line 3"


@pytest.mark.parametrize(
    ("exit_", "kind", "message"),
    [
        (Exit("cpu", -24), TimeLimitError, f"the spell used more than 5s of CPU time and was ended, {AFTER}"),
        (Exit("memory", -5), WorkerDied, f"the spell used more than 256 MiB of memory and was ended, {AFTER}"),
        (Exit("forbidden", -31), WorkerDied, f"the worker made a system call that is forbidden to it, {AFTER}"),
        (Exit("crash", -11, "secret"), WorkerDied, f"the engine crashed with SIGSEGV, {AFTER}"),
        (Exit("crash", 3, "secret"), WorkerDied, f"the engine crashed with exit code 3, {AFTER}"),
        (Exit("lost", -9), WorkerDied, f"the worker was killed from outside, {AFTER}"),
        (Exit("protocol", 0, "it lied"), ProtocolError, f"it lied, {AFTER}"),
        (Exit("start", 1, "no Lua"), WorkerDied, "the worker could not start: no Lua"),
    ],
)
def test_each_end_has_one_clear_message_and_a_cure(exit_: Exit, kind: type, message: str) -> None:
    error = exit_.error(HIGH, "security: high", AFTER)
    assert type(error) is kind
    assert error.message == message
    assert error.hint


def test_a_limit_names_the_profile_that_sets_it() -> None:
    error = Exit("memory", -5).error(HIGH, "security: high", AFTER)
    assert error.data == {"rule": "security: high allows 256 MiB of memory"}
    error = Exit("cpu", -24).error(HIGH, "security: high", AFTER)
    assert error.data == {"rule": "security: high allows 5s of CPU time"}
    assert error.exit_code == 8
