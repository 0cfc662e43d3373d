"""How values of the guest become values of the host."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec

from llmspell.bridge.op import Function, Handle, Value, binary_fields
from llmspell.data import DEPTH
from llmspell.errors import ArgumentError

_SCALARS = (str, int, float, bool, type(None))  # the formats on the wire know more
_INFINITE = (float("inf"), float("-inf"))


class Handles:
    """The objects of the host that one run holds by number; they die with the run."""

    def __init__(self) -> None:
        self._objects: dict[int, Handle] = {}

    def add(self, handle: Handle) -> int:
        """Return a new number for an object."""
        number = len(self._objects) + 1
        self._objects[number] = handle
        return number

    def get(self, number: Any) -> Handle:
        """Return the object with a number.

        Raises:
            ArgumentError: this run has no such handle.
        """
        if type(number) is not int or number not in self._objects:
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

    def revive(self, value: Any, depth: int = 0, *, binary: bool = False) -> Any:
        """Return a decoded value with its tags resolved.

        Args:
            value: as it arrived.
            depth: how many lists and maps it is in.
            binary: whether it may be bytes, or a map with bytes in it.

        Raises:
            ArgumentError: it is nested too deeply, a tag is not one of ours, or a part is not data.
        """
        if depth > DEPTH:
            raise ArgumentError(f"a value is nested more than {DEPTH} deep")
        if type(value) is list:
            return [self.revive(item, depth + 1) for item in value]
        if type(value) is dict:
            return self._revive_map(value, depth, binary)
        if type(value) is bytes and binary:
            return value
        if not isinstance(value, _SCALARS) or value != value or value in _INFINITE:
            raise ArgumentError("a value is not data")
        return value

    def _revive_map(self, value: dict[str, Any], depth: int, binary: bool) -> Any:
        match value:
            case {"$bytes": str(text)} if len(value) == 1 and binary:
                return _decoded(text)
            case {"$function": int(number)} if len(value) == 1:
                return Function(number, self._invoke)
            case {"$handle": number} if len(value) == 1:
                return self._handles.get(number)
            case {"$type": name, **fields}:
                return self._typed(name, fields, depth)
        return self._items(value, depth, binary and depth == 0)

    def _items(self, value: dict[str, Any], depth: int, binary: bool = False) -> dict[str, Any]:
        return {_unescaped(key): self.revive(item, depth + 1, binary=binary) for key, item in value.items()}

    def _typed(self, name: Any, fields: dict[str, Any], depth: int) -> Value:
        kind = self._types.get(name) if isinstance(name, str) else None
        if kind is None:
            raise ArgumentError("a value has a type that this run does not know")
        raw = {field: fields[field] for field in binary_fields(kind) if fields.get(field) is not None}
        fields = self._items({key: item for key, item in fields.items() if key not in raw}, depth)
        for field, value in raw.items():
            if type(found := self.revive(value, depth + 1, binary=True)) is not bytes:
                raise ArgumentError(f"this is not a {name}: `{field}` must be bytes")
            fields[field] = found
        if contains(fields, (Function, Handle)):
            raise ArgumentError(f"a {name} holds a function or a handle")
        try:
            return msgspec.convert(fields, kind)
        except msgspec.ValidationError as error:
            raise ArgumentError(f"this is not a {name}: {error}") from None


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
        return [plain(item) for item in value]
    if type(value) is dict:
        return {key: plain(item) for key, item in value.items()}
    return value if isinstance(value, _SCALARS) else str(value)


_PART = 64
"""Bytes that a part of a value takes, beside its text."""


def weight(value: Any) -> int:
    """Return about how many bytes a result holds in the host."""
    if isinstance(value, str | bytes):
        return len(value) + _PART
    if isinstance(value, msgspec.Struct):
        return sum(weight(getattr(value, name)) for name in value.__struct_fields__) + _PART
    if isinstance(value, list):
        return sum(map(weight, value)) + _PART
    if isinstance(value, dict):
        return sum(len(key) + weight(item) for key, item in value.items()) + _PART
    return _PART
