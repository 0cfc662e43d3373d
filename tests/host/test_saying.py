"""What a run says is written into its journal: in order, once, and never in the way of the run."""

import base64
from pathlib import Path
from typing import Any

import pytest

from llmspell.context import Sink
from llmspell.errors import ScriptError
from llmspell.host.lines import PIECE, Lines
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Hold, RunRecord
from llmspell.journal.sqlite import SqliteStore
from llmspell.secrets import Secrets

SECRET = "sk-live-0123456789"


class Journal:
    """A run in a journal, and what it says."""

    def __init__(self, path: Path, sink: Sink | None = None, past: Past | None = None) -> None:
        self.store = SqliteStore(path / "journal.db")
        self.scribe = Scribe(self.store, self.begin)
        self.lines = Lines(sink or Sink(), past or Past(), self.scribe, lambda: 5, Secrets({"KEY": SECRET}))

    async def begin(self) -> Hold:
        record = RunRecord(
            run_id="RUN", spell="x", identity="x", language="lua", bundle="b", host_abi=1, seed=1, t0_ms=1,
            profile="medium", owner="me",
        )  # fmt: skip
        return await self.store.begin(record, {})

    async def said(self) -> list[Any]:
        """End the run, and return what is in the journal."""
        await self.scribe.close("done", None, None)
        found = [line async for _, line in self.store.lines("RUN")]
        await self.store.close()
        return [(line.stream, line.level, line.text, line.fields) for line in found]


async def test_what_is_said_is_kept_in_its_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    await journal.scribe.open()
    say = journal.lines
    for char in "one\ntwo\n":
        say.output("out", char)
    say.log("warn", "hot", {"n": 1, "odd": float("nan"), "deep": {"a": [float("inf"), None]}})
    say.output("err", "bad\n")
    say.progress("map: 1/2")
    say.output("out", "x" * (2 * PIECE + 1))
    said = await journal.said()
    assert said[:4] == [
        ("out", "", "one\ntwo\n", {}),
        ("log", "warn", "hot", {"n": 1, "odd": "nan", "deep": {"a": ["inf", None]}}),
        ("err", "", "bad\n", {}),
        ("progress", "", "map: 1/2", {}),
    ]
    assert [len(text) for _, _, text, _ in said[4:]] == [PIECE, PIECE, 1]


async def test_what_is_refused_or_was_said_before_is_not_kept(tmp_path: Path) -> None:
    class Full(Sink):
        def output(self, stream: str, text: str) -> None:
            raise ScriptError("too much")

    past = Past([])
    journal = Journal(tmp_path, Full(), past)
    await journal.scribe.open()
    journal.lines.progress("in the past")
    past.end()
    with pytest.raises(ScriptError):
        journal.lines.output("out", "too much")
    journal.lines.progress("new")
    assert await journal.said() == [("progress", "", "new", {})]


async def test_a_journal_that_takes_no_more_does_not_hinder_the_run(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    await journal.scribe.open()
    journal.lines.progress("mine")
    await journal.store.resume("RUN", "somebody else")
    for count in range(3):
        journal.lines.progress(f"lost {count}")
    assert not journal.scribe.failed
    assert [text for _, _, text, _ in await journal.said()] in (["mine"], [])


async def test_a_secret_is_not_cut_into_pieces_before_it_is_found(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    await journal.scribe.open()
    line = f"Authorization: Bearer {SECRET} and more\n"
    encoded = base64.b64encode(f"me:{SECRET}".encode()).decode()
    whole = line * (3 * PIECE // len(line)) + f"{encoded} {encoded}"
    journal.lines.output("out", whole)
    for text in (f"\n{SECRET}\n", f"{encoded}\n"):
        for at in range(1, len(text)):
            journal.lines.output("out", text[:at])
            journal.lines.output("out", text[at:])
    journal.lines.output("err", SECRET[:4])
    journal.lines.progress("an end")
    journal.lines.output("out", f"{SECRET}\n{SECRET[:3]}")
    said = await journal.said()
    told = "".join(text for stream, _, text, _ in said if stream == "out")
    forms = [SECRET[:9], SECRET[-9:], encoded[:12], encoded[-10:]]
    assert [form for form in forms if form in told] == []
    assert told.count("[secret:KEY]") >= whole.count("Bearer") + len(SECRET)
    assert told.endswith("\n[secret:KEY]\nsk-")
    assert [(stream, text) for stream, _, text, _ in said if stream != "out"] == [
        ("err", "sk-l"), ("progress", "an end"),
    ]  # fmt: skip
