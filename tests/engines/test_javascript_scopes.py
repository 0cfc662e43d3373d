"""Verbs, and who is cancelled with whom."""

import pytest
from javascript_guest import Guest, calls, error, message, printed, quits, result

from llmspell.messages import Call, Done, Failed, Reply

DURATION = 'seconds or a text such as "30s", "5m", "24h"'

# -- side by side -----------------------------------------------------------------------------------------------------


def test_map_returns_results_in_order_and_runs_so_many_at_once() -> None:
    source = "export default await map(['a', 'b', 'c'], async (item, i) => [await echo(item), i], { limit: 2 })"
    with Guest(source) as guest:
        assert calls(guest.first) == [(1, "echo"), (2, "echo")]
        assert calls(guest.reply(2, "B")) == [(3, "echo")]
        assert guest.reply(3, "C") == []
        assert guest.reply(1, "A") == [Done([["A", 0], ["B", 1], ["C", 2]])]


def test_eight_run_at_once_unless_said() -> None:
    with Guest("await map(Array(20).fill(1), (n) => echo(n))") as guest:
        assert len(guest.first) == 8


def test_functions_need_not_be_asynchronous() -> None:
    assert result("export default await map([1, 2], (n) => n * 2)") == [2, 4]
    assert result("export default await map([], echo)") == []
    assert result("export default await map([, 1], (n) => n)") == [None, 1]


def test_the_first_failure_cancels_the_others_and_is_raised() -> None:
    source = """
    export default await map([1, 2, 3], async (n) => {
      try { await echo(n) } catch (e) { print(n, e.kind, e.message); throw e }
    }, { limit: 2 })"""
    with Guest(source) as guest:
        said = guest.fault(2, kind="tool", message="broken")
        assert quits(said) == [1]
        assert printed(said) == "2 tool broken\n1 cancelled no longer needed\n"
        assert isinstance(said[-1], Failed)
        assert said[-1].error["message"] == "broken"


def test_failures_can_be_kept() -> None:
    source = """
    const { ok, failed } = await map([1, 2, 3], async (n) => n === 2 ? fail('no ' + n) : echo(n), { on_error: 'keep' });
    export default { ok, items: failed.map((f) => [f.item, f.error.message, f.error instanceof SpellError]) }"""
    assert result(source) == {"ok": [1, 3], "items": [[2, "no 2", True]]}


def test_what_failed_can_be_given_to_the_host() -> None:
    kept = result("export default await map([1], () => { null.x }, { on_error: 'keep' })")
    (failed,) = kept["failed"]
    assert failed["item"] == 1
    assert failed["error"]["kind"] == "script"
    assert failed["error"]["where"]["column"] == 44


def test_parallel_keeps_the_keys() -> None:
    assert result("export default await parallel({ a: () => echo(1), b: async () => 2 })") == {"a": 1, "b": 2}
    assert result("export default await parallel([() => echo(1), () => 2], { limit: 1 })") == [1, 2]
    source = "export default await parallel({ a: () => 1, b: () => fail('no') }, { on_error: 'keep' })"
    kept = result(source)
    assert kept["ok"] == {"a": 1}
    assert kept["failed"][0]["item"] == "b"


def test_the_first_to_end_wins_a_race_and_the_others_are_cancelled() -> None:
    with Guest("export default await race([() => echo(1), () => echo(2), () => echo(3)])") as guest:
        said = guest.reply(2, "two")
        assert quits(said) == [1, 3]
        assert said[-1] == Done("two")
    with Guest("export default await race([() => echo(1), () => echo(2)])") as guest:
        said = guest.fault(2, message="broken")
        assert quits(said) == [1]
        assert isinstance(said[-1], Failed)


def test_a_task_is_waited_for() -> None:
    source = "const t = spawn(async () => (await echo(1)) + 1); const o = await echo(10);"
    assert result(source + "export default o + (await t.wait())") == 12
    assert result("const t = spawn(() => 5); await t.wait(); export default await t.wait()") == 5


def test_a_task_can_be_cancelled() -> None:
    source = """
    const t = spawn(() => echo(1)); await echo(2); t.cancel();
    export default (await attempt(() => t.wait())).error.kind"""
    with Guest(source) as guest:
        said = guest.reply(1)
        assert quits(said) == [2]
        assert said[-1] == Done("cancelled")


def test_a_task_that_failed_unnoticed_makes_its_parent_fail() -> None:
    found = error("spawn(async () => { await echo(1); fail('lost') });\nawait echo(2);\nawait echo(3)")
    assert found["message"] == "lost"
    assert found["where"]["line"] == 1
    assert result("const t = spawn(() => fail('x')); await attempt(() => t.wait()); export default 1") == 1


def test_the_end_of_the_parent_cancels_its_tasks() -> None:
    source = "spawn(async () => { try { await echo(1) } catch (e) { print(e.kind, e.message) } }); await echo(2)"
    with Guest(source) as guest:
        said = guest.reply(1)
        assert quits(said) == [2]
        assert printed(said) == "cancelled the function that started it has ended\n"
        assert said[-1] == Done(None)


def test_a_timeout_ends_what_takes_too_long() -> None:
    source = "export default await timeout('5s', async () => { await echo(1); return 2 })"
    with Guest(source) as guest:
        assert guest.first == [Call(1, "sleep", ["5s"], 1, 22), Call(2, "echo", [1], 1, 56)]
        said = guest.reply(1)
        assert quits(said) == [2]
        assert isinstance(said[-1], Failed)
        assert said[-1].error["kind"] == "timeout"
        assert said[-1].error["message"] == "the function took longer than 5s"
        assert said[-1].error["where"]["column"] == 22
    with Guest(source) as guest:
        said = guest.reply(2)
        assert quits(said) == [1]
        assert said[-1] == Done(2)


def test_what_ends_before_the_clock_rings_is_in_time() -> None:
    with Guest("export default await timeout('5s', () => echo(1))") as guest:
        assert guest.send(Reply(2, "in time"), Reply(1, None)) == [Done("in time")]
    with Guest("export default await timeout('5s', () => echo(1))") as guest:
        last = guest.send(Reply(1, None), Reply(2, "late"))[-1]
        assert isinstance(last, Failed)
        assert last.error["kind"] == "timeout"


def test_a_duration_that_the_host_refuses_is_its_error() -> None:
    with Guest("await timeout('1s', () => echo(1))") as guest:
        said = guest.fault(1, kind="args", message="sleep: what is 1s?")
        assert quits(said) == [2]
        assert isinstance(said[-1], Failed)
        assert said[-1].error["message"] == "sleep: what is 1s?"


def test_an_attempt_returns_the_error() -> None:
    assert result("export default await attempt(() => echo(1))") == {"ok": True, "value": 1}
    source = "const { ok, error } = await attempt(async () => { await echo(1); null.x });"
    assert result(source + "export default [ok, error.message, error.kind]") == [
        False,
        "Cannot read properties of null (reading 'x')",
        "script",
    ]
    kept = "class Odd extends Error {} const { error } = await attempt(() => { throw new Odd('x') }); export default "
    assert result(kept + "error.cause instanceof Odd") is True
    assert result("const { error } = await attempt(() => missing); export default error.data") == {
        "undefined": "missing"
    }


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("await map(5, echo)", "map: `items` must be a list, got 5"),
        ("await map([1], 'x')", 'map: `fn` must be a function, got "x"'),
        ("await map([1], echo, 5)", "map: `options` must be an object, got 5"),
        ("await map([1], echo, { limit: 'x' })", 'map: `limit` must be a positive integer, got "x"'),
        ("await map([1], echo, { limit: Infinity })", "map: `limit` must be a positive integer, got Infinity"),
        ("await map([1], echo, { limit: 0 })", "map: `limit` must be a positive integer, got 0"),
        ("await map([1], echo, { on_error: 'go' })", 'map: `on_error` must be "stop" or "keep", got "go"'),
        ("await map([1], echo, { limt: 1 })", "map has no option `limt`"),
        ("await parallel(5)", "parallel: `fns` must be a list or an object of functions, got 5"),
        ("await parallel({ a: 1 })", "parallel: `fns.a` must be a function, got 1"),
        ("await race({ a: echo })", "race: `fns` must be a list of functions, got an object"),
        ("await race([])", "race: `fns` must be at least one function, got a list"),
        ("await race([1])", "race: `fns[0]` must be a function, got 1"),
        ("spawn({})", "spawn: `fn` must be a function, got an object"),
        ("await timeout([], echo)", f"timeout: `duration` must be {DURATION}, got a list"),
        ("await timeout(1)", "timeout: `fn` must be a function, got undefined"),
        ("await attempt(null)", "attempt: `fn` must be a function, got null"),
        ("fail('x', { kind: 5 })", "fail: `kind` must be one of the kinds of errors, got 5"),
    ],
)
def test_a_wrong_argument_of_a_verb_names_the_parameter(source: str, told: str) -> None:
    found = error(f"\n{source}")
    assert (found["kind"], found["message"], found["where"]["line"]) == ("args", told, 2)


# -- scopes -----------------------------------------------------------------------------------------------------------

BODIES = {
    "at once": "await echo('later')",
    "after nothing": "await null; await undefined; await echo('later')",
    "after a call": "await echo('first'); await null; await echo('later')",
    "in a helper": "const f = async () => { await echo('first'); return 1 }; await f(); await f(); await echo('later')",
    "after a verb": "await map([1], () => echo('first')); await echo('later')",
    "after all": "await Promise.all([echo('first'), (async () => { await null; await null })()]); await echo('later')",
    "by then": "await echo('first').then(() => null).then(() => echo('later'))",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_call_belongs_to_the_function_that_made_it_however_late(body: str) -> None:
    source = f"""
    export default await race([
      async () => {{ {body} }},
      async () => {{ await echo('winner'); await null; return 'won' }},
    ])"""
    with Guest(source) as guest:
        waiting = {call.args[0]: call.id for call in guest.first if isinstance(call, Call)}
        while "later" not in waiting:
            said = guest.reply(waiting.pop("first"))
            waiting |= {call.args[0]: call.id for call in said if isinstance(call, Call)}
        said = guest.reply(waiting["winner"])
        assert quits(said) == [waiting["later"]]
        assert said[-1] == Done("won")


def test_calls_of_a_cancelled_function_fail_at_once() -> None:
    source = """
    await race([
      () => echo('winner'),
      async () => {
        try { await echo('loser') } catch { }
        const again = [() => echo('again'), () => map([1], echo), () => attempt(() => echo(2)),
          () => spawn(echo), () => Log.info('x')];
        for (const call of again) try { await call() } catch (e) { print(e.kind, e.message) }
      },
    ]);
    await echo('on')"""
    with Guest(source) as guest:
        said = guest.reply(1)
        assert printed(said) == "cancelled no longer needed\n" * 5
        assert calls(said) == [(3, "echo")]
        assert guest.reply(3) == [Done(None)]


def test_a_promise_may_be_awaited_in_another_scope() -> None:
    source = """
    const shared = echo('shared');
    export default await race([
      async () => { await shared; await echo('a') },
      async () => { await shared.then((v) => v); await echo('b') },
      async () => { await shared; return echo('c') },
    ])"""
    with Guest(source) as guest:
        assert calls(guest.first) == [(1, "echo")]
        said = guest.reply(1)
        assert [call.args for call in said if isinstance(call, Call)] == [["a"], ["b"], ["c"]]
        said = guest.reply(4, "won")
        assert sorted(quits(said)) == [2, 3]
        assert said[-1] == Done("won")


def test_cancelling_reaches_a_function_that_awaits_a_promise_of_another_scope() -> None:
    source = """
    const shared = echo('shared');
    await race([() => echo('w'), async () => { try { await shared } catch (e) { print(e.kind) } }]);
    export default await shared"""
    with Guest(source) as guest:
        said = guest.reply(2)
        assert printed(said) == "cancelled\n"
        assert guest.reply(1, "kept") == [Done("kept")]


def test_cancelling_goes_all_the_way_down_and_the_lowest_come_first() -> None:
    source = "await race([() => echo(1), () => map([2, 3], () => timeout(9, () => echo('deep')))])"
    with Guest(source) as guest:
        assert calls(guest.first) == [(1, "echo"), (2, "sleep"), (3, "sleep"), (4, "echo"), (5, "echo")]
        said = guest.reply(1)
        assert quits(said) == [4, 2, 5, 3]
        assert said[-1] == Done(None)


def test_a_call_that_was_held_back_is_not_sent_once_it_is_cancelled() -> None:
    with Guest("await race([() => echo(1), () => echo(2), () => echo(3)]); await echo(4)", in_flight=1) as guest:
        assert calls(guest.first) == [(1, "echo")]
        said = guest.reply(1)
        assert quits(said) == []
        assert calls(said) == [(4, "echo")]


def test_a_late_answer_is_ignored() -> None:
    with Guest("await race([() => echo(1), () => echo(2)]); export default await echo(3)") as guest:
        guest.reply(1)
        assert guest.reply(2, "late") == []
        assert guest.reply(3, "x") == [Done("x")]


def test_answers_of_one_batch_are_taken_in_their_order() -> None:
    source = """
    const waits = (n) => async () => { await echo(n); return n };
    export default await race([waits('one'), waits('two')])"""
    with Guest(source) as guest:
        assert guest.send(Reply(2, None), Reply(1, None))[-1] == Done("two")


def test_the_host_can_cancel_the_run() -> None:
    source = """
    try { await echo(1) } catch (e) { print(e.kind, e.message) }
    await map([1], () => echo(2))"""
    with Guest(source) as guest:
        said = guest.cancel("Ctrl-C")
        assert quits(said) == [1]
        assert printed(said) == "cancelled Ctrl-C\n"
        assert isinstance(said[-1], Failed)
        assert (said[-1].error["kind"], said[-1].error["message"]) == ("cancelled", "Ctrl-C")


def test_an_attempt_does_not_swallow_its_own_cancelling() -> None:
    with Guest("await attempt(() => echo(1)); export default 'went on'") as guest:
        said = guest.cancel()
        assert isinstance(said[-1], Failed)
        assert said[-1].error["kind"] == "cancelled"


def test_a_spell_that_ignores_its_cancelling_ends_all_the_same() -> None:
    with Guest("try { await echo(1) } catch { await new Promise(() => {}) }") as guest:
        said = guest.cancel("enough")
        assert isinstance(said[-1], Failed)
        assert (said[-1].error["kind"], said[-1].error["message"]) == ("cancelled", "enough")


@pytest.mark.parametrize(
    "source",
    [
        "await new Promise(() => {})",
        "await echo(1); await new Promise(() => {})",
        "await map([1, 2], () => new Promise(() => {}))",
        "const t = spawn(() => t.wait()); await t.wait()",
        "export default { then() {} }; await { then() {} }",
    ],
)
def test_a_spell_that_waits_for_nothing_is_told_so(source: str) -> None:
    assert message(source) == "the spell waits for something that can never happen"
