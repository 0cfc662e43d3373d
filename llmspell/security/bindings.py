"""Bindings: which secret may go to which host; what `secrets` in a rule can say."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from llmspell.errors import ArgumentError, within
from llmspell.security import hosts, urls
from llmspell.security.urls import Target
from llmspell.wording import shown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PATTERN = re.compile(r"[A-Za-z0-9_*?]{1,64}")
_FORMS = "write NAME@HOST, such as mail@api.example.com"


class Binding(NamedTuple):
    """A pattern that was read: names of secrets, and hosts; None where it names no host."""

    names: str
    places: hosts.Pattern | None


@cache
def parse(text: str) -> Binding:
    """Return what a pattern says.

    Raises:
        ArgumentError: it is none.
    """
    names, at, host = text.partition("@")
    if not _PATTERN.fullmatch(names) or (at and not host):
        raise ArgumentError(f"{shown(text)} does not name a secret", hint=_FORMS)
    with within(shown(text)):
        places = hosts.parse(host) if at else None
    if places is not None and (places.methods is not None or places.path is not None):
        raise ArgumentError(f"{shown(text)}: a secret is for a host, with all that can be asked there", hint=_FORMS)
    return Binding(names, places)


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a secret.

    Raises:
        ArgumentError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise ArgumentError(
            f"{shown(name)} is not the name of a secret",
            hint="a name has letters, digits and _, and begins with no digit",
        )


def written(name: str, target: Target) -> str:
    """Return the narrowest pattern that lets a secret go to the host of a URL."""
    return f"{name}@{hosts.narrowest(target.host, target.port)}"


def allows(pattern: str, value: str, bound: Iterable[Iterable[str]], *, free: bool) -> bool:
    """Return whether a rule lets a secret go where it is wanted.

    Args:
        pattern: of a rule; one without a host means the hosts that the secret is bound to.
        value: `NAME@HOST`, or a name alone: then whether there is any host that it may go to.
        bound: patterns of the hosts that the person has bound the secret to; a host must be one of each of these.
        free: whether `*` means every host too, as where a profile trusts the spell.
    """
    if free and pattern == "*":
        return True
    binding, (name, at, place) = parse(pattern), value.partition("@")
    if not fnmatchcase(name, binding.names):
        return False
    if not at:
        return True
    host, port = _place(place)
    return _covers(binding.places, host, port) if binding.places else leads(bound, host, port)


def forbids(pattern: str, value: str, names: Iterable[str]) -> bool:
    """Return whether a rule keeps a secret from where it is wanted; one without a host keeps it from everywhere.

    Args:
        pattern: of a rule.
        value: as for `allows`.
        names: all that the secret is known by, in small letters.
    """
    binding, (_, at, place) = parse(pattern), value.partition("@")
    if not any(fnmatchcase(each, binding.names.lower()) for each in names):
        return False
    if binding.places is None or binding.places.covers_all(0):
        return True
    return bool(at) and _covers(binding.places.forbidding(), *_place(place))


def uncovered(wanted: Iterable[str], granted: Iterable[str]) -> list[str]:
    """Return the patterns that no other one covers."""
    read = [parse(each) for each in granted]
    return [text for text in wanted if not any(_includes(each, parse(text)) for each in read)]


def _includes(one: Binding, other: Binding) -> bool:
    if not fnmatchcase(other.names, one.names):
        return False
    if one.places is None or other.places is None:
        return one.places is other.places
    return one.places.covers(other.places)


def leads(bound: Iterable[Iterable[str]], host: str, port: int) -> bool:
    """Return whether a host is one of those that a secret is bound to; one that is bound to none goes nowhere."""
    places = [any(_covers(hosts.parse(each), host, port) for each in patterns) for patterns in bound]
    return bool(places) and all(places)


def is_this_machine(host: str) -> bool:
    """Return whether a host is this machine, so that nobody listens on the way."""
    address = hosts.address_of(host)
    return hosts.is_here(host) if address is None else address.is_loopback


def _place(text: str) -> tuple[str, int]:
    """Return the host and the port of the end of a value; a port that is not there is one of the web."""
    host, port = urls.split(text)
    return host, min(hosts.WEB) if port is None else port


def _covers(pattern: hosts.Pattern, host: str, port: int) -> bool:
    """Return whether a pattern names a host: an address must be named by its own pattern."""
    address = hosts.address_of(host)
    return pattern.covers_name(host, port) if address is None else pattern.covers_address(address, port)
