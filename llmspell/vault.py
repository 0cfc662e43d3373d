"""The vault: what the secrets are that a spell may name and never sees, and which hosts each is bound to.

One value can have many names: `mail`, `Mail` and `MAIL_TOKEN` may be one variable, and two variables may have one
value. What is said of one of these names holds for all of them.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from llmspell.errors import AuthError, ConfigError
from llmspell.secrets import SHORTEST, Secrets, names_secret, placeholder

SUFFIXES = ("", "_TOKEN", "_API_KEY", "_KEY", "_SECRET", "_PASSWORD")
"""What may stand behind the name of a secret in that of its variable, where no settings say which that is."""


class Kept(NamedTuple):
    """What settings say of a secret: the variable that has it, patterns of its hosts, and where they say so.

    Without a variable it is one that is called like the secret; without `hosts` the rules of a run alone say where it
    may go.
    """

    variable: str
    hosts: tuple[str, ...] = ()
    place: str = ""


class Vault:
    """The secrets of an environment, by the names that spells know them by.

    Args:
        environ: the environment.
        kept: what settings say, by the names of secrets.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, kept: Mapping[str, Kept] | None = None) -> None:
        self._environ = environ or {}
        self._kept = dict(kept or {})
        variables = [each.variable for each in self._kept.values() if each.variable]
        named = {variable: value for variable in variables if (value := self._read(variable))}
        self.known = Secrets.of(self._environ, named)
        """All of them, and the other known secrets of the environment: to be found wherever they stand."""

    def bound(self, name: str) -> Sequence[Kept]:
        """Return what the settings bind a secret by, under any of its names; none where they say nothing.

        A host must be one of those of each.
        """
        same = self._same(name)
        return [
            kept
            for each, kept in self._kept.items()
            if kept.hosts and (each == name or same.intersection(self._found(each)))
        ]

    def hosts(self, name: str) -> Sequence[Sequence[str]]:
        """Return the patterns of the hosts that a secret is bound to; a host must be one of each of these."""
        return [kept.hosts for kept in self.bound(name)]

    def names(self, name: str) -> frozenset[str]:
        """Return the names by which a secret is known; a name means the same in capitals and in small letters."""
        same = self._same(name)
        kept = {each for each in self._kept if same.intersection(self._found(each))}
        words = {each.lower() for each in (name, *same, *kept)}
        endings = [suffix.lower() for suffix in SUFFIXES]
        return frozenset(word.removesuffix(ending) for word in words for ending in endings) - {""}

    def value(self, name: str) -> str:
        """Return what a secret is.

        Raises:
            AuthError: it is not set.
            ConfigError: it is set to what nobody can keep secret, as it would be found in every other text.
        """
        known = self._found(name)
        if known:
            return self._read(known[0])
        usual = name.upper() if names_secret(name) else f"{name.upper()}_TOKEN"
        usual = (self._kept[name].variable if name in self._kept else "") or usual
        if usual in self._variables(name) and self._read(usual):
            raise ConfigError(
                f"{usual} has no value that can be kept secret",
                hint=f"a secret has at least {SHORTEST} characters, and is no word, no number and no file",
            )
        rule = self._rule(name)
        told = "the settings say where it is" if rule else ""
        raise AuthError(f'there is no secret "{name}"', hint=f"export {usual}=…", data=rule, told=told)

    def _variables(self, name: str) -> list[str]:
        """Return the variables that may have a secret: the one that settings name, or those that are called like it."""
        kept = self._kept.get(name)
        if kept is not None and kept.variable:
            return [kept.variable]
        return [name, *(name.upper() + suffix for suffix in SUFFIXES)]

    def _found(self, name: str) -> list[str]:
        """Return the variable that has a secret, if one does."""
        found = (each for each in self._variables(name) if each in self.known.values and self._read(each))
        return list(islice(found, 1))

    def _same(self, name: str) -> frozenset[str]:
        """Return the variables that have a secret, or something that it can be read from."""
        return frozenset(other for each in self._found(name) for other in self._alike[each])

    @cached_property
    def _alike(self) -> dict[str, set[str]]:
        """The variables by each that has the same value, or one that has the other in it, however encoded."""
        found = {each: {each} for each in self.known.values}
        for one, value in self.known.values.items():
            sought = Secrets({one: value})
            for other in found:
                if sought.scrub(text := self._read(other)) != text:
                    found[one].add(other)
                    found[other].add(one)
        return found

    def _rule(self, name: str) -> dict[str, str]:
        kept = self._kept.get(name)
        return {"rule": f"{kept.place} says where it is"} if kept and kept.place else {}

    def _read(self, variable: str) -> str:
        return self._environ.get(variable, "").strip()


class Doubles(Vault):
    """The vault of a spell under test: it has every secret, and what it has is none."""

    def value(self, name: str) -> str:
        """Return what stands for a secret; it is sent nowhere."""
        return placeholder(name)
