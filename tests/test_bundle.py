"""The bundle of a spell: what its modules are, and everything that is none."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.bundle import MOST_FILES, MOST_USES, Bundle, gather
from llmspell.errors import ConfigError, PermissionDenied, SpellError
from llmspell.library import LARGEST, Library
from llmspell.project import Project

SECRET = "do not tell"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder, beside something that is none of its business."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("secret.lua", "secret.js", "secret.json", "plain"):
        (outside / name).write_text(f'"{SECRET}"')
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def write(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_lua", ".lua").replace("_json", ".json").replace("_js", ".js"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def bundle(path: str) -> Bundle:
    spell = Spell.from_path(path)
    return gather(spell, Project.of(spell.path))


def refused(path: str) -> SpellError:
    with pytest.raises(SpellError) as caught:
        bundle(path)
    assert SECRET not in f"{caught.value} {caught.value.hint}"
    return caught.value


def lua(specifier: str) -> SpellError:
    """Return the error of a spell in Lua that requires something."""
    write(main_lua=f"\nlocal x = require('{specifier}')")
    error = refused("main.lua")
    assert error.where is not None
    assert (error.where.file, error.where.line, error.where.column) == ("main.lua", 2, 19)
    return error


def javascript(specifier: str) -> SpellError:
    """Return the error of a spell in JavaScript that imports something."""
    write(main_js=f"\nimport x from '{specifier}';")
    error = refused("main.js")
    assert error.where is not None
    assert (error.where.file, error.where.line, error.where.column) == ("main.js", 2, 15)
    return error


# -- what is found ----------------------------------------------------------------------------------------------------


def test_modules_stand_behind_what_they_use(folder: Path) -> None:
    write(main_js="import './a.js'; import './b.js'", a_js="import './c.js'", b_js="import './c.js'", c_js="1")
    found = bundle("main.js")
    assert [each.path for each in found.modules] == ["c.js", "a.js", "b.js"]
    assert found.spell.uses == {"./a.js": "a.js", "./b.js": "b.js"}
    assert list(found.wire()) == ["", "c.js", "a.js", "b.js"]


def test_lua_looks_beside_the_spell_and_then_in_the_project(folder: Path) -> None:
    write(
        spells__main_lua="require('own.a') require('lib.b') require('lib.pack')", spells__own__a_lua="require('lib.b')"
    )
    write(lib__b_lua="return 'project'", spells__lib__c_lua="", lib__pack__init_lua="return 1")
    found = bundle("spells/main.lua")
    assert found.spell.path == "spells/main.lua"
    assert [each.path for each in found.modules] == ["lib/b.lua", "spells/own/a.lua", "lib/pack/init.lua"]
    write(spells__lib__b_lua="return 'beside'")
    assert bundle("spells/main.lua").modules[0].path == "spells/lib/b.lua"


def test_a_name_that_ends_with_json_is_a_module_of_lua_first(folder: Path) -> None:
    Path("lib").mkdir()
    Path("lib/x.json").write_text("{}")
    write(main_lua="require('lib.json') require('lib/x.json')", lib__json_lua="return {}")
    assert [each.path for each in bundle("main.lua").modules] == ["lib/json.lua", "lib/x.json"]


def test_a_path_in_javascript_is_relative_to_its_file(folder: Path) -> None:
    write(spells__main_js="import './lib/a.mjs'", spells__lib__b_js="")
    Path("spells/lib/a.mjs").write_text("import '../../shared/c.js'; import './b.js'")
    write(shared__c_js="")
    assert [each.path for each in bundle("spells/main.js").modules] == [
        "shared/c.js",
        "spells/lib/b.js",
        "spells/lib/a.mjs",
    ]


def test_a_link_inside_of_the_project_is_what_it_leads_to(folder: Path) -> None:
    write(main_js="import './link.js'; import './a.js'", a_js="")
    Path("link.js").symlink_to("a.js")
    found = bundle("main.js")
    assert [each.path for each in found.modules] == ["a.js"]
    assert found.spell.uses == {"./link.js": "a.js", "./a.js": "a.js"}


def test_a_module_never_has_the_name_of_the_spell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("llmspell.toml").touch()
    write(sub__main_js="import '../main.js'", main_js="1")
    monkeypatch.chdir("sub")
    found = bundle("main.js")
    assert [each.path for each in found.modules] == ["./main.js"]
    assert set(found.sources.values()) == {"import '../main.js'", "1"}


def test_the_source_of_a_module_is_as_it_runs(folder: Path) -> None:
    write(main_lua="require('a')")
    Path("a.lua").write_bytes(b"\xef\xbb\xbf#!/usr/bin/lua\r\nreturn 1\r\n")
    (module,) = bundle("main.lua").modules
    assert module.source == "\nreturn 1\n"
    assert module.sha256 == hashlib.sha256(b"\nreturn 1\n").hexdigest()


def test_the_hash_pins_every_file_and_nothing_else(folder: Path) -> None:
    write(main_lua="require('a') require('b')", a_lua="return 1", b_lua="return 2")
    before = bundle("main.lua")
    assert before.sha == bundle(str(folder / "main.lua")).sha
    lines = [f"{each.sha256} {each.path}\n" for each in before.modules]
    assert before.sha == hashlib.sha256("".join([f"{before.spell.sha256} \n", *lines]).encode()).hexdigest()
    write(b_lua="return 3")
    assert bundle("main.lua").sha != before.sha
    document = before.document()
    assert [each["path"] for each in document["files"]] == ["main.lua", "a.lua", "b.lua"]


def test_a_spell_without_a_file_finds_modules_in_its_project(folder: Path) -> None:
    write(lib__a_lua="return 1")
    found = gather(Spell.from_source("require('lib.a')", "lua"), Project.of())
    assert [each.path for each in found.modules] == ["lib/a.lua"]


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("specifier", ["../outside/secret.json", "../../x.json", "lib/../../outside/secret.json"])
def test_no_path_leads_out_of_the_project(folder: Path, specifier: str) -> None:
    for found in (lua(specifier), javascript(f"./{specifier}")):
        assert found.message.endswith("leads out of the project")
        assert found.exit_code == 3


@pytest.mark.parametrize("name", ["secret.lua", "secret.json"])
def test_no_link_leads_out_of_the_project(folder: Path, name: str) -> None:
    Path(name).symlink_to(f"../outside/{name}")
    Path("folder").symlink_to("../outside")
    assert lua("secret" if name.endswith("lua") else "./secret.json").message.endswith("leads out of the project")
    assert lua("folder.secret").message.endswith("leads out of the project")
    assert lua("folder.secrets").message.startswith("there is no module")


def test_no_link_leads_out_for_javascript_either(folder: Path) -> None:
    Path("a.js").symlink_to("../outside/secret.js")
    Path("folder").symlink_to("../outside")
    for specifier in ("./a.js", "./folder/secret.js", "./folder/secret.json"):
        assert javascript(specifier).message == f'"{specifier}" leads out of the project'


@pytest.mark.parametrize("specifier", ["/etc/passwd", "/etc/passwd.lua", "//x", "/", ""])
def test_absolute_paths_and_nothing_are_no_modules(folder: Path, specifier: str) -> None:
    assert "module" in f"{lua(specifier).message} {lua(specifier).hint}"
    assert "project" in f"{javascript(specifier).message} {javascript(specifier).hint}"


def test_hidden_files_are_no_modules(folder: Path) -> None:
    for path in (".env.json", ".git/x.json", "lib/.x/y.json"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(f'"{SECRET}"')
        assert lua(path if "/" in path else f"./{path}").message.endswith("leads to what is hidden")
        assert javascript(f"./{path}").message.endswith("leads to what is hidden")
    Path("open.json").symlink_to(".env.json")
    assert javascript("./open.json").message.endswith("leads to what is hidden")


def test_what_is_no_source_is_no_module(folder: Path) -> None:
    Path("key.pem").write_text(SECRET)
    Path("key.json").symlink_to("key.pem")
    for specifier in ("./key.pem", "./key.json"):
        assert javascript(specifier).message == "key.pem is not a module: it must end with .js, .mjs, .json"
    Path("a.ts").touch()
    assert javascript("./a.ts").message == "a.ts is not a module: it must end with .js, .mjs, .json"


def test_devices_and_pipes_are_not_waited_for(folder: Path) -> None:
    os.mkfifo("pipe.lua")
    os.mkfifo("pipe.js")
    assert lua("pipe").message == "cannot read pipe.lua: not a file"
    assert javascript("./pipe.js").message == "cannot read pipe.js: not a file"
    Path("zero.lua").symlink_to("/dev/zero")
    assert lua("zero").message.endswith("leads out of the project")
    Path("loop.js").symlink_to("loop.js")
    assert javascript("./loop.js").message == "loop.js leads over a symbolic link"
    Path("dangling.js").symlink_to("nowhere.js")
    assert javascript("./dangling.js").message.startswith("cannot read nowhere.js")
    Path("folder.lua").mkdir()
    assert lua("folder").message == "folder.lua is a directory, not a module"


def test_large_files_and_bad_text_are_refused(folder: Path) -> None:
    Path("large.lua").write_text(" " * (LARGEST + 1))
    assert lua("large").message == "large.lua is too large: more than 1 MiB"
    Path("latin.lua").write_bytes(b"return '\xe9'")
    assert lua("latin").message.startswith("latin.lua is not UTF-8: byte 0xe9")
    Path("bad.json").write_text('{"a": NaN}')
    assert javascript("./bad.json").message.startswith("bad.json")


def test_there_is_a_bound_to_all_modules_together(folder: Path) -> None:
    for n in range(9):
        Path(f"m{n}.lua").write_text("-" * (LARGEST - 1))
    write(main_lua="".join(f"require('m{n}')\n" for n in range(9)))
    assert refused("main.lua").message == "the modules of a spell may have at most 8 MiB together"
    for n in range(MOST_FILES + 1):
        Path(f"m{n}.lua").write_text(f"require('m{n + 1}')")
    write(main_lua="require('m0')")
    assert refused("main.lua").message == f"a spell may have at most {MOST_FILES} modules"


@pytest.mark.parametrize(
    ("specifier", "hint"),
    [
        ("./utils.js", '"./util.js"'),
        ("./util", '"./util.js"'),
        ("./UTIL.js", '"./util.js"'),
        ("./lib/other.js", '"./lib/others.mjs"'),
    ],
)
def test_a_missing_file_names_the_one_beside_it(folder: Path, specifier: str, hint: str) -> None:
    write(util_js="")
    Path("lib").mkdir()
    Path("lib/others.mjs").touch()
    assert javascript(specifier).hint == f"did you mean {hint}?"


def test_a_circle_is_named_with_all_its_files(folder: Path) -> None:
    write(main_lua="require('a')", a_lua="require('b')", b_lua="return function()\n  require('a')\nend")
    found = refused("main.lua")
    assert found.message == "modules use each other in a circle: a.lua → b.lua → a.lua"
    assert found.where is not None
    assert (found.where.file, found.where.line) == ("b.lua", 2)
    assert found.source == "return function()\n  require('a')\nend"
    write(main_js="import './a.js'", a_js="await import('./main.js')")
    assert refused("main.js").message == "modules use each other in a circle: main.js → a.js → main.js"


@pytest.mark.parametrize("declaration", ['spell({ about: "x" })', "spell({ about: 1 + 1 })"])
def test_a_manifest_in_a_module_is_refused_where_it_stands(folder: Path, declaration: str) -> None:
    write(main_js="import './a.js'", a_js=f"\n{declaration}")
    found = refused("main.js")
    assert found.message == "a module declares nothing: only the spell itself has a manifest"
    assert found.where is not None
    assert (found.where.file, found.where.line) == ("a.js", 2)
    write(a_js="const { x } = spell();")
    assert len(bundle("main.js").modules) == 1


def test_a_specifier_cannot_deceive_a_terminal(folder: Path) -> None:
    write(main_js="import './\\u001b[31m\\u202e.js'")
    assert "\x1b" not in refused("main.js").message


# -- as a run ---------------------------------------------------------------------------------------------------------


async def execute(path: str, **settings: Any) -> Any:
    async with Host(environ={}, **settings) as host:
        return await host.execute(host.prepare(Spell.from_path(path)))


async def test_an_error_in_a_module_brings_its_source(folder: Path) -> None:
    write(main_lua="require('a')", a_lua="\nfail('x')")
    run = await execute("main.lua")
    assert run.error is not None
    assert run.error.where is not None
    assert run.error.where.file == "a.lua"
    assert run.error.source == "\nfail('x')"
    assert run.bundle.sha == bundle("main.lua").sha


async def test_what_is_wrong_with_a_module_ends_the_run_before_it_begins(folder: Path) -> None:
    write(main_lua="print('runs') require('nope')")
    with pytest.raises(ConfigError, match="there is no module"):
        await execute("main.lua")


@pytest.mark.parametrize("suffix", ["lua", "js"])
async def test_data_of_the_project_is_for_runs_that_may_read_it(folder: Path, suffix: str) -> None:
    write(
        main_lua="return require('./data.json')",
        main_js="export { default } from './data.json'",
        data_json=f'"{SECRET}"',
    )
    assert (await execute(f"main.{suffix}")).value == SECRET
    with pytest.raises(PermissionDenied, match=re.escape('reading "data.json" is not allowed')) as caught:
        await execute(f"main.{suffix}", profile="high")
    assert caught.value.where is not None
    for pattern in ("data.json", "./data.json", "*.json", "."):
        assert (await execute(f"main.{suffix}", profile="high", allow={"read": [pattern]})).value == SECRET


async def test_data_that_may_hold_a_key_is_for_runs_that_may_read_it_by_name(folder: Path) -> None:
    write(main_lua="return require('keys/id_rsa.json')", **{"keys/id_rsa.json": f'"{SECRET}"'})
    with pytest.raises(PermissionDenied, match=re.escape('reading "keys/id_rsa.json" is not allowed')):
        await execute("main.lua")
    assert (await execute("main.lua", allow={"read": ["keys/id_rsa.json"]})).value == SECRET


SECOND_NAMES = {
    "lua": (
        "return require('hid.mod')",
        "return require('alias')",
        "return require('link')",
        "return require('a.json')",
    ),
    "js": (
        "export { default } from './hid/mod.js'",
        "export { default } from './alias.js'",
        "export { default } from './link.js'",
        "export { default } from './a.json'",
    ),
}


@pytest.mark.parametrize("suffix", ["lua", "js"])
@pytest.mark.parametrize("profile", ["low", "medium", "high"])
def test_a_module_that_is_denied_is_read_by_no_name(folder: Path, suffix: str, profile: str) -> None:
    write(**{f"hid/mod.{suffix}": f"'{SECRET}", "hid/data.json": f'"{SECRET}'})  # what reads it fails otherwise
    (folder / f"alias.{suffix}").hardlink_to(folder / "hid" / f"mod.{suffix}")
    (folder / "a.json").hardlink_to(folder / "hid" / "data.json")
    (folder / f"link.{suffix}").symlink_to(folder / "hid" / f"mod.{suffix}")
    rules = [f"hid/mod.{suffix}", "hid/data.json"]
    host = Host(environ={}, profile=profile, allow={"read": ["."]}, deny={"read": rules})
    for source in SECOND_NAMES[suffix]:
        (folder / f"main.{suffix}").write_text(source)
        with pytest.raises(PermissionDenied, match="is not allowed") as caught:
            host.prepare(Spell.from_path(f"main.{suffix}"))
        assert caught.value.where is not None
        assert SECRET not in str(caught.value.hint)


@pytest.mark.parametrize("suffix", ["lua", "js"])
def test_whether_a_denied_module_is_there_nobody_learns(folder: Path, suffix: str) -> None:
    write(**{f"hid/mod.{suffix}": "", f"hid/folder/x.{suffix}": "", f"secret.{suffix}": "", "secret2.py": ""})
    host = Host(environ={}, deny={"read": ["hid/", "secret.*"]})

    def told(name: str) -> str:
        path = f"{name.replace('.', '/')}.js"
        text = f"return require('{name}')" if suffix == "lua" else f"export {{ default }} from './{path}'"
        (folder / f"main.{suffix}").write_text(text)
        with pytest.raises(SpellError) as caught:
            host.prepare(Spell.from_path(f"main.{suffix}"))
        return f"{caught.value.message} {caught.value.hint}".replace(name.rpartition(".")[2], "NAME")

    assert told("hid.mod") == told("hid.nope") == told("hid.folder")
    assert "secret" not in told("secre").replace("secre", "", 2)
    assert not {"hid/mod", "hid.mod"} & set(re.findall(r"[\w./]+", told("hid")))


@pytest.mark.parametrize("suffix", ["lua", "js"])
async def test_a_limit_that_is_reached_in_a_module_names_it(folder: Path, suffix: str) -> None:
    write(main_lua="require('a')()", a_lua="\nreturn function()\n  while true do sleep(0) end\nend")
    write(
        main_js="import go from './a.js'; await go()",
        a_js="\nexport default async () => {\n  while (true) await sleep(0);\n}",
    )
    run = await execute(f"main.{suffix}", profile="high")
    assert run.error is not None
    assert run.error.kind == "budget"
    assert run.error.where is not None
    assert (run.error.where.file, run.error.where.line) == (f"a.{suffix}", 3)


def test_a_module_is_looked_for_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.lua").write_text("return 1")
    looked: list[str] = []
    resolve = Library.resolve

    def noting(library: Library, specifier: str, importer: str) -> str:
        looked.append(specifier)
        return resolve(library, specifier, importer)

    monkeypatch.setattr(Library, "resolve", noting)
    spell = Spell.from_source('require"a"\n' * MOST_USES, "lua")
    assert [each.path for each in gather(spell, Project.of()).modules] == ["a.lua"]
    assert looked == ["a"]


def test_modules_are_named_so_often_and_no_more(folder: Path) -> None:
    (folder / "a.lua").write_text("return 1")
    with pytest.raises(ConfigError, match=f"at most {MOST_USES} times") as caught:
        gather(Spell.from_source('require"a"\n' * 90_000, "lua"), Project.of())
    assert caught.value.where is not None
    assert caught.value.where.line == MOST_USES + 1
