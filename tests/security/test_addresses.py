"""Where a run may connect to: what is named, and whatever is public; never what is merely reachable."""

import asyncio
import ipaddress
import shlex
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from llmspell.errors import HttpError, PermissionDenied
from llmspell.security import addresses
from llmspell.security.addresses import Addresses, Resolver, effective, is_public
from llmspell.security.profile import Profile
from llmspell.security.rules import Rule, Rules
from llmspell.security.urls import parse

PUBLIC = "93.184.216.34"
HIDDEN = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.0.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "3fff::1",
    "::127.0.0.1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "2a00::5efe:127.0.0.1",
    "2a00::200:5efe:10.0.0.1", "100::1", "5f00::1",
]  # fmt: skip


def rules(*granted: str, profile: str = "medium") -> Rules:
    found = Profile.load(profile)
    made = Rules(found.label, found.permissions)
    return made.grant("net", granted, "--allow-net") if granted else made


def resolving(*answers: list[str]) -> Callable[[str], Any]:
    """Return a lookup that gives its answers in turn."""
    waiting = list(answers)

    async def lookup(name: str) -> list[str]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return lookup


@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_not_on_the_public_network_is_known(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:8.8.8.8"]
)
def test_what_is_on_the_public_network_is_known(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


def test_an_address_that_wraps_another_leads_there() -> None:
    wrapped = ["::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::9", "::10.1.2.3", "2a00::5efe:10.1.2.3"]
    assert {str(effective(ipaddress.ip_address(text))) for text in wrapped} == {"10.1.2.3"}


@pytest.mark.parametrize("text", HIDDEN)
@pytest.mark.parametrize("granted", [("*",), ("*.example", "innocent.example")])
async def test_a_name_that_leads_to_a_hidden_address_is_refused(text: str, granted: tuple[str, ...]) -> None:
    with pytest.raises(PermissionDenied, match="leads to an address that is not public") as caught:
        await Addresses(rules(*granted), resolving([text])).find(parse("http://innocent.example/"))
    assert text not in caught.value.message + str(caught.value.hint)


@pytest.mark.parametrize("text", HIDDEN)
def test_a_url_of_a_hidden_address_needs_a_rule_that_names_it(text: str) -> None:
    url = parse(f"http://[{text}]/" if ":" in text else f"http://{text}/")
    with pytest.raises(PermissionDenied) as caught:
        Addresses(rules("*")).check(url)
    named = shlex.quote(url.host if ":" not in url.host else f"[{url.host}]")
    assert f"--allow-net={named}" in (caught.value.hint or "")
    Addresses(rules(text)).check(url)


@pytest.mark.parametrize(
    ("granted", "url", "found"),
    [
        (["*"], "http://example.com/", [PUBLIC]),
        (["example.com"], "https://example.com/", [PUBLIC]),
        (["intranet.example", "10.0.0.0/8"], "http://intranet.example/", ["10.1.2.3"]),
        (["*", "10.1.2.3"], "http://intranet.example/", ["10.1.2.3"]),
        (["localhost:8080"], "http://localhost:8080/", ["127.0.0.1"]),
        (["app.localhost"], "http://app.localhost/", ["::1"]),
        (["example.com"], "http://example.com/", [PUBLIC, "10.0.0.1"]),
    ],
)
async def test_what_is_granted_gives_addresses(granted: list[str], url: str, found: list[str]) -> None:
    door, target = Addresses(rules(*granted), resolving(found)), parse(url)
    door.check(target)
    given = await door.find(target)
    assert given == [each for each in found if each != "10.0.0.1"]


@pytest.mark.parametrize(
    ("granted", "url"),
    [
        ([], "http://example.com/"),
        (["example.com"], "http://example.com:8080/"),
        (["example.com"], "http://www.example.com/"),
        (["10.0.0.0/8"], "http://intranet.example/"),
        (["*"], "http://localhost/"),
        (["*"], "http://app.localhost/"),
        (["localhost"], "http://127.0.0.1/"),
        (["127.0.0.1"], "http://localhost/"),
        (["127.0.0.1:8080"], "http://127.0.0.1:8081/"),
        (["127.0.0.1:8080"], "http://127.0.0.2:8080/"),
        (["10.0.0.0/8:80"], "http://10.0.0.1:81/"),
        (["*:443"], "http://8.8.8.8/"),
        (["example.com"], f"http://{PUBLIC}/"),
    ],
)
async def test_what_is_not_granted_is_refused_before_any_name_is_looked_up(granted: list[str], url: str) -> None:
    async def lookup(name: str) -> list[str]:
        raise AssertionError(f"looked up {name}")

    door, target = Addresses(rules(*granted), lookup), parse(url)
    with pytest.raises(PermissionDenied):
        door.check(target)
    with pytest.raises(PermissionDenied):
        await door.find(target)


@pytest.mark.parametrize(
    ("granted", "found"),
    [
        (["localhost:80"], "10.0.0.1"),
        (["localhost:80"], PUBLIC),
        (["intranet.example", "10.1.0.0/16"], "10.2.0.1"),
        (["intranet.example", "10.0.0.0/8:8080"], "10.2.0.1"),
        (["intranet.example", "10.0.0.0/8"], "::1"),
    ],
)
async def test_a_name_is_no_excuse_for_its_address(granted: list[str], found: str) -> None:
    name = granted[0].split(":")[0]
    with pytest.raises(PermissionDenied, match="not public"):
        await Addresses(rules(*granted), resolving([found])).find(parse(f"http://{name}/"))


async def test_a_name_that_changes_its_mind_is_checked_each_time() -> None:
    door = Addresses(rules("fickle.example"), resolving([PUBLIC], ["127.0.0.1"]))
    assert await door.find(parse("http://fickle.example/")) == [PUBLIC]
    with pytest.raises(PermissionDenied):
        await door.find(parse("http://fickle.example/"))


async def test_low_security_goes_wherever_a_person_could() -> None:
    door = Addresses(rules(profile="low"), resolving(["10.0.0.1"]))
    for url in ("http://127.0.0.1:8080/", "http://intranet.example/", "http://[fe80::1]/"):
        door.check(parse(url))
    assert await door.find(parse("http://intranet.example/")) == ["10.0.0.1"]


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "[::ffff:0.0.0.0]", "[64:ff9b::]", "[2002::]", "0", "0x0"])
@pytest.mark.parametrize("denied", ["127.0.0.1", "127.0.0.0/8", "localhost"])
def test_the_unspecified_address_is_this_machine_where_that_is_denied(host: str, denied: str) -> None:
    free = rules(profile="low")
    target = parse(f"http://{host}:8080/")
    assert Addresses(free).decide(target).allowed
    assert not Addresses(free.deny("net", [Rule(f"{denied}:*", "--deny-net")])).decide(target).allowed


def test_who_has_all_may_give_a_part_of_it_that_is_not_public() -> None:
    def may(allow: dict[str, list[str]], url: str) -> bool:
        return Addresses(rules(profile="low").narrowed("a child", allow)).decide(parse(url)).allowed  # type: ignore[arg-type]

    assert may({"net": ["127.0.0.1"]}, "http://127.0.0.1/")
    assert may({"net": ["GET 127.0.0.1/ok*"]}, "http://127.0.0.1/ok")
    assert not may({"net": ["GET 127.0.0.1/ok*"]}, "http://127.0.0.1/no")
    assert not may({"net": ["*"]}, "http://127.0.0.1/")
    assert not may({"net": ["10.0.0.1"]}, "http://127.0.0.1/")
    assert not may({}, "http://127.0.0.1/")


def test_a_refusal_names_the_narrowest_cure() -> None:
    with pytest.raises(PermissionDenied) as caught:
        Addresses(rules()).check(parse("https://api.example:8443/v1"))
    assert caught.value.message == 'net access to "api.example:8443" is not allowed'
    assert (caught.value.hint or "").startswith("--allow-net=api.example:8443")


# -- lookups ----------------------------------------------------------------------------------------------------------


def row(address: str) -> tuple[object, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))


async def test_a_name_is_looked_up_by_the_system() -> None:
    assert set(await Resolver()("localhost")) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("error", "message", "retryable"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "there is no host x.example", False),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "x.example cannot be looked up now", True),
        (UnicodeError("x"), "there is no host x.example", False),
    ],
)
async def test_a_name_without_addresses_is_an_error(error: Exception, message: str, retryable: bool) -> None:
    def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise error

    with pytest.raises(HttpError) as caught:
        await Resolver(lookup)("x.example")
    assert (caught.value.message, caught.value.retryable) == (message, retryable)


async def test_a_name_without_any_answer_is_an_error() -> None:
    with pytest.raises(HttpError, match="there is no host"):
        await Addresses(rules("*"), resolving([])).find(parse("http://x.example/"))


async def test_a_lookup_that_never_ends_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "PATIENCE", 0.01)
    release = threading.Event()

    def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
        release.wait(10)
        return [row(PUBLIC)]

    with pytest.raises(HttpError, match="could not be looked up in"):
        await Resolver(lookup)("slow.example")
    release.set()


async def test_only_so_many_names_are_looked_up_at_once() -> None:
    running, most, gate = 0, 0, threading.Event()
    lock = threading.Lock()

    def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == addresses.LOOKUPS:
                gate.set()
        gate.wait(10)
        with lock:
            running -= 1
        return [row(PUBLIC), row(PUBLIC)]

    names = Resolver(lookup)
    found = await asyncio.gather(*(names(f"{n}.example") for n in range(3 * addresses.LOOKUPS)))
    assert found == [[PUBLIC]] * (3 * addresses.LOOKUPS)
    assert most == addresses.LOOKUPS
