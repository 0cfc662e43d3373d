"""The one notation for what a value may be: parameters of spells and of tools, and the shape of an answer.

A type word (`"int"`) is a required value of that type. Any other literal (`80`) is an optional value with that default
and the type of the default. A list of one (`{ "string" }`) is a list of such. A table is an object with these fields,
unless it has the full form `{ type, default, about, choices, min, max }`: one whose `type` is a type word or a list of
one, or that has a `default`, or a list of `choices`. An object whose fields all have defaults is optional.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from llmspell import data
from llmspell.errors import ArgumentError
from llmspell.wording import did_you_mean, listed, shown

WORDS = (*data.SCALARS, "list", "object")
FIELDS = 1_000
"""Fields that one notation may have, nested ones counted; and values to choose from."""
VALUES = 10_000
"""Values that one notation may have in all, those within defaults counted."""

_LISTS: tuple[type, ...] = (list, tuple)
_OPTIONS = ("type", "default", "about", "choices", "min", "max")
_FOREIGN = {
    "integer": "int", "boolean": "bool", "str": "string", "float": "number", "double": "number",
    "array": "list", "dict": "object", "table": "object",
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_SCHEMAS = {
    "string": {"type": "string"}, "path": {"type": "string"}, "date": {"type": "string", "format": "date"},
    "int": {"type": "integer"}, "number": {"type": "number"}, "bool": {"type": "boolean"},
    "list": {"type": "array"}, "object": {"type": "object"},
}  # fmt: skip
_BOUNDS = {
    "int": ("", "minimum", "maximum"),
    "number": ("", "minimum", "maximum"),
    "string": ("the length of ", "minLength", "maxLength"),
    "list": ("the number of items of ", "minItems", "maxItems"),
}
"""By type: what `min` and `max` bound, and the words of JSON Schema for them."""

_PYTHON_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (int, "int"), (float, "number"), (str, "string"), (dict, "object"), (list, "list"),
    (tuple, "list"),
)  # fmt: skip

Path = tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """What one value may be."""

    type: str
    required: bool = True
    default: Any = None
    about: str = ""
    choices: tuple[Any, ...] = ()
    min: int | float | None = None
    max: int | float | None = None
    item: "Field | None" = None
    fields: "Mapping[str, Field] | None" = None

    @property
    def word(self) -> str:
        """The type in words: `int`, `list of string`."""
        return f"list of {self.item.word}" if self.item else self.type

    def fallback(self) -> Any:
        """Return the default, as a copy that the caller may change."""
        return deepcopy(self.default)

    def check(self, value: object, name: str = "value") -> Any:
        """Return a value, with the defaults of objects filled in, if it is what the field asks for.

        Raises:
            ArgumentError: naming the part that is not, and what it must be.
        """
        checked = self._typed(value, name)
        if self.choices and checked not in self.choices:
            choices = listed(map(shown, self.choices))
            raise ArgumentError(f"{name} must be one of {choices}, got {shown(value)}")
        self._check_bounds(checked, name)
        return checked

    def read(self, texts: Sequence[str], name: str = "value") -> Any:
        """Return the value that words of a command line stand for: one, or for a list several.

        Raises:
            ArgumentError: naming what it must be.
        """
        if self.type == "list":
            return self.check([each for text in texts for each in self._items(text, name)], name)
        if len(texts) > 1:
            raise ArgumentError(f"{name} is given {len(texts)} times, but is not a list")
        (text,) = texts
        typed = data.parse_json(text, name) if self.type == "object" else data.scalar_of(self.type, text)
        return self.check(typed, name)

    def _typed(self, value: object, name: str) -> Any:
        if self.type in data.SCALARS:
            return data.SCALARS[self.type](value, name)
        if self.type == "list" and value == {}:  # Lua cannot tell an empty list from an empty table
            value = []
        expected = dict if self.type == "object" else list | tuple
        if not isinstance(value, expected):
            raise ArgumentError(f"{name} must be {_article(self.word)}, got {shown(value)}")
        if self.fields is not None:
            return check_fields(self.fields, value, name)
        if self.item is not None and isinstance(value, list | tuple):
            return [self.item.check(each, f"item {at} of {name}") for at, each in enumerate(value, 1)]
        return data.plain(value, name)

    def _check_bounds(self, value: Any, name: str) -> None:
        if self.min is None and self.max is None:
            return
        prefix = _BOUNDS[self.type][0]
        measure = len(value) if prefix else value
        if self.min is not None and measure < self.min:
            raise ArgumentError(f"{prefix}{name} must be at least {self.min}, got {measure}")
        if self.max is not None and measure > self.max:
            raise ArgumentError(f"{prefix}{name} must be at most {self.max}, got {measure}")

    def _items(self, text: str, name: str) -> list[Any]:
        """Return the items in one word: JSON if it looks like a JSON list, else separated by commas."""
        if text.lstrip().startswith("["):
            items: list[Any] = data.parse_json(text, name)
            return items
        word = self.item.type if self.item else "string"
        if word not in data.SCALARS:
            raise ArgumentError(f"{name} must be {_article(self.word)} in JSON, got {shown(text)}")
        return [data.scalar_of(word, each.strip()) for each in text.split(",")] if text else []


def field(spec: object, path: str = "") -> Field:
    """Return the field that a piece of notation describes.

    Raises:
        ArgumentError: naming the path; `data["path"]` has it as a list.
    """
    place = (path,) if path else ()
    _check_size(spec, place)
    _check_count([spec], place)
    return _field(spec, place)


def fields(spec: object, path: str = "") -> dict[str, Field]:
    """Return the fields that a table of notation describes, by name.

    Raises:
        ArgumentError: naming the path; `data["path"]` has it as a list.
    """
    place = (path,) if path else ()
    _check_size(spec, place)
    if isinstance(spec, dict):  # of names, even where it looks like a full form
        _check_count(spec.values(), place, len(spec))
    return _fields(spec, place)


def json_schema(fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the JSON Schema of an object that has these fields and no others."""
    return {
        "type": "object",
        "properties": {name: _schema(each) for name, each in fields.items()},
        "required": [name for name, each in fields.items() if each.required],
        "additionalProperties": False,
    }


def check_fields(fields: Mapping[str, Field], value: object, name: str = "value") -> dict[str, Any]:
    """Return an object that has the given fields and no others, with defaults filled in.

    Raises:
        ArgumentError: naming the part that is wrong.
    """
    if not isinstance(value, dict):
        raise ArgumentError(f"{name} must be an object, got {shown(value)}")
    for key in value:
        if key not in fields:
            hint = did_you_mean(str(key), tuple(fields)) if fields else None
            raise ArgumentError(f"{name} has no field {shown(key)}", hint=hint)
    missing = [f"`{key}` ({each.word})" for key, each in fields.items() if each.required and key not in value]
    if missing:
        raise ArgumentError(f"{name} lacks {listed(missing, 'and')}")
    return {
        key: each.check(value[key], f"{name}.{key}") if key in value else each.fallback()
        for key, each in fields.items()
    }


def _schema(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = dict(_SCHEMAS[field.type])
    if field.fields is not None:
        schema = json_schema(field.fields)
    if field.item is not None:
        schema["items"] = _schema(field.item)
    if field.about:
        schema["description"] = field.about
    if field.choices:
        schema["enum"] = list(field.choices)
    if not field.required and (field.fields is None or field.default != _defaults(field.fields)):
        schema["default"] = field.fallback()  # unless it follows from the fields: it would be there once per level
    _, low, high = _BOUNDS.get(field.type, ("", "", ""))
    bounds = ((low, field.min), (high, field.max))
    return schema | {word: bound for word, bound in bounds if bound is not None}


# -- from notation to fields ------------------------------------------------------------------------------------------


def _check_size(spec: object, path: Path) -> None:
    level = [spec]
    count = 0
    for _ in range(data.DEPTH + 1):
        count += len(level)
        if count > VALUES:
            raise _refusal(path, f"a schema may have at most {VALUES:,} values")
        level = [inner for each in level for inner in _parts(each)]
    if level:
        raise _refusal(path, f"a schema may be nested at most {data.DEPTH} deep")


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _check_count(specs: Iterable[object], path: Path, count: int = 0) -> None:
    count += sum(map(_count, specs))
    if count > FIELDS:
        raise _refusal(path, f"a schema may have at most {FIELDS:,} fields")


def _count(spec: object) -> int:
    match spec:
        case list() | tuple():
            return sum(map(_count, spec[:1]))
        case dict() if _is_full(spec):
            return _count(spec.get("type"))
        case dict():
            return len(spec) + sum(map(_count, spec.values()))
    return 0


def _field(spec: object, path: Path) -> Field:
    match spec:
        case str():
            return _from_text(spec, path)
        case bool() | int() | float():
            return _default(Field(_type_of(spec, path), required=False), spec, path)
        case list() | tuple() | dict() if not spec:
            return Field(_type_of(spec, path), required=False, default={} if spec == {} else [])
        case list() | tuple():
            return _list_of(spec, path)
        case dict():
            return _full(spec, path) if _is_full(spec) else _object(spec, path)
    raise _refusal(path, f"{shown(spec)} describes no type", f"write a type word ({listed(WORDS)}) or a default")


def _fields(spec: object, path: Path) -> dict[str, Field]:
    if not isinstance(spec, dict):
        raise _refusal(path, f"must be a table of names and types, got {shown(spec)}")
    return {_named(name, path): _field(each, (*path, name)) for name, each in spec.items()}


def _from_text(spec: str, path: Path) -> Field:
    if spec in WORDS:
        return Field(spec)
    meant = _FOREIGN.get(spec.lower(), spec.lower())
    if meant in WORDS:
        cure = f"did you mean {shown(meant)}? For a default text write {{ default = {shown(spec)} }}"
        raise _refusal(path, f"{shown(spec)} is not a type word", cure)
    return _default(Field("string"), spec, path)


def _list_of(spec: Sequence[object], path: Path) -> Field:
    item = _field(spec[0], (*path, "1")) if len(spec) == 1 else None
    if item is None or not item.required:
        cure = 'write { "string" } for a list of strings, or { default = {…} } for a list with a default'
        raise _refusal(path, "a list names the type of its items, and no default", cure)
    return Field("list", item=item)


def _object(spec: Mapping[str, object], path: Path) -> Field:
    inner = _fields(spec, path)
    if any(each.required for each in inner.values()):
        return Field("object", fields=inner)
    return Field("object", required=False, default=_defaults(inner), fields=inner)


def _defaults(fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the defaults of fields, not copied: a copy per level would make deep notations quadratic."""
    return {name: each.default for name, each in fields.items()}


def _is_full(spec: Mapping[str, object]) -> bool:
    kind, choices = spec.get("type"), spec.get("choices")
    return isinstance(kind, (str, *_LISTS)) or "default" in spec or isinstance(choices, _LISTS)


def _full(spec: Mapping[str, object], path: Path) -> Field:
    for key in spec:
        if key not in _OPTIONS:
            raise _refusal((*path, str(key)), "there is no such option", did_you_mean(str(key), _OPTIONS))
    typed = _full_type(spec, path)
    about = _checked(Field("string"), spec.get("about", ""), (*path, "about"))
    low, high = _full_bounds(typed, spec, path)
    found = replace(typed, about=about, min=low, max=high)
    found = replace(found, choices=_full_choices(found, spec, path))
    return _default(found, spec["default"], (*path, "default")) if "default" in spec else found


def _full_type(spec: Mapping[str, object], path: Path) -> Field:
    """Return the bare field of a full form: by its type, else by the type of its default or first choice."""
    if "type" not in spec:
        key = "default" if "default" in spec else "choices"
        sample = spec[key]
        if key == "choices" and isinstance(sample, list | tuple):
            sample = sample[0] if sample else None
        return Field(_type_of(sample, (*path, key)))
    word = spec["type"]
    if isinstance(word, str) and word not in WORDS:
        cure = did_you_mean(_FOREIGN.get(word.lower(), word), WORDS)
        raise _refusal((*path, "type"), f"{shown(word)} is not a type word", cure)
    return replace(_field(word, (*path, "type")), required=True, default=None)


def _full_bounds(typed: Field, spec: Mapping[str, object], path: Path) -> tuple[Any, Any]:
    kind = Field("int", min=0) if _BOUNDS.get(typed.type, ("",))[0] else Field("number")
    low, high = (_checked(kind, spec[key], (*path, key)) if key in spec else None for key in ("min", "max"))
    if typed.type not in _BOUNDS and (low, high) != (None, None):
        raise _refusal((*path, "min" if "min" in spec else "max"), f"does not apply to {_article(typed.type)}")
    if low is not None and high is not None and low > high:
        raise _refusal((*path, "min"), f"must not be over max, got {low} and {high}")
    return low, high


def _full_choices(typed: Field, spec: Mapping[str, object], path: Path) -> tuple[Any, ...]:
    choices = spec.get("choices", ())
    path = (*path, "choices")
    if choices == ():
        return ()
    if typed.type in ("bool", "list", "object"):
        raise _refusal(path, f"does not apply to {_article(typed.type)}")
    if not isinstance(choices, list | tuple) or not choices:
        raise _refusal(path, f"must be a list of values, got {shown(choices)}")
    if len(choices) > FIELDS:
        raise _refusal(path, f"there may be at most {FIELDS:,} choices")
    return tuple(_checked(typed, each, path) for each in choices)


def _default(typed: Field, value: object, path: Path) -> Field:
    return replace(typed, required=False, default=_checked(typed, value, path))


def _type_of(value: object, path: Path) -> str:
    for kind, word in _PYTHON_TYPES:
        if isinstance(value, kind):
            return word
    raise _refusal(path, f"{shown(value)} has no type", f"add type = … ({listed(WORDS)})")


def _checked(typed: Field, value: object, path: Path) -> Any:
    """Check a value that stands in the notation itself."""
    try:
        return typed.check(value, ".".join(path) or "value")
    except ArgumentError as error:
        error.data["path"] = list(path)
        raise


def _named(name: object, path: Path) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        rule = "a name has letters, digits and _, begins with a letter, and is not over 64 long"
        raise _refusal(path, f"{shown(name)} cannot be a name", rule)
    return name


def _refusal(path: Path, what: str, hint: str | None = None) -> ArgumentError:
    dotted = ".".join(path)
    return ArgumentError(f"{dotted}: {what}" if dotted else what, hint=hint, data={"path": list(path)})


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
