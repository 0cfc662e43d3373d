"""Concurrent scripts that nobody has thought of, the same in both languages.

Each asks with what it has seen so far: the time, a count and the last answer, which all its branches share. So
a delivery in another order, or with another answer, changes what is asked next.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st


class Act(NamedTuple):
    """One statement: its sort, a small number, and the bodies that belong to it."""

    sort: str
    number: int
    bodies: tuple[tuple["Act", ...], ...] = ()


PLAIN = ("ask", "ask", "ask", "doubt", "pay", "say", "chance", "counter", "emit", "wait", "stream", "sleep", "keep")
ONE_BODY = ("map", "attempt", "timeout", "retry", "step", "spawn", "agent", "update", "on")
MORE_BODIES = ("parallel", "race")
ALL = (*PLAIN, *ONE_BODY, *ONE_BODY, *MORE_BODIES, *MORE_BODIES)
DEPTH = 2
ALONE = {"update", "on"}
"""What holds plain acts only: a listener that emits its own event, for one, has no end."""


@st.composite
def scripts(draw: st.DrawFn) -> tuple[Act, ...]:
    """Draw a script as statements; `render` makes text of it."""
    choice = st.sampled_from

    def act(depth: int, sorts: Sequence[str]) -> Act:
        sort, number = draw(choice(sorts)), draw(choice(range(1, 5)))
        inner = ["ask"] if sort in ALONE else PLAIN if depth == 0 else ALL
        count = draw(choice((2, 3))) if sort in MORE_BODIES else sort in ONE_BODY
        return Act(sort, number, tuple(body(depth - 1, inner, 2) for _ in range(count)))

    def body(depth: int, sorts: Sequence[str], most: int) -> tuple[Act, ...]:
        return tuple(act(depth, sorts) for _ in range(draw(choice(range(1, most + 1)))))

    return body(DEPTH, ALL, 5)


BEGIN = {
    "lua": """\
local n, last, seen = 0, "", {}
local function note(x) n = n + 1 last = tostring(x) seen[#seen + 1] = last return x end
local function ask_(what) n = n + 1 return note(Chance.answer(what .. " " .. n .. " " .. last .. os.clock())) end
local function safe(fn)
  local got = attempt(fn)
  note(got.ok and "fine" or got.error.kind)
end
""",
    "javascript": """\
let n = 0, last = "";
const seen = [];
const note = (x) => { n++; last = String(x); seen.push(last); return x; };
const ask_ = async (what) => { n++; return note(await Chance.answer(`${what} ${n} ${last} ${Date.now()}`)); };
const safe = async (fn) => { const got = await attempt(fn); note(got.ok ? "fine" : got.error.kind); };
""",
}
END = {"lua": "return { n = n, seen = seen }\n", "javascript": "export default { n, seen };\n"}

# `@ONE` stands for a function with the first body, `@ALL` for one of each, and `@N` for the number.
LUA = {
    "ask": 'ask_("@N")',
    "doubt": 'safe(function() ask_("doubt @N") end)',
    "pay": "safe(function() note(Chance.pay(@N, n)) end)",
    "say": "print(@N, n, last)",
    "chance": "note(math.random(1000) + os.time())",
    "counter": "do local c = Probe.counter(n) note(c:next(@N)) note(c:next()) end",
    "emit": 'note(Event.emit("e@N", n))',
    "wait": 'safe(function() note(Event.wait("e*", { timeout = 0.00@N }).data) end)',
    "stream": 'note(ask("w @N " .. n, { on_text = function(piece) n = n + #piece ask_("piece") end }).text)',
    "sleep": "sleep(0.00@N)",
    "keep": 'State.set("k@N", n) note(State.get("k@N"))',
    "map": "safe(function() map({ 1, 2, 3, 4 }, @ONE, { limit = @N }) end)",
    "attempt": "safe(@ONE)",
    "timeout": "safe(function() timeout(0.00@N, @ONE) end)",
    "retry": "safe(function() retry({ times = @N, wait = 0.001 }, @ONE) end)",
    "step": 'safe(function() step("s@N", @ONE) end)',
    "spawn": "do local t = spawn(@ONE) ask_('beside') if @N == 4 then t:cancel() end safe(function() t:wait() end) end",
    "agent": "safe(function() note(Chance.agent(@N, @ONE)) end)",
    "update": 'safe(function() State.update("k@N", function(old) (@ONE)() return n end) end)',
    "on": 'Event.on("e@N", @ONE)',
    "parallel": "safe(function() parallel({ @ALL }) end)",
    "race": "safe(function() race({ @ALL }) end)",
}  # fmt: skip
JAVASCRIPT = {
    "ask": 'await ask_("@N");',
    "doubt": 'await safe(() => ask_("doubt @N"));',
    "pay": "await safe(async () => note(await Chance.pay(@N, n)));",
    "say": "print(@N, n, last);",
    "chance": "note(Math.floor(Math.random() * 1000) + Date.now());",
    "counter": "{ const c = await Probe.counter(n); note(await c.next(@N)); note(await c.next()); }",
    "emit": 'note(await Event.emit("e@N", n));',
    "wait": 'await safe(async () => note((await Event.wait("e*", { timeout: 0.00@N })).data));',
    "stream": "note((await ask(`w @N ${n}`, { on_text: (t) => { n += t.length; return ask_('piece'); } })).text);",
    "sleep": "await sleep(0.00@N);",
    "keep": 'await State.set("k@N", n); note(await State.get("k@N"));',
    "map": "await safe(() => map([1, 2, 3, 4], @ONE, { limit: @N }));",
    "attempt": "await safe(@ONE);",
    "timeout": "await safe(() => timeout(0.00@N, @ONE));",
    "retry": "await safe(() => retry({ times: @N, wait: 0.001 }, @ONE));",
    "step": 'await safe(() => step("s@N", @ONE));',
    "spawn": '{ const t = spawn(@ONE); await ask_("beside"); if (@N === 4) t.cancel(); await safe(() => t.wait()); }',
    "agent": "await safe(async () => note(await Chance.agent(@N, @ONE)));",
    "update": 'await safe(() => State.update("k@N", async (old) => { await (@ONE)(); return n; }));',
    "on": 'await Event.on("e@N", @ONE);',
    "parallel": "await safe(() => parallel([@ALL]));",
    "race": "await safe(() => race([@ALL]));",
}
FUNCTION = {"lua": "function()\n@BODYend", "javascript": "async () => {\n@BODY}"}


def render(script: tuple[Act, ...], language: str) -> str:
    """Return the text of a script."""
    return BEGIN[language] + _lines(script, language) + END[language]


def _lines(script: tuple[Act, ...], language: str) -> str:
    return "".join(f"{_line(act, language)}\n" for act in script)


def _line(act: Act, language: str) -> str:
    functions = [FUNCTION[language].replace("@BODY", _lines(body, language)) for body in act.bodies]
    text = {"lua": LUA, "javascript": JAVASCRIPT}[language][act.sort].replace("@N", str(act.number))
    return text.replace("@ONE", functions[0]).replace("@ALL", ", ".join(functions)) if functions else text
