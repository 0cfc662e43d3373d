"""Every sample runs in both languages, over the real protocol of a model, and does the same in both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPELLS = ROOT / "spells"
NAMES = sorted({path.stem for path in SPELLS.iterdir() if path.suffix in (".lua", ".js")})
ARGS = {
    "panel": ["--question=Should we rewrite it?"],
    "summarise": [str(ROOT / "LICENSE"), "--words=40"],
}

ANSWERS = {
    "hello": "Hello there, nice to meet.\n",
    "panel": "Together: start small, measure, and keep a way back.\n",
    "summarise": "A short summary of the text.\n",
}
"""What the mock model server says to each."""


def cast(name: str, environ: dict[str, str], *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "llmspell", "run", str(SPELLS / name), *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("model", ["openai/gpt-5-mini", "openai-responses/gpt-5-mini", "anthropic/claude-sonnet-4-5"])
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_does_the_same_in_both_languages(name: str, model: str, model_server) -> None:
    words = ["--model", model, *ARGS.get(name, [])]
    lua = cast(f"{name}.lua", model_server.env, *words)
    javascript = cast(f"{name}.js", model_server.env, *words)
    assert lua.returncode == 0, lua.stderr
    assert javascript.returncode == 0, javascript.stderr
    assert lua.stdout == javascript.stdout == ANSWERS[name]
    assert "ok " in lua.stderr.splitlines()[-1]


@pytest.mark.parametrize("language", ["lua", "js"])
def test_a_spell_reads_what_is_piped_in(language: str, model_server) -> None:
    done = cast(f"summarise.{language}", model_server.env, "--model=openai/gpt-5-mini", stdin="a long text")
    assert done.returncode == 0, done.stderr
    assert done.stdout == cast(
        f"summarise.{language}", model_server.env, "--model=openai/gpt-5-mini", str(ROOT / "LICENSE")
    ).stdout  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_shows_help_without_running(name: str) -> None:
    for suffix in (".lua", ".js"):
        done = cast(name + suffix, {}, "--help")
        assert done.returncode == 0, done.stderr
        assert "llmspell run" in done.stdout
