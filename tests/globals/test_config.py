"""Settings: what a file of them may be."""

from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.errors import SpellError
from llmspell.globals.config import Config


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
