"""What a test file sees beside the verbs of every spell: `test`, `check` and `cast`."""

from typing import Annotated, Any, Protocol, TypedDict, Unpack

import msgspec

from llmspell.bridge.op import Function, Global, Value, guest, op
from llmspell.bridge.values import plain
from llmspell.errors import Kind

Answers = Annotated[Any, msgspec.Meta(title="Answers")]
"""A list of answers, a map of them by what a prompt holds, a function, `"echo"` or `"recorded"`."""

_RAISES = "(fn: () => unknown, expected?: { kind?: Kind; message?: string }): Promise<any>"


class Cast(Value):
    """What came of a spell. It behaves as its text wherever text is wanted.

    Args:
        text: the result as text.
        value: the result.
        error: `kind`, `message`, `hint` and `where` of what the spell failed with; nothing if it went well.
        printed: all that it printed.
        calls: its calls: `op`, `args` and `line` of each.
        prompts: what models were asked: `prompt`, `system`, `model`, `answer` of each, and what else was said.
        usage: `requests`, `input_tokens`, `output_tokens`, `cached_tokens` and `usd`.
        files: what the spells of this test have written so far: texts by path.
        state: what the spell keeps in its `State`.
    """

    text: str
    value: Any = None
    error: dict[str, Any] | None = None
    printed: str = ""
    calls: list[Any] = msgspec.field(default_factory=list)
    prompts: list[Any] = msgspec.field(default_factory=list)
    usage: dict[str, Any] = msgspec.field(default_factory=dict)
    files: dict[str, str] = msgspec.field(default_factory=dict)
    state: dict[str, Any] = msgspec.field(default_factory=dict)


class CastOptions(TypedDict, total=False):
    """What a spell under test finds.

    Args:
        input: its input, as the spell gets it: a text, data, or the path of one of the `files`.
        model: what answers it: a list of answers; a map of them by what a prompt holds, with a `default`; a function
            that gets the prompt and the request; `"echo"`; `"recorded"`. None unless given.
        usd: what each answer costs.
        http: the answers of the web, by method and URL: `"GET https://example.com/"` or the URL alone. Each is a text,
            or has `status`, `headers` and `json` or `text`, or an `error`; a list is answered one after the other.
        files: what is in the folder where the spell reads and writes: texts by path; `true` copies it of the project.
        state: what it finds in its `State`.
        human: what a person answers: `true` agrees, `false` does not, a text is an answer or a choice; a list of these,
            a map of them by what a question holds, or a function that gets the question.
        allow: what the person has allowed; all that the spell declares, unless given.
        clock: when it is; `"2026-01-01T00:00:00Z"` unless given. Waiting takes no time.
        seed: of the random numbers; 1 unless given.
        security: `"medium"`, or `"high"`.
    """

    input: Any
    model: Answers
    usd: float | None
    http: dict[str, Any] | None
    files: dict[str, Any] | None
    state: dict[str, Any] | None
    human: Answers
    allow: dict[str, list[str]] | None
    clock: str | None
    seed: int | None
    security: str | None


class Player(Protocol):
    """What runs the tests of a file."""

    async def trial(self, name: str, fn: Function, line: int, left: int) -> bool:
        """Run a test; return whether it was the last that is wanted."""

    def differ(self, number: int, expected: str, actual: str) -> None:
        """Take note of what a check has compared."""

    async def cast(self, name: str, args: dict[str, Any], options: dict[str, Any]) -> Cast:
        """Run a spell."""


class Trial(Global):
    """Cast the spells of the project."""

    name = ""
    player: Player

    @op()
    async def _trial(self, name: str, fn: Function, line: int, left: int) -> bool:
        """Run a test.

        Args:
            name: its name.
            fn: what it is.
            line: where it stands.
            left: how many come after it.
        """
        return await self.player.trial(name, fn, line, left)

    @op(notify=True, effect="local")
    async def _differ(self, number: int, expected: str, actual: str) -> None:
        """Take note of what a check has compared.

        Args:
            number: of the check.
            expected: as JSON.
            actual: as JSON.
        """
        self.player.differ(number, expected, actual)

    @op()
    async def cast(self, spell: str, args: dict[str, Any] | None = None, **options: Unpack[CastOptions]) -> Cast:
        """Run a spell of the project in a worker of its own, and return what came of it.

        Args:
            spell: its path, from the folder of the test or from that of the project on.
            args: its parameters.
        """
        given = {name: value for name, value in options.items() if value is not None}
        doubles = {name: given.pop(name, None) for name in ("model", "human")}  # these may be functions
        return await self.player.cast(spell, plain(args or {}), {**plain(given), **doubles})


class Tests(Global):
    """Note tests."""

    name = ""

    @guest(typescript="(name: string, fn: () => void | Promise<void>): void")
    def test(self, name: str, fn: Function) -> None:
        """Note a test; all that a file has noted run one after the other when its body has ended.

        Args:
            name: what is tested; no other test of the file has it.
            fn: the test. It fails with the first error that is raised in it.
        """


class Check(Global):
    """Compare values; what does not fit makes the test fail."""

    name = "check"

    @guest(typescript="(value: unknown, message?: string): void")
    def ok(self, value: Any, message: str | None = None) -> None:
        """Fail unless a value is true, or counts as true.

        Args:
            value: the value.
            message: what is wrong if it is not.
        """

    @guest(typescript="(actual: unknown, expected: unknown): void")
    def equal(self, actual: Any, expected: Any) -> None:
        """Fail unless two values are the same, with all that is in them.

        Args:
            actual: what there is.
            expected: what there should be.
        """

    @guest(typescript="(whole: unknown, part: unknown): void")
    def contains(self, whole: Any, part: Any) -> None:
        """Fail unless a text has another in it, a list an item, or a map some keys with these values.

        Args:
            whole: the text, list or map.
            part: what is in it.
        """

    @guest(typescript="(text: unknown, pattern: RegExp): void")
    def matches(self, text: str, pattern: str) -> None:
        """Fail unless a text matches a pattern: one of Lua, or a regular expression in JavaScript.

        Args:
            text: the text.
            pattern: the pattern.
        """

    @guest(typescript=_RAISES)
    def raises(self, fn: Function, *, kind: Kind | None = None, message: str | None = None) -> dict[str, Any]:
        """Fail unless a function raises an error; return that.

        Args:
            fn: called without arguments.
            kind: which kind the error must have.
            message: what its message must have in it.
        """


def acting(player: Player) -> list[type[Global]]:
    """Return the globals of one test file."""
    bound: type[Global] = type("Bound", (Trial,), {"name": "", "player": player})
    return [bound, Tests, Check]
