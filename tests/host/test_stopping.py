"""A run that is stopped by somebody: what was kept is shown, what waits is cancelled, and nothing new begins."""

import asyncio
from typing import Any

import pytest
from conftest import Heard

from llmspell import Global, Host, Run, Spell, op
from llmspell.host import run as life


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a spell more time to clean up than people would: a machine may be busy with other tests."""
    monkeypatch.setattr(life, "CANCEL_GRACE", 10.0)


class Hang(Global):
    """An op that never ends."""

    @op()
    async def on(self) -> None:
        """Wait until somebody cancels it."""
        self.context.sink.progress("hangs")
        await asyncio.get_running_loop().create_future()


class Stopper(Heard):
    """Stops a run once so many of its calls hang."""

    run: Run

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    def progress(self, line: str) -> None:
        super().progress(line)
        if self.lines.count("hangs") == self.calls:
            asyncio.get_running_loop().call_soon(self.run.cancel, "interrupted")


async def stopped(source: str, language: str, calls: int) -> tuple[Run, str]:
    heard = Stopper(calls)
    async with Host(globals=[Hang], environ={}) as host:
        heard.run = host.prepare(Spell.from_source(source, language), sink=heard)
        return await asyncio.wait_for(host.execute(heard.run), 20), heard.text


def both(lua: str, javascript: str) -> Any:
    return pytest.mark.parametrize(("language", "source"), [("lua", lua), ("javascript", javascript)])


@both(
    """
    local found = map({ 1, 2, 3, 4, 5, 6 }, function(i)
      if i % 2 == 0 then Hang.on() end
      return i
    end, { limit = 3, on_error = "keep" })
    print(#found.ok, #found.failed)
    local failed = {}
    for i, each in ipairs(found.failed) do failed[i] = { each.item, each.error.kind, each.error.message } end
    return { found.ok, failed }
    """,
    """
    const found = await map([1, 2, 3, 4, 5, 6], async (i) => {
      if (i % 2 === 0) await Hang.on();
      return i;
    }, { limit: 3, on_error: "keep" });
    print(found.ok.length, found.failed.length);
    export default [found.ok, found.failed.map(({ item, error }) => [item, error.kind, error.message])];
    """,
)
async def test_a_map_that_keeps_gives_what_it_has(language: str, source: str) -> None:
    run, text = await stopped(source, language, 3)
    assert run.error is None
    assert run.cut_short
    assert text.split() == ["3", "3"]
    assert run.value == [[1, 3, 5], [[item, "cancelled", "interrupted"] for item in (2, 4, 6)]]


@both(
    "local found = parallel({ a = Hang.on, b = function() return 1 end }, { on_error = 'keep' }) "
    "return { found.ok, #found.failed }",
    "const found = await parallel({ a: () => Hang.on(), b: async () => 1 }, { on_error: 'keep' }); "
    "export default [found.ok, found.failed.length];",
)
async def test_so_does_parallel(language: str, source: str) -> None:
    run, _ = await stopped(source, language, 1)
    assert run.value == [{"b": 1}, 1]


@both(
    """
    local found = map({ "a", "b" }, function(name)
      return map({ 1, 2 }, function(i)
        if i == 2 then Hang.on() end
        return name .. i
      end, { on_error = "keep" }).ok
    end, { on_error = "keep" })
    return found.ok
    """,
    """
    const found = await map(["a", "b"], async (name) => (await map([1, 2], async (i) => {
      if (i === 2) await Hang.on();
      return name + i;
    }, { on_error: "keep" })).ok, { on_error: "keep" });
    export default found.ok;
    """,
)
async def test_a_map_within_a_map_gives_what_it_has_too(language: str, source: str) -> None:
    run, _ = await stopped(source, language, 2)
    assert run.value == [["a1"], ["b1"]]


@both(
    "map({ 1, 2 }, function() Hang.on() end) print('not reached')",
    "await map([1, 2], () => Hang.on()); print('not reached');",
)
async def test_a_map_that_stops_is_cancelled(language: str, source: str) -> None:
    run, text = await stopped(source, language, 2)
    assert run.error is not None
    assert (run.error.kind, run.error.message, text) == ("cancelled", "interrupted", "")


@both(
    """
    local found = map({ 1 }, function() Hang.on() end, { on_error = "keep" })
    print(#found.failed)
    local again = attempt(function() return map({ 1 }, function() return 1 end, { on_error = "keep" }) end)
    print("not reached")
    """,
    """
    const found = await map([1], async () => { await Hang.on(); }, { on_error: "keep" });
    print(found.failed.length);
    const again = await attempt(async () => map([1], async () => 1, { on_error: "keep" }));
    print("not reached");
    """,
)
async def test_nothing_new_begins_after_it(language: str, source: str) -> None:
    run, text = await stopped(source, language, 1)
    assert run.error is not None
    assert (run.error.kind, text) == ("cancelled", "1\n")


@both(
    """
    local late = attempt(function()
      return timeout(0.05, function() return map({ 1 }, function() Hang.on() end, { on_error = "keep" }) end)
    end)
    return late.error.kind
    """,
    """
    const wait = () => map([1], async () => { await Hang.on(); }, { on_error: "keep" });
    const late = await attempt(() => timeout(0.05, wait));
    export default late.error.kind;
    """,
)
async def test_a_deadline_is_no_reason_to_give_a_part(language: str, source: str) -> None:
    run, _ = await stopped(source, language, 99)
    assert (run.value, run.cut_short) == ("timeout", False)


@both(
    """
    local found = map({ 1 }, function()
      pcall(Hang.on)
      while true do end
    end, { on_error = "keep" })
    """,
    "await map([1], async () => { try { await Hang.on(); } catch {} for (;;); }, { on_error: 'keep' });",
)
async def test_whoever_does_not_stop_is_ended(language: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "CANCEL_GRACE", 0.2)
    run, _ = await stopped(source, language, 1)
    assert run.error is not None
    assert run.error.kind == "cancelled"
