"""Which language a spell is in."""

import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.errors import ArgumentError, ConfigError
from llmspell.language import language_of


@pytest.mark.parametrize(
    ("name", "language"),
    [("a.lua", "lua"), ("a.js", "javascript"), ("a.mjs", "javascript"), ("A.LUA", "lua"), ("x/y.z.js", "javascript")],
)
def test_the_suffix_tells_without_a_look_at_the_file(name: str, language: str) -> None:
    assert language_of(name) == language
    assert language_of(Path(name)) == language


@pytest.mark.parametrize(
    ("engine", "language"), [("lua", "lua"), ("javascript", "javascript"), ("js", "javascript"), ("JS", "javascript")]
)
def test_the_engine_that_a_person_chose_wins(engine: str, language: str) -> None:
    assert language_of("a.lua", engine) == language
    assert language_of("nowhere", engine) == language


@pytest.mark.parametrize("engine", ["python", "", "node", "x" * 1000])
def test_an_unknown_engine_is_told_with_those_that_are(engine: str) -> None:
    with pytest.raises(ArgumentError, match="there is no engine") as caught:
        language_of("a.lua", engine)
    assert caught.value.hint == "write lua or javascript"


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("#!/usr/bin/env lua", "lua"),
        ("#!/usr/bin/lua5.4", "lua"),
        ("#! /usr/bin/env -S lua -W", "lua"),
        ("#!/usr/local/bin/luajit-2.1", "lua"),
        ("#!/usr/bin/env node", "javascript"),
        ("#!/usr/bin/nodejs --harmony", "javascript"),
        ("#!/usr/bin/env -S deno run -A", "javascript"),
        ("#!/usr/bin/env -S A=1 node", "javascript"),
        ("#!/usr/bin/env -S llmspell run --engine=lua", "lua"),
        ("#!/usr/bin/env -S llmspell run --engine js", "javascript"),
        ("\ufeff#!/usr/bin/env lua\r", "lua"),
    ],
)
def test_the_shebang_tells_where_the_suffix_does_not(tmp_path: Path, line: str, language: str) -> None:
    path = tmp_path / "spell"
    path.write_text(f"{line}\nreturn 1\n", encoding="utf-8")
    assert language_of(path) == language
    path.rename(tmp_path / "spell.txt")
    assert language_of(tmp_path / "spell.txt") == language


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"return 1",
        b"#!/bin/sh",
        b"#!",
        b"#!/usr/bin/env -S llmspell run",
        b"#!/usr/bin/env",
        b"\n#!/usr/bin/env lua",
        b"#!\xff\xfe lua\xff",
        b"#!" + b"x" * 10**6,
    ],
)
def test_where_nothing_tells_the_error_lists_the_ways(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "spell"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        language_of(path)
    assert caught.value.message == f"cannot tell the language of {path}"
    assert caught.value.hint == (
        "one of these tells: --engine lua or javascript, a name that ends with .lua, .js or .mjs, "
        "or a first line #!/usr/bin/env lua"
    )


def test_a_missing_file_without_a_suffix_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="there is no file"):
        language_of(tmp_path / "nothing")


def test_the_question_is_cheap_because_the_worker_waits_for_it() -> None:
    code = "import sys, llmspell.language; print(*sys.modules)"
    bare = subprocess.run([sys.executable, "-c", code], env={}, capture_output=True, text=True, check=True)
    loaded = set(bare.stdout.split())
    assert loaded.isdisjoint(
        {"asyncio", "click", "pydantic", "msgspec", "lupa", "tomllib", "pathlib", "llmspell.manifest"}
    )
