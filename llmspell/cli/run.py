"""`llmspell run`: run a spell."""

import asyncio
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from llmspell import durations
from llmspell.cli._terminal import Terminal, TerminalSink
from llmspell.errors import ArgumentError, SpellError
from llmspell.host.host import Host
from llmspell.host.launcher import Launched
from llmspell.host.run import Run
from llmspell.language import language_of
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
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no closing line on stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Debug logs.")
@click.option("--no-color", is_flag=True, help="No colours.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="SPELL [INPUT…] [--param=value…]")
@click.pass_context
def command(ctx: click.Context, /, words: tuple[str, ...], **flags: Any) -> int:
    """Run a spell: a .lua, .js or .mjs file, or one whose first line names its language.

    INPUT is a file, or - for stdin, where the spell takes input. Options that are not listed here are the spell's
    own; `llmspell run SPELL --help` shows them.
    """
    terminal: Terminal = ctx.obj
    for name in ("as_json", "quiet", "verbose"):
        setattr(terminal, name, getattr(terminal, name) or flags[name])
    terminal.color = terminal.color and not flags["no_color"]
    if terminal.verbose:
        logging.getLogger("llmspell").addHandler(logging.StreamHandler())
    path, rest = split(list(words))
    if path is None:
        if asks_help(rest):
            click.echo(ctx.get_help())
            return 0
        raise ArgumentError("which spell?", hint="llmspell run SPELL.lua, or llmspell run --help")
    spell = Spell.from_path(path, flags["engine"])
    if asks_help(rest):
        click.echo(spell.manifest.help(path))
        return 0
    args = spell.arguments(rest + terminal.after, sys.stdin)
    return asyncio.run(_run(spell, args, terminal, flags))


def split(words: list[str]) -> tuple[str | None, list[str]]:
    """Return the path of the spell and the other words; flags of the spell may stand before it or after."""
    plain = [i for i, word in enumerate(words) if not word.startswith("-")]
    if not plain:
        return None, words
    at = next((i for i in plain if _is_spell(words[i])), plain[0])
    return words[at], words[:at] + words[at + 1 :]


def _is_spell(word: str) -> bool:
    try:
        return Path(word).is_file() and bool(language_of(word))
    except (SpellError, OSError, ValueError):
        return False


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
    execution = loop.create_task(host.execute(run, early))
    stopped_by = 0

    def stop(number: int) -> None:
        nonlocal stopped_by
        if stopped_by:
            run.kill()
        stopped_by = stopped_by or number
        run.cancel("interrupted" if number == signal.SIGINT else "terminated")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        await execution
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return stopped_by
