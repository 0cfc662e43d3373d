import os
import subprocess
import sys
from typing import Any

import pytest
from javascript_guest import Guest, message, result

from llmspell.messages import Done, Reply, Tick

NOON = 1_700_000_000_123
TEXT = "Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)"


def shown(source: str) -> Any:
    return result(f"export default {source}", now=NOON)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Date.now()", NOON),
        ("new Date().getTime()", NOON),
        ("new Date", "2023-11-14T22:13:20.123Z"),
        ("Date()", TEXT),
        ("Date(0)", TEXT),
        ("new Date().toString()", TEXT),
        ("Reflect.construct(Date, []).getTime()", NOON),
        ("new (class extends Date { get own() { return this.getTime(); } })().own", NOON),
        ("Reflect.construct(Date, [], class Other {}) instanceof Date", False),
        ("new (new Date(0).constructor)().getTime()", NOON),
        ("new Date.prototype.constructor().getTime()", NOON),
        ("new (Object.getPrototypeOf(class extends Date {}))().getTime()", NOON),
        ("new (Function('return Date')())().getTime()", NOON),
        ("Temporal.Now.instant().epochMilliseconds", NOON),
        ("`${Temporal.Now.plainDateISO()} ${Temporal.Now.plainTimeISO()}`", "2023-11-14 22:13:20.123"),
        ("`${Temporal.Now.plainDateTimeISO('Asia/Tokyo')}`", "2023-11-15T07:13:20.123"),
        ("`${Temporal.Now.zonedDateTimeISO()}`", "2023-11-14T22:13:20.123+00:00[UTC]"),
        ("Temporal.Now.timeZoneId()", "UTC"),
        ("new Intl.DateTimeFormat('en').format()", "11/14/2023"),
        ("new Intl.DateTimeFormat('en').format(undefined)", "11/14/2023"),
        ("new Intl.DateTimeFormat('en').formatToParts().map((part) => part.value).join('')", "11/14/2023"),
        ("[0].map(new Intl.DateTimeFormat('en').format)[0]", "1/1/1970"),
        ("performance.now()", 0),
        ("performance.timeOrigin", NOON),
    ],
)
def test_every_clock_shows_the_time_of_the_run(source: str, expected: Any) -> None:
    assert shown(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Date.name, Date.length, typeof Date]", ["Date", 7, "function"]),
        ("Object.getOwnPropertyNames(Date).sort()", ["UTC", "length", "name", "now", "parse", "prototype"]),
        ("new Date() instanceof Date && new Date(5) instanceof Date", True),
        ("Date.prototype.constructor === Date && new Date().constructor === Date", True),
        ("Object.getPrototypeOf(Date) === Function.prototype", True),
        ("Object.prototype.toString.call(new Date())", "[object Date]"),
        ("new Date(5).getTime()", 5),
        ("new Date('2020-02-03').getTime()", 1580688000000),
        ("new Date('2020-02-03T04:05:06').getTime()", 1580702706000),
        ("new Date('3 Feb 2020 04:05').getTime()", 1580702700000),
        ("new Date(2020, 1).getTime()", 1580515200000),
        ("new Date(2020, 1, 3, 4, 5, 6, 7).getTime()", 1580702706007),
        ("new Date(new Date(9)).getTime()", 9),
        ("new Date({ valueOf: () => 7 }).getTime()", 7),
        ("isNaN(new Date(undefined)) && isNaN(new Date('no'))", True),
        ("[Date.UTC(2020, 0), Date.parse('2020-01-01T00:00')]", [1577836800000, 1577836800000]),
        ("[new Date().getTimezoneOffset(), new Date(2020, 6, 1).getTimezoneOffset()]", [0, 0]),
        ("new Date(0).getHours() === 0 && new Date(2020, 6, 1, 12).getUTCHours() === 12", True),
        ("Intl.DateTimeFormat().resolvedOptions().timeZone", "UTC"),
        ("Intl.DateTimeFormat().resolvedOptions().locale", "en-US"),
        ("(1234567.5).toLocaleString()", "1,234,567.5"),
        ("new Date(0).toLocaleString()", "1/1/1970, 12:00:00 AM"),
        ("(() => { const f = new Intl.DateTimeFormat(); return f.format === f.format; })()", True),
        ("Object.keys(Intl.DateTimeFormat.prototype).length + Object.keys(Temporal.Now).length", 0),
        ("(new (class Own extends Date {})(3)).constructor.name", "Own"),
    ],
)  # fmt: skip
def test_dates_are_those_of_the_language_in_utc(source: str, expected: Any) -> None:
    assert shown(source) == expected


def test_the_clock_moves_when_the_host_says_so_and_not_before() -> None:
    source = """
        const seen = [];
        for (let i = 0; i < 3; i++) {
          const before = Date.now();
          for (let j = 0; j < 1e6; j++);
          if (Date.now() !== before || new Date().getTime() !== before) throw new Error("time has moved");
          seen.push([before, performance.now()]);
          await echo(i);
        }
        export default seen;
    """
    with Guest(source, now=NOON) as guest:
        guest.send(Tick(NOON + 1500), Reply(1, 1))
        guest.send(Reply(2, 2))
        (done,) = guest.send(Tick(NOON + 90_000), Reply(3, 3))
    assert isinstance(done, Done)
    assert done.value == [[NOON, 0], [NOON + 1500, 1500], [NOON + 1500, 1500]]


def test_a_script_may_set_a_clock_of_its_own() -> None:
    assert shown("(() => { Date.now = () => 5; return [Date.now(), new Date().getTime()]; })()") == [5, NOON]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("performance.mark('x')", "`performance.mark` is not defined"),
        ("performance.now = 1", "`performance.now` cannot be changed"),
        ("new Date(Symbol())", "Cannot convert a Symbol value to a number"),
    ],
)
def test_what_there_is_not_is_said(source: str, expected: str) -> None:
    assert message(source) == expected


ABROAD = """
import sys
sys.path[:0] = sys.argv[1:]
from javascript_guest import result
print(result("export default [new Date(0).toString(), (1.5).toLocaleString(), new Date('2020-01-01T00:00').getTime()]"))
"""


def test_zone_and_language_of_the_machine_do_not_show() -> None:
    environ = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "pl_PL.UTF-8", "LANG": "pl_PL.UTF-8"}
    paths = [os.path.dirname(__file__), os.path.dirname(os.path.dirname(os.path.dirname(__file__)))]  # noqa: PTH120
    command = [sys.executable, "-c", ABROAD, *paths]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    expected = ["Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)", "1.5", 1577836800000]
    assert done.stdout.strip() == str(expected)


def test_an_engine_leaves_the_surroundings_of_its_process_alone() -> None:
    before = {name: os.environ.get(name) for name in ("TZ", "LC_ALL")}
    assert shown("1") == 1
    assert {name: os.environ.get(name) for name in before} == before
