"""One run from the command line: its options, its two signals, its end."""

import asyncio
import os
import shlex
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from llmspell.cli import _console
from llmspell.cli._flags import asking
from llmspell.cli._grants import Rights, granting, profile_of
from llmspell.cli._permission import attend
from llmspell.cli._sequel import sequel
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.cli._wishes import agreed, asked, wanting
from llmspell.errors import ArgumentError, PermissionDenied, SpellError
from llmspell.host import archive
from llmspell.host.host import Host
from llmspell.host.launcher import Launched
from llmspell.host.run import Run
from llmspell.journal.records import ENDED
from llmspell.policy import Policy
from llmspell.protocol import SECOND_WALLS
from llmspell.spell import Spell
from llmspell.wording import visible

_C = TypeVar("_C", bound=Callable[..., Any])


def casting(usual: str | None) -> Callable[[_C], _C]:
    """Give a `Granting` command the options of a run.

    Args:
        usual: the profile where neither the person nor their files choose one, as the help says it.
    """
    about = "low, medium, high, or the path of a profile."
    options = (
        click.option("--model", help="The model for requests that name none: provider/model, or echo."),
        click.option("--security", help=f"{about[:-1]} ({usual}, unless a setting says another)." if usual else about),
        click.option("--trust", is_flag=True, help="The same as --security low."),
        click.option(
            "--allow-weak-isolation", is_flag=True, help="Run although this system cannot lock a worker fully."
        ),
        granting,
        click.option("--max-time", help="End the run after this long: 30s, 5m."),
        asking,
        click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="Of the script's random numbers."),
    )

    def decorate(command: _C) -> _C:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def keeping(command: _C) -> _C:
    """Give a command the option not to have its runs written down."""
    about = "Keep no record: the run cannot be resumed, replayed or shown afterwards."
    return click.option("--no-journal", is_flag=True, help=about)(command)


def host_of(flags: dict[str, Any], policy: Policy, terminal: Terminal) -> Host:
    """Return the host that the options of a command ask for.

    Args:
        flags: the options that `casting` gives a command.
        policy: what files say, of secrets and of spells that others run too.
        terminal: where it is told that the audit log cannot be written.
    """

    def warn(error: SpellError) -> None:
        cure = f"\n  fix: {error.hint}" if error.hint else ""
        said = f"warning: what is decided here is not in the audit log, and the run goes on: {error.message}{cure}"
        terminal.tell(visible(said, keep="\n"))

    return Host(
        profile=profile_of(flags),
        model=flags["model"],
        weak_isolation=flags["allow_weak_isolation"],
        audit=True,
        policy=policy,
        warn=warn,
    )


async def cast(
    spell: Spell,
    args: Any,
    terminal: Terminal,
    flags: dict[str, Any],
    file: str | None = None,
    *,
    usual: str,
    keep: Callable[[Run, Terminal], None] | None = None,
) -> int:
    """Run a spell, show what comes of it, and return the exit code.

    Args:
        spell: what to run.
        args: what `spell()` returns in it.
        terminal: where everything is shown.
        flags: the options that `casting` gives a command.
        file: where the result goes instead of stdout.
        usual: the security profile, unless somebody says another.
        keep: has the run written down.
    """
    check_output(file)
    sink, rights = TerminalSink(terminal), Rights.of(spell, flags)
    flags = rights.chosen(spell, usual)
    async with host_of(flags, rights.policy, terminal) as host:
        profile = host.profile
        if profile.base == "low":
            terminal.note(profile.label)
        console = _console.at(terminal)
        rules, keeper = rights.rules(profile, spell, args), rights.keeper(spell)
        rights.tell(spell, terminal, card=console is not None and bool(wanting(spell, rules)))
        rules = await agreed(spell, rules, terminal, console, host.secrets, keep=keeper, before=rights.before(spell))
        try:
            run = host.prepare(spell, args, sink=sink, seed=flags["seed"], rules=rules, by=asked(console))
        except PermissionDenied as error:
            missing = wanting(spell, rules)
            error.hint = (rights.cure(spell, missing) if missing else None) or error.hint
            raise
        attend(run, console, keeper)
        if keep is not None:
            keep(run, terminal)
        early = terminal.early and terminal.early.take(spell.language, jit=profile.jit, codegen=profile.codegen)
        stopped_by = await interrupted(host, run, early or None)
    return conclude(run, terminal, sink, stopped_by, file, flags)


def conclude(
    run: Run,
    terminal: Terminal,
    sink: TerminalSink,
    stopped_by: int,
    file: str | None = None,
    flags: Mapping[str, Any] | None = None,
) -> int:
    """Show what has come of a run, and return the exit code.

    Args:
        run: the run, at its end.
        terminal: where it is shown.
        sink: what kept its output.
        stopped_by: the signal that stopped it, or 0.
        file: where the result goes instead of stdout.
        flags: the options that the run was given, if one that has stopped can be resumed with them.
    """
    if sink.unheard:
        raise BrokenPipeError
    for name, why in run.isolation["missing"].items():
        if name not in SECOND_WALLS:
            terminal.note(f"warning: this system cannot lock a worker fully, it lacks {name}: {why}")
    code = terminal.finish(run, sink, file, _next(run, flags))
    return 128 + stopped_by if stopped_by and (run.cut_short or run.error is not None) else code


def _next(run: Run, flags: Mapping[str, Any] | None) -> str | None:
    """Return the command that goes on with a run that has stopped, or that shows one that has ended."""
    if run.kept is None:
        return None
    if run.kept in ENDED or flags is None:
        return shlex.join(["llmspell", "show", run.id])
    record = archive.record(run)
    record.args = run.context.secrets.scrub(record.args)
    return sequel(record, flags=flags, ours=True)


def check_output(file: str | None, option: str = "--output") -> None:
    """Refuse a place where the result cannot go before the spell has cost anything."""
    if file is not None and not os.access(Path(file).parent, os.W_OK):
        raise ArgumentError(f"{option}: cannot write into {Path(file).parent}", hint="does the folder exist?")


async def interrupted(host: Host, run: Run, early: Launched | None = None) -> int:
    """Execute a run and return the signal that stopped it, or 0. The first asks it to stop, the second ends it."""

    def stop(number: int, again: bool) -> None:
        if again:
            run.kill()
        run.cancel("interrupted" if number == signal.SIGINT else "terminated")

    return await interruptible(host.execute(run, early), stop)


async def interruptible(work: Any, stop: Callable[[int, bool], None]) -> int:
    """Await some work and return the first signal that came meanwhile, or 0.

    Args:
        work: what is awaited, to its end.
        stop: called with each SIGINT and SIGTERM, and whether it is not the first.
    """
    loop = asyncio.get_running_loop()
    execution = asyncio.ensure_future(work)
    arrived: list[int] = []
    taken = 0

    def take() -> None:
        nonlocal taken
        taken += 1
        stop(arrived[taken - 1], taken > 1)

    def arrive(number: int, _: object) -> None:
        if len(arrived) > taken:  # the loop does not turn, for example because nobody reads our stdout
            os._exit(128 + number)
        arrived.append(number)
        loop.call_soon_threadsafe(take)

    before = {number: signal.signal(number, arrive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        await execution
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return arrived[0] if arrived else 0
