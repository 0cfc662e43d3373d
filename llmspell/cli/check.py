"""`llmspell check`: say what is wrong with spells without running them."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from llmspell.check import stubs
from llmspell.check.review import review, spells, within
from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, ConfigError, SpellError
from llmspell.host.host import Host
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.report import render
from llmspell.wording import listed

EXIT = 3
"""The exit code when something is wrong."""


@click.command("check", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--security", default="medium", help="The profile that the spells are to run under.")
@speaking
@click.argument("names", nargs=-1, metavar="[SPELL…]")
@click.pass_obj
def command(terminal: Terminal, names: tuple[str, ...], security: str) -> int:
    """Look for mistakes in spells and run nothing of them.

    Without a SPELL these are all in the folder `spells` of the project, or else in this folder. Found are errors of
    syntax and of the manifest, names and members that do not exist, wrong arguments and options, a missing `await`,
    hosts and paths that are not declared, modules that are not there, and editor stubs that are stale.
    """
    project = Project.of()
    asked = [each for name in names for each in _named(name)] or spells(project)
    if not asked:
        raise ArgumentError("there is no spell here", hint=f"write one that ends with {' or '.join(SUFFIXES)}")
    found = asyncio.run(_review(asked, security)) + _stale(project)
    if terminal.as_json:
        status = "failed" if found else "ok"
        terminal.write_document(
            {"status": status, "spells": len(asked), "findings": [document(each) for each in found]}
        )
    for error in found if not terminal.as_json else []:
        terminal.tell(render(error, color=terminal.color) + "\n")
    terminal.note(closing_line(len(asked), found))
    return EXIT if found else 0


def _named(name: str) -> list[str]:
    """Return a spell as it is named, or all in a folder."""
    return within(Path(name)) if os.path.isdir(name) else [name]  # noqa: PTH112 - `Path` fails on a name that is too long


async def _review(names: Sequence[str], security: str) -> list[SpellError]:
    async with Host(profile=security) as host:
        return await review(names, host)


def _stale(project: Project) -> list[SpellError]:
    """Return a finding if the stubs of the project do not say what its spells can say."""
    stale = stubs.stale(project.root)
    if not stale:
        return []
    verb = "is" if len(stale) == 1 else "are"
    hint = "llmspell types writes anew what editors are told"
    return [ConfigError(f"{listed(stale, 'and')} {verb} stale", hint=hint, data={"rule": "stubs"})]


def document(error: SpellError) -> dict[str, Any]:
    """Return a finding as data."""
    where = error.where
    return {
        "file": where.file if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
        "kind": error.kind,
        "rule": error.data.get("rule"),
        "message": error.message,
        "hint": error.hint,
    }


def closing_line(count: int, found: Sequence[SpellError]) -> str:
    """Return the line that ends a check on stderr."""
    checked = f"{count} {'spell' if count == 1 else 'spells'}"
    if not found:
        return f"ok {checked}"
    told = [each for each in found if each.data.get("rule") != "more"]
    more = "more than " if len(told) < len(found) else ""
    return f"failed {checked}: {more}{len(told)} {'finding' if len(told) == 1 else 'findings'}"
