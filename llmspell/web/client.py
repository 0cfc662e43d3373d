"""The client of one run: every connection goes to an address that was checked, and none outlives the run."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import httpcore2

from llmspell import __version__
from llmspell.errors import HttpError
from llmspell.security.access import Access
from llmspell.security.urls import Target
from llmspell.web.body import ACCEPTED, decompressed
from llmspell.web.exchange import REDIRECTS, Answer, Request, joined, redirected
from llmspell.web.wire import Dialler, Unfit, going

CONNECTIONS = 100
"""Connections that one run has at once to hosts of one scheme."""

IDLE = 4.0
"""Seconds that a connection waits for its next request; many servers hang up after five."""


class Client:
    """Sends requests.

    Args:
        access: what the run may do.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._pools: dict[str, httpcore2.AsyncConnectionPool] = {}
        self._opening = asyncio.Lock()

    async def close(self) -> None:
        """Close all connections, busy or idle."""
        for pool in self._pools.values():
            await pool.aclose()

    @asynccontextmanager
    async def send(self, request: Request, redirects: int, op: str) -> AsyncIterator[Answer]:
        """Send a request, follow redirects, and give the answer while its body arrives.

        Args:
            request: what to send.
            redirects: how many redirects to follow; 0 gives a redirect as the answer that it is.
            op: what sends it, for the audit log.

        Raises:
            PermissionDenied: no rule grants the host, its addresses, or where it redirects to.
            HttpError: something failed on the way.
        """
        self._access.addresses.check(request.url, request.method)
        for _ in range(redirects + 1):
            async with self._exchange(request) as answer:
                location = answer.headers.get("location")
                if redirects == 0 or answer.status not in REDIRECTS or location is None:
                    yield answer
                    return
            following = redirected(request, answer.status, location)
            await self._follow(request, following, op)
            request = following
        raise HttpError(f"{request.url.host} redirects more than {redirects} times", hint="`redirects` sets the limit")

    async def _follow(self, request: Request, following: Request, op: str) -> None:
        """Decide about a redirect as about a request of the script; nobody is asked: the time of the request runs."""
        method, url = following.method, following.url
        await self._access.permit("net", f"{method} {url}", op, may_ask=False, via=request.url.host)
        if url.origin != request.url.origin:
            await self._access.leave(op, f"{method} {url.authority}", may_ask=False)

    @asynccontextmanager
    async def _exchange(self, request: Request) -> AsyncIterator[Answer]:
        url = request.url
        pool = await self._pool(url.scheme)
        message = httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.path),
            headers=_complete(request),
            content=request.body or b"",
        )
        response = await _sent(pool, message, request)
        try:
            headers = joined(response.headers)
            async with aclosing(_received(response, url)) as raw:
                encoding = headers.get("content-encoding", "") if request.method != "HEAD" else ""
                async with aclosing(decompressed(raw, encoding, url.host)) as pieces:
                    yield Answer(response.status, headers, url, pieces)
        finally:
            await response.aclose()

    async def _pool(self, scheme: str) -> httpcore2.AsyncConnectionPool:
        async with self._opening:
            if scheme not in self._pools:
                # To read the certificates of the system takes a while; only https needs them.
                trust = await asyncio.to_thread(httpcore2.default_ssl_context) if scheme == "https" else _NO_TRUST
                self._pools[scheme] = httpcore2.AsyncConnectionPool(
                    ssl_context=trust,
                    max_connections=CONNECTIONS,
                    keepalive_expiry=IDLE,
                    network_backend=Dialler(self._access),
                )
        return self._pools[scheme]


_NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _complete(request: Request) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request with those that follow from it."""
    given = {name.lower() for name, _ in (*request.headers, *request.filled)}
    usual = {"User-Agent": f"llmspell/{__version__}", "Accept": "*/*", "Accept-Encoding": ACCEPTED}
    headers = [("Host", request.url.authority), *request.headers, *request.filled]
    headers += [(name, value) for name, value in usual.items() if name.lower() not in given]
    if request.body is not None:
        headers.append(("Content-Length", str(len(request.body))))
    return [(name.encode(), value.encode()) for name, value in headers]


async def _sent(
    pool: httpcore2.AsyncConnectionPool, message: httpcore2.Request, request: Request
) -> httpcore2.Response:
    with going(request):
        for _ in range(CONNECTIONS + 1):
            try:
                return await pool.handle_async_request(message)
            except Unfit:
                continue  # the pool has closed it, and comes to a new one at last
            except _FAILURES as error:
                raise _failure(error, request.url) from None
    raise HttpError(f"{request.url.authority} has no connection that may be used", retryable=True)


async def _received(response: httpcore2.Response, url: Target) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in response.aiter_stream():
            yield piece
    except _FAILURES as error:
        raise _failure(error, url, begun=True) from None


_FAILURES = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException)


def _failure(error: Exception, url: Target, begun: bool = False) -> HttpError:
    """Return what the script is told: the host, and what happened to the connection."""
    origin = _origin(error)
    place = url.authority
    if isinstance(origin, ssl.SSLCertVerificationError):
        return HttpError(f"{place} has no valid certificate: {origin.verify_message}")
    if isinstance(origin, ssl.SSLError):
        return HttpError(f"{place} does not speak TLS as it should", hint="does it want http:// instead?")
    if isinstance(error, httpcore2.ConnectError | httpcore2.ConnectTimeout):
        how = "refuses connections" if isinstance(origin, ConnectionRefusedError) else "cannot be reached"
        return HttpError(f"{place} {how}", hint="is it up, and the port right?", retryable=True)
    if isinstance(error, httpcore2.ProtocolError) and not _is_cut_off(error):
        return HttpError(f"{place} sent what is not HTTP", hint="does it want https:// instead?")
    when = "before all of its answer had arrived" if begun else "without an answer"
    return HttpError(f"{place} closed the connection {when}", retryable=True)


def _is_cut_off(error: Exception) -> bool:
    return "disconnected" in str(error) or "peer closed connection" in str(error)


def _origin(error: Exception) -> object:
    """Return the error of the system that a wire gave a name of the library."""
    return error.args[0] if error.args else None
