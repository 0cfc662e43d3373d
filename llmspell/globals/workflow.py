"""The signatures of `Workflow`, which the preludes implement, for stubs and reference."""

from typing import Any, Literal

from llmspell.bridge.op import Global, Handle, guest

OnError = Literal["stop", "keep"]

_MODE = 'M extends "stop" | "keep" = "stop"'
_PARALLEL = f"<B extends Record<string, Step>, {_MODE}>(spec: ParallelSpec<B, M>): Flow<any, Gathered<B, M>>"


class Flow(Handle):
    """Work put together from steps, which runs as often as it is asked to.

    Args:
        name: its name, which errors show.
        kind: the function that made it: `sequence`, `parallel`, `branch`, `loop` or `graph`.
    """

    @guest(typescript="(input?: I): Promise<O>")
    def run(self, input: Any = None) -> Any:  # noqa: A002
        """Run the flow and return its result.

        Args:
            input: what the first of its steps get.
        """


class Workflow(Global):
    """Put steps together into flows.

    A step is a function, another flow, or a table `{run, timeout, retry, on_error}`: `run` is the function or flow,
    `timeout` bounds each attempt, `retry` has the options of the verb `retry`, and with `on_error = "keep"` its failure
    does not end the flow. A failed step leaves its path in the error: `data.step` is `"report/draft/2"`.
    """

    @guest(typescript="(spec: SequenceSpec): Flow")
    def sequence(self, *, steps: list[Any], name: str | None = None) -> Flow:
        """Run steps one after another; each gets what the one before it returned.

        Args:
            steps: called with the value and the number of the step. A table of a step may have a `name`. A step whose
                failure is kept hands on what it was given.
            name: for errors.
        """

    @guest(typescript=_PARALLEL)
    def parallel(
        self,
        *,
        branches: dict[str, Any],
        name: str | None = None,
        limit: int | None = None,
        on_error: OnError = "stop",
    ) -> Flow:
        """Run steps side by side, each with the input, and return their results by name.

        Args:
            branches: the steps by name.
            name: for errors.
            limit: how many run at once; all, unless given.
            on_error: `"stop"` raises the first error and cancels the rest; `"keep"` makes the result
                `{ok, failed, skipped}`.
        """

    @guest(typescript="(spec: BranchSpec): Flow")
    def branch(self, *, choose: Any, branches: dict[str, Any], name: str | None = None, default: Any = None) -> Flow:
        """Run one of several steps, and return its result.

        Args:
            choose: called with the input; returns the name of the branch.
            branches: the steps by name; the one that is chosen gets the input.
            name: for errors.
            default: the step for every other name; without it another name is an error.
        """

    @guest(typescript="<T = any>(spec: LoopSpec<T>): Flow<T, T>")
    def loop(self, *, max: int, body: Any, name: str | None = None, start: Any = None, done: Any = None) -> Flow:  # noqa: A002
        """Run a step again and again, each time with what it returned before, and return its last result.

        Args:
            max: after how many rounds it ends, done or not.
            body: the step; called with the value and the number of the round.
            name: for errors.
            start: what the first round gets where the flow runs without an input.
            done: called with each result and the number of its round; when it returns a true value, the loop ends.
        """

    @guest(typescript="(spec: GraphSpec): Flow")
    def graph(
        self,
        *,
        nodes: dict[str, Any],
        edges: list[Any] | None = None,
        name: str | None = None,
        limit: int | None = None,
        on_error: OnError = "stop",
        last: str | None = None,
    ) -> Flow:
        """Run steps that depend on each other, each as soon as all that it depends on are done.

        The result is the value of the node that no other depends on, if there is one such node, or of the node that
        `last` names; otherwise the results of all nodes by name.

        Args:
            nodes: the steps by name; called with a map of what they depend on, and with the input. A flow that depends
                on nothing gets the input. A table of a node may have `depends_on`, a list of names.
            edges: more dependencies: pairs of names, the second node after the first.
            name: for errors.
            limit: how many nodes run at once; all that can, unless given.
            on_error: `"stop"` raises the first error and cancels the rest; `"keep"` skips what depends on a failed node
                and makes the result `{ok, failed, skipped}`.
            last: the node whose value is the result.
        """
