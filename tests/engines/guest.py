"""A host of three lines for tests of the engines: it decodes what a spell says and answers what it calls.

The functions play a spell in the class of guests that they are given; each language fixes its own.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from llmspell.engines.base import Engine
from llmspell.messages import Call, Codec, Done, Failed, Fault, Invoke, More, Reply, Start, Stop, Tick, ToHost

SURFACE: dict[str, Any] = {
    "ops": [
        {"op": "echo"},
        {"op": "ask", "returns": "Reply"},
        {"op": "sleep"},
        {"op": "Log.info", "notify": True},
        {"op": "Http.get"},
        {"op": "Http.post"},
        {"op": "Tool", "keeps": True},
        {"op": "Tool.get"},
        {"op": "counter", "returns": "Counter"},
    ],
    "types": [
        {"name": "Reply", "fields": ["text", "data"], "text": "text"},
        {
            "name": "Counter",
            "handle": True,
            "ops": [{"op": "Counter.next"}, {"op": "Counter.fork", "returns": "Counter"}],
        },
    ],
    "data": {"Run": {"id": "7Q2M", "tags": ["a", "b"], "budget": {"usd": 1}}},
    "timer": "sleep",
    "features": {"codegen": True},
}
LIMITS = {"in_flight": 256, "output": 1 << 20, "frame": 4 << 20}


class Guest:
    """A spell in an engine of its own."""

    language: ClassVar[str]
    engine_type: ClassVar[type[Any]]
    suffix: ClassVar[str]
    memory: ClassVar[int] = 0

    def __init__(
        self,
        source: str,
        *,
        args: Any = None,
        name: str | None = None,
        seed: int = 1,
        now: int = 0,
        memory: int = 0,
        features: dict[str, bool] | None = None,
        modules: dict[str, Any] | None = None,
        **limits: int,
    ) -> None:
        self.codec = Codec(self.language)
        self.engine: Engine = self.engine_type()
        if memory := memory or self.memory:
            self.engine.limit(memory)
        self.batches: list[list[ToHost]] = []
        surface = SURFACE | {"features": SURFACE["features"] | (features or {})}
        name = f"spell{self.suffix}" if name is None else name
        start = Start(source, name, args, seed, LIMITS | limits, surface, modules or {})
        self.first = self.send(*([Tick(now)] if now else []), start)

    def send(self, *messages: Any) -> list[ToHost]:
        """Deliver a batch and return what the guest says to it."""
        said: list[ToHost] = []
        body = self.codec.encode(messages)
        while True:
            said += self._take(self.engine.step(body))
            if not self.engine.more:
                return said
            body = b""

    def _take(self, body: bytes) -> list[ToHost]:
        batch = self.codec.decode(body)
        self.batches.append(batch)
        assert isinstance(batch[-1], More) if self.engine.more else More() not in batch
        return [message for message in batch if not isinstance(message, More)]

    def reply(self, call: int, value: Any = None) -> list[ToHost]:
        """Answer one call."""
        return self.send(Reply(call, value))

    def fault(self, call: int, **error: Any) -> list[ToHost]:
        """Let one call fail."""
        return self.send(Fault(call, {"kind": "http", "message": "no", "retryable": False} | error))

    def invoke(self, number: int, function: int, *args: Any) -> list[ToHost]:
        """Call a function of the spell."""
        return self.send(Invoke(number, function, list(args)))

    def cancel(self, reason: str = "enough") -> list[ToHost]:
        """Cancel the run."""
        return self.send(Stop(reason))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.engine.__exit__(*exc)


def first_argument(call: Call) -> Any:
    """Answer a call as `echo` does."""
    return call.args[0] if call.args else None


def play(kind: type[Guest], source: str, answer: Callable[[Call], Any] = first_argument, **given: Any) -> list[ToHost]:
    """Run a spell to its end and return all it said; each call gets an answer, in the order of the calls."""
    with kind(source, **given) as guest:
        said = waiting = guest.first
        while not isinstance(said[-1], Done | Failed):
            answers = [_answered(call, answer) for call in waiting if isinstance(call, Call) and call.id]
            assert answers, said
            waiting = guest.send(*answers)
            said = said + waiting
        return said


def _answered(call: Call, answer: Callable[[Call], Any]) -> Reply | Fault:
    value = answer(call)
    return value if isinstance(value, Fault) else Reply(call.id, value)


def result(kind: type[Guest], source: str, answer: Callable[[Call], Any] = first_argument, **given: Any) -> Any:
    """Return what a spell returns."""
    last = play(kind, source, answer, **given)[-1]
    assert isinstance(last, Done), last
    return last.value


def error(
    kind: type[Guest], source: str, answer: Callable[[Call], Any] = first_argument, **given: Any
) -> dict[str, Any]:
    """Return the error with which a spell fails."""
    last = play(kind, source, answer, **given)[-1]
    assert isinstance(last, Failed), last
    return last.error


def message(kind: type[Guest], source: str, answer: Callable[[Call], Any] = first_argument, **given: Any) -> str:
    """Return the message of the error with which a spell fails."""
    return str(error(kind, source, answer, **given)["message"])


def place(
    kind: type[Guest], source: str, answer: Callable[[Call], Any] = first_argument, **given: Any
) -> tuple[int, int]:
    """Return line and column of the error with which a spell fails."""
    where = error(kind, source, answer, **given)["where"]
    return where["line"], where["column"]
