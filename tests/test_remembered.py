"""What a person has said for good: whole or not at all, never damaged further, and nobody else's."""

import os
import threading
from pathlib import Path

import pytest

from llmspell.errors import ConfigError
from llmspell.remembered import Grants, Shelf, Trust, Trusted, bounded, difference, home, same, told

ROOT = Path("/ada/project")
DECLARED = {"net": ("example.com",)}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}


@pytest.fixture
def grants(environ: dict[str, str]) -> Grants:
    return Grants(environ)


def file_of(environ: dict[str, str], shelf: str = "grants") -> Path:
    (found,) = (home(environ) / shelf).glob("*.toml")
    return found


def damaged(grants: Grants, spell: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        grants.of(spell)
    return caught.value


def test_the_folder_is_that_of_the_person(tmp_path: Path) -> None:
    assert home({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}) == Path("/x/llmspell")
    assert home({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}) == Path("/h/.config/llmspell")
    assert home({"HOME": "relative"}) == Path("~/.config/llmspell").expanduser()
    assert told(Path("/h/.config/a\x1b"), {"HOME": "/h"}) == "~/.config/a\\x1b"


def test_what_was_allowed_is_there_again_with_its_lines(
    grants: Grants, environ: dict[str, str], tmp_path: Path
) -> None:
    spell = tmp_path / 'a "b" \\ \u202e.lua'
    assert grants.of(spell) is None
    assert not home(environ).exists()  # to look makes nothing
    grants.add(spell, ROOT, DECLARED, {"net": ["example.com", "b.com"], "read": ['a"b', "c\\d"]})
    found = grants.of(spell)
    assert found is not None
    assert (found.spell, found.root, found.declared) == (str(spell), str(ROOT), DECLARED)
    assert [item.value for item in found.rules["read"]] == ['a"b', "c\\d"]
    lines = file_of(environ).read_text("utf-8").splitlines()
    for item in (*found.rules["net"], *found.rules["read"]):
        assert item.value.replace("\\", "\\\\").replace('"', '\\"') in lines[int(item.place.rpartition(":")[2]) - 1]


def test_what_is_taken_back_is_gone(grants: Grants, tmp_path: Path) -> None:
    one, two = tmp_path / "one.lua", tmp_path / "two.lua"
    for spell in (one, two):
        grants.add(spell, ROOT, {}, {"net": ["a.com"]})
    assert grants.remove(one)
    assert not grants.remove(one)
    assert grants.of(one) is None
    assert grants.of(two) is not None
    assert grants.clear() == 1
    assert [*grants.all()] == []


def test_a_spell_is_known_by_its_real_path(grants: Grants, tmp_path: Path) -> None:
    (tmp_path / "real.lua").touch()
    (tmp_path / "link.lua").symlink_to("real.lua")
    grants.add(tmp_path / "link.lua", ROOT, {}, {"net": ["a.com"]})
    assert grants.of(tmp_path / "real.lua") is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = [", "is not TOML"),
        ("spell = 'x'\nsurprise = 1", ":2: there is no setting `surprise`"),
        ("[rules]\nnet = ['a.com']", ": the setting `spell` is missing"),
        ("spell = 'SPELL'\nroot = '/'\n[rules]\nnet = 'a.com'", ":4: `rules.net` must be a list"),
        ("spell = 'SPELL'\nroot = '/'\n[rules]\nnet = ['a b']", ":4: `rules.net`: "),
        ("spell = 'SPELL'\n[rules]\nnet = ['a.com']", ": the setting `root` is missing"),
        ("spell = '/other.lua'\nroot = '/'\n[rules]\nnet = ['a.com']", ':1: this is about another spell, "/other.lua"'),
        ("x" * 70_000, "too large"),
        ("\udcff", "not"),
    ],
    ids=range(9),
)
def test_a_damaged_file_is_named_and_nothing_of_it_is_lost(
    grants: Grants, environ: dict[str, str], tmp_path: Path, text: str, message: str
) -> None:
    spell = tmp_path / "a.lua"
    grants.add(spell, ROOT, {}, {"net": ["a.com"]})
    file = file_of(environ)
    raw = text.replace("SPELL", str(spell)).encode("utf-8", "surrogateescape")
    file.write_bytes(raw)
    error = damaged(grants, spell)
    assert message in error.message
    assert file.name in f"{error.message}{error.hint}"
    assert error.hint is not None
    with pytest.raises(ConfigError):
        grants.add(spell, ROOT, {}, {"net": ["b.com"]})
    assert file.read_bytes() == raw
    if "/other" not in text:
        assert [type(each) for each in grants.all()] == [ConfigError]
    assert grants.remove(spell)  # what is damaged can be taken back all the same


def test_a_link_and_a_pipe_are_no_files_of_ours(grants: Grants, environ: dict[str, str], tmp_path: Path) -> None:
    spell = tmp_path / "a.lua"
    grants.add(spell, ROOT, {}, {"net": ["a.com"]})
    file = file_of(environ)
    file.rename(tmp_path / "elsewhere.toml")
    file.symlink_to(tmp_path / "elsewhere.toml")
    assert "cannot be behind a link" in damaged(grants, spell).message
    file.unlink()
    os.mkfifo(file)
    assert "must be in a file" in damaged(grants, spell).message


def test_what_cannot_be_written_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    home(environ).parent.mkdir()
    home(environ).write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="what is remembered of spells: ~/config/llmspell"):
        Grants(environ).add(tmp_path / "a.lua", ROOT, {}, {"net": ["a.com"]})


def test_those_who_write_at_once_lose_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    start, spell = threading.Barrier(8), tmp_path / "a.lua"

    def add(number: int) -> None:
        start.wait()
        for each in range(5):
            Grants(environ).add(spell, ROOT, {}, {"net": [f"h{number}-{each}.com"]})

    threads = [threading.Thread(target=add, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Grants(environ).of(spell)
    assert found is not None
    assert len(found.rules["net"]) == 40
    assert [path.name for path in (home(environ) / "grants").iterdir() if path.suffix != ".toml"] == [".lock"]


def test_a_write_that_broke_off_leaves_what_was(
    grants: Grants, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spell = tmp_path / "a.lua"
    grants.add(spell, ROOT, {}, {"net": ["a.com"]})
    before = file_of(environ).read_bytes()

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(ConfigError, match="no space left on device"):
            grants.add(spell, ROOT, {}, {"net": ["b.com"]})
    assert file_of(environ).read_bytes() == before
    grants.add(spell, ROOT, {}, {"net": ["b.com"]})  # what it left behind is in nobody's way


def test_what_would_be_too_much_is_not_written(environ: dict[str, str]) -> None:
    shelf = Shelf(home(environ) / "x", "what", "undo", environ)
    with pytest.raises(ConfigError, match="more than 64 KiB"):
        shelf.write("key", {"a": "x" * 70_000})


def test_declarations_are_the_same_in_any_order() -> None:
    assert same({"net": ("a", "b")}, {"net": ["b", "a"], "read": []})
    assert not same({"net": ("a",)}, {"net": ("a", "b")})
    assert not same({"net": ("a",)}, {"read": ("a",)})


def test_a_folder_is_trusted_at_one_content(environ: dict[str, str], tmp_path: Path) -> None:
    trusted = Trusted(environ)
    trust = Trust(str(tmp_path), "abc", ("net a.com",))
    assert trusted.of(tmp_path) is None
    trusted.add(trust)
    assert trusted.of(tmp_path) == trust
    trusted.add(Trust(str(tmp_path), "def", ()))
    assert [*trusted.all()] == [Trust(str(tmp_path), "def", ())]
    assert trusted.remove(tmp_path)
    assert not trusted.remove(tmp_path)
    trusted.add(trust)
    assert {path.stat().st_mode & 0o777 for path in (home(environ) / "trusted").iterdir()} == {0o600}
    file = file_of(environ, "trusted")
    file.write_text(file.read_text("utf-8").replace(str(tmp_path), "/elsewhere"), "utf-8")
    assert trusted.of(tmp_path) is None  # a file that speaks of another folder
    file.write_text("x", "utf-8")
    assert [type(each) for each in trusted.all()] == [ConfigError]


def test_lines_are_bounded() -> None:
    assert difference(["a", "b"], ["b", "c"]) == ["+ c", "- a"]
    assert len(bounded([str(number) for number in range(100)])) == 21
    assert bounded(["a"] * 21)[-1] == "… and 1 more"
