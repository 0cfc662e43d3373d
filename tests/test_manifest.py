"""The manifest: what a spell declares, read in both languages, and what it may not say."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell import manifest
from llmspell.errors import ArgumentError, ConfigError, Place, SpellError
from llmspell.manifest import Budget, Manifest, Schedule
from llmspell.notation import Field
from llmspell.security.rules import KINDS


def lua(text: str) -> Manifest:
    return manifest.read(text, "lua", "x.lua")


def js(text: str) -> Manifest:
    return manifest.read(text, "javascript", "x.js")


def error(text: str, language: str = "lua") -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        manifest.read(text, language, f"x.{language}")
    return caught.value


def optional(kind: str, default: Any) -> Field:
    return Field(kind, required=False, default=default)


# -- the ten spells ---------------------------------------------------------------------------------------------------

TEN = {
    "hello": (
        'print(ask("Say hello in five words."))',
        'print(await ask("Say hello in five words."));',
        Manifest(),
    ),
    "summarise": (
        """
local args = spell { about = "Summarise a file or stdin", input = "text", params = { words = 80 } }
return ask("Summarise in at most {{words}} words:\\n\\n{{input}}", { vars = args })
""",
        """
const args = spell({ about: "Summarise a file or stdin", input: "text", params: { words: 80 } });
export default await ask("Summarise in at most {{words}} words:\\n\\n{{input}}", { vars: args });
""",
        Manifest("Summarise a file or stdin", "text", {"words": optional("int", 80)}),
    ),
    "panel": (
        """
local args = spell {
  about = "A panel answers, a chair synthesises",
  params = { question = "string" },
  budget = { usd = 0.5 },
}
local views = map({ "security engineer", "staff developer" }, function(role)
  return Agent { name = role, system = "You are a " .. role .. "." }:ask(args.question)
end)
""",
        """
const args = spell({
  about: "A panel answers, a chair synthesises",
  params: { question: "string" },
  budget: { usd: 0.5 },
});
const views = await map(["security engineer", "staff developer"], (role) =>
  Agent({ name: role, system: `You are a ${role}.` }).ask(args.question));
""",
        Manifest("A panel answers, a chair synthesises", params={"question": Field("string")}, budget=Budget(usd=0.5)),
    ),
    "lookup": (
        """
local args = spell { about = "Answer questions about orders", input = "text" }
local orders = { A17 = "shipped", B02 = "lost in transit" }
""",
        """
const args = spell({ about: "Answer questions about orders", input: "text" });
const orders = { A17: "shipped", B02: "lost in transit" };
""",
        Manifest("Answer questions about orders", "text"),
    ),
    "triage": (
        """
local args = spell { about = "Support desk", input = "text" }
print("[" .. reply.agent .. "] " .. reply)
""",
        """
const args = spell({ about: "Support desk", input: "text" });
print(`[${reply.agent}] ${reply}`);
""",
        Manifest("Support desk", "text"),
    ),
    "critique": (
        """
local args = spell { about = "Write until the critic is happy", params = { topic = "string", rounds = 4 } }
""",
        """
const args = spell({ about: "Write until the critic is happy", params: { topic: "string", rounds: 4 } });
""",
        Manifest("Write until the critic is happy", params={"topic": Field("string"), "rounds": optional("int", 4)}),
    ),
    "digest": (
        """
local args = spell {
  about = "Morning digest of new releases",
  schedule = { cron = "0 7 * * 1-5", tz = "Europe/Berlin" },
  params = { feed = "https://example.com/releases.json" },
  allow = { net = { "example.com" }, write = { "digests/" } },
  budget = { usd = 0.1, time = "5m" },
}
local seen, fresh = State.get("seen", {}), {}
""",
        """
const args = spell({
  about: "Morning digest of new releases",
  schedule: { cron: "0 7 * * 1-5", tz: "Europe/Berlin" },
  params: { feed: "https://example.com/releases.json" },
  allow: { net: ["example.com"], write: ["digests/"] },
  budget: { usd: 0.1, time: "5m" },
});
const seen = await State.get("seen", {});
""",
        Manifest(
            "Morning digest of new releases",
            params={"feed": optional("string", "https://example.com/releases.json")},
            allow={"net": ("example.com",), "write": ("digests/",)},
            budget=Budget(usd=0.1, time=300),
            schedule=Schedule(cron="0 7 * * 1-5", tz="Europe/Berlin"),
        ),
    ),
    "label": (
        """
local args = spell {
  about = "Label open issues",
  params = { owner = "string", repo = "string" },
  allow = { mcp = { "github" } },
}
""",
        """
const args = spell({
  about: "Label open issues",
  params: { owner: "string", repo: "string" },
  allow: { mcp: ["github"] },
});
""",
        Manifest(
            "Label open issues",
            params={"owner": Field("string"), "repo": Field("string")},
            allow={"mcp": ("github",)},
        ),
    ),
    "reply": (
        """
local args = spell {
  about = "Draft a reply, send it once a person agrees",
  input = "text",
  params = { to = "string" },
  allow = { net = { "api.mail.example" }, secrets = { "mail" } },
}
""",
        """
const args = spell({
  about: "Draft a reply, send it once a person agrees",
  input: "text",
  params: { to: "string" },
  allow: { net: ["api.mail.example"], secrets: ["mail"] },
});
const final = await Human.review(draft, { title: `Reply to ${args.to}`, timeout: "24h" });
""",
        Manifest(
            "Draft a reply, send it once a person agrees",
            "text",
            {"to": Field("string")},
            {"net": ("api.mail.example",), "secrets": ("mail",)},
        ),
    ),
    "rate": (
        """
local args = spell {
  about = "Rate every file in a tree, report the worst",
  params = { glob = "src/**/*.py", workers = 16 },
  allow = { read = { "." } },
  budget = { usd = 2.0, time = "20m" },
}
""",
        """
const args = spell({
  about: "Rate every file in a tree, report the worst",
  params: { glob: "src/**/*.py", workers: 16 },
  allow: { read: ["."] },
  budget: { usd: 2.0, time: "20m" },
});
""",
        Manifest(
            "Rate every file in a tree, report the worst",
            params={"glob": optional("string", "src/**/*.py"), "workers": optional("int", 16)},
            allow={"read": (".",)},
            budget=Budget(usd=2.0, time=1200),
        ),
    ),
}


@pytest.mark.parametrize("name", TEN)
def test_a_spell_declares_the_same_in_both_languages(name: str) -> None:
    in_lua, in_javascript, declared = TEN[name]
    assert lua(in_lua) == declared
    assert js(in_javascript) == declared


# -- fields -----------------------------------------------------------------------------------------------------------


def test_every_field_is_read() -> None:
    text = """
spell {
  about = [[
Does
all]],
  input = "files",
  params = { depth = { type = "int", default = 2, min = 1 }, tags = { "string" } },
  allow = {
    read = { "." }, write = {}, net = { "a.b", "*.c:443" }, run = { "git log" }, env = { "HOME" },
    tools = { "a.*" }, mcp = { "m" }, secrets = { "s" }, state = { "x" }, models = { "fast" },
  },
  budget = { usd = 0, tokens = 10000, time = 90, calls = 5 },
  model = "openai/gpt-5-mini",
  schedule = { every = "1h30m", tz = "UTC", overlap = "queue", missed = "once" },
}"""
    assert lua(text) == Manifest(
        about="Does\nall",
        input="files",
        params={
            "depth": Field("int", required=False, default=2, min=1),
            "tags": Field("list", item=Field("string")),
        },
        allow={
            "read": (".",),
            "write": (),
            "net": ("a.b", "*.c:443"),
            "run": ("git log",),
            "env": ("HOME",),
            "tools": ("a.*",),
            "mcp": ("m",),
            "secrets": ("s",),
            "state": ("x",),
            "models": ("fast",),
        },
        budget=Budget(usd=0, tokens=10000, time=90, calls=5),
        model="openai/gpt-5-mini",
        schedule=Schedule(every=5400, tz="UTC", overlap="queue", missed="once"),
    )


def test_a_schedule_may_be_its_cron_fields_alone() -> None:
    assert lua('spell { schedule = "0 7 * * *" }').schedule == Schedule(cron="0 7 * * *")


@pytest.mark.parametrize("text", ["", "return 1", "spell {}", "spell()", "local args = spell {}"])
def test_a_spell_may_declare_nothing(text: str) -> None:
    assert lua(text) == Manifest()


def test_each_entry_has_its_place() -> None:
    places = lua('local args = spell {\n  about = "x",\n  allow = { net = { "a" },\n    write = { "b" } },\n}').places
    assert places == {
        "about": Place("x.lua", 2, 3),
        "allow": Place("x.lua", 3, 3),
        "allow.net": Place("x.lua", 3, 13),
        "allow.write": Place("x.lua", 4, 5),
    }


@pytest.mark.parametrize(
    ("fields", "message", "hint", "token"),
    [
        ("abut = 'x'", 'a manifest has no field "abut"', "did you mean `about`?", "abut"),
        (
            "zzz = 1",
            'a manifest has no field "zzz"',
            "write one of about, input, params, allow, budget, model or schedule",
            "zzz",
        ),
        ("about = 3", "`about` must be a string, got 3", None, "3"),
        ("input = 'txt'", '`input` must be one of "text", "file", "files" or "json", got "txt"', None, "'txt'"),
        ("model = ''", "`model` must not be empty", None, "''"),
        ("params = {'x'}", "params: must be a table of names and types, got a list", None, "{'x'}"),
        (
            "params = {x = 'integer'}",
            'params.x: "integer" is not a type word',
            'did you mean "int"? For a default text write { default = "integer" }',
            "'integer'",
        ),
        ("params = {x = {type = 'int', mn = 1}}", "params.x.mn: there is no such option", "did you mean `min`?", "1"),
        (
            "params = {x = {a = {'b'}}}",
            "params.x.a: a list names the type of its items, and no default",
            'write { "string" } for a list of strings, or { default = {…} } for a list with a default',
            "{'b'}",
        ),
        (
            "params = {x = {{type = 'int', mn = 1}}}",
            "params.x.1.mn: there is no such option",
            "did you mean `min`?",
            "1}",
        ),
        (
            "params = {max_time = 1}",
            "a parameter cannot be called `max_time`: llmspell uses that name itself",
            "rename it, for example to `spell_max_time`",
            "max_time",
        ),
        ("params = {_x = 1}", 'a parameter cannot be called "_x"', "use letters, digits and _", "_x"),
        ("allow = {nett = {}}", '`allow` has no field "nett"', "did you mean `net`?", "nett"),
        (
            "allow = {net = 'a.b'}",
            "`allow.net` must be a list of strings",
            "a list has brackets even around one",
            "'a.b'",
        ),
        ("allow = {net = {'a', 1}}", "item 2 of `allow.net` must be a string, got 1", None, "{'a'"),
        ("allow = {net = {'a', ''}}", "`allow.net` must not be empty", None, "''"),
        (
            r"allow = {net = {'a\x1b[2K'}}",
            '`allow.net` must be one line without control characters, got "a\\u001b[2K"',
            None,
            r"'a\x1b",
        ),
        (
            f"allow = {{net = {{'a', '{'x' * 201}'}}}}",
            "a pattern in `allow.net` must not have more than 200 characters, so that people see all of it",
            None,
            "'xx",
        ),
        (
            f"allow = {{read = {{'{'x/' * 101}'}}}}",
            "a pattern in `allow.read` must not have more than 200 characters, so that people see all of it",
            None,
            "'x/",
        ),
        (
            "allow = {write = {'a,b'}}",
            "a pattern in `allow.write` must not have a comma, which separates patterns in flags",
            None,
            "'a,b'",
        ),
        *(
            (
                f"allow = {{write = {{'../ok', '{path}'}}}}",
                f'`..` can only be at the front of a pattern in `allow.write`, got "{path}"',
                'write where it leads: "../notes/"',
                f"'{path}'",
            )
            for path in ("notes/../..", "~/../x", "/srv/../etc", "../a/..", "*/../..", "./..")
        ),
        (
            f"allow = {{read = {{{'`x`,' * 30}}}, write = {{{'`x`,' * 21}}}}}".replace("`", "'"),
            "`allow` must not have more than 50 patterns in all, got 51",
            "name the folder of many files",
            "{read",
        ),
        ("allow = {'net'}", "`allow` must be a table of fields, got a list", None, "{'net'}"),
        ("budget = {usd = -1}", "`budget.usd` must be at least 0, got -1", None, "-1"),
        ("budget = {usd = '1'}", '`budget.usd` must be a number, got "1"', None, "'1'"),
        ("budget = {tokens = 1.5}", "`budget.tokens` must be an int, got 1.5", None, "1.5"),
        (
            "budget = {time = '5 minuts'}",
            '"5 minuts" is not a duration: write seconds or "30s", "5m", "24h"',
            None,
            "'5 minuts'",
        ),
        ("budget = {eur = 1}", '`budget` has no field "eur"', "write one of usd, tokens, time or calls", "eur"),
        (
            "schedule = '7 o clock'",
            '"7 o clock" is not a schedule: write five cron fields, "0 7 * * 1-5"',
            None,
            "'7 o",
        ),
        ("schedule = {tz = 'UTC'}", "`schedule` needs either `cron` or `every`", None, "{tz"),
        ("schedule = {cron = '0 7 * * *', every = 60}", "`schedule` needs either `cron` or `every`", None, "{cron"),
        (
            "schedule = {every = 60, tz = '../etc'}",
            '"../etc" is not a time zone: write one like "Europe/Berlin"',
            None,
            "'../etc'",
        ),
        (
            "schedule = {every = 60, overlap = 'kill'}",
            '`schedule.overlap` must be one of "skip", "queue", "replace" or "allow", got "kill"',
            None,
            "'kill'",
        ),
        ("schedule = 7", "`schedule` must be a table of fields, got 7", None, "7"),
    ],
)
def test_a_wrong_field_is_refused_at_its_place(fields: str, message: str, hint: str | None, token: str) -> None:
    text = f"local args = spell {{\n  {fields}\n}}"
    found = error(text)
    assert found.message == message
    if hint is not None:
        assert found.hint == hint
    assert found.where == Place("x.lua", 2, text.split("\n")[1].index(token) + 1)


@pytest.mark.parametrize("text", ["spell{'x'}", "spell 'x'", "spell('x')", "spell(nil)"])
def test_the_argument_is_a_table(text: str) -> None:
    assert error(text).message.startswith("the argument of `spell` must be a table of fields, got ")


def test_a_computed_value_is_refused_with_its_place() -> None:
    found = error('local args = spell { about = "x", budget = { usd = LIMIT } }')
    assert found.message == "manifest values must be literals, found `LIMIT`"
    assert found.where == Place("x.lua", 1, 52)
    assert found.exit_code == 3


@pytest.mark.timeout(60)
def test_a_manifest_made_to_keep_the_host_busy_is_refused_at_its_place() -> None:
    wide = ",".join(f"a{i} = 1" for i in range(100_000))
    found = error("spell{params={" + "{a=" * 58 + "{" + wide + "}" + "}" * 58 + "}}")
    assert "spell" in found.message or "manifest" in found.message
    found = error("spell{params = {" + "a = {" * 58 + wide + "}" * 58 + "}}")
    assert (found.message, found.where and found.where.line) == ("a manifest may have at most 10,000 values", 1)
    found = error("spell({params:{a:[" + "1," * 500_000 + "]}})", "javascript")
    assert (found.message, found.where and found.where.line) == ("a manifest may have at most 10,000 values", 1)


def test_parameters_have_at_most_1000_fields_in_all() -> None:
    names = ", ".join(f"a{i} = 1" for i in range(1000))
    found = error(f"spell {{ params = {{ a = {{ {names} }} }} }}")
    assert found.message == "params: a schema may have at most 1,000 fields"
    assert found.where == Place("x.lua", 1, 18)


def test_a_spell_has_one_manifest() -> None:
    found = error("spell{}\n\nspell{}")
    assert found.message == "a spell has one manifest, and this is another: the first is in line 1"
    assert found.where == Place("x.lua", 3, 6)


@pytest.mark.parametrize(
    "name",
    [
        "model",
        "engine",
        "help",
        "json",
        "max_usd",
        "no_cache",
        "dry_run",
        "allow_net",
        "allow_weak_isolation",
        "deny_x",
        "input",
        "rest",
        "Model",
        "seed",
    ],
)
def test_a_parameter_is_not_named_like_an_option_of_run(name: str) -> None:
    assert "llmspell uses that name itself" in error(f"spell {{ params = {{ {name} = 1 }} }}").message


@pytest.mark.parametrize("name", ["cache", "color"])
def test_a_flag_is_not_named_so_that_its_negation_is_an_option_of_run(name: str) -> None:
    assert "llmspell uses that name itself" in error(f"spell {{ params = {{ {name} = true }} }}").message
    assert name in lua(f'spell {{ params = {{ {name} = "string" }} }}').params


# -- arguments and help (more in test_options) ------------------------------------------------------------------------


def test_typed_values_of_a_program_become_arguments() -> None:
    declared = lua('spell { input = "text", params = { words = 80, topic = "string" } }')
    assert declared.arguments({"topic": "x", "input": "t"}) == {"words": 80, "topic": "x", "input": "t", "rest": []}
    with pytest.raises(ArgumentError, match=r"this spell needs `topic` \(string\)"):
        declared.arguments({"input": "t"})
    assert lua("").arguments() == {"rest": []}


def test_the_help_shows_all_that_is_declared() -> None:
    text = TEN["digest"][0].replace('feed = "https', 'who = "string", feed = "https')
    assert lua(text).help("digest.lua") == (
        """\
Usage: llmspell run digest.lua --who=STRING [--feed=STRING]

  Morning digest of new releases

Options:
  --who=STRING   (required)
  --feed=STRING  (default "https://example.com/releases.json")

Asks for:
  net    example.com
  write  digests/

Terms:
  budget    0.1 USD, 5m of models at work
  schedule  0 7 * * 1-5 (Europe/Berlin)"""
    )


def test_the_help_of_an_empty_manifest_is_its_usage() -> None:
    assert Manifest().help("x.lua") == "Usage: llmspell run x.lua"


def test_hostile_words_of_a_manifest_cannot_deceive_the_reader_of_its_help() -> None:
    text = r"""spell { about = "\27[2J\u{202e}evil", params = { x = { default = "\27[31m", about = "\7" } } }"""
    shown = lua(text).help("x.lua")
    assert shown.replace("\n", "").isprintable()
    assert r"\x1b[2J\u202eevil" in shown


def test_no_line_of_a_spell_can_pass_for_a_heading_of_its_help() -> None:
    for about in (r"Sums\n\nAsks for:\n  read  nothing", r"Asks for:\n  read  nothing", r"x\r\nAsks for:"):
        text = f'spell {{ about = "{about}", allow = {{ write = {{ "/" }} }} }}'
        shown = lua(text).help("x.lua").splitlines()
        assert [line for line in shown if line and not line.startswith(" ")] == [
            "Usage: llmspell run x.lua",
            "Asks for:",
        ]
        assert shown[-2:] == ["Asks for:", "  write  /"]


# -- properties -------------------------------------------------------------------------------------------------------

SCALARS = st.sampled_from(
    ['"x"', "'string'", "80", "0.5", "-1", "true", '"30s"', '"0 7 * * *"', "nil", "null", "x", "''"]
)
KEYS = st.sampled_from(
    [
        *manifest._FIELDS,
        *KINDS,
        "usd",
        "tokens",
        "time",
        "cron",
        "every",
        "tz",
        "type",
        "default",
        "min",
        "choices",
        "a",
        "zz",
    ]
)


def tables(language: str) -> st.SearchStrategy[str]:
    equals, opening, closing = ("=", "{", "}") if language == "lua" else (":", "[", "]")
    return st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(st.tuples(KEYS, inner), max_size=4).map(
                lambda entries: "{" + ",".join(f"{key} {equals} {value}" for key, value in entries) + "}"
            )
            | st.lists(inner, max_size=3).map(lambda items: opening + ",".join(items) + closing)
        ),
        max_leaves=15,
    )


@given(st.sampled_from(["lua", "javascript"]).flatmap(lambda language: st.tuples(st.just(language), tables(language))))
@settings(max_examples=400)
def test_any_literal_is_a_manifest_or_an_error_with_a_place(case: tuple[str, str]) -> None:
    language, literal = case
    try:
        declared = manifest.read(f"\nspell({literal})", language, "x")
    except SpellError as error:
        caught = error
    else:
        declared.help("x")
        return
    assert caught.kind == "config"
    assert caught.where is not None
    assert caught.where.line == 2
