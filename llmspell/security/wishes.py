"""Wishes: what a spell declares and nobody has granted, without which it does not run."""

import shlex
from collections.abc import Iterable, Sequence

from llmspell.errors import PermissionDenied
from llmspell.security.rules import Kind, Rules, Wish
from llmspell.wording import visible

MOST_HINT = 500
"""Characters of a hint: a command is shown whole or not at all."""


def refuse_missing(spell: str, rules: Rules, missing: Sequence[Wish], command: str | None = None) -> None:
    """Refuse a spell that declares what nobody has granted, with the words that would grant it.

    Args:
        spell: its name.
        rules: what is granted.
        missing: what is not.
        command: which grants it, if that is another than `run` with flags.

    Raises:
        PermissionDenied: something is missing.
    """
    if missing:
        wishes, name = by_kind(missing), shlex.quote(spell)
        asks = "; ".join(f"{kind} {', '.join(patterns)}" for kind, patterns in wishes.items())
        flags = [f"--allow-{kind}={shlex.quote(','.join(patterns))}" for kind, patterns in wishes.items()]
        fix = f"read it, and if you agree: {command or ' '.join(['llmspell run', name, *flags])}"
        whole = len(fix) < MOST_HINT and visible(fix) == fix  # else it would name another spell
        raise PermissionDenied(
            f"{visible(spell)} asks for {asks}, which nobody has allowed",
            hint=fix if whole else f"read it, and allow what you agree to: --allow-{missing[0].kind}=…",
            data={"rule": f"{rules.label} grants access as you allow it"},
        )


def by_kind(wishes: Iterable[Wish]) -> dict[Kind, list[str]]:
    """Return the patterns of some wishes by kind."""
    found: dict[Kind, list[str]] = {}
    for kind, pattern in wishes:
        found.setdefault(kind, []).append(pattern)
    return found
