"""`llmspell eval`: run a line of code, as code that nobody has read."""

import asyncio
import sys
from typing import Any

import click

from llmspell import files
from llmspell.cli._cast import cast, casting, keeping
from llmspell.cli._flags import speaking
from llmspell.cli._grants import Granting
from llmspell.cli._journal import write_down
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.language import named
from llmspell.security.profile import UNREAD
from llmspell.spell import SOURCE_LIMIT, Spell


@click.command("eval", cls=Granting, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-l", "--language", required=True, metavar="lua|js", help="The language of the code.")
@casting(UNREAD)
@keeping
@speaking
@click.argument("code")
@click.pass_obj
def command(terminal: Terminal, /, code: str, language: str, **flags: Any) -> int:
    """Run CODE, or what is on stdin if CODE is -; what it returns is the result.

    In Lua that is `return VALUE`, in JavaScript `export default VALUE`. The code is taken for code that nobody has
    read: high security, unless you choose another level.
    """
    if code == "-":
        code = files.decoded(files.limited(sys.stdin.buffer, SOURCE_LIMIT, "stdin"), "stdin")
    if not code.strip():
        raise ArgumentError("there is no code to run")
    spell = Spell.from_source(code, named(language), name="eval")
    _remind(terminal, spell)
    keep = None if flags["no_journal"] else write_down
    args = spell.manifest.arguments({}, "this code")
    return asyncio.run(cast(spell, args, terminal, flags, usual=UNREAD, keep=keep))


_RESULT = {"lua": "return", "javascript": "export default"}
_SPEAKS = ("print", "say", "console", "Log")


def _remind(terminal: Terminal, spell: Spell) -> None:
    """Tell whoever expects the value of an expression how to get it."""
    word = _RESULT[spell.language]
    if not any(each in spell.source for each in (word, *_SPEAKS)):
        terminal.note(f"this code shows nothing: write `{word} VALUE` for a result")
