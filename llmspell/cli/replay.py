"""`llmspell replay`: a run once more, from its record alone."""

import asyncio

import click

from llmspell.bundle import Bundle, gather
from llmspell.cli._cast import conclude, interrupted
from llmspell.cli._flags import speaking
from llmspell.cli._journal import journal_of
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.host import archive
from llmspell.host.host import Host
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.project import Project
from llmspell.security.rules import Rules
from llmspell.spell import Spell


@click.command("replay", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--script", metavar="SPELL", help="Run this file instead: it has to ask for the same, in the same order.")
@click.option("--allow-weak-isolation", is_flag=True, help="Run although this system cannot lock a worker fully.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, run: str, script: str | None, allow_weak_isolation: bool) -> int:
    """Repeat RUN from the journal: its id, the beginning of that, or `latest`.

    The spell runs again as it was, and every call gets the answer that it got then: nothing is asked, written or paid.
    It prints and returns the same. If it asks for something else, it stops there with exit code 10 and both requests.
    """
    return asyncio.run(_replay(terminal, run, script, allow_weak_isolation))


async def _replay(terminal: Terminal, name: str, script: str | None, weak: bool) -> int:
    project = Project.of()
    store = journal_of(project)
    record = await store.run(name)
    profile, sink = archive.profile(record), TerminalSink(terminal)
    bundle = archive.bundle(await store.files(record.bundle)) if script is None else _other(script)
    async with Host(profile=profile, environ={}, weak_isolation=weak) as host:
        rules = Rules(profile.label, profile.permissions)
        run = host.repeat(record, bundle, project=project, rules=rules, sink=sink)
        run.begins = archive.start(record, bundle)
        run.remember(await Past.of(store, record.run_id, offline=True), Scribe())
        run.at_frontier = lambda: archive.recorded_error(record)
        stopped_by = await interrupted(host, run)
    if not stopped_by:
        run.error = archive.check_outcome(record, run.value, run.error)
    return conclude(run, terminal, sink, stopped_by)


def _other(script: str) -> Bundle:
    spell = Spell.from_path(script)
    return gather(spell, Project.of(spell.path))
