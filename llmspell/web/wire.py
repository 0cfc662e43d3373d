"""Wires: TCP connections, of which none is forgotten, whatever is cancelled when."""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore2

from llmspell.security.access import Access
from llmspell.web.exchange import Request

ATTEMPT = 10.0
"""Seconds for each address of a host that has several."""


class _Reader(asyncio.StreamReader):
    """Knows whether something has come that nobody has read."""

    unread = 0

    def feed_data(self, data: Any) -> None:
        self.unread += len(data)
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self.unread -= len(data)
        return data


class Unfit(Exception):
    """A connection leads where the request that was to go over it may not go."""


_going: ContextVar[Request] = ContextVar("_going")


@contextmanager
def going(request: Request) -> Iterator[None]:
    """Let connections that are opened and used meanwhile, in this task, be for a request, and for no other."""
    before = _going.set(request)
    try:
        yield
    finally:
        _going.reset(before)


class Wire(httpcore2.AsyncNetworkStream):
    """One connection. It has no deadlines of its own: a request has one.

    Whoever writes to it must be allowed to: connections are used again, by others and for other requests.
    """

    def __init__(self, reader: _Reader, writer: asyncio.StreamWriter, access: Access, address: str) -> None:
        self._reader = reader
        self._writer = writer
        self._access = access
        self._address = address

    @classmethod
    async def to(cls, address: str, port: int, access: Access) -> "Wire":
        """Connect to an address, which was checked.

        Raises:
            httpcore2.ConnectError: it does not answer.
        """
        loop = asyncio.get_running_loop()
        reader = _Reader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        with _named(httpcore2.ConnectError):
            transport, _ = await loop.create_connection(lambda: protocol, address, port)
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop), access, address)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Return what has come, at most so many bytes; nothing at the end."""
        with _named(httpcore2.ReadError):
            return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Send bytes.

        Raises:
            Unfit: the request that they are of may not go to this address.
        """
        request = _going.get()
        if not self._access.addresses.admits(request.url, request.method, self._address):
            raise Unfit
        with _named(httpcore2.WriteError):
            self._writer.write(buffer)
            await self._writer.drain()

    async def aclose(self) -> None:
        """Hang up at once, without a farewell that the other end could draw out."""
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> "Wire":
        """Go on in secret with whoever can prove to have this name."""
        try:
            with _named(httpcore2.ConnectError):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            await self.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        """Say what the pool asks: whether an idle connection has come to its end."""
        if info == "is_readable":
            return self._reader.unread > 0 or self._reader.at_eof() or self._writer.transport.is_closing()
        return self._writer.get_extra_info(info)


class Dialler(httpcore2.AsyncNetworkBackend):
    """Opens connections to the checked addresses of a host; there is no other way out.

    Args:
        access: what the run may do.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> Wire:
        """Connect to the first address of the host that answers, of those where the request may go."""
        request = _going.get()
        if (host, port) != request.url[1:3]:
            raise Unfit
        *first, last = await self._access.addresses.find(request.url, request.method)
        for address in first:
            try:
                async with asyncio.timeout(ATTEMPT):
                    return await Wire.to(address, port, self._access)
            except (httpcore2.ConnectError, TimeoutError):
                continue
        return await Wire.to(last, port, self._access)


@contextmanager
def _named(kind: type[Exception]) -> Iterator[None]:
    """Give an error of the system the name that the library knows."""
    try:
        yield
    except OSError as error:
        raise kind(error) from error  # the pool takes the cause away: it is an argument too
