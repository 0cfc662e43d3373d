"""The modules that a source names are found without running it."""

import time

import pytest

from llmspell.imports import uses
from llmspell.literals import Source


def named(text: str, language: str) -> list[str]:
    return [each.specifier for each in uses(Source(text, language, "x"))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('local a = require("lib.a")', ["lib.a"]),
        ("require 'lib.a'", ["lib.a"]),
        ("require [[lib.a]]", ["lib.a"]),
        ("require --[[ why ]] ( --[==[ not ]==] 'lib.a' )", ["lib.a"]),
        ("return 'x'..require('a').b .. require 'b' .. 'c'", ["a", "b"]),
        ("require('a' .. 'b')", []),
        ("require(name) require(name or 'x') require { 'x' }", []),
        ("x.require('a') x:require('a') unrequired('a') require_('a')", []),
        ("-- require('a')\n--[[ require('a') ]] local s = \"require('a')\" .. [[require 'a']]", []),
        ("require('a\\98c')", ["abc"]),
        ("require('a", []),
    ],
)
def test_lua(text: str, found: list[str]) -> None:
    assert named(text, "lua") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import a from './a'; import './b'; import * as c from \"./c\"", ["./a", "./b", "./c"]),
        ("import d, { a as b, 'x y' as z } from './a' with { type: 'json' }", ["./a"]),
        ("import/* a */{\n// b\na } from './a'", ["./a"]),
        ("import from from './a'; import { from } from './b'", ["./a", "./b"]),
        ("export * from './a'; export * as n from './b'; export { a, b as default } from './c'", ["./a", "./b", "./c"]),
        ("export { a }; export const from = './b'; export default './c'; export function f() {}", []),
        ("await import('./a'); import(`./b`); f(...import('./c'), { with: 1 })", ["./a", "./b", "./c"]),
        ("import('./a', { with: { type: 'json' } })", ["./a"]),
        ("import(name); import('./a' + x); import(`./${x}`)", []),
        ("const s = `${await import('./a')} ${`${import('./b')}`}`; import('./c')", ["./a", "./b", "./c"]),
        ("x.import('./a'); ({ import: './b', export: './c' }); import.meta.url", []),
        ("// import './a'\n/* import './a' */ const s = \"import './a'\", r = /import '.\\/a'/", []),
        ("import { a from './b", []),
        ("import './\\u0061'", ["./a"]),
        ("import a, import './b'", ["./b"]),
    ],
)
def test_javascript(text: str, found: list[str]) -> None:
    assert named(text, "javascript") == found


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("javascript", f"import {text}") for text in ("a ", "{", "'", "`${", "/**/ ", "(", "/")),
        ("javascript", "export * "),
        *(("lua", f"require {text}") for text in ("(", "--[[", "[==[", "'\\", "\n")),
    ],
)
def test_a_hostile_source_takes_no_more_time_than_its_length(language: str, text: str) -> None:
    def seconds(size: int) -> float:
        began = time.process_time()
        named(text * (size // len(text)), language)
        return time.process_time() - began

    assert seconds(200_000) < 20 * seconds(20_000) + 0.5
