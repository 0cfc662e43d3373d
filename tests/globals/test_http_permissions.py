"""What a rule says of methods and paths holds for what is sent: by each op, at each redirect, over each connection."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from website import Page, Site, answer, echo, redirect, website

from llmspell import Host, Spell
from llmspell.bridge.dispatch import Gate
from llmspell.bridge.surface import Surface
from llmspell.context import Context
from llmspell.errors import PermissionDenied, SpellError
from llmspell.globals.http import Http, HttpReply
from llmspell.project import Project
from llmspell.security.access import Access, Verdict
from llmspell.security.paths import Paths
from llmspell.security.rules import Rule
from llmspell.security.taint import Taint

Pages = dict[str, Page]


@dataclass
class Asking:
    """Calls ops of `Http` as a script would, and keeps what is written down of it."""

    gate: Gate
    access: Access
    lines: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, verb: str, *args: Any, **options: Any) -> HttpReply:
        reply = await self.gate.call(f"Http.{verb}", [*args, *([options] if options else [])])
        assert isinstance(reply, HttpReply)
        return reply

    async def refused(self, verb: str, *args: Any, **options: Any) -> SpellError:
        with pytest.raises(PermissionDenied) as caught:
            await self(verb, *args, **options)
        return caught.value

    def note(self, **line: str) -> None:
        self.lines.append(line)


class Names:
    """Names of a test: each leads to the addresses that stand here, in turn."""

    def __init__(self, **found: Sequence[str]) -> None:
        self.found = {f"{name}.example": list(each) for name, each in found.items()}

    async def __call__(self, name: str) -> list[str]:
        waiting = self.found[name]
        return [waiting.pop(0)] if len(waiting) > 1 else waiting[:1]


@asynccontextmanager
async def asking(
    *net: str, deny: Sequence[str] = (), profile: str = "medium", tools: Sequence[str] = (), names: Names | None = None
) -> AsyncIterator[Asking]:
    """Give what asks, for a run that may reach some hosts."""
    allow: dict[Any, Sequence[str]] = {kind: each for kind, each in (("net", net), ("tools", tools)) if each}
    async with Host(profile=profile, environ={}, allow=allow) as host:
        denied = [Rule(each, "[deny]", place="llmspell.toml:4") for each in deny]
        rules = host.rules(Spell.from_source("", "lua")).deny("net", denied)
        project = Project(Path.cwd())
        context: Context = host.context("test.lua", rules=rules, project=project)
        access = Access(rules, Paths(rules, project), Taint("deny"), names)
        context.__dict__["access"] = access
        found = Asking(Gate(Surface([Http(context)]), None, access), access)
        access.note = found.note
        async with context.closing:
            yield found


# -- methods and paths ------------------------------------------------------------------------------------------------


async def test_each_op_has_its_method() -> None:
    async with website({"*": answer()}) as site:
        verbs = ["get", "head", "post", "put", "patch", "delete"]
        for allowed in verbs:
            rule = f"{allowed.upper()} {site.host}"
            async with asking(rule, tools=["*"]) as ask:
                may = {"get", "head"} if allowed == "get" else {allowed}
                for verb in verbs:
                    for words in ([verb], ["request", verb], ["request", verb.upper()]):
                        if verb in may:
                            assert (await ask(*words, site.url)).ok
                        else:
                            error = await ask.refused(*words, site.url)
                            assert f'net access to "{verb.upper()} {site.host}"' in error.message
        assert len(site.requests) == 3 * 7


async def test_a_path_is_decided_about_as_it_is_sent() -> None:
    async with website({"*": echo}) as site, asking(f"{site.host}/v1/*") as ask:
        for path in ("/v1/", "/v1/a?b=/../..", "/v1/%7eada", "/x/../v1/a", "/v1/./a", "/v1/%2E/a", "/v1/a/%2e%2e/b"):
            await ask("get", site.url + path)
        sent = [each.path for each in site.requests]
        assert sent == ["/v1/", "/v1/a?b=/../..", "/v1/~ada", "/v1/a", "/v1/a", "/v1/a", "/v1/b"]
        for path in (
            "", "/", "/v1", "/v1/../admin", "/v1/%2e%2e/admin", "/v1/.%2E/admin", "/v1/%252e%252e/admin", "/V1/a",
            "/v1/..%2fadmin", "/v1/..%5cadmin", "/v1/..%255cadmin", "/v1//../../admin", "//v1/a", "/v1//a", "/v1;/a",
            "/v1/..;/admin", "/v1/%2e%2e%3b/admin", "/v1/%%32e%%32e/admin", "/v1/%c0%ae%c0%ae/admin", "/v1/%u002e/a",
            "/v1/\uff0e\uff0e/admin", "/v1/%ef%bc%8e%ef%bc%8e/admin", "/v1/a%00", "/v1/a%0d%0aX", "/v1/a.", "/v1/a%20",
            "/v1/a%3fb", "/v1/a%23b", "/admin?/v1/", "/admin#/v1/",
        ):  # fmt: skip
            await ask.refused("get", site.url + path)
        assert len(site.requests) == len(sent)


async def test_a_refusal_names_what_would_grant_as_much_as_is_asked_for() -> None:
    async with asking("POST api.example/v1/*", "POST b.example") as ask:
        error = await ask.refused("get", "https://api.example/v2/users?token=s3cret")
        assert error.message == 'Http.get: net access to "GET api.example/v2/users" is not allowed'
        assert (error.hint or "").startswith("--allow-net='GET api.example/v2/users'")
        error = await ask.refused("get", "https://b.example/v2/users?token=s3cret")
        assert error.message == 'Http.get: net access to "GET b.example" is not allowed'
        error = await ask.refused("get", "https://c.example/v2/users?token=s3cret")
        assert error.message == 'Http.get: net access to "c.example" is not allowed'
    assert [line["value"] for line in ask.lines] == ["GET api.example/v2/users", "GET b.example", "c.example"]
    assert all(line["decision"] == "deny" and line["op"] == "Http.get" for line in ask.lines)


async def test_a_request_of_any_method_is_the_op_of_that_method() -> None:
    async with website({"*": answer("x")}) as site:
        async with asking(site.host) as ask:
            for words in (["delete"], ["request", "DELETE"], ["request", "delete"]):
                error = await ask.refused(*words, site.url)
                assert 'the tool "Http.delete" is not allowed' in error.message
        async with asking(site.host, tools=["Http.delete"]) as ask:
            for words in (["delete"], ["request", "DELETE"]):
                assert (await ask(*words, site.url)).ok
        assert len(site.requests) == 2


# -- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "rules", "allowed"),
    [
        (303, ["POST {}", "GET {}"], True),
        (303, ["POST {}"], False),
        (307, ["POST {}"], True),
        (307, ["POST {}/from", "GET {}"], False),
        (302, ["POST {}/from", "GET {}/to"], True),
        (302, ["POST {}/from", "GET {}/from"], False),
    ],
)
async def test_a_redirect_is_a_request_of_its_own(status: int, rules: list[str], allowed: bool) -> None:
    pages: Pages = {"/from": redirect("/x/../to?token=1", status), "/to": answer("there")}
    async with website(pages) as site, asking(*(each.format(site.host) for each in rules)) as ask:
        if allowed:
            assert (await ask("post", f"{site.url}/from", body="x")).text == "there"
        else:
            method = "POST" if status == 307 else "GET"
            error = await ask.refused("post", f"{site.url}/from", body="x")
            assert error.message.startswith(f'Http.post: 127.0.0.1 redirects to "{method} {site.host}')
        assert len(site.requests) == 1 + allowed
    assert [line["decision"] for line in ask.lines] == ["allow", "allow" if allowed else "deny"]
    assert "token" not in str(ask.lines)


# -- what is denied ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["medium", "low"])
async def test_what_is_denied_wins_and_no_more_than_that_is_denied(profile: str) -> None:
    async with website({"*": answer("x")}) as site:
        denied = [f"POST {site.host}", f"{site.host}/admin", f"{site.host}/top/*"]
        async with asking(site.host, deny=denied, profile=profile) as ask:
            assert (await ask("get", site.url)).ok
            assert (await ask("put", f"{site.url}/x")).ok
            for words in (["post", site.url], ["request", "POST", site.url], ["get", f"{site.url}/admin"]):
                error = await ask.refused(*words)
                assert error.data["rule"].endswith("in llmspell.toml:4")
                assert error.hint == "no flag overrides what is denied: change that rule, if it is yours to change"
            for path in (
                "/admin/", "/admin/x", "/ADMIN", "/%61dmin", "/x/../admin", "/admin;x=1", "//admin", "/x//admin",
                "/x/..%2fadmin", "/top", "/top/x", "/Top/", "/%C3%A4/%EF%BC%8E",
            ):  # fmt: skip
                await ask.refused("get", site.url + path)
            assert (await ask("get", f"{site.url}/administrators")).ok
            assert (await ask("get", f"{site.url}/x?/admin")).ok
        assert [each.method for each in site.requests] == ["GET", "PUT", "GET", "GET"]


@pytest.mark.parametrize("profile", ["medium", "low"])
@pytest.mark.parametrize(
    "denied", ["127.0.0.0/8", "127.0.0.1", "POST 127.0.0.0/8", "GET|POST 127.0.0.1/*", "localhost"]
)
async def test_a_network_that_is_denied_is_so_for_the_names_in_it(profile: str, denied: str) -> None:
    async with website({"*": answer("x")}) as site:
        rules = [f"inside.example:{site.port}", "127.0.0.0/8"]
        names = Names(inside=["127.0.0.1"])
        async with asking(*rules, deny=[denied], profile=profile, names=names) as ask:
            error = await ask.refused("post", f"http://inside.example:{site.port}/")
            assert error.message == f'Http.post: net access to "inside.example:{site.port}" is not allowed' or (
                "POST " in error.message
            )
            assert error.data["rule"] == f'[deny] net = "{denied}" in llmspell.toml:4'
            if denied == "POST 127.0.0.0/8":
                assert (await ask("get", f"http://inside.example:{site.port}/")).ok
        assert [each.method for each in site.requests] == (["GET"] if denied == "POST 127.0.0.0/8" else [])


async def test_a_redirect_leads_to_nothing_that_is_denied() -> None:
    async with website({"*": answer("x")}) as canary, website({}) as site:
        pages: Pages = {"*": redirect(f"http://inside.example:{canary.port}/", 307)}
        names = Names(inside=["127.0.0.1"])
        async with (
            website(pages) as other,
            asking(deny=[f"127.0.0.1:{canary.port}"], profile="low", names=names) as ask,
        ):
            await ask.refused("post", other.url)
            await ask.refused("get", canary.url)
        assert (canary.opened, site.opened) == (0, 0)


async def test_a_denied_host_is_denied_at_every_port_and_by_no_other_name() -> None:
    async with website({"*": answer("x")}) as site:
        names = Names(evil=["127.0.0.1"], good=["127.0.0.1"])
        async with asking(deny=["evil.example"], profile="low", names=names) as ask:
            await ask.refused("get", f"http://evil.example:{site.port}/")
            assert (await ask("get", f"http://good.example:{site.port}/")).ok


# -- connections ------------------------------------------------------------------------------------------------------


async def test_a_connection_is_not_for_whoever_may_not_go_to_its_address() -> None:
    async with website({"*": answer("x")}) as site:
        url = f"http://both.example:{site.port}/"
        rules = [f"both.example:{site.port}", "127.0.0.0/8"]
        async with asking(*rules, names=Names(both=["127.0.0.1"])) as ask:
            assert (await ask("get", url)).ok
            with ask.access.narrowed("reader", {"net": [f"both.example:{site.port}"]}):
                error = await ask.refused("get", url)
                assert error.message.startswith(f'Http.get: "both.example:{site.port}" leads to an address')
            with ask.access.narrowed("reader", {"net": rules}):
                assert (await ask("get", url)).ok
        assert len(site.requests) == 2


async def test_a_connection_that_may_not_be_used_makes_room_for_one_that_may() -> None:
    async with website({"*": answer("one")}) as site:
        url = f"http://both.example:{site.port}/"
        names = Names(both=["127.0.0.1", "127.0.0.2"])
        async with (
            second(site, {"*": answer("two")}) as other,
            asking(f"*:{site.port}", "127.0.0.0/8", names=names) as ask,
        ):
            assert (await ask("get", url)).text == "one"
            assert (await ask("get", url)).text == "one"
            with ask.access.narrowed("reader", {"net": [f"both.example:{site.port}", "127.0.0.2"]}):
                await ask.refused("get", url)  # its address is granted, but not at this port
            with ask.access.narrowed("reader", {"net": [f"both.example:{site.port}", f"127.0.0.2:{site.port}"]}):
                assert (await ask("get", url)).text == "two"
        assert (site.opened, len(site.requests), other.opened) == (1, 2, 1)


async def test_a_connection_for_one_method_is_not_for_another() -> None:
    async with website({"*": answer("x")}) as site:
        url = f"http://both.example:{site.port}/"
        rules = [f"both.example:{site.port}", "GET 127.0.0.1:*"]
        async with asking(*rules, names=Names(both=["127.0.0.1"])) as ask:
            assert (await ask("get", url)).ok
            await ask.refused("post", url)
            assert (await ask("get", url)).ok
        assert [each.method for each in site.requests] == ["GET", "GET"]


@asynccontextmanager
async def second(site: Site, pages: Pages) -> AsyncIterator[Site]:
    """Serve other pages at the same port, at the next address."""
    async with website(pages, "127.0.0.2", site.port) as other:
        yield other


# -- what is told -----------------------------------------------------------------------------------------------------


def complete(taint: Taint) -> None:
    taint.read("Fs.read notes.txt", untrusted=False, private=True)
    taint.read("Http.get a.example", untrusted=True, private=False)
    taint.ask()


async def test_a_way_out_is_told_by_method_and_host() -> None:
    async with website({"*": answer("x")}) as site, asking(site.host) as ask:
        assert (await ask("get", f"{site.url}/path?token=s3cret")).ok
        assert ask.access.taint.untrusted == [f"Http.get GET {site.host}"]
        complete(ask.access.taint)
        error = await ask.refused("request", "post", f"{site.url}/path?token=s3cret", body="x")
        assert f"a way out Http.request POST {site.host}" in error.data["rule"]
        assert [line["value"] for line in ask.lines] == [site.host, site.host, f"POST {site.host}"]
        assert "s3cret" not in f"{ask.lines}{error}{error.data}"
        assert len(site.requests) == 1


async def test_a_redirect_to_another_site_is_a_way_out_of_its_own() -> None:
    async with website({"*": answer("x")}) as canary, website({"*": redirect(f"{canary.url}/", 307)}) as site:
        async with asking(site.host, canary.host) as ask:
            complete(ask.access.taint)
            ask.access.taint.sinks = "ask"
            ask.access.person = Agreeable()
            error = await ask.refused("post", site.url, body="private")
            assert f"a way out Http.post POST {canary.host}" in error.data["rule"]
        assert (len(site.requests), canary.opened) == (1, 0)


class Agreeable:
    """Agrees to everything that is asked."""

    async def permit(self, request: Any) -> Any:
        return Verdict(allowed=True, pattern=request.value)
