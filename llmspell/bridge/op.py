"""What an op is: an async method with a signature and a docstring, from which everything else is made."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, Union, cast, get_args, get_type_hints

import msgspec

from llmspell.security.paths import Around
from llmspell.security.rules import Kind

Effect = Literal["pure", "local", "read", "keyed", "once", "external"]
"""How an op may be repeated: `pure` has no effect, waits for nothing and is never recorded; `local` changes only what
the run holds, as listeners and handles, and does so again when the run is resumed; `read` may run again after a crash;
`keyed` too, as twice comes to the same or has the same idempotency key; `once` must not; `external` waits for what
somebody decides."""

Duration = Annotated[int | float | str, msgspec.Meta(title="Duration")]
"""Seconds, or a text such as `"30s"`, `"5m"`, `"24h"`."""

Url = Annotated[str, msgspec.Meta(extra={"grant": "net"})]
"""An address on the network, which `allow.net` must cover."""

Method = Annotated[str, msgspec.Meta(extra={"method": True})]
"""What is done at the `Url` beside it: one of `urls.METHODS`, in any case."""

ReadPath = Annotated[str, msgspec.Meta(extra={"grant": "read"})]
"""A path that is read: inside the project, or covered by `allow.read`."""

Looked = Annotated[str, msgspec.Meta(extra={"grant": "read", "around": "folder"})]
"""A folder in which a script looks around: it sees what it may read."""

Searched = Annotated[str, msgspec.Meta(extra={"grant": "read", "around": "pattern"})]
"""A pattern of paths, by which a script looks around in the folder where the pattern begins."""

WritePath = Annotated[str, msgspec.Meta(extra={"grant": "write"})]
"""A path that is written, which `allow.write` must cover."""

EnvName = Annotated[str, msgspec.Meta(extra={"grant": "env"})]
"""A variable of the environment, which `allow.env` must cover."""

StateScope = Annotated[str, msgspec.Meta(extra={"grant": "state"})]
"""A scope of state that spells share, which `allow.state` must cover."""

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
    lazy: ClassVar[dict[str, str]] = {}
    """Fields that scripts have and the host has not: each is another field, read as JSON."""

    def __str__(self) -> str:
        return str(getattr(self, self.text_field))


def binary_fields(kind: type[Value]) -> list[str]:
    """Return the fields of a value that are bytes."""
    hints = get_type_hints(kind, include_extras=True)
    return [name for name in kind.__struct_fields__ if bytes in members(hints[name])]


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

    label_field: ClassVar[str | None] = None
    """Where a script holds it by its label: the field with what stands in that behind the colon."""
    label: str
    """What people see of it, and what it is known by in every process: `[secret:mail]`."""


Definition = Callable[..., Any]
_M = TypeVar("_M", bound=Definition)


class Mark(NamedTuple):
    """What a decorator notes on a method: whether the host runs it, and how."""

    host: bool
    effect: Effect = "read"
    notify: bool = False
    keeps: bool = False
    typescript: str | None = None
    needs: Kind | None = None
    reveals: bool = False
    destructive: bool = False
    sends_out: bool = False
    untrusted: bool = False
    private: bool = False
    asks: bool = False
    method: str | None = None

    @property
    def read_only(self) -> bool:
        """Whether the op changes nothing outside of the run."""
        return self.effect in ("pure", "local", "read") and not self.destructive


def op(
    *,
    effect: Effect = "read",
    notify: bool = False,
    keeps: bool = False,
    typescript: str | None = None,
    needs: Kind | None = None,
    reveals: bool = False,
    destructive: bool = False,
    sends_out: bool = False,
    untrusted: bool = False,
    private: bool = False,
    asks: bool = False,
    method: str | None = None,
) -> Callable[[_M], _M]:
    """Mark an async method of a `Global` or `Handle` as an op that scripts may call.

    Args:
        effect: how the op may be repeated.
        notify: the script does not wait for an answer; the op returns nothing.
        keeps: functions passed to the op stay callable until the run ends.
        typescript: the signature for the stub, where types of the script depend on each other.
        needs: the kind of permission without which the op does not exist; what exactly is granted, the op asks itself.
        reveals: secrets that it returns reach the script, and stay out of the journal; the op must wait for nothing,
            because it runs again when the run is resumed. From all other ops a script gets the names of secrets.
        destructive: what it removes nobody gets back: beside what it needs it must be allowed by its name, as a tool.
        sends_out: what it is given leaves the machine, in a request or its URL.
        untrusted: what it returns may be written by a stranger.
        private: what it returns may be nobody else's business.
        asks: a model gets to read what it is given.
        method: what it does at its `Url`, unless an argument is a `Method`.
    """
    mark = Mark(
        True, effect, notify, keeps, typescript, needs, reveals, destructive, sends_out, untrusted, private, asks,
        method,
    )  # fmt: skip
    return lambda definition: _marked(definition, mark)


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

    @property
    def grant(self) -> Kind | None:
        """The kind of permission that a value must be covered by, as `Url` or `ReadPath` says it."""
        return cast(Kind | None, self._extra.get("grant"))

    @property
    def holds(self) -> bool:
        """Whether handles may be in a value; the op looks at each."""
        return "holds" in self._extra

    @property
    def is_method(self) -> bool:
        """Whether it says what is done at a URL."""
        return "method" in self._extra

    @property
    def around(self) -> Around | None:
        """Whether a value is where a script looks around: the op decides about each thing that it sees."""
        return cast(Around | None, self._extra.get("around"))

    @cached_property
    def _extra(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for member in (self.type, *members(self.type)):
            for meta in (*getattr(member, "__metadata__", ()), member):
                if isinstance(meta, msgspec.Meta):
                    found |= meta.extra or {}
        return found


@dataclass(frozen=True)
class OpSpec:
    """An op as data."""

    path: str
    method: Definition
    mark: Mark

    @property
    def hidden(self) -> bool:
        """Whether it is for preludes alone: no script, stub or reference has it."""
        return self.path.startswith("_")

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
    def waits(self) -> bool:
        """Whether it returns a promise in JavaScript."""
        return not self.mark.notify if self.mark.host else _promises(self.mark.typescript or "")

    @cached_property
    def arguments(self) -> type[msgspec.Struct]:
        """The type that checks the arguments of a call."""
        given = [(p.name, _without_bytes(p.type), p) for p in self.params + self.options]
        fields = [(name, kind) if p.required else (name, kind, p.default) for name, kind, p in given]
        return msgspec.defstruct(self.path, fields, kw_only=True, forbid_unknown_fields=True)

    @cached_property
    def grants(self) -> tuple[tuple[str, Kind], ...]:
        """The parameters that the gate asks permission for, and of which kind."""
        return tuple((p.name, p.grant) for p in self.params + self.options if p.grant and not p.around)

    @cached_property
    def looks(self) -> tuple[tuple[str, Around], ...]:
        """The parameters that say where a script looks around."""
        return tuple((p.name, p.around) for p in self.params + self.options if p.around)

    @cached_property
    def method_param(self) -> str | None:
        """The parameter that says what is done at the URL, if one does."""
        return next((p.name for p in self.params + self.options if p.is_method), None)

    @cached_property
    def lists(self) -> frozenset[str]:
        """The parameters that are lists: an empty Lua table given for one is an empty list."""
        return frozenset(p.name for p in self.params + self.options if _is_list(p.type))

    @cached_property
    def texts(self) -> frozenset[str]:
        """The parameters that are text: a typed value given for one counts as its text."""
        return frozenset(p.name for p in self.params + self.options if str in members(p.type))

    @cached_property
    def binary(self) -> frozenset[str]:
        """The parameters that may be bytes."""
        return frozenset(p.name for p in self.params + self.options if bytes in members(p.type))

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


def _without_bytes(annotation: Any) -> Any:
    """Return what `msgspec` checks of a parameter: it knows no union of text and bytes, so text stands for both."""
    if bytes not in members(annotation):
        return annotation
    others = [member for member in get_args(annotation) if member is not bytes]
    return Union[(str, *others)]


def _promises(signature: str) -> bool:
    """Return whether a signature in TypeScript ends with a promise."""
    depth = 0
    for at, char in enumerate(signature.replace("=>", "  ")):
        depth += (char in "<([{") - (char in ">)]}")
        if char == ")" and depth == 0:
            return signature[at + 1 :].startswith(": Promise<")
    return False


def _is_list(annotation: Any) -> bool:
    return any(getattr(member, "__origin__", member) is list for member in members(annotation))
