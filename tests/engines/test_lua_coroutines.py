import pytest
from lua_guest import CANNOT_WAIT, Guest, calls, error, line, message, play, result

from llmspell.messages import Call, Done, Failed


def test_a_call_passes_through_the_coroutines_of_a_spell() -> None:
    source = """local function pages()
      return coroutine.wrap(function()
        for i = 1, 3 do coroutine.yield(echo(i)) end
      end)
    end
    local seen = {}
    for page in pages() do seen[#seen + 1] = page end
    local co = coroutine.create(function(a) local b = coroutine.yield(echo(a)) return echo(b) end)
    local _, first = coroutine.resume(co, "a")
    local _, second = coroutine.resume(co, "b")
    return { seen, first, second, coroutine.status(co) }"""
    assert result(source) == [[1, 2, 3], "a", "b", "dead"]


def test_coroutines_in_coroutines_pass_calls_too() -> None:
    source = """local function nest(n)
      if n == 0 then return echo("deep") end
      return coroutine.wrap(function() return nest(n - 1) end)()
    end
    return nest(20)"""
    assert result(source) == "deep"


def test_a_fault_reaches_the_coroutine_that_called() -> None:
    source = "local ok, e = coroutine.wrap(function() return pcall(echo, 1) end)() return e.message"
    assert Guest(source).fault(1, message="no") == [Done("no")]


def test_an_error_passes_out_of_a_wrapped_coroutine() -> None:
    failed = error("local f = coroutine.wrap(function()\n  error('inside')\nend)\nf()")
    assert (failed["message"], failed["where"]["line"]) == ("inside", 2)
    assert message("local f = coroutine.wrap(function() end) f() f()") == "cannot resume dead coroutine"


def test_the_coroutine_library_tells_the_truth() -> None:
    source = """local main, is_main = coroutine.running()
    local inside = coroutine.wrap(function()
      local co, is_main = coroutine.running()
      return { is_main, coroutine.isyieldable(), coroutine.status(main) }
    end)()
    return { is_main, coroutine.isyieldable(), coroutine.status(main), inside[1], inside[2], inside[3] }"""
    assert result(source) == [True, False, "running", False, True, "normal"]
    assert result("local co = coroutine.create(print) return { coroutine.close(co), coroutine.status(co) }") == [
        True,
        "dead",
    ]
    assert message("coroutine.yield(1)") == "attempt to yield from outside a coroutine"
    assert message("\ncoroutine.resume(5)") == "bad argument #1 to 'coroutine.resume' (thread expected, got number)"
    assert line("\ncoroutine.wrap(5)") == 2


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("return { coroutine.resume(main) }", [False, "cannot resume non-suspended coroutine"]),
        ("return { pcall(coroutine.close, main) }", [False, "cannot close a running coroutine"]),
        ("return coroutine.status(main)", "normal"),
    ],
)
def test_a_fiber_cannot_be_touched_through_the_coroutine_library(source: str, problem: object) -> None:
    spell = f"local main = coroutine.running() local t = spawn(function() {source} end) echo(1) return t:wait()"
    assert result(spell) == problem


def test_a_coroutine_that_waits_for_the_host_cannot_be_resumed_by_another_fiber() -> None:
    source = """local co = coroutine.create(function() return echo(1) end)
    local t = spawn(function() return select(2, coroutine.resume(co)) end)
    echo(0)
    local ok, why = coroutine.resume(co)
    local closed, cannot = pcall(coroutine.close, co)
    return { ok, why, coroutine.status(co), closed, cannot, t:wait() }"""
    guest = Guest(source)
    assert guest.reply(1) == []
    assert guest.reply(2, "answer") == [
        Done(
            [
                False,
                "cannot resume non-suspended coroutine",
                "normal",
                False,
                "cannot close a running coroutine",
                "answer",
            ]
        )
    ]


@pytest.mark.parametrize("verb", ["echo(1)", "map({ 1 }, echo)", "race { echo }", "timeout(1, echo)", "Http.get(1)"])
@pytest.mark.parametrize(
    "callback",
    [
        "table.sort({ 2, 1 }, function(a, b) {} return a < b end)",
        "string.gsub('a', 'a', function() {} end)",
        "tostring(setmetatable({}, { __tostring = function() {} return '' end }))",
        "table.sort({ 2, 1 }, function(a, b) coroutine.wrap(function() {} end)() return a < b end)",
    ],
)
def test_nothing_can_wait_inside_a_callback_of_lua(verb: str, callback: str) -> None:
    said = play(
        callback.replace("{}", verb, 1)
        if "setmetatable" not in callback
        else callback.replace("function() {}", f"function() {verb}")
    )
    assert isinstance(said[-1], Failed)
    name = verb.replace("{", "(").split("(")[0].strip()
    assert said[-1].error["message"] == f"{name} {CANNOT_WAIT}"
    assert said[-1].error["hint"].endswith("call it before, and use the result here")
    assert not calls(said)


def test_what_need_not_wait_works_inside_a_callback() -> None:
    said = play(
        "return string.gsub('ab', '.', function(c) print(c) Log.info(c) spawn(function() end) return c:upper() end)"
    )
    assert said[-1] == Done("AB")
    assert [call.op for call in said if isinstance(call, Call)] == ["Log.info", "Log.info"]


def test_calls_work_in_metamethods_iterators_and_protected_calls() -> None:
    source = """local function second(_, value) return echo(value) end
    local t = setmetatable({}, { __index = second, __add = second })
    local ok, got = xpcall(function() return t.field .. (t + 5) end, error)
    local each = {}
    for v in function(_, last) local n = echo((last or 0) + 1) if n < 3 then return n end end do each[#each + 1] = v end
    local closed
    do local c <close> = setmetatable({}, { __close = function() closed = echo("closed") end }) end
    return { got, each, closed }"""
    assert result(source) == ["field5", [1, 2], "closed"]
