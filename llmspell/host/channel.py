"""The channel between a run and its worker: batches what goes out, checks what comes in, and watches the turn."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Protocol

import msgspec

from llmspell.errors import ArgumentError, ProtocolError, ScriptError, SpellError
from llmspell.host import faults
from llmspell.messages import Call, Codec, Fault, Invoke, More, Output, Reply, Tick, ToGuest, ToHost
from llmspell.protocol import Lock, Locked

WAITING_FRAMES = 16
"""Frames of the largest size that results may hold in the host until the worker takes them."""
UNREAD_FRAMES = 4
"""Frames of the largest size that may wait for a worker to read them."""

UNREAD_PAUSE = 0.01
"""Seconds after which the channel looks again whether the worker has read."""

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


class Channel:
    """Speaks messages over the frames of one worker.

    Args:
        worker: the far end.
        language: the language of the spell, which decides the format.
        frame: bytes that a body may have.
        turn: seconds after which a guest that has not answered a frame is `late`.
        small: messages in all that ask the host for nothing it counts otherwise.
        tick: returns what moves the clock of the guest, before each batch.
        receive: gets each message, and the share of a call in the bytes of its frame.
        fail: gets the error when the guest breaks the protocol.
        late: called once when a turn has lasted too long.
    """

    def __init__(
        self,
        worker: Worker,
        language: str,
        *,
        frame: int,
        turn: float,
        small: int,
        tick: Callable[[], Tick | None],
        receive: Callable[[ToHost, int], None],
        fail: Callable[[SpellError], None],
        late: Callable[[], None],
    ) -> None:
        self._worker = worker
        self._codec = Codec(language)
        self._frame = frame
        self._turn = turn
        self._small = small
        self._tick = tick
        self._hand_over = receive
        self._fail = fail
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._outbox: list[ToGuest] = []
        self._weight = 0  # of what is in there
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

        The order of these calls is the order in which the script sees the world: what a journal has to keep.

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
        self._weight += weight
        if type(message) is Invoke:
            self._small += 2  # its answer and the frame that brings it are what the host asks for
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(message)

    async def room(self) -> None:
        """Wait until the worker has taken most of what was sent: only then is there sense in answering more."""
        await self._room.wait()

    def _flush(self) -> None:
        if not self._open:
            return
        if self._worker.unread() > UNREAD_FRAMES * self._frame:
            self._room.clear()  # a worker that never reads never answers either: its turn will be over
            self._loop.call_later(UNREAD_PAUSE, self._flush)
            return
        self._room.set()
        batch, self._outbox = self._outbox, []
        self._weight = 0
        time = [tick] if (tick := self._tick()) else []
        body = self._encode([*time, *batch])
        if len(body) <= self._frame:
            self._send(body)
            return
        for message in batch:  # together they are too large; one by one they may fit
            body = self._encode([*time, message])
            self._send(body if len(body) <= self._frame else self._too_large(message, len(body)))

    def _encode(self, batch: list[ToGuest]) -> bytes:
        try:
            return self._codec.encode(batch)
        except _CANNOT_CROSS:
            # A value that cannot cross must not take its neighbours with it.
            return self._codec.encode([each for message in batch if (each := self._crossable(message))])

    def carries(self, value: Any) -> bool:
        """Return whether a value can cross to the guest."""
        try:
            self._codec.encode([value])
        except _CANNOT_CROSS:
            return False
        return True

    def _crossable(self, message: ToGuest) -> ToGuest | None:
        if self.carries(message):
            return message
        if isinstance(message, Reply | Fault):
            return Fault(message.id, faults.wire(ScriptError("the result is not data that a script can hold")))
        self._fail(ScriptError("what the spell is given is not data that a script can hold"))
        return None

    def _too_large(self, message: ToGuest, size: int) -> bytes:
        if not isinstance(message, Reply | Fault):
            self._fail(
                ArgumentError(
                    f"the spell and its input have {size} bytes, and one frame holds {self._frame}",
                    hint="give it a smaller input; limits.frame of the profile sets the limit",
                )
            )
            return b""
        error = ScriptError(f"the result has {size} bytes, over the limit of {self._frame} bytes in one frame")
        return self._encode([Fault(message.id, faults.wire(error))])

    def _send(self, body: bytes) -> None:
        if not body or not self._open:
            return
        if self._unanswered == 0:
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
            self._turn_began = self._loop.time()
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
