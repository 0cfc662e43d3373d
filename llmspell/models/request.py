"""What is asked of a model and what comes back, as data."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Request:
    """One question to one model."""

    model: str
    prompt: str
    system: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    timeout: float | None = None
    """Seconds for the whole answer, retries included."""
    schema: dict[str, Any] | None = None
    """A JSON Schema of type `object`, without references, that the answer must have."""


_TOKENS = 10**9
_USD = 1e6


@dataclass(frozen=True)
class Usage:
    """What an answer took; `usd` is None where no price is known.

    Providers say what they like, so amounts below nothing, or beyond all reason, become the nearest possible ones.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    usd: float | None

    def __post_init__(self) -> None:
        for name in ("input_tokens", "output_tokens", "cached_tokens"):
            object.__setattr__(self, name, min(max(0, getattr(self, name)), _TOKENS))
        if self.usd is not None:
            object.__setattr__(self, "usd", min(max(0.0, self.usd), _USD))

    def __add__(self, other: "Usage") -> "Usage":
        known = self.usd is not None and other.usd is not None
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            (self.usd or 0.0) + (other.usd or 0.0) if known else None,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens - other.input_tokens,
            self.output_tokens - other.output_tokens,
            self.cached_tokens - other.cached_tokens,
            None if self.usd is None else self.usd - (other.usd or 0.0),
        )


NOTHING = Usage(0, 0, 0, 0.0)
"""What no request takes."""


@dataclass(frozen=True)
class Said:
    """What one request of an answer was answered, when another follows; `cut` is whether the limit of tokens did it."""

    text: str
    usage: Usage
    cut: bool


class Turns:
    """Follows the requests to a model that one answer takes; they count from 1. This one remembers none."""

    def recall(self, index: int) -> Said | None:  # noqa: ARG002
        """Return what was answered before; None if it has to be asked."""
        return None

    async def follow(self, index: int, said: Said) -> None:
        """Take what was answered, before a further request is sent.

        Raises:
            BudgetError: no further one may be.
        """

    def key(self, index: int) -> str | None:  # noqa: ARG002
        """Return what a provider can tell a request by, if it is sent again."""
        return None


@dataclass(frozen=True)
class Answer:
    """What a model said; `data` is the value that a schema asked for, `model` the name of who really answered."""

    text: str
    data: Any
    model: str
    usage: Usage
    id: str
