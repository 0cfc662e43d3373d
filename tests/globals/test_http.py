"""HTTP as scripts have it: what is sent, what comes back, and servers that do not behave."""

import asyncio
import gzip
import json
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from website import Page, Seen, Site, answer, echo, redirect, website

from llmspell import Host, Spell
from llmspell.bridge.dispatch import Gate
from llmspell.bridge.surface import Surface
from llmspell.context import Context
from llmspell.errors import HttpError, PermissionDenied, ScriptError, SpellError, TimeLimitError
from llmspell.globals import http
from llmspell.globals.http import Http, HttpReply
from llmspell.project import Project
from llmspell.security.access import Access
from llmspell.security.paths import Paths
from llmspell.security.taint import Taint
from llmspell.web.client import Client
from llmspell.web.exchange import Request

Ask = Callable[..., Awaitable[HttpReply]]
TLS = Path(__file__).parents[1] / "fixtures" / "tls"
BOMB = gzip.compress(bytes(100 * 2**20))


@asynccontextmanager
async def asking(*hosts: str, folder: Path | None = None, profile: str = "medium") -> AsyncIterator[Ask]:
    """Give a function that calls an op of `Http` as a script would, for a run that may reach some hosts."""
    allow: dict[Any, list[str]] = {"net": list(hosts)} if hosts else {}
    if folder is not None:
        allow["write"] = ["out"]
    async with Host(profile=profile, environ={}, allow=allow) as host:
        rules = host.rules(Spell.from_source("", "lua"))
        context: Context = host.context("test.lua", rules=rules, project=Project(folder or Path.cwd()))
        gate = Gate(Surface([Http(context)]), None)

        async def ask(verb: str, *args: Any, **options: Any) -> Any:
            return await gate.call(f"Http.{verb}", [*args, *([options] if options else [])])

        async with context.closing:
            yield ask


@asynccontextmanager
async def visiting(pages: dict[str, Page]) -> AsyncIterator[tuple[Site, Ask]]:
    """Give a site, and a function that asks it."""
    async with website(pages) as site, asking(site.host) as ask:
        yield site, ask


async def failure(asked: Awaitable[Any]) -> SpellError:
    with pytest.raises(SpellError) as caught:
        await asked
    assert caught.value.message.startswith("Http."), caught.value.message
    return caught.value


# -- what is sent -----------------------------------------------------------------------------------------------------


async def test_a_reply_tells_all_that_came() -> None:
    async with visiting({"/x": answer("hällo", X_Two="1")}) as (site, ask):
        reply = await ask("get", f"{site.url}/x#part")
    assert (reply.text, reply.status, reply.ok, reply.size) == ("hällo", 200, True, 6)
    assert reply.url == f"{site.url}/x"
    assert reply.headers["x-two"] == "1"
    assert str(reply) == "hällo"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_each_method_has_its_verb(method: str) -> None:
    async with visiting({"*": echo}) as (site, ask):
        for verb, args in ((method.lower(), []), ("request", [method.lower()])):
            if verb != "options":
                seen = json.loads((await ask(verb, *args, site.url)).text)
                assert (seen["method"], seen["path"]) == (method, "/")
                assert ("content-length" in seen["headers"]) is (method in ("POST", "PUT", "PATCH"))


async def test_a_head_request_has_no_body() -> None:
    async with visiting({"*": answer("", Content_Length="5")}) as (site, ask):
        reply = await ask("head", site.url)
    assert (reply.status, reply.text, reply.headers["content-length"]) == (200, "", "5")


async def test_what_a_request_says_by_itself_is_little() -> None:
    async with visiting({"*": echo}) as (site, ask):
        seen = json.loads((await ask("get", site.url)).text)
    assert seen["headers"].keys() == {"host", "user-agent", "accept", "accept-encoding"}
    assert seen["headers"]["host"] == site.host
    assert seen["headers"]["user-agent"].startswith("llmspell/")


@pytest.mark.parametrize(
    ("url", "query", "path"),
    [
        ("/", {"q": "a b&c", "n": 3, "f": 1.5, "yes": True, "no": None}, "/?q=a+b%26c&n=3&f=1.5&yes=true"),
        ("/?x=1#part", {"y": ["2", 3]}, "/?x=1&y=2&y=3"),
        ("", {"ü": "ö"}, "/?%C3%BC=%C3%B6"),
        ("/", {}, "/"),
    ],
)
async def test_a_query_is_added_to_the_url(url: str, query: dict[str, Any], path: str) -> None:
    async with visiting({"*": echo}) as (site, ask):
        assert json.loads((await ask("get", site.url + url, query=query)).text)["path"] == path


@pytest.mark.parametrize(
    ("options", "body", "kind"),
    [
        ({"json": {"a": [1, None], "ü": "ö"}}, '{"a":[1,null],"ü":"ö"}', "application/json"),
        ({"json": "text"}, '"text"', "application/json"),
        ({"json": {"$$type": "x"}}, '{"$type":"x"}', "application/json"),
        ({"form": {"a": "1 2", "b": ["x", "y"]}}, "a=1+2&b=x&b=y", "application/x-www-form-urlencoded"),
        ({"body": "hällo"}, "hällo", "text/plain; charset=utf-8"),
        ({"body": b"\xff\x00"}, "\xff\x00", "application/octet-stream"),
        ({"body": "<a/>", "headers": {"content-TYPE": "text/xml"}}, "<a/>", "text/xml"),
        ({}, "", None),
    ],
)
async def test_a_body_is_sent_with_its_type(options: dict[str, Any], body: str, kind: str | None) -> None:
    async with visiting({"*": echo}) as (site, ask):
        await ask("post", site.url, **options)
    (seen,) = site.requests
    assert seen.body in (body.encode(), body.encode("latin-1"))
    assert seen.headers.get("content-type") == kind
    assert seen.headers["content-length"] == str(len(seen.body))


async def test_headers_replace_the_usual_ones() -> None:
    async with visiting({"*": echo}) as (site, ask):
        await ask("get", site.url, headers={"User-Agent": "me", "ACCEPT": "text/html", "X-Key": " a\tb "})
    headers = site.requests[0].headers
    assert (headers["user-agent"], headers["accept"], headers["x-key"]) == ("me", "text/html", "a\tb")


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        (["example.com"], {}, 'Http.get: `url`: "example.com" has to begin with https:// or http://'),
        (["file:///etc/passwd"], {}, "Http.get: `url`: only http and https lead to the network"),
        ([1], {}, "Http.get: `url` must be a string, got an integer"),
        ([], {}, "Http.get: `url` is missing"),
        (["{}"], {"heders": {}}, "Http.get has no option `heders`"),
        (["{}"], {"headers": {"a b": "c"}}, 'Http.get: `headers`: "a b" is not the name of a header'),
        (["{}"], {"headers": {"": "c"}}, 'Http.get: `headers`: "" is not the name of a header'),
        (["{}"], {"headers": {"X": "a\r\nHost: evil"}}, 'Http.get: `headers`: `X` cannot be "a\\r\\nHost: evil"'),
        (["{}"], {"headers": {"X\r\nY": "a"}}, 'Http.get: `headers`: "X\\r\\nY" is not the name of a header'),
        (["{}"], {"headers": {"X": "ü"}}, 'Http.get: `headers`: `X` cannot be "ü"'),
        (["{}"], {"headers": {"X": "a\0"}}, "Http.get: `headers`: `X` cannot be"),
        (["{}"], {"headers": {"Host": "evil.example"}}, "Http.get: `headers`: `Host` follows from the request itself"),
        (["{}"], {"headers": {"content-length": "5"}}, "`content-length` follows from the request itself"),
        (["{}"], {"headers": {"Transfer-Encoding": "chunked"}}, "`Transfer-Encoding` follows from"),
        (["{}"], {"headers": {"X-HTTP-Method-Override": "DELETE"}}, "`X-HTTP-Method-Override` asks for something else"),
        (["{}"], {"headers": {"x_original_url": "/admin"}}, "`x_original_url` asks for something else"),
        (["{}"], {"headers": {"X": "a" * 40_000}}, "Http.get: `headers`: together they are longer than 32 KiB"),
        (["{}"], {"headers": {"X": 1}}, "Http.get: `headers"),
        (["{}"], {"query": {"a": {"b": 1}}}, "Http.get: `query.a` must be a string, a number or a list of them"),
        (["{}"], {"body": "x"}, "Http.get: a GET has no body"),
        (["{}"], {"timeout": "soon"}, "Http.get: `timeout`: "),
        (["{}"], {"timeout": 0}, "Http.get: `timeout` must be more than 0"),
        (["{}"], {"redirects": 21}, "Http.get: `redirects` must be from 0 to 20, got 21"),
        (["{}"], {"redirects": -1}, "Http.get: `redirects` must be from 0 to 20, got -1"),
        (["{}"], {"max_bytes": 0}, "Http.get: `max_bytes` must be from 1 to "),
        (["{}"], {"max_bytes": 2**40}, "Http.get: `max_bytes` must be from 1 to "),
        (["{}"], {"to": "out/x", "bytes": True}, "Http.get: `bytes` and `to` cannot both get the body"),
        (["http://{}/" + "a" * 9000], {}, "characters"),
        (["http://{}/\r\nX: y"], {}, "cannot stand in a URL"),
    ],
)
async def test_what_cannot_be_sent_names_the_parameter(args: list[Any], options: dict[str, Any], message: str) -> None:
    async with website({"*": echo}) as site, asking(site.host) as ask:
        given = [each.replace("{}", site.url) if isinstance(each, str) else each for each in args]
        error = await failure(ask("get", *given, **options))
        assert site.opened == 0
    assert message in error.message
    assert error.kind == "args"


@pytest.mark.parametrize("options", [{"json": {}, "form": {}}, {"form": {}, "body": ""}, {"json": 1, "body": "x"}])
async def test_a_request_has_one_body(options: dict[str, Any]) -> None:
    async with visiting({}) as (site, ask):
        error = await failure(ask("post", site.url, **options))
    assert "cannot both be the body" in error.message


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET /x HTTP/1.1\r\nHost: evil", "", "GÉT"])
async def test_a_method_is_one_of_seven(method: str) -> None:
    async with visiting({"*": echo}) as (site, ask):
        error = await failure(ask("request", method, site.url))
        assert site.opened == 0
    assert "`method` must be one of GET, HEAD" in error.message


# -- what comes back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "304 Not Modified", "404 Not Found", "500 Oops"])
async def test_any_status_is_a_reply(status: str) -> None:
    async with visiting({"*": answer("" if status[0] in "23" else "why", status)}) as (site, ask):
        reply = await ask("get", site.url)
    assert reply.status == int(status[:3])
    assert reply.ok is (status[0] == "2")


async def test_headers_of_one_name_are_joined() -> None:
    lines = [b"Set-Cookie: a=1, b", b"set-cookie: c=2", b"Vary: x", b"VARY: y", b"X: \xfc", b"Content-Length: 0"]
    raw = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"", b""])
    async with visiting({"*": raw}) as (site, ask):
        headers = (await ask("get", site.url)).headers
    assert (headers["set-cookie"], headers["vary"], headers["x"]) == ("a=1, b\nc=2", "x, y", "ü")


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ("ü".encode(), "text/plain", "ü"),
        ("ü".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ü"),
        ("ü€".encode("cp1252"), 'text/plain; charset="windows-1252"', "ü€"),
        ("日本".encode("shift_jis"), "text/html;charset=Shift_JIS", "日本"),
        ("日本".encode("gb18030"), "text/html; charset=gb18030", "日本"),
        ("ü".encode("utf-16"), "text/plain; charset=utf-16", "ü"),
        ("\ufeffü".encode(), "text/plain; charset=utf-8", "ü"),
        ("ü".encode(), "text/plain; charset=us-ascii", "ü"),
        (b"plain", "image/png", "plain"),
        (b"", "image/png", ""),
    ],
)
async def test_a_body_is_read_in_its_charset(body: bytes, kind: str, expected: str) -> None:
    async with visiting({"*": answer(body, kind=kind)}) as (site, ask):
        assert (await ask("get", site.url)).text == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe\x00", "image/png"),
        (b"\xff", "text/plain"),
        (b"\xff", ""),
        (b"x", "text/plain; charset=klingon"),
        (b"x", "text/plain; charset=rot13"),
        (b"x", "text/plain; charset=zlib_codec"),
        (b"x", "text/plain; charset=unicode_escape"),
        (b"x", "text/plain; charset=punycode"),
        (b"x", "text/plain; charset=idna"),
        (b"x", "text/plain; charset=utf-7"),
        (b"x", "text/plain; charset=undefined"),
    ],
)
async def test_what_is_no_text_says_how_to_get_it(body: bytes, kind: str) -> None:
    async with visiting({"*": answer(body, kind=kind)}) as (site, ask):
        error = await failure(ask("get", site.url))
        assert (await ask("get", site.url, bytes=True)).bytes == body
    assert error.kind == "http"
    assert "did not send text" in error.message
    assert "`bytes = true`" in (error.hint or "")


async def test_bytes_come_as_they_are() -> None:
    async with visiting({"*": answer(b"\x89PNG\x00\xff", kind="image/png")}) as (site, ask):
        reply = await ask("get", site.url, bytes=True)
    assert (reply.bytes, reply.text, reply.size) == (b"\x89PNG\x00\xff", "", 6)


# -- sizes ------------------------------------------------------------------------------------------------------------


def raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", lambda data: gzip.compress(data[:1000]) + gzip.compress(data[1000:])),
        ("gzip", lambda data: gzip.compress(data) + b"\0" * 10),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("identity", lambda data: data),
    ],
)
async def test_a_compressed_body_is_read(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    text = "".join(f"{n} " for n in range(100_000))
    async with visiting({"*": answer(compress(text.encode()), Content_Encoding=encoding)}) as (site, ask):
        reply = await ask("get", site.url)
    assert reply.text == text
    assert reply.size == len(text)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (answer(b"no gzip", Content_Encoding="gzip"), "cannot be read"),
        (answer(gzip.compress(b"x" * 1000)[:-5], Content_Encoding="gzip"), "breaks off"),
        (answer(b"\x00\x01\x02\xff\xff", Content_Encoding="deflate"), "damaged"),
        (answer(b"x", Content_Encoding="br"), "compressed as br"),
        (answer(b"x", Content_Encoding="gzip, gzip, gzip"), "compressed as gzip, gzip, gzip"),
    ],
)
async def test_a_body_that_cannot_be_decompressed_is_an_error(raw: bytes, message: str) -> None:
    async with visiting({"*": raw}) as (site, ask):
        error = await failure(ask("get", site.url))
    assert error.kind == "http"
    assert message in error.message


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"x" * 2000),
        answer(BOMB, Content_Encoding="gzip"),
        answer(gzip.compress(BOMB), Content_Encoding="gzip, gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + b"x" * 2000 + b"\r\n",
    ],
    ids=["long", "bomb", "bomb in a bomb", "promised", "chunked"],
)
async def test_a_body_is_no_larger_than_wanted(raw: bytes) -> None:
    async with visiting({"*": raw}) as (site, ask):
        error = await failure(ask("get", site.url, max_bytes=1999))
        await asyncio.wait_for(site.deserted(), 5)
    assert "is larger than 1999 bytes" in error.message
    assert "`max_bytes` sets the limit" in (error.hint or "")


async def test_a_body_that_never_ends_is_no_larger_than_usual() -> None:
    async def endless(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with visiting({"*": endless}) as (site, ask):
        error = await failure(ask("get", site.url))
        await asyncio.wait_for(site.deserted(), 5)
    assert f"is larger than {http.MOST_TEXT} bytes" in error.message


async def test_bodies_together_hold_no_more_than_a_run_may() -> None:
    async def slow(_seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 4_000_000)
        await writer.drain()
        await reader.read()

    async with visiting({"*": slow}) as (site, ask):
        tasks = [asyncio.ensure_future(ask("get", site.url)) for _ in range(12)]
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        errors = [str(task.exception()) for task in done]
        for task in waiting:
            task.cancel()
        await asyncio.wait(tasks)
        await asyncio.wait_for(site.deserted(), 5)
    assert all("the calls in flight hold more than" in error for error in errors)


# -- servers that do not behave ---------------------------------------------------------------------------------------


def reset(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[None]:
    writer.transport.abort()
    return asyncio.sleep(0)


@pytest.mark.parametrize(
    ("page", "message", "retryable"),
    [
        (reset, "closed the connection without an answer", True),
        (b"", "took longer", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nshort", "took longer", True),
        (b"nonsense\r\n\r\n", "sent what is not HTTP", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "sent what is not HTTP", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "sent what is not HTTP", False),
        (b"HTTP/1.1 200 OK\r\nX y\r\n\r\n", "sent what is not HTTP", False),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", "sent what is not HTTP", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "sent what is not HTTP", False),
        (b"\x16\x03\x01", "sent what is not HTTP", False),
    ],
)
async def test_a_server_that_does_not_behave_is_an_error(page: Page, message: str, retryable: bool) -> None:
    async with visiting({"*": page}) as (site, ask):
        error = await failure(ask("get", site.url, timeout=0.3))
        await asyncio.wait_for(site.deserted(), 5)
    assert message in error.message
    assert site.host in error.message
    assert error.retryable is retryable


@pytest.mark.parametrize(
    "head", [b"Content-Length: 10\r\n\r\nshort", b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"]
)
async def test_an_answer_that_breaks_off_is_an_error(head: bytes) -> None:
    async def broken(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + head)
        await writer.drain()

    async with visiting({"*": broken}) as (site, ask):
        error = await failure(ask("get", site.url))
    assert error.message.endswith(f"{site.host} closed the connection before all of its answer had arrived")


async def test_a_host_where_nobody_listens_is_an_error() -> None:
    async with website({}) as site:
        gone = site.host
    async with asking(gone) as ask:
        error = await failure(ask("get", f"http://{gone}/"))
    assert error.message == f"Http.get: {gone} refuses connections"
    assert (error.kind, error.retryable) == ("http", True)


async def test_a_name_that_nobody_has_is_an_error() -> None:
    async with asking("*") as ask:
        error = await failure(ask("get", "http://no-such-host.invalid/"))
    assert "no-such-host.invalid" in error.message
    assert error.kind == "http"


async def test_https_to_a_server_that_speaks_none_leaves_no_connection() -> None:
    async with visiting({"*": echo}) as (site, ask):
        error = await failure(ask("get", f"https://{site.host}/", timeout=0.3))
        await asyncio.wait_for(site.deserted(), 5)
    assert (error.kind, site.requests) == ("timeout", [])


async def test_https_to_a_server_that_answers_otherwise_is_an_error() -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer("this is http"))
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1") as server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asking(host) as ask:
            error = await failure(ask("get", f"https://{host}/"))
    assert error.message == f"Http.get: {host} does not speak TLS as it should"


async def test_a_drip_of_bytes_does_not_keep_a_request_alive() -> None:
    async def drip(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with visiting({"*": drip}) as (site, ask):
        error = await failure(ask("get", site.url, timeout="200ms"))
        await asyncio.wait_for(site.deserted(), 5)
    assert isinstance(error, TimeLimitError)
    assert error.message == f"Http.get: {site.host} took longer than 200ms"
    assert error.hint == "`timeout` sets the limit"


async def test_a_request_that_is_cancelled_leaves_no_connection() -> None:
    arrived = asyncio.Event()

    async def wait(_seen: Seen, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    async with visiting({"*": wait}) as (site, ask):
        request = asyncio.ensure_future(ask("get", site.url))
        await arrived.wait()
        request.cancel()
        await asyncio.wait([request])
        await asyncio.wait_for(site.deserted(), 5)
    assert request.cancelled()


async def test_connections_are_used_again_and_closed_with_the_run() -> None:
    async with website({"*": answer("x")}) as site:
        async with asking(site.host) as ask:
            for _ in range(5):
                await ask("get", site.url)
            assert (site.opened, site.open) == (1, 1)
        await asyncio.wait_for(site.deserted(), 5)


async def test_connections_are_not_more_than_a_hundred() -> None:
    release = asyncio.Event()

    async def wait(_seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
        if len(site.requests) == 100:
            release.set()
        await release.wait()
        return answer("x")

    async with visiting({"*": wait}) as (site, ask):
        await asyncio.gather(*(ask("get", site.url) for _ in range(150)))
        assert site.peak == 100


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with visiting({"*": answer("direct")}) as (site, ask):
        assert (await ask("get", site.url)).text == "direct"


# -- where a request may go -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{}/", "http://localhost:{}/", "http://127.1:{}/", "http://2130706433:{}/",
        "http://0x7f000001:{}/", "http://0177.0.0.1:{}/", "http://127.0.0.1.:{}/", "http://[::ffff:127.0.0.1]:{}/",
        "http://[::ffff:7f00:1]:{}/", "http://0:{}/", "http://0.0.0.0:{}/", "http://[::]:{}/", "http://[::1]:{}/",
        "http://127.0.0.2:{}/", "http://[64:ff9b::7f00:1]:{}/", "http://[2002:7f00:1::]:{}/", "http://LOCALHOST:{}/",
        "http://a.localhost:{}/", "http://\uff11\uff12\uff17.0.0.1:{}/", "http://127\u30020\u30020\u30021:{}/", "http://[::127.0.0.1]:{}/",
        "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/latest/", "http://2852039166/",
        "http://100.100.100.200/", "http://168.63.129.16/", "http://10.0.0.1/", "http://192.168.0.1/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", ["direct", "redirect"])
async def test_a_star_leads_nowhere_but_to_the_public_network(url: str, way: str) -> None:
    async with website({"*": answer("secret")}) as canary, website({"*": redirect(url.format(canary.port))}) as site:
        async with asking("*", site.host) as ask:
            asked = url.format(canary.port) if way == "direct" else site.url
            error = await failure(ask("get", asked))
        assert canary.opened == 0
    assert isinstance(error, PermissionDenied), error


async def test_low_security_may_go_anywhere() -> None:
    async with website({"*": answer("here")}) as site, asking(profile="low") as ask:
        assert (await ask("get", site.url)).text == "here"


class Fickle:
    """A name that leads first here, then there."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        return [self.answers.pop(0)]


@asynccontextmanager
async def client(names: Fickle, *granted: str) -> AsyncIterator[Client]:
    async with Host(environ={}, allow={"net": granted}) as host:
        rules = host.rules(Spell.from_source("", "lua"))
        found = Client(Access(rules, Paths(rules, Project(Path.cwd())), Taint(), names))
        try:
            yield found
        finally:
            await found.close()


async def status(found: Client, url: str, redirects: int = 5) -> int:
    async with found.send(Request("GET", http.urls.parse(url)), redirects, "Http.get") as reply:
        async for _ in reply.pieces:
            pass
        return reply.status


async def test_a_connection_goes_to_the_address_that_was_checked() -> None:
    names = Fickle("127.0.0.1", "127.0.0.2")
    async with website({"*": answer("x", Connection="close")}) as site, website({}, "127.0.0.2") as canary:
        granted = f"fickle.example:{site.port}", f"127.0.0.1:{site.port}", f"fickle.example:{canary.port}"
        async with client(names, *granted) as found:
            assert await status(found, f"http://fickle.example:{site.port}/") == 200
            with pytest.raises(PermissionDenied):
                await status(found, f"http://fickle.example:{canary.port}/")
        assert site.requests[0].headers["host"] == f"fickle.example:{site.port}"
        assert (canary.opened, names.asked) == (0, ["fickle.example"] * 2)


async def test_a_connection_that_is_open_needs_no_second_look() -> None:
    names = Fickle("127.0.0.1")
    async with website({"*": answer("x")}) as site:
        async with client(names, f"fickle.example:{site.port}", f"127.0.0.1:{site.port}") as found:
            for _ in range(3):
                assert await status(found, f"http://fickle.example:{site.port}/") == 200
        assert site.opened == 1


async def test_a_host_with_a_dead_address_is_reached_at_the_next() -> None:
    class Both(Fickle):
        async def __call__(self, name: str) -> list[str]:
            return ["127.0.0.2", "127.0.0.1"]

    async with website({"*": answer("x")}) as site, client(Both(), "two.example:*", "127.0.0.0/8") as found:
        assert await status(found, f"http://two.example:{site.port}/") == 200


@asynccontextmanager
async def secure() -> AsyncIterator[int]:
    """Serve one page over TLS, as `secure.example`; give the port."""

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer("secret"))
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    async with await asyncio.start_server(page, "127.0.0.1", ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def test_https_goes_to_the_address_and_asks_for_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    async with secure() as port, client(Fickle(*["127.0.0.1"] * 2), "*", "127.0.0.0/8") as found:
        assert await status(found, f"https://secure.example:{port}/") == 200
        with pytest.raises(HttpError, match=r"other\.example:.* has no valid certificate: Hostname mismatch"):
            await status(found, f"https://other.example:{port}/")


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async with secure() as port, client(Fickle("127.0.0.1"), "*", "127.0.0.0/8") as found:
        with pytest.raises(HttpError, match="has no valid certificate: self-signed certificate"):
            await status(found, f"https://secure.example:{port}/")


# -- redirects --------------------------------------------------------------------------------------------------------


async def test_redirects_are_followed() -> None:
    pages: dict[str, Page] = {"/a": redirect("/b"), "/b": redirect("c?d#e"), "/c": answer("there")}
    async with visiting(pages) as (site, ask):
        reply = await ask("get", f"{site.url}/a")
    assert (reply.text, reply.url) == ("there", f"{site.url}/c?d")


@pytest.mark.parametrize(("limit", "asked"), [(1, 2), (5, 6), (20, 21)])
async def test_redirects_end(limit: int, asked: int) -> None:
    async with visiting({"*": redirect("/again")}) as (site, ask):
        error = await failure(ask("get", site.url, redirects=limit))
        assert len(site.requests) == asked
    assert error.message == f"Http.get: 127.0.0.1 redirects more than {limit} times"


async def test_a_redirect_can_be_the_answer() -> None:
    async with visiting({"*": redirect("http://elsewhere.example/")}) as (site, ask):
        reply = await ask("get", site.url, redirects=0)
    assert (reply.status, reply.ok, reply.headers["location"]) == (302, False, "http://elsewhere.example/")


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", b""), (302, "POST", "GET", b""), (303, "POST", "GET", b""), (303, "PUT", "GET", b""),
        (307, "POST", "POST", b"{}"), (308, "POST", "POST", b"{}"), (301, "PUT", "PUT", b"{}"),
        (302, "PATCH", "PATCH", b"{}"),
    ],
)  # fmt: skip
async def test_a_redirect_says_what_becomes_of_the_method(status: int, method: str, then: str, body: bytes) -> None:
    async with visiting({"/": redirect("/b", status), "/b": answer("x")}) as (site, ask):
        await ask("request", method, site.url, json={})
    second = site.requests[1]
    assert (second.method, second.body) == (then, body)
    assert ("content-type" in second.headers) is (body != b"")


async def test_secrets_stay_with_the_site_that_they_are_for() -> None:
    headers = {"Authorization": "Bearer s", "Cookie": "s", "X-Api-Key": "s", "Accept": "text/html"}
    async with website({"*": answer("x")}) as other:
        pages: dict[str, Page] = {"/away": redirect(f"{other.url}/"), "/same": redirect("/end"), "/end": answer("x")}
        async with website(pages) as site, asking(site.host, other.host) as ask:
            await ask("get", f"{site.url}/away", headers=headers)
            await ask("get", f"{site.url}/same", headers=headers)
    assert other.requests[0].headers["accept"] == "text/html"
    assert "s" not in [value.removeprefix("Bearer ") for value in other.requests[0].headers.values()]
    assert site.requests[2].headers["authorization"] == "Bearer s"


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("http://other.example/", 'Http.get: 127.0.0.1 redirects to "other.example", which is not allowed'),
        ("//other.example/", 'Http.get: 127.0.0.1 redirects to "other.example", which is not allowed'),
        ("file:///etc/passwd", "only http and https lead to the network"),
        ("http://u:p@127.0.0.1/", "may not hold a user name"),
        ("http://[", "where nothing can go"),
        ("gopher://x/", "does not lead to the network"),
    ],
)
async def test_a_redirect_is_checked_again(to: str, message: str) -> None:
    async with visiting({"*": redirect(to)}) as (site, ask):
        error = await failure(ask("get", site.url))
    assert message in error.message


def below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# -- to a file --------------------------------------------------------------------------------------------------------


async def test_a_body_goes_to_a_file(tmp_path: Path) -> None:
    data = bytes(range(256)) * 4000
    page = answer(gzip.compress(data), Content_Encoding="gzip")
    async with website({"*": page}) as site, asking(site.host, folder=tmp_path) as ask:
        reply = await ask("get", site.url, to="out/sub/data.bin")
    assert (tmp_path / "out/sub/data.bin").read_bytes() == data
    assert (reply.file, reply.size, reply.text) == ("out/sub/data.bin", len(data), "")


async def test_a_reply_that_is_not_ok_goes_to_no_file(tmp_path: Path) -> None:
    async with website({"*": answer("gone", "404 Not Found")}) as site, asking(site.host, folder=tmp_path) as ask:
        reply = await ask("get", site.url, to="out/x")
    assert (reply.file, reply.text, reply.ok) == (None, "gone", False)
    assert below(tmp_path) == []


async def test_a_file_must_be_granted_before_anything_is_sent(tmp_path: Path) -> None:
    async with website({"*": answer("x")}) as site, asking(site.host, folder=tmp_path) as ask:
        for path in ("elsewhere", "../x", "/etc/x", "out/../../x"):
            assert isinstance(await failure(ask("get", site.url, to=path)), PermissionDenied)
        assert site.opened == 0


@pytest.mark.parametrize(
    "raw",
    [
        answer(BOMB, Content_Encoding="gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 2_000_000,
        answer(gzip.compress(bytes(3_000_000))[:-5], Content_Encoding="gzip"),
    ],
    ids=["too large", "cut off", "damaged"],
)
async def test_a_body_that_fails_leaves_the_old_file(raw: bytes, tmp_path: Path) -> None:
    async def cut(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").write_text("old")
    async with website({"*": cut}) as site, asking(site.host, folder=tmp_path) as ask:
        error = await failure(ask("get", site.url, to="out/x", max_bytes=50_000_000))
    assert error.kind == "http"
    assert [(each.name, each.read_text()) for each in (tmp_path / "out").iterdir()] == [("x", "old")]


async def test_a_download_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    taken = asyncio.Event()

    async def half(_seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 30_000_000)
        await writer.drain()  # so much is in no buffer: most of it has been written to the file
        taken.set()
        await reader.read()

    async with website({"*": half}) as site, asking(site.host, folder=tmp_path) as ask:
        download = asyncio.ensure_future(ask("get", site.url, to="out/x"))
        await taken.wait()
        assert [name[:13] for name in below(tmp_path)] == ["out", "out/.llmspell"]
        download.cancel()
        await asyncio.wait([download])
        await asyncio.wait_for(site.deserted(), 5)
    assert below(tmp_path) == ["out"]


async def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out/folder").mkdir(parents=True)
    async with website({"*": answer("x")}) as site, asking(site.host, folder=tmp_path) as ask:
        error = await failure(ask("get", site.url, to="out/folder"))
    assert isinstance(error, ScriptError)
    assert "out/folder is a folder" in error.message
