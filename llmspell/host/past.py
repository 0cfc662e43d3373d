"""What the journal has of a run that is repeated: its deliveries, frame by frame, and what had not been delivered."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from itertools import groupby

from llmspell.bundle import Bundle
from llmspell.errors import Diverged
from llmspell.host import faults
from llmspell.host.scope import Scope
from llmspell.journal.records import Entry
from llmspell.journal.store import Store
from llmspell.messages import Answer, Call
from llmspell.wording import clip, visible

_SHOWN = 300  # characters of a request in an error


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
        self.usage = [entry.meta["usage"] for entry in found if "usage" in entry.meta]
        self._batches = deque(list(group) for _, group in groupby(told, lambda entry: entry.batch))
        self._calls = {entry.no: entry for entry in found if not entry.key}
        self._acts = {(entry.no, entry.key): entry for entry in found if entry.key}
        self._answers: dict[tuple[int, str], asyncio.Future[Answer]] = {}
        self._over = asyncio.Event()
        if entries is None:
            self._over.set()

    @classmethod
    async def of(cls, store: Store, run_id: str, *, offline: bool = False) -> "Past":
        """Return the past of a run; what its calls asked stays in the journal, where fingerprints stand for it."""
        entries = [entry async for entry in store.calls(run_id, requests=False)]
        for entry in entries:
            if _is_function(entry) and (whole := await store.entry(run_id, entry.no, entry.key)):
                entry.request = whole.request
        past = cls(entries, offline=offline)
        past.find = partial(store.entry, run_id)
        return past

    @property
    def over(self) -> bool:
        """Whether the guest has been told all of it."""
        return self._over.is_set()

    def end(self) -> None:
        """Let go on what waits for its end."""
        self._over.set()

    async def ended(self) -> None:
        """Wait until the guest has been told all of it."""
        await self._over.wait()

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

    def act(self, number: int, key: str) -> Entry | None:
        """Return an act inside of a call that has been done."""
        return self._acts.get((number, key))

    def called(self, number: int) -> bool:
        """Return whether a call had called functions of the guest."""
        return any(_is_function(entry) for (no, _), entry in self._acts.items() if no == number)

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
        before, now = _said(recorded), _said(call)
        line = "" if recorded is None else f" (line {recorded.line}{_of(recorded.file)})"
        return Diverged(
            f"call {number} is not the one that was recorded\n  recorded: {before}{line}\n  now:      {now}",
            hint="all before it was the same; `llmspell run` begins anew with what the script says now",
            where=faults.place_of(call, bundle),
            data={"no": number, "recorded": before, "now": now},
        )

    def answer(self, number: int, key: str) -> asyncio.Future[Answer]:
        """Return the future of what a function of the guest answers, which a call had called."""
        return self._answers.setdefault((number, key), asyncio.get_running_loop().create_future())


def _is_function(entry: Entry) -> bool:
    return entry.key.rpartition("/")[2].startswith("fn:")


def _said(call: Entry | Call | None) -> str:
    if call is None:
        return "nothing"
    args = call.request if isinstance(call, Entry) else call.args
    words = [json.dumps(each, ensure_ascii=False, default=str) for each in args or []]
    return clip(visible(f"{call.op}({', '.join(words)})"), _SHOWN)


def _of(file: str) -> str:
    return f" of {clip(visible(file), 80)}" if file else ""
