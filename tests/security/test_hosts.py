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
        ("GET|POST example.com:8080/v1/*", ["example.com:8080"], ["example.com:80"]),
        ("PUT *.example.com/a", ["a.example.com:80"], ["example.com:80"]),
    ],
)  # fmt: skip
def test_a_pattern_grants_names(pattern: str, granted: list[str], refused: list[str]) -> None:
    found = hosts.parse(pattern)
    for text in granted + refused:
        name, port = text.split(":")
        assert found.covers_name(name, int(port)) is (text in granted), text


@pytest.mark.parametrize(
    ("pattern", "granted", "refused"),
    [
        ("a.b", ["GET /", "DELETE /x//%2F;y"], []),
        ("POST a.b", ["POST /", "POST /x;y"], ["GET /", "PUT /", "HEAD /"]),
        ("GET|PUT a.b", ["GET /", "HEAD /", "PUT /"], ["POST /"]),
        ("HEAD a.b", ["HEAD /"], ["GET /"]),
        ("a.b/v1/*", ["GET /v1/", "PUT /v1/a/b"], ["GET /v1", "GET /V1/a", "GET /v1//a", "GET /x/v1/a", "GET /v1/a;b"]),
        ("GET a.b/v1/*/x", ["GET /v1/a/x", "GET /v1/a/b/x"], ["GET /v1/x", "GET /v1/a/xy", "POST /v1/a/x"]),
        ("a.b/v1", ["GET /v1"], ["GET /v1/", "GET /v1/a", "GET /v11"]),
        ("a.b/*.json", ["GET /a.json", "GET /b/a.json"], ["GET /a.json.html", "GET /ajson"]),
        ("a.b/ä/%61?".removesuffix("?"), ["GET /%C3%A4/a"], ["GET /%C3%A4/b"]),
        ("a.b/a[b](c).d+", ["GET /a[b](c).d+"], ["GET /ab(c).d+", "GET /a[b](c)xd+"]),
        ("10.0.0.0/8/v1/*", ["GET /v1/x"], ["GET /v2"]),
        ("POST [::1]:80/x", ["POST /x"], ["POST /y"]),
    ],
)  # fmt: skip
def test_a_pattern_grants_methods_and_paths(pattern: str, granted: list[str], refused: list[str]) -> None:
    found = hosts.parse(pattern)
    for text in granted + refused:
        assert found.grants(*text.split(" ")) is (text in granted), text


@pytest.mark.parametrize(
    ("pattern", "denied", "left"),
    [
        ("a.b", ["GET /", "POST //x"], []),
        ("POST a.b", ["POST /"], ["GET /", "HEAD /"]),
        ("GET a.b", ["GET /", "HEAD /"], ["POST /"]),
        (
            "a.b/x",
            ["GET /x", "GET /X", "GET /x/", "GET /x/y", "GET /y;z", "GET //", "GET /y%2Fz"],
            ["GET /xy", "GET /"],
        ),
        ("a.b/x/*", ["GET /x", "GET /x/", "GET /x/y/z"], ["GET /xy", "GET /y/x"]),
        ("a.b/*/x", ["GET /y/x", "GET /y/x/z", "GET /y/z/X"], ["GET /x"]),
        ("a.b/Ä", ["GET /%C3%A4", "GET /%C3%84/x"], ["GET /a"]),
        ("a.b/a,b", ["GET /a%2Cb"], ["GET /ab"]),
        ("a.b/*", ["GET /", "GET /x"], []),
    ],
)
def test_what_denies_is_broader_than_what_grants(pattern: str, denied: list[str], left: list[str]) -> None:
    found = hosts.parse(pattern).forbidding()
    for text in denied + left:
        assert found.forbids(*text.split(" ")) is (text in denied), text
    assert found.covers_name("a.b", 8080)
    assert not hosts.parse("a.b:80").forbidding().covers_name("a.b", 8080)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("post a.b", "methods are GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, joined by |: GET|POST example.com"),
        ("example.com/", "without the / at the end it means all paths of the host"),
        ("example.com/a?b=*", "the query belongs to no pattern: end it with the path"),
        ("example.com/a/../b", "a path in a pattern has no dots, empty names, `;` or encoded / in it"),
        ("10.0.0.0:80/8", "write the port behind a network: 10.0.0.0/8:8080"),
        ("https://example.com/v1", "write example.com"),
        ("a..b", "write host, host:port, host:*, *.host, an address, a network such as 10.0.0.0/8, or *; "
         "with methods and a path: GET|POST host/v1/*"),
    ],
)  # fmt: skip
def test_what_is_no_pattern_says_how_one_is_written(text: str, hint: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        hosts.parse(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "pathless"),
    [
        ("a.b", "a.b"), ("POST a.b:80/x/*", "POST a.b:80"), ("10.0.0.0/8", "10.0.0.0/8"), ("*/x", "*"),
        ("GET 10.0.0.0/8:80/x", "GET 10.0.0.0/8:80"), ("fd00::/8/x", "fd00::/8"), ("[::1]:80/x", "[::1]:80"),
    ],
)  # fmt: skip
def test_a_pattern_can_be_had_without_its_path(text: str, pathless: str) -> None:
    assert hosts.pathless(text) == pathless
    assert hosts.parse(text)._replace(path=None) == hosts.parse(pathless)


def test_a_pattern_of_many_stars_is_matched_in_no_time() -> None:
    pattern = hosts.parse("a.b/" + "*a" * 90 + "*b")
    assert not pattern.grants("GET", "/" + "a" * 7900)
    assert not pattern.forbids("GET", "/" + "a" * 7900)


@pytest.mark.parametrize(
    "text",
    [
        "POST  a.b", " a.b", "a.b ", "POST ", "|GET a.b", "GET| a.b", "TRACE a.b", "GET,POST a.b", "* a.b",
        "a.b//", "a.b/;x", "a.b/%2f", "a.b/%2e%2e/x", "a.b/.", "a.b/x#y", "a.b/x%", "a.b/x.", "10.0.0.1:80/8", "1.2/8",
        "", "a b", "http://example.com", "*example.com", "a.*.com",
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
        ("example.com", "POST example.com/v1/*", True),
        ("POST example.com", "example.com", False),
        ("POST example.com", "POST|PUT example.com/x", False),
        ("GET example.com", "HEAD example.com/x", True),
        ("example.com/v1/*", "example.com/v1/a/*", True),
        ("example.com/v1/*", "example.com/v1/*/a", True),
        ("example.com/v1/a*", "example.com/v1/*", False),
        ("example.com/v1/*", "example.com", False),
        ("example.com/v1", "example.com/v1", True),
        ("POST 10.0.0.0/8/v1/*", "POST 10.1.2.3:80/v1/x", True),
        ("*", "POST example.com/x", True),
        ("example.com", "not a pattern", False),
    ],
)
def test_a_grant_covers_what_is_no_wider(granted: str, wanted: str, covered: bool) -> None:
    assert (hosts.uncovered([wanted], [granted]) == []) is covered


def test_several_grants_cover_together_what_each_does_in_part() -> None:
    assert hosts.uncovered(["GET|POST a.b/x"], ["GET a.b", "POST a.b/*"]) == []
    assert hosts.uncovered(["GET|POST|PUT a.b/x"], ["GET a.b", "POST a.b/*"]) == ["GET|POST|PUT a.b/x"]


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


def test_a_pattern_of_names_covers_itself_and_what_is_below_it() -> None:
    assert hosts.uncovered(["*.x.org", "GET *.x.org/v1/*", "*.a.x.org:443"], ["*.x.org"]) == []
    assert hosts.uncovered(["x.org", "*.org", "*.yx.org"], ["*.x.org"]) == ["x.org", "*.org", "*.yx.org"]
