"""`llmspell ask`: one question, no script."""

import asyncio
import sys
from typing import Any

import click

from llmspell.cli._terminal import Terminal, TerminalSink, shown
from llmspell.errors import ArgumentError
from llmspell.globals.ask import Ask, Reply
from llmspell.host.host import Host


@click.command("ask", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-m", "--model", help="provider/model, or echo.")
@click.option("-s", "--system", help="Instructions that come before the prompt.")
@click.option("--schema", help="Answer with data of this shape: 'title, year int, tags list'.")
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
        piped = sys.stdin.read()
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
    return fields


async def _ask(terminal: Terminal, prompt: str, options: dict[str, Any], model: str | None) -> int:
    sink = TerminalSink(terminal)
    async with Host(model=model) as host:
        verbs = Ask(host.context("ask", sink))
        if options["schema"] is not None or terminal.as_json:
            reply: Reply = await verbs.ask(prompt, **options)
            value = reply.data if reply.data is not None else reply.text
            terminal.write(shown(value, pretty=sys.stdout.isatty()) if not terminal.as_json else as_document(reply))
        else:
            await verbs.say(prompt, **options)
    return 0


def as_document(reply: Reply) -> str:
    """Return the one document of `--json`."""
    return shown(
        {"status": "ok", "result": reply.data or reply.text, "model": reply.model, "usage": reply.usage}, pretty=False
    )
