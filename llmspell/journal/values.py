"""Values as the journal keeps them: JSON, with what is large put aside under the hash of its content."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from llmspell.errors import ArgumentError, ConfigError
from llmspell.wording import shown

ASIDE = 256
"""Characters, or bytes, from which on a text is put aside."""
LARGEST = 64 * 2**20
"""Bytes that one value may have."""

Scrub = Callable[[Any], Any]
"""Returns data with each known secret in it replaced by its name."""

_T = TypeVar("_T", str, bytes)
_SHA = 20
_TAGS = ("$text", "$blob", "$bytes", "$sealed")
_DEEP = 200  # more than what crosses to a script, with room for what the host puts around it


class Sealed(msgspec.Struct):
    """Data that is encrypted: what was put aside is encrypted by itself, so that it is still kept once."""

    head: bytes
    parts: list[bytes]


class Folded(NamedTuple):
    """A value as JSON, and what was put aside, by its hash."""

    json: str
    aside: dict[bytes, bytes]


def damaged(what: str) -> ConfigError:
    """Return the error for a part of the journal that is not what was written there."""
    return ConfigError(what, hint="`llmspell runs check` says how much is, `llmspell runs recover` saves the rest")


def fingerprint(op: str, args: Any, scrub: Scrub | None = None) -> bytes:
    """Return 96 bits that stand for a request: the op, and its arguments as they came over the wire.

    With `scrub` a request stays the same when a secret in it gets another value.

    Raises:
        ArgumentError: the arguments are not data.
    """
    return hashlib.blake2b(f"{op}\0{fold(args, scrub, order='sorted').json}".encode(), digest_size=12).digest()


def fold(value: Any, scrub: Scrub | None = None, *, order: Literal["sorted"] | None = None) -> Folded:
    """Return a value as it is kept: maps with their keys in the order that they have, because scripts see it.

    Raises:
        ArgumentError: it is not data, or has more than 64 MiB.
    """
    folding = _Folding()
    try:
        clean = value if scrub is None else scrub(value)
        text = msgspec.json.encode(folding.stored(clean), order=order).decode()
    except (UnicodeEncodeError, ValueError):
        raise ArgumentError("a value is not valid text, or has a number with too many digits") from None
    if len(text) + folding.size > LARGEST:
        size = f"{(len(text) + folding.size) / 2**20:.0f} MiB"
        raise ArgumentError(f"a value has {size}, and the journal keeps at most {LARGEST // 2**20} MiB of one")
    return Folded(text, folding.aside)


def unfold(json: str, fetch: Callable[[bytes], bytes], text: Callable[[bytes], str] | None = None) -> Any:
    """Return a value that was folded.

    Args:
        json: as `fold` made it.
        fetch: returns what was put aside under a hash.
        text: returns it as text, where `fetch` cannot do that best.

    Raises:
        ConfigError: it is not what `fold` makes.
    """
    try:
        value = msgspec.json.decode(json)
        found = _Aside(fetch, text or (lambda sha: fetch(sha).decode()))
        return _restored(value, found) if '"$' in json else value
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise damaged("a value in the journal is damaged") from None


class _Aside:
    """What was put aside of one value, and no more than one may have: a few names can stand for the same large text."""

    def __init__(self, fetch: Callable[[bytes], bytes], text: Callable[[bytes], str]) -> None:
        self._fetch = fetch
        self._text = text
        self._left = LARGEST

    def blob(self, name: str) -> bytes:
        return self._counted(self._fetch(_sha(name)))

    def text(self, name: str) -> str:
        return self._counted(self._text(_sha(name)))

    def _counted(self, content: _T) -> _T:
        self._left -= len(content)
        if self._left < 0:
            raise damaged("a value in the journal is too large")
        return content


class _Folding:
    """One value on its way into the journal."""

    def __init__(self) -> None:
        self.aside: dict[bytes, bytes] = {}
        self.size = 0

    def stored(self, value: Any, depth: int = 0) -> Any:
        match value:
            case str():
                return self._text(value)
            case None | bool() | int():
                return value
            case float():
                if value - value != 0:  # not a number, or infinite
                    raise ArgumentError("a value is not a finite number")
                return value
            case dict() | list() | tuple() if depth == _DEEP:
                raise ArgumentError(f"a value is nested more than {_DEEP} deep")
            case dict():
                return self._map(value, depth)
            case list() | tuple():
                return [self.stored(each, depth + 1) for each in value]
            case bytes():
                return self._bytes(value)
            case Sealed(head=head, parts=parts):
                return {"$sealed": [self._bytes(each) for each in (head, *parts)]}
        raise ArgumentError(f"the journal keeps data only, got {shown(value)}")

    def _text(self, text: str) -> Any:
        return text if len(text) < ASIDE else {"$text": self._put_aside(text.encode())}

    def _bytes(self, content: bytes) -> dict[str, str]:
        if len(content) < ASIDE:
            return {"$bytes": base64.b64encode(content).decode()}
        return {"$blob": self._put_aside(content)}

    def _map(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        found = {}
        for key, each in value.items():
            if not isinstance(key, str):
                raise ArgumentError("the journal keeps maps whose keys are text")
            found["$" + key if _is_tag(key) else key] = self.stored(each, depth + 1)
        return found

    def _put_aside(self, content: bytes) -> str:
        sha = digest(content)
        self.aside[sha] = content
        self.size += len(content)  # each time: what is unfolded has it as often
        return base64.urlsafe_b64encode(sha).decode().rstrip("=")


def digest(content: bytes) -> bytes:
    """Return the hash under which content is put aside."""
    return hashlib.blake2b(content, digest_size=_SHA).digest()


def _is_tag(key: str) -> bool:
    """Return whether a key is one of our tags, or one of a map's own that has been written so as not to be one."""
    return key.startswith("$") and "$" + key.lstrip("$") in _TAGS


def _restored(value: Any, aside: _Aside) -> Any:
    match value:
        case {"$text": str(name)}:
            return aside.text(name)
        case {"$blob": str(name)}:
            return aside.blob(name)
        case {"$bytes": str(text)}:
            return base64.b64decode(text, validate=True)
        case {"$sealed": list(parts)}:
            return _sealed([_restored(part, aside) for part in parts])
        case dict():
            return {key[1:] if _is_tag(key) else key: _restored(each, aside) for key, each in value.items()}
        case list():
            return [_restored(each, aside) for each in value]
    return value


def _sealed(parts: list[Any]) -> Sealed:
    if not parts or not all(isinstance(part, bytes) for part in parts):
        raise ValueError("not sealed")
    return Sealed(parts[0], parts[1:])


def sealed_to(sealed: Sealed) -> dict[str, Any]:
    """Return what is encrypted as data, for a store that knows no more than that."""
    return {"$sealed": [base64.b64encode(part).decode() for part in (sealed.head, *sealed.parts)]}


def sealed_from(value: Any) -> Sealed | None:
    """Return what `sealed_to` has made data of; None if it is something else.

    Raises:
        ConfigError: it is damaged.
    """
    match value:
        case {"$sealed": list(parts)}:
            try:
                return _sealed([base64.b64decode(part, validate=True) for part in parts])
            except (ValueError, TypeError):
                raise damaged("a value in the journal is damaged") from None
    return None


def _sha(name: str) -> bytes:
    return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
