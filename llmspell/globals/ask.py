"""The verbs that talk to a model."""

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypedDict, Unpack

import msgspec

from llmspell import durations, notation, template
from llmspell.bridge.op import Duration, Fields, Function, Global, Value, op
from llmspell.context import Context, Sink
from llmspell.errors import (
    ArgumentError,
    ConfigError,
    ModelError,
    PermissionDenied,
    SchemaError,
    SpellError,
    TimeLimitError,
)
from llmspell.models import NOTHING, Answer, Request, Said, Turns, Usage, is_echo
from llmspell.money import dollars


class Reply(Value):
    """What a model answered. It behaves as its text wherever text is wanted.

    Args:
        text: the answer.
        data: the answer as data, when a `schema` was asked for.
        agent: who answered.
        model: the model that answered, as `provider/model`.
        usage: `input_tokens`, `output_tokens`, `cached_tokens` and `usd`; `usd` is null when the price is unknown.
        calls: the tools that were called on the way.
        id: the provider's name for this answer.
    """

    text: str
    data: Any = None
    agent: str = ""
    model: str = ""
    usage: dict[str, Any] = msgspec.field(default_factory=dict)
    calls: list[Any] = msgspec.field(default_factory=list)
    id: str = ""


_SIGNATURE = "<const S extends Fields = never>(prompt: string | Reply, options?: AskOptions<S>): Promise<Reply<Out<S>>>"


class AskOptions(TypedDict, total=False):
    """What can be said about a request to a model.

    Args:
        vars: values for the template; a reply counts as its text, a list of replies as sections.
        model: `provider/model`; the spell's own, or the one that the person chose, unless given.
        system: instructions that come before the prompt.
        max_tokens: the longest answer, in tokens.
        temperature: 0 for the likeliest answer; more for variety.
        timeout: how long all attempts may take together.
        schema: the shape of `reply.data`, in the notation of parameters.
        on_text: called with each piece of the answer as it arrives.
        name: what the progress lines call this request.
    """

    vars: dict[str, Any] | None
    model: str | None
    system: str | None
    max_tokens: int | None
    temperature: float | None
    timeout: Duration | None
    schema: Fields | None
    on_text: Function | None
    name: str | None


Show = Callable[[str], None]

_ANSWER = "answer"
"""Under which an answer is kept that has come in whole, while the script is still hearing its pieces."""


class _Line:
    """Prints the pieces of an answer, and ends the line before anything else is said."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._open = False

    def show(self, piece: str) -> None:
        self._sink.output("out", piece)
        self._open = not piece.endswith("\n") if piece else self._open

    def end(self) -> None:
        if self._open:
            self._open = False
            self._sink.output("out", "\n")


class _Heard:
    """Counts the characters of an answer on their way."""

    def __init__(self, show: Show | None) -> None:
        self.characters = 0
        self._show = show

    def take(self, piece: str) -> None:
        self.characters += len(piece)
        if self._show is not None:
            self._show(piece)


class _Requests(Turns):
    """Counts the requests that one answer takes, and keeps what is paid for when another has to follow."""

    def __init__(self, context: Context, model: str) -> None:
        self._context = context
        self._model = model
        self.began = context.clock()
        self.paid = NOTHING
        """What those have cost that are counted already."""

    def recall(self, index: int) -> Said | None:
        known = self._context.effects.kept(f"request:{index}")
        if known is None:
            return None
        said = Said(known["text"], Usage(**known["usage"]), known["cut"])
        self.paid += said.usage
        return said

    async def follow(self, index: int, said: Said) -> None:
        context = self._context
        context.spending.add(said.usage, context.clock() - self.began, self._model)
        self.began = context.clock()
        self.paid += said.usage
        await context.effects.keep(f"request:{index}", asdict(said))
        context.spending.begin(self._model)

    def key(self, index: int) -> str | None:
        call = self._context.effects.key()
        return call and f"{call}:{index}"


class Ask(Global):
    """Ask a model."""

    name = ""
    context: Context

    @op(effect="keyed", asks=True, typescript=_SIGNATURE)
    async def ask(self, prompt: str, **options: Unpack[AskOptions]) -> Reply:
        """Ask a model and return its reply.

        Args:
            prompt: what to ask; `{{name}}` is replaced by `vars.name` when `vars` is given.
        """
        return await self._answered("ask", prompt, options, None)

    @op(effect="keyed", asks=True, typescript=_SIGNATURE)
    async def say(self, prompt: str, **options: Unpack[AskOptions]) -> Reply:
        """Ask a model and print the answer while it arrives; return its reply.

        Args:
            prompt: what to ask; `{{name}}` is replaced by `vars.name` when `vars` is given.
        """
        return await self._answered("say", prompt, options, _Line(self.context.sink))

    async def _answered(self, op: str, prompt: str, options: AskOptions, line: _Line | None) -> Reply:
        request = self._request(prompt, options)
        await self._permit(request.model, op)
        name = options.get("name") or "ask"
        on_text = options.get("on_text")
        rendered = 0 if options.get("vars") is None else len(request.prompt.encode())  # the rest is counted as a call
        with self.context.load.held(rendered):
            if on_text is None:
                reply = await self._reply(request, name, line, None if line is None else line.show)
            else:
                reply = await self._relayed(request, name, line, on_text)
        if schema := options.get("schema"):
            reply.data = _typed(reply.data, schema)
        return reply

    def _request(self, prompt: str, options: AskOptions) -> Request:
        variables, schema = options.get("vars"), options.get("schema")
        timeout, max_tokens = options.get("timeout"), options.get("max_tokens")
        if max_tokens is not None and max_tokens < 1:
            raise ArgumentError(f"ask: `max_tokens` must be at least 1, got {max_tokens}")
        return Request(
            model=self._model(options.get("model")),
            prompt=prompt if variables is None else template.render(prompt, template_values(variables)),
            system=options.get("system"),
            max_tokens=max_tokens,
            temperature=options.get("temperature"),
            timeout=None if timeout is None else durations.parse(timeout),
            schema=None if schema is None else notation.json_schema(notation.fields(schema, "schema")),
        )

    def _model(self, asked: str | None) -> str:
        model = asked or self.context.model
        if not model:
            raise ConfigError(
                "no model is chosen",
                hint="--model openai/gpt-5-mini, or export LLMSPELL_MODEL=…, or --model echo to try without one",
            )
        return model

    async def _permit(self, model: str, op: str) -> None:
        """Decide about a model: one that a person has chosen needs no rule, nor does the one that costs nothing."""
        access = self.context.access
        if model == self.context.chosen or is_echo(model):
            access.choose("models", model, op)
            return
        try:
            await access.permit("models", model, op)
        except PermissionDenied as error:
            if error.hint and error.hint.startswith("--allow-models="):
                error.hint = f"--model {shlex.quote(model)} chooses it, {error.hint} allows it beside another"
            raise

    async def _reply(self, request: Request, name: str, line: _Line | None, show: Show | None) -> Reply:
        context = self.context
        context.access.taint.ask()
        if context.spending.capped:
            await context.effects.counted()
        context.spending.begin(request.model)
        turns = _Requests(context, request.model)
        started = turns.began
        context.sink.progress(f"{name}: start {request.model}")
        heard = _Heard(show)
        try:
            answer = await self._asked(request, line, heard.take if show else None, turns)
        except (SpellError, asyncio.CancelledError) as error:
            self._failed(request, turns, error, heard.characters)
            word = error.kind if isinstance(error, SpellError) else "cancelled"
            context.sink.progress(f"{name}: failed {context.clock() - started:.1f}s {word}")
            raise
        context.spending.add(answer.usage - turns.paid, context.clock() - turns.began, request.model)
        context.sink.progress(f"{name}: ok {context.clock() - started:.1f}s {cost(answer)}")
        return Reply(
            text=answer.text,
            data=answer.data,
            agent=name,
            model=answer.model,
            usage=asdict(answer.usage),
            id=answer.id,
        )

    def _failed(self, request: Request, turns: _Requests, error: BaseException, heard: int) -> None:
        """Count what a request without an answer has cost: what the provider billed, or probably will."""
        usage: Usage | None = None
        if isinstance(error, SpellError) and (billed := error.data.pop("usage", None)):
            usage = Usage(**billed) - turns.paid
        elif heard or not isinstance(error, SpellError) or isinstance(error, TimeLimitError):
            usage = self.context.models.estimate(request, heard)
        if usage is not None:
            self.context.spending.add(usage, self.context.clock() - turns.began, request.model)

    async def _asked(self, request: Request, line: _Line | None, show: Show | None, turns: _Requests) -> Answer:
        try:
            return await self.context.models.ask(request, show, turns)
        finally:
            if line is not None:
                line.end()

    async def _relayed(self, request: Request, name: str, line: _Line | None, on_text: Function) -> Reply:
        effects = self.context.effects
        if (kept := effects.kept(_ANSWER)) is not None:
            return await self._told_again(Reply(**kept), line, on_text)
        if effects.interrupted():
            # The script has heard the beginning of an answer, and no other may go on with that.
            raise ModelError("the run ended in the middle of this answer", hint="ask again", retryable=True)
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        load, waiting, telling = self.context.load, 0, False

        def arrive(piece: str) -> None:
            nonlocal waiting
            if line is not None:
                line.show(piece)
            load.add(len(piece))
            waiting += len(piece)
            pieces.put_nowait(piece)

        async def answered() -> Reply:
            reply = await self._reply(request, name, line, arrive)
            if telling or not pieces.empty():  # else nothing happens any more before the reply is written down
                await effects.keep(_ANSWER, msgspec.to_builtins(reply))
            return reply

        asking = asyncio.ensure_future(answered())
        asking.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                telling = True
                await on_text(piece)
                telling = False
                load.remove(len(piece))
                waiting -= len(piece)
            return await asking
        finally:
            load.remove(waiting)
            asking.cancel()

    async def _told_again(self, reply: Reply, line: _Line | None, on_text: Function) -> Reply:
        """Return an answer that was whole before the run ended: what was not heard comes in one piece."""
        effects = self.context.effects
        if line is not None and reply.text:
            effects.said(reply.text if reply.text.endswith("\n") else f"{reply.text}\n")
        heard = [args[0] for args in effects.told()]
        for piece in heard:
            await on_text(piece)
        if rest := reply.text[sum(map(len, heard)) :]:
            await on_text(rest)
        return reply


def _typed(data: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with the defaults of its schema filled in."""
    try:
        return notation.check_fields(notation.fields(schema, "schema"), data, "the answer")
    except ArgumentError as error:
        raise SchemaError(error.message) from None


def cost(answer: Answer) -> str:
    """Return tokens in and out and the price of an answer for a progress line."""
    usage = answer.usage
    price = "price unknown" if usage.usd is None else dollars(usage.usd)
    return f"{usage.input_tokens}→{usage.output_tokens} {price}"


def template_values(value: Any) -> Any:
    """Return values for a template: a reply is its text, a list of replies is a section for each."""
    if isinstance(value, Reply):
        return value.text
    if isinstance(value, list):
        if value and all(isinstance(item, Reply) for item in value):
            return "\n\n".join(f"## {item.agent}\n\n{item.text}" for item in value)
        return [template_values(item) for item in value]
    if isinstance(value, dict):
        return {key: template_values(item) for key, item in value.items()}
    return str(value) if isinstance(value, Value) else value
