"""The manifest of a spell: what `spell{…}` declares, read without running the script. It asks, it never grants."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import dropwhile
from typing import Any

from llmspell import durations, notation
from llmspell.errors import ArgumentError, ConfigError, Place
from llmspell.literals import Node, Source, manifests
from llmspell.notation import Field
from llmspell.options import Options, reserved
from llmspell.security.rules import KINDS, Kind, pattern_of, unfit
from llmspell.wording import did_you_mean, shown

INPUTS = ("text", "file", "files", "json")
"""What a manifest can ask to be allowed."""
MOST_PATTERNS = 50
"""Patterns that a manifest can ask to be allowed in all: whoever decides about them reads them all."""


@dataclass(frozen=True)
class Budget:
    """What a spell says that it may spend: USD, tokens, seconds of models at work, requests to models."""

    usd: float | None = None
    tokens: int | None = None
    time: float | None = None
    calls: int | None = None


@dataclass(frozen=True)
class Schedule:
    """When a spell asks to be run: by five cron fields, or every so many seconds."""

    cron: str | None = None
    every: float | None = None
    tz: str | None = None
    overlap: str = "skip"
    missed: str = "skip"


@dataclass(frozen=True)
class Manifest:
    """What a spell declares about itself; empty if it declares nothing."""

    about: str = ""
    input: str | None = None
    params: Mapping[str, Field] = field(default_factory=dict)
    allow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    budget: Budget = Budget()
    model: str | None = None
    schedule: Schedule | None = None
    declared: bool = field(default=False, compare=False)
    """Whether the spell has a declaration at all."""
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    """Where each entry stands, by its dotted path: `allow.net`."""

    def options(self, name: str = "this spell") -> Options:
        """Return the command line of the spell.

        Args:
            name: the spell as its caller named it.
        """
        return Options(name, self.params, self.input)

    def arguments(self, given: Mapping[str, Any] | None = None, name: str = "this spell") -> dict[str, Any]:
        """Return what `spell()` returns in the script, from typed values: parameters, `input` and `rest`.

        Raises:
            ArgumentError: naming the parameter that is unknown, missing or wrong.
        """
        return self.options(name).accept(given or {})

    def help(self, name: str) -> str:
        """Return the help text of the spell.

        Args:
            name: the spell as its caller named it.
        """
        asks = {kind: ", ".join(values) for kind, values in self.allow.items()}
        return self.options(name).help(self.about, {"Asks for": asks, "Terms": self._terms()})

    def _terms(self) -> dict[str, str]:
        budget, schedule = self.budget, self.schedule
        caps = (
            budget.usd is not None and f"{budget.usd:g} USD",
            budget.time is not None and f"{durations.spoken(budget.time)} of models at work",
            budget.tokens is not None and f"{budget.tokens} tokens",
            budget.calls is not None and f"{budget.calls} requests",
        )
        terms = {"budget": ", ".join(cap for cap in caps if cap), "model": self.model or ""}
        if schedule:
            when = schedule.cron or f"every {durations.spoken(schedule.every or 0)}"
            terms["schedule"] = f"{when} ({schedule.tz})" if schedule.tz else when
        return {word: text for word, text in terms.items() if text}


def read(source: str, language: str, name: str) -> Manifest:
    """Return the manifest of a spell, empty if it has none.

    Args:
        source: the text of the spell; it is not run.
        language: `lua` or `javascript`.
        name: the spell as its caller named it; it stands in the errors.

    Raises:
        ConfigError: the manifest is not one literal, or says what no manifest can say; with its place.
    """
    text = Source(source, language, name)
    found: Node | None = None
    for node in manifests(text):
        if found is not None:
            line = text.place(found.start).line
            raise text.error(node.start, f"a spell has one manifest, and this is another: the first is in line {line}")
        found = node
    return Manifest() if found is None else _manifest(_Entry(text, found))


@dataclass(frozen=True)
class _Entry:
    """A part of the literal; it can say what is wrong with it, and where."""

    source: Source
    node: Node
    path: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"`{'.'.join(self.path)}`" if self.path else "the argument of `spell`"

    def error(self, message: str, hint: str | None = None) -> ConfigError:
        return self.source.error(self.node.start, message, hint)

    def parts(self) -> "dict[str, _Entry]":
        """Return the parts of a table."""
        if not isinstance(self.node.value, dict):
            raise self.error(f"{self.name} must be a table of fields, got {shown(self.node.plain())}")
        return {key: _Entry(self.source, node, (*self.path, key)) for key, node in self.node.value.items()}

    def fields(self, readers: "Mapping[str, Callable[[_Entry], Any]]") -> dict[str, Any]:
        """Return the values of a table that has only fields for which there are readers."""
        parts = self.parts()
        for key in parts:
            if key not in readers:
                owner = self.name if self.path else "a manifest"
                hint = did_you_mean(key, tuple(readers))
                raise self.source.error(self.node.keys[key], f"{owner} has no field {shown(key)}", hint)
        return {key: readers[key](part) for key, part in parts.items()}

    def read(self, reader: Callable[[Any], Any]) -> Any:
        """Return what a function makes of the plain value; an error of its argument stands at this part."""
        try:
            return reader(self.node.plain())
        except ArgumentError as error:
            raise self.error(error.message, error.hint) from None

    def within(self, path: Sequence[str]) -> "_Entry":
        """Return the part at a path, or as far towards it as there are parts."""
        node = self.node
        for key in path:
            inner = node.value.get(key) if isinstance(node.value, dict) else None
            if isinstance(node.value, list) and key.isdecimal():
                inner = dict(enumerate(node.value, 1)).get(int(key))
            if inner is None:
                break
            node = inner
        return _Entry(self.source, node, self.path)


def _manifest(root: _Entry) -> Manifest:
    values = root.fields(_FIELDS)
    places = {key: root.source.place(start) for key, start in root.node.keys.items()}
    for key, part in root.node.value.items():
        places |= {f"{key}.{inner}": root.source.place(start) for inner, start in part.keys.items()}
    return Manifest(**values, declared=True, places=places)


def _of(kind: Field) -> Callable[[_Entry], Any]:
    """Return a reader for a value that a field of the notation describes."""
    return lambda entry: entry.read(lambda value: kind.check(value, entry.name))


def _duration(entry: _Entry) -> float:
    seconds: float = entry.read(durations.parse)
    return seconds


def _line(entry: _Entry) -> str:
    """Read a text that people will be shown when they decide: nothing in it may be invisible."""
    text: str = _of(Field("string"))(entry)
    if not text:
        raise entry.error(f"{entry.name} must not be empty")
    if not text.isprintable():
        raise entry.error(f"{entry.name} must be one line without control characters, got {shown(text)}")
    return text


def _lines(entry: _Entry) -> tuple[str, ...]:
    if isinstance(entry.node.value, str):
        raise entry.error(f"{entry.name} must be a list of strings", "a list has brackets even around one")
    _of(Field("list", item=Field("string")))(entry)
    return tuple(_line(_Entry(entry.source, node, entry.path)) for node in entry.node.value)


def _patterns(kind: Kind, entry: _Entry) -> tuple[str, ...]:
    found = _lines(entry)
    for node, text in zip(entry.node.value, found, strict=True):
        part = _Entry(entry.source, node, entry.path)
        if why := unfit(text):
            raise part.error(f"a pattern in {entry.name} {why}")
        part.read(lambda value: pattern_of(kind, value))
    return found


def _paths(kind: Kind, entry: _Entry) -> tuple[str, ...]:
    """Read patterns of paths: what stands at their front is where they lead."""
    found = _patterns(kind, entry)
    for node, text in zip(entry.node.value, found, strict=True):
        inner = dropwhile(lambda name: name == "..", text.split("/"))
        if ".." in inner:
            message = f"`..` can only be at the front of a pattern in {entry.name}, got {shown(text)}"
            raise _Entry(entry.source, node, entry.path).error(message, 'write where it leads: "../notes/"')
    return found


def _allow(entry: _Entry) -> dict[str, tuple[str, ...]]:
    found = entry.fields({kind: partial(_PATTERNS.get(kind, _patterns), kind) for kind in KINDS})
    if (number := sum(map(len, found.values()))) > MOST_PATTERNS:
        message = f"{entry.name} must not have more than {MOST_PATTERNS} patterns in all, got {number}"
        raise entry.error(message, "name the folder of many files")
    return found


_PATTERNS = {"read": _paths, "write": _paths}


def _params(entry: _Entry) -> dict[str, Field]:
    try:
        fields = notation.fields(entry.node.plain(), "params")
    except ArgumentError as error:
        raise entry.within(error.data.get("path", [])[1:]).error(error.message, error.hint) from None
    for name, param in fields.items():
        _check_param(entry, name, param)
    return fields


def _check_param(entry: _Entry, name: str, param: Field) -> None:
    start = entry.node.keys[name]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise entry.source.error(start, f"a parameter cannot be called {shown(name)}", "use letters, digits and _")
    if reserved(name, param.type):
        message = f"a parameter cannot be called `{name}`: llmspell uses that name itself"
        raise entry.source.error(start, message, f"rename it, for example to `spell_{name}`")


def _cron(entry: _Entry) -> str:
    text = _line(entry)
    if not re.fullmatch(r"[0-9A-Za-z*/,#?-]+(?: [0-9A-Za-z*/,#?-]+){4}", text):
        raise entry.error(f'{shown(text)} is not a schedule: write five cron fields, "0 7 * * 1-5"')
    return text


def _zone(entry: _Entry) -> str:
    text = _line(entry)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", text):
        raise entry.error(f'{shown(text)} is not a time zone: write one like "Europe/Berlin"')
    return text


def _schedule(entry: _Entry) -> Schedule:
    if isinstance(entry.node.value, str):
        return Schedule(cron=_cron(entry))
    schedule = Schedule(**entry.fields(_SCHEDULE))
    if (schedule.cron is None) == (schedule.every is None):
        raise entry.error("`schedule` needs either `cron` or `every`")
    return schedule


_FIELDS: dict[str, Callable[[_Entry], Any]] = {
    "about": _of(Field("string")),
    "input": _of(Field("string", choices=INPUTS)),
    "params": _params,
    "allow": _allow,
    "budget": lambda entry: Budget(**entry.fields(_BUDGET)),
    "model": _line,
    "schedule": _schedule,
}
_BUDGET: dict[str, Callable[[_Entry], Any]] = {
    "usd": _of(Field("number", min=0)),
    "tokens": _of(Field("int", min=0)),
    "time": _duration,
    "calls": _of(Field("int", min=0)),
}
_SCHEDULE: dict[str, Callable[[_Entry], Any]] = {
    "cron": _cron,
    "every": _duration,
    "tz": _zone,
    "overlap": _of(Field("string", choices=("skip", "queue", "replace", "allow"))),
    "missed": _of(Field("string", choices=("skip", "once", "all"))),
}
