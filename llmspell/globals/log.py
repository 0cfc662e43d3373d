"""What a script tells the people who watch it."""

from typing import Any

from llmspell.bridge.op import Global, op
from llmspell.context import Context


class Log(Global):
    """Write to the log of the run, which goes to stderr, never to stdout."""

    context: Context

    @op(effect="pure", notify=True)
    async def debug(self, message: str, fields: dict[str, Any] | None = None) -> None:
        """Log what only somebody who looks for a fault wants to see.

        Args:
            message: one line.
            fields: values that belong to it.
        """
        self.context.sink.log("debug", message, fields or {})

    @op(effect="pure", notify=True)
    async def info(self, message: str, fields: dict[str, Any] | None = None) -> None:
        """Log what happens.

        Args:
            message: one line.
            fields: values that belong to it.
        """
        self.context.sink.log("info", message, fields or {})

    @op(effect="pure", notify=True)
    async def warn(self, message: str, fields: dict[str, Any] | None = None) -> None:
        """Log what somebody should look at.

        Args:
            message: one line.
            fields: values that belong to it.
        """
        self.context.sink.log("warn", message, fields or {})

    @op(effect="pure", notify=True)
    async def error(self, message: str, fields: dict[str, Any] | None = None) -> None:
        """Log what went wrong.

        Args:
            message: one line.
            fields: values that belong to it.
        """
        self.context.sink.log("error", message, fields or {})
