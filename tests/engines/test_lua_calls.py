from typing import Any

import pytest
from lua_guest import Guest, calls, error, message, play, result

from llmspell.messages import Answer, Call, Done, Failed, Output, Quit, Reply

# -- numbers and order ----------------------------------------------------------------------------------------------


def test_calls_are_numbered_as_they_are_issued() -> None:
    guest = Guest("map({ 'a', 'b', 'c' }, function(x) echo(x .. 1) echo(x .. 2) end)")
    assert calls(guest.first) == [(1, "echo", ["a1"]), (2, "echo", ["b1"]), (3, "echo", ["c1"])]
    assert calls(guest.reply(2)) == [(4, "echo", ["b2"])]
    assert calls(guest.reply(1)) == [(5, "echo", ["a2"])]


def test_answers_that_arrive_together_are_delivered_in_their_order() -> None:
    guest = Guest("local seen = {} map({ 1, 2, 3 }, function(x) echo(x) seen[#seen + 1] = x end) return seen")
    assert guest.send(Reply(3, 0), Reply(1, 0), Reply(2, 0)) == [Done([3, 1, 2])]


def test_a_call_tells_its_line_also_where_its_value_is_returned() -> None:
    source = """echo(1)
    local function f()
      return Http:get(2)
    end
    local x = f()
    coroutine.wrap(function()
      echo(3)
    end)()
    pcall(echo, 4)
    map({ 5 }, echo)
    return echo(6)"""
    lines = {call.args[0]: call.line for call in play(source) if isinstance(call, Call)}
    assert lines == {1: 1, 2: 3, 3: 7, 4: 9, 5: 10, 6: 11}


def test_a_call_in_tail_position_returns_all_its_values_and_closes_what_was_open() -> None:
    source = """local seen = {}
    local lib = {}
    function lib.many(...) return ... end
    function lib:own(...) return select(2, self.many(0, ...)) end
    local function vararg(...)
      local guard <close> = setmetatable({}, { __close = function() seen[#seen + 1] = "closed" end })
      do local up = ... seen[1] = function() return up end end
      return lib.many(...)
    end
    local function none() return lib.many() end
    seen[1] = nil
    local packed = table.pack(vararg(1, nil, 3))
    seen[1] = seen[1]()
    local function branch(x) if x then return lib:own(x, 2) else return lib.many("no") end end
    return { packed.n, packed[3], select("#", none()), { lib:own(4, 5) }, { branch(1) }, { branch(false) }, seen }"""
    assert result(source) == [3, 3, 0, [4, 5], [1, 2], ["no"], [1, "closed"]]


def test_a_loop_written_as_a_recursion_does_not_fill_the_stack() -> None:
    assert play(
        "local function loop(n) if n == 0 then return 'end' end return loop(n - 1) end return loop(2000000)"
    ) == [Done("end")]


def test_no_more_calls_wait_at_once_than_the_limit_allows() -> None:
    guest = Guest("return map({ 1, 2, 3, 4, 5 }, function(x) echo(x) end, { limit = 5 })", in_flight=2)
    assert calls(guest.first) == [(1, "echo", [1]), (2, "echo", [2])]
    assert calls(guest.reply(2)) == [(3, "echo", [3])]
    assert calls(guest.reply(3)) == [(4, "echo", [4])]
    assert calls(guest.reply(1)) == [(5, "echo", [5])]
    guest.reply(4)
    assert guest.reply(5) == [Done([None] * 5)]


def test_a_new_call_stands_behind_those_that_are_held_back() -> None:
    guest = Guest("map({ 1, 2 }, function(x) echo(x) echo(x * 10) end)", in_flight=1)
    assert calls(guest.reply(1)) == [(2, "echo", [2])]
    assert calls(guest.reply(2)) == [(3, "echo", [10])]


def test_a_call_that_was_held_back_and_is_cancelled_is_never_sent() -> None:
    guest = Guest(
        "race { function() echo(1) end, function() echo(2) end, function() echo(3) end } echo('next')", in_flight=2
    )
    assert calls(guest.first) == [(1, "echo", [1]), (2, "echo", [2])]
    assert guest.reply(2) == [Quit(1), Call(4, "echo", ["next"], 1, 0)]


def test_a_late_answer_is_ignored() -> None:
    guest = Guest("race { function() return echo(1) end, function() return echo(2) end } return echo(3)")
    assert guest.reply(1) == [Quit(2), Call(3, "echo", [3], 1, 0)]
    assert guest.reply(2, "late") == []
    assert guest.reply(3, "x") == [Done("x")]


# -- failures -------------------------------------------------------------------------------------------------------


def test_a_fault_of_a_call_is_raised_at_the_call() -> None:
    guest = Guest("local function f()\n  return Http.get('u')\nend\nf()")
    (failed,) = guest.fault(1, message="no route", hint="plug it in", retryable=True, data={"status": 503})
    assert isinstance(failed, Failed)
    places = [(place["line"], place["name"]) for place in failed.error.pop("trace")]
    assert places == [(2, "f"), (4, "")]
    assert failed.error == {
        "kind": "http", "message": "no route", "hint": "plug it in", "retryable": True, "data": {"status": 503},
        "where": {"file": "spell.lua", "line": 2, "column": 0, "name": "f"},
    }  # fmt: skip


def test_a_fault_is_a_table_that_reads_as_its_message() -> None:
    source = """local ok, e = pcall(echo)
    return { ok, tostring(e), 'so: ' .. e, e.kind, e.hint == nil, e.retryable, e.where.line }"""
    assert Guest(source).fault(1, hint=None) == [Done([False, "no", "so: no", "http", True, False, 1])]


def test_a_fault_that_is_raised_again_keeps_its_place() -> None:
    guest = Guest("local ok, e = pcall(function()\n  echo()\nend)\nerror(e)")
    (failed,) = guest.fault(1)
    assert isinstance(failed, Failed)
    assert failed.error["where"]["line"] == 2


# -- frames ---------------------------------------------------------------------------------------------------------


def test_a_call_that_is_too_large_for_a_frame_is_refused_at_the_call() -> None:
    failed = error("\necho(string.rep('x', 5000))", frame=4096)
    assert failed["message"].startswith("echo: the call is 50")
    assert failed["message"].endswith("more than the 4096 of one frame")
    assert (failed["kind"], failed["where"]["line"]) == ("args", 2)


def test_a_result_that_is_too_large_for_a_frame_is_an_error() -> None:
    assert message("return string.rep('x', 5000)", frame=4096) == (
        "the result of the spell is 5003 bytes, more than the 4096 of one frame"
    )


def test_no_frame_is_larger_than_the_limit() -> None:
    guest = Guest("map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function(x) echo(string.rep('x', 2000)) end)", frame=4096)
    assert [len(batch) for batch in guest.batches] == [3, 3, 3, 2]
    assert len(calls(guest.first)) == 8


# -- output ---------------------------------------------------------------------------------------------------------


def test_much_output_goes_out_while_the_spell_runs() -> None:
    guest = Guest("for i = 1, 1000 do print(i) end", output=1 << 20)
    assert [len(batch) for batch in guest.batches] == [257, 257, 257, 233]
    assert "".join(said.text for said in guest.first[:-1] if isinstance(said, Output)) == "".join(
        f"{i}\n" for i in range(1, 1001)
    )


def test_much_output_changes_nothing_in_the_order_of_fibers() -> None:
    source = "map({ 1, 2, 3 }, function(x) for i = 1, %d do print(x) end echo(x) end)"
    few, many = Guest(source % 1), Guest(source % 2000)
    assert calls(few.first) == calls(many.first)


def test_a_long_text_is_cut_between_characters() -> None:
    text = "aä€😀" * 20_000
    pieces = [said.text for said in play("print(spell{})", args=text) if isinstance(said, Output)]
    assert "".join(pieces) == text + "\n"
    assert max(len(piece.encode()) for piece in pieces) <= 32 * 1024


def test_a_flood_of_notices_goes_out_while_the_spell_runs() -> None:
    guest = Guest("for i = 1, 600 do Log.info(i) end")
    assert [len(batch) for batch in guest.batches] == [257, 257, 89]


@pytest.mark.parametrize(
    "source",
    [
        "while true do print('x') end",
        "while true do pcall(print, 'x') end",
        "while true do pcall(coroutine.wrap(function() while true do pcall(print, 'x') end end)) end",
        "while true do attempt(function() print('x') end) end",
        "map({ 1, 2 }, function() while true do pcall(print, 'x') end end)",
        "print(string.rep('x', 2000))",
        "pcall(table.sort, { 1, 2, 3 }, function() print(string.rep('x', 2000)) end) echo(1)",
    ],
)
def test_more_output_than_the_limit_ends_the_run(source: str) -> None:
    said = play(source, output=1000)
    assert isinstance(said[-1], Failed)
    assert said[-1].error["message"] == "the spell printed more than 1000 bytes"
    assert sum(len(text.text) for text in said if isinstance(text, Output)) <= 1000
    assert not calls(said)


# -- functions of the guest -----------------------------------------------------------------------------------------


def test_a_function_is_sent_as_its_number() -> None:
    guest = Guest("local f, g = function() end, function() end echo({ run = f, also = g }, f) echo(f)")
    assert calls(guest.first) == [(1, "echo", [{"also": {"$function": 1}, "run": {"$function": 2}}, {"$function": 2}])]
    assert calls(guest.reply(1)) == [(2, "echo", [{"$function": 2}])]


def test_the_host_calls_a_function_and_gets_its_result() -> None:
    guest = Guest("return echo(function(a, b, c) return { a, b == nil, c } end)")
    assert guest.invoke(7, 1, "x", None, 3) == [Answer(7, True, ["x", True, 3])]
    assert guest.invoke(8, 1) == [Answer(8, False, guest_error(guest))]
    assert guest.reply(1, "end") == [Done("end")]


def guest_error(guest: Guest) -> Any:
    (answer,) = guest.batches[-1]
    assert isinstance(answer, Answer)
    return answer.value


def test_a_function_runs_in_a_fiber_of_its_own_and_may_call() -> None:
    guest = Guest("return echo(function(x) return Http.get(x) .. '!' end)")
    assert calls(guest.invoke(1, 1, "a")) == [(2, "Http.get", ["a"])]
    assert calls(guest.invoke(2, 1, "b")) == [(3, "Http.get", ["b"])]
    assert guest.reply(3, "B") == [Answer(2, True, "B!")]
    assert guest.reply(2, "A") == [Answer(1, True, "A!")]


def test_an_error_of_a_function_goes_to_the_host_with_its_place() -> None:
    guest = Guest("echo(function()\n  fail('no order', { kind = 'tool' })\nend)")
    (answer,) = guest.invoke(1, 1)
    assert isinstance(answer, Answer)
    assert not answer.ok
    assert (answer.value["kind"], answer.value["message"], answer.value["where"]["line"]) == ("tool", "no order", 2)


def test_a_result_of_a_function_that_is_not_data_is_an_error() -> None:
    guest = Guest("echo(function() return print end)")
    (answer,) = guest.invoke(1, 1)
    assert isinstance(answer, Answer)
    assert answer.value["message"] == "the result of the function: a function is not data"


def test_a_function_is_released_with_the_answer_of_its_call() -> None:
    guest = Guest("local f = function() return 1 end echo(f) Tool({ run = f }) echo(1)")
    assert guest.invoke(1, 1) == [Answer(1, True, 1)]
    guest.reply(1)
    guest.reply(2)
    assert guest.invoke(2, 1) == [Answer(2, True, 1)], "Tool keeps its functions"
    guest = Guest("local f = function() return 1 end echo(f) echo(2)")
    guest.reply(1)
    (answer,) = guest.invoke(1, 1)
    assert isinstance(answer, Answer)
    assert (answer.ok, answer.value["message"]) == (False, "the function 1 is gone")


def test_a_function_that_two_calls_hold_lives_until_the_second_is_answered() -> None:
    guest = Guest("local f = function() return 1 end map({ 1, 2 }, function() echo(f) end) echo(3)")
    guest.reply(1)
    assert guest.invoke(1, 1) == [Answer(1, True, 1)]


def test_a_function_is_cancelled_with_the_fiber_that_passed_it() -> None:
    guest = Guest("timeout(1, function() echo(function() Http.get('x') end) end)")
    assert calls(guest.first) == [(1, "sleep", [1]), (2, "echo", [{"$function": 1}])]
    assert calls(guest.invoke(1, 1)) == [(3, "Http.get", ["x"])]
    said = guest.reply(1)
    assert said[:2] == [Quit(3), Quit(2)]
    assert isinstance(said[2], Answer)
    assert (said[2].ok, said[2].value["kind"]) == (False, "cancelled")


# -- cancelling the run ---------------------------------------------------------------------------------------------


def test_cancelling_the_run_fails_every_waiting_and_every_later_call() -> None:
    guest = Guest(
        "local ok, e = pcall(echo, 1) local again, f = pcall(echo, 2) return { e.kind, e.message, f.kind, f.message }"
    )
    assert guest.cancel("stopped by hand") == [Quit(1), Done(["cancelled", "stopped by hand"] * 2)]


def test_cancelling_the_run_reaches_every_fiber() -> None:
    guest = Guest("spawn(function() echo(1) end) map({ 1, 2 }, function() echo(2) end)")
    said = guest.cancel("enough")
    assert said[:3] == [Quit(1), Quit(2), Quit(3)]
    assert isinstance(said[3], Failed)
    assert (said[3].error["kind"], said[3].error["message"]) == ("cancelled", "enough")


def test_nothing_follows_the_end() -> None:
    guest = Guest("return 1")
    assert guest.first == [Done(1)]
    assert guest.cancel() == []
    assert guest.invoke(1, 1) == []
    assert guest.reply(1) == []
