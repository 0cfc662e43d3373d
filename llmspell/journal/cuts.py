"""Takes back the end of a run that was stopped, so that it can go on as if nobody had wanted that."""

import sqlite3

from llmspell.journal import shapes

_OPEN_AGAIN = """
UPDATE calls SET ok = NULL, res = NULL WHERE run_id = ? AND key = '' AND ord IS NULL AND ok IS NOT NULL AND (
    effect = 'local' OR (ok = 0 AND effect NOT IN ('once', 'external')))
"""
"""A failure may come from the stop, so the call is made again; what somebody has decided, or must not be done twice,
stays, and so does what was paid for."""
_NEVER = 2**62


def cut(connection: sqlite3.Connection, run_id: str) -> None:
    """Forget that a run was told to stop, and all that came of it.

    What was delivered from there on is a result that was not told. What was asked after the guest had learned of it is
    gone: the guest will ask something else under these numbers.
    """
    sql = "SELECT ord, req FROM calls WHERE run_id = ? AND no = 0 AND key = 'stop'"
    found = connection.execute(sql, (run_id,)).fetchone()
    if found is None:
        return
    at, last = found[0], shapes.last(found[1])
    sql = "DELETE FROM calls WHERE run_id = ? AND (no > ? OR (no = 0 AND key = 'stop'))"
    connection.execute(sql, (run_id, _NEVER if last is None else last))  # without it all calls stay
    connection.execute("DELETE FROM calls WHERE run_id = ? AND key <> '' AND ord >= ?", (run_id, at))
    sql = "UPDATE calls SET ord = NULL, batch = NULL, t_ms = NULL WHERE run_id = ? AND ord >= ?"
    connection.execute(sql, (run_id, at))
    connection.execute(_OPEN_AGAIN, (run_id,))
