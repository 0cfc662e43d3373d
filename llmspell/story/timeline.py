"""The timeline of a run: its calls with what went on inside of them, each with when, how long, and at what cost."""

from collections.abc import Iterator
from typing import Any

import msgspec

from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.shapes import DOUBT
from llmspell.journal.store import Store
from llmspell.money import exact
from llmspell.story.figures import amount, mapping, text

_SUMMED = ("requests", "input_tokens", "output_tokens", "cached_tokens", "usd", "seconds")


class Spent(msgspec.Struct):
    """What models have cost in some part of a run; `unpriced` counts what had no known price."""

    requests: float = 0
    input_tokens: float = 0
    output_tokens: float = 0
    cached_tokens: float = 0
    usd: float = 0
    seconds: float = 0
    unpriced: int = 0

    def add(self, usage: Any) -> None:
        """Count what an entry of the journal says that it cost."""
        found = mapping(usage)
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + amount(found.get(name)))
        self.unpriced += bool(found.get("unpriced"))

    def join(self, other: "Spent") -> None:
        """Count what another part has cost."""
        for name in (*_SUMMED, "unpriced"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def price(self) -> float | None:
        """The dollars, or None if some are not known."""
        return None if self.unpriced else exact(self.usd)


class Step(msgspec.Struct, kw_only=True):
    """One call, or one effect inside of a call.

    Args:
        no: the number of the call.
        key: of what is inside of it; empty for the call itself.
        op: the name of the op.
        file: with `line`, where it stands; empty in the spell itself.
        state: `ok`, `failed`, `open`, `called`, `given up`, and `not told` after it if the spell never learned of it.
        began_ms: when it began; None if nobody noted it.
        ended_ms: when it ended; None if nobody noted it.
        name: what the spell calls it.
        model: that answered.
        spent: what it cost the run, if anything: what was taken over was paid for by another.
        models: that by model, where the journal says which were asked.
        source: the run that it was taken over from.
        inner: what is inside.
    """

    no: int
    key: str
    op: str
    file: str
    line: int
    state: str
    effect: str = "read"
    began_ms: int | None = None
    ended_ms: int | None = None
    name: str = ""
    model: str = ""
    spent: Spent | None = None
    models: dict[str, Spent] | None = None
    source: str = ""
    inner: list["Step"] | None = None

    @property
    def place(self) -> str:
        """Where it stands, in few words."""
        return f"{self.file}:{self.line}" if self.file else f"line {self.line}"

    @property
    def took_ms(self) -> int | None:
        """How long it lasted."""
        if self.began_ms is None or self.ended_ms is None:
            return None
        return max(0, self.ended_ms - self.began_ms)

    @property
    def failed(self) -> bool:
        """Whether it has ended badly."""
        return self.state.startswith("failed")

    def whole(self) -> Iterator["Step"]:
        """Yield the step and all inside of it."""
        yield self
        for each in self.inner or ():
            yield from each.whole()


class Timeline(msgspec.Struct, kw_only=True):
    """What happened in a run, by the numbers of its calls."""

    run: RunRecord
    steps: list[Step]
    children: list[RunRecord]

    @property
    def began_ms(self) -> int:
        """When the run began."""
        return self.run.created_ms

    @property
    def ended_ms(self) -> int:
        """When the last of it happened."""
        last = max((each.ended_ms or each.began_ms or 0 for each in self.steps), default=0)
        return max(last, self.run.updated_ms, self.began_ms)

    @property
    def bill(self) -> tuple[bool, float | None]:
        """Whether models were asked, and what that cost in all, with the runs that it began; None if nobody knows."""
        usage = mapping(self.run.usage)
        return bool(usage.get("requests")), None if usage.get("usd") is None else amount(usage["usd"])

    @property
    def made(self) -> int:
        """How many calls the run has made itself."""
        return sum(not step.source for step in self.steps)

    def spent(self) -> Spent:
        """Return what models have cost in the calls of the run itself."""
        found = Spent()
        for step in self.steps:
            for each in step.whole():
                if each.spent is not None:
                    found.join(each.spent)
        return found


def state(entry: Entry, over: bool = False) -> str:
    """Return in words what has become of an entry; `over` is whether its run has ended."""
    if entry.ok is None and entry.ord is None and over:
        return "given up, may have happened" if entry.effect == "once" else "given up"
    if entry.ok is None:
        return "called" if entry.ord is not None else "open"
    ended = "ok" if entry.ok else "failed"
    return ended if entry.ord is not None or entry.key else f"{ended}, not told"


def step(entry: Entry, over: bool = False) -> Step:
    """Return an entry of the journal as a step without what is inside of it; `over` is whether its run has ended."""
    value, meta = mapping(entry.value), mapping(entry.meta)
    found = Step(
        no=entry.no,
        key=entry.key,
        op=entry.op,
        file=entry.file,
        line=entry.line,
        effect=entry.effect,
        state=state(entry, over),
        began_ms=None if entry.key or not entry.started_ms else entry.started_ms,
        ended_ms=None if entry.is_function else entry.t_ms,
        source=text(meta.get("from")),
    )
    if entry.op in ("ask", "say") and entry.ok:
        agent = text(value.get("agent"))
        found.name, found.model = "" if agent == "ask" else agent, text(value.get("model"))
    if isinstance(meta.get("usage"), dict) and not found.source:
        found.spent = _spent(meta["usage"])
        found.models = {name: _spent(usage) for name, usage in mapping(meta.get("models")).items()}
        found.model = found.model or next(iter(found.models), "")
    return found


def _unanswered(inner: Step, over: bool) -> Step:
    """Return the call of which nothing was written down but what went on inside of it."""
    lost = inner.key.startswith("lost:")
    return Step(
        no=inner.no, key="", op=inner.op if lost else "call", file=inner.file, line=inner.line, effect=inner.effect,
        state="given up" if lost or over else "open", source=inner.source,
    )  # fmt: skip


def _spent(usage: Any) -> Spent:
    found = Spent()
    found.add(usage)
    return found


async def of(store: Store, run: RunRecord, children: list[RunRecord]) -> Timeline:
    """Return the timeline of a run.

    Args:
        store: the journal.
        run: the run.
        children: the runs that it began.
    """
    calls: dict[int, Step] = {}
    inside: list[Step] = []
    async for entry in store.calls(run.run_id, requests=False):
        found = step(entry, run.finished)
        if found.key and found.no and found.key != DOUBT:
            inside.append(found)
        elif not found.key:
            calls[found.no] = found
    for each in sorted(inside, key=lambda one: (one.no, one.key)):
        call = calls.setdefault(each.no, _unanswered(each, run.finished))
        call.inner = call.inner or []
        call.inner.append(each)
    return Timeline(run=run, steps=[calls[no] for no in sorted(calls)], children=children)
