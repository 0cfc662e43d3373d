"""The person of a spell under test: answers what it asks people as a test has written down."""

import contextvars
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from llmspell.bridge.op import Function
from llmspell.bridge.values import plain
from llmspell.errors import ArgumentError, SpellError
from llmspell.question import Asked, Question, Verdict
from llmspell.trial.answers import Unanswered, call
from llmspell.wording import clip, shown, visible


class Somebody:
    """Answers questions: out of a list one by one, by a word that is in the question, by a function, or all the same.

    Args:
        given: what `cast` was given as `human`: `true` agrees, `false` does not, a text is the answer or the choice.
    """

    name = "the test"

    def __init__(self, given: Any) -> None:
        self._given = given if isinstance(given, Function) else plain(given)
        self._next = 0
        self._calling = contextvars.copy_context()
        self.lost: SpellError | None = None
        """The first question that the test had no answer for."""

    async def ask(self, card: Sequence[Asked]) -> AsyncIterator[tuple[Asked, Verdict]]:
        """Yield what is decided about each question."""
        for asked in card:
            try:
                yield asked, _verdict(asked.question, await self._answer(asked.question))
            except SpellError as error:
                self.lost = self.lost or error
                return

    async def _answer(self, question: Question) -> bool | str:
        found: Any = self._given
        if isinstance(found, Function):
            told = {"verb": question.verb, "details": question.details, "choices": list(question.choices)}
            found = await call(found, self._calling, question.text, told)
        elif isinstance(found, list):
            self._next += 1
            found = found[self._next - 1] if self._next <= len(found) else None
        elif isinstance(found, Mapping):
            found = next((each for key, each in found.items() if key.lower() in question.text.lower()), None)
        if not isinstance(found, bool | str):
            told_text = clip(visible(question.text), 120)
            raise Unanswered(
                f'the test has no answer for {question.verb}: "{told_text}"', hint="give `cast` a `human`: { true }"
            )
        return found


def _verdict(question: Question, answer: bool | str) -> Verdict:
    if isinstance(answer, str):
        return question.answer(answer)
    return question.approve() if answer else question.deny()


def checked(given: Any) -> Any:
    """Return what `cast` was given as `human`.

    Raises:
        ArgumentError: it is nothing that answers.
    """
    if given is None:
        return []
    if not isinstance(given, bool | str | list | dict | Function):
        raise ArgumentError(
            f"cast: `human` must be true, false, a text, a list, a map or a function, got {shown(given)}"
        )
    return given
