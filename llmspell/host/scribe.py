"""The scribe of one run: writes into the journal what is delivered to it, before it is delivered."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from llmspell.errors import Fenced, SpellError
from llmspell.host.channel import Kept, Slot
from llmspell.host.scope import Scope, function_print, stored
from llmspell.journal.records import FINISHED, Entry, Hold, Line, News, Status
from llmspell.journal.store import Store
from llmspell.messages import Fault, Invoke, Reply, Stop, ToGuest
from llmspell.question import Verdict
from llmspell.security.taint import Taint


def _ignore(error: SpellError) -> None:
    """Do nothing about an error."""


def _nothing() -> None:
    """Do nothing."""


class Scribe:
    """Writes down one run; one without a store writes nothing.

    Args:
        store: the journal.
        opening: returns the right to write the run; called once, before anything else.
        warn: told why the run, or its end, cannot be written down: it goes on all the same.
    """

    def __init__(
        self,
        store: Store | None = None,
        opening: Callable[[], Awaitable[Hold]] | None = None,
        warn: Callable[[SpellError], None] = _ignore,
    ) -> None:
        self._store = store
        self._opening = opening
        self._warn = warn
        self._hold: Hold | None = None
        self._writes: set[asyncio.Task[Any]] = set()
        self._aside: set[asyncio.Task[Any]] = set()
        self.fail: Callable[[SpellError], None] = _ignore
        """Gets what went wrong while writing: nothing may be delivered after that."""
        self.failed = False
        self.kept: Status | None = None
        """How the journal has the run, once it has ended."""
        self.ending: Callable[[], None] = _nothing
        """Called before the end of the run is written down."""
        self.last = 0
        """The number of the last call: a run that is stopped is cut there if it goes on."""
        self.taint = Taint()
        """What the run holds, which is written down with what it is told, wherever that has become more."""
        self._known: dict[bool, dict[str, Any]] = {}

    @classmethod
    def holding(cls, store: Store, hold: Hold, warn: Callable[[SpellError], None] = _ignore) -> "Scribe":
        """Return one for a run that this process has the right to write already."""

        async def held() -> Hold:
            return hold

        return cls(store, held, warn)

    @property
    def store(self) -> Store | None:
        """The journal, while the run is written down there."""
        return self._store if self._hold is not None else None

    @property
    def writes(self) -> bool:
        """Whether this run is written down, or will be."""
        return self._hold is not None or self._opening is not None

    async def open(self) -> None:
        """Begin to write."""
        opening, self._opening = self._opening, None
        if opening is not None:
            try:
                self._hold = await opening()
            except SpellError as error:
                self._warn(error)

    def keep(self, message: ToGuest, slot: Slot, scope: Scope | None, key: str = "") -> Kept:
        """Write a delivery down, and return what is done when that is durable.

        Args:
            message: what is delivered.
            slot: its place.
            scope: the call that it belongs to.
            key: of a function that the call calls.
        """
        if self._hold is None:
            return None
        place: dict[str, Any] = {"ord": slot.ord, "batch": slot.batch, "t_ms": slot.t_ms}
        match message:
            case Reply(_, value) if scope is not None:
                return self._write(self._ended(scope, True, value, place))
            case Fault(_, error) if scope is not None:
                return self._write(self._ended(scope, False, error, place))
            case Invoke(_, function, args) if scope is not None:
                print_ = function_print(function, args)
                known = {"key": key, "op": "fn", "fingerprint": print_, "request": [function, args]}
                return self._write(scope.entry(**known, meta=self._held(told=True), **place))
            case Stop(reason):
                last = {"last": self.last}
                return self._write(
                    Entry(no=0, key="stop", op="stop", effect="local", request=last, ok=True, value=reason, **place)
                )
        return None

    async def intend(self, scope: Scope) -> None:
        """Write down that a call is open; returns when that is durable."""
        if self._hold is not None and not scope.intended:
            scope.intended = True
            entry = scope.entry()
            entry.meta |= self._held(told=False)
            await asyncio.shield(self._write(entry))

    async def decide(self, number: int, verdict: Verdict, by: str, now: int, fingerprint: bytes | None) -> Entry:
        """Decide an open call, unless somebody was faster, and return it as the journal has it then.

        Args:
            number: of the call.
            verdict: what is decided.
            by: who decides.
            now: the time in milliseconds since the epoch.
            fingerprint: of what they have seen.

        Raises:
            SpellError: it cannot be written down.
        """
        ok, value = verdict.ok, verdict.value
        if self._hold is None or self._store is None:
            return Entry(no=number, ok=ok, value=stored(value))
        resolving = self._store.resolve(
            self._hold.run_id, number, ok, value, fingerprint=fingerprint, meta=verdict.meta(by, now)
        )
        await self._tracked(resolving)
        return await self.entry(number) or Entry(no=number, ok=ok, value=stored(value))

    async def news(self) -> News | None:
        """Return what others have done to the run; None if it is not written down."""
        return None if self._hold is None or self._store is None else await self._store.news(self._hold.run_id)

    async def entry(self, number: int) -> Entry | None:
        """Return a call as the journal has it."""
        return None if self._hold is None or self._store is None else await self._store.entry(self._hold.run_id, number)

    def act(self, scope: Scope, key: str, value: Any) -> Kept:
        """Write down what an act inside of a call has returned, with what it has cost; return what is done then."""
        if self._hold is None:
            return None
        return self._write(_inner(scope, key, value, scope.bill() | self._held(told=False)))

    def lose(self, scope: Scope) -> None:
        """Write down what a call has cost whose result nobody wants any more; it can begin again all the same."""
        below = {"below": scope.below} if scope.below and scope.unwanted else {}
        if self._hold is not None and (meta := scope.bill() | below):
            meta |= self._held(told=False)
            self._write(_inner(scope, f"lost:{self._hold.epoch}", None, meta, scope.call.op))

    def aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin what no delivery waits for, and which is over before the end of the run is written down."""
        task = asyncio.ensure_future(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def say(self, lines: Sequence[Line]) -> None:
        """Write down what the run has said; raises what the store raises."""
        if self._hold is not None and self._store is not None:
            await self._store.write_lines(self._hold, lines)

    async def close(self, status: Status, error: SpellError | None, value: Any) -> None:
        """Write down how the run has ended, or where it has stopped.

        Args:
            status: of the run.
            error: what it has failed with.
            value: its result.
        """
        self.ending()
        if waiting := self._writes | self._aside:
            await asyncio.wait(waiting)
        if self._hold is None or self._store is None or isinstance(error, Fenced):
            return
        try:
            if status in FINISHED and not self.failed:
                told = None if error is None else outcome(error)
                await self._store.finish(self._hold, status, result=stored(value), error=told)
                self.kept = status
            elif status == "suspended" and error is not None:
                self.kept = "suspended"
                await self._store.mark(self._hold, "suspended", error.data.get("due_ms"))
            else:
                self.kept = "diverged" if status == "diverged" else "interrupted"
                await self._store.mark(self._hold, self.kept)
        except SpellError as problem:
            self._warn(problem)

    def _held(self, *, told: bool) -> dict[str, Any]:
        """Return what the run holds, as it is kept with an entry, unless that is written down.

        A fork has the first so many of what the run was told, and nothing else: those have a count of their own.

        Args:
            told: whether the entry is told to the guest.
        """
        held = self.taint.record()
        if self._known.get(told) == held:
            return {}
        self._known |= dict.fromkeys({told, False}, held)
        return {"taint": held}

    def _ended(self, scope: Scope, ok: bool, value: Any, place: dict[str, int]) -> Entry:
        if scope.ended:
            return scope.entry(**place, meta={})  # the journal has more of it; what it brings is known from before
        entry = scope.entry(ok=ok, value=stored(value), **place)
        entry.meta |= self._held(told=True)
        return entry

    def _write(self, entry: Entry) -> asyncio.Task[Any]:
        assert self._store is not None
        assert self._hold is not None
        return self._tracked(self._store.record(self._hold, [entry]))

    def _tracked(self, writing: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(writing)
        self._writes.add(task)
        task.add_done_callback(self._written)
        return task

    def _written(self, task: asyncio.Task[Any]) -> None:
        self._writes.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.failed:
            self.failed = True
            self.fail(error if isinstance(error, SpellError) else SpellError("internal error of llmspell: the journal"))


def _inner(scope: Scope, key: str, value: Any, meta: dict[str, Any], op: str = "") -> Entry:
    op = op or key.rpartition("/")[2].partition(":")[0]
    return scope.entry(key=key, op=op, request=None, fingerprint=b"", ok=True, value=value, meta=meta)


def outcome(error: SpellError) -> dict[str, Any]:
    """Return an error as the journal keeps how a run has ended."""
    where = error.where and {"file": error.where.file, "line": error.where.line, "column": error.where.column}
    return {"kind": error.kind, "message": error.message, "hint": error.hint, "where": where}
