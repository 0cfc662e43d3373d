"""What the journal has of a run that is repeated: its deliveries, frame by frame, and what had not been delivered."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from itertools import groupby

from llmspell.bundle import Bundle
from llmspell.errors import ConfigError, Diverged
from llmspell.host import faults
from llmspell.host.contrast import contrast, said
from llmspell.host.scope import Scope
from llmspell.journal.records import Entry, Query
from llmspell.journal.shapes import DOUBT
from llmspell.journal.store import Store
from llmspell.messages import Answer, Call
from llmspell.security.taint import Taint
from llmspell.wording import clip, visible

_CHILDREN = 10_000
"""Runs that one run has begun, and that are asked what they held."""
_STEERING = frozenset({"ask", "say", "Run.spell"})
"""Ops by which a model gets to read what a run holds."""


class Past:
    """The part of a run that was recorded. It is `over` when the guest has been told all of it.

    Args:
        entries: what the journal has, in its order; None if the run begins.
        offline: whether nothing follows it.
    """

    def __init__(self, entries: Iterable[Entry] | None = None, *, offline: bool = False) -> None:
        found = list(entries or ())
        told = [entry for entry in found if entry.ord is not None]
        self.offline = offline
        self.find: Callable[[int], Awaitable[Entry | None]] | None = None
        """Returns a call with what it asked."""
        paid = [entry.meta for entry in found if "from" not in entry.meta]
        self.usage = [meta[name] for meta in paid for name in ("usage", "below") if name in meta]
        """What its calls have cost, and what they began; what a fork has taken over was paid for by the other run."""
        self.taint = _held(found)
        """What the run held, before anything begins that goes on from here."""
        self._batches = deque(list(group) for _, group in groupby(told, lambda entry: entry.batch))
        self._calls = {entry.no: entry for entry in found if not entry.key}
        self._acts = {(entry.no, entry.key): entry for entry in found if entry.key}
        self._doubt = max((no for no, key in self._acts if key == DOUBT), default=0)
        self._answers: dict[tuple[int, str], asyncio.Future[Answer]] = {}
        self._over = asyncio.Event()
        if entries is None:
            self._over.set()

    @classmethod
    async def of(cls, store: Store, run_id: str, *, offline: bool = False, until: int | None = None) -> "Past":
        """Return the past of a run; what its calls asked stays in the journal, where fingerprints stand for it.

        Args:
            store: the journal.
            run_id: the run.
            offline: whether nothing follows.
            until: only what was told before anything of this call, and before the wish to stop.
        """
        entries = [entry async for entry in store.calls(run_id, requests=False)]
        if until is not None:
            entries = _told_before(entries, until)
        for entry in entries:
            if entry.is_function and (whole := await store.entry(run_id, entry.no, entry.key)):
                entry.request = whole.request
        _check(entries)
        past = cls(entries, offline=offline)
        past.find = partial(store.entry, run_id)
        if not offline:
            await past._learn_from_children(store, run_id)
        return past

    async def _learn_from_children(self, store: Store, run_id: str) -> None:
        """Take over what runs have held that this one has begun, and whose end it was not told of."""
        parents = [run_id]
        while parents:
            parent = parents.pop()
            for child in await store.runs(Query(parent=parent, limit=_CHILDREN)):
                is_told = parent == run_id and child.parent_no is not None and self.has_result(child.parent_no)
                if child.run_id == f"{parent}.{child.parent_no}" and not is_told:  # names that only grow end somewhere
                    self.taint.inherit(_held([entry async for entry in store.calls(child.run_id, requests=False)]))
                    parents.append(child.run_id)

    @property
    def over(self) -> bool:
        """Whether the guest has been told all of it."""
        return self._over.is_set()

    @property
    def answered(self) -> int:
        """How many calls have an answer that was told."""
        return sum(entry.ok is not None and entry.ord is not None for entry in self._calls.values())

    def end(self) -> None:
        """Let go on what waits for its end."""
        self._over.set()

    async def ended(self) -> None:
        """Wait until the guest has been told all of it."""
        await self._over.wait()

    @property
    def told(self) -> bool:
        """Whether all its frames have gone to the guest, which may not have answered the last."""
        return not self._batches

    def next(self) -> list[Entry] | None:
        """Return what the next frame held; None if there was no further one."""
        return self._batches.popleft() if self._batches else None

    def call(self, number: int) -> Entry | None:
        """Return what is known of a call."""
        return self._calls.get(number)

    def check(self, scope: Scope) -> None:
        """Refuse a call that is another than the one that was recorded.

        Raises:
            Diverged: it is.
        """
        known = self.call(scope.call.id)
        if known is not None and known.fingerprint != scope.request[1]:
            raise Diverged("", data={"no": scope.call.id})

    def has_result(self, number: int) -> bool:
        """Return whether a call has ended."""
        known = self.call(number)
        return known is not None and known.ok is not None

    def doubts(self, number: int) -> bool:
        """Return whether a call may have been made, for all that a damaged journal could still say."""
        return number <= self._doubt

    def act(self, number: int, key: str) -> Entry | None:
        """Return an act inside of a call that has been done."""
        return self._acts.get((number, key))

    def asked(self) -> list[int]:
        """Return the calls that wait for somebody's decision."""
        return [no for no, entry in self._calls.items() if entry.effect == "external" and entry.ok is None]

    def called(self, number: int) -> list[Entry]:
        """Return the functions of the guest that a call had called, in that order."""
        return [entry for (no, _), entry in self._acts.items() if no == number and entry.is_function]

    def unmade(self, last: int) -> int | None:
        """Return the first call that was recorded and not made again, if the last that was made has that number."""
        return min((number for number in self._calls if number > last), default=None)

    async def explain(self, number: int, call: Call | None, bundle: Bundle) -> Diverged:
        """Return the error of a run that is not repeated: what was asked, what is asked now, and where.

        Args:
            number: of the call that was recorded.
            call: what is asked now; None if nothing is.
            bundle: the files that run now.
        """
        recorded = None if self.find is None else await self.find(number)
        parts: list[str] = []
        if recorded is None or call is None:
            before, now = _said(recorded), _said(call)
        else:
            before, now, parts = contrast((recorded.op, recorded.request), (call.op, call.args))
        line = "" if recorded is None else f" (line {recorded.line}{_of(recorded.file)})"
        text = [f"recorded: {before}{line}", f"now:      {now}", *parts]
        return Diverged(
            "\n  ".join([f"call {number} is not the one that was recorded", *text]),
            hint="all before it was the same; `llmspell run` begins anew with what the script says now",
            where=faults.place_of(call, bundle),
            data={"no": number, "recorded": before, "now": now},
        )

    def answer(self, number: int, key: str) -> asyncio.Future[Answer]:
        """Return the future of what a function of the guest answers, which a call had called."""
        return self._answers.setdefault((number, key), asyncio.get_running_loop().create_future())


def _held(entries: list[Entry]) -> Taint:
    """Return what a run held by what is written of it; where nothing is, whatever a model has read counts as all."""
    taint = Taint()
    known = [entry.meta["taint"] for entry in entries if "taint" in entry.meta]
    for held in known:
        taint.restore(held)
    for entry in () if known else entries:
        if entry.op in _STEERING or entry.is_function:
            taint.restore({"untrusted": [entry.op], "private": [entry.op], "exposed": True})
    return taint


def _check(entries: list[Entry]) -> None:
    """Refuse what no run was told: the file may be damaged, or a stranger's.

    Raises:
        ConfigError: one is an answer that there is not, or a function that is called with nothing.
    """
    for entry in entries:
        told = entry.ord is not None
        if entry.is_function:
            sound = isinstance(entry.request, list)
        elif entry.no == 0:
            sound = not told or entry.key == "stop"
        else:
            sound = not told or (not entry.key and entry.ok is not None)
        if not sound or (told and entry.batch is None):
            raise ConfigError(f"what the journal has of call {entry.no} is damaged", hint="llmspell runs check")


def _said(call: Entry | Call | None) -> str:
    if call is None:
        return "nothing"
    return said(call.op, call.request if isinstance(call, Entry) else call.args)


def _told_before(entries: list[Entry], number: int) -> list[Entry]:
    """Return what a run was told before anything of a call, or before the wish to stop; see `Store.fork`."""
    ends = [entry.ord for entry in entries if entry.ord is not None and entry.no in (0, number)]
    end = min(ends, default=None)
    told = [entry for entry in entries if entry.ord is not None and (end is None or entry.ord < end)]
    ended = {entry.no for entry in told if not entry.key}
    return [*told, *(entry for entry in entries if entry.ord is None and entry.key and entry.no in ended)]


def _of(file: str) -> str:
    return f" of {clip(visible(file), 80)}" if file else ""
