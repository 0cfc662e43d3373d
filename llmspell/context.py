"""Context: what the globals of one run hold, and where a run says what it has to say."""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from llmspell import money
from llmspell.clerk import Hire, no_clerk
from llmspell.errors import BudgetError, ScriptError, SpellError
from llmspell.language import SUFFIXES
from llmspell.manifest import Budget
from llmspell.models import Models, Usage
from llmspell.project import Project
from llmspell.question import Question
from llmspell.quota import Load, Quota
from llmspell.secrets import Secrets
from llmspell.security.access import Access
from llmspell.security.audit import Audit
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Kind, Rules
from llmspell.security.taint import Taint
from llmspell.threads import Threads
from llmspell.vault import Vault
from llmspell.wording import clip

_T = TypeVar("_T")


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


class Cap(NamedTuple):
    """What may be spent of one kind, and who says so."""

    most: float
    owner: str


def caps(profile: Profile, budget: Budget) -> dict[str, Cap]:
    """Return the caps of a run by kind (`usd`, `time`, `tokens`, `calls`): of profile and manifest the lower one."""
    wanted = [(name, most, "the spell") for name, most in vars(budget).items()]
    wanted += [("usd", profile.budget_usd, profile.label), ("time", profile.budget_time, profile.label)]
    found: dict[str, Cap] = {}
    for name, most, owner in wanted:
        if most is not None and (name not in found or most < found[name].most):
            found[name] = Cap(most, owner)
    return found


def _unnoticed(usage: Mapping[str, float], model: str) -> None:
    """Note nothing."""


def _kept_to_itself(usage: Mapping[str, float]) -> None:
    """Tell nobody."""


@dataclass
class Spending:
    """What the models of a run have cost, against its caps."""

    caps: Mapping[str, Cap] = field(default_factory=dict)
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float = 0.0
    unpriced: bool = False
    seconds: float = 0.0
    note: Callable[[Mapping[str, float], str], None] = _unnoticed
    """Gets each amount that is counted, by the name of its field, and the model: the journal keeps it with the call."""
    above: "Spending | None" = None
    """Of the run that began this one: what this one spends counts there too, and its caps hold here."""
    share: Callable[[Mapping[str, float]], None] = _kept_to_itself
    """Gets each amount, also one that was noted before: it passes it on to the run above."""

    @property
    def spent(self) -> dict[str, float]:
        """What has been spent of each kind that can have a cap."""
        return {
            "usd": self.usd,
            "time": self.seconds,
            "tokens": self.input_tokens + self.output_tokens,
            "calls": self.requests,
        }

    @property
    def capped(self) -> bool:
        """Whether there is a cap, of this run or of one above."""
        return bool(self.caps) or (self.above is not None and self.above.capped)

    @property
    def left(self) -> dict[str, float]:
        """What may still be spent of each kind that has a cap."""
        own = {name: max(0, cap.most - self.spent[name]) for name, cap in self.caps.items()}
        above = {} if self.above is None else self.above.left
        return {name: min(each[name] for each in (own, above) if name in each) for name in own | above}

    def begin(self, model: str) -> None:
        """Count a request to a model that is about to be sent, or refuse it.

        Raises:
            BudgetError: a cap is reached, of this run or of one above; it names the cap and whose it is.
        """
        self._check()
        self._count({"requests": 1}, model)

    def _check(self, whose: str = "") -> None:
        for name, (most, owner) in self.caps.items():
            if self.spent[name] >= most:
                raise BudgetError(
                    f"the budget{whose} is spent: {_AMOUNTS[name](self.spent[name], most)}",
                    hint=f"raise budget.{name}, or ask less",
                    data={"rule": f"{owner}{whose} sets this budget"},
                )
        if self.above is not None:
            self.above._check(" of the run above")

    def add(self, usage: Usage, seconds: float, model: str) -> None:
        """Count what one request to a model has cost."""
        self._count(
            {
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "cached_tokens": usage.cached_tokens,
                "seconds": seconds,
                "usd": usage.usd or 0.0,
                "unpriced": usage.usd is None,
            },
            model,
        )

    def restore(self, usage: Mapping[str, float]) -> None:
        """Count what was noted before, by the names of the fields."""
        for name in _COUNTED & usage.keys():
            setattr(self, name, getattr(self, name) + usage[name])
        self.unpriced = bool(self.unpriced)
        self.share(usage)

    def _count(self, usage: Mapping[str, float], model: str) -> None:
        self.restore(usage)
        self.note(usage, model)

    def total(self) -> dict[str, Any]:
        """Return the sums as the journal has them of a run; `usd` is None when a request had no known price."""
        return {
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_tokens": self.cached_tokens,
            "usd": None if self.unpriced else money.exact(self.usd),
        }


_COUNTED = {"requests", "input_tokens", "output_tokens", "cached_tokens", "seconds", "usd", "unpriced"}
_AMOUNTS: Mapping[str, Callable[[float, float], str]] = {
    "usd": lambda spent, most: f"{money.dollars(spent)} of {money.limit(most)}",
    "time": "{:.1f}s of {:g}s of models at work".format,
    "tokens": "{} of {} tokens".format,
    "calls": "{} of {} requests to models".format,
}


async def _at_once() -> None:
    """Wait for nothing."""


class Effects:
    """What an op that does several things may ask about the call that it answers; this one remembers no call."""

    async def step(self, what: str, act: Callable[[], Awaitable[Any]], name: str = "") -> Any:  # noqa: ARG002
        """Return what an act inside of a call returns: data. It is done once, even if the call begins again.

        Args:
            what: one word.
            act: what is done; what it does itself belongs to it, and is kept below it.
            name: what tells acts of one sort apart; without it their order does, so they must not run side by side.
        """
        return await act()

    def kept(self, key: str) -> Any:  # noqa: ARG002
        """Return what `keep` has kept before the call began again; None if nothing."""
        return None

    async def keep(self, key: str, value: Any) -> None:
        """Keep data for the case that the call begins again, with what it has spent until now."""

    def told(self) -> list[list[Any]]:
        """Return the arguments of each function of the guest that was called before the call began again."""
        return []

    def said(self, text: str) -> None:
        """Note that text was printed for this call before it began again."""

    def key(self) -> str | None:
        """Return a name that is the same when the call begins again after a crash; None if it never does."""
        return None

    def settled(self) -> bool:
        """Return whether no call of this run can begin again: what is kept for that may go when the run ends."""
        return True

    async def counted(self) -> None:
        """Wait until all is counted that was spent by calls which the script has given up."""

    def elapsed(self) -> float:
        """Return how many seconds ago the call began, in a process that has gone; 0 if it began in this one."""
        return 0

    async def decide(self, question: Question) -> Any:
        """Return what somebody outside decides; the answer of an `external` op.

        Raises:
            SpellError: of kind `approval`: nobody can be asked.
        """
        raise SpellError(f"{question.verb}: nobody is there to ask", kind="approval")

    def interrupted(self) -> bool:
        """Return whether the call began in a process that has gone, and had called functions of the guest there."""
        return False


Allowed = Mapping[Kind, Sequence[str]] | None
"""What a caller inside of a run may do, by kind; None is all that the run may."""

Child = Callable[[str, Mapping[str, Any], Allowed], Awaitable[Any]]
"""Runs another spell of the project, by its name, with its arguments and what it may do, and returns its result."""


async def _nobody(name: str, args: Mapping[str, Any], allow: Allowed) -> Any:  # noqa: ARG001
    raise ScriptError("no other spell can be run here")


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
    load: Load
    clock: Callable[[], float]
    now: Callable[[], int]
    project: Project
    rules: Rules
    """What the run may touch from its beginning; `access` has what holds now."""
    identity: str
    """The spell from one run to the next: its path in the project."""
    chosen: str | None = None
    """The model that a person has chosen: any other is what a spell wishes for, or what a record says."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """The environment: keys and addresses are looked up here, and what scripts may read of it."""
    room: Callable[[], Awaitable[None]] = _at_once
    """Waits until the worker has taken most of what it was sent: what is large is fetched only then."""
    secrets: Secrets = field(default_factory=Secrets)
    """What no script learns that does not ask for it by name, and what is never written down."""
    vault: Vault = field(default_factory=Vault)
    """The secrets that a script may name, and that the host fills in."""
    effects: Effects = field(default_factory=Effects)
    """What an op may ask about the call that it answers."""
    child: Child = _nobody
    """Runs another spell."""
    hire: Hire = no_clerk
    """Starts a worker for what is hostile and no spell."""
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)
    """What is closed when the run ends."""
    quota: Quota = field(default_factory=Quota)
    """What the run has used up, with those that it has begun."""
    audit: Audit | None = None
    """Where its decisions are written down; for a run that has not begun, those of the run above."""
    outer: "Context | None" = None
    """Of the run that has begun this one."""
    _shared: dict[Any, Any] = field(default_factory=dict, init=False)

    @property
    def top(self) -> "Context":
        """Of the run that nobody has begun: what all runs below it share is there, and ends with it."""
        return self if self.outer is None else self.outer.top

    def restore(self, usage: Mapping[str, float]) -> None:
        """Count what was used in a process that has gone, as it was noted there."""
        self.spending.restore(usage)
        self.quota.restore(usage)

    def shared(self, make: Callable[["Context"], _T]) -> _T:
        """Return what was made for this run, by what makes it; the first time it is."""
        if make not in self._shared:
            self._shared[make] = make(self)
        found: _T = self._shared[make]
        return found

    @cached_property
    def threads(self) -> Threads:
        """Where the run waits for the system, with those below; closed after what has used them from its beginning."""
        if self.outer is not None:
            return self.outer.threads
        threads = Threads()
        self.closing.callback(threads.close)
        return threads

    @cached_property
    def access(self) -> Access:
        """What the run may do, as it is decided for each call."""
        paths = Paths(self.rules, self.project, Path(self.project.root, self.identity), SUFFIXES)
        access = Access(self.rules, paths, Taint(self.profile.taint))
        access.bound, access.names = self.vault.hosts, self.vault.names
        return access

    def may_ask(self, model: str) -> bool:
        """Return whether requests may go to a model, as it is decided now."""
        decision = self.access.decide("models", model)
        return decision.allowed or (model == self.chosen and decision.how != "denied")

    @property
    def paths(self) -> Paths:
        """What files the caller of now may touch."""
        return self.access.paths
