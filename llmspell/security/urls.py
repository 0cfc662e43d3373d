"""URLs, read once and strictly, so that nobody further down reads one differently."""

import ipaddress
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import quote, unquote

from llmspell.errors import ArgumentError
from llmspell.wording import listed, shown

LONGEST = 8000
"""Characters that a URL may have, once what is not ASCII in it has been encoded."""

PORTS = {"http": 80, "https": 443}

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What a request can do."""

DESTROYING = frozenset({"DELETE"})
"""Those after which something is gone."""

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_PARTS = re.compile(r"//(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_DOTTED = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_SAFE = "/?%!$&'()*+,;=:@[]-._~"
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CODE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
# Servers disagree about empty names, parameters of names, dots and spaces at their ends, and codes of characters that
# separate, end or encode.
_DISPUTED = re.compile(r"//|;|%(?:[01].|2[35F]|3[BF]|5C|7F)|(?:\.|%20)(?:/|$)")
_BEYOND_ASCII = re.compile(r"%[89A-F]")
# The two generations of the standard for international names disagree about these.
_AMBIGUOUS = frozenset("ßς\u200c\u200d")


class Target(NamedTuple):
    """What a URL says: `host` is a name in lower case, or an address in its one usual form; `path` has the query.

    It is what is sent: no dots are left in the path, and each of its characters is encoded in one way only.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What has to be the same for two URLs to belong to the same site."""
        return self[:3]

    @property
    def route(self) -> str:
        """The path without the query."""
        return self.path.partition("?")[0]

    @property
    def authority(self) -> str:
        """Host and port, the port only where it is not the usual one of the scheme."""
        return written(self.host, None if self.port == PORTS[self.scheme] else self.port)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(text: str) -> Target:
    """Return what a URL says; its fragment is for browsers and left out.

    Raises:
        ArgumentError: it is none that can be asked for.
    """
    if len(text) > LONGEST:
        raise ArgumentError(f"it has {len(text)} characters, and {LONGEST} are allowed")
    if wrong := _UNSEEN.search(text):
        raise ArgumentError(f"{shown(wrong[0])} cannot stand in a URL", hint=_CURES.get(wrong[0], _ENCODE))
    whole = _URL.fullmatch(text)
    scheme = whole["scheme"].lower() if whole else ""
    parts = _PARTS.fullmatch(whole["rest"]) if whole and scheme in PORTS else None
    if parts is None:
        raise _no_url(text, scheme)
    host, port = _split(parts["authority"])
    path = route(parts["path"]) + quote(parts["query"] or "", safe=_SAFE)
    if len(path) > LONGEST:
        raise ArgumentError(f"it has more than {LONGEST} characters")
    return Target(scheme, host, PORTS[scheme] if port is None else port, path)


def method(text: str) -> str:
    """Return a method in capitals.

    Raises:
        ArgumentError: it is none.
    """
    if (found := text.upper()) not in METHODS:
        raise ArgumentError(f"`method` must be one of {listed(METHODS)}, got {shown(text)}")
    return found


def route(text: str) -> str:
    """Return the path of a URL in its one form, in which it is decided about and sent.

    A code of a letter, digit or `-._~` is that character, all others are in capitals, `%` that begins none is encoded,
    and after that `.` and `..` are gone.
    """
    found = quote(text or "/", safe=_SAFE)
    if "%" in found:
        found = _CODE.sub(_recoded, _STRAY.sub("%25", found))
    return _without_dots(found) if "/." in found else found


def is_plain(path: str) -> bool:
    """Return whether all servers read a path alike, so that a pattern can speak of it.

    Args:
        path: in its one form.
    """
    if _DISPUTED.search(path):
        return False
    if not _BEYOND_ASCII.search(path):
        return True
    try:
        text = unquote(path, errors="strict")
    except UnicodeDecodeError:
        return False
    return unicodedata.is_normalized("NFKC", text)


def _recoded(code: re.Match[str]) -> str:
    char = chr(int(code[1], 16))
    return char if _UNRESERVED.fullmatch(char) else code[0].upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    names = path.split("/")[1:]
    for name in names:
        if name == "..":
            kept[-1:] = []
        elif name != ".":
            kept.append(name)
    if names[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def told(text: str, method: str | None = None) -> str:
    """Return what people are told of a URL: its host, and nothing that may be secret; `method` stands before it."""
    try:
        host = parse(text).authority
    except ArgumentError:
        host = "what is no URL"
    return f"{method} {host}" if method else host


_ENCODE = "write it percent-encoded"
_CURES = {" ": "write %20, or give it in `query`"}


def _no_url(text: str, scheme: str) -> ArgumentError:
    if scheme == "file":
        return ArgumentError("only http and https lead to the network", hint="a file is read with Fs.read(path)")
    if not scheme or re.match(r"[\w.-]+(:[0-9]+)?(/|$)", text):
        return ArgumentError(f"{shown(text)} has to begin with https:// or http://", hint=_completed(text))
    if scheme in PORTS:
        return ArgumentError(f"{shown(text)} has to begin with {scheme}://")
    return ArgumentError(f"{shown(scheme + ':')} does not lead to the network: only http and https do")


def _completed(text: str) -> str | None:
    """Return a hint for a URL that is one but for its beginning."""
    try:
        return f"write {parse(f'https://{text}')}" if text else None
    except ArgumentError:
        return None


def _split(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise ArgumentError("a URL may not hold a user name or a password", hint="send them in `headers`")
    return split(authority)


def split(text: str) -> tuple[str, int | None]:
    """Return host and port of `host`, `host:port`, `[v6]` or `[v6]:port`.

    Raises:
        ArgumentError: it is none of them.
    """
    parts = _AUTHORITY.fullmatch(text)
    if parts is None:
        raise ArgumentError(f"{shown(text)} is not a host, or a host and a port")
    port = int(parts["port"]) if parts["port"] else None
    if port is not None and not 0 < port < 65536:
        raise ArgumentError(f"there is no port {port}")
    return (_v6(parts["v6"]) if parts["name"] is None else host(parts["name"])), port


def written(name: str, port: int | None) -> str:
    """Return a host and a port as they stand in a URL."""
    name = f"[{name}]" if ":" in name else name
    return name if port is None else f"{name}:{port}"


def host(text: str) -> str:
    """Return a name in its one form, or the address that a number stands for, in whatever way it is written.

    Raises:
        ArgumentError: it is neither.
    """
    name = (text.lower() if text.isascii() else _international(text)).removesuffix(".")
    if _DOTTED.fullmatch(name):
        return name
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _v4(labels)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ArgumentError(f"{shown(text)} is not the name of a host")
    return name


def _international(text: str) -> str:
    if _AMBIGUOUS & set(text.lower()):
        raise ArgumentError(f"{shown(text)} can mean two different hosts", hint="write its form that begins with xn--")
    try:
        return text.encode("idna").decode().lower()
    except UnicodeError:
        problem = f"{shown(text)} is not the name of a host"
        raise ArgumentError(problem, hint="write its form that begins with xn--") from None


def _v4(labels: list[str]) -> str:
    """Return the address that numbers stand for: `127.1`, `0x7f000001` and `0177.0.0.1` are one."""
    try:
        *front, last = [_number(label) for label in labels]
    except ValueError:
        last, front = -1, []
    room = 256 ** (4 - len(front))
    if len(front) > 3 or not 0 <= last < room or any(number > 255 for number in front):
        raise ArgumentError(f"{shown('.'.join(labels))} is not an address")
    value = last + sum(number << (24 - 8 * place) for place, number in enumerate(front))
    return str(ipaddress.IPv4Address(value))


def _number(label: str) -> int:
    if label.startswith("0x") and _NUMBER.fullmatch(label):
        return int(label[2:] or "0", 16)
    if len(label) > 20 or not label.isdigit():  # Python's numbers may have signs and lines too
        raise ValueError
    return int(label, 8 if label.startswith("0") else 10)


def _v6(text: str) -> str:
    try:
        address = ipaddress.IPv6Address("%" if "%" in text else text)
    except ValueError:
        raise ArgumentError(f"{shown(text)} is not an address") from None
    return str(address.ipv4_mapped or address)
