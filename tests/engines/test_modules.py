"""ESM becomes the body of a function, and no line moves."""

import pytest

from llmspell.engines.modules import Refusal, rewrite


@pytest.mark.parametrize(
    ("source", "body", "tail"),
    [
        ("export default 5;", "this.default = 5;", ""),
        ("export default await ask('x')", "this.default = await ask('x')", ""),
        ("export default { a: 1 }", "this.default = { a: 1 }", ""),
        ("export default (a) => a;", "this.default = (a) => a;", ""),
        ("export/* */default/**/5", "this.default =/**/5", ""),
        ("export default function (a) { }", "this.default = function (a) { };", ""),
        ("export default function (a) { } // a\n(1)", "this.default = function (a) { };// a\n(1)", ""),
        ("export default function (a) { }\n(1)", "this.default = function (a) { };\n(1)", ""),
        ("export default async function () { };", "this.default = async function () { };;", ""),
        ("export default class { }\n(1)", "this.default = class { };\n(1)", ""),
        ("export default function main() {}", "               function main() {}", "this.default=main;"),
        ("export default class A extends B {}", "               class A extends B {}", "this.default=A;"),
        ("export default async function* g() {}", "               async function* g() {}", "this.default=g;"),
        ("export const a = 1, b = 2;", "       const a = 1, b = 2;", ""),
        ("export async function f() {}", "       async function f() {}", ""),
        (
            "const a = 1\nexport {\n  a as default, a\n}",
            "const a = 1\n        \n                 \n ",
            "this.default=a;",
        ),
        ("export { a, a as 'default' };", "                             ", "this.default=a;"),
        ("const é = 1; export default é", "const é = 1; this.default = é", ""),
    ],
)
def test_an_export_becomes_what_a_function_can_do(source: str, body: str, tail: str) -> None:
    assert rewrite(source) == (body, tail)


@pytest.mark.parametrize(
    "source",
    [
        "const s = 'export default 1'",
        "const s = `\nexport default 1\n${import_}`",
        "// export default 1\n/* import x from 'y' */",
        "const r = /export default 1/",
        "await import('x')",
        "if (x) {\n  export default 5\n}",
        "const exported = 1",
    ],
)
def test_what_is_no_statement_of_a_module_is_left_alone(source: str) -> None:
    assert rewrite(source) == (source, "")


def test_lines_and_columns_of_what_follows_an_export_stay() -> None:
    source = "export const a = 1;\nexport default function () {\n}\nexport { a };\nlast(a);"
    body, _ = rewrite(source)
    assert [len(line) for line in body.split("\n")] == [len(source.split("\n")[0]), 28, 2, 13, 8]
    assert body.endswith("\nlast(a);")


@pytest.mark.parametrize(
    ("source", "word", "line", "column"),
    [
        ("import x from './y.js'", "import", 1, 1),
        ("\n  import 'z'", "import", 2, 3),
        ("/* é */ import { a } from 'b'", "import", 1, 9),
        ("let a;\nexport { a } from 'b'", "export … from", 2, 1),
        ("export * from 'b'", "export … from", 1, 1),
    ],
)
def test_an_import_is_refused_where_it_stands(source: str, word: str, line: int, column: int) -> None:
    with pytest.raises(Refusal) as caught:
        rewrite(source)
    assert str(caught.value) == f"`{word}` is not supported: a spell is one file"
    assert (caught.value.line, caught.value.column, caught.value.syntax) == (line, column, False)
    assert caught.value.hint
