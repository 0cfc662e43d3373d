import pytest
from lua_guest import error, line, message, play, result

from llmspell.errors import KINDS
from llmspell.messages import Failed


def test_a_failure_has_its_place_and_the_way_to_it() -> None:
    failed = error("local function inner()\n  local x = nil + 1\nend\nlocal function outer()\n  inner()\nend\nouter()")
    assert failed["kind"] == "script"
    assert failed["message"] == "attempt to perform arithmetic on a nil value"
    assert failed["where"] == {"file": "spell.lua", "line": 2, "column": 0, "name": "inner"}
    assert [(place["line"], place["name"]) for place in failed["trace"]] == [(2, "inner"), (5, "outer"), (7, "")]


def test_the_trace_crosses_from_a_fiber_to_the_one_that_made_it() -> None:
    failed = error(
        "local function work(x)\n  error('no')\nend\nlocal function all()\n  return map({ 1 }, work)\nend\nall()"
    )
    assert [place["line"] for place in failed["trace"]] == [2, 5, 7]


def test_the_trace_has_nothing_of_a_prelude() -> None:
    failed = error(
        "attempt(function()\n  parallel { function() timeout(1, function() fail('x') end) end }\nend)\nerror('y')"
    )
    assert {place["file"] for place in failed["trace"]} == {"spell.lua"}


@pytest.mark.parametrize(
    "name",
    ["a.lua", "deep/er/ä b.lua", "x" * 200 + ".lua", "a:1: b.lua", "", "=x", "@y", "prelude", "per%cent(.lua"],
    ids=range(9),
)
def test_the_file_is_named_as_the_spell_is(name: str) -> None:
    failed = error("\nerror('no')", name=name)
    assert (failed["message"], failed["where"]["file"], failed["where"]["line"]) == ("no", name, 2)
    failed = error("\n\nreturn = 1", name=name)
    assert (failed["where"]["file"], failed["where"]["line"]) == (name, 3)


@pytest.mark.parametrize(
    ("source", "text", "at"),
    [
        ("return = 1", "unexpected symbol near 'return'", 1),
        ("\nlocal x = 'a", "unfinished string near ''a'", 2),
        ("if x then\n\n", "'end' expected (to close 'if' at line 1) near <eof>", 3),
        ("goto nowhere", "no visible label 'nowhere' for <goto> at line 1", 1),
        ("local x <const> = 1\nx = 2", "attempt to assign to const variable 'x'", 2),
        ("\x1bLua", "", 1),
    ],
)
def test_a_syntax_error_says_so_and_where(source: str, text: str, at: int) -> None:
    failed = error(source)
    assert failed["kind"] == "script"
    assert failed["data"] == {"syntax": True}
    if not source.startswith("\x1b"):
        assert failed["where"]["line"] == at
        assert failed["message"].startswith(text.split(" near ")[0])


def test_fail_raises_an_error_of_a_kind_with_a_hint() -> None:
    failed = error("\nfail('no key', { kind = 'auth', hint = 'set one' })")
    assert (failed["kind"], failed["message"], failed["hint"], failed["where"]["line"]) == (
        "auth",
        "no key",
        "set one",
        2,
    )
    assert error("fail('x')")["kind"] == "script"
    assert message("fail(ask())", answer=lambda _: {"text": "refused"}) == "refused"


def test_the_kinds_are_those_of_the_host() -> None:
    for kind in KINDS:
        assert error(f"fail('x', {{ kind = '{kind}' }})")["kind"] == kind


@pytest.mark.parametrize(
    ("thrown", "text"),
    [
        ("'plain'", "plain"),
        ("'spell.lua is no prefix'", "spell.lua is no prefix"),
        ("'other.lua:3: kept'", "other.lua:3: kept"),
        ("5", "5"),
        ("nil", "the spell raised nil"),
        ("Json.null", "the spell raised null"),
        ("true", "true"),
        ("{ code = 42 }", '{"code":42}'),
        ("{ 1, 2 }", "[1,2]"),
        ("{ print }", "a table was thrown"),
        ("print", "a function was thrown"),
        ("setmetatable({}, { __tostring = function() return 'own words' end })", "own words"),
        ("setmetatable({}, { __tostring = function() error('x') end })", "a table was thrown"),
        ("setmetatable({}, { __tostring = function() return {} end })", "a table was thrown"),
        ("{ kind = 'http', message = 'gone' }", "gone"),
        ("{ kind = 'http', message = { 1 } }", "[1]"),
        ("'\\xff'", "\ufffd"),
    ],
)
def test_whatever_is_thrown_becomes_a_message(thrown: str, text: str) -> None:
    failed = error(f"\nerror({thrown}, 0)")
    assert (failed["message"], failed["where"]["line"]) == (text, 2)


def test_a_thrown_table_with_kind_and_message_is_kept() -> None:
    more = "retryable = true, cause = 'c', data = { a = 1 }, where = 5, x = 1"
    source = f"error({{ kind = 'tool', message = 'm', hint = 'h', {more} }})"
    failed = error(source)
    assert failed.pop("trace")
    assert failed == {
        "kind": "tool", "message": "m", "hint": "h", "retryable": True, "cause": "c", "data": {"a": 1},
        "where": {"file": "spell.lua", "line": 1, "column": 0, "name": ""},
    }  # fmt: skip


def test_a_thrown_value_is_still_there_when_it_has_crossed_a_fiber() -> None:
    assert result("local ok, e = pcall(map, { 1 }, function() error({ code = 42 }) end) return e.data.code") == 42


def test_a_message_names_the_line_that_the_spell_wants() -> None:
    source = "local function check(x)\n  if not x then error('x is missing', 2) end\nend\n\ncheck()"
    assert (message(source), line(source)) == ("x is missing", 5)


def test_what_the_libraries_complain_about_has_the_line_of_the_spell() -> None:
    assert line("\nlocal x = string.rep()") == 2
    assert line("\nlocal x = ('x'):rep({})") == 2
    assert line("\nlocal x = string.format('%d', 'x')") == 2
    assert line("\nlocal x = tostring()") == 2
    assert line("\nsetmetatable(1, {})") == 2
    assert line("\nload({})") == 2
    assert result("return select(2, pcall(function() return tostring() end))").startswith(
        "spell.lua:1: bad argument #1"
    )


def test_a_string_that_is_caught_is_as_lua_made_it() -> None:
    assert result("return select(2, pcall(error, 'x'))") == "x"
    assert result("return select(2, pcall(function() error('x') end))") == "spell.lua:1: x"


def test_an_error_is_short_enough_to_be_told() -> None:
    said = play("error(string.rep('ä', 1000000))")
    assert isinstance(said[-1], Failed)
    assert len(said[-1].error["message"].encode()) <= 16 * 1024 + 10
    failed = error("error({ kind = 'x', message = 'm', data = { string.rep('y', 100000) } })")
    assert "data" not in failed


def test_a_trace_is_short_and_a_deep_recursion_has_a_place() -> None:
    failed = error("local function f(n)\n  return 1 + f(n + 1)\nend\nf(1)")
    assert failed["message"].startswith("stack overflow")
    assert failed["where"]["line"] == 2
    assert len(failed["trace"]) == 20


@pytest.mark.parametrize(
    "damage",
    [
        "e.trace = nil",
        "e.trace = 5",
        "e.trace = setmetatable({}, { __len = error, __index = error })",
        "e.trace[1] = e.trace",
        "e.where = nil",
        "e.where = { line = 'x' }",
        "e.message = nil",
        "e.message = {}",
        "e.kind = {}",
        "e.hint = print",
        "e.data = { print }",
        "e.cause = { 1 }",
        "for k in pairs(e) do e[k] = nil end",
    ],
)
def test_an_error_that_a_spell_has_damaged_is_still_told(damage: str) -> None:
    for again in ("error(e)", "map({ 1 }, function() error(e) end)", "spawn(function() error(e) end):wait()"):
        said = play(f"local ok, e = pcall(fail, 'm') {damage} {again}")
        assert isinstance(said[-1], Failed)
        assert isinstance(said[-1].error["message"], str)
        assert isinstance(said[-1].error["kind"], str)


def test_cleaning_up_runs_when_a_fiber_fails() -> None:
    source = """local closed = {}
    pcall(map, { 1 }, function()
      local guard <close> = setmetatable({}, { __close = function() closed[1] = "closed" end })
      error("no")
    end)
    return closed"""
    assert result(source) == ["closed"]


def test_memory_that_runs_out_can_be_caught_and_has_a_line() -> None:
    source = "local ok, e = pcall(function() local t = {} for i = 1, 1e9 do t[i] = {} end end) return e"
    assert result(source) == "not enough memory"
    failed = error("local t = {}\nfor i = 1, 1e9 do\n  t[i] = { i }\nend")
    assert (failed["message"], failed["where"]["line"]) == ("not enough memory", 3)
