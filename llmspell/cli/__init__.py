"""The command line: one file per command, each imported only when it is used."""

import sys


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

    sys.exit(invoke(words, launched))
