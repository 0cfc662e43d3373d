"""Runs and entries as rows of SQLite, and back."""

import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from llmspell.errors import ArgumentError
from llmspell.journal import shapes, stats
from llmspell.journal.owners import STATUS
from llmspell.journal.records import Entry, Query, RunRecord
from llmspell.journal.shelf import Shelf, TooMuch
from llmspell.journal.store import Change
from llmspell.journal.values import LARGEST, Folded, Scrub, damaged, fold, unfold
from llmspell.wording import clip, listed, shown, suggest, visible

RUN = (
    "run_id", "status", "epoch", "spell", "identity", "language", "bundle", "host_abi", "args", "seed", "t0_ms",
    "profile", "model", "parent", "parent_no", "owner", "info", "stop", "due_ms", "error", "usage", "created_ms",
    "updated_ms",
)  # fmt: skip
"""The columns of a run, but for its result."""
CALL = (
    "run_id", "no", "key", "ord", "batch", "t_ms", "started_ms", "op", "effect", "fp", "req", "ok", "res", "meta",
    "file", "line",
)  # fmt: skip
"""The columns of an entry."""

KEEP = f"""
INSERT INTO calls ({", ".join(CALL)}) VALUES ({", ".join("?" * len(CALL))})
ON CONFLICT (run_id, no, key) DO UPDATE SET
    ord = excluded.ord, batch = excluded.batch, t_ms = coalesce(excluded.t_ms, t_ms),
    ok = coalesce(ok, excluded.ok), res = coalesce(res, excluded.res),
    meta = CASE excluded.meta WHEN '{{}}' THEN meta ELSE excluded.meta END
WHERE ord IS NULL AND (ok IS NULL OR excluded.ok IS NULL) AND (excluded.ok IS NOT NULL OR excluded.ord IS NOT NULL)
"""  # noqa: S608 - the names are ours
"""Keeps an entry, or adds to the one that is there a result or a place that it has not yet."""

_NEVER = 2**62
_OF_ONE_ROW = 4 * LARGEST
_SEARCHED = 500  # runs whose names are compared with one that was mistyped
JSON_OF_RUN = frozenset({"args", "info", "error", "usage", "result"})
"""The columns of a run that are folded."""
_ARGUMENT = """
EXISTS (SELECT 1 FROM json_each(args) AS given WHERE given.key = ? AND
    CASE given.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null'
    ELSE CAST(given.atom AS TEXT) END = ?)
"""


class Folds:
    """Folds the values of what is written together, and gathers what they put aside."""

    def __init__(self, scrub: Scrub | None) -> None:
        self._scrub = scrub
        self.aside: dict[bytes, bytes] = {}

    def json(self, value: Any) -> str:
        """Return a value as it is kept; raises what `fold` raises."""
        folded: Folded = fold(value, self._scrub)
        self.aside.update(folded.aside)
        return folded.json

    def text(self, text: str) -> str:
        """Return a text that has a column of its own."""
        return text if self._scrub is None else str(self._scrub(text))


def of_entry(run_id: str, entry: Entry, folds: Folds) -> tuple[Any, ...]:
    """Return an entry as the values of `CALL`."""
    return (
        run_id, entry.no, entry.key, entry.ord, entry.batch, entry.t_ms, entry.started_ms, folds.text(entry.op),
        entry.effect, entry.fingerprint, folds.json(entry.request), entry.ok,
        None if entry.ok is None else folds.json(entry.value), folds.json(entry.meta), entry.file, entry.line,
    )  # fmt: skip


def to_entry(row: sqlite3.Row, opener: "Opener", *, requests: bool = True) -> Entry:
    """Return the entry that a row holds.

    Raises:
        ConfigError: it holds something else.
    """
    return shapes.entry(
        {
            "no": row["no"],
            "key": row["key"],
            "op": row["op"],
            "fingerprint": row["fp"],
            "request": opener.value(row["req"]) if requests else None,
            "effect": row["effect"],
            "started_ms": row["started_ms"],
            "ok": {0: False, 1: True}.get(row["ok"]),
            "value": opener.value(row["res"]),
            "ord": row["ord"],
            "batch": row["batch"],
            "t_ms": row["t_ms"],
            "file": row["file"],
            "line": row["line"],
            "meta": opener.value(row["meta"]),
        },
        requests=requests,
    )


def of_run(run: RunRecord, now: int, folds: Folds) -> dict[str, Any]:
    """Return a run that begins as values by column."""
    begun = msgspec.structs.replace(
        run, status="running", epoch=1, stop=None, due_ms=None, result=None, error=None, usage={},
        created_ms=now, updated_ms=now,
    )  # fmt: skip
    values = {name: getattr(begun, name) for name in RUN}
    json = {name: folds.json(values[name]) for name in ("args", "info", "usage")}
    return values | json | {"spell": folds.text(run.spell)}


def to_run(row: sqlite3.Row | Mapping[str, Any], opener: "Opener", args: "Opener | None" = None) -> RunRecord:
    """Return the run that a row holds; without a result if the row has none.

    Args:
        row: the row.
        opener: unfolds what is in it.
        args: unfolds its arguments in a list of runs, which leaves them out where all together are too large.

    Raises:
        ConfigError: it holds something else.
    """
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118
    for name in JSON_OF_RUN & values.keys():
        try:
            values[name] = (args if args and name == "args" else opener).value(row[name])
        except TooMuch:
            if args is None or name != "args":
                raise
            values[name] = None
    return shapes.run(values)


def where(query: Query) -> tuple[str, list[Any]]:
    """Return the condition of a query and its values."""
    wanted: list[tuple[str, Iterable[Any]]] = []
    if query.spell is not None:
        wanted.append(("(spell = ? OR identity = ?)", (query.spell, query.spell)))
    if query.status:
        wanted.append((f"{STATUS} IN ({', '.join('?' * len(query.status))})", query.status))
    if query.since_ms is not None:
        wanted.append(("created_ms >= ?", (query.since_ms,)))
    if query.cost is not None:
        wanted.append((f"{stats.COST} >= ?", (round(query.cost * 1e6),)))
    if query.parent is not None:
        wanted.append(("parent = ?", (query.parent,)))
    if query.top:
        wanted.append(("parent IS NULL", ()))
    wanted += [(_ARGUMENT, pair) for pair in query.arguments.items()]
    condition = " AND ".join(condition for condition, _ in wanted) or "1"
    return condition, [value for _, values in wanted for value in values]


class Opener:
    """Unfolds the values of rows.

    Args:
        connection: to the journal.
        shelf: reads what was put aside; one for all that is read for one answer.
    """

    def __init__(self, connection: sqlite3.Connection, shelf: Shelf | None = None) -> None:
        self._connection = connection
        self._shelf = shelf or Shelf(_OF_ONE_ROW)

    def value(self, json: str | None) -> Any:
        """Return the value of a column; raises what `unfold` raises, and `TooMuch`."""
        return None if json is None else unfold(json, self._blob, self._text)

    def _text(self, sha: bytes) -> str:
        return self._shelf.text(sha, self._fetched)

    def _blob(self, sha: bytes) -> bytes:
        return self._shelf.blob(sha, self._fetched)

    def _fetched(self, sha: bytes) -> bytes:
        row = self._connection.execute("SELECT codec, size, bytes FROM blobs WHERE sha = ?", (sha,)).fetchone()
        if row is None:
            raise damaged("a value in the journal is lost")
        return unpacked(*row)


def keep_aside(connection: sqlite3.Connection, run_id: str, aside: Mapping[bytes, bytes]) -> None:
    """Keep what a run has put aside, once for all runs."""
    for sha, content in aside.items():
        new = connection.execute("INSERT OR IGNORE INTO uses VALUES (?, ?)", (run_id, sha)).rowcount
        if new and not connection.execute("SELECT 1 FROM blobs WHERE sha = ?", (sha,)).fetchone():
            codec, packed_ = packed(content)
            connection.execute("INSERT INTO blobs VALUES (?, ?, ?, ?)", (sha, codec, len(content), packed_))


def packed(content: bytes) -> tuple[str, bytes]:
    """Return how content is kept, and as what."""
    small = zlib.compress(content, 1)
    return ("zlib", small) if len(small) < len(content) else ("", content)


def unpacked(codec: str, size: int, content: bytes) -> bytes:
    """Return content that was packed; a damaged or hostile file cannot make it larger than it says it is.

    Raises:
        ConfigError: it is not what was packed.
    """
    if codec == "" and isinstance(content, bytes):
        return content
    try:
        found = zlib.decompressobj().decompress(content, min(size, LARGEST) + 1)
    except (zlib.error, TypeError, ValueError):  # what was planted may be of any type
        raise damaged("a value in the journal is damaged") from None
    if len(found) != size:
        raise damaged("a value in the journal is damaged")
    return found


def pack_files(files: Mapping[str, Any]) -> tuple[int, bytes]:
    """Return the size of the files of a bundle, and how they are kept.

    Raises:
        ArgumentError: they are not data.
    """
    try:
        text = msgspec.json.encode(files, order="sorted")
    except (TypeError, ValueError):
        raise ArgumentError("the files of a bundle are not data") from None
    return len(text), zlib.compress(text, 1)


def end_of(connection: sqlite3.Connection, source: str, at: int | None) -> int:
    """Return the place up to which another run begins like this one; see `Store.fork`.

    Raises:
        ArgumentError: there is no such run or call.
    """
    if connection.execute("SELECT 1 FROM runs WHERE run_id = ?", (source,)).fetchone() is None:
        raise ArgumentError(f"there is no run {shown(source)}")
    known = connection.execute("SELECT 1 FROM calls WHERE run_id = ? AND no = ?", (source, at)).fetchone()
    if at is not None and (known is None or at < 1):
        raise ArgumentError(
            f"run {clip(visible(source), 60)} has no call {at}", hint="`llmspell show RUN --calls` has their numbers"
        )
    places = "SELECT min(ord) FROM calls WHERE run_id = ? AND no IN (0, ?)"
    end: int | None = connection.execute(places, (source, at)).fetchone()[0]
    return _NEVER if end is None else end


def to_files(size: int, packed: bytes) -> dict[str, Any]:
    """Return the files of a bundle as `pack_files` was given them.

    Raises:
        ConfigError: they are damaged.
    """
    try:
        return msgspec.json.decode(unpacked("zlib", size, packed), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise damaged("a spell in the journal is damaged") from None


def copy(connection: sqlite3.Connection, source: str, target: str, end: int, change: Change | None = None) -> None:
    """Give a run what another had before a place in its order, with the effects inside of calls of that part.

    Their `meta` says from which run they are, which has paid for them.
    """
    before = "SELECT no FROM calls WHERE run_id = ? AND key = '' AND ord < ?"
    part = f"run_id = ? AND (ord < ? OR (ord IS NULL AND key NOT IN ('', ?) AND no IN ({before})))"
    which = (source, end, shapes.DOUBT, source, end)
    if change is None:
        taken = [{"run_id": "?", "meta": "json_set(meta, '$.from', run_id)"}.get(name, name) for name in CALL]
        sql = f"INSERT INTO calls ({', '.join(CALL)}) SELECT {', '.join(taken)} FROM calls WHERE {part}"  # noqa: S608
        connection.execute(sql, (target, *which))
        connection.execute("INSERT OR IGNORE INTO uses SELECT ?, sha FROM uses WHERE run_id = ?", (target, source))
        return
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    for row in cursor.execute(f"SELECT * FROM calls WHERE {part}", which).fetchall():  # noqa: S608
        folds, entry = Folds(None), change(to_entry(row, Opener(connection)))
        entry.meta = entry.meta | {"from": source}
        connection.execute(KEEP, of_entry(target, entry, folds))
        keep_aside(connection, target, folds.aside)


def named(connection: sqlite3.Connection, name: str) -> Any:
    """Return the row of a run by its name, the beginning of it, or `latest`.

    Raises:
        ArgumentError: there is none, or several begin so.
    """
    newest = "SELECT {} FROM runs {} ORDER BY rowid DESC LIMIT 4"
    columns = ", ".join((*RUN, "result"))
    if name == "latest":
        found = connection.execute(newest.format(columns, "WHERE parent IS NULL")).fetchall()[:1]
    else:
        found = connection.execute(newest.format(columns, "WHERE run_id = ?"), (name,)).fetchall()
        begin = (len(name), name)
        same = "WHERE substr(run_id, 1, ?) = ? COLLATE NOCASE"
        same += "" if "." in name else " AND parent IS NULL"  # the names of those begin with that of their parent
        found = found or connection.execute(newest.format(columns, same), begin).fetchall()
    if not found and name == "latest":
        raise ArgumentError("there are no runs yet", hint="`llmspell run` makes one")
    if not found or not name:
        raise ArgumentError(f"there is no run {shown(name)}", hint=_near(connection, name))
    if len(found) > 1:
        names = listed([row["run_id"] for row in found[:3]])
        raise ArgumentError(f"several runs begin with {shown(name)}: {names}{' …' if len(found) > 3 else ''}")
    return found[0]


def _near(connection: sqlite3.Connection, name: str) -> str:
    """Return what to try instead of a name that no run has."""
    newest = connection.execute("SELECT run_id FROM runs ORDER BY rowid DESC LIMIT ?", (_SEARCHED,))
    guess = suggest(name, [visible(row["run_id"]) for row in newest] + ["latest"])
    meant = f"did you mean {guess}? " if guess else ""
    return f"{meant}`llmspell runs` lists them; `latest` is the newest"
