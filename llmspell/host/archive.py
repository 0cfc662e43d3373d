"""Runs as the journal keeps them: what has to be the same when one is repeated, and the way back from there."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, TypedDict

import msgspec
from msgspec import structs

from llmspell import manifest
from llmspell.bundle import Bundle, Module
from llmspell.errors import ArgumentError, ConfigError, Diverged, SpellError
from llmspell.host.memory import Memory
from llmspell.host.past import Past
from llmspell.host.run import Run
from llmspell.host.scope import stored
from llmspell.host.scribe import Scribe, outcome
from llmspell.journal.records import RunRecord
from llmspell.journal.recovery import CUT
from llmspell.journal.store import Store
from llmspell.messages import Start
from llmspell.secrets import Secrets
from llmspell.security.profile import NAMES, Limits, Profile
from llmspell.security.rules import ALL, KINDS, Rules
from llmspell.spell import Spell
from llmspell.wording import clip, visible

HOST_ABI = 1
"""The number of all that scripts see of the host. It goes up when a run of before could come out otherwise."""

_scrub = Secrets().scrub  # a replay knows no secrets: there are only their names
_PINNED = ("in_flight", "output", "frame")  # what the guest knows of the limits


def owner() -> str:
    """Return this process as others are told of it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def record(run: Run) -> RunRecord:
    """Return a run that begins."""
    start, profile = run.start(), run.context.profile
    surface = dict(start.surface)
    data = surface.pop("data")
    info = {
        "data": data,
        "surface": msgspec.json.encode(surface).decode(),  # text, so that it is kept once for all runs
        "profile": {name: getattr(profile, name) for name in ("name", "about", "base", "jit", "codegen")},
        "limits": asdict(profile.limits),
        "granted": {kind: [rule.pattern for rule in run.context.rules.patterns(kind)] for kind in KINDS},
    }
    return RunRecord(
        run_id=run.id, spell=run.spell.name, identity=run.context.identity, language=run.spell.language,
        bundle=run.bundle.sha, host_abi=HOST_ABI, args=run.args, seed=run.seed,
        t0_ms=round(run.context.started.timestamp() * 1000), profile=profile.label, model=run.context.model,
        owner=owner(), info=info,
    )  # fmt: skip


def write_down(run: Run, store: Store, warn: Callable[[SpellError], None], memory: Memory | None = None) -> None:
    """Have a run that begins written into a journal.

    Args:
        run: which has not begun.
        store: the journal.
        warn: told why it is not there, or not to its end: the run goes on all the same.
        memory: what it is not asked again for.
    """
    run.remember(Past(), Scribe(store, lambda: store.begin(record(run), files(run.bundle)), warn), memory)


def forked(run: Run, source: RunRecord, at: int | None) -> RunRecord:
    """Return a run that begins with what another was told before call `at`; without it, with all of that."""
    begins = record(run)
    begins.info["fork"] = {"of": source.run_id, "at": at}
    return begins


def files(bundle: Bundle) -> dict[str, Any]:
    """Return the files of a bundle as data."""
    modules = [_file(each) for each in bundle.modules]
    return {"spell": _file(bundle.spell), "modules": modules, "folder": bundle.folder}


def _file(module: Module) -> dict[str, Any]:
    return {"path": module.path, "language": module.language, "source": module.source, "uses": module.uses}


def bundle(files: Mapping[str, Any]) -> Bundle:
    """Return the bundle that `files` has made data of.

    Raises:
        ConfigError: it is none.
    """
    try:
        modules = tuple(Module(**each) for each in files["modules"])
        return Bundle(Module(**files["spell"]), modules, files["folder"])
    except (KeyError, TypeError):
        raise ConfigError("a spell in the journal is damaged") from None


def spell(bundle: Bundle) -> Spell:
    """Return the spell of a bundle; it is in no file."""
    file = bundle.spell
    return Spell(file.path, file.language, file.source, manifest.read(file.source, file.language, file.path))


def start(run: RunRecord, bundle: Bundle) -> Start:
    """Return what the guest of a run was told first, with the files of a bundle.

    Raises:
        ConfigError: another llmspell has made the run, and it may come out otherwise here.
    """
    _check_abi(run)
    surface = _surface(run) | {"data": run.info["data"]}
    surface["features"] = surface["features"] | {"manifest": spell(bundle).manifest.declared}  # it may be another spell
    return Start(bundle.spell.source, bundle.spell.path, run.args, run.seed, _limits(run), surface, bundle.wire())


def start_of_fork(run: RunRecord, now: Start) -> Start:
    """Return what the guest of a fork is told first: what it would be told now, but for what its source was told.

    Raises:
        ConfigError: another llmspell has made the run, and it may come out otherwise here.
    """
    _check_abi(run)
    return structs.replace(now, limits=_limits(run), surface=now.surface | {"data": run.info["data"]})


class _Info(TypedDict):
    data: dict[str, Any]
    surface: str
    profile: dict[str, Any]
    limits: dict[str, int | float | None]
    granted: dict[str, list[str]]


class _Surface(TypedDict):
    ops: list[dict[str, Any]]
    features: dict[str, Any]


class _Ending(TypedDict):
    kind: str
    message: str
    hint: str | None


def check(run: RunRecord) -> None:
    """Refuse a record that is not what `record` makes: its file may be damaged, or a stranger's.

    Raises:
        ConfigError: it is not.
    """
    try:
        info = msgspec.convert(run.info, _Info)
        msgspec.json.decode(info["surface"], type=_Surface)
        missing: list[str] = [name for name in KINDS if name not in info["granted"]]
        missing += [name for name in _PINNED if type(info["limits"][name]) is not int]
        profile(run)
        if run.error is not None:
            msgspec.convert(run.error, _Ending)
    except (msgspec.MsgspecError, TypeError, KeyError):
        missing = ["info"]
    if missing:
        raise ConfigError(f"the record of run {visible(clip(run.run_id, 60))} is damaged")


def _check_abi(run: RunRecord) -> None:
    if run.host_abi != HOST_ABI:
        known = f"(its host has the number {run.host_abi}, this one has {HOST_ABI})"
        raise ConfigError(f"another llmspell has made run {run.run_id} {known}", hint="repeat it with that one")


def _limits(run: RunRecord) -> dict[str, Any]:
    return {name: run.info["limits"][name] for name in _PINNED}


def _surface(run: RunRecord) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(run.info["surface"])
    return found


def profile(run: RunRecord) -> Profile:
    """Return limits to replay a run in: its own, but for the time that it may take in all."""
    found = run.info["profile"]
    base = Profile.load(found["base"] if found["base"] in NAMES else "high")
    return replace(base, **found, limits=replace(Limits(**run.info["limits"]), wall=None))


def pinned(run: RunRecord, today: Profile) -> Profile:
    """Return the limits of today to resume a run in, with those that its script knows as they were."""
    return replace(today, limits=replace(today.limits, **{name: run.info["limits"][name] for name in _PINNED}))


def check_alone(run: RunRecord) -> None:
    """Refuse to resume a run without the one that began it, which pays for it and waits for its result.

    Raises:
        ArgumentError: another run began it.
    """
    if run.parent is not None:
        parent = visible(clip(run.parent, 100))
        raise ArgumentError(f"run {run.run_id} is a part of run {parent}", hint=f"llmspell resume {parent}")


def check_granted(run: RunRecord, rules: Rules) -> None:
    """Refuse to go on with a run that may touch less than when it began. Its record grants nothing.

    Args:
        run: the run.
        rules: what it may touch now.

    Raises:
        ArgumentError: something is missing.
    """
    for kind in KINDS:
        now_granted = {rule.pattern for rule in rules.patterns(kind)}
        missing = [] if ALL in now_granted else sorted(set(run.info["granted"][kind]) - now_granted)
        if missing:
            patterns = visible(clip(",".join(missing), 200))
            raise ArgumentError(
                f"run {run.run_id} could {_VERBS.get(kind, 'use')} what it cannot now: {patterns}",
                hint=f"--allow-{kind}={patterns} allows it again ({run.profile})",
            )


def check_surface(run: RunRecord, today: Mapping[str, Any]) -> None:
    """Refuse to resume a run whose script would see something else of the host than when it began.

    Args:
        run: the run.
        today: the surface that it would get.

    Raises:
        ArgumentError: something is missing, or there is more than then.
    """
    before, now = _surface(run), {name: value for name, value in today.items() if name != "data"}
    for each in (before, now):
        each["features"] = each["features"] | {"manifest": True}
    if before == msgspec.json.decode(msgspec.json.encode(now)):
        return
    names = sorted(_names(before) ^ _names(now))
    what = f": {', '.join(names[:5])}{' …' if len(names) > 5 else ''}" if names else ""
    raise ArgumentError(
        f"run {run.run_id} began with other rights than it has now{what}",
        hint=f"resume it with the flags that it was run with ({run.profile})",
    )


_VERBS = {"read": "read", "write": "write", "net": "reach", "run": "run"}


def _names(surface: Mapping[str, Any]) -> set[str]:
    return {entry["op"] for entry in surface["ops"]}


def check_outcome(run: RunRecord, value: Any, error: SpellError | None) -> SpellError | None:
    """Return what a replay has failed with: its own error, or that its end is not the one that was recorded."""
    if isinstance(error, Diverged) or not run.finished:
        return error
    expected = run.error or {}
    if error is None and run.error is None:
        same = _scrub(stored(value)) == run.result
    else:
        found = {} if error is None else outcome(error)
        same = (found.get("kind"), _scrub(found.get("message"))) == (expected.get("kind"), expected.get("message"))
    if same:
        return error
    recorded = f"{run.status}: {expected['message']}" if run.error else f"{run.status}, with another result"
    now = "it ended well" if error is None else error.message
    return Diverged(f"the spell ended otherwise than recorded\n  recorded: {recorded}\n  now:      {now}")


def recorded_error(run: RunRecord) -> SpellError:
    """Return what a run ends with whose record ends before the spell does."""
    if not run.finished:
        hint = f"llmspell resume {run.run_id} goes on from there"
        return SpellError(f"the record of this run ends here: it is {run.status}", hint=hint, kind="replay")
    if CUT in run.info:
        message = f"a damaged journal has lost what this run was told, from place {run.info[CUT]} on"
        return SpellError(message, kind="replay")
    if run.error is None:
        return Diverged("the spell has ended in its record, and waits for something now")
    return SpellError(run.error["message"], kind=run.error["kind"], hint=run.error.get("hint"))
