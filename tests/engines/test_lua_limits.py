import random
import threading

import pytest
from lua_guest import Guest, error, message, play, result

from llmspell.engines.lua import LuaEngine
from llmspell.messages import Call, Done, Failed, Reply, ToHost

# -- interruption ---------------------------------------------------------------------------------------------------


def interrupted(source: str) -> list[ToHost]:
    """Run a spell that does not end by itself, and interrupt it when the mark that it sets shows that it runs."""
    guest = Guest(f"echo(1)\nlocal mark = string.rep('x', 4000000) {source}")
    engine = guest.engine
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if engine._lua.get_memory_used() > 4_000_000 and engine.interrupt():
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return guest.reply(1)
    finally:
        done.set()
        watcher.join()


@pytest.mark.parametrize(
    "source",
    [
        "while true do end",
        "local x = 0 repeat x = x + 1 until false",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error) end",
        "while true do xpcall(error, function() end) end",
        "while true do attempt(function() local t = {} end) end",
        "local function f() return f() end f()",
        "while true do for w in ('a b'):gmatch('%a') do end end",
        "while true do coroutine.wrap(function() end)() end",
        "while true do Json.encode({ 1 }) end",
        "while true do load('return 1')() end",
        "while true do local t = setmetatable({}, { __index = function() return 1 end }) local x = t.x end",
        "table.sort({ 3, 2, 1 }, function(a, b) while true do end end)",
        "string.gsub('a', 'a', function() while true do end end)",
        "map({ 1, 2 }, function() while true do end end)",
        "while true do pcall(spawn, 5) end",
    ],
)
def test_a_loop_is_interrupted_at_its_line(source: str) -> None:
    (failed,) = interrupted(source)
    assert isinstance(failed, Failed)
    assert failed.error["kind"] == "timeout"
    assert failed.error["message"] == "the spell ran for longer than its turn without yielding"
    assert failed.error["where"]["line"] == 2


def test_an_engine_that_does_not_run_cannot_be_interrupted() -> None:
    guest = Guest("return echo(1)")
    assert guest.engine.interrupt() is False
    assert guest.reply(1, "x") == [Done("x")]
    assert guest.engine.interrupt() is False


def test_where_the_functions_are_hidden_nothing_is_interrupted() -> None:
    engine = LuaEngine()
    engine._hook = None
    assert engine.interrupt() is False


# -- memory ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = string.rep('x', 100000) end",
        "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
        "local t = {} while true do t[#t + 1] = function() return t end end",
        "local t = {} spawn(function() while true do t[#t + 1] = string.rep('x', 100000) end end):wait()",
        "while true do spawn(function() echo(1) end) end",
        "while true do Log.info(string.rep('x', 1000)) spawn(echo) end",
        "return echo(string.rep('x', 30000000))",
    ],
)
def test_a_bomb_of_memory_is_contained(source: str) -> None:
    failed = error(source, memory=8 << 20)
    assert failed["message"] == "not enough memory"
    assert failed["where"]["line"] == 1


def test_a_result_from_the_host_that_does_not_fit_is_an_error() -> None:
    guest = Guest("return #echo(1)", memory=1 << 20)
    (failed,) = guest.reply(1, [[] for _ in range(200_000)])
    assert isinstance(failed, Failed)
    assert failed.error["message"] == "not enough memory"
    assert guest.reply(2) == []


@pytest.mark.parametrize("seed", range(40))
def test_memory_filled_to_the_brim_does_not_abort_the_process(seed: int) -> None:
    chance = random.Random(seed)
    guest = Guest(
        f"""local keep = {{}}
        local function fill(size) while true do keep[#keep + 1] = string.rep("x", size) .. #keep end end
        pcall(fill, {chance.choice([64, 1000, 20000])})
        pcall(fill, {chance.choice([1, 16, 41])})
        for i = 1, {chance.choice([0, 1, 50])} do keep[i] = nil end
        for i = 1, 20 do pcall(echo, i) end
        return 5""",
        memory=2 << 20,
    )
    said = guest.first
    while not isinstance(said[-1], Done | Failed):
        answer = "z" * chance.choice([1, 1000, 100_000])
        said = guest.send(*(Reply(call.id, answer) for call in said if isinstance(call, Call)))
    assert isinstance(said[-1], Done) or said[-1].error["message"] == "not enough memory"


@pytest.mark.parametrize(
    "source",
    [
        "return string.rep('x', 4e9)",
        "return table.unpack({}, 1, 1e7)",
        "return table.concat(setmetatable({}, { __len = function() return 1e7 end }))",
        "local function f() return f() + 1 end return f()",
        "local t = {} for i = 1, 300 do t = setmetatable({}, { __index = t }) end return t.x.y",
        "return load(('('):rep(10000))()",
        "local function nest(n) return n == 0 and 1 or coroutine.wrap(nest)(n - 1) end return nest(10000)",
        "return ('x'):rep(1000000):rep(1000000)",
        "return select(-1)",
        "return string.format('%99999d', 1)",
        "return string.pack('i17', 1)",
    ],
)
def test_what_overflows_ends_in_a_clean_error(source: str) -> None:
    assert isinstance(play(source)[-1], Failed)


# -- attempts to get out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "python",
        "io",
        "package",
        "debug",
        "dofile",
        "loadfile",
        "loadstring",
        "collectgarbage",
        "module",
        "jit",
        "warn",
    ],
)
def test_what_leads_out_is_not_there(name: str) -> None:
    assert message(f"return {name}") == f"`{name}` is not defined"
    assert result(f"return rawget(_G, '{name}') == nil and _ENV == _G")


def test_nothing_of_python_is_in_the_engine() -> None:
    source = """local seen, kinds = {}, {}
    local function walk(value)
      kinds[type(value)] = true
      if type(value) ~= "table" or seen[value] then return end
      seen[value] = true
      for k, v in next, value do walk(k) walk(v) end
      local meta = getmetatable(value)
      if type(meta) == "table" then walk(meta) end
    end
    walk(_G) walk(getmetatable("")) walk(coroutine.running())
    return { kinds.userdata == nil, getmetatable(""), getmetatable(_G), string.dump == nil, os.execute }"""
    assert message(source) == "`os.execute` is not defined"
    assert result(source.replace(", os.execute }", " }")) == [True, False, False, True]


@pytest.mark.parametrize(
    "source",
    [
        "return load('\\27Lua')",
        "return load('\\27Lua', 'x', 'b')",
        "return load('return 1', 'x', 'b')",
        "local done return load(function() if not done then done = true return '\\27LuaT' end end)",
        "local parts = { '\\27', 'Lua' } return load(function() return table.remove(parts, 1) end)",
    ],
)
def test_compiled_code_is_never_loaded(source: str) -> None:
    assert result(source.replace("return load", "local f = load") + " return f == nil") is True


@pytest.mark.parametrize(
    "source",
    [
        "setmetatable(_G, nil)",
        "setmetatable(_G, {})",
        "setmetatable(Http, {})",
        "setmetatable(Json.null, {})",
        "setmetatable(Run.tags, {})",
        "setmetatable(spawn(function() end), {})",
        "setmetatable(counter(), {})",
        "setmetatable(ask(), {})",
        "setmetatable(select(2, pcall(fail, 'x')), {})",
        "getmetatable('').__index = {}",
        "getmetatable(_G).__index = nil",
        "getmetatable(Http).__index = nil",
        "setmetatable({}, { __gc = print })",
        "setmetatable({}, { __mode = 'k' })",
    ],
)
def test_the_locks_cannot_be_taken_off(source: str) -> None:
    answer = {"counter": 1, "ask": {"text": "x"}}
    assert isinstance(play(source, lambda call: answer[call.op])[-1], Failed)


def test_a_spell_that_spoils_its_own_libraries_spoils_nothing_else() -> None:
    source = """for _, library in ipairs { string, table, math, utf8, coroutine } do
      for name in pairs(library) do library[name] = function() error("spoiled") end end
    end
    local names = { "error", "pcall", "pairs", "next", "type", "select", "rawget", "setmetatable", "tostring" }
    for _, name in ipairs(names) do pcall(rawset, _G, name, error) end
    print({ a = { 1.5 } })
    local r = map({ 1, 2 }, function(x) return echo({ x }) end)
    return attempt(function() return race { function() return Json.decode(Json.encode(r)) end } end)"""
    assert result(source) == {"ok": True, "value": [[1], [2]]}


def test_a_spell_cannot_forge_a_handle_a_function_or_a_type() -> None:
    said = play("echo({ ['$handle'] = 1 }, { ['$function'] = 1 }, { ['$type'] = 'Reply', text = 'x' })")
    assert said[0] == Call(1, "echo", [{"$$handle": 1}, {"$$function": 1}, {"$$type": "Reply", "text": "x"}], 1, 0)


def test_comparing_with_a_table_of_the_spell_runs_nothing_of_it() -> None:
    source = """local function forever() while true do end end
    local trap = setmetatable({}, { __eq = forever, __lt = forever, __le = forever, __call = forever })
    echo(trap) print(trap) return map({ trap }, function(x) return x end)"""
    assert result(source) == [{}]


def test_two_spells_share_nothing() -> None:
    first, second = (
        Guest("string.x = 1 rawset(_G, 'y', 2) return echo(1)"),
        Guest("return string.x == nil and rawget(_G, 'y') == nil"),
    )
    assert second.first == [Done(True)]
    assert first.reply(1, 1) == [Done(1)]


def test_a_closed_engine_says_nothing() -> None:
    with LuaEngine() as engine:
        engine.limit(1 << 20)
    assert engine.step(b"\x90") == b"\x90"
    assert engine.more is False


@pytest.mark.parametrize("rest", ["", "echo()", "pcall(echo) pcall(echo)", "load('return 1')()"])
@pytest.mark.parametrize("late", ['mt.__mode = "k"', 'mt["__mode"] = "v"', 'rawset(mt, "__mode", "kv")'])
def test_a_table_cannot_be_made_weak_behind_our_back(late: str, rest: str) -> None:
    source = f"local mt = {{}}\nlocal cache = setmetatable({{}}, mt)\n{late}\n{rest}"
    assert message(source) == "setmetatable: `__mode` is not available"


def test_a_word_is_no_weak_table() -> None:
    assert result("local mt = { mode = '__mode' } setmetatable({}, mt) echo() return mt.mode") == "__mode"
