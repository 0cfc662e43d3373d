"""The stage: where a spell under test runs, in a folder of its own, with answers that a test has written."""

import asyncio
import contextvars
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from llmspell import repertoire
from llmspell.bridge.op import Global
from llmspell.bridge.surface import Surface
from llmspell.bundle import Bundle, Reader, gather
from llmspell.context import Allowed, Sink, Spending
from llmspell.errors import ArgumentError, PermissionDenied, ScriptError
from llmspell.host.crowd import DEPTH
from llmspell.host.host import Host
from llmspell.host.run import Run
from llmspell.messages import Call, Start
from llmspell.project import Project
from llmspell.security.profile import Profile
from llmspell.security.rules import ALL, FILES, KINDS, Kind, Rules
from llmspell.security.wishes import refuse_missing
from llmspell.spell import Spell
from llmspell.trial.answers import Script
from llmspell.trial.person import Somebody
from llmspell.trial.scratch import Scratch
from llmspell.trial.time import Still, waiting
from llmspell.trial.web import Pages, speaking
from llmspell.vault import Doubles
from llmspell.wording import shown

SEED = 1
"""Of the random numbers of a spell under test, unless a test says otherwise."""
PROFILES = ("medium", "high")
"""The profiles that a spell can be tested under: `low` would let it out."""
USUAL_MODEL = "recorded"
"""What a model is called where neither spell nor person names one."""

_CHILD = "Run.spell"
_CALLS = 1000  # that a test can look at
_TEST = "the test"


def _ignore(bundle: Bundle) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Setting:
    """What one cast is given besides the spell."""

    scratch: Scratch
    script: Script
    clock: Still
    pages: Pages
    person: Somebody
    seed: int = SEED
    profile: str = "medium"
    allow: Mapping[str, Sequence[str]] | None = None
    """What the person would have allowed; all that the spell declares, unless given."""
    extras: tuple[type[Global], ...] = ()
    begun: Callable[[Bundle], None] = _ignore
    """Told of the files of each run."""
    features: Mapping[str, bool] = field(default_factory=dict)
    weak_isolation: bool = False


class Played(Run):
    """A run that notes its calls, and whose clock goes on when all that is left to do is to wait."""

    setting: Setting
    told: list[dict[str, Any]]
    stage: "Stage"
    depth: int

    def start(self) -> Start:
        """Return what the guest is told first."""
        start = super().start()
        start.surface["features"].update(self.setting.features)
        return start

    def _on_call(self, call: Call, size: int) -> None:
        if not call.op.startswith("_") and len(self.told) < _CALLS:
            self.told.append({"op": call.op, "args": [_told(each) for each in call.args], "line": call.line})
        super()._on_call(call, size)

    def _idle(self) -> None:
        super()._idle()
        self.stage.look()


class Stage(Host):
    """The host of one spell under test: it has no environment, and its models are a script."""

    def __init__(self, setting: Setting) -> None:
        if setting.profile not in PROFILES:
            message = f'cast: `security` must be "medium" or "high", got {shown(setting.profile)}'
            raise ArgumentError(message, hint="a test cannot run what needs low security")
        super().__init__(
            globals=[waiting(setting.clock), speaking(setting.pages), *setting.extras],
            profile=Profile.load(setting.profile),
            environ={},
            weak_isolation=setting.weak_isolation,
        )
        self.now = setting.clock.now
        self.models = setting.script
        self.vault = Doubles()
        self._setting = setting
        self._runs: list[Played] = []

    def look(self) -> None:
        """Let the clock go on if all that the runs of the stage do is to wait for it, or for each other."""
        busy = [call for run in self._runs for call in run.waiting if call.op != _CHILD]
        if 0 < len(busy) == self._setting.clock.waiting:
            self._setting.clock.advance()

    def play(
        self, spell: Spell, args: Any, project: Project, sink: Sink, above: Played | None = None, allow: Allowed = None
    ) -> Played:
        """Return a run of a spell that has not begun.

        Args:
            spell: of the project.
            args: what `spell()` returns in it.
            project: where the spell and its modules are.
            sink: receives what it prints.
            above: the run that begins this one.
            allow: of what that may touch the part that this one gets; None for all of it.

        Raises:
            PermissionDenied: the spell declares what the test does not allow.
            SpellError: a module is not there, or cannot be one.
        """
        setting = self._setting
        if above is None:
            rules = self._granted(spell, args)
        else:
            given = (
                above.context.access.rules if allow is None else above.context.access.rules.narrowed(spell.name, allow)
            )
            rules = replace(given, declared=spell.manifest.allow, language=spell.language)
        context = self.context(
            spell.name,
            sink,
            spell.manifest,
            project=setting.scratch.project,
            rules=rules,
            identity=spell.name,
        )
        context.clock = setting.clock.seconds
        context.model = setting.script.model or spell.manifest.model or USUAL_MODEL
        setting.script.model = context.model
        context.chosen = None if context.model == spell.manifest.model else context.model
        if above is not None:
            spending = above.context.spending
            context.spending = Spending(context.spending.caps, above=spending, share=spending.restore)
            context.access.taint = above.context.access.taint
        refuse_missing(spell.name, rules, context.paths.missing())
        bundle: Bundle = gather(spell, project, _Reader(context.access))
        context.paths.protect(each.path for each in bundle.modules)
        setting.begun(bundle)
        surface = Surface([kind(context) for kind in self._globals], exists=rules.exists)
        run = Played(spell, args, context, surface, setting.seed, bundle)
        run.setting, run.stage, run.told = setting, self, [] if above is None else above.told
        run.desk.person = setting.person
        run.depth = 0 if above is None else above.depth + 1
        context.child = partial(self._begin, run, project, sink)
        return run

    async def perform(self, run: Played) -> None:
        """Run a spell to its end."""
        self._runs.append(run)
        try:
            await self.execute(run)
        finally:
            self._runs.remove(run)
        if run.error is not None and run.error.where is not None and run.error.source is None:
            run.error.source = run.bundle.sources.get(run.error.where.file)

    async def _begin(
        self, above: Played, project: Project, sink: Sink, name: str, args: Mapping[str, Any], allow: Allowed
    ) -> Any:
        """Run another spell for a spell, on the same stage, and return its result."""
        if above.depth == DEPTH:
            raise ScriptError(f"spells run each other more than {DEPTH} deep")
        spell = located(repertoire.find(name, project, above.context.identity), project)
        args = spell.manifest.arguments(args, spell.name)
        run = self.play(spell, args, project, sink, above, allow)
        performing = asyncio.get_running_loop().create_task(self.perform(run), context=contextvars.Context())
        try:
            await asyncio.shield(performing)
        finally:
            if not performing.done():
                run.kill("the run that began it gave it up")
                await asyncio.wait([performing])
        if run.error is not None:
            raise run.error
        return run.value

    def _granted(self, spell: Spell, args: Any) -> Rules:
        """Return the rules: what the spell declares or the test allows, as far as it stays on the stage."""
        inside = self._setting.scratch.inside
        rules = self.profile.rules(spell.manifest.allow, spell.language)
        wanted = spell.manifest.allow if self._setting.allow is None else self._setting.allow
        for name, patterns in wanted.items():
            if name not in KINDS:
                continue
            kind: Kind = name
            if kind in FILES:
                patterns = [pattern for pattern in patterns if pattern != ALL and inside(pattern)]
            if patterns and self.profile.permissions[kind] != "never":
                rules = rules.grant(kind, patterns, _TEST)
        given = spell.input_files(args)
        if lost := next((path for path in given if not inside(path)), None):
            raise PermissionDenied(
                f"cast: the input {shown(lost)} leads out of the folder of the test",
                hint='`files` puts a file there: { ["notes.txt"] = "…" }',
            )
        return rules.grant_files(given)


class _Reader(Reader):
    """Decides about files of the stage, and reads those of the project: what runs is not copied there."""

    def open(self, path: str, *, data: bool) -> None:
        """Decide about a file; raises what is raised for any other run."""
        super().open(path, data=data)


def located(spell: Spell, project: Project) -> Spell:
    """Return a spell under the name that it has in its project."""
    return spell if spell.path is None else replace(spell, name=project.name(spell.path))


def _told(value: Any, depth: int = 0) -> Any:
    """Return an argument of a call as a test sees it; what is no data is named."""
    if depth > 20:
        return "…"
    if isinstance(value, bytes):
        return "(bytes)"
    if isinstance(value, list):
        return [_told(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(label := value.get("$handle"), str):
        return label
    for tag in ("$function", "$handle", "$bytes"):
        if tag in value:
            return f"({tag[1:]})"
    parts = {name: each for name, each in value.items() if name != "$type"}
    return {str(name).replace("$$", "$", 1): _told(each, depth + 1) for name, each in parts.items()}
