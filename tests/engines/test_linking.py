"""Modules in the JavaScript engine: what imports stand for, in which order modules run, and where errors stand."""

from typing import Any

import pytest
from javascript_guest import Guest, error, message, play, printed, result

from llmspell.messages import Call, Done, Failed

DEFAULT = "what a JSON file holds is its default: `import data from …`"


def modules(**sources: str) -> dict[str, Any]:
    """Return modules as the host sends them, in their order; each may import all."""
    uses = {f"./{name}.js": f"lib/{name}.js" for name in sources} | {"./data.json": "data.json"}
    sent = {
        f"lib/{name}.js": {"source": text, "language": "javascript", "uses": uses} for name, text in sources.items()
    }
    data = {"data.json": {"source": '{"a": [1]}', "language": "json", "uses": {}}}
    return {"": {"uses": uses, "folder": "lib"}, **data, **sent}


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("export default 1", "import x from './a.js'; export default x", 1),
        ("export default class { n = 2 }", "import X from './a.js'; export default new X().n", 2),
        ("export const x = 1, y = 2", "import { x, y as z } from './a.js'; export default [x, z]", [1, 2]),
        ("const a = 1; export { a as 'two words' }", "import { 'two words' as b } from './a.js'; export default b", 1),
        ("export const x = 1; export default 2", "import d, * as all from './a.js'; export default [d, all.x]", [2, 1]),
        ("export default 3", "import { default as x } from './a.js'; export default x", 3),
        ("export default 4", "export { default } from './a.js'", 4),
        ("export const x = () => 5", "export { x as default } from './a.js'", 5),
        ("import d from './data.json'; export { d }", "import { d } from './a.js'; export default d", {"a": [1]}),
        ("export * from './data.json'; let b", "import * as x from './a.js'; export default 'default' in x", False),
        ("export * as d from './data.json'", "import { d } from './a.js'; export default d.default", {"a": [1]}),
        ("export const x = 6", "export default f(); import { x } from './a.js'; function f() { return x }", 6),
        ("export const { a, b: [c = 2] } = { a: 1, b: [] }", "import { a, c } from './a.js'; export default a + c", 3),
        ("export const x = 1", "export default { ...(await import('./a.js')) }", {"x": 1}),
        ("export const x = 1", "import * as a from './a.js'; export default a[Symbol.toStringTag]", "Module"),
    ],
)  # fmt: skip
def test_every_form_of_import_and_export_works(module: str, source: str, expected: Any) -> None:
    assert result(source, modules=modules(a=module)) == expected


def test_what_a_module_assigns_anew_is_seen_by_all_who_import_it() -> None:
    counter = "export let n = 0; export const add = () => { n += 1 }; export { n as same }"
    through = "export { n as passed } from './a.js'; export * from './a.js'"
    source = """
    import { n, add, same } from './a.js';
    import { passed } from './b.js';
    import * as all from './b.js';
    const seen = [n];
    add();
    export default [...seen, n, same, passed, all.n];
    """
    assert result(source, modules=modules(a=counter, b=through)) == [0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "source",
    [
        "import { x } from './a.js'; x = 2",
        "import { y } from './a.js'; y = 2",
        "import * as a from './a.js'; a.x = 2",
        "import * as a from './a.js'; a.z = 2",
        "const a = await import('./a.js'); a.y = 2",
    ],
)
def test_what_is_imported_cannot_be_assigned(source: str) -> None:
    assert error(source, modules=modules(a="export const x = 1; export let y = 1"))["kind"] == "script"


def test_modules_run_once_in_the_order_of_their_imports_and_wait_for_each_other() -> None:
    said = play(
        "import './c.js'; import './b.js'; print('spell')",
        modules=modules(
            a="print('a'); await sleep(1); print('a ends')",
            b="import './a.js'; print('b')",
            c="import './a.js'; print('c')",
        ),
    )
    assert printed(said) == "a\na ends\nc\nb\nspell\n"


def test_a_module_that_is_only_imported_by_a_function_runs_when_that_is_called() -> None:
    source = "print('spell'); await import('./b.js'); await import('./b.js')"
    said = play(source, modules=modules(a="print('a')", b="import './a.js'; print('b')"))
    assert printed(said) == "spell\na\nb\n"


def test_a_cancelled_import_does_not_harm_the_module() -> None:
    source = """
    const task = spawn(() => import('./a.js'));
    await sleep(1);
    task.cancel();
    export default (await import('./a.js')).x;
    """
    with Guest(source, modules=modules(a="export const x = await echo(3)")) as guest:
        ids = {call.op: call.id for call in guest.first if isinstance(call, Call)}
        guest.reply(ids["sleep"])
        assert guest.reply(ids["echo"], 3)[-1] == Done(3)


def test_a_promise_that_a_module_exports_lives_on() -> None:
    source = "import { later } from './a.js'; await sleep(1); export default await later"
    assert result(source, modules=modules(a="export const later = echo(5)")) == 5


def test_an_import_that_nobody_awaits_is_an_error() -> None:
    assert message("import('./a.js')", modules=modules(a="await sleep(1)")) == "missing `await` before import(…)"


def test_a_call_made_in_a_module_says_the_file() -> None:
    said = play(
        "import { go } from './a.js';\nawait echo(2); await go()",
        modules=modules(a="await echo(1);\nexport const go = () =>\n  echo(3)"),
    )
    places = [(call.args, call.line, call.column, call.file) for call in said if isinstance(call, Call)]
    assert places == [([1], 1, 7, "lib/a.js"), ([2], 2, 7, ""), ([3], 3, 3, "lib/a.js")]


def test_an_undeclared_name_in_a_module_is_told_with_its_column() -> None:
    found = error("import './a.js'", modules=modules(a="export const x = 1; oops = 2"))
    assert found["message"] == "`oops` is not declared: write `let oops = …`"
    assert (found["where"]["file"], found["where"]["line"]) == ("lib/a.js", 1)


@pytest.mark.parametrize(
    ("source", "told", "hint", "column"),
    [
        ("import { double } from './a.js'", "lib/a.js has no export `double`", "did you mean `doubel`?", 10),
        ("import { x } from './a.js'", "lib/a.js has no export `x`", "it exports doubel", 10),
        ("import x from './a.js'", "lib/a.js has no default export", "import { doubel } from …", 8),
        ("export { x } from './b.js'", "lib/b.js has no export `x`", "it exports nothing", 10),
        ("import { a } from './data.json'", "data.json has no export `a`", DEFAULT, 10),
    ],
)  # fmt: skip
def test_a_name_that_a_module_does_not_export_is_refused(source: str, told: str, hint: str, column: int) -> None:
    said = play(source, modules=modules(a="export const doubel = 1", b=""))
    assert isinstance(said[0], Failed)
    found = said[0].error
    assert (found["kind"], found["message"], found["hint"]) == ("config", told, hint)
    assert (found["where"]["line"], found["where"]["column"]) == (1, column)


def test_a_name_that_two_modules_export_alike_is_exported_by_neither() -> None:
    both = modules(a="export const x = 1", b="export const x = 2", c="export * from './a.js'; export * from './b.js'")
    assert message("import { x } from './c.js'", modules=both) == "lib/c.js has no export `x`"
    same = modules(
        a="export const x = 1", b="export * from './a.js'", c="export * from './a.js'; export * from './b.js'"
    )
    assert result("import { x } from './c.js'; export default x", modules=same) == 1


@pytest.mark.parametrize(
    ("module", "line", "column"),
    [
        ("const x = 1;\nconst = 2", 2, 7),
        ("}{", 1, 2),
        ("} async a() {", 1, 3),
        ("import { a", 1, 1),
        ("let x; let x", 1, 12),
    ],
)
def test_a_syntax_error_in_a_module_stands_there_and_nothing_runs(module: str, line: int, column: int) -> None:
    said = play("print('runs'); import './a.js'", modules=modules(a=module))
    assert len(said) == 1
    assert isinstance(said[0], Failed)
    assert said[0].error["data"] == {"syntax": True}
    where = said[0].error["where"]
    assert (where["file"], where["line"], where["column"]) == ("lib/a.js", line, column)


def test_the_globals_of_a_module_are_those_of_the_spell_and_its_names_are_its_own() -> None:
    source = "import { x } from './a.js'; const own = 2; export default [x, own, typeof hidden]"
    assert result(source, modules=modules(a="const own = 1, hidden = 1; export const x = Run.id")) == [
        "7Q2M",
        2,
        "undefined",
    ]


def test_a_computed_import_is_relative_to_its_file() -> None:
    source = "const name = './' + 'b'; export default (await import(name + '.js')).default"
    assert result(source, modules=modules(a="", b="export default 'b'")) == "b"
    lost = error("await import('../' + 'x.js')", modules=modules(a=""))
    assert lost["message"] == 'import: this run has no module "../x.js"'
    assert error("await import('.' + '/spell.js')")["kind"] == "script"


def test_a_module_can_break_its_own_exports_only() -> None:
    broken = "this.names = { get x() { throw new Error('broken') } }; this.load = 1; export const x = 1"
    source = "import { y } from './b.js'; export default y"
    assert result(source, modules=modules(a=broken, b="export const y = 2")) == 2
    assert error("import { x } from './a.js'", modules=modules(a=broken))["message"] == "broken"
