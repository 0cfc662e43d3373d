"""What a person has set for their spells."""

import asyncio
import re
import tomllib
from typing import Any

from llmspell import files
from llmspell.bridge.op import Global, op
from llmspell.context import Context
from llmspell.data import DEPTH, plain
from llmspell.errors import ArgumentError, ConfigError
from llmspell.project import MARK
from llmspell.wording import clip, did_you_mean, visible

SECTIONS = ("vars", "models", "limits", "budget")
"""The sections of `llmspell.toml` that scripts may read; no other, so that a section for secrets is never one."""

SIZE_LIMIT = 64 * 1024
"""Bytes of the file."""
PARTS = 64
"""Names in one key, joined by dots: the parser takes a time that is quadratic in them."""

_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{{PARTS}}}")


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
    path = context.project.root / MARK
    if not path.exists():
        return {}
    with files.opened(str(path)) as file:
        text = files.decoded(files.limited(file, SIZE_LIMIT, MARK), MARK)
    if _LONG_KEY.search(text):
        raise ConfigError(f"{MARK}: a key has more than {PARTS} parts")
    try:
        settings = tomllib.loads(text)
        return {name: plain(_told(settings[name]), f"{MARK}: {name}") for name in SECTIONS if name in settings}
    except ValueError as error:
        raise ConfigError(f"{MARK} is not TOML: {clip(visible(str(error)), 200)}") from None
    except RecursionError:
        raise ConfigError(f"{MARK} is nested more than {DEPTH} deep") from None


def _told(value: Any) -> Any:
    """Return a value of TOML as data: dates and times are text."""
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_told(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
