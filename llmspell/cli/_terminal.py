"""What a person at a terminal, or a program behind a pipe, sees of a run. stdout is the result; the rest is stderr."""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from llmspell.bridge.values import plain
from llmspell.cli._early import Early
from llmspell.context import Sink
from llmspell.errors import Cancelled, ConfigError, Parked, SpellError
from llmspell.host.run import Run
from llmspell.money import dollars
from llmspell.report import render
from llmspell.wording import clip, visible

_LOG_LENGTH = 4000
"""Characters that are shown of one line of the log."""


class Terminal:
    """How this command was asked to speak."""

    def __init__(self, early: Early | None = None, after: Sequence[str] = ()) -> None:
        self.as_json = False
        self.quiet = False
        self.verbose = False
        self.no_color = False
        self.no_input = False
        self.early = early
        self.after = list(after)  # the words after `--`
        self.began = time.monotonic()
        self._held: list[Callable[[], None]] | None = None  # what waits until a person has answered
        self._broken: OSError | None = None

    @property
    def color(self) -> bool:
        """Whether stderr shows colours."""
        return not self.no_color and "NO_COLOR" not in os.environ and sys.stderr.isatty()

    def note(self, text: str) -> None:
        """Write a line to stderr, unless the person wants quiet."""
        if not self.quiet:
            self.tell(visible(text))

    def hold(self) -> None:
        """Keep what is written from now on: a person is asked, and nothing must stand behind the question."""
        self._held = []

    def release(self) -> None:
        """Write what was kept, now that the person has answered."""
        held, self._held = self._held or [], None
        for write in held:
            try:
                write()
            except OSError as error:
                self._broken = self._broken or error  # whoever writes next is told

    def tell(self, text: str, end: str = "\n") -> None:
        """Write text to stderr as it is; where that has gone, nobody is left to be told."""
        if self._held is not None:
            self._held.append(partial(self.tell, text, end))
            return
        with suppress(OSError):
            print(text, end=end, file=sys.stderr, flush=True)  # noqa: T201

    def write(self, text: str) -> None:
        """Write text of the spell to stdout at once: as it is, but without codes for a terminal if that is one."""
        if self._broken is not None:
            raise self._broken
        if self._held is not None:
            self._held.append(partial(self.write, text))
            return
        text = visible(text, keep="\n\t") if sys.stdout.isatty() else text
        sys.stdout.buffer.write(text.encode(errors="backslashreplace"))  # a path may hold what is no text
        sys.stdout.buffer.flush()

    def write_document(self, document: dict[str, Any]) -> None:
        """Write the one document of `--json`."""
        self.write(f"{encoded(document)}\n")

    def finish(self, run: Run, sink: "TerminalSink", file: str | None = None, then: str | None = None) -> int:
        """Print the result or the error of a run and its closing line; return the exit code.

        Args:
            run: the run, at its end.
            sink: what kept its output.
            file: where the result goes instead of stdout.
            then: the command that people may want to give next.
        """
        self.write("")  # nobody has been told yet of what could not be written while a person was asked
        saved = file not in (None, "-") and run.error is None and _save(run, file)
        if self.as_json:
            self.write_document(document(run, sink))
        elif not saved and run.value is not None:
            self.write(shown(run.value, pretty=sys.stdout.isatty()))
        if isinstance(run.error, Parked):
            answer = f"to answer:  llmspell approve {clip(visible(run.id), 100)}"
            self.tell(visible(f"{run.error.message}\n{answer}\nto go on:   {visible(then or '')}", keep="\n"))
            then = None
        elif run.error is not None and not self.as_json:
            self.tell(render(run.error, run.spell.source, color=self.color))
        self.note("  ".join(filter(None, (closing_line(run, time.monotonic() - self.began), then))))
        return 0 if run.error is None else run.error.exit_code


class TerminalSink(Sink):
    """Shows what a run says while it goes on."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self.terminal = terminal
        self.unheard = False

    def output(self, stream: str, text: str) -> None:
        """Print at once, or keep it for the one document of `--json`.

        Raises:
            Cancelled, ConfigError: whoever read our stdout has gone, or it has no room.
        """
        if stream == "err":
            self.terminal.tell(visible(text, keep="\n\t"), end="")
        elif self.terminal.as_json:
            super().output(stream, text)
        else:
            self._print(text)

    def _print(self, text: str) -> None:
        try:
            self.terminal.write(text)
        except BrokenPipeError:
            self.unheard = True
            raise Cancelled("nobody reads the output any more") from None
        except OSError as error:
            raise ConfigError(f"cannot write to stdout: {error.strerror}") from None

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Write a line to stderr; debug only with -v."""
        if level == "debug" and not self.terminal.verbose:
            return
        extra = "".join(f" {name}={json.dumps(plain(value), ensure_ascii=False)}" for name, value in fields.items())
        self.terminal.note(clip(visible(f"{level}: {message}{extra}"), _LOG_LENGTH))

    def progress(self, line: str) -> None:
        """Write a line with the time since the command began."""
        minutes, seconds = divmod(time.monotonic() - self.terminal.began, 60)
        self.terminal.note(f"[{int(minutes):02}:{seconds:04.1f}] {line}")


def _save(run: Run, file: str) -> bool:
    """Write the result of a run to a file; if that fails, the run has failed, but its result is still there."""
    try:
        Path(file).write_text(shown(run.value, pretty=True), encoding="utf-8")
    except OSError as error:
        message = f"--output: cannot write {file}: {error.strerror}"
        run.error = ConfigError(message, hint="the result is on stdout instead")
    return run.error is None


def shown(value: Any, *, pretty: bool) -> str:
    """Return a result as it is printed: text as it is, data as JSON, nothing for null; one newline at the end."""
    value = plain(value)
    if value is None:
        return ""
    is_text = isinstance(value, str)
    text = value if is_text else encoded(value, indent=2 if pretty else None)
    return text if text.endswith("\n") else text + "\n"


def encoded(value: Any, indent: int | None = None) -> str:
    """Return data as JSON for people too: what they would not see, or what steers a terminal, is escaped."""
    return visible(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent), keep="\n", as_json=True)


def document(run: Run, sink: Sink) -> dict[str, Any]:
    """Return the one document of `--json`."""
    report: dict[str, Any] = {
        "run": run.id,
        "status": status(run),
        "result": plain(run.value),
        "output": "".join(sink.printed),
        "usage": run.usage,
        "security": run.context.profile.label,
        "bundle": run.bundle.document(),
        "isolation": run.isolation["isolation"],
        "missing": run.isolation["missing"],
    }
    if run.error is not None:
        report["error"] = error_document(run.error)
    return report


def status(run: Run) -> str:
    """Return how a run has ended, in one word; what was stopped may have a result all the same."""
    if isinstance(run.error, Parked):
        return "suspended"
    if run.error is not None:
        return "failed"
    return "stopped" if run.cut_short else "ok"


def error_document(error: SpellError) -> dict[str, Any]:
    """Return an error as data."""
    where = error.where and {"file": error.where.file, "line": error.where.line, "column": error.where.column}
    return {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint,
        "retryable": error.retryable,
        "where": where,
    }


def closing_line(run: Run, seconds: float) -> str:
    """Return the line that ends every run on stderr."""
    words = [status(run), run.id, f"{seconds:.1f}s"]
    usage = run.usage
    if usage["input_tokens"] or usage["output_tokens"]:
        words.append("price unknown" if usage["usd"] is None else dollars(usage["usd"]))
        words.append(f"in {_short(usage['input_tokens'])} out {_short(usage['output_tokens'])}")
    return " ".join(words)


def _short(count: int) -> str:
    return str(count) if count < 1000 else f"{count / 1000:.1f}k"
