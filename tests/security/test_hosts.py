"""Patterns of hosts."""

import pytest

from llmspell.errors import ArgumentError, ConfigError
from llmspell.security import hosts
from llmspell.security.profile import Profile
from llmspell.security.rules import Rules, Wish
from llmspell.spell import Spell


@pytest.mark.parametrize(
    ("pattern", "granted", "refused"),
    [
        ("example.com", ["example.com:80", "example.com:443"], ["example.com:81", "a.example.com:80"]),
        ("example.com", ["example.com:80"], ["xexample.com:80"]),
        ("Example.COM.", ["example.com:80"], ["com:80"]),
        ("example.com:8080", ["example.com:8080"], ["example.com:80", "example.com:443"]),
        ("example.com:*", ["example.com:1", "example.com:80"], ["www.example.com:80"]),
        ("*.example.com", ["a.example.com:80", "a.b.example.com:443"], ["example.com:80", "badexample.com:80"]),
        ("*.example.com:8080", ["a.example.com:8080"], ["a.example.com:80"]),
        ("*", ["example.com:80", "example.com:8080"], []),
        ("*:443", ["example.com:443"], ["example.com:80"]),
        ("bücher.example", ["xn--bcher-kva.example:80"], ["bucher.example:80"]),
        ("localhost:8080", ["localhost:8080"], ["localhost:80"]),
    ],
)  # fmt: skip
def test_a_pattern_grants_names(pattern: str, granted: list[str], refused: list[str]) -> None:
    found = hosts.parse(pattern)
    for text in granted + refused:
        name, port = text.split(":")
        assert found.covers_name(name, int(port)) is (text in granted), text


@pytest.mark.parametrize(
    "text",
    [
        "", "a b", "a/b", "http://example.com", "POST example.com/v1/*", "example.com/path", "*example.com", "a.*.com",
        "*.*.com", "*.10.0.0.1", "example.com:0", "example.com:65536", "example.com:x", "example.com:80-90", ":80",
        "0.0.0.0/0", "::/0", "10.0.0.0/33", "10.0.0/8", "fe80::1%lo/64", "[::1", "[::1]x", "a:b:c", "user@example.com",
    ],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not a pattern of hosts"):
        hosts.parse(text)


@pytest.mark.parametrize(
    ("granted", "wanted", "covered"),
    [
        ("*", "example.com", True),
        ("*", "example.com:*", True),
        ("*", "localhost:8080", False),
        ("*", "127.0.0.1:8080", False),
        ("*", "10.0.0.0/8", False),
        ("*:443", "example.com", False),
        ("example.com", "EXAMPLE.com", True),
        ("example.com", "example.com:443", True),
        ("example.com:443", "example.com", False),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "*.api.example.com", True),
        ("*.example.com", "example.com", False),
        ("localhost:*", "localhost:80", True),
        ("10.0.0.0/8", "10.1.0.0/16", True),
        ("10.0.0.0/8", "10.1.2.3:8080", True),
        ("10.0.0.0/16", "10.0.0.0/8", False),
        ("10.0.0.0/8", "fd00::/8", False),
        ("127.1:80", "127.0.0.1:80", True),
        ("[::1]:80", "[0::1]:80", True),
        ("10.0.0.0/8", "example.com", False),
        ("example.com", "not a pattern", False),
    ],
)
def test_a_grant_covers_what_is_no_wider(granted: str, wanted: str, covered: bool) -> None:
    assert (hosts.uncovered([wanted], [granted]) == []) is covered


def test_a_grant_that_is_no_pattern_is_refused_at_once() -> None:
    profile = Profile.load("medium")
    rules = Rules(profile.label, profile.permissions, declared={"net": ("localhost:1", "a.example.com")})
    with pytest.raises(ArgumentError, match='--allow-net: "http://x" is not a pattern of hosts') as caught:
        rules.grant("net", ["http://x"], "--allow-net")
    assert caught.value.hint == "write x"
    assert rules.grant("net", ["*"], "--allow-net").missing(lambda *_: False) == [Wish("net", "localhost:1")]


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("lua", 'spell {\n  allow = { net = { "https://x.example" } },\n}'),
        ("javascript", 'spell({\n  allow: { net: ["https://x.example"] },\n});'),
    ],
)
def test_a_spell_that_declares_no_pattern_is_told_where(language: str, source: str) -> None:
    with pytest.raises(ConfigError, match=r'"https://x\.example" is not a pattern of hosts') as caught:
        Spell.from_source(source, language)
    assert caught.value.where is not None
    assert caught.value.where.line == 2
