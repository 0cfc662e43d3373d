"""What waits for people in the journal, as the questions that they are asked."""

from types import SimpleNamespace
from typing import Any

from llmspell.bridge.dispatch import Gate
from llmspell.bridge.surface import Surface
from llmspell.context import Effects
from llmspell.errors import ConfigError, SpellError
from llmspell.globals.human import Asking, Human
from llmspell.host.host import builtin_globals
from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.values import fingerprint
from llmspell.question import Asked, Question
from llmspell.wording import clip, visible


class _Hearing(Effects):
    """Hears what an op asks, and has no answer."""

    def __init__(self) -> None:
        self.heard: Question | None = None

    async def decide(self, question: Question) -> Any:
        self.heard = question


def asked(run: RunRecord, entry: Entry) -> Asked:
    """Return the question that a call asks: what the op makes of its request, which is what its fingerprint stands for.

    Raises:
        ConfigError: the journal is damaged or changed, or of another llmspell.
    """
    name = f"call {entry.no} of run {clip(visible(run.run_id), 60)}"
    if fingerprint(entry.op, entry.request) != entry.fingerprint:
        raise ConfigError(f"{name} asks something else in the journal than it did", hint="llmspell runs check")
    hearing = _Hearing()
    context: Any = SimpleNamespace(effects=hearing)
    globals_ = [kind(context) if kind in (Asking, Human) else kind for kind in builtin_globals()]
    request = entry.request if isinstance(entry.request, list) else []
    try:
        Gate(Surface(globals_), None).at_once(entry.op, request, entry.no)
    except SpellError as error:
        raise ConfigError(f"{name} asks nothing that can be shown: {error.message}") from None
    if hearing.heard is None:
        raise ConfigError(f"{name} asks nothing")
    place = f"{clip(visible(entry.file or run.identity), 80)} line {entry.line}"
    return Asked(run.run_id, entry.no, hearing.heard, entry.fingerprint, place, entry.started_ms)
