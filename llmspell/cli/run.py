"""`llmspell run`: run a spell."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from llmspell import durations
from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.errors import ArgumentError
from llmspell.host.host import Host
from llmspell.host.launcher import Launched
from llmspell.host.run import Run
from llmspell.security.profile import Profile
from llmspell.spell import Spell


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True},
    add_help_option=False,
)
@click.option("--model", help="The model for requests that name none: provider/model, or echo.")
@click.option("--engine", help="lua or javascript, when the file does not say.")
@click.option("--security", default="medium", help="low, medium, high, or the path of a profile.")
@click.option("--trust", is_flag=True, help="The same as --security low.")
@click.option("--allow-weak-isolation", is_flag=True, help="Run although this system cannot lock a worker fully.")
@click.option("--max-time", help="End the run after this long: 30s, 5m.")
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="Of the script's random numbers.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the result to a file.")
@speaking
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="SPELL [INPUT…] [--param=value…]")
@click.pass_context
def command(ctx: click.Context, /, words: tuple[str, ...], **flags: Any) -> int:
    """Run a spell: a .lua, .js or .mjs file, or one whose first line names its language.

    The first word that is no option is the SPELL. INPUT is a file, or - for stdin, where the spell takes input.
    Options that are not listed here are the spell's own; `llmspell run SPELL --help` shows them. They follow the
    SPELL as --param=value or --param value; before it only --param=value and switches can stand.
    """
    terminal: Terminal = ctx.obj
    if terminal.verbose:
        logging.getLogger("llmspell").addHandler(logging.StreamHandler())
    path, rest = split(words)
    if path is None:
        if asks_help(rest):
            click.echo(ctx.get_help())
            return 0
        raise ArgumentError("which spell?", hint="llmspell run SPELL.lua, or llmspell run --help")
    _check_not_a_value(path, words)
    spell = Spell.from_path(path, flags["engine"])
    if asks_help(rest):
        click.echo(spell.manifest.help(path))
        return 0
    args = spell.arguments(rest + terminal.after, sys.stdin)
    return asyncio.run(_run(spell, args, terminal, flags))


def split(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the path of the spell, which is the first word that is no option, and the other words.

    Those from before it come last, so that none of them can take a word from behind it as its value.
    """
    at = next((i for i, word in enumerate(words) if not word.startswith("-")), None)
    return (None, list(words)) if at is None else (words[at], [*words[at + 1 :], *words[:at]])


def _check_not_a_value(path: str, words: Sequence[str]) -> None:
    """Refuse a spell that does not exist, but could have been meant as the value of the option before it."""
    before = words[words.index(path) - 1] if words[0] != path else ""
    if before.startswith("--") and "=" not in before and not os.path.exists(path):  # noqa: PTH110
        hint = f"the first word that is no option is the spell: before it, write {before}={path}"
        raise ArgumentError(f"there is no file {path}", hint=hint)


def asks_help(words: list[str]) -> bool:
    """Return whether the words ask for help."""
    return "--help" in words or "-h" in words


async def _run(spell: Spell, args: Any, terminal: Terminal, flags: dict[str, Any]) -> int:
    profile = _profile(flags)
    _check_output(flags["output"])
    sink = TerminalSink(terminal)
    if profile.base == "low":
        terminal.note(profile.label)
    async with Host(profile=profile, model=flags["model"], weak_isolation=flags["allow_weak_isolation"]) as host:
        run = host.prepare(spell, args, sink=sink, seed=flags["seed"])
        early = terminal.early and terminal.early.take(spell.language, jit=profile.jit, codegen=profile.codegen)
        stopped_by = await _interruptible(host, run, early or None)
    if sink.unheard:
        raise BrokenPipeError
    for name, why in run.isolation["missing"].items():
        terminal.note(f"warning: {profile.label} ran without {name}: {why}")
    code = terminal.finish(run, sink, flags["output"])
    return 128 + stopped_by if stopped_by and run.error is not None else code


def _profile(flags: dict[str, Any]) -> Profile:
    profile = Profile.load("low" if flags["trust"] else flags["security"])
    if flags["max_time"] is None:
        return profile
    try:
        wall = durations.parse(flags["max_time"])
    except ArgumentError as error:
        raise ArgumentError(f"--max-time: {error.message}", hint=error.hint) from None
    return replace(profile, limits=replace(profile.limits, wall=wall))


def _check_output(file: str | None) -> None:
    """Refuse a place where the result cannot go before the spell has cost anything."""
    if file is not None and not os.access(Path(file).parent, os.W_OK):
        raise ArgumentError(f"--output: cannot write into {Path(file).parent}", hint="does the folder exist?")


async def _interruptible(host: Host, run: Run, early: Launched | None) -> int:
    """Execute a run and return the signal that stopped it, or 0. The first asks it to stop, the second ends it."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    execution = loop.create_task(host.execute(run, early))
    stopped_by = 0

    def stop(number: int) -> None:
        nonlocal stopped_by
        if stopped_by:
            run.kill()
        stopped_by = stopped_by or number
        run.cancel("interrupted" if number == signal.SIGINT else "terminated")

    for number in before:
        loop.add_signal_handler(number, stop, number)
    try:
        await execution
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
    return stopped_by
