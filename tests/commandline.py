"""`llmspell` as a person calls it: a process of its own, in an empty folder, with an empty environment."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environ(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment for commands. Which lines they run is counted, where a test has cases only for the first.

    To count doubles what a command costs, and the cases of one test go the same ways.
    """
    case = getattr(request.node, "callspec", None)
    first = case is None or not any(case.indices.values())
    measured = {name: value for name, value in os.environ.items() if first and name.startswith("COVERAGE_")}
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "XDG_DATA_HOME": str(tmp_path_factory.mktemp("data")),
        "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("config")),
        **measured,
    }


@pytest.fixture
def llmspell(tmp_path: Path, environ: dict[str, str]) -> Command:
    def run(
        *words: str, stdin: str | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "llmspell", *words],
            cwd=tmp_path, env=environ | (env or {}), capture_output=True, text=True, timeout=60, check=False,
            input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
        )  # fmt: skip

    return run
