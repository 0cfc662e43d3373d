"""URLs as scripts write them, in good faith and in bad."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ArgumentError
from llmspell.security.urls import is_plain, parse, route, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://EXAMPLE.COM:443/A?b=c#d", "https://example.com/A?b=c"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com?q=1", "http://example.com/?q=1"),
        ("http://example.com./", "http://example.com/"),
        ("http://example.com:00080/", "http://example.com/"),
        ("http://a_b.example/", "http://a_b.example/"),
        ("http://example.com/ä?ö=%20%zz", "http://example.com/%C3%A4?%C3%B6=%20%zz"),
        ("http://example.com/a/../b", "http://example.com/b"),
        ("http://example.com/<\"'>`{|}^", "http://example.com/%3C%22'%3E%60%7B%7C%7D%5E"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"),
        ("http://\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com/", "http://example.com/"),
        ("http://😀.example/", "http://xn--e28h.example/"),
        ("http://1.2.3.0xg/", "http://1.2.3.0xg/"),
        ("http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"),
    ],
)
def test_a_url_has_one_form(text: str, expected: str) -> None:
    assert str(parse(text)) == expected


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.1", "0177.0.0.1", "0177.0x0.1",
        "127.0.0.1.", "127.000.000.001", "00000177.0.0.01", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021",
        "0x7f.0.0.0x1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:FFFF:7F00:0001]",
    ],
)  # fmt: skip
def test_a_number_is_the_address_that_it_stands_for(host: str) -> None:
    assert parse(f"http://{host}/").host == "127.0.0.1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has to begin with https:// or http://"),
        ("example.com/x", "has to begin with https:// or http://"),
        ("localhost:8080/x", "has to begin with https:// or http://"),
        ("//example.com/", "has to begin with https:// or http://"),
        ("http:example.com", "has to begin with http://"),
        ("http:/example.com", "has to begin with http://"),
        ("file:///etc/passwd", "only http and https lead to the network"),
        ("FILE:/etc/passwd", "only http and https lead to the network"),
        ("gopher://example.com:70/1", '"gopher:" does not lead to the network'),
        ("ftp://example.com/", '"ftp:" does not lead'),
        ("javascript:alert(1)", '"javascript:" does not lead'),
        ("data:text/plain,x", '"data:" does not lead'),
        ("http://user@example.com/", "may not hold a user name or a password"),
        ("http://user:secret@example.com/", "may not hold a user name or a password"),
        ("http://example.com:80@127.0.0.1/", "may not hold a user name or a password"),
        ("http://example.com\\@127.0.0.1/", "cannot stand in a URL"),
        ("http://127.0.0.1\\.example.com/", "cannot stand in a URL"),
        ("http://example.com/a b", '" " cannot stand in a URL'),
        (" http://example.com/", '" " cannot stand in a URL'),
        ("http://example.com/\r\nHost: x", "cannot stand in a URL"),
        ("http://exam\tple.com/", "cannot stand in a URL"),
        ("http://exa\x00mple.com/", "cannot stand in a URL"),
        ("http://", "is not the name of a host"),
        ("http:///path", "is not the name of a host"),
        ("http://?q", "is not the name of a host"),
        ("http://.", "is not the name of a host"),
        ("http://a..b/", "is not the name of a host"),
        ("http://-a.example/", "is not the name of a host"),
        ("http://%31%32%37.0.0.1/", "is not an address"),
        ("http://a,b/", "is not the name of a host"),
        ("http://*.example.com/", "is not the name of a host"),
        (f"http://{'a' * 64}.example/", "is not the name of a host"),
        (f"http://{'a.' * 130}example/", "is not the name of a host"),
        ("http://faß.example/", "can mean two different hosts"),
        ("http://exam\u200dple.com/", "can mean two different hosts"),
        ("http://ex\u202eample.com/", "is not the name of a host"),
        ("http://1.2.3.4.5/", "is not an address"),
        ("http://256.1.1.1/", "is not an address"),
        ("http://4294967296/", "is not an address"),
        ("http://08.1.1.1/", "is not an address"),
        ("http://example.0x/", "is not an address"),
        (f"http://{'9' * 5000}/", "is not an address"),
        ("http://[::1/", "is not a host, or a host and a port"),
        ("http://::1/", "is not a host, or a host and a port"),
        ("http://[::1%25lo]/", "is not an address"),
        ("http://[fe80::1%lo]/", "is not an address"),
        ("http://[v1.x]/", "is not an address"),
        ("http://[127.0.0.1]/", "is not an address"),
        ("http://example.com:/", "is not a host, or a host and a port"),
        ("http://example.com:0/", "there is no port 0"),
        ("http://example.com:65536/", "there is no port 65536"),
        ("http://example.com:+80/", "is not a host, or a host and a port"),
        ("http://example.com:\uff18\uff10/", "is not a host, or a host and a port"),
        ("http://example.com:80:90/", "is not a host, or a host and a port"),
        (f"http://example.com/{'a' * 8000}", "characters"),
        (f"http://example.com/{'ä' * 4000}", "characters"),
    ],
)
def test_what_is_no_url_is_refused(text: str, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse(text)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "/"), ("/a/./b/../c", "/a/c"), ("/..", "/"), ("/../../a", "/a"), ("/a/..", "/"), ("/a/b/..", "/a/"),
        ("/a/.", "/a/"), ("/.a/..b/c..", "/.a/..b/c.."), ("/a//../b", "/a/b"), ("/a/%2e%2E/b", "/b"), ("/.%2e/a", "/a"),
        ("/%61%7e%2D%5F%41", "/a~-_A"), ("/%2f%5c%3a", "/%2F%5C%3A"), ("/%c3%a4", "/%C3%A4"), ("/ä", "/%C3%A4"),
        ("/%", "/%25"), ("/%zz", "/%25zz"), ("/%%32e/a", "/%252e/a"), ("/%%%32%65", "/%25%252e"),
        ("/%252e%252e/", "/%252e%252e/"), ("/a;b=c", "/a;b=c"), ("/a%2", "/a%252"),
    ],
)  # fmt: skip
def test_a_path_has_one_form(path: str, expected: str) -> None:
    assert parse(f"http://a/{path[1:]}").path == expected if path else route(path) == "/"
    assert route(expected) == expected


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/", True), ("/a/b.c/~d", True), ("/a/", True), ("/%C3%A4", True), ("/a%20b", True), ("/a%2Cb,c:d@e", True),
        ("/%E6%97%A5", True), ("/.a", True),
        ("//", False), ("/a//b", False), ("/a;b", False), ("/a%2Fb", False), ("/a%5Cb", False), ("/a%25b", False),
        ("/a%3Bb", False), ("/a%3Fb", False), ("/a%23b", False), ("/a%00", False), ("/a%0A", False), ("/a%7F", False),
        ("/a.", False), ("/a./b", False), ("/a%20", False), ("/a%20/b", False), ("/...", False), ("/%FF", False),
        ("/%C0%AF", False), ("/%EF%BC%8F", False), ("/%E2%80%A4", False), ("/A%CC%8A", False),
    ],
)  # fmt: skip
def test_a_path_that_servers_read_in_two_ways_is_known(path: str, plain: bool) -> None:
    assert route(path) == path
    assert is_plain(path) is plain


@given(st.text(st.sampled_from("/.%25eEfFcC;a\\ä?#"), max_size=24))
def test_no_dots_are_left_in_a_path_however_often_it_is_decoded_once(text: str) -> None:
    path = route("/" + text.replace("\\", "").replace("?", "").replace("#", ""))
    assert route(path) == path
    assert not {".", ".."} & set(path.split("/"))
    if is_plain(path):
        assert not {".", ".."} & set(unquote(path).split("/"))
        assert unquote(path).count("/") == path.count("/")


def test_people_are_told_the_host_of_a_url_and_nothing_else() -> None:
    assert told("https://api.example:8443/bot123:key/x?token=1", "POST") == "POST api.example:8443"
    assert told("https://user:secret@api.example/") == "what is no URL"


@given(st.text(max_size=40))
def test_no_text_is_read_as_anything_but_a_url(text: str) -> None:
    for whole in (text, f"http://{text}", f"https://example.com/{text}"):
        try:
            target = parse(whole)
        except ArgumentError:
            continue
        assert parse(str(target)) == target
        assert str(target).isascii()
        assert not set(str(target)) & set("\r\n\t \\@") or "@" in target.path
        assert target.scheme in ("http", "https")


@pytest.mark.parametrize("host", ["-1.0.0.1", "+1.2.3.4", "1_0.2", "0x-1.1", "0x_1.1", "-082.711", "1.-1.1"])
def test_a_number_has_no_sign_and_no_lines(host: str) -> None:
    with pytest.raises(ArgumentError, match="is not an address"):
        parse(f"http://{host}/")


@pytest.mark.parametrize("text", ["http://x.org/\udcff", "x.org/\udcff", "\udcff?\udcff"])
def test_what_is_no_text_is_no_url(text: str) -> None:
    with pytest.raises(ArgumentError):
        parse(text)
