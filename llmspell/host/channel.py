"""The channel between a run and its worker: batches what goes out, checks what comes in, and watches the turn."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import msgspec

from llmspell.errors import ArgumentError, ProtocolError, ScriptError, SpellError
from llmspell.host import faults
from llmspell.host.clock import Clock
from llmspell.messages import Call, Codec, Fault, Invoke, More, Output, Reply, Start, ToGuest, ToHost
from llmspell.protocol import Lock, Locked

WAITING_FRAMES = 16
"""Frames of the largest size that results may hold in the host until the worker takes them."""
UNREAD_FRAMES = 4
"""Frames of the largest size that may wait for a worker to read them."""

UNREAD_PAUSE = 0.01
"""Seconds after which the channel looks again whether the worker has read."""

_AROUND = 32  # bytes of a frame around its messages: the tick, and what begins and ends a list

_CANNOT_CROSS = (msgspec.MsgspecError, UnicodeEncodeError, TypeError, ValueError, OverflowError)


class Worker(Protocol):
    """The far end: a worker process, or an engine in this process in tests."""

    def listen(self, receive: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        """Say where bodies go as they arrive, and whom to tell that none will come any more."""

    async def lock(self, limits: Lock) -> Locked:
        """Send the limits and return what the worker could set."""

    def send(self, body: bytes) -> None:
        """Send one body."""

    def unread(self) -> int:
        """Return how many bytes the worker has not taken yet."""

    def kill(self) -> None:
        """End the worker at once."""

    async def wait(self) -> Any:
        """Reap the worker and return how it ended."""


class Slot(NamedTuple):
    """The place of a delivery in the world of a script: its number, that of its frame, and when."""

    ord: int
    batch: int
    t_ms: int


Kept = asyncio.Future[Any] | None
"""What is done when a delivery is durable; None if nobody keeps it."""


def unkept(message: ToGuest, slot: Slot) -> Kept:  # noqa: ARG001
    """Keep nothing."""
    return None


@dataclass
class _Batch:
    """What will go to the guest in one frame."""

    number: int
    ms: int = 0
    size: int = _AROUND
    weight: int = 0
    messages: list[msgspec.Raw] = field(default_factory=list)
    kept: list[asyncio.Future[Any]] = field(default_factory=list)
    closed: bool = False

    def add(self, body: bytes, weight: int, ms: int) -> None:
        self.messages.append(msgspec.Raw(body))
        self.size += len(body) + 1
        self.weight += weight
        self.ms = max(self.ms, ms)


class Channel:
    """Speaks messages over the frames of one worker, one at a time.

    The next frame goes when the guest has answered the last, so that all calls that a frame can cause are known before
    the next one goes: what the guest does follows from the frames alone, and not from how fast either side is.

    Args:
        worker: the far end.
        language: the language of the spell, which decides the format.
        frame: bytes that a body may have.
        turn: seconds after which a guest that has not answered a frame is `late`.
        small: messages in all that ask the host for nothing it counts otherwise.
        clock: the time of the run.
        receive: gets each message, and the share of a call in the bytes of its frame.
        fail: gets the error when the guest breaks the protocol.
        late: called once when a turn has lasted too long.
        keep: gets each delivery with its place; the guest is told of it only when what this returns is done.
        idle: called when the guest has ended its turn and nothing waits for it.
    """

    def __init__(
        self,
        worker: Worker,
        language: str,
        *,
        frame: int,
        turn: float,
        small: int,
        clock: Clock,
        receive: Callable[[ToHost, int], None],
        fail: Callable[[SpellError], None],
        late: Callable[[], None],
        keep: Callable[[ToGuest, Slot], Kept] = unkept,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._worker = worker
        self._codec = Codec(language)
        self._frame = frame
        self._turn = turn
        self._small = small
        self._clock = clock
        self._hand_over = receive
        self._fail = fail
        self._late = late
        self._keep = keep
        self._idle = idle
        self._next = faults.guarded(self._flush, fail)
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()  # of the run: what a frame brings about belongs to no call that asked for it
        self._batches: deque[_Batch] = deque()
        self._answers: deque[_Batch] = deque()  # what goes before all of these, and has no place in the order
        self._next_ord = self._next_batch = 0
        self._scheduled = False
        self._weight = 0  # of what waits
        self._room = asyncio.Event()
        self._room.set()
        self._unanswered = 0  # frames that the guest has not answered yet
        self._turn_began = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._open = True

    def close(self) -> None:
        """Send and accept nothing more."""
        self._open = False
        if self._watch is not None:
            self._watch.cancel()

    # -- out ----------------------------------------------------------------------------------------------------------

    def deliver(self, message: ToGuest, weight: int = 0) -> None:
        """Put a message into the world of the script.

        The order of these calls is the order in which the script sees the world: what a journal keeps.

        Args:
            message: what the script is told.
            weight: about how many bytes it holds until the worker takes it.

        Raises:
            ScriptError: the worker has not taken what waits for it, and this would be too much.
        """
        if weight and self._weight + weight > WAITING_FRAMES * self._frame:
            raise ScriptError(
                f"the results that wait for the spell hold more than {WAITING_FRAMES * self._frame // 2**20} MiB",
                hint="ask for less at once: a lower `limit`, or smaller results",
            )
        if (fitting := self._fitting(message)) is None:
            return
        message, body = fitting
        if type(message) is Invoke:
            self._small += 2  # its answer and the frame that brings it are what the host asks for
        batch = self._batch(len(body))
        slot = Slot(self._next_ord, batch.number, self._clock.now())
        if type(message) is not Start:
            self._next_ord += 1
        if (kept := self._keep(message, slot)) is not None:
            batch.kept.append(kept)
        batch.add(body, weight, slot.t_ms)
        self._weigh(weight)
        self._look()

    def answer(self, message: ToGuest) -> None:
        """Answer a call whose result follows from its arguments: in a frame that comes next, in the turn's own time."""
        if fitting := self._fitting(message):
            body = fitting[1]
            if not self._answers or self._answers[-1].size + len(body) > self._frame:
                self._answers.append(_Batch(-1))
            self._answers[-1].add(body, 0, 0)
            self._look()

    def repeat(self, messages: Sequence[ToGuest], slot: Slot) -> None:
        """Send a frame that was sent before, of which `slot` is the last place; what comes next follows it."""
        batch = _Batch(slot.batch, closed=True)
        for message in messages:
            if type(message) is Invoke:
                self._small += 2
            batch.add(self._codec.encode_one(message), 0, slot.t_ms)
        self._batches.append(batch)
        self._next_ord, self._next_batch = slot.ord + 1, slot.batch + 1
        self._look()

    @property
    def quiet(self) -> bool:
        """Whether the guest has ended its turn, and nothing waits for it."""
        return not (self._unanswered or self._batches or self._answers or self._scheduled)

    async def room(self) -> None:
        """Wait until the worker has taken most of what was sent: only then is there sense in answering more."""
        await self._room.wait()

    def _batch(self, size: int) -> _Batch:
        """Return the batch that a message of so many bytes goes into."""
        last = self._batches[-1] if self._batches else None
        if last is None or last.closed or (last.messages and last.size + size > self._frame):
            last = _Batch(self._next_batch)
            self._next_batch += 1
            self._batches.append(last)
        return last

    def _weigh(self, weight: int) -> None:
        self._weight += weight
        if self._weight > UNREAD_FRAMES * self._frame:
            self._room.clear()
        else:
            self._room.set()

    def _look(self, after: float = 0) -> None:
        if not self._scheduled:
            self._scheduled = True
            if after:
                self._loop.call_later(after, self._next, context=self._context)
            else:
                self._loop.call_soon(self._next, context=self._context)

    def _flush(self) -> None:
        """Send the next frame, if the guest can take it and all in it is durable."""
        self._scheduled = False
        if not self._open or self._unanswered:
            return
        if self._worker.unread() > UNREAD_FRAMES * self._frame:
            self._room.clear()  # a worker that never reads never answers either: its turn will be over
            self._look(UNREAD_PAUSE)
        elif self._answers:
            self._send(self._codec.encode(self._answers.popleft().messages))
        elif self._batches:
            self._send_kept(self._batches[0])
        else:
            self._idle()

    def _send_kept(self, batch: _Batch) -> None:
        batch.closed = True
        for kept in batch.kept:
            if not kept.done():
                kept.add_done_callback(lambda _: self._look())
                return
            if kept.cancelled() or kept.exception():
                return  # whoever keeps it ends the run
        self._batches.popleft()
        self._weigh(-batch.weight)
        tick = self._clock.tick(batch.ms)
        self._send(self._codec.encode([*([] if tick is None else [tick]), *batch.messages]))

    def _fitting(self, message: ToGuest) -> tuple[ToGuest, bytes] | None:
        """Return a message that can cross and its bytes: what cannot is a fault, or ends the run."""
        body = self._encoded(message)
        if body is not None and len(body) + _AROUND <= self._frame:
            return message, body
        if not isinstance(message, Reply | Fault):
            self._fail(_no_data("what the spell is given") if body is None else self._too_large(len(body)))
            return None
        error = _no_data("the result") if body is None else self._over(len(body))
        fault = Fault(message.id, faults.wire(error))
        return fault, self._codec.encode_one(fault)

    def _too_large(self, size: int) -> SpellError:
        return ArgumentError(
            f"the spell and its input have {size} bytes, and one frame holds {self._frame}",
            hint="give it a smaller input; limits.frame of the profile sets the limit",
        )

    def _over(self, size: int) -> SpellError:
        return ScriptError(f"the result has {size} bytes, over the limit of {self._frame} bytes in one frame")

    def _encoded(self, value: Any) -> bytes | None:
        try:
            return self._codec.encode_one(value)
        except _CANNOT_CROSS:
            return None

    def carries(self, value: Any) -> bool:
        """Return whether a value can cross to the guest."""
        return self._encoded(value) is not None

    def _send(self, body: bytes) -> None:
        self._turn_began = self._loop.time()
        if self._watch is None:
            self._watch = self._loop.call_later(self._turn, self._check_turn)
        self._unanswered += 1
        self._worker.send(body)

    # -- in -----------------------------------------------------------------------------------------------------------

    def receive(self, body: bytes) -> None:
        """Take one body from the worker: hostile bytes until they are decoded."""
        if not self._open:
            return
        try:
            messages = self._codec.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            self._fail(ProtocolError("the worker sent a frame that is not a batch of messages"))
            return
        if not (messages and type(messages[-1]) is More):
            self._unanswered -= 1
        if self._unanswered < 0:
            self._fail(ProtocolError("the worker sent a frame that nobody asked for"))
            return
        calls = sum(type(message) is Call for message in messages)
        self._small -= 1 + sum(map(_is_small, messages))
        if self._small < 0:
            self._fail(ProtocolError("the worker sends more than any spell has to say"))
        share = len(body) // max(calls, 1)
        for message in _joined(messages):
            if not self._open:
                return
            self._hand_over(message, share)
        self._look()  # last, so that what these messages have begun takes its first step before the next frame goes

    # -- the turn -----------------------------------------------------------------------------------------------------

    def _check_turn(self) -> None:
        """Run once per turn limit at most, so that a call costs nothing extra."""
        self._watch = None
        if not self._open or self._unanswered == 0:
            return
        left = self._turn_began + self._turn - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._check_turn)
        else:
            self._late()


def _no_data(what: str) -> SpellError:
    return ScriptError(f"{what} is not data that a script can hold")


def _is_small(message: ToHost) -> bool:
    """Return whether nothing else counts a message: calls have their limit, and text that is printed has its own."""
    if type(message) is Output:
        return not message.text or message.stream not in ("out", "err")
    return type(message) is not Call


def _joined(messages: list[ToHost]) -> Iterator[ToHost]:
    """Yield messages, with neighbours that print to the same stream made one: a script may print a byte at a time."""
    for kind, group in groupby(messages, lambda message: message.stream if type(message) is Output else None):
        if kind is None:
            yield from group
        else:
            yield Output(kind, "".join([message.text for message in group if type(message) is Output]))
