"""Addresses: where a run may connect to. What is checked here is what is connected to, never a name."""

import asyncio
import ipaddress
import shlex
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from llmspell.errors import HttpError, PermissionDenied
from llmspell.security import hosts, urls
from llmspell.security.hosts import Address
from llmspell.security.rules import ALL, Decision, Rule, Rules, unfit
from llmspell.security.urls import Target
from llmspell.wording import clip, visible

Lookup = Callable[[str], Awaitable[list[str]]]
"""Returns the addresses of a name."""

PATIENCE = 10.0
"""Seconds that a name may take to be looked up."""

LOOKUPS = 16
"""Names that one run looks up at once."""

# What is not on the public network: the registries of special addresses (RFC 6890 and its updates), and one address
# outside of them at which a cloud answers only its own machines.
_NOT_PUBLIC = [
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "3fff::/20",
    )
]  # fmt: skip
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_HIDDEN = {
    version: [(int(each.network_address), int(each.netmask)) for each in _NOT_PUBLIC if each.version == version]
    for version in (4, 6)
}
_HERE: list[Address] = [ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1")]
"""Where a connection to the unspecified address leads."""
# IPv6 networks whose addresses some machines translate to the IPv4 address at their end.
_TRANSLATED = (ipaddress.IPv6Network("::ffff:0:0:0/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


def effective(address: Address) -> Address:
    """Return the address that an address leads to: the IPv4 address that an IPv6 address wraps, or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    low = int(address) & 0xFFFFFFFF
    wrapped = address in _NAT64 or (address in _COMPATIBLE and low > 1)
    return ipaddress.IPv4Address(low) if wrapped or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP else address


def meanings(address: Address) -> list[Address]:
    """Return all addresses that an address may lead to on some machine; a rule that denies one of them denies it."""
    found: list[Address] = [address, effective(address)]
    if isinstance(address, ipaddress.IPv6Address):
        found += address.teredo or ()
        if any(address in network for network in _TRANSLATED):
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found + (_HERE if any(each.is_unspecified for each in found) else [])


def is_public(address: Address) -> bool:
    """Return whether an address is on the public network, where a pattern that names no address may lead."""
    found = effective(address)
    if isinstance(found, ipaddress.IPv6Address) and found not in _PUBLIC_V6:
        return False
    value = int(found)
    return not any(value & mask == base for base, mask in _HIDDEN[found.version])


class Resolver:
    """Looks names up, each in a thread for which nobody has to wait: the system's own lookup cannot be stopped."""

    def __init__(self, lookup: Callable[..., list[tuple[object, ...]]] | None = None) -> None:
        self._lookup = lookup
        self._free = asyncio.Semaphore(LOOKUPS)

    async def __call__(self, name: str) -> list[str]:
        """Return the addresses of a name.

        Raises:
            HttpError: it has none.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()
        await self._free.acquire()

        def give(found: list[str] | Exception) -> None:
            self._free.release()
            if answer.done():
                return
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        threading.Thread(target=self._look, args=(name, loop, give), daemon=True).start()
        try:
            async with asyncio.timeout(PATIENCE):
                return await answer
        except TimeoutError:
            raise HttpError(f"{name} could not be looked up in {PATIENCE:g} s", retryable=True) from None
        except (OSError, UnicodeError) as error:
            raise _unknown(name, error) from None

    def _look(self, name: str, loop: asyncio.AbstractEventLoop, give: Callable[[list[str] | Exception], None]) -> None:
        found: list[str] | Exception
        try:
            rows = (self._lookup or socket.getaddrinfo)(name, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(row[4][0]) for row in rows))  # type: ignore[index]
        except (OSError, UnicodeError) as error:
            found = error
        with suppress(RuntimeError):  # the loop has ended before the lookup
            loop.call_soon_threadsafe(give, found)


def _unknown(name: str, error: Exception) -> HttpError:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return HttpError(f"{name} cannot be looked up now", hint="is this machine online?", retryable=True)
    return HttpError(f"there is no host {name}", hint="is it spelt right?")


class _Asked(NamedTuple):
    """What a request asks for: a method at a path of a host at a port."""

    host: str
    address: Address | None
    port: int
    method: str
    path: str

    @classmethod
    def of(cls, target: Target, method: str) -> "_Asked":
        return cls(target.host, hosts.address_of(target.host), target.port, method, target.route)


class Addresses:
    """Where one run may connect to, and what it may ask for there, by its rules.

    Args:
        rules: what the run may touch.
        lookup: finds the addresses of a name.
    """

    def __init__(self, rules: Rules, lookup: Lookup | None = None) -> None:
        self._rules = rules
        self._lookup = lookup or Resolver()
        self._patterns: dict[str, hosts.Pattern] = {}

    def decide(self, target: Target, method: str = "GET") -> Decision:
        """Return what becomes of a request, before anything is sent or looked up.

        Args:
            target: the URL.
            method: in capitals.
        """
        asked = _Asked.of(target, method)
        return self._named(asked) if asked.address is None else self._at(asked, asked.address)

    def check(self, target: Target, method: str = "GET") -> None:
        """Refuse a request that is not allowed, before anything is sent or looked up.

        Args:
            target: the URL.
            method: in capitals.

        Raises:
            PermissionDenied: naming the host and what would grant it.
        """
        decision = self.decide(target, method)
        if not decision.allowed:
            raise self._rules.refusal("net", decision.value, None, decision)

    async def find(self, target: Target, method: str = "GET") -> list[str]:
        """Return the addresses at which a run may connect for a request; at least one.

        Raises:
            PermissionDenied: the request is not granted, or all addresses of its host are where no rule leads.
            HttpError: the host has no address.
        """
        self.check(target, method)
        asked = _Asked.of(target, method)
        if asked.address is not None:
            return [asked.host]
        found = await self._lookup(target.host)
        decisions = [self._leads(asked, ipaddress.ip_address(each)) for each in found]
        allowed = [each for each, decision in zip(found, decisions, strict=True) if decision.allowed]
        if not found:
            raise HttpError(f"there is no host {target.host}", hint="is it spelt right?")
        if not allowed:
            raise self._hidden(self._value(asked), decisions)
        return allowed

    def admits(self, target: Target, method: str, address: str) -> bool:
        """Return whether a request may go over a connection that leads to an address.

        Args:
            target: the URL.
            method: in capitals.
            address: of the other end.
        """
        if not self.decide(target, method).allowed:
            return False
        asked, place = _Asked.of(target, method), ipaddress.ip_address(address)
        return asked.address == place if asked.address else self._leads(asked, place).allowed

    def _named(self, asked: _Asked) -> Decision:
        """Return whether a run may ask a host by its name."""
        return self._rules.decide(
            "net",
            self._value(asked),
            lambda rule: self._is_free(rule) or self._by_name(rule, asked),
            lambda rule: self._forbids(rule, asked),
        )

    def _at(self, asked: _Asked, address: Address) -> Decision:
        """Return whether a run may go to an address that a URL names: by name, or where it is public by `*` too."""
        return self._rules.decide(
            "net",
            self._value(asked),
            lambda rule: self._is_free(rule) or self._by_address(rule, asked, address, named=True),
            lambda rule: self._forbids(rule, asked, address),
        )

    def _leads(self, asked: _Asked, address: Address) -> Decision:
        """Return whether a run may go to an address that a name has, which it may ask for by that name."""
        here = address.is_loopback if hosts.is_here(asked.host) else is_public(address)
        return self._rules.decide(
            "net",
            self._value(asked),
            lambda rule: here or self._is_free(rule) or self._by_address(rule, asked, address),
            lambda rule: self._forbids(rule, asked, address),
        )

    def _by_name(self, rule: Rule, asked: _Asked) -> bool:
        pattern = self._read(rule)
        if hosts.is_here(asked.host) and pattern.names == "*":
            return False
        return pattern.covers_name(asked.host, asked.port) and pattern.grants(asked.method, asked.path)

    def _by_address(self, rule: Rule, asked: _Asked, address: Address, *, named: bool = False) -> bool:
        """Return whether a rule grants an address; `*` does only what is public, and is `named` in the URL."""
        pattern = self._read(rule)
        if pattern.network is None:
            covered = named and pattern.covers_all(asked.port) and is_public(address)
        else:
            found = effective(address)
            covered = pattern.covers_address(address, asked.port) or pattern.covers_address(found, asked.port)
        return covered and pattern.grants(asked.method, asked.path)

    def _forbids(self, rule: Rule, asked: _Asked, address: Address | None = None) -> bool:
        """Return whether a rule that denies speaks of a request: of the name of the host, or of where it leads."""
        pattern = self._read(rule).forbidding()
        covered = pattern.covers_name(asked.host, asked.port)
        if address is not None and pattern.network is not None:
            covered = any(pattern.covers_address(each, asked.port) for each in meanings(address))
        elif address is not None and pattern.names == "localhost" and pattern.has_port(asked.port):
            # Whoever denies this machine means it, however it is called.
            covered = covered or any(each.is_loopback for each in meanings(address))
        return covered and pattern.forbids(asked.method, asked.path)

    def _is_free(self, rule: Rule) -> bool:
        """Return whether it is the rule of a profile that grants everything, and not a person's `*`."""
        layer: Rules | None = self._rules
        while layer is not None and rule.pattern == ALL:
            if layer.modes["net"] == "all" and rule.source == layer.label:
                return True
            layer = layer.within
        return False

    def _read(self, rule: Rule) -> hosts.Pattern:
        if rule.pattern not in self._patterns:
            self._patterns[rule.pattern] = hosts.parse(rule.pattern)
        return self._patterns[rule.pattern]

    def _value(self, asked: _Asked) -> str:
        """Return the narrowest pattern that people would write: as their rules for this host are, so is it."""
        host = hosts.narrowest(asked.host, asked.port)
        about = [each for each in self._detailed if _is_about(each, asked)] if self._detailed else None
        if not about:
            return host
        path = asked.path if any(each.path for each in about) and _can_be_written(asked) else ""
        return f"{asked.method} {host}{path}"

    @cached_property
    def _detailed(self) -> list[hosts.Pattern]:
        """What rules say of methods and paths of hosts."""
        rules = [rule for each in (self._rules.granted, self._rules.denied) for rule in each.get("net", ())]
        return [pattern for pattern in map(self._read, rules) if pattern.methods or pattern.path]

    def _hidden(self, value: str, decisions: list[Decision]) -> PermissionDenied:
        """Return the error for a name of which no address is allowed."""
        for decision in decisions:
            if decision.how == "denied":
                return self._rules.refusal("net", value, None, decision)
        refusal = self._rules.refusal("net", value, None, decisions[0])
        hint = f"its address or network has to be allowed too: --allow-net={shlex.quote(f'{value},10.1.0.0/16')}"
        message = f'"{clip(visible(value), 200)}" leads to an address that is not public, which is not allowed'
        hidden = replace(refusal, message=message, hint=hint)
        hidden.decision = decisions[0]
        return hidden


def _is_about(pattern: hosts.Pattern, asked: _Asked) -> bool:
    by_address = asked.address is not None and pattern.covers_address(asked.address, asked.port)
    return by_address or pattern.covers_name(asked.host, asked.port)


def _can_be_written(asked: _Asked) -> bool:
    """Return whether a pattern that others accept can name the path."""
    name = asked.path[1:]
    is_odd = not name or "*" in name or (asked.address is not None and name.isdigit())
    return not is_odd and unfit(asked.path + asked.host) is None and urls.is_plain(asked.path)
