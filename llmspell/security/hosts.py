"""Patterns of hosts: what `net` in a rule can say."""

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

from llmspell.errors import ArgumentError
from llmspell.security import urls
from llmspell.wording import shown

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WEB = frozenset(urls.PORTS.values())
"""The ports of a host whose pattern names none."""

_FORMS = "write host, host:port, host:*, *.host, an address, a network such as 10.0.0.0/8, or *"


class Pattern(NamedTuple):
    """A pattern that was read: names, or a network; and ports, None for all."""

    names: str
    network: Network | None
    ports: frozenset[int] | None

    def covers_name(self, name: str, port: int) -> bool:
        """Return whether it grants a host by its name."""
        return self.network is None and self._has_port(port) and _matches(self.names, name)

    def covers_all(self, port: int) -> bool:
        """Return whether it grants every host of the public network."""
        return self.names == "*" and self._has_port(port)

    def covers_address(self, address: Address, port: int) -> bool:
        """Return whether it grants an address by naming it, or a network that it is in."""
        return self.network is not None and self._has_port(port) and address in self.network

    def covers(self, other: "Pattern") -> bool:
        """Return whether it grants everything that another one does."""
        if self.ports is not None and (other.ports is None or not other.ports <= self.ports):
            return False
        if self.network is not None:
            return _is_within(other.network, self.network)
        if self.names == "*" and is_here(other.names):
            return False
        return other.network is None and _matches(self.names, other.names)

    def _has_port(self, port: int) -> bool:
        return self.ports is None or port in self.ports


def parse(text: str) -> Pattern:
    """Return what a pattern says.

    A host or an address without a port means its ports 80 and 443; a network and `*` mean all ports.

    Raises:
        ArgumentError: it is not a pattern of hosts.
    """
    try:
        body, ports = _ports(text)
        if "/" in body:
            return Pattern("", _network(body), ports)
        if body == "*":
            return Pattern("*", None, ports)
        return _host(body, WEB if ports is None and not text.endswith(":*") else ports)
    except (ArgumentError, ValueError):
        raise ArgumentError(f"{shown(text)} is not a pattern of hosts", hint=_hint(text)) from None


def uncovered(wanted: Iterable[str], granted: Iterable[str]) -> list[str]:
    """Return the patterns that none of others covers; what is no pattern covers nothing and is covered by nothing."""
    read = list(filter(None, map(_read, granted)))
    return [text for text in wanted if not (found := _read(text)) or not any(each.covers(found) for each in read)]


def _read(text: str) -> Pattern | None:
    try:
        return parse(text)
    except ArgumentError:
        return None


def narrowest(host: str, port: int) -> str:
    """Return the narrowest pattern that grants a host at a port."""
    return urls.written(host, None if port in WEB else port)


def address_of(host: str) -> Address | None:
    """Return the address that a host is written as, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_here(name: str) -> bool:
    """Return whether a name always stands for this machine."""
    return name == "localhost" or name.endswith(".localhost")


def _hint(text: str) -> str:
    """Return what to write instead: of a URL its host, of anything else the forms that there are."""
    try:
        return f"write {urls.parse(text).authority}"
    except ArgumentError:
        return _FORMS


def _matches(names: str, name: str) -> bool:
    if names == "*":
        return True
    return name.endswith(names[1:]) and name != names if names.startswith("*.") else name == names


def _is_within(inner: Network | None, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def _ports(text: str) -> tuple[str, frozenset[int] | None]:
    """Return a pattern without its port, and its ports."""
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
