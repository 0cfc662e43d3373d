"""What tests of the Lua engine need: its guest, and what such a guest says."""

from functools import partial
from typing import Any

import guest

from llmspell.engines.lua import LuaEngine
from llmspell.messages import Call, Output, ToHost

CANNOT_WAIT = (
    "cannot wait here: inside a sort comparator, a gsub callback, or a metamethod that tostring, print or ipairs calls"
)


class Guest(guest.Guest):
    """A spell in Lua."""

    language = "lua"
    engine_type = LuaEngine
    suffix = ".lua"
    memory = 64 << 20


play = partial(guest.play, Guest)
result = partial(guest.result, Guest)
error = partial(guest.error, Guest)
message = partial(guest.message, Guest)


def line(source: str, **given: Any) -> int:
    """Return the line at which a spell fails."""
    return guest.place(Guest, source, **given)[0]


def printed(source: str, **given: Any) -> str:
    """Return what a spell prints."""
    return "".join(said.text for said in play(source, **given) if isinstance(said, Output))


def calls(said: list[ToHost]) -> list[tuple[int, str, list[Any]]]:
    """Return the calls among messages, without their places."""
    return [(call.id, call.op, call.args) for call in said if isinstance(call, Call)]
