"""Asks models over their wires. Importing this takes long: `client` does it in a thread, at first need."""

import asyncio
import threading
import warnings
from dataclasses import asdict, replace
from importlib import import_module
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from llmspell.errors import ConfigError, SchemaError, SpellError
from llmspell.models.catalog import Access
from llmspell.models.faults import translated
from llmspell.models.request import Answer, Request, Said, Turns, Usage
from llmspell.models.retry import Retry
from llmspell.models.shape import Shape
from llmspell.models.turn import Line, OnText, usage_of
from llmspell.models.wires.base import Wire
from llmspell.wording import clip, visible

# It warns of settings that a model ignores, and of oddities of providers: neither is for the person's terminal.
warnings.filterwarnings("ignore", module=r"pydantic_ai\.")

_NAME_LIMIT = 200
_REPAIR = (
    "That answer cannot be used: {fault}. Answer again, with nothing but JSON that fits this JSON Schema:\n{schema}"
)


class Speaker:
    """The open wires to all providers."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._wires: dict[tuple[str, str, str], Wire] = {}
        self._opening = threading.Lock()

    def open(self, access: Access) -> Wire:
        """Return the wire to a model's provider, opening it if need be; slow the first time, so not for an event loop.

        Raises:
            ConfigError: the provider needs a package that is not installed, or refuses how it is set up.
        """
        with self._opening:
            wire = self._wires.get(access.door)
            if wire is None:
                wire = self._wires[access.door] = _wire(access)
            return wire

    async def ask(self, access: Access, request: Request, on_text: OnText | None, turns: Turns) -> Answer:
        """Return the answer of a model; an answer that has to fit a schema is passed on whole.

        Raises:
            SpellError: as `Models.ask` says.
        """
        wire = self._wires.get(access.door)
        if wire is None:
            wire = await asyncio.to_thread(self.open, access)
        with translated(access):
            model = wire.model(access)
        line = Line(model, access, self._retry, request.timeout, _settings(request), ModelRequestParameters())
        asked: list[ModelMessage] = [ModelRequest([UserPromptPart(request.prompt)], instructions=request.system)]
        if request.schema is not None:
            return await _shaped(line, asked, Shape(request.schema), on_text, turns)
        response = await line.under(turns.key(1)).turn(asked, on_text)
        return _answer(access, response, response.text or "", None, usage_of(response))

    async def close(self) -> None:
        """Close all wires."""
        wires, self._wires = self._wires, {}
        for wire in wires.values():
            await wire.close()


def _wire(access: Access) -> Wire:
    provider = access.provider
    try:
        module = import_module(f"llmspell.models.wires.{provider.wire}")
    except ImportError as error:
        package = f"llmspell[{provider.extra}]" if provider.extra else "llmspell"
        message = f'provider "{provider.name}" needs a package that is not installed'
        raise ConfigError(message, hint=f"pip install '{package}'") from error
    with translated(access):
        wire: Wire = module.Wire(access)
    return wire


def _settings(request: Request) -> ModelSettings:
    settings = ModelSettings()
    if request.max_tokens is not None:
        settings["max_tokens"] = request.max_tokens
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    return settings


async def _shaped(line: Line, asked: list[ModelMessage], shape: Shape, on_text: OnText | None, turns: Turns) -> Answer:
    """Ask for an answer that fits a shape, and, when it does not, once more with the reason why.

    Raises:
        SchemaError: the second answer does not fit either.
    """
    line = replace(line, parameters=_parameters(line.model, shape))
    first = turns.recall(1)
    if first is None:
        response = await line.under(turns.key(1)).turn(asked)
        first = _said(response)
        try:
            return await _fitting(line.access, response, shape, first.usage, on_text)
        except SchemaError as fault:
            why = fault.message
        await turns.follow(1, first)
    else:
        why = await _fault(line.access, first, shape)
    repair = _REPAIR.format(fault=why, schema=shape.text)
    said = TextPart(first.text or "(nothing)")  # providers refuse messages without text
    again: list[ModelMessage] = [ModelResponse([said]), ModelRequest([UserPromptPart(repair)])]
    try:
        second = await line.under(turns.key(2)).turn([*asked, *again])
    except SpellError as error:  # the first answer is billed all the same
        billed = error.data.get("usage")
        error.data["usage"] = asdict(first.usage + Usage(**billed) if billed else first.usage)
        raise
    return await _fitting(line.access, second, shape, first.usage + usage_of(second), on_text)


def _said(response: ModelResponse) -> Said:
    return Said(_json(response), usage_of(response), response.finish_reason == "length")


async def _fault(access: Access, said: Said, shape: Shape) -> str:
    """Return why an answer of before does not fit."""
    try:
        await _read(access, said, shape)
    except SchemaError as fault:
        return fault.message
    return "it does not fit"  # another version of the validator thinks otherwise by now


async def _read(access: Access, said: Said, shape: Shape) -> Any:
    try:
        return await asyncio.to_thread(shape.read, said.text)  # a text of megabytes takes a second
    except SchemaError as fault:
        fault.message = f"{access.name}: {fault.message}"
        fault.hint = "raise max_tokens" if said.cut else "ask a larger model, or for less"
        fault.data |= {"model": access.name, "usage": asdict(said.usage)}
        raise


async def _fitting(
    access: Access, response: ModelResponse, shape: Shape, usage: Usage, on_text: OnText | None
) -> Answer:
    said = replace(_said(response), usage=usage)
    data = await _read(access, said, shape)
    if on_text is not None:
        on_text(said.text)
    return _answer(access, response, said.text, data, usage)


def _json(response: ModelResponse) -> str:
    """Return the JSON of a response: the arguments of the tool that stands for the schema, else the text."""
    return response.tool_calls[0].args_as_json_str() if response.tool_calls else response.text or ""


def _parameters(model: Model, shape: Shape) -> ModelRequestParameters:
    """Ask for JSON in the way that a model knows best: natively, as the call of a tool, or by being told so."""
    native = model.profile.get("supports_json_schema_output", False)
    if not native and model.profile.get("supports_tools", True):
        tool = ToolDefinition(name="answer", parameters_json_schema=shape.schema, kind="output")
        return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
    return ModelRequestParameters(
        output_mode="native" if native else "prompted",
        output_object=OutputObjectDefinition(shape.schema, name="answer"),
    )


def _answer(access: Access, response: ModelResponse, text: str, data: Any, usage: Usage) -> Answer:
    model = visible(clip(response.model_name or access.model, _NAME_LIMIT))
    name = visible(clip(response.provider_response_id or "", _NAME_LIMIT))
    return Answer(text, data, f"{access.provider.name}/{model}", usage, name)
