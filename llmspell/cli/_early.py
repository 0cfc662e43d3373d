"""Guesses from the bare words of the command line which worker it will need, and starts it. Imports next to nothing."""

import os

from llmspell.errors import SpellError
from llmspell.host.launcher import Launched
from llmspell.host.launcher import launch as start
from llmspell.language import language_of


class Early:
    """A worker that was started on a guess; `take` returns it if the guess was right, and ends it if not."""

    def __init__(self, language: str, high: bool) -> None:
        self._key = (language, not high, not high)
        self._launched: Launched | None = start(language, jit=not high, codegen=not high)

    def take(self, language: str, *, jit: bool, codegen: bool) -> Launched | None:
        """Return the worker if it is of this kind, once."""
        launched, self._launched = self._launched, None
        if launched is None or self._key == (language, jit, codegen):
            return launched
        launched.discard()
        return None

    def close(self) -> None:
        """End the worker if nobody took it."""
        if self._launched is not None:
            self._launched.discard()


def launch(words: list[str]) -> Early | None:
    """Start a worker for the spell that the words seem to name, or return None when they name none."""
    path = next((word for word in words if not word.startswith("-") and os.path.isfile(word)), None)  # noqa: PTH113
    if path is None or "--help" in words:
        return None
    try:
        language = language_of(path, _value(words, "--engine"))
    except (SpellError, OSError):
        return None  # the command will say what is wrong
    return Early(language, high=_value(words, "--security") == "high")


def _value(words: list[str], flag: str) -> str | None:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == flag:
            return following
        if word.startswith(f"{flag}="):
            return word[len(flag) + 1 :]
    return None
