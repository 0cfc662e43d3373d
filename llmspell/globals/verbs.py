"""The verbs that the preludes implement. What stands here is their signature and meaning, for stubs and reference."""

from typing import Any, Literal

from llmspell.bridge.op import Duration, Function, Global, guest
from llmspell.errors import Kind

OnError = Literal["stop", "keep"]

_EACH = "<T, R>(items: readonly T[], fn: (item: T, index: number) => R | Promise<R>, "
_MAP = f"""{_EACH}options: MapOptions & {{ on_error: "keep" }}): Promise<Kept<T, R[]>>
{_EACH}options?: MapOptions): Promise<R[]>"""
_LIST = "<T extends Functions | []>(fns: T, "
_OBJECT = "<T extends Record<string, () => unknown>>(fns: T, "
_KEEPING = 'options: ParallelOptions & { on_error: "keep" }'
_PARALLEL = f"""{_LIST}{_KEEPING}): Promise<Kept<number, Results<T>[number][]>>
{_LIST}options?: ParallelOptions): Promise<Results<T>>
{_OBJECT}{_KEEPING}): Promise<Kept<keyof T, Partial<Results<T>>>>
{_OBJECT}options?: ParallelOptions): Promise<Results<T>>"""


class Verbs(Global):
    """Run things side by side, catch errors, and end with one."""

    name = ""

    @guest(typescript="<const S extends SpellSpec>(spec: S): ArgsOf<S>\n(): any")
    def spell(self, spec: dict[str, Any] | None = None) -> Any:
        """Declare the spell and return its arguments.

        The declaration is one literal at the start of a line. It is read before the script runs: what it asks for
        is shown to the person, and computed values are refused.

        Args:
            spec: `about`, `input`, `params`, `allow`, `budget`, `model`, `schedule`.
        """

    @guest(typescript="(...values: unknown[]): void")
    def print(self, *values: Any) -> None:
        """Print values to stdout, as text.

        Args:
            ...: what to print; lists and maps print as JSON.
        """

    @guest(typescript=_MAP)
    def map(
        self,
        items: list[Any],
        fn: Function,
        *,
        limit: int = 8,
        name: str | None = None,
        on_error: OnError = "stop",
    ) -> list[Any]:
        """Call a function for each item, several at once, and return the results in order.

        Args:
            items: what to go through.
            fn: called with the item and its index.
            limit: how many calls run at once.
            name: people who watch the run are told how far a map with a name is: `files: 617/1000, 6 failed`.
            on_error: `"stop"` raises the first error and cancels the rest; `"keep"` returns `{ok, failed}`.
        """

    @guest(typescript=_PARALLEL)
    def parallel(
        self,
        fns: dict[str, Function] | list[Function],
        *,
        limit: int | None = None,
        on_error: OnError = "stop",
    ) -> Any:
        """Call functions side by side and return their results under the same keys.

        Args:
            fns: a map or a list of functions.
            limit: how many run at once; all, unless given.
            on_error: `"stop"` raises the first error and cancels the rest; `"keep"` returns `{ok, failed}`.
        """

    @guest(typescript="<T extends Functions>(fns: T): Promise<Awaited<ReturnType<T[number]>>>")
    def race(self, fns: list[Function]) -> Any:
        """Call functions side by side; the first to end decides, well or not, and the others are cancelled.

        Args:
            fns: the functions.
        """

    @guest(typescript="<T>(fn: () => T | Promise<T>): Task<T>")
    def spawn(self, fn: Function) -> Any:
        """Start a function on the side and return a task with `wait()` and `cancel()`.

        Args:
            fn: what to run; it is cancelled when the function that spawned it ends.
        """

    @guest(typescript="<T>(duration: Duration, fn: () => T | Promise<T>): Promise<T>")
    def timeout(self, duration: Duration, fn: Function) -> Any:
        """Return the result of a function, or raise an error of kind `timeout` and cancel it.

        Args:
            duration: how long it may take.
            fn: what to run.
        """

    @guest(typescript="<T>(options: Retry, fn: (attempt: number) => T | Promise<T>): Promise<T>")
    def retry(self, options: dict[str, Any], fn: Function) -> Any:
        """Call a function until it succeeds, and return its result or raise its last error.

        Between the calls it waits `wait`, then twice as long, and so on; a `retry_after` in the error's data makes it
        wait longer. Not tried again is what does not get better by itself: errors of the kinds `args`, `config`,
        `auth`, `permission`, `budget`, `approval`, `replay` and `cancelled`, and names that are not defined. The error
        has `data.attempts`.

        Args:
            options: `times`, the calls at most (3); `wait`, before the second (`"1s"`); `factor`, by which it grows
                (2); `max_wait`, the longest wait (`"60s"`); `on`, the kinds of errors that are tried again.
            fn: called with the number of the attempt, from 1.
        """

    @guest(typescript="<T>(name: string, fn: () => T | Promise<T>): Promise<T>")
    def step(self, name: str, fn: Function) -> Any:
        """Return what a function returned when the step of this name was first called in this run.

        Who calls a step while it runs waits for it. A step that fails is not remembered: the next call runs it again.

        Args:
            name: of 1 to 200 bytes; it stands for the work, so give different work different names.
            fn: what to run. Its result must be data, and every caller gets a copy.
        """

    @guest(typescript="<T>(fn: () => T | Promise<T>): Promise<Attempt<T>>")
    def attempt(self, fn: Function) -> dict[str, Any]:
        """Call a function and return `{ok, value, error}` instead of raising its error.

        Args:
            fn: what to try.
        """

    @guest(typescript="(message: string | Reply | Error, options?: { kind?: Kind; hint?: string }): never")
    def fail(self, message: str, *, kind: Kind = "script", hint: str | None = None) -> None:
        """Raise an error; uncaught, it ends the spell.

        Args:
            message: what went wrong; an error that was caught is raised again as it is, without options.
            kind: one of the kinds of errors.
            hint: what to do about it.
        """


class Json(Global):
    """Read and write JSON."""

    @guest(typescript="(value: unknown, options?: { pretty?: boolean }): string")
    def encode(self, value: Any, *, pretty: bool = False) -> str:
        """Return a value as JSON text.

        Args:
            value: data.
            pretty: with line breaks and indentation.
        """

    @guest(typescript='(text: string, options?: { big?: "error" | "string" | "float" }): any')
    def decode(self, text: str, *, big: Literal["error", "string", "float"] = "error") -> Any:
        """Return the value of a JSON text.

        Args:
            text: JSON.
            big: what becomes of an integer that does not fit, beyond 2^63 in Lua and 2^53 in JavaScript.
        """

    @guest(typescript="<T>(items: readonly T[]): T[]")
    def list(self, items: Any) -> Any:
        """Mark a table as a list, so that an empty one stays a list; in JavaScript it is the array itself.

        Args:
            items: the items.
        """
