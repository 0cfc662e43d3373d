"""What a store of the journal can do, whatever database it keeps it in."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

from llmspell.journal.records import (
    By,
    Entry,
    Finding,
    Hold,
    Line,
    News,
    Pruned,
    Query,
    Retention,
    RunRecord,
    Status,
    Sums,
)

Files = Mapping[str, Any]
"""The files of a bundle as data: whatever is needed to run it again."""

Change = Callable[[Entry], Entry]
"""Returns an entry as another run has it."""


class Store(Protocol):
    """Keeps runs. Once a method that writes has returned, what it wrote is durable: as a whole, or not at all.

    All methods raise `ConfigError` where the store cannot be used: damaged, full, read-only, made by a newer llmspell.
    """

    async def begin(self, run: RunRecord, files: Files) -> Hold:
        """Keep a run that begins, with its bundle.

        Raises:
            ArgumentError: there is a run of that name, or what it is given is not data.
        """

    async def resume(self, run_id: str, owner: str, bundle: str | None = None, files: Files | None = None) -> Hold:
        """Take over a run, from whoever writes it until now.

        Args:
            run_id: the run.
            owner: who writes it from now on.
            bundle: the hash of the bundle that it goes on with, if that is another than until now.
            files: of that bundle.

        Raises:
            ArgumentError: there is no such run, or it has ended for good.
        """

    async def fork(
        self, source: str, at: int | None, run: RunRecord, files: Files, change: Change | None = None
    ) -> Hold:
        """Keep a run that begins with what another was delivered before the result of a call.

        Args:
            source: the other run.
            at: the number of the call; it will be made again, and so will all that were answered later. Without it
                the run begins with all that the other was delivered until it was told to stop.
            run: the new one; its `bundle` may be another.
            files: of the bundle.
            change: of each entry that the new one takes over.

        Raises:
            ArgumentError: there is no such run or call, or there is a run of the new name.
        """

    async def record(self, hold: Hold, entries: Sequence[Entry]) -> str | None:
        """Keep what has happened in a run, and return why it is wanted to stop, if it is.

        An entry adds to what is kept of the same call and key: a result to an open call, a place to a result that was
        not delivered yet. A result that is there stays. After an error nothing that was recorded later may be
        delivered.

        Raises:
            Fenced: somebody else writes the run by now.
            ArgumentError: a value is not data or too large, or a result or a place was kept before.
        """

    async def write_lines(self, hold: Hold, lines: Sequence[Line]) -> None:
        """Keep what a run has said, in that order. Their times never go back, whatever a clock says.

        A run has room for some megabytes of it. The last line that is kept says so, and more is dropped without an
        error.

        Raises:
            Fenced: somebody else writes the run by now.
            ArgumentError: the fields of a line are not data.
        """

    async def resolve(
        self,
        run_id: str,
        no: int,
        ok: bool,
        value: Any,
        *,
        fingerprint: bytes | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> bool:
        """Decide an open call from outside; return False if it was decided already, and then nothing changes.

        Args:
            run_id: of the run.
            no: of the call.
            ok: whether `value` is a result or an error.
            value: what the script gets.
            fingerprint: of what whoever decides has seen.
            meta: what people want to know of it, which is added to that of the call.

        Raises:
            ArgumentError: the run has no such call, or is finished, or the call is not the one that was seen.
        """

    async def mark(self, hold: Hold, status: Status, due_ms: int | None = None) -> None:
        """Say where an unfinished run is, and keep what it has cost.

        Raises:
            Fenced: somebody else writes the run by now.
        """

    async def finish(
        self,
        hold: Hold,
        status: Status,
        *,
        result: Any = None,
        error: Any = None,
    ) -> None:
        """Keep how a run has ended; nobody writes it afterwards.

        Raises:
            Fenced: somebody else writes the run by now.
            ArgumentError: a value is not data, or too large.
        """

    async def stop(self, run_id: str, reason: str) -> bool:
        """Keep the wish that a run stops, for whoever writes it; return False if it is finished."""

    async def run(self, name: str) -> RunRecord:
        """Return a run by its name, the beginning of it, or `latest`.

        Raises:
            ArgumentError: there is none, or several begin so.
        """

    async def news(self, run_id: str) -> News:
        """Return what others have done to a run; this is cheap, for whoever asks again and again.

        Raises:
            ArgumentError: there is no such run.
        """

    async def waiting(self, run_id: str | None = None) -> list[tuple[RunRecord, Entry]]:
        """Return the open external calls of unfinished runs with what they ask, the oldest first.

        Args:
            run_id: of this run only.
        """

    async def runs(self, query: Query) -> list[RunRecord]:
        """Return the runs that fit, the newest first, without their results."""

    def calls(self, run_id: str, *, requests: bool = True) -> AsyncIterator[Entry]:
        """Yield the entries of a run: what was delivered in that order, then all else by call and key.

        Args:
            run_id: the run.
            requests: whether they are wanted; replay compares fingerprints and needs them only where these differ.
        """

    def lines(self, run_id: str, after: int = 0) -> AsyncIterator[tuple[int, Line]]:
        """Yield what a run has said, each with its number.

        Args:
            run_id: the run.
            after: the number of the last line that is not wanted any more; they count from 1.
        """

    async def stats(self, by: By, since_ms: int = 0) -> list[Sums]:
        """Return what the runs have cost that began then or later; by day the newest first, else the dearest.

        What a fork has taken over from another run counts there only.
        """

    async def entry(self, run_id: str, no: int, key: str = "") -> Entry | None:
        """Return one entry of a run."""

    async def files(self, bundle: str) -> dict[str, Any]:
        """Return the files of a bundle.

        Raises:
            ArgumentError: no run has it.
        """

    async def prune(self, retention: Retention) -> Pruned:
        """Forget runs, and what only they used."""

    async def check(self) -> list[Finding]:
        """Return what was looked at, and what is wrong with it; nothing if nothing is kept yet."""

    async def close(self) -> None:
        """Close the store, after what was written is durable."""
