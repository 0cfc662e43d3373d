"""The person at the terminal: is shown what a spell asks, all of it and none of it as ours, and answers."""

import asyncio
import getpass
import os
import shlex
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

from llmspell.cli import _console
from llmspell.cli._console import MARK, Console, Later, pieces
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, SpellError
from llmspell.question import REVIEWED, Asked, Question, Verdict
from llmspell.wording import clip, visible

_LINES = 100  # of a text that is reviewed
_NUMBER = 6  # columns beside a choice
_WORDS = {
    "a": "[a]pprove",
    "s": "[s]tep through",
    "e": "[e]dit",
    "d": "[d]eny",
    "n": "[n]ote and deny",
    "l": "[l]ater",
}


def who() -> str:
    """Return who decides here, as others are told of it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def here() -> str:
    """Return who decides at this terminal, as the rules and the audit log of a run name them."""
    return f"{who()}, at the terminal"


def at(terminal: Terminal) -> "Person | None":
    """Return the person at the terminal of this command, if there is one who can be asked."""
    console = _console.at(terminal)
    return None if console is None else Person(console)


class Person:
    """Somebody at a terminal."""

    def __init__(self, console: Console) -> None:
        self.name = who()
        self._console = console

    async def ask(self, card: Sequence[Asked]) -> AsyncIterator[tuple[Asked, Verdict]]:
        """Yield what the person decides about some questions; it ends early if they want to answer later."""
        try:
            if len(card) > 1:
                async with self._console.held():
                    await self._console.show(_heading(card[0]), _rows(card))
                    every = {"a": f"[a]pprove all {len(card)}", "d": f"[d]eny all {len(card)}"}
                    word = await self._key("asdl", every)
                if word in ("a", "d"):
                    for one in card:
                        yield one, one.question.approve() if word == "a" else one.question.deny()
                    return
                if word == "l":
                    return
            for one in card:
                async with self._console.held():
                    most = _LINES if one.question.sort == "review" else 0
                    await self._console.show(_heading(one), _lines(one.question), most)
                    verdict = await self._answer(one.question)
                yield one, verdict
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
            try:
                line = await self._console.asked("an answer, or ^D to deny or answer later > ")
            except Later:
                return await self._denied(question, await self._key("dnl"))
            if line.strip():
                return question.answer(line)

    async def _chosen(self, question: Question) -> Verdict:
        numbers = {str(at): choice for at, choice in enumerate(question.choices, 1)}
        for at, choice in numbers.items():
            for first, piece in enumerate(pieces(visible(choice), self._console.width - len(MARK) - _NUMBER)):
                self._console.say(f"{MARK}{'' if first else at:>3}  {piece}\n")
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
                self._console.say(f"edited: {len(text.splitlines())} lines\n")
            except SpellError as error:
                self._console.say(f"{visible(error.message)}\n")

    async def _valid(self, decide: Callable[[str], Verdict], prompt: str) -> Verdict:
        while True:
            line = await self._console.asked(prompt)
            try:
                return decide(line)
            except ArgumentError as error:
                self._console.say(f"{visible(error.message)}\n")

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
        tty = self._console.descriptor
        try:
            editor = await asyncio.create_subprocess_exec(*words, path, stdin=tty, stdout=tty, stderr=tty)
        except OSError as error:
            raise SpellError(f"cannot start the editor {words[0]}: {error.strerror}", hint="set EDITOR") from None
        if status := await editor.wait():
            raise SpellError(f"the editor {words[0]} ended with status {status}: the text stays as it was")

    async def _key(self, keys: str, more: Mapping[str, str] | None = None) -> str:
        return await self._console.key({key: _WORDS[key] for key in keys} | dict(more or {}))


def _lines(question: Question) -> list[str]:
    title = question.title.split("\n") if question.title else []
    return [*title, *question.text.expandtabs(4).splitlines(), *question.shown_details.splitlines()]


def _rows(card: Sequence[Asked]) -> list[str]:
    return [f"{one.no:>5}  {one.question.text}  {one.question.row}".rstrip() for one in card]


def _heading(asked: Asked) -> str:
    sort = {"review": "wants a text to be reviewed", "approve": "asks for approval"}.get(asked.question.sort, "asks")
    return f"{clip(visible(asked.run_id), 60)}, {asked.place}, {sort}"


def _beginning(path: Path) -> str:
    """Return what was written into a file, as far as it could be a text that is reviewed."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(REVIEWED + 2)
