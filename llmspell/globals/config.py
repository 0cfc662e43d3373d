"""What a person has set for their spells."""

import asyncio
from typing import Any

from llmspell import settings
from llmspell.bridge.op import Global, op
from llmspell.context import Context
from llmspell.data import plain
from llmspell.errors import ArgumentError
from llmspell.project import MARK
from llmspell.wording import did_you_mean

SECTIONS = ("vars", "models", "limits", "budget")
"""The sections of `llmspell.toml` that scripts may read; no other, so that a section for secrets is never one."""


class Config(Global):
    """Read the settings of the project, from the sections vars, models, limits and budget of `llmspell.toml`."""

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._read: asyncio.Task[dict[str, Any]] | None = None

    @op(effect="read", needs="read")
    async def get(self, path: str, fallback: Any = None) -> Any:
        """Return a setting, or the fallback where it is not set.

        The file is read once; a run keeps the settings that it found.

        Args:
            path: names joined by dots: `vars.city`.
            fallback: what is returned instead.
        """
        section, *names = path.split(".")
        if section not in SECTIONS:
            hint = did_you_mean(section, SECTIONS)
            raise ArgumentError(f"Config.get: a spell cannot read the section `{section[:60]}`", hint=hint)
        self.context.paths.spot("read", MARK)  # or it is refused
        found: Any = (await self._settings()).get(section)
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return fallback if found is None else found

    async def _settings(self) -> dict[str, Any]:
        if self._read is None:
            self._read = asyncio.ensure_future(self._parsed())
        return await asyncio.shield(self._read)

    async def _parsed(self) -> dict[str, Any]:
        return await self.context.threads.do(lambda _: _parsed(self.context))


def _parsed(context: Context) -> dict[str, Any]:
    found = settings.read(context.project.root)
    return {name: plain(_told(found[name]), f"{MARK}: {name}") for name in SECTIONS if name in found}


def _told(value: Any) -> Any:
    """Return a value of TOML as data: dates and times are text."""
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_told(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
