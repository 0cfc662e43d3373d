"""What an op is: an async method with a signature and a docstring, from which everything else is made."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, cast, get_args, get_type_hints

import msgspec

Effect = Literal["pure", "read", "keyed", "once", "external"]
"""How an op may be repeated: `pure` has no effect and is never recorded; `read` may run again after a crash; `keyed`
too, with the same idempotency key; `once` must not; `external` waits for somebody's decision."""

Duration = Annotated[int | float | str, msgspec.Meta(title="Duration")]
"""Seconds, or a text such as `"30s"`, `"5m"`, `"24h"`."""

Fields = Annotated[dict[str, Any], msgspec.Meta(title="Fields")]
"""Names and their types in the notation of parameters and schemas (`notation.py`)."""


class Function:
    """A function of the guest, which the host may call and await."""

    def __init__(self, number: int, invoke: Callable[[int, list[Any]], Any]) -> None:
        self.number = number
        self._invoke = invoke

    async def __call__(self, *args: Any) -> Any:
        """Call the function in the guest; raises its error."""
        return await self._invoke(self.number, list(args))


class Value(msgspec.Struct, kw_only=True):
    """A map with known fields that behaves in a script as the field named by `text_field`."""

    text_field: ClassVar[str] = "text"

    def __str__(self) -> str:
        return str(getattr(self, self.text_field))


class Global:
    """A table that a script sees, made afresh for each run; its ops are its methods marked with `@op`.

    An empty `name` puts the ops among the top-level functions.
    """

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.name = cls.__dict__.get("name", cls.__name__)

    def __init__(self, context: Any = None) -> None:
        self.context = context

    def constants(self) -> dict[str, Any]:
        """Return the read-only fields of this global; plain data."""
        return {}


class Handle:
    """An object of the host that a script holds by number; its ops are its methods marked with `@op`."""


Definition = Callable[..., Any]
_M = TypeVar("_M", bound=Definition)


class Mark(NamedTuple):
    """What a decorator notes on a method: whether the host runs it, and how."""

    host: bool
    effect: Effect = "read"
    notify: bool = False
    keeps: bool = False
    typescript: str | None = None


def op(
    *, effect: Effect = "read", notify: bool = False, keeps: bool = False, typescript: str | None = None
) -> Callable[[_M], _M]:
    """Mark an async method of a `Global` or `Handle` as an op that scripts may call.

    Args:
        effect: how the op may be repeated.
        notify: the script does not wait for an answer; the op returns nothing.
        keeps: functions passed to the op stay callable until the run ends.
        typescript: the signature for the stub, where types of the script depend on each other.
    """
    return lambda method: _marked(method, Mark(True, effect, notify, keeps, typescript))


def guest(*, typescript: str | None = None) -> Callable[[_M], _M]:
    """Mark a method that only describes a verb which the preludes implement; stubs and reference come from it."""
    return lambda method: _marked(method, Mark(False, "pure", typescript=typescript))


def _marked(method: _M, mark: Mark) -> _M:
    method.__dict__["_mark"] = mark
    return method


@dataclass(frozen=True)
class Param:
    """One parameter of an op."""

    name: str
    type: Any
    default: Any = inspect.Parameter.empty

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True)
class OpSpec:
    """An op as data."""

    path: str
    method: Definition
    mark: Mark

    @cached_property
    def about(self) -> str:
        """The docstring of the op."""
        return inspect.getdoc(self.method) or ""

    @cached_property
    def params(self) -> tuple[Param, ...]:
        """The positional parameters."""
        return tuple(p for p, keyword in self._signature if not keyword)

    @cached_property
    def options(self) -> tuple[Param, ...]:
        """The keyword-only parameters: one trailing table in a script."""
        return tuple(p for p, keyword in self._signature if keyword)

    @cached_property
    def returns(self) -> Any:
        """The annotation of the result."""
        return get_type_hints(self.method, include_extras=True).get("return", type(None))

    @cached_property
    def arguments(self) -> type[msgspec.Struct]:
        """The type that checks the arguments of a call."""
        fields = [(p.name, p.type) if p.required else (p.name, p.type, p.default) for p in self.params + self.options]
        return msgspec.defstruct(self.path, fields, kw_only=True, forbid_unknown_fields=True)

    @cached_property
    def lists(self) -> frozenset[str]:
        """The parameters that are lists: an empty Lua table given for one is an empty list."""
        return frozenset(p.name for p in self.params + self.options if _is_list(p.type))

    @cached_property
    def texts(self) -> frozenset[str]:
        """The parameters that are text: a typed value given for one counts as its text."""
        return frozenset(p.name for p in self.params + self.options if str in members(p.type))

    @cached_property
    def durations(self) -> frozenset[str]:
        """The parameters that are spans of time."""
        return frozenset(p.name for p in self.params + self.options if Duration in members(p.type))

    @cached_property
    def options_type(self) -> type | None:
        """The `TypedDict` that names the options, where several ops share them."""
        for p in inspect.signature(self.method).parameters.values():
            if p.kind is inspect.Parameter.VAR_KEYWORD:
                (table,) = get_args(get_type_hints(self.method, include_extras=True)[p.name])
                return cast(type, table)
        return None

    @cached_property
    def _signature(self) -> list[tuple[Param, bool]]:
        hints = get_type_hints(self.method, include_extras=True)
        found: list[tuple[Param, bool]] = []
        for p in list(inspect.signature(self.method).parameters.values())[1:]:
            if p.kind is inspect.Parameter.VAR_KEYWORD:
                found += [(option, True) for option in _options(hints[p.name])]
            elif p.kind is inspect.Parameter.VAR_POSITIONAL:
                found.append((Param("...", hints[p.name], None), False))
            else:
                param = Param(p.name, hints.get(p.name, Any), p.default)
                found.append((param, p.kind is inspect.Parameter.KEYWORD_ONLY))
        return found


def specs(owner: type[Global] | type[Handle]) -> Iterator[OpSpec]:
    """Yield the ops of a global or handle class, in the order in which they are written."""
    prefix = owner.name if issubclass(owner, Global) else owner.__name__
    seen: dict[str, Definition] = {}
    for base in reversed(owner.__mro__):
        seen.update((name, m) for name, m in vars(base).items() if hasattr(m, "_mark"))
    for name, method in seen.items():
        name = name.removesuffix("_")
        yield OpSpec(f"{prefix}.{name}" if prefix else name, method, method.__dict__["_mark"])


def _options(annotation: Any) -> list[Param]:
    """Return the options of a `**options: Unpack[SomeTypedDict]`, which several ops may share."""
    (table,) = get_args(annotation)
    hints = get_type_hints(table, include_extras=True)
    return [Param(name, hint, None) for name, hint in hints.items()]


def members(annotation: Any) -> tuple[Any, ...]:
    """Return an annotation and what it is made of: `Reply | None`, `Reply`, `None`."""
    return (annotation, *get_args(annotation))


def _is_list(annotation: Any) -> bool:
    return any(getattr(member, "__origin__", member) is list for member in members(annotation))
