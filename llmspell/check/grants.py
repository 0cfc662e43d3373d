"""Hosts and paths that stand in the text of a spell, and that its manifest does not ask for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmspell.bridge.op import OpSpec, Param
from llmspell.check.sight import Sight, finding
from llmspell.check.tree import Node
from llmspell.errors import ArgumentError, PermissionDenied, SpellError
from llmspell.language import SUFFIXES
from llmspell.manifest import Manifest
from llmspell.project import Project
from llmspell.security import hosts, urls
from llmspell.security.addresses import Addresses
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import ACTS, Kind, Rules
from llmspell.spell import Spell
from llmspell.wording import clip, declaration, visible

_HOST = re.compile(r"https?://[^/?#\s]+[/?#]", re.IGNORECASE)
"""How a URL begins whose host is all there, whatever follows."""
_KINDS: tuple[Kind, ...] = ("read", "write", "net")
"""What is looked for."""


@dataclass(frozen=True)
class Wishes:
    """What a spell asks to be allowed, as if all of it were granted."""

    manifest: Manifest
    rules: Rules
    anywhere: Rules
    """The same, as if they named no paths of hosts: what holds of a URL of which only the host is known."""
    paths: Paths

    @classmethod
    def of(cls, spell: Spell, profile: Profile) -> "Wishes":
        """Return the wishes of a spell under a profile.

        Raises:
            ArgumentError: one of them is no pattern.
        """
        rules = anywhere = profile.rules(spell.manifest.allow, spell.language)
        for kind in _KINDS:
            if rules.modes[kind] != "never" and (patterns := spell.manifest.allow.get(kind)):
                rules = rules.grant(kind, patterns, f"allow.{kind}")
                if kind == "net":
                    anywhere = anywhere.grant(kind, map(hosts.pathless, patterns), f"allow.{kind}")
        return cls(spell.manifest, rules, anywhere, Paths(rules, Project.of(spell.path), spell.path, SUFFIXES))

    def refuses(self, kind: str, value: str, methods: Sequence[str] = urls.METHODS, *, whole: bool = True) -> bool:
        """Return whether a run would refuse this, even with all that the spell asks for.

        Args:
            kind: of what.
            value: a path or a URL.
            methods: what may be done at the URL.
            whole: whether all of the URL is known, and not its host alone.
        """
        try:
            if kind == "net":
                addresses, target = Addresses(self.rules if whole else self.anywhere), urls.parse(value)
                return not any(addresses.decide(target, method).allowed for method in methods)
            if kind == "write":
                self.paths.spot("write", value)
            else:
                self.paths.folder(value)
        except PermissionDenied:
            return True
        except ArgumentError:
            return False  # it is no path or no URL, which is another matter
        return False

    def narrowest(self, kind: str, value: str, methods: Sequence[str]) -> str:
        """Return the narrowest pattern that grants what is refused.

        Args:
            kind: of what.
            value: a path or a URL.
            methods: what may be done at the URL.
        """
        return Addresses(self.rules).decide(urls.parse(value), methods[0]).value if kind == "net" else value


def undeclared(sight: Sight, wishes: Wishes) -> Iterator[SpellError]:
    """Yield the arguments that name a host or a path which the manifest does not ask for."""
    refused: dict[tuple[str, str, Sequence[str], bool], bool] = {}
    for kind, node, methods in _asked(sight):
        value, whole = _value(sight, kind, node)
        if value and (kind, value, methods, whole) not in refused:
            refused[kind, value, methods, whole] = wishes.refuses(kind, value, methods, whole=whole)
        if value and refused[kind, value, methods, whole]:
            narrow = wishes.narrowest(kind, value, methods)
            yield _finding(sight, wishes, kind, narrow, node)


def _asked(sight: Sight) -> Iterator[tuple[Kind, Node, tuple[str, ...]]]:
    """Yield the arguments that need permission: those of ops, and of `fetch`, which a prelude makes of ops.

    With each stands what may be done there, if it is a URL.
    """
    for call, spec in sight.calls():
        given = list(_given(sight, call, spec))
        methods = urls.METHODS if spec.mark.method is None else (spec.mark.method,)
        named = [sight.literal(node) for param, node in given if param.is_method]
        if named and isinstance(named[0], str) and named[0].upper() in urls.METHODS:
            methods = (named[0].upper(),)
        yield from ((param.grant, node, methods) for param, node in given if param.grant in _KINDS)
    for call in sight.tree.nodes:
        if call.kind == "call_expression" and sight.path(call["function"]) == "fetch":
            nodes, _ = sight.arguments(call) or ([], False)
            for node in nodes[:1]:
                yield "net", node, urls.METHODS if len(nodes) > 1 else ("GET",)


def _given(sight: Sight, call: Node, spec: OpSpec) -> Iterator[tuple[Param, Node]]:
    """Yield the parameters and options of a call with what is given for them."""
    nodes, _ = sight.arguments(call) or ([], False)
    yield from zip(spec.params, nodes, strict=False)
    table = sight.grammar.bare(nodes[-1]) if len(nodes) > len(spec.params) else None
    entries = sight.entries(table) if table is not None and table.kind in sight.grammar.tables else None
    for option in spec.options:
        _, node = (entries or {}).get(option.name, (None, None))
        if node is not None:
            yield option, node


def _value(sight: Sight, kind: Kind, node: Node) -> tuple[str, bool]:
    """Return the path or the URL that an argument is, or of a URL as much as names its host, and whether it is all."""
    value = sight.literal(node)
    if isinstance(value, str):
        return value, True
    begun = _HOST.match(sight.prefix(node)) if kind == "net" else None
    return begun[0] if begun else "", False


def _finding(sight: Sight, wishes: Wishes, kind: Kind, narrow: str, node: Node) -> SpellError:
    place = wishes.manifest.places.get(f"allow.{kind}")
    if place is not None:
        fix = f'add "{narrow}" to allow.{kind} in line {place.line}'
    else:
        fix = f"add {declaration(kind, narrow, sight.source.language)} to the manifest"
    message = f'{ACTS[kind]} "{clip(visible(narrow), 200)}" is not declared'
    return finding(node, "permission", message, fix, kind="permission")
