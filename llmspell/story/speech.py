"""What a run has said, as lines of text."""

from collections.abc import Mapping
from typing import Any

from llmspell.journal.records import Line
from llmspell.story.figures import compact, mapping

_FIELD = 4_000  # characters of a field of the log


def said(line: Line) -> str:
    """Return a line without its newline; one of the log has its level before it and its fields behind it."""
    if line.stream == "log":
        extra = "".join(f" {name}={compact(value, _FIELD)}" for name, value in mapping(line.fields).items())
        return f"{line.level}: {line.text}{extra}"
    return line.text.removesuffix("\n")


def data(number: int, line: Line) -> Mapping[str, Any]:
    """Return a line as data."""
    return {
        "no": number, "t_ms": line.t_ms, "stream": line.stream, "level": line.level, "text": line.text,
        "fields": mapping(line.fields),
    }  # fmt: skip
