"""How values of the guest become values of the host."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec

from llmspell.bridge.op import Function, Handle, Value, binary_fields
from llmspell.data import DEPTH
from llmspell.errors import ArgumentError
from llmspell.wording import clip

PARTS = 500_000
"""Parts that the arguments of one call may have together: the host looks at each, and meanwhile does nothing else."""
RESULT_PARTS = 2_000_000
"""Parts that the result of a spell may have."""

_SCALARS = (str, int, float, bool, type(None))  # the formats on the wire know more
_HARMLESS = frozenset((str, int, bool, type(None)))
_INFINITE = (float("inf"), float("-inf"))


class Handles:
    """The objects of the host that one run holds by number; they die with the run."""

    def __init__(self) -> None:
        self._objects: dict[int | str, Handle] = {}

    def add(self, handle: Handle, number: int) -> int | str:
        """Return what the guest knows an object by: its label, or else the number of the call that made it."""
        known: int | str = handle.label if handle.label_field else number
        self._objects[known] = handle
        return known

    def get(self, number: Any) -> Handle:
        """Return the object with a number, or a label.

        Raises:
            ArgumentError: this run has no such handle.
        """
        if type(number) not in (int, str) or number not in self._objects:
            raise ArgumentError("this is not a handle of this run")
        return self._objects[number]


class Reviver:
    """Turns the tagged maps of one run's guest into functions, handles and typed values."""

    def __init__(
        self,
        handles: Handles,
        types: dict[str, type[Value]],
        invoke: Callable[[int, list[Any]], Any],
    ) -> None:
        self._handles = handles
        self._types = types
        self._invoke = invoke

    def revive(self, value: Any, *, binary: bool = False, most: int = PARTS) -> Any:
        """Return a decoded value with its tags resolved.

        Args:
            value: as it arrived.
            binary: whether it may be bytes, or a map with bytes in it.
            most: parts that it may have.

        Raises:
            ArgumentError: it is nested too deeply, has too many parts, a tag is not one of ours, or a part is not data.
        """
        return _Pass(self._handles, self._types, self._invoke, most).revive(value, 0, binary)

    def arguments(self, values: list[Any], *, binary: bool) -> tuple[list[Any], bool]:
        """Return the arguments of a call with their tags resolved, and whether nothing but plain data is in them.

        Raises:
            ArgumentError: what `revive` raises; all arguments together may have so many parts.
        """
        one = _Pass(self._handles, self._types, self._invoke, PARTS)
        return [one.revive(value, 0, binary) for value in values], one.plain


class _Pass:
    """One way through values: their tags are resolved, and their parts are counted."""

    def __init__(
        self,
        handles: Handles,
        types: dict[str, type[Value]],
        invoke: Callable[[int, list[Any]], Any],
        most: int,
    ) -> None:
        self._handles = handles
        self._types = types
        self._invoke = invoke
        self._most = self._left = most
        self.plain = True

    def revive(self, value: Any, depth: int = 0, binary: bool = False) -> Any:
        kind = type(value)
        if kind in _HARMLESS:
            return value
        if depth > DEPTH:
            raise ArgumentError(f"a value is nested more than {DEPTH} deep")
        if kind is list:
            self._count(value)
            return [item if type(item) in _HARMLESS else self.revive(item, depth + 1) for item in value]
        if kind is dict:
            self._count(value)
            return self._revive_map(value, depth, binary)
        if kind is bytes and binary:
            self.plain = False
            return value
        if not isinstance(value, _SCALARS) or value != value or value in _INFINITE:
            raise ArgumentError("a value is not data")
        return value

    def _count(self, value: list[Any] | dict[str, Any]) -> None:
        self._left -= len(value) + 1
        if self._left < 0:
            raise ArgumentError(f"data has more than {self._most:,} parts", hint="send it in pieces, or as text")

    def _revive_map(self, value: dict[str, Any], depth: int, binary: bool) -> Any:
        match value:
            case {"$bytes": str(text)} if len(value) == 1 and binary:
                self.plain = False
                return _decoded(text)
            case {"$function": int(number)} if len(value) == 1:
                self.plain = False
                return Function(number, self._invoke)
            case {"$handle": number} if len(value) == 1:
                self.plain = False
                return self._handles.get(number)
            case {"$type": name, **fields}:
                self.plain = False
                return self._typed(name, fields, depth)
        return self._items(value, depth, binary and depth == 0)

    def _items(self, value: dict[str, Any], depth: int, binary: bool = False) -> dict[str, Any]:
        return {_unescaped(key): self.revive(item, depth + 1, binary) for key, item in value.items()}

    def _typed(self, name: Any, fields: dict[str, Any], depth: int) -> Value:
        kind = self._types.get(name) if isinstance(name, str) else None
        if kind is None:
            raise ArgumentError("a value has a type that this run does not know")
        raw = {field: fields[field] for field in binary_fields(kind) if fields.get(field) is not None}
        fields = self._items({key: item for key, item in fields.items() if key not in raw}, depth)
        for field, value in raw.items():
            if type(found := self.revive(value, depth + 1, True)) is not bytes:
                raise ArgumentError(f"this is not a {name}: `{field}` must be bytes")
            fields[field] = found
        if contains(fields, (Function, Handle)):
            raise ArgumentError(f"a {name} holds a function or a handle")
        try:
            return msgspec.convert(fields, kind)
        except msgspec.ValidationError as error:
            raise ArgumentError(f"this is not a {name}: {clip(str(error), 200)}") from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ArgumentError("a value is not data") from None


def _unescaped(key: Any) -> str:
    if not isinstance(key, str):
        raise ArgumentError("a map has a key that is not a string")
    if key.startswith("$"):
        if not key.startswith("$$"):
            raise ArgumentError("a value has a tag that does not exist")
        return key[1:]
    return key


def contains(value: Any, kinds: tuple[type, ...]) -> bool:
    """Return whether a value is, or holds, an object of one of these classes."""
    if isinstance(value, kinds):
        return True
    if type(value) is list:
        return any(contains(item, kinds) for item in value)
    if type(value) is dict:
        return any(contains(item, kinds) for item in value.values())
    return False


def plain(value: Any) -> Any:
    """Return a value as data: typed values are their text."""
    if type(value) is list:
        return [item if type(item) in _HARMLESS else plain(item) for item in value]
    if type(value) is dict:
        return {key: item if type(item) in _HARMLESS else plain(item) for key, item in value.items()}
    return value if isinstance(value, _SCALARS) else str(value)


_PART = 64
"""Bytes that a part of a value takes, beside its text."""


def weight(value: Any) -> int:
    """Return about how many bytes a result holds in the host."""
    kind = type(value)
    if kind is str or kind is bytes:
        return len(value) + _PART
    if kind is list:
        return sum(map(weight, value)) + _PART
    if kind is dict:
        return sum(map(len, value)) + sum(map(weight, value.values())) + _PART
    if isinstance(value, msgspec.Struct):
        return sum(weight(getattr(value, name)) for name in value.__struct_fields__) + _PART
    return _PART
