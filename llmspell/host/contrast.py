"""What tells two requests apart, in words for people: long ones by the part that differs."""

import json
from itertools import zip_longest
from typing import Any

from llmspell.wording import clip, visible

SHOWN = 300
"""Characters of a request that are shown; of a longer one the beginning, and where it differs."""

_BEGINNING = 120
_BEFORE, _PIECE = 30, 110
_NOTHING = object()


def said(op: str, args: Any, limit: int = SHOWN) -> str:
    """Return a call as people write it."""
    words = [_text(each) for each in _listed(args)]
    return clip(visible(f"{op}({', '.join(words)})"), limit)


def contrast(before: tuple[str, Any], now: tuple[str, Any]) -> tuple[str, str, list[str]]:
    """Return two calls, each an op and its arguments, as people write them, and lines that show the first difference.

    There are such lines only where the calls are too long to be shown as a whole.
    """
    whole = [said(*each, limit=SHOWN + 1) for each in (before, now)]
    if max(map(len, whole)) <= SHOWN or before[0] != now[0]:
        return said(*before), said(*now), []
    path, old, new = _first(_listed(before[1]), _listed(now[1]), "")
    old, new = _pieces(old, new)
    lines = [f"they differ in {visible(clip(path, 100))}", f"  recorded: {old}", f"  now:      {new}"]
    return said(*before, limit=_BEGINNING), said(*now, limit=_BEGINNING), lines


def _listed(args: Any) -> list[Any]:
    """Return arguments as a list, whatever a journal holds in their place."""
    return args if isinstance(args, list) else [] if args is None else [args]


def _first(before: Any, now: Any, path: str) -> tuple[str, Any, Any]:
    """Return where two values differ first, and what stands there."""
    pairs: list[tuple[Any, tuple[Any, Any]]]
    if isinstance(before, list) and isinstance(now, list):
        pairs = list(enumerate(zip_longest(before, now, fillvalue=_NOTHING)))
    elif isinstance(before, dict) and isinstance(now, dict):
        names = [*before, *(name for name in now if name not in before)]
        pairs = [(name, (before.get(name, _NOTHING), now.get(name, _NOTHING))) for name in names]
    else:
        return path or "what they ask", before, now
    for step, (old, new) in pairs:
        if _text(old) != _text(new):
            return _first(old, new, _deeper(path, step))
    return path or "what they ask", before, now


def _deeper(path: str, step: int | str) -> str:
    if not path:
        return f"argument {step + 1}" if isinstance(step, int) else step
    return f"{path}[{step}]" if isinstance(step, int) else f"{path}, {step}"


def _pieces(before: Any, now: Any) -> tuple[str, str]:
    """Return the parts of two values around the first difference."""
    old, new = (_text(each) for each in (before, now))
    same = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    start = max(0, (min(len(old), len(new)) if same is None else same) - _BEFORE)
    return _cut(old, start), _cut(new, start)


def _text(value: Any) -> str:
    return "nothing" if value is _NOTHING else json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, start: int) -> str:
    return visible(("…" if start else "") + clip(text[start:], _PIECE))
