"""The JavaScript engine: V8 by mini-racer, which hears JSON and says JSON, and nothing else crosses.

mini-racer wants an asyncio loop, and its calls are plain only while that loop is running. Ours never turns: it is
marked as running for the length of a step. So a worker has no loop, no extra descriptor and no extra system call.
"""

import asyncio
import json
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
from llmspell.engines.modules import Body, Refusal, rewrite

_PARTS = ("natives", "faults", "writer", "scopes", "calls", "surface", "arguments")
_FLAGS: tuple[str, ...] = (*DEFAULT_V8_FLAGS, "--enable-experimental-regexp-engine-on-excessive-backtracks")
_HEAD = 'async ""(){"use strict";'
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
        _start_v8(jit=jit, codegen=codegen)
        self._loop = cast(asyncio.AbstractEventLoop, _Still())
        self._guest = f"guest_{secrets.token_hex(8)}"  # a script cannot list such names, and so not find this one
        self._source = f"spell_{secrets.token_hex(8)}"  # by which V8 knows the code of the spell, and no other
        self._begun = False
        with self._running():
            self._racer = _Racer()
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
            self._begun = True
            source, name, *rest = json.loads(frame)[0][1:]
            try:
                self._begin(source, name, rest)
            except Refusal as refusal:
                return _refused(name, refusal)
            answer = self._turn([])
        if self._racer.was_hard_memory_limit_reached():  # V8 has stopped something, and need not have said so
            raise MemoryError
        self.more = answer.startswith("+")
        return answer[1:].encode()

    def _begin(self, source: str, name: str, rest: list[Any]) -> None:
        body = rewrite(source)
        opening = f"{self._guest}.begin({{{_HEAD}"
        _check(self._racer, body, len(opening))
        setup = dict(zip(("args", "seed", "limits", "surface"), rest, strict=True), name=name, source=self._source)
        setup |= {"margin": len(opening), "offset": len(opening) - len(_HEAD)}
        self._racer.run(f"{self._guest}.setup({json.dumps(json.dumps(setup))})")
        code = f"{opening}{body.source}\n{body.tail}}}}})\n//# sourceURL={self._source}"
        _compile(self._racer, code, body, len(opening))

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
    files = [folder("bridge") / "javascript" / f"{part}.js" for part in _PARTS]
    source = "".join(file.read_text("utf-8") for file in [*files, folder("bridge") / "prelude.js"])
    return f'(() => {{"use strict";{source}return guest;}})()'


def _check(racer: _Racer, body: Body, margin: int) -> None:
    """Refuse a body that is not one: here only `:` may come after its last brace, where it runs only `}`.

    So a source that closes the function around it and opens another is an error in one of the two places; and nothing
    of it runs, because here everything comes after a `throw`.

    Raises:
        Refusal: the source has a syntax error.
    """
    opening = 'throw 0;0?async()=>{"use strict";'.rjust(margin)
    with suppress(JSEvalException):
        _compile(racer, f"{opening}{body.source}\n{body.tail}}}:0", body, margin)


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
    place = {"file": name, "line": refusal.line, "column": refusal.column, "name": ""}
    error: dict[str, Any] = {"where": place, "trace": [place]}
    if refusal.hint:
        error["hint"] = refusal.hint
    if refusal.syntax:
        error["data"] = {"syntax": True}
    return _failure(refusal.message, **error)


def _failure(message: str, **fields: Any) -> bytes:
    return json.dumps([["e", {"kind": "script", "message": message, **fields}]]).encode()
