"""Scripted models: what answers a spell under test in the place of a model, and what it was asked."""

import asyncio
import contextvars
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from llmspell.bridge.op import Function
from llmspell.bridge.values import plain
from llmspell.errors import ArgumentError, SchemaError, ScriptError, SpellError
from llmspell.models import Answer, Models, Request, Turns, Usage, echo
from llmspell.models.shape import Shape
from llmspell.wording import clip, shown, visible

DEFAULT = "default"
"""The key of the answer to what no other key is found in."""

_PASSING = ("model", "rate_limit", "timeout")
_TOLD = 120  # characters of a prompt in an error
_KEPT = 1000  # requests that a test can look at


class Unanswered(ScriptError):
    """A test has no answer for what a spell asks: the fault of the test, whatever the spell makes of it."""


class Source(Protocol):
    """Where answers come from."""

    async def answer(self, request: Request, number: int) -> Any:
        """Return the answer to a request, the number of which counts from 1; text, data, or a whole `Answer`.

        Raises:
            Unanswered: there is none.
        """
        ...


class Listed:
    """Answers one after the other."""

    def __init__(self, answers: list[Any], key: str = "") -> None:
        self._answers = answers
        self._given = 0
        self._key = f" for {shown(key)}" if key else ""

    async def answer(self, request: Request, number: int) -> Any:
        """Return the next answer."""
        if self._given == len(self._answers):
            raise _unanswered(request, number, f"`model` has {_counted(len(self._answers))}{self._key}: add one")
        self._given += 1
        return self._answers[self._given - 1]


class Keyed:
    """Answers by what a prompt holds: the longest key that is in it, or in its instructions, in any case."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = {
            key.lower(): Listed(value, key) if isinstance(value, list) else value for key, value in answers.items()
        }

    async def answer(self, request: Request, number: int) -> Any:
        """Return the answer of the key."""
        text = f"{request.system or ''}\n{request.prompt}".lower()
        found = [key for key in self._answers if key != DEFAULT and key in text]
        key = max(found, key=len) if found else DEFAULT
        if key not in self._answers:
            keys = ", ".join(shown(key) for key in sorted(self._answers))
            raise _unanswered(request, number, f"none of the keys of `model` is in it: {keys}; or add `{DEFAULT}`")
        value = self._answers[key]
        return await value.answer(request, number) if isinstance(value, Listed) else value


class Made:
    """Answers that a function of the test makes."""

    def __init__(self, fn: Function, model: Callable[[], str | None]) -> None:
        self._fn = fn
        self._model = model
        self._calling = contextvars.copy_context()  # of the call that the function came with

    async def answer(self, request: Request, number: int) -> Any:
        """Return what the function makes of the prompt and the request."""
        told = {**asked(request, self._model()), "number": number}
        try:
            value = await call(self._fn, self._calling, request.prompt, told)
        except SpellError as error:
            raise _failed(error) from None
        if value is None:
            raise _unanswered(request, number, "the function `model` returned nothing")
        return value


async def call(fn: Function, calling: contextvars.Context, *args: Any) -> Any:
    """Return what a function of the test returns, called for the call in whose context it came."""

    async def called() -> Any:
        return await fn(*args)

    task = asyncio.get_running_loop().create_task(called(), context=calling)
    try:
        return await task
    finally:
        task.cancel()


def _failed(error: SpellError) -> SpellError:
    """Return what the spell is told of an error that a function of the test raised; one of the test itself stays."""
    if error.kind == "script":
        return Unanswered(error.message, hint=error.hint, where=error.where, trace=error.trace, data=error.data)
    return SpellError(error.message, kind=error.kind, hint=error.hint, retryable=error.kind in _PASSING)


class Echo:
    """Answers of the built-in model."""

    async def answer(self, request: Request, number: int) -> Any:  # noqa: ARG002
        """Return the prompt."""
        return await echo.ask(request)


class Nothing:
    """No answers: the test has given none."""

    async def answer(self, request: Request, number: int) -> Any:
        """Refuse."""
        raise _unanswered(request, number, 'give `cast` a `model`: { "an answer" }, or "recorded", or "echo"')


def source(given: Any, model: Callable[[], str | None]) -> Source:
    """Return where the answers of a test come from.

    Args:
        given: what `cast` was given: a list, a map, a function, `echo`, or nothing.
        model: returns the model that is asked where a spell names none.

    Raises:
        ArgumentError: it is none of these.
    """
    match given:
        case None:
            return Nothing()
        case Function():
            return Made(given, model)
        case list():
            return Listed(plain(given))
        case dict():
            return Keyed(plain(given))
        case "echo":
            return Echo()
    raise ArgumentError(
        f'cast: `model` must be a list of answers, a map of them, a function, "echo" or "recorded", got {shown(given)}'
    )


def asked(request: Request, model: str | None) -> dict[str, Any]:
    """Return a request as a test sees it and a recording keeps it; the usual model is left out."""
    parts = {
        "prompt": request.prompt,
        "system": request.system,
        "schema": request.schema,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "model": None if request.model == model else request.model,
    }
    return {name: value for name, value in parts.items() if value is not None}


@dataclass
class Script(Models):
    """The models of one spell under test: nothing here reaches a network, but for what a source asks itself."""

    source: Source
    usd: float = 0.0
    """What each answer costs."""
    prompts: list[dict[str, Any]] = field(default_factory=list)
    lost: SpellError | None = None
    """The first request that the test had no answer for."""
    model: str | None = None
    _number: int = 0

    async def ask(
        self,
        request: Request,
        on_text: Callable[[str], None] | None = None,
        turns: Turns | None = None,  # noqa: ARG002 - one request is one turn
    ) -> Answer:
        """Return the next answer of the script, as a model would give it."""
        self._number += 1
        note = {**asked(request, None), "model": request.model, "number": self._number}
        if len(self.prompts) < _KEPT:
            self.prompts.append(note)
        try:
            given = await self.source.answer(request, self._number)
        except Unanswered as error:
            self.lost = self.lost or error
            raise
        answer = given if isinstance(given, Answer) else self._answer(given, request)
        note["answer"] = answer.text if answer.data is None else answer.data
        if on_text is not None:
            on_text(answer.text)
        return answer

    def preload(self, model: str | None = None) -> None:
        """Load nothing."""

    async def close(self) -> None:
        """Close nothing."""

    def estimate(self, request: Request, heard: int) -> Usage:  # noqa: ARG002
        """Return no cost."""
        return Usage(0, 0, 0, 0.0)

    def _answer(self, given: Any, request: Request) -> Answer:
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        words = len(f"{request.system or ''} {request.prompt}".split())
        usage = Usage(words, len(text.split()), 0, self.usd)
        if request.schema is None:
            return Answer(text, None, request.model, usage, f"answer-{self._number}")
        try:
            data = Shape(request.schema).read(text)
        except SchemaError as error:
            error.data["usage"] = vars(usage).copy()
            raise
        return Answer(text, data, request.model, usage, f"answer-{self._number}")


def _unanswered(request: Request, number: int, hint: str) -> Unanswered:
    told = clip(visible(request.prompt), _TOLD)
    return Unanswered(f'the test has no answer for request {number}: "{told}"', hint=hint)


def _counted(count: int) -> str:
    return "1 answer" if count == 1 else f"{count} answers"
