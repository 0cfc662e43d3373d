"""`llmspell run`: run a spell."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from llmspell.cli._cast import cast, casting, keeping
from llmspell.cli._flags import speaking
from llmspell.cli._grants import Granting
from llmspell.cli._journal import write_down
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.spell import Spell


@click.command(
    "run",
    cls=Granting,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True},
    add_help_option=False,
)
@click.option("--engine", help="lua or javascript, when the file does not say.")
@casting("medium")
@keeping
@click.option("--watch", is_flag=True, help="Run again on each save; what is unchanged is answered from the last run.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the result to a file.")
@speaking
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="SPELL [INPUT…] [--param=value…]")
@click.pass_context
def command(ctx: click.Context, /, words: tuple[str, ...], **flags: Any) -> int:
    """Run a spell: a .lua, .js or .mjs file, or one whose first line names its language.

    The first word that is no option is the SPELL. INPUT is a file, or - for stdin, where the spell takes input.
    Options that are not listed here are the spell's own; `llmspell run SPELL --help` shows them. They follow the
    SPELL as --param=value or --param value; before it only --param=value and switches can stand.
    """
    terminal: Terminal = ctx.obj
    if terminal.verbose:
        logging.getLogger("llmspell").addHandler(logging.StreamHandler())
    path, rest = split(words)
    if path is None:
        if asks_help(rest):
            click.echo(ctx.get_help())
            return 0
        raise ArgumentError("which spell?", hint="llmspell run SPELL.lua, or llmspell run --help")
    _check_not_a_value(path, words)
    if flags["watch"] and not asks_help(rest):
        return asyncio.run(_watch(path, rest + terminal.after, terminal, flags))
    spell = Spell.from_path(path, flags["engine"])
    if asks_help(rest):
        click.echo(spell.manifest.help(path))
        return 0
    args = spell.arguments(rest + terminal.after, sys.stdin)
    keep = None if flags["no_journal"] else write_down
    return asyncio.run(cast(spell, args, terminal, flags, flags["output"], usual="medium", keep=keep))


async def _watch(path: str, words: list[str], terminal: Terminal, flags: dict[str, Any]) -> int:
    watching = import_module("llmspell.cli._watch")  # its libraries take 20 ms that no other run needs
    code: int = await watching.Watch(path, words, terminal, flags).work()
    return code


def split(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the path of the spell, which is the first word that is no option, and the other words.

    Those from before it come last, so that none of them can take a word from behind it as its value.
    """
    at = next((i for i, word in enumerate(words) if not word.startswith("-")), None)
    return (None, list(words)) if at is None else (words[at], [*words[at + 1 :], *words[:at]])


def _check_not_a_value(path: str, words: Sequence[str]) -> None:
    """Refuse a spell that does not exist, but could have been meant as the value of the option before it."""
    before = words[words.index(path) - 1] if words[0] != path else ""
    if before.startswith("--") and "=" not in before and not os.path.exists(path):  # noqa: PTH110
        hint = f"the first word that is no option is the spell: before it, write {before}={path}"
        raise ArgumentError(f"there is no file {path}", hint=hint)


def asks_help(words: list[str]) -> bool:
    """Return whether the words ask for help."""
    return "--help" in words or "-h" in words
