"""Bindings of secrets to hosts: what a pattern lets go where, and the tricks by which one could pose as another."""

import pytest

from llmspell import Host
from llmspell.errors import ArgumentError
from llmspell.security import bindings, urls
from llmspell.security.access import Access
from llmspell.security.rules import KINDS, Kind, Mode, Rule, Rules


def access_of(rules: Rules) -> Access:
    return Host(environ={}).context("x", rules=rules).access


HOST = "mail@api.mail.example"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (HOST, "mail@api.mail.example", True),
        (HOST, "mail", True),
        (HOST, "other", False),
        (HOST, "MAIL@api.mail.example", False),
        (HOST, "mail@api.mail.example:8443", False),
        (HOST, "mail@evil.api.mail.example", False),
        (HOST, "mail@api.mail.example.evil.example", False),
        (HOST, "mail@xapi.mail.example", False),
        (HOST, "mail@127.0.0.1", False),
        ("mail@api.mail.example:8443", "mail@api.mail.example:8443", True),
        ("mail@api.mail.example:*", "mail@api.mail.example:1", True),
        ("mail@*.mail.example", "mail@api.mail.example", True),
        ("mail@*.mail.example", "mail@mail.example", False),
        ("mail@127.0.0.1:8080", "mail@127.0.0.1:8080", True),
        ("mail@[::1]:8080", "mail@[::1]:8080", True),
        ("mail@*", "mail@any.example", True),
        ("mail@*", "mail@127.0.0.1", False),
        ("m*@api.mail.example", "mail@api.mail.example", True),
        ("mail", "mail", True),
        ("mail", "mail@bound.example", True),
        ("mail", "mail@api.mail.example", False),
        ("*", "mail@bound.example", True),
        ("*", "mail@api.mail.example", False),
    ],
)
def test_a_pattern_lets_a_secret_go_to_its_hosts_alone(pattern: str, value: str, expected: bool) -> None:
    assert bindings.allows(pattern, value, [["other.example", "bound.example"]], free=False) is expected


def test_where_the_profile_trusts_the_spell_a_star_is_every_host() -> None:
    assert bindings.allows("*", "mail@any.example:1", (), free=True)
    assert not bindings.allows("mail", "mail@any.example", (), free=True)


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("mail", "mail", True),
        ("mail", "mail@any.example", True),
        ("*", "mail@any.example", True),
        ("mail@*", "mail", True),
        ("mail@evil.example", "mail", False),
        ("mail@evil.example", "mail@evil.example:99", True),
        ("mail@evil.example", "mail@good.example", False),
        ("other", "mail", False),
        ("MAIL", "Mail@any.example", True),
        ("m*_TOKEN", "mail@any.example", True),
    ],
)
def test_what_is_denied_is_broader(pattern: str, value: str, expected: bool) -> None:
    assert bindings.forbids(pattern, value, ["mail", "mail_token"]) is expected


def test_a_host_must_be_one_of_each_binding() -> None:
    both = [["a.example", "b.example"], ["b.example", "c.example"]]
    assert [bindings.leads(both, host, 443) for host in ("a.example", "b.example", "c.example")] == [False, True, False]
    assert not bindings.leads([], "a.example", 443)
    assert not bindings.leads([[]], "a.example", 443)


@pytest.mark.parametrize(
    "pattern",
    ["", "@", "mail@", "@x.example", "ma il@x.example", "mail@x.example/v1", "mail@GET x.example", "mail@u@x.example",
     "mail@http://x.example", "ma\nil", "[x]@x.example", "x" * 65, "mail@x.example, other"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ArgumentError):
        bindings.parse(pattern)
    modes: dict[Kind, Mode] = dict.fromkeys(KINDS, "declared")
    with pytest.raises(ArgumentError, match="--allow-secrets"):
        Rules("medium", modes).grant("secrets", [pattern], "--allow-secrets")


@pytest.mark.parametrize(
    ("wanted", "granted", "covered"),
    [
        (HOST, HOST, True),
        (HOST, "mail@*", True),
        (HOST, "*@*.mail.example", True),
        (HOST, "mail", False),
        (HOST, "*", False),
        ("mail", "mail@*", False),
        ("mail", "*", True),
        ("mail@*", HOST, False),
        ("mail@127.0.0.1:1", "mail@127.0.0.0/8", True),
        ("mail@127.0.0.1:1", "mail@*", False),
        ("other@api.mail.example", HOST, False),
    ],
)
def test_what_a_spell_asks_for_is_covered_by_what_means_more(wanted: str, granted: str, covered: bool) -> None:
    assert bindings.uncovered([wanted], [granted]) == ([] if covered else [wanted])


@pytest.mark.parametrize("name", ["", "a b", "a-b", "1a", "a@b", "a.b", "../a", "a\0", "é", "$type", "x" * 65])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="is not the name of a secret"):
        bindings.check_name(name)


def test_what_is_written_is_the_narrowest_pattern_that_allows() -> None:
    for url in ("https://Api.Mail.Example./x?y", "http://127.0.0.1:8080/", "https://[::1]:9/", "https://0x7f.1/"):
        value = bindings.written("mail", urls.parse(url))
        assert bindings.allows(value, value, (), free=False), value
        assert not bindings.allows(value, "mail@other.example", (), free=False)


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("a.localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
     ("localhost.example", False), ("10.0.0.1", False), ("::ffff:10.0.0.1", False), ("notlocalhost", False)],
)  # fmt: skip
def test_this_machine_is_known_by_name_and_address(host: str, here: bool) -> None:
    assert bindings.is_this_machine(host) is here


def test_a_denial_wins_and_a_caller_has_no_more_than_its_part() -> None:
    modes: dict[Kind, Mode] = dict.fromkeys(KINDS, "declared")
    rules = Rules("medium", modes).grant("secrets", ["mail@*.example", "other@*.example"], "--allow-secrets")
    rules = rules.deny("secrets", [Rule("mail@evil.example", "[deny]", place="config.toml:3")])
    access = access_of(rules)
    assert access.decide("secrets", "mail@good.example").allowed
    denied = access.decide("secrets", "mail@evil.example")
    assert (denied.how, denied.place, denied.rule) == (
        "denied",
        "config.toml:3",
        '[deny] secrets = "mail@evil.example"',
    )
    narrow = access_of(rules.narrowed("agent", {"secrets": ["mail@good.example", "third@x.example"]}))
    assert narrow.decide("secrets", "mail@good.example").allowed
    assert narrow.decide("secrets", "mail@a.example").how == "caller"
    assert not narrow.decide("secrets", "other@good.example").allowed
    assert not narrow.decide("secrets", "third@x.example").allowed
