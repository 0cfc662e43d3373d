"""A log that cannot be written: the run goes on, and whoever began it is told, with the file and the cure."""

from pathlib import Path

import pytest
from commandline import Command

SPELL = {
    "lua": 'return Fs.read("notes.txt")\n',
    "js": 'export default await Fs.read("notes.txt");\n',
}


@pytest.mark.parametrize("suffix", SPELL)
def test_a_planted_log_is_told_once_by_each_command_that_runs(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "llmspell.toml").write_text("")
    (tmp_path / "notes.txt").write_text("a note")
    (tmp_path / f"x.{suffix}").write_text(SPELL[suffix])
    (tmp_path / "rows.jsonl").write_text("{}\n{}\n")
    head = tmp_path / ".llmspell" / "audit.head"
    head.mkdir(parents=True)
    for words in (
        ["run", f"x.{suffix}", "--quiet"],
        ["batch", f"x.{suffix}", "--in", "rows.jsonl", "--out", "out.jsonl"],
        ["fork", "latest", "--at", "1"],
    ):
        done = llmspell(*words)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("is not in the audit log, and the run goes on") == 1, done.stderr
        assert f"the audit log must be in a file: {head} is none\n  fix: move it away\n" in done.stderr
