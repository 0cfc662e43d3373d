"""A web site on this machine: pages that behave, pages that do not, and what it saw of its visitors."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """A running site.

    Args:
        address: the address it listens at.
        port: and the port.
        requests: what it was sent.
        opened: connections that it ever had; `open` are those that it has.
        left: set whenever a visitor has hung up.
    """

    address: str
    port: int = 0
    requests: list[Seen] = field(default_factory=list)
    opened: int = 0
    open: int = 0
    peak: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> str:
        name = f"[{self.address}]" if ":" in self.address else self.address
        return f"{name}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    async def deserted(self) -> None:
        """Wait until no visitor is connected."""
        while self.open:
            self.left.clear()
            await self.left.wait()


Page = bytes | Callable[[Seen, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes | None]]
"""Bytes of a whole answer, or what writes it: it returns the bytes, or None to hang up."""


def answer(body: bytes | str = b"", status: str = "200 OK", kind: str = "text/plain", **headers: str) -> bytes:
    """Return a whole answer."""
    body = body.encode() if isinstance(body, str) else body
    given = {"Content-Type": kind, "Content-Length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def redirect(to: str, status: int = 302) -> bytes:
    """Return an answer that leads elsewhere."""
    return answer("moved", f"{status} Moved", Location=to)


async def echo(seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
    """Answer with what was asked, as JSON."""
    told = {"method": seen.method, "path": seen.path, "headers": seen.headers, "body": seen.body.decode("latin-1")}
    return answer(json.dumps(told), kind="application/json")


@asynccontextmanager
async def website(pages: Mapping[str, Page], address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Site]:
    """Serve pages by their path without the query; `*` is all others. Connections stay open for further requests."""
    site = Site(address)
    visits: set[asyncio.Task[None]] = set()

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visits.add(task)
        site.opened, site.open = site.opened + 1, site.open + 1
        site.peak = max(site.peak, site.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _serve(site, pages, reader, writer)
        finally:
            site.open -= 1
            site.left.set()
            visits.discard(task)
            writer.close()

    server = await asyncio.start_server(visited, address, port)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for visit in list(visits):
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        await server.wait_closed()


async def _serve(
    site: Site, pages: Mapping[str, Page], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while True:
        seen = await _request(reader)
        site.requests.append(seen)
        page = pages.get(seen.path.partition("?")[0], pages.get("*", answer("nothing here", "404 Not Found")))
        raw = page if isinstance(page, bytes) else await page(seen, reader, writer)
        if raw is None:
            return
        writer.write(raw)
        await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, path, headers, body)


@contextmanager
def standing(pages: Mapping[str, Page]) -> Iterator[Site]:
    """Serve pages from a thread, for tests that wait for processes."""
    started: Future[Site] = Future()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with website(pages) as site:
            started.set_result(site)
            await over.wait()

    thread = Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        yield started.result(10)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
