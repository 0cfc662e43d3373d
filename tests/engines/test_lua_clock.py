import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lua_guest import Guest, message, result
from lupa import lua54

from llmspell.messages import Call, Done, Reply, Tick

NOON = 1_700_000_000_123  # 14 November 2023, 22:13:20.123


@pytest.fixture(scope="module")
def stock() -> Iterator[Any]:
    """Lua as it comes, with its clock in UTC."""
    outer = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield lua54.LuaRuntime(encoding=None, register_builtins=False)
    if outer is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = outer
    time.tzset()


@pytest.fixture(scope="module")
def guest() -> Guest:
    """A spell that answers what it is asked, for ever."""
    return Guest("""
        local source = echo(nil)
        while true do source = echo({ pcall(load(source)) }) end
    """)


WRITE = """
    local function written(value)
      if type(value) ~= "table" then return tostring(value) end
      local parts = {}
      for _, key in ipairs { "year", "month", "day", "hour", "min", "sec", "yday", "wday", "isdst" } do
        parts[#parts + 1] = key .. "=" .. tostring(value[key])
      end
      return table.concat(parts, " ")
    end
    local function said(ok, ...)
      local list = table.pack(...)
      for i = 1, list.n do list[i] = written(list[i]) end
      return tostring(ok) .. ": " .. table.concat(list, ", ")
    end
"""


def ask(guest: Guest, source: str) -> str:
    """Let the guest run a source that returns a text."""
    call = guest.batches[-1][-1]
    assert isinstance(call, Call)
    (call,) = guest.reply(call.id, source)  # type: ignore[assignment]
    ok, text = call.args[0]
    assert ok, text
    return str(text)


SMALL = st.integers(-1000, 1000)
FIELDS = st.fixed_dictionaries(
    {"year": st.integers(-500, 4000) | st.integers(), "month": SMALL | st.integers(), "day": SMALL | st.integers()},
    optional={
        "hour": SMALL | st.integers(-(2**31), 2**31 - 1),
        "min": SMALL | st.integers(-(2**31), 2**31 - 1),
        "sec": SMALL | st.integers(-(2**31), 2**31 - 1),
        "isdst": st.booleans(),
    },
)


def literal(fields: dict[str, Any]) -> str:
    written = {True: "true", False: "false"}
    parts = [
        f"{name} = {written[value] if isinstance(value, bool) else value % 2**64 - (value % 2**64 >> 63 << 64)}"
        for name, value in fields.items()
    ]
    return "{" + ", ".join(parts) + "}"


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=FIELDS)
def test_the_fields_of_a_date_mean_what_they_mean_in_lua(stock: Any, guest: Guest, fields: dict[str, Any]) -> None:
    if fields.get("isdst"):
        del fields["isdst"]  # what daylight saving is where there is none, each C library decides for itself
    source = f"""{WRITE}
        local fields = {literal(fields)}
        local ok, time = pcall(os.time, fields)
        return said(ok, time, ok and fields or nil)
    """
    assert ask(guest, source) == stock.execute(source.encode()).decode()


CONVERSIONS = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYz%"


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pattern=st.lists(st.sampled_from([*(f"%{c}" for c in CONVERSIONS), "%Ey", "%Od", "%E", "%Q", "%", "x", "ż", "!"])),
    when=st.integers(-(2**40), 2**40) | st.integers(-(2**63), 2**63 - 1),
)
def test_dates_are_written_as_in_lua(stock: Any, guest: Guest, pattern: list[str], when: int) -> None:
    text = "".join(pattern).lstrip("!")
    source = f"""{WRITE} return said(pcall(os.date, "{text}", {when if when > -(2**63) else "math.mininteger"}))"""
    expected = stock.execute(source.encode()).decode()
    assert ask(guest, source).replace("'os.date'", "'date'") == expected.replace("'os.date'", "'date'")


@pytest.mark.parametrize("pattern", ["*t", "!*t", "%c", "!%c", "%Y-%m-%d %H:%M:%S"])
def test_there_is_no_other_zone_than_utc(stock: Any, guest: Guest, pattern: str) -> None:
    source = f"{WRITE} return said(pcall(os.date, '{pattern}', 86399))"
    assert ask(guest, source) == stock.execute(source.encode()).decode()


def test_the_clock_shows_what_the_host_says_and_nothing_else() -> None:
    source = """
        local seen = {}
        for i = 1, 3 do
          seen[i] = { os.time(), os.clock(), os.date("%X"), os.date("*t").sec }
          for _ = 1, 1e5 do end
          if os.time() ~= seen[i][1] or os.clock() ~= seen[i][2] then error("time has moved") end
          echo(i)
        end
        return seen
    """
    guest = Guest(source, now=NOON)
    guest.send(Tick(NOON + 1500), Reply(1, 1))
    guest.send(Reply(2, 2))
    (done,) = guest.send(Tick(NOON + 90_000), Reply(3, 3))
    assert isinstance(done, Done)
    assert done.value == [
        [NOON // 1000, 0.0, "22:13:20", 20],
        [NOON // 1000 + 1, 1.5, "22:13:21", 21],
        [NOON // 1000 + 1, 1.5, "22:13:21", 21],
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("os.time(5)", "bad argument #1 to 'time' (table expected, got number)"),
        ("os.time {}", "field 'year' missing in date table"),
        ("os.time { year = 2020 }", "field 'month' missing in date table"),
        ("os.time { year = 2020, month = 1 }", "field 'day' missing in date table"),
        ("os.time { year = 'x', month = 1, day = 1 }", "field 'year' is not an integer"),
        ("os.time { year = 1.5, month = 1, day = 1 }", "field 'year' is not an integer"),
        ("os.time { year = 2^40, month = 1, day = 1 }", "field 'year' is out-of-bound"),
        ("os.date('*t', 2^60)", "date result cannot be represented in this installation"),
    ],
)
def test_what_is_no_date_is_the_error_of_lua_at_its_line(source: str, expected: str) -> None:
    assert message(f"{source}") == expected
    assert result(f"local ok, e = pcall(function()\n{source} end) return e") == f"spell.lua:2: {expected}"


def test_fields_are_read_and_written_as_lua_does_it() -> None:
    source = """
        local read, written = Json.list {}, Json.list {}
        local date = setmetatable({}, {
          __index = function(_, name)
            read[#read + 1] = name
            return ({ year = "2024", month = 14.0, day = 1 })[name]
          end,
          __newindex = function(_, name, value) written[#written + 1] = name end,
        })
        return { os.time(date), read, written }
    """
    names = ["year", "month", "day", "hour", "min", "sec", "yday", "wday", "isdst"]
    assert result(source) == [1738411200, names[:6], names]


def test_the_difference_of_times_is_a_float() -> None:
    assert result("return os.difftime(10, 4)") == 6.0
    assert message("os.difftime('x', 1)").startswith("bad argument #1 to 'difftime'")
