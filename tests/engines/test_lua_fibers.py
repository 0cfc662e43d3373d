import pytest
from lua_guest import Guest, calls, error, line, message, play, result

from llmspell.messages import Done, Failed, Quit, Reply

DURATION = 'seconds or a text such as "30s", "5m", "24h"'

# -- map ------------------------------------------------------------------------------------------------------------


def test_map_returns_results_in_the_order_of_its_items() -> None:
    guest = Guest("return map({ 'a', 'b' }, function(x, i) return echo(x) .. i end)")
    assert guest.reply(2, "B") == []
    assert guest.reply(1, "A") == [Done(["A1", "B2"])]


def test_map_runs_eight_at_once_unless_told_otherwise() -> None:
    many = "local l = {} for i = 1, 20 do l[i] = i end "
    assert len(calls(Guest(many + "map(l, echo)").first)) == 8
    assert len(calls(Guest(many + "map(l, echo, { limit = 3, name = 'x' })").first)) == 3
    guest = Guest(many + "return #map(l, echo, { limit = 20 })")
    assert len(calls(guest.first)) == 20


def test_map_of_nothing_is_an_empty_list() -> None:
    assert result("return map({}, echo)") == []
    assert result("return map({}, echo, { on_error = 'keep' })") == {"ok": [], "failed": []}


def test_a_result_that_is_nil_is_null_in_a_list() -> None:
    assert result("return map({ 1, 2 }, function(x) if x == 2 then return x end end)") == [None, 2]


def test_the_first_failure_cancels_the_others_and_is_raised() -> None:
    guest = Guest("map({ 1, 2, 3 }, function(x)\n  echo(x)\nend)")
    said = guest.fault(2, message="second")
    assert said[:2] == [Quit(1), Quit(3)]
    assert isinstance(said[2], Failed)
    assert said[2].error["message"] == "second"
    assert [place["line"] for place in said[2].error["trace"]] == [2, 1]


def test_after_a_failure_no_item_is_begun() -> None:
    assert calls(play("pcall(map, { 1, 2, 3 }, function(x) echo(x) error('no') end, { limit = 1 })")) == [
        (1, "echo", [1])
    ]


def test_failures_can_be_kept() -> None:
    source = """local r = map({ 1, 2, 3 }, function(x) return x == 2 and error("no") or x end, { on_error = "keep" })
    local failed = r.failed[1]
    return { r.ok, #r.failed, failed.item, failed.error.message, tostring(failed.error), failed.error.where.line }"""
    assert result(source) == [[1, 3], 1, 2, "no", "no", 1]


def test_map_takes_lists_of_every_origin() -> None:
    assert result("return map(Run.tags, function(x) return x .. x end)") == ["aa", "bb"]
    source = """local five = { __len = function() return 2 end, __index = function(_, i) return i * 5 end }
    return map(setmetatable({}, five), function(x) return x end)"""
    assert result(source) == [5, 10]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("map({ 1 }, echo, { limit = 'x' })", 'map: `limit` must be a positive integer, got "x"'),
        ("map({ 1 }, echo, { limit = 0 })", "map: `limit` must be a positive integer, got 0"),
        ("map({ 1 }, echo, { limit = 1.5 })", "map: `limit` must be a positive integer, got 1.5"),
        ("map({ 1 }, echo, { on_error = 'x' })", 'map: `on_error` must be "stop" or "keep", got "x"'),
        ("map({ 1 }, echo, { limt = 1 })", "map has no option `limt`"),
        ("map({ 1 }, echo, 5)", "map: `options` must be a table, got 5"),
        ("map({ 1 })", "map: `fn` must be a function, got nil"),
        ("map(5, echo)", "map: `items` must be a list, got 5"),
        ("map({ a = 1 }, echo)", "map: `items` must be a list, got a table"),
        ("parallel(5)", "parallel: `fns` must be a list or map of functions, got 5"),
        ("parallel { a = 1 }", "parallel: `fns.a` must be a function, got 1"),
        ("parallel { 1 }", "parallel: `fns[1]` must be a function, got 1"),
        ("race { a = echo }", "race: `fns` must be a list of functions, got a table"),
        ("race {}", "race: `fns` must be at least one function, got a table"),
        ("spawn(Json.null)", "spawn: `fn` must be a function, got null"),
        ("timeout({}, echo)", f"timeout: `duration` must be {DURATION}, got a table"),
        ("timeout(1)", "timeout: `fn` must be a function, got nil"),
        ("attempt('x')", 'attempt: `fn` must be a function, got "x"'),
        ("fail(5)", "fail: `message` must be a string, got 5"),
        ("fail('x', { kind = 'y' })", 'fail: `kind` must be one of the kinds of errors, got "y"'),
        ("fail('x', { hint = 1 })", "fail: `hint` must be a string, got 1"),
    ],
)
def test_a_wrong_argument_of_a_verb_names_the_parameter(source: str, problem: str) -> None:
    failed = error(f"\n{source}")
    assert (failed["kind"], failed["message"], failed["where"]["line"]) == ("args", problem, 2)


def test_what_can_be_called_counts_as_a_function() -> None:
    assert calls(play("map({ 1 }, Tool)")) == [(1, "Tool", [1, 1])]
    assert result("return parallel { setmetatable({}, { __call = function() return 5 end }) }") == [5]


# -- parallel and race ----------------------------------------------------------------------------------------------


def test_parallel_returns_results_under_the_same_keys() -> None:
    assert result("return parallel { function() return echo(1) end, function() return echo(2) end }") == [1, 2]
    assert result("return parallel { b = function() return echo(1) end, a = function() return 2 end }") == {
        "a": 2,
        "b": 1,
    }
    assert result("return parallel {}") == []


def test_parallel_begins_in_the_order_of_its_keys() -> None:
    guest = Guest(
        "local f = function(n) return function() echo(n) end end parallel { c = f('c'), a = f('a'), b = f('b') }"
    )
    assert calls(guest.first) == [(1, "echo", ["a"]), (2, "echo", ["b"]), (3, "echo", ["c"])]


def test_parallel_can_keep_failures() -> None:
    source = """local fns = { a = function() return 1 end, b = function() error("no") end }
    local r = parallel(fns, { on_error = "keep", limit = 1 })
    return { r.ok, r.failed[1].item, r.failed[1].error.message }"""
    assert result(source) == [{"a": 1}, "b", "no"]


def test_race_returns_the_first_result_and_cancels_the_rest() -> None:
    guest = Guest("return race { function() return echo(1) end, function() return echo(2) end }")
    assert guest.reply(2, "second") == [Quit(1), Done("second")]


def test_race_raises_when_the_first_to_end_has_failed() -> None:
    guest = Guest("race { function() echo(1) end, function() echo(2) end }")
    said = guest.fault(1, message="lost")
    assert said[0] == Quit(2)
    assert isinstance(said[1], Failed)
    assert said[1].error["message"] == "lost"


# -- spawn ----------------------------------------------------------------------------------------------------------


def test_a_task_is_waited_for_in_both_spellings() -> None:
    assert result("local t = spawn(function() return echo(5) end) return { t:wait(), t.wait(), tostring(t) }") == [
        5,
        5,
        "Task: 1",
    ]


def test_several_fibers_can_wait_for_one_task() -> None:
    source = "local t = spawn(function() return echo(5) end) return map({ 1, 2 }, function() return t:wait() end)"
    assert result(source) == [5, 5]


def test_a_failure_of_a_task_is_raised_where_it_is_waited_for() -> None:
    assert result(
        "local t = spawn(function() error('no') end) local ok, e = pcall(t.wait) return { ok, e.message }"
    ) == [False, "no"]


def test_a_task_that_failed_and_was_never_waited_for_fails_its_parent() -> None:
    failed = error("spawn(function()\n  error('lost')\nend)\necho(1)\nreturn 2")
    assert (failed["message"], failed["where"]["line"]) == ("lost", 2)
    assert message("map({ 1 }, function() spawn(function() error('lost') end) echo(1) end)") == "lost"
    assert result("local t = spawn(function() error('seen') end) echo(1) pcall(t.wait) return 2") == 2


def test_the_error_of_the_parent_goes_before_that_of_a_lost_task() -> None:
    assert message("spawn(function() error('lost') end) echo(1) error('own')") == "own"


def test_children_are_cancelled_when_their_parent_ends() -> None:
    guest = Guest("spawn(function() spawn(function() echo('below') end) echo('child') end) echo(0) return 'end'")
    assert calls(guest.first) == [(1, "echo", [0]), (2, "echo", ["child"]), (3, "echo", ["below"])]
    assert guest.reply(1) == [Quit(3), Quit(2), Done("end")]


def test_children_are_cancelled_when_their_parent_fails() -> None:
    guest = Guest("spawn(function() echo('child') end) echo(0) error('no')")
    said = guest.reply(1)
    assert said[0] == Quit(2)
    assert isinstance(said[1], Failed)


def test_a_child_ends_before_its_parent_is_over() -> None:
    source = """local seen = {}
    pcall(map, { 1 }, function()
      spawn(function() pcall(echo, 1) seen[1] = 'cleaned up' end)
      echo(2)
      error('x')
    end)
    return seen"""
    guest = Guest(source)
    assert guest.reply(1) == [Quit(2), Done(["cleaned up"])]


def test_a_task_can_be_cancelled() -> None:
    guest = Guest(
        """local t = spawn(function() echo(1) end)
        echo(2)
        t:cancel()
        local ok, e = pcall(t.wait)
        return { e.kind, e.message }"""
    )
    assert guest.reply(1) == [Quit(2), Done(["cancelled", "the task was cancelled"])]


def test_a_task_that_is_cancelled_before_it_began_never_begins() -> None:
    assert play("local t = spawn(function() echo(1) end) t.cancel() echo(2) return 3")[-1] == Done(3)
    assert calls(play("local t = spawn(function() echo(1) end) t.cancel() echo(2)")) == [(1, "echo", [2])]


def test_a_cancelled_fiber_cannot_begin_anything_new() -> None:
    source = """local kinds = {}
    local t = spawn(function()
      pcall(echo, 1)
      for i, f in ipairs { echo, spawn, map, race, attempt, function() timeout(1, echo) end } do
        local ok, e = pcall(f, echo)
        kinds[i] = e.kind
      end
    end)
    echo(0)
    t.cancel()
    pcall(t.wait)
    return kinds"""
    assert result(source) == ["cancelled"] * 6


# -- timeout and attempt --------------------------------------------------------------------------------------------


def test_timeout_returns_the_result_and_stops_the_timer() -> None:
    guest = Guest("return timeout('5s', function() return echo(1) end)")
    assert calls(guest.first) == [(1, "sleep", ["5s"]), (2, "echo", [1])]
    assert guest.reply(2, "x") == [Quit(1), Done("x")]


def test_timeout_cancels_and_raises_at_its_line() -> None:
    guest = Guest("\ntimeout('5s', function() return echo(1) end)")
    said = guest.reply(1)
    assert said[0] == Quit(2)
    assert isinstance(said[1], Failed)
    fault = said[1].error
    assert (fault["kind"], fault["message"]) == ("timeout", "the function took longer than 5s")
    assert fault["where"]["line"] == 2


def test_a_duration_that_the_host_refuses_fails_the_timeout() -> None:
    said = Guest("timeout('5s', function() return echo(1) end)").fault(1, kind="args", message="sleep: bad duration")
    assert isinstance(said[-1], Failed)
    assert (said[-1].error["message"], said[-1].error["where"]["line"]) == ("sleep: bad duration", 1)


def test_attempt_returns_the_value_or_the_error() -> None:
    assert result("local r = attempt(function() return echo(1) end) return { r.ok, r.value, r.error == nil }") == [
        True,
        1,
        True,
    ]
    source = """local r = attempt(function()
      error('no')
    end)
    return { r.ok, r.value == nil, r.error.message, r.error.where.line }"""
    assert result(source) == [False, True, "no", 2]
    assert result("local r = attempt(function() fail('no', { kind = 'tool' }) end) return r.error.kind") == "tool"


def test_attempt_does_not_swallow_the_cancelling_of_its_own_fiber() -> None:
    guest = Guest("while true do attempt(function() echo(1) end) end")
    said = guest.cancel("enough")
    assert isinstance(said[-1], Failed)
    assert said[-1].error["kind"] == "cancelled"


def test_attempt_catches_the_cancelling_of_another() -> None:
    source = "local t = spawn(function() echo(1) end) t.cancel() return attempt(t.wait).error.kind"
    assert result(source) == "cancelled"


# -- waiting for ever -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "local t\nt = spawn(function() t:wait() end)\nt:wait()",
        "local a, b\na = spawn(function() b:wait() end) b = spawn(function() a:wait() end)\necho(1) a:wait()",
    ],
)
def test_waiting_for_what_can_never_happen_is_an_error(source: str) -> None:
    assert message(source) == "the spell waits for something that can never happen"
    assert line(source) == 3


# -- many -----------------------------------------------------------------------------------------------------------


def test_ten_thousand_fibers_fit_into_64_mib() -> None:
    guest = Guest(
        "local l = {} for i = 1, 10000 do l[i] = i end return #map(l, echo, { limit = 10000 })", in_flight=10_000
    )
    assert len(calls(guest.first)) == 10_000
    assert guest.send(*(Reply(i, i) for i in range(1, 10_001))) == [Done(10_000)]
