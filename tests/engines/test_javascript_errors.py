"""Errors of one shape, with line and column of the spell: thrown, of the host, and of syntax."""

from typing import Any

import pytest
from javascript_guest import Guest, error, message, place, play, printed, result

from llmspell.messages import Call, Done, Failed

NO_MODULE = 'import: this run has no module "fs"'
LITERAL = 'write the name as a literal, `import("./lib/util.js")`: modules are found before the spell runs'

# -- errors -----------------------------------------------------------------------------------------------------------


def test_a_fault_of_a_call_is_an_error_at_the_call() -> None:
    source = """
    try {
      await echo(1);
    } catch (e) {
      print(e, e.kind, e.hint, e.retryable, e.where.line, e.where.column, e.trace.length, e.data.a);
      export_ = [e instanceof SpellError, e instanceof Error, `${e}`, e.name];
    }
    export default export_""".replace("    try", "    let export_; try", 1)
    with Guest(source) as guest:
        said = guest.fault(1, kind="budget", message="no money", hint="pay", retryable=True, data={"a": 1})
        assert printed(said) == "no money budget pay true 3 13 1 1\n"
        assert said[-1] == Done([True, True, "no money", "SpellError"])


def test_an_uncaught_fault_keeps_what_the_host_said_of_it() -> None:
    with Guest("const helper = async () => {\n  await echo(1);\n};\nawait helper();") as guest:
        (failed,) = guest.fault(1, kind="http", message="no", hint="try", retryable=True, cause="dns", data={"a": 1})
        places = [
            {"file": "spell.js", "line": 2, "column": 9, "name": "helper"},
            {"file": "spell.js", "line": 4, "column": 7, "name": ""},
        ]
        assert failed == Failed(
            {
                "kind": "http", "message": "no", "hint": "try", "retryable": True, "cause": "dns", "data": {"a": 1},
                "where": places[0], "trace": places,
            }
        )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("fail('no')", {"kind": "script", "message": "no"}),
        ("fail('no', { kind: 'tool', hint: 'h' })", {"kind": "tool", "message": "no", "hint": "h"}),
        ("throw new Error('e')", {"kind": "script", "message": "e"}),
        ("throw new Error('e', { cause: new Error('c') })", {"kind": "script", "message": "e", "cause": "c"}),
        ("throw new Error('')", {"kind": "script", "message": "Error"}),
        ("throw new (class Odd extends Error {})('e')", {"kind": "script", "message": "e"}),
        (
            "throw new SpellError('e', { kind: 'http', retryable: true })",
            {"kind": "http", "message": "e", "retryable": True},
        ),
        ("throw 'text'", {"kind": "script", "message": "text"}),
        ("throw { code: 5 }", {"kind": "script", "message": '{"code":5}', "data": {"code": 5}}),
        ("throw { kind: 'tool', message: 'm' }", {"kind": "tool", "message": "m"}),
        ("throw [1]", {"kind": "script", "message": "[1]"}),
        ("throw undefined", {"kind": "script", "message": "the spell threw undefined"}),
        ("throw Symbol('s')", {"kind": "script", "message": "Symbol(s)"}),
        ("throw '\\ud800'", {"kind": "script", "message": "\ufffd"}),
        ("throw new Proxy({}, { get() { throw 1 } })", {"kind": "script", "message": "what was thrown cannot be read"}),
        ("null.x", {"kind": "script", "message": "Cannot read properties of null (reading 'x')"}),
        ("const a = 1; a = 2", {"kind": "script", "message": "Assignment to constant variable."}),
        ("const f = () => f(); f()", {"kind": "script", "message": "Maximum call stack size exceeded"}),
        ("await import('f' + 's')", {"kind": "script", "message": NO_MODULE, "hint": LITERAL}),
    ],
)
def test_whatever_is_thrown_is_an_error_of_one_shape(source: str, expected: dict[str, Any]) -> None:
    found = error(source)
    assert {key: value for key, value in found.items() if key not in ("where", "trace")} == expected


def test_an_error_of_the_host_that_the_spell_has_spoilt_is_told_as_far_as_it_fits() -> None:
    source = """
    const e = new SpellError('x');
    Object.assign(e, { kind: {}, message: 5, hint: [1], retryable: 'yes', data: { f() {} }, cause: new Map() });
    Object.defineProperty(e, 'stack', { get() { throw 1 } });
    throw e"""
    assert error(source) == {"kind": "script", "message": "5", "hint": "[1]", "cause": "[object Map]"}


def test_a_long_message_is_cut() -> None:
    assert len(message("throw new Error('x'.repeat(1e6))")) == 16 * 1024 + 1


def test_the_trace_has_only_the_places_of_the_spell() -> None:
    source = "function a() {\n  [1].map(() => b());\n}\nconst b = () => {\n  fail('x');\n};\nawait map([1], () => a());"
    trace = error(source)["trace"]
    assert [(entry["line"], entry["column"], entry["name"]) for entry in trace] == [
        (5, 3, "b"), (2, 17, ""), (2, 7, "a"), (7, 22, ""), (7, 7, ""),
    ]  # fmt: skip
    assert {entry["file"] for entry in trace} == {"spell.js"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("fail('x')", (1, 1)),
        ("  null.x", (1, 8)),
        ("export const a = 1; fail('x')", (1, 21)),
        ("export default fail('x')", (1, 16)),
        ("const s = `\n\n`;\r\nfail(s)", (4, 1)),
        ("/* é😀 */ fail('x')", (1, 11)),
        ("await map([1], () => fail('x'))", (1, 22)),
        ("await echo(NaN)", (1, 7)),
        ("let a = {}; a.a = a;\n Json.encode(a)", (2, 7)),
        ("await map([1], echo, 5)", (1, 7)),
    ],
)
def test_an_error_has_line_and_column_of_the_spell(source: str, expected: tuple[int, int]) -> None:
    assert place(source) == expected


def test_a_spell_cannot_give_its_code_another_name() -> None:
    assert place("//# sourceURL=other.js\n  null.x //# sourceURL=other.js") == (2, 8)
    assert place("//# sourceURL=other.js\nlet x = ;") == (2, 9)
    forged = error("eval('null.x\\n//# sourceURL=spell.js')")
    assert [(entry["line"], entry["column"]) for entry in forged["trace"]] == [(1, 1)]


def test_the_stack_that_a_spell_reads_is_its_own() -> None:
    stack = "Error: x\n    at f (spell.js:1:31)\n    at spell.js:1:54"
    assert result("const f = () => { const e = new Error('x'); return e.stack }; export default f()").startswith(
        stack[:24]
    )
    assert "prelude" not in result("try { echo(NaN) } catch (e) { return e.stack }")
    assert result("const o = {}; Error.captureStackTrace(o); export default o.stack").endswith("at spell.js:1:21")


def test_a_function_that_is_ours_is_placed_where_the_verb_was_called() -> None:
    with Guest("\n  await map(['a'], echo)") as guest:
        assert guest.first == [Call(1, "echo", ["a", 0], 2, 9)]


# -- syntax -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "told", "where"),
    [
        ("let x = ;", "Unexpected token ';'", (1, 9)),
        ("\n\n  foo bar", "Unexpected identifier 'bar'", (3, 7)),
        ("if (x) {\n  foo(", "Unexpected end of input", (2, 7)),
        ("const a = `x", "Unexpected end of input", (1, 13)),
        ("/* never", "Invalid or unexpected token", (1, 1)),
        ("let a; let a", "Identifier 'a' has already been declared", (1, 12)),
        ("with (x) {}", "Strict mode code may not include a with statement", (1, 1)),
        ("if (x) {\nexport default 5", "Unexpected token 'export'", (2, 1)),
        ("export default 1\nlet x = ;", "Unexpected token ';'", (2, 9)),
        ("} {", "Unexpected token '{'", (1, 3)),
        ("}}); print('out'); ({ async ''() {", "Unexpected token '}'", (1, 2)),
        ("} : 0; print('out'); 0 ? async () => {", "Unexpected token ':'", (1, 3)),
        ("}, async f() {", "Unexpected token ','", (1, 2)),
        ("} [1] = async function () {", "Unexpected token '['", (1, 3)),
        ("super.x", "'super' keyword unexpected here", (1, 1)),
        ("import.meta", "Cannot use 'import.meta' outside a module", (1, 8)),
        ("await (async () => { /(/ })()", "Invalid regular expression: /(/: Unterminated group", (1, 22)),
    ],
)
def test_a_syntax_error_is_told_where_it_is_and_nothing_runs(source: str, told: str, where: tuple[int, int]) -> None:
    said = play(f"{source}")
    assert len(said) == 1
    assert isinstance(said[0], Failed)
    found = said[0].error
    assert found["message"] == told
    assert found["data"] == {"syntax": True}
    assert found["kind"] == "script"
    assert found["where"] == {"file": "spell.js", "line": where[0], "column": where[1], "name": ""}


def test_an_import_that_the_host_has_not_found_is_refused_with_its_place() -> None:
    found = error("const a = 1;\nimport x from './y.js'")
    assert found["message"] == '"./y.js" was not found before the run'
    assert (found["where"]["line"], found["where"]["column"]) == (2, 8)
    assert "data" not in found
