"""The desk of one run: what it asks people waits here until somebody has decided, here or in another process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NamedTuple, Protocol

from llmspell import durations
from llmspell.context import Context
from llmspell.errors import ArgumentError, Parked, SpellError
from llmspell.host.scope import Scope
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Entry
from llmspell.question import GIVEN_UP, Asked, Question, Verdict
from llmspell.wording import clip, visible

log = logging.getLogger("llmspell")

GATHER = 0.3
"""Seconds that a person is asked later, so that what is asked at the same time is one card."""
POLL = 0.5
"""Seconds between two looks at what others have done to a run."""
SHORT = 30.0
"""Seconds that the process waits itself."""

_SHOWN = 5  # questions that a message names


def _ignore(_: Any) -> None:
    """Do nothing."""


class Person(Protocol):
    """Somebody who can be asked at once."""

    name: str
    """Who that is, as the journal keeps it."""

    def ask(self, card: Sequence[Asked]) -> AsyncIterator[tuple[Asked, Verdict]]:
        """Yield what is decided about questions that are equal but for their details, as it is decided.

        It ends before all are decided where the person cannot be asked any more.
        """


class Presence:
    """The person who can be asked by a run and those that it begins, and how long they were asked."""

    def __init__(self) -> None:
        self.person: Person | None = None
        self._busy = 0  # questions that the person has before them, or will have
        self._since = 0.0
        self._taken = 0.0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count what passes meanwhile as a person's time, and not as that of the runs."""
        now = asyncio.get_running_loop().time
        if not self._busy:
            self._since = now()
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._taken += now() - self._since

    def taken(self) -> float:
        """Return for how many seconds the person was asked until now."""
        going_on = asyncio.get_running_loop().time() - self._since if self._busy else 0.0
        return self._taken + going_on


class _Open(NamedTuple):
    asked: Asked
    decided: asyncio.Future[Entry]


class Desk:
    """Holds the open questions of a run.

    Args:
        context: of the run.
        timer: the op that only waits for a time.
    """

    def __init__(self, context: Context, timer: str) -> None:
        self.presence = Presence()
        self.idle: Callable[[], Iterable[Scope] | None] = lambda: None
        """Returns the calls that are open, if the guest has nothing to do."""
        self.park: Callable[[SpellError], None] = _ignore
        """Ends the run for now."""
        self.stop: Callable[[str], None] = _ignore
        """Called with the reason why somebody else wants the run to stop."""
        self._context = context
        self._timer = timer
        self._scribe = Scribe()
        self._open: dict[int, _Open] = {}
        self._new: list[Asked] = []  # those that the person has not seen
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: asyncio.Task[None] | None = None
        self._parking: asyncio.Task[None] | None = None
        self._answered: list[Asked] = []  # by the person who is here
        self._told: set[int] = set()
        self._told_taken = 0.0

    @property
    def person(self) -> Person | None:
        """Who can be asked at once."""
        return self.presence.person

    @person.setter
    def person(self, person: Person | None) -> None:
        self.presence.person = person

    def begin(self, scribe: Scribe) -> None:
        """Look from time to time what others have done to the run, if it is written down."""
        self._scribe = scribe
        self._told_taken = self.presence.taken()
        if scribe.writes:
            self._do(self._watch())

    async def close(self) -> None:
        """Ask nobody any more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # -- questions ----------------------------------------------------------------------------------------------------

    async def decide(self, scope: Scope, question: Question) -> Entry:
        """Ask a question, and return its call as the journal has it with what was decided.

        Raises:
            SpellError: of kind `approval`: nobody is there to ask, and nothing to wait in.
        """
        if not self._scribe.writes and self.person is None:
            raise SpellError(
                f"{question.verb}: nobody is there to ask",
                kind="approval",
                hint="run it at a terminal, or with a journal (`llmspell run`), in which it waits",
            )
        await self._scribe.intend(scope)
        call, loop = scope.call, asyncio.get_running_loop()
        place = f"line {call.line}{f' of {visible(clip(call.file, 80))}' if call.file else ''}"
        number, asked = call.id, Asked(self._context.run_id, call.id, question, scope.request[1], place, scope.began)
        found = self._open[number] = _Open(asked, loop.create_future())
        due = asked.due_ms
        timer = None if due is None else loop.call_later(max(0, due - self._context.now()) / 1000, self._be_late, asked)
        if self.person is not None:
            self._new.append(asked)
            self._asking = self._asking or self._do(self._ask(self.person))
        loop.call_soon(self.rest)
        try:
            return await found.decided
        finally:
            del self._open[number]
            if timer is not None:
                timer.cancel()

    def withdraw(self, number: int) -> None:
        """Close a question whose answer nobody wants any more."""
        self._do(self._settle(number, GIVEN_UP, "the spell", None))

    def _waits(self, number: int) -> bool:
        return number in self._open and not self._open[number].decided.done()

    # -- the end for now ----------------------------------------------------------------------------------------------

    def rest(self) -> None:
        """End the run for now if all that goes on in it can wait for people without this process."""
        if (
            self._open
            and self.person is None
            and self._scribe.writes
            and not self._parking
            and self._sleepers() is not None
        ):
            self._parking = self._do(self._park())

    def _sleepers(self) -> list[Scope] | None:
        """Return what waits for a time beside people; None if something else goes on, or soon will."""
        calls = self.idle()
        if calls is None:
            return None
        others = [scope for scope in calls if scope.effect != "local" and not self._waits(scope.call.id)]
        soon = self._context.now() + SHORT * 1000
        dues = [each.asked.due_ms for each in self._open.values() if each.asked.due_ms is not None]
        return others if min([*dues, *map(self._wakes, others)], default=soon + 1) > soon else None

    def _wakes(self, scope: Scope) -> float:
        """Return when a call has waited long enough; in the past, if it does something else."""
        if scope.call.op != self._timer or not scope.call.args:
            return 0
        with suppress(ArgumentError):
            return scope.began + durations.parse(scope.call.args[0]) * 1000
        return 0

    async def _park(self) -> None:
        sleepers = self._sleepers() or []
        for scope in sleepers:
            await self._scribe.intend(scope)  # so that it goes on from when it began
        with suppress(SpellError):
            await self._look()
        if self._sleepers() is not None and any(map(self._waits, self._open)):
            self.park(self._parked(sleepers))
        self._parking = None

    def _parked(self, sleepers: Sequence[Scope]) -> Parked:
        """Return what the run ends with when it waits for people and for nothing else."""
        asked = [each.asked for each in self._open.values()]
        dues = [*(one.due_ms for one in asked if one.due_ms is not None), *map(self._wakes, sleepers)]
        lines = [f"  call {one.no}, {one.place}: {clip(visible(one.question.heading), 100)}" for one in asked[:_SHOWN]]
        more = [f"  … and {len(asked) - _SHOWN} more"] if len(asked) > _SHOWN else []
        what = "an answer" if len(asked) == 1 else f"{len(asked)} answers"
        return Parked(
            "\n".join([f"run {visible(clip(self._context.run_id, 100))} waits for {what}", *lines, *more]),
            data={"due_ms": round(min(dues)) if dues else None, "waiting": [one.no for one in asked]},
        )

    # -- the person who is there --------------------------------------------------------------------------------------

    async def _ask(self, person: Person) -> None:
        """Ask the person card by card."""
        await asyncio.sleep(GATHER)
        while self._new and self.person is not None:
            first = self._new[0]
            card = [one for one in self._new if one is first or one.alike(first)]
            self._new = [one for one in self._new if one not in card]
            if card := [one for one in card if self._waits(one.no)]:
                await self._ask_about(card, self.person)
        self._asking = None
        if self._new:
            await self._leave(person)
        self.rest()

    async def _ask_about(self, card: list[Asked], person: Person) -> None:
        with self.busy():
            await self._hear(card, person)
        if any(self._waits(one.no) for one in card):
            await self._leave(person)

    async def _hear(self, card: list[Asked], person: Person) -> None:
        """Ask the person until all is decided, by whomever, or they want no more."""
        consulting = asyncio.ensure_future(self._consult(card, person))
        decided = asyncio.gather(*(self._open[one.no].decided for one in card), return_exceptions=True)
        try:
            await asyncio.wait((consulting, decided), return_when=asyncio.FIRST_COMPLETED)
            if not all(one in self._answered for one in card) and not consulting.done():
                self._context.sink.progress("that was decided elsewhere")
        finally:
            consulting.cancel()
            with suppress(asyncio.CancelledError):
                await consulting

    async def _leave(self, person: Person) -> None:
        """Go on without the person: a run that is written down waits in the journal, and no other can wait."""
        self.person, self._new = None, []
        waiting = [] if self._scribe.writes else [each.asked for each in self._open.values()]
        for one in waiting:
            await self._settle(one.no, one.question.unanswered, person.name, None)

    def busy(self) -> AbstractContextManager[None]:
        """Count what passes meanwhile as a person's time, and not as that of the run."""
        return self.presence.busy()

    def taken(self) -> float:
        """Return for how many seconds the person was asked, by whichever run, since this was called last."""
        before, self._told_taken = self._told_taken, self.presence.taken()
        return self._told_taken - before

    async def _consult(self, card: list[Asked], person: Person) -> None:
        async for asked, verdict in person.ask(card):
            self._answered.append(asked)
            await self._settle(asked.no, verdict, person.name, asked.fingerprint)

    # -- what is decided ----------------------------------------------------------------------------------------------

    async def _settle(self, number: int, verdict: Verdict, by: str, fingerprint: bytes | None) -> None:
        """Decide a question, unless somebody was faster: what the journal has then is what counts."""
        try:
            entry = await self._scribe.decide(number, verdict, by, self._context.now(), fingerprint)
        except SpellError as error:
            self._scribe.fail(error)
            return
        self._take(entry)

    def _take(self, entry: Entry) -> None:
        found = self._open.get(entry.no)
        if found is not None and not found.decided.done():
            found.decided.set_result(entry)

    def _be_late(self, asked: Asked) -> None:
        self._do(self._settle(asked.no, asked.question.late, "the clock", None))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            with suppress(SpellError):  # whoever writes next meets it too
                await self._look()
                self._remind()

    async def _look(self) -> None:
        news = await self._scribe.news()
        if news is None:
            return
        if news.stop is not None:
            self.stop(clip(news.stop, 200))
        for number in news.decided:
            if self._waits(number) and (entry := await self._scribe.entry(number)) is not None:
                self._take(entry)

    def _remind(self) -> None:
        """Tell once of each question that nobody here can be asked while other things go on."""
        left = [number for number in self._open if number not in self._told]
        if left and self.person is None:
            self._told.update(left)
            self._context.sink.progress(f"waits for an answer: llmspell approve {self._open[left[0]].asked.run_id}")

    def _do(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a question went wrong", exc_info=task.exception())
            self._scribe.fail(SpellError("internal error of llmspell: a question to a person"))
