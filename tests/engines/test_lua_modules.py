"""Modules in the Lua engine: who runs them, who waits, and where errors and calls stand."""

from typing import Any

from lua_guest import CANNOT_WAIT, Guest, error, message, play, result

from llmspell.messages import Call, Done, Failed


def modules(**sources: str) -> dict[str, Any]:
    """Return modules as the host sends them; each may require all."""
    uses = {name: f"lib/{name}.lua" for name in sources}
    sent = {uses[name]: {"source": text, "language": "lua", "uses": uses} for name, text in sources.items()}
    return {"": {"uses": uses, "folder": ""}, **sent}


def test_a_module_gets_its_name_and_path_and_counts_as_true_without_a_value() -> None:
    assert result("return require('a')", modules=modules(a="return {...}")) == ["a", "lib/a.lua"]
    assert result("return { require('a'), require('a') }", modules=modules(a="local x = 1")) == [True, True]
    assert result("return require('a')", modules=modules(a="return false")) is False


def test_a_call_made_in_a_module_says_the_file() -> None:
    said = play("local a = require('a')\necho(2)\na()", modules=modules(a="echo(1)\nreturn function()\n  echo(3)\nend"))
    places = [(call.args, call.line, call.file) for call in said if isinstance(call, Call)]
    assert places == [([1], 1, "lib/a.lua"), ([2], 2, ""), ([3], 3, "lib/a.lua")]


def test_a_tail_call_of_a_module_keeps_its_line() -> None:
    said = play("return require('a')()", modules=modules(a="return function()\n  return echo(1)\nend"))
    assert next((call.line, call.file) for call in said if isinstance(call, Call)) == (2, "lib/a.lua")


def test_who_requires_a_module_that_loads_waits_for_it() -> None:
    source = (
        "local t = spawn(function() return require('a') end) local own = require('a') return { own == t:wait(), own.n }"
    )
    loads = "local n = echo(1) return { n = n }"
    said = play(source, modules=modules(a=loads))
    assert said[-1] == Done([True, 1])
    assert sum(isinstance(each, Call) for each in said) == 1


def test_who_waits_for_a_module_fails_with_it_at_its_place() -> None:
    source = """
    local tasks = {}
    for i = 1, 2 do tasks[i] = spawn(function() require('a') end) end
    local first, second = attempt(function() tasks[1].wait() end), attempt(function() tasks[2].wait() end)
    return { first.error.message, first.error.where.file, second.error.message, second.error.where.line }
    """
    found = result(source, modules=modules(a="sleep(1)\nerror('bad')"))
    assert found == ["bad", "lib/a.lua", "bad", 2]


def test_a_module_whose_loader_is_cancelled_is_loaded_by_who_waits() -> None:
    source = """
    local first = spawn(function() return require('a') end)
    local second = spawn(function() return require('a') end)
    sleep(1)
    first.cancel()
    return second:wait()
    """
    guest = Guest(source, modules=modules(a="return echo('loaded')"))
    waiting = [call for call in guest.first if isinstance(call, Call)]
    assert [call.op for call in waiting] == ["sleep", "echo"]
    said = guest.reply(waiting[0].id)
    again = next(call for call in said if isinstance(call, Call))
    assert guest.reply(again.id, "loaded")[-1] == Done("loaded")


def test_a_module_that_fails_can_be_required_again() -> None:
    source = "local first = pcall(require, 'a') return { first, pcall(require, 'a') }"
    loads = "if not rawget(_G, 'tried') then rawset(_G, 'tried', true) error('once') end return 7"
    assert result(source, modules=modules(a=loads)) == [False, True, 7]


def test_a_module_that_requires_itself_by_a_computed_name_is_told_so() -> None:
    source = "local n = 'a' return require(n)"
    assert (
        message(source, modules=modules(a="local n = 'a' require(n)"))
        == "lib/a.lua requires itself: it is not loaded yet"
    )
    inside = "map({ 1 }, function() local n = 'a' require(n) end)"
    assert "can never happen" in message(source, modules=modules(a=inside))


def test_a_module_cannot_be_waited_for_in_a_comparator() -> None:
    source = """
    spawn(function() require('a') end)
    sleep(1)
    table.sort({ 2, 1 }, function(x, y) require('a') return x < y end)
    """
    found = error(source, lambda call: None, modules=modules(a="sleep(2) sleep(3)"))
    assert found["message"] == f"require {CANNOT_WAIT}"
    assert found["hint"] == 'require("a") before'


def test_a_name_that_is_none_is_refused() -> None:
    assert message("require(1)") == "require: `name` must be a string, got 1"
    found = error("\nlocal n = 'x' require(n)")
    assert found["message"] == 'require: this run has no module "x"'
    assert found["where"]["line"] == 2
    assert "literal" in found["hint"]


def test_the_spell_is_compiled_before_its_modules_and_all_before_anything_runs() -> None:
    broken = modules(a="local = 1", b="x x x")
    last = play("print('runs') require('a')", modules=broken)
    assert len(last) == 1
    assert isinstance(last[0], Failed)
    assert last[0].error["where"] == {"file": "lib/a.lua", "line": 1, "column": 0, "name": ""}
    assert last[0].error["data"] == {"syntax": True}
    assert error("local = 2", modules=broken)["where"]["file"] == "spell.lua"


def test_an_error_with_a_long_path_keeps_its_place() -> None:
    path = f"{'folder/' * 20}deep.lua"
    sent = {"": {"uses": {"x": path}}, path: {"source": "\nerror('deep')", "language": "lua", "uses": {}}}
    found = error("require('x')", modules=sent)
    assert (found["message"], found["where"]["file"], found["where"]["line"]) == ("deep", path, 2)


def test_code_that_is_loaded_in_a_module_has_the_globals_of_the_spell() -> None:
    assert result("return require('a')", modules=modules(a="return load('return Run.id')()")) == "7Q2M"
