"""What the commands share that repeat runs: the run, the spell that it is repeated with, and the proof of that."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from llmspell.bundle import Bundle, gather
from llmspell.cli._cast import casting, interrupted
from llmspell.cli._grants import settled
from llmspell.cli._journal import journal_of
from llmspell.cli._terminal import Terminal
from llmspell.context import Sink
from llmspell.errors import ArgumentError, Cancelled, Diverged, SpellError
from llmspell.host import archive
from llmspell.host.host import Host
from llmspell.host.past import Past
from llmspell.host.run import Run
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.security.rules import Rules
from llmspell.spell import Spell


def going_on(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run that goes on: security is that of `run`, or high if the run was so."""
    about = "Give the spell the value of this variable again, where its arguments had it; may be repeated."
    return click.option("--secret", multiple=True, metavar="NAME", help=about)(casting(None)(command))


def secured(flags: Mapping[str, Any], record: RunRecord) -> dict[str, Any]:
    """Return the flags with a security profile: a record can ask for more security than is usual, and never for less.

    Args:
        flags: of the command; without a profile, if the person has chosen none.
        record: of the run.
    """
    usual = "high" if record.info["profile"]["base"] == "high" else "medium"
    return {**flags, "security": flags["security"] or usual}


@dataclass
class Repeat:
    """A run that is repeated.

    Args:
        project: where it belongs.
        store: the journal.
        record: of the run.
        bundle: what it is repeated with.
        script: the file that this is, if it is not what the run began with.
    """

    project: Project
    store: Store
    record: RunRecord
    bundle: Bundle
    script: str | None = None

    @classmethod
    async def of(cls, name: str, script: str | None = None) -> "Repeat":
        """Return a run by its name, the beginning of that, or `latest`.

        Raises:
            ArgumentError: there is no such run, or no such script.
        """
        project = Project.of()
        store = journal_of(project)
        record = await store.run(name)
        archive.check(record)
        if script is None:
            return cls(project, store, record, archive.bundle(await store.files(record.bundle)))
        spell = Spell.from_path(script)
        return cls(project, store, record, gather(spell, Project.of(spell.path)), script)

    async def entries(self, call: int | None = None) -> list[Entry]:
        """Return what the journal has of the run, without requests.

        Args:
            call: one that the person has named.

        Raises:
            ArgumentError: the run has no such call.
        """
        found = [entry async for entry in self.store.calls(self.record.run_id, requests=False)]
        if call is not None and not any(entry.no == call for entry in found):
            hint = f"`llmspell show {self.record.run_id} --calls` has their numbers"
            raise ArgumentError(f"run {self.record.run_id} has no call {call}", hint=hint)
        return found

    def grant(self, host: Host, flags: Mapping[str, Any], terminal: Terminal) -> Rules:
        """Give a run that goes on its limits and the secrets of its arguments, and return what it may touch now.

        Raises:
            ArgumentError: a secret is missing, or a rule cannot be.
            PermissionDenied: the spell needs what nobody allows.
        """
        host.profile = archive.pinned(self.record, host.profile)
        what = f"an argument of run {self.record.run_id}"
        self.record.args = host.secrets.restored(self.record.args, flags["secret"], what)
        spell = archive.spell(self.bundle)
        return settled(spell, host.rules(spell), terminal)

    async def tell(
        self, sink: Sink, frontier: Callable[[Run], SpellError], *, weak: bool, until: int | None = None
    ) -> tuple[Run, int]:
        """Repeat the run from its record alone, and return it with the signal that has stopped it, or 0.

        Args:
            sink: receives what it prints.
            frontier: returns what it ends with where its record ends.
            weak: run although this system cannot lock a worker fully.
            until: tell only what was told before anything of this call.
        """
        profile = archive.profile(self.record)
        past = await Past.of(self.store, self.record.run_id, offline=True, until=until)
        async with Host(profile=profile, environ={}, weak_isolation=weak) as host:
            rules = Rules(profile.label, profile.permissions)
            run = host.repeat(self.record, self.bundle, project=self.project, rules=rules, sink=sink)
            run.begins = archive.start(self.record, self.bundle)
            run.remember(past, Scribe())
            run.at_frontier = lambda: frontier(run)
            stopped_by = await interrupted(host, run)
        self.advise(run.error)
        return run, stopped_by

    async def prove(self, *, weak: bool, until: int | None = None) -> None:
        """Make sure that the script asks for the same as the run did, before anything is done or written.

        Raises:
            Diverged: it does not.
            SpellError: it fails before the record ends.
        """
        reached = Cancelled("the record ends here")
        run, stopped_by = await self.tell(Sink(), lambda _: reached, weak=weak, until=until)
        if stopped_by:
            raise click.Abort
        if run.error is not None and run.error is not reached:
            raise run.error

    def advise(self, error: SpellError | None) -> None:
        """Say how a script that asks for something else can go on from there."""
        number = error.data.get("no") if isinstance(error, Diverged) else None
        if error is not None and isinstance(number, int) and self.script is not None:
            words = ["llmspell", "fork", self.record.run_id, "--at", str(number), "--script", self.script]
            error.hint = f"all before it was the same; {shlex.join(words)} goes on from there"

    def changed(self) -> str | None:
        """Return the file of the spell if what runs now is not what is in it any more."""
        path = self.project.root / self.record.identity
        try:
            inside = path.resolve().is_relative_to(self.project.root) and path.is_file()
            spell = Spell.from_path(path) if inside else None
            now = None if spell is None else gather(spell, self.project).sha
        except (SpellError, OSError, ValueError):
            now = ""
        return None if now is None or now == self.record.bundle else self.record.identity
