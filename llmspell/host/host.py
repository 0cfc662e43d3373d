"""Host: what all runs share, and the way to start one."""

import asyncio
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from llmspell import _package
from llmspell import globals as builtin
from llmspell.bridge.op import Global
from llmspell.bridge.surface import Surface
from llmspell.bundle import Bundle, gather
from llmspell.context import Context, Load, Meter, Sink, Spending, caps
from llmspell.host import archive
from llmspell.host.launcher import Launched, launch
from llmspell.host.process import Worker
from llmspell.host.run import Run
from llmspell.journal.records import RunRecord
from llmspell.manifest import Manifest
from llmspell.models import Models
from llmspell.project import Project
from llmspell.security.profile import Profile
from llmspell.security.rules import Kind, Rules, refuse_missing
from llmspell.spell import Spell

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread
HELD_FRAMES = 4
"""Frames of the largest size that the calls in flight of one run may hold in the host."""

_MODEL_VERB = re.compile(r"\b(?:ask|say)\b")


def milliseconds() -> int:
    """Return the time in milliseconds since the epoch: what the clocks of runs are read from."""
    return time.time_ns() // 1_000_000


def builtin_globals() -> list[type[Global]]:
    """Return the globals that ship with llmspell: every `Global` class in `llmspell/globals/`."""
    return [
        kind
        for module in _package.modules(builtin)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Global) and kind.__module__ == module.__name__
    ]


class Host:
    """Holds what all runs share: settings, the pools of connections to models, and the globals.

    Args:
        globals: further globals for scripts, beside the builtin ones.
        profile: a name (`low`, `medium`, `high`), a path of a profile file, or a profile.
        model: the model for requests that name none, `provider/model`.
        environ: where keys and base URLs are read; the environment of this process unless given.
        weak_isolation: run although the profile wants more isolation than the system has.
        allow: what scripts may touch beyond what the profile grants by itself, by kind: `{"net": ["example.com"]}`.
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
    ) -> None:
        self.profile = profile if isinstance(profile, Profile) else Profile.load(profile)
        self.environ = os.environ if environ is None else environ
        self.models = Models(self.environ)
        self._globals = [*builtin_globals(), *globals]
        self.now: Callable[[], int] = milliseconds
        self._model = model
        self._weak_isolation = weak_isolation
        self._allow = allow or {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to models."""
        await self.models.close()

    def rules(self, spell: Spell, args: Any = None) -> Rules:
        """Return what a run of a spell may touch; the files that are its input are granted by naming them.

        Raises:
            ArgumentError: the profile never grants something that was allowed.
        """
        rules = Rules(self.profile.label, self.profile.permissions, declared=spell.manifest.allow)
        for kind, patterns in self._allow.items():
            rules = rules.grant(kind, patterns, f"--allow-{kind}")
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
            model=self._model or manifest.model or self.environ.get("LLMSPELL_MODEL"),
            sink=Meter(sink or Sink(), self.profile),
            spending=Spending(caps(self.profile, manifest.budget)),
            load=Load(HELD_FRAMES * self.profile.limits.frame),
            clock=time.monotonic,
            now=self.now,
            project=project or Project.of(),
            rules=rules or Rules(self.profile.label, self.profile.permissions),
            identity=identity or name,
            environ=self.environ,
        )

    def prepare(
        self,
        spell: Spell,
        args: Any = None,
        *,
        sink: Sink | None = None,
        seed: int | None = None,
        rules: Rules | None = None,
    ) -> Run:
        """Return a run that has not begun.

        Args:
            spell: what to run.
            args: what `spell()` returns in the script.
            sink: receives what the run prints and logs.
            seed: of the script's random numbers.
            rules: what the run may touch; what `rules` says, unless given.

        Raises:
            PermissionDenied: the spell declares that it needs what nobody has granted.
            ConfigError: a module that it names is not there, or cannot be one.
        """
        rules = rules or self.rules(spell, args)
        project = Project.of(spell.path)
        identity = project.name(spell.path) if spell.path else None
        context = self.context(spell.name, sink, spell.manifest, project=project, rules=rules, identity=identity)
        refuse_missing(spell.name, rules, context.paths.missing())
        bundle = gather(spell, project, lambda path: context.paths.spot("read", f"./{path}"))
        context.paths.protect(each.path for each in bundle.modules)
        surface = Surface([kind(context) for kind in self._globals], exists=rules.exists)
        if context.model and any(map(_MODEL_VERB.search, bundle.sources.values())):
            self.models.preload(context.model)
        return Run(spell, args, context, surface, secrets.randbits(53) if seed is None else seed % 2**53, bundle)

    def repeat(
        self, record: RunRecord, bundle: Bundle, *, project: Project, rules: Rules, sink: Sink | None = None
    ) -> Run:
        """Return a run that is repeated as its record says, and has not begun.

        Args:
            record: of the run.
            bundle: what runs.
            project: where the run belongs.
            rules: what it may touch where its record ends.
            sink: receives what it prints and logs.
        """
        spell = archive.spell(bundle)
        context = self.context(spell.name, sink, spell.manifest, project=project, rules=rules, identity=record.identity)
        context.run_id, context.started = record.run_id, datetime.fromtimestamp(record.t0_ms / 1000).astimezone()
        context.model = self._model or record.model
        surface = Surface([kind(context) for kind in self._globals], exists=rules.exists)
        return Run(spell, record.args, context, surface, record.seed, bundle)

    async def execute(self, run: Run, launched: Launched | None = None) -> Run:
        """Execute a prepared run in a worker of its own and return it; `run.error` tells whether it went well.

        Args:
            run: from `prepare`.
            launched: a worker that was started beforehand for the language and profile of the run.
        """
        if launched is None:
            profile = run.context.profile
            launched = launch(run.spell.language, jit=profile.jit, codegen=profile.codegen)
        await run.execute(await Worker.open(launched), weak_isolation=self._weak_isolation)
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
