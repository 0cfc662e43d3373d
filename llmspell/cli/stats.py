"""`llmspell stats`: what the runs of the project have done and cost."""

import asyncio
from typing import get_args

import click
import msgspec

from llmspell.cli import _table
from llmspell.cli._flags import speaking
from llmspell.cli._journal import journal_of
from llmspell.cli._listing import begun
from llmspell.cli._terminal import Terminal
from llmspell.journal.records import By, Sums
from llmspell.project import Project
from llmspell.story.figures import price, took

_HEAD = ("RUNS", "FAILED", "CALLS", "REQUESTS", "IN", "OUT", "TIME", "COST")


@click.command("stats", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--by", type=click.Choice(get_args(By)), default="day", show_default=True, help="What is summed up.")
@click.option("--since", "begin", help="Only runs that began since then: 2h, 7d, or 2026-01-31.")
@speaking
@click.pass_obj
def command(terminal: Terminal, by: By, begin: str | None) -> int:
    """Sum up the runs of the project: how many, how many failed, what they asked of models, and what that cost."""
    found = asyncio.run(journal_of(Project.of()).stats(by, begun(begin) or 0))
    if terminal.as_json:
        terminal.write_document({"status": "ok", "by": by, "stats": [msgspec.to_builtins(each) for each in found]})
    elif not found:
        terminal.note("no runs")
    else:
        _table.write(terminal, (by.upper(), *_HEAD), [_row(each) for each in found])
    return 0


def _row(sums: Sums) -> list[str]:
    figures = (sums.runs, sums.failed, sums.calls, sums.requests, sums.input_tokens, sums.output_tokens)
    cost = "-" if not sums.requests else price(sums.usd) + (f" + {sums.unpriced} unpriced" if sums.unpriced else "")
    return [sums.name, *map(str, figures), took(sums.seconds * 1000), cost]
