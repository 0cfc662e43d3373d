"""Sheet: the tests of one file, how they run, and what comes of each."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from llmspell import repertoire
from llmspell.bridge.op import Function
from llmspell.bridge.surface import Surface
from llmspell.bridge.values import plain
from llmspell.bundle import Reader, gather
from llmspell.context import Sink
from llmspell.errors import ArgumentError, PermissionDenied, Place, SpellError, TimeLimitError
from llmspell.host.host import Host
from llmspell.host.run import Run
from llmspell.language import is_test
from llmspell.messages import Start
from llmspell.project import Project
from llmspell.secrets import Secrets
from llmspell.spell import Spell
from llmspell.trial import answers, coverage, person, verbs
from llmspell.trial.answers import Script
from llmspell.trial.person import Somebody
from llmspell.trial.recording import Purse, Recording
from llmspell.trial.scratch import Scratch
from llmspell.trial.stage import SEED, Played, Setting, Stage, located
from llmspell.trial.time import START, Still
from llmspell.trial.web import Pages
from llmspell.wording import shown

RECORDED = "recorded"
"""What `model` is where a recording answers."""
TEST = 60.0
"""Seconds that one test may take, unless it records."""
WALL = 1800.0
"""Seconds that the tests of one file may take together."""

_BENCH = ("Event", "Log", "Run", "Progress", "Text", "Timing", "Verbs", "Json", "Workflow", "Flow")
_GIVEN_UP = 5.0
_DIFFERENCES = 100


class Difference(NamedTuple):
    """What a check has compared, as JSON."""

    expected: str
    actual: str


@dataclass
class Outcome:
    """What came of one test: `ok`, `failed` or `skipped`."""

    name: str
    line: int
    status: str = "ok"
    seconds: float = 0.0
    error: SpellError | None = None
    difference: Difference | None = None
    casts: list[SpellError] = field(default_factory=list)
    """What the spells that it cast have failed with."""
    stale: list[str] = field(default_factory=list)
    """Prompts that are recorded for it, and that no spell has asked."""


@dataclass
class Plan:
    """How tests are run."""

    project: Project
    secrets: Secrets
    """The values that must never be in a recording."""
    match: str = ""
    """What the names of the tests must have in them, or that of their file."""
    fail_fast: bool = False
    weak_isolation: bool = False
    live: Host | None = None
    """Asks real models, where their answers are to be recorded."""
    purse: Purse = field(default_factory=Purse)
    """USD that may still be spent on that."""
    ledger: coverage.Ledger | None = None
    casts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """How many spells run at once."""
    stopped: bool = False


class _Bench(Host):
    """The host of a test file: nothing that it sees reaches a file, a network or a model."""

    def __init__(self, sheet: "Sheet", weak_isolation: bool) -> None:
        super().__init__(profile="medium", environ={}, weak_isolation=weak_isolation)
        self.profile = replace(self.profile, limits=replace(self.profile.limits, wall=WALL))
        kept = [kind for kind in self._globals if kind.__name__ in _BENCH]
        extras = [coverage.covering(sheet.plan.ledger)] if sheet.plan.ledger is not None else []
        self._globals = [*kept, *verbs.acting(sheet), *extras]

    def open(self, spell: Spell, project: Project, sink: Sink, features: Mapping[str, bool]) -> "_Reading":
        """Return the run of a test file, which has not begun."""
        rules = self.rules(spell)
        context = self.context(spell.name, sink, project=project, rules=rules, identity=spell.name)
        bundle = gather(spell, project, Reader(context.access))
        surface = Surface([kind(context) for kind in self._globals], exists=rules.exists)
        run = _Reading(spell, {}, context, surface, SEED, bundle)
        run.more = features
        return run


class _Reading(Run):
    """The run of a test file."""

    more: Mapping[str, bool]

    def start(self) -> Start:
        """Return what the guest is told first."""
        start = super().start()
        start.surface["features"].update(self.more)
        return start


class Sheet:
    """One test file.

    Args:
        file: its path.
        plan: how it is run.
    """

    def __init__(self, file: Path, plan: Plan) -> None:
        self.file = file
        self.plan = plan
        self.name = plan.project.name(file)
        self.outcomes: list[Outcome] = []
        self.error: SpellError | None = None
        """What is wrong with the file itself."""
        self.untold = 0
        """How many tests were not reached."""
        self.printed = ""
        self.strange: list[str] = []
        """Tests that are recorded, and that the file does not have."""
        self.recorded = False
        """Whether a recording was written."""
        self._run: Run | None = None
        self._current: Outcome | None = None
        self._scratch: Scratch | None = None
        self._differences: dict[int, Difference] = {}
        self._recording: Recording | None = None
        self._names: list[str] = []
        self._playing: set[Played] = set()

    @property
    def failed(self) -> bool:
        """Whether something in it has failed."""
        return self.error is not None or any(each.status == "failed" for each in self.outcomes)

    async def run(self) -> None:
        """Run the tests of the file."""
        try:
            await self._perform()
        except SpellError as error:
            self.error = error
        finally:
            self._end_test()
        if self._recording is not None and self.error is None and not self.plan.stopped:
            self._settle(self._recording)

    def stop(self) -> None:
        """End what is running."""
        if self._run is not None:
            self._run.kill("interrupted")

    # -- the file -----------------------------------------------------------------------------------------------------

    async def _perform(self) -> None:
        plan = self.plan
        spell = located(Spell.from_path(self.file), plan.project)
        sink = Sink()
        features = {"trial": True, "coverage": plan.ledger is not None, "manifest": True}
        async with _Bench(self, plan.weak_isolation) as host:
            run = self._run = host.open(spell, plan.project, sink, features)
            if plan.ledger is not None:
                plan.ledger.begin(run.bundle, besides=(spell.name,))
            await host.execute(run)
        self.printed = "".join(sink.printed)
        if run.error is not None:
            self._lose(run.error)

    def _lose(self, error: SpellError) -> None:
        """Blame the test that was running for the end of the file, or the file itself."""
        error.source = error.source or (self._source(error) if error.where else None)
        if self._current is None:
            self.error = error
        else:
            self._current.status, self._current.error = "failed", error

    def _settle(self, recording: Recording) -> None:
        try:
            self.recorded = recording.save(self._names)
        except (SpellError, OSError) as error:
            told = error if isinstance(error, SpellError) else ArgumentError(f"cannot write {recording.path.name}")
            self.error = told
        if not self.plan.match:
            self.strange = recording.strange(self._names)

    # -- a test -------------------------------------------------------------------------------------------------------

    async def trial(self, name: str, fn: Function, line: int, left: int) -> bool:
        """Run a test; return whether it was the last that is wanted."""
        self._names.append(name)
        outcome = Outcome(name, line)
        self.outcomes.append(outcome)
        if self.plan.stopped or not self._is_wanted(name):
            outcome.status = "skipped"
            return False
        self.untold = left
        self._current = outcome
        began = time.monotonic()
        try:
            async with asyncio.timeout(None if self.plan.live else TEST):
                await fn()
        except SpellError as error:
            self._fail(outcome, error)
        except TimeoutError:
            place = Place(self.name, max(line, 1))
            self._fail(outcome, TimeLimitError(f"the test took longer than {TEST:g} s", where=place))
        outcome.seconds = time.monotonic() - began
        self._end_test()
        self.untold = 0
        if outcome.status == "ok" and self._recording is not None:
            outcome.stale = self._recording.stale(name)
        if outcome.status == "failed" and self.plan.fail_fast:
            self.plan.stopped = True
        return False

    def _is_wanted(self, name: str) -> bool:
        match = self.plan.match.lower()
        return match in name.lower() or match in self.name.lower()

    def _fail(self, outcome: Outcome, error: SpellError) -> None:
        told = error.data.get("told")
        outcome.status, outcome.error = "failed", error
        outcome.difference = self._differences.get(told) if isinstance(told, int) else None
        error.source = error.source or self._source(error)

    def _source(self, error: SpellError) -> str | None:
        return self._run.bundle.sources.get(error.where.file) if self._run is not None and error.where else None

    def _end_test(self) -> None:
        self._current = None
        self._differences.clear()
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None

    def differ(self, number: int, expected: str, actual: str) -> None:
        """Take note of what a check has compared."""
        if len(self._differences) < _DIFFERENCES:
            self._differences[number] = Difference(expected, actual)

    # -- a spell ------------------------------------------------------------------------------------------------------

    async def cast(self, name: str, args: dict[str, Any], options: dict[str, Any]) -> verbs.Cast:
        """Run a spell of the project, and return what came of it.

        Raises:
            SpellError: the test asks for what cannot be, or has no answer for what the spell asks.
        """
        outcome = self._current
        if outcome is None:
            raise ArgumentError("cast: only a test casts spells", hint='test("name", function() … end)')
        spell = self._spell(name)
        given = {"input": options["input"]} if "input" in options else {}
        arguments = spell.manifest.arguments({**args, **given}, spell.name)
        setting = self._setting(spell, options, outcome)
        sink = Sink()
        async with self.plan.casts, Stage(setting) as stage:
            try:
                run: Played | None = stage.play(spell, arguments, self.plan.project, sink)
                error: SpellError | None = None
            except PermissionDenied as refusal:
                run, error = None, refusal
            if run is not None:
                error = await self._play(stage, run)
        if lost := setting.script.lost or setting.pages.lost or setting.person.lost:
            raise lost
        if error is not None:
            outcome.casts.append(error)
        return _result(spell, setting, run, error, sink)

    async def _play(self, stage: Stage, run: Played) -> SpellError | None:
        """Run a spell to its end, or until nobody waits for it any more."""
        self._playing.add(run)
        playing = asyncio.ensure_future(stage.perform(run))
        try:
            await asyncio.shield(playing)
        finally:
            if not playing.done():
                run.kill("the test has ended")
                await asyncio.wait([playing], timeout=_GIVEN_UP)
            self._playing.discard(run)
        return run.error

    def _spell(self, name: str) -> Spell:
        """Return a spell of the project; whether anything is outside of it nobody learns."""
        try:
            spell = repertoire.find(name, self.plan.project, self.name)
        except SpellError as error:
            raise replace(error, message=f"cast: {error.message}") from None
        if is_test(spell.name):
            raise ArgumentError(f"cast: {shown(name)} is a file of tests, not a spell")
        return spell

    def _setting(self, spell: Spell, options: dict[str, Any], outcome: Outcome) -> Setting:
        if self._scratch is None:
            self._scratch = Scratch(self.plan.project)
        scratch = self._scratch
        scratch.add(options.get("files", {}))
        if values := options.get("state"):
            scratch.remember(spell.name, values)
        usd = options.get("usd") or 0.0
        if not 0 <= usd <= 1000:
            raise ArgumentError("cast: `usd` must be from 0 to 1000")
        script = Script(answers.Nothing(), usd)
        model = options.get("model")
        script.source = (
            self._recorded(outcome.name, spell, script)
            if model == RECORDED
            else answers.source(model, lambda: script.model)
        )
        ledger = self.plan.ledger
        return Setting(
            scratch,
            script,
            Still(options.get("clock") or START),
            Pages(options.get("http") or {}),
            Somebody(person.checked(options.get("human"))),
            seed=abs(options.get("seed", SEED)),
            profile=options.get("security") or "medium",
            allow=options.get("allow"),
            weak_isolation=self.plan.weak_isolation,
            **({} if ledger is None else _covering(ledger)),
        )

    def _recorded(self, test: str, spell: Spell, script: Script) -> answers.Source:
        live = self.plan.live
        if self._recording is None:
            ask = None if live is None else live.models.ask
            self._recording = Recording(self.file, self.name, self.plan.secrets, ask, self.plan.purse)
        if live is not None:
            script.model = live.context(spell.name, manifest=spell.manifest).model
        return self._recording.source(test, spell.name, lambda: script.model)


def _covering(ledger: coverage.Ledger) -> dict[str, Any]:
    """Return what a setting has besides, where it is noted which lines run."""
    return {"extras": (coverage.covering(ledger),), "begun": ledger.begin, "features": {"coverage": True}}


def _result(spell: Spell, setting: Setting, run: Played | None, error: SpellError | None, sink: Sink) -> verbs.Cast:
    value = None if run is None or error is not None else plain(run.value)
    return verbs.Cast(
        text=value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False),
        value=value,
        error=None if error is None else _error(error),
        printed="".join(sink.printed),
        calls=[] if run is None else run.told,
        prompts=setting.script.prompts,
        usage={} if run is None else run.usage,
        files=setting.scratch.written(),
        state=setting.scratch.state(spell.name),
    )


def _error(error: SpellError) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": error.kind, "message": error.message}
    if error.hint:
        told["hint"] = error.hint
    if error.where is not None:
        told["where"] = {"file": error.where.file, "line": error.where.line, "column": error.where.column}
    return told
