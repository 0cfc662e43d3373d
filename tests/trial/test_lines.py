"""Coverage changes nothing of what a spell does or says, and counts the statements that ran, in both languages."""

from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.context import Sink
from llmspell.engines.covering import watched
from llmspell.errors import SpellError
from llmspell.host.run import Run
from llmspell.testing import InlineWorker, Probe
from llmspell.trial.coverage import Ledger, covering

LUA = """local function twice(n)
  if n > 5 then
    return 0
  end
  return n * 2
end

local co = coroutine.wrap(function()
  coroutine.yield(twice(1))
  return 7
end)
local sum = co()
for _, n in ipairs(map({ 1, 2 }, function(n)
  return Probe.echo(n)
end)) do sum = sum + n end
if false then
  sum = 0
  sum = 1
end
while sum < 0 do sum = 0 end
return sum
"""
JAVASCRIPT = """"use strict";
import data from "./data.json" with { type: "json" };
function twice(n) {
  "use strict";
  if (n > 5)
    return 0;
  switch (n) {
    case 1: { return 2; }
    default:
      return n * 2;
  }
}
export const one = () => 1; export default class {}
label: for (const n of [1, 2]) { if (n === 1) continue label; }
let text = `a ${(() => { return "b"; })()}`
;[1].forEach((n) => { text += n })
do text += "c"; while (text.length < 3)
const found = await map([1, 2], async (n) => {
  return Probe.echo(twice(n));
});
try { throw new Error("x") } catch { text += "é😀"; text += found } finally { text += "f" }
if (text === "never") {
  text = "a";
  text = "b";
}
print(text, data.n, one()); nothing.here();
"""


class Covered(Run):
    """A run of which it is noted what runs, or not."""

    covers = True

    def start(self) -> Any:
        start = super().start()
        start.surface["features"]["coverage"] = self.covers
        return start


async def run(path: Any, covers: bool) -> tuple[list[Any], Ledger]:
    """Return all that can be seen of a run, and what has run."""
    ledger, sink = Ledger(), Sink()
    async with Host(globals=[Probe, covering(ledger)], environ={}) as host:
        spell = Spell.from_path(path)
        made = host.prepare(spell, {}, sink=sink, seed=1)
        run = Covered(spell, {}, made.context, made.surface, 1, made.bundle)
        run.covers = covers
        ledger.begin(run.bundle)
        await run.execute(InlineWorker(spell.language))
    return [run.value, sink.printed, seen(run.error)], ledger


def seen(error: SpellError | None) -> Any:
    return error and (error.kind, error.message, error.where, error.trace)


@pytest.mark.parametrize(("name", "source"), [("spell.lua", LUA), ("spell.js", JAVASCRIPT)])
async def test_a_spell_does_the_same_when_it_is_watched(name: str, source: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.json").write_text('{"n": 5}')
    (tmp_path / name).write_text(source)
    plain, _ = await run(name, covers=False)
    again, ledger = await run(name, covers=True)
    assert again == plain
    (share,) = await ledger.shares()
    assert share.gaps == {"spell.lua": "3, 10, 17-18", "spell.js": "6, 23-24"}[name]


def test_a_source_that_does_not_parse_stays_as_it_is() -> None:
    assert watched("let = {", "ran").source == "let = {"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "if (a)\n  b() // c\nelse if (d) e(); else f() /* g */",
            "{R(2);b()} // c\nelse {R(3);if (d) {R(3);e();} else {R(3);f()}} /* g */",
        ),
        ("for (const a of b) if (a)\n  break\nc()", "{R(1);if (a)\n  {R(2);break}}\nR(3);c()"),
        ("do a(); while (b) for (;;);", "do {R(1);a();} while (b) R(1);for (;;);"),
    ],
)
def test_a_body_without_braces_gets_them(source: str, expected: str) -> None:
    found = watched(source, "R").source
    assert found.endswith(expected)
    assert watched(found, "R").shifts, "it does not parse any more"


def test_lines_and_directives_stay_where_they_are() -> None:
    source = '"use strict"; f(); function g() { "use asm"; h() }\nimport x from "y"\nexport { x }\n'
    found = watched(source, "ran")
    assert found.source.startswith('"use strict"; ran(1);f(); function g() { "use asm"; ran(1);h() }\nimport')
    assert found.source.count("\n") == source.count("\n")
    assert found.shifts == {1: [(15, 7), (46, 7)]}
