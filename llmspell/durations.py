"""How people write spans of time and sizes of memory: the only place that knows the units."""

import math
import re

from llmspell.errors import ArgumentError
from llmspell.wording import shown

_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_NUMBER = r"\d{1,15}(?:\.\d{1,15})?"
_DURATION = re.compile("".join(rf"(?:({_NUMBER}){unit})?" for unit in _SECONDS), re.ASCII)
_LONGEST = 3650 * 86400.0

_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_LARGEST = 2**50
_SIZE = re.compile(rf"({_NUMBER})({'|'.join(_BYTES)})?", re.ASCII)


def parse(value: object) -> float:
    """Return a duration in seconds: from `"30s"`, `"5m"`, `"24h"`, `"1d"`, `"250ms"`, `"1h30m"` or from seconds.

    Raises:
        ArgumentError: naming the value.
    """
    found = _seconds(value)
    if found is None:
        raise ArgumentError(f'{shown(value)} is not a duration: write seconds or "30s", "5m", "24h"')
    if not 0 <= found <= _LONGEST:
        raise ArgumentError(f"{shown(value)} is not a usable duration: it must be from 0 to 3650 days")
    return found


def parse_or_none(value: object) -> float | None:
    """Return a duration in seconds, or None for `"none"`: for limits that may be absent.

    Raises:
        ArgumentError: naming the value.
    """
    return None if value == "none" else parse(value)


def size(value: object) -> int:
    """Return a number of bytes: from `"64KiB"`, `"256MiB"`, `"1.5GiB"` or from bytes.

    Raises:
        ArgumentError: naming the value.
    """
    found = _size(value)
    if found is None or found < 0:
        raise ArgumentError(f'{shown(value)} is not a size: write bytes or "64KiB", "256MiB", "1GiB"')
    if found > _LARGEST:
        raise ArgumentError(f"{shown(value)} is not a usable size: it must be at most {_LARGEST >> 30:,}GiB")
    return found


def spoken(duration: float) -> str:
    """Return a duration in seconds as people write it: `1h30m`, `250ms`, `0s`."""
    milliseconds = round(duration * 1000)
    text = ""
    for unit, length in _SECONDS.items():
        count, milliseconds = divmod(milliseconds, round(length * 1000))
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _seconds(value: object) -> float | None:
    if isinstance(value, str):
        if re.fullmatch(_NUMBER, value, re.ASCII):
            return float(value)
        parts = _DURATION.fullmatch(value)
        if not value or not parts:
            return None
        return math.fsum(
            float(count) * unit for count, unit in zip(parts.groups(), _SECONDS.values(), strict=True) if count
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 10**15 else None  # so neither infinite nor NaN


def _size(value: object) -> int | None:
    if isinstance(value, str):
        parts = _SIZE.fullmatch(value)
        return int(float(parts[1]) * _BYTES[parts[2] or "B"]) if parts else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
