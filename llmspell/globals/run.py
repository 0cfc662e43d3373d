"""Facts about this run, and runs that it begins."""

from typing import Any

from llmspell.bridge.op import Global, Value, op
from llmspell.bridge.values import plain
from llmspell.context import Context
from llmspell.security.rules import Kind

_SPELL = "<T = any>(name: string, args?: Record<string, unknown>, options?: { allow?: Allow }): Promise<T>"


class Run(Global):
    """Facts about this run, fixed when it begins.

    Args:
        id: the name of this run.
        name: the path of the spell as it was given.
        date: the day on which the run began, `2026-01-31`.
        started: when the run began, ISO 8601 with its offset.
    """

    context: Context

    def constants(self) -> dict[str, Any]:
        """Return id, name, date and started."""
        started = self.context.started
        return {
            "id": self.context.run_id,
            "name": self.context.spell,
            "date": started.date().isoformat(),
            "started": started.isoformat(timespec="seconds"),
        }

    @op(effect="read")
    async def budget(self) -> dict[str, Any]:
        """Return what models have cost so far as `spent`, and what may still be spent as `left`.

        Both have `usd`, `time` in seconds, `tokens` and `calls`; in `left` stands only what is capped.
        """
        await self.context.effects.counted()
        spending = self.context.spending
        return {"spent": spending.spent, "left": spending.left}

    @op(effect="keyed", typescript=_SPELL)
    async def spell(
        self, name: str, args: dict[str, Any] | None = None, *, allow: dict[Kind, list[str]] | None = None
    ) -> Any:
        """Run another spell of the project, in either language, and return its result; its error is raised here.

        It runs in a worker of its own, is a run of its own in the journal, and may touch what this run may touch and no
        more. What it spends counts here too, and so do its calls, its CPU time and its memory: the limits are of both
        together. At most 4 run at once, and spells run each other at most 8 deep.

        Args:
            name: its path in the project, with or without suffix; from the folder of this spell, of the project, or its
                folder `spells`.
            args: what `spell()` returns there: its parameters, and its `input`.
            allow: of what this run may touch the part that it gets, as in a manifest: `{ read = { "notes/" } }`; all of
                it, unless given. What is not in it the other spell has not, but for the model that the person chose.
        """
        given = {key: str(value) if isinstance(value, Value) else plain(value) for key, value in (args or {}).items()}
        await self.context.effects.counted()
        return await self.context.child(name, given, allow)
