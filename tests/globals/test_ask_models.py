"""Which models a spell may ask: the one that a person has chosen, and what the rules say of all others."""

from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell

MODEL = "openai/gpt-5-mini"

SPELLS = {
    ".lua": {
        "wish": f'spell {{ model = "{MODEL}" }} return ask("hi").text',
        "plain": 'return ask("hi").text',
        "names": f'return ask("hi", {{ model = "{MODEL}" }}).text',
        "says": f'return say("hi", {{ model = "{MODEL}" }}).text',
        "child": 'return Run.spell("wish")',
        "narrow": 'return Run.spell("wish", {}, { allow = {} })',
        "narrow_plain": 'return Run.spell("plain", {}, { allow = {} })',
        "narrow_list": 'return Run.spell("plain", {}, { allow = { models = { "other/*" } } })',
    },
    ".js": {
        "wish": f'spell({{ model: "{MODEL}" }}); export default (await ask("hi")).text;',
        "plain": 'export default (await ask("hi")).text;',
        "names": f'export default (await ask("hi", {{ model: "{MODEL}" }})).text;',
        "says": f'export default (await say("hi", {{ model: "{MODEL}" }})).text;',
        "child": 'export default await Run.spell("wish");',
        "narrow": 'export default await Run.spell("wish", {}, { allow: {} });',
        "narrow_plain": 'export default await Run.spell("plain", {}, { allow: {} });',
        "narrow_list": 'export default await Run.spell("plain", {}, { allow: { models: ["other/*"] } });',
    },
}


class Case:
    """A project with all spells, and what becomes of one of them."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self.folder = folder
        self.suffix = suffix
        for name, text in SPELLS[suffix].items():
            (folder / f"{name}{suffix}").write_text(text, encoding="utf-8")

    async def __call__(self, name: str, profile: str = "medium", environ: Any = None, **settings: Any) -> str:
        spell = Spell.from_path(self.folder / f"{name}{self.suffix}")
        allow = {"read": ["."]} | settings.pop("allow", {})
        async with Host(environ=environ or {}, profile=profile, allow=allow, **settings) as host:
            run = await host.execute(host.prepare(spell, spell.manifest.arguments({})))
        if run.error is None:
            return f"ok: {run.value}"
        return f"{run.error.kind}: {run.error.message} {run.error.hint}"


@pytest.fixture(params=[".lua", ".js"])
def case(tmp_path: Path, request: pytest.FixtureRequest) -> Case:
    (tmp_path / "llmspell.toml").touch()
    return Case(tmp_path, request.param)


async def test_what_is_denied_is_asked_by_nobody_whoever_names_it(case: Case) -> None:
    deny: Any = {"models": ["openai/*"]}
    for name in ("wish", "names", "says", "child", "narrow"):
        assert (await case(name, deny=deny)).startswith(f'permission: the model "{MODEL}" is not allowed'), name
    assert (await case("plain", deny=deny, model=MODEL)).startswith(f'permission: the model "{MODEL}"')
    for pattern in ("*", "echo"):
        assert (await case("plain", deny={"models": [pattern]}, model="echo")).startswith(
            'permission: the model "echo"'
        )


async def test_where_models_are_given_the_wish_of_a_spell_gives_none(case: Case) -> None:
    fix = f"--model {MODEL} chooses it, --allow-models={MODEL} allows it beside another"
    for name in ("wish", "names", "child"):
        assert await case(name, "high") == f'permission: the model "{MODEL}" is not allowed {fix}', name
    for chosen in ({"model": MODEL}, {"allow": {"models": ["openai/*"]}}):
        assert (await case("wish", "high", **chosen)).startswith("auth: ")  # it was let through, and there is no key
    assert (await case("plain", "high", {"LLMSPELL_MODEL": MODEL})).startswith("auth: ")
    assert await case("plain", "high", {"LLMSPELL_MODEL": "echo"}) == "ok: hi"


async def test_a_child_that_is_given_nothing_has_the_model_of_the_person_and_no_other(case: Case) -> None:
    assert (await case("child")).startswith("auth: ")
    assert (await case("narrow")).startswith(f'permission: the model "{MODEL}" is not allowed')
    assert await case("narrow_plain", model="echo") == "ok: hi"
    assert (await case("narrow_list", model="echo")).startswith('permission: the model "echo" is not allowed')
