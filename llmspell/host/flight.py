"""The calls of one run that are in flight: begun, answered from the record, written down, given up."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from msgspec import structs

from llmspell.bridge.dispatch import Gate
from llmspell.bridge.op import Handle
from llmspell.bridge.surface import Surface
from llmspell.bridge.values import weight
from llmspell.bundle import Bundle
from llmspell.context import Context
from llmspell.errors import ConfigError, Diverged, ProtocolError, ScriptError, SpellError
from llmspell.host import faults
from llmspell.host.acts import Acts, Heard, pay
from llmspell.host.channel import Channel, Kept, Slot
from llmspell.host.desk import Desk
from llmspell.host.memory import Memory
from llmspell.host.past import Past
from llmspell.host.scope import Scope, at, current, function_print, stored
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Entry
from llmspell.messages import Answer, Call, Fault, Invoke, Reply, Stop, ToGuest
from llmspell.secrets import SIGN

IN_DOUBT = "nobody knows whether this happened: the run ended while it went on, and it is never done twice"
"""What a script is told of an effect that must not be repeated, and may have been done."""
GONE = "the journal has only the name of a secret: set the variable as it was, and resume again"


class Flight:
    """Holds what the guest waits for, and what the host waits for in the guest.

    Args:
        surface: what the script sees.
        context: of the run.
        bundle: the files of the run.
    """

    def __init__(self, surface: Surface, context: Context, bundle: Bundle) -> None:
        self.run_id = context.run_id
        self.gate = Gate(surface, self._invoke, context.access)
        context.access.at = lambda: at(context.identity)
        self.past = Past()
        self.memory = Memory()
        self.scribe = Scribe()
        self.peak = 0
        self.diverged: tuple[int, Call | None] | None = None
        """The recorded call that was not repeated, and what is asked instead."""
        self.scrub = context.secrets.scrub
        """Writes names of secrets in their places: what is delivered is what is kept."""
        self._surface = surface
        self._bundle = bundle
        self._context = context
        self.stopped = False
        """Whether the guest was told to stop in the past."""
        self._most = context.profile.limits.in_flight
        self._scopes: dict[int, Scope] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.quitting: set[asyncio.Task[None]] = set()
        self._invoked: dict[int, asyncio.Future[Answer]] = {}
        self._invoking: dict[int, tuple[Scope, str]] = {}
        self._invocations = 0
        self.last_id = 0
        self.desk = Desk(context, surface.timer)
        self.desk.idle = self._idle_calls
        self.goes_on = False
        """Whether the run can be resumed after its end."""
        self._stopping = False
        context.effects = Acts(self, self.desk, context.now)
        context.sink = Heard(context.sink)
        context.spending.note = pay

    def begin(
        self,
        channel: Channel,
        fail: Callable[[SpellError], None],
        failing: Callable[[SpellError], None],
        frontier: Callable[[], None],
    ) -> None:
        """Say what a flight goes over.

        Args:
            channel: to the guest.
            fail: ends the run.
            failing: told of each error that a script is told.
            frontier: called when all of the past has been told.
        """
        self._channel = channel
        self._fail = self.scribe.fail = self.desk.park = fail
        self._failing = failing
        self._frontier = frontier
        for usage in self.past.usage:
            self._context.restore(usage)
        self.scribe.taint = self._context.access.taint
        self.scribe.taint.inherit(self.past.taint)

    @property
    def waiting(self) -> list[Call]:
        """The calls that have no answer yet."""
        return [scope.call for scope in self._scopes.values()]

    # -- calls --------------------------------------------------------------------------------------------------------

    def call(self, call: Call, size: int) -> None:
        """Take a call that wants an answer; `size` is its share in the bytes of its frame."""
        if call.id <= self.last_id:
            self._fail(ProtocolError("the worker numbered its calls out of order"))
            return
        if len(self._scopes) >= self._most:
            self._fail(ProtocolError("the worker has more calls in flight than it may have"))
            return
        self.last_id = call.id
        self.peak = max(self.peak, len(self._scopes) + 1)
        effect = self.gate.effect(call.op)
        if effect == "pure":
            self._channel.answer(self._at_once(call))
            return
        now = self._context.now() if self.scribe.writes or effect == "external" else 0  # a person's time begins here
        scope = self._scopes[call.id] = Scope(call, size, effect, now, self.scrub)
        self._compare(scope)
        if self.past.over:
            self._go_on(scope)
        elif effect == "local" and not self.past.offline:
            self._start(scope)

    def _compare(self, scope: Scope) -> None:
        try:
            self.past.check(scope)
        except Diverged as error:
            self._diverge(error, scope.call.id, scope.call)

    def _diverge(self, error: Diverged, number: int, call: Call | None) -> None:
        self.diverged = (number, call and structs.replace(call, args=self.scrub(call.args)))
        self._fail(error)

    def _start(self, scope: Scope) -> None:
        task = self._tasks[scope.call.id] = asyncio.ensure_future(self._answer(scope))
        task.add_done_callback(self._answered_call)

    def _answered_call(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(faults.ours(error))

    def _at_once(self, call: Call) -> ToGuest:
        """Answer a call whose result follows from its arguments: a replay answers it again in the same way."""
        try:
            return Reply(call.id, self.gate.at_once(call.op, call.args, call.id))
        except SpellError as error:
            return self._fault(call.id, error)

    async def _answer(self, scope: Scope) -> None:
        call = scope.call
        current.set(scope)
        try:
            async with scope.at_work(self._context.quota):
                message, size = await self._outcome(scope)
            if not self.past.over:
                await self._await_past(call.id)
            self._deliver(message, size)
        except asyncio.CancelledError:
            self.scribe.lose(scope)
            raise
        finally:
            if self._tasks.get(call.id) is asyncio.current_task():
                del self._tasks[call.id]
                self._scopes.pop(call.id, None)

    async def _outcome(self, scope: Scope) -> tuple[ToGuest, int]:
        call = scope.call
        try:
            with self._context.load.held(scope.size):
                if scope.effect != "local":  # these keep the order in which they were issued
                    await self._channel.room()
                if scope.effect == "once":
                    await self.scribe.intend(scope)
                known = self.memory.recall(scope, self._surface)
                again = None if known is None else partial(self._remembered, known)
                value = await self.gate.call(call.op, call.args, call.id, known=again)
                if scope.decision is not None:
                    scope.ended = self.scribe.writes
                    return self._recorded(scope.decision, scope), 0
            return Reply(call.id, value if self.gate.reveals(call.op) else self._checked(value)), weight(value)
        except SpellError as error:
            return self._fault(call.id, error), 0

    def _fault(self, number: int, error: SpellError) -> Fault:
        error.message = self.scrub(error.message)
        self._failing(error)
        shape = self.scrub(faults.wire(error))
        faults.admit(shape, self._bundle)
        return Fault(number, shape)

    def _remembered(self, known: Entry) -> Any:
        """Return the answer of a run of before, and print what that printed for it."""
        if said := known.meta.get("said"):
            self._context.sink.output("out", said)
        return known.value

    def _checked(self, value: Any) -> Any:
        return self.scrub(stored(value) if self.scribe.writes else value)

    async def _await_past(self, number: int) -> None:
        """Wait for the end of the past, or, where it has the result of the call, to be replaced by that."""
        if self.past.has_result(number):
            await asyncio.get_running_loop().create_future()
        await self.past.ended()

    def _deliver(self, message: ToGuest, size: int) -> None:
        try:
            self._channel.deliver(message, size)
        except ScriptError as error:
            assert isinstance(message, Reply)
            self._channel.deliver(Fault(message.id, faults.wire(error)))

    def quit(self, number: int) -> None:
        """Give up a call."""
        # Its place is free at once: the guest counts so, and a task that has not begun never runs its `finally`.
        if scope := self._scopes.pop(number, None):
            scope.unwanted = True
            if scope.effect == "external" and scope.intended and not self._stopping:
                self.desk.withdraw(number)
        self._drop(number)

    def _drop(self, number: int) -> None:
        if task := self._tasks.pop(number, None):
            self.quitting.add(task)
            task.add_done_callback(self.quitting.discard)
            task.cancel()

    def cancel(self) -> None:
        """Give up all calls, as the guest does that is told to stop, and begin none that it makes until it hears it."""
        self._stopping = True
        for task in self._tasks.values():
            task.cancel()

    async def end(self, grace: float) -> None:
        """Give up what is left, and wait so many seconds for it to end."""
        self.cancel()
        for future in self._invoked.values():
            future.cancel()
        if ending := {*self._tasks.values(), *self.quitting}:
            await asyncio.wait(ending, timeout=grace)

    # -- what is delivered --------------------------------------------------------------------------------------------

    def keep(self, message: ToGuest, slot: Slot) -> Kept:
        """Write down what is delivered."""
        self.scribe.last = self.last_id
        match message:
            case Reply(id) | Fault(id):
                return self.scribe.keep(message, slot, self._scopes.get(id))
            case Invoke(id):
                scope, key = self._invoking.pop(id)
                return self.scribe.keep(message, slot, scope, key)
        return self.scribe.keep(message, slot, None)

    def idle(self) -> None:
        """Tell the guest what comes next in its past, now that it has ended its turn."""
        if self.past.over:
            self.desk.rest()
            return
        entries = self.past.next()
        if entries is None:
            self._reach_frontier()
            return
        last = entries[-1]
        assert last.ord is not None
        assert last.batch is not None
        try:
            messages = [self._repeated(entry) for entry in entries]
        except Diverged as error:
            self._diverge(error, int(error.data["no"]), None)
            return
        self._channel.repeat(messages, Slot(last.ord, last.batch, max(entry.t_ms or 0 for entry in entries)))

    def _repeated(self, entry: Entry) -> ToGuest:
        if entry.no == 0:
            self.stopped = True
            return Stop(str(entry.value))
        if entry.key:
            self._invocations += 1
            self._invoked[self._invocations] = self.past.answer(entry.no, entry.key)
            function, args = entry.request
            return Invoke(self._invocations, function, args)
        if entry.no > self.last_id:
            raise Diverged("", data={"no": entry.no})
        # a call that was given up meanwhile is answered all the same, as it was then
        scope = self._scopes.pop(entry.no, None)
        self._drop(entry.no)
        if self.past.offline and entry.effect == "local":
            self.gate.handles.add(Handle(), entry.no)  # whatever it was: it is only known by its number
        if said := entry.meta.get("said"):
            self._context.sink.output("out", said)
        return self._recorded(entry, scope)

    def _recorded(self, entry: Entry, scope: Scope | None) -> ToGuest:
        """Return the answer to a call as it was recorded."""
        self.gate.recall(entry.op, [] if scope is None else scope.call.args)
        if entry.ok:
            return Reply(entry.no, entry.value if scope is None else self._revealed(entry.value, scope.call))
        self._failing(SpellError(**{name: entry.value.get(name, {}) for name in ("kind", "message", "data")}))
        faults.admit(entry.value, self._bundle)
        return Fault(entry.no, entry.value)

    def _revealed(self, value: Any, call: Call) -> Any:
        """Return a result that was recorded, with the secret in it that its op has handed out."""
        if self.past.offline or not self.gate.reveals(call.op) or SIGN not in str(value):
            return value
        try:
            found = self.gate.at_once(call.op, call.args, call.id)
            if self.scrub(found) != value:
                raise ConfigError(f"this run was given {value}, which the environment does not have now", hint=GONE)
        except SpellError as error:
            self._fail(error)
            return value
        return found

    def _reach_frontier(self) -> None:
        """Begin what has no result yet: nothing before this has touched the world."""
        self.past.end()
        self._frontier()
        if self.past.offline:
            return
        for number in self.past.asked():
            if number not in self._scopes:  # the process ended between giving it up and writing that down
                self.desk.withdraw(number)
        for scope in list(self._scopes.values()):
            self._go_on(scope)

    def _idle_calls(self) -> Collection[Scope] | None:
        quiet = self.past.over and self._channel.quiet and not self.quitting
        return self._scopes.values() if quiet else None

    def _go_on(self, scope: Scope) -> None:
        """Begin a call, unless it had ended before the run was resumed, or nobody knows what became of it."""
        if self._stopping:
            return  # the guest gives it up as soon as it hears of it
        number = scope.call.id
        known = self.past.call(number)
        if known is not None and known.ok is None:
            scope.resume(known)
        if known is not None and known.ok is not None:
            scope.ended = True
            if scope.effect == "local" and number not in self._tasks:
                self._start(scope)  # what it makes is made again, and its result is the same
                return
            self._drop(number)
            self._channel.deliver(self._recorded(known, scope))
            del self._scopes[number]
        elif scope.effect == "once" and (known is not None or self.past.doubts(number)):
            error = SpellError(f"{scope.call.op}: {IN_DOUBT}", kind="replay", data={"in_doubt": True})
            self._channel.deliver(Fault(number, faults.wire(error)))
            del self._scopes[number]
        elif number not in self._tasks:
            self._start(scope)

    # -- functions of the guest ---------------------------------------------------------------------------------------

    async def _invoke(self, function: int, args: list[Any]) -> Any:
        scope = current.get()
        key = scope.key("fn")
        if (known := self.past.act(scope.call.id, key)) is not None:
            return self._answered(await self._again(scope, key, known, function, args))
        if not self.past.over:
            await self.past.ended()
        if not self._channel.carries(args):
            raise ScriptError("an argument of the function is not data that a script can hold")
        self._invocations += 1
        number = self._invocations
        answer = self._invoked[number] = asyncio.get_running_loop().create_future()
        self._invoking[number] = (scope, key)
        try:
            self._channel.deliver(Invoke(number, function, self._checked(args)))
            async with scope.place.left():
                return self._answered(await answer)
        finally:
            self._invoked.pop(number, None)

    async def _again(self, scope: Scope, key: str, known: Entry, function: int, args: list[Any]) -> Answer:
        """Return what the function has answered in the replay."""
        if known.fingerprint != function_print(function, self.scrub(stored(args))):
            self._diverge(Diverged(""), scope.call.id, scope.call)
        return await self.past.answer(scope.call.id, key)

    def answer(self, answer: Answer) -> None:
        """Take what a function of the guest has returned."""
        future = self._invoked.pop(answer.id, None)
        if future is not None and not future.done():
            future.set_result(answer)

    def _answered(self, answer: Answer) -> Any:
        value = self.gate.reviver.revive(answer.value)
        if answer.ok:
            return value
        shape = value if isinstance(value, dict) else {}
        raise faults.unwire(shape, self._bundle, self._surface.names(), self._surface.withheld)
