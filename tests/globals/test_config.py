"""Settings: what a file of them may be."""

from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.errors import ConfigError, PermissionDenied, SpellError
from llmspell.globals.config import Config
from llmspell.policy import Policy
from llmspell.project import Project


async def read(project: Path, text: str, name: str = "vars.a") -> Any:
    (project / "llmspell.toml").write_text(text)
    (project / "x.lua").touch()
    return await Config(Host(environ={}).prepare(Spell.from_path(project / "x.lua")).context).get(name)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a" + ".a" * 400_000 + " = 1", "too large: more than 64 KiB"),
        ("a" + ".a" * 30_000 + " = 1", "more than 64 parts"),
        ("[vars]\n'a'" + ' . "b"' * 5000 + " = 1", "more than 64 parts"),
        ("[vars]\nx = {a" + ".a" * 30_000 + " = 1}", "more than 64 parts"),
        ("[vars]\na = " + "[" * 30_000, "nested more than 64 deep"),
        ("[vars]\na = " + "[" * 100 + "]" * 100, "nested more than 64 deep"),
        ("[vars]\n" + "a" * 60_000, "is not TOML"),
        ("[vars]\n" + '"' * 60_000, "is not TOML"),
    ],
)
async def test_a_file_made_to_confuse_is_refused_at_once(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SpellError, match=fault) as caught:
        await read(tmp_path, text)
    assert len(caught.value.message) < 300


async def test_a_text_may_have_dots(tmp_path: Path) -> None:
    assert await read(tmp_path, '[vars]\na = "' + "." * 1000 + '"') == "." * 1000


@pytest.mark.parametrize("profile", ["low", "medium"])
@pytest.mark.parametrize("link", [False, True])
async def test_a_second_name_of_what_is_denied_is_not_read(tmp_path: Path, profile: str, link: bool) -> None:
    project, outside = tmp_path / "project", tmp_path / "app.toml"
    project.mkdir()
    outside.write_text('[vars]\na = "sk-outside"')
    (project / "x.lua").touch()
    if link:
        (project / "llmspell.toml").symlink_to(outside)
    else:
        (project / "llmspell.toml").hardlink_to(outside)
    host = Host(environ={}, profile=profile, deny={"read": [str(outside)]})
    context = host.prepare(Spell.from_path(project / "x.lua")).context
    with pytest.raises(PermissionDenied):
        await Config(context).get("vars.a")


async def test_a_link_in_the_place_of_the_settings_is_followed_by_nobody(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "app.toml").write_text('[models]\napi_key = "sk-outside"')
    (project / "llmspell.toml").symlink_to(tmp_path / "app.toml")
    (project / "x.lua").touch()
    spell = Spell.from_path(project / "x.lua")
    with pytest.raises(PermissionDenied, match=r"llmspell.toml leads over a symbolic link"):
        await Config(Host(environ={}).prepare(spell).context).get("models.api_key")
    with pytest.raises(ConfigError, match=r"llmspell.toml is a symbolic link"):
        Policy.of(Project.of(spell.path), {})


async def test_without_a_file_there_are_no_settings(tmp_path: Path) -> None:
    (tmp_path / "x.lua").touch()
    context = Host(environ={}).prepare(Spell.from_path(tmp_path / "x.lua")).context
    assert await Config(context).get("vars.a", 7) == 7
