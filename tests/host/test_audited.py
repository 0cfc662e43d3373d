"""What a run reads of its project and which models it asks, as the audit log has it; and ops that have two names."""

from pathlib import Path

import pytest
from test_permitting import SUFFIX, Stage, languages

from llmspell.errors import PermissionDenied

MADE_OF = {
    "lua": """
        local names, part = require("lib.names"), require("part")
        local kid = Run.spell("kid")
        Prompt.load("greet")
        Prompt.render("{{> tone}} {{who}}", { who = "Ada" })
        Config.get("vars.city")
        ask("x")
        say("y")
        attempt(function() return Run.spell("hid/kid") end)
        attempt(function() return Prompt.load("hid") end)
        return kid
    """,
    "javascript": """
        import names from "./lib/names.json";
        import "./part.js";
        const kid = await Run.spell("kid");
        await Prompt.load("greet");
        await Prompt.render("{{> tone}} {{who}}", { who: "Ada" });
        await Config.get("vars.city");
        await ask("x");
        await say("y");
        await attempt(() => Run.spell("hid/kid"));
        await attempt(() => Prompt.load("hid"));
        export default kid;
    """,
}


@languages
async def test_all_that_is_read_of_the_project_and_every_model_is_written_down(tmp_path: Path, language: str) -> None:
    suffix = SUFFIX[language]
    for name, text in {
        "lib/names.json": "[]", "lib/names.lua": "return 1", f"part{suffix}": "", "kidpart.json": '"kid"',
        "kid.lua": "return require('kidpart.json')", "hid/kid.lua": "return 1", "prompts/hid.md": "x",
        "prompts/greet.md": "{{> tone}}", "prompts/tone.md": "kindly",
    }.items():  # fmt: skip
        stage_file = tmp_path / name
        stage_file.parent.mkdir(exist_ok=True)
        stage_file.write_text(text)
    stage = Stage(tmp_path, language, deny={"read": ["hid/", "prompts/hid.md"]})
    run = await stage.run(MADE_OF[language])
    assert (run.error, run.value) == (None, "kid")
    names = "lib/names.lua" if language == "lua" else "lib/names.json"
    told = [(each["op"], each["kind"], each["value"], each["decision"]) for each in stage.lines()]
    assert told == [
        ("", "read", names, "allow"),
        ("", "read", f"part{suffix}", "allow"),
        ("Run.spell", "read", "kid.lua", "allow"),
        ("Run.spell", "read", "kidpart.json", "allow"),
        ("Prompt.load", "read", "prompts/greet.md", "allow"),
        ("Prompt.load", "read", "prompts/tone.md", "allow"),
        ("Prompt.render", "read", "prompts/tone.md", "allow"),
        ("Config.get", "read", "llmspell.toml", "allow"),
        ("ask", "models", "echo", "allow"),
        ("say", "models", "echo", "allow"),
        ("Run.spell", "read", f"hid/kid{suffix}", "deny"),
        ("Prompt.load", "read", "prompts/hid.md", "deny"),
    ]


async def test_a_run_that_a_module_keeps_from_beginning_leaves_the_line_that_says_so(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "lua", deny={"read": ["part.lua"]})
    stage.file("part.lua", "return 1")
    with pytest.raises(PermissionDenied):
        await stage.run("return require('part')")
    assert [(each["kind"], each["value"], each["decision"]) for each in stage.lines()] == [("read", "part.lua", "deny")]


NAMED_TWICE = {
    "lua": """
        local found = {}
        for _, ask in ipairs({ approve, Human.approve }) do
          found[#found + 1] = attempt(function() return ask("go on?") end).error.message
        end
        return found
    """,
    "javascript": """
        const found = [];
        for (const ask of [approve, Human.approve]) found.push((await attempt(() => ask("go on?"))).error.message);
        export default found;
    """,
}


@languages
@pytest.mark.parametrize("name", ["approve", "Human.approve", "Human.*"])
async def test_an_op_with_two_names_is_denied_by_either(tmp_path: Path, language: str, name: str) -> None:
    stage = Stage(tmp_path, language, deny={"tools": [name]})
    assert (await stage.run(NAMED_TWICE[language])).value == ['the tool "Human.approve" is not allowed'] * 2
