"""The door of this room: answers `echo` itself, and fetches the layer that speaks to providers when it is needed."""

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from llmspell.errors import ConfigError, TimeLimitError
from llmspell.models import catalog, echo
from llmspell.models.request import Answer, Request, Turns, Usage

_CHARACTERS_A_TOKEN = 4  # of English, roughly; only an estimate rests on it


class Models:
    """All models that an environment has keys for."""

    def __init__(self, environ: Mapping[str, str], **policy: Any) -> None:
        """Take keys and base URLs from `environ`; `policy` sets fields of `retry.Retry`."""
        self._environ = environ
        self._policy = policy
        self._speaker: Future[Any] | None = None

    def preload(self, model: str | None = None) -> None:
        """Begin to load the layer that speaks to providers, in a thread; with a name, open the way there too."""
        if self._speaker is None and not (model and catalog.is_echo(model)):
            self._speaker = Future()
            threading.Thread(target=self._load, args=(self._speaker, model), name="models").start()

    async def ask(
        self, request: Request, on_text: Callable[[str], None] | None = None, turns: Turns | None = None
    ) -> Answer:
        """Return a model's answer; with `on_text`, pass each piece of it on at once.

        Cancelling the task ends the request to the provider. `turns` follows its requests one by one.

        Raises:
            ConfigError: there is no such provider, or a package or setting that it needs is missing.
            AuthError: there is no key, or the provider refuses it.
            ArgumentError: the schema is none that can be asked for.
            RateLimited, Refused, SchemaError, ModelError: the provider failed, after retries.
            TimeLimitError: the time was up.
        """
        if catalog.is_echo(request.model):
            return await echo.ask(request, on_text)
        try:
            async with asyncio.timeout(request.timeout) as limit:
                access = await self._find(request.model)
                self.preload()
                speaker = await _arrival(self._speaker)
                answer: Answer = await speaker.ask(access, request, on_text, turns or Turns())
                return answer
        except TimeoutError:
            if not limit.expired():
                raise
        message = f"{request.model} did not answer within {request.timeout:g} s"
        raise TimeLimitError(message, hint="raise `timeout`", data={"model": request.model})

    async def close(self) -> None:
        """Close all connections."""
        if self._speaker is not None and self._speaker.done() and not self._speaker.exception():
            await self._speaker.result().close()

    async def _find(self, name: str) -> catalog.Access:
        try:
            return catalog.find(name, self._environ)
        except ConfigError as error:
            if "/" not in name:
                owners = (await asyncio.to_thread(_fetch, "prices")).owners(name)
                error.hint = f"did you mean {owners[0]}?" if owners else error.hint
            raise

    def estimate(self, request: Request, heard: int) -> Usage:
        """Return what a request that was cancelled has probably cost: its provider bills it all the same.

        Args:
            request: what was asked.
            heard: characters of the answer that had arrived.
        """
        asked = len(request.prompt) + len(request.system or "")
        tokens_in, tokens_out = asked // _CHARACTERS_A_TOKEN + 1, heard // _CHARACTERS_A_TOKEN
        if catalog.is_echo(request.model):
            return Usage(tokens_in, tokens_out, 0, 0.0)
        return Usage(tokens_in, tokens_out, 0, _fetch("prices").estimated(request.model, tokens_in, tokens_out))

    def _load(self, arriving: Future[Any], model: str | None) -> None:
        try:
            with _uncollected():
                speaker = _fetch("speaker").Speaker(_fetch("retry").Retry(**self._policy))
        except Exception as error:  # whoever asks meets it
            arriving.set_exception(error)
            return
        arriving.set_result(speaker)
        if model:
            with _uncollected(), suppress(Exception):  # whoever asks meets it too
                speaker.open(catalog.find(model, self._environ))


def _fetch(name: str) -> Any:
    return import_module(f"llmspell.models.{name}")


async def _arrival(arriving: "Future[Any] | None") -> Any:
    """Wait for what a thread makes; being cancelled does not stop it for others."""
    assert arriving is not None
    return await asyncio.shield(asyncio.wrap_future(arriving))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector out: imports make a million objects, and none of them is garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
