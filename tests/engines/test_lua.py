import math
from typing import Any

import pytest
from lua_guest import Guest, calls, error, message, play, printed, result

from llmspell.messages import Call, Done, Failed, Output


def test_a_spell_prints_calls_and_returns() -> None:
    said = play('print("hi", 2)\nlocal x = echo("a")\nreturn x .. "b"')
    assert said == [Output("out", "hi\t2\n"), Call(1, "echo", ["a"], 2, 0), Done("ab")]


def test_a_spell_without_a_result_ends_with_null() -> None:
    assert play("local x = 1") == [Done(None)]


def test_a_turn_with_nothing_to_say_is_an_empty_batch() -> None:
    guest = Guest("echo(1) echo(2)")
    assert guest.send() == []
    guest.reply(1)
    guest.reply(2)
    assert guest.reply(2) == []


def test_the_manifest_at_run_time_is_what_the_host_parsed() -> None:
    assert result("local a = spell { words = 9 } return a.words", args={"words": 80}) == 80


# -- the surface ----------------------------------------------------------------------------------------------------


def test_a_noun_recognises_itself() -> None:
    assert calls(play('Http.get("u", 1) Http:get("u", 1) Http.get()')) == [
        (1, "Http.get", ["u", 1]),
        (2, "Http.get", ["u", 1]),
        (3, "Http.get", []),
    ]


def test_a_noun_can_be_called_when_there_is_an_op_of_its_name() -> None:
    assert calls(play('Tool { name = "t" } Tool.get("t")')) == [(1, "Tool", [{"name": "t"}]), (2, "Tool.get", ["t"])]


def test_a_notice_returns_at_once() -> None:
    assert play('local x = Log.info("a") Log:info("b") return x == nil') == [
        Call(0, "Log.info", ["a"], 1, 0),
        Call(0, "Log.info", ["b"], 1, 0),
        Done(True),
    ]


def test_data_of_the_host_can_be_read_and_not_changed() -> None:
    assert result("return { Run.id, Run.tags[2], #Run.tags, Run.tags, Run.budget.usd }") == [
        "7Q2M",
        "b",
        2,
        ["a", "b"],
        1,
    ]
    assert (
        result(
            "local n = 0 for i, tag in ipairs(Run.tags) do n = n + i end for k in pairs(Run) do n = n + 1 end return n"
        )
        == 6
    )
    assert message('Run.id = "x"') == "`Run.id` cannot be changed"
    assert message("Run.tags[1] = 1") == "`Run.tags.1` cannot be changed"
    assert message("Run.budget.usd = 9") == "`Run.budget.usd` cannot be changed"
    assert message("Http.get = 1") == "`Http.get` cannot be changed"
    assert message("Json.null.x = 1") == "`Json.null` cannot be changed"


def reply_of(text: str, **more: Any) -> Any:
    return lambda _: {"text": text, "data": None, **more}


def test_a_typed_value_behaves_as_its_text() -> None:
    source = 'local r = ask() return { tostring(r), r .. "!", ">" .. r, r .. r, #r, string.format("%s", r), r.text }'
    assert result(source, reply_of("hi")) == ["hi", "hi!", ">hi", "hihi", 2, "hi", "hi"]
    said = play("print(ask())", reply_of("hi"))
    assert Output("out", "hi\n") in said


def test_a_typed_value_cannot_be_joined_with_what_is_no_text() -> None:
    failed = error("\nreturn ask() .. nil", reply_of("hi"))
    assert failed["message"].startswith("attempt to concatenate a nil value")
    assert failed["where"]["line"] == 2


def test_a_typed_value_has_its_fields_and_no_others() -> None:
    assert result("return ask().data == nil", reply_of("hi")) is True
    failed = error("local r = ask() return r.txt", reply_of("hi"))
    assert (failed["message"], failed["data"]) == ("`Reply.txt` is not defined", {"undefined": "Reply.txt"})
    assert message("ask().tex = 1", answer=reply_of("hi")) == "`Reply.tex` is not defined"


def test_a_typed_value_goes_back_with_its_type() -> None:
    guest = Guest("local r = ask() echo({ r }) return r")
    (call,) = guest.reply(1, {"text": "hi", "data": {"$n": 1}})
    assert isinstance(call, Call)
    assert call.args == [[{"$type": "Reply", "text": "hi", "data": {"$$n": 1}}]]
    assert guest.reply(2) == [Done({"$type": "Reply", "text": "hi", "data": {"$$n": 1}})]
    assert result("return Json.encode(ask())", reply_of("hi")) == '{"text":"hi"}'


def test_a_handle_is_an_object_with_methods() -> None:
    guest = Guest("local c = counter() c:next(1) c.next(2) c.fork():next() return c == c and tostring(c)")
    assert calls(guest.reply(1, 5)) == [(2, "Counter.next", [{"$handle": 5}, 1])]
    assert calls(guest.reply(2)) == [(3, "Counter.next", [{"$handle": 5}, 2])]
    assert calls(guest.reply(3)) == [(4, "Counter.fork", [{"$handle": 5}])]
    assert calls(guest.reply(4, 6)) == [(5, "Counter.next", [{"$handle": 6}])]
    assert guest.reply(5) == [Done("Counter: 1")]


def test_the_same_handle_twice_is_the_same() -> None:
    source = "local a, b, c = counter(), counter(), counter() return { a == b, a == c, a == 1 }"
    assert result(source, iter_of(1, 1, 2)) == [True, False, False]


def iter_of(*values: Any) -> Any:
    left = iter(values)
    return lambda _: next(left)


def test_an_unknown_method_of_a_handle_is_an_error() -> None:
    assert message("counter():nxt()", answer=lambda _: 1) == "`Counter.nxt` is not defined"
    assert message("counter().x = 1", answer=lambda _: 1) == "`Counter.x` cannot be changed"


# -- globals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Agnt()", "Agnt"),
        ("local x = foo", "foo"),
        ("Http.gett()", "Http.gett"),
        ("Run.date()", "Run.date"),
        ("Json.foo()", "Json.foo"),
        ("spawn(function() end).wat()", "Task.wat"),
        ("os.getenv('x')", "os.getenv"),
        ("return _G.nope", "nope"),
        ("return Http[1]", "Http.1"),
        ("return Http[{}]", "Http.a table"),
    ],
)
def test_a_name_that_is_not_defined_is_an_error(source: str, name: str) -> None:
    failed = error(f"\n{source}")
    assert failed["kind"] == "script"
    assert failed["message"] == f"`{name}` is not defined"
    assert failed["data"] == {"undefined": name}
    assert failed["where"]["line"] == 2


def test_a_global_must_be_declared() -> None:
    assert message("x = 1") == "`x` is not declared: write `local x = …`"
    assert message("function helper() end") == "`helper` is not declared: write `local helper = …`"
    assert result("rawset(_G, 'x', 1) return x") == 1


def test_the_libraries_are_those_that_are_safe() -> None:
    names = result("local n = Json.list {} for name in pairs(_G) do n[#n + 1] = name end table.sort(n) return n")
    assert set(names) == {
        "Http", "Json", "Log", "Run", "Tool", "Workflow", "_G", "_VERSION", "ask", "assert", "attempt",
        "coroutine", "counter", "echo", "error", "fail", "getmetatable", "ipairs", "load", "map", "math",
        "next", "os", "pairs", "parallel", "pcall", "print", "race", "rawequal", "rawget", "rawlen", "rawset",
        "require", "retry", "select", "setmetatable", "sleep", "spawn", "spell", "step", "string", "table",
        "timeout", "tonumber", "tostring", "type", "utf8", "xpcall",
    }  # fmt: skip


def test_code_generation_is_a_feature() -> None:
    assert result("return load('return 1')()") == 1
    assert message("load('return 1')", features={"codegen": False}) == "`load` is not defined"


def test_code_that_is_loaded_has_the_globals_of_the_spell() -> None:
    assert result("return load('return echo(Run.id)')()") == "7Q2M"
    assert result("return load('x = 1; return x', 'name', 't', {})()") == 1
    assert result("local ok, e = load('return +') return { ok == nil, e }")[0] is True
    assert message("load('y = 1')()") == "`y` is not declared: write `local y = …`"


def test_chance_comes_from_the_seed_of_the_run() -> None:
    source = """local n = {}
    for i = 1, 5 do n[i] = math.random(1000000) end
    math.randomseed()
    n[6] = math.random(1000000)
    return n"""
    assert result(source, seed=7) == result(source, seed=7)
    assert result(source, seed=7) != result(source, seed=8)


def test_exit_ends_the_run() -> None:
    assert play("pcall(os.exit) echo(1)") == [Done(None)]
    assert play("map({ 1, 2 }, function() os.exit(true) end) echo(1)") == [Done(None)]
    assert message("pcall(os.exit, 3) echo(1)") == "the spell exited with status 3"
    assert message("os.exit(false)") == "the spell exited with status 1"
    assert play("pcall(table.sort, { 1, 2, 3 }, function() os.exit() end) echo(1)") == [Done(None)]


# -- text -----------------------------------------------------------------------------------------------------------


def test_print_shows_values() -> None:
    source = """local own = setmetatable({}, { __tostring = function() return "own" end })
    print(1, 2.0, 1e100, true, nil, "x", { a = { 1, "2" } }, {}, Http, own)
    print()"""
    assert printed(source) == '1\t2.0\t1e+100\ttrue\tnil\tx\t{"a":[1,"2"]}\t{}\tHttp\town\n\n'


def test_print_never_fails_for_what_it_is_given() -> None:
    source = "local t = {} t.t = t print(t, print, { print }, coroutine.create(print), 0/0 ~= 0/0, '\\xff')"
    assert printed(source) == "table: 1\tfunction: 1\ttable: 2\tthread: 1\ttrue\t\ufffd\n"


def test_objects_are_counted_and_show_no_address() -> None:
    source = """local a, b = {}, {}
    local cat = setmetatable({}, { __name = "Cat" })
    return { tostring(a), tostring(b), tostring(a), string.format("%s %5s", b, print), tostring(cat) }"""
    assert result(source) == ["table: 1", "table: 2", "table: 1", "table: 2 function: 1", "Cat: 1"]
    assert message("return string.format('%p', {})") == "string.format: `%p` is not available"
    assert message("return string.format('%%%-20p', 'x')") == "string.format: `%p` is not available"
    assert result("return string.format('100%%p %s', 1)") == "100%p 1"


def test_the_string_library_can_be_extended_by_a_spell() -> None:
    assert result("function string.shout(s) return s:upper() .. '!' end return ('a'):shout()") == "A!"


def test_numbers_are_written_by_lua() -> None:
    assert result("return tostring(1) .. tostring(1.0) .. 2^53") == "11.09.007199254741e+15"
    assert math.isclose(result("return 0.1 + 0.2"), 0.3)


def test_a_message_that_is_none_ends_the_engine_with_an_error() -> None:
    guest = Guest("echo(1)")
    assert isinstance(guest.send(("zzz", 1))[0], Failed)
    assert guest.reply(1) == []
