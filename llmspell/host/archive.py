"""Runs as the journal keeps them: what has to be the same when one is repeated, and the way back from there."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
from msgspec import structs

from llmspell import manifest
from llmspell.bundle import Bundle, Module
from llmspell.errors import ArgumentError, ConfigError, Diverged, Place, SpellError
from llmspell.host.memory import Memory
from llmspell.host.past import Past
from llmspell.host.run import Run
from llmspell.host.scope import stored
from llmspell.host.scribe import Scribe, outcome
from llmspell.journal.records import RunRecord
from llmspell.journal.recovery import CUT
from llmspell.journal.store import Store
from llmspell.language import LANGUAGES
from llmspell.messages import Start
from llmspell.secrets import Secrets
from llmspell.security.profile import Profile
from llmspell.security.rules import KINDS, Kind, Rules
from llmspell.security.taint import Sinks
from llmspell.spell import Spell
from llmspell.wording import clip, visible

HOST_ABI = 1
"""The number of all that scripts see of the host. It goes up when a run of before could come out otherwise."""

_scrub = Secrets().scrub  # a replay knows no secrets: there are only their names
_PINNED = ("in_flight", "output", "frame")  # what the guest knows of the limits
_BOUNDED = ("memory", "memory_hard", "cpu", "turn", "calls")


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
        "granted": {kind: [rule.meaning for rule in run.context.rules.patterns(kind)] for kind in KINDS},
        "denied": {kind: said for kind in KINDS if (said := _denied(run.context.rules, kind))},
        "taint": run.context.access.taint.sinks,
    }
    return RunRecord(
        run_id=run.id, spell=run.spell.name, identity=run.context.identity, language=run.spell.language,
        bundle=run.bundle.sha, host_abi=HOST_ABI, args=run.args, seed=run.seed,
        t0_ms=round(run.context.started.timestamp() * 1000), profile=profile.label, model=run.context.model,
        owner=owner(), info=info,
    )  # fmt: skip


def _denied(rules: Rules, kind: Kind) -> list[str]:
    """Return what the person has denied on the command line: what files deny they deny again."""
    return [rule.pattern for rule in rules.denied.get(kind, ()) if rule.source.startswith("--")]


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


def bundle(files: Mapping[str, Any], sha: str | None = None) -> Bundle:
    """Return the bundle that `files` has made data of.

    Args:
        files: the data.
        sha: the hash that the run has of it: an encrypted journal may have another that is not encrypted.

    Raises:
        ConfigError: it is none, or another.
    """
    try:
        found = msgspec.convert(files, _Files)
    except msgspec.ValidationError:
        raise ConfigError("a spell in the journal is damaged") from None
    spell, modules = found["spell"], found["modules"]
    if spell.language not in LANGUAGES or any(each.language not in (*LANGUAGES, "json") for each in modules):
        raise ConfigError("a spell in the journal is damaged")
    whole = Bundle(spell, modules, found["folder"])
    if sha is not None and whole.sha != sha:
        raise ConfigError("a spell in the journal is not the one that the run has begun with")
    return whole


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


class _Files(TypedDict):
    spell: Module
    modules: tuple[Module, ...]
    folder: str


_Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Time = Annotated[float, msgspec.Meta(gt=0)]


class _Limits(TypedDict):
    memory: _Size
    memory_hard: _Size
    cpu: _Time
    turn: _Time
    wall: _Time | None
    output: _Size
    frame: _Size
    in_flight: _Size
    calls: _Size


class _Profile(TypedDict):
    name: str
    about: str
    base: Literal["low", "medium", "high"]
    jit: bool
    codegen: bool


class _Info(TypedDict):
    data: dict[str, Any]
    surface: str
    profile: _Profile
    limits: _Limits
    granted: dict[str, list[str]]
    denied: NotRequired[dict[str, list[str]]]
    taint: NotRequired[Sinks]


class _Op(TypedDict):
    op: str


class _Surface(TypedDict):
    ops: list[_Op]
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
        if run.error is not None:
            msgspec.convert(run.error, _Ending)
        whole = all(name in KINDS for name in (*info["granted"], *info.get("denied", ())))
        whole = whole and (info["profile"]["name"] + info["profile"]["about"] + run.identity).isprintable()
        whole = whole and 0 < len(run.identity) <= 4096
    except (msgspec.MsgspecError, RecursionError):
        whole = False
    if not whole:
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


def usual(run: RunRecord) -> str:
    """Return the profile to repeat a run in unless a person chooses one; a record can ask for more, never for less."""
    return "high" if run.info["profile"]["base"] == "high" else "medium"


def profile(run: RunRecord, today: Profile) -> Profile:
    """Return limits to replay a run in: of its own and those of today the lower, under the name that it had.

    Raises:
        ArgumentError: its script was told of more than there is today.
    """
    check_limits(run, today)
    then, found = run.info["limits"], run.info["profile"]
    lower = {name: min(then[name], getattr(today.limits, name)) for name in _BOUNDED}
    return replace(
        today,
        name=found["name"],
        about=found["about"],
        jit=found["jit"] and today.jit,
        codegen=found["codegen"] and today.codegen,
        limits=replace(today.limits, **lower, **_limits(run)),
    )


def pinned(run: RunRecord, today: Profile) -> Profile:
    """Return the limits of today to resume a run in, with those that its script knows as they were.

    Raises:
        ArgumentError: these are more than there is today.
    """
    check_limits(run, today)
    return replace(today, limits=replace(today.limits, **_limits(run)))


def check_limits(run: RunRecord, today: Profile) -> None:
    """Refuse to repeat a run whose script was told of more than there is today: what it knows of cannot change.

    Raises:
        ArgumentError: it was.
    """
    then = {**_limits(run), "codegen": run.info["profile"]["codegen"]}
    now = {**{name: getattr(today.limits, name) for name in _PINNED}, "codegen": today.codegen}
    for name, value in then.items():
        if value > now[name]:
            setting = "engine.codegen" if name == "codegen" else f"limits.{name}"
            allowed = f"{today.label} allows {_shown(now[name])}"
            record = visible(clip(run.profile, 100))
            raise ArgumentError(
                f"run {run.run_id} began with {setting} = {_shown(value)}, and {allowed}",
                hint=f"--security chooses a profile that allows as much; the record names {record}",
            )


def _shown(value: int) -> str:
    return str(value).lower()


def check_alone(run: RunRecord) -> None:
    """Refuse to resume a run without the one that began it, which pays for it and waits for its result.

    Raises:
        ArgumentError: another run began it.
    """
    if run.parent is not None:
        parent = visible(clip(run.parent, 100))
        raise ArgumentError(f"run {run.run_id} is a part of run {parent}", hint=f"llmspell resume {parent}")


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


def _names(surface: Mapping[str, Any]) -> set[str]:
    return {entry["op"] for entry in surface["ops"]}


def check_outcome(run: RunRecord, value: Any, error: SpellError | None) -> SpellError | None:
    """Return what a replay has failed with: its own error, or that its end is not the one that was recorded."""
    if isinstance(error, Diverged) or not run.finished:
        return error
    if error is None and run.error is not None and run.status in ("cancelled", "timed_out"):
        return recorded_error(run)  # it was killed with answers that would have brought it to its end
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
    return SpellError(
        run.error["message"], kind=run.error["kind"], hint=run.error.get("hint"), where=_place(run.error.get("where"))
    )


def _place(where: Any) -> Place | None:
    match where:
        case {"file": str(file), "line": int(line), "column": int(column)} if line > 0:
            return Place(file, line, column)
    return None
