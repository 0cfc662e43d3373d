"""What the journal holds, as data: runs, what was delivered to them, and what can be asked of both."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""What is counted: every language of spells can hold it."""

Moment = Annotated[int, msgspec.Meta(ge=0, le=2**47)]
"""A time in milliseconds since the epoch, before the year 6430: every calendar can show it."""

RunId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Z.]{1,100}\Z")]
"""The name of a run; that of one which another began is `RUN.CALL`."""

Status = Literal["running", "suspended", "diverged", "interrupted", "done", "failed", "cancelled", "timed_out"]
"""Where a run is. `interrupted` and `diverged` have stopped by no fault of the script, and can be resumed."""

FINISHED: frozenset[str] = frozenset({"done", "failed", "cancelled", "timed_out"})
"""Where a run is that nobody works on any more."""

ENDED: frozenset[str] = frozenset({"done", "failed"})
"""Where a run stays for good. One that was stopped can be resumed."""


class RunRecord(msgspec.Struct, kw_only=True):
    """One run. What has to be the same when it is repeated is fixed when it begins.

    Args:
        run_id: its name for people, unique in the store.
        spell: the name of the spell; `identity` is its path in the project.
        language: of the spell.
        bundle: the hash of the spell with its modules.
        host_abi: the number of all that the host shows to scripts; another number may repeat the run otherwise.
        args: what `spell()` returns.
        seed: of the random numbers.
        t0_ms: what the clock shows first, in milliseconds since the epoch, as all times here.
        profile: the label of the security profile.
        model: the model for requests that name none.
        parent: the run that began this one, with the number of its call.
        owner: the process that writes the run.
        info: what else belongs to a run, by name.
        status: set by the store, as is all that follows.
        epoch: how often somebody began or resumed it; who has an older number writes no more.
        stop: why somebody wants it to stop.
        due_ms: when a suspended run goes on by itself.
        result: the value, once it is done; a list of runs leaves it out.
        error: the error, once it has failed.
        usage: the sums of what models cost; `usd` is None when a price was unknown.
    """

    run_id: RunId
    spell: str
    identity: str
    language: str
    bundle: str
    host_abi: int
    seed: int
    t0_ms: Moment
    profile: str
    owner: str
    args: Any = None
    model: str | None = None
    parent: RunId | None = None
    parent_no: Count | None = None
    info: dict[str, Any] = msgspec.field(default_factory=dict)
    status: Status = "running"
    epoch: Count = 1
    stop: str | None = None
    due_ms: Moment | None = None
    result: Any = None
    error: dict[str, Any] | None = None
    usage: dict[str, Any] = msgspec.field(default_factory=dict)
    created_ms: Moment = 0
    updated_ms: Moment = 0

    @property
    def finished(self) -> bool:
        """Whether nobody works on it any more."""
        return self.status in FINISHED


class Entry(msgspec.Struct, kw_only=True):
    """One line of a run: a call, an effect inside of one, or what else was delivered.

    Args:
        no: the number of the call; 0 for what belongs to none.
        key: what it is below the call; empty for the call itself.
        op: the name of the op, or what sort of effect or delivery it is.
        fingerprint: of op and request (`fingerprint`).
        request: what was asked, as it came over the wire.
        effect: how the op may be repeated.
        started_ms: when its effect began.
        ok: whether `value` is a result or an error; None while it is open.
        value: the result or the error.
        ord: its place among the deliveries of the run; None if it is not delivered.
        batch: the frame that it was delivered in.
        t_ms: the time at which it ended.
        file: with `line`, where the call stands.
        meta: what people want to know: usage, cost, model, attempts.
    """

    no: Count
    key: str = ""
    op: str = ""
    fingerprint: bytes = b""
    request: Any = None
    effect: str = "read"
    started_ms: Moment = 0
    ok: bool | None = None
    value: Any = None
    ord: Count | None = None
    batch: Count | None = None
    t_ms: Moment | None = None
    file: str = ""
    line: Count = 0
    meta: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def is_function(self) -> bool:
        """Whether it is a function of the guest that its call has called."""
        return self.key.rpartition("/")[2].startswith("fn:")


Stream = Literal["out", "err", "log", "progress"]
"""Where a run has said a line: what it prints, what it logs, what it tells about its progress."""


class Line(msgspec.Struct, kw_only=True):
    """Something that a run has said. No replay needs it: it is kept for people.

    Args:
        t_ms: when, in milliseconds since the epoch.
        stream: where.
        text: as it was said; with its newlines, if it was printed.
        level: of a line of the log.
        fields: of a line of the log.
    """

    t_ms: Moment
    stream: Stream
    text: str
    level: str = ""
    fields: dict[str, Any] = msgspec.field(default_factory=dict)


class News(NamedTuple):
    """What others have done to a run meanwhile: `stop` is why it is wanted to stop.

    `decided` are the numbers of its external calls that have a result and were not delivered yet.
    """

    stop: str | None
    decided: tuple[int, ...]
    status: Status


class Hold(NamedTuple):
    """The right to write a run: it lasts until somebody else begins to."""

    run_id: str
    epoch: int


class Query(msgspec.Struct, kw_only=True, frozen=True):
    """Which runs; what is not said fits all.

    Args:
        spell: the name of the spell, or its path in the project.
        status: one of these.
        since_ms: begun then or later.
        cost: cost at least so many dollars.
        arguments: arguments that have these values, written as on a command line.
        parent: begun by this run.
        top: begun by no other run.
        limit: the newest so many.
    """

    spell: str | None = None
    status: tuple[Status, ...] = ()
    since_ms: int | None = None
    cost: float | None = None
    arguments: Mapping[str, str] = {}
    parent: str | None = None
    top: bool = False
    limit: int = 100


class Retention(msgspec.Struct, kw_only=True, frozen=True):
    """What is forgotten: finished runs that any of this applies to.

    Args:
        runs: these, whatever else is said.
        before_ms: all that began before.
        keep: all of them but the newest so many.
        size: the oldest, until the rest has at most so many bytes.
        unfinished: unfinished runs too.
        dry: only say which they are, and forget none.
    """

    runs: tuple[str, ...] = ()
    before_ms: int | None = None
    keep: int | None = None
    size: int | None = None
    unfinished: bool = False
    dry: bool = False


By = Literal["day", "spell", "model", "status"]
"""What runs are summed up by."""


class Sums(msgspec.Struct, kw_only=True):
    """What some runs have done and cost in all.

    Args:
        name: what they have in common: a day as `2026-01-31`, a path of a spell, a model, a status.
        runs: how many; by model, those that have used it.
        failed: how many of them have failed or were late.
        calls: that they have made; by model, those that have used it.
        requests: to models.
        input_tokens: in all of these, as are `output_tokens` and `seconds`, which models were at work.
        usd: of the requests with a known price.
        unpriced: how many requests had none.
    """

    name: str
    runs: int
    failed: int
    calls: int
    requests: int
    input_tokens: int
    output_tokens: int
    usd: float
    unpriced: int
    seconds: float


class Pruned(NamedTuple):
    """The runs that were forgotten, and how many bytes were freed by it."""

    runs: list[str]
    freed: int


class Finding(NamedTuple):
    """Something that was looked at in a journal, and what is wrong with it, in words for people."""

    name: str
    problems: tuple[str, ...]


Durability = Literal["normal", "full"]
"""What a write survives: `normal` the end of any process, `full` a power cut too."""
