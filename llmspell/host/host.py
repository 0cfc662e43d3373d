"""Host: what all runs share, and the way to start one."""

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

from llmspell import _package
from llmspell import globals as builtin
from llmspell.bridge.op import Global
from llmspell.bridge.surface import Surface
from llmspell.bundle import Bundle, Reader, gather
from llmspell.clerk import Hire
from llmspell.context import Context, Meter, Sink, Spending, caps
from llmspell.errors import PermissionDenied, SpellError
from llmspell.host import archive
from llmspell.host.children import Children
from llmspell.host.clerk import Clerk
from llmspell.host.journals import journal_in
from llmspell.host.launcher import Launched, launch
from llmspell.host.process import Worker
from llmspell.host.run import Run
from llmspell.journal.records import RunRecord
from llmspell.journal.sqlite import milliseconds
from llmspell.journal.store import Store
from llmspell.manifest import Manifest
from llmspell.models import Models
from llmspell.policy import Policy
from llmspell.project import Project
from llmspell.quota import Load, Quota
from llmspell.security.audit import FILE, Audit
from llmspell.security.profile import Profile
from llmspell.security.rules import POLICY, Kind, Rules, Wish
from llmspell.security.wishes import refuse_missing
from llmspell.spell import Spell
from llmspell.vault import Vault

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread
HELD_FRAMES = 4
"""Frames of the largest size that the calls in flight of one run may hold in the host."""

log = logging.getLogger("llmspell")


def builtin_globals() -> list[type[Global]]:
    """Return the globals that ship with llmspell: every `Global` class in `llmspell/globals/`."""
    return [
        kind
        for module in _package.modules(builtin)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Global) and kind.__module__ == module.__name__
    ]


def _warn_of_audit(error: SpellError) -> None:
    log.warning("the audit log is not whole: %s", error.message)


def _warn(error: SpellError) -> None:
    log.warning("the journal does not have this run to its end: %s", error.message)


def _learn(context: Context, args: Any) -> None:
    """Note that a spell begins with input: a stranger may have written it, and it may be nobody else's business."""
    if isinstance(args, dict) and args.get("input"):
        context.access.taint.read("the input", untrusted=True, private=True)


def _refuse_missing(spell: Spell, context: Context, by: str) -> None:
    """Refuse a spell that declares what nobody has granted, and write that down."""
    missing = context.paths.missing()
    try:
        refuse_missing(spell.name, context.rules, missing)
    except PermissionDenied:
        for kind, pattern in missing:
            context.access.missed(kind, pattern, by)
        raise


def _nothing() -> None:
    """Do nothing."""


class Host:
    """Holds what all runs share: settings, the pools of connections to models, and the globals.

    Args:
        globals: further globals for scripts, beside the builtin ones.
        profile: a name (`low`, `medium`, `high`), a path of a profile file, or a profile.
        model: the model for requests that name none, `provider/model`.
        environ: where keys and base URLs are read; the environment of this process unless given.
        weak_isolation: run although the profile wants more isolation than the system has.
        allow: what scripts may touch beyond what the profile grants by itself, by kind: `{"net": ["example.com"]}`.
        deny: what they may not touch, whatever else grants it, by kind.
        policy: what files say of that: the settings of a person and of a project, and what was allowed before
            (`Policy.of`); nothing unless given. It does not choose the profile; `Policy.choose` does.
        journal: the file where each run is written down, call by call; it is made at the first run, as the
            `llmspell.toml` of the project says that the file is in. A store of your own stays open when the host is
            closed. Without one there is no record: nothing can be resumed, replayed or shown. A run that cannot be
            written down runs all the same, and the logger `llmspell` says so.
        audit: write each decision about what a run may do into `audit.jsonl`, where llmspell keeps its own files about
            the project of its spell.
        warn: is told once why decisions cannot be written there: runs go on all the same. The logger `llmspell` says
            so, unless given.

    Raises:
        ConfigError: the settings of that project are wrong, or there is no key for its journal.
    """

    def __init__(
        self,
        *,
        globals: Sequence[type[Global]] = (),  # noqa: A002 - the word that the docs use
        profile: str | Profile = "medium",
        model: str | None = None,
        environ: Mapping[str, str] | None = None,
        weak_isolation: bool = False,
        allow: Mapping[Kind, Sequence[str]] | None = None,
        deny: Mapping[Kind, Sequence[str]] | None = None,
        policy: Policy | None = None,
        journal: str | Path | Store | None = None,
        audit: bool = False,
        warn: Callable[[SpellError], None] = _warn_of_audit,
    ) -> None:
        self.profile = profile if isinstance(profile, Profile) else Profile.load(profile)
        self.environ = os.environ if environ is None else environ
        self.policy = policy or Policy()
        self.vault = Vault(self.environ, self.policy.own.secrets)
        self.secrets = self.vault.known
        self.models = Models(self.environ)
        self._globals = [*builtin_globals(), *globals]
        self.now: Callable[[], int] = milliseconds
        self._model = model
        self._weak_isolation = weak_isolation
        self._allow = allow or {}
        self._deny = deny or {}
        self._audit = audit
        self._warn = warn
        self._told = False
        self._own: Store | None = None
        if isinstance(journal, str | Path):
            journal = self._own = journal_in(Path(journal), Project.of(Path(journal)).root, self.environ, self.secrets)
        self._journal: Store | None = journal

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to models, and the journal if the host has opened it."""
        await self.models.close()
        if self._own is not None:
            await self._own.close()

    def rules(self, spell: Spell, args: Any = None) -> Rules:
        """Return what a run of a spell may touch; the files that are its input are granted by naming them.

        Raises:
            ArgumentError: the profile never grants something that was allowed.
            ConfigError: what is remembered of the spell is damaged.
        """
        rules = self.policy.rules(self.profile, spell, allow=self._allow, deny=self._deny)
        return rules.grant_files(spell.input_files(args))

    def context(
        self,
        name: str,
        sink: Sink | None = None,
        manifest: Manifest | None = None,
        *,
        project: Project | None = None,
        rules: Rules | None = None,
        identity: str | None = None,
    ) -> Context:
        """Return what one run gives to its globals."""
        manifest = manifest or Manifest()
        return Context(
            run_id="".join(secrets.choice(_ALPHABET) for _ in range(8)),
            spell=name,
            started=datetime.fromtimestamp(self.now() / 1000).astimezone(),
            profile=self.profile,
            models=self.models,
            model=self.model(manifest.model, self.environ.get("LLMSPELL_MODEL")),
            chosen=self.model(self.environ.get("LLMSPELL_MODEL")),
            sink=Meter(sink or Sink(), self.profile),
            spending=Spending(caps(self.profile, manifest.budget)),
            load=Load(HELD_FRAMES * self.profile.limits.frame),
            clock=time.monotonic,
            now=self.now,
            project=project or Project.of(),
            rules=rules or self.profile.rules(),
            identity=identity or name,
            environ=self.environ,
            secrets=self.secrets,
            vault=self.vault,
            quota=Quota(self.profile.limits.calls, self.profile.limits.in_flight),
            hire=self.hire(self.profile),
        )

    def hire(self, profile: Profile) -> Hire:
        """Return what starts a worker for what is hostile and no spell; with some profiles only one that is locked."""
        strict = profile.isolation_required and not self._weak_isolation
        return partial(Clerk.hire, whose=profile.label if strict else None)

    def prepare(
        self,
        spell: Spell,
        args: Any = None,
        *,
        sink: Sink | None = None,
        seed: int | None = None,
        rules: Rules | None = None,
        by: str = POLICY,
    ) -> Run:
        """Return a run that has not begun.

        Args:
            spell: what to run.
            args: what `spell()` returns in the script.
            sink: receives what the run prints and logs.
            seed: of the script's random numbers.
            rules: what the run may touch; what `rules` says, unless given.
            by: who has not agreed to what is missing there, for the audit log.

        Raises:
            PermissionDenied: the spell declares that it needs what nobody has granted.
            ConfigError: a module that it names is not there, or cannot be one; or a secret stands in one of its files.
        """
        rules = rules or self.rules(spell, args)
        project = Project.of(spell.path)
        identity = project.name(spell.path) if spell.path else None
        context = self.context(spell.name, sink, spell.manifest, project=project, rules=rules, identity=identity)
        closes = self._watch(context)
        try:
            _refuse_missing(spell, context, by)
            bundle = gather(spell, project, Reader(context.access))
        except SpellError:
            closes()
            raise
        context.paths.protect(each.path for each in bundle.modules)
        if bundle.asks and context.model and context.may_ask(context.model):
            self.models.preload(context.model)
        _learn(context, args)
        run = self.assemble(spell, args, context, secrets.randbits(53) if seed is None else seed % 2**53, bundle)
        context.child = Children(self, run)
        if self._journal is not None:
            archive.write_down(run, self._journal, _warn)
        return run

    def refuse(self, spell: Spell, rules: Rules, missing: Sequence[Wish], by: str) -> None:
        """Write down that a spell does not run, as nobody has granted something that it declares.

        Args:
            spell: what would run.
            rules: what it may touch.
            missing: what else it declares.
            by: who has not agreed to that.
        """
        project = Project.of(spell.path)
        context = self.context(spell.name, None, spell.manifest, project=project, rules=rules)
        closes = self._watch(context)
        for kind, pattern in missing:
            context.access.missed(kind, pattern, by)
        closes()

    def repeat(
        self,
        record: RunRecord,
        bundle: Bundle,
        *,
        project: Project,
        rules: Rules,
        sink: Sink | None = None,
        fork: bool = False,
    ) -> Run:
        """Return a run that is repeated as its record says, and has not begun.

        Args:
            record: of the run.
            bundle: what runs.
            project: where the run belongs.
            rules: what it may touch where its record ends.
            sink: receives what it prints and logs.
            fork: whether it gets a name of its own.
        """
        spell = archive.spell(bundle)
        context = self.context(spell.name, sink, spell.manifest, project=project, rules=rules, identity=record.identity)
        context.run_id = context.run_id if fork else record.run_id
        context.started = datetime.fromtimestamp(record.t0_ms / 1000).astimezone()
        context.model = self.model(record.model)
        context.paths.protect(each.path for each in bundle.modules)
        _learn(context, record.args)
        run = self.assemble(spell, record.args, context, record.seed, bundle)
        context.child = Children(self, run)
        return run

    def model(self, *others: str | None) -> str | None:
        """Return the model for requests that name none: the one that a person chose, or the first of others."""
        return self._model or next(filter(None, others), None)

    def assemble(self, spell: Spell, args: Any, context: Context, seed: int, bundle: Bundle) -> Run:
        """Return a run that has not begun.

        Args:
            spell: what to run.
            args: what `spell()` returns in the script.
            context: what its globals get.
            seed: of the script's random numbers.
            bundle: the spell with its modules.

        Raises:
            ConfigError: a secret stands in one of its files.
        """
        self.secrets.check(bundle.sources)
        for path in bundle.data:
            context.access.taint.read(path, untrusted=True, private=True)
        self._watch(context)
        surface = Surface([kind(context) for kind in self._globals], exists=context.rules.exists)
        return Run(spell, args, context, surface, seed, bundle)

    def _watch(self, context: Context) -> Callable[[], None]:
        """Have the decisions of a run written down, unless they are already; return what ends that before the run."""
        if not self._audit or context.access.watched:
            return _nothing
        kept = Audit(
            context.project.data(self.environ) / FILE,
            context.run_id,
            context.spell,
            scrub=self.secrets.scrub,
            clock=lambda: self.now() / 1000,
            above=context.audit,
            warn=self._tell_unwritten,
        )
        context.audit, context.access.note = kept, kept.note
        context.closing.callback(kept.close)
        return kept.close

    def _tell_unwritten(self, error: SpellError) -> None:
        """Tell once, and not for each run, that the audit log cannot be written."""
        if not self._told:
            self._told = True
            self._warn(error)

    async def execute(self, run: Run, launched: Launched | None = None) -> Run:
        """Execute a prepared run in a worker of its own and return it; `run.error` tells whether it went well.

        Args:
            run: from `prepare`.
            launched: a worker that was started beforehand for the language and profile of the run.
        """
        if launched is None:
            profile = run.context.profile
            launched = launch(run.spell.language, jit=profile.jit, codegen=profile.codegen)
        worker = await Worker.open(launched)
        with run.context.quota.at_work(worker):
            await run.execute(worker, weak_isolation=self._weak_isolation)
        return run

    async def run(self, spell: Spell, args: Any = None, *, sink: Sink | None = None, seed: int | None = None) -> Run:
        """Run a spell to its end and return the run, with `value`, `usage` and more.

        Args:
            spell: what to run.
            args: what `spell()` returns in the script; the manifest's defaults when it is None.
            sink: receives what the run prints and logs.
            seed: of the script's random numbers.

        Raises:
            SpellError: the spell failed; the error has the kind, the place and the cure.
        """
        if args is None or isinstance(args, dict):
            args = spell.manifest.arguments(args or {})
        run = await self.execute(self.prepare(spell, args, sink=sink, seed=seed))
        if run.error is not None:
            raise run.error
        return run


def run(path: str, /, *, profile: str = "medium", model: str | None = None, **args: Any) -> Any:
    """Run a spell file and return its result: the one-liner for a script or a notebook.

    Raises:
        SpellError: the spell failed.
    """

    async def once() -> Any:
        async with Host(profile=profile, model=model) as host:
            return (await host.run(Spell.from_path(path), args)).value

    return asyncio.run(once())
