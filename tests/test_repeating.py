"""Every case of the contract is recorded, then repeated from its record alone by another worker: nothing differs."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from conftest import Heard
from test_conformance import PAGES, Watch, expectation, name_of, prepared, sources
from website import website

from llmspell import Host, Run, Spell
from llmspell.errors import SpellError
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.sqlite import SqliteStore
from llmspell.security.rules import Rules
from llmspell.testing import Probe

GLOBALS = [Probe, Watch]


def refuse(error: SpellError) -> None:
    raise AssertionError(f"it is not written down: {error}")


async def recorded(spell: Spell, store: SqliteStore, expected: dict[str, Any]) -> tuple[Run, Heard]:
    heard = Heard()
    async with website(PAGES) as site:
        allow = {"net": [site.host], **expected.get("allow", {})}
        profile = expected.get("profile", "medium")
        async with Host(globals=GLOBALS, profile=profile, model="echo", environ={}, allow=allow) as host:
            run = host.prepare(spell, spell.manifest.arguments(expected.get("args") or {}), sink=heard, seed=7)
            opening = store.begin, archive.record(run), archive.files(run.bundle)
            run.remember(Past(), Scribe(store, lambda: opening[0](*opening[1:]), refuse))
            await host.execute(run)
    return run, heard


async def replayed(run_id: str, store: SqliteStore, first: Run) -> tuple[Run, Heard]:
    heard = Heard()
    record = await store.run(run_id)
    profile = archive.profile(record)
    async with Host(globals=GLOBALS, profile=profile, environ={}) as host:
        bundle = archive.bundle(await store.files(record.bundle))
        rules = Rules(profile.label, profile.permissions)
        run = host.repeat(record, bundle, project=first.context.project, rules=rules, sink=heard)
        run.begins = archive.start(record, bundle)
        run.remember(await Past.of(store, run_id, offline=True), Scribe())
        run.at_frontier = lambda: archive.recorded_error(record)
        await host.execute(run)
    run.error = archive.check_outcome(record, run.value, run.error)
    return run, heard


async def both(path: Path, folder: Path) -> tuple[Run, Heard, Run, Heard]:
    expected = expectation(path)
    spell = Spell.from_path(prepared(path, expected, folder))
    store = SqliteStore(folder / "kept" / "journal.db")
    try:
        run, heard = await recorded(spell, store, expected)
        return run, heard, *await replayed(run.id, store, run)
    finally:
        await store.close()


def cast(path: Path) -> tuple[Run, Heard, Run, Heard]:
    with TemporaryDirectory() as folder:
        return asyncio.run(both(path, Path(folder)))


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_case_is_repeated_from_its_record(path: Path, outcome: tuple[Run, Heard, Run, Heard]) -> None:
    run, heard, again, heard_again = outcome
    if run.error is None:
        assert again.error is None, again.error
    else:
        assert again.error is not None
        assert (again.error.kind, again.error.message) == (run.error.kind, run.error.message)
        assert again.error.where == run.error.where
    assert repr(again.value) == repr(run.value)  # with the order of keys, which scripts see
    assert heard_again.text == heard.text
    assert heard_again.logs == heard.logs
    assert again.calls == run.calls


RACES = {
    "lua": """
        local got = {}
        for i = 1, 40 do
          got[i] = race { function() return Probe.slow(0.001, "a") end, function() return Probe.slow(0.001, "b") end }
        end
        return got
    """,
    "javascript": """
        const got = [];
        for (let i = 0; i < 40; i++) got.push(await race([() => Probe.slow(0.001, "a"), () => Probe.slow(0.001, "b")]));
        export default got;
    """,
}


@pytest.mark.parametrize("language", RACES)
async def test_an_answer_that_comes_too_late_is_repeated_as_one(language: str, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "kept" / "journal.db")
    run, _ = await recorded(Spell.from_source(RACES[language], language), store, {})
    again, _ = await replayed(run.id, store, run)
    await store.close()
    assert again.error is None, again.error
    assert again.value == run.value
