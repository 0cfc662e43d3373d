"""Secrets as scripts have them: the host fills them in, for their hosts alone, and nowhere else."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from website import Page, answer, echo, redirect, website

from llmspell import Host, Spell
from llmspell.bridge.dispatch import Gate
from llmspell.bridge.surface import Surface
from llmspell.context import Context
from llmspell.errors import ArgumentError, AuthError, ConfigError, PermissionDenied, SpellError
from llmspell.globals.http import Http
from llmspell.globals.secrets import MOST, Secrets
from llmspell.policy import Policy
from llmspell.project import Project
from llmspell.security.access import Request, Verdict
from llmspell.security.rules import Rule
from llmspell.settings import Security
from llmspell.vault import Kept, Vault

MAIL = "sk-live-0123456789abcdef"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----"
ENVIRON = {"MAIL_TOKEN": MAIL, "PEM_KEY": PEM, "UNI_PASSWORD": "pässword-ü-0123", "LONG_TOKEN": "ab3de" * MOST}
MAIL_HANDLE = {"$handle": "[secret:mail]"}

Call = Callable[..., Awaitable[Any]]


class Desk:
    """A run's way to the ops, and what was noted of its decisions."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.gate = Gate(Surface([Secrets(context), Http(context)], exists=context.rules.exists), None, context.access)
        self.noted: list[tuple[str, str, str]] = []
        context.access.note = lambda **line: self.noted.append((line["kind"], line["value"], line["decision"]))

    async def get(self, name: str = "mail") -> Any:
        return await self.gate.call("Secrets.get", [name])

    async def ask(self, url: str, verb: str = "get", **options: Any) -> Any:
        return await self.gate.call(f"Http.{verb}", [url, options])


@asynccontextmanager
async def running(
    *secrets: str,
    net: tuple[str, ...] = (),
    environ: Mapping[str, str] = ENVIRON,
    profile: str = "medium",
    kept: dict[str, Kept] | None = None,
    denied: tuple[str, ...] = (),
) -> AsyncIterator[Desk]:
    allow: dict[Any, list[str]] = {name: list(each) for name, each in (("net", net), ("secrets", secrets)) if each}
    async with Host(profile=profile, environ=environ, allow=allow) as host:
        host.vault = Vault(environ, kept)
        rules = host.rules(Spell.from_source("", "lua"))
        rules = rules.deny("secrets", [Rule(pattern, "[deny]", place="config.toml:3") for pattern in denied])
        context = host.context("test.lua", rules=rules)
        async with context.closing:
            yield Desk(context)


@asynccontextmanager
async def visiting(pages: dict[str, Page], *names: str) -> AsyncIterator[tuple[Any, Desk]]:
    """Give a site, and a run that may send it the secrets of these names."""
    async with website(pages) as site, running(*(f"{n}@{site.host}" for n in names), net=(site.host,)) as desk:
        for name in names:
            await desk.get(name)
        yield site, desk


async def failure(asked: Awaitable[Any], kind: type[SpellError] = SpellError) -> SpellError:
    with pytest.raises(kind) as caught:
        await asked
    found = caught.value
    assert MAIL not in f"{found!r} {found.hint} {found.data}"
    return found


@pytest.mark.parametrize(
    ("options", "header", "expected"),
    [
        ({"auth": MAIL_HANDLE}, "authorization", f"Bearer {MAIL}"),
        ({"headers": {"X-Key": MAIL_HANDLE, "X-Other": "it"}}, "x-key", MAIL),
        ({"headers": {"Authorization": ["Token ", MAIL_HANDLE]}}, "authorization", f"Token {MAIL}"),
        (
            {"auth": {"user": "me", "password": MAIL_HANDLE}},
            "authorization",
            "Basic " + base64.b64encode(f"me:{MAIL}".encode()).decode(),
        ),
        ({"headers": {"User-Agent": MAIL_HANDLE}}, "user-agent", MAIL),
    ],
)
async def test_a_secret_goes_where_it_was_given(options: dict[str, Any], header: str, expected: str) -> None:
    async with visiting({"*": echo}, "mail") as (site, desk):
        reply = await desk.ask(site.url, **options)
        assert reply.status == 200
        value = f"mail@{site.host}"
    assert site.requests[0].headers[header] == expected
    assert ("secrets", value, "allow") in desk.noted


async def test_a_password_may_have_any_letters() -> None:
    async with visiting({"*": answer("x")}, "uni") as (site, desk):
        await desk.ask(site.url, auth={"user": "me", "password": {"$handle": "[secret:uni]"}})
    sent = base64.b64decode(site.requests[0].headers["authorization"].removeprefix("Basic ")).decode()
    assert sent == "me:" + ENVIRON["UNI_PASSWORD"]


@pytest.mark.parametrize("name", ["pem", "uni", "long"])
async def test_what_is_no_header_is_not_sent_as_one(name: str) -> None:
    async with visiting({"*": answer("x")}, name) as (site, desk):
        error = await failure(desk.ask(site.url, auth={"$handle": f"[secret:{name}]"}), ArgumentError)
        assert error.message == f'Http.get: the secret "{name}" cannot stand in a header'
    assert site.requests == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"auth": "text"}, "`auth` must be a secret"),
        ({"auth": {"secret_name": "mail"}}, "`auth` must be a secret"),
        ({"auth": {"label": "[secret:mail]"}}, "`auth` must be a secret"),
        ({"auth": "[secret:mail]"}, "`auth` must be a secret"),
        ({"auth": [MAIL_HANDLE]}, "`auth` must be a secret"),
        ({"auth": {"user": "me", "password": "open"}}, "`auth` must be a secret"),
        ({"auth": {"user": "me", "password": MAIL_HANDLE, "more": 1}}, "`auth` must be a secret"),
        ({"auth": {"user": "a:b", "password": MAIL_HANDLE}}, "`auth.user` must be one line without a colon"),
        ({"auth": {"user": "a\nb", "password": MAIL_HANDLE}}, "`auth.user` must be one line without a colon"),
        ({"headers": {"X": 1}}, "`headers`: `X` must be a string or a secret"),
        ({"headers": {"X": [MAIL_HANDLE, "behind"]}}, "`X` must be a string or a secret"),
        ({"headers": {"X": ["a", "b", MAIL_HANDLE]}}, "`X` must be a string or a secret"),
        ({"headers": {"X": {"a": MAIL_HANDLE}}}, "`X` must be a string or a secret"),
        ({"headers": {"X": ["a\r\nHost: evil.example\r\n", MAIL_HANDLE]}}, "`X` cannot be"),
        ({"headers": {"X\r\nY": MAIL_HANDLE}}, "is not the name of a header"),
        ({"headers": {"Host": MAIL_HANDLE}}, "`Host` follows from the request itself"),
        ({"headers": {"authorization": "x"}, "auth": MAIL_HANDLE}, "`Authorization` is given twice"),
        ({"headers": {"X-Key": MAIL_HANDLE, "x-key": "y"}}, "`X-Key` is given twice"),
        ({"query": {"q": MAIL_HANDLE}}, "`query` must be data, but it holds a handle"),
        ({"json": MAIL_HANDLE}, "`json` must be data, but it holds a handle"),
        ({"json": {"a": [MAIL_HANDLE]}}, "`json` must be data, but it holds a handle"),
        ({"form": {"a": MAIL_HANDLE}}, "`form` must be data, but it holds a handle"),
        ({"body": MAIL_HANDLE}, "`body` must be"),
        ({"to": MAIL_HANDLE}, "`to` must be a string"),
        ({"auth": {"$handle": "[secret:other]"}}, "this is not a handle of this run"),
        ({"auth": {"$handle": "mail"}}, "this is not a handle of this run"),
        ({"auth": {"$handle": ["[secret:mail]"]}}, "this is not a handle of this run"),
        ({"auth": {"$type": "Secret", "secret_name": "mail"}}, "a value has a type that this run does not know"),
    ],
)
async def test_nothing_else_takes_one_or_is_one(options: dict[str, Any], message: str) -> None:
    async with visiting({"*": answer("x")}, "mail") as (site, desk):
        error = await failure(desk.ask(site.url, "post", **options), ArgumentError)
        assert message in error.message
        with pytest.raises(SpellError):
            await desk.gate.call("Http.get", [MAIL_HANDLE])
    assert site.requests == []


async def test_a_redirect_to_another_site_gets_none_in_whatever_header() -> None:
    options = {"headers": {"Accept": MAIL_HANDLE, "User-Agent": ["x ", MAIL_HANDLE]}, "auth": MAIL_HANDLE}
    async with website({"*": answer("x")}) as other:
        pages: dict[str, Page] = {
            "/away": redirect(f"{other.url}/back"),
            "/same": redirect("/end", 303),
            "/end": answer("x"),
        }
        async with website(pages) as site:
            hosts = (site.host, other.host)
            async with running(f"mail@{site.host}", net=hosts) as desk:
                await desk.get()
                await desk.ask(f"{site.url}/away", **options)
                await desk.ask(f"{site.url}/same", "post", **options)
    assert MAIL not in str(other.requests)
    assert [MAIL in str(seen.headers) for seen in site.requests] == [True, True, True]
    assert other.requests[0].headers["accept"] == "*/*"


@pytest.mark.parametrize("write", [lambda text: text, lambda text: base64.b64encode(text.encode()).decode()])
async def test_what_a_site_sends_back_is_in_no_file(write: Callable[[str], str], tmp_path: Path) -> None:
    """A file can be read in pieces, in which nobody would find the secret."""
    body = f"{'x' * 50} {write(MAIL)} {'y' * 50} {write(MAIL)}".encode()
    parts = [body[at : at + 5] for at in range(0, len(body), 5)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    page = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    async with website({"*": page}) as site:
        allow: dict[Any, list[str]] = {"net": [site.host], "secrets": ["*@*", f"*@{site.host}"], "write": ["out"]}
        async with Host(environ=ENVIRON, allow=allow) as host:
            rules = host.rules(Spell.from_source("", "lua"))
            context = host.context("test.lua", rules=rules, project=Project(tmp_path))
            async with context.closing:
                desk = Desk(context)
                await desk.get()
                await desk.ask(site.url, auth=MAIL_HANDLE, to="out/it")
                await desk.ask(site.url, to="out/without")
    expected = body.decode().replace(write(MAIL), write("[secret:MAIL_TOKEN]"))
    assert (tmp_path / "out" / "it").read_text() == expected
    assert (tmp_path / "out" / "without").read_bytes() == body


async def test_a_site_that_sends_it_away_and_back_has_lost_it() -> None:
    pages: dict[str, Page] = {"/end": answer("x")}
    async with website(pages) as site, website({"/": redirect(f"{site.url}/end")}) as other:
        pages["/"] = redirect(f"{other.url}/")
        async with running(f"mail@{site.host}", net=(site.host, other.host)) as desk:
            await desk.get()
            await desk.ask(f"{site.url}/", auth=MAIL_HANDLE)
    assert ["authorization" in seen.headers for seen in site.requests] == [True, False]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://evil.example/", 'the secret "mail@evil.example" is not allowed'),
        ("https://api.mail.example.evil.example/", 'the secret "mail@api.mail.example.evil.example" is not allowed'),
        ("https://sub.api.mail.example/", 'the secret "mail@sub.api.mail.example" is not allowed'),
        ("https://api.mail.example:8443/", 'the secret "mail@api.mail.example:8443" is not allowed'),
        ("https://api.mail.example@evil.example/", "a URL may not hold a user name or a password"),
        ("http://api.mail.example/", 'the secret "mail" goes over https alone, and not to "http://api.mail.example"'),
        ("http://10.0.0.1/", 'the secret "mail" goes over https alone'),
        ("http://localhost.evil.example/", 'the secret "mail" goes over https alone'),
    ],
)
async def test_the_host_is_the_one_that_it_is_bound_to(url: str, message: str) -> None:
    hosts = ("*", "10.0.0.0/8", "api.mail.example:*")
    async with running("mail@api.mail.example", net=hosts) as desk:
        await desk.get()
        error = await failure(desk.ask(url, auth=MAIL_HANDLE))
        assert message in error.message


async def test_what_is_denied_or_not_granted_names_its_rule() -> None:
    async with running("mail@*", net=("*",), denied=("mail@evil.example",)) as desk:
        await desk.get()
        error = await failure(desk.ask("https://evil.example/", auth=MAIL_HANDLE), PermissionDenied)
        assert error.data["rule"] == '[deny] secrets = "mail@evil.example" in config.toml:3'
    async with running(net=("*",)) as desk:
        error = await failure(desk.get(), PermissionDenied)
        assert error.message == 'the secret "mail" is not allowed'
        assert "--allow-secrets=mail@HOST" in str(error.hint)
    async with running("mail", net=("*",)) as desk:
        await desk.get()
        error = await failure(desk.ask("https://any.example/", auth=MAIL_HANDLE), PermissionDenied)
        assert "--allow-secrets=mail@any.example" in str(error.hint)


async def test_a_person_is_asked_with_the_host() -> None:
    asked: list[Request] = []

    class Person:
        async def permit(self, request: Request) -> Verdict:
            asked.append(request)
            return Verdict(allowed=True)

    async with website({"*": answer("x")}) as site, running(net=(site.host,)) as desk:
        desk.context.access.person = Person()
        await desk.get()
        await desk.ask(site.url, auth=MAIL_HANDLE)
        await desk.ask(site.url, auth=MAIL_HANDLE)
    assert [(each.kind, each.value, each.op) for each in asked] == [("secrets", f"mail@{site.host}", "Http.get")]
    assert len(site.requests) == 2


async def test_settings_bind_a_secret_whatever_a_spell_declares() -> None:
    async with website({"*": answer("x")}) as site:
        kept = {"mail": Kept("ODD_NAME", (site.host,), "config.toml:7")}
        environ = {"ODD_NAME": MAIL, "MAIL_TOKEN": "sk-another-0123456789"}
        async with running("mail", "mail@*", net=(site.host, "*"), kept=kept, environ=environ) as desk:
            await desk.get()
            await desk.ask(site.url, auth=MAIL_HANDLE)
            error = await failure(desk.ask("https://evil.example/", auth=MAIL_HANDLE), PermissionDenied)
    assert site.requests[0].headers["authorization"] == f"Bearer {MAIL}"
    assert error.message == f'Http.get: the secret "mail" is for {site.host}, and not for "evil.example"'
    assert "config.toml:7" in error.data["rule"]
    assert ("secrets", "mail@evil.example", "deny") in desk.noted


NAMES = ("mail", "MAIL", "Mail", "MAIL_TOKEN", "mail_token", "post", "twin", "whole_url", "encoded")
KEPT = {"mail": Kept("MAIL_TOKEN", ("api.mail.example",), "config.toml:7"), "post": Kept("MAIL_TOKEN")}
SHARED = {
    "MAIL_TOKEN": MAIL,
    "TWIN_KEY": MAIL,
    "WHOLE_URL_TOKEN": f"a:{MAIL}",
    "ENCODED_PASSWORD": base64.b64encode(f"a:{MAIL}".encode()).decode(),
    "OTHER_TOKEN": "sk-another-0123456789",
}
FOR_EACH = {
    "lua": """
        local args = spell { params = { url = "string", names = { "string" } } }
        local found = {}
        for _, name in ipairs(args.names) do
          local ok, err = pcall(function() return Http.get(args.url, { auth = Secrets.get(name) }) end)
          found[name] = ok and "sent" or err.kind .. ": " .. err.message
        end
        return found
    """,
    "javascript": """
        const args = spell({ params: { url: "string", names: ["string"] } });
        const found = {};
        for (const name of args.names) {
          try { await Http.get(args.url, { auth: await Secrets.get(name) }); found[name] = "sent"; }
          catch (err) { found[name] = `${err.kind}: ${err.message}`; }
        }
        export default found;
    """,
}


@pytest.mark.parametrize("language", ["lua", "javascript"])
async def test_what_is_said_of_a_secret_holds_for_all_of_its_names(language: Any) -> None:
    spell = Spell.from_source(dedent(FOR_EACH[language]), language)
    async with website({"*": answer("x")}) as site:
        args = {"url": site.url, "names": [*NAMES, "other"]}
        bound = Policy(own=Security(secrets=KEPT))
        async with Host(profile="low", environ=SHARED, policy=bound) as host:
            found = (await host.run(spell, args)).value
        assert found.pop("other") == "sent"
        said = 'permission: Http.get: the secret "{}" is for api.mail.example, and not for "{}"'
        assert found == {name: said.format(name, site.host) for name in NAMES}
        for pattern in ("mail", "MAIL_TOKEN", "twin@*", "*_KEY", f"Mail@{site.host}"):
            unbound = Policy(own=Security(secrets={"post": Kept("MAIL_TOKEN")}))
            async with Host(profile="low", environ=SHARED, policy=unbound, deny={"secrets": [pattern]}) as host:
                found = (await host.run(spell, args)).value
            assert found.pop("other") == "sent"
            assert all("is not allowed" in each for each in found.values()), (pattern, found)
    assert MAIL not in str(site.requests)
    assert len(site.requests) == 6


async def test_of_two_bindings_of_one_value_both_hold() -> None:
    async with website({"*": answer("x")}) as site:
        kept = {
            "one": Kept("ONE_TOKEN", (site.host, "one.example"), "config.toml:1"),
            "two": Kept("TWO_TOKEN", (site.host,), "config.toml:4"),
        }
        environ = {"ONE_TOKEN": MAIL, "TWO_TOKEN": MAIL}
        async with running("*", net=(site.host, "*"), kept=kept, environ=environ) as desk:
            await desk.get("one")
            one = {"$handle": "[secret:one]"}
            await desk.ask(site.url, auth=one)
            error = await failure(desk.ask("https://one.example/", auth=one), PermissionDenied)
    assert "config.toml:4" in error.data["rule"]
    assert len(site.requests) == 1


async def test_low_security_may_send_it_to_any_host_but_encrypted() -> None:
    async with website({"*": answer("x")}) as site, running(profile="low") as desk:
        await desk.get()
        await desk.ask(site.url, auth=MAIL_HANDLE)
        error = await failure(desk.ask("http://example.com/", auth=MAIL_HANDLE), PermissionDenied)
        assert "goes over https alone" in error.message
    assert len(site.requests) == 1


async def test_a_caller_with_less_sends_less() -> None:
    async with visiting({"*": answer("x")}, "mail") as (site, desk):
        with desk.context.access.narrowed('agent "reader"', {"net": [site.host]}):
            error = await failure(desk.ask(site.url, auth=MAIL_HANDLE), PermissionDenied)
            assert error.data["rule"] == 'agent "reader" may do a part of what the run may, and this is none of it'
            await failure(desk.get(), PermissionDenied)
    assert site.requests == []


@pytest.mark.parametrize(
    ("environ", "kind", "message", "hint"),
    [
        ({}, AuthError, 'there is no secret "mail"', "export MAIL_TOKEN=…"),
        ({"MAIL": "/var/mail/somebody"}, AuthError, 'there is no secret "mail"', "export MAIL_TOKEN=…"),
        ({"MAIL_TOKEN": "  "}, AuthError, 'there is no secret "mail"', "export MAIL_TOKEN=…"),
        ({"MAIL_TOKEN": "short"}, ConfigError, "MAIL_TOKEN has no value that can be kept secret", "at least 8"),
    ],
)
async def test_a_missing_secret_says_how_to_set_it(
    environ: dict[str, str], kind: type[SpellError], message: str, hint: str
) -> None:
    async with running("mail@x.example", environ=environ) as desk:
        error = await failure(desk.get(), kind)
    assert error.message == message
    assert hint in str(error.hint)


@pytest.mark.parametrize("variable", ["mail_key", "MAIL_TOKEN", "MAIL_API_KEY", "MAIL_KEY", "MAIL_SECRET"])
def test_a_secret_is_found_by_the_names_that_variables_have(variable: str) -> None:
    assert Vault({variable: f" {MAIL}\n"}).value("mail_key" if variable == "mail_key" else "mail") == MAIL


def test_a_variable_whose_name_says_nothing_is_no_secret_unless_settings_name_it() -> None:
    with pytest.raises(AuthError):
        Vault({"MAILER": MAIL}).value("mailer")
    vault = Vault({"MAILER": MAIL}, {"mail": Kept("MAILER")})
    assert vault.value("mail") == MAIL
    assert vault.known.scrub(f"it is {MAIL}") == "it is [secret:MAILER]"
    with pytest.raises(AuthError, match='there is no secret "mail"') as caught:
        Vault({}, {"mail": Kept("MAILER", place="config.toml:2")}).value("mail")
    assert caught.value.hint == "export MAILER=…"
    assert caught.value.data["rule"] == "config.toml:2 says where it is"


def test_the_password_in_a_url_is_a_secret_though_settings_name_all_of_it() -> None:
    url = "postgres://me:hunter2-hunter2@db.example/shop"
    vault = Vault({"SHOP_URL": url, "SHOP_PASSWORD": "hunter2-hunter2"}, {"shop": Kept("SHOP_URL", ("db.example",))})
    assert vault.value("shop") == url
    assert vault.known.scrub(f"{url} hunter2-hunter2!") == "[secret:SHOP_URL] [secret:SHOP_PASSWORD]!"
    assert [kept.hosts for kept in vault.bound("SHOP_PASSWORD")] == [("db.example",)]
    alone = Vault({"SHOP_URL": url}, {"shop": Kept("SHOP_URL")})
    assert "hunter2" not in alone.known.scrub("it is hunter2-hunter2")


async def test_a_name_of_this_machine_that_leads_elsewhere_gets_nothing() -> None:
    async def elsewhere(_: str) -> list[str]:
        return ["10.0.0.1"]

    async with running("mail@localhost:1", net=("localhost:1",)) as desk:
        desk.context.access.lookup = elsewhere
        await desk.get()
        error = await failure(desk.ask("http://localhost:1/", auth=MAIL_HANDLE), PermissionDenied)
        assert "leads to an address that is not public" in error.message


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("lua", 'spell { allow = { secrets = { "mail@x.example", "mail/v1" } } }'),
        ("javascript", 'spell({ allow: { secrets: ["mail@x.example", "mail/v1"] } });'),
    ],
)
def test_a_declaration_names_secrets_and_hosts(language: Any, source: str) -> None:
    with pytest.raises(ConfigError, match='"mail/v1" does not name a secret') as caught:
        Spell.from_source(source, language)
    assert "mail@api.example.com" in str(caught.value.hint)


def test_the_fields_of_a_secret_are_known_without_a_run() -> None:
    surface = Surface([Secrets])
    assert surface.wire({})["types"] == [
        {"name": "Secret", "handle": True, "ops": [], "label": "secret_name", "fields": ["secret_name"]}
    ]
    assert "Secret.secret_name" in surface.names()
