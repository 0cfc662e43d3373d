"""Runs that a run begins: each is a run of its own, with what its parent may touch and may still spend, and no more."""

import asyncio
import contextvars
import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from msgspec import structs

from llmspell import repertoire
from llmspell.bundle import Bundle, Reader, gather
from llmspell.clerk import Hire
from llmspell.context import Allowed, Context, Effects, Meter, Sink, Spending, caps
from llmspell.errors import (
    ArgumentError,
    Cancelled,
    ConfigError,
    Diverged,
    Fenced,
    PermissionDenied,
    ScriptError,
    SpellError,
)
from llmspell.host import archive, rights
from llmspell.host.crowd import DEPTH, Crowd, Party
from llmspell.host.past import Past
from llmspell.host.run import Run
from llmspell.host.scope import Scope, current
from llmspell.host.scribe import Scribe
from llmspell.journal.records import ENDED, RunRecord
from llmspell.journal.store import Store
from llmspell.policy import Policy
from llmspell.quota import Quota
from llmspell.security.profile import Profile
from llmspell.security.taint import SINKS
from llmspell.security.wishes import by_kind
from llmspell.spell import Spell
from llmspell.wording import clip, visible

_OP = "Run.spell"


class Stage(Protocol):
    """What runs are made and executed by."""

    policy: Policy
    """What files say of spells."""

    def model(self, *others: str | None) -> str | None:
        """Return the model for requests that name none: the one that a person chose, or the first of others."""

    def assemble(self, spell: Spell, args: Any, context: Context, seed: int, bundle: Bundle) -> Run:
        """Return a run that has not begun."""

    async def execute(self, run: Run) -> Run:
        """Execute it."""

    def hire(self, profile: Profile) -> Hire:
        """Return what starts a worker for what is hostile and no spell, in runs with a profile."""


class Relay(Sink):
    """Passes on what a child says to its parent, which notes what it prints with the call, for a replay of the parent.

    Args:
        parent: of the run that has begun the child; the caller answers the call by which it did.
        name: of the child, for people.
        muted: whether all was said before, in a process that has gone.
    """

    def __init__(self, parent: Sink, name: str, *, muted: bool = False) -> None:
        super().__init__()
        self._parent = parent
        self._name = clip(visible(name), 60)
        self._muted = muted
        self._scope = current.get()
        self._calling = contextvars.copy_context()
        self._outside = contextvars.Context()

    def speak(self) -> None:
        """Pass on what is said from now on."""
        self._muted = False

    def output(self, stream: str, text: str) -> None:
        """Take text that the child prints."""
        if not self._muted:
            (self._calling if stream == "out" else self._outside).run(self._parent.output, stream, text)
        elif stream == "out":
            self._scope.said.append(text)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Take a line that the child logs."""
        if not self._muted:
            self._parent.log(level, message, fields)

    def progress(self, line: str) -> None:
        """Take a line about what the child is doing."""
        if not self._muted:
            self._parent.progress(f"{self._name}: {line}")


class Children:
    """Runs other spells for one run.

    Args:
        stage: makes runs and executes them.
        parent: the run.
        above: those of the run that has begun this one.
    """

    def __init__(self, stage: Stage, parent: Run, above: "Children | None" = None) -> None:
        self._stage = stage
        self._parent = parent
        self._depth: int = 0 if above is None else above._depth + 1
        self._crowd: Crowd = Crowd() if above is None else above._crowd

    @cached_property
    def _party(self) -> Party:
        """The run, with those that it begins."""
        context = self._parent.context
        return Party(context.quota, context.profile.limits, context.profile.label, self._parent.fail)

    async def __call__(self, name: str, args: Mapping[str, Any], allow: Allowed = None) -> Any:
        """Run a spell in a call of the parent, or go on with it, and return its result.

        Raises:
            SpellError: what the child has failed with, or why it cannot run.
        """
        if self._depth == DEPTH:
            raise ScriptError(
                f"spells run each other more than {DEPTH} deep", hint="a spell that runs itself has to end somewhere"
            )
        scope, store = current.get(), self._parent.scribe.store
        run_id = f"{self._parent.id}.{scope.call.id}"
        async with scope.place.left(), self._crowd.place(self._depth + 1, self._party):
            known = None if store is None else await _known(store, run_id, self._parent.id)
            if known is not None and store is not None:
                child = await self._resumed(known, args, allow, scope, store)
            else:
                try:
                    child = await self._begun(name, args, allow, run_id, scope, store)
                except SpellError as error:
                    self._show(error)
                    raise
            try:
                await self._execute(child)
            finally:
                scope.pay_below(child.context.quota.bill())
            return await self._outcome(child, known)

    # -- making -------------------------------------------------------------------------------------------------------

    async def _begun(
        self, name: str, args: Mapping[str, Any], allow: Allowed, run_id: str, scope: Scope, store: Store | None
    ) -> Run:
        parent = self._parent.context

        paths = parent.access.paths
        path = await parent.threads.do(lambda _: repertoire.locate(name, parent.project, parent.identity, paths))
        await parent.access.permit("read", f"./{path}", _OP)  # to run it tells what is in it
        paths = parent.access.paths  # a person may have allowed it
        spell = await parent.threads.do(lambda _: repertoire.read(path, parent.project, paths))
        given = spell.manifest.arguments(args, spell.name)
        context = self._context(spell, spell.name, scope, allow)
        context.run_id, context.started = run_id, _moment(parent.now())
        context.model = self._stage.model(spell.manifest.model, parent.model)
        context.sink = Meter(Relay(parent.sink, spell.name), context.profile)
        self._check_rights(spell, context)
        reader = Reader(context.access, parent.access, _OP)
        bundle = await parent.threads.do(lambda _: gather(spell, parent.project, reader))
        child = self._made(spell, given, context, _seed(self._parent.seed, scope.call.id), bundle)
        if store is not None:
            record = structs.replace(archive.record(child), parent=self._parent.id, parent_no=scope.call.id)
            hold = await store.begin(record, archive.files(bundle))
            child.remember(Past(), Scribe.holding(store, hold))
        return child

    async def _resumed(
        self, record: RunRecord, args: Mapping[str, Any], allow: Allowed, scope: Scope, store: Store
    ) -> Run:
        """Return a child that goes on where the journal ends; one that has ended only says again what it has said."""
        archive.check(record)
        bundle = archive.bundle(await store.files(record.bundle), record.bundle)
        spell = archive.spell(bundle)
        record.args = spell.manifest.arguments(args, spell.name)  # secrets are not in the journal
        placed = replace(spell, path=self._parent.context.project.root / record.identity)
        context = self._context(placed, record.identity, scope, allow)
        context.profile = archive.pinned(record, context.profile)
        context.run_id, context.started = record.run_id, _moment(record.t0_ms)
        context.model = self._stage.model(record.model)
        relay = Relay(self._parent.context.sink, spell.name, muted=True)
        context.sink = Meter(relay, context.profile)
        self._check_rights(spell, context)
        child = self._made(spell, record.args, context, record.seed, bundle)
        child.begins = archive.start(record, bundle)
        if record.status in ENDED:
            child.remember(await Past.of(store, record.run_id, offline=True), Scribe())
            child.at_frontier = lambda: archive.recorded_error(record)
            return child
        rights.check(record, context.rules)
        child.at_frontier = relay.speak
        hold = await store.resume(record.run_id, archive.owner())
        child.remember(await Past.of(store, record.run_id), Scribe.holding(store, hold))
        return child

    def _context(self, spell: Spell, identity: str, scope: Scope, allow: Allowed) -> Context:
        """Return what the child gives to its globals: all that the parent has, but for what is of one run alone."""
        parent = self._parent.context
        given = parent.access.rules if allow is None else parent.access.rules.narrowed(spell.name, allow)

        def share(usage: Mapping[str, float]) -> None:
            parent.spending.restore(usage)
            scope.pay_below(usage)

        profile = self._stage.policy.beneath(parent.profile, spell)
        spending = Spending(caps(profile, spell.manifest.budget), above=parent.spending, share=share)
        rules = replace(given, declared=spell.manifest.allow, language=spell.language)
        rules = self._stage.policy.restrained(rules, spell, profile)
        quota = Quota(profile.limits.calls, above=parent.quota)
        child = replace(
            parent, spell=spell.name, identity=identity, spending=spending, rules=rules, effects=Effects(),
            closing=AsyncExitStack(), quota=quota, outer=parent, profile=profile,
            hire=self._stage.hire(profile),
        )  # fmt: skip
        child.access.person, child.access.lookup = parent.access.person, parent.access.lookup
        child.access.spell = spell.name
        # What one of them has read the other can get to know.
        child.access.taint = parent.access.taint.under(max(parent.access.taint.sinks, profile.taint, key=SINKS.index))
        return child

    def _check_rights(self, spell: Spell, context: Context) -> None:
        """Refuse a spell that declares what its parent has not."""
        missing = context.paths.missing()
        for kind, pattern in missing:
            self._parent.context.access.missed(kind, pattern)
        if wishes := by_kind(missing):
            asks = "; ".join(f"{kind} {', '.join(patterns)}" for kind, patterns in wishes.items())
            name = visible(self._parent.spell.name)
            raise PermissionDenied(
                f"{visible(spell.name)} asks for {asks}, which {name} does not have",
                hint=f"a spell gets nothing that the one that runs it has not: let {name} declare it, and allow it",
                data={"rule": f"{context.profile.label} grants access as you allow it"},
            )

    def _made(self, spell: Spell, args: Any, context: Context, seed: int, bundle: Bundle) -> Run:
        context.paths.protect(each.path for each in bundle.modules)
        context.paths.inherit(self._parent.context.paths)
        child = self._stage.assemble(spell, args, context, seed, bundle)
        context.child = Children(self._stage, child, self)
        child.desk.presence = self._parent.desk.presence
        child.desk.idle = lambda: None  # it waits for people as long as its parent is there
        return child

    # -- running ------------------------------------------------------------------------------------------------------

    async def _execute(self, child: Run) -> None:
        """Execute a child to its end, also where nobody wants its result any more: it gets a moment to clean up."""
        context = contextvars.Context()  # what it does belongs to none of its parent's calls
        task = asyncio.get_running_loop().create_task(self._stage.execute(child), context=context)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            child.cancel("the run that began it gave it up")
            while not task.done():
                try:
                    await asyncio.wait([task])
                except asyncio.CancelledError:
                    child.kill()
            task.exception()
            raise
        task.result()

    async def _outcome(self, child: Run, known: RunRecord | None) -> Any:
        """Return the result of a child that has ended, or raise its error."""
        error = child.error
        if known is not None and known.status in ENDED:
            error = archive.check_outcome(known, child.value, error)
            if isinstance(error, Diverged):  # what it has come to is known all the same
                child.value, error = known.result, None if known.error is None else archive.recorded_error(known)
        elif isinstance(error, Diverged | Fenced) or child.scribe.failed:
            self._parent.break_off(error or ConfigError("the journal could not be written"))
            await asyncio.get_running_loop().create_future()
        elif error is None and child.cut_short:
            error = Cancelled(f"run {child.id} was stopped")
        if error is None:
            return child.value
        self._parent.bundle.others.update(child.bundle.others | child.bundle.sources)
        error.data.setdefault("spell", child.spell.name)
        raise error

    def _show(self, error: SpellError) -> None:
        """Let people see the line of an error, though it stands in a file that is none of the parent's."""
        if error.where is not None and error.source is not None:
            self._parent.bundle.others[error.where.file] = error.source


async def _known(store: Store, run_id: str, parent: str) -> RunRecord | None:
    """Return the record of a child, if it has begun before."""
    try:
        record = await store.run(run_id)
    except ArgumentError:
        return None
    return record if (record.run_id, record.parent) == (run_id, parent) else None


def _seed(seed: int, number: int) -> int:
    """Return the seed of a child: it follows from that of its parent."""
    return int.from_bytes(hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()) % 2**53


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()
