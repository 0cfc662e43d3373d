"""The one way that errors are shown to people: what went wrong, where in the spell, by which rule, and the cure."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from llmspell.errors import KINDS, Place, SpellError
from llmspell.wording import clip, visible

WIDTH = 100
"""Columns that a line of an excerpt may take."""

_MESSAGE_LINES = 12
_MESSAGE_LENGTH = 2000
_NOTE_LENGTH = 500
_FRAMES = 5
_NAMES = 8
_SEARCHED = 10_000
_TAB = 4
_TOGETHER = 8  # characters: of what came before, so many tell whether a mark or a joiner belongs to one
_QUOTED = re.compile(r"`([^`\n]{1,80})`|'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"")
_NEAR = re.compile(r"near '([^\n]{1,80})'$", re.MULTILINE)
_TOKEN = re.compile(r"[\w$]+|\"[^\"\n]*\"|'[^'\n]*'|[^\w\s]")
_STYLES = {"error": "1;31", "caret": "1;31", "frame": "34", "fix": "32"}

Paint = Callable[[str, str], str]


def render(error: SpellError, source: str | None = None, color: bool = False) -> str:
    """Return an error as several lines of text, without a newline at the end.

    `data["rule"]` of the error, if it is text, is the rule that decided, `data["step"]` the step of a workflow that
    failed. Nothing in an error can deceive a terminal.

    Args:
        error: what went wrong.
        source: the text of the spell, for an excerpt, if the error does not bring it.
        color: whether the terminal shows colours.
    """
    paint = _painted if color else _plain
    lines = list(_headline(error, paint))
    if error.where is None:
        return "\n".join([*lines, *_notes(error, "  ", 0, paint)])
    gutter = max(2, len(str(error.where.line)))
    lines.append(f"{' ' * gutter}{paint('-->', 'frame')} {_located(error.where)}")
    text = source if error.source is None else error.source
    if text:
        lines += _excerpt(error, error.where, text, gutter, paint)
    return "\n".join([*lines, *_notes(error, f"{' ' * (gutter + 1)}{paint('=', 'frame')} ", 5, paint)])


def _painted(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _plain(text: str, _style: str) -> str:
    return text


def _headline(error: SpellError, paint: Paint) -> Iterator[str]:
    kind = error.kind if error.kind in KINDS else "script"
    first, *more = clip(error.message.strip() or "no message", _MESSAGE_LENGTH).split("\n")
    yield f"{paint(f'error[{kind}]', 'error')}: {visible(first)}"
    for line in more[: _MESSAGE_LINES - 1]:
        yield f"  | {visible(line)}"  # so that no line of a message can pass for one of ours
    if len(more) >= _MESSAGE_LINES:
        yield f"  | … {len(more) - _MESSAGE_LINES + 1} more lines"


def _located(place: Place) -> str:
    column = f":{place.column}" if place.column > 0 else ""
    return f"{visible(clip(place.file, 200))}:{place.line}{column}"


def _notes(error: SpellError, prefix: str, width: int, paint: Paint) -> Iterator[str]:
    notes = [("step", error.data.get("step")), *(("from", text) for text in _frames(error))]
    notes += [("why", error.cause), ("rule", error.data.get("rule")), ("fix", error.hint)]
    for word, text in notes:
        if isinstance(text, str) and text:
            label = f"{word}:".ljust(width)
            yield f"{prefix}{paint(label, 'fix') if word == 'fix' else label} {visible(clip(text, _NOTE_LENGTH))}"


def _frames(error: SpellError) -> Iterator[str]:
    """Yield the frames that led to the place of the error, innermost first."""
    frames = [each for each in error.trace if error.where is None or _located(each) != _located(error.where)]
    for frame in frames[:_FRAMES]:
        yield _located(frame) + (f" in {clip(frame.name, 60)}" if frame.name else "")
    if len(frames) > _FRAMES:
        yield f"… {len(frames) - _FRAMES} more"


# -- the excerpt ------------------------------------------------------------------------------------------------------


def _excerpt(error: SpellError, place: Place, source: str, gutter: int, paint: Paint) -> Iterator[str]:
    lines = _lines(source)
    if not 0 < place.line <= len(lines):
        return
    line = lines[place.line - 1]
    start, end = _span(error, place.column, line)
    code, carets = _window(line, start, end, WIDTH - gutter - 5)
    bar = paint("|", "frame")
    yield f"{' ' * gutter} {bar}"
    yield f"{paint(str(place.line).rjust(gutter), 'frame')} {bar} {code}".rstrip()
    if place.column > 0 or start < end:
        yield f"{' ' * gutter} {bar} {_marked(carets, paint)}"


@lru_cache(maxsize=1)
def _lines(source: str) -> list[str]:
    """Return the lines of a source, which many errors in a row may be about."""
    return source.split("\n")


def _marked(carets: str, paint: Paint) -> str:
    bare = carets.lstrip()
    return carets[: len(carets) - len(bare)] + paint(bare, "caret")


def _span(error: SpellError, column: int, line: str) -> tuple[int, int]:
    """Return from where to where the line is underlined."""
    names = list(_named(error))
    if column > 0:
        start = min(column - 1, len(line))
        named = next((name for name in names if line.startswith(name, start)), None)
        token = _TOKEN.match(line, start)
        return start, start + len(named) if named else token.end() if token else start + 1
    for name in names:
        bounded = rf"(?<![\w$]){re.escape(name)}(?![\w$])" if re.search(r"\w", name) else re.escape(name)
        if found := re.search(bounded, line[:_SEARCHED]):
            return found.span()
    return len(line) - len(line.lstrip()), len(line.rstrip())


def _named(error: SpellError) -> Iterator[str]:
    """Yield what the message names and the line may hold: Lua gives no columns."""
    undefined = error.data.get("undefined")
    if isinstance(undefined, str):
        yield undefined
    message = error.message[:_MESSAGE_LENGTH]
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(message)]
    for name in [match[1] for match in _NEAR.finditer(message)] + quoted[:_NAMES]:
        yield name.removesuffix("(…)") or name
    if isinstance(undefined, str) and "." in undefined:
        yield undefined.rpartition(".")[2]
    op = error.data.get("op")
    if isinstance(op, str):
        yield from (op, op.rpartition(".")[2])


def _window(line: str, start: int, end: int, room: int) -> tuple[str, str]:
    """Return the part of a line around a span that fits in so many columns, and the carets beneath it."""
    base = max(0, start - WIDTH)
    cells = list(_cells(line[base : start + 2 * WIDTH]))
    start, end = start - base, min(end - base, len(cells))
    left = _reach(cells, start, room // 2, -1)
    right = _reach(cells, left, room, 1)
    left = _reach(cells, right, room, -1)
    before = "…" if base + left > 0 else ""
    after = "…" if base + right < len(line) else ""
    code = before + "".join(text for text, _ in cells[left:right]) + after
    indent = len(before) + sum(width for _, width in cells[left:start])
    return code, " " * indent + "^" * max(1, sum(width for _, width in cells[start : min(end, right)]))


def _reach(cells: list[tuple[str, int]], at: int, room: int, step: int) -> int:
    """Return how far one can go from a cell in a direction until the room is used up."""
    while 0 <= (here := at if step > 0 else at - 1) < len(cells) and cells[here][1] <= room:
        room -= cells[here][1]
        at += step
    return at


def _cells(text: str) -> Iterator[tuple[str, int]]:
    """Yield for each character how it is shown and how many columns that takes."""
    column = 0
    before = ""
    for char in text:
        if char == "\t":
            shown = " " * (_TAB - column % _TAB)
        else:
            shown = visible(char) if char.isascii() else visible(before + char)[len(visible(before)) :]
        before = (before + char)[-_TOGETHER:]
        width = _width(char) if shown == char else len(shown)
        column += width
        yield shown, width


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
