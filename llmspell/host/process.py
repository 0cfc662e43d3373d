"""Worker: the host's end of one worker process, from the handshake to the reaping."""

import asyncio
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import msgspec

from llmspell.durations import spoken
from llmspell.errors import PermissionDenied, ProtocolError, SpellError, TimeLimitError, WorkerDied
from llmspell.host import cgroup
from llmspell.host.launcher import Launched
from llmspell.protocol import HANDSHAKE_LIMIT, INDISPENSABLE, Frames, Lock, Locked, frame
from llmspell.security.profile import Limits
from llmspell.wording import clip, visible

START_LIMIT = 30.0
"""Seconds that a worker has to load its engine and to lock itself."""

Reason = Literal["killed", "start", "cpu", "memory", "forbidden", "crash", "lost", "protocol"]

_HANG_UP_GRACE = 0.25  # seconds that a worker may live after it has closed its socket
_STDERR_LIMIT = 64 * 1024
_LONGEST_DETAIL = 500
_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
_OUT_OF_MEMORY = (b"out of memory", b"not enough memory")
_FAILED_CHECK = b"Fatal error in"
_BUG = "this is a bug of llmspell, or an attack on it: please report it"


@dataclass(frozen=True)
class Exit:
    """How a worker ended.

    `status` is its exit code, or its signal as a negative number. `detail` is for those who look for a fault of
    llmspell: unless the worker could not start, a hostile spell may have written it.
    """

    reason: Reason
    status: int
    detail: str = ""

    def error(self, limits: Limits, label: str, after: str) -> SpellError:
        """Return what to tell the author of the spell.

        Args:
            limits: what the worker was held to.
            label: the profile that says so, as people know it.
            after: how far the spell had come, in words.
        """
        match self.reason:
            case "start":
                return self.unstarted()
            case "cpu":
                return TimeLimitError(
                    f"the spell used more than {spoken(limits.cpu)} of CPU time and was ended, {after}",
                    hint="compute less in the spell; limits.cpu of the profile sets the limit",
                    data={"rule": f"{label} allows {spoken(limits.cpu)} of CPU time"},
                )
            case "memory":
                size = f"{limits.memory_hard / 2**20:g} MiB"
                return WorkerDied(
                    f"the spell used more than {size} of memory and was ended, {after}",
                    hint="work on less at a time; limits.memory_hard of the profile sets the limit",
                    data={"rule": f"{label} allows {size} of memory"},
                )
            case "forbidden":
                return WorkerDied(f"the worker made a system call that is forbidden to it, {after}", hint=_BUG)
            case "crash":
                return WorkerDied(
                    f"the engine crashed with {self.ending}, {after}",
                    hint=f"a spell that fills its memory can do this: work on less at a time; else {_BUG}",
                )
            case "protocol":
                return ProtocolError(f"{self.detail}, {after}", hint=_BUG)
            case "lost" | "killed":
                return WorkerDied(
                    f"the worker was killed from outside, {after}",
                    hint="if the system is short of memory, its log tells whom it killed",
                )

    def unstarted(self) -> WorkerDied:
        """Return what to tell when no spell has been near the worker yet."""
        return WorkerDied(
            f"the worker could not start: {self.detail or self.ending}",
            hint="if this stays so, install llmspell anew",
        )

    @property
    def ending(self) -> str:
        """The status in words."""
        return signal.Signals(-self.status).name if self.status < 0 else f"exit code {self.status}"


def check_locked(locked: Locked, whose: str) -> None:
    """Refuse a worker that lacks what isolation cannot do without.

    Args:
        locked: what the worker has set, and what it could not.
        whose: who requires it, for people.

    Raises:
        PermissionDenied: something is missing.
    """
    if missing := [name for name in INDISPENSABLE if name in locked["missing"]]:
        raise PermissionDenied(
            f"{whose} needs a fully locked worker, and this system lacks {', '.join(missing)}",
            hint="--allow-weak-isolation runs it all the same",
        )


class Worker(asyncio.Protocol):
    """One worker process: bodies out, bodies in, and in the end no zombie and no descriptor."""

    _transport: asyncio.Transport | None = None
    _reaper: asyncio.Task[Exit]

    def __init__(self, launched: Launched) -> None:
        self.pid = launched.pid
        self._stderr = launched.stderr
        self._frames = Frames(HANDSHAKE_LIMIT)
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[bytes | None] = self._loop.create_future()
        self._hung_up = asyncio.Event()
        self._cpu_limit = float("inf")
        self._started = False
        self._killed = False  # by us, before it ended by itself
        self._offence = ""
        self._spent = 0.0  # seconds of CPU time, once it has ended
        self._loading = (0.0, 0)  # what it had taken before it was locked
        self._entering: asyncio.Future[cgroup.Group] | None = None
        self._lost: Callable[[], None] = lambda: None
        self._hand_over: Callable[[bytes], None] = lambda _: None

    @classmethod
    async def open(cls, launched: Launched) -> Self:
        """Take over a worker that has been launched."""
        worker = cls(launched)
        end = socket.socket(fileno=launched.socket)
        end.setblocking(False)
        try:
            await worker._loop.create_unix_connection(lambda: worker, sock=end)
        except BaseException:
            if worker._transport is None:
                end.detach()
                launched.discard()
            else:
                worker.kill()
                await worker.wait()
            raise
        return worker

    def listen(self, receive: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        """Say where bodies go as they arrive, and whom to tell, once, that none will come any more."""
        self._hand_over = receive
        self._lost = lost

    async def lock(self, limits: Lock) -> Locked:
        """Send the limits; return what the worker has locked, and what it could not and why.

        Raises:
            WorkerDied: it could not load its engine, or takes too long.
            ProtocolError: its answer makes no sense.
        """
        self._cpu_limit = limits["cpu"]
        self.send(msgspec.json.encode(limits))
        alone = await self._count_apart(limits["memory_hard"])
        try:
            body = await asyncio.wait_for(self._answer, START_LIMIT)
        except TimeoutError:
            self.kill()
            raise WorkerDied(f"the worker did not start within {spoken(START_LIMIT)}") from None
        if body is None:
            raise (await self.wait()).unstarted()
        try:
            locked = msgspec.json.decode(body, type=Locked)
        except msgspec.MsgspecError:
            raise ProtocolError("the worker answered its limits with something else", hint=_BUG) from None
        self._frames.limit = limits["frame"]
        self._loading = self._clock(), self._size()
        if alone:
            locked["missing"]["cgroup"] = alone
        else:
            locked["isolation"]["cgroup"] = True
        return locked

    def send(self, body: bytes) -> None:
        """Send one body; after the worker has gone this does nothing."""
        if self._transport is not None:
            self._transport.write(frame(body))

    def unread(self) -> int:
        """Return how many bytes the worker has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    def kill(self) -> None:
        """End the worker at once; nothing that it still says is heard."""
        if self._transport is not None:
            self._killed = True
            self._cut()

    async def wait(self) -> Exit:
        """Wait until the worker has ended and is reaped, and return how it ended."""
        await self._hung_up.wait()
        return await asyncio.shield(self._reaper)

    def used(self) -> float:
        """Return the seconds of CPU time that it has taken since it was locked; 0 where the system does not tell."""
        before = self._loading[0]
        return max(0.0, (self._spent or self._clock()) - before) if before else 0.0

    def held(self) -> int:
        """Return the bytes of memory that it has taken since it was locked; 0 where the system does not tell."""
        return max(0, self._size() - self._loading[1])

    def _clock(self) -> float:
        if self._transport is None:  # the number may be that of another process
            return 0.0
        try:
            return time.clock_gettime(~self.pid << 3 | 2)  # the kernel's name for the clock of a process
        except OSError:
            return 0.0

    def _size(self) -> int:
        if self._transport is None:
            return 0
        try:
            _, resident, shared, *_ = map(int, Path(f"/proc/{self.pid}/statm").read_bytes().split())
        except (OSError, ValueError):
            return 0
        return (resident - shared) * resource.getpagesize()

    async def _count_apart(self, memory: int) -> str:
        """Move the worker to a control group of its own, while it loads its engine; return why not, or nothing."""
        try:
            cgroup.parent()
            self._entering = self._loop.run_in_executor(None, cgroup.Group.around, self.pid, memory)
            await asyncio.shield(self._entering)
        except OSError as reason:
            return reason.strerror or "it cannot be"
        return ""

    # -- called by the event loop --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand over the bodies that are now complete."""
        try:
            bodies = self._frames.feed(data)
        except ValueError as error:
            self._offence = f"the worker broke the protocol: {error}"
            self._cut()
            return
        for body in bodies:
            if self._started:
                self._hand_over(body)
            elif not self._answer.done():
                self._started = True
                self._answer.set_result(body)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it broke does not matter
        """Begin to reap: the socket closes when the worker dies, and is closed when it is to die."""
        self._transport = None
        self._reaper = self._loop.create_task(self._reap())
        self._hung_up.set()
        if not self._answer.done():
            self._answer.set_result(None)
        self._lost()

    # -- the end -------------------------------------------------------------------------------------------------------

    def _cut(self) -> None:
        self._end_process()
        if self._transport is not None:
            self._transport.abort()

    def _end_process(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS answers so when it has died already
            os.killpg(self.pid, signal.SIGKILL)

    async def _reap(self) -> Exit:
        group = await self._entered()
        patience = self._loop.time() + _HANG_UP_GRACE
        pause = 0.0002
        try:
            while not (ended := self._dead())[0]:
                if self._loop.time() > patience and not self._killed:
                    self._offence = self._offence or "the worker has closed its socket"
                    self._end_process()
                await asyncio.sleep(pause)
                pause = min(2 * pause, 0.02)
        except ChildProcessError:
            return Exit("lost", 0, "somebody else has reaped the worker")
        finally:
            stderr = self._read_stderr()
            exhausted = group is not None and group.leave()
        status = os.waitstatus_to_exitcode(ended[1])
        self._spent = ended[2].ru_utime + ended[2].ru_stime
        reason = self._reason(status, self._spent, stderr, exhausted)
        if reason == "protocol":
            return Exit(reason, status, self._offence or "the worker ended before the spell did")
        text = stderr.decode(errors="replace").strip()
        said = text.rpartition("\n")[2] if reason == "start" else text
        return Exit(reason, status, visible(clip(said, _LONGEST_DETAIL)))

    async def _entered(self) -> cgroup.Group | None:
        """Return the group of the worker. While it is moved it must not be reaped: its number could go to another."""
        if self._entering is None:
            return None
        await asyncio.wait([self._entering])
        return None if self._entering.exception() else self._entering.result()

    def _dead(self) -> tuple[int, int, resource.struct_rusage]:
        return os.wait4(self.pid, os.WNOHANG)  # no waiting: the first number is 0 while it lives

    def _reason(self, status: int, cpu: float, stderr: bytes, exhausted: bool) -> Reason:
        if self._killed:
            return "killed"
        if not self._started:
            return "start"
        if status == -signal.SIGXCPU or (status == -signal.SIGKILL and cpu >= self._cpu_limit):
            return "cpu"
        if exhausted:
            return "memory"
        if self._offence or status == 0:
            return "protocol"
        if status in _FROM_OUTSIDE:
            return "lost"
        if status == -signal.SIGSYS:
            return "forbidden"
        # V8's allocator says nothing when it is refused memory, while a check of V8 that fails says so.
        silent = status == -signal.SIGTRAP and _FAILED_CHECK not in stderr
        return "memory" if silent or any(words in stderr for words in _OUT_OF_MEMORY) else "crash"

    def _read_stderr(self) -> bytes:
        text = b""
        with suppress(BlockingIOError):  # somebody else still holds the pipe
            while len(text) < _STDERR_LIMIT and (data := os.read(self._stderr, _STDERR_LIMIT)):
                text += data
        os.close(self._stderr)
        return text
