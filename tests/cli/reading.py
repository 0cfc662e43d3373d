"""What the tests of the commands that read the journal share: runs that are written into one, and the commands."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from llmspell.cli._group import invoke
from llmspell.journal.records import Entry, Line, RunRecord, Status
from llmspell.journal.sqlite import SqliteStore
from llmspell.journal.values import fingerprint

EVIL = "</style></title><script>alert(1)</script>\" onload='x' `x` ``` \x1b[31m\u202e| <!--\n# head\n~~~"
"""What no page, report or terminal may take for its own."""
JOURNAL = Path(".llmspell", "journal.db")
BEGAN = 1_700_000_000_000


class Done(NamedTuple):
    """What a command has come to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The document of `--json`."""
        return json.loads(self.out)


Reading = Callable[..., Done]


def asked(no: int, request: Any = None, value: Any = "yes", **fields: Any) -> Entry:
    """Return a call that was delivered."""
    if fields.get("ok") is False:
        value = {"kind": "model", "message": "no", "data": {}}
    args = [f"question {no}"] if request is None else request
    given: dict[str, Any] = {
        "op": "ask", "request": args, "fingerprint": fingerprint(fields.get("op", "ask"), args), "ok": True,
        "value": value, "ord": no - 1, "batch": no - 1, "started_ms": BEGAN + no, "t_ms": BEGAN + no + 100, "line": 3,
    }  # fmt: skip
    return Entry(no=no, **given | fields)


def paid(usd: float, model: str = "m/one", **fields: Any) -> dict[str, Any]:
    """Return the `meta` of a call that has asked a model."""
    usage = {"requests": 1, "input_tokens": 10, "output_tokens": 5, "usd": usd} | fields
    return {"usage": usage, "models": {model: usage}}


def plant(
    folder: Path,
    run_id: str,
    entries: Sequence[Entry] = (),
    lines: Sequence[str | Line] = (),
    *,
    status: Status = "done",
    files: dict[str, str] | None = None,
    **fields: Any,
) -> None:
    """Write a run into the journal of a project.

    Args:
        folder: of the project.
        run_id: its name.
        entries: what happened.
        lines: what it said.
        status: how it has ended.
        files: its spell and modules.
        fields: of the run.
    """
    sources = files or {"it.lua": "local x = 1\n\nreturn ask('question').text\n"}
    (spell, *modules) = [
        {"path": path, "language": "lua", "source": text, "uses": {}} for path, text in sources.items()
    ]
    ending = {name: fields.pop(name, None) for name in ("result", "error")}
    given: dict[str, Any] = {
        "spell": "it.lua", "identity": "it.lua", "language": "lua", "bundle": str(hash(tuple(sources.items()))),
        "host_abi": 1, "seed": 7, "t0_ms": BEGAN, "profile": "medium", "owner": "elsewhere:1",
    }  # fmt: skip

    async def write() -> None:
        store = SqliteStore(folder / JOURNAL, now=lambda: BEGAN)
        record = RunRecord(run_id=run_id, **given | fields)
        hold = await store.begin(record, {"spell": spell, "modules": modules, "folder": ""})
        await store.record(hold, entries)
        said = [Line(t_ms=BEGAN, stream="out", text=each) if isinstance(each, str) else each for each in lines]
        await store.write_lines(hold, said)
        if status in ("running", "suspended", "interrupted", "diverged"):
            await store.mark(hold, status)
        else:
            await store.finish(hold, status, **ending)
        await store.close()

    asyncio.run(write())


def bend(folder: Path, sql: str, *values: Any) -> None:
    """Change a journal in a way that llmspell never would."""
    with closing(sqlite3.connect(folder / JOURNAL)) as connection, connection:
        connection.execute(sql, values)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, in which the commands are given."""
    (tmp_path / "llmspell.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reading(project: Path, capfd: pytest.CaptureFixture[str]) -> Reading:
    """A command, given in this process."""

    def read(*words: str) -> Done:
        capfd.readouterr()
        code = invoke(list(words), None)
        return Done(code, *capfd.readouterr())

    return read
