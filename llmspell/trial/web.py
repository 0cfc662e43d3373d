"""The web of a spell under test: a few answers that the test has written down, and nothing behind them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from llmspell.bridge.op import Global
from llmspell.bridge.values import plain
from llmspell.context import Context
from llmspell.errors import ArgumentError, HttpError, ScriptError
from llmspell.globals import http
from llmspell.security import urls
from llmspell.security.access import Access
from llmspell.web.exchange import Answer, Request
from llmspell.wording import shown, suggest

_PARTS = {"status", "headers", "json", "text", "error"}


class Pages:
    """The answers of a test, by method and URL: `GET https://example.com/a`, or a URL alone for any method.

    Args:
        given: what `cast` was given as `http`.

    Raises:
        ArgumentError: one of them is no answer.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._answers = {_key(name): _answers(name, plain(value)) for name, value in given.items()}
        self.lost: ScriptError | None = None
        """The first request that the test had no answer for."""

    def take(self, request: Request) -> Mapping[str, Any]:
        """Return the next answer to a request; the last one stays.

        Raises:
            ScriptError: there is none.
        """
        for method in (request.method, ""):
            if answers := self._answers.get((method, str(request.url))):
                return answers.pop(0) if len(answers) > 1 else answers[0]
        asked = f"{request.method} {request.url}"
        near = suggest(asked, (" ".join(key).strip() for key in self._answers))
        hint = f"did you mean {near}?" if near else f'give `cast` an `http`: {{ ["{asked}"] = {{ json = … }} }}'
        self.lost = self.lost or ScriptError(f"the test has no answer for {asked}", hint=hint)
        raise self.lost


class _Client:
    """Answers requests as the client of a run does, out of pages; where no rule leads, nothing is answered."""

    def __init__(self, pages: Pages, access: Access) -> None:
        self._pages = pages
        self._access = access

    @asynccontextmanager
    async def send(self, request: Request, redirects: int, op: str) -> AsyncIterator[Answer]:  # noqa: ARG002
        """Give the answer to a request."""
        self._access.addresses.check(request.url, request.method)
        page = self._pages.take(request)
        if "error" in page:
            raise HttpError(str(page["error"]), retryable=True)
        body, kind = _body(page)
        headers = {"content-type": kind} | {name.lower(): str(each) for name, each in page.get("headers", {}).items()}
        yield Answer(page.get("status", 200), headers, request.url, _pieces(body))

    async def close(self) -> None:
        """Close nothing."""


def speaking(pages: Pages) -> type[Global]:
    """Return the global that speaks HTTP with pages."""

    class Http(http.Http):
        """Speak HTTP with what a test has written down."""

        context: Context

        def __init__(self, context: Context) -> None:
            super().__init__(context)
            self._client = _Client(pages, context.access)

    return Http


def _key(name: str) -> tuple[str, str]:
    method, _, url = name.rpartition(" ")
    if method and method not in http.METHODS:
        raise ArgumentError(f'cast: `http` has keys such as "GET https://example.com/", got {shown(name)}')
    try:
        return method, str(urls.parse(url))
    except ArgumentError as error:
        raise ArgumentError(f"cast: `http`: {error.message}", hint=error.hint) from None


def _answers(name: str, value: Any) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    answers = [{"text": each} if isinstance(each, str) else each for each in found]
    if not answers or not all(isinstance(each, dict) and _fits(each) for each in answers):
        hint = "a text, or a map with status, headers, json or text, or error; or a list of them"
        raise ArgumentError(f"cast: `http` has no answer at {shown(name)}", hint=hint)
    return answers


def _fits(page: dict[str, Any]) -> bool:
    status, headers = page.get("status", 200), page.get("headers", {})
    return (
        not page.keys() - _PARTS
        and type(status) is int
        and 100 <= status <= 599
        and isinstance(headers, dict)
        and isinstance(page.get("text", ""), str)
    )


def _body(page: Mapping[str, Any]) -> tuple[bytes, str]:
    if "json" in page:
        return json.dumps(page["json"], ensure_ascii=False).encode(), "application/json"
    return page.get("text", "").encode(), "text/plain; charset=utf-8"


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body
