"""`llmspell resume`: go on with a run that was interrupted."""

import asyncio
from typing import Any

import click

from llmspell.cli._cast import casting, check_output, conclude, host_of, interrupted
from llmspell.cli._flags import speaking
from llmspell.cli._grants import settled
from llmspell.cli._journal import Silence, journal_of, warn
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.errors import ArgumentError
from llmspell.host import archive
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Hold
from llmspell.project import Project


@click.command("resume", context_settings={"help_option_names": ["-h", "--help"]})
@casting("medium")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the result to a file.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, /, run: str, **flags: Any) -> int:
    """Go on with RUN: its id, the beginning of that, or `latest`.

    The spell runs again as it was, whatever its file says by now. Calls that had been answered get that answer and are
    not made again; then it goes on. What it may touch is what you allow now, not what was allowed then.
    """
    if flags["seed"] is not None:
        raise ArgumentError("--seed: a run keeps the seed that it began with")
    return asyncio.run(_resume(terminal, run, flags))


async def _resume(terminal: Terminal, name: str, flags: dict[str, Any]) -> int:
    check_output(flags["output"])
    project = Project.of()
    store = journal_of(project)
    record = await store.run(name)
    bundle = archive.bundle(await store.files(record.bundle))
    sink = TerminalSink(terminal)
    silence = Silence(sink)
    async with host_of(flags) as host:
        host.profile = archive.pinned(record, host.profile)
        spell = archive.spell(bundle)
        rules = settled(spell, host.rules(spell), terminal)
        run = host.repeat(record, bundle, project=project, rules=rules, sink=silence)
        begins = archive.start(record, bundle)
        archive.check_rights(record, rules, run.start().surface)
        run.begins, run.at_frontier = begins, silence.end
        hold = await store.resume(record.run_id, archive.owner())

        async def held() -> Hold:
            return hold

        run.remember(await Past.of(store, record.run_id), Scribe(store, held, lambda error: warn(error, terminal)))
        stopped_by = await interrupted(host, run)
    return conclude(run, terminal, sink, stopped_by, flags["output"])
