"""Results, values both ways, ops, nouns, types, handles, and functions that the host calls."""

from typing import Any

import pytest
from javascript_guest import Guest, calls, error, message, play, printed, result

from llmspell.messages import Answer, Call, Done, Failed, Output


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
        ("1e20", "an integer beyond 2^53 - 1 is not data"),
        ("10n", "a BigInt is not data"),
        ("Symbol('x')", "a symbol is not data"),
        ("'\\ud83d'", "a string with half a surrogate pair is not data"),
        ("{ '\\ude00': 1 }", "a string with half a surrogate pair is not data"),
        ("new Map()", "a Map is not data"),
        ("/x/", "a RegExp is not data"),
        ("new (class Point {})()", "a Point is not data"),
        ("new Uint8Array(2)", "a Uint8Array is not data"),
        ("new Date(NaN)", "a Date is not data"),
        ("new Error('x')", "an Error is not data"),
        ("Http", "`Http` is not data"),
        ("Promise.resolve(1)", "missing `await`: a promise is not data"),
        ("(() => { const a = []; a.push(a); return a })()", "an object that contains itself is not data"),
        (
            "(() => { let a = []; for (let i = 0; i < 64; i++) a = [a]; return a })()",
            "more than 64 levels are not data",
        ),
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


# -- ops, nouns, typed values, handles --------------------------------------------------------------------------------


def test_calls_are_numbered_as_they_are_issued_and_know_their_place() -> None:
    with Guest("const a = echo(1);\n  const b = Http.get('u', { q: 1 });\nawait a; await b") as guest:
        assert guest.first == [Call(1, "echo", [1], 1, 11), Call(2, "Http.get", ["u", {"q": 1}], 2, 18)]


def test_a_notification_is_not_waited_for() -> None:
    said = play("const r = Log.info('hi', { a: 1 });\nexport default typeof r")
    assert said == [Call(0, "Log.info", ["hi", {"a": 1}], 1, 15), Done("undefined")]


def test_what_goes_beyond_the_calls_in_flight_is_held_back_in_order() -> None:
    source = "export default await Promise.all([1, 2, 3, 4, 5].map(echo))"
    with Guest(source.replace("map(echo)", "map((n) => echo(n))"), in_flight=2) as guest:
        assert calls(guest.first) == [(1, "echo"), (2, "echo")]
        assert calls(guest.reply(2, "b")) == [(3, "echo")]
        assert calls(guest.reply(1, "a")) == [(4, "echo")]
        assert calls(guest.reply(4, "d")) == [(5, "echo")]
        assert guest.reply(5, "e") == []
        assert guest.reply(3, "c") == [Done(["a", "b", "c", "d", "e"])]


def reply_of(text: str) -> Any:
    return lambda call: {"text": text, "data": {"n": 1}} if call.op == "ask" else first(call)


def first(call: Call) -> Any:
    return call.args[0] if call.args else None


def test_a_typed_value_reads_as_its_text() -> None:
    source = """
    const r = await ask('q'); print(r);
    export default [`${r}`, r + '!', r.text, r.data.n, String(r), r.toString()]"""
    said = play(source, reply_of("T"))
    assert printed(said) == "T\n"
    assert said[-1] == Done(["T", "T!", "T", 1, "T", "T"])


def test_a_typed_value_goes_back_with_its_type() -> None:
    said = play("const r = await ask('q'); r.data = { $a: 1 }; await echo(r); export default { ...r }", reply_of("T"))
    assert said[1] == Call(2, "echo", [{"$type": "Reply", "text": "T", "data": {"$$a": 1}}], 1, 53)
    assert said[-1] == Done({"text": "T", "data": {"$$a": 1}})


def test_a_typed_value_is_plain_json_for_people() -> None:
    told = result("const r = await ask('q'); export default [Json.encode(r), JSON.stringify(r)]", reply_of("T"))
    assert told == ['{"text":"T","data":{"n":1}}'] * 2


def test_a_field_that_was_not_sent_is_undefined_and_one_that_does_not_exist_an_error() -> None:
    with Guest("const r = await ask('q'); print(r.data);\nr.txt") as guest:
        said = guest.reply(1, {"text": "T"})
        assert printed(said) == "undefined\n"
        assert isinstance(said[-1], Failed)
        assert said[-1].error["message"] == "`Reply.txt` is not defined"
        assert said[-1].error["data"] == {"undefined": "Reply.txt"}
        assert said[-1].error["where"]["line"] == 2
    assert message("(await ask('q')).txt = 1", reply_of("T")) == "`Reply.txt` is not defined"


def test_a_typed_result_may_be_null() -> None:
    assert result("export default await ask('q')", lambda call: None) is None


def test_a_handle_is_an_object_with_the_ops_of_its_type() -> None:
    source = """
    const c = await counter(3);
    const d = await c.fork();
    export default [await c.next(2), await d.next(), c, { d }]"""
    answers = {"counter": 7, "Counter.fork": 8}
    said = play(source, lambda call: answers.get(call.op, "n"))
    assert [(call.op, call.args) for call in said if isinstance(call, Call)] == [
        ("counter", [3]),
        ("Counter.fork", [{"$handle": 7}]),
        ("Counter.next", [{"$handle": 7}, 2]),
        ("Counter.next", [{"$handle": 8}]),
    ]
    assert said[-1] == Done(["n", "n", {"$handle": 7}, {"d": {"$handle": 8}}])


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("Agnt.ask()", "`Agnt` is not defined"),
        ("print(missing)", "`missing` is not defined"),
        ("Http.gte('x')", "`Http.gte` is not defined"),
        ("Run.idd", "`Run.idd` is not defined"),
        ("Tool.gett", "`Tool.gett` is not defined"),
        ("Json.parse('x')", "`Json.parse` is not defined"),
        ("console.table([])", "`console.table` is not defined"),
        ("const c = await counter(); c.nxt()", "`Counter.nxt` is not defined"),
        ("crypto.subtle", "`crypto.subtle` is not defined"),
        ("const f = () => g(); f()", "`g` is not defined"),
    ],
)
def test_what_is_undefined_is_named(source: str, told: str) -> None:
    found = error(source, lambda call: 1)
    assert found["kind"] == "script"
    assert found["message"] == told
    assert found["data"] == {"undefined": told.split("`")[1]}


@pytest.mark.parametrize("source", ["x = 5", "if (true) { x\n= 4 }", "for (x of [1]) print(x)", "for (x = 0;;);"])
def test_assigning_an_undeclared_global_names_the_cure(source: str) -> None:
    assert message(source) == "`x` is not declared: write `let x = …`"


@pytest.mark.parametrize("source", ["x += 1", "x++", "print(x == 5)", "print(x, 1)", "x.y = 5", "x => x; x"])
def test_reading_an_undeclared_global_is_no_assignment(source: str) -> None:
    assert message(source) == "`x` is not defined"


@pytest.mark.parametrize(
    "source", ["ask = 1", "Http = 1", "globalThis.map = 1", "delete globalThis.print", "Run.id = 1"]
)
def test_what_the_host_offers_cannot_be_changed(source: str) -> None:
    assert error(source)["where"]["line"] == 1
    assert result(f"try {{ {source} }} catch {{ }} export default [typeof ask, typeof map, Run.id]") == [
        "function", "function", "7Q2M",
    ]  # fmt: skip


def test_a_noun_can_be_called_and_have_members() -> None:
    assert calls(play("await Tool({ a: 1 }); await Tool.get('x')")) == [(1, "Tool"), (2, "Tool.get")]


def test_data_of_the_host_is_read_only_all_the_way_down() -> None:
    assert result("export default [Run.id, Run.tags, Run.budget.usd]") == ["7Q2M", ["a", "b"], 1]
    assert "object is not extensible" in message("Run.tags.push('c')")
    assert "read only" in message("Run.budget.usd = 5")


# -- functions of the spell that the host calls -----------------------------------------------------------------------


def test_the_host_calls_a_function_of_the_spell() -> None:
    with Guest("export default await echo({ run: async (a, b) => (await echo(a)) + b })") as guest:
        assert guest.first == [Call(1, "echo", [{"run": {"$function": 1}}], 1, 22)]
        assert calls(guest.invoke(9, 1, 5, 6)) == [(2, "echo")]
        assert guest.reply(2, 5) == [Answer(9, True, 11)]
        assert guest.reply(1, "end") == [Done("end")]


def test_a_function_has_one_number_until_its_call_is_answered() -> None:
    with Guest("const f = () => 1;\nawait echo([f, f]);\nawait echo(f);\nawait echo(() => 2)") as guest:
        assert guest.first == [Call(1, "echo", [[{"$function": 1}, {"$function": 1}]], 2, 7)]
        (call,) = guest.reply(1)
        assert isinstance(call, Call)
        (number,) = call.args[0].values()
        (gone,) = guest.invoke(1, 1) if number != 1 else guest.invoke(1, 99)
        assert isinstance(gone, Answer)
        assert not gone.ok
        assert gone.value["message"].endswith("is gone")
        assert guest.invoke(2, number) == [Answer(2, True, 1)]


def test_a_function_that_is_kept_can_be_called_for_the_whole_run() -> None:
    with Guest("await Tool({ run: (x) => x + 1 }); await echo(1)") as guest:
        guest.reply(1)
        assert guest.invoke(1, 1, 5) == [Answer(1, True, 6)]


@pytest.mark.parametrize(
    ("function", "kind", "told"),
    [
        ("() => { throw new Error('x') }", "script", "x"),
        ("async () => fail('x', { kind: 'tool' })", "tool", "x"),
        ("() => NaN", "script", "the result of the function: NaN is not data"),
        ("() => () => 1", "script", "the result of the function: a function is not data"),
        ("() => { ask('x') }", "script", "missing `await` before ask(…)"),
    ],
)
def test_what_goes_wrong_in_a_function_is_its_answer(function: str, kind: str, told: str) -> None:
    with Guest(f"await echo({function}); export default 1") as guest:
        answer = guest.invoke(1, 1)[-1]
        assert isinstance(answer, Answer)
        assert (answer.ok, answer.value["kind"], answer.value["message"]) == (False, kind, told)
        assert guest.reply(1) == [Done(1)]
