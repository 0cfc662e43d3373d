"""Every error that llmspell raises on purpose.

SpellError                     what a script or a person can meet; has a kind, a hint and an exit code
  ArgumentError                args: a wrong argument, flag or option
  ConfigError                  config: a wrong manifest, profile or setting
  AuthError                    auth: no key, or a key that the provider refuses
  PermissionDenied             permission: not granted by the security profile
  BudgetError                  budget: a cap on spending or on calls is reached
  TimeLimitError               timeout: a deadline has passed
  Cancelled                    cancelled: the caller no longer wants the result
  ModelError                   model: the provider failed, after retries
    RateLimited                rate_limit: the provider asks to slow down
    Refused                    refused: the model or its provider declined to answer
    SchemaError                schema: the answer does not have the shape that was asked for
  HttpError                    http: a request over the network failed on its way
  Diverged                     replay: the spell does something else than its record says
  Fenced                       replay: another process has taken over the run
  Parked                       approval: the run waits for a person, and its process need not
  ScriptError                  script: an uncaught error of the spell itself
  WorkerDied                   script: the worker process ended before the spell did
  ProtocolError                script: a worker sent what no honest worker sends
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

Kind = Literal[
    "args", "config", "auth", "permission", "budget", "timeout", "cancelled", "model", "rate_limit",
    "refused", "schema", "tool", "http", "mcp", "approval", "replay", "script",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)

_EXIT_CODES: dict[str, int] = {
    "args": 2, "config": 3, "auth": 4, "permission": 5, "model": 6, "rate_limit": 6, "refused": 6,
    "schema": 6, "budget": 7, "timeout": 8, "approval": 9, "replay": 10, "cancelled": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where in a spell something happened; line and column count from 1, column 0 means unknown."""

    file: str
    line: int
    column: int = 0
    name: str = ""


@dataclass(eq=False)
class SpellError(Exception):
    """An error with a kind, what to do about it, and, where known, its place in the spell."""

    message: str
    hint: str | None = None
    where: Place | None = None
    trace: list[Place] = field(default_factory=list)
    cause: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    retryable: bool = False
    kind: str = ""
    source: str | None = field(default=None, repr=False)
    """The text that `where` stands in, when whoever is told of the error may not have it."""
    told: str = field(default="", repr=False)
    """What a script is told as `data.rule`, where the rule itself and its place are for people alone."""

    default_kind: ClassVar[str] = "script"

    def __post_init__(self) -> None:
        super().__init__(self.message)
        self.kind = self.kind or self.default_kind

    def __str__(self) -> str:
        return self.message

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this error."""
        return _EXIT_CODES.get(self.kind, 1)


@contextmanager
def within(name: str) -> Iterator[None]:
    """Put a name before the messages of the errors that are raised meanwhile: `Http.get`, or one of its options."""
    try:
        yield
    except SpellError as error:
        error.message = f"{name}: {error.message}"
        raise


class ArgumentError(SpellError):
    """A wrong argument, flag or option."""

    default_kind = "args"


class ConfigError(SpellError):
    """A wrong manifest, security profile or setting."""

    default_kind = "config"


class AuthError(SpellError):
    """No API key, or one that the provider refuses."""

    default_kind = "auth"


class PermissionDenied(SpellError):
    """Not granted by the security profile."""

    default_kind = "permission"
    decision: Any = None
    """Which rule has refused it (`security.rules.Decision`); for the audit log alone."""


class BudgetError(SpellError):
    """A cap on spending or on calls is reached."""

    default_kind = "budget"


class TimeLimitError(SpellError):
    """A deadline has passed."""

    default_kind = "timeout"


class Cancelled(SpellError):
    """The caller no longer wants the result."""

    default_kind = "cancelled"


class ModelError(SpellError):
    """The provider failed, after retries."""

    default_kind = "model"


class RateLimited(ModelError):
    """The provider asks to slow down."""

    default_kind = "rate_limit"


class Refused(ModelError):
    """The model or its provider declined to answer."""

    default_kind = "refused"


class SchemaError(ModelError):
    """The answer does not have the shape that was asked for."""

    default_kind = "schema"


class HttpError(SpellError):
    """A request over the network failed on its way."""

    default_kind = "http"


class Diverged(SpellError):
    """A spell that is repeated does something else than the record of the run says."""

    default_kind = "replay"


class Fenced(SpellError):
    """Another process has taken over the run, and this one may no longer write it."""

    default_kind = "replay"


class Parked(SpellError):
    """A run that waits for a person and for nothing else: it goes on when it is resumed."""

    default_kind = "approval"


class ScriptError(SpellError):
    """An uncaught error of the spell itself."""


class WorkerDied(SpellError):
    """The worker process ended before the spell did: killed, out of memory, crashed or locked out."""


class ProtocolError(SpellError):
    """A worker sent what no honest worker sends: a bug of llmspell, or an attack."""
