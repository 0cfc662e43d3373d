"""The contract of every store: what is recorded is there, in order, and only its holder can write a run."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from journaled import FILES, call, problems, run_of, sealed_store, sqlite_store

from llmspell.errors import ArgumentError, Fenced
from llmspell.journal import lines as said
from llmspell.journal.records import By, Entry, Hold, Line, News, Query, Retention, Sums
from llmspell.journal.store import Store

STORES: dict[str, Callable[..., Store]] = {"sqlite": sqlite_store, "sealed": sealed_store}
"""Every store that there is; each keeps to all of this."""


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    clock = count(1_000)
    store = STORES[request.param](tmp_path, now=lambda: next(clock))
    yield store
    await store.close()


@pytest.fixture(params=STORES)
def store_at(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[], int]], Store]:
    """Return what makes a store with a clock."""
    return lambda now: STORES[request.param](tmp_path, now=now)


async def entries(store: Store, run_id: str = "RUN00001") -> list[Entry]:
    return [entry async for entry in store.calls(run_id)]


async def finished(store: Store, run_id: str, **fields: Any) -> Hold:
    usage = fields.pop("usage", None)
    hold = await store.begin(run_of(run_id, **fields), FILES)
    if usage:
        await store.record(hold, [call(1, meta={"usage": usage})])
    await store.finish(hold, "done")
    return hold


# -- a run ------------------------------------------------------------------------------------------------------------


async def test_a_run_is_kept_as_it_began(store: Store) -> None:
    run = run_of(args={"topic": "cats"}, model="m/1", parent="P", parent_no=3, info={"label": "x"})
    assert await store.begin(run, FILES) == Hold("RUN00001", 1)
    found = await store.run("RUN00001")
    assert msgspec.structs.replace(found, created_ms=0, updated_ms=0, usage={}) == run
    assert (found.status, found.epoch, found.finished) == ("running", 1, False)
    assert await store.files(run.bundle) == FILES


async def test_a_name_is_used_once(store: Store) -> None:
    await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="there is a run RUN00001 already"):
        await store.begin(run_of(), FILES)


async def test_a_run_ends_with_a_result_and_what_it_cost(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(
        hold, [call(no, meta={"usage": {"usd": 0.1, "requests": 1, "output_tokens": 3}}) for no in (1, 2)]
    )
    await store.finish(hold, "done", result={"text": "x" * 5000})
    found = await store.run("latest")
    assert (found.status, found.result, found.error) == ("done", {"text": "x" * 5000}, None)
    assert found.usage == {
        "requests": 2, "input_tokens": 0, "output_tokens": 6, "cached_tokens": 0, "usd": 0.2,
    }  # fmt: skip


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


async def test_a_fork_without_a_call_has_all_until_the_wish_to_stop(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    stop = Entry(no=0, key="stop", op="stop", effect="local", ok=True, value="enough", ord=1, batch=1, t_ms=1)
    await store.record(hold, [call(1), stop, call(2, place=2)])
    for name, at in (("RUN00002", None), ("RUN00003", 2)):
        await store.fork("RUN00001", at, run_of(name), FILES)
        assert [(entry.no, entry.key) for entry in await entries(store, name)] == [(1, "")]


async def test_a_run_can_be_resumed_with_another_bundle(store: Store) -> None:
    await store.begin(run_of(), FILES)
    await store.resume("RUN00001", "me", "another", {"spell": "new"})
    assert (await store.run("RUN00001")).bundle == "another"
    assert await store.files("another") == {"spell": "new"}
    await store.resume("RUN00001", "me")
    assert (await store.run("RUN00001")).bundle == "another"


async def test_a_fork_needs_a_call_to_begin_at(store: Store) -> None:
    await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="run RUN00001 has no call 7"):
        await store.fork("RUN00001", 7, run_of("RUN00002"), FILES)
    assert [run.run_id for run in await store.runs(Query())] == ["RUN00001"]


# -- what is decided by others ----------------------------------------------------------------------------------------


def open_call(no: int, started_ms: int = 1) -> Entry:
    return Entry(no=no, op="approve", effect="external", request=["sure?", no], started_ms=started_ms)


async def test_news_are_the_wish_to_stop_and_what_was_decided(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [open_call(1), open_call(2), open_call(3), call(4, place=0)])
    assert await store.news("RUN00001") == News(None, (), "running")
    await store.resolve("RUN00001", 3, True, "yes")
    await store.resolve("RUN00001", 2, False, {"kind": "approval", "message": "no"})
    await store.stop("RUN00001", "enough")
    assert await store.news("RUN00001") == News("enough", (2, 3), "running")
    await store.record(hold, [Entry(no=2, ord=1, batch=1, t_ms=1_001)])
    assert (await store.news("RUN00001")).decided == (3,)
    with pytest.raises(ArgumentError, match='there is no run "RUN0000"'):
        await store.news("RUN0000")


async def test_what_waits_for_people_is_listed_the_oldest_first(store: Store) -> None:
    for name, times in (("A", (5, 3)), ("B", (4, 9))):
        hold = await store.begin(run_of(name, args={"topic": name}), FILES)
        await store.record(hold, [open_call(no, time) for no, time in enumerate(times, 1)])
        await store.record(hold, [Entry(no=3, effect="once", op="pay"), call(4, place=0)])
    await store.mark(hold, "suspended")
    await store.resolve("B", 2, True, "yes")
    await store.finish(await store.begin(run_of("C"), FILES), "cancelled")
    found = await store.waiting()
    assert [(run.run_id, entry.no) for run, entry in found] == [("A", 2), ("B", 1), ("A", 1)]
    assert (found[0][0].args, found[0][1].request) == ({"topic": "A"}, ["sure?", 2])
    assert [entry.no for _, entry in await store.waiting("B")] == [1]
    await store.finish(hold, "cancelled")
    assert await store.waiting("B") == []


# -- what it says -----------------------------------------------------------------------------------------------------


async def test_what_a_run_says_is_kept_in_order(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    lines = [
        Line(t_ms=1, stream="out", text="one\n" * 300),
        Line(t_ms=2, stream="err", text="ü\0\x1b"),
        Line(t_ms=3, stream="log", level="warning", text="low", fields={"left": 1.5}),
        Line(t_ms=4, stream="progress", text="half"),
    ]
    await store.write_lines(hold, lines[:1])
    await store.write_lines(hold, lines[1:])
    assert [each async for each in store.lines("RUN00001")] == list(enumerate(lines, 1))
    assert [number async for number, _ in store.lines("RUN00001", after=2)] == [3, 4]
    assert [each async for each in store.lines("RUN00001", after=4)] == []
    await store.prune(Retention(runs=("RUN00001",), unfinished=True))
    assert [each async for each in store.lines("RUN00001")] == []


async def test_the_times_of_what_is_said_never_go_back(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    for times in ((5, 3), (1,), (9,)):
        await store.write_lines(hold, [Line(t_ms=time, stream="out", text="") for time in times])
    assert [line.t_ms async for _, line in store.lines("RUN00001")] == [5, 5, 5, 9]


async def test_only_who_holds_a_run_says_something_in_it(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.resume("RUN00001", "other")
    with pytest.raises(Fenced):
        await store.write_lines(hold, [Line(t_ms=1, stream="out", text="")])


async def test_a_run_that_says_too_much_is_kept_to_its_first_part(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "MOST", 2**20)
    hold = await store.begin(run_of(), FILES)
    half = Line(t_ms=1, stream="out", text="x" * (said.MOST // 2))
    small = Line(t_ms=2, stream="out", text="small")
    for line in (half, half, small):
        await store.write_lines(hold, [line])
    await store.write_lines(await store.resume("RUN00001", "other"), [small])
    found = [line async for _, line in store.lines("RUN00001")]
    assert [line.stream for line in found] == ["out", "log"]
    assert found[1].text == "this is all that the journal keeps of what a run says: it has said more than 1 MiB"


async def test_many_short_lines_are_bounded_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "MOST", 100_000)
    hold = await store.begin(run_of(), FILES)
    for _ in range(20):
        await store.write_lines(hold, [Line(t_ms=1, stream="out", text="")] * 100)
    assert len([line async for line in store.lines("RUN00001")]) < 100_000 / 64


async def test_a_clock_that_is_set_back_reverses_nothing(store_at: Callable[[Callable[[], int]], Store]) -> None:
    times = iter([5_000, 4_000, 3_000, 2_000])
    store = store_at(lambda: next(times))
    for name in ("A", "B"):
        await finished(store, name)
    found = await store.runs(Query())
    assert [run.run_id for run in found] == ["B", "A"]
    assert all(run.updated_ms >= run.created_ms for run in found)
    assert (await store.run("latest")).run_id == "B"
    assert (await store.prune(Retention(keep=1))).runs == ["A"]
    await store.close()


async def test_a_value_of_100_mb_is_refused_and_the_run_goes_on(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="a value has 95 MiB, and the journal keeps at most 64 MiB of one"):
        await store.record(hold, [call(1, {"text": "x" * 100_000_000})])
    with pytest.raises(ArgumentError, match="a value has 70 MiB"):
        await store.record(hold, [call(1, ["x" * 2**20] * 70)])
    await store.record(hold, [call(1, {"text": "x" * 1000})])
    assert len(await entries(store)) == 1


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
    assert await problems(store) == []
    assert await store.prune(Retention(keep=0)) == ([], 0)
    assert await store.waiting() == []
    assert await store.stats("day") == []
    assert [each async for each in store.lines("RUN00001")] == []
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
    await finished(
        store, "B", args={"topic": "cats", "n": 2}, identity="spells/b.lua", usage={"usd": 0.7, "unpriced": 1}
    )
    await finished(store, "C", args={"ratio": 0.5}, spell="other", usage={"usd": 0.5})
    await store.begin(run_of("D", spell="third", parent="A", parent_no=1), FILES)
    assert "".join(run.run_id for run in await store.runs(query)) == found


async def test_a_bundle_that_no_run_has_is_not_found(store: Store) -> None:
    await store.begin(run_of(), FILES)
    with pytest.raises(ArgumentError, match="no run has the bundle xyz"):
        await store.files("xyz")


# -- sums -------------------------------------------------------------------------------------------------------------


def paid(model: str, usd: float, **usage: float) -> dict[str, Any]:
    spent = {"requests": 1, "input_tokens": 10, "output_tokens": 2, "seconds": 0.5, "usd": usd, "unpriced": 0} | usage
    return {"usage": spent, "models": {model: spent}}


def sums(name: str, runs: int, failed: int, calls: int, requests: int, usd: float, unpriced: int = 0) -> Sums:
    return Sums(
        name=name, runs=runs, failed=failed, calls=calls, requests=requests, input_tokens=10 * requests,
        output_tokens=2 * requests, usd=usd, unpriced=unpriced, seconds=0.5 * requests,
    )  # fmt: skip


DAY = 86_400_000
LAST = sums("running", 1, 0, 2, 1, 0.0, 1)


@pytest.mark.parametrize(
    ("by", "since_ms", "found"),
    [
        ("spell", 0, [sums("a.lua", 2, 1, 3, 3, 0.75), sums("b.lua", 1, 0, 2, 1, 0.0, 1)]),
        ("spell", 300 * DAY, [sums("b.lua", 1, 0, 2, 1, 0.0, 1)]),
        ("status", 200 * DAY, [LAST]),
        ("status", 0, [*map(sums, ("done", "failed"), (1, 1), (0, 1), (2, 1), (2, 1), (0.5, 0.25)), LAST]),
        ("model", 0, [sums("m/1", 2, 1, 2, 2, 0.5), sums("m/2", 1, 0, 1, 1, 0.25), sums("m/3", 1, 0, 1, 1, 0.0, 1)]),
        ("day", 0, [sums("1971-01-01", 1, 0, 2, 1, 0.0, 1), sums("1970-04-11", 2, 1, 3, 3, 0.75)]),
        ("day", 400 * DAY, []),
    ],
)  # fmt: skip
async def test_runs_are_summed_up(tmp_path: Path, by: By, since_ms: int, found: list[Sums]) -> None:
    now = 100 * DAY + DAY // 2
    store = sqlite_store(tmp_path, now=lambda: now)
    first = await store.begin(run_of("A", identity="a.lua"), FILES)
    await store.record(first, [call(1, meta=paid("m/1", 0.25)), call(2, meta=paid("m/2", 0.25))])
    await store.record(first, [Entry(no=0, key="stop", op="stop", ok=True, ord=2, batch=2, t_ms=1)])
    await store.finish(first, "done")
    second = await store.begin(run_of("B", identity="a.lua"), FILES)
    await store.record(second, [call(1, meta=paid("m/1", 0.25))])
    await store.finish(second, "failed")
    now = 365 * DAY + DAY // 2
    fork = await store.fork("A", 2, run_of("C", identity="b.lua"), FILES)
    await store.record(fork, [call(2, meta=paid("m/3", 0.0, unpriced=1)), call(2, key="request:0", place=None)])
    await store.record(fork, [call(3, place=2)])
    assert await store.stats(by, since_ms) == found
    await store.close()


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
    assert await problems(store) == []
    await store.prune(Retention(keep=0))
    with pytest.raises(ArgumentError, match="no run has the bundle"):
        await store.files("b" * 64)


async def test_a_run_that_was_forgotten_is_not_written_any_more(store: Store) -> None:
    hold = await store.begin(run_of(), FILES)
    await store.prune(Retention(keep=0, unfinished=True))
    with pytest.raises(Fenced, match="somebody has pruned it"):
        await store.record(hold, [call(1)])
