"""Addresses: where a run may connect to. What is checked here is what is connected to, never a name."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from llmspell.errors import HttpError, PermissionDenied
from llmspell.security import hosts
from llmspell.security.hosts import Address
from llmspell.security.rules import Rules
from llmspell.security.urls import Target

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


def effective(address: Address) -> Address:
    """Return the address that an address leads to: the IPv4 address that an IPv6 address wraps, or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    low = int(address) & 0xFFFFFFFF
    wrapped = address in _NAT64 or (address in _COMPATIBLE and low > 1)
    return ipaddress.IPv4Address(low) if wrapped or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP else address


def is_public(address: Address) -> bool:
    """Return whether an address is on the public network, where a pattern that names no address may lead."""
    found = effective(address)
    if isinstance(found, ipaddress.IPv6Address) and found not in _PUBLIC_V6:
        return False
    return not any(found in network for network in _NOT_PUBLIC)


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


class Addresses:
    """Where one run may connect to, by its rules.

    Args:
        rules: what the run may touch.
        lookup: finds the addresses of a name.
    """

    def __init__(self, rules: Rules, lookup: Lookup | None = None) -> None:
        self._rules = rules
        self._lookup = lookup or Resolver()
        self._all = rules.modes["net"] == "all"
        self._granted = [hosts.parse(rule.pattern) for rule in rules.patterns("net")]

    def check(self, target: Target, via: str | None = None) -> None:
        """Refuse a URL that no rule grants, before anything is sent or looked up.

        Args:
            target: the URL.
            via: the host that redirects there, for the message.

        Raises:
            PermissionDenied: naming the host and what would grant it.
        """
        address = hosts.address_of(target.host)
        allowed = self._by_name(target.host, target.port) if address is None else self._at(address, target.port)
        if not allowed:
            raise self._refusal(target.host, target.port, via)

    async def find(self, host: str, port: int) -> list[str]:
        """Return the addresses at which a run may connect to a host; at least one.

        Raises:
            PermissionDenied: the host is not granted, or all its addresses are where no rule leads.
            HttpError: it has no address.
        """
        address = hosts.address_of(host)
        if address is not None:
            if not self._at(address, port):
                raise self._refusal(host, port)
            return [host]
        if not self._by_name(host, port):
            raise self._refusal(host, port)
        found = await self._lookup(host)
        allowed = [each for each in found if self._leads_to(host, each, port)]
        if found and not allowed:
            raise self._hidden(host, port)
        if not allowed:
            raise HttpError(f"there is no host {host}", hint="is it spelt right?")
        return allowed

    def _leads_to(self, host: str, text: str, port: int) -> bool:
        address = ipaddress.ip_address(text)
        if self._all or self._named(address, port):
            return True
        return address.is_loopback if hosts.is_here(host) else is_public(address)

    def _by_name(self, name: str, port: int) -> bool:
        patterns = [each for each in self._granted if each.names != "*"] if hosts.is_here(name) else self._granted
        return self._all or any(each.covers_name(name, port) for each in patterns)

    def _at(self, address: Address, port: int) -> bool:
        """Return whether a run may go to an address that a URL names: by name, or where it is public by `*` too."""
        anywhere = is_public(address) and any(each.covers_all(port) for each in self._granted)
        return self._all or anywhere or self._named(address, port)

    def _named(self, address: Address, port: int) -> bool:
        places = {address, effective(address)}
        return any(each.covers_address(place, port) for each in self._granted for place in places)

    def _refusal(self, host: str, port: int, via: str | None = None) -> PermissionDenied:
        value = hosts.narrowest(host, port)
        return self._rules.refusal("net", value, f'{via} redirects to "{value}", which' if via else None)

    def _hidden(self, host: str, port: int) -> PermissionDenied:
        refusal, value = self._refusal(host, port), hosts.narrowest(host, port)
        return replace(
            refusal,
            message=f'"{value}" leads to an address that is not public, which is not allowed',
            hint=f"its address or network has to be allowed too: --allow-net={value},10.1.0.0/16",
        )
