"""Promises that are not awaited: told where that is certainly wrong, and nowhere else."""

import pytest

CLEAN = [
    "export default ask('x');",
    "const answers = await Promise.all(['a', 'b'].map((x) => ask(x)));\nprint(answers);",
    "const waiting = ask('x');\nconst reply = await waiting;\nprint(reply.text);",
    "await ask('x').then((reply) => print(reply.text));\nask('x').catch(() => {}).finally(() => {});",
    "const f = (x) => ask(x);\nconst g = async () => { return ask('x'); };\nprint(await f('x'), await g());",
    "await parallel([() => ask('a'), () => ask('b')]);\nawait attempt(() => ask('x'));",
    "const reply = true ? await ask('x') : await ask('y');\nprint(reply.text, (await ask('z')).text);",
    "void ask('x');\nLog.info('x');\nprint('x');\nconst t = spawn(() => ask('x'));\nawait t.wait();",
    "let pending = null;\npending ??= ask('x');\nif (pending) print(await pending);",
    "const cache = {};\ncache.reply = ask('x');\nconst list = [ask('a'), ask('b')];\nprint(await list[0], cache);",
    "for await (const r of [ask('a'), ask('b')]) print(r.text);",
    "const flow = Workflow.sequence({ steps: [(x) => x] });\nprint(await flow.run(1), flow.name);",
    "const p = ask('x');\nif (p) print(1);\nprint(await p);",
    "async function* all() { yield ask('a'); }\nfor await (const r of all()) print(r);",
    "async function main() {}\nawait main();\nmain().catch(print);\nvoid main();\nconst done = main();\nawait done;",
    "async function main() {}\nconst all = [main(), main()];\nawait Promise.all(all);\nspawn(() => main());",
    "async function* all() { yield 1; }\nall();\nlet f = async () => 1;\nf = print;\nf();",
    "async function main() {}\n{ const main = () => 1; main(); }\nawait main();\nexport default async () => main();",
]
WRONG = [
    "ask('x');",
    "if (true) ask('x');",
    "[1].forEach((x) => { ask(`${x}`); });",
    "true && ask('x');",
    "print(ask('x').text);",
    "print(ask('x')?.data);",
    "print(ask('x'));",
    "print(`answer: ${ask('x')}`);",
    "print('answer: ' + ask('x'));",
    "if (ask('x') === 'yes') print(1);",
    "if (ask('x')) print(1);",
    "while (!ask('x')) print(1);",
    "const { text } = ask('x');\nprint(text);",
    "const [a, b] = parallel([() => 1, () => 2]);\nprint(a, b);",
    "for (const x of map([1], (y) => y)) print(x);",
    "print(...map([1], (y) => y));",
    "await ask(ask('x'));",
    "Log.info(ask('x'));",
    "await map(map([1], (y) => y), (y) => y);",
    "print(Json.encode(ask('x')));",
    "const answer = ask('x') || 'none';\nprint(answer);",
    "const reply = ask('x');\nprint(reply.text);",
    "const reply = ask('x');\nprint(`${reply}`);",
    "sleep(1);",
    "Probe.echo(1);",
    "const flow = Workflow.sequence({ steps: [(x) => x] });\nflow.run(1);",
    "main();\nasync function main() { print(await ask('x')); }",
    "const main = async (x) => print(x);\nif (true) main(1);",
    "const main = async function () {};\nfunction go() { main(); }\ngo();",
]


@pytest.mark.parametrize("text", CLEAN)
def test_a_promise_that_somebody_takes_care_of_is_no_finding(look, text: str) -> None:
    assert look("javascript", text) == []


@pytest.mark.parametrize("text", WRONG)
def test_a_promise_that_is_misused_is_told(look, text: str) -> None:
    (found,) = look("javascript", text)
    assert " await: missing `await` before " in found


def test_a_function_that_is_not_async_is_named_in_the_cure(look) -> None:
    (found,) = look("javascript", "function f() { ask('x'); }\nf();")
    assert found.endswith("the value is there after `await`, in an `async` function")


def test_where_a_function_is_due_the_cure_is_a_function(look) -> None:
    (found,) = look("javascript", "await attempt(ask('x'));")
    cure = "give the function, not what it returns: `() => ask(…)`"
    assert found == f"1:15 await: attempt: `fn` must be a function, got a promise | {cure}"


def test_lua_has_nothing_to_await(look) -> None:
    assert look("lua", "ask('x')\nprint(ask('x').text)") == []


def test_a_function_that_may_run_on_the_side_is_told_how(look) -> None:
    (found,) = look("javascript", "async function main() {}\nmain();")
    assert found.endswith("; to let it run on the side, `spawn(() => main(…))`")
