"""What is printed, what the language has and has not, and its limits."""

import subprocess
import sys

import pytest
from javascript_guest import Guest, message, play, printed, result

from llmspell.engines.javascript import JavaScriptEngine
from llmspell.messages import Call, Done, Failed, Output

# -- output -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("'a', 'b'", "a b"),
        ("", ""),
        ("1.5, true, null, undefined, 10n", "1.5 true null undefined 10"),
        ("[1, 'a'], { a: { b: 1 } }", '[1,"a"] {"a":{"b":1}}'),
        ("NaN, -0, Symbol('s')", "NaN 0 Symbol(s)"),
        (
            "new Date(0), new Map(), () => 1, function f() {}",
            '"1970-01-01T00:00:00.000Z" [object Map] [function ] [function f]',
        ),
        ("new Error('x'), new TypeError('y')", "Error: x TypeError: y"),
        ("{ a: NaN }", "[object Object]"),
        ("'\\ud800x'", "\ufffdx"),
        ("Http, Run", "Http Run"),
    ],
)
def test_values_are_printed_as_text(given: str, text: str) -> None:
    assert play(f"print({given})") == [Output("out", f"{text}\n"), Done(None)]


def test_console_writes_to_both_streams() -> None:
    said = play("console.log(1); console.info(2); console.debug(3); console.warn(4); console.error({ a: 5 })")
    assert [(entry.stream, entry.text) for entry in said if isinstance(entry, Output)] == [
        ("out", "1\n"), ("out", "2\n"), ("out", "3\n"), ("err", "4\n"), ("err", '{"a":5}\n'),
    ]  # fmt: skip


def test_too_much_output_ends_the_run() -> None:
    source = """
    for (let i = 0; ; i++) try { print('x'.repeat(9)) } catch (e) { if (i > 50) break }
    print('more'); await echo(1)"""
    said = play(source, output=100)
    assert printed(said) == ("x" * 9 + "\n") * 10
    assert isinstance(said[-1], Failed)
    assert said[-1].error["message"] == "the spell printed more than 100 bytes"
    assert len(said) == 11


def test_output_is_counted_in_bytes() -> None:
    assert printed(play("print('ä€😀')", output=10)) == "ä€😀\n"
    assert message("print('ä€😀')", output=9) == "the spell printed more than 9 bytes"


def test_a_long_text_goes_in_pieces_and_no_character_is_cut() -> None:
    text = "a" + "😀" * 100_000
    said = play("print(spell())", args=text, output=1 << 20)
    assert printed(said) == text + "\n"
    assert len(said) > 4


def test_much_to_say_is_cut_into_frames() -> None:
    with Guest("for (let i = 0; i < 300; i++) print('x'.repeat(99)); await echo(1)", frame=4096) as guest:
        assert len(guest.batches) > 7
        assert len(printed(guest.first)) == 300 * 100
        assert all(len(guest.codec.encode(batch)) <= 4096 for batch in guest.batches)
        assert guest.reply(1) == [Done(None)]


def test_what_does_not_fit_into_one_frame_is_an_error() -> None:
    told = message("await echo('ä'.repeat(3000))", frame=4096)
    assert told.startswith("echo: the call is 60")
    assert told.endswith("bytes, more than the 4096 of one frame")
    assert message("export default 'x'.repeat(5000)", frame=4096).startswith("the result of the spell is 50")
    assert message("await echo(new Array(5000))", frame=4096).startswith("echo: a list of 5000 items does not fit")
    assert result("export default 'ä'.repeat(1500)", frame=4096) == "ä" * 1500


# -- the language -----------------------------------------------------------------------------------------------------


def test_json_of_the_spell_is_ours() -> None:
    assert result("export default Json.encode({ a: [1, {}], $b: [] })") == '{"a":[1,{}],"$b":[]}'
    pretty = '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'
    assert result("export default Json.encode({ a: [1, {}], b: [] }, { pretty: true })") == pretty
    assert result("export default Json.decode('[1, {\"a\": null}]')") == [1, {"a": None}]
    assert result("export default Json.null") is None
    assert message("Json.decode('{')").startswith("Json.decode: unexpected end")
    assert message("Json.decode(5)") == "Json.decode: `text` must be a string, got 5"
    assert message("Json.encode(1, { prety: true })") == "Json.encode has no option `prety`"


def test_random_numbers_come_from_the_seed() -> None:
    source = "export default Array.from({ length: 5 }, Math.random)"
    same, again, other = result(source, seed=7), result(source, seed=7), result(source, seed=2**40 + 7)
    assert same == again
    assert same != other
    assert all(0 <= number < 1 for number in same)
    spread = result("let n = 0; for (let i = 0; i < 10000; i++) n += Math.random(); export default n / 10000")
    assert 0.48 < spread < 0.52


def test_a_microtask_runs_soon_and_its_error_is_not_lost() -> None:
    said = play("queueMicrotask(() => print(2)); print(1); await null; print(3)")
    assert printed(said) == "1\n2\n3\n"
    assert message("queueMicrotask(() => fail('lost')); await echo(1)") == "lost"


def test_what_could_reach_out_or_tell_of_the_machine_does_not_exist() -> None:
    names = ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry", "guest"]
    source = f"export default {names}.filter((name) => name in globalThis || typeof globalThis[name] !== 'undefined')"
    assert result(source) == []
    assert (
        result("export default typeof __TimerManager + typeof Guard + typeof tasks + typeof SPELL") == "undefined" * 4
    )
    hidden = "export default Reflect.ownKeys(globalThis).map(String).filter((name) => name.includes('guest'))"
    assert result(hidden) == []


def test_no_function_of_ours_can_be_had_from_a_stack() -> None:
    assert "read only" in message("Error.prepareStackTrace = () => 1")
    assert "Cannot redefine" in message("Object.defineProperty(Error, 'prepareStackTrace', { value: (e, s) => s })")
    assert "Cannot redefine" in message("Object.defineProperty(Error, 'stackTraceLimit', { value: 0 })")
    callers = (
        "let c; await map([1], new Function('', 'globalThis.c = arguments.callee.caller; return 1')); export default c"
    )
    assert result(callers.replace("export default c", "export default globalThis.c ?? null")) is None


# -- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "const a = []; for (;;) a.push({ x: a.length })",
        "const a = []; for (;;) { a.push({ x: a.length }); if (a.length % 1000 === 0) await null }",
        "const a = []; try { for (;;) a.push({ x: a.length }) } catch { print('caught') }",
    ],
    ids=["loop", "microtasks", "caught"],
)
def test_too_much_memory_is_told(source: str) -> None:
    (failed,) = play(source, memory=48 << 20)
    assert failed == Failed({"kind": "script", "message": "not enough memory", "data": {"memory": True}})


def test_a_stack_that_is_used_up_leaves_no_call_half_made() -> None:
    source = """
    let made = 0, calls = 0;
    const dive = () => {
      try { dive() } catch (e) {
        if (calls++ < 1000) { echo(made).catch(() => 0); made++ }
        throw e;
      }
    };
    for (let i = 0; i < 5; i++) { calls = 0; try { dive() } catch { } }
    export default [made > 0, made === await echo(made)]"""
    said = play(source)
    assert said[-1] == Done([True, True])
    numbers = [call.id for call in said if isinstance(call, Call)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_engine_cannot_be_interrupted_and_takes_the_flags_of_its_process() -> None:
    with JavaScriptEngine() as engine:
        assert engine.interrupt() is False
    with pytest.raises(RuntimeError, match="other flags"):
        JavaScriptEngine(jit=False)


@pytest.mark.parametrize(("jit", "codegen"), [(False, False), (False, True), (True, False)])
def test_the_flags_of_v8_do_what_they_say(jit: bool, codegen: bool) -> None:
    source = """
    const tried = await attempt(() => eval('1 + 1'));
    /(a+)+$/.test('a'.repeat(40) + 'b');
    export default [tried.ok, (await echo('ok'))]"""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import javascript_guest as g; from llmspell.engines import javascript as j\n"
        f"class Flags(j.JavaScriptEngine):\n  def __init__(self): super().__init__(jit={jit}, codegen={codegen})\n"
        f"g.Guest.engine_type = Flags\nprint(g.result({source!r}))\n"
    )
    here = __file__.rpartition("/")[0]
    done = subprocess.run([sys.executable, "-c", code, here], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == f"[{codegen}, 'ok']\n"
