"""`llmspell init`: make a folder a project."""

from pathlib import Path

import click

from llmspell.cli import _files, types
from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal
from llmspell.cli.new import SPELLS, templates
from llmspell.errors import ArgumentError
from llmspell.language import LANGUAGES, named
from llmspell.project import MARK
from llmspell.wording import visible

SETTINGS = """\
# This file makes the folder an llmspell project: the files in it are what its spells may read.

[vars]                  # values of your own; a spell reads them with Config.get("vars.city")
# city = "Oslo"
"""
IGNORED = """\
.llmspell/
types/
"""


@click.command("init", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-l", "--language", default="lua", show_default=True, metavar="lua|js", help="Of the first spell.")
@speaking
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def command(terminal: Terminal, folder: Path, language: str) -> int:
    """Make FOLDER (this one, unless given) an llmspell project: settings, a first spell, editor support.

    What is there already stays as it is.
    """
    spell = f"{SPELLS}/hello{LANGUAGES[named(language)].suffixes[0]}"
    written = {
        MARK: SETTINGS,
        spell: templates(named(language))["hello"].read_text("utf-8"),
        ".gitignore": IGNORED,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in written.items():
            terminal.tell(visible(_write(folder, name, text)))
        for line in types.write(folder):
            terminal.tell(visible(line))
    except OSError as error:
        raise ArgumentError(f"cannot write into {folder}: {error.strerror}") from None
    terminal.tell("next:")
    for hint in ([] if folder == Path() else [f"cd {folder}"]) + _hints(spell):
        terminal.tell(visible(f"  {hint}"))
    return 0


def _hints(spell: str) -> list[str]:
    return [f"llmspell run {spell} --model echo", "llmspell new digest -t summarise", "llmspell check"]


def _write(folder: Path, name: str, text: str) -> str:
    """Write a file that is not there yet, and return what to say of it."""
    try:
        _files.create(folder, name, text)
    except FileExistsError:
        return f"kept  {folder / name}"
    return f"wrote {folder / name}"
