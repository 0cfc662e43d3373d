"""What a person agrees to for good: shown whole before they are asked, and asked at the terminal itself."""

import asyncio
import shlex
from collections.abc import Callable, Iterable, Sequence

from llmspell.cli import _console
from llmspell.cli._console import Console, Later
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, ConfigError, PermissionDenied
from llmspell.remembered import bounded
from llmspell.report import render
from llmspell.wording import visible

_MOST_LINES = 150
_WIDE = 80  # columns where there is no terminal
_MOST_CHARACTERS = 10_000


Lines = Callable[[int], list[str]]
"""Returns lines for a terminal of so many columns."""


def agree(terminal: Terminal, heading: str, lines: Lines, question: str, *, yes: bool, command: Sequence[str]) -> None:
    """Show something and return when the person agrees to all of it.

    Args:
        terminal: where it is shown.
        heading: what it is.
        lines: all of it, what matters most at the end.
        question: what the person is asked.
        yes: whether they have agreed beforehand, by a flag.
        command: the words of one that says so.

    Raises:
        ArgumentError: it is more than anybody reads.
        PermissionDenied: the person does not agree, or nobody can be asked.
    """
    whole = lines(_WIDE)
    if len(whole) > _MOST_LINES or sum(map(len, whole)) > _MOST_CHARACTERS:
        raise ArgumentError(
            f"{heading}: this is more than anybody reads before they agree ({len(whole)} lines)",
            hint=f"at most {_MOST_LINES} lines and {_MOST_CHARACTERS:,} characters",
        )
    console = None if yes else _console.at(terminal)
    if console is None:
        terminal.tell("\n".join([heading, *whole]))
        if yes:
            return
        text = shlex.join(command)
        then = text if visible(text) == text else "say so with --yes"  # what is pasted would be about another file
        raise PermissionDenied("nobody is here to agree to this", hint=f"read it, and if you agree: {then}")
    try:
        agreed = asyncio.run(_asked(console, heading, lines(console.width), question))
    finally:
        console.close()
    if not agreed:
        raise PermissionDenied("you have not agreed to this")


def tell_damaged(terminal: Terminal, found: Iterable[object]) -> int:
    """Tell which files of what was agreed to cannot be read, and return the exit code; nothing in them holds."""
    damaged = [each for each in found if isinstance(each, ConfigError)]
    for error in bounded([render(error, color=terminal.color) for error in damaged]):
        terminal.tell(error.rstrip("\n"))
    return damaged[0].exit_code if damaged else 0


async def _asked(console: Console, heading: str, lines: Sequence[str], question: str) -> bool:
    try:
        async with console.held():
            await console.turn(heading, [f"{line}\n" for line in lines])
            console.say(f"{question}\n")
            return await console.key({"y": "[y] yes", "n": "[n] no"}) == "y"
    except (Later, OSError):
        return False
