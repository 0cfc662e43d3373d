"""The command that goes on with a run, as a person can paste it."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from llmspell.errors import ArgumentError, SpellError
from llmspell.host import archive
from llmspell.journal.records import RunRecord
from llmspell.journal.store import Store
from llmspell.secrets import names_in
from llmspell.security.profile import NAMES, Profile
from llmspell.security.rules import ALL, KINDS, Kind
from llmspell.security.taint import SINKS
from llmspell.wording import visible

_LONGEST = 4000  # characters of a command: a longer one is not shown with half of its flags
_DEEPEST = 100  # runs inside of runs


def sequel(
    run: RunRecord,
    *words: str,
    flags: Mapping[str, Any] | None = None,
    more: Mapping[Kind, Iterable[str]] | None = None,
    ours: bool = False,
) -> str:
    """Return the command that goes on with a run.

    It allows what the person has allowed in this process and what is missing; what a record alone says that the run had
    is in `besides`. Where its flags cannot be told whole, it has none: who goes on is told what lacks.

    Args:
        run: which is gone on with.
        words: the command, and what stands behind the name of the run: `fork`, `--at`, `3`; `resume` unless given.
        flags: the options that the person has chosen, if it was in this process.
        more: what else it needs.
        ours: whether it is of this process, so that the person has allowed what it has.
    """
    verb, *rest = words or ("resume",)
    bare = ["llmspell", verb, run.run_id, *rest]
    try:
        archive.check(run)
        text = shlex.join([*bare, *_flags(run, flags or {}, more or {}, ours=ours)])
    except SpellError:
        return visible(shlex.join(bare))
    return text if len(text) < _LONGEST and visible(text) == text else visible(shlex.join(bare))


def besides(run: RunRecord) -> str | None:
    """Return a line for people: what the record of a run says that it had, and no command gives; None if nothing.

    A file of a profile is not in it: what has the name today may say something else.
    """
    try:
        archive.check(run)
        usually = archive.usual(run)
        profile, name = Profile.load(usually), run.info["profile"]["name"]
        words = ["--security", name] if name in NAMES and name != usually else []
        words += _allowing(profile, {kind: run.info["granted"].get(kind, ()) for kind in KINDS})
        taint = run.info.get("taint", profile.taint)
        words += [] if _is_stricter(taint, profile.taint) or taint == profile.taint else [f"--taint={taint}"]
        words += [f"--secret={each}" for each in names_in(run.args)]
    except SpellError:
        return None
    text = f"its record says that it had: {shlex.join(words)}"
    return text if words and len(text) < _LONGEST and visible(text) == text else None


def _flags(run: RunRecord, flags: Mapping[str, Any], more: Mapping[Kind, Iterable[str]], *, ours: bool) -> list[str]:
    usually = archive.usual(run)
    security = "low" if flags.get("trust") else str(flags.get("security") or usually)
    words = [] if security == usually else ["--security", security]
    words += ["--allow-weak-isolation"] if flags.get("allow_weak_isolation") else []
    profile = Profile.load(security)
    had = run.info["granted"] if ours else {}
    words += _allowing(profile, {kind: [*had.get(kind, ()), *more.get(kind, ())] for kind in KINDS})
    for kind in KINDS:
        if forbidden := [*run.info.get("denied", {}).get(kind, ()), *(flags.get(f"deny_{kind}") or ())]:
            words.append(f"--deny-{kind}={','.join(sorted({each for said in forbidden for each in said.split(',')}))}")
    recorded = run.info.get("taint", profile.taint)
    taint = flags.get("taint") or (recorded if ours or _is_stricter(recorded, profile.taint) else profile.taint)
    words += [] if taint == profile.taint else [f"--taint={taint}"]
    words += ["--model", flags["model"]] if flags.get("model") and profile.permissions["models"] != "all" else []
    words += [f"--secret={name}" for name in (names_in(run.args) if ours else flags.get("secret") or ())]
    return words + (["-o", flags["output"]] if flags.get("output") else [])


def _allowing(profile: Profile, wanted: Mapping[Kind, Iterable[str]]) -> list[str]:
    """Return the flags that allow what a profile does not grant by itself, where it can be allowed."""
    usual, words = profile.rules(), list[str]()
    for kind in KINDS:
        known = {rule.pattern for rule in usual.patterns(kind)}
        left = {*wanted[kind]} - known
        if left and ALL not in known and usual.modes[kind] != "never":
            words.append(f"--allow-{kind}={','.join(sorted(left))}")
    return words


def _is_stricter(one: str, other: str) -> bool:
    return SINKS.index(one) > SINKS.index(other)


async def first(store: Store, run: RunRecord) -> RunRecord:
    """Return the run that began a run, or the one that began that, and so on: a part of a run goes on with that."""
    for _ in range(_DEEPEST):
        if run.parent is None:
            break
        try:
            run = await store.run(run.parent)
        except ArgumentError:  # it was forgotten
            break
    return run
