"""What `llmspell.toml` says about the journal: each wrong key is named, and nothing in it grants anything."""

import re
from pathlib import Path

import pytest

from llmspell import settings, toml
from llmspell.errors import ConfigError
from llmspell.settings import JournalSettings
from llmspell.vault import Kept


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
        (
            "[journal]\ndurabilty = 'full'",
            "llmspell.toml:2: there is no setting `journal.durabilty`",
            "did you mean `durability`?",
        ),
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


@pytest.mark.parametrize("text", ['[spells."~no such user.lua"]', '[folders."~no such user/x"]'])
def test_the_home_of_nobody_is_no_place(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it must begin with / or ~/"):
        settings.of_person(toml.parse(text, "config.toml"), tmp_path)


def test_a_person_says_where_secrets_are_and_where_they_may_go(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[secrets.mail]\nenv = "RELAY"\nhosts = ["a.example", "*.b.example:8443"]\n[secrets.bank]\n', "utf-8"
    )
    document = toml.read(path, "config.toml")
    assert document is not None
    assert settings.of_person(document, tmp_path).secrets == {
        "mail": Kept("RELAY", ("a.example", "*.b.example:8443"), "config.toml:1"),
        "bank": Kept("", (), "config.toml:4"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[secrets.mail]\nhost = []", "there is no setting `secrets.mail.host`"),
        ('[secrets."a b"]\nenv = "X"', "is not the name of a secret"),
        ('[secrets.mail]\nhosts = ["POST a.example"]', "a secret is for a host"),
        ("[secrets.mail]\nhosts = []", "config.toml:2: `secrets.mail.hosts` must name a host"),
        ("[secrets.mail]\nenv = 1", "`secrets.mail.env`"),
    ],
)
def test_a_wrong_secret_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    document = toml.read(path, "config.toml")
    assert document is not None
    with pytest.raises(ConfigError, match=re.escape(message)):
        settings.of_person(document, tmp_path)
    with pytest.raises(ConfigError, match="there is no setting `secrets`"):
        settings.of_project(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[spells."x.lua"]\n[spells."./x.lua"]\ndeny.read = ["a"]', ':2: `spells."./x.lua"` and `spells."x.lua"`'),
        ('[folders."vendor"]\nsecurity = "low"\n[folders."vendor/"]', ':3: `folders."vendor/"` and `folders."vendor"`'),
    ],
)
def test_two_names_for_one_path_are_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "llmspell.toml"
    path.write_text(text, "utf-8")
    document = toml.read(path, "llmspell.toml")
    assert document is not None
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        settings.of_project(document)
    assert caught.value.hint == "write all that is said of it in one place"
