import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lua_guest import CANNOT_WAIT, Guest, error, message, result

from llmspell.messages import Call

KEYS = """
    local function keys_of(t)
      local by_pairs, by_next, by_hand = {}, {}, {}
      for key in pairs(t) do by_pairs[#by_pairs + 1] = tostring(key) end
      for key in next, t do by_next[#by_next + 1] = tostring(key) end
      local key
      repeat
        key = next(t, key)
        by_hand[#by_hand + 1] = key ~= nil and tostring(key) or nil
      until key == nil
      local text = table.concat(by_pairs, " ")
      assert(text == table.concat(by_next, " "), "pairs and next differ")
      assert(text == table.concat(by_hand, " "), "next by hand differs")
      return text
    end
"""


def keys(source: str) -> str:
    return str(result(f"{KEYS} {source}"))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("{}", ""),
        ("{ 'a', 'b', 'c' }", "1 2 3"),
        ("{ z = 1, a = 1, B = 1, ['ż'] = 1, [''] = 1 }", " B a z ż"),
        ("{ [3] = 1, [1] = 1, [2] = 1, [10] = 1 }", "1 2 3 10"),
        ("{ 'a', 'b', [0] = 1, [-5] = 1, [1.5] = 1, [1e300] = 1, [-1e300] = 1 }", "1 2 -1e+300 -5 0 1.5 1e+300"),
        ("{ [true] = 1, x = 1, [false] = 1, 'a', [0.5] = 1 }", "1 0.5 x false true"),
        ("{ nil, 'b', nil, 'd' }", "2 4"),
        ("{ [math.mininteger] = 1, [math.maxinteger] = 1, [1] = 1 }", "1 9223372036854775807 -9223372036854775808"),
        ("{ [math.huge] = 1, [-math.huge] = 1 }", "-inf inf"),
    ],
)
def test_keys_come_in_one_order(table: str, expected: str) -> None:
    assert keys(f"return keys_of({table})") == expected


SCALARS = st.integers(-5, 30) | st.text(max_size=3) | st.booleans() | st.floats(-9, 9)


@settings(deadline=None, max_examples=100)
@given(drawn=st.lists(SCALARS, max_size=40, unique_by=lambda key: (isinstance(key, bool), key)), chance=st.randoms())
def test_the_order_does_not_depend_on_how_a_table_was_made(drawn: list[Any], chance: random.Random) -> None:
    shuffled = chance.sample(drawn, len(drawn))
    source = f"""{KEYS}
        local function made(list, less)
          local t = {{}}
          for i = 1, #list do t[list[i]] = i end
          for i = 1, 50 do t["more" .. i] = i end
          for i = 1, less do t["more" .. i] = nil end
          for i = less + 1, 50 do t["more" .. i] = nil end
          return keys_of(t)
        end
        local one, other = made(spell()[1], 7), made(spell()[2], 31)
        return {{ one == other, one }}
    """
    same, text = result(source, args=[drawn, shuffled])
    assert same, text


def test_a_traversal_may_change_and_clear_the_fields_that_there_are() -> None:
    source = """
        local t, seen = { 1, 2, 3, 4, a = 1, b = 2, c = 3, [true] = 4 }, {}
        for key, value in pairs(t) do
          seen[#seen + 1] = tostring(key)
          t[key] = nil
          if key == 2 then t[4], t.b = nil, nil end
          if key == 1 then t.c = 30 end
          if key == "c" then seen[#seen + 1] = tostring(value) end
        end
        local left = {}
        for key in next, { x = 1, y = 2, z = 3 } do left[#left + 1] = key end
        local u = { x = 1, y = 2, z = 3 }
        for key in next, u do u[key] = nil end
        return { table.concat(seen, " "), next(t) == nil, next(u) == nil, left }
    """
    assert result(source) == ["1 2 3 a c 30 true", True, True, ["x", "y", "z"]]


def test_what_a_traversal_adds_it_does_not_meet() -> None:
    source = """
        local t = { a = 1, b = 2 }
        local n = 0
        for key in pairs(t) do
          n = n + 1
          t[key .. "0"], t["A" .. key] = n, n
        end
        return n
    """
    assert result(source) == 2


def test_traversals_of_one_table_do_not_disturb_each_other() -> None:
    source = """
        local t, seen = { 1, 2, a = 1, b = 2, [true] = 1 }, {}
        for a in pairs(t) do for b in pairs(t) do seen[#seen + 1] = tostring(a) .. tostring(b) end end
        local by_next = {}
        for a in next, t do for b in next, t do by_next[#by_next + 1] = tostring(a) .. tostring(b) end end
        return { #seen, table.concat(seen) == table.concat(by_next) }
    """
    assert result(source) == [25, True]


def test_an_iterator_can_be_used_by_hand() -> None:
    source = """
        local step, t, first = pairs { 10, x = 20, y = 30 }
        local all = {}
        for _ = 1, 2 do for key, value in step, t, first do all[#all + 1] = tostring(key) .. value end end
        return { first == nil, table.concat(all, " "), step(t, "x"), (select(2, step(t, 1))), step(t, "y") == nil }
    """
    assert result(source) == [True, "110 x20 y30 110 x20 y30", "y", 20, True]


def test_next_tells_whether_a_table_is_empty_and_gives_its_first_key() -> None:
    source = """
        local t = { b = 1, c = 2 }
        local first = { next(t) }
        t.a = 3
        local all = {}
        if next(t) then for key in next, t do all[#all + 1] = key end end
        table.sort(all)
        t.b, t.c, t.a = nil, nil, nil
        return { first[1], first[2], table.concat(all), next(t) == nil, next({}) == nil, (next({ 7 })) }
    """
    assert result(source) == ["b", 1, "abc", True, True, 1]


def test_a_queue_in_a_table_is_emptied_in_a_moment() -> None:
    source = """
        local queue, done = {}, 0
        for i = 1, 20000 do queue["job" .. i] = true end
        while next(queue) do
          local job = next(queue)
          queue[job], done = nil, done + 1
          if done == 100 then queue.late = true end
        end
        return done
    """
    assert result(source) == 20001


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for _ in pairs(nil) do end", "bad argument #1 to 'for iterator' (table expected, got nil)"),
        ("for _ in pairs(5) do end", "bad argument #1 to 'for iterator' (table expected, got number)"),
        ("pairs()", "bad argument #1 to 'pairs' (table expected, got no value)"),
        ("next(nil)", "bad argument #1 to 'next' (table expected, got nil)"),
        ("next('x')", "bad argument #1 to 'next' (table expected, got string)"),
    ],
)
def test_what_is_no_table_is_the_error_of_lua_at_its_line(source: str, expected: str) -> None:
    assert message(source) == expected
    found = error(f"local x\n{source}\nx = 1")
    assert found["where"]["line"] == 2


def test_a_table_may_say_itself_how_it_is_gone_through() -> None:
    source = """
        local own = setmetatable({ 1, 2 }, { __pairs = function(t) return function(_, i)
          if (i or 0) < 3 then return (i or 0) + 1, echo(i) or "first" end
        end, t, nil end })
        local seen = {}
        for i, value in pairs(own) do seen[i] = value end
        return seen
    """
    assert result(source) == ["first", 1, 2]


def test_what_an_index_stands_in_for_is_no_key() -> None:
    source = "return keys_of(setmetatable({ 1, b = 1 }, { __index = function(_, key) return key end }))"
    assert keys(source) == "1 b"


# -- objects as keys --------------------------------------------------------------------------------------------------

OBJECTS = """
    local function names(t)
      local list = {}
      for key in pairs(t) do list[#list + 1] = type(key) == "table" and (key.name or key.at[1]) or key() end
      return table.concat(list, " ")
    end
"""


def test_one_object_needs_no_order() -> None:
    assert result(f"{OBJECTS} return names {{ [{{ name = 'only' }}] = true }}") == "only"
    assert result("local t = {} for key in pairs({ [t] = 1, a = 1 }) do t[#t + 1] = type(key) end return t") == [
        "string",
        "table",
    ]


def test_objects_come_in_the_order_of_what_tells_them_apart_and_keep_it() -> None:
    source = f"""{OBJECTS}
        local list = {{ {{ name = "c" }}, {{ name = "a" }}, {{ name = "b" }}, {{ at = {{ 1 }} }}, {{ at = {{ 0 }} }} }}
        local set = {{}}
        for _, object in ipairs(list) do set[object] = true end
        local first = names(set)
        list[2].name = "z"
        set[{{ name = "0" }}] = true
        return {{ first, names(set) }}
    """
    assert result(source) == ["0 1 a b c", "0 1 z b c 0"]


def test_functions_come_in_the_order_in_which_they_stand() -> None:
    source = f"""{OBJECTS}
        local set = {{}}
        local function second() return "2" end
        local function third() return "3" end
        for _, fn in ipairs {{ third, second }} do set[fn] = true end
        for i = 9, 7, -1 do set[function() return tostring(i) end] = true end
        return names(set)
    """
    lines = result(source).split()
    assert lines == ["2", "3", "7", "8", "9"]


def test_values_tell_objects_apart_too() -> None:
    source = "local t = {} for _, i in pairs({ [{}] = 3, [{}] = 1, [{}] = 2 }) do t[#t + 1] = i end return t"
    assert result(source) == [1, 2, 3]


def test_coroutines_tasks_and_handles_have_the_order_in_which_they_were_made() -> None:
    source = """
        local set, ordinal = {}, {}
        local function add(object) ordinal[object] = #ordinal + 1 ordinal[#ordinal + 1] = object end
        for _ = 1, 9 do
          add(coroutine.create(print))
          add(coroutine.wrap(print))
          add(spawn(function() end))
          add(counter())
        end
        for i = #ordinal, 1, -1 do set[ordinal[i]] = true end
        local seen = {}
        for object in pairs(set) do seen[#seen + 1] = ordinal[object] end
        for i = 1, #seen do assert(seen[i] == i) end
        return #seen
    """
    numbers = iter(range(100, 200))
    assert result(source, lambda call: next(numbers) if call.op == "counter" else None) == 36


@pytest.mark.parametrize("keys_", ["[{}] = 1, [{}] = 1", "[{ a = 1 }] = 1, [{ a = 1 }] = 1, x = 2"])
@pytest.mark.parametrize("loop", ["pairs({{ {} }})", "next, {{ {} }}"])
def test_objects_that_cannot_be_told_apart_are_an_error_with_the_cure(keys_: str, loop: str) -> None:
    found = error(f"local n = 0\nfor _ in {loop.format(keys_)} do n = n + 1 end")
    assert found["kind"] == "script"
    assert found["message"] == (
        "some keys of this table are tables that cannot be told apart: their order would differ from run to run"
    )
    assert "keep the objects in a list" in found["hint"]
    assert found["where"]["line"] == 2


# -- what else shows keys ---------------------------------------------------------------------------------------------


def test_data_of_the_host_and_nouns_have_the_order_too() -> None:
    source = f"""{KEYS}
        local budget = {{}}
        for key in pairs(Run) do budget[#budget + 1] = key end
        for key in pairs(Log) do budget[#budget + 1] = key end
        for key in pairs(Http) do budget[#budget + 1] = key end
        return {{ table.concat(budget, " "), Json.encode(echo(Json.decode('{{"b":1,"a":{{"d":1,"c":2}}}}'))) }}
    """
    assert result(source) == ["budget id tags info get post", '{"a":{"c":2,"d":1},"b":1}']


# -- sorting ----------------------------------------------------------------------------------------------------------


def test_sorting_compares_in_the_same_order_in_every_run() -> None:
    """The comparator makes every pivot a bad one, on which Lua asks the clock for another."""
    source = """
        local solid, value, candidate, asked = 0, {}, 0, {}
        local function compare(x, y)
          asked[#asked + 1] = x * 1000003 + y
          if not value[x] and not value[y] then
            if x == candidate then value[x] = solid else value[y] = solid end
            solid = solid + 1
          end
          if not value[x] then candidate = x elseif not value[y] then candidate = y end
          return (value[x] or 1e9) < (value[y] or 1e9)
        end
        local list = {}
        for i = 1, 3000 do list[i] = i end
        table.sort(list, compare)
        local sum = 0
        for i = 1, #asked do sum = (sum * 31 + asked[i]) % 1000000007 end
        return { sum, #asked, list }
    """
    assert result(source) == result(source)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 1000, 2345])
def test_lists_of_any_length_are_sorted(count: int) -> None:
    numbers = [random.Random(count).randrange(10**6) for _ in range(count)]
    source = """
        local a, b, c, d = spell()[1], {}, {}, {}
        for i = 1, #a do b[i], c[i], d[i] = a[i] + 0.5, "x" .. a[i], { n = a[i] } end
        table.sort(a) table.sort(b) table.sort(c) table.sort(d, function(x, y) return x.n > y.n end)
        for i = 1, #d do d[i] = d[i].n end
        return { Json.list(a), Json.list(b), Json.list(c), Json.list(d) }
    """
    assert result(source, args=[numbers]) == [
        sorted(numbers),
        [n + 0.5 for n in sorted(numbers)],
        sorted(f"x{n}" for n in numbers),
        sorted(numbers, reverse=True),
    ]


@pytest.mark.parametrize("count", [3, 500])
def test_what_goes_wrong_in_sorting_has_its_place(count: int) -> None:
    fill = f"local t = {{}} for i = 1, {count} do t[i] = i end\n"
    assert message(f"{fill}table.sort(t, function(a, b)\nerror('no') end)") == "no"
    assert error(f"{fill}table.sort(t, function(a, b)\nerror('no') end)")["where"]["line"] == 3
    assert message(f"{fill}t[2] = 'x'\ntable.sort(t)").startswith("attempt to compare")
    assert error(f"{fill}t[2] = 'x'\ntable.sort(t)")["where"]["line"] == 3
    told = f"echo {CANNOT_WAIT}"
    assert message(f"{fill}table.sort(t, function(a, b) echo() return a < b end)") == told
    late = "n = n + 1 if n > 2900 then echo() end return a < b"
    if count > 100:
        assert message(f"{fill}local n = 0 table.sort(t, function(a, b) {late} end)") == told
    assert message("table.sort(5)").startswith("bad argument #1 to")
    assert message("table.sort({ 2, 1 }, 5)").startswith("bad argument #2 to")


def test_each_guest_counts_for_itself() -> None:
    guest = Guest("return tostring({}) .. tostring(print)")
    assert not isinstance(guest.first[0], Call)
    assert result("return tostring({}) .. ' ' .. tostring(print)") == "table: 1 function: 1"
