"""What `llmspell.toml` says about the journal: each wrong key is named, and nothing in it grants anything."""

from pathlib import Path

import pytest

from llmspell import settings
from llmspell.errors import ConfigError
from llmspell.settings import JournalSettings


def said(folder: Path, text: str) -> JournalSettings:
    (folder / "llmspell.toml").write_text(text, "utf-8")
    return settings.journal(folder)


def test_without_a_file_or_a_section_all_is_as_usual(tmp_path: Path) -> None:
    usual = JournalSettings("normal", 8 * 2**30)
    assert settings.journal(tmp_path) == usual
    assert said(tmp_path, "[vars]\nx = 1\n[journal]\n") == usual


def test_what_is_said_is_taken(tmp_path: Path) -> None:
    found = said(tmp_path, '[journal]\ndurability = "full"\nsize = "256MiB"\nrun = "64MiB"')
    assert found == JournalSettings("full", 256 * 2**20, 64 * 2**20)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[journal]\ndurabilty = 'full'", "there is no setting `journal.durabilty`", "did you mean `durability`?"),
        ("[journal]\ndurability = 'fast'", "`journal.durability`: it must be one of normal or full", None),
        ("[journal]\nsize = '4KiB'", "`journal.size`: it must be at least 1MiB", None),
        ("[journal]\nsize = 'big'", '`journal.size`: "big" is not a size', None),
        ("[journal]\nsize = '9999999GiB'", "`journal.size`: .* is not a usable size", None),
        ("journal = 5", "`journal` must be a section, got 5", r"begin it with [journal]"),
        ("[journal", "is not TOML", None),
        ("x = " + "[" * 5000, "is nested more than|is not TOML", None),
        ("a." * 100 + "b = 1", "a key has more than 64 parts", None),
        ("x" * 70_000, "too large", None),
    ],
    ids=lambda value: value[:30] if value else "",
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, message: str, hint: str | None) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        said(tmp_path, text)
    assert caught.value.hint == hint
