"""Runs as the journal keeps them: what has to be the same when one is repeated, and the way back from there."""

import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import msgspec

from llmspell import manifest
from llmspell.bundle import Bundle, Module
from llmspell.errors import ArgumentError, ConfigError, Diverged, SpellError
from llmspell.host.run import Run
from llmspell.host.scope import stored
from llmspell.host.scribe import outcome
from llmspell.journal.records import RunRecord
from llmspell.messages import Start
from llmspell.security.profile import NAMES, Limits, Profile
from llmspell.security.rules import ALL, KINDS, Rules
from llmspell.spell import Spell
from llmspell.wording import clip, visible

HOST_ABI = 1
"""The number of all that scripts see of the host. It goes up when a run of before could come out otherwise."""

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
    if run.host_abi != HOST_ABI:
        known = f"(its host has the number {run.host_abi}, this one has {HOST_ABI})"
        raise ConfigError(f"another llmspell has made run {run.run_id} {known}", hint="repeat it with that one")
    surface = msgspec.json.decode(run.info["surface"]) | {"data": run.info["data"]}
    limits = {name: run.info["limits"][name] for name in _PINNED}
    return Start(bundle.spell.source, bundle.spell.path, run.args, run.seed, limits, surface, bundle.wire())


def profile(run: RunRecord) -> Profile:
    """Return limits to replay a run in: its own, but for the time that it may take in all."""
    found = run.info["profile"]
    base = Profile.load(found["base"] if found["base"] in NAMES else "high")
    return replace(base, **found, limits=replace(Limits(**run.info["limits"]), wall=None))


def pinned(run: RunRecord, today: Profile) -> Profile:
    """Return the limits of today to resume a run in, with those that its script knows as they were."""
    return replace(today, limits=replace(today.limits, **{name: run.info["limits"][name] for name in _PINNED}))


def check_rights(run: RunRecord, rules: Rules, today: Mapping[str, Any]) -> None:
    """Refuse to resume a run that would not get what it began with. Its record grants nothing.

    Args:
        run: the run.
        rules: what it may touch now.
        today: the surface that it would get.

    Raises:
        ArgumentError: something is missing, or there is more than then.
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
    before = msgspec.json.decode(run.info["surface"])
    now = {name: value for name, value in today.items() if name != "data"}
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
        same = stored(value) == run.result
    else:
        found = {} if error is None else outcome(error)
        same = (found.get("kind"), found.get("message")) == (expected.get("kind"), expected.get("message"))
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
    if run.error is None:
        return Diverged("the spell has ended in its record, and waits for something now")
    return SpellError(run.error["message"], kind=run.error["kind"], hint=run.error.get("hint"))
