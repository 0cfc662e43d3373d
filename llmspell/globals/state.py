"""What a spell keeps between its runs."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import msgspec

from llmspell.bridge.op import Function, Global, Handle, StateScope, op
from llmspell.bridge.values import plain
from llmspell.context import Context
from llmspell.errors import ArgumentError, ScriptError
from llmspell.state import KEY_LIMIT, VALUE_LIMIT, Kept, Store
from llmspell.wording import clip

TRIES = 1000
"""How often an update begins anew because somebody else was faster."""
OWN_TRIES = 5
"""How often it does because this run itself was: its function then changes the value that it is asked for."""
PATIENCE = 2.0
"""Seconds that one update waits for another of the same run before it goes ahead."""
LANES = 10
"""How many updates of one value by one run may be at work at once, because the function of one waits for another."""
CLOSING = 2.0
"""Seconds that the end of a run waits for what is still at work on the store."""
KEYS = 10_000
"""How many keys are listed."""

_T = TypeVar("_T")
_Keys = list[str]  # the class below has a method of that name


class _Keeper:
    """The store of one run, used by one op at a time, in a thread."""

    def __init__(self, context: Context) -> None:
        self._store = Store(context.project.data() / "state.db")
        self._turn = asyncio.Lock()
        self._lanes: dict[tuple[str, str], list[asyncio.Lock]] = {}
        self._changes: dict[tuple[str, str], int] = {}
        self._threads = context.threads  # before what needs them at the end
        self._context = context
        context.closing.push_async_callback(self._close)

    async def do(self, act: Callable[[Store], _T]) -> _T:
        """Return what a function makes of the store. Once it runs it runs to its end, wanted or not."""
        async with self._turn:
            return await self._threads.do(lambda _: act(self._store))

    async def _close(self) -> None:
        """Close the store as soon as nobody works on it; who does not end even now keeps it."""
        for _ in range(2):
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING):
                    await self._turn.acquire()
                await self._threads.do(lambda _: self._end())
                return
            self._store.stop()

    async def step(self, what: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """Return what becomes of an act, now or before the call that asks for it began again."""
        return await self._context.effects.step(what, act)

    async def get(self, scope: str, key: str) -> str | None:
        """Return the JSON of a value, and note where it comes from."""
        found = await self.do(lambda store: store.get(scope, key))
        self._learn(key, [] if found is None else [found])
        return None if found is None else found.text

    async def keys(self, scope: str, prefix: str) -> list[str]:
        """Return keys, and note where they come from."""
        found = await self.do(lambda store: store.keys(scope, prefix, KEYS))
        self._learn(prefix, found)
        return [each.text for each in found]

    def _learn(self, name: str, found: list[Kept]) -> None:
        if any(each.private for each in found):
            self._context.access.taint.read(f"State {clip(name, 100)}".strip(), untrusted=False, private=True)

    @property
    def private(self) -> bool:
        """Whether what is kept now may be private."""
        return bool(self._context.access.taint.private)

    async def replace(self, scope: str, key: str, old: str | None, new: str) -> bool:
        """Change a value if it still is the old one. A call that begins again learns what became of its change."""
        mark, private = self._context.effects.key(), self.private

        def act(store: Store) -> bool:
            return store.replace(scope, key, old, new, mark, private=private)

        replaced = bool(await self.step("replace", lambda: self.do(act)))
        if replaced:
            self.changed(scope, key)
        return replaced

    def _end(self) -> None:
        if self._context.effects.settled():
            self._store.forget(self._context.run_id)
        self._store.close()

    @asynccontextmanager
    async def updating(self, scope: str, key: str) -> AsyncIterator[None]:
        """Let the updates of one value by this run follow each other, so that they do not chase each other.

        Whoever has waited for long goes ahead, one by one: the function that it waits for may wait for it.
        """
        lanes = self._lanes.setdefault((scope, key), [asyncio.Lock() for _ in range(LANES)])
        for lane in lanes:
            try:
                async with asyncio.timeout(PATIENCE):  # `wait_for` can swallow that the call is given up
                    await lane.acquire()
            except TimeoutError:
                continue
            try:
                yield
            finally:
                lane.release()
            return
        raise ScriptError(f"State.update: {LANES} functions wait for each other to change `{key}`")

    def changed(self, scope: str, key: str) -> None:
        """Count a change of a value by this run."""
        self._changes[scope, key] = self.changes(scope, key) + 1

    def changes(self, scope: str, key: str) -> int:
        """Return how many changes of a value there were by this run."""
        return self._changes.get((scope, key), 0)


class _Scoped:
    """The ops that are the same for what a spell keeps by itself and for what it shares."""

    _keeper: _Keeper
    _scope: str

    @op(effect="read", needs="state", untrusted=True)
    async def get(self, key: str, fallback: Any = None) -> Any:
        """Return a value, or the fallback if there is none.

        Args:
            key: its name.
            fallback: what is returned instead.
        """
        _check_key("get", key)
        found = await self._keeper.get(self._scope, key)
        return plain(fallback) if found is None else msgspec.json.decode(found)

    @op(effect="keyed", needs="state")
    async def set(self, key: str, value: Any) -> None:
        """Keep a value until it is set again or deleted.

        Args:
            key: its name, of at most 500 characters.
            value: data; at most 4 MiB as JSON.
        """
        _check_key("set", key)
        text = _encoded("set", key, value)
        private = self._keeper.private
        await self._keeper.do(lambda store: store.put(self._scope, key, text, private=private))
        self._keeper.changed(self._scope, key)

    @op(effect="keyed", needs="state", untrusted=True, typescript="<T = any>(key: string, fn: (old: T | undefined) => T | Promise<T>): Promise<T>")  # fmt: skip  # noqa: E501
    async def update(self, key: str, fn: Function) -> Any:
        """Change a value and return the new one; nothing is lost when other runs change it at the same time.

        Args:
            key: its name.
            fn: gets the old value, or nothing if there is none, and returns the new one. It is called again when
                somebody else was faster, so it should do nothing else.
        """
        _check_key("update", key)
        own = 0
        async with self._keeper.updating(self._scope, key):
            for attempt in range(TRIES):
                before = self._keeper.changes(self._scope, key)
                old = await self._keeper.step("get", lambda: self._keeper.get(self._scope, key))
                value = plain(await fn(None if old is None else msgspec.json.decode(old)))
                if await self._keeper.replace(self._scope, key, old, _encoded("update", key, value)):
                    return value
                own += self._keeper.changes(self._scope, key) != before
                if own == OWN_TRIES:
                    raise ScriptError(
                        f"State.update: the function for `{key}` changes `{key}` itself, again and again",
                        hint="return the new value, and nothing else",
                    )
                await asyncio.sleep(random.uniform(0, min(attempt, 20) / 1000))  # noqa: S311 - it only spreads them
        raise ScriptError(f"State.update: `{key}` was changed by others {TRIES} times while its function ran")

    @op(effect="keyed", needs="state")
    async def delete(self, key: str) -> bool:
        """Forget a value; return whether there was one.

        Args:
            key: its name.
        """
        _check_key("delete", key)
        return await self._keeper.do(lambda store: store.delete(self._scope, key))

    @op(effect="read", needs="state", untrusted=True)
    async def list(self, prefix: str = "") -> _Keys:
        """Return the keys in order, at most 10,000.

        Args:
            prefix: what they begin with.
        """
        return await self._keeper.keys(self._scope, prefix)


class SharedState(_Scoped, Handle):
    """What several spells of a project share under the name of a scope."""

    def __init__(self, keeper: _Keeper, scope: str) -> None:
        self._keeper = keeper
        self._scope = f"shared:{scope}"


class State(_Scoped, Global):
    """Keep values between runs. They belong to this spell alone, unless it asks for a shared scope."""

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._keeper = _Keeper(context)
        self._scope = f"spell:{context.identity}"

    @op(effect="local", needs="state")
    async def shared(self, scope: StateScope) -> SharedState:
        """Return what all spells of the project share under a name; the spell needs `allow.state` for it.

        Args:
            scope: the name.
        """
        _check_key("shared", scope)
        self.context.access.check("state", scope)
        return SharedState(self._keeper, scope)


def _check_key(verb: str, key: str) -> None:
    if not key or len(key) > KEY_LIMIT:
        raise ArgumentError(f"State.{verb}: a key has 1 to {KEY_LIMIT} characters, this one has {len(key)}")


def _encoded(verb: str, key: str, value: Any) -> str:
    text = msgspec.json.encode(plain(value))
    if len(text) > VALUE_LIMIT:
        size = f"{len(text) / 2**20:.1f} MiB"
        raise ArgumentError(
            f"State.{verb}: the value of `{key[:60]}` has {size}, the limit is {VALUE_LIMIT // 2**20} MiB"
        )
    return text.decode()
