"""Graphs of any shape: both languages do what a plain model of them does, in the same order."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import Heard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell import Global, Host, Run, Spell, op
from llmspell.testing import InlineWorker, Probe

LANGUAGES = ("lua", "javascript")

SOURCES = {
    "lua": """
local plan = Json.decode(Record.plan())
local nodes = {}
for _, name in ipairs(plan.names) do
  nodes[name] = function(inputs, input)
    Record.note("begin", name)
    local sum = Probe.slow(plan.waits[name] / 1000, input)
    for _, value in pairs(inputs) do sum = sum + 2 * value end
    Record.note("end", name)
    if plan.failing[name] then fail("no " .. name) end
    return sum + 1
  end
end
local edges = plan.edges
local options = { nodes = nodes, edges = edges, limit = plan.limit, on_error = "keep" }
local result = Workflow.graph(options):run(plan.input)
for _, each in ipairs(result.failed) do each.error = each.error.data.step end
return result
""",
    "javascript": """
const plan = Json.decode(await Record.plan());
const nodes = {};
for (const name of plan.names) {
  nodes[name] = async (inputs, input) => {
    Record.note("begin", name);
    let sum = await Probe.slow(plan.waits[name] / 1000, input);
    for (const value of Object.values(inputs)) sum += 2 * value;
    Record.note("end", name);
    if (plan.failing[name]) fail("no " + name);
    return sum + 1;
  };
}
const { edges, limit, input } = plan;
const result = await Workflow.graph({ nodes, edges, limit, on_error: "keep" }).run(input);
for (const each of result.failed) each.error = each.error.data.step;
export default result;
""",
}


@dataclass(frozen=True)
class Plan:
    """A graph without circles: an edge leads from a name to one that stands behind it."""

    names: list[str]
    edges: list[tuple[str, str]]
    failing: frozenset[str]
    waits: dict[str, int]
    limit: int
    input: int

    def needs(self, name: str) -> set[str]:
        return {before for before, after in self.edges if after == name}

    def outcome(self) -> dict[str, Any]:
        """Return what the graph has to give, worked out one node after another."""
        values: dict[str, int] = {}
        skipped, failed = set(), set()
        for name in self.names:
            needs = self.needs(name)
            if not needs <= values.keys():
                skipped.add(name)
            elif name in self.failing:
                failed.add(name)
            else:
                values[name] = self.input + sum(2 * values[need] for need in needs) + 1
        failures = [{"item": name, "error": f"graph/{name}"} for name in sorted(failed)]
        return {"ok": values, "failed": failures, "skipped": sorted(skipped)}

    def json(self) -> str:
        failing = dict.fromkeys(self.failing, True)
        return json.dumps({**vars(self), "failing": failing}, ensure_ascii=False)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
    names = draw(st.lists(name, min_size=1, max_size=9, unique=True))
    pairs = [(before, after) for i, after in enumerate(names) for before in names[:i]]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []
    return Plan(
        names,
        edges,
        draw(st.frozensets(st.sampled_from(names), max_size=2)),
        {name: draw(st.integers(0, 3)) for name in names},
        draw(st.integers(1, 4)),
        draw(st.integers(-9, 9)),
    )


class Record(Global):
    """Gives a plan to a script, and remembers what it does."""

    def __init__(self, context: Any = None) -> None:
        super().__init__(context)
        self.plan_text = ""
        self.notes: list[tuple[str, str]] = []

    @op()
    async def plan(self) -> str:
        """Return the plan as JSON."""
        return self.plan_text

    @op(notify=True)
    async def note(self, what: str, name: str) -> None:
        """Remember that a node has begun or ended."""
        self.notes.append((what, name))


async def run(language: str, plan: Plan) -> tuple[Any, list[tuple[str, str]]]:
    async with Host(globals=[Probe, Record], environ={}) as host:
        run = host.prepare(Spell.from_source(SOURCES[language], language))
        record = next(each for each in run.surface.globals if isinstance(each, Record))
        record.plan_text = plan.json()
        await run.execute(InlineWorker(language))
    assert run.error is None, run.error
    return run.value, record.notes


def most_at_once(notes: list[tuple[str, str]]) -> int:
    def counts() -> Iterator[int]:
        live = 0
        for what, _ in notes:
            live += 1 if what == "begin" else -1
            yield live

    return max(counts(), default=0)


@given(plans())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_graph_of_any_shape_does_the_same_in_both_languages(plan: Plan) -> None:
    for language in LANGUAGES:
        value, notes = asyncio.run(run(language, plan))
        assert value == plan.outcome(), language
        places = {note: place for place, note in enumerate(notes)}
        assert len(places) == len(notes), "each node runs once"
        for before, after in plan.edges:
            if ("begin", after) in places:
                assert places["end", before] < places["begin", after], language
        assert most_at_once(notes) <= plan.limit


STOPPED = {
    "lua": """
local function hang() Record.note("hangs", "b") Probe.slow(60) end
local flow = Workflow.graph {
  on_error = "keep",
  nodes = { a = function() return 1 end, b = hang, c = { run = hang, depends_on = { "b" } }, d = hang },
  limit = 2,
}
local result = flow:run()
for _, each in ipairs(result.failed) do each.error = each.error.kind end
print(Json.encode(result))
""",
    "javascript": """
const hang = async () => { Record.note("hangs", "b"); await Probe.slow(60); };
const flow = Workflow.graph({
  on_error: "keep",
  nodes: { a: () => 1, b: hang, c: { run: hang, depends_on: ["b"] }, d: hang },
  limit: 2,
});
const result = await flow.run();
for (const each of result.failed) each.error = each.error.kind;
print(Json.encode(result));
""",
}


class Stop(Record):
    """Ends the run at the first note."""

    name = "Record"

    @op(notify=True)
    async def note(self, what: str, name: str) -> None:
        """Remember that a node has begun, and end the run."""
        self.notes.append((what, name))
        self.context.sink.progress("stop")


class Stopper(Heard):
    """Cancels a run when it asks for that."""

    run: Run

    def progress(self, line: str) -> None:
        asyncio.get_running_loop().call_soon(self.run.cancel, "interrupted")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_flow_that_keeps_failures_tells_what_is_there_when_the_run_is_stopped(language: str) -> None:
    async with Host(globals=[Probe, Stop], environ={}) as host:
        heard = Stopper()
        heard.run = host.prepare(Spell.from_source(STOPPED[language], language), sink=heard)
        await asyncio.wait_for(host.execute(heard.run), 20)
    failed = [{"item": name, "error": "cancelled"} for name in ("b", "d")]
    assert json.loads(heard.text) == {"ok": {"a": 1}, "failed": failed, "skipped": ["c"]}
