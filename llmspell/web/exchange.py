"""What is sent and what comes back, as data, and how a redirect changes a request."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from llmspell.errors import ArgumentError, HttpError
from llmspell.security import urls
from llmspell.security.urls import Target
from llmspell.wording import clip, shown, visible

Headers = tuple[tuple[str, str], ...]

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_OURS = {
    "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip
# Servers that heed these do something else than what was asked for, and so than what was allowed.
_OTHERWISE = re.compile(
    r"^x-(http-)?method$|(method|path|ur[il])-?override|override-(method|path|ur[il])"
    r"|(original|rewrite|forwarded)-(method|path|ur[il])"
)
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
_OF_BODIES = frozenset({"content-encoding", "content-language", "content-location", "content-type"})
_MOST_HEADERS = 32 * 1024


@dataclass(frozen=True)
class Request:
    """A request; the client adds the headers that follow from the rest.

    `filled` are headers with secrets in them: they are for the site of `url` alone, and nobody is shown them.
    """

    method: str
    url: Target
    headers: Headers = ()
    body: bytes | None = None
    filled: Headers = field(default=(), repr=False)


@dataclass(frozen=True)
class Answer:
    """An answer whose body is still on its way: decompressed, in pieces of bounded size."""

    status: int
    headers: dict[str, str]
    url: Target
    pieces: AsyncIterator[bytes]


def check_headers(given: dict[str, str]) -> Headers:
    """Return headers that can be sent.

    Raises:
        ArgumentError: naming the one that cannot.
    """
    for name, value in given.items():
        if not _TOKEN.fullmatch(name):
            raise ArgumentError(f"{shown(name)} is not the name of a header")
        if name.lower() in _OURS:
            raise ArgumentError(f"`{name}` follows from the request itself", hint="leave it out")
        if _OTHERWISE.search(re.sub("[_.]", "-", name.lower())):
            hint = "ask for that: Http.request(method, url)"
            raise ArgumentError(f"`{name}` asks for something else than the request does", hint=hint)
        if not re.fullmatch(r"[\t\x20-\x7e]*", value):
            hint = "a value is one line of ASCII; encode what is not"
            raise ArgumentError(f"`{name}` cannot be {shown(value)}", hint=hint)
    if sum(len(name) + len(value) for name, value in given.items()) > _MOST_HEADERS:
        raise ArgumentError(f"together they are longer than {_MOST_HEADERS // 1024} KiB")
    return tuple((name, value.strip()) for name, value in given.items())


def joined(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers of an answer by lower-case name; several of one name are joined as HTTP says."""
    found: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
        separator = "\n" if name == "set-cookie" else ", "
        found[name] = f"{found[name]}{separator}{value}" if name in found else value
    return found


def redirected(request: Request, status: int, location: str) -> Request:
    """Return the request that a redirect asks for.

    To another site goes nothing that the script gave only to the first: of its headers the harmless ones.

    Raises:
        HttpError: it leads to no URL.
    """
    try:
        url = urls.parse(urljoin(str(request.url), location))
    except (ArgumentError, ValueError) as error:
        reason = error.message if isinstance(error, ArgumentError) else "it is not a URL"
        where = clip(visible(location), 100)
        raise HttpError(f'{request.url.host} redirects to "{where}", where nothing can go: {reason}') from None
    headers, filled = request.headers, request.filled
    if url.origin != request.url.origin:
        headers, filled = tuple(each for each in headers if each[0].lower() in _HARMLESS), ()
    if (status == 303 and request.method != "HEAD") or (status in (301, 302) and request.method == "POST"):
        headers = tuple(each for each in headers if each[0].lower() not in _OF_BODIES)
        return Request("GET", url, headers, filled=filled)
    return replace(request, url=url, headers=headers, filled=filled)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
