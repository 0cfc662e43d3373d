"""Patterns of hosts, with methods and paths: what `net` in a rule can say."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from llmspell.errors import ArgumentError
from llmspell.security import urls
from llmspell.wording import listed, shown

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WEB = frozenset(urls.PORTS.values())
"""The ports of a host whose pattern names none."""

_FORMS = (
    "write host, host:port, host:*, *.host, an address, a network such as 10.0.0.0/8, or *; "
    "with methods and a path: GET|POST host/v1/*"
)


class Pattern(NamedTuple):
    """A pattern that was read: names, or a network; ports, methods and a path, None for all."""

    names: str
    network: Network | None
    ports: frozenset[int] | None
    methods: frozenset[str] | None = None
    path: str | None = None

    def covers_name(self, name: str, port: int) -> bool:
        """Return whether it speaks of a host by its name."""
        return self.network is None and self.has_port(port) and _matches(self.names, name)

    def covers_all(self, port: int) -> bool:
        """Return whether it speaks of every host of the public network."""
        return self.names == "*" and self.has_port(port)

    def covers_address(self, address: Address, port: int) -> bool:
        """Return whether it speaks of an address by naming it, or a network that it is in."""
        return self.network is not None and self.has_port(port) and address in self.network

    def grants(self, method: str, path: str) -> bool:
        """Return whether it grants a method at a path; no path that servers read in two ways.

        Args:
            method: in capitals.
            path: in its one form, without the query.
        """
        if self.methods is not None and method not in self.methods:
            return False
        return self.path is None or (urls.is_plain(path) and _granting(self.path).fullmatch(path) is not None)

    def forbids(self, method: str, path: str) -> bool:
        """Return whether it forbids a method at a path, as a rule that denies.

        That is broader: the case of letters is all one, what is below a path is denied with it, and so is each path
        that some server may read as one that is denied.
        """
        if self.methods is not None and method not in self.methods:
            return False
        if self.path is None or not urls.is_plain(path):
            return True
        return _forbidding(self.path).fullmatch(unquote(path).casefold()) is not None

    def forbidding(self) -> "Pattern":
        """Return it as a rule that denies: where it names no port, it is about all of them."""
        return self._replace(ports=None) if self.ports == WEB else self

    def covers(self, other: "Pattern") -> bool:
        """Return whether it grants everything that another one does."""
        if self.ports is not None and (other.ports is None or not other.ports <= self.ports):
            return False
        if self.methods is not None and (other.methods is None or not other.methods <= self.methods):
            return False
        if self.path is not None and (other.path is None or not _granting(self.path).fullmatch(other.path)):
            return False  # what a `*` of the other stands for, a `*` of this one covers, and nothing else does
        if self.network is not None:
            return _is_within(other.network, self.network)
        if self.names == "*" and is_here(other.names):
            return False
        return other.network is None and _matches(self.names, other.names)

    def each(self) -> "Iterator[Pattern]":
        """Yield patterns of one method each that mean the same together."""
        if self.methods is None:
            yield self
        else:
            yield from (self._replace(methods=frozenset({method})) for method in self.methods)

    def has_port(self, port: int) -> bool:
        """Return whether it speaks of a port."""
        return self.ports is None or port in self.ports


def parse(text: str) -> Pattern:
    """Return what a pattern says.

    A host or an address without a port means its ports 80 and 443; a network and `*` mean all ports.

    Raises:
        ArgumentError: it is not a pattern of hosts.
    """
    try:
        return _pattern(text)
    except (ArgumentError, ValueError) as error:
        hint = _url_hint(text) or (error.hint if isinstance(error, ArgumentError) else None) or _FORMS
        raise ArgumentError(f"{shown(text)} is not a pattern of hosts", hint=hint) from None


def check_plain(text: str) -> None:
    """Refuse a pattern whose host reads as another one than it means: letters of other scripts, numbers of other forms.

    Args:
        text: a pattern, or nothing.

    Raises:
        ArgumentError: it does; the hint has the host as it is meant.
    """
    *_, rest = text.rpartition(" ")
    network = _as_network(rest)
    body = network[1] if network else _ports(rest.partition("/")[0])[0]
    if not body or body == "*" or (":" in body and body.isascii()):  # an address of IPv6 has many forms and one meaning
        return
    name = body.removeprefix("*.")
    meant = str(_network(name)) if network else urls.split(f"[{name}]" if ":" in name else name)[0]
    if name.lower() != meant:
        raise ArgumentError(f"{shown(text)} does not say which host it means", hint=f"write {meant}")


def uncovered(wanted: Iterable[str], granted: Iterable[str]) -> list[str]:
    """Return the patterns that others do not cover; what is no pattern covers nothing and is covered by nothing."""
    read = list(filter(None, map(_read, granted)))
    return [text for text in wanted if not (found := _read(text)) or not _covered(found, read)]


def _covered(wanted: Pattern, granted: list[Pattern]) -> bool:
    return all(any(each.covers(part) for each in granted) for part in wanted.each())


def _read(text: str) -> Pattern | None:
    try:
        return parse(text)
    except ArgumentError:
        return None


def narrowest(host: str, port: int) -> str:
    """Return the narrowest pattern that grants a host at a port, with all that can be done there."""
    return urls.written(host, None if port in WEB else port)


def pathless(text: str) -> str:
    """Return a pattern without its path: what it says of a host, wherever it is asked.

    Args:
        text: a pattern.
    """
    front, space, rest = text.rpartition(" ")
    found = _as_network(rest)
    return front + space + (f"{found[1]}{found[2] or ''}" if found else rest.partition("/")[0])


@lru_cache(maxsize=1024)
def address_of(host: str) -> Address | None:
    """Return the address that a host is written as, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_here(name: str) -> bool:
    """Return whether a name always stands for this machine."""
    return name == "localhost" or name.endswith(".localhost")


def _url_hint(text: str) -> str | None:
    """Return what to write instead of a URL: its host."""
    try:
        return f"write {urls.parse(text).authority}"
    except ArgumentError:
        return None


def _matches(names: str, name: str) -> bool:
    if names == "*":
        return True
    return name.endswith(names[1:]) if names.startswith("*.") else name == names


def _is_within(inner: Network | None, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


# -- reading ----------------------------------------------------------------------------------------------------------

_NETWORK = re.compile(r"([^/\[\]]+/[0-9]{1,3})(:[^/]*)?(/.*)?")


def _pattern(text: str) -> Pattern:
    front, space, rest = text.rpartition(" ")
    methods = _methods(front) if space else None
    if network := _as_network(rest):
        _, ports = _ports(f"x{network[2] or ''}")
        return Pattern("", _network(network[1]), ports, methods, _path(network[3]))
    place, slash, tail = rest.partition("/")
    body, ports = _ports(place)
    path = _path(slash + tail)
    if body == "*":
        return Pattern("*", None, ports, methods, path)
    found = _host(body, WEB if ports is None and not place.endswith(":*") else ports)
    if found.network is not None and tail.isdigit():
        raise ArgumentError("it may mean a network", hint=f"write the port behind a network: 10.0.0.0/{tail[:3]}:8080")
    return found._replace(methods=methods, path=path)


def _as_network(text: str) -> re.Match[str] | None:
    """Return the parts of an address with the length of a network, its ports and its path."""
    return _NETWORK.fullmatch(text) if address_of(text.partition("/")[0]) else None


def _methods(text: str) -> frozenset[str]:
    found = set(text.split("|"))
    if not found <= set(urls.METHODS):
        raise ArgumentError("no methods", hint=f"methods are {listed(urls.METHODS)}, joined by |: GET|POST example.com")
    return frozenset(found | {"HEAD"} if "GET" in found else found)  # a HEAD is a GET that wants less


def _path(text: str | None) -> str | None:
    if not text:
        return None
    if text == "/":
        raise ArgumentError("no path", hint="without the / at the end it means all paths of the host")
    if set(text) & set("?#"):
        raise ArgumentError("no path", hint="the query belongs to no pattern: end it with the path")
    if {"..", "."} & set(unquote(text).split("/")) or not urls.is_plain(found := urls.route(text)):
        raise ArgumentError("no path", hint="a path in a pattern has no dots, empty names, `;` or encoded / in it")
    return found


def _ports(text: str) -> tuple[str, frozenset[int] | None]:
    """Return a host without its port, and its ports."""
    if text.startswith("["):
        body, end, rest = text[1:].partition("]")
        if not end or (rest and not rest.startswith(":")):
            raise ValueError
        port = rest[1:] if rest else None
    elif text.count(":") == 1:
        body, port = text.split(":")
    else:
        body, port = text, None
    if port is None or port == "*":
        return body, None
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError
    return body, frozenset({int(port)})


def _host(body: str, ports: frozenset[int] | None) -> Pattern:
    if body.startswith("*."):
        name = urls.host(body[2:])
        if address_of(name):
            raise ValueError
        return Pattern(f"*.{name}", None, ports)
    name, _ = urls.split(f"[{body}]" if ":" in body else body)
    address = address_of(name)
    return Pattern("", ipaddress.ip_network(address), ports) if address else Pattern(name, None, ports)


def _network(body: str) -> Network:
    network = ipaddress.ip_network(body, strict=False)
    if network.prefixlen == 0 or "%" in body:
        raise ValueError  # that would be everything, and no name for anything
    return network


# -- paths ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _granting(path: str) -> re.Pattern[str]:
    return re.compile(_glob(path.split("*")), re.DOTALL)


@lru_cache(maxsize=1024)
def _forbidding(path: str) -> re.Pattern[str]:
    base = path.removesuffix("*").removesuffix("/") if path.endswith("/*") else path.removesuffix("/")
    found = {path, base, f"{base}/*"}
    globs = (_glob([unquote(piece).casefold() for piece in each.split("*")]) for each in sorted(found))
    return re.compile("|".join(globs), re.DOTALL)


def _glob(pieces: list[str]) -> str:
    """Return an expression for pieces with anything between them, which takes no longer than the text is long."""
    first, *middle = map(re.escape, pieces)
    if not middle:
        return first
    *middle, last = middle
    return first + "".join(f"(?>.*?{piece})" for piece in middle) + f".*{last}"
