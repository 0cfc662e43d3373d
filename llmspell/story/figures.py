"""Values and figures of a run in words: nothing that a journal holds is taken to have the shape that it should."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from llmspell.bridge.values import plain
from llmspell.errors import Place, SpellError
from llmspell.journal.records import RunRecord
from llmspell.money import dollars
from llmspell.wording import clip

_DEEP = 200  # what a journal keeps is never nested deeper
_YEAR_9999 = 253_402_300_799


def mapping(value: Any) -> dict[str, Any]:
    """Return a value that should be a map; an empty one if it is none."""
    return value if isinstance(value, dict) else {}


def amount(value: Any) -> float:
    """Return a value that should be a number; 0 if it is none."""
    return float(value) if isinstance(value, int | float) and abs(value) < 1e15 else 0.0


def text(value: Any) -> str:
    """Return a value that should be text; nothing if it is none."""
    return value if isinstance(value, str) else ""


def price(usd: float | None) -> str:
    """Return what something cost; None is a price that nobody knows."""
    return "unknown" if usd is None else dollars(usd)


def took(ms: float | None) -> str:
    """Return a span of milliseconds in two or three digits: `12ms`, `1.4s`, `3m05s`, `2h10m`."""
    if ms is None:
        return "-"
    if ms < 1000:
        return f"{max(ms, 0):.0f}ms"
    seconds = ms / 1000
    if seconds < 100:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def moment(ms: float) -> datetime:
    """Return a time of the journal in the time zone of whoever looks."""
    return datetime.fromtimestamp(min(max(ms / 1000, 0), _YEAR_9999 - 86400), UTC).astimezone()


def data(value: Any, *, whole: bool = False, depth: int = 0) -> Any:
    """Return a value as JSON can say it.

    Args:
        value: what the journal gave.
        whole: say what bytes are, and not only how many.
        depth: of the value in another.
    """
    if isinstance(value, bytes):
        return {"bytes": len(value)} | ({"base64": base64.b64encode(value).decode()} if whole else {})
    if depth > _DEEP:
        return "…"
    if isinstance(value, list | tuple):
        return [data(item, whole=whole, depth=depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): data(item, whole=whole, depth=depth + 1) for key, item in value.items()}
    return plain(value) if not isinstance(value, float) or value - value == 0 else str(value)


def compact(value: Any, most: int) -> str:
    """Return a value in one line of at most so many characters; nothing for null."""
    return "" if value is None else clip(json.dumps(data(value), ensure_ascii=False), most)


def pretty(value: Any) -> str:
    """Return a value as people read it: text as it is, data as JSON in several lines."""
    return value if isinstance(value, str) else json.dumps(data(value), ensure_ascii=False, indent=2)


def sources(files: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a bundle by path, the spell first; what is none of a bundle is left out."""
    modules = files.get("modules")
    found: dict[str, str] = {}
    for file in [files.get("spell"), *(modules if isinstance(modules, list) else ())]:
        path, source = mapping(file).get("path"), mapping(file).get("source")
        if isinstance(path, str) and isinstance(source, str):
            found.setdefault(path, source)
    return found


def failure(run: RunRecord, texts: Mapping[str, str]) -> SpellError | None:
    """Return what a run has failed with, with the text of its file.

    Args:
        run: the run.
        texts: of its files, by path.
    """
    if run.error is None:
        return None
    error, place = mapping(run.error), mapping(mapping(run.error).get("where"))
    file, where = text(place.get("file")), None
    if file:
        where = Place(file, int(amount(place.get("line"))), int(amount(place.get("column"))))
    message = text(error.get("message")) or "no message"
    return SpellError(
        message, kind=text(error.get("kind")), hint=text(error.get("hint")) or None, where=where,
        source=texts.get(file),
    )  # fmt: skip
