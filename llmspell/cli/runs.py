"""`llmspell runs`: the runs of the project."""

import asyncio
from typing import Any

import click

from llmspell.cli import _listing, _upkeep
from llmspell.cli._flags import speaking
from llmspell.cli._journal import journal_of
from llmspell.project import Project


@click.group("runs", invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@_listing.choosing
@speaking
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> int:
    """List the runs of the project, the newest first: id, status, spell, when it began, how long it took, its cost."""
    if ctx.invoked_subcommand is None:
        asyncio.run(_listing.show(journal_of(Project.of()), _listing.query(**flags), ctx.obj))
    return 0


for each in (_upkeep.prune, _upkeep.recover, _upkeep.check):
    command.add_command(each)
