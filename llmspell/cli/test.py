"""`llmspell test`: run the tests of spells, with answers that the tests have written."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from llmspell import policy
from llmspell.cli._cast import interruptible
from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.host.host import Host
from llmspell.policy import Policy
from llmspell.project import Project
from llmspell.trial import found, told
from llmspell.trial.coverage import Ledger, Share
from llmspell.trial.recording import Purse
from llmspell.trial.sheet import Plan, Sheet

USD = 1.0
"""What `--record` may cost, unless the person says otherwise."""


@click.command("test", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-k", "match", default="", metavar="TEXT", help="Only tests that have this in their name, or their file's."
)
@click.option("-x", "--fail-fast", is_flag=True, help="Begin no further test once one has failed.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), help="Files at once; as many as there are cores.")
@click.option("--record", is_flag=True, help='Ask real models where a test says `model = "recorded"`, and keep that.')
@click.option("--model", help="With --record: the model where a spell names none.")
@click.option("--max-usd", type=click.FloatRange(0), default=USD, show_default=True, help="What --record may cost.")
@click.option("--coverage", is_flag=True, help="Tell which lines of the spells have run.")
@click.option("--min-coverage", type=click.FloatRange(0, 100), metavar="N", help="Fail if fewer of a hundred have run.")
@click.option("--allow-weak-isolation", is_flag=True, help="Run although this system cannot lock a worker fully.")
@speaking
@click.argument("paths", nargs=-1, metavar="[PATH…]", type=click.Path(path_type=Path))
@click.pass_obj
def command(terminal: Terminal, /, paths: tuple[Path, ...], **flags: Any) -> int:
    """Run the tests in files whose names end with .test.lua or .test.js.

    PATHs are such files, or folders in which they are; without one it is the whole project. No model and no host is
    ever asked, but for models with --record.
    """
    project = Project.of()
    files = found.tests(paths or [project.root])
    if not files:
        raise ArgumentError("there are no tests here", hint="write one: hello.test.lua beside hello.lua")
    return asyncio.run(_Session(terminal, project, flags).run(files))


class _Session:
    """All files that are tested together."""

    def __init__(self, terminal: Terminal, project: Project, flags: dict[str, Any]) -> None:
        self._terminal = terminal
        self._flags = flags
        self._least = flags["min_coverage"]
        self._ledger = Ledger() if flags["coverage"] or self._least is not None else None
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._jobs = flags["jobs"] or cores
        self._plan = Plan(
            project,
            policy.vault(os.environ).known,
            match=flags["match"],
            fail_fast=flags["fail_fast"],
            weak_isolation=flags["allow_weak_isolation"],
            purse=Purse(flags["max_usd"]),
            ledger=self._ledger,
        )

    async def run(self, files: Sequence[Path]) -> int:
        """Run the tests, tell of them, and return the exit code."""
        began = time.monotonic()
        plan = self._plan
        plan.casts = asyncio.Semaphore(2 * self._jobs)
        sheets = [Sheet(file, plan) for file in files]
        if self._flags["record"]:
            said = Policy.of(plan.project, os.environ)
            async with Host(profile="medium", model=self._flags["model"], policy=said) as plan.live:
                stopped_by = await interruptible(self._all(sheets), self._stop(sheets))
        else:
            stopped_by = await interruptible(self._all(sheets), self._stop(sheets))
        shares = None if self._ledger is None else await self._ledger.shares()
        code = self._tell(sheets, shares, time.monotonic() - began)
        return 128 + stopped_by if stopped_by else code

    async def _all(self, sheets: Sequence[Sheet]) -> None:
        free = asyncio.Semaphore(self._jobs)

        async def one(sheet: Sheet) -> None:
            async with free:
                if not self._plan.stopped:
                    await sheet.run()

        running = [asyncio.ensure_future(one(sheet)) for sheet in sheets]
        for sheet, task in zip(sheets, running, strict=True):
            await task
            self._show(sheet)

    def _stop(self, sheets: Sequence[Sheet]) -> Any:
        def stop(_number: int, _again: bool) -> None:
            self._plan.stopped = True
            for sheet in sheets:
                sheet.stop()

        return stop

    def _show(self, sheet: Sheet) -> None:
        if self._terminal.as_json or (self._flags["match"] and not _has_run(sheet)):
            return
        if self._terminal.quiet and not sheet.failed:
            return
        color = self._terminal.color and sys.stdout.isatty()
        for line in told.lines(sheet, color, verbose=self._terminal.verbose):
            self._say(line)

    def _say(self, line: str) -> None:
        sys.stdout.buffer.write(f"{line}\n".encode(errors="backslashreplace"))
        sys.stdout.buffer.flush()

    def _tell(self, sheets: Sequence[Sheet], shares: Sequence[Share] | None, seconds: float) -> int:
        code = 1 if any(sheet.failed for sheet in sheets) else 0
        if self._least is not None and shares is not None and told.total(shares) < self._least:
            self._terminal.tell(
                f"{told.total(shares):.1f} of 100 lines have run, and --min-coverage wants {self._least:g}"
            )
            code = 1
        if self._terminal.as_json:
            self._terminal.write_document({**told.document(sheets, shares), "status": "failed" if code else "ok"})
            return code
        for line in told.coverage(shares) if shares is not None else ():
            self._say(line)
        if self._flags["match"] and not any(map(_has_run, sheets)):
            raise ArgumentError(
                f"no test has {self._flags['match']!r} in its name", hint="-v lists those that are skipped"
            )
        self._terminal.note(told.closing(sheets, seconds))
        return code


def _has_run(sheet: Sheet) -> bool:
    return sheet.error is not None or any(each.status != "skipped" for each in sheet.outcomes)
