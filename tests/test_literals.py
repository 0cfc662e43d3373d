"""Literals of Lua and JavaScript, found and read without running anything."""

import contextlib
import json
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua54
from py_mini_racer import MiniRacer

from llmspell.engines import open_engine
from llmspell.errors import ConfigError, Place, SpellError
from llmspell.literals import NODES, Source, manifests


def found(text: str, language: str) -> list[Any]:
    return [node.plain() for node in manifests(Source(text, language, f"x.{language}"))]


def lua(text: str) -> list[Any]:
    return found(text, "lua")


def js(text: str) -> list[Any]:
    return found(text, "javascript")


def error(text: str, language: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        found(text, language)
    return caught.value


# -- where a manifest stands ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "spell{a = 1}",
        "spell {a = 1}",
        "spell({a = 1})",
        "spell ( {a = 1} )",
        "spell\n{a = 1}",
        "spell --[[x]] {a = 1}",
        "local args = spell {a = 1}",
        "local args=spell{a = 1}",
        "local args <const> = spell {a = 1}",
        "args = spell {a = 1}",
        "return spell {a = 1}",
        "print('spell{}') -- spell{}\nspell{a = 1}",
    ],
)
def test_a_lua_statement_at_column_0_is_a_manifest(statement: str) -> None:
    assert lua(f"{statement}\nprint('done')") == [{"a": 1}]


@pytest.mark.parametrize(
    "statement",
    [
        "spell({a: 1})",
        "spell({a: 1});",
        "spell ({a: 1})",
        "spell(\n{a: 1,},)",
        "spell/* x */({a: 1})",
        "const args = spell({a: 1})",
        "let args = spell({a: 1});",
        "var args=spell({a: 1})",
        "args = spell({a: 1})",
        "export const args = spell({a: 1});",
        "export default spell({a: 1})",
        "const { a, b: c } = spell({a: 1})",
        "const {\n  a,\n  b\n} = spell({a: 1})",
        "const args = await spell({a: 1})",
    ],
)
def test_a_javascript_statement_at_column_0_is_a_manifest(statement: str) -> None:
    assert js(f"{statement}\nprint('done')") == [{"a": 1}]


@pytest.mark.parametrize(
    "text",
    [
        "  spell{a = 1}",
        "\tlocal x = spell{}",
        "spellbook{a = 1}",
        "my_spell{a = 1}",
        "x.spell{a = 1}",
        "-- spell{a = 1}",
        "--[[\nspell{a = 1}\n]]",
        "--[==[\nspell{a = 1}\n]]\nspell{}\n]==]",
        "x = [[\nspell{a = 1}\n]]",
        "x = [=[\nspell{}\n]]\nspell{}\n]=]",
        'x = "\\\nspell{}\\\nspell{}"',
        "x = 'it is\\z\nspell{}'",
        "spell = 1",
        "spell.x = 2",
        "local spell = {}",
        "function spell(x) end",
        "",
        "spell",
        "print(spell {})",
        "--[[\nspell{}",
        "x = [[\nspell{}",
    ],
)
def test_lua_that_only_looks_like_a_manifest_is_none(text: str) -> None:
    assert lua(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "  spell({a: 1})",
        "spellbook({})",
        "spell_({})",
        "$spell({})",
        "x.spell({})",
        "// spell({})",
        "/*\nspell({})\n*/",
        "x = `\nspell({})\n`",
        "x = `a${ `b\nspell({})` }\nspell({})\n`",
        "x = `${ {a: '}'} }\nspell({})`",
        "x = 'a\\\nspell({})'",
        "x = `${ /[`}]/ }\nspell({})`",
        "x = /`/; y = `\nspell({})\n`",
        "x = a / b; y = `\nspell({})\n` / 2",
        "return /`/.test(`\nspell({})\n`)",
        "spell = 1",
        "spell\n{}",
        "function spell() {}",
        "class spell {}",
        "/*\nspell({})",
        "x = `\nspell({})",
        "x = (1) / 2; y = `\nspell({})\n`",
        "x = y // `\nz = `\nspell({})\n`",
    ],
)
def test_javascript_that_only_looks_like_a_manifest_is_none(text: str) -> None:
    assert js(text) == []


@pytest.mark.parametrize(
    "before",
    [
        'x = /"/;',
        "x = /[/`]/g;",
        "x = `${`${1}`}`;",
        "x = a / b / c; // '",
        "x = 'it\\'s';",
        "/* ` */",
        "x = y ? /'/ : `}`;",
        "f(/`/, `x`)",
        "x = (1) => /`",
        "x = a /* ' */ / b / c; y = `'`",
    ],
)
def test_a_manifest_is_found_behind_hard_javascript(before: str) -> None:
    assert js(f"{before}\nspell({{a: 1}})") == [{"a": 1}]


def test_every_manifest_is_found() -> None:
    assert lua("spell{a = 1}\nspell{b = 2}") == [{"a": 1}, {"b": 2}]
    assert js("spell({a: 1})\nconst x = spell({b: 2})") == [{"a": 1}, {"b": 2}]


def test_no_argument_is_an_empty_manifest() -> None:
    assert lua("spell()") == [{}]
    assert js("spell()") == [{}]


# -- values -----------------------------------------------------------------------------------------------------------

LUA_VALUES = [
    ("1", 1),
    ("-1", -1),
    ("- 1", -1),
    ("0x1F", 31),
    ("0X1f", 31),
    ("1.5", 1.5),
    (".5", 0.5),
    ("5.", 5.0),
    ("1e3", 1000.0),
    ("1E-3", 0.001),
    ("0x1p4", 16.0),
    ("0x.8", 0.5),
    ("9223372036854775807", 2**63 - 1),
    ("true", True),
    ("false", False),
    ("{}", {}),
    ("{1, 2; 3}", [1, 2, 3]),
    ("{1, 2,}", [1, 2]),
    ("{x = 1; y = 2;}", {"x": 1, "y": 2}),
    ('{["a b"] = 1}', {"a b": 1}),
    ("{[ [[k]] ] = 1}", {"k": 1}),
    ("{x = nil}", {}),
    ("{{}, {1}}", [{}, [1]]),
    ("'a'", "a"),
    ('"a\'b"', "a'b"),
    (r"'\n\t\\\'\"\a\b\f\r\v'", "\n\t\\'\"\a\b\f\r\v"),
    (r"'\65\066\0'", "AB\0"),
    (r"'\x41\u{e9}\u{1F600}'", "Aé😀"),
    (r"'\xc3\xa9'", "é"),
    ("'a\\z  \n  b'", "ab"),
    ("'a\\\nb'", "a\nb"),
    ("[[a\nb]]", "a\nb"),
    ("[[\na]]", "a"),
    ("[==[a]]b]==]", "a]]b"),
    (r"[[\n]]", r"\n"),
    ("-- c\n1 --[[d]]", 1),
    ("'日本'", "日本"),
]

JS_VALUES = [
    ("1", 1),
    ("-1", -1),
    ("0x1F", 31),
    ("0b101", 5),
    ("0o17", 15),
    ("1_000_000", 1_000_000),
    ("0xff_ff", 65535),
    ("1.5", 1.5),
    (".5", 0.5),
    ("5.", 5.0),
    ("1e3", 1000.0),
    ("2.0", 2.0),
    ("0", 0),
    ("9007199254740991", 2**53 - 1),
    ("true", True),
    ("null", None),
    ("[]", []),
    ("{}", {}),
    ("[1, 2,]", [1, 2]),
    ("[[], {}]", [[], {}]),
    ("{x: 1, 'y z': 2, \"w\": 3,}", {"x": 1, "y z": 2, "w": 3}),
    ('{["k"]: 1}', {"k": 1}),
    ("{if: 1, $a: 2, é: 3}", {"if": 1, "$a": 2, "é": 3}),
    ("'a'", "a"),
    ('"a\'b"', "a'b"),
    ("`a\nb`", "a\nb"),
    (r"`\`$ {`", "`$ {"),
    (r"`\${x}`", "${x}"),
    (r"'\n\t\\\'\b\f\r\v\q\/'", "\n\t\\'\b\f\r\vq/"),
    (r"'\x41\u00e9\u{1F600}\0'", "Aé😀\0"),
    (r"'\ud83d\ude00'", "😀"),
    ("'a\\\nb'", "ab"),
    ("/* c */ 1 // d", 1),
    ("'日本'", "日本"),
]


@pytest.mark.parametrize(("literal", "value"), LUA_VALUES)
def test_a_lua_literal_has_its_value(literal: str, value: object) -> None:
    (table,) = lua(f"spell{{v = {literal}\n}}")
    assert table == {"v": value}
    assert type(table["v"]) is type(value)


@pytest.mark.parametrize(("literal", "value"), JS_VALUES)
def test_a_javascript_literal_has_its_value(literal: str, value: object) -> None:
    (table,) = js(f"spell({{v: {literal}\n}})")
    assert table == {"v": value}
    assert type(table["v"]) is type(value)


TEXTS = st.text(st.characters(codec="utf-8"))


@given(TEXTS)
def test_any_text_that_json_quotes_reads_the_same_in_javascript(text: str) -> None:
    assert js(f"spell({{v: {json.dumps(text)}}})") == [{"v": text}]
    assert js(f"spell({{v: {json.dumps(text, ensure_ascii=False)}}})") == [{"v": text}]


@given(TEXTS.filter(lambda text: "]==]" not in text and not text.startswith("\n") and not text.endswith("]")))
def test_any_text_in_long_brackets_reads_the_same_in_lua(text: str) -> None:
    assert lua(f"spell{{v = [==[{text}]==]}}") == [{"v": text}]


@given(st.integers(0, 2**63 - 1), st.floats(0, allow_infinity=False))
def test_any_number_reads_the_same_in_lua(whole: int, real: float) -> None:
    assert lua(f"spell{{{whole}, -{whole}, {real!r}, {real.hex()}}}") == [[whole, -whole, real, real]]


@given(st.integers(0, 2**53 - 1), st.floats(0, allow_infinity=False))
def test_any_number_reads_the_same_in_javascript(whole: int, real: float) -> None:
    (values,) = js(f"spell([{whole}, -{whole}, {real!r}, {hex(whole)}])")
    assert values[:2] + values[3:] == [whole, -whole, whole]
    assert math.isclose(values[2], real)


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "message", "line", "column"),
    [
        (
            'local args = spell { about = "x", budget = { usd = LIMIT } }',
            "lua",
            "manifest values must be literals, found `LIMIT`",
            1,
            52,
        ),
        (
            "spell {\n  about = os.getenv('HOME'),\n}",
            "lua",
            "manifest values must be literals, found `os.getenv`",
            2,
            11,
        ),
        ("spell {about = 'a' .. x}", "lua", "manifest values must be literals, found `..`", 1, 20),
        ("spell {n = 1 + 2}", "lua", "manifest values must be literals, found `+`", 1, 14),
        ("spell {n = -x}", "lua", "manifest values must be literals, found `-`", 1, 12),
        ("spell {n = #t}", "lua", "manifest values must be literals, found `#`", 1, 12),
        ("spell {n = a and b}", "lua", "manifest values must be literals, found `a`", 1, 12),
        ("spell {n = 1 or b}", "lua", "manifest values must be literals, found `or`", 1, 14),
        ("spell {['k'] 1}", "lua", "manifest values must be literals, found `1`", 1, 14),
        ("spell {x = [1]}", "lua", "manifest values must be literals, found `[`", 1, 12),
        (f"spell {{x = {'1' * 100}}}", "lua", f"`{'1' * 39}…` is not a number that a manifest can hold", 1, 12),
        (f"spell({{x: {'1' * 100}}})", "javascript", f"`{'1' * 39}…` is not a number that a manifest can hold", 1, 11),
        ("spell {[k] = 1}", "lua", "manifest values must be literals, found `k`", 1, 9),
        ("spell {x}", "lua", "manifest values must be literals, found `x`", 1, 8),
        ("spell(opts)", "lua", "manifest values must be literals, found `opts`", 1, 7),
        ("spell {f = function() end}", "lua", "manifest values must be literals, found `function`", 1, 12),
        ("spell {a = 1 b = 2}", "lua", "a comma is missing before `b`", 1, 14),
        ("spell {a = 'x' 'y'}", "lua", "a comma is missing before `'y'`", 1, 16),
        ("spell {a = {1}", "lua", "the manifest is not closed: this `{` lacks its `}`", 1, 7),
        ("spell {a = ", "lua", "manifest values must be literals, found `the end of the file`", 1, 12),
        ("spell {a = 'x\n'}", "lua", "this string is not closed", 1, 12),
        ("spell {a = [[x", "lua", "this string is not closed", 1, 12),
        (r"spell {a = '\q'}", "lua", "this string has an escape that is not valid", 1, 12),
        (r"spell {a = '\300'}", "lua", "this string has an escape that is not valid", 1, 12),
        (r"spell {a = '\xff'}", "lua", "this string has an escape that is not valid", 1, 12),
        (r"spell {a = '\u{d800}'}", "lua", "this string has an escape that is not valid", 1, 12),
        ("spell {a = 1..2}", "lua", "`1..2` is not a number that a manifest can hold", 1, 12),
        (
            "spell {a = 9223372036854775808}",
            "lua",
            "`9223372036854775808` is not a number that a manifest can hold",
            1,
            12,
        ),
        ("spell {a = 1e999}", "lua", "`1e999` is not a number that a manifest can hold", 1, 12),
        ("spell {1, a = 2}", "lua", "this table mixes named and positional entries", 1, 7),
        ("spell {a = 1,\n a = 2}", "lua", "`a` is given twice", 2, 2),
        ("spell {[1] = 2}", "lua", "the keys of a manifest are names or strings", 1, 9),
        ("spell(1, 2)", "lua", "manifest values must be literals, found `,`", 1, 8),
        ("spell({ about: NAME })", "javascript", "manifest values must be literals, found `NAME`", 1, 16),
        ("spell({\n\tusd: config.usd })", "javascript", "manifest values must be literals, found `config.usd`", 2, 7),
        ("spell({ a: `x${y}` })", "javascript", "manifest values must be literals, found `${`", 1, 14),
        ("spell({ words })", "javascript", "manifest values must be literals, found `words`", 1, 9),
        ("spell({ run() {} })", "javascript", "manifest values must be literals, found `run`", 1, 9),
        ("spell({ ...rest })", "javascript", "manifest values must be literals, found `...`", 1, 9),
        ("spell({ [k]: 1 })", "javascript", "manifest values must be literals, found `k`", 1, 10),
        ("spell({ a: [1, , 2] })", "javascript", "manifest values must be literals, found `,`", 1, 16),
        ("spell({ a: x ?? 1 })", "javascript", "manifest values must be literals, found `x`", 1, 12),
        ("spell({ a: 1 in x })", "javascript", "manifest values must be literals, found `in`", 1, 14),
        ("spell({ a: 1 ?? 2 })", "javascript", "manifest values must be literals, found `??`", 1, 14),
        ("spell({ a: undefined })", "javascript", "manifest values must be literals, found `undefined`", 1, 12),
        ("spell({ a: /x/ })", "javascript", "manifest values must be literals, found `/`", 1, 12),
        ("spell({ a: 5n })", "javascript", "`5n` is not a number that a manifest can hold", 1, 12),
        ("spell({ a: 017 })", "javascript", "`017` is not a number that a manifest can hold", 1, 12),
        (
            "spell({ a: 9007199254740992 })",
            "javascript",
            "`9007199254740992` is not a number that a manifest can hold",
            1,
            12,
        ),
        ("spell({ a: 1__0 })", "javascript", "`1__0` is not a number that a manifest can hold", 1, 12),
        ("spell({ 1: 2 })", "javascript", "manifest values must be literals, found `1`", 1, 9),
        ("spell({ a: 1 b: 2 })", "javascript", "a comma is missing before `b`", 1, 14),
        (r"spell({ a: '\ud800' })", "javascript", "this string has an escape that is not valid", 1, 12),
        (r"spell({ a: '\u12' })", "javascript", "this string has an escape that is not valid", 1, 12),
        (r"spell({ a: '\1' })", "javascript", "this string has an escape that is not valid", 1, 12),
        ("spell({ a: 1 }", "javascript", "the manifest is not closed: this `(` lacks its `)`", 1, 6),
        ("spell({ a: `x", "javascript", "this string is not closed", 1, 12),
        ("spell {a: 1}", "javascript", "a manifest in JavaScript is `spell({ … })`", 1, 7),
        ("const args = spell(options)", "javascript", "manifest values must be literals, found `options`", 1, 20),
    ],
)
def test_what_is_no_literal_is_refused_at_its_place(
    text: str, language: str, message: str, line: int, column: int
) -> None:
    caught = error(text, language)
    assert caught.message == message
    assert caught.where is not None
    assert (caught.where.file, caught.where.line, caught.where.column) == (f"x.{language}", line, column)


def test_a_computed_value_has_a_cure() -> None:
    assert error("spell{a = b}", "lua").hint == "write the value itself: a manifest is read without running the script"


@pytest.mark.parametrize(("language", "opening"), [("lua", "{"), ("javascript", "[")])
def test_tables_are_at_most_64_deep(language: str, opening: str) -> None:
    closing = {"{": "}", "[": "]"}[opening]
    for depth in (64, 65):
        text = f"spell({opening * depth}{closing * depth})"
        if depth == 64:
            assert len(found(text, language)) == 1
        else:
            assert error(text, language).message == "the manifest is nested more than 64 deep"


@pytest.mark.parametrize(
    ("language", "before", "after"), [("lua", "spell{params = {", "}}"), ("javascript", "spell({params: [", "]})")]
)
def test_a_manifest_has_at_most_10000_values(language: str, before: str, after: str) -> None:
    assert found(f"{before}{'1,' * (NODES - 2)}{after}", language)
    problem = error(f"{before}\n{'1,' * 500_000}{after}", language)
    assert problem.message == "a manifest may have at most 10,000 values"
    assert problem.where == Place(f"x.{language}", 2, 2 * (NODES - 2) + 1)


@pytest.mark.parametrize("literal", ["0x1p99999", "0xffp1023", "1e999"])
def test_a_number_too_large_for_lua_is_refused_like_any_other(literal: str) -> None:
    problem = error(f"spell{{a = {literal}}}", "lua")
    assert problem.message == f"`{literal}` is not a number that a manifest can hold"
    assert problem.where == Place("x.lua", 1, 11)


@pytest.mark.parametrize(("language", "text"), [("lua", "spell{{a = '{}'}}"), ("javascript", "spell({{a: '{}'}})")])
def test_a_code_point_beyond_all_text_is_an_escape_like_any_other(language: str, text: str) -> None:
    assert found(text.format(r"\u{00000041}"), language) == [{"a": "A"}]
    for code in (r"\u{110000}", r"\u{ffffffff}", r"\u{7fffffff}"):
        assert error(text.format(code), language).message == "this string has an escape that is not valid"


# -- hostile sources --------------------------------------------------------------------------------------------------

PIECES = [
    "spell",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "[[",
    "]]",
    "[=[",
    "]=]",
    "--",
    "--[[",
    "//",
    "/*",
    "*/",
    "/",
    "`",
    "${",
    '"',
    "'",
    "\\",
    "\n",
    " ",
    "\t",
    "a",
    "=",
    ":",
    ",",
    ";",
    "-",
    ".",
    "..",
    "1",
    "0x",
    "1e",
    "_",
    "local ",
    "const ",
    "export ",
    "return ",
    "await ",
    "spell{",
    "spell({",
    "a=",
    "a:",
    "\nspell{",
    "\nspell({",
    "\nlocal a = spell {",
    "\nconst a = spell({",
    "true",
    "nil",
    "null",
    "\x00",
    "\ud800",
    "\u2028",
    "é",
    "\r",
    "\\z",
    "\\u{",
]


@given(st.sampled_from(["lua", "javascript"]), st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40))
@settings(max_examples=500)
def test_any_source_is_read_or_refused_with_a_place(language: str, pieces: list[str]) -> None:
    caught: SpellError | None = None
    try:
        found("".join(pieces), language)
    except SpellError as error:
        caught = error
    if caught is not None:
        assert caught.kind == "config"
        assert caught.where is not None
        assert caught.where.line >= 1
        assert caught.where.column >= 1


@given(
    st.sampled_from(["lua", "javascript"]),
    st.lists(st.sampled_from(PIECES), max_size=3),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_a_source_that_repeats_itself_takes_linear_time(language: str, prefix: list[str], pieces: list[str]) -> None:
    unit = "".join(pieces)
    text = "".join(prefix) + unit * (64 * 1024 // len(unit)) + "spell"
    began = time.process_time()
    with contextlib.suppress(SpellError):
        found(text, language)
    assert time.process_time() - began < 1, "a quadratic walk over 64 KiB takes a minute"


@pytest.mark.parametrize("language", ["lua", "javascript"])
@pytest.mark.parametrize(
    "unit",
    [
        "spell{",
        "spell({",
        "spell{spell{",
        '"',
        "'\\\n",
        "`",
        "`${",
        "[[",
        "[=",
        "--[[",
        "/*",
        "/[ ",
        "{\n",
        "const {\n",
        "spell\n",
        "a\n\n",
        "x=`${`",
    ],
)
def test_a_long_hostile_source_is_refused_or_passed_soon(language: str, unit: str) -> None:
    text = "spell\n" + unit * (2**18 // len(unit))
    began = time.process_time()
    with contextlib.suppress(SpellError):
        found(text, language)
    assert time.process_time() - began < 2


# -- the engines themselves -------------------------------------------------------------------------------------------

LUA_VALUE = """
local code, problem = load("return " .. ...)
local ok, value = pcall(code or error)
if code == nil or not ok then return nil end
return type(value) == "string" and value or math.type(value) == "integer" and string.format("%d", value) or value
"""
JS_VALUE = """
(text) => { try { const [value, ...more] = (0, eval)('"use strict"; ([' + text + '\\n])');
  return more.length ? null : JSON.stringify(value) ?? null } catch { return null } }
"""
STRINGS = st.tuples(
    st.sampled_from(["''", '""', "``", "[[]]"]),
    st.lists(
        st.sampled_from([*"\\nztuxva'\"é \n0169", "x41", "u{41}", "u00e9", "]]", "`", "${", "\\\n", "\\0"]), max_size=6
    ),
).map(lambda parts: parts[0][: len(parts[0]) // 2] + "".join(parts[1]) + parts[0][len(parts[0]) // 2 :])
NUMBERS = st.from_regex(r"[019.][0-9xXaFeEpPbo_.]{0,5}", fullmatch=True)


def read_value(text: str, language: str) -> Any:
    """Return what our reader makes of the only item of a list, None if it refuses it."""
    source = f"spell{{{text}\n}}" if language == "lua" else f"spell([{text}\n])"
    try:
        ((value,),) = found(source, language)
    except (SpellError, ValueError):
        return None
    return value


@pytest.fixture(scope="module")
def real_lua() -> Any:
    runtime = lua54.LuaRuntime(encoding=None, register_eval=False, register_builtins=False)
    return runtime.eval(f"function(...) {LUA_VALUE} end".encode())


@pytest.fixture(scope="module")
def real_javascript() -> Iterator[Any]:
    with open_engine("javascript"), MiniRacer() as engine:  # ours first: it decides how V8 starts in this process
        yield lambda text: engine.eval(f"({JS_VALUE})({json.dumps(text)})")


@given(STRINGS | NUMBERS)
@settings(max_examples=400)
def test_what_is_read_is_what_lua_itself_makes_of_it(real_lua: Any, text: str) -> None:
    ours, real = read_value(text, "lua"), real_lua(text.encode())
    if isinstance(ours, str):
        assert real == ours.encode()
    elif isinstance(ours, int):
        assert real == str(ours).encode()
    elif ours is not None:
        assert real == ours


@given(STRINGS | NUMBERS)
@settings(max_examples=400, deadline=None)
def test_what_is_read_is_what_javascript_itself_makes_of_it(real_javascript: Any, text: str) -> None:
    ours = read_value(text, "javascript")
    if ours is not None:
        assert json.loads(real_javascript(text)) == ours
