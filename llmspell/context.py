"""Context: what the globals of one run hold, and where a run says what it has to say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from llmspell.errors import BudgetError, ScriptError
from llmspell.models import Models, Usage
from llmspell.security.profile import Profile
from llmspell.wording import clip


class Sink:
    """Receives what a run says while it goes on; this one keeps the printed text and drops the rest."""

    def __init__(self) -> None:
        self.printed: list[str] = []

    def output(self, stream: str, text: str) -> None:
        """Take text that the spell prints; stream is `out` or `err`."""
        if stream == "out":
            self.printed.append(text)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Take a line that the spell logs."""

    def progress(self, line: str) -> None:
        """Take a line about what the run is doing."""


class Meter(Sink):
    """Passes on what a run says, whoever says it for the run, until it is more than the security profile allows."""

    def __init__(self, sink: Sink, profile: Profile) -> None:
        super().__init__()
        self._sink = sink
        self._limit = profile.limits.output
        self._label = profile.label
        self._bytes = 0

    def output(self, stream: str, text: str) -> None:
        """Pass on text.

        Raises:
            ScriptError: it is too much.
        """
        self._count(text)
        self._sink.output(stream, text)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Pass on a line of the log.

        Raises:
            ScriptError: it is too much.
        """
        self._count(f"{message}{fields or ''}")
        self._sink.log(level, message, fields)

    def progress(self, line: str) -> None:
        """Pass on a line, the beginning of it if it is long."""
        self._sink.progress(clip(line, 200))

    def _count(self, text: str) -> None:
        self._bytes += len(text.encode())
        if self._bytes > self._limit:
            raise ScriptError(
                f"the spell printed more than {self._limit} bytes",
                data={"rule": f"{self._label} allows {self._limit} bytes of output"},
            )


@dataclass
class Spending:
    """What the models of a run have cost, against the caps of its security profile and its manifest."""

    usd_cap: float | None = None
    time_cap: float | None = None
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float = 0.0
    unpriced: bool = False
    seconds: float = 0.0

    def check(self) -> None:
        """Refuse the next request to a model when a cap is reached.

        Raises:
            BudgetError: naming the cap.
        """
        if self.usd_cap is not None and self.usd >= self.usd_cap:
            raise BudgetError(f"${self.usd:.4f} of ${self.usd_cap:.2f} is spent", hint="raise budget.usd of the spell")
        if self.time_cap is not None and self.seconds >= self.time_cap:
            raise BudgetError(
                f"models have worked {self.seconds:.0f} s of {self.time_cap:.0f} s",
                hint="raise budget.time of the spell",
            )

    def add(self, usage: Usage, seconds: float) -> None:
        """Count one request to a model."""
        self.requests += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cached_tokens += usage.cached_tokens
        self.seconds += seconds
        self.usd += usage.usd or 0.0
        self.unpriced = self.unpriced or usage.usd is None

    def total(self) -> dict[str, Any]:
        """Return the sums; `usd` is None when a request had no known price."""
        return {
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_tokens": self.cached_tokens,
            "usd": None if self.unpriced else round(self.usd, 6),
        }


@dataclass
class Context:
    """What one run gives to its globals. Fixed when the run begins, except for what it spends."""

    run_id: str
    spell: str
    started: datetime
    profile: Profile
    models: Models
    model: str | None
    sink: Sink
    spending: Spending
    clock: Callable[[], float]
