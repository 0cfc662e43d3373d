"""The contract of every store: what is recorded is there, in order, and only its holder can write a run."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from journaled import FILES, call, run_of, sqlite_store

from llmspell.errors import ArgumentError, Fenced
from llmspell.journal.records import Entry, Hold, Query, Retention
from llmspell.journal.store import Store

STORES: dict[str, Callable[..., Store]] = {"sqlite": sqlite_store}
"""Every store that there is; each keeps to all of this."""


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    clock = count(1_000)
    store = STORES[request.param](tmp_path, now=lambda: next(clock))
    yield store
    await store.close()


async def entries(store: Store, run_id: str = "RUN00001") -> list[Entry]:
    return [entry async for entry in store.calls(run_id)]


async def finished(store: Store, run_id: str, **fields: Any) -> Hold:
    usage = fields.pop("usage", None)
    hold = await store.begin(run_of(run_id, **fields), FILES)
    await store.finish(hold, "done", usage=usage)
    return hold


# -- a run ------------------------------------------------------------------------------------------------------------


async def test_a_run_is_kept_as_it_began(store: Store) -> None:
    run = run_of(args={"topic": "cats"}, model="m/1", parent="P", parent_no=3, info={"label": "x"})
    assert await store.begin(run, FILES) == Hold("RUN00001", 1)
    found = await store.run("RUN00001")
    assert msgspec.structs.replace(found, created_ms=0, updated_ms=0) == run
    assert (found.status, found.epoch, found.finished) == ("running", 1, False)
    assert await store.files(run.bundle) == FILES


async def test_a_name_is_used_once(store: Store) -> None:
    await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="there is a run RUN00001 already"):
        await store.begin(run_of(), FILES)


async def test_a_run_ends_with_a_result_and_what_it_cost(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.finish(hold, "done", result={"text": "x" * 5000}, usage={"usd": 0.25, "requests": 2})
    found = await store.run("latest")
    assert (found.status, found.result, found.error) == ("done", {"text": "x" * 5000}, None)
    assert found.usage == {"usd": 0.25, "requests": 2}


async def test_a_run_ends_with_an_error(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.finish(hold, "failed", error={"kind": "script", "message": "no"})
    assert (await store.run("latest")).error == {"kind": "script", "message": "no"}


async def test_who_has_finished_a_run_writes_it_no_more(store: Store) -> None:
    hold = await finished(store, "RUN00001")
    with pytest.raises(Fenced, match="run RUN00001 has ended: done"):
        await store.record(hold, [call(1)])
    with pytest.raises(ArgumentError, match="run RUN00001 has ended: done"):
        await store.resume("RUN00001", "other")


async def test_the_last_who_resumes_a_run_writes_it(store: Store) -> None:
    first = await store.begin(run_of(), FILES)
    second = await store.resume("RUN00001", "process 12")
    for write in (store.record(first, [call(1)]), store.finish(first, "done"), store.mark(first, "suspended")):
        with pytest.raises(Fenced, match="run RUN00001 was taken over by process 12"):
            await write
    await store.record(second, [call(1)])
    assert [entry.no for entry in await entries(store)] == [1]


async def test_a_suspended_run_is_resumed(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.mark(hold, "suspended", due_ms=5_000)
    found = await store.run("latest")
    assert (found.status, found.due_ms) == ("suspended", 5_000)
    await store.resume("RUN00001", "other")
    found = await store.run("latest")
    assert (found.status, found.due_ms, found.owner, found.epoch) == ("running", None, "other", 2)


async def test_a_wish_to_stop_reaches_who_writes_the_run(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    assert await store.record(hold, [call(1)]) is None
    assert await store.stop("RUN00001", "a person said so")
    assert await store.record(hold, [call(2)]) == "a person said so"
    await store.finish(hold, "cancelled")
    assert not await store.stop("RUN00001", "again")


# -- its calls --------------------------------------------------------------------------------------------------------


async def test_an_entry_is_kept_as_it_is(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    entry = call(
        1, {"text": "ü" * 300, "raw": b"\xff\x00"}, effect="keyed", started_ms=999, file="lib.lua", line=12,
        meta={"usage": {"usd": 0.1}},
    )  # fmt: skip
    await store.record(hold, [entry])
    assert await entries(store) == [entry]
    assert await store.entry("RUN00001", 1) == entry
    assert await store.entry("RUN00001", 2) is None


async def test_entries_come_in_the_order_of_their_delivery(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(3, place=0), call(1, place=1, batch=1)])
    await store.record(hold, [Entry(no=1, key="fn:1", op="invoke", request=[4, ["x"]], ord=2, batch=1, t_ms=5)])
    await store.record(hold, [call(2, place=None), call(2, key="request:0", place=None), Entry(no=4, op="approve")])
    assert [(e.no, e.key, e.ord, e.batch) for e in await entries(store)] == [
        (3, "", 0, 0), (1, "", 1, 1), (1, "fn:1", 2, 1),
        (2, "", None, None), (2, "request:0", None, None), (4, "", None, None),
    ]  # fmt: skip


async def test_requests_are_left_out_when_nobody_wants_them(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1, "x" * 500)])
    found = [entry async for entry in store.calls("RUN00001", requests=False)]
    assert [(entry.request, entry.value) for entry in found] == [(None, "x" * 500)]


async def test_many_entries_come_one_by_one(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(no, place=1000 - no if no < 700 else None) for no in range(1, 1000)])
    found = await entries(store)
    assert [entry.no for entry in found] == [*range(699, 0, -1), *range(700, 1000)]


async def test_an_intent_gets_a_result_and_then_a_place(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [Entry(no=1, op="pay", request=[5], effect="once", started_ms=3)])
    assert (await entries(store))[0].ok is None
    await store.record(hold, [call(1, "paid", place=None, meta={"attempts": 2})])
    await store.record(hold, [Entry(no=1, ord=0, batch=0, t_ms=9)])
    (entry,) = await entries(store)
    assert (entry.op, entry.request, entry.effect, entry.started_ms) == ("pay", [5], "once", 3)
    assert (entry.value, entry.ok, entry.ord, entry.t_ms, entry.meta) == ("paid", True, 0, 9, {"attempts": 2})


@pytest.mark.parametrize("second", [call(1, "other"), call(1, "other", place=None), Entry(no=1)])
async def test_a_result_stays(store: Store, second: Entry) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1, "first")])
    with pytest.raises(ArgumentError, match="call 1 of run RUN00001 is in the journal with another outcome"):
        await store.record(hold, [call(2), second])
    assert [entry.value for entry in await entries(store)] == ["first"]


async def test_a_place_is_taken_once(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1, place=0)])
    with pytest.raises(ArgumentError, match="contradicts the journal"):
        await store.record(hold, [call(2, place=0)])


async def test_the_first_decision_wins(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [Entry(no=1, op="approve", effect="external")])
    assert await store.resolve("RUN00001", 1, True, {"by": "ann", "note": "n" * 300})
    assert not await store.resolve("RUN00001", 1, False, {"by": "bob"})
    entry = await store.entry("RUN00001", 1)
    assert entry is not None
    assert (entry.ok, entry.value, entry.ord) == (True, {"by": "ann", "note": "n" * 300}, None)


async def test_what_is_not_there_cannot_be_decided(store: Store) -> None:
    with pytest.raises(ArgumentError, match="there are no runs yet"):
        await store.resolve("RUN00001", 1, True, None)
    await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="run RUN00001 has no call 9"):
        await store.resolve("RUN00001", 9, True, None)
    with pytest.raises(ArgumentError, match='there is no run "RUN00002"'):
        await store.resolve("RUN00002", 1, True, None)


async def test_what_is_no_data_is_refused_alone(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="a value is not a finite number"):
        await store.record(hold, [call(1, float("nan"))])
    await store.record(hold, [call(1, 1.5)])
    assert [entry.value for entry in await entries(store)] == [1.5]


async def test_a_fork_has_what_was_delivered_before_a_call(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1), call(1, key="request:0", place=None), call(3, "y" * 400, place=1)])
    await store.record(hold, [call(2, place=2), call(2, key="request:0", place=None), Entry(no=4)])
    fork = await store.fork("RUN00001", 2, run_of("RUN00002"), FILES)
    found = await entries(store, "RUN00002")
    assert [(entry.no, entry.key) for entry in found] == [(1, ""), (3, ""), (1, "request:0")]
    await store.record(fork, [call(2, "another", place=2)])
    await store.prune(Retention(runs=("RUN00001",), unfinished=True))
    assert [entry.value for entry in await entries(store, "RUN00002")] == ["result", "y" * 400, "another", "result"]


async def test_a_fork_needs_a_call_to_begin_at(store: Store) -> None:
    await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="run RUN00001 has no call 7"):
        await store.fork("RUN00001", 7, run_of("RUN00002"), FILES)
    assert [run.run_id for run in await store.runs(Query())] == ["RUN00001"]


# -- finding runs -----------------------------------------------------------------------------------------------------


async def test_a_run_is_found_by_its_beginning(store: Store) -> None:
    for run_id in ("7Q2M0001", "7Q2N0001", "8AAA0001"):
        await store.begin(run_of(run_id), FILES)
    assert (await store.run("8")).run_id == "8AAA0001"
    assert (await store.run("7q2m")).run_id == "7Q2M0001"
    assert (await store.run("latest")).run_id == "8AAA0001"
    with pytest.raises(ArgumentError, match='several runs begin with "7Q": 7Q2N0001 or 7Q2M0001'):
        await store.run("7Q")
    for name in ("9", "", "%", "_"):
        with pytest.raises(ArgumentError, match="there is no run"):
            await store.run(name)


async def test_where_there_are_no_runs_nothing_is_found(store: Store) -> None:
    assert await store.runs(Query()) == []
    assert await entries(store) == []
    assert await store.check() == []
    assert await store.prune(Retention(keep=0)) == ([], 0)
    with pytest.raises(ArgumentError, match="there are no runs yet"):
        await store.run("latest")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), "DCBA"),
        (Query(limit=2), "DC"),
        (Query(spell="hello"), "BA"),
        (Query(spell="spells/b.lua"), "B"),
        (Query(status=("running", "failed")), "D"),
        (Query(status=("running", "done"), spell="hello"), "BA"),
        (Query(since_ms=1_004), "DC"),
        (Query(cost=0.5), "C"),
        (Query(cost=0.1), "CA"),
        (Query(arguments={"topic": "cats"}), "BA"),
        (Query(arguments={"topic": "cats", "n": "2"}), "B"),
        (Query(arguments={"deep": "true"}), "A"),
        (Query(arguments={"ratio": "0.5"}), "C"),
        (Query(parent="A"), "D"),
    ],
)
async def test_runs_are_found_by_what_they_are(store: Store, query: Query, found: str) -> None:
    await finished(store, "A", args={"topic": "cats", "n": 1, "deep": True}, usage={"usd": 0.1})
    await finished(store, "B", args={"topic": "cats", "n": 2}, identity="spells/b.lua", usage={"usd": None})
    await finished(store, "C", args={"ratio": 0.5}, spell="other", usage={"usd": 0.5})
    await store.begin(run_of("D", spell="third", parent="A", parent_no=1), FILES)
    assert "".join(run.run_id for run in await store.runs(query)) == found


async def test_a_bundle_that_no_run_has_is_not_found(store: Store) -> None:
    await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="no run has the bundle xyz"):
        await store.files("xyz")


# -- forgetting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("retention", "left"),
    [
        (Retention(), "ABCD"),
        (Retention(keep=2), "BCD"),
        (Retention(keep=0), "D"),
        (Retention(keep=0, unfinished=True), ""),
        (Retention(before_ms=1_002), "BCD"),
        (Retention(runs=("B", "D")), "ACD"),
        (Retention(size=2**40), "ABCD"),
        (Retention(size=0), "D"),
    ],
)
async def test_runs_are_forgotten_when_they_are_finished(store: Store, retention: Retention, left: str) -> None:
    for run_id in "ABC":
        await finished(store, run_id)
    await store.begin(run_of("D"), FILES)
    pruned = await store.prune(retention)
    assert "".join(sorted(run.run_id for run in await store.runs(Query()))) == left
    assert "".join(pruned.runs) == "".join(each for each in "ABCD" if each not in left)


async def test_what_others_use_is_not_forgotten_with_a_run(store: Store) -> None:
    for run_id, mine in (("A", "a"), ("B", "b")):
        hold = await store.begin(run_of(run_id), FILES)
        await store.record(hold, [call(1, ["shared" * 100, mine * 100_000])])
        await store.finish(hold, "done")
    assert (await store.prune(Retention(runs=("A",)))).runs == ["A"]
    assert [entry.value for entry in await entries(store, "B")] == [["shared" * 100, "b" * 100_000]]
    assert await store.files("b" * 64) == FILES
    assert await store.check() == []
    await store.prune(Retention(keep=0))
    with pytest.raises(ArgumentError, match="no run has the bundle"):
        await store.files("b" * 64)


async def test_a_run_that_was_forgotten_is_not_written_any_more(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.prune(Retention(keep=0, unfinished=True))
    with pytest.raises(Fenced, match="somebody has pruned it"):
        await store.record(hold, [call(1)])
