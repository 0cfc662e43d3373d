"""The tests of security find bugs that are planted: each is put into a copy of the project, whose tests must fail."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from planting import BUGS, Bug

ROOT = Path(__file__).parents[1]
PARTS = ("llmspell", "bridge", "security_profiles", "spells", "tests", "benchmarks", "docs", "pyproject.toml")
SECONDS = 300


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project; compiled files and their times are copied too, which spares a second each time."""
    folder = tmp_path_factory.mktemp("planted")
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("node_modules"))
        else:
            shutil.copy2(source, folder / name)
    return folder


def ended(copy: Path, tests: Sequence[str], patience: int = 60) -> tuple[int, str]:
    """Return how tests end in the copy; none has more than so many seconds."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", "-o", f"timeout={patience}", *tests]
    environ = os.environ | {"PYTHONPATH": str(copy), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stdout[-3000:]


def fails(copy: Path, bug: Bug) -> tuple[int, str]:
    """Return how the tests end in the copy while the bug is in it."""
    path = copy / bug.file
    sound, written = path.read_text("utf-8"), path.stat()
    try:
        path.write_text(sound.replace(bug.old, bug.new), "utf-8")
        os.utime(path, (written.st_atime + 100, written.st_mtime + 100))  # what was compiled does not count any more
        return ended(copy, bug.tests, 20)  # a bug can let a test wait for ever
    finally:
        path.write_text(sound, "utf-8")
        os.utime(path, (written.st_atime, written.st_mtime))


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 30)
def test_the_same_tests_pass_where_no_bug_is_planted(copy: Path) -> None:
    tests = list(dict.fromkeys(test for bug in BUGS for test in bug.tests))
    status, words = ended(copy, tests)
    assert status == pytest.ExitCode.OK, words


def test_there_are_twenty_of_all_sorts() -> None:
    assert len(BUGS) >= 20
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert len({bug.file for bug in BUGS}) >= 12


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 30)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(copy: Path, bug: Bug) -> None:
    assert (copy / bug.file).read_text("utf-8").count(bug.old) == 1, "the place where it is planted has changed"
    status, words = fails(copy, bug)
    assert status == pytest.ExitCode.TESTS_FAILED, f"the tests ended with {status}\n{words}"
