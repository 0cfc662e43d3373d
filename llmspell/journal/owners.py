"""Who writes a run, and whether that process is still there: one that has gone has interrupted its run."""

import os
import socket
import sqlite3
from pathlib import Path

from llmspell.journal.records import RunRecord

STATUS = "CASE WHEN status = 'running' AND gone(owner) THEN 'interrupted' ELSE status END"
"""Where a run is, in the SQL of a connection that `teach` was given: what `status` says."""

_ENDED = ("Z", "X", "x")  # it was killed, and only whoever began it has not looked yet


def gone(owner: str) -> bool:
    """Return whether a process of this machine is not there any more; of others nobody knows."""
    host, _, number = owner.rpartition(":")
    if host != socket.gethostname() or not (number.isascii() and number.isdecimal()):
        return False
    try:
        os.kill(int(number), 0)
        stat = Path("/proc", number, "stat").read_text("ascii", "replace")
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False  # it is another user's, or this system has no such files
    return stat.rpartition(")")[2].lstrip().startswith(_ENDED)


def status(run: RunRecord) -> str:
    """Return where a run is. One whose process on this machine has gone was interrupted, whatever it could write."""
    return "interrupted" if run.status == "running" and gone(run.owner) else run.status


def teach(connection: sqlite3.Connection) -> None:
    """Let a connection understand `STATUS`."""
    connection.create_function("gone", 1, lambda owner: gone(str(owner)))
