"""`llmspell ask`: one question, no script."""

import asyncio
import os
import sys
from typing import Any

import click

from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal, TerminalSink, shown
from llmspell.errors import ArgumentError, SpellError
from llmspell.globals.ask import Ask, Reply
from llmspell.host.host import Host
from llmspell.notation import WORDS
from llmspell.policy import Policy
from llmspell.project import Project
from llmspell.spell import read_input
from llmspell.wording import did_you_mean


@click.command("ask", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-m", "--model", help="provider/model, or echo.")
@click.option("-s", "--system", help="Instructions that come before the prompt.")
@click.option("--schema", help="Answer with data of this shape: 'title, year int, tags list'.")
@speaking
@click.argument("prompt")
@click.argument("dash", required=False, metavar="[-]")
@click.pass_obj
def command(
    terminal: Terminal, prompt: str, dash: str | None, model: str | None, system: str | None, schema: str | None
) -> int:
    """Ask a model one question. What is piped in follows the PROMPT; a final - insists on it."""
    if dash not in (None, "-"):
        raise ArgumentError(f"what is `{dash}`?", hint="put the prompt in quotes")
    if dash == "-" or not sys.stdin.isatty():
        piped = read_input("text", ["-"], sys.stdin)
        prompt = f"{prompt}\n\n{piped}" if piped.strip() else prompt
    fields = None if schema is None else parse_schema(schema)
    return asyncio.run(_ask(terminal, prompt, {"system": system, "schema": fields}, model))


def parse_schema(text: str) -> dict[str, Any]:
    """Return fields in the notation of schemas for words such as `title, year int, tags list`."""
    fields: dict[str, Any] = {}
    for part in text.split(","):
        name, *kind = part.split()[:3] or [""]
        if not name.isidentifier() or len(kind) > 1:
            raise ArgumentError(f"`{part.strip()}` is not a field: write a name and its type", hint="title, year int")
        fields[name] = kind[0] if kind else "string"
        if fields[name] not in WORDS:  # in a script it would be a default; here nobody means one
            raise ArgumentError(f"`{fields[name]}` is not a type", hint=did_you_mean(fields[name], WORDS))
    return fields


async def _ask(terminal: Terminal, prompt: str, options: dict[str, Any], model: str | None) -> int:
    sink = TerminalSink(terminal)
    async with Host(model=model, policy=Policy.of(Project.of(), os.environ)) as host:
        verbs = Ask(host.context("ask", sink))
        try:
            if options["schema"] is None and not terminal.as_json:
                await verbs.say(prompt, **options)
                return 0
            reply = await verbs.ask(prompt, **options)
        except SpellError:
            if sink.unheard:
                raise BrokenPipeError from None
            raise
    if terminal.as_json:
        terminal.write_document(document(reply))
    else:
        terminal.write(shown(result(reply), pretty=sys.stdout.isatty()))
    return 0


def document(reply: Reply) -> dict[str, Any]:
    """Return the one document of `--json`."""
    return {"status": "ok", "result": result(reply), "model": reply.model, "usage": reply.usage}


def result(reply: Reply) -> Any:
    """Return the data that was asked for, be it empty, or else the text."""
    return reply.text if reply.data is None else reply.data
