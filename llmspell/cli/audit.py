"""`llmspell audit`: who allowed what, where and by which rule; and whether the log of it is whole."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

import click
import msgspec

from llmspell.cli import _table
from llmspell.cli._flags import speaking
from llmspell.cli._journal import journal_of
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, ConfigError, SpellError
from llmspell.project import Project
from llmspell.security import proof
from llmspell.security.access import TAINTED
from llmspell.security.audit import FILE
from llmspell.security.chain import NOTE, WHAT, Line
from llmspell.security.proof import Book, Report
from llmspell.security.rules import KINDS
from llmspell.wording import clip, did_you_mean, shown, visible

LATEST = "latest"

_MOST = 10_000  # lines that are shown at once
_KINDS = (*KINDS, TAINTED, NOTE)
_HEAD = ("TIME", "RUN", "AT", "KIND", "VALUE", "DECISION", "RULE", "SOURCE", "BY")


@click.command("audit", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--denied", is_flag=True, help="Only what was denied.")
@click.option("--spell", metavar="NAME", help="Only of this spell: its path in the project, or its name.")
@click.option("--kind", metavar="KIND", help="Only of this kind: read, write, net, run, tools and so on.")
@click.option("-n", "most", type=click.IntRange(1, _MOST), default=200, show_default=True, help="The newest so many.")
@click.option("--verify", is_flag=True, help="Tell whether the log is whole: no line changed, taken out or put in.")
@speaking
@click.argument("run", required=False)
@click.pass_obj
def command(
    terminal: Terminal, run: str | None, denied: bool, spell: str | None, kind: str | None, most: int, verify: bool
) -> int:
    """Show what runs of the project were allowed and denied, by which rule and by whom; the newest is the last.

    RUN is its id, the beginning of that, or `latest`. With --verify the exit code is 1 if the log is not whole.
    """
    if verify and (run or denied or spell or kind):
        raise ArgumentError("--verify is about the whole log", hint="llmspell audit --verify")
    if kind is not None and kind not in _KINDS:
        raise ArgumentError(f"--kind: there is no kind {shown(kind)}", hint=did_you_mean(kind, _KINDS))
    project = Project.of()
    with _book(project) as book:
        if verify:
            return _tell(book.verify(), terminal)
        known, wanted = _named(project, run)
        chosen = _Chosen(wanted, exact=known is None, denied=denied, spell=spell, kind=kind, most=most)
        chosen.read(book)
        if known is not None and not chosen.runs:
            raise known
        chosen.show(terminal)
    return 0


@contextmanager
def _book(project: Project) -> Iterator[Book]:
    try:
        with proof.opened(project.data() / FILE) as book:
            yield book
    except OSError as error:
        raise ConfigError(f"{WHAT} cannot be read: {error.strerror}") from None


def _named(project: Project, name: str | None) -> tuple[SpellError | None, str | None]:
    """Return the run that is meant, as the journal knows it; or why it does not, with the name as it was given."""
    if name is None:
        return None, None
    try:
        return None, asyncio.run(journal_of(project).run(name)).run_id
    except SpellError as error:  # a run may be in no journal
        return error, name


class _Chosen:
    """The newest lines that a person wants to see."""

    def __init__(
        self, run: str | None, *, exact: bool, denied: bool, spell: str | None, kind: str | None, most: int
    ) -> None:
        self._run, self._exact, self._denied, self._spell, self._kind = run, exact, denied, spell, kind
        self._lines: deque[Line] = deque(maxlen=most)
        self._found = 0
        self._unread = 0
        self.runs: set[str] = set()
        """Runs that the name could mean, two at most."""

    def read(self, book: Book) -> None:
        """Read the log.

        Raises:
            ArgumentError: several runs begin so.
        """
        for entry in book.entries():
            if entry.line is None:
                self._unread += 1
            elif self._fits(entry.line):
                self._lines.append(entry.line)
                self._found += 1
        if len(self.runs) > 1:
            first, second = sorted(self.runs)[:2]
            message = f"several runs begin with {visible(clip(self._run or '', 60))}"
            raise ArgumentError(message, hint=f"{visible(clip(first, 60))}, {visible(clip(second, 60))}")

    def _fits(self, line: Line) -> bool:
        return (
            self._of_run(line.run)
            and (not self._denied or line.decision == "deny")
            and (self._kind is None or line.kind == self._kind)
            and (
                self._spell is None or self._spell in (line.spell, PurePath(line.spell).name, PurePath(line.spell).stem)
            )
        )

    def _of_run(self, run: str) -> bool:
        if self._run is None:
            return True
        if self._exact:
            return run == self._run
        if self._run == LATEST:  # of the log, where there is no journal: what was found before was of another
            if run not in self.runs:
                self.runs = {run}
                self._lines.clear()
                self._found = 0
            return True
        if not run.startswith(self._run):
            return False
        if len(self.runs) < 2:
            self.runs.add(run)
        return True

    def show(self, terminal: Terminal) -> None:
        """Write the lines."""
        older = self._found - len(self._lines)
        if terminal.as_json:
            lines = [msgspec.to_builtins(line) for line in self._lines]
            terminal.write_document({"status": "ok", "lines": lines, "older": older, "unreadable": self._unread})
            return
        if self._lines:
            _table.write(terminal, _HEAD, [_row(line) for line in self._lines])
        else:
            terminal.note(
                "nothing was decided that fits" if self._found or self._run else "nothing is in the audit log"
            )
        if older:
            terminal.note(f"{_lines(older, 'older ')}: -n shows more")
        if self._unread:
            terminal.note(f"{_lines(self._unread)} cannot be read: llmspell audit --verify tells which")


def _row(line: Line) -> list[str]:
    again = f" (+{line.count})" if line.count else ""
    at = line.at or line.spell
    return [
        line.t, line.run, at, line.kind, line.value, line.decision + again, line.rule, line.source, line.by,
    ]  # fmt: skip


def _lines(count: int, which: str = "") -> str:
    return f"{count} {which}line{'' if count == 1 else 's'}"


def _tell(report: Report, terminal: Terminal) -> int:
    if terminal.as_json:
        terminal.write_document(_document(report))
    else:
        for text in report.notes:
            terminal.note(text)
        for text in report.faults:
            terminal.write(f"{visible(text)}\n")
        more = f" and {report.more} more" if report.more else ""
        count = _lines(report.lines)
        if report.whole:
            terminal.write(f"{count}, chain whole\n")
            terminal.note(f"the last one: {report.last}" if report.lines else "nothing was ever written")
        else:
            terminal.write(f"{count}, chain broken: {len(report.faults)}{more} found\n")
    return 0 if report.whole else 1


def _document(report: Report) -> dict[str, Any]:
    return {
        "status": "ok" if report.whole else "failed",
        "lines": report.lines,
        "faults": report.faults,
        "more": report.more,
        "notes": report.notes,
        "last": report.last,
    }
