"""The person at the terminal: is shown what a spell asks, all of it and none of it as ours, and answers."""

import asyncio
import getpass
import os
import shlex
import socket
import tempfile
import termios
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from llmspell.cli._grants import TTY, USUAL, pieces, somebody_watches
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, SpellError
from llmspell.question import REVIEWED, Asked, Question, Verdict
from llmspell.wording import clip, visible

_MARK = "  | "
"""What begins each line of a spell's words."""
_LINES = 100  # of a text that is reviewed
_SCREEN = 24  # lines of a terminal that does not tell
_BESIDE = 4  # of these are for what is ours
_BLANK = 3  # empty lines that are told instead of shown
_LINE = 4096  # bytes that a terminal gives at once
_WORDS = {
    "a": "[a]pprove",
    "s": "[s]tep through",
    "e": "[e]dit",
    "d": "[d]eny",
    "n": "[n]ote and deny",
    "l": "[l]ater",
}


class Later(Exception):
    """The person does not want to answer now."""


def who() -> str:
    """Return who decides here, as others are told of it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def at(terminal: Terminal) -> "Person | None":
    """Return the person at the terminal of this command, if there is one who can be asked."""
    if terminal.no_input or not somebody_watches():
        return None
    try:
        descriptor = os.open(TTY, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    if os.tcgetpgrp(descriptor) != os.getpgrp():  # in the background a question would stop the process
        os.close(descriptor)
        return None
    return Person(descriptor)


class Person:
    """Somebody at a terminal.

    Args:
        descriptor: of the terminal itself, so that what is piped in stays the input of the spell.
    """

    def __init__(self, descriptor: int) -> None:
        self.name = who()
        self._terminal = descriptor

    async def ask(self, card: Sequence[Asked]) -> AsyncIterator[tuple[Asked, Verdict]]:
        """Yield what the person decides about some questions; it ends early if they want to answer later."""
        with suppress(OSError, termios.error):
            termios.tcflush(self._terminal, termios.TCIFLUSH)  # what was typed before answers nothing
        try:
            if len(card) > 1:
                await self._show(_heading(card[0]), _rows(card))
                word = await self._key("asdl", {"a": f"[a]pprove all {len(card)}", "d": f"[d]eny all {len(card)}"})
                if word in ("a", "d"):
                    for one in card:
                        yield one, one.question.approve() if word == "a" else one.question.deny()
                    return
            for one in card:
                await self._show(_heading(one), _lines(one.question), most=one.question.sort == "review" and _LINES)
                yield one, await self._answer(one.question)
        except (Later, OSError):
            return

    # -- one question -------------------------------------------------------------------------------------------------

    async def _answer(self, question: Question) -> Verdict:
        match question.sort:
            case "ask":
                return await self._written(question)
            case "choose":
                return await self._chosen(question)
            case "review":
                return await self._reviewed(question)
        word = await self._key("adnl")
        return question.approve() if word == "a" else await self._denied(question, word)

    async def _denied(self, question: Question, word: str) -> Verdict:
        if word == "l":
            raise Later
        if word == "d":
            return question.deny()
        return await self._valid(lambda text: question.deny(text), "why > ")

    async def _written(self, question: Question) -> Verdict:
        while True:
            self._say("an answer, or ^D to deny or answer later > ")
            line = await self._line()
            if line is None:
                self._say("\n")
                return await self._denied(question, await self._key("dnl"))
            if line.strip():
                return question.answer(line)

    async def _chosen(self, question: Question) -> Verdict:
        numbers = {str(at): choice for at, choice in enumerate(question.choices, 1)}
        for at, choice in numbers.items():
            self._say(f"{_MARK}{at:>3}  {visible(choice)}\n")
        word = await self._key("dnl", dict.fromkeys(numbers, "") | {"1": f"1-{len(numbers)}"})
        return question.answer(numbers[word]) if word in numbers else await self._denied(question, word)

    async def _reviewed(self, question: Question) -> Verdict:
        text = question.text
        while True:
            word = await self._key("aednl")
            if word == "a":
                return question.answer(text)
            if word != "e":
                return await self._denied(question, word)
            try:
                text = await self.edited(text)
                question.answer(text)
                self._say(f"edited: {len(text.splitlines())} lines\n")
            except SpellError as error:
                self._say(f"{visible(error.message)}\n")

    async def _valid(self, decide: Callable[[str], Verdict], prompt: str) -> Verdict:
        while True:
            self._say(prompt)
            line = await self._line()
            if line is None:
                raise Later
            try:
                return decide(line)
            except ArgumentError as error:
                self._say(f"{visible(error.message)}\n")

    async def edited(self, text: str) -> str:
        """Return a text as the person leaves it in their editor.

        Raises:
            SpellError: the editor cannot be started, or has failed.
        """
        with tempfile.TemporaryDirectory(prefix="llmspell-") as folder:
            path = Path(folder, "review.txt")
            await asyncio.to_thread(path.write_text, text, encoding="utf-8", errors="backslashreplace")
            await self._open_editor(path)
            changed = await asyncio.to_thread(_beginning, path)
        return changed if text.endswith("\n") else changed.removesuffix("\n")  # which editors add

    async def _open_editor(self, path: Path) -> None:
        words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        tty = self._terminal
        try:
            editor = await asyncio.create_subprocess_exec(*words, path, stdin=tty, stdout=tty, stderr=tty)
        except OSError as error:
            raise SpellError(f"cannot start the editor {words[0]}: {error.strerror}", hint="set EDITOR") from None
        if status := await editor.wait():
            raise SpellError(f"the editor {words[0]} ended with status {status}: the text stays as it was")

    # -- the terminal -------------------------------------------------------------------------------------------------

    async def _key(self, keys: str, more: Mapping[str, str] | None = None) -> str:
        """Return one of some keys; nothing else is an answer, least of all an empty line."""
        words = {key: _WORDS[key] for key in keys} | dict(more or {})
        prompt = "  ".join([word for word in words.values() if word])
        while True:
            self._say(f"{prompt} > ")
            line = await self._line()
            if line is None:
                raise Later
            if (word := line.strip().lower()) in words:
                return word

    async def _line(self) -> str | None:
        """Return a line that the person types; None at the end."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[bytes] = loop.create_future()

        def hear() -> None:
            try:
                piece = os.read(self._terminal, _LINE)
            except OSError as error:
                loop.remove_reader(self._terminal)
                heard.set_exception(error)
            else:
                loop.remove_reader(self._terminal)
                heard.set_result(piece)

        loop.add_reader(self._terminal, hear)
        try:
            text = (await heard).decode("utf-8", "replace")
        finally:
            loop.remove_reader(self._terminal)
        return text.removesuffix("\n") if text else None

    def _say(self, text: str) -> None:
        left = text.encode("utf-8", "backslashreplace")
        while left:
            left = left[os.write(self._terminal, left) :]

    async def _show(self, heading: str, lines: Sequence[str], most: int = 0) -> None:
        """Show what a spell asks, with our mark on each line, and stop at each screen: nothing of it goes by unseen.

        Args:
            heading: our words about it.
            lines: what it asks.
            most: how many of the lines are shown; 0 for all.
        """
        columns, rows = os.get_terminal_size(self._terminal)
        width = max(columns or USUAL, 2 * len(_MARK) + 20) - len(_MARK) - 1
        found = [piece for line in lines[: most or None] for piece in pieces(visible(line), width) or [""]]
        shown = list(_folded(found))
        if most and len(lines) > most:
            shown.append(f"  … the first {most} of {len(lines)} lines: edit shows them all\n")
        height = max((rows or _SCREEN) - _BESIDE, _BESIDE)
        self._say(f"\n{heading}\n{''.join(shown[:height])}")
        for at in range(height, len(shown), height):
            self._say(f"{len(shown) - at} more lines: Enter shows them, ^D answers later > ")
            if await self._line() is None:
                raise Later
            self._say("".join(shown[at : at + height]))
        if len(shown) > height:
            self._say(f"{heading}, and this began with\n{shown[0]}")


def _lines(question: Question) -> list[str]:
    title = question.title.split("\n") if question.title else []
    return [*title, *question.text.expandtabs(4).splitlines(), *question.shown_details.splitlines()]


def _rows(card: Sequence[Asked]) -> list[str]:
    return [f"{one.no:>5}  {one.question.text}  {one.question.row}".rstrip() for one in card]


def _folded(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines with our mark; of many empty ones, how many there are."""
    for blank, group in groupby(lines, lambda line: not line.strip()):
        found = list(group)
        if blank and len(found) >= _BLANK:
            yield f"  … {len(found):,} empty lines\n"
        else:
            yield from (f"{_MARK}{line}\n" for line in found)


def _heading(asked: Asked) -> str:
    sort = {"review": "wants a text to be reviewed", "approve": "asks for approval"}.get(asked.question.sort, "asks")
    return f"{clip(visible(asked.run_id), 60)}, {asked.place}, {sort}"


def _beginning(path: Path) -> str:
    """Return what was written into a file, as far as it could be a text that is reviewed."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(REVIEWED + 2)
