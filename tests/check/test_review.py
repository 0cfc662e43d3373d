"""Spells on disk with all that they load, looked into by real workers."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from looking import line_of

from llmspell import Host, Spell, SpellError
from llmspell.check.desk import Compiler
from llmspell.check.review import review, spells
from llmspell.errors import ArgumentError
from llmspell.host.clerk import Clerk
from llmspell.project import Project

SYNTAX = {
    "lua": ["local x = = 1", "print('a", "for i = 1 do end", "goto nowhere", "local c <const> = 1; c = 2", "if x then"],
    "javascript": [
        "const x = = 1;",
        "print('a",
        "let let = 1;",
        "await (;",
        "const c = 1; const c = 2;",
        "if (x {",
        "}{",
    ],
}
SUFFIX = {"lua": "lua", "javascript": "js"}


def look_at(*names: str, profile: str = "medium") -> list[SpellError]:
    async def reviewed() -> list[SpellError]:
        async with Host(profile=profile) as host:
            return await review(names, host)

    return asyncio.run(reviewed())


def lines(*names: str) -> list[str]:
    return [line_of(error) for error in look_at(*names)]


def ran(path: Path) -> SpellError:
    async def execute() -> SpellError:
        async with Host(profile="medium") as host:
            with pytest.raises(SpellError) as failure:
                await host.run(Spell.from_path(path.name))
            return failure.value

    return asyncio.run(execute())


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / "lib").mkdir()
    return tmp_path


@pytest.mark.parametrize("language", SYNTAX)
def test_errors_of_syntax_are_those_of_a_run(project: Path, language: str) -> None:
    paths = [project / f"broken{n}.{SUFFIX[language]}" for n in range(len(SYNTAX[language]))]
    for path, text in zip(paths, SYNTAX[language], strict=True):
        path.write_text(f"\n  {text}\n")
    found = look_at(*(path.name for path in paths))
    assert [error.where and error.where.file for error in found] == [path.name for path in paths]
    for error, path in zip(found, paths, strict=True):
        failure = ran(path)
        assert (error.message, error.hint, error.where) == (failure.message, failure.hint, failure.where)
        assert error.data["rule"] == "syntax"


@pytest.mark.parametrize("language", SYNTAX)
def test_nothing_of_a_spell_is_run(project: Path, language: str) -> None:
    (project / f"a.{SUFFIX[language]}").write_text(
        "Fs.write('seen', 'x')\nwhile (true) do end\n" if language == "lua" else "while (true) {}"
    )
    assert all(error.data["rule"] == "permission" for error in look_at(f"a.{SUFFIX[language]}"))
    assert not (project / "seen").exists()


def test_a_spell_written_in_the_other_language_is_told_so(project: Path) -> None:
    (project / "a.lua").write_text("const x = 1;\n")
    (found,) = look_at("a.lua")
    assert found.hint == "this looks like JavaScript: let its name end with .js"


def test_a_wrong_manifest_does_not_hide_the_rest(project: Path) -> None:
    (project / "a.lua").write_text("spell { params = { model = 'string' } }\nLog.inf('x')\n")
    manifest, member = lines("a.lua")
    assert manifest.startswith("1:20 manifest: a parameter cannot be called `model`")
    assert member.startswith("2:1 undefined: `Log.inf`")


def test_a_declaration_that_does_not_count_is_told(project: Path) -> None:
    (project / "a.lua").write_text("do\n  spell { params = { words = 1 } }\nend\n")
    (found,) = lines("a.lua")
    assert found.startswith("2:3 manifest: this `spell{…}` does not count")


def test_modules_are_looked_into_too(project: Path) -> None:
    (project / "a.lua").write_text("local util = require('lib.util')\nprint(util.twice(2))\n")
    (project / "lib" / "util.lua").write_text("local M = {}\nfunction M.twice(n) return ak(n) end\nreturn M\n")
    imports = 'import { twice } from "./lib/util.js";\nimport n from "./lib/n.json" with { type: "json" };\n'
    (project / "a.js").write_text(f"{imports}print(twice(n));\n")
    (project / "lib" / "util.js").write_text("export const twice = (n) => ak(n);\n")
    (project / "lib" / "n.json").write_text('{"n": 1}')
    found = look_at("a.lua", "a.js")
    assert [(e.where and e.where.file, line_of(e)) for e in found] == [
        ("lib/util.lua", "2:28 undefined: `ak` is not defined | did you mean `ask`?"),
        ("lib/util.js", "1:29 undefined: `ak` is not defined | did you mean `ask`?"),
    ]


def test_a_module_that_two_spells_share_is_told_of_once(project: Path) -> None:
    for name in ("a", "b"):
        (project / f"{name}.lua").write_text("require('lib.util')\n")
    (project / "lib" / "util.lua").write_text("print(nobody)\n")
    assert len(look_at("a.lua", "b.lua")) == 1


def test_a_module_that_is_not_there_is_told_where_it_is_named(project: Path) -> None:
    (project / "lib" / "util.js").write_text("export const x = 1;\n")
    (project / "a.js").write_text('import { x } from "./lib/utl.js";\nprint(x);\n')
    (found,) = lines("a.js")
    assert found.startswith('1:19 module: there is no module "./lib/utl.js": no file lib/utl.js | did you mean')


def test_a_module_that_does_not_compile_is_told_at_its_line(project: Path) -> None:
    (project / "a.lua").write_text("require('lib.util')\n")
    (project / "lib" / "util.lua").write_text("\nlocal = 1\n")
    (found,) = look_at("a.lua")
    assert found.where is not None
    assert (found.where.file, found.where.line, found.data["rule"]) == ("lib/util.lua", 2, "syntax")


def test_a_file_that_is_no_text_is_a_finding(project: Path) -> None:
    (project / "a.lua").write_bytes(b"x\n\xff")
    (project / "b.lua").write_bytes(b"-" * 1024 * 1024 + b"--")
    assert [line_of(e).split(" |")[0] for e in look_at("a.lua", "b.lua")] == [
        "1:0 file: a.lua is not UTF-8: byte 0xff at offset 2, line 2",
        "1:0 file: b.lua is too large: more than 1 MiB",
    ]


def test_a_file_that_is_not_there_is_the_fault_of_who_asks(project: Path) -> None:
    with pytest.raises(ArgumentError, match=r"there is no file nowhere\.lua"):
        look_at("nowhere.lua")


def test_a_pattern_of_hosts_that_is_none_is_a_finding(project: Path) -> None:
    (project / "a.lua").write_text("spell { allow = { net = { 'http://x.com/' } } }\nHttp.get('http://x.com/')\n")
    assert [error.data["rule"] for error in look_at("a.lua")] == ["manifest"]


def test_findings_are_sorted_by_spell_and_line(project: Path) -> None:
    (project / "a.lua").write_text("print(y)\nprint(Log.x, ask())\nz = 1\n")
    (project / "b.lua").write_text("print(y)\n")
    found = [(e.where and (e.where.file, e.where.line)) for e in look_at("b.lua", "a.lua")]
    assert found == [("b.lua", 1), ("a.lua", 1), ("a.lua", 2), ("a.lua", 2), ("a.lua", 3)]


def test_a_profile_without_files_says_what_a_call_needs(project: Path) -> None:
    (project / "a.lua").write_text("Fs.write('x', 'y')\n")
    (found,) = look_at("a.lua", profile="high")
    assert (
        line_of(found)
        == "1:1 undefined: `Fs` is not defined | it needs read, which this level of security does not grant"
    )


@pytest.mark.parametrize("desk", [Compiler, Clerk])
def test_a_worker_that_dies_over_a_source_does_not_take_the_others_with_it(
    project: Path, desk: type[Clerk], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = desk.ask

    async def ask(worker: Clerk, body: bytes) -> bytes:
        if b"deadly" in body and type(worker) is desk:
            os.kill(worker.pid, signal.SIGKILL)
        return await whole(worker, body)

    monkeypatch.setattr(desk, "ask", ask)
    (project / "a.js").write_text("let deadly;\n")
    (project / "b.js").write_text("print(nobody);\n")
    first, last = look_at("a.js", "b.js")
    assert first.message.startswith("this file is more than the ")
    assert line_of(last) == "1:7 undefined: `nobody` is not defined"


def test_a_worker_that_takes_too_long_is_ended(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clerk, "turn", 0.0)
    (project / "a.js").write_text("let x;\n")
    (found,) = look_at("a.js")
    assert found.message == "this file is more than the parser can take in: it ran out of time or memory"


def test_a_deep_source_is_no_trouble(project: Path) -> None:
    (project / "a.js").write_text("const x = " + "[" * 5_000 + "]" * 5_000 + ";\nprint(x);\n")
    (project / "b.lua").write_text("local x = {}\nprint(x" + ".y" * 20_000 + ")\n")
    assert [error.data["rule"] for error in look_at("a.js", "b.lua")] in ([], ["syntax"])


def test_the_spells_of_a_project_are_in_its_folder_of_spells(project: Path) -> None:
    (project / "a.lua").touch()
    (project / "notes.md").touch()
    assert spells(Project.of()) == ["a.lua"]
    (project / "spells").mkdir()
    (project / "spells" / "lib").mkdir()
    for name in ("z.js", "b.lua", "c.mjs", "x.txt", "lib/u.lua"):
        (project / "spells" / name).touch()
    assert spells(Project.of()) == ["spells/b.lua", "spells/c.mjs", "spells/z.js"]


def test_a_declaration_that_is_taken_apart_with_defaults_is_told_why_it_does_not_count(project: Path) -> None:
    (project / "a.js").write_text("const { a = 1 } = spell({ params: { a: 1 } });\nprint(a);\n")
    (project / "b.js").write_text("if (true) { const { a } = spell({ params: { a: 1 } }); print(a); }\n")
    first, second = lines("a.js", "b.js")
    assert "names in `{ }` without defaults; write `const args = spell({…})`" in first
    assert "it has to begin its line" in second


def test_a_module_of_the_other_language_is_told_as_that(project: Path) -> None:
    (project / "a.lua").write_text('require("lib/ok.js")\n')
    (project / "lib" / "ok.js").write_text("export default 1;\n")
    (found,) = lines("a.lua")
    assert found.endswith("| what a spell in Lua requires is a file in Lua, or of JSON")
