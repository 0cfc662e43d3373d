"""The command that goes on with a run, as a person can paste it."""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from llmspell.errors import ArgumentError, SpellError
from llmspell.host import archive
from llmspell.journal.records import RunRecord
from llmspell.journal.store import Store
from llmspell.secrets import names_in
from llmspell.security.profile import NAMES, Profile
from llmspell.security.rules import ALL, KINDS, Kind, Rules
from llmspell.wording import visible

_LONGEST = 4000  # characters of a command: a longer one is not shown with half of its flags
_DEEPEST = 100  # runs inside of runs


def sequel(
    run: RunRecord,
    *words: str,
    flags: Mapping[str, Any] | None = None,
    more: Mapping[Kind, Iterable[str]] | None = None,
) -> str:
    """Return the command that goes on with a run, with the flags that allow it again what its record says.

    It is text for a person, who reads what it allows: nothing is allowed by it. Where the flags cannot be told whole,
    because the record is damaged or asks for what no flag can say, the command has none, and says what is missing.

    Args:
        run: which is gone on with.
        words: the command, and what stands behind the name of the run: `fork`, `--at`, `3`; `resume` unless given.
        flags: the options that the person has chosen, if it was in this process.
        more: what else it needs.
    """
    verb, *rest = words or ("resume",)
    bare = ["llmspell", verb, run.run_id, *rest]
    try:
        archive.check(run)
        text = shlex.join([*bare, *_flags(run, flags or {}, more or {})])
    except SpellError:
        return visible(shlex.join(bare))
    return text if len(text) < _LONGEST and visible(text) == text else visible(shlex.join(bare))


def _flags(run: RunRecord, flags: Mapping[str, Any], more: Mapping[Kind, Iterable[str]]) -> list[str]:
    usually = archive.usual(run)
    chosen = "low" if flags.get("trust") else flags.get("security")
    security = _recorded(run) if chosen in (None, usually) else str(chosen)
    words = [] if security == usually else ["--security", security]
    words += ["--allow-weak-isolation"] if flags.get("allow_weak_isolation") else []
    profile = Profile.load(security)
    usual = Rules(profile.label, profile.permissions)
    for kind in KINDS:
        known = {rule.pattern for rule in usual.patterns(kind)}
        wanted = {*run.info["granted"][kind], *more.get(kind, ())} - known
        if wanted and ALL not in known and usual.modes[kind] != "never":
            words.append(f"--allow-{kind}={','.join(sorted(wanted))}")
    words += [f"--secret={name}" for name in names_in(run.args)]
    return words + (["-o", flags["output"]] if flags.get("output") else [])


def _recorded(run: RunRecord) -> str:
    """Return the profile that a run had; of one of the person's own only its name is known."""
    name: str = run.info["profile"]["name"]
    own = f"{name}.toml"
    if name in NAMES:
        return name
    return own if Path(own).name == own and Path(own).is_file() else str(run.info["profile"]["base"])


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
