"""A store in a store: what people must not read is encrypted before the inner one gets it."""

import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal.lines import FULL
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
from llmspell.journal.recovery import CUT
from llmspell.journal.sealing import Seal
from llmspell.journal.store import Change, Files, Store
from llmspell.journal.values import Scrub, Sealed, sealed_from, sealed_to
from llmspell.wording import clip, visible

_SUMS = ("usage", "models", "from")
"""What the inner store counts in `meta`, and so can read."""
_PRINT = 12  # bytes of a fingerprint that is not encrypted
_ALL = 2**31
_FULL = re.compile(re.escape(FULL).replace(r"\{\}", r"\d+"))  # what the store itself says
_LEVEL = "sealed"  # of lines that are encrypted; no line that a run says has it
_TEXTS = {None: "null", True: "true", False: "false"}


class SealedStore:
    """Keeps runs like the store in it, and encrypts requests, arguments, results, errors, lines and spells.

    Each value is bound to its place, the run with the call, the key and the column: where somebody has put it
    elsewhere, it is not opened. A run that began encrypted stays so, and nothing in it is read that is not.
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
        self._runs: dict[str, bool] = {}
        """Whether runs began encrypted, as far as that is known."""

    @property
    def _seal(self) -> Seal:
        if self._found is None:
            self._found = self._find()
        return self._found

    # -- writing ------------------------------------------------------------------------------------------------------

    async def begin(self, run: RunRecord, files: Files) -> Hold:
        """Keep a run that begins; see `Store`."""
        self._runs[run.run_id] = self._writes
        return await self._store.begin(self._closed_run(run), self._closed_files(run.bundle, files, run.run_id))

    async def resume(self, run_id: str, owner: str, bundle: str | None = None, files: Files | None = None) -> Hold:
        """Take over a run; see `Store`."""
        await self._is_closed(run_id)
        if files is not None and bundle is not None:
            files = self._closed_files(bundle, files, run_id)
        return await self._store.resume(run_id, owner, bundle, files)

    async def fork(
        self, source: str, at: int | None, run: RunRecord, files: Files, change: Change | None = None
    ) -> Hold:
        """Keep a run that begins with a part of another, encrypted anew for its place there; see `Store`."""
        strict = await self._is_closed(source)
        self._runs[run.run_id] = self._writes or strict

        def anew(entry: Entry) -> Entry:
            opened = self._opened_entry(source, entry, strict)
            return self._closed_entry(run.run_id, opened if change is None else change(opened))

        closed = self._closed_files(run.bundle, files, run.run_id)
        return await self._store.fork(source, at, self._closed_run(run), closed, anew)

    async def record(self, hold: Hold, entries: Sequence[Entry]) -> str | None:
        """Keep what has happened in a run; see `Store`."""
        return await self._store.record(hold, [self._closed_entry(hold.run_id, entry) for entry in entries])

    async def write_lines(self, hold: Hold, lines: Sequence[Line]) -> None:
        """Keep what a run has said; see `Store`."""
        await self._store.write_lines(hold, [self._closed_line(hold.run_id, line) for line in lines])

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
        await self._is_closed(run_id)
        if self._closes(run_id):
            known = await self._store.entry(run_id, no)
            if known is not None and fingerprint is not None and known.fingerprint != fingerprint:
                fingerprint = self._seal.encrypt(fingerprint, _print_place(run_id, known))
            value = self._closed_value(ok, value, run_id, no, "")
            meta = {"decided": self._closed(dict(meta), run_id, no, "", "decided")} if meta else meta
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
    ) -> None:
        """Keep how a run has ended; see `Store`."""
        if self._closes(hold.run_id):
            result = None if result is None else self._closed(result, hold.run_id, "result")
            error = None if error is None else self._closed_value(False, error, hold.run_id)
        await self._store.finish(hold, status, result=result, error=error)

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
        opened = ((self._opened_run(run, listed=True), run, entry) for run, entry in found)
        return [(whole, self._opened_entry(run.run_id, entry, _began(run))) for whole, run, entry in opened]

    async def runs(self, query: Query) -> list[RunRecord]:
        """Return the runs that fit; see `Store`."""
        if not (self._writes and query.arguments):
            return [self._opened_run(run, listed=True) for run in await self._store.runs(query)]
        every = await self._store.runs(replace(query, arguments={}, limit=_ALL))
        found = (
            run for run in (self._opened_run(each, listed=True) for each in every) if _has(run.args, query.arguments)
        )
        return [run for run, _ in zip(found, range(query.limit), strict=False)]

    async def calls(self, run_id: str, *, requests: bool = True) -> AsyncIterator[Entry]:
        """Yield the entries of a run; see `Store`."""
        strict = await self._is_closed(run_id)
        async for entry in self._store.calls(run_id, requests=requests):
            yield self._opened_entry(run_id, entry, strict)

    async def lines(self, run_id: str, after: int = 0) -> AsyncIterator[tuple[int, Line]]:
        """Yield what a run has said; see `Store`."""
        strict = await self._is_closed(run_id)
        async for number, line in self._store.lines(run_id, after):
            yield number, self._opened_line(run_id, line, strict)

    async def stats(self, by: By, since_ms: int = 0) -> list[Sums]:
        """Return what runs have cost; see `Store`."""
        return await self._store.stats(by, since_ms)

    async def entry(self, run_id: str, no: int, key: str = "") -> Entry | None:
        """Return one entry of a run; see `Store`."""
        found = await self._store.entry(run_id, no, key)
        return None if found is None else self._opened_entry(run_id, found, await self._is_closed(run_id))

    async def files(self, bundle: str) -> dict[str, Any]:
        """Return the files of a bundle; see `Store`."""
        found = await self._store.files(bundle)
        sealed = sealed_from(found)
        return found if sealed is None else _map(self._seal.open(sealed, _place(bundle, "files")))

    async def check(self) -> list[Finding]:
        """Return what was looked at, and what is wrong with it; see `Store`."""
        return await self._store.check()

    async def close(self) -> None:
        """Close the store; see `Store`."""
        await self._store.close()

    # -- one record, closed -------------------------------------------------------------------------------------------

    async def _is_closed(self, run_id: str) -> bool:
        """Return whether a run began encrypted: then nothing in it is written or read that is not."""
        if run_id not in self._runs:
            try:
                run = await self._store.run(run_id)
            except ArgumentError:
                return False  # there is none
            if run.run_id != run_id:
                return False
            self._runs[run_id] = _began(run)
        return self._runs[run_id]

    def _closes(self, run_id: str) -> bool:
        return self._writes or self._runs.get(run_id, False)

    def _closed(self, value: Any, *place: str | int) -> Sealed:
        return self._seal.close(value, _place(*place), self._scrub)

    def _closed_value(self, ok: bool, value: Any, *place: str | int) -> Any:
        """Return a result; the kind of an error stays readable, as the state of a run does."""
        closed = self._closed(value, *place, "result" if ok else "error")
        if not ok and isinstance(value, dict) and isinstance(value.get("kind"), str):
            return {"kind": value["kind"], "message": "encrypted", "sealed": closed}
        return closed

    def _closed_run(self, run: RunRecord) -> RunRecord:
        if not self._closes(run.run_id):
            return run
        info = self._seal.close(run.info, _info_place(run), self._scrub)
        return replace(run, args=self._closed(run.args, run.run_id, "args"), info={"sealed": info})

    def _closed_files(self, bundle: str, files: Files, run_id: str) -> Files:
        return sealed_to(self._closed(dict(files), bundle, "files")) if self._closes(run_id) else files

    def _closed_entry(self, run_id: str, entry: Entry) -> Entry:
        if not self._closes(run_id):
            return entry
        place = (run_id, entry.no, entry.key)
        meta = {name: value for name, value in entry.meta.items() if name in _SUMS}
        rest = {name: value for name, value in entry.meta.items() if name not in _SUMS}
        print_ = entry.fingerprint
        if print_ or not entry.key:
            print_ = self._seal.encrypt(print_, _print_place(run_id, entry))
        return replace(
            entry,
            fingerprint=print_,
            request=None if entry.request is None else self._closed(entry.request, *place, "request"),
            value=entry.value if entry.ok is None else self._closed_value(entry.ok, entry.value, *place),
            meta=meta | ({"sealed": self._closed(rest, *place, "meta")} if rest else {}),
        )

    def _closed_line(self, run_id: str, line: Line) -> Line:
        """Return a line as one text, not compressed: the store counts how much a run says."""
        if not self._closes(run_id):
            return line
        said = [line.text, line.level, line.fields]
        clean = msgspec.json.encode(said if self._scrub is None else self._scrub(said))
        text = self._seal.encrypt(clean, _place(run_id, "line", line.stream), packed=False)
        return replace(line, text=base64.b64encode(text).decode(), level=_LEVEL, fields={})

    # -- one record, opened -------------------------------------------------------------------------------------------

    def _opened(self, value: Any, strict: bool, *place: str | int) -> Any:
        """Return what is encrypted: a value, or a map that has it under the one name that maps of ours have for it."""
        sealed = value["sealed"] if type(value) is dict and isinstance(value.get("sealed"), Sealed) else value
        if isinstance(sealed, Sealed):
            return self._seal.open(sealed, _place(*place))
        if strict:
            raise _changed(str(place[0]))
        return value

    def _opened_run(self, run: RunRecord, *, listed: bool = False) -> RunRecord:
        """Return a run; in a list of runs it has no result, and maybe no arguments."""
        strict = self._runs[run.run_id] = _began(run)
        found: dict[str, Any] = {}
        for name in ("args", "result", "error"):
            value, absent = getattr(run, name), listed or name != "args"
            known = strict and not (value is None and absent)
            found[name] = self._opened(value, known, run.run_id, name)
        if strict:
            sealed = run.info.get("sealed")
            if not isinstance(sealed, Sealed):
                raise _changed(run.run_id)
            found["info"] = _map(self._seal.open(sealed, _info_place(run)))
            if isinstance(place := run.info.get(CUT), int):  # which who saves a journal writes without the key
                found["info"][CUT] = place
        return replace(run, **found)

    def _opened_entry(self, run_id: str, entry: Entry, strict: bool) -> Entry:
        strict = strict or len(entry.fingerprint) > _PRINT
        if not (strict or _is_sealed(entry)):
            return entry
        place = (run_id, entry.no, entry.key)
        print_ = entry.fingerprint
        if len(print_) > _PRINT:
            print_ = self._seal.decrypt(print_, _print_place(run_id, entry))
        elif strict and (print_ or not entry.key):
            raise _changed(run_id)
        column = "error" if entry.ok is False else "result"
        return replace(
            entry,
            fingerprint=print_,
            request=None if entry.request is None else self._opened(entry.request, strict, *place, "request"),
            value=None if entry.ok is None else self._opened(entry.value, strict, *place, column),
            meta=self._opened_meta(entry, strict, place),
        )

    def _opened_meta(self, entry: Entry, strict: bool, place: tuple[str, int, str]) -> dict[str, Any]:
        known = {name: value for name, value in entry.meta.items() if name in _SUMS}
        for name, value in entry.meta.items():
            if name in ("sealed", "decided") and isinstance(value, Sealed):
                known |= _map(self._opened(value, strict, *place, "meta" if name == "sealed" else name))
            elif strict and name not in _SUMS:
                raise _changed(place[0])
            else:
                known[name] = value
        return known

    def _opened_line(self, run_id: str, line: Line, strict: bool) -> Line:
        if line.level != _LEVEL:
            if strict and not (line.stream == "log" and _FULL.fullmatch(line.text) and line.fields == {}):
                raise _changed(run_id)
            return line
        try:
            place = _place(run_id, "line", line.stream)
            plain = self._seal.decrypt(base64.b64decode(line.text, validate=True), place)
            text, level, fields = msgspec.json.decode(plain, type=tuple[str, str, dict[str, Any]])
        except (ValueError, TypeError, msgspec.MsgspecError):
            raise ConfigError("a line in the journal is damaged") from None
        return replace(line, text=text, level=level, fields=fields)


def _place(*names: object) -> bytes:
    """Return what says where a value belongs."""
    return msgspec.json.encode(names)


def _info_place(run: RunRecord) -> bytes:
    """Return the place of the settings of a run, which vouch for what else is fixed when it begins."""
    fixed = (run.identity, run.language, run.host_abi, run.seed, run.t0_ms, run.profile, run.model)
    return _place(run.run_id, "info", *fixed, run.parent, run.parent_no)


def _print_place(run_id: str, entry: Entry) -> bytes:
    return _place(run_id, entry.no, entry.key, "fingerprint", entry.effect)


def _began(run: RunRecord) -> bool:
    """Return whether a run began encrypted."""
    return isinstance(run.info.get("sealed"), Sealed) or isinstance(run.args, Sealed)


def _changed(run_id: str) -> ConfigError:
    name = visible(clip(run_id, 60))
    hint = "`llmspell runs prune` forgets a run"
    return ConfigError(f"run {name} is encrypted, and something in it is not: somebody has changed it", hint=hint)


def _is_sealed(entry: Entry) -> bool:
    """Return whether something of an entry is encrypted: what it was begun with, or what became of it later."""
    failed = entry.value.get("sealed") if type(entry.value) is dict else None
    return any(isinstance(each, Sealed) for each in (entry.request, entry.value, failed, *entry.meta.values()))


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError("a value in the journal is damaged")
    return value


def _has(args: Any, wanted: Mapping[str, str]) -> bool:
    """Return whether arguments have these values, written as on a command line."""
    return isinstance(args, dict) and all(name in args and _written(args[name]) == wanted[name] for name in wanted)


def _written(value: Any) -> str:
    return _TEXTS[value] if value is None or isinstance(value, bool) else str(value)
