"""The gate. All that a script asks of the host passes here: is there such an op, with such arguments, is it allowed?"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from llmspell import durations
from llmspell.bridge.op import Effect, Function, Handle, OpSpec, Param, Value, members
from llmspell.bridge.surface import Surface
from llmspell.bridge.values import Handles, Reviver, contains
from llmspell.errors import ArgumentError, PermissionDenied, ProtocolError, ScriptError, SpellError, within
from llmspell.security import urls
from llmspell.security.access import Access
from llmspell.security.paths import Around
from llmspell.security.rules import Kind
from llmspell.wording import clip, shown, suggest, visible

log = logging.getLogger("llmspell")
log.addHandler(logging.NullHandler())  # a traceback is for whoever asks for it


class Gate:
    """Looks a call up in the surface, checks its arguments, runs the op and returns its result as plain data."""

    def __init__(self, surface: Surface, invoke: Any, access: Access | None = None) -> None:
        self.surface = surface
        self.access = access
        self.handles = Handles()
        self.reviver = Reviver(self.handles, surface.values, invoke)

    def effect(self, path: str) -> Effect:
        """Return how an op may be repeated; one that does not exist is refused like any other."""
        return self.surface.ops[path][1].mark.effect if path in self.surface.ops else "read"

    def reveals(self, path: str) -> bool:
        """Return whether the secrets that an op returns reach the script."""
        return path in self.surface.ops and self.surface.ops[path][1].mark.reveals

    async def call(
        self,
        path: str,
        args: list[Any],
        number: int = 0,
        *,
        may_ask: bool = True,
        known: Callable[[], Any] | None = None,
    ) -> Any:
        """Run an op and return its result as it goes to the guest.

        Args:
            path: the name of the op.
            args: the arguments as they arrived.
            number: of the call; a handle that it returns gets the same.
            may_ask: whether there is time to ask a person whether the op is allowed.
            known: returns the answer, where that is known from before: all is decided as ever, and nothing is done.

        Raises:
            SpellError: what the script is told; nothing else leaves the gate but cancellation.
        """
        owner, spec = self._look_up(path)
        try:
            values, is_plain = self.reviver.arguments(args, binary=bool(spec.binary))
            if owner is None:
                owner, values = self._receiver(spec, values)
            given = bind(spec, values, is_plain=is_plain)
            if self.access is not None:
                await permit(self.access, spec, given, may_ask=may_ask)
            result = await spec.method(owner, **given) if known is None else known()
        except SpellError as error:
            error.data.setdefault("op", path)
            if self.access is not None and isinstance(error, PermissionDenied):
                self.access.refused(path, error)
            raise
        except Exception:
            # A bug of ours. The script learns that, and only that: a traceback would show it the host.
            log.exception("the op %s failed", path)
            raise ScriptError(f"{path}: internal error of llmspell", hint="run with -v to see it") from None
        return self.handles.add(result, number) if isinstance(result, Handle) else result

    def recall(self, path: str, args: list[Any]) -> None:
        """Note what a call has brought into the run that was answered in a process that has gone.

        Args:
            path: the name of the op.
            args: its arguments; none, if the script has given it up.
        """
        if self.access is None or path not in self.surface.ops:
            return
        _, spec = self.surface.ops[path]
        with suppress(ArgumentError):  # it was answered with an error then
            _learn(self.access, spec, _by_name(spec, args))

    def notify(self, path: str, args: list[Any]) -> None:
        """Run an op whose answer nobody awaits, to its end and at once.

        Raises:
            ProtocolError: the op is one whose answer is awaited: no honest guest calls it so.
            SpellError: what is wrong with the call.
        """
        _, spec = self._look_up(path)
        if not spec.mark.notify:
            raise ProtocolError(f"the worker does not want the answer of {path}, which has one")
        self.at_once(path, args)

    def at_once(self, path: str, args: list[Any], number: int = 0) -> Any:
        """Run an op that waits for nothing, and return its result.

        Raises:
            SpellError: what the script is told.
        """
        running = self.call(path, args, number, may_ask=False)
        try:
            running.send(None)
        except StopIteration as ended:
            return ended.value
        running.close()
        raise ScriptError(f"{path}: internal error of llmspell", hint="an op that notifies or is pure must not wait")

    def _look_up(self, path: str) -> tuple[Any, OpSpec]:
        try:
            return self.surface.ops[path]
        except KeyError:
            raise ScriptError(f"`{path[:200]}` is not defined", data={"undefined": path[:200]}) from None

    def _receiver(self, spec: OpSpec, values: list[Any]) -> tuple[Handle, list[Any]]:
        kind = self.surface.handles[spec.path.partition(".")[0]]
        if not values or not isinstance(values[0], kind):
            raise ArgumentError(f"{spec.path}: call it on a {kind.__name__}")
        return values[0], values[1:]


async def permit(access: Access, spec: OpSpec, given: Mapping[str, Any], *, may_ask: bool = True) -> None:
    """Decide about a call before it begins: each argument that names something, and then the op itself.

    Args:
        access: of the run.
        spec: the op.
        given: its arguments.
        may_ask: whether there is time for a person.

    Raises:
        PermissionDenied: something of it is not allowed.
    """
    method = _method(spec, given)
    for name, kind in spec.grants:
        if isinstance(value := given.get(name), str):
            if kind == "net":
                await _permit_url(access, spec, name, f"{method} {value}" if method else value, may_ask=may_ask)
            else:
                await _permit_named(access, spec, kind, value, may_ask=may_ask)
    for name, around in spec.looks:
        if isinstance(value := given.get(name), str):
            await _permit_named(access, spec, "read", value, may_ask=may_ask, around=around)
    await access.use(spec.path, destructive=spec.mark.destructive, may_ask=may_ask)
    if method and not spec.mark.method:
        # An op for any method is also what it does: `Http.request("DELETE", url)` is `Http.delete(url)`.
        name = f"{spec.path.rpartition('.')[0]}.{method.lower()}"
        await access.use(name, destructive=method in urls.DESTROYING, may_ask=may_ask)
    if spec.mark.sends_out or spec.mark.destructive:
        await access.leave(spec.path, _named(spec, given), may_ask=may_ask)
    _learn(access, spec, given)


async def _permit_named(
    access: Access, spec: OpSpec, kind: Kind, value: str, *, may_ask: bool, around: Around | None = None
) -> None:
    """Decide about what an argument names; if it is no name of its kind, the error names the op."""
    try:
        await access.permit(kind, value, spec.path, may_ask=may_ask, around=around)
    except ArgumentError as error:
        error.message = f"{spec.path}: {error.message}"
        raise


async def _permit_url(access: Access, spec: OpSpec, name: str, asked: str, *, may_ask: bool) -> None:
    """Decide about a URL, behind what is done there; its errors name the op, and if it is none, the parameter too."""
    with within(spec.path):
        try:
            await access.permit("net", asked, spec.path, may_ask=may_ask)
        except ArgumentError as error:
            error.message = f"`{name}`: {error.message}"
            raise


def _learn(access: Access, spec: OpSpec, given: Mapping[str, Any]) -> None:
    """Note what a call brings into the run."""
    mark = spec.mark
    if mark.untrusted or mark.private:
        source = f"{spec.path} {_named(spec, given)}".strip()
        access.taint.read(source, untrusted=mark.untrusted, private=mark.private)
    if mark.asks:
        access.taint.ask()


def _method(spec: OpSpec, given: Mapping[str, Any]) -> str | None:
    """Return what a call does at its URL, in capitals, if it has one.

    Raises:
        ArgumentError: it is nothing that can be done there.
    """
    if spec.method_param is None:
        return spec.mark.method
    text = given.get(spec.method_param)
    with within(spec.path):
        return urls.method(text) if isinstance(text, str) else None


def _named(spec: OpSpec, given: Mapping[str, Any]) -> str:
    """Return what a call is about, for people: its paths, and methods and hosts without what may be secret in a URL."""
    method, found = _method(spec, given), []
    for name, kind in spec.grants:
        value = given.get(name)
        if isinstance(value, str):
            found.append(clip(urls.told(value, method) if kind == "net" else value, _NAMED))
    return " ".join(found)


def bind(spec: OpSpec, args: list[Any], *, is_plain: bool = False) -> dict[str, Any]:
    """Return the arguments of a call by name, checked against the signature of the op.

    Args:
        spec: the op.
        args: the arguments, and the options behind them.
        is_plain: whether it is known that neither functions, handles, typed values nor bytes are in them.

    Raises:
        ArgumentError: naming the parameter and what it must be.
    """
    given = _by_name(spec, args)
    for name, value in given.items():
        given[name] = _adapted(spec, name, value, is_plain)
    raw = {name: value for name, value in given.items() if type(value) is bytes}
    try:
        checked = msgspec.convert(given | dict.fromkeys(raw, ""), spec.arguments)
    except msgspec.ValidationError as error:
        raise _explain(spec, str(error)) from None
    return {name: getattr(checked, name) for name in checked.__struct_fields__} | raw


def _by_name(spec: OpSpec, args: list[Any]) -> dict[str, Any]:
    positional, options = args, None
    if spec.options and len(args) == len(spec.params) + 1:
        positional, options = args[:-1], args[-1]
    if len(positional) > len(spec.params):
        raise ArgumentError(f"{spec.path} takes at most {_signature(spec)}, got {len(args)} arguments")
    if options is not None and type(options) is not dict:
        raise ArgumentError(f"{spec.path}: `options` must be a map, got {shown(options)}", hint=f"usage: {usage(spec)}")
    given = {p.name: v for p, v in zip(spec.params, positional, strict=False) if v is not None or p.required}
    known = {p.name for p in spec.options}
    for name, value in (options or {}).items():
        if name not in known:
            raise _unknown(spec, name)
        if value is not None:
            given[name] = value
    return given


def _adapted(spec: OpSpec, name: str, value: Any, is_plain: bool) -> Any:
    if name in spec.texts and isinstance(value, Value):
        return str(value)
    if name in spec.lists and value == {}:
        return []
    if not is_plain and _holds_data(spec, name, value):
        _check_data(spec, name, value)
    _check_bytes(spec, name, value, is_plain)
    if name in spec.durations and value is not None:
        with within(f"{spec.path}: `{name}`"):
            durations.parse(value)
    return value


def _check_data(spec: OpSpec, name: str, value: Any) -> None:
    param = _param(spec, name)
    may_hold = param is not None and param.holds
    if contains(value, (Function,)) or (not may_hold and contains(value, (Handle,))):
        what = "a function" if contains(value, (Function,)) else "a handle"
        raise ArgumentError(f"{spec.path}: `{name}` must be data, but it holds {what}")


def _holds_data(spec: OpSpec, name: str, value: Any) -> bool:
    """Return whether nothing but data may be in an argument: no parameter is a list or a map of functions."""
    param = _param(spec, name)
    return type(value) in (list, dict) or (spec.mark.host and param is not None and param.type is Any)


def _check_bytes(spec: OpSpec, name: str, value: Any, is_plain: bool) -> None:
    """Refuse bytes where they are not wanted, and text where only bytes are: `msgspec` would decode it."""
    if not is_plain and contains(value, (bytes,)) and not (type(value) is bytes and name in spec.binary):
        raise ArgumentError(f"{spec.path}: `{name}` must not be bytes", hint=f"usage: {usage(spec)}")
    if type(value) is str and name in spec.binary - spec.texts:
        raise ArgumentError(f"{spec.path}: `{name}` must be bytes, got a string", hint=f"usage: {usage(spec)}")


def _signature(spec: OpSpec) -> str:
    names = [p.name for p in spec.params] + (["options"] if spec.options else [])
    return f"{len(names)} ({', '.join(names)})" if names else "no arguments"


_NAMED = 200  # characters of an argument that people are told
_SHOWN = 300  # characters of what `msgspec` says: values that a script sent are in it
_WORDS = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "array": "a list",
    "object": "a map",
    "null": "nothing",
    "Function": "a function",
    "Secret": "a secret",
}


def _explain(spec: OpSpec, text: str) -> ArgumentError:
    if field := re.search(r"missing required field `(.*?)`", text):
        return ArgumentError(f"{spec.path}: `{field[1]}` is missing", hint=f"usage: {usage(spec)}")
    what, got, path = _read(text)
    message = f"{spec.path}: `{path}` {_must_be(what, _param(spec, path))}"
    return ArgumentError(message + (f", got {_words(got)}" if got else ""), hint=f"usage: {usage(spec)}")


def _read(text: str) -> tuple[str, str, str]:
    """Return what `msgspec` finds wrong, what it got and where: `Expected …, got `…` - at `$.…``."""
    before, _, place = text.rpartition(" - at `$")
    what, _, got = (before or text).partition(", got `")
    return clip(what, _SHOWN), clip(got.removesuffix("`"), _SHOWN), clip(place.removesuffix("`").removeprefix("."), 100)


def _param(spec: OpSpec, path: str) -> Param | None:
    return next((p for p in spec.params + spec.options if p.name == path), None)


def _must_be(what: str, param: Param | None) -> str:
    if enum := re.match(r"Invalid enum value (.*)", what):
        choices = ", ".join(repr(c) for c in _choices(param))
        return f"must be one of {choices}, got {enum[1]}"
    if expected := re.match(r"Expected `(.*?)`(.*)", what):
        kinds = [k for k in expected[1].split(" | ") if k != "null"]
        if "float" in kinds:
            kinds = [k for k in kinds if k != "int"]  # an integer is a number
        if param is not None and bytes in members(param.type):
            kinds = [k for k in kinds if k != "str" or str in members(param.type)] + ["bytes"]
        return f"must be {_words(' | '.join(kinds))}{expected[2]}"
    return what


def _choices(param: Param | None) -> Iterable[Any]:
    from_types = getattr(param.type, "__args__", ()) if param else ()
    return [c for c in from_types if isinstance(c, str)]


def _words(kinds: str) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))


def _unknown(spec: OpSpec, name: str) -> ArgumentError:
    options = [p.name for p in spec.options]
    near = suggest(name, options)
    hint = f"did you mean `{near}`?" if near else f"options: {', '.join(options)}" if options else None
    return ArgumentError(f"{spec.path} has no option `{clip(visible(name), 100)}`", hint=hint)


def usage(spec: OpSpec) -> str:
    """Return how an op is written, in a notation that reads in both languages."""
    words = [p.name if p.required else f"{p.name}?" for p in spec.params]
    if spec.options:
        words.append("{" + ", ".join(p.name for p in spec.options) + "}")
    return f"{spec.path}({', '.join(words)})"
