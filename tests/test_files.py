"""Files that a person names, and what is wrong with them."""

import io
from pathlib import Path

import pytest

from llmspell import files
from llmspell.errors import ArgumentError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spells").mkdir()
    (tmp_path / "spells" / "summarise.lua").write_text("return 1")
    (tmp_path / "spells" / "notes.md").write_text("x")
    return tmp_path


def error(name: str) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught, files.opened(name, "spell", (".lua", ".js")):
        raise AssertionError("it was opened")
    return caught.value


def test_a_file_is_opened_as_bytes(here: Path) -> None:
    with files.opened("spells/notes.md") as file:
        assert file.read() == b"x"


@pytest.mark.parametrize(
    "name", ["spells/summarize.lua", "spells/summarise", "spells/sum", "spells/Summarise.lua", "spells/summarise.lau"]
)
def test_a_missing_file_is_told_with_the_one_that_was_meant(here: Path, name: str) -> None:
    found = error(name)
    assert found.message == f"there is no file {name}"
    assert found.hint == "did you mean spells/summarise.lua?"


def test_nothing_is_suggested_where_nothing_is_near(here: Path) -> None:
    assert error("spells/zzz").hint is None
    assert error("spells/zzz.lua").hint is None
    assert error("nowhere/x.lua").hint is None
    assert error("spells/notes.md/x").message == "there is no file spells/notes.md/x"


def test_of_two_files_that_could_be_meant_the_one_with_the_suffix_is(here: Path) -> None:
    (here / "spells" / "summarise.js").touch()
    assert error("spells/sumarise.lua").hint == "did you mean spells/summarise.lua?"
    assert error("spells/sumarise.js").hint == "did you mean spells/summarise.js?"


def test_a_directory_is_told_with_a_file_in_it(here: Path) -> None:
    found = error("spells")
    assert found.message == "spells is a directory, not a spell"
    assert found.hint == "name a file in it, for example spells/summarise.lua"
    (here / "spells" / "summarise.lua").unlink()
    assert error("spells").hint is None


def test_a_path_with_a_nul_is_no_path(here: Path) -> None:
    assert "it is not a path" in error("a\0b").message


def test_a_file_that_cannot_be_read_says_why(here: Path) -> None:
    with pytest.raises(ArgumentError, match="cannot read /proc/self/mem: Input/output error"):  # noqa: SIM117
        with files.opened("/proc/self/mem") as file:
            file.read()


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert files.limited(io.BytesIO(b"x" * 2**20), 2**20, "a") == b"x" * 2**20
    with pytest.raises(ArgumentError, match="a is too large: more than 1 MiB"):
        files.limited(io.BytesIO(b"x" * (2**20 + 1)), 2**20, "a")


def test_a_byte_order_mark_is_dropped() -> None:
    assert files.decoded("\ufeffé".encode(), "a") == "é"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\xff", "a is not UTF-8: byte 0xff at offset 0, line 1"),
        (b"ab\nc\xe9d", "a is not UTF-8: byte 0xe9 at offset 4, line 2"),
        (b"\xef\xbb\xbf\n\n\x80", "a is not UTF-8: byte 0x80 at offset 5, line 3"),
        ("x".encode("utf-16"), "a is not UTF-8: byte 0xff at offset 0, line 1"),
        (b"\xed\xa0\x80", "a is not UTF-8: byte 0xed at offset 0, line 1"),
    ],
)
def test_bytes_that_are_not_utf_8_are_told_with_their_place(raw: bytes, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        files.decoded(raw, "a")
    assert caught.value.message == message
