"""`llmspell batch`: run a spell once for each line of a file, side by side; it can be interrupted and gone on with.

Each result is on disk before the next line begins, in the order in which the runs end; the results in the order of the
lines are written when all are there. So nothing that was paid for is lost, whenever it ends.
"""

import asyncio
import hashlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import click

from llmspell import data, files
from llmspell.bundle import gather
from llmspell.cli._cast import casting, check_output, host_of, interruptible, keeping
from llmspell.cli._flags import speaking
from llmspell.cli._grants import settled
from llmspell.cli._journal import journal_of
from llmspell.cli._terminal import Terminal, document, error_document
from llmspell.context import Sink
from llmspell.durations import spoken
from llmspell.errors import ArgumentError, SpellError
from llmspell.host import archive
from llmspell.host.host import Host
from llmspell.host.run import Run
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.security.rules import Rules
from llmspell.spell import INPUT_LIMIT, Spell
from llmspell.wording import clip, shown, visible

_PROGRESS = 2.0  # seconds between two lines of progress where nobody can watch one change
_REDRAW = 0.2


@click.command("batch", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--in", "source", required=True, metavar="FILE", help="Lines of JSON, or - for stdin.")
@click.option("--out", "target", required=True, metavar="FILE", help="Where the results go, as lines of JSON.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Runs at once.")
@click.option("--resume", is_flag=True, help="Go on with what was interrupted: lines that have a result are not run.")
@click.option("--retry", is_flag=True, help="With --resume: run lines again that have failed.")
@click.option("--max-usd", type=click.FloatRange(0), help="Begin no further run once all have cost this much together.")
@casting("medium")
@keeping
@speaking
@click.argument("path", metavar="SPELL")
@click.pass_obj
def command(terminal: Terminal, /, path: str, source: str, target: str, **flags: Any) -> int:
    """Run SPELL once for each line of a file.

    A line is a JSON object with the parameters of the spell, and `input` if it takes text or JSON; a line that is no
    object is the input. Each result has its `line`, and keeps its error if it has failed.
    """
    spell = Spell.from_path(path)
    check_output(target, "--out")
    _check_apart(source, target)
    lines = _lines(source)
    ledger = Ledger(Path(target), lines, gather(spell, Project.of(spell.path)).sha[:16])
    ledger.begin(resume=flags["resume"], retry=flags["retry"])
    try:
        return asyncio.run(_Batch(spell, ledger, terminal, flags).work())
    finally:
        ledger.close()


def _check_apart(source: str, target: str) -> None:
    """Refuse to put the results where the lines are."""
    if source != "-" and Path(target).exists() and Path(source).exists() and Path(target).samefile(source):
        raise ArgumentError("--in and --out are the same file", hint="choose another --out")


def _lines(source: str) -> dict[int, str]:
    """Return the lines that are not empty, by number."""
    if source == "-":
        raw = files.limited(sys.stdin.buffer, INPUT_LIMIT, "stdin")
    else:
        with files.opened(source, pipes=True) as file:
            raw = files.limited(file, INPUT_LIMIT, source)
    text = files.decoded(raw, source)
    found = {number: line for number, line in enumerate(text.split("\n"), 1) if line.strip()}
    if not found:
        raise ArgumentError(f"{source} has no lines")
    return found


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
        self._file = self._written(self.partial, self.records.values())

    def left(self) -> list[int]:
        """Return the numbers of the lines that have no result."""
        return [number for number in self.lines if number not in self.records]

    def add(self, number: int, record: dict[str, Any]) -> None:
        """Keep the result of a line; it is on disk when this returns."""
        assert self._file is not None
        stamped = {"line": number, **record, "of": _digest(self.lines[number]), "bundle": self._bundle}
        self._file.write(_line(stamped))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records[number] = stamped

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
            if record.get("of") != _digest(self.lines.get(number, "")):
                raise ArgumentError(f"line {number} has changed since {path} was written", hint="choose another --out")
            self.records[number] = record


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


@dataclass
class _Batch:
    """The runs of one batch."""

    spell: Spell
    ledger: Ledger
    terminal: Terminal
    flags: dict[str, Any]
    journal: Store | None = None
    rules: Rules | None = None
    running: set[Run] = field(default_factory=set)
    stopped: bool = False
    usd: float = 0.0
    unpriced: bool = False
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    told: float = 0.0
    unkept: bool = False

    async def work(self) -> int:
        """Run what has no result yet, and return the exit code."""
        if not self.flags["no_journal"]:
            self.journal = journal_of(Project.of(self.spell.path))
        async with host_of(self.flags) as host:
            self.rules = settled(self.spell, host.rules(self.spell), self.terminal)
            waiting = iter(self.ledger.left())
            workers = [self._worker(host, waiting) for _ in range(self.flags["jobs"])]
            stopped_by = await interruptible(asyncio.gather(*workers), self._stop)
        if self.journal is not None:
            await self.journal.close()
        self._tell(last=True)
        return self._code(stopped_by)

    def _stop(self, number: int, again: bool) -> None:
        self.stopped = True
        for run in list(self.running):
            run.kill() if again else run.cancel("interrupted" if number == signal.SIGINT else "terminated")

    async def _worker(self, host: Host, waiting: Iterator[int]) -> None:
        for number in waiting:
            if self.stopped or self._spent():
                return
            record = await self._record(host, number)
            if record is not None:
                self.ledger.add(number, record)
                self.done += 1
                self._tell()

    def _spent(self) -> bool:
        most = self.flags["max_usd"]
        return most is not None and self.usd >= most

    async def _record(self, host: Host, number: int) -> dict[str, Any] | None:
        """Return what came of one line; nothing if it was interrupted."""
        sink = Sink()
        try:
            args = _arguments(self.spell, self.ledger.lines[number])
            run = host.prepare(self.spell, args, sink=sink, seed=self.flags["seed"], rules=self._rules(args))
        except SpellError as error:
            return {"status": "failed", "result": None, "error": error_document(error)}
        if self.journal is not None:
            archive.write_down(run, self.journal, self._warn)
        self.running.add(run)
        try:
            await host.execute(run)
        finally:
            self.running.discard(run)
        self._pay(run.usage["usd"])
        if run.cut_short or (self.stopped and run.error is not None):
            return None
        said = document(run, sink)
        return {name: said[name] for name in ("status", "result", "output", "usage", "run", "error") if name in said}

    def _warn(self, error: SpellError) -> None:
        """Tell once that runs are not in the journal."""
        if not self.unkept:
            self.unkept = True
            self.terminal.note(f"warning: the journal does not have all of these runs: {error.message}")

    def _rules(self, args: dict[str, Any]) -> Rules | None:
        """Return what the run of one line may touch: what all may, and the files that are its input."""
        given = self.spell.input_files(args)
        return self.rules.grant_files(given) if self.rules else None

    def _pay(self, usd: float | None) -> None:
        if usd is None and self.flags["max_usd"] is not None and not self.unpriced:
            self.unpriced = True
            self.terminal.tell("warning: the price of a model is unknown: --max-usd does not count its requests")
        self.usd += usd or 0.0

    def _tell(self, *, last: bool = False) -> None:
        now, watched = time.monotonic(), sys.stderr.isatty()
        if not last and now - self.told < (_REDRAW if watched else _PROGRESS):
            return
        self.told = now
        line = self._progress(now)
        if watched and not self.terminal.quiet:
            self.terminal.tell(f"\r\x1b[K{line}", end="\n" if last else "")
        else:
            self.terminal.note(line)

    def _progress(self, now: float) -> str:
        records = self.ledger.records.values()
        ok = sum(record["status"] == "ok" for record in records)
        words = [f"{len(records)}/{len(self.ledger.lines)}", f"ok {ok}", f"failed {len(records) - ok}"]
        words += [f"${self.usd:.4f}"] if self.usd else []
        if self.done and (left := len(self.ledger.left())):
            words.append(f"about {spoken(round((now - self.began) / self.done * left))} left")
        return "  ".join(words)

    def _code(self, stopped_by: int) -> int:
        left = self.ledger.left()
        if failed := [record for record in self.ledger.records.values() if record["status"] != "ok"]:
            first = min(failed, key=lambda record: int(record["line"]))
            file = self.ledger.partial if left else self.ledger.target
            self.terminal.tell(visible(f"line {first['line']}: {clip(first['error']['message'], 300)}"))
            self.terminal.tell(visible(f"{len(failed)} lines have failed; their errors are in {file}"))
        if left:
            self.terminal.tell(f"{len(left)} lines have no result yet: the same command with --resume goes on")
        if stopped_by and left:
            return 128 + stopped_by
        if left:
            return 7
        return 0 if all(record["status"] == "ok" for record in self.ledger.records.values()) else 1


def _arguments(spell: Spell, line: str) -> dict[str, Any]:
    """Return the arguments of a run for one line.

    Raises:
        ArgumentError: the line is not JSON, or the spell does not take what it says.
    """
    value = data.parse_json(line, "the line")
    if isinstance(value, dict) and (spell.manifest.input != "json" or "input" in value):
        return spell.manifest.arguments(value, spell.name)
    if spell.manifest.input is None:
        raise ArgumentError(f"the line must be an object with the parameters of the spell, got {shown(value)}")
    return spell.manifest.arguments({"input": value}, spell.name)
