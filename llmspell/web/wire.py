"""Wires: TCP connections, of which none is forgotten, whatever is cancelled when."""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2

from llmspell.security.addresses import Addresses

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


class Wire(httpcore2.AsyncNetworkStream):
    """One connection. It has no deadlines of its own: a request has one."""

    def __init__(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, address: str, port: int) -> "Wire":
        """Connect to an address.

        Raises:
            httpcore2.ConnectError: it does not answer.
        """
        loop = asyncio.get_running_loop()
        reader = _Reader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        with _named(httpcore2.ConnectError):
            transport, _ = await loop.create_connection(lambda: protocol, address, port)
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Return what has come, at most so many bytes; nothing at the end."""
        with _named(httpcore2.ReadError):
            return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Send bytes."""
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
        addresses: where the run may connect to.
    """

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> Wire:
        """Connect to the first address of the host that answers."""
        *first, last = await self._addresses.find(host, port)
        for address in first:
            try:
                async with asyncio.timeout(ATTEMPT):
                    return await Wire.to(address, port)
            except (httpcore2.ConnectError, TimeoutError):
                continue
        return await Wire.to(last, port)


@contextmanager
def _named(kind: type[Exception]) -> Iterator[None]:
    """Give an error of the system the name that the library knows."""
    try:
        yield
    except OSError as error:
        raise kind(error) from error  # the pool takes the cause away: it is an argument too
