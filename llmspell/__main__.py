"""`python -m llmspell` is the command `llmspell`."""

import os
import sys


def _here() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - nothing may be imported yet
    except OSError:
        return ""  # the folder is gone, with all that was in it


# `-m` has put the current folder first: a file of a stranger, `json.py`, would be taken for a part of Python.
if __name__ == "__main__" and not sys.flags.safe_path and sys.path[0] in ("", _here()):
    del sys.path[0]

from llmspell.cli import main  # noqa: E402 - see above

if __name__ == "__main__":
    main()
