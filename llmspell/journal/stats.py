"""What runs have cost, summed up by SQLite from what each call of theirs has cost: whoever tells it has it from here.

A run pays for its own calls and for the runs that these began. What a fork has taken over was paid for by another run.
"""

import json
import sqlite3
from typing import Any

from llmspell.journal import owners, shapes
from llmspell.journal.records import By, RunRecord, Sums
from llmspell.money import exact

_AMOUNTS = ("requests", "input_tokens", "output_tokens", "cached_tokens", "usd", "unpriced", "seconds")
_SUMS = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in _AMOUNTS if name != "cached_tokens")
_AMOUNT = "max(0, min(json_extract({}, '$.{}'), 1e12)) AS {}"  # whatever was planted, the sums are finite
_OF_CALL = ", ".join(_AMOUNT.format("meta", f"usage.{name}", name) for name in _AMOUNTS)
_OF_MODEL = ", ".join(_AMOUNT.format("used.value", name, name) for name in _AMOUNTS)
_PAID = "json_extract(meta, '$.from') IS NULL"
_CALL = f"CASE WHEN no > 0 AND key <> '{shapes.DOUBT}' THEN no END"  # also one that has only lost something
_NAMES = {
    "day": "date(created_ms / 1000, 'unixepoch', 'localtime')",
    "spell": "identity",
    "status": owners.STATUS,
}
_RUN = f"""
WITH paid AS (SELECT run_id, {_CALL} AS called, {_OF_CALL} FROM calls WHERE {_PAID}),
spent AS (SELECT run_id, count(DISTINCT called) AS calls, {_SUMS} FROM paid GROUP BY run_id)
SELECT {{}} AS name, count(*) AS runs, sum(status IN ('failed', 'timed_out')) AS failed,
    coalesce(sum(calls), 0) AS calls, {_SUMS}
FROM runs LEFT JOIN spent USING (run_id) WHERE created_ms >= ? GROUP BY name ORDER BY {{}}
"""  # noqa: S608 - the names are ours
_MODEL = f"""
WITH paid AS (
    SELECT run_id, no, used.key AS name, {_OF_MODEL} FROM calls, json_each(meta, '$.models') AS used WHERE {_PAID}
),
spent AS (SELECT run_id, name, count(DISTINCT no) AS calls, {_SUMS} FROM paid GROUP BY run_id, name)
SELECT name, count(*) AS runs, sum(status IN ('failed', 'timed_out')) AS failed, sum(calls) AS calls, {_SUMS}
FROM runs JOIN spent USING (run_id) WHERE created_ms >= ? GROUP BY name ORDER BY usd DESC, name
"""  # noqa: S608 - the names are ours
_WHOLE = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in _AMOUNTS)
_SPENT = f"""
WITH RECURSIVE family (run_id) AS (
    VALUES ({{}}) UNION SELECT begun.run_id FROM runs AS begun JOIN family ON begun.parent = family.run_id
)
SELECT {_WHOLE} FROM (SELECT {_OF_CALL} FROM family JOIN calls USING (run_id) WHERE {_PAID})
"""  # noqa: S608 - the names are ours
COST = f"""
CASE status WHEN 'running' THEN (
    SELECT CASE WHEN unpriced THEN NULL ELSE round(usd * 1e6) END FROM ({_SPENT.format("runs.run_id")})
) ELSE cost END
"""  # noqa: S608 - the names are ours
"""What a run has cost until now, in millionths of a dollar; NULL if nobody knows."""


def sums(connection: sqlite3.Connection, by: By, since_ms: int) -> list[Sums]:
    """Return what the runs have cost that began then or later."""
    owners.teach(connection)
    order = "name DESC" if by == "day" else "usd DESC, name"
    sql = _MODEL if by == "model" else _RUN.format(_NAMES[by], order)
    found = [shapes.sums(dict(row)) for row in connection.execute(sql, (since_ms,))]
    for each in found:
        each.usd = exact(each.usd)
    return found


def spent(connection: sqlite3.Connection, run_id: str) -> dict[str, Any]:
    """Return what a run has cost until now, as `usage` of its record has it."""
    row = connection.execute(_SPENT.format("?"), (run_id,)).fetchone()
    found = dict(zip(_AMOUNTS, row, strict=True))
    total: dict[str, Any] = {name: int(found[name]) for name in _AMOUNTS[:4]}
    return total | {"usd": None if found["unpriced"] else exact(found["usd"])}


def keep(connection: sqlite3.Connection, run_id: str) -> None:
    """Note with a run what it has cost until now."""
    usage = spent(connection, run_id)
    cost = None if usage["usd"] is None else round(usage["usd"] * 1e6)
    connection.execute("UPDATE runs SET usage = ?, cost = ? WHERE run_id = ?", (json.dumps(usage), cost, run_id))


def told(connection: sqlite3.Connection, run: RunRecord) -> RunRecord:
    """Return a run with what it has cost until now: one that goes on, or was killed, could not write that down."""
    if run.status == "running":
        run.usage = spent(connection, run.run_id)
    return run
