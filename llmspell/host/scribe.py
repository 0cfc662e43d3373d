"""The scribe of one run: writes into the journal what is delivered to it, before it is delivered."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from llmspell.errors import Fenced, SpellError
from llmspell.host.channel import Kept, Slot
from llmspell.host.scope import Scope, function_print, stored
from llmspell.journal.records import FINISHED, Entry, Hold, Status
from llmspell.journal.store import Store
from llmspell.messages import Fault, Invoke, Reply, Stop, ToGuest


def _ignore(error: SpellError) -> None:
    """Do nothing about an error."""


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
        self.fail: Callable[[SpellError], None] = _ignore
        """Gets what went wrong while writing: nothing may be delivered after that."""
        self.failed = False

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
                return self._write(_ended(scope, True, value, place))
            case Fault(_, error) if scope is not None:
                return self._write(_ended(scope, False, error, place))
            case Invoke(_, function, args) if scope is not None:
                print_ = function_print(function, args)
                known = {"key": key, "op": "fn", "fingerprint": print_, "request": [function, args], "meta": {}}
                return self._write(scope.entry(**known, **place))
            case Stop(reason):
                return self._write(Entry(no=0, key="stop", op="stop", effect="local", ok=True, value=reason, **place))
        return None

    async def intend(self, scope: Scope) -> None:
        """Write down that a call is about to do what must not be done twice; returns when that is durable."""
        if self._hold is not None:
            await asyncio.shield(self._write(scope.entry()))

    def act(self, scope: Scope, key: str, value: Any) -> None:
        """Write down what an act inside of a call has returned."""
        if self._hold is not None:
            request, op = None, key.partition(":")[0]
            self._write(scope.entry(key=key, op=op, request=request, fingerprint=b"", ok=True, value=value, meta={}))

    def lose(self, scope: Scope) -> None:
        """Write down what a call has cost whose result nobody wants any more."""
        if self._hold is not None and scope.usage:
            self._write(scope.entry(ok=False, value={"kind": "cancelled", "message": "nobody wanted the result"}))

    async def close(self, status: Status, error: SpellError | None, value: Any, usage: dict[str, Any]) -> None:
        """Write down how the run has ended, or where it has stopped.

        Args:
            status: of the run.
            error: what it has failed with.
            value: its result.
            usage: what models have cost in it.
        """
        if self._writes:
            await asyncio.wait(self._writes)
        if self._hold is None or self._store is None or isinstance(error, Fenced):
            return
        try:
            if status in FINISHED and not self.failed:
                told = None if error is None else outcome(error)
                await self._store.finish(self._hold, status, result=stored(value), error=told, usage=usage)
            else:
                await self._store.mark(self._hold, "diverged" if status == "diverged" else "interrupted")
        except SpellError as problem:
            self._warn(problem)

    def _write(self, entry: Entry) -> asyncio.Task[Any]:
        assert self._store is not None
        assert self._hold is not None
        writing: Coroutine[Any, Any, Any] = self._store.record(self._hold, [entry])
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


def _ended(scope: Scope, ok: bool, value: Any, place: dict[str, int]) -> Entry:
    if scope.ended:
        return scope.entry(**place, meta={})
    return scope.entry(ok=ok, value=stored(value), **place)


def outcome(error: SpellError) -> dict[str, Any]:
    """Return an error as the journal keeps how a run has ended."""
    where = error.where and {"file": error.where.file, "line": error.where.line, "column": error.where.column}
    return {"kind": error.kind, "message": error.message, "hint": error.hint, "where": where}
