from typing import Any

import pytest
from lua_guest import Guest, calls, error, message, play, printed, result

from llmspell.messages import Answer, Call, Done, Fault

# -- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, 1, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53 + 1, 2**63 - 1,
        -1, -32, -33, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1, -(2**63), 0.0, 1.0, 1.5, -1e300, 5e-324,
        "", "a", "ä€😀\0", "x" * 31, "x" * 32, "x" * 255, "x" * 256, "x" * 70_000,
        [], [1], list(range(16)), list(range(70_000)), [None, 1],
        {}, {"a": 1}, {f"k{n:03}": n for n in range(300)}, {"a": None}, {"a": [{"b": []}]}, {"$price": 1, "$$": 2},
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_a_value_comes_back_as_it_went(value: Any) -> None:
    guest = Guest("return echo(spell{})", args=value)
    (call,) = guest.first
    assert isinstance(call, Call)
    assert unescaped(call.args[0]) == value
    assert type(call.args[0]) is type(value)
    (done,) = guest.reply(1, value)
    assert isinstance(done, Done)
    assert unescaped(done.value) == value


def unescaped(value: Any) -> Any:
    return {key.replace("$", "", 1): item for key, item in value.items()} if isinstance(value, dict) else value


def test_keys_that_look_like_tags_get_one_more_dollar() -> None:
    assert play('echo({ ["$handle"] = 7, ["$$x"] = 1, a = 2 })')[0] == Call(
        1, "echo", [{"$$handle": 7, "$$$x": 1, "a": 2}], 1, 0
    )


def test_null_is_a_value_inside_and_nil_as_the_whole() -> None:
    assert result("return echo({1}) == nil", lambda _: None) is True
    assert result("local l = echo() return l[1] == Json.null and l[2].a == Json.null", lambda _: [None, {"a": None}])
    assert result("return { Json.null, { a = Json.null } }") == [None, {"a": None}]
    assert printed("print(Json.null, { Json.null })") == "null\t[null]\n"


def test_an_empty_table_is_a_map_unless_it_is_a_list() -> None:
    assert result("return { {}, Json.list {}, Json.list(), Json.list { 1 } }") == [{}, [], [], [1]]
    assert result("local l = echo() return { l, l[1] }", lambda _: [[]]) == [[[]], []]


def test_maps_are_written_in_the_order_of_their_keys() -> None:
    body = Guest("echo({ b = 1, a = 2, d = 3, c = 4 })").batches[0][0]
    assert isinstance(body, Call)
    assert list(body.args[0]) == ["a", "b", "c", "d"]


def test_arguments_that_are_nil_keep_their_place() -> None:
    assert calls(play("echo(nil, 1, nil)")) == [(1, "echo", [None, 1, None])]
    assert calls(play("echo()")) == [(1, "echo", [])]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("0/0", "NaN is not data"),
        ("1/0", "an infinite number is not data"),
        ("-math.huge", "an infinite number is not data"),
        ('"\\xff"', "a string that is not valid UTF-8 is not data"),
        ('"\\u{d800}"', "a string that is not valid UTF-8 is not data"),
        ("{ [1] = 1, x = 2 }", "a table must be a list with the keys 1 to n or a map with string keys"),
        ("{ 1, nil, 3 }", "a table must be a list with the keys 1 to n or a map with string keys"),
        ("{ 1, nil, 3, x = 1 }", "a table must be a list with the keys 1 to n or a map with string keys"),
        ("{ [2.5] = 1 }", "a table must be a list with the keys 1 to n or a map with string keys"),
        ("{ [true] = 1 }", "a table must be a list with the keys 1 to n or a map with string keys"),
        ('{ ["\\xff"] = 1 }', "a string that is not valid UTF-8 is not data"),
        ("coroutine.create(print)", "a coroutine is not data"),
        ("spawn(function() end)", "a task is not data"),
        ("Http", "`Http` is not data"),
        ("loop", "a table that contains itself is not data"),
        ("deep(65)", "more than 64 levels of tables are not data"),
    ],
)
def test_what_is_not_data_is_refused_at_the_call(value: str, problem: str) -> None:
    prelude = """local loop = {} loop.loop = { loop }
    local function deep(n) local t = {} for i = 2, n do t = { t } end return t end
    """
    failed = error(
        f"{prelude}\necho(1, {{ x = {{ y = {value} }} }})" if "deep" not in value else f"{prelude}\necho(1, {value})"
    )
    assert failed["kind"] == "args"
    assert failed["message"].startswith(f"echo: {problem} (argument 2")
    assert failed["where"]["line"] == 4
    assert "x.y" in failed["message"] or "deep" in value


def test_64_levels_are_data() -> None:
    deep = result("local t = {} for i = 2, 64 do t = { t } end return t")
    for _ in range(63):
        (deep,) = deep
    assert deep == {}


def test_a_refused_result_ends_the_spell_with_what_was_wrong() -> None:
    assert message("return { a = { print } }") == "the result of the spell: a function is not data (`a[1]`)"
    assert message("return counter()", answer=lambda _: 1) == "the result of the spell: a handle is not data"
    assert message('return { ["a b"] = { [1] = 0/0 } }') == 'the result of the spell: NaN is not data (`["a b"][1]`)'


def test_a_metatable_of_the_spell_is_not_looked_at_when_a_table_is_sent() -> None:
    trap = "setmetatable({ a = 1 }, { __index = error, __pairs = error, __len = error, __eq = error, __name = 'x' })"
    assert result(f"return echo({trap})") == {"a": 1}


def test_an_integer_of_the_host_beyond_64_bits_is_an_error_and_no_other_number() -> None:
    told = "the result has an integer beyond 2^63 - 1"
    assert message("echo()", answer=lambda _: 2**63) == f"echo: {told}"
    assert message("local x\nx = echo()", answer=lambda _: {"a": [1, {"b": 2**64 - 1}]}) == f"echo: {told}"
    assert message("return 1", args={"n": 2**63}) == "the arguments of the spell have an integer beyond 2^63 - 1"
    assert result("return echo()", lambda _: 2**63 - 1) == 2**63 - 1
    shape = {"kind": "http", "message": "no", "data": {"n": 2**63}}
    assert message("echo()", answer=lambda call: Fault(call.id, shape)) == "no"


def test_a_function_is_not_called_with_an_integer_beyond_64_bits() -> None:
    guest = Guest("echo(function(n) return n end)")
    (answer,) = guest.invoke(1, 1, 2**63)
    assert isinstance(answer, Answer)
    assert (answer.ok, answer.value["message"]) == (False, "an argument has an integer beyond 2^63 - 1")
    (answer,) = guest.invoke(2, 1, 2**63 - 1)
    assert answer == Answer(2, True, 2**63 - 1)


# -- JSON -----------------------------------------------------------------------------------------------------------


def test_json_is_written_with_keys_in_order() -> None:
    assert result(
        'return Json.encode { b = { 1, 2.0, 1e20, 0.1, -0.0 }, a = "q\\"\\\\\\n\\1ä", c = {}, d = Json.list {} }'
    ) == ('{"a":"q\\"\\\\\\n\\u0001ä","b":[1,2.0,1e+20,0.1,-0.0],"c":{},"d":[]}')
    assert result("return Json.encode()") == "null"
    assert result("return Json.encode({ a = { 1, { b = true } }, c = {} }, { pretty = true })") == (
        '{\n  "a": [\n    1,\n    {\n      "b": true\n    }\n  ],\n  "c": {}\n}'
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), (" true\t", True), ("-0", 0), ("12", 12), ("-1.5e2", -150.0),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
        ('"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00"', 'a"\\/\b\f\n\r\tä😀'),
        ("[]", []), ("{}", {}), ('[1,[2,{"a":null}]]', [1, [2, {"a": None}]]),
        ('{ "a" : 1 , "b" : [ ] }', {"a": 1, "b": []}),
    ],
)  # fmt: skip
def test_json_is_read(text: str, value: Any) -> None:
    assert result("return Json.decode(spell{})", args=text) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "unexpected end at line 1, column 1"),
        ("[1,\n 2,]", "unexpected `]` at line 2, column 4"),
        ("[1 2]", "unexpected `2` at line 1, column 4"),
        ("{a:1}", "unexpected `a` at line 1, column 2"),
        ("nul", "unexpected `n` at line 1, column 1"),
        ("01", "unexpected `0` at line 1, column 1"),
        ("+1", "unexpected `+` at line 1, column 1"),
        ("1.", "unexpected `1` at line 1, column 1"),
        ("NaN", "unexpected `N` at line 1, column 1"),
        ("1e999", "a number that is too large at line 1, column 1"),
        ('"a', "a string without an end at line 1, column 3"),
        ('"a\nb"', "a control character in a string at line 1, column 3"),
        ('"\\x"', "an unknown escape at line 1, column 3"),
        ('"\\u12g4"', "`\\u` needs four hexadecimal digits at line 1, column 4"),
        ('"\\ud83d"', "a lone surrogate is not data at line 1, column 4"),
        ("ä" * 3, "unexpected `ä` at line 1, column 1"),
        ('["ää" x', "unexpected `x` at line 1, column 7"),
        ("1 2", "unexpected `2` at line 1, column 3"),
        ("[" * 65 + "]" * 65, "more than 64 levels are not data at line 1, column 65"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(text: str, problem: str) -> None:
    failed = error("return Json.decode(spell{})", args=text)
    assert (failed["kind"], failed["message"]) == ("script", f"Json.decode: {problem}")


def test_json_and_data_agree_about_what_is_data() -> None:
    assert message("Json.encode({ print })") == "Json.encode: a function is not data (`[1]`)"
    assert message("Json.encode(counter())", answer=lambda _: 1) == "Json.encode: a handle is not data"
    assert message('Json.decode("\\xff")') == "Json.decode: text that is not valid UTF-8 at line 1, column 1"
    assert message("Json.decode(5)") == "Json.decode: `text` must be a string, got 5"
    assert message("Json.encode(1, { prety = true })") == "Json.encode has no option `prety`"
    assert message("Json.list { a = 1 }") == "Json.list: `items` must be a list, got a table"
    assert result("return Json.decode(ask())", lambda _: {"text": "[7]"}) == [7]
