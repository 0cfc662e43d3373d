"""`fetch`, `Request`, `Response` and `Headers`, against a server of this machine and against no host at all."""

import asyncio
import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from conftest import Heard
from guest import SURFACE
from javascript_guest import Guest, calls, error, message, play, printed, quits, result

from llmspell import Host, Spell
from llmspell.messages import Call, Done, Failed
from llmspell.testing import Probe

OPS = [{"op": "Http.get", "bytes": True}, {"op": "Http.request", "bytes": True}]


@pytest.fixture(autouse=True)
def offers_http(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [each for each in SURFACE["ops"] if not each["op"].startswith("Http")]
    monkeypatch.setitem(SURFACE, "ops", others + OPS)


def reply(
    call: Call, raw: bytes = b'{"a": [1, 2]}', status: int = 200, url: str = "http://a.b/", **headers: str
) -> Any:
    """Answer as the host does that `bytes` were asked for."""
    headers = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw64 = base64.b64encode(raw).decode()
    return {"status": status, "ok": status < 300, "url": url, "headers": headers, "text": "", "bytes": raw64}


# -- what is sent -----------------------------------------------------------------------------------------------------


def sent(source: str) -> list[Any]:
    (call,) = [entry for entry in play(f"await fetch({source})", reply) if isinstance(entry, Call)]
    return [call.op, *call.args]


def test_a_get_is_sent_as_one() -> None:
    options = {"headers": {}, "redirects": 20, "timeout": 300, "bytes": True}
    assert sent("'HTTP://Ä.de:80/a b?q#f'") == ["Http.get", "http://xn--4ca.de/a%20b?q#f", options]
    assert sent("new URL('/x', 'http://a/y')")[1] == "http://a/x"


def test_other_methods_are_sent_with_their_body() -> None:
    given = "{ method: 'post', body: JSON.stringify({ x: 1 }), headers: { 'X-A': ' 1 ' } }"
    op, method, url, options = sent(f"'http://a', {given}")
    assert (op, method, url, options["body"]) == ("Http.request", "POST", "http://a/", '{"x":1}')
    assert options["headers"] == {"content-type": "text/plain;charset=UTF-8", "x-a": "1"}
    *_, options = sent("'http://a', { method: 'PUT', body: new URLSearchParams({ a: 'b c' }) }")
    assert (options["body"], options["headers"]) == (
        "a=b+c", {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
    )  # fmt: skip
    *_, options = sent("'http://a', { method: 'patch', body: new Uint8Array([1, 255]).buffer }")
    assert (options["body"], options["headers"]) == ({"$bytes": "Af8="}, {})


def test_a_request_can_be_made_before_it_is_sent() -> None:
    first = "new Request('http://a', { method: 'POST', body: 'x', headers: [['b', '1']] })"
    _, method, url, options = sent(f"new Request({first}, {{ headers: {{ c: '2' }} }})")
    assert (method, url, options["body"], options["headers"]) == ("POST", "http://a/", "x", {"c": "2"})
    source = "const r = new Request('http://a/?x', { redirect: 'manual' });"
    source += "export default [r.url, r.method, r.redirect, r.signal.aborted]"
    assert result(source) == ["http://a/?x", "GET", "manual", False]


def test_a_request_whose_body_was_read_is_not_made_again() -> None:
    source = "const r = new Request('http://a', { method: 'POST', body: 'x' });"
    assert message(source + "await r.text(); new Request(r)") == "Request: this body has been read already"
    assert result(source + "export default await r.clone().text()") == "x"


def test_redirects_are_followed_unless_said() -> None:
    assert sent("'http://a', { redirect: 'manual' }")[2]["redirects"] == 0
    assert sent("'http://a', { redirect: 'error', mode: 'cors', credentials: 'omit' }")[2]["redirects"] == 0


BODY = "fetch: `body` must be a string, bytes or URLSearchParams (`JSON.stringify(…)` makes a string), got an object"


@pytest.mark.parametrize(
    ("source", "expected", "hint"),
    [
        ("'nope'", 'fetch: "nope" is not a valid URL', "an absolute URL begins with `https://`"),
        ("'file:///x'", 'fetch: `url` must be a URL that begins with `http://` or `https://`, got "file:///x"', None),
        ("'http://u:p@a'", "fetch: `url` must not contain a user or a password", "send an `authorization` header"),
        ("'http://a', { timeout: 3 }", "fetch has no option `timeout`", "`signal: AbortSignal.timeout(ms)`"),
        ("'http://a', { form: {} }", "fetch has no option `form`", "`body: new URLSearchParams(…)`"),
        ("'http://a', { metod: 'x' }", "fetch has no option `metod`", None),
        ("'http://a', { integrity: 'sha256-x' }", "fetch has no option `integrity`", None),
        ("'http://a', 'POST'", 'fetch: `options` must be an object, got "POST"', None),
        ("'http://a', { method: 'a b' }", 'fetch: `method` must be a method such as GET or POST, got "a b"', None),
        ("'http://a', { method: 'TRACE' }", 'fetch: `method` must be a method such as GET or POST, got "TRACE"', None),
        ("'http://a', { body: 'x' }", "fetch: a GET has no `body`", 'set `method: "POST"`'),
        ("'http://a', { method: 'POST', body: {} }", BODY, None),
        ("'http://a', { headers: { 'a b': '1' } }", 'Headers: `name` must be the name of a header, got "a b"', None),
        ("'http://a', { headers: { a: 'x\\ny' } }", 'Headers: `value` must be one line of text, got "x\\ny"', None),
        ("'http://a', { headers: 'x' }", 'Headers: `init` must be an object of names and values, got "x"', None),
        ("'http://a', { redirect: 'no' }", 'fetch: `redirect` must be "follow", "manual" or "error", got "no"', None),
        ("'http://a', { signal: {} }", "fetch: `signal` must be an AbortSignal, got an object", None),
        ("echo(1)", "missing `await` before echo(…)", "it returns a promise: the value is there after `await`"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_at_its_place(source: str, expected: str, hint: str | None) -> None:
    found = error(f"\n  await fetch({source})")
    assert found["message"] == expected
    assert found["where"]["line"] == 2
    if hint is not None:
        assert found["hint"] == hint


def test_what_is_wrong_rejects_and_does_not_throw() -> None:
    assert result("export default await fetch('nope').catch((e) => e.kind)") == "args"


# -- what comes back --------------------------------------------------------------------------------------------------


def test_an_answer_has_what_people_expect() -> None:
    source = """
    const r = await fetch("http://a.b");
    export default [
      r.ok, r.status, r.statusText, r.url, r.redirected, r.headers.get("Content-Type"), r.bodyUsed, await r.json(),
      r.bodyUsed, r instanceof Response, Object.prototype.toString.call(r)]"""
    assert result(source, reply) == [
        True, 200, "OK", "http://a.b/", False, "application/json", False, {"a": [1, 2]},
        True, True, "[object Response]",
    ]  # fmt: skip


def test_a_body_is_read_in_four_ways_and_once() -> None:
    def answer(call: Call) -> Any:
        return reply(call, b"\xef\xbb\xbf\xc3\xa9\xff")

    source = """
    const r = await fetch("http://a.b");
    const copy = r.clone();
    const buffer = await r.clone().arrayBuffer();
    export default [await r.text(), Array.from(await copy.bytes()), buffer instanceof ArrayBuffer, buffer.byteLength,
      (await attempt(() => r.text())).error.message, (await attempt(() => r.clone())).error.message]"""
    assert result(source, answer) == [
        "é\ufffd", [0xEF, 0xBB, 0xBF, 0xC3, 0xA9, 0xFF], True, 6,
        "text: this body has been read already", "clone: this body has been read already",
    ]  # fmt: skip


def test_what_is_no_json_says_what_came() -> None:
    def answer(call: Call) -> Any:
        return reply(call, b"<html>", 502, content_type="text/html")

    found = error("const r = await fetch('http://a.b');\nawait r.json()", answer)
    assert found["message"].startswith("json: the answer with status 502 and content type text/html is not JSON: ")
    assert (found["kind"], found["where"]["line"]) == ("http", 2)


def test_several_cookies_stay_several() -> None:
    source = "const { headers } = await fetch('http://a.b');"
    source += "export default [headers.getSetCookie(), headers.get('set-cookie')]"
    assert result(source, lambda call: reply(call, set_cookie="a=1\nb=2")) == [["a=1", "b=2"], "a=1, b=2"]


def test_whether_a_redirect_was_followed_is_told() -> None:
    source = "export default (await fetch('http://a.b/x|y#z')).redirected"
    assert result(source, lambda call: reply(call, url="http://a.b/x%7Cy")) is False
    assert result(source, lambda call: reply(call, url="http://a.b/y")) is True


def test_a_redirect_can_be_an_error() -> None:
    def answer(call: Call) -> Any:
        return reply(call, status=302, location="/x")

    assert message("await fetch('http://a', { redirect: 'error' })", answer) == "fetch: the answer is a redirect"
    source = "const r = await fetch('http://a', { redirect: 'manual' });"
    source += "export default [r.status, r.headers.get('location')]"
    assert result(source, answer) == [302, "/x"]


def test_a_failure_is_that_of_the_host_by_the_name_of_fetch() -> None:
    with Guest("\nawait fetch('http://a')") as guest:
        (failed,) = guest.fault(1, kind="http", message="Http.get: a refuses connections", hint="is it up?")
        assert isinstance(failed, Failed)
        assert failed.error["message"] == "fetch: a refuses connections"
        assert (failed.error["kind"], failed.error["hint"], failed.error["where"]["line"]) == ("http", "is it up?", 2)


def test_a_forgotten_await_is_found() -> None:
    expected = "missing `await` before {}(…)"
    assert message("const r = fetch('http://a').json()", reply) == expected.format("fetch")
    assert message("if (fetch('http://a').ok) print(1)", reply) == expected.format("fetch")
    assert message("fetch('http://a')") == expected.format("fetch")
    assert message("const r = await fetch('http://a'); const t = r.text(); t.trim()", reply) == expected.format("text")


def test_a_body_is_not_read_piece_by_piece() -> None:
    source = "const r = await fetch('http://a'); r.body.getReader()"
    assert message(source, reply) == "a `body` cannot be read piece by piece"
    assert result("export default new Response().body") is None


def test_responses_can_be_made_by_hand() -> None:
    source = """
    const r = new Response("é", { status: 404, statusText: "Gone", headers: { A: "1" } });
    const j = Response.json({ a: 1 }, { status: 201 });
    export default [
      r.status, r.ok, r.statusText, r.url, [...r.headers], await r.text(),
      j.status, j.headers.get("content-type"), await j.json()]"""
    assert result(source) == [
        404, False, "Gone", "", [["a", "1"], ["content-type", "text/plain;charset=UTF-8"]], "é",
        201, "application/json", {"a": 1},
    ]  # fmt: skip
    expected = "Response: `status` must be a whole number from 200 to 599, got 99"
    assert message("new Response('', { status: 99 })") == expected
    assert message("new Response('', { state: 99 })") == "Response has no option `state`"


# -- giving up --------------------------------------------------------------------------------------------------------


def test_a_signal_cancels_the_request() -> None:
    source = """
    const c = new AbortController(); const asked = fetch("http://a", { signal: c.signal });
    await echo(1); c.abort();
    try { await asked } catch (e) { print(e.name, e instanceof DOMException) }"""
    with Guest(source) as guest:
        said = guest.reply(2)
        assert quits(said) == [1]
        assert printed(said) == "AbortError true\n"
        assert said[-1] == Done(None)


def test_nothing_is_sent_for_a_signal_that_is_aborted() -> None:
    said = play("try { await fetch('http://a', { signal: AbortSignal.abort('why') }) } catch (e) { print(e) }")
    assert printed(said) == "why\n"
    assert calls(said) == []


def test_a_request_can_have_its_time() -> None:
    with Guest("\nawait fetch('http://a', { signal: AbortSignal.timeout(100) })") as guest:
        assert calls(guest.first) == [(1, "sleep"), (2, "Http.get")]
        said = guest.reply(1)
        assert quits(said) == [2]
        assert isinstance(said[-1], Failed)
        assert (said[-1].error["kind"], said[-1].error["where"]["line"]) == ("timeout", 2)


def test_what_has_ended_is_not_aborted_any_more() -> None:
    source = "const c = new AbortController(); const r = await fetch('http://a', { signal: c.signal });"
    source += "c.abort(); export default r.status"
    assert result(source, reply) == 200


def test_a_function_of_another_scope_can_abort() -> None:
    source = """
    const c = new AbortController();
    export default await parallel([
      () => attempt(() => fetch("http://a", { signal: c.signal })), async () => { await echo(1); c.abort(); return 2 },
    ]).then(([{ error }, two]) => [error.name, two])"""
    with Guest(source) as guest:
        said = guest.reply(2)
        assert quits(said) == [1]
        assert said[-1] == Done(["AbortError", 2])


# -- for real ---------------------------------------------------------------------------------------------------------


class Site(BaseHTTPRequestHandler):
    """Echoes, redirects, sends bytes, and hangs until it is told to go on."""

    protocol_version = "HTTP/1.1"
    asked = Event()
    gone = Event()

    def do_GET(self) -> None:
        if self.path == "/hang":
            self.asked.set()
            self.rfile.read(1)  # until the other side goes away
            self.gone.set()
            self.close_connection = True
        elif self.path == "/old":
            self._answer(302, b"", ("Location", "/bytes"))
        else:
            self._answer(200, bytes(range(256)), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        self._answer(201, raw, ("Content-Type", self.headers["content-type"] or "none"))

    def _answer(self, status: int, raw: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(raw)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def cast(source: str, site: str, *, allow: bool = True) -> Any:
    async with Host(
        globals=[Probe], profile="medium", model="echo", environ={}, allow={"net": [site]} if allow else {}
    ) as host:
        spell = Spell.from_source(source.replace("SITE", site), "javascript")
        return await asyncio.wait_for(host.execute(host.prepare(spell, sink=Heard())), 20)


async def test_bytes_and_redirects_come_through(site: str) -> None:
    run = await cast(
        "const r = await fetch('http://SITE/old'); const b = await r.bytes();\n"
        "export default [r.status, r.redirected, r.url, b.length, b[255], r.headers.getSetCookie()]",
        site,
    )
    assert run.error is None, run.error
    assert run.value == [200, True, f"http://{site}/bytes", 256, 255, ["a=1", "b=2"]]


async def test_what_is_posted_arrives(site: str) -> None:
    run = await cast(
        "const given = { method: 'POST', body: new Uint8Array([0, 200]), headers: { 'content-type': 'a/b' } };\n"
        "const r = await fetch('http://SITE/x', given);\n"
        "export default [r.status, r.headers.get('content-type'), Array.from(await r.bytes())]",
        site,
    )
    assert run.error is None, run.error
    assert run.value == [201, "a/b", [0, 200]]


async def test_an_abort_closes_the_connection(site: str) -> None:
    run = await cast("await fetch('http://SITE/hang', { signal: AbortSignal.timeout(50) });", site)
    assert run.error is not None
    assert run.error.kind == "timeout"
    assert await asyncio.to_thread(Site.gone.wait, 5)


async def test_a_host_that_is_not_granted_is_refused(site: str) -> None:
    run = await cast("\nawait fetch('http://SITE/x')", site, allow=False)
    assert run.error is not None
    assert run.error.kind in ("permission", "script")
    assert run.error.where is not None
    assert run.error.where.line == 2
