"""The command line: one file per command, each imported only when it is used."""

import os
import sys
from contextlib import suppress


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit with its exit code.

    A worker is started before anything heavy is imported, so that both sides warm up together.
    """
    words = sys.argv[1:] if argv is None else argv
    if words == ["--version"]:
        from llmspell import __version__

        print(f"llmspell {__version__}")  # noqa: T201
        return
    from llmspell.cli import _early

    launched = _early.launch(words)
    from llmspell.cli._group import invoke

    code = invoke(words, launched)
    if argv is not None:
        sys.exit(code)
    # A model layer that is still loading in its thread must not hold up a spell that has ended without it.
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
