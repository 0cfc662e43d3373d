"""One turn with a model: a request, sent again where the policy says so, and a response that is whole."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace

from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from llmspell.errors import ModelError, Refused
from llmspell.models import prices
from llmspell.models.catalog import Access
from llmspell.models.faults import QUOTE_LIMIT, REWORD, broken, translated
from llmspell.models.request import Usage
from llmspell.models.retry import Retry
from llmspell.wording import clip, visible

OnText = Callable[[str], None]

LARGEST = 16 * 1024 * 1024
"""Bytes of UTF-8 that the text of an answer may have, with what the model thought."""

_CUT_OFF = "broke off before the end of its answer"


@dataclass(frozen=True)
class Line:
    """A model and all that stays the same from one turn with it to the next."""

    model: Model
    access: Access
    retry: Retry
    timeout: float | None
    settings: ModelSettings
    parameters: ModelRequestParameters

    def under(self, key: str | None) -> "Line":
        """Return the same, for a request that its provider can tell by a key if it is sent again."""
        if key is None:
            return self
        settings: ModelSettings = {**self.settings, "extra_headers": {"Idempotency-Key": key}}
        return replace(self, settings=settings)

    async def turn(self, messages: Sequence[ModelMessage], on_text: OnText | None = None) -> ModelResponse:
        """Return the response to some messages; with `on_text`, pass its pieces on as they come.

        A request is not sent again once a piece was passed on.

        Raises:
            SpellError: the provider failed, after retries, or declined to answer.
        """
        if on_text is None:
            response = await self.retry.run(lambda: self._whole(messages), self.timeout)
        else:
            response = await self._retried_stream(messages, on_text)
        error = _without_answer(response, self.access)
        if error is not None:
            error.data |= {"model": self.access.name, "usage": asdict(usage_of(response))}
            raise error
        return response

    async def _whole(self, messages: Sequence[ModelMessage]) -> ModelResponse:
        with translated(self.access):
            response = await model_request(
                self.model, messages, model_settings=self.settings, model_request_parameters=self.parameters
            )
        _check_size(sum(map(_size, response.parts)), self.access)
        # A body says how long it is, so only its emptiness is suspect. Anthropic's can be a stream all the same.
        suspect = self.access.provider.wire == "anthropic" or not (response.text or response.tool_calls)
        if suspect and not _has_ended(response):
            raise broken(self.access, _CUT_OFF)
        return response

    async def _retried_stream(self, messages: Sequence[ModelMessage], on_text: OnText) -> ModelResponse:
        silent = True

        async def attempt() -> ModelResponse:
            nonlocal silent
            arrived: list[ModelResponse] = []
            async with aclosing(self._pieces(messages, arrived)) as pieces:
                async for piece in pieces:
                    silent = False
                    on_text(piece)
            return arrived[0]

        return await self.retry.run(attempt, self.timeout, may_retry=lambda: silent)

    async def _pieces(self, messages: Sequence[ModelMessage], arrived: list[ModelResponse]) -> AsyncGenerator[str]:
        """Yield the pieces of text as they come, and leave the whole response behind."""
        size = 0
        with translated(self.access):
            async with model_request_stream(
                self.model, messages, model_settings=self.settings, model_request_parameters=self.parameters
            ) as stream:
                async for event in stream:
                    size += _size_of_event(event)
                    if size > LARGEST:
                        break
                    if piece := _piece(event):
                        yield piece
            arrived.append(stream.get())
        _check_size(size, self.access)
        if not _has_ended(arrived[0]):
            raise broken(self.access, _CUT_OFF)


def _has_ended(response: ModelResponse) -> bool:
    """Return whether the provider itself said why it stopped: a `finish_reason` of `stop` may be a guess."""
    return "finish_reason" in (response.provider_details or {}) or response.finish_reason == "content_filter"


def _check_size(size: int, access: Access) -> None:
    if size > LARGEST:
        message = f"the answer of {access.name} is larger than {LARGEST // 1024**2} MiB"
        raise ModelError(message, hint="ask for less, or set max_tokens", data={"model": access.name})


def _size_of_event(event: ModelResponseStreamEvent) -> int:
    match event:
        case PartStartEvent():
            return _size(event.part)
        case PartDeltaEvent():
            return _size(event.delta)
    return 0


def _size(part: object) -> int:
    """Return the bytes of the text in a part of a response, or in what is added to one."""
    match part:
        case TextPart(content=text) | ThinkingPart(content=text):
            said = text
        case TextPartDelta(content_delta=text) | ThinkingPartDelta(content_delta=text):
            said = text or ""
        case ToolCallPart():
            said = part.args_as_json_str()
        case _:
            said = ""
    return len(said.encode("utf-8", "surrogatepass"))


def _piece(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
    return ""


def usage_of(response: ModelResponse) -> Usage:
    """Return what a response took."""
    used = response.usage
    return Usage(used.input_tokens, used.output_tokens, used.cache_read_tokens, prices.usd(response))


def _without_answer(response: ModelResponse, access: Access) -> ModelError | None:
    """Return the error for a response that ended for a reason that leaves it without an answer."""
    if response.finish_reason == "content_filter":
        said = (response.provider_details or {}).get("refusal") or response.text
        quote = f": {visible(clip(said, QUOTE_LIMIT))}" if said else ""
        return Refused(f"{access.name} declined to answer{quote}", hint=REWORD)
    if response.finish_reason == "error" and not response.tool_calls:
        return ModelError(f"{access.name} failed in the middle of its answer", hint="try again", retryable=True)
    if response.finish_reason == "length" and not response.text and not response.tool_calls:
        message = f"{access.name} reached the limit of tokens before it said anything"
        return ModelError(message, hint="raise max_tokens")
    return None
