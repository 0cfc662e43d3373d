"""ESM becomes the body of a function, and no line moves."""

import pytest

from llmspell.engines.modules import ALL, Refusal, rewrite


@pytest.mark.parametrize(
    ("source", "body", "exports"),
    [
        ("export default 5;", "this.default = 5;", {}),
        ("export default await ask('x')", "this.default = await ask('x')", {}),
        ("export default { a: 1 }", "this.default = { a: 1 }", {}),
        ("export default (a) => a;", "this.default = (a) => a;", {}),
        ("export/* */default/**/5", "this.default =/**/5", {}),
        ("export default function (a) { }", "this.default = function (a) { };", {}),
        ("export default function (a) { } // a\n(1)", "this.default = function (a) { };// a\n(1)", {}),
        ("export default function (a) { }\n(1)", "this.default = function (a) { };\n(1)", {}),
        ("export default async function () { };", "this.default = async function () { };;", {}),
        ("export default class { }\n(1)", "this.default = class { };\n(1)", {}),
        ("export default function main() {}", "               function main() {}", {"default": "main"}),
        ("export default class A extends B {}", "               class A extends B {}", {"default": "A"}),
        ("export default async function* g() {}", "               async function* g() {}", {"default": "g"}),
        ("export const a = 1, b = 2;", "       const a = 1, b = 2;", {"a": "a", "b": "b"}),
        ("export async function f() {}", "       async function f() {}", {"f": "f"}),
        ("export class K {}", "       class K {}", {"K": "K"}),
        (
            "export const { a, b: [c, ...d], e = 1, ...f } = x",
            "       const { a, b: [c, ...d], e = 1, ...f } = x",
            {name: name for name in "acdef"},
        ),
        (
            "const a = 1\nexport {\n  a as default, a\n}",
            "const a = 1\n        \n                 \n ",
            {"default": "a", "a": "a"},
        ),
        ("let a; export { a as 'two words' };", f"let a; {' ' * 28}", {"two words": "a"}),
        ("const é = 1; export default é", "const é = 1; this.default = é", {}),
    ],
)
def test_an_export_becomes_what_a_function_can_do(source: str, body: str, exports: dict[str, str]) -> None:
    found = rewrite(source)
    assert (found.source, found.exports) == (body, exports)
    assert found.default == body.startswith("this.default") or found.default == (" this.default" in body)


@pytest.mark.parametrize(
    "source",
    [
        "const s = 'export default 1'",
        "const s = `\nexport default 1\n${import_}`",
        "// export default 1\n/* import x from 'y' */",
        "const r = /export default 1/",
        "if (x) {\n  export default 5\n}",
        "const exported = 1",
    ],
)
def test_what_is_no_statement_of_a_module_is_left_alone(source: str) -> None:
    found = rewrite(source)
    assert found.source == source
    assert found.head() == ""


def test_lines_and_columns_of_what_follows_stay() -> None:
    source = "import {\n  a,\n} from 'b'; first(a)\nexport const c = 1;\nexport default function () {\n}\nlast(c);"
    body = rewrite(source).source
    assert [len(line) for line in body.split("\n")] == [8, 4, 20, 19, 28, 2, 8]
    assert body.split("\n")[2] == "            first(a)"
    assert body.endswith("\nlast(c);")


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        ("import a from 'm'", [("a", "default")]),
        ("import a, { b, c as d } from 'm'", [("a", "default"), ("b", "b"), ("d", "c")]),
        ("import * as all from 'm'", [("all", ALL)]),
        ("import a, * as all from 'm'", [("a", "default"), ("all", ALL)]),
        ("import { default as a, 'two words' as b } from 'm'", [("a", "default"), ("b", "two words")]),
        ("import data from 'm' with { type: 'json' };", [("data", "default")]),
        ("import 'm';", [("", "")]),
    ],
)
def test_an_import_becomes_blanks_and_what_it_binds(source: str, bound: list[tuple[str, str]]) -> None:
    found = rewrite(source)
    assert found.source.strip() == ""
    assert len(found.source) == len(source)
    assert [(each.local, each.name) for each in found.imports] == bound
    assert {each.specifier for each in found.imports} == {"m"}


def test_what_is_imported_is_constant_but_for_what_lives() -> None:
    found = rewrite("import a, { b } from 'm'")
    assert found.head() == "const{a,b}=this.given;"
    assert found.head({"b"}) == "const{a}=this.given;"


@pytest.mark.parametrize(
    ("source", "passed"),
    [
        ("export * from 'm'", [(ALL, ALL)]),
        ("export * as all from 'm'", [("all", ALL)]),
        (
            "export { a, b as c, default as d, e as default } from 'm'",
            [("a", "a"), ("c", "b"), ("d", "default"), ("default", "e")],
        ),
        ("export { a as b }\nimport { c as a } from 'm'", [("b", "c")]),
    ],
)
def test_what_is_passed_on_is_no_name_of_the_module(source: str, passed: list[tuple[str, str]]) -> None:
    found = rewrite(source)
    assert [(each.local, each.name) for each in found.passed] == passed
    assert found.exports == {}
    assert found.source.strip() == ""


def test_an_import_of_a_function_becomes_a_name_of_the_same_length() -> None:
    found = rewrite("const _im000 = await import('x'); import(y)")
    assert found.source == "const _im000 = await _im001('x'); _im001(y)"
    assert found.head() == "const _im001=this.load;"


def test_names_that_can_be_assigned_are_known() -> None:
    assert rewrite("export let a; export var b; export const c = 1; export function d() {}").changing == {"a", "b"}


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [("export { nope }", 1, 10), ("let a;\nexport { a, /* é */ nope as b }", 2, 21)],
)
def test_an_export_of_nothing_is_refused_where_it_stands(source: str, line: int, column: int) -> None:
    with pytest.raises(Refusal) as caught:
        rewrite(source)
    assert str(caught.value) == "`nope` is exported, but nothing here is called so"
    assert (caught.value.line, caught.value.column, caught.value.syntax) == (line, column, True)


def test_a_name_with_an_escape_is_refused() -> None:
    with pytest.raises(Refusal, match="cannot be written with an escape"):
        rewrite(r"import { \u0061 } from 'm'")
