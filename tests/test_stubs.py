"""What `llmspell types` writes is valid, accepts every sample, and finds the mistakes that people make."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from llmspell.check import stubs
from llmspell.cli import types
from llmspell.engines import open_engine
from llmspell.messages import Check, Codec, Done
from llmspell.notation import fields
from llmspell.spell import Spell

TESTS = Path(__file__).parent
ROOT = TESTS.parent
COMPILER = TESTS / "node_modules" / ".bin" / "tsc"

MISTAKES = """\
const args = spell({ about: "x", params: { words: 80, name: "string", tags: ["string"] } });
args.wrods; // HERE a misspelt argument
args.words.toUpperCase(); // HERE the type of an argument
args.tags[0].toUpperCase();
const forgotten = ask("hi");
forgotten.text; // HERE a missing await
await ask("hi", { modle: "x" }); // HERE a misspelt option
const rated = await ask("hi", { schema: { risk: "int", why: "string" } });
rated.data.rsk; // HERE a misspelt field of an answer
rated.data.risk.toUpperCase(); // HERE the type of a field of an answer
rated.data.risk.toFixed(1);
rated.txt; // HERE a misspelt member of a reply
Log.inf("x"); // HERE an unknown member
await map([1, 2], (x) => x.foo); // HERE the type of an item
fail("x", { kind: "nope" }); // HERE a wrong word of a few
Run.dat; // HERE an unknown constant
await sleep({}); // HERE a wrong type
await ask(); // HERE a missing argument
mapp([1], (x) => x); // HERE an unknown global
await map([1], (x) => x, { on_error: "kep" }); // HERE another wrong word
const kept = await map([1], (x) => x, { on_error: "keep" });
kept.ok[0].toFixed(1);
kept.faild; // HERE a misspelt field of a result
"""


def check(folder: Path) -> list[str]:
    for line in types.write(folder):
        assert line.startswith("wrote ")
    done = subprocess.run([COMPILER, "-p", "jsconfig.json"], cwd=folder, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if not line.startswith(" ")]  # what is indented explains


def found(folder: Path) -> list[int]:
    """Return the lines in which something is found."""
    return [int(line.split("(")[1].split(",")[0]) for line in check(folder)]


def planted(source: str) -> list[int]:
    """Return the lines in which something is to be found."""
    return [n for n, line in enumerate(source.splitlines(), 1) if "// HERE" in line]


def test_every_sample_type_checks(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "spells", tmp_path / "spells")
    assert check(tmp_path) == []


def test_every_planted_mistake_is_found_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "mistakes.js").write_text(MISTAKES)
    assert len(planted(MISTAKES)) >= 10
    assert found(tmp_path) == planted(MISTAKES)


@pytest.mark.parametrize("word", ["ask", "say", "map", "Log", "Json", "Run", "SpellError"])
def test_a_wrong_type_of_what_is_declared_is_found(tmp_path: Path, word: str) -> None:
    (tmp_path / "wrong.js").write_text(f"/** @type {{number}} */\nconst wrong = {word};\nexport default wrong;\n")
    assert len(check(tmp_path)) == 1


# -- Lua --------------------------------------------------------------------------------------------------------------

TYPE = r"(?:[^\s{(,]|\{[^}]*\}|fun\([^)]*\)(?:: ?[\w<>\[\]|]+)?|\([^)]*\)|, ?(?=[\w.]+>))+"
ANNOTATIONS = {
    "meta": r"",
    "class": r"[A-Z]\w*",
    "field": rf"\w+\?? {TYPE}(?: \S.*)?",
    "param": rf"(?:\w+\??|\.\.\.) {TYPE}(?: \S.*)?",
    "return": rf"{TYPE}(?: \S.*)?",
    "type": TYPE,
}
"""What LuaCATS wants to follow each word that we use."""
BUILTIN = {"string", "integer", "number", "boolean", "any", "nil", "table", "fun"}


@pytest.fixture(scope="module")
def lua() -> str:
    declared = 'local args = spell {\n  input = "files",\n  params = { words = 80, tags = { "string" } },\n}\n'
    return stubs.stubs([Spell.from_source(declared, "lua", "spells/daily-digest.lua")])["types/llmspell.lua"]


def test_the_lua_stub_compiles(lua: str) -> None:
    with open_engine("lua") as engine:
        codec = Codec("lua")
        assert codec.decode(engine.step(codec.encode([Check(lua, "llmspell.lua")]))) == [Done(None)]


def test_every_annotation_of_the_lua_stub_is_one(lua: str) -> None:
    words = re.findall(r"^---@(\w+) ?(.*)$", lua, re.MULTILINE)
    assert len(words) > 100
    assert [f"{word} {rest}" for word, rest in words if not re.fullmatch(ANNOTATIONS[word], rest)] == []


def test_every_type_in_the_lua_stub_is_there(lua: str) -> None:
    declared = set(re.findall(r"^---@class (\w+)$", lua, re.MULTILINE))
    used = re.findall(r"^---@(?:field|param) \S+ ([\w.]+)|^---@(?:return|type) ([\w.]+)", lua, re.MULTILINE)
    assert {name for pair in used for name in pair if name} - declared - BUILTIN == set()


def test_every_parameter_of_the_lua_stub_is_one_of_its_function(lua: str) -> None:
    blocks = re.findall(r"((?:^---.*\n)+)^function [\w.:]+\((.*)\) end$", lua, re.MULTILINE)
    assert len(blocks) > 20
    for comment, names in blocks:
        assert re.findall(r"^---@param ([\w.]+)", comment, re.MULTILINE) == [n for n in names.split(", ") if n]


def test_the_arguments_of_a_spell_have_a_class(lua: str) -> None:
    assert lua.endswith(
        "---@class DailyDigestArgs\n---@field words integer\n---@field tags string[]\n---@field input string[]\n"
        "---@field rest string[]\n"
    )


def test_every_type_of_a_parameter_has_a_word() -> None:
    notation = {
        "a": "string", "b": "int", "c": "number", "d": "bool", "e": "list", "f": "object", "g": "path", "h": "date",
        "i": [{"x": "int", "y": ["date"]}],
    }  # fmt: skip
    manifest = Spell.from_source("", "lua").manifest
    text = stubs.arguments("x", type(manifest)(params=fields(notation)))
    assert "---@field i { x: integer, y: string[] }[]\n" in text
    assert text.count("---@field") == len(notation) + 1


PLATFORM = """\
const url = new URL("../x", "http://a/b/");
for (const [name, value] of url.searchParams) print(name.length, value.trim());
await new Promise((done) => setTimeout(done, 100));
clearInterval(setInterval((a, b) => print(a.toFixed(), b.trim()), 5, 1, "x"));
print(new TextDecoder("utf-8", { fatal: true }).decode(new TextEncoder().encode("x")), btoa("x"), atob("eA=="));
const controller = new AbortController();
controller.signal.addEventListener("abort", (event) => print(event.type), { once: true });
const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(5)]);
const r = await fetch(url, { method: "POST", body: new URLSearchParams({ a: "1" }), signal, headers: { a: "b" } });
print(r.status.toFixed(), r.headers.get("x")?.trim(), (await r.json()).x, (await r.bytes()).length);
structuredClone({ a: [1], b: new Map([["x", 1]]) }).a[0].toFixed();
print(crypto.randomUUID().trim(), crypto.getRandomValues(new Uint8Array(4))[0], new DOMException("m").code.toFixed());
setTimeout("x", 1); // HERE
new URL(); // HERE
fetch(url, { timeout: 3 }); // HERE
url.herf; // HERE
r.satus; // HERE
fetch(url).json(); // HERE
document.title; // HERE
new AbortSignal(); // HERE
crypto.subtle; // HERE
"""


def test_the_web_platform_is_declared_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "platform.js").write_text(PLATFORM)
    assert found(tmp_path) == planted(PLATFORM)


VERBS = """\
const pair = await parallel([async () => 1, async () => "b"], { limit: 1 });
print(pair[0].toFixed(), pair[1].trim());
print(pair[2]); // HERE
print((await parallel([1, 2].map((n) => () => ask(`${n}`))))[0].text.trim());
const some = await parallel([async () => 1, () => 2], { on_error: "keep" });
print(some.ok[0].toFixed(), some.failed[0].item.toFixed());
const named = await parallel({ a: async () => 1, b: () => "x" });
print(named.a.toFixed(), named.b.trim());
print(named.c); // HERE
await parallel(new Map([["a", () => 1]])); // HERE
const first = await race([async () => "x", async () => 5]);
print(typeof first === "string" ? first.trim() : first.toFixed());
first.trim(); // HERE
race([() => 1], { limit: 1 }); // HERE
const kept = await Workflow.parallel({ branches: { a: () => 1, b: () => 2 }, on_error: "keep" }).run();
print(kept.ok.a, kept.failed[0].item === "a", kept.failed[0].error.kind, kept.skipped[0].trim());
print(kept.a); // HERE
print((await Workflow.parallel({ branches: { a: { run: () => 1, on_error: "keep" }, b: () => 2 } }).run()).ok.b);
const stopped = await Workflow.parallel({ branches: { a: () => 1 } }).run("x");
print(stopped.a);
print(stopped.ok); // HERE
Workflow.parallel({ branches: { a: () => 1 }, on_error: "kep" }); // HERE
print(performance.now().toFixed());
performance.mark("x"); // HERE
try { print(1); } catch (e) { if (e instanceof Error) fail(e); }
spawn(() => 1).cancle(); // HERE
"""


def test_what_verbs_and_flows_return_is_known(tmp_path: Path) -> None:
    (tmp_path / "verbs.js").write_text(VERBS)
    assert found(tmp_path) == planted(VERBS)
