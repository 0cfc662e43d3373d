"""What a run of before was answered: the next one of the same spell is not asked again for what is still the same."""

from collections.abc import Iterable
from typing import Any

from llmspell.bridge.surface import Surface
from llmspell.host.scope import Scope
from llmspell.journal.records import Entry
from llmspell.journal.store import Store

_REPEATED = frozenset({"read", "keyed", "once"})
_OUTSIDE = frozenset({None, "net"})
"""What an op needs that speaks to models or the network. All others are of this machine: free, and they may differ."""
_OF_THE_RUN = "Run."


class Memory:
    """Answers of before, by what was asked and the how-manieth time.

    Args:
        entries: the calls of a run.
        before: answers that count where the run has none, because it did not come to its end.
    """

    def __init__(self, entries: Iterable[Entry] = (), before: "Memory | None" = None) -> None:
        self.answered = 0
        """Calls that were answered from here."""
        self.asked = 0
        """Calls that could have been, and were not."""
        self._known: dict[tuple[bytes, int], Entry] = {} if before is None else before._known.copy()
        self._times: dict[bytes, int] = {}
        found = list(entries)
        with_functions = {entry.no for entry in found if entry.is_function}
        times: dict[bytes, int] = {}
        for entry in sorted((each for each in found if not each.key), key=lambda each: each.no):
            if entry.effect in _REPEATED and entry.ok and entry.no not in with_functions:
                at = times[entry.fingerprint] = times.get(entry.fingerprint, 0) + 1
                self._known[entry.fingerprint, at] = entry

    @classmethod
    async def of(cls, store: Store, run_id: str, before: "Memory | None" = None) -> "Memory":
        """Return what the journal has of a run."""
        return cls([entry async for entry in store.calls(run_id, requests=False)], before)

    def recall(self, scope: Scope, surface: Surface) -> Entry | None:
        """Return a call of before that has asked the same, and count it; each is returned once."""
        if not _may(scope, surface):
            return None
        print_ = scope.request[1]
        at = self._times[print_] = self._times.get(print_, 0) + 1
        known = self._known.get((print_, at))
        if known is None:
            self.asked += 1
        else:
            self.answered += 1
        return known


def _may(scope: Scope, surface: Surface) -> bool:
    """Return whether the answer to a call can be one of before."""
    op = scope.call.op
    if op not in surface.ops or scope.effect not in _REPEATED or op.startswith(_OF_THE_RUN):
        return False
    return surface.ops[op][1].mark.needs in _OUTSIDE and not _is_tied(scope.call.args)


def _is_tied(value: Any) -> bool:
    """Return whether a value holds a function, or a handle that is a number: they belong to one run."""
    if isinstance(value, dict):
        return "$function" in value or isinstance(value.get("$handle"), int) or any(map(_is_tied, value.values()))
    return isinstance(value, list) and any(map(_is_tied, value))
