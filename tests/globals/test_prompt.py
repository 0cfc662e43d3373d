"""Prompts in files: loaded, included, filled in; in both languages."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.errors import SpellError
from llmspell.globals.prompt import Prompt

Cast = Callable[[str, str], Awaitable[Any]]
LOADS = {"lua": "return Prompt.load({!r})", "javascript": "export default await Prompt.load({!r});"}
RENDERS = {
    "lua": "return Prompt.render(Prompt.load('letter'), {{ name = {!r} }})",
    "javascript": "export default await Prompt.render(await Prompt.load('letter'), {{ name: {!r} }});",
}
BOTH = pytest.mark.parametrize("language", LOADS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with prompts."""
    (tmp_path / "llmspell.toml").touch()
    for name, text in {
        "letter": "Dear {{name}},\n{{> mail/polite }}\n",
        "mail/polite": "be so kind.\n",
        "circle": "{{> round}}",
        "round": "{{> circle}}",
        "many": "{{> mail/polite}}" * 101,
    }.items():
        path = tmp_path / "prompts" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def cast(project: Path) -> Cast:
    async def run(language: str, source: str) -> Any:
        path = project / {"lua": "x.lua", "javascript": "x.js"}[language]
        path.write_text(source)
        async with Host(environ={}) as host:
            return (await host.run(Spell.from_path(path))).value

    return run


@BOTH
async def test_a_prompt_is_loaded_with_what_it_includes(cast: Cast, language: str) -> None:
    assert await cast(language, LOADS[language].format("letter")) == "Dear {{name}},\nbe so kind."


@BOTH
async def test_values_are_filled_in_and_are_no_templates_themselves(cast: Cast, language: str) -> None:
    assert await cast(language, RENDERS[language].format("{{> circle}}")) == "Dear {{> circle}},\nbe so kind."


@BOTH
@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("leter", "there is no prompt `leter`", "did you mean `letter`?"),
        ("zzz", "there is no prompt `zzz`", "write prompts/zzz.md"),
        ("circle", "a prompt includes itself: circle -> round -> circle", None),
        ("many", "the prompt is made of more than 100 others", None),
        ("../llmspell", "Prompt: `../llmspell` is not the name of a prompt", None),
        ("/etc/passwd", "Prompt: `/etc/passwd` is not the name of a prompt", None),
        (".hidden", "Prompt: `.hidden` is not the name of a prompt", None),
        ("", "Prompt: `` is not the name of a prompt", None),
    ],
)
async def test_a_name_that_is_wrong_says_so(
    cast: Cast, language: str, name: str, message: str, hint: str | None
) -> None:
    with pytest.raises(SpellError) as caught:
        await cast(language, LOADS[language].format(name))
    assert (caught.value.message, caught.value.hint) == (message, hint)


@BOTH
async def test_a_link_out_of_the_project_is_not_followed(cast: Cast, project: Path, language: str) -> None:
    (project / "prompts" / "out.md").symlink_to("/etc/passwd")
    with pytest.raises(SpellError) as caught:
        await cast(language, LOADS[language].format("out"))
    assert caught.value.kind == "permission"


@BOTH
async def test_a_prompt_that_grows_without_end_is_refused(cast: Cast, project: Path, language: str) -> None:
    (project / "prompts" / "mail" / "polite.md").write_text("x" * 2**20)
    (project / "prompts" / "many.md").write_text("{{> mail/polite}}" * 9)
    with pytest.raises(SpellError, match="bytes"):
        await cast(language, LOADS[language].format("many"))


@pytest.mark.parametrize(
    "text", ["{{>" + " " * 400_000 + "{", "{{> " * 100_000, "{{>" * 100_000 + "}}", "{{" * 200_000]
)
async def test_a_prompt_made_to_confuse_is_read_at_once(project: Path, text: str) -> None:
    (project / "prompts" / "odd.md").write_text(text)
    (project / "x.lua").touch()
    prompt = Prompt(Host(environ={}).prepare(Spell.from_path(project / "x.lua")).context)
    assert await prompt.load("odd") == text
    with pytest.raises(SpellError):
        await prompt.render(text, {})


async def test_a_name_may_stand_among_spaces(cast: Cast, project: Path) -> None:
    (project / "prompts" / "wide.md").write_text("{{>   mail/polite\t}}{{>mail/polite}}")
    assert await cast("lua", LOADS["lua"].format("wide")) == "be so kind.be so kind."
