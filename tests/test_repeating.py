"""A run is repeated from its record alone, by another worker. The cases of the contract are: `test_conformance.py`."""

from pathlib import Path

import pytest
from chance import Chance
from conftest import Heard
from repeating import Repeater, Seen, check_repeated, replayed, resumed, write_down
from test_conformance import GLOBALS, execute

from llmspell import Host, Spell
from llmspell.host import archive
from llmspell.journal.sqlite import SqliteStore
from llmspell.testing import InlineWorker, Probe

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
async def test_an_answer_that_comes_too_late_is_repeated_as_one(language: str, repeater: Repeater) -> None:
    heard = Heard()
    run = await execute(Spell.from_source(RACES[language], language), heard, store=repeater.store)
    assert run.error is None, run.error
    check_repeated(Seen.of(run, heard), repeater.repeat(run, GLOBALS))


SAYS = {
    "lua": 'Chance.agent(1, function() print("said") end) print("and more")',
    "javascript": 'await Chance.agent(1, () => print("said")); print("and more");',
}


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("language", SAYS)
async def test_what_a_function_prints_for_a_call_is_printed_once(language: str, inline: bool, tmp_path: Path) -> None:
    """What an op prints is kept with its call; what the script prints meanwhile follows from the script."""
    store, heard = SqliteStore(tmp_path / "kept" / "journal.db"), Heard()
    async with Host(globals=[Chance], environ={}) as host:
        run = host.prepare(Spell.from_source(SAYS[language], language), sink=heard)
        write_down(run, store)
        await (run.execute(InlineWorker(language)) if inline else host.execute(run))
    _, again = await replayed(store, run.id, [Chance], tmp_path)
    await store.close()
    assert heard.text == again.text == "said\nand more\n"


FAILS = {"lua": "Probe.echo(1) fail('no more')", "javascript": "await Probe.echo(1); fail('no more');"}


@pytest.mark.parametrize("language", FAILS)
async def test_a_run_that_crashed_before_its_failure_was_written_down_has_failed_once_it_is_resumed(
    language: str, tmp_path: Path
) -> None:
    store, kinds = SqliteStore(tmp_path / "kept" / "journal.db"), [Probe]
    async with Host(globals=kinds, environ={}) as host:
        run = host.prepare(Spell.from_source(FAILS[language], language))
        hold = await store.begin(archive.record(run), archive.files(run.bundle))
        whole = host.prepare(Spell.from_source(FAILS[language], language))
        write_down(whole, store)
        await whole.execute(InlineWorker(language))
    async for entry in store.calls(whole.id):
        await store.record(hold, [entry])
    again, _ = await resumed(store, run.id, kinds, tmp_path, inline=True)
    assert str(again.error) == "no more"
    assert (await store.run(run.id)).status == "failed"
    await store.close()
