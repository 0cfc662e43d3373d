"""The terminal itself, where a person is asked: one question at a time, and nothing of a spell stands as ours."""

import asyncio
import os
import re
import sys
import termios
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import groupby
from pathlib import Path

from llmspell.cli._terminal import Terminal
from llmspell.wording import visible

TTY = Path("/dev/tty")
"""The terminal itself, so that what is piped in stays the input of the spell."""

MARK = "  | "
"""What begins each line of a spell's words."""

_USUAL = 80  # columns of a terminal that does not tell
_NARROWEST = 20
_SCREEN = 24  # lines of a terminal that does not tell
_BESIDE = 4  # of these are for what is ours
_BLANK = 3  # empty lines that are told instead of shown
_SPACES = re.compile("^ +| +$|  +")
_LINE = 4096  # bytes that a terminal gives at once


class Later(Exception):
    """The person does not want to answer now."""


def somebody_watches() -> bool:
    """Return whether a person may be at the terminal."""
    return sys.stderr.isatty() and "CI" not in os.environ


def at(terminal: Terminal) -> "Console | None":
    """Return the terminal of this command, if a person can be asked there."""
    if terminal.no_input or not somebody_watches():
        return None
    try:
        descriptor = os.open(TTY, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    console = Console(descriptor, terminal)
    if console.in_front():
        return console
    console.close()
    return None


class Console:
    """A terminal with a person at it.

    Args:
        descriptor: of the terminal.
        terminal: what else of this command is shown, which waits while a person is asked.
    """

    def __init__(self, descriptor: int, terminal: Terminal) -> None:
        self.descriptor = descriptor
        self.terminal = terminal
        self._lock = asyncio.Lock()
        self._withdrawn = False
        self.withdrawn = 0
        """How many questions were withdrawn while they were open, or were about to be."""

    def close(self) -> None:
        """Leave the terminal."""
        os.close(self.descriptor)

    def in_front(self) -> bool:
        """Return whether this process may ask: in the background a question would stop it."""
        try:
            return os.tcgetpgrp(self.descriptor) == os.getpgrp()
        except OSError:  # the terminal has gone
            return False

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Have the terminal alone: other questions wait, and so does all that is printed, which could pose as ours.

        After a question that was withdrawn while it was open, the next is shown when the person wants it: what they
        were typing then was meant for the other.

        Raises:
            Later: the person does not want the next.
        """
        async with self._lock:
            self.terminal.hold()
            try:
                if self._withdrawn:
                    self._forget_typed()
                    await self.asked("the last question was withdrawn: Enter shows the next > ")
                    self._withdrawn = False
                self._forget_typed()
                yield
            except asyncio.CancelledError:
                self._withdrawn = True
                self.withdrawn += 1
                with suppress(OSError):
                    self.say("\n")  # what follows stands not behind a prompt
                raise
            finally:
                self.terminal.release()

    def _forget_typed(self) -> None:
        """Drop what was typed so far: it answers nothing that comes."""
        with suppress(OSError, termios.error):
            termios.tcflush(self.descriptor, termios.TCIFLUSH)

    # -- what the person types ----------------------------------------------------------------------------------------

    async def key(self, words: Mapping[str, str]) -> str:
        """Return one of some keys; nothing else is an answer, least of all an empty line.

        Args:
            words: what each key does, as the prompt says it; a key without words is not in the prompt.

        Raises:
            Later: the person has ended the input.
        """
        prompt = "  ".join([word for word in words.values() if word])
        while True:
            line = await self.asked(f"{prompt} > ")
            if (word := line.strip().lower()) in words:
                return word

    async def asked(self, prompt: str) -> str:
        """Return what the person types behind a prompt, in a line.

        Raises:
            Later: the person has ended the input.
        """
        self.say(prompt)
        line = await self.line()
        if line is None:
            self.say("\n")
            raise Later
        return line

    async def line(self) -> str | None:
        """Return a line that the person types; None at the end."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[bytes] = loop.create_future()

        def hear() -> None:
            loop.remove_reader(self.descriptor)
            try:
                heard.set_result(os.read(self.descriptor, _LINE))
            except OSError as error:
                heard.set_exception(error)

        loop.add_reader(self.descriptor, hear)
        try:
            text = (await heard).decode("utf-8", "replace")
        finally:
            loop.remove_reader(self.descriptor)
        return text.removesuffix("\n") if text else None

    # -- what the person sees -----------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Write what is ours, as it is."""
        left = text.encode("utf-8", "backslashreplace")
        while left:
            left = left[os.write(self.descriptor, left) :]

    @property
    def width(self) -> int:
        """How many columns there are."""
        with suppress(OSError):
            return max(os.get_terminal_size(self.descriptor).columns or _USUAL, _NARROWEST)
        return _USUAL

    @property
    def _height(self) -> int:
        with suppress(OSError):
            return max((os.get_terminal_size(self.descriptor).lines or _SCREEN) - _BESIDE, _BESIDE)
        return _SCREEN - _BESIDE

    async def show(self, heading: str, lines: Sequence[str], most: int = 0) -> None:
        """Show what a spell says, with our mark on each line, a screen at a time.

        Args:
            heading: our words about it.
            lines: what it says.
            most: how many of the lines are shown; 0 for all.

        Raises:
            Later: the person does not want to see more of it.
        """
        width = max(self.width, 2 * len(MARK) + _NARROWEST) - len(MARK) - 1
        found = [piece for line in lines[: most or None] for piece in pieces(visible(line), width) or [""]]
        shown = list(_folded(found))
        if most and len(lines) > most:
            shown.append(f"  … the first {most} of {len(lines)} lines: edit shows them all\n")
        await self.turn(heading, shown)

    async def turn(self, heading: str, shown: Sequence[str]) -> None:
        """Show lines and stop at each screen: nothing of it goes by unseen.

        Args:
            heading: our words about it.
            shown: lines, marked and none wider than the terminal.

        Raises:
            Later: the person does not want to see more of it.
        """
        title, *more = pieces(heading, self.width - 1)
        above = "".join(f"{MARK}{piece}\n" for part in more for piece in pieces(part, self.width - len(MARK) - 1))
        height = max(self._height - above.count("\n"), _BESIDE)
        self.say(f"\n{title}\n{above}{''.join(shown[:height])}")
        for at in range(height, len(shown), height):
            await self.asked(f"{len(shown) - at} more lines: Enter shows them, ^D answers later > ")
            self.say("".join(shown[at : at + height]))
        if len(shown) > height:
            self.say(f"{title}{'…' if more else ''}, and this began with\n{shown[0]}")


def seen(text: str) -> str:
    """Return text in which all characters are seen: of several spaces in a row each is an escape."""
    return _SPACES.sub(lambda spaces: "\\x20" * len(spaces[0]), visible(text))


def pieces(text: str, width: int) -> list[str]:
    """Return a text in lines that no terminal breaks: what it broke would stand where our own words do."""
    size = width if text.isascii() else width // 2
    return [text[start : start + size] for start in range(0, len(text), size)]


def _folded(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines with our mark; of many empty ones, how many there are."""
    for blank, group in groupby(lines, lambda line: not line.strip()):
        found = list(group)
        if blank and len(found) >= _BLANK:
            yield f"  … {len(found):,} empty lines\n"
        else:
            yield from (f"{MARK}{line}\n" for line in found)
