"""The options that say how a command speaks. They may stand before the name of the command or after it."""

from collections.abc import Callable
from typing import Any

import click


def _ask_for(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        setattr(ctx.obj, str(option.name), True)


def _flag(*words: str, about: str) -> Callable[[Any], Any]:
    return click.option(*words, is_flag=True, expose_value=False, callback=_ask_for, help=about)


_FLAGS = (
    _flag("--json", "as_json", about="One JSON document on stdout, nothing else."),
    _flag("-q", "--quiet", about="No progress and no closing line on stderr."),
    _flag("-v", "--verbose", about="Tell more: debug logs, and the traceback of a bug of llmspell."),
    _flag("--no-color", about="No colours, as with NO_COLOR=1."),
)


def speaking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that set the attributes of the `Terminal` in its context."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


asking = _flag("--no-input", "no_input", about="Ask nothing at the terminal.")
"""Gives a command that may ask a person the option not to."""
