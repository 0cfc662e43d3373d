"""The command line of one spell: its words become typed values, and its help text is made from the same fields."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from llmspell import data
from llmspell.errors import ArgumentError
from llmspell.notation import Field
from llmspell.wording import clip, did_you_mean, listed, shown, suggest, visible

RESERVED = (
    "model", "engine", "security", "trust", "allow-*", "deny-*", "max-usd", "max-tokens", "max-time", "output", "json",
    "plain", "progress", "help", "version", "quiet", "verbose", "no-color", "no-input", "no-cache", "dry-run", "watch",
    "detach", "seed", "tag", "only", "cwd", "config", "input", "rest", "no-journal", "taint",
)  # fmt: skip
"""Names that no parameter may have, because `llmspell run` or `spell()` uses them; `-` and `_` are equal."""

_INPUT_WORD = {"text": "[FILE]", "json": "[FILE]", "file": "FILE", "files": "FILE…"}
_INPUT_HELP = {
    "text": "FILE, or text on stdin",
    "json": "FILE, or JSON on stdin",
    "file": "FILE, which the spell may read",
    "files": "one or more FILEs, which the spell may read",
}
_USAGE_OPTIONS = 6


def reserved(name: str, kind: str = "string") -> bool:
    """Return whether a parameter of this name and type would be taken for an option of `llmspell run`."""
    flag = name.lower().replace("_", "-")
    return (
        flag in RESERVED
        or (kind == "bool" and f"no-{flag}" in RESERVED)
        or any(each.endswith("*") and flag.startswith(each[:-1]) for each in RESERVED)
    )


class Parsed(NamedTuple):
    """What the words of a command line say: values of all parameters, words of the input, and what follows `--`."""

    values: dict[str, Any]
    words: tuple[str, ...]
    rest: tuple[str, ...]


@dataclass(frozen=True)
class Options:
    """The parameters and the input of a spell."""

    name: str
    params: Mapping[str, Field]
    input: str | None = None

    def parse(self, words: Sequence[str]) -> Parsed:
        """Return what words that follow `llmspell run SPELL` say: `--words=40`, `--words 40`, `--draft`, `--no-draft`.

        Raises:
            ArgumentError: naming the option that is unknown, missing or wrong, with the usage.
        """
        given: dict[str, list[str]] = {}
        inputs: list[str] = []
        left = iter(words)
        for word in left:
            if word == "--":
                break
            if word == "-" or not word.startswith("-"):
                inputs.append(word)
            else:
                name, text = self._option(word, left)
                given.setdefault(name, []).append(text)
        values = {name: self.params[name].read(texts, _flag(name)) for name, texts in given.items()}
        return Parsed(self._complete(values, _flag, self.usage()), tuple(inputs), tuple(left))

    def accept(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `spell()` returns in the script, from typed values by name, `input` and `rest` among them.

        Raises:
            ArgumentError: naming the parameter that is unknown, missing or wrong.
        """
        known = [*self.params, *(["input"] if self.input else []), "rest"]
        for name in given:
            if name not in known:
                hint = did_you_mean(str(name), known)
                raise ArgumentError(f"{self.name} has no parameter {shown(name)}", hint=hint)
        values = {name: field.check(given[name], f"`{name}`") for name, field in self.params.items() if name in given}
        values = self._complete(values, lambda name: f"`{name}`", None)
        if self.input:
            if "input" not in given:
                raise ArgumentError(f"{self.name} needs `input` ({self.input})")
            values["input"] = _INPUT_CHECKS[self.input](given["input"], "`input`")
        return values | {"rest": _TEXTS.check(given.get("rest", []), "`rest`")}

    def usage(self) -> str:
        """Return the usage in one line."""
        words = [_INPUT_WORD[self.input]] if self.input else []
        shown_all = len(self.params) <= _USAGE_OPTIONS
        for name, field in self.params.items():
            if field.required:
                words.append(_syntax(name, field))
            elif shown_all:
                words.append(f"[{_syntax(name, field)}]")
        return " ".join(["usage: llmspell run", self.name, *words, *([] if shown_all else ["[OPTIONS]"])])

    def help(self, about: str, sections: Mapping[str, Mapping[str, str]]) -> str:
        """Return the help text: usage, what the spell is about, its input and options, and further sections."""
        parts = [visible(self.usage()).replace("usage", "Usage", 1), _indented(about.strip())]
        if self.input:
            parts.append(f"Input: {_INPUT_HELP[self.input]}")
        rows = {_syntax(name, field): _notes(field) for name, field in self.params.items()}
        for title, section in {"Options": rows, **sections}.items():
            if section:
                width = max(map(len, section))
                lines = (f"  {visible(word):<{width}}  {visible(text)}".rstrip() for word, text in section.items())
                parts.append("\n".join([f"{title}:", *lines]))
        return "\n\n".join(filter(None, parts))

    def _option(self, word: str, following: Iterator[str]) -> tuple[str, str]:
        """Return which parameter a word sets, and to what text; it may take the word that follows."""
        flag, equals, text = word.partition("=")
        name = self._named(flag)
        if name is None:
            positive = self._named(f"--{flag.removeprefix('--no-')}") if flag.startswith("--no-") else None
            if positive is None or self.params[positive].type != "bool" or equals:
                raise self._unknown(flag)
            return positive, "false"
        if equals:
            return name, text
        if self.params[name].type == "bool":
            return name, "true"
        text = next(following, "--")
        if text.startswith("--"):
            kind = self.params[name].word
            raise ArgumentError(
                f"{flag} needs a value ({kind})", hint=f"write {flag}=…, even before one that begins with --"
            )
        return name, text

    def _named(self, flag: str) -> str | None:
        name = flag.removeprefix("--").replace("-", "_")
        return name if flag.startswith("--") and name in self.params else None

    def _unknown(self, flag: str) -> ArgumentError:
        known = {name: f"--{name}" for name in RESERVED if not name.endswith("*") and name not in ("input", "rest")}
        known |= {_flag(name)[2:]: f"{_flag(name)} ({field.word})" for name, field in self.params.items()}
        near = suggest(flag.lstrip("-"), known)
        guess = f"did you mean {known[near]}?   " if near else ""
        return ArgumentError(f"unknown option {clip(flag, 60)} for {self.name}", hint=guess + self.usage())

    def _complete(self, values: dict[str, Any], call: Callable[[str], str], hint: str | None) -> dict[str, Any]:
        """Return values with the defaults of the others."""
        missing = [
            f"{call(name)} ({field.word})"
            for name, field in self.params.items()
            if field.required and name not in values
        ]
        if missing:
            raise ArgumentError(f"{self.name} needs {listed(missing, 'and')}", hint=hint)
        return {name: values[name] if name in values else field.fallback() for name, field in self.params.items()}


_TEXTS = Field("list", item=Field("string"))
_INPUT_CHECKS: dict[str, Callable[[object, str], Any]] = {
    "text": Field("string").check,
    "file": Field("path").check,
    "files": Field("list", item=Field("path")).check,
    "json": data.plain,
}


def _indented(text: str) -> str:
    """Return a text of the spell, none of whose lines can pass for a heading of ours."""
    return "\n".join(f"  {visible(line)}".rstrip() for line in text.split("\n")) if text else ""


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _syntax(name: str, field: Field) -> str:
    flag = _flag(name)
    if field.type == "bool":
        return f"--[no-]{flag[2:]}"
    if field.type == "object" or (field.item and field.item.type in ("list", "object")):
        return f"{flag}=JSON"
    return f"{flag}={field.item.type.upper() if field.item else field.type.upper()}" + (
        ",…" if field.type == "list" else ""
    )


def _notes(field: Field) -> str:
    bounds = {"at least": field.min, "at most": field.max}
    notes = ["required"] if field.required else []
    if not field.required:
        notes.append(f"default {clip(json.dumps(field.default, ensure_ascii=False), 60)}")
    if field.choices:
        notes.append(f"one of {listed(map(shown, field.choices))}")
    notes += [f"{words} {bound}" for words, bound in bounds.items() if bound is not None]
    return f"{field.about} ({', '.join(notes)})".strip()
