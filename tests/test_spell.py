"""A spell from a file or a text, and what it takes as input."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ArgumentError, ConfigError, Place, SpellError
from llmspell.spell import INPUT_LIMIT, SOURCE_LIMIT, Spell, read_input

DECLARED = 'local args = spell { input = "text", params = { words = 80 } }\n'


class Stdin:
    def __init__(self, content: bytes = b"", terminal: bool = False) -> None:
        self.buffer = io.BytesIO(content)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def error(action: Any, *args: Any) -> SpellError:
    with pytest.raises(SpellError) as caught:
        action(*args)
    return caught.value


# -- from a file ------------------------------------------------------------------------------------------------------


def test_a_file_becomes_a_spell(here: Path) -> None:
    (here / "sum.lua").write_text(DECLARED)
    spell = Spell.from_path("./sum.lua")
    assert (spell.name, spell.language, spell.source, spell.path) == ("./sum.lua", "lua", DECLARED, Path("sum.lua"))
    assert spell.manifest.input == "text"


@pytest.mark.parametrize(
    ("written", "source"),
    [
        (b"", ""),
        (b"\xef\xbb\xbfreturn 1", "return 1"),
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        (b"#!/usr/bin/env lua\nreturn 1", "\nreturn 1"),
        (b"#![[\nreturn 1", "\nreturn 1"),
        (b"\xef\xbb\xbf#!/usr/bin/env lua\r\nreturn 1", "\nreturn 1"),
        (b"#!/usr/bin/env lua", ""),
        ("return 'é'".encode(), "return 'é'"),
    ],
)
def test_marks_and_line_ends_are_made_plain_and_lines_keep_their_numbers(
    here: Path, written: bytes, source: str
) -> None:
    (here / "a.lua").write_bytes(written)
    assert Spell.from_path("a.lua").source == source


def test_an_error_of_the_manifest_counts_the_shebang_as_a_line(here: Path) -> None:
    (here / "a.lua").write_bytes(b"\xef\xbb\xbf#!/usr/bin/env lua\r\n\r\nspell { about = X }\r\n")
    assert error(Spell.from_path, "a.lua").where == Place("a.lua", 3, 17)


def test_a_file_without_a_suffix_is_told_by_its_shebang_or_by_a_person(here: Path) -> None:
    (here / "a").write_text("#!/usr/bin/env node\nexport default 1")
    assert Spell.from_path("a").language == "javascript"
    (here / "b").write_text("return 1")
    assert Spell.from_path("b", "lua").language == "lua"
    assert isinstance(error(Spell.from_path, "b"), ConfigError)


def test_a_pipe_on_stdin_is_read_once(here: Path) -> None:
    code = "from llmspell.spell import Spell; import sys; print(Spell.from_path(sys.argv[1]).source)"
    run = subprocess.run(
        ["bash", "-c", f'printf "#!/usr/bin/env lua\\nreturn 7" | "$0" -c "{code}" /dev/stdin', sys.executable],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert run.stdout == "\nreturn 7\n"


def test_what_is_no_spell_is_refused_with_the_exit_code_of_arguments(here: Path) -> None:
    (here / "spells").mkdir()
    (here / "spells" / "hello.lua").write_text("")
    (here / "bad.lua").write_bytes(b"x = 1\ny = '\xe9'")
    (here / "big.lua").write_bytes(b" " * (SOURCE_LIMIT + 1))
    messages = {
        "spells": "spells is a directory, not a spell",
        "spells/helo.lua": "there is no file spells/helo.lua",
        "bad.lua": "bad.lua is not UTF-8: byte 0xe9 at offset 11, line 2",
        "big.lua": "big.lua is too large: more than 1 MiB",
    }
    for name, message in messages.items():
        found = error(Spell.from_path, name)
        assert (found.message, found.exit_code) == (message, 2)
    assert error(Spell.from_path, "spells").hint == "name a file in it, for example spells/hello.lua"
    assert error(Spell.from_path, "spells/helo.lua").hint == "did you mean spells/hello.lua?"


# -- from a text ------------------------------------------------------------------------------------------------------


def test_a_text_becomes_a_spell() -> None:
    spell = Spell.from_source("export default 1", "js", "inline")
    assert (spell.name, spell.language, spell.path) == ("inline", "javascript", None)
    assert spell == Spell.from_source("\ufeffexport default 1", "javascript", "inline")


@pytest.mark.parametrize(
    ("source", "language", "message"),
    [
        ("x", "python", 'there is no engine "python"'),
        ("\ud800", "lua", "spell is not valid text: character 1 is a lone surrogate"),
        pytest.param("é" * SOURCE_LIMIT, "lua", "spell is too large: more than 1 MiB", id="large"),
        ("spell { x = y }", "lua", "manifest values must be literals, found `y`"),
    ],
)
def test_a_text_that_is_no_spell_is_refused(source: str, language: str, message: str) -> None:
    assert error(Spell.from_source, source, language).message == message


@given(st.text(), st.sampled_from(["lua", "js"]))
def test_any_text_is_a_spell_or_a_clear_error(source: str, language: str) -> None:
    problem = "config"
    try:
        assert "\r" not in Spell.from_source(source, language).source
    except SpellError as error:
        problem = error.kind
    assert problem in ("config", "args")


# -- arguments --------------------------------------------------------------------------------------------------------


def test_the_words_and_stdin_become_what_the_script_sees(here: Path) -> None:
    (here / "report.md").write_text("# é\r\n", newline="")
    spell = Spell.from_source(DECLARED, "lua", "sum.lua")
    assert spell.arguments(["report.md", "--words=40"]) == {"words": 40, "input": "# é\r\n", "rest": []}
    assert spell.arguments([], Stdin(b"piped")) == {"words": 80, "input": "piped", "rest": []}
    assert spell.arguments(["-", "--", "x"], Stdin(b"typed", terminal=True)) == {
        "words": 80,
        "input": "typed",
        "rest": ["x"],
    }


def test_a_spell_that_declares_nothing_takes_nothing() -> None:
    spell = Spell.from_source("return 1", "lua", "x.lua")
    assert spell.arguments([], Stdin(b"ignored")) == {"rest": []}
    found = error(spell.arguments, ["report.md"])
    assert found.message == 'x.lua takes no input, got "report.md"'
    assert found.hint == "options are written --name=value"


def test_a_folder_that_is_called_as_the_home_is_written_is_not_the_home(here: Path) -> None:
    (here / "~").mkdir()
    (here / "~" / "notes.txt").touch()
    (here / "x.lua").write_text('spell { input = "file" }')
    assert Spell.from_path("x.lua").arguments(["./~/notes.txt"])["input"] == "./~/notes.txt"


def test_each_kind_of_input_is_read_as_such(here: Path) -> None:
    (here / "a.json").write_text('{"a": [1, 2.5, null]}')
    assert read_input("text", ["a.json"], None) == '{"a": [1, 2.5, null]}'
    assert read_input("json", ["a.json"], None) == {"a": [1, 2.5, None]}
    assert read_input("json", [], Stdin(b"[1]")) == [1]
    assert read_input("file", ["./a.json"], None) == "./a.json"
    assert read_input("files", ["a.json", "./a.json"], None) == ["a.json", "./a.json"]
    assert read_input("text", [], Stdin(b"\xef\xbb\xbfx")) == "x"
    assert read_input(None, [], Stdin(b"x")) is None


@pytest.mark.parametrize(
    ("kind", "words", "stdin", "message"),
    [
        ("text", [], None, "s.lua needs an input"),
        ("text", [], Stdin(terminal=True), "s.lua needs an input"),
        ("json", [], None, "s.lua needs an input"),
        ("file", [], Stdin(b"x"), "s.lua needs an input"),
        ("files", [], Stdin(b"x"), "s.lua needs an input"),
        ("text", ["-"], None, "there is no stdin to read"),
        ("file", ["-"], Stdin(b"x"), "the input must be the path of a file, not stdin"),
        ("text", ["a", "b"], None, "s.lua takes one input, got 2: a b"),
        ("text", ["missing.md"], None, "there is no file missing.md"),
        ("file", ["missing.md"], None, "there is no file missing.md"),
        ("files", ["here.md", "missing.md"], None, "there is no file missing.md"),
        ("text", ["."], None, ". is a directory, not a file"),
        ("file", ["."], None, ". is a directory, not a file"),
        ("text", ["latin.md"], None, "latin.md is not UTF-8: byte 0xe9 at offset 1, line 1"),
        ("text", [], Stdin(b"a\n\xff"), "stdin is not UTF-8: byte 0xff at offset 2, line 2"),
        ("json", ["here.md"], None, "here.md is not JSON: Expecting value at line 1, column 1"),
        ("json", [], Stdin(b"NaN"), "stdin must be a finite number"),
        ("text", [], Stdin(b"x" * (INPUT_LIMIT + 1)), "stdin is too large: more than 16 MiB"),
        (None, ["a", "b"], None, 's.lua takes no input, got "a b"'),
    ],
    ids=range(19),
)
def test_a_wrong_input_is_refused(
    here: Path, kind: str | None, words: list[str], stdin: Stdin | None, message: str
) -> None:
    (here / "here.md").write_text("x")
    (here / "latin.md").write_bytes(b"x\xe9")
    found = error(read_input, kind, words, stdin, "s.lua")
    assert isinstance(found, ArgumentError)
    assert found.message == message


def test_a_missing_input_has_a_cure() -> None:
    assert (
        error(read_input, "text", [], None, "s.lua").hint
        == "llmspell run s.lua FILE, or: cat FILE | llmspell run s.lua"
    )
