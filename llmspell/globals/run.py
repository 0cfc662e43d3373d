"""Facts about this run."""

from typing import Any

from llmspell.bridge.op import Global, op
from llmspell.context import Context


class Run(Global):
    """Facts about this run, fixed when it begins.

    Args:
        id: the name of this run.
        spell: the path of the spell as it was given.
        date: the day on which the run began, `2026-01-31`.
        started: when the run began, ISO 8601 with its offset.
    """

    context: Context

    def constants(self) -> dict[str, Any]:
        """Return id, spell, date and started."""
        started = self.context.started
        return {
            "id": self.context.run_id,
            "spell": self.context.spell,
            "date": started.date().isoformat(),
            "started": started.isoformat(timespec="seconds"),
        }

    @op(effect="read")
    async def budget(self) -> dict[str, Any]:
        """Return what models have cost so far as `spent`, and what may still be spent as `left`.

        Both have `usd`, `time` in seconds, `tokens` and `calls`; in `left` stands only what is capped.
        """
        spending = self.context.spending
        return {"spent": spending.spent, "left": spending.left}
