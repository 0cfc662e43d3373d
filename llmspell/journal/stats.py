"""What runs have cost in all, summed up by SQLite."""

import sqlite3

from llmspell.journal.records import By, Sums

_AMOUNTS = ("requests", "input_tokens", "output_tokens", "usd", "unpriced", "seconds")
_SUMS = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in _AMOUNTS)
_OF_CALL = ", ".join(f"json_extract(meta, '$.usage.{name}') AS {name}" for name in _AMOUNTS)
_OF_MODEL = ", ".join(f"json_extract(used.value, '$.{name}') AS {name}" for name in _AMOUNTS)
_PAID = "json_extract(meta, '$.from') IS NULL"  # what a fork has taken over was paid for by another run
_NAMES = {
    "day": "date(created_ms / 1000, 'unixepoch', 'localtime')",
    "spell": "identity",
    "status": "status",
}
_RUN = f"""
WITH paid AS (SELECT run_id, no > 0 AND key = '' AS called, {_OF_CALL} FROM calls WHERE {_PAID}),
spent AS (SELECT run_id, sum(called) AS calls, {_SUMS} FROM paid GROUP BY run_id)
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


def sums(connection: sqlite3.Connection, by: By, since_ms: int) -> list[Sums]:
    """Return what the runs have cost that began then or later."""
    order = "name DESC" if by == "day" else "usd DESC, name"
    sql = _MODEL if by == "model" else _RUN.format(_NAMES[by], order)
    return [Sums(**dict(row)) for row in connection.execute(sql, (since_ms,))]
