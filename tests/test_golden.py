"""Every error that a person can meet, word for word: what `llmspell` writes to stderr, and its exit code.

`NAME.txt` holds the exit code, the command and what it wrote; it runs in this folder, beside `NAME.lua` and `NAME.js`.
`LLMSPELL_UPDATE_GOLDEN=1` writes the files anew: read every line of the difference as the person who will meet it.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

FOLDER = Path(__file__).parent / "golden"
CASES = sorted(path.stem for path in FOLDER.glob("*.txt"))
UPDATE = bool(os.environ.get("LLMSPELL_UPDATE_GOLDEN"))
STDOUT = "--- stdout"


class Outcome(NamedTuple):
    """What a command left behind, as the file of a case holds it."""

    code: int
    command: str
    stderr: str
    stdout: str

    @property
    def text(self) -> str:
        shown = f"{STDOUT}\n{self.stdout}" if self.stdout else ""
        return f"exit {self.code}\n$ {self.command}\n{self.stderr}{shown}"


def golden(case: str) -> Path:
    return FOLDER / f"{case}.txt"


def normalised(text: str) -> str:
    """Return text with run ids and times replaced, which differ from run to run."""
    text = re.sub(r"^(ok|failed) [0-9A-Z]{8} \d+\.\ds", r"\1 RUN 0.0s", text, flags=re.MULTILINE)
    text = re.sub(r"  llmspell (show|resume) [0-9A-Z]{8}.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\[\d\d:\d\d\.\d\]", "[00:00.0]", text, flags=re.MULTILINE)
    return re.sub(r"(ok|failed) \d+\.\ds", r"\1 0.0s", text)


def cast(case: str) -> Outcome:
    command = golden(case).read_text("utf-8").splitlines()[1].removeprefix("$ ")
    done = subprocess.run(
        [sys.executable, "-m", "llmspell", *shlex.split(command)[1:]],
        cwd=FOLDER,
        env={
            "PATH": os.environ["PATH"],
            "XDG_DATA_HOME": os.environ["XDG_DATA_HOME"],
            "XDG_CONFIG_HOME": os.environ["XDG_CONFIG_HOME"],
            "PYTHONPATH": str(FOLDER.parents[1]),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=50,
    )
    stdout = done.stdout.decode() if len(done.stdout) < 2000 else "…\n"
    return Outcome(done.returncode, command, normalised(done.stderr.decode()), normalised(stdout))


@pytest.mark.parametrize("case", CASES)
def test_the_words_are_these(case: str, outcome: Outcome) -> None:
    if UPDATE:
        golden(case).write_text(outcome.text, "utf-8")
    assert outcome.text == golden(case).read_text("utf-8")
    assert outcome.code != 0
    assert not re.search(r"Traceback|\.py\b|site-packages|[\x00-\x08\x0b-\x1f\x7f]", outcome.text)
    assert str(FOLDER.parents[1]) not in outcome.text


def test_every_spell_has_its_words() -> None:
    spells = {
        path.name: path.read_text("utf-8", "replace") for path in FOLDER.iterdir() if path.suffix in (".lua", ".js")
    }
    used = {word for case in CASES for word in shlex.split(golden(case).read_text("utf-8").splitlines()[1])}
    run_by_others = {name for name in spells if any(f'"{Path(name).stem}' in source for source in spells.values())}
    assert spells.keys() <= used | run_by_others
