"""How tests are told of: as lines for people, and as data."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from llmspell.errors import SpellError
from llmspell.report import render
from llmspell.trial.coverage import Share
from llmspell.trial.sheet import Difference, Outcome, Sheet
from llmspell.wording import clip, visible

_LINES = 40  # of a difference
_WIDTH = 200
_PRINTED = 20  # lines
_MARKS = {"ok": "ok     ", "failed": "failed ", "skipped": "skipped"}


def lines(sheet: Sheet, color: bool, *, verbose: bool = False) -> Iterator[str]:
    """Yield what people are told of a file.

    Args:
        sheet: the file, at its end.
        color: whether the terminal shows colours.
        verbose: whether tests that are skipped are told, and what the file has printed.
    """
    yield visible(sheet.name)
    for outcome in sheet.outcomes:
        if outcome.status != "skipped" or verbose:
            yield from _outcome(outcome, color)
    if sheet.error is not None:
        yield from _indented(render(sheet.error, color=color))
    elif not sheet.outcomes:
        yield '  no tests: write `test("name", function() … end)`, in JavaScript `test("name", () => { … })`'
    yield from _besides(sheet)
    if sheet.printed and (verbose or sheet.failed):
        yield from _printed(sheet.printed)


def _outcome(outcome: Outcome, color: bool) -> Iterator[str]:
    yield f"  {_marked(outcome.status, color)} {visible(outcome.name)}  {_spoken(outcome.seconds)}"
    if outcome.status == "failed":
        yield from _failure(outcome, color)
    for prompt in outcome.stale:
        yield f'    note: recorded, and not asked any more: "{prompt}"'


def _besides(sheet: Sheet) -> Iterator[str]:
    if sheet.untold:
        yield f"  {_counted(sheet.untold, 'test')} behind it did not run"
    for name in sheet.strange:
        yield f'  note: recorded for a test that is not there: "{visible(clip(name, _WIDTH))}"'
    if sheet.recorded:
        yield f"  wrote {visible(sheet.name)}.recorded.json"


def coverage(shares: Sequence[Share]) -> Iterator[str]:
    """Yield the table of what has run."""
    width = max([len(visible(share.file)) for share in shares], default=0)
    yield f"{'coverage':<{width}}  lines    ran  not run"
    for share in shares:
        yield f"{visible(share.file):<{width}}  {len(share.lines):>5}  {share.percent:>4.0f}%  {share.gaps}".rstrip()
    yield f"{'all':<{width}}  {sum(len(share.lines) for share in shares):>5}  {total(shares):>4.0f}%"


def total(shares: Sequence[Share]) -> float:
    """Return how many of a hundred lines of all files have run."""
    count = sum(len(share.lines) for share in shares)
    return 100.0 if not count else 100 * (1 - sum(len(share.missing) for share in shares) / count)


def closing(sheets: Sequence[Sheet], seconds: float) -> str:
    """Return the line that ends all."""
    outcomes = [outcome for sheet in sheets for outcome in sheet.outcomes]
    counts = {word: sum(each.status == word for each in outcomes) for word in _MARKS}
    words = [f"{counts['ok']} ok"]
    words += [f"{counts['failed']} failed"] if counts["failed"] else []
    words += [f"{counts['skipped']} skipped"] if counts["skipped"] else []
    broken = sum(sheet.error is not None for sheet in sheets)
    words += [f"{_counted(broken, 'file')} broken"] if broken else []
    untold = sum(sheet.untold for sheet in sheets)
    words += [f"{untold} not run"] if untold else []
    return f"{', '.join(words)} in {_counted(len(sheets), 'file')}  {seconds:.1f}s"


def document(sheets: Sequence[Sheet], shares: Sequence[Share] | None) -> dict[str, Any]:
    """Return all as data."""
    found: dict[str, Any] = {
        "status": "failed" if any(sheet.failed for sheet in sheets) else "ok",
        "files": [_file(sheet) for sheet in sheets],
    }
    if shares is not None:
        found["coverage"] = {
            "percent": round(total(shares), 1),
            "files": [
                {"file": s.file, "lines": len(s.lines), "percent": round(s.percent, 1), "missing": list(s.missing)}
                for s in shares
            ],
        }
    return found


def _file(sheet: Sheet) -> dict[str, Any]:
    return {
        "file": sheet.name,
        "tests": [_test(outcome) for outcome in sheet.outcomes],
        "not_run": sheet.untold,
        "error": None if sheet.error is None else _error(sheet.error),
        "printed": sheet.printed,
        "stale_tests": sheet.strange,
    }


def _test(outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": outcome.name,
        "line": outcome.line,
        "status": outcome.status,
        "ms": round(outcome.seconds * 1000),
    }
    if outcome.error is not None:
        told["error"] = _error(outcome.error)
    if outcome.difference is not None:
        told |= {"expected": _value(outcome.difference.expected), "actual": _value(outcome.difference.actual)}
    if outcome.casts:
        told["casts"] = [_error(error) for error in outcome.casts]
    if outcome.stale:
        told["stale"] = outcome.stale
    return told


def _error(error: SpellError) -> dict[str, Any]:
    where = error.where and {"file": error.where.file, "line": error.where.line, "column": error.where.column}
    return {"kind": error.kind, "message": error.message, "hint": error.hint, "where": where}


def _failure(outcome: Outcome, color: bool) -> Iterator[str]:
    assert outcome.error is not None
    yield from _indented(render(outcome.error, color=color))
    if outcome.difference is not None:
        yield from _indented("\n".join(_difference(outcome.difference)))
    for error in outcome.casts[:3]:
        yield "    a spell that it cast has failed:"
        yield from _indented(render(error, color=color))


def _difference(difference: Difference) -> Iterator[str]:
    """Yield two values as lines, those that differ with a sign: `-` is expected, `+` is there."""
    expected, actual = (_written(text) for text in difference)
    if len(expected) == 1 and len(actual) == 1 and len(expected[0]) + len(actual[0]) < _SHORT:
        return
    yield "- expected"
    yield "+ actual"
    found = [line for line in difflib.ndiff(expected, actual) if not line.startswith("?")]
    for line in found[:_LINES]:
        yield f"  {line[:2]}{visible(clip(line[2:], _WIDTH))}"
    if len(found) > _LINES:
        yield f"  … {len(found) - _LINES} more lines"


_SHORT = 100


def _written(text: str) -> list[str]:
    """Return a value as lines: text as it is, data as JSON with sorted keys."""
    value = _value(text)
    if isinstance(value, str):
        return value.split("\n")[:1000]
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).split("\n")[:1000]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _printed(text: str) -> Iterator[str]:
    found = text.rstrip("\n").split("\n")
    for line in found[:_PRINTED]:
        yield f"  | {visible(clip(line, _WIDTH))}"
    if len(found) > _PRINTED:
        yield f"  | … {len(found) - _PRINTED} more lines"


def _indented(text: str) -> Iterator[str]:
    yield from (f"    {line}".rstrip() for line in text.split("\n"))


def _marked(status: str, color: bool) -> str:
    styles = {"ok": "32", "failed": "1;31", "skipped": "33"}
    return f"\x1b[{styles[status]}m{_MARKS[status]}\x1b[0m" if color else _MARKS[status]


def _spoken(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _counted(count: int, word: str) -> str:
    return f"1 {word}" if count == 1 else f"{count} {word}s"
