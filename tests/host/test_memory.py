"""What a run may be answered from one of before, and what it has to ask again."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Heard
from website import Seen, answer, website

from llmspell import Host, Run, Spell, SpellError
from llmspell.host import archive
from llmspell.host.memory import Memory
from llmspell.journal.sqlite import SqliteStore

ALL = {
    "lua": """
local site = spell { params = { site = "string", extra = "" } }.site
local got = {
  ask("a").text, ask("a").text, Http.post(site .. "/post").text,
  attempt(function() Http.get("http://x.invalid") end).ok,
  State.update("n", function(old) return (old or 0) + 1 end), Run.budget().spent.calls,
}
local pieces = {}
ask("b c", { on_text = function(piece) pieces[#pieces + 1] = piece end })
say("said" .. spell().extra)
return { got, #pieces }
""",
    "javascript": """
const { site, extra } = spell({ params: { site: "string", extra: "" } });
const got = [
  (await ask("a")).text, (await ask("a")).text, (await Http.post(`${site}/post`)).text,
  (await attempt(() => Http.get("http://x.invalid"))).ok,
  await State.update("n", (old) => (old ?? 0) + 1), (await Run.budget()).spent.calls,
];
const pieces = [];
await ask("b c", { on_text: (piece) => { pieces.push(piece); } });
await say(`said${extra}`);
export default [got, pieces.length];
""",
}


def refuse(error: SpellError) -> None:
    raise AssertionError(error)


async def cast(
    host: Host, language: str, args: dict[str, Any], store: SqliteStore, memory: Memory | None = None
) -> tuple[Run, Heard]:
    spell, heard = Spell.from_source(ALL[language], language), Heard()
    run = host.prepare(spell, spell.manifest.arguments(args), sink=heard, seed=1)
    archive.write_down(run, store, refuse, memory)
    await host.execute(run)
    assert run.error is None, run.error
    return run, heard


@pytest.mark.parametrize("language", ALL)
async def test_only_models_and_the_network_are_remembered(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0

    async def page(seen: Seen, *_: object) -> bytes:
        nonlocal count
        count += 1
        return answer(f"{seen.path} {count}")

    monkeypatch.chdir(tmp_path)
    store = SqliteStore(tmp_path / "journal.db")
    async with website({"*": page}) as site:
        allow: Any = {"net": [site.host, "x.invalid"]}
        async with Host(model="echo", environ={}, allow=allow) as host:
            first, heard = await cast(host, language, {"site": site.url}, store)
            memory = await Memory.of(store, first.id)
            again, heard_again = await cast(host, language, {"site": site.url}, store, memory)
            changed = Memory(before=memory)
            other, _ = await cast(host, language, {"site": site.url, "extra": "!"}, store, changed)
    assert first.value == [["a", "a", "/post 1", False, 1, 2], 2]
    assert again.value == [["a", "a", "/post 1", False, 2, 0], 2]
    assert (memory.answered, memory.asked) == (4, 1)  # what has failed is asked again
    assert heard_again.text == heard.text == "said\n"
    assert again.usage["requests"] == 1  # the one that a function of the spell has heard
    assert (changed.answered, changed.asked) == (3, 2)
    assert other.value[0][5] == 0
    await store.close()


async def test_what_a_run_did_not_come_to_is_still_known(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "journal.db")
    async with Host(model="echo", environ={}, journal=store) as host:
        sources = ('ask("1") ask("2") ask("3")', 'ask("1") ask("x") fail("here")')
        whole, half = [await host.execute(host.prepare(Spell.from_source(text, "lua"))) for text in sources]
        told = await Memory.of(store, half.id, await Memory.of(store, whole.id))
        run = host.prepare(Spell.from_source('ask("3") ask("1") ask("x") ask("2") ask("1")', "lua"))
        archive.write_down(run, store, refuse, told)
        await host.execute(run)
    assert (told.answered, told.asked) == (4, 1)
    await store.close()
