"""Run: one spell's life, from the first frame to the last."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from msgspec import structs

from llmspell.bridge.op import Function, Handle
from llmspell.bridge.surface import Surface
from llmspell.bridge.values import RESULT_PARTS, contains
from llmspell.bundle import Bundle
from llmspell.context import Context
from llmspell.errors import Cancelled, Diverged, Parked, ScriptError, SpellError
from llmspell.host import faults
from llmspell.host.channel import Channel, Worker
from llmspell.host.clock import Clock
from llmspell.host.flight import Flight
from llmspell.host.lines import Lines
from llmspell.host.memory import Memory
from llmspell.host.past import Past
from llmspell.host.process import check_locked
from llmspell.host.scribe import Scribe
from llmspell.journal.records import ENDED, Status
from llmspell.language import LANGUAGES
from llmspell.messages import Answer, Call, Done, Failed, More, Output, Quit, Start, Stop, ToHost
from llmspell.protocol import Locked
from llmspell.security.rules import FILES
from llmspell.spell import Spell

KILL_SLACK = 0.25
"""Seconds that a worker has to interrupt a turn by itself, with the line, before the host kills it."""

OUT_OF_MEMORY = "not enough memory"
"""What every engine says when a spell has used up its memory."""

SMALL_MESSAGES = 10
"""Messages that a guest may send besides calls and output, for each call that it may make."""

RULES_KEPT = 1000
"""Refusals whose rule is remembered, in case that one of them ends the spell."""

CLOSE_GRACE = 5.0
"""Seconds that ops have to end after they were cancelled."""

CANCEL_GRACE = 1.0
"""Seconds that a cancelled spell has to clean up."""


class Run:
    """One execution of a spell.

    What the script sees is `surface`, what it asks for passes `gate`, what enters it passes `Channel.deliver`.
    """

    def __init__(
        self, spell: Spell, args: Any, context: Context, surface: Surface, seed: int, bundle: Bundle | None = None
    ) -> None:
        self.spell = spell
        self.bundle = bundle or Bundle.alone(spell)
        self.args = args
        self.context = context
        self.surface = surface
        self.seed = seed
        self.id = context.run_id
        self.value: Any = None
        self.error: SpellError | None = None
        self.isolation: Locked = {"isolation": {}, "missing": {}}
        self.calls = 0
        self.begins: Start | None = None
        """What the guest was told first when this run began, if it is one that is repeated."""
        self.at_frontier: Callable[[], SpellError | None] = lambda: None
        """Called when a run that is repeated has come to the end of its record; returns what it ends with there."""
        self._flight = Flight(surface, context, self.bundle)
        self.gate = self._flight.gate
        self.desk = self._flight.desk
        self._limits = context.profile.limits
        self._label = context.profile.label
        self._last_call: Call | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._rules: dict[tuple[str, str], tuple[Any, str]] = {}
        self._channel: Channel | None = None
        self._worker_lost = self._failed = False
        self._late_in_all = False
        self._started = False
        self.cut_short = False
        """Whether somebody stopped the run before its end: a result is then what the spell had by that time."""
        self._stopped: str | None = None  # why, once somebody wants the run to stop

    @property
    def _io(self) -> bool:
        """Whether the script has files as its language knows them: only where it may touch all."""
        return all(self.context.rules.modes[kind] == "all" for kind in FILES)

    @property
    def usage(self) -> dict[str, Any]:
        """What the models of this run have cost so far."""
        return self.context.spending.total()

    @property
    def peak(self) -> int:
        """How many calls were in flight at once."""
        return self._flight.peak

    @property
    def waiting(self) -> list[Call]:
        """The calls that the guest has no answer to yet."""
        return self._flight.waiting

    @property
    def kept(self) -> Status | None:
        """How the journal has the run, once it has ended; None if it does not."""
        return self._flight.scribe.kept

    @property
    def scribe(self) -> Scribe:
        """What writes the run down."""
        return self._flight.scribe

    def fail(self, error: SpellError) -> None:
        """End the run with an error."""
        self._fail(error)

    def break_off(self, error: SpellError) -> None:
        """End the run for now, by no fault of the script: it can be resumed."""
        self._flight.scribe.failed = True
        self._fail(error)

    def remember(self, past: Past, scribe: Scribe, memory: Memory | None = None) -> None:
        """Repeat what was recorded before all else, and write down what follows; called before the run begins."""
        self._flight.past, self._flight.scribe, self._flight.memory = past, scribe, memory or Memory()
        if scribe.writes:
            self.context.sink = Lines(self.context.sink, past, scribe, self.context.now, self.context.secrets)

    def start(self) -> Start:
        """Return what the guest is told first."""
        if self.begins is not None:
            return self.begins
        features = self.context.profile.features | {"manifest": self.spell.manifest.declared, "io": self._io}
        return Start(
            source=self.spell.source,
            name=self.spell.name,
            args=self.args,
            seed=self.seed,
            limits={name: getattr(self._limits, name) for name in ("in_flight", "output", "frame")},
            surface=self.surface.wire(features, self.context.secrets.scrub),
            modules=self.bundle.wire(),
        )

    async def execute(self, worker: Worker, *, weak_isolation: bool = False) -> None:
        """Run the spell in a worker to its end; afterwards `value` or `error` is set, and the worker is gone.

        Args:
            worker: a fresh worker for the language of the spell.
            weak_isolation: run although the profile wants more isolation than the system has.
        """
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._channel = Channel(
            worker,
            self.spell.language,
            frame=self._limits.frame,
            small=SMALL_MESSAGES * self._limits.calls,
            clock=Clock(self.context.started, self.context.now),
            turn=self._limits.turn + (KILL_SLACK if LANGUAGES[self.spell.language].interrupts else 0),
            receive=self._receive,
            fail=self._fail,
            late=faults.guarded(self._late, self._fail),
            keep=self._flight.keep,
            idle=self._idle,
        )
        self._flight.begin(self._channel, self._fail, self._keep_rule, self._reach_frontier)
        self.desk.stop = self.cancel
        self.context.room = self._channel.room
        worker.listen(faults.guarded(self._channel.receive, self._fail), self._lost)
        try:
            await self._begin(worker, weak_isolation)
            await self._ended
        except SpellError as error:
            self.error = error
        finally:
            await self._close(worker)
        await self._settle()
        if self.error is not None and self.error.where is not None and self.error.source is None:
            self.error.source = self._source(self.error.where.file)

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask the spell to stop; it has a moment to clean up, then its worker is killed."""
        self._stopped = self._stopped or reason
        if self._channel is None or self._ended.done() or self.cut_short:
            return  # `_begin` looks before the spell starts
        self.cut_short = True
        if not self._started or not self._flight.past.over:
            self.kill(reason)
            return
        self._channel.deliver(Stop(reason))
        self._flight.cancel()
        self._later(CANCEL_GRACE, lambda: self.kill(reason))

    def kill(self, reason: str = "cancelled") -> None:
        """End the run at once."""
        self._stopped = self._stopped or reason
        if self._channel is not None:
            self._fail(Cancelled(self._stopped, where=self._place()))

    # -- the beginning and the end ------------------------------------------------------------------------------------

    async def _begin(self, worker: Worker, weak_isolation: bool) -> None:
        profile = self.context.profile
        if self._limits.wall is not None:
            self._later(self._limits.wall, self._out_of_time)
        locking = asyncio.ensure_future(worker.lock(profile.lock()))
        locking.add_done_callback(lambda task: task.cancelled() or task.exception())  # it may be of no interest then
        opening = asyncio.ensure_future(self._flight.scribe.open())
        waiting: list[asyncio.Future[Any]] = [locking, self._ended]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await opening
        self.desk.begin(self._flight.scribe)
        if not locking.done():
            return
        self.isolation = locking.result()
        if profile.isolation_required and not weak_isolation:
            check_locked(self.isolation, self._label)
        if self._stopped is not None:
            raise Cancelled(self._stopped)
        assert self._channel is not None
        self._started = True
        self._channel.deliver(self.start())

    async def _close(self, worker: Worker) -> None:
        assert self._channel is not None
        self._end()  # what is lost from here on was killed by us
        self._channel.close()
        for timer in self._timers:
            timer.cancel()
        worker.kill()
        await self.desk.close()
        self._flight.goes_on = self._status() not in ENDED
        await self._flight.end(CLOSE_GRACE)
        await self.context.closing.aclose()
        exit_ = await worker.wait()
        if self._worker_lost and self.error is None:
            self.error = faults.at(exit_.error(self._limits, self._label, faults.after(self._last_call)), self._place())

    async def _settle(self) -> None:
        """Say how the run has ended, where a record of it tells more or is kept."""
        past = self._flight.past
        if self._flight.diverged is not None:
            number, call = self._flight.diverged
            self.error = await past.explain(number, call, self.bundle)
        elif past.offline and (unmade := past.unmade(self._flight.last_id)) is not None and self.error is None:
            self.error = await past.explain(unmade, None, self.bundle)
        self.cut_short = self.cut_short or self._flight.stopped
        await self._flight.scribe.close(self._status(), self.error, self.value)

    def _status(self) -> Status:
        if self.error is None:
            return "cancelled" if self.cut_short else "done"
        if isinstance(self.error, Diverged):
            return "diverged"
        if isinstance(self.error, Parked):
            return "suspended"
        if not (self._flight.past.over or (self._failed and self._flight.past.told)):
            return "interrupted"
        if self._late_in_all:
            return "timed_out"
        return "cancelled" if self.error.kind == "cancelled" else "failed"

    def _reach_frontier(self) -> None:
        if (error := self.at_frontier()) is not None:
            self._fail(error)

    def _idle(self) -> None:
        if not self._ended.done():
            self._flight.idle()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(seconds, faults.guarded(action, self._fail)))

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _fail(self, error: SpellError) -> None:
        if not self._ended.done():
            self.error = error
            self._end()

    def _lost(self) -> None:
        if not self._ended.done():
            self._worker_lost = True
            self._end()

    def _late(self) -> None:
        if self._stopped is not None:
            self.kill(self._stopped)
        self._fail(self._turn_error())

    def _turn_error(self) -> SpellError:
        return faults.turn(self._limits.turn, self._label, self._last_call, self.bundle)

    def _out_of_time(self) -> None:
        if more := self.desk.taken():
            self._later(more, self._out_of_time)  # what people take to answer is not the time of the spell
            return
        assert self._limits.wall is not None
        self._late_in_all = True
        self._fail(faults.wall(self._limits.wall, self._label, self._last_call, self.bundle))

    def _source(self, file: str) -> str:
        return self.bundle.sources.get(file) or self.bundle.others.get(file, "")

    def _place(self) -> Any:
        return faults.place_of(self._last_call, self.bundle)

    # -- what the guest says ------------------------------------------------------------------------------------------

    def _receive(self, message: ToHost, size: int) -> None:
        if self._ended.done():
            return
        match message:
            case Call():
                self._on_call(message, size)
            case Output(stream, text):
                self._on_output(stream, text)
            case Quit(id):
                self._flight.quit(id)
            case Answer():
                self._flight.answer(message)
            case Done(value):
                self._on_done(value)
            case Failed(shape, cause):
                self._on_failed(shape, cause)
            case More():
                pass

    def _on_call(self, call: Call, size: int) -> None:
        self.calls += 1
        most = self.context.quota.call()
        if call.file and call.file not in self.bundle.sources:
            call = structs.replace(call, file="")
        if self.calls > self._limits.calls:
            self._fail(faults.calls(self._limits.calls, self._label, call, self.bundle))
            return
        if most is not None and self._flight.past.over:  # in a replay, those that it began do not run again
            self._fail(faults.calls_together(most, self._label, call, self.bundle))
            return
        if not call.op.startswith("_"):  # people are told of no others
            self._last_call = call
        if call.id == 0:
            self._notify(call)
            return
        self._flight.call(call, size)

    def _keep_rule(self, error: SpellError) -> None:
        """Keep the rule of a refusal: it is the host's word, and none that comes from a guest is believed."""
        if (rule := error.data.get("rule")) and len(self._rules) < RULES_KEPT:
            self._rules[error.kind, error.message] = rule, error.told

    def _notify(self, call: Call) -> None:
        """Run an op whose answer nobody awaits; what is wrong with the call ends the run, or it would be lost."""
        try:
            self.gate.notify(call.op, call.args)
        except SpellError as error:
            self._fail(faults.at(error, faults.place_of(call, self.bundle)))

    def _on_output(self, stream: str, text: str) -> None:
        if stream not in ("out", "err"):
            return
        try:
            self.context.sink.output(stream, text)
        except SpellError as error:
            self._fail(error)

    def _on_done(self, value: Any) -> None:
        try:
            result = self.gate.reviver.revive(value, most=RESULT_PARTS)
        except SpellError as error:
            self._fail(error)
            return
        if contains(result, (Function, Handle)):
            self._fail(ScriptError("the result of the spell holds a function or a handle, which end with it"))
            return
        self.value = result
        self._end()

    def _on_failed(self, shape: dict[str, Any], cause: str) -> None:
        error = faults.unwire(shape, self.bundle, self.surface.names(), self.surface.withheld)
        if rule := self._rules.get((error.kind, error.message)):
            error.data["rule"], error.told = rule
        if cause == "interrupted":
            error = replace(self._turn_error(), where=error.where, trace=error.trace)
        elif error.message == OUT_OF_MEMORY:
            error = faults.memory(error, self._limits.memory, self._label, self._last_call, self.bundle)
        file = error.where.file if error.where else self.bundle.spell.path
        self._failed = not self._ended.done()
        self._fail(faults.foreign(error, self.bundle.sources.get(file, ""), self.spell.language))
