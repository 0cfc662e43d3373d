"""`setTimeout`, `setInterval` and what follows from them: order, scopes, cancelling, and one call for all of them."""

import pytest
from javascript_guest import Guest, calls, error, message, place, play, printed, quits, result

from llmspell.messages import Call, Done, Failed, Reply, Tick

PAUSE = "const pause = (ms) => new Promise((done) => setTimeout(done, ms));\n"


def test_a_promise_that_a_timer_resolves_can_be_awaited() -> None:
    with Guest("await new Promise((done) => setTimeout(done, 100)); export default 1") as guest:
        assert guest.first == [Call(1, "sleep", [0.1], 1, 29)]
        assert guest.reply(1) == [Done(1)]


def test_timers_strike_in_the_order_in_which_they_are_due() -> None:
    source = (
        PAUSE
        + """
    for (const ms of [30, 10, 20, 10]) setTimeout(print, ms, ms);
    setTimeout(() => print("zero"));
    queueMicrotask(() => print("micro"));
    print("first");
    await pause(40)"""
    )
    assert printed(play(source)) == "first\nmicro\nzero\n10\n10\n20\n30\n"


def test_what_follows_from_one_timer_comes_before_the_next() -> None:
    source = (
        PAUSE
        + """
    setTimeout(() => { print(1); Promise.resolve().then(() => print(2)).then(() => print(3)) }, 5);
    setTimeout(() => print(4), 5);
    await pause(10)"""
    )
    assert printed(play(source)) == "1\n2\n3\n4\n"


def test_arguments_are_passed_on() -> None:
    source = 'export default await new Promise((done) => setTimeout((a, b) => done([a, b]), 1, "x", { y: 2 }))'
    assert result(source) == ["x", {"y": 2}]


def test_an_interval_strikes_until_it_is_cleared() -> None:
    source = """
    let n = 0;
    await new Promise((done) => {
      const id = setInterval(() => { n += 1; if (n === 3) { clearInterval(id); done() } }, 10) });
    export default n"""
    said = play(source)
    assert said[-1] == Done(3)
    assert [entry.args for entry in said if isinstance(entry, Call)] == [[0.01]] * 3


def test_a_cleared_timer_never_strikes() -> None:
    source = PAUSE + "const id = setTimeout(print, 5, 'no'); clearTimeout(id); clearTimeout(id); clearTimeout();"
    assert printed(play(source + "await pause(9)")) == ""
    source = PAUSE + "let b; setTimeout(() => clearTimeout(b), 5); b = setTimeout(print, 5, 'no'); await pause(9)"
    assert printed(play(source)) == ""


def test_numbers_tell_timers_apart() -> None:
    assert result("export default [setTimeout(print), setInterval(print, 5), setTimeout(print)]") == [1, 2, 3]


def test_however_many_timers_there_are_one_call_waits() -> None:
    with Guest("for (let i = 1000; i > 0; i--) setTimeout(print, i * 1000, i); await echo(1)") as guest:
        waiting = set(dict(calls(guest.first))) - set(quits(guest.first))
        assert len(waiting) == 2
        (last,) = [entry for entry in guest.first if isinstance(entry, Call) and entry.id == max(waiting) - 1]
        assert last.args == [1]


def test_an_earlier_timer_takes_the_place_of_the_call_that_waits() -> None:
    with Guest("setTimeout(print, 5000, 'b'); setTimeout(print, 1000, 'a'); await echo(1)") as guest:
        assert quits(guest.first) == [1]
        said = guest.reply(2)
        assert printed(said) == "a\n"
        assert [entry.args for entry in said if isinstance(entry, Call)] == [[4]]


def test_the_clock_of_the_run_tells_how_long_to_wait() -> None:
    source = "await echo(1); setTimeout(print, 5000, 'b'); await echo(2); setTimeout(print, 9000, 'c'); await echo(3)"
    with Guest(source) as guest:
        guest.send(Tick(1_000_000), Reply(1, None))
        guest.send(Tick(1_003_000), Reply(3, None))
        said = guest.send(Tick(1_005_001), Reply(2, None))
        assert printed(said) == "b\n"
        (call,) = [entry for entry in said if isinstance(entry, Call)]
        assert call.args == [6.999]


def test_timers_that_are_left_at_the_end_are_dropped() -> None:
    with Guest("setInterval(print, 10, 'x'); setTimeout(print, 10, 'y'); print('end')") as guest:
        assert printed(guest.first) == "end\n"
        assert quits(guest.first) == [1]
        assert guest.first[-1] == Done(None)


def test_a_timer_ends_with_the_function_that_set_it() -> None:
    source = PAUSE + "await map([1], () => { setTimeout(print, 10, 'no') }); await pause(20)"
    assert printed(play(source)) == ""


def test_a_timer_of_a_function_that_is_cancelled_never_strikes() -> None:
    source = (
        PAUSE
        + """
    await race([() => echo(1), async () => { await pause(50); print('no') }]);
    await pause(100); export default 1"""
    )
    with Guest(source) as guest:
        said = guest.reply(1) + guest.reply(3) if calls(guest.first)[0][1] == "echo" else guest.reply(2)
        assert printed(said) == ""


def test_calls_of_a_timer_belong_to_the_function_that_set_it() -> None:
    source = """
    await race([
      () => new Promise((done) => setTimeout(async () => {
        try { await echo('a') } catch (e) { print(e.kind) } done() }, 1)),
      () => echo('b'),
    ])"""
    with Guest(source) as guest:
        found = {name: number for number, name in calls(guest.first)}
        timer, other = found["sleep"], found["echo"]
        (call, _) = next(entry for entry in calls(guest.reply(timer)))
        said = guest.reply(other)
        assert quits(said) == [call]
        assert printed(said) == "cancelled\n"


def test_what_a_callback_throws_makes_the_spell_fail() -> None:
    found = error(PAUSE + "setTimeout(() => { null.x }, 5);\nawait pause(10); print('goes on')")
    assert found["where"]["line"] == 2
    source = PAUSE + "setTimeout(async () => { await echo(1); fail('late') }, 5);\nawait pause(10);"
    found = error(source + "\nawait echo(2); await echo(3)")
    assert found["message"] == "late"


def test_a_cancelled_run_drops_its_timers() -> None:
    with Guest("setInterval(print, 10, 'x');\nawait new Promise(() => {})") as guest:
        said = guest.cancel()
        assert isinstance(said[-1], Failed)
        assert said[-1].error["kind"] == "cancelled"
        assert quits(said) == [1]


def test_a_cancelled_function_can_set_no_timer() -> None:
    source = "try { await echo(1) } catch { try { setTimeout(print, 1) } catch (e) { print(e.kind) } }"
    with Guest(source) as guest:
        assert printed(guest.cancel()) == "cancelled\n"


def test_a_spell_waits_for_its_timers_but_not_for_cleared_ones() -> None:
    stalled = "the spell waits for something that can never happen"
    assert message("clearTimeout(setTimeout(print, 10)); await new Promise(() => {})") == stalled
    assert message("setTimeout(print, 10); await new Promise(() => {})") == stalled


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("setTimeout('x', 1)", 'setTimeout: `fn` must be a function, got "x"'),
        ("setTimeout(echo(1), 1)", "setTimeout: `fn` must be a function, got a promise"),
        ("setTimeout(print, '5s')", 'setTimeout: `ms` must be a number of milliseconds, got "5s"'),
        ("setInterval(print, {})", "setInterval: `ms` must be a number of milliseconds, got an object"),
        ("setInterval(print, NaN)", "setInterval: `ms` must be a number of milliseconds, got NaN"),
    ],
)
def test_wrong_arguments_name_the_parameter(source: str, expected: str) -> None:
    found = error(f"\n {source}")
    assert found["message"] == expected
    assert found["kind"] == "args"
    assert ("five seconds are 5000" in str(found.get("hint"))) == ("`ms`" in expected)
    assert found["where"]["line"] == 2


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [("-5", 0), ("1.9", 0.001), ('"20"', 0.02), ("null", 0), ("Infinity", 2147483.647), ("1e300", 2147483.647)],
)
def test_delays_are_clamped(delay: str, seconds: float) -> None:
    with Guest(f"setTimeout(print, {delay}); await echo(1)") as guest:
        assert isinstance(guest.first[0], Call)
        assert guest.first[0].args == [seconds]


def test_a_host_that_refuses_to_wait_ends_the_spell() -> None:
    with Guest("setTimeout(print, 10); await new Promise(() => {})") as guest:
        said = guest.fault(1, kind="budget", message="no more calls")
        assert isinstance(said[-1], Failed)
        assert said[-1].error["message"] == "no more calls"


def test_the_place_of_a_timer_is_its_call() -> None:
    assert place("let x = 1;\n   setTimeout()") == (2, 4)
