"""A spell that is run again whenever it is saved, and asked again only for what has changed."""

import asyncio
import io
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, BinaryIO

from watchfiles import awatch

from llmspell.cli import _console
from llmspell.cli._cast import check_output, conclude, host_of, interruptible
from llmspell.cli._grants import Rights
from llmspell.cli._journal import journal_of, warn
from llmspell.cli._permission import attend
from llmspell.cli._terminal import Terminal, TerminalSink, error_document
from llmspell.cli._wishes import agreed, asked, wanting
from llmspell.errors import ArgumentError, SpellError
from llmspell.host import archive
from llmspell.host.host import Host
from llmspell.host.memory import Memory
from llmspell.host.run import Run
from llmspell.journal.store import Store
from llmspell.language import SUFFIXES
from llmspell.project import Project, folders
from llmspell.report import render
from llmspell.security.rules import KINDS, Rules
from llmspell.spell import INPUT_LIMIT, Spell

_PROMPTS = "prompts"
_LOOK = 1000  # milliseconds after which files are looked at even if nothing was heard of them
_MOST = 2000  # files that are looked at where nobody knows yet which a spell has

Print = dict[str, tuple[int, int, int]]
"""What tells one state of some files from another."""


class Watch:
    """One `llmspell run --watch`.

    Args:
        path: of the spell.
        words: the rest of the command line, which is the spell's own.
        terminal: where all is shown.
        flags: the options of the command.
    """

    def __init__(self, path: str, words: list[str], terminal: Terminal, flags: dict[str, Any]) -> None:
        if flags["no_journal"]:
            raise ArgumentError("--watch needs the journal: it answers from there", hint="leave out --no-journal")
        check_output(flags["output"])
        self._path, self._words, self._terminal, self._flags = path, words, terminal, flags
        self._console = _console.at(terminal)
        self._stdin = _Stdin()
        self._stopped = asyncio.Event()
        self._saved = asyncio.Event()
        self._run: Run | None = None
        self._print: Print = {}
        self._files: Callable[[], Iterator[Path]] = self._all_near
        self._memory: Memory | None = None
        self._seed: int | None = flags["seed"]
        self._agreed: tuple[Rules, Rules] | None = None
        self._basis: Any = None
        self._notes: list[str] = []
        self._times = 0

    async def work(self) -> int:
        """Run the spell and run it again until a signal comes, and return the exit code."""
        stopped_by = await interruptible(self._work(), self._stop)
        return 128 + stopped_by

    def _stop(self, number: int, again: bool) -> None:
        self._stopped.set()
        self._saved.set()
        if self._run is not None:
            self._run.kill() if again else self._run.cancel("interrupted" if number == signal.SIGINT else "terminated")

    async def _work(self) -> None:
        listening = asyncio.ensure_future(self._listen())
        listening.add_done_callback(lambda _: self._saved.set())
        try:
            while not self._stopped.is_set() and not listening.done():
                await self._once()
                if not self._stopped.is_set():
                    self._terminal.note(f"watching {self._path}; Ctrl-C ends")
                    await self._saved.wait()
        finally:
            self._stopped.set()
            await listening

    async def _once(self) -> None:
        """Run the spell as it is now, as the settings are now."""
        self._saved.clear()
        self._files = self._all_near
        self._print = self._printed()
        self._terminal.began = time.monotonic()
        self._times += 1
        try:
            spell = Spell.from_path(self._path, self._flags["engine"])
            async with self._host(spell) as host:
                await self._cast(host, spell)
        except SpellError as error:
            if self._times == 1 and isinstance(error, ArgumentError):
                raise
            self._complain(error)

    def _host(self, spell: Spell) -> Host:
        """Return a host for one run: which profile the spell has, and what files say, may differ after each save.

        Raises:
            ConfigError: the settings are wrong, or there is no such profile.
        """
        rights = Rights.of(spell, self._flags)
        notes = rights.policy.notes(spell)
        if notes != self._notes:
            self._notes = notes
            rights.tell(spell, self._terminal)
        return host_of(rights.chosen(spell, "medium"), rights.policy, self._terminal)

    async def _cast(self, host: Host, spell: Spell) -> None:
        run, sink, store = await self._prepared(host, spell)
        await self._execute(host, run, store)
        if run.kept is not None:
            self._memory = await Memory.of(store, run.id, self._memory if run.error or run.cut_short else None)
        await store.close()
        if self._saved.is_set() and run.cut_short and not self._stopped.is_set():
            self._terminal.note(f"{self._path} was saved: it begins anew")
        else:
            conclude(run, self._terminal, sink, 0, self._flags["output"])

    async def _prepared(self, host: Host, spell: Spell) -> tuple[Run, TerminalSink, Store]:
        args = spell.arguments(self._words, self._stdin)
        sink = TerminalSink(self._terminal)
        rules, by = await self._rules(host, spell, args), asked(self._console)
        run = host.prepare(spell, args, sink=sink, seed=self._seed, rules=rules, by=by)
        self._seed = run.seed
        root = run.context.project.root
        modules = [root / each.path for each in run.bundle.modules]
        self._files = lambda: iter([Path(self._path), *modules, *_below(root / _PROMPTS)])
        self._print = {name: self._print.get(name, state) for name, state in self._printed().items()}
        attend(run, self._console, Rights.of(spell, self._flags).keeper(spell))
        rules = run.context.rules
        said = [found for kind in KINDS for found in (rules.patterns(kind), rules.denied.get(kind, ()))]
        basis = (run.context.model, host.profile, [[rule.pattern for rule in found] for found in said])
        if self._basis != basis:
            self._basis, self._memory = basis, None  # an answer of before could be one that this run cannot get
        return run, sink, journal_of(run.context.project)

    async def _rules(self, host: Host, spell: Spell, args: Any) -> Rules:
        """Return what the run may touch; a person is asked again once the spell or the files say something else."""
        rights = Rights.of(spell, self._flags)
        host.policy, said = rights.policy, rights.rules(host.profile, spell, args)
        if self._agreed is None or self._agreed[0] != said:
            rights.tell(spell, self._terminal, card=self._console is not None and bool(wanting(spell, said)))
            keep, before = rights.keeper(spell), rights.before(spell)
            asking = agreed(spell, said, self._terminal, self._console, host.secrets, keep=keep, before=before)
            rules = await self._unless_stopped(asking, said)
            if wanting(spell, rules):
                return rules
            self._agreed = said, rules
        return self._agreed[1]

    async def _unless_stopped(self, asking: Coroutine[Any, Any, Rules], rules: Rules) -> Rules:
        """Return what a person agrees to; the rules as they were if a signal comes meanwhile."""
        answer, stopped = asyncio.ensure_future(asking), asyncio.ensure_future(self._stopped.wait())
        await asyncio.wait([answer, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        answer.cancel()
        with suppress(asyncio.CancelledError):
            return await answer
        return rules

    async def _execute(self, host: Host, run: Run, store: Store) -> None:
        memory, profile = Memory(before=self._memory), host.profile
        archive.write_down(run, store, lambda error: warn(error, self._terminal), memory)
        early = self._terminal.early
        launched = early and early.take(run.spell.language, jit=profile.jit, codegen=profile.codegen)
        self._run = run
        running = asyncio.ensure_future(host.execute(run, launched or None))
        saved = asyncio.ensure_future(self._saved.wait())
        await asyncio.wait([running, saved], return_when=asyncio.FIRST_COMPLETED)
        if saved.done() and not running.done():
            run.cancel("the spell was saved")
        saved.cancel()
        await running
        self._run = None
        if self._memory is not None:
            self._terminal.note(f"{memory.answered} answered from the last run, {memory.asked} asked")

    def _complain(self, error: SpellError) -> None:
        if self._terminal.as_json:
            self._terminal.write_document({"status": "failed", "error": error_document(error)})
        else:
            self._terminal.tell(render(error, color=self._terminal.color))

    # -- files --------------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Set `saved` whenever a file of the spell is another than when it was read."""
        while not self._stopped.is_set():
            folders = self._folders()
            hearing = awatch(
                *folders, recursive=False, stop_event=self._stopped, rust_timeout=_LOOK, yield_on_timeout=True,
                watch_filter=None,
            )  # fmt: skip
            async with aclosing(hearing):
                async for _ in hearing:
                    if self._changed():
                        self._saved.set()
                    if self._folders() != folders:
                        break

    def _changed(self) -> bool:
        """Return whether a file is another; one that an editor replaces is gone for a moment, and that is no change."""
        return Path(self._path).exists() and self._printed() != self._print

    def _folders(self) -> list[Path]:
        found = {Path(self._path).resolve().parent, *(path.parent for path in self._files())}
        return sorted(folder for folder in found if folder.is_dir())

    def _printed(self) -> Print:
        found: Print = {}
        for path in self._files():
            try:
                state = path.stat()
            except OSError:
                continue
            found[str(path)] = (state.st_mtime_ns, state.st_size, state.st_ino)
        return found

    def _all_near(self) -> Iterator[Path]:
        """Yield all that could be a file of a spell whose modules are not known: one may be missing yet."""
        root = Path(self._path)
        yield root
        folder = Project.of(root).root
        yield from _below(folder / _PROMPTS)
        for count, path in enumerate(_below(folder)):
            if count == _MOST:
                return
            if path.suffix in (*SUFFIXES, ".json"):
                yield path


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, but for those that are hidden or of others."""
    for here, files in folders(folder, lambda name: name.startswith(".") or name == "node_modules"):
        yield from (here / name for name in files)


class _Stdin:
    """What is piped in, which can be read once, for as many runs as there are."""

    def __init__(self) -> None:
        self._read: bytes | None = None

    @property
    def buffer(self) -> BinaryIO:
        """The bytes, from the beginning."""
        if self._read is None:
            self._read = sys.stdin.buffer.read(INPUT_LIMIT + 1)
        return io.BytesIO(self._read)

    def isatty(self) -> bool:
        """Return whether a person types it."""
        return sys.stdin.isatty()
