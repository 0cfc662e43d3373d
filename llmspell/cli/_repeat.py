"""What the commands share that repeat runs: the run, the spell that it is repeated with, and the proof of that."""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from llmspell.bundle import Bundle, gather
from llmspell.cli._cast import casting, interrupted
from llmspell.cli._console import Console
from llmspell.cli._grants import Rights, profile_of
from llmspell.cli._journal import journal_of
from llmspell.cli._sequel import sequel
from llmspell.cli._terminal import Terminal
from llmspell.cli._wishes import settled
from llmspell.context import Sink
from llmspell.errors import ArgumentError, Cancelled, Diverged, SpellError
from llmspell.host import archive
from llmspell.host.host import Host
from llmspell.host.past import Past
from llmspell.host.rights import check, lost
from llmspell.host.run import Run
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.security.profile import Profile
from llmspell.security.rules import KINDS, Kind, Rules
from llmspell.security.taint import SINKS, Sinks
from llmspell.spell import Spell


def going_on(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run that goes on: security is that of `run`, or high if the run was so."""
    about = "Give the spell the value of this variable again, where its arguments had it; may be repeated."
    return click.option("--secret", multiple=True, metavar="NAME", help=about)(casting(None)(command))


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

    def __post_init__(self) -> None:
        self.args = self.record.args  # with the names of secrets

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
            return cls(project, store, record, archive.bundle(await store.files(record.bundle), record.bundle))
        spell = Spell.from_path(script)
        return cls(project, store, record, gather(spell, Project.of(spell.path)), script)

    def secured(self, flags: Mapping[str, Any]) -> dict[str, Any]:
        """Return the flags with a security profile, and what becomes of taint.

        A record can ask for more security than is usual, and so can the settings; neither can ask for less here.

        Args:
            flags: of the command; without a profile, if the person has chosen none.
        """
        usual = archive.usual(self.record)
        found = [_chosen(self.project, spell, flags, usual) for spell in self._spells()]
        strictest = found[-1]
        for each in found[:-1]:
            if profile_of(each).within(replace(profile_of(strictest), taint="off")):
                strictest = each
        taints: list[Sinks] = [each["taint"] for each in found]
        return {**strictest, "taint": max(taints, key=SINKS.index)}

    def _spells(self) -> list[Spell]:
        """Return the spell in the file that it was in, if that is one of the project; and in the one that it is in now.

        Settings speak of files, and what they say of either counts.
        """
        spell = archive.spell(self.bundle)
        path = Path(os.path.realpath(self.project.root / self.record.identity))
        found = [replace(spell, path=path if path.is_relative_to(self.project.root) else None)]
        return found if self.script is None else [*found, replace(spell, path=Path(self.script))]

    def rules(self, profile: Profile, flags: Mapping[str, Any]) -> Rules:
        """Return what a run that goes on may touch, before a person is asked.

        What was allowed for good to the spell in a file is not for what the record says that it is; what is denied is.
        """
        rights = Rights(self.project, flags)
        rules = rights.rules(profile, archive.spell(self.bundle))
        for spell in self._spells():
            for kind, denied in rights.rules(profile, spell).denied.items():
                rules = rules.deny(kind, [rule for rule in denied if rule not in rules.denied.get(kind, ())])
        return rules

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

    async def grant(
        self, host: Host, flags: Mapping[str, Any], terminal: Terminal, console: Console | None, *words: str
    ) -> Rules:
        """Give a run that goes on its limits and the secrets of its arguments, and return what it may touch now.

        Args:
            host: which runs it.
            flags: of the command.
            terminal: where it is said that nobody can be asked.
            console: where a person is, if one is there.
            words: the command, for one that allows what is missing: `fork`, `--at`, `3`.

        Raises:
            ArgumentError: a secret is missing, or a rule cannot be.
            PermissionDenied: the spell needs what nobody allows.
        """
        host.profile = archive.pinned(self.record, host.profile)
        what = f"an argument of run {self.record.run_id}"
        self.record.args = host.secrets.restored(self.record.args, flags["secret"], what)
        spell = archive.spell(self.bundle)
        rules = self.rules(host.profile, flags)

        def command(missing: Mapping[Kind, list[str]]) -> str:
            return self._command(words, flags, rules, missing)

        return await settled(spell, rules, terminal, console, host, command=command)

    def prepare(self, host: Host, rules: Rules, sink: Sink, flags: Mapping[str, Any]) -> Run:
        """Return the run, which goes on as soon as it has what it remembers, and somebody may write it.

        Args:
            host: which runs it.
            rules: what it may touch.
            sink: receives what it prints.
            flags: of the command.

        Raises:
            ArgumentError: it may touch less than before, or sees another host.
            ConfigError: another llmspell has made it.
        """
        run = host.repeat(self.record, self.bundle, project=self.project, rules=rules, sink=sink)
        begins = archive.start(self.record, self.bundle)
        self.check_granted(rules, flags)
        archive.check_surface(self.record, run.start().surface)
        run.begins = begins
        return run

    def check_granted(self, rules: Rules, flags: Mapping[str, Any], *words: str) -> None:
        """Refuse to go on with less than the run could touch, with the command that allows it.

        Raises:
            ArgumentError: something is missing.
        """
        try:
            check(self.record, rules)
        except ArgumentError as error:
            missing = lost(self.record, rules)
            error.hint = f"{self._command(words, flags, rules, missing)} allows it again ({self.record.profile})"
            raise

    def _command(
        self,
        words: Sequence[str],
        flags: Mapping[str, Any],
        rules: Rules,
        missing: Mapping[Kind, list[str]],
    ) -> str:
        """Return the command that goes on with what is allowed now and what is missing."""
        script = [] if self.script is None else ["--script", self.script]
        given = {kind: [rule.meaning for rule in rules.granted.get(kind, ())] for kind in KINDS}
        more = {kind: [*given[kind], *missing.get(kind, ())] for kind in KINDS}
        recorded = structs.replace(self.record, args=self.args)
        return sequel(recorded, *words, *script, flags=flags, more=more)

    async def tell(
        self, sink: Sink, frontier: Callable[[Run], SpellError], today: Profile, *, weak: bool, until: int | None = None
    ) -> tuple[Run, int]:
        """Repeat the run from its record alone, and return it with the signal that has stopped it, or 0.

        Args:
            sink: receives what it prints.
            frontier: returns what it ends with where its record ends.
            today: the most that it may use up.
            weak: run although this system cannot lock a worker fully.
            until: tell only what was told before anything of this call.
        """
        profile = archive.profile(self.record, today)
        past = await Past.of(self.store, self.record.run_id, offline=True, until=until)
        async with Host(profile=profile, environ={}, weak_isolation=weak) as host:
            rules = profile.rules()
            run = host.repeat(self.record, self.bundle, project=self.project, rules=rules, sink=sink)
            run.begins = archive.start(self.record, self.bundle)
            run.remember(past, Scribe())
            run.at_frontier = lambda: frontier(run)
            stopped_by = await interrupted(host, run)
        self.advise(run.error)
        return run, stopped_by

    async def prove(self, flags: Mapping[str, Any], until: int) -> None:
        """Make sure that the script asks for the same as the run did, before anything is done or written.

        Args:
            flags: of the command.
            until: as for `tell`.

        Raises:
            Diverged: it does not.
            SpellError: it fails before the record ends.
        """
        reached = Cancelled("the record ends here")
        today, weak = profile_of(flags), flags["allow_weak_isolation"]
        run, stopped_by = await self.tell(Sink(), lambda _: reached, today, weak=weak, until=until)
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
            inside = Path(os.path.realpath(path)).is_relative_to(self.project.root) and path.is_file()
            spell = Spell.from_path(path) if inside else None
            now = None if spell is None else gather(spell, self.project).sha
        except (SpellError, OSError, ValueError):
            now = ""
        return None if now is None or now == self.record.bundle else self.record.identity


def _chosen(project: Project, spell: Spell, flags: Mapping[str, Any], usual: str) -> dict[str, Any]:
    """Return the flags with what files say of a spell, where that is as strict as what is usual."""
    found = Rights(project, flags).chosen(spell, usual)
    if flags["security"] or flags["trust"] or Profile.load(found["security"]).within(Profile.load(usual)):
        return found
    return Rights(project, {**flags, "security": usual}).chosen(spell, usual)
