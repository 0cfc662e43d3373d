"""Hosts and paths that stand in the text of a spell, and that its manifest does not ask for."""

import re
from collections.abc import Iterator
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
from llmspell.wording import clip, visible

_HOST = re.compile(r"https?://[^/?#\s]+[/?#]", re.IGNORECASE)
"""How a URL begins whose host is all there, whatever follows."""
_LITERALS = {"lua": 'allow = {{ {} = {{ "{}" }} }}', "javascript": 'allow: {{ {}: ["{}"] }}'}


@dataclass(frozen=True)
class Wishes:
    """What a spell asks to be allowed, as if all of it were granted."""

    manifest: Manifest
    rules: Rules
    paths: Paths

    @classmethod
    def of(cls, spell: Spell, profile: Profile) -> "Wishes":
        """Return the wishes of a spell under a profile.

        Raises:
            ArgumentError: one of them is no pattern.
        """
        rules = Rules(profile.label, profile.permissions, declared=spell.manifest.allow)
        kinds: tuple[Kind, ...] = ("read", "write", "net")
        for kind in kinds:
            if rules.modes[kind] != "never" and (patterns := spell.manifest.allow.get(kind)):
                rules = rules.grant(kind, patterns, f"allow.{kind}")
        return cls(spell.manifest, rules, Paths(rules, Project.of(spell.path), spell.path, SUFFIXES))

    def refuses(self, kind: str, value: str) -> bool:
        """Return whether a run would refuse this, even with all that the spell asks for."""
        try:
            if kind == "net":
                Addresses(self.rules).check(urls.parse(value))
            elif kind == "write":
                self.paths.spot("write", value)
            else:
                self.paths.folder(value)
        except PermissionDenied:
            return True
        except ArgumentError:
            return False  # it is no path or no URL, which is another matter
        return False


def undeclared(sight: Sight, wishes: Wishes) -> Iterator[SpellError]:
    """Yield the arguments that name a host or a path which the manifest does not ask for."""
    refused: dict[tuple[str, str], bool] = {}
    for kind, node in _asked(sight):
        value = _value(sight, kind, node)
        if value and (kind, value) not in refused:
            refused[kind, value] = wishes.refuses(kind, value)
        if value and refused[kind, value]:
            yield _finding(sight, wishes, kind, value, node)


def _asked(sight: Sight) -> Iterator[tuple[str, Node]]:
    """Yield the arguments that need permission: those of ops, and of `fetch`, which a prelude makes of ops."""
    for call, spec in sight.calls():
        yield from ((param.grant, node) for param, node in _given(sight, call, spec) if param.grant)
    for call in sight.tree.nodes:
        if call.kind == "call_expression" and sight.path(call["function"]) == "fetch":
            nodes, _ = sight.arguments(call) or ([], False)
            for node in nodes[:1]:
                yield "net", node


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


def _value(sight: Sight, kind: str, node: Node) -> str:
    """Return the path or the URL that an argument is, or of a URL as much as names its host."""
    value = sight.literal(node)
    if isinstance(value, str):
        return value
    begun = _HOST.match(sight.prefix(node)) if kind == "net" else None
    return begun[0] if begun else ""


def _finding(sight: Sight, wishes: Wishes, kind: str, value: str, node: Node) -> SpellError:
    narrow = _narrow(kind, value)
    place = wishes.manifest.places.get(f"allow.{kind}")
    if place is not None:
        fix = f'add "{narrow}" to allow.{kind} in line {place.line}'
    else:
        fix = f"add {_LITERALS[sight.source.language].format(kind, narrow)} to the manifest"
    message = f'{ACTS[kind]} "{clip(visible(narrow), 200)}" is not declared'
    return finding(node, "permission", message, fix, kind="permission")


def _narrow(kind: str, value: str) -> str:
    if kind != "net":
        return value
    target = urls.parse(value)
    return hosts.narrowest(target.host, target.port)
