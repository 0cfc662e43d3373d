"""The ledger of a batch: what has come of each line, and which run has begun with a line that has no result yet."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from llmspell.errors import ArgumentError


class Ledger:
    """The results of a batch: in `TARGET.partial` while it goes on, in the target when all are there.

    Args:
        target: where the results go.
        lines: all lines, by number.
        bundle: the hash of the spell and its modules; results of another one are not gone on with.
    """

    def __init__(self, target: Path, lines: dict[int, str], bundle: str) -> None:
        self.target = target
        self.lines = lines
        self.records: dict[int, dict[str, Any]] = {}
        self.begun: dict[int, dict[str, Any]] = {}
        """What is known of lines that have no result yet: their `run`, and whether that waits for a person."""
        self.partial = target.with_name(f"{target.name}.partial")
        self._bundle = bundle
        self._file: TextIO | None = None

    def begin(self, *, resume: bool, retry: bool) -> None:
        """Open what results are added to.

        Raises:
            ArgumentError: there are results already, or those that are there belong to something else.
        """
        if resume:
            for path in (self.target, self.partial):
                if path.exists():
                    self._take(path)
            if retry:
                self.records = {n: record for n, record in self.records.items() if record["status"] == "ok"}
        elif any(path.exists() and path.stat().st_size for path in (self.target, self.partial)):
            raise ArgumentError(
                f"{self.target} has results already", hint="--resume goes on with them; or choose another --out"
            )
        self._file = self._written(self.partial, (*self.records.values(), *self.begun.values()))

    def left(self) -> list[int]:
        """Return the numbers of the lines that have no result."""
        return [number for number in self.lines if number not in self.records]

    def waiting(self) -> dict[int, str]:
        """Return the runs that wait for a person, by the numbers of their lines."""
        found = {number: each.get("run") for number, each in sorted(self.begun.items()) if each["status"] != "running"}
        return {number: run for number, run in found.items() if isinstance(run, str)}

    def begin_line(self, number: int, run: str | None, status: str = "running") -> None:
        """Keep which run a line has, before that does anything; None if no journal has it."""
        self.begun[number] = self._keep(number, {"status": status, "run": run})

    def add(self, number: int, record: dict[str, Any]) -> None:
        """Keep the result of a line; it is on disk when this returns."""
        self.records[number] = self._keep(number, record)
        self.begun.pop(number, None)

    def _keep(self, number: int, record: dict[str, Any]) -> dict[str, Any]:
        assert self._file is not None
        stamped = {"line": number, **record, "of": _digest(self.lines[number]), "bundle": self._bundle}
        self._file.write(_line(stamped))
        self._file.flush()
        if record["status"] != "running":  # that one is to survive this process, and not the power
            os.fsync(self._file.fileno())
        return stamped

    def close(self) -> None:
        """Close the file, and put the results in order if all are there."""
        if self._file is None:
            return
        self._file.close()
        if not self.left():
            self._written(self.target, (self.records[number] for number in self.lines)).close()
            self.partial.unlink()

    def _written(self, path: Path, records: Iterable[dict[str, Any]]) -> TextIO:
        """Put a file with some records into the place of another at once, and return it open; no link is followed."""
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        file = os.fdopen(descriptor, "w", encoding="utf-8")
        file.writelines(map(_line, records))
        file.flush()
        os.fsync(descriptor)
        draft.replace(path)
        return file

    def _take(self, path: Path) -> None:
        for text in path.read_text("utf-8").split("\n"):  # other ends of lines are data
            record = None
            with suppress(ValueError):  # the last line of one that was killed may be torn
                record = json.loads(text)
            if not isinstance(record, dict) or not isinstance(record.get("line"), int):
                continue
            number = record["line"]
            if record.get("bundle") != self._bundle:
                raise ArgumentError(
                    f"{path} has results of another spell, or of this one before it was changed",
                    hint="choose another --out, or remove that file",
                )
            open_ = record.get("status") in ("running", "suspended")
            if open_ and number not in self.lines:
                continue
            if record.get("of") != _digest(self.lines.get(number, "")):
                raise ArgumentError(f"line {number} has changed since {path} was written", hint="choose another --out")
            (self.begun if open_ else self.records)[number] = record
            (self.records if open_ else self.begun).pop(number, None)


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
