"""What a person has set for their spells."""

import asyncio
import errno
from typing import Any

from llmspell import toml
from llmspell.bridge.op import Global, op
from llmspell.context import Context
from llmspell.data import plain
from llmspell.errors import ArgumentError, ScriptError
from llmspell.project import MARK
from llmspell.security.disk import Disk
from llmspell.wording import clip, did_you_mean, visible

SECTIONS = ("vars", "models", "limits", "budget")
"""The sections of `llmspell.toml` that scripts may read; no other, so that a section for secrets is never one."""


class Config(Global):
    """Read the settings of the project, from the sections vars, models, limits and budget of `llmspell.toml`."""

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._read: asyncio.Task[dict[str, Any]] | None = None

    @op(effect="read", needs="read", private=True)
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
            named = clip(visible(section), 60)
            raise ArgumentError(f"Config.get: a spell cannot read the section `{named}`", hint=hint)
        await self.context.access.permit("read", MARK, "Config.get")
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
    try:
        raw = Disk(context.paths).read(MARK, toml.LARGEST + 1, length=toml.LARGEST + 1)
    except ScriptError as error:
        if error.data.get("errno") == errno.ENOENT:
            return {}
        raise
    found = toml.document(raw, MARK).data
    return {name: plain(_told(found[name]), f"{MARK}: {name}") for name in SECTIONS if name in found}


def _told(value: Any) -> Any:
    """Return a value of TOML as data: dates and times are text."""
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_told(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
