"""What tests of the JavaScript engine need: its guest, and what such a guest says."""

from functools import partial

import guest

from llmspell.engines.javascript import JavaScriptEngine
from llmspell.messages import Call, Output, Quit, ToHost


class Guest(guest.Guest):
    """A spell in JavaScript."""

    language = "javascript"
    engine_type = JavaScriptEngine
    suffix = ".js"


play = partial(guest.play, Guest)
result = partial(guest.result, Guest)
error = partial(guest.error, Guest)
message = partial(guest.message, Guest)
place = partial(guest.place, Guest)


def printed(said: list[ToHost]) -> str:
    """Return what a spell printed to stdout."""
    return "".join(entry.text for entry in said if isinstance(entry, Output) and entry.stream == "out")


def calls(said: list[ToHost]) -> list[tuple[int, str]]:
    """Return the numbers of the calls and what they call."""
    return [(call.id, call.op) for call in said if isinstance(call, Call)]


def quits(said: list[ToHost]) -> list[int]:
    """Return the numbers of the calls that are no longer wanted."""
    return [entry.id for entry in said if isinstance(entry, Quit)]
