"""How far a `map` with a name is, for the people who watch the run."""

from llmspell.bridge.op import Global, op
from llmspell.context import Context

LINES = 10_000
"""Lines of progress that one run may show."""


class Progress(Global):
    """Tell people how far the run is; the preludes call it for `map`, and scripts do not see it."""

    name = ""
    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._lines = 0

    @op(effect="pure", notify=True)
    async def _progress(self, name: str, done: int, total: int, failed: int) -> None:
        """Show one line.

        Args:
            name: what goes on.
            done: how many have ended.
            total: how many there are.
            failed: how many of those that have ended have failed.
        """
        self._lines += 1
        if self._lines <= LINES:
            suffix = f", {failed} failed" if failed else ""
            self.context.sink.progress(f"{name}: {done}/{total}{suffix}")
