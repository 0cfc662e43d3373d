"""Which runs a command is about, and how they are listed."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast, get_args

import click

from llmspell import durations
from llmspell.cli import _table
from llmspell.cli._journal import document
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.journal.owners import status
from llmspell.journal.records import Query, RunRecord, Status
from llmspell.journal.store import Store
from llmspell.story.figures import amount, data, mapping, price, took
from llmspell.wording import listed, shown

_C = TypeVar("_C", bound=Callable[..., Any])
_STATUSES = get_args(Status)
_HEAD = ("RUN", "STATUS", "SPELL", "BEGAN", "TOOK", "COST")


def choosing(command: _C) -> _C:
    """Give a command the options that choose runs; `query` makes of them what a store understands."""
    options = (
        click.option("--spell", help="Runs of this spell: its path in the project, or its name as it was given."),
        click.option("--status", "statuses", multiple=True, metavar="WORD,…", help=f"Only {listed(_STATUSES, 'or')}."),
        click.option("--since", help="Begun since then: 2h, 7d, or 2026-01-31."),
        click.option("--min-usd", type=click.FloatRange(0), help="That have cost at least so much."),
        click.option(
            "--arg", "arguments", multiple=True, metavar="NAME=VALUE", help="With this argument, as it was given."
        ),
        click.option("-n", "most", type=click.IntRange(1), default=20, show_default=True, help="The newest so many."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def query(
    *,
    spell: str | None,
    statuses: tuple[str, ...],
    since: str | None,
    min_usd: float | None,
    arguments: tuple[str, ...],
    most: int,
) -> Query:
    """Return what the options of `choosing` ask for.

    Raises:
        ArgumentError: one of them cannot be.
    """
    return Query(
        spell=spell,
        status=_known(tuple(word for each in statuses for word in each.split(","))),
        since_ms=begun(since),
        cost=min_usd,
        arguments=dict(map(_pair, arguments)),
        top=True,
        limit=most,
    )


async def show(store: Store, query: Query, terminal: Terminal) -> None:
    """List runs, the newest first."""
    found = await store.runs(query)
    if terminal.as_json:
        terminal.write_document({"status": "ok", "runs": [summary(run) for run in found]})
    elif not found:
        terminal.note("no runs")
    else:
        _table.write(terminal, _HEAD, [_row(run) for run in found])


def summary(run: RunRecord) -> dict[str, Any]:
    """Return a run as data, without its result."""
    return {name: data(value) for name, value in document(run).items() if name != "result"}


def cost(usage: Any) -> str:
    """Return what models have cost in a run."""
    found = mapping(usage)
    return price(None if found.get("usd") is None else amount(found["usd"])) if found.get("requests") else "-"


def _row(run: RunRecord) -> list[str]:
    span = took(run.updated_ms - run.created_ms)
    return [run.run_id, status(run), run.identity, _table.when(run.created_ms), span, cost(run.usage)]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ArgumentError(f"--arg: {shown(text)} is not NAME=VALUE", hint="--arg city=Rome")
    return name, value


def _known(words: tuple[str, ...]) -> tuple[Status, ...]:
    for word in words:
        if word not in _STATUSES:
            raise ArgumentError(f"--status: there is no status {shown(word)}", hint=f"there are {listed(_STATUSES)}")
    return cast("tuple[Status, ...]", words)


def begun(text: str | None, flag: str = "--since") -> int | None:
    """Return the time that a person means, in milliseconds since the epoch: how long ago, or a date.

    Raises:
        ArgumentError: it is neither.
    """
    if text is None:
        return None
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        pass
    try:
        return round((time.time() - durations.parse(text)) * 1000)
    except ArgumentError:
        raise ArgumentError(f"{flag}: {shown(text)} is neither a span nor a date", hint="2h, 7d, 2026-01-31") from None
