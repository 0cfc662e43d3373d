"""The first steps: `llmspell`, `init`, `new`, `eval`, `docs`."""

import json
import shlex
from pathlib import Path

import pytest
from commandline import Command

from llmspell.cli.new import templates


@pytest.mark.parametrize("language", ["lua", "js"])
def test_the_printed_hints_lead_from_an_empty_folder_to_a_spell_that_runs(
    llmspell: Command, tmp_path: Path, language: str
) -> None:
    begun = llmspell("init", "-l", language)
    assert begun.returncode == 0, begun.stderr
    assert {"llmspell.toml", "spells", "types", ".gitignore"} <= {path.name for path in tmp_path.iterdir()}
    hints = begun.stderr.split("next:\n")[1].splitlines()
    assert len(hints) == 3
    for hint in hints:
        program, *words = shlex.split(hint)
        assert program == "llmspell"
        done = llmspell(*words)
        assert done.returncode == 0, f"{hint}: {done.stderr}"


ENDS = {"digest": 1, "prices": 1, "approve": 9}  # they reach for hosts that a test does not; it waits for a person


@pytest.mark.parametrize("language", ["lua", "js"])
@pytest.mark.parametrize("template", sorted(path.stem for path in templates("lua").values()))
def test_the_hints_of_a_new_spell_work_as_they_are(
    llmspell: Command, tmp_path: Path, language: str, template: str
) -> None:
    for path, text in {"photos.csv": "file,date\n", "notes.txt": "a note", "llmspell.toml": ""}.items():
        (tmp_path / path).write_text(text)
    new = llmspell("new", "mine", "-t", template, "-l", language)
    assert f"wrote mine.{language}\n" in new.stderr
    hints = new.stderr.splitlines()[1:]
    assert len(hints) == 3
    for hint in hints:
        done = llmspell(*shlex.split(hint)[1:])
        wanted = ENDS.get(template, 0) if "--model echo" in hint else 0
        assert done.returncode == wanted, f"{hint}: {done.stderr}"


def test_eval_reminds_of_the_result(llmspell: Command) -> None:
    assert "write `export default VALUE`" in llmspell("eval", "-l", "js", "1 + 1").stderr
    assert "write `return VALUE`" in llmspell("eval", "-l", "lua", "1 + 1").stderr
    assert "VALUE" not in llmspell("eval", "-l", "lua", "print(1 + 1)").stderr


def test_init_keeps_what_is_there(llmspell: Command, tmp_path: Path) -> None:
    for name in ("llmspell.toml", ".gitignore"):
        (tmp_path / name).write_text("# mine\n")
    begun = llmspell("init")
    assert "kept  llmspell.toml" in begun.stderr
    assert (tmp_path / "llmspell.toml").read_text() == (tmp_path / ".gitignore").read_text() == "# mine\n"
    assert llmspell("init").returncode == 0


def test_init_in_another_folder_says_to_go_there(llmspell: Command, tmp_path: Path) -> None:
    begun = llmspell("init", "deep/project")
    assert (tmp_path / "deep" / "project" / "spells" / "hello.lua").is_file()
    assert "next:\n  cd deep/project\n" in begun.stderr


def test_nothing_is_written_into_a_folder_that_is_a_link(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "spells").symlink_to(tmp_path / "outside")
    begun = llmspell("init", "project")
    assert "project/spells/hello.lua leads over a symbolic link" in begun.stderr
    (tmp_path / "spells").symlink_to(tmp_path / "outside")
    for name in ("x", "spells/x", "./spells/deep/x"):
        assert "leads over a symbolic link" in llmspell("new", name).stderr
    assert list((tmp_path / "outside").iterdir()) == []


def test_new_never_overwrites(llmspell: Command, tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text("-- mine")
    refused = llmspell("new", "x")
    assert (refused.returncode, (tmp_path / "x.lua").read_text()) == (2, "-- mine")
    assert "x.lua exists" in refused.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x", "-t", "sumarise"], "did you mean `summarise`"),
        (["x", "-l", "python"], "there is no engine"),
        (["x.js", "-l", "lua"], "is not the name of a spell in lua"),
        ([".x"], "cannot be called"),
        (["../../nowhere/../x\n"], "cannot be called"),
    ],
)
def test_new_says_what_is_wrong(llmspell: Command, tmp_path: Path, words: list[str], message: str) -> None:
    refused = llmspell("new", *words)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("language", "code"), [("lua", "return 6 * 7"), ("js", "export default 6 * 7")])
def test_eval_runs_code_of_both_languages(llmspell: Command, language: str, code: str) -> None:
    done = llmspell("eval", "-l", language, code)
    assert (done.returncode, done.stdout) == (0, "42\n")
    assert llmspell("eval", "-l", language, "-", stdin=code).stdout == "42\n"


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("lua", "return pcall(function() return Fs end)"),
        ("js", "export default typeof Fs + typeof Http + typeof State"),
    ],
)
def test_eval_has_high_security(llmspell: Command, language: str, code: str) -> None:
    done = llmspell("eval", "-l", language, code, "--json")
    shown = json.loads(done.stdout)
    assert shown["security"] == "security: high (untrusted code, safe libraries only)"
    assert shown["result"] in (None, False, "undefinedundefinedundefined")


def test_eval_says_where_the_code_is_wrong(llmspell: Command) -> None:
    done = llmspell("eval", "-l", "lua", "return 1 +")
    assert done.returncode == 1
    assert "--> eval:1" in done.stderr


def test_without_a_command_the_state_of_the_project_is_shown(llmspell: Command, tmp_path: Path) -> None:
    empty = llmspell()
    assert "no spells yet" in empty.stdout
    assert "llmspell init" in empty.stdout
    llmspell("init")
    (tmp_path / "spells" / "broken.lua").write_text("spell { about = 1 }")
    (tmp_path / "spells" / "digest.js").write_text('spell({ about: "Morning digest", schedule: "0 7 * * *" });')
    shown = llmspell(env={"OPENAI_API_KEY": "sk-secret"}).stdout
    assert "spells (3)" in shown
    assert "spells/broken.lua" in shown
    assert "broken: " in shown
    assert "Morning digest (asks for a schedule)" in shown
    assert "API keys  openai" in shown
    assert "sk-secret" not in shown


def test_docs_shows_the_entry_of_a_symbol(llmspell: Command) -> None:
    assert llmspell("docs", "map").stdout.startswith("### `map(items, fn, options?)`\n")
    assert llmspell("docs", "state:GET").stdout.startswith("### `State.get(key, fallback?)`\n")
    assert llmspell("docs", "Reply.text").stdout.startswith("### `Reply`\n")
    assert "- State.update: Change a value" in llmspell("docs", "State").stdout
    listed = llmspell("docs").stdout.splitlines()
    assert any(line.startswith("Event.emit ") for line in listed)
    refused = llmspell("docs", "Stat.get")
    assert refused.returncode == 2
    assert "did you mean `State.get`?" in refused.stderr
