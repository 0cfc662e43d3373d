"""`llmspell docs`: the reference at the terminal."""

import re

import click

from llmspell.bridge.render import reference
from llmspell.bridge.surface import Surface
from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.host.host import builtin_globals
from llmspell.wording import did_you_mean, visible

_HEADING = re.compile(r"^###? (?:`([\w.:]+)[^`\n]*`|(.+))$", re.MULTILINE)


@click.command("docs", context_settings={"help_option_names": ["-h", "--help"]})
@speaking
@click.argument("symbol", required=False)
@click.pass_obj
def command(terminal: Terminal, symbol: str | None) -> int:
    """Show the entry of the reference for SYMBOL: map, Http.get, State, Reply. Without one, list them all."""
    found = entries(reference(Surface(builtin_globals())))
    if symbol is None:
        text = "\n".join(f"{name:<20} {_first_sentence(entry)}" for name, entry in found.items())
    else:
        text = _entry(found, symbol)
    if terminal.as_json:
        terminal.write_document({"symbol": symbol, "text": text})
    else:
        terminal.write(text + "\n")
    return 0


def entries(page: str) -> dict[str, str]:
    """Return the entries of the reference page by symbol, in the order of the page; a noun has those of its members."""
    headings = list(_HEADING.finditer(page))
    ends = [heading.start() for heading in headings[1:]] + [len(page)]
    parts = {
        heading[1] or heading[2]: page[heading.start() : end].strip()
        for heading, end in zip(headings, ends, strict=True)
    }
    symbols = [heading[1] for heading in headings if heading[1]]
    members = {noun: [each for each in symbols if each.startswith(f"{noun}.")] for noun in parts}
    found = {name: entry for name, entry in parts.items() if name in symbols or members[name]}
    for noun in found:
        lines = [f"- {member}: {_first_sentence(parts[member])}" for member in members[noun]]
        found[noun] = "\n".join([found[noun], *([""] if lines else []), *lines])
    return found


def _entry(found: dict[str, str], symbol: str) -> str:
    by_any_spelling = {name.lower(): name for name in found}
    wanted = symbol.replace(":", ".").removesuffix("()").lower()
    name = by_any_spelling.get(wanted) or by_any_spelling.get(
        wanted.partition(".")[0] if wanted in _fields(found) else ""
    )
    if name is None:
        raise ArgumentError(
            f"the reference has nothing called `{visible(symbol)}`", hint=did_you_mean(symbol, tuple(found))
        )
    return found[name]


def _fields(found: dict[str, str]) -> set[str]:
    """Return the fields of the values in the reference, as `reply.text`: their entry is that of the value."""
    rows = {
        name: re.findall(r"^\| `(\w+)` \|", entry, re.MULTILINE) for name, entry in found.items() if name[0].isupper()
    }
    return {f"{name}.{field}".lower() for name, fields in rows.items() for field in fields}


def _first_sentence(entry: str) -> str:
    """Return the first sentence below the heading of an entry."""
    text = entry.partition("\n")[2].strip().split("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=[.:;]) ", text)[0].rstrip(".:;")
