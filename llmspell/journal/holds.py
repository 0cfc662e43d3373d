"""Who may write a run."""

import sqlite3
from typing import Any

from llmspell.errors import ArgumentError, Fenced
from llmspell.journal.records import ENDED, FINISHED, Hold
from llmspell.wording import shown, visible


def check_hold(connection: sqlite3.Connection, hold: Hold) -> str | None:
    """Return why a run is wanted to stop; refuse who does not hold it any more."""
    sql = "SELECT epoch, stop, status, owner FROM runs WHERE run_id = ?"
    found = connection.execute(sql, (hold.run_id,)).fetchone()
    if found is None:
        raise Fenced(f"run {hold.run_id} is no longer in the journal: somebody has pruned it")
    epoch, stop, status, owner = found
    if epoch != hold.epoch:
        raise Fenced(f"run {hold.run_id} was taken over by {visible(owner)}", hint="it goes on there")
    if status in FINISHED:
        raise Fenced(f"run {hold.run_id} has ended: {status}")
    return None if stop is None else str(stop)


def check_going_on(run_id: str, found: Any) -> None:
    """Refuse a run that is not there, or that has ended; `found` is its row, which begins with the status."""
    if found is None:
        raise ArgumentError(f"there is no run {shown(run_id)}")
    if found[0] in ENDED:
        raise ArgumentError(
            f"run {run_id} has ended: {found[0]}", hint="replay repeats it, fork begins a new one with it"
        )


def check_open(run_id: str, no: int, status: Any, call: Any, fingerprint: bytes | None) -> bool:
    """Return whether a call can be decided; refuse one that is not there, or is not what somebody has seen.

    Args:
        run_id: of the run.
        no: of the call.
        status: the row of the run, which begins with the status.
        call: the row of the call: `ok` and the fingerprint.
        fingerprint: of what was seen; None if whoever decides has seen what the run has.
    """
    check_going_on(run_id, status)
    if status[0] in FINISHED:
        raise ArgumentError(f"run {run_id} was stopped: {status[0]}", hint=f"llmspell resume {run_id} goes on with it")
    if call is None:
        raise ArgumentError(f"run {run_id} has no call {no}")
    if fingerprint is not None and fingerprint != call[1]:
        raise ArgumentError(f"call {no} of run {run_id} asks something else by now", hint="look at it again")
    return call[0] is None
