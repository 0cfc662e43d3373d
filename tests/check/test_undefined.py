"""Names that mean nothing: which are told, and above all which are not."""

import pytest

CLEAN = [
    ("lua", "local x = 1\nlocal function f(a, ...) return a, x, ... end\nprint(f(1))"),
    ("lua", "for i = 1, 3 do print(i) end\nfor k, v in pairs({}) do print(k, v) end"),
    ("lua", "repeat local done = true until done"),
    ("lua", "goto over\n::over::\nlocal t = { key = 1, ['other'] = 2 }\nprint(t.key, t.other)"),
    ("lua", "local t = {}\nfunction t:grow() return self end\nfunction t.shrink(n) return n end\nprint(t:grow())"),
    ("lua", "local x <const> = 1\nlocal f <close> = nil\nprint(x, f)"),
    ("lua", "local function twice(n) return n > 0 and twice(n - 1) end\nprint(twice(2))"),
    ("lua", "local print = print\nlocal string = { trim = 1 }\nprint(string.trim, string.none())"),
    ("lua", "local _ENV = { print = print }\nanything()"),
    ("lua", "function string.trim(s) return s end\nprint(string.trim('x'))"),
    ("lua", "print(_G.print, os.exit, utf8.char(65))"),
    ("lua", "_G.mine = 1\nprint(mine)"),
    ("lua", "rawset(_G, 'theirs', 1)\nprint(theirs)"),
    ("lua", "local map = {}\nmap = nil\nlocal function f(step) step = 1 end\nstring.own = f\nprint(map)"),
    ("javascript", "let map = 1;\nmap = 2;\nconst f = (step) => { step = 1; };\nprint(map, f, { ask: 1 }.ask);"),
    ("lua", "local a = spell { params = { words = 8 } }\na.more = 1\nprint(a.more, a.input)"),
    ("lua", "local function fill(t) t.more = 1 end\nlocal a = spell { params = {} }\nfill(a)\nprint(a.more)"),
    ("lua", "local pack = table.pack or print\nprint(pack, string.trim, { string.strip })"),
    ("javascript", "print(Math.nothing, [Object.nothing]);"),
    ("javascript", "globalThis.mine = 1;\nprint(mine);"),
    ("javascript", "Object.assign(globalThis, { theirs: 1 });\nprint(theirs);"),
    ("javascript", "print(typeof window === 'undefined' ? 0 : window);"),
    ("javascript", "const { a, b: c, d = a, ...rest } = { a: 1 };\nprint(a, c, d, rest);"),
    ("javascript", "print(later());\nfunction later() { return hoisted; }\nvar hoisted = 1;"),
    ("javascript", "try { print(1); } catch ({ message }) { print(message); }\ntry {} catch {}"),
    ("javascript", "class A { #p = 1; static { print(A); } m() { return this.#p; } }\nprint(new A());"),
    ("javascript", "const f = function me(n) { return n ? me(n - 1) : arguments.length; };\nprint(f(2));"),
    ("javascript", "for (const [k, v] of Object.entries({})) print(k, v);\nfor (let i = 0; i < 2; i++) print(i);"),
    ("javascript", "outer: for (;;) { break outer; }\nif (typeof nothing === 'undefined') print(1);"),
    ("javascript", "let a, b;\n[a, b] = [1, 2];\n({ a, b: [b] } = { a: 1, b: [2] });\na += b;\nb++;"),
    ("javascript", "print(`${Math.max(1, 2)} ${new Date()} ${[1].map((x) => x).length} ${JSON.stringify({})}`);"),
    ("javascript", "export const one = 1;\nexport { one as two };\nexport default async () => one;"),
    ("javascript", "switch (1) { case 1: let inner = 1; print(inner); }\n{ function deep() {} deep(); }"),
]
WRONG = [
    ("lua", "print(nme)", "1:7 undefined: `nme` is not defined"),
    ("lua", "mapp({}, print)", "1:1 undefined: `mapp` is not defined | did you mean `map`?"),
    ("lua", "total = 1", "1:1 undeclared: `total` is not declared: write `local total = …`"),
    ("lua", "map = {}", "1:1 undeclared: `map` cannot be changed: write `local map = …`"),
    ("lua", "string = nil", "1:1 undeclared: `string` cannot be changed: write `local string = …`"),
    ("lua", "local x\nx, Log = 1, 2", "2:4 undeclared: `Log` cannot be changed: write `local Log = …`"),
    ("lua", "function print() end", "1:10 undeclared: `print` cannot be changed"),
    ("lua", "_G.step = 1", "1:1 undeclared: `step` cannot be changed: write `local step = …`"),
    ("javascript", "map = {};", "1:1 undeclared: `map` cannot be changed: write `let map = …`"),
    ("javascript", "({ a: Log } = { a: 1 });", "1:7 undeclared: `Log` cannot be changed"),
    ("lua", "function go() end", "1:10 undeclared: `go` is not declared: write `local go = …`"),
    ("lua", "do local x end print(x)", "1:22 undefined: `x` is not defined"),
    (
        "lua",
        "local x = x",
        "1:11 undefined: `x` is not defined | it is declared in line 1, which comes later: move that up",
    ),
    ("lua", "for i = i, 2 do end", "1:9 undefined: `i` is not defined | it is declared"),
    ("lua", "Log.inf('x')", "1:1 undefined: `Log.inf` is not defined | did you mean `Log.info`?"),
    ("lua", "print(table.getn({}))", "1:7 undefined: `table.getn` is not defined | it is `#list`"),
    ("lua", "print(Json['encod'])", "1:7 undefined: `Json.encod` is not defined | did you mean `Json.encode`?"),
    (
        "lua",
        "local r = ask('x')\nprint(r.txt)",
        "2:9 undefined: `Reply.txt` is not defined | did you mean `Reply.text`?",
    ),
    (
        "lua",
        "print(Probe.counter():nxt())",
        "1:23 undefined: `Counter.nxt` is not defined | did you mean `Counter.next`?",
    ),
    (
        "lua",
        "local a = spell { params = { words = 8 } }\nprint(a.wrds)",
        "2:9 parameter: the spell has no parameter `wrds`",
    ),
    ("javascript", "print(nme);", "1:7 undefined: `nme` is not defined"),
    ("javascript", "total = 1;", "1:1 undeclared: `total` is not declared: write `let total = …`"),
    ("javascript", "{ let x; }\nprint(x);", "2:7 undefined: `x` is not defined"),
    ("javascript", "print({ shorthand });", "1:9 undefined: `shorthand` is not defined"),
    ("javascript", "const { a = b } = {};\nprint(a);", "1:13 undefined: `b` is not defined"),
    ("javascript", "Log.inf('x');", "1:1 undefined: `Log.inf` is not defined | did you mean `Log.info`?"),
    ("javascript", "Math.squareroot(2);", "1:1 undefined: `Math.squareroot` is not defined"),
    ("javascript", "const r = await ask('x');\nprint(r.txt);", "2:9 undefined: `Reply.txt` is not defined"),
    ("javascript", "const { txt } = await ask('x');\nprint(txt);", "1:9 parameter: a Reply has no field `txt`"),
    (
        "javascript",
        "const { wrds } = spell({ params: { words: 8 } });\nprint(wrds);",
        "1:9 parameter: the spell has no par",
    ),
    ("javascript", "process.exit(1);", "1:1 undefined: `process` is not defined | arguments come from spell"),
]


@pytest.mark.parametrize(("language", "text"), CLEAN)
def test_what_is_declared_is_no_finding(look, language: str, text: str) -> None:
    assert look(language, text) == []


@pytest.mark.parametrize(("language", "text", "line"), WRONG)
def test_what_means_nothing_is_told_with_its_place(look, language: str, text: str, line: str) -> None:
    (found,) = look(language, text)
    assert found.startswith(line)
