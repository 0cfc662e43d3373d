"""`llmspell batch`: run a spell once for each line of a file, side by side; it can be interrupted and gone on with.

Each result is on disk before the next line begins, in the order in which the runs end; the results in the order of the
lines are written when all are there. So nothing that was paid for is lost, whenever it ends.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from llmspell import data, files
from llmspell.bridge.values import plain
from llmspell.bundle import gather
from llmspell.cli import _console
from llmspell.cli._cast import casting, check_output, host_of, interruptible, keeping
from llmspell.cli._flags import speaking
from llmspell.cli._grants import Granting, Rights, profile_of
from llmspell.cli._journal import journal_of
from llmspell.cli._ledger import Ledger
from llmspell.cli._permission import Asker, Attendant
from llmspell.cli._repeat import Repeat
from llmspell.cli._terminal import Terminal, document, error_document
from llmspell.cli._wishes import settled, wanting
from llmspell.context import Sink
from llmspell.durations import spoken
from llmspell.errors import ArgumentError, Parked, PermissionDenied, SpellError
from llmspell.host import archive
from llmspell.host.host import Host
from llmspell.host.past import Past
from llmspell.host.run import Run
from llmspell.host.scribe import Scribe
from llmspell.journal.records import ENDED, RunRecord
from llmspell.journal.store import Store
from llmspell.money import dollars
from llmspell.project import Project
from llmspell.security.profile import Profile
from llmspell.security.rules import Rules
from llmspell.spell import INPUT_LIMIT, Spell
from llmspell.wording import clip, listed, shown, visible

_PROGRESS = 2.0  # seconds between two lines of progress where nobody can watch one change
_REDRAW = 0.2
_NAMED = 20  # lines that are named


@click.command("batch", cls=Granting, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--in", "source", required=True, metavar="FILE", help="Lines of JSON, or - for stdin.")
@click.option("--out", "target", required=True, metavar="FILE", help="Where the results go, as lines of JSON.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Runs at once.")
@click.option("--resume", is_flag=True, help="Go on: with the runs that were interrupted or waited, and the rest.")
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
    sha = gather(spell, Project.of(spell.path)).sha
    ledger = Ledger(Path(target), lines, sha[:16])
    ledger.begin(resume=flags["resume"], retry=flags["retry"])
    try:
        return asyncio.run(_Batch(spell, sha, ledger, terminal, flags).work())
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


@dataclass
class _Batch:
    """The runs of one batch."""

    spell: Spell
    sha: str
    ledger: Ledger
    terminal: Terminal
    flags: dict[str, Any]
    journal: Store | None = None
    rules: Rules | None = None
    asker: Asker | None = None
    again: dict[str, Rules | PermissionDenied] = field(default_factory=dict)
    """What runs may touch that go on, or why they may not, by their profile."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    running: set[Run] = field(default_factory=set)
    old: dict[int, RunRecord] = field(default_factory=dict)
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
        spell, rights, console = self.spell, Rights.of(self.spell, self.flags), _console.at(self.terminal)
        async with host_of(rights.chosen(spell, "medium"), rights.policy, self.terminal) as host:
            keep, rules = rights.keeper(spell), rights.rules(host.profile, spell)
            rights.tell(spell, self.terminal, card=console is not None and bool(wanting(spell, rules)))
            self.rules = await settled(
                spell, rules, self.terminal, console, host, keep=keep, before=rights.before(spell),
                command=lambda missing: f"the same command with {rights.flags(missing)}",
            )  # fmt: skip
            if console is not None:
                self.asker = Asker(console, spell.name, keep, "this batch", secrets=host.secrets)
            await self._find()
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
        """Return what came of one line; nothing if it was interrupted, or waits for a person."""
        sink, old = Sink(), self.old.get(number)
        try:
            if old is not None:
                self._check(old)
            if old is not None and old.status in ENDED and self.journal is not None:
                return await _recorded(self.journal, old)
            args = _arguments(self.spell, self.ledger.lines[number])
            run = self._begin(host, number, args, sink) if old is None else await self._go_on(host, old, args, sink)
        except SpellError as error:
            if old is None:
                return {"status": "failed", "result": None, "error": error_document(error)}
            self.terminal.tell(visible(f"line {number}: run {old.run_id} cannot go on: {clip(error.message, 300)}"))
            return None
        run.context.access.taint.read("a line of the batch", untrusted=True, private=True)
        self.running.add(run)
        if self.asker is not None:  # what spells ask people themselves waits in the journal
            run.context.access.person = Attendant(self.asker, run.context.paths, run.desk)
        try:
            await host.execute(run)
        finally:
            self.running.discard(run)
        self._pay(run.usage["usd"])
        if isinstance(run.error, Parked):
            self.ledger.begin_line(number, run.id, "suspended")
        if isinstance(run.error, Parked) or run.cut_short or (self.stopped and run.error is not None):
            return None
        said = document(run, sink)
        return {name: said[name] for name in ("status", "result", "output", "usage", "run", "error") if name in said}

    def _begin(self, host: Host, number: int, args: dict[str, Any], sink: Sink) -> Run:
        """Return a new run for a line."""
        run = host.prepare(self.spell, args, sink=sink, seed=self.flags["seed"], rules=self._rules(args))
        if self.journal is not None:
            archive.write_down(run, self.journal, self._warn)
        self.ledger.begin_line(number, None if self.journal is None else run.id)
        return run

    def _check(self, old: RunRecord) -> None:
        """Refuse to go on with a run that is none of this spell: its journal may be a stranger's.

        Raises:
            SpellError: it is another's, or damaged.
        """
        archive.check(old)
        assert self.spell.path is not None
        if (old.bundle, old.identity) != (self.sha, Project.of(self.spell.path).name(self.spell.path)):
            raise ArgumentError("it is not a run of this spell, or of this one before it was changed")

    async def _go_on(self, host: Host, old: RunRecord, args: dict[str, Any], sink: Sink) -> Run:
        """Return the run that a line has already: what was answered in it is not asked again.

        It may what `resume` lets it, and what a person has agreed to for this batch.
        """
        assert self.journal is not None
        bundle = archive.bundle(await self.journal.files(old.bundle), self.sha)
        case = Repeat(Project.of(self.spell.path), self.journal, old, bundle)
        flags = case.secured(self.flags)
        profile = archive.pinned(old, profile_of(flags))
        rules = (await self._rules_again(host, case, profile, flags)).grant_files(self.spell.input_files(args))
        old.args = args  # the line is the same, and has what the journal only has the names of
        usual, host.profile = host.profile, profile
        try:
            run = case.prepare(host, rules, sink, flags)
        finally:
            host.profile = usual
        hold = await self.journal.resume(old.run_id, archive.owner())
        run.remember(await Past.of(self.journal, old.run_id), Scribe.holding(self.journal, hold, self._warn))
        return run

    async def _rules_again(self, host: Host, case: Repeat, profile: Profile, flags: dict[str, Any]) -> Rules:
        """Return what a run may touch that goes on; a person is asked once for all of them.

        Raises:
            PermissionDenied: the spell needs what nobody allows.
        """
        async with self.asking:
            if (found := self.again.get(profile.label)) is None:
                try:
                    found = await self._agreed_again(host, case, profile, flags)
                except PermissionDenied as error:
                    found = error
                self.again[profile.label] = found
        if isinstance(found, PermissionDenied):
            raise found
        return found

    async def _agreed_again(self, host: Host, case: Repeat, profile: Profile, flags: dict[str, Any]) -> Rules:
        assert self.rules is not None
        rules = case.rules(profile, flags)
        answers = {kind: [rule for rule in found if rule.answered] for kind, found in self.rules.granted.items()}
        for kind, found in answers.items():
            if found and rules.modes[kind] != "never":
                rules = rules.grant(kind, [rule.pattern for rule in found], found[0].source, answered=True)
        rules = replace(rules, declared=self.rules.declared)
        command = Rights(case.project, flags).flags
        return await settled(
            self.spell, rules, self.terminal, _console.at(self.terminal), host,
            command=lambda missing: f"the same command with {command(missing)}",
        )  # fmt: skip

    async def _find(self) -> None:
        """Look for the runs of the lines that had begun, and tell which are not there."""
        lost = []
        for number, known in sorted(self.ledger.begun.items()):
            found = None
            if self.journal is not None and isinstance(known.get("run"), str):
                with suppress(ArgumentError):
                    found = await self.journal.run(known["run"])
            if found is None or found.run_id != known.get("run"):
                lost.append(number)
            else:
                self.old[number] = found
        if lost:
            said = f"{_numbered(lost)} had begun, and no journal has the run: what it did may be done twice"
            self.terminal.tell(f"warning: {said}")

    def _warn(self, error: SpellError) -> None:
        """Tell once that runs are not in the journal."""
        if not self.unkept:
            self.unkept = True
            said = f"warning: the journal does not have all of these runs: {error.message}"
            self.terminal.tell(visible(said))

    def _rules(self, args: dict[str, Any]) -> Rules:
        """Return what the run of one line may touch: what all may, and the files that are its input."""
        assert self.rules is not None
        return self.rules.grant_files(self.spell.input_files(args))

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
        words += [f"waiting {len(waiting)}"] if (waiting := self.ledger.waiting()) else []
        words += [dollars(self.usd)] if self.usd else []
        if self.done and (left := len(self.ledger.left())):
            words.append(f"about {spoken(round((now - self.began) / self.done * left))} left")
        return "  ".join(words)

    def _code(self, stopped_by: int) -> int:
        waiting = self.ledger.waiting()
        left = [number for number in self.ledger.left() if number not in waiting]
        if failed := [record for record in self.ledger.records.values() if record["status"] != "ok"]:
            first = min(failed, key=lambda record: int(record["line"]))
            file = self.ledger.partial if self.ledger.left() else self.ledger.target
            self.terminal.tell(visible(f"line {first['line']}: {clip(first['error']['message'], 300)}"))
            self.terminal.tell(visible(f"{len(failed)} lines have failed; their errors are in {file}"))
        if left:
            self.terminal.tell(f"{len(left)} lines have no result yet: the same command with --resume goes on")
        if waiting:
            runs = [f"line {number} (llmspell approve {run})" for number, run in waiting.items()]
            named = "\n  ".join([*runs[:_NAMED], *(["…"] if len(runs) > _NAMED else [])])
            said = f"waiting for a person:\n  {named}\nthen the same command with --resume goes on"
            self.terminal.tell(visible(said, keep="\n"))
        if stopped_by and (left or waiting):
            return 128 + stopped_by
        if left or waiting:
            return 7 if left else 9
        return 0 if all(record["status"] == "ok" for record in self.ledger.records.values()) else 1


def _numbered(numbers: list[int]) -> str:
    named = listed([str(number) for number in numbers[:_NAMED]], "and")
    return f"line{'s' if len(numbers) > 1 else ''} {named}{' …' if len(numbers) > _NAMED else ''}"


async def _recorded(journal: Store, run: RunRecord) -> dict[str, Any]:
    """Return the result of a run that has ended without its line having got it."""
    archive.check(run)
    said = "".join([line.text async for _, line in journal.lines(run.run_id) if line.stream == "out"])
    found = {"result": plain(run.result), "output": said, "usage": run.usage, "run": run.run_id}
    if run.error is None:
        return {"status": "ok", **found}
    error = {name: run.error.get(name) for name in ("kind", "message", "hint", "retryable", "where")}
    return {"status": "failed", **found, "error": error}


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
