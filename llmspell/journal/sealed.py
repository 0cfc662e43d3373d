"""A store in a store: what people must not read is encrypted before the inner one gets it."""

import base64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from llmspell.errors import ConfigError
from llmspell.journal.records import (
    By,
    Entry,
    Finding,
    Hold,
    Line,
    News,
    Pruned,
    Query,
    Retention,
    RunRecord,
    Status,
    Sums,
)
from llmspell.journal.sealing import Seal
from llmspell.journal.store import Files, Store
from llmspell.journal.values import Scrub, Sealed, sealed_from, sealed_to

_SUMS = ("usage", "models", "from")
"""What the inner store counts in `meta`, and so can read."""
_PRINT = 12  # bytes of a fingerprint that is not encrypted
_ALL = 2**31
_LEVEL = "sealed"  # of lines that are encrypted; no line that a run says has it
_TEXTS = {None: "null", True: "true", False: "false"}


class SealedStore:
    """Keeps runs like the store in it, and encrypts requests, arguments, results, errors, lines and spells.

    What was written without encryption is read as it is.

    Args:
        store: where it goes.
        seal: returns the key; called when it is first needed.
        scrub: makes secrets unreadable in all that is encrypted.
        writes: whether what is written is encrypted; what is read is decrypted in any case.
    """

    def __init__(
        self, store: Store, seal: Callable[[], Seal], scrub: Scrub | None = None, *, writes: bool = True
    ) -> None:
        self._store = store
        self._find = seal
        self._scrub = scrub
        self._writes = writes
        self._found: Seal | None = None

    @property
    def _seal(self) -> Seal:
        if self._found is None:
            self._found = self._find()
        return self._found

    # -- writing ------------------------------------------------------------------------------------------------------

    async def begin(self, run: RunRecord, files: Files) -> Hold:
        """Keep a run that begins; see `Store`."""
        return await self._store.begin(self._closed_run(run), self._closed_files(files))

    async def resume(self, run_id: str, owner: str, bundle: str | None = None, files: Files | None = None) -> Hold:
        """Take over a run; see `Store`."""
        return await self._store.resume(run_id, owner, bundle, None if files is None else self._closed_files(files))

    async def fork(self, source: str, at: int | None, run: RunRecord, files: Files) -> Hold:
        """Keep a run that begins with a part of another; see `Store`."""
        return await self._store.fork(source, at, self._closed_run(run), self._closed_files(files))

    async def record(self, hold: Hold, entries: Sequence[Entry]) -> str | None:
        """Keep what has happened in a run; see `Store`."""
        return await self._store.record(hold, [self._closed_entry(entry) for entry in entries])

    async def write_lines(self, hold: Hold, lines: Sequence[Line]) -> None:
        """Keep what a run has said; see `Store`."""
        await self._store.write_lines(hold, [self._closed_line(line) for line in lines])

    async def resolve(
        self,
        run_id: str,
        no: int,
        ok: bool,
        value: Any,
        *,
        fingerprint: bytes | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> bool:
        """Decide an open call from outside; see `Store`."""
        if self._writes:
            known = await self._store.entry(run_id, no)
            if known is not None and fingerprint is not None and known.fingerprint != fingerprint:
                fingerprint = self._seal.encrypt(fingerprint)
            value = self._closed_value(ok, value)
            meta = {"decided": self._closed(dict(meta))} if meta else meta
        return await self._store.resolve(run_id, no, ok, value, fingerprint=fingerprint, meta=meta)

    async def mark(self, hold: Hold, status: Status, due_ms: int | None = None) -> None:
        """Say where an unfinished run is; see `Store`."""
        await self._store.mark(hold, status, due_ms)

    async def finish(
        self,
        hold: Hold,
        status: Status,
        *,
        result: Any = None,
        error: Any = None,
        usage: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep how a run has ended; see `Store`."""
        result, error = self._closed(result), self._closed_value(False, error)
        await self._store.finish(hold, status, result=result, error=error, usage=usage)

    async def stop(self, run_id: str, reason: str) -> bool:
        """Keep the wish that a run stops; see `Store`."""
        return await self._store.stop(run_id, reason)

    async def prune(self, retention: Retention) -> Pruned:
        """Forget runs; see `Store`."""
        return await self._store.prune(retention)

    # -- reading ------------------------------------------------------------------------------------------------------

    async def run(self, name: str) -> RunRecord:
        """Return a run; see `Store`."""
        return self._opened_run(await self._store.run(name))

    async def news(self, run_id: str) -> News:
        """Return what others have done to a run; see `Store`."""
        return await self._store.news(run_id)

    async def waiting(self, run_id: str | None = None) -> list[tuple[RunRecord, Entry]]:
        """Return the open external calls; see `Store`."""
        found = await self._store.waiting(run_id)
        return [(self._opened_run(run), self._opened_entry(entry)) for run, entry in found]

    async def runs(self, query: Query) -> list[RunRecord]:
        """Return the runs that fit; see `Store`."""
        if not (self._writes and query.arguments):
            return [self._opened_run(run) for run in await self._store.runs(query)]
        every = await self._store.runs(replace(query, arguments={}, limit=_ALL))
        found = (run for run in map(self._opened_run, every) if _has(run.args, query.arguments))
        return [run for run, _ in zip(found, range(query.limit), strict=False)]

    async def calls(self, run_id: str, *, requests: bool = True) -> AsyncIterator[Entry]:
        """Yield the entries of a run; see `Store`."""
        async for entry in self._store.calls(run_id, requests=requests):
            yield self._opened_entry(entry)

    async def lines(self, run_id: str, after: int = 0) -> AsyncIterator[tuple[int, Line]]:
        """Yield what a run has said; see `Store`."""
        async for number, line in self._store.lines(run_id, after):
            yield number, self._opened_line(line)

    async def stats(self, by: By, since_ms: int = 0) -> list[Sums]:
        """Return what runs have cost; see `Store`."""
        return await self._store.stats(by, since_ms)

    async def entry(self, run_id: str, no: int, key: str = "") -> Entry | None:
        """Return one entry of a run; see `Store`."""
        found = await self._store.entry(run_id, no, key)
        return None if found is None else self._opened_entry(found)

    async def files(self, bundle: str) -> dict[str, Any]:
        """Return the files of a bundle; see `Store`."""
        found = await self._store.files(bundle)
        sealed = sealed_from(found)
        return found if sealed is None else _map(self._seal.open(sealed))

    async def check(self) -> list[Finding]:
        """Return what was looked at, and what is wrong with it; see `Store`."""
        return await self._store.check()

    async def close(self) -> None:
        """Close the store; see `Store`."""
        await self._store.close()

    # -- one record ---------------------------------------------------------------------------------------------------

    def _closed(self, value: Any) -> Any:
        return self._seal.close(value, self._scrub) if self._writes and value is not None else value

    def _closed_value(self, ok: bool | None, value: Any) -> Any:
        """Return a result; the kind of an error stays readable, as the state of a run does."""
        if ok is False and self._writes and isinstance(value, dict) and isinstance(value.get("kind"), str):
            return {"kind": value["kind"], "message": "encrypted", "sealed": self._closed(value)}
        return self._closed(value)

    def _closed_run(self, run: RunRecord) -> RunRecord:
        if not self._writes:
            return run
        return replace(run, args=self._closed(run.args), info={"sealed": self._closed(run.info)})

    def _closed_files(self, files: Files) -> Files:
        return sealed_to(self._closed(dict(files))) if self._writes else files

    def _closed_entry(self, entry: Entry) -> Entry:
        if not self._writes:
            return entry
        meta = {name: value for name, value in entry.meta.items() if name in _SUMS}
        rest = {name: value for name, value in entry.meta.items() if name not in _SUMS}
        return replace(
            entry,
            fingerprint=self._seal.encrypt(entry.fingerprint) if entry.fingerprint else b"",
            request=self._closed(entry.request),
            value=self._closed_value(entry.ok, entry.value),
            meta=meta | ({"sealed": self._closed(rest)} if rest else {}),
        )

    def _closed_line(self, line: Line) -> Line:
        """Return a line as one text, not compressed: the store counts how much a run says."""
        if not self._writes:
            return line
        said = [line.text, line.level, line.fields]
        clean = said if self._scrub is None else self._scrub(said)
        text = base64.b64encode(self._seal.encrypt(msgspec.json.encode(clean), packed=False)).decode()
        return replace(line, text=text, level=_LEVEL, fields={})

    def _opened(self, value: Any) -> Any:
        """Return what is encrypted: a value, or a map that has it under the one name that maps of ours have for it."""
        if type(value) is dict and isinstance(value.get("sealed"), Sealed):
            value = value["sealed"]
        return self._seal.open(value) if isinstance(value, Sealed) else value

    def _opened_run(self, run: RunRecord) -> RunRecord:
        fields = {name: self._opened(getattr(run, name)) for name in ("args", "info", "result", "error")}
        return replace(run, **fields) if any(fields[name] is not getattr(run, name) for name in fields) else run

    def _opened_entry(self, entry: Entry) -> Entry:
        if not _is_sealed(entry):
            return entry
        meta = dict(entry.meta)
        for name in ("sealed", "decided"):
            if isinstance(meta.get(name), Sealed):
                meta |= _map(self._opened(meta.pop(name)))
        whole = len(entry.fingerprint) in (0, _PRINT)
        return replace(
            entry,
            fingerprint=entry.fingerprint if whole else self._seal.decrypt(entry.fingerprint),
            request=self._opened(entry.request),
            value=self._opened(entry.value),
            meta=meta,
        )

    def _opened_line(self, line: Line) -> Line:
        if line.level != _LEVEL:
            return line
        try:
            plain = self._seal.decrypt(base64.b64decode(line.text, validate=True))
            text, level, fields = msgspec.json.decode(plain, type=tuple[str, str, dict[str, Any]])
        except (ValueError, msgspec.MsgspecError):
            raise ConfigError("a line in the journal is damaged") from None
        return replace(line, text=text, level=level, fields=fields)


def _is_sealed(entry: Entry) -> bool:
    """Return whether something of an entry is encrypted: what it was begun with, or what became of it later."""
    failed = entry.value.get("sealed") if type(entry.value) is dict else None
    values = (entry.request, entry.value, failed, *entry.meta.values())
    return len(entry.fingerprint) > _PRINT or any(isinstance(value, Sealed) for value in values)


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError("a value in the journal is damaged")
    return value


def _has(args: Any, wanted: Mapping[str, str]) -> bool:
    """Return whether arguments have these values, written as on a command line."""
    return isinstance(args, dict) and all(name in args and _written(args[name]) == wanted[name] for name in wanted)


def _written(value: Any) -> str:
    return _TEXTS[value] if value is None or isinstance(value, bool) else str(value)
