"""Promises that nobody awaits, failures that nobody looks at, and scripts that spoil what they can reach."""

from typing import Any

import pytest
from javascript_guest import Guest, error, message, place, play, printed, quits

from llmspell.messages import Answer, Call, Done, Failed, Fault

# -- a missing await --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        "`${p}`", "p + ''", "p == 'x'", "p > 1", "String(p)", "p.toString()", "p.text", "p.data.n", "p.length",
        "p.map((x) => x)", "p.split(',')", "p[Symbol.iterator]", "[...p]", "for (const x of p) x", "const [a] = p",
        "const { text } = p",
        "JSON.stringify(p)", "JSON.stringify({ p })", "Json.encode([p])", "print(p)", "print({ p })", "console.log(p)",
        "await echo(p)", "await echo({ a: [p] })", "await map(p, echo)", "await timeout(p, () => 1)",
        "Json.decode(p)", "Json.list(p)", "fail(p)", "return { p }",
        "p;", "Log.info(p)", "Math.max(p, 1)", "new Date(p)",
    ],
)  # fmt: skip
def test_using_a_promise_as_its_result_says_what_is_missing_and_where(use: str) -> None:
    found = error(f"\n  const p = ask('q');\n{use}")
    assert found["message"] == "missing `await` before ask(…)"
    assert found["kind"] == "script"
    assert (found["where"]["line"], found["where"]["column"]) == (2, 13)
    assert found["hint"]


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("await map([1], p)", "map: `fn`"),
        ("await parallel({ a: p })", "parallel: `fns.a`"),
        ("await race([p])", "race: `fns[0]`"),
        ("await attempt(p)", "attempt: `fn`"),
        ("spawn(p)", "spawn: `fn`"),
        ("await timeout('1s', p)", "timeout: `fn`"),
    ],
)
def test_a_promise_where_a_function_is_due_is_refused_with_the_cure(use: str, name: str) -> None:
    found = error(f"\n  const p = ask('q');\n{use}")
    assert (found["kind"], found["message"]) == ("args", f"{name} must be a function, got a promise")
    assert (found["where"]["line"], found["where"]["column"]) == (2, 13)
    assert found["hint"] == "give the function, not what it returns: `() => ask(…)`"


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("export default ask('q')", "ask"),
        ("ask('q')", "ask"),
        ("Http.get('u')", "Http.get"),
        ("print(map([1], echo))", "map"),
        ("map([1], echo)", "map"),
        ("parallel([() => echo(1)])", "parallel"),
        ("attempt(() => echo(1))", "attempt"),
        ("timeout(1, () => echo(1))", "timeout"),
        ("const t = spawn(() => echo(1)); `${t.wait()}`", "wait"),
        ("(await counter()).next().x; `${(await counter()).next()}`", "Counter.next"),
        ("counter().next()", "counter"),
        ("await map([1], () => { echo(1) })", "echo"),
        ("await map([1], () => `${echo(1)}`)", "echo"),
        ("echo(1).then((r) => print(r))", "echo"),
        ("echo(1).then((r) => r).then((r) => r); await null", "echo"),
    ],
)
def test_it_says_before_what(source: str, label: str) -> None:
    assert message(source, lambda call: 1) == f"missing `await` before {label}(…)"


def test_a_function_that_is_left_running_is_told() -> None:
    found = error("async function main() {\n  await echo(1);\n}\nmain();")
    assert found["message"] == "missing `await`: the function that waits for echo(…) was left running"
    assert (found["where"]["line"], found["where"]["column"]) == (2, 9)


@pytest.mark.parametrize(
    "source",
    [
        "await ask('q')", "const p = ask('q'); await p", "await Promise.all([ask('q'), echo(1)])",
        "await ask('q').then((r) => r)",
        "await (async () => ask('q'))()", "const f = async () => await ask('q'); await f()",
        "await ask('q').catch(() => 1)",
        "await ask('q').finally(() => 1)", "const p = ask('q'); const r = await Promise.allSettled([p]); await p; r",
        "for await (const r of [ask('q')]) r", "await Promise.race([ask('q'), ask('r')])",
        "await Promise.any([ask('q')])",
        "await { then(ok, no) { ask('q').then(ok, no) } }", "const p = ask('q'); p.catch(() => 1); await p",
        "const t = spawn(() => ask('q')); await echo(1); await t.wait()", "return await ask('q')", "return ask('q')",
        "await map([1, 2], ask)", "export default () => ask('q')",
        "const p = attempt(() => ask('q')); (await p).value.text",
    ],
)  # fmt: skip
def test_promises_that_are_awaited_in_any_way_are_fine(source: str) -> None:
    last = play(source, lambda call: {"text": "T"} if call.op == "ask" else 1)[-1]
    assert isinstance(last, Done), last


def test_the_slower_ones_of_a_plain_race_are_cancelled_at_the_end() -> None:
    with Guest("export default await Promise.race([echo(1), echo(2)])") as guest:
        said = guest.reply(2, "two")
        assert quits(said) == [1]
        assert said[-1] == Done("two")


# -- lost rejections --------------------------------------------------------------------------------------------------


def broken(call: Call) -> Any:
    return Fault(call.id, {"kind": "http", "message": "broken"}) if call.args == ["bad"] else None


@pytest.mark.parametrize(
    "source",
    [
        "echo('bad'); await echo(1); await echo(2)",
        "const p = echo('bad'); await echo(1); await echo(2)",
        "echo('bad').then(() => 1); await echo(1); await echo(2)",
        "echo(0).then(() => { fail('broken') }); await echo(1); await echo(2)",
        "echo(0).then(async () => { await echo('bad') }); await echo(1); await echo(2); await echo(3)",
        "echo('bad').finally(() => 1).then(() => 2); await echo(1); await echo(2)",
        "echo('bad').catch(() => fail('broken')); await echo(1); await echo(2)",
        "map([1], () => echo('bad')); await echo(1); await echo(2)",
        "spawn(() => echo('bad')); await echo(1); await echo(2)",
        "const t = spawn(() => echo('bad')); t.wait(); await echo(1); await echo(2)",
        "await map([1], async () => { echo('bad'); await echo(1); await echo(2) })",
        "queueMicrotask(() => fail('broken')); await echo(1)",
    ],
)
def test_a_failure_that_nobody_looks_at_fails_the_spell(source: str) -> None:
    assert message(source, broken) == "broken"


@pytest.mark.parametrize(
    "source",
    [
        "try { await echo('bad') } catch { }",
        "const p = echo('bad'); await echo(1); await echo(2); try { await p } catch { }",
        "echo('bad').catch(() => 1); await echo(1); await echo(2)",
        "await Promise.allSettled([echo('bad'), echo(1)])",
        "await Promise.any([echo('bad'), echo(1)])",
        "await attempt(() => echo('bad'))",
        "const t = spawn(() => echo('bad')); await echo(1); t.cancel()",
        "await map([1, 2], () => echo('bad'), { on_error: 'keep' })",
    ],
)
def test_a_failure_that_somebody_looks_at_does_not(source: str) -> None:
    assert isinstance(play(source, broken)[-1], Done)


# -- scripts that spoil what they can reach ----------------------------------------------------------------------

POISON = """
let hits = 0;
const bad = function () { hits++; throw new Error('poison') };
const { defineProperty, ownKeys, getOwnPropertyDescriptor } = Reflect;
const iterator = (value) => Object.getPrototypeOf(value);
const places = [Array, Object, Promise, Function, String, RegExp, Map, Set, WeakMap, Number, Date, Error, Symbol,
  Iterator, ReferenceError, SpellError].flatMap((made) => [made, made.prototype]).concat([
  Reflect, JSON, Math, iterator([].values()), iterator(new Set().values()), iterator(async () => 1)]);
const found = places.flatMap((object) => ownKeys(object).map((key) => [object, key]))
  .filter(([object, key]) => getOwnPropertyDescriptor(object, key).configurable);
const absent = 'get set value kind message hint retryable where trace stack cause data item next state scope id '
  + 'ok error found wake job key limit returns length size number fn uses writable enumerable configurable default at '
  + 'spec wait call sent used fields type op pretty on_error file line column name text toJSON 0 1 2';
const more = absent.split(' ').flatMap((key) => [[Object.prototype, key], [Array.prototype, key]])
  .filter(([object, key]) => !(object === Array.prototype && key === 'length'));
function spoil(object, key, change) {
  const broken = Object.create(null);
  broken.configurable = true;
  for (const name in change) broken[name] = change[name];
  return [object, key, broken];
}
const kept = [[Promise.prototype, 'constructor'], [SpellError.prototype, 'where'], [Object, 'prototype']];
const wanted = ([object, key]) => !kept.some((pair) => pair[0] === object && pair[1] === key);
const changes = found.filter(wanted).map(([object, key]) => spoil(object, key, { value: bad, writable: true }))
  .concat(more.map(([object, key]) => spoil(object, key, { get: bad, set: bad })));
for (let i = 0, n = changes.length; i < n; i++) {
  const change = changes[i], object = change[0], key = change[1], broken = change[2];
  defineProperty(object, key, broken);
}
"""
USE = """
const seen = { __proto__: null };
const reply = await ask('hi', { __proto__: null, a: 1, f: () => 1 });
print(reply.text, reply.data);
seen.mapped = await map(spell(), (x) => echo(x));
seen.raced = await race(fns);
let caught; try { await echo('bad') } catch (e) { caught = e }
seen.told = caught.message; seen.line = caught.where.line;
seen.attempted = (await attempt(() => fail('boom'))).error.message;
const task = spawn(() => echo(7)); seen.waited = await task.wait();
const c = await counter(); seen.counted = await c.next(1);
Log.info('x');
try { Http.nope } catch (e) { seen.undefined = e.message }
try { await echo(`${ask('q')}`) } catch (e) { seen.missing = e.message }
export default [seen, hits];
"""


def test_a_script_that_breaks_the_language_does_not_break_its_bridge() -> None:
    def answer(call: Call) -> Any:
        given = call.args[0] if call.args else None
        if given == "bad":
            return Fault(call.id, {"kind": "tool", "message": "broken"})
        return {"ask": {"text": "T", "data": [1]}, "counter": 9, "Counter.next": 10}.get(call.op, given)

    prepared = "const fns = [() => echo(4), () => echo(5)];\n" + POISON.replace("\n", " ") + USE
    said = play(prepared, answer, args=[1, 2, 3])
    assert isinstance(said[-1], Done), said[-1]
    seen, hits = said[-1].value
    assert hits == 0
    assert printed(said) == "T [1]\n"
    assert seen == {
        "mapped": [1, 2, 3], "raced": 4, "told": "broken", "line": 8, "attempted": "boom", "waited": 7, "counted": 10,
        "undefined": "`Http.nope` is not defined", "missing": "missing `await` before ask(…)",
    }  # fmt: skip


@pytest.mark.parametrize(
    "spoilt",
    [
        "Object.defineProperty(Promise.prototype, 'constructor', { get() { throw new Error('spoilt') } })",
        "Object.prototype.then = () => { throw new Error('spoilt') }",
        "Array.prototype.then = (ok) => ok('spoilt')",
        "Object.defineProperty(Object.prototype, 'text', { set() { throw new Error('spoilt') } })",
    ],
)
def test_a_script_that_breaks_promises_breaks_at_most_its_own(spoilt: str) -> None:
    last = play(f"{spoilt};\nconst m = await map([1], (x) => echo(x)); export default m", lambda call: 1)[-1]
    assert isinstance(last, Done | Failed)


def test_a_getter_of_a_script_that_calls_while_its_object_is_written_does_no_harm() -> None:
    source = "const a = echo({ get x() { echo('inner').catch(() => 0); return 1 }, y: NaN_ });\nexport default await a"
    with Guest(source.replace("NaN_", "2")) as guest:
        assert [(call.id, call.args) for call in guest.first if isinstance(call, Call)] == [
            (1, ["inner"]),
            (2, [{"x": 1, "y": 2}]),
        ]
        assert guest.reply(2, "end")[-1] == Done("end")


def test_a_call_that_could_not_be_written_leaves_nothing_behind() -> None:
    source = "try { await echo(() => 1, NaN) } catch { }\nexport default await echo(() => 2)"
    with Guest(source) as guest:
        (call,) = guest.first
        assert isinstance(call, Call)
        assert call.id == 1
        (number,) = call.args[0].values()
        assert guest.invoke(1, number) == [Answer(1, True, 2)]
        assert guest.reply(1) == [Done(None)]
        assert place(source, lambda call: Fault(call.id, {"kind": "tool", "message": "x"})) == (2, 22)
