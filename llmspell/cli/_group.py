"""The top command: finds the others in this folder, and turns every error into words and an exit code."""

import os
import pkgutil
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from llmspell import __version__
from llmspell.cli._early import Early
from llmspell.cli._flags import speaking
from llmspell.cli._status import status
from llmspell.cli._terminal import Terminal, error_document
from llmspell.errors import ArgumentError, SpellError
from llmspell.report import render
from llmspell.wording import did_you_mean

EXIT_CODES = """\b
Exit codes:
   0  ok                          6  the model's provider failed, after retries
   1  the spell failed            7  a budget is reached
   2  wrong arguments             8  a time limit is reached
   3  wrong manifest or setting   9  an approval was denied or not given
   4  no API key, or a bad one   10  a replay differs from its record
   5  permission denied     130/143  interrupted, terminated
"""


class Commands(click.Group):
    """A group whose commands are the modules of this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands."""
        return sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, importing its module."""
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"llmspell.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take `llmspell x.lua` as `llmspell run x.lua` when the file exists; never guess otherwise."""
        names = self.list_commands(ctx)
        if args[0] not in names and os.path.exists(args[0]):  # noqa: PTH110 - `Path` fails on a name that is too long
            args = ["run", *args]
        if args[0] not in names:
            raise ArgumentError(
                f"there is no command `{args[0]}`, and no file of that name", hint=did_you_mean(args[0], names)
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="llmspell", message="%(prog)s %(version)s")
@speaking
@click.option("--cwd", type=click.Path(exists=True, file_okay=False), help="Go to this folder first.")
@click.pass_context
def top(ctx: click.Context, cwd: str | None) -> None:
    """Cast spells: Lua and JavaScript scripts that drive LLMs, each in a locked worker process."""
    if cwd:
        os.chdir(cwd)
    if ctx.invoked_subcommand is None:
        click.echo(status())


def invoke(words: list[str], early: Early | None) -> int:
    """Run the command line and return its exit code."""
    # What follows `--` is the spell's alone; click would take the mark away and mix the words.
    at = words.index("--") if "--" in words else len(words)
    terminal = Terminal(early=early, after=words[at:])
    try:
        result: Any = top.main(words[:at], prog_name="llmspell", standalone_mode=False, obj=terminal)
    except click.ClickException as error:
        return _complain(_from_click(error), terminal, words[:at])
    except (KeyboardInterrupt, click.Abort):
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read our output has seen enough; closing stdout at exit must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:
        if terminal.verbose and not isinstance(error, SpellError):
            raise
        return _complain(_worded(error), terminal, words[:at])
    finally:
        if early is not None:
            early.close()
    return result if isinstance(result, int) else 0


def _complain(error: SpellError, terminal: Terminal, words: Sequence[str]) -> int:
    """Show an error from outside a run in the form that was asked for, even if click never came to that option."""
    terminal.as_json |= "--json" in words
    terminal.no_color |= "--no-color" in words
    try:
        if terminal.as_json:
            terminal.write_document({"status": "failed", "error": error_document(error)})
            return error.exit_code
    except OSError:
        pass  # stdout cannot be written: only stderr is left
    terminal.tell(render(error, color=terminal.color))
    return error.exit_code


def _worded(error: Exception) -> SpellError:
    """Return what to tell of any error."""
    if isinstance(error, SpellError):
        return error
    if isinstance(error, OSError):
        refusal = f"the system refuses what llmspell needs: {error.strerror or type(error).__name__}"
        return SpellError(refusal, hint="`ulimit -a` shows the limits of this shell; -v shows where it happened")
    bug = f"internal error of llmspell: {type(error).__name__}"
    return SpellError(bug, hint="this is a bug: please report it, with what -v shows")


def _from_click(error: click.ClickException) -> SpellError:
    if isinstance(error, click.NoSuchOption):
        near = error.possibilities or []
        return ArgumentError(
            f"unknown option {error.option_name}",
            hint=f"did you mean {near[0]}?" if near else "llmspell --help lists the options",
        )
    return ArgumentError(error.format_message())
