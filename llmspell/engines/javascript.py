"""The JavaScript engine: V8 by mini-racer, which hears JSON and says JSON, and nothing else crosses.

mini-racer wants an asyncio loop, and its calls are plain only while that loop is running. Ours never turns: it is
marked as running for the length of a step. So a worker has no loop, no extra descriptor and no extra system call.
"""

import asyncio
import json
import os
import re
import secrets
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self, cast

from py_mini_racer import (
    DEFAULT_V8_FLAGS,
    JSEvalException,
    JSOOMException,
    JSParseException,
    MiniRacer,
    init_mini_racer,
)

from llmspell._package import folder
from llmspell.engines.covering import in_all, watched
from llmspell.engines.linking import SPELL, Linked, Links
from llmspell.engines.modules import Body, Refusal, rewrite

_PARTS = (
    "natives", "clock", "faults", "writer", "scopes", "calls", "surface", "arguments", "json", "verbs", "retry",
    "steps", "flows", "workflow", "graph", "modules", "trial", "coverage",
)  # fmt: skip
_WEB = (
    "natives", "text", "timers", "abort", "clone", "random", "percent", "punycode", "hosts", "address", "setters",
    "url", "headers", "body", "fetch", "platform",
)  # fmt: skip
_FLAGS: tuple[str, ...] = (*DEFAULT_V8_FLAGS, "--enable-experimental-regexp-engine-on-excessive-backtracks")
_STRICT = '"use strict";'
_HEAD = f'async ""(){{{_STRICT}'
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
_SYNTAX_ERROR = re.compile(r".*?:(\d+): (?:SyntaxError: )?(.*)\n")
_CARET = re.compile(r"\n( *)\^+\n")

_started_with: tuple[str, ...] | None = None  # V8 takes flags once in a process


class _Still:
    """What mini-racer and its futures want of a loop that never turns; results that nobody awaits are dropped."""

    def get_debug(self) -> bool:
        return False

    def call_soon_threadsafe(self, *_: Any) -> None:
        return None


class _Racer(MiniRacer):
    """mini-racer without its timers, which it would define as variables that cannot be deleted."""

    run = MiniRacer.eval

    def eval(self, *args: Any, **kwargs: Any) -> None:
        """Skip what the constructor evaluates; `run` is for us."""


class JavaScriptEngine:
    """Runs one spell in V8; `bridge/*.js` is its other half."""

    more = False

    def __init__(self, *, jit: bool = True, codegen: bool = True) -> None:
        self._loop = cast(asyncio.AbstractEventLoop, _Still())
        self._guest = f"guest_{secrets.token_hex(8)}"  # a script cannot list such names, and so not find this one
        self._source = f"spell_{secrets.token_hex(8)}"  # by which V8 knows the code of the spell, and no other
        self._begun = False
        self._watchers: dict[str, str] = {}
        with self._running():
            with _surroundings():
                _start_v8(jit=jit, codegen=codegen)
                self._racer = _Racer()
                self._racer.run("new Date(0).getHours()")
            self._racer.run(f"const {self._guest} = {_prelude()};")
            self._post("0").close()  # opens what a turn opens at its first use

    def limit(self, memory: int) -> None:
        """Set how many bytes the heap of V8 may have."""
        self._racer.set_hard_memory_limit(memory)

    def step(self, frame: bytes) -> bytes:
        """Deliver one frame body and return the guest's answer."""
        self.more = False
        try:
            with self._running():
                return self._step(frame)
        except (JSOOMException, MemoryError):
            return _failure("not enough memory", data={"memory": True})
        except Exception as error:
            return _failure(f"the JavaScript engine has failed: {type(error).__name__}")

    def interrupt(self) -> bool:
        """Return False: V8 cannot be stopped at a line, so the host kills the worker."""
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._racer.close()

    @contextmanager
    def _running(self) -> Iterator[None]:
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self._loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(outer)

    def _step(self, frame: bytes) -> bytes:
        if self._begun:
            answer = self._turn([f"take({json.dumps(frame.decode())})"] if frame else [])
        else:
            messages = json.loads(frame)
            now = messages.pop(0)[1] if messages[0][0] == "t" else 0
            kind, source, name, *rest = messages.pop(0)
            self._begun = kind == "run"
            try:
                if kind == "check":
                    self._try(source)
                    return b'[["d",null]]'
                self._begin(source, name, rest, now)
            except Refusal as refusal:
                return _refused(name, refusal)
            answer = self._turn([f"take({json.dumps(json.dumps(messages))})"] if messages else [])
        if self._racer.was_hard_memory_limit_reached():  # V8 has stopped something, and need not have said so
            raise MemoryError
        self.more = answer.startswith("+")
        return answer[1:].encode()

    def _begin(self, source: str, name: str, rest: list[Any], now: int) -> None:
        modules = rest.pop()
        covers = in_all(rest)
        shifts: dict[str, dict[int, list[tuple[int, int]]]] = {}
        if covers:
            source, modules, shifts = self._watched(source, modules)
        links = Links(source, modules)
        units = [_Unit(each, name, f"{self._source}_{n}", self._guest) for n, each in enumerate(links.linked())]
        for unit in units:
            unit.check(self._racer)
        setup = dict(zip(("args", "seed", "limits", "surface"), rest, strict=True), now=now, data=links.data)
        setup["files"] = [unit.linked.wire() for unit in units]
        setup["files"][0]["folder"] = modules.get(SPELL, {}).get("folder", "")
        setup["sources"] = {unit.known: unit.margins(shifts.get(unit.linked.path)) for unit in units}
        self._racer.run(f"{self._guest}.setup({json.dumps(json.dumps(setup))})")
        for unit in units if covers else ():
            name = json.dumps(unit.file)
            self._racer.run(f"const {self._watcher(unit.linked.path)} = {self._guest}.covering({name});")
        for unit in units:
            unit.compile(self._racer)
        self._racer.run(f"{self._guest}.begin()")

    def _watched(self, source: str, modules: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Return the sources of a run with calls that note what has run, and how they moved what is behind them."""
        spell = watched(source, self._watcher(SPELL))
        found, shifts = {}, {SPELL: spell.shifts}
        for path, each in modules.items():
            if path == SPELL or each.get("language") == "json":
                found[path] = each
                continue
            text, shifts[path] = watched(each["source"], self._watcher(path))
            found[path] = {**each, "source": text}
        return spell.source, found, shifts

    def _watcher(self, path: str) -> str:
        """Return the name of the function that notes what runs in a file: no script can guess it."""
        return self._watchers.setdefault(path, f"ran_{secrets.token_hex(4)}")

    def _try(self, source: str) -> None:
        """Compile a source as a run would, and run nothing of it."""
        body = rewrite(source)
        head = f"{_HEAD}{body.head()}"
        _check(self._racer, body, head)
        opening = f"throw 0;({{{head}"
        with suppress(JSEvalException):
            _compile(self._racer, f"{opening}{body.source}\n}}}})", body, len(opening))

    def _turn(self, posts: list[str]) -> str:
        """Let V8 run until nothing in it can go on; one task of the guest at a time, as many as there are."""
        while True:
            posted = [self._post(f"{self._guest}.{call}") for call in posts]
            try:
                answer = self._racer.run(f"{self._guest}.pump()")
            finally:
                for task in posted:
                    task.close()
            if not isinstance(answer, int):
                return str(answer)
            posts = ["turn()"] * (answer - 1)

    def _post(self, code: str) -> Coroutine[Any, Any, Any]:
        """Give V8 code to run and go on at once: waiting for its thread costs more than most of what it runs."""
        task = self._racer.eval_cancelable(code)
        task.send(None)
        return task


@contextmanager
def _surroundings() -> Iterator[None]:
    """Let V8 see the same time zone and language everywhere; it looks for them at its first start and first date."""
    ours = {"TZ": "UTC", "LC_ALL": "en_US"}
    theirs = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in theirs.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _start_v8(*, jit: bool, codegen: bool) -> None:
    global _started_with
    flags = _FLAGS if jit else (*_FLAGS, "--jitless")
    flags = flags if codegen else (*flags, "--disallow-code-generation-from-strings")
    if _started_with is None:
        init_mini_racer(flags=flags)
        _started_with = flags
    if _started_with != flags:
        raise RuntimeError(f"V8 has been started in this process with other flags: {' '.join(_started_with)}")


def _prelude() -> str:
    bridge = folder("bridge")
    parts, web = (
        "".join((bridge / place / f"{part}.js").read_text("utf-8") for part in parts)
        for place, parts in (("javascript", _PARTS), ("javascript/web", _WEB))
    )
    own = (bridge / "prelude.js").read_text("utf-8")
    return f'(() => {{"use strict";{parts}const offerWeb = (() => {{{web}return offerWeb;}})();{own}return guest;}})()'


class _Unit:
    """A file of the spell on its way into V8.

    Imports that may change stand in an object around the function, so that the code reads them anew each time; the
    others are constants of the function.
    """

    def __init__(self, linked: Linked, spell: str, known: str, guest: str) -> None:
        self.linked = linked
        self.file = linked.path or spell
        self.known = known
        self._head = f"{_HEAD}{linked.body.head(linked.live)}"
        path = json.dumps(linked.path)
        around = f"with({guest}.live({path}))" if linked.live else ""
        self._before = f'{around}{{{guest}.compile({path},"{known}",{{'
        self._margin = len(self._before) + len(self._head)

    def margins(self, shifts: dict[int, list[tuple[int, int]]] | None) -> dict[str, Any]:
        """Return what the guest tells places by."""
        inside = self.linked.path != SPELL
        margins = {"name": self.file, "margin": self._margin, "offset": len(self._before), "inside": inside}
        return margins | ({"shifts": shifts} if shifts else {})

    def check(self, racer: _Racer) -> None:
        """Refuse what is not one body of a function."""
        with self._placed():
            _check(racer, self.linked.body, self._head)

    def compile(self, racer: _Racer) -> None:
        """Compile the code and hand it to the guest."""
        body = self.linked.body
        code = f"{self._before}{self._head}{body.source}\n}}}})}}\n//# sourceURL={self.known}"
        with self._placed():
            _compile(racer, code, body, self._margin)

    @contextmanager
    def _placed(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            refusal.file = self.linked.path
            raise


def _check(racer: _Racer, body: Body, head: str) -> None:
    """Refuse a body that is not one: here only `:` may come after its last brace, where it runs only `}`.

    So a source that closes the function around it and opens another is an error in one of the two places; and nothing
    of it runs, because here everything comes after a `throw`.

    Raises:
        Refusal: the source has a syntax error.
    """
    opening = f"throw 0;0?async()=>{{{head[len(_HEAD) - len(_STRICT) :]}"
    with suppress(JSEvalException):
        _compile(racer, f"{opening}{body.source}\n}}:0", body, len(opening))


def _compile(racer: _Racer, code: str, body: Body, margin: int) -> None:
    try:
        racer.run(code)
    except JSParseException as error:
        raise _syntax_error(str(error), body.source, margin) from None


def _syntax_error(report: str, source: str, margin: int) -> Refusal:
    found, caret = _SYNTAX_ERROR.match(report), _CARET.search(report)
    message, line = (found[2], int(found[1])) if found else (report, 1)
    column = len(caret[1]) + 1 if caret else 0
    lines = _LINE_END.split(source)
    if line > len(lines):
        message = "Unexpected end of input" if message.startswith("Unexpected token") else message
        line, column = len(lines), len(lines[-1]) + 1
    elif line == 1:
        column = max(column - margin, 1)
    hint = None
    if message == "Unexpected token 'export'":
        hint = "`export` may only stand outside of all brackets: is one above it not closed?"
    return Refusal(message, line, column, hint, syntax=True)


def _refused(name: str, refusal: Refusal) -> bytes:
    place = {"file": refusal.file or name, "line": refusal.line, "column": refusal.column, "name": ""}
    error: dict[str, Any] = {"where": place, "trace": [place]}
    if refusal.hint:
        error["hint"] = refusal.hint
    if refusal.syntax:
        error["data"] = {"syntax": True}
    return _failure(refusal.message, kind=refusal.kind, **error)


def _failure(message: str, kind: str = "script", **fields: Any) -> bytes:
    return json.dumps([["e", {"kind": kind, "message": message, **fields}]]).encode()
