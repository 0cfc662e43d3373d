"""HTTP: what a script may say to the hosts that are granted to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, ClassVar, TypedDict, Unpack
from urllib.parse import urlencode

import msgspec

from llmspell import durations
from llmspell.bridge.op import Duration, Global, Method, Url, Value, WritePath, op
from llmspell.bridge.values import plain
from llmspell.context import Context
from llmspell.errors import ArgumentError, HttpError, TimeLimitError, within
from llmspell.globals.secrets import cleaned, fill, parted
from llmspell.security import urls
from llmspell.security.disk import Disk
from llmspell.web import body
from llmspell.web.download import save, too_large
from llmspell.web.exchange import Answer, Request, check_headers
from llmspell.wording import clip, shown, visible

Auth = Annotated[Any, msgspec.Meta(title="Auth", extra={"holds": True})]
"""A secret, or a user with a secret as password."""

HttpHeaders = Annotated[dict[str, Any], msgspec.Meta(title="HttpHeaders", extra={"holds": True})]
"""Headers of a request: texts, secrets, or a text with a secret behind it."""

Raw = bytes  # below, fields and options are called `bytes`

METHODS = urls.METHODS
WITHOUT_BODY = ("GET", "HEAD")

TIMEOUT = 30.0
"""Seconds that a request may take, with its redirects and its whole answer, unless the script says otherwise."""

REDIRECTS, MOST_REDIRECTS = 5, 20
MOST_TEXT = 4 * 2**20
"""Bytes of an answer that a script gets, unless it says otherwise."""

MOST_FILE = 2**30
"""Bytes of an answer that goes to a file, unless the script says otherwise."""


class HttpReply(Value):
    """What a server answered. It behaves as its text wherever text is wanted.

    Args:
        text: the body as text; empty if it went to a file, or was asked for as bytes.
        json: the body as data; if it is no JSON, reading this is an error.
        status: `200`, `404`, …
        ok: whether the status is from 200 to 299.
        url: where the answer comes from, after redirects.
        headers: the headers of the answer, by lower-case name.
        size: how many bytes the body has, decompressed.
        bytes: the body as it is, if `bytes` asked for it.
        file: the path of the file that the body went to, if `to` asked for it and the reply is ok.
    """

    lazy: ClassVar[dict[str, str]] = {"json": "text"}

    text: str
    status: int
    ok: bool
    url: str
    headers: dict[str, str]
    size: int
    bytes: Raw | None = None
    file: str | None = None


class HttpOptions(TypedDict, total=False):
    """What can be said about a request.

    Args:
        query: what is added to the query of the URL; a list repeats its name.
        headers: headers of the request; a value may be a secret, or a list of a text and a secret.
        auth: a secret that is sent as `Authorization: Bearer …`, or `{user, password}` with a secret as password.
        json: data that is sent as JSON.
        form: fields that are sent as a form.
        body: text or bytes that are sent as they are.
        timeout: how long all may take together; `"30s"` unless given.
        redirects: how many redirects to follow; 5 unless given, 0 for none.
        max_bytes: the largest body; 4 MiB unless given, 1 GiB for a file.
        bytes: the body of the reply as `reply.bytes`, whatever it is, and no text.
        to: the path of a file that the body of the reply goes to, if the reply is ok.
    """

    query: dict[str, Any] | None
    headers: HttpHeaders | None
    auth: Auth | None
    json: Any
    form: dict[str, Any] | None
    body: str | Raw | None
    timeout: Duration | None
    redirects: int | None
    max_bytes: int | None
    bytes: bool | None
    to: WritePath | None


class Http(Global):
    """Speak HTTP to the hosts that the run may reach.

    A reply of any status is a reply; what fails is a request that gets none. `https` checks certificates.
    """

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._client: Any = None

    @op(needs="net", sends_out=True, untrusted=True, method="GET")
    async def get(self, url: Url, **options: Unpack[HttpOptions]) -> HttpReply:
        """Get what is at a URL.

        Args:
            url: it begins with `https://` or `http://`.
        """
        return await self._ask("Http.get", "GET", url, options)

    @op(needs="net", sends_out=True, untrusted=True, method="HEAD")
    async def head(self, url: Url, **options: Unpack[HttpOptions]) -> HttpReply:
        """Get the status and the headers of what is at a URL, without the body.

        Args:
            url: it begins with `https://` or `http://`.
        """
        return await self._ask("Http.head", "HEAD", url, options)

    @op(effect="once", needs="net", sends_out=True, untrusted=True, method="POST")
    async def post(self, url: Url, **options: Unpack[HttpOptions]) -> HttpReply:
        """Send something to a URL.

        Args:
            url: it begins with `https://` or `http://`.
        """
        return await self._ask("Http.post", "POST", url, options)

    @op(effect="keyed", needs="net", sends_out=True, untrusted=True, method="PUT")
    async def put(self, url: Url, **options: Unpack[HttpOptions]) -> HttpReply:
        """Put something at a URL, in the place of what is there; to do so twice changes nothing more.

        Args:
            url: it begins with `https://` or `http://`.
        """
        return await self._ask("Http.put", "PUT", url, options)

    @op(effect="once", needs="net", sends_out=True, untrusted=True, method="PATCH")
    async def patch(self, url: Url, **options: Unpack[HttpOptions]) -> HttpReply:
        """Change a part of what is at a URL.

        Args:
            url: it begins with `https://` or `http://`.
        """
        return await self._ask("Http.patch", "PATCH", url, options)

    @op(effect="keyed", needs="net", sends_out=True, untrusted=True, destructive=True, method="DELETE")
    async def delete(self, url: Url, **options: Unpack[HttpOptions]) -> HttpReply:
        """Delete what is at a URL; to do so twice changes nothing more.

        Args:
            url: it begins with `https://` or `http://`.
        """
        return await self._ask("Http.delete", "DELETE", url, options)

    @op(effect="once", needs="net", sends_out=True, untrusted=True)
    async def request(self, method: Method, url: Url, **options: Unpack[HttpOptions]) -> HttpReply:
        """Send a request with any method.

        Args:
            method: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`.
            url: it begins with `https://` or `http://`.
        """
        with within("Http.request"):
            name = urls.method(method)
        return await self._ask("Http.request", name, url, options)

    async def _ask(self, name: str, method: str, url: str, options: HttpOptions) -> HttpReply:
        with within(name):
            headers, slots = parted(options.get("headers") or {}, options.get("auth"))
            request = _request(method, url, options, headers)
            seconds = _seconds(options.get("timeout"))
            if slots:
                request = replace(request, filled=await fill(self.context, request.url, slots, name))
            try:
                async with asyncio.timeout(seconds) as limit:
                    return await self._exchange(name, request, options)
            except TimeoutError:
                if not limit.expired():
                    raise
            message = f"{request.url.authority} took longer than {durations.spoken(seconds)}"
            raise TimeLimitError(message, hint="`timeout` sets the limit", retryable=True)

    async def _exchange(self, name: str, request: Request, options: HttpOptions) -> HttpReply:
        redirects = _bounded("redirects", options.get("redirects"), REDIRECTS, 0, MOST_REDIRECTS)
        most = self._most(options)
        file = self._file(options)
        async with self._opened().send(request, redirects, name) as answer:
            ok = 200 <= answer.status < 300
            reply = HttpReply(text="", status=answer.status, ok=ok, url=str(answer.url), headers=answer.headers, size=0)
            if file is not None and ok:
                await self._save(answer, reply, file, most, sent_secrets=bool(request.filled))
            else:
                await self._read(answer, reply, min(most, self._frame), as_bytes=options.get("bytes") is True)
        return reply

    @property
    def _frame(self) -> int:
        return self.context.profile.limits.frame

    def _most(self, options: HttpOptions) -> int:
        usual, most = (MOST_FILE, 2**50) if options.get("to") else (min(MOST_TEXT, self._frame), self._frame)
        return _bounded("max_bytes", options.get("max_bytes"), usual, 1, most)

    def _file(self, options: HttpOptions) -> str | None:
        """Return the path of the file that the body goes to, before anything is sent: it may not be granted."""
        if (path := options.get("to")) is None:
            return None
        if options.get("bytes"):
            raise ArgumentError("`bytes` and `to` cannot both get the body")
        with within("`to`"):
            self._disk.paths.spot("write", path)
        return path

    @cached_property
    def _disk(self) -> Disk:
        return Disk(self.context.paths)

    async def _save(self, answer: Answer, reply: HttpReply, file: str, most: int, *, sent_secrets: bool) -> None:
        pieces = cleaned(answer.pieces, self.context.secrets) if sent_secrets else answer.pieces
        reply.size = await save(pieces, self._disk.fresh(file, lambda: None), most, answer.url.authority)
        reply.file = file

    async def _read(self, answer: Answer, reply: HttpReply, most: int, *, as_bytes: bool) -> None:
        async with self._held(answer, most) as raw:
            reply.size = len(raw)
            if as_bytes:
                reply.bytes = raw
            else:
                reply.text = _text(answer, raw)

    def _opened(self) -> Any:
        if self._client is None:
            from llmspell.web.client import Client

            self._client = Client(self.context.access)
            self.context.closing.push_async_callback(self._client.close)
        return self._client

    @asynccontextmanager
    async def _held(self, answer: Answer, most: int) -> AsyncIterator[bytes]:
        """Give the body of an answer; while it is held it counts as what the run holds."""
        load, raw = self.context.load, bytearray()
        try:
            async for piece in answer.pieces:
                if len(raw) + len(piece) > most:
                    raise too_large(answer.url.authority, most)
                load.add(len(piece))
                raw += piece
            yield bytes(raw)
        finally:
            load.remove(len(raw))


def _request(method: str, url: str, options: HttpOptions, given: dict[str, str]) -> Request:
    whole = _with_query(url, options.get("query"))
    with within("`url`"):
        target = urls.parse(whole)
    with within("`headers`"):
        headers = check_headers(given)
    content, kind = _content(options)
    if content is not None and method in WITHOUT_BODY:
        raise ArgumentError(f"a {method} has no body", hint="Http.post sends one; `query` adds to the URL")
    if content is None and method not in (*WITHOUT_BODY, "DELETE", "OPTIONS"):
        content = b""
    if kind and not any(each.lower() == "content-type" for each, _ in headers):
        headers += (("Content-Type", kind),)
    return Request(method, target, headers, content)


def _with_query(url: str, query: dict[str, Any] | None) -> str:
    if not query:
        return url
    front, mark, fragment = url.partition("#")
    joint = "&" if "?" in front else "?"
    return front + joint + _fields("query", query) + mark + fragment


def _fields(param: str, fields: dict[str, Any]) -> str:
    """Return names and values as forms and queries write them; what is null is left out."""
    pairs = []
    for key, value in fields.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(key, _word(f"{param}.{key}", each)) for each in values if each is not None]
    return urlencode(pairs)


def _word(param: str, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float() | Value():
            return str(value)
    raise ArgumentError(f"`{param}` must be a string, a number or a list of them, got {shown(value)}")


def _content(options: HttpOptions) -> tuple[bytes | None, str | None]:
    """Return the body of a request and its type."""
    given = [param for param in ("json", "form", "body") if options.get(param) is not None]
    if len(given) > 1:
        raise ArgumentError(f"`{given[0]}` and `{given[1]}` cannot both be the body")
    if (data := options.get("json")) is not None:
        return msgspec.json.encode(plain(data)), "application/json"
    if (form := options.get("form")) is not None:
        return _fields("form", form).encode(), "application/x-www-form-urlencoded"
    data = options.get("body")
    if isinstance(data, Raw):
        return data, "application/octet-stream"
    return (None, None) if data is None else (data.encode(), "text/plain; charset=utf-8")


def _seconds(timeout: Any) -> float:
    seconds = TIMEOUT if timeout is None else durations.parse(timeout)
    if seconds == 0:
        raise ArgumentError("`timeout` must be more than 0")
    return seconds


def _bounded(param: str, value: int | None, usual: int, least: int, most: int) -> int:
    if value is not None and not least <= value <= most:
        raise ArgumentError(f"`{param}` must be from {least} to {most}, got {shown(value)}")
    return usual if value is None else value


def _text(answer: Answer, raw: bytes) -> str:
    kind = answer.headers.get("content-type", "")
    try:
        return body.text(raw, kind)
    except ValueError as error:
        reason = "its bytes are no text" if isinstance(error, UnicodeError) else str(error)
        raise HttpError(
            f"{answer.url.authority} did not send text ({clip(visible(kind), 60) or 'of no type'}): {reason}",
            hint='`bytes = true` gets it as it is, `to = "file"` saves it',
            data={"status": answer.status},
        ) from None
