import subprocess
import sys
from typing import Any

import pytest
from javascript_guest import Guest, calls, error, message, place, play, printed, quits, result

from llmspell.engines.javascript import JavaScriptEngine
from llmspell.messages import Answer, Call, Done, Failed, Fault, Output


def test_a_spell_prints_calls_and_returns() -> None:
    said = play('print("hi", 2);\nconst x = await echo("a");\nexport default x + "b"')
    assert said == [Output("out", "hi 2\n"), Call(1, "echo", ["a"], 2, 17), Done("ab")]


def test_a_spell_without_a_result_ends_with_null() -> None:
    assert play("const x = 1") == [Done(None)]


def test_a_turn_with_nothing_to_say_is_an_empty_batch() -> None:
    with Guest("await echo(1); await echo(2); await echo(3)") as guest:
        assert guest.send() == []
        guest.reply(1)
        assert guest.reply(1) == []
        assert guest.reply(77) == []


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("export default 1", 1),
        ("export default await echo([1])", [1]),
        ("return 7", 7),
        ("return 7; export default 8", 7),
        ("export default 8\nif (true) return 7", 8),
        ("export default (args) => args.q", 5),
        ("export default async function (args) { return (await echo(args)).q }", 5),
        ("export default function main(args) { return args.q + 1 }\nprint(typeof main)", 6),
        ("export default main; function main() { return 3 }", 3),
        ("export { a as default }; const a = 4", 4),
        ("export const a = 4; export default a", 4),
        ("export default () => {}", None),
        ("#!/usr/bin/env node\nexport default 2", 2),
        ("#!only this line", None),
        ("\ufeffexport default 2", 2),
        ("export default 1 // the end", 1),
        ("export default this === undefined", False),
    ],
)
def test_the_default_export_is_the_result_and_a_function_there_is_called(source: str, value: Any) -> None:
    assert result(source, args={"q": 5}) == value


def test_the_manifest_at_run_time_is_what_the_host_parsed() -> None:
    assert result("const a = spell({ words: 9 }); export default a.words", args={"words": 80}) == 80


# -- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, 1, 255, 2**31, 2**53 - 1, -1, -(2**31) - 1, -(2**40), -(2**53) + 1, 1.5, -0.25, 5e-324,
        1.7e-300, "", "a", "ä€😀\0\u2028\"\\", "x" * 70_000, [], [1], list(range(70_000)), {}, {"a": 1},
        {f"k{n}": n for n in range(300)}, [None, 1], {"a": None}, {"a": [{"b": []}]}, {"$price": 1, "$$": 2},
        {"__proto__": {"x": 1}, "constructor": 1, "then": 2, "toJSON": 3}, {"1": 1, "0": 0},
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_a_value_comes_back_as_it_went(value: Any) -> None:
    with Guest("export default await echo(spell())", args=value) as guest:
        (call,) = guest.first
        assert isinstance(call, Call)
        assert unescaped(call.args[0]) == value
        (done,) = guest.reply(1, value)
        assert isinstance(done, Done)
        assert unescaped(done.value) == value


def unescaped(value: Any) -> Any:
    """Take the extra `$` off keys, as the host does."""
    if isinstance(value, list):
        return [unescaped(item) for item in value]
    if isinstance(value, dict):
        return {key[1:] if key.startswith("$") else key: unescaped(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("undefined", None),
        ("{ a: undefined, b: 1 }", {"b": 1}),
        ("[undefined, , 1]", [None, None, 1]),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("Object.create(null)", {}),
        ("{ a: 1.0, b: -0, c: 1e3 }", {"a": 1, "b": 0, "c": 1000}),
        ("Json.null", None),
        ("Json.list()", []),
        ("Json.list([1])", [1]),
        ("{ $type: 'Reply' }", {"$$type": "Reply"}),
    ],
)
def test_what_is_not_quite_json_has_one_reading(written: str, value: Any) -> None:
    assert result(f"export default ({written})") == value


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("NaN", "NaN is not data"),
        ("-Infinity", "an infinite number is not data"),
        ("2 ** 53", "an integer beyond 2^53 - 1 is not data"),
        ("1e300", "an integer beyond 2^53 - 1 is not data"),
        ("10n", "a BigInt is not data"),
        ("Symbol('x')", "a symbol is not data"),
        ("'\\ud83d'", "a string with half a surrogate pair is not data"),
        ("{ '\\ude00': 1 }", "a string with half a surrogate pair is not data"),
        ("new Map()", "a Map is not data"),
        ("/x/", "a RegExp is not data"),
        ("new (class Point {})()", "a Point is not data"),
        ("new Uint8Array(2)", "an Uint8Array is not data"),
        ("new Date(NaN)", "a Date is not data"),
        ("new Error('x')", "an Error is not data"),
        ("Http", "`Http` is not data"),
        ("Promise.resolve(1)", "missing `await`: a promise is not data"),
        ("(() => { const a = []; a.push(a); return a })()", "an object that contains itself is not data"),
        ("(() => { let a = []; for (let i = 0; i < 64; i++) a = [a]; return a })()", "more than 64 levels are not data"),
    ],
)
def test_what_is_not_data_is_a_clear_error_where_it_is_passed(written: str, problem: str) -> None:
    found = error(f"const bad = {written};\nawait echo(1, bad)")
    told = found["message"].replace(", `\\ude00`", "").replace(', `["\ufffd"]`', "")
    assert told == f"echo: {problem} (argument 2)"
    assert found["kind"] == "args"
    assert (found["where"]["line"], found["where"]["column"]) == (2, 7)
    assert message(f"export default ({written})").startswith(f"the result of the spell: {problem}")
    assert message(f"Json.encode({written})").startswith(f"Json.encode: {problem}")


def test_the_error_tells_where_in_a_value_it_is() -> None:
    told = message("await echo({ a: [1, { 'b c': NaN, d: 1 }] })")
    assert told == 'echo: NaN is not data (argument 1, `a[1]["b c"]`)'


def test_exactly_64_levels_are_data() -> None:
    nested = result("let a = []; for (let i = 0; i < 63; i++) a = [a]; export default a")
    for _ in range(63):
        (nested,) = nested
    assert nested == []


def test_functions_are_data_for_the_host_only_in_a_call() -> None:
    assert message("export default { f() {} }") == "the result of the spell: a function is not data (`f`)"
    assert message("Json.encode(() => 1)") == "Json.encode: a function is not data"


def test_an_integer_that_javascript_cannot_hold_does_not_arrive() -> None:
    with Guest("const r = await attempt(() => echo(1)); export default r.error.message") as guest:
        assert guest.reply(1, {"a": [2**53 + 1]}) == [Done("echo: the result has an integer beyond 2^53 - 1")]
    with Guest("export default await echo(1)") as guest:
        (done,) = guest.reply(1, ["12345678901234567890", 1.5e-300, 2**53 - 1, -0.1234567890123456])
        assert done == Done(["12345678901234567890", 1.5e-300, 2**53 - 1, -0.1234567890123456])
    assert message("print(1)", args=[-(2**53) - 1]) == "the arguments of the spell have an integer beyond 2^53 - 1"
    with Guest("await echo((x) => x)") as guest:
        (answer,) = guest.invoke(1, 1, 2**60)
        assert isinstance(answer, Answer)
        assert answer.value["message"] == "an argument has an integer beyond 2^53 - 1"
