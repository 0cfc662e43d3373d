"""Questions to a person. The run waits for the answer, for days if need be, without a process if need be."""

from typing import Any

from llmspell import durations
from llmspell.bridge.op import Duration, Global, op
from llmspell.bridge.values import plain
from llmspell.context import Context
from llmspell.question import Question


class Asking(Global):
    """Ask a person."""

    name = ""

    context: Context

    @op(effect="external")
    async def approve(
        self,
        question: str,
        *,
        details: Any = None,
        timeout: Duration | None = None,  # noqa: ASYNC109 - it bounds the person
    ) -> bool:
        """Ask a person whether to go on, and return whether they agree. The same as `Human.approve`.

        Args:
            question: what they are asked, at most 4,000 characters.
            details: data that is shown with it, at most 16,000 characters as JSON.
            timeout: how long they have; then it is an error of kind `approval`.
        """
        return await _approve(self.context, "approve", question, details, timeout)


class Human(Global):
    """Ask a person, at the terminal or with `llmspell approve` from another one, on another day too."""

    context: Context

    @op(effect="external")
    async def approve(
        self,
        question: str,
        *,
        details: Any = None,
        timeout: Duration | None = None,  # noqa: ASYNC109 - it bounds the person
    ) -> bool:
        """Ask a person whether to go on, and return whether they agree.

        Args:
            question: what they are asked, at most 4,000 characters.
            details: data that is shown with it, at most 16,000 characters as JSON.
            timeout: how long they have; then it is an error of kind `approval`.
        """
        return await _approve(self.context, "Human.approve", question, details, timeout)

    @op(effect="external")
    async def ask(self, question: str, *, timeout: Duration | None = None) -> str:  # noqa: ASYNC109
        """Ask a person, and return what they write. If they do not want to answer, it is an error of kind `approval`.

        Args:
            question: what they are asked, at most 4,000 characters.
            timeout: how long they have; then it is an error of kind `approval`.
        """
        asked = Question(sort="ask", verb="Human.ask", text=question, seconds=_seconds(timeout))
        return str(await _decided(self.context, asked))

    @op(effect="external")
    async def choose(self, question: str, choices: list[str], *, timeout: Duration | None = None) -> str:  # noqa: ASYNC109
        """Let a person choose, and return their choice. If they do not want to, it is an error of kind `approval`.

        Args:
            question: what they are asked, at most 4,000 characters.
            choices: 1 to 100 texts of at most 200 characters, of which no two are the same.
            timeout: how long they have; then it is an error of kind `approval`.
        """
        asked = Question(
            sort="choose", verb="Human.choose", text=question, choices=tuple(choices), seconds=_seconds(timeout)
        )
        return str(await _decided(self.context, asked))

    @op(effect="external")
    async def review(self, text: str, *, title: str = "", timeout: Duration | None = None) -> str:  # noqa: ASYNC109
        """Let a person read and change a text, and return it as they left it. It is an error of kind `approval` if
        they do not agree to it.

        Args:
            text: at most 256,000 characters.
            title: what it is, at most 200 characters.
            timeout: how long they have; then it is an error of kind `approval`.
        """
        asked = Question(sort="review", verb="Human.review", text=text, title=title, seconds=_seconds(timeout))
        return str(await _decided(self.context, asked))


async def _approve(context: Context, verb: str, text: str, details: Any, limit: Duration | None) -> bool:
    asked = Question(sort="approve", verb=verb, text=text, details=plain(details), seconds=_seconds(limit))
    return bool(await _decided(context, asked))


async def _decided(context: Context, question: Question) -> Any:
    question.check()
    return await context.effects.decide(question)


def _seconds(limit: Duration | None) -> float | None:
    return None if limit is None else durations.parse(limit)
