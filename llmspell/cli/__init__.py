"""The command line: one file per command, each imported only when it is used."""

import os
import signal
import sys
from contextlib import suppress


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit with its exit code.

    A worker is started before anything heavy is imported, so that both sides warm up together.
    """
    if argv is None:
        _settle()
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
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # whoever could be told has gone
            stream.flush()
    os._exit(code)


def _settle() -> None:
    """Make this process one that Ctrl-C ends without a traceback, and whose three streams are open."""
    # Until a run has its own handlers there is nothing to clean up. A shell that has us ignore SIGINT is obeyed.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            # The lowest free number is this one; left free, a socket of ours could get it.
            opened = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(opened, mode, encoding="utf-8", closefd=opened != number))
