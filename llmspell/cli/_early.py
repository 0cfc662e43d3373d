"""Guesses from the bare words of the command line which worker it will need, and starts it. Imports next to nothing."""

import os
from collections.abc import Sequence

from llmspell.errors import SpellError
from llmspell.host.launcher import Launched
from llmspell.host.launcher import launch as start
from llmspell.language import language_of

VALUED = (
    "--cwd", "--engine", "--max-time", "--model", "--output", "--security", "--seed", "--taint", "-o",
)  # fmt: skip
"""The options before the spell that take the word after them; all others of `llmspell run` are switches."""


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


def launch(words: Sequence[str]) -> Early | None:
    """Start a worker for the spell that the words seem to name, or return None when they name none."""
    words = words[: words.index("--")] if "--" in words else words
    path = spell_of(words)
    if path is None or {"--help", "-h"} & set(words) or not os.path.isfile(path):  # noqa: PTH113
        return None
    try:
        return Early(language_of(path, _value(words, "--engine")), high=_value(words, "--security") == "high")
    except (SpellError, OSError):
        return None  # the command will say what is wrong


def spell_of(words: Sequence[str]) -> str | None:
    """Return the word that `llmspell run` takes for the spell: the first that is no option nor the value of one."""
    plain = [word for before, word in zip(["", *words], words, strict=False) if not _optional(before, word)]
    plain = plain[1:] if plain[:1] == ["run"] else plain
    return plain[0] if plain else None


def _optional(before: str, word: str) -> bool:
    return word.startswith("-") or before in VALUED


def _value(words: Sequence[str], flag: str) -> str | None:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == flag:
            return following
        if word.startswith(f"{flag}="):
            return word[len(flag) + 1 :]
    return None
