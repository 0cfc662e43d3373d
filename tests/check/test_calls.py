"""Arguments of ops and verbs, judged as the gate judges them."""

import pytest

from llmspell.bridge.dispatch import bind
from llmspell.errors import ArgumentError

CLEAN = [
    ("lua", "local options = { model = 'echo' }\nask('x', options)"),
    ("lua", "local function given() return 'x', {} end\nask(given())\nask('x', given())"),
    ("lua", "local function f(...) return ask(...) end\nf('x')"),
    (
        "lua",
        "ask('x', { vars = { n = tostring(1), fn = 2 }, timeout = '30s', schema = { a = 'int', b = { 'string' } } })",
    ),
    ("lua", "Log:info('x', {})\nLog.info('x')\nsleep(1)\nsleep('1s')\nsleep(0.5)"),
    ("lua", "parallel { a = function() end, b = function() end }\nparallel({ print, print }, { limit = 2 })"),
    ("lua", "map({ 1, 2 }, function(x) return x end, { limit = 4, name = 'n', on_error = 'keep' })\nmap({}, print)"),
    ("lua", "Json.encode({ pretty = true }, { pretty = true })\nfail('x', { kind = 'args', hint = 'y' })"),
    ("lua", "local n = Probe.counter()\nn:next(2)\nn.next(2)\nprint(n:next())"),
    (
        "lua",
        "Probe.typed('x', 2, { items = {}, loud = true })\nProbe.typed('x')\nProbe.typed('x', nil, { loud = true })",
    ),
    ("javascript", "const options = { model: 'echo' };\nawait ask('x', options);\nawait ask('x', { ...options });"),
    ("javascript", "await ask(...['x']);\nawait ask('x', ...[{}]);\nawait ask(`a ${1}`, { [`model`]: 'echo' });"),
    (
        "javascript",
        "await map([1], async (x) => x, { limit: 2 });\nawait map([1], (x) => x);\nawait parallel({ a: () => 1 });",
    ),
    ("javascript", "const system = 'short';\nawait ask('x', { system, on_text(t) { print(t); }, max_tokens: 5 });"),
    ("javascript", "await ask('x', { max_tokens: 1e3, temperature: 1.0 });\nawait map([1], (x) => x, { limit: 2.0 });"),
    ("javascript", "await ask('x', undefined);\nawait sleep(1);\nprint();\nprint(1, 2, 3);\nspell();"),
]
WRONG = [
    ("ask('x', {{ modle{0} 'echo' }})", "ask has no option `modle` | did you mean `model`?", "modle"),
    ("ask()", "ask: `prompt` is missing | usage: ask(prompt, {", "ask()"),
    ("ask(1)", "ask: `prompt` must be a string, got an integer", "1)"),
    ("ask('x', {{}}, 3)", "ask takes at most 2 (prompt, options), got 3 arguments", "{}"),
    ("ask('x', {{ max_tokens{0} 'many' }})", "ask: `max_tokens` must be an integer, got a string", "max_tokens"),
    ("ask('x', {{ timeout{0} '3 parsecs' }})", 'ask: `timeout`: "3 parsecs" is not a duration', "timeout"),
    (
        "ask('x', {{ schema{0} {{ a{0} 'integer' }} }})",
        'schema.a: "integer" is not a type word | did you mean',
        "schema",
    ),
    ("Log.info('x', {{}}, 3)", "Log.info takes at most 2 (message, fields), got 3 arguments", "3)"),
    ("map([], print, {{ on_error{0} 'stp' }})", "map: `on_error` must be one of 'stop', 'keep', got 'stp'", "on_error"),
    ("Probe.typed('x', 'y')", "Probe.typed: `count` must be an integer, got a string", "'y'"),
    ("Probe.typed('x', 1, {{ luod{0} true }})", "Probe.typed has no option `luod` | did you mean `loud`?", "luod"),
]


@pytest.mark.parametrize(("language", "text"), CLEAN)
def test_a_call_that_can_be_right_is_no_finding(look, language: str, text: str) -> None:
    assert look(language, text) == []


@pytest.mark.parametrize("language", ["lua", "javascript"])
@pytest.mark.parametrize(("text", "message", "at"), WRONG)
def test_a_call_that_the_gate_would_refuse_is_told_in_its_words(
    look, language: str, text: str, message: str, at: str
) -> None:
    text = text.format(" =" if language == "lua" else ":")
    text = text.replace("[]", "{}") if language == "lua" else f"await {text}" if "Log" not in text else text
    (found,) = look(language, text)
    assert found.startswith(f"1:{text.index(at) + 1} arguments: {message}")


def test_all_that_is_wrong_with_a_call_is_told_at_once(look) -> None:
    found = look("lua", "ask(1, { modle = 'x', max_tokens = 'many', temperature = 'hot' })")
    assert len(found) == 4


def test_the_words_are_those_of_the_gate(found_in, worlds) -> None:
    with pytest.raises(ArgumentError) as refusal:
        bind(worlds["lua"].ops["ask"], ["x", {"temperature": "hot"}])
    (found,) = found_in("lua", "ask('x', { temperature = 'hot' })")
    assert (found.message, found.hint, found.kind) == (refusal.value.message, refusal.value.hint, "args")


def test_a_wrong_function_among_others_is_named(look) -> None:
    (lua,) = look("lua", 'parallel { ["b"] = 1 }')
    assert "parallel: `fns.b` must be a function" in lua
    (script,) = look("javascript", "await parallel({ a: 1 });")
    assert script.startswith("1:18 arguments: parallel: `fns.a` must be a function")


def test_a_verb_takes_a_float_that_is_an_integer(look) -> None:
    assert look("lua", "map({ 1 }, print, { limit = 1e2 })") == []
    (found,) = look("lua", "map({ 1 }, print, { limit = 1.5 })")
    assert "map: `limit` must be an integer" in found
