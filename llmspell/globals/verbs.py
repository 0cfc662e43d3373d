"""The verbs that the preludes implement. What stands here is their signature and meaning, for stubs and reference."""

from typing import Any, Literal

from llmspell.bridge.op import Duration, Function, Global, guest

OnError = Literal["stop", "keep"]


class Verbs(Global):
    """Run things side by side, catch errors, and end with one."""

    name = ""

    @guest(typescript="<const S extends SpellSpec>(spec: S): ArgsOf<S>")
    def spell(self, spec: dict[str, Any]) -> Any:
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

    @guest(typescript="<T, R>(items: readonly T[], fn: (item: T, index: number) => R | Promise<R>, options?: MapOptions): Promise<R[]>")  # fmt: skip  # noqa: E501
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
            name: a label for this map; nothing shows it yet.
            on_error: `"stop"` raises the first error and cancels the rest; `"keep"` returns `{ok, failed}`.
        """

    @guest(typescript="<T extends Record<string, () => unknown>>(fns: T, options?: ParallelOptions): Promise<{ [K in keyof T]: Awaited<ReturnType<T[K]>> }>")  # fmt: skip  # noqa: E501
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

    @guest(typescript="<T>(fns: readonly (() => T | Promise<T>)[]): Promise<T>")
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

    @guest(typescript="<T>(fn: () => T | Promise<T>): Promise<Attempt<T>>")
    def attempt(self, fn: Function) -> dict[str, Any]:
        """Call a function and return `{ok, value, error}` instead of raising its error.

        Args:
            fn: what to try.
        """

    @guest(typescript="(message: string | Reply | SpellError, options?: { kind?: Kind; hint?: string }): never")
    def fail(self, message: str, *, kind: str = "script", hint: str | None = None) -> None:
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

    @guest(typescript="(text: string): any")
    def decode(self, text: str) -> Any:
        """Return the value of a JSON text.

        Args:
            text: JSON.
        """

    @guest(typescript="<T>(items: readonly T[]): T[]")
    def list(self, items: Any) -> Any:
        """Mark a table as a list, so that an empty one stays a list; in JavaScript it is the array itself.

        Args:
            items: the items.
        """
