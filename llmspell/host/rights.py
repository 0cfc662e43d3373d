"""Rights: what a run that goes on lacks of what it could touch before."""

from llmspell.errors import ArgumentError
from llmspell.journal.records import RunRecord
from llmspell.security.rules import ALL, KINDS, Kind, Rules
from llmspell.wording import clip, visible

_VERBS = {"read": "read", "write": "write", "net": "reach", "run": "run"}


def check(run: RunRecord, rules: Rules) -> None:
    """Refuse to go on with a run that may touch less than when it began. Its record grants nothing.

    Args:
        run: the run.
        rules: what it may touch now.

    Raises:
        ArgumentError: something is missing.
    """
    missing = lost(run, rules)
    if missing:
        shown = {kind: visible(clip(",".join(patterns), 200)) for kind, patterns in missing.items()}
        could = "; ".join(f"{_VERBS.get(kind, f'use {kind}')} {patterns}" for kind, patterns in shown.items())
        flags = " ".join(f"--allow-{kind}={patterns}" for kind, patterns in shown.items())
        raise ArgumentError(
            f"run {run.run_id} could do what it cannot now: {could}",
            hint=f"{flags} allows it again ({run.profile})",
        )


def lost(run: RunRecord, rules: Rules) -> dict[Kind, list[str]]:
    """Return what a record says that the run could touch, and it cannot now."""
    found: dict[Kind, list[str]] = {}
    for kind in KINDS:
        now_granted = {rule.meaning for rule in rules.patterns(kind)}
        missing = [] if ALL in now_granted else sorted(set(run.info["granted"].get(kind, ())) - now_granted)
        if missing:
            found[kind] = missing
    return found
