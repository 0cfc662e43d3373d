"""Errors on their way: from the wire, to the wire, and the ones that the host raises when a limit is reached."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any, ParamSpec

from llmspell import errors, hints
from llmspell.bundle import Bundle
from llmspell.durations import spoken
from llmspell.errors import KINDS, Place, ScriptError, SpellError
from llmspell.messages import Call
from llmspell.wording import clip, visible

_P = ParamSpec("_P")
log = logging.getLogger("llmspell")
_OURS = ("replay", "approval")  # their classes say what has become of a run, and no guest may say that
_CLASSES: dict[str, type[SpellError]] = {
    each.default_kind: each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, SpellError) and each.default_kind not in ("script", *_OURS)
} | {"script": ScriptError}
"""By kind, the class of an error that a guest reports; kinds without a class of their own are plain errors."""

_LONGEST = 16 * 1024
_FRAMES = 20
_OTHERS = 1000  # files of other spells whose names are remembered
_LARGEST_LINE = 10**7


def ours(error: BaseException) -> SpellError:
    """Return what a run ends with when something of ours has failed; an error for people stays as it is."""
    if isinstance(error, SpellError):
        return error
    log.error("a run ends with an internal error", exc_info=error)
    return SpellError(f"internal error of llmspell: {type(error).__name__}", hint="run with -v to see it")


def guarded(act: Callable[_P, None], fail: Callable[[SpellError], None]) -> Callable[_P, None]:
    """Return a callback that ends a run when it fails: nobody waits for a callback, and the run would wait for ever.

    Args:
        act: the callback.
        fail: ends the run.
    """

    def call(*args: _P.args, **named: _P.kwargs) -> None:
        try:
            act(*args, **named)
        except Exception as error:
            fail(ours(error))

    return call


def wire(error: SpellError) -> dict[str, Any]:
    """Return an error as the guest gets it: nothing of the host, and a place only if a function of the guest failed."""
    shape: dict[str, Any] = {"kind": error.kind, "message": error.message, "retryable": error.retryable}
    if error.hint:
        shape["hint"] = error.hint
    if error.cause:
        shape["cause"] = error.cause
    if error.data:
        shape["data"] = error.data | {"rule": error.told} if error.told else error.data
    if error.where:
        shape["where"] = asdict(error.where)
        shape["trace"] = [asdict(place) for place in error.trace or [error.where]]
    return shape


def unwire(
    shape: dict[str, Any], bundle: Bundle, names: list[str], withheld: Mapping[str, str] = MappingProxyType({})
) -> SpellError:
    """Return the error that a guest reports. Every field is hostile: what does not fit is dropped.

    Args:
        shape: the error on the wire.
        bundle: the files of the spell; a place in any other is dropped.
        names: what the script could have meant when it wrote an undefined name.
        withheld: names that do not exist because the profile does not grant what they need, and what that is.
    """
    kind = shape.get("kind")
    kind = kind if kind in KINDS else "script"
    error = _CLASSES.get(kind, SpellError)(
        kind=kind,
        message=_text(shape.get("message")) or "the spell failed without a message",
        hint=_text(shape.get("hint")) or None,
        where=_place(shape.get("where"), bundle),
        trace=_trace(shape.get("trace"), bundle),
        cause=_text(shape.get("cause")) or None,
        data=_data(shape.get("data")),
        retryable=shape.get("retryable") is True,
    )
    undefined = error.data.get("undefined")
    if isinstance(undefined, str) and error.hint is None:
        error.hint = hints.of(undefined, names, withheld)
    return error


def admit(shape: Any, bundle: Bundle) -> None:
    """Let the places of an error that the host tells be places of a spell: they are in files of one that it has run."""
    if not isinstance(shape, dict):
        return
    trace = shape.get("trace")
    for place in [shape.get("where"), *(trace if isinstance(trace, list) else [])][: _FRAMES + 1]:
        file = place.get("file") if isinstance(place, dict) else None
        if isinstance(file, str) and file not in bundle.sources and len(bundle.others) < _OTHERS:
            bundle.others.setdefault(file[:_LONGEST], "")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value if len(value) <= _LONGEST else value[:_LONGEST] + "…"


def _place(value: Any, bundle: Bundle) -> Place | None:
    match value:
        case {"file": str(file), "line": int(line)} if type(line) is int and 0 < line < _LARGEST_LINE:
            if file not in bundle.sources and file not in bundle.others:
                return None
            column = value.get("column")
            name = value.get("name")
            return Place(
                file,
                line,
                column if type(column) is int and 0 < column < _LARGEST_LINE else 0,
                name[:100] if isinstance(name, str) else "",
            )
    return None


def _trace(value: Any, bundle: Bundle) -> list[Place]:
    if not isinstance(value, list):
        return []
    return [place for item in value[:_FRAMES] if (place := _place(item, bundle))]


def _data(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    known = [(k, v) for k, v in value.items() if isinstance(k, str) and isinstance(v, str | int | float | bool)]
    # What a rule says is the host's word; a script must not speak with it.
    return {k[:100]: v[:1000] if isinstance(v, str) else v for k, v in known[:32] if k != "rule"}


_LOOKS_LIKE = {
    "lua": (re.compile(r"^[ \t]*(?:(?:const|let|var|export|import)\s|//)|=>|===|\bawait\s", re.M), "JavaScript", ".js"),
    "javascript": (re.compile(r"^[ \t]*(?:local\s|--\s|end\b)|\bthen[ \t]*$", re.M), "Lua", ".lua"),
}
"""By language: what its spells never hold but those of the other do, and what that is called.

No pattern goes beyond a line: one that does takes a time that is quadratic in empty lines.
"""


def foreign(error: SpellError, source: str, language: str) -> SpellError:
    """Return a syntax error with a hint if the spell seems to be written in the other language."""
    sign, other, suffix = _LOOKS_LIKE[language]
    if error.data.get("syntax") and error.hint is None and sign.search(source):
        return replace(error, hint=f"this looks like {other}: let its name end with {suffix}")
    return error


def at(error: SpellError, place: Place | None) -> SpellError:
    """Return an error with a place, unless it has one."""
    return error if error.where or place is None else replace(error, where=place)


def place_of(call: Call | None, bundle: Bundle) -> Place | None:
    """Return where a call was made."""
    if call is None:
        return None
    return _place({"file": call.file or bundle.spell.path, "line": call.line, "column": call.column}, bundle)


def after(call: Call | None) -> str:
    """Return the words that say how far a spell had come."""
    if call is None:
        return "before its first call"
    op = call.op[:60]
    known = 0 < call.line < _LARGEST_LINE
    of_module = f" of {visible(clip(call.file, 80))}" if call.file else ""
    return f"after the call of {op} in line {call.line}{of_module}" if known else f"after a call of {op}"


def turn(seconds: float, label: str, call: Call | None, bundle: Bundle) -> SpellError:
    """Return the error for a spell that was killed because it did not yield."""
    return errors.TimeLimitError(
        f"the spell ran for longer than {spoken(seconds)} without yielding, {after(call)}",
        hint="wait for something in the loop, or split the work; limits.turn of the profile sets the limit",
        where=place_of(call, bundle),
        data={"rule": f"{label} allows {spoken(seconds)} of running at a time"},
    )


def wall(seconds: float, label: str, call: Call | None, bundle: Bundle) -> SpellError:
    """Return the error for a spell that took too long in all."""
    return errors.TimeLimitError(
        f"the spell took longer than {spoken(seconds)}, {after(call)}",
        hint="--max-time sets the limit",
        where=place_of(call, bundle),
        data={"rule": f"this run may take {spoken(seconds)} in all ({label})"},
    )


def memory(error: SpellError, limit: int, label: str, call: Call | None, bundle: Bundle) -> SpellError:
    """Return the error of an engine that ran out of memory, with the rule, the cure, and how far the spell had come."""
    size = f"{limit / 2**20:g} MiB"
    return replace(
        error,
        message=error.message if error.where else f"{error.message}, {after(call)}",
        hint="work on less at a time; limits.memory of the profile sets the limit",
        where=error.where or place_of(call, bundle),
        data={"rule": f"{label} allows {size} of memory"},
    )


def calls(limit: int, label: str, call: Call, bundle: Bundle) -> SpellError:
    """Return the error for a spell that called the host too often."""
    return errors.BudgetError(
        f"the spell made more than {limit} calls",
        hint="limits.calls of the profile sets the limit",
        where=place_of(call, bundle),
        data={"rule": f"{label} allows {limit} calls"},
    )


def calls_together(limit: int, label: str, call: Call, bundle: Bundle) -> SpellError:
    """Return the error for a spell that called the host too often, together with those that belong to its run."""
    return errors.BudgetError(
        f"the spell and those that run with it made more than {limit} calls",
        hint="limits.calls of the profile sets the limit, for a run and all that it begins",
        where=place_of(call, bundle),
        data={"rule": f"{label} allows {limit} calls"},
    )


def cpu_together(seconds: float, label: str) -> SpellError:
    """Return the error for a run that used up its CPU time with those that it began."""
    return errors.TimeLimitError(
        f"the spell and those that run with it used more than {spoken(seconds)} of CPU time, and were ended",
        hint="compute less in them; limits.cpu of the profile sets the limit, for a run and all that it begins",
        data={"rule": f"{label} allows {spoken(seconds)} of CPU time"},
    )


def memory_together(limit: int, label: str) -> SpellError:
    """Return the error for a run that used up its memory with those that it began."""
    size = f"{limit / 2**20:g} MiB"
    return errors.WorkerDied(
        f"the spell and those that run with it used more than {size} of memory, and were ended",
        hint="run fewer at once; limits.memory_hard of the profile sets the limit, for a run and all that it begins",
        data={"rule": f"{label} allows {size} of memory"},
    )
