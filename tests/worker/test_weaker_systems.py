"""Where the system cannot lock a worker, a run is refused or says so; it is the kernel that says no."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.protocol import SECOND_WALLS
from llmspell.worker import seccomp

ROOT = Path(__file__).parents[2]
COLUMN = seccomp.ARCHITECTURES[os.uname().machine].column
REFUSED = {
    "seccomp": [("seccomp", (317, 277), None)],
    "no_new_privs": [("prctl", (157, 167), 38)],
    "rlimits": [("prlimit64", (302, 261), None), ("setrlimit", (160, 164), None)],
    "landlock": [("landlock_create_ruleset", (444, 444), None)],
    "namespaces": [("unshare", (272, 97), None)],
}
"""What of the lock fails where the kernel refuses which calls, the last with this first argument only."""

# A filter survives `exec`, and so the worker that is started later is under it as well.
OUTER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from llmspell.worker import kernel, seccomp
code = [seccomp._load(seccomp._NUMBER)]
for number, first in eval(sys.argv[2]):
    which = [] if first is None else [seccomp._load(seccomp._ARGUMENTS), *seccomp._unless(first, seccomp._answer(seccomp.ALLOW))]
    code += seccomp._when(number, *which, seccomp._answer(seccomp.REFUSE))
code = b"".join([*code, seccomp._answer(seccomp.ALLOW)])
kernel.prctl(38, 1)
setup = seccomp.ARCHITECTURES[os.uname().machine].setup
kernel.syscall(setup, 1, 0, seccomp._Program(len(code) // 8, code))
os.execv(sys.executable, [sys.executable, "-W", "error", "-m", "llmspell", "run", *sys.argv[3:]])
"""  # noqa: E501


def run(tmp_path: Path, refused: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a spell by the command line on a system that refuses some calls."""
    spell = tmp_path / "x.lua"
    spell.write_text('print("it ran")')
    calls = [(numbers[COLUMN], first) for _, numbers, first in REFUSED[refused]]
    return subprocess.run(
        [sys.executable, "-c", OUTER, str(ROOT), repr(calls), *words, spell.name],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("refused", ["seccomp", "no_new_privs", "rlimits"])
def test_high_refuses_what_it_cannot_hold(refused: str, tmp_path: Path) -> None:
    done = run(tmp_path, refused, "--security", "high")
    assert (done.returncode, done.stdout) == (5, "")
    assert f" needs a fully locked worker, and this system lacks {refused}\n" in done.stderr
    assert "--allow-weak-isolation" in done.stderr


def test_high_runs_where_somebody_takes_the_risk_and_says_what_is_missing(tmp_path: Path) -> None:
    done = run(tmp_path, "seccomp", "--security", "high", "--allow-weak-isolation")
    assert (done.returncode, done.stdout) == (0, "it ran\n")
    assert "it lacks seccomp: Operation not permitted" in done.stderr


@pytest.mark.parametrize("security", ["medium", "low"])
def test_no_profile_is_silent_about_a_wall_that_is_missing(security: str, tmp_path: Path) -> None:
    done = run(tmp_path, "rlimits", "--security", security)
    assert (done.returncode, done.stdout) == (0, "it ran\n")
    assert "it lacks rlimits: Operation not permitted" in done.stderr


def test_high_does_without_landlock_and_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "landlock", "--security", "high")
    assert (done.returncode, done.stdout) == (0, "it ran\n")
    assert "it lacks landlock: Operation not permitted" in done.stderr


def test_a_second_wall_that_is_missing_is_told_to_who_asks_and_to_nobody_else(tmp_path: Path) -> None:
    done = run(tmp_path, "namespaces", "--security", "high", "--json")
    shown = json.loads(done.stdout)
    assert shown["status"] == "ok"
    assert "warning" not in done.stderr
    assert shown["missing"]["namespaces"] == "Operation not permitted"
    assert shown["missing"].keys() <= set(SECOND_WALLS)
    assert "namespaces" not in shown["isolation"]
