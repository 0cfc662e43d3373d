"""What a run says goes into its journal too, for people: beside its calls, and never in their way."""

from collections.abc import Callable
from typing import Any

from llmspell.bridge.values import plain
from llmspell.context import Sink
from llmspell.errors import SpellError
from llmspell.host.past import Past
from llmspell.host.scribe import Scribe
from llmspell.journal.records import Line, Stream
from llmspell.secrets import Secrets

PIECE = 64 * 1024
"""Characters of one line of the journal: what is printed at once may be many lines of text."""

_DEEP = 100


class Lines(Sink):
    """Passes on what a run says, and has it written down where it is new: a resumed run has said the rest before.

    Args:
        sink: gets it first, and refuses what is too much.
        past: of the run.
        scribe: writes the run down.
        now: returns the time, in milliseconds since the epoch.
        secrets: which are not written down, also where what is printed comes in pieces.
    """

    def __init__(
        self, sink: Sink, past: Past, scribe: Scribe, now: Callable[[], int], secrets: Secrets | None = None
    ) -> None:
        super().__init__()
        self._sink = sink
        self._past = past
        self._scribe = scribe
        self._now = now
        self._secrets = secrets or Secrets()
        self._tail: tuple[Stream, str] = ("out", "")
        """What may be the beginning of a secret that goes on in the next piece."""
        self._waiting: list[Line] = []
        self._writing = False
        self._over = False
        scribe.ending = self.flush

    def output(self, stream: str, text: str) -> None:
        """Take text that the spell prints; raises what the sink raises, and then keeps nothing."""
        self._sink.output(stream, text)
        said: Stream = "err" if stream == "err" else "out"
        if not self._keeps:
            return
        before, tail = self._tail
        if before != said:
            self.flush()
        else:
            text = tail + text
        end = len(text) - self._secrets.held(text)
        self._tail = (said, text[end:])
        self._print(said, text[:end])

    def flush(self) -> None:
        """Write down all that was printed until now."""
        (stream, text), self._tail = self._tail, ("out", "")
        self._print(stream, text)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Take a line of the log; raises what the sink raises, and then keeps nothing."""
        self._sink.log(level, message, fields)
        self.flush()
        kept = {str(name): _kept(value) for name, value in fields.items()}
        self._say(Line(t_ms=self._now(), stream="log", level=level, text=message, fields=kept))

    def progress(self, line: str) -> None:
        """Take a line about what the run is doing."""
        self._sink.progress(line)
        self.flush()
        self._say(Line(t_ms=self._now(), stream="progress", text=line))

    @property
    def _keeps(self) -> bool:
        return not self._over and self._past.over and self._scribe.writes

    def _print(self, stream: Stream, text: str) -> None:
        """Write down text in pieces; it is scrubbed before it is cut."""
        text = self._secrets.scrub(text)
        for start in range(0, len(text), PIECE):
            self._add(stream, text[start : start + PIECE])

    def _add(self, stream: Stream, text: str) -> None:
        last = self._waiting[-1] if self._waiting else None
        if last is not None and last.stream == stream and len(last.text) + len(text) <= PIECE:
            last.text += text  # a script may print a character at a time
        else:
            self._say(Line(t_ms=self._now(), stream=stream, text=text))

    def _say(self, line: Line) -> None:
        if not self._keeps:
            return
        self._waiting.append(line)
        if not self._writing:
            self._writing = True
            self._scribe.aside(self._write())

    async def _write(self) -> None:
        while self._waiting:
            lines, self._waiting = self._waiting, []
            try:
                await self._scribe.say(lines)
            except SpellError:  # the next call meets it too, and the run needs that one
                self._over = True
                self._waiting.clear()
        self._writing = False


def _kept(value: Any, depth: int = 0) -> Any:
    """Return a field of the log as data that the journal takes."""
    value = plain(value) if depth == 0 else value
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if isinstance(value, list | dict) and depth == _DEEP:
        return "…"
    if isinstance(value, list):
        return [_kept(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): _kept(item, depth + 1) for key, item in value.items()}
    return value
