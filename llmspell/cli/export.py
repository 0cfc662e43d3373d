"""`llmspell export`: a run as one file, which tells all of it without llmspell."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import click

from llmspell.cli import _files, _reading
from llmspell.cli._flags import speaking
from llmspell.cli._journal import document, journal_of
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal.owners import status
from llmspell.journal.records import RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.story import account, markdown, page, parcel
from llmspell.story.account import Account
from llmspell.wording import clip, listed, visible

_PAGES: dict[str, tuple[Callable[[Account], Iterator[str]], int]] = {
    ".html": (page.write, page.CALLS),
    ".md": (markdown.write, markdown.CALLS),
}
FORMS = (*_PAGES, ".zip")
"""What a run can be written as, by the end of the name of the file."""


@click.command("export", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-o", "--output", metavar="FILE", help="The file: .html, .md or .zip.  [default: the id with .html]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, run: str, output: str | None, force: bool) -> int:
    """Write RUN into one file: its id, the beginning of that, or `latest`.

    A page (.html) and a report (.md) are for people, and leave out what is too much for them; a .zip has all of it as
    JSON, with the files of the spell. The page loads nothing and runs nothing: it can be looked at whatever it holds.
    """
    return asyncio.run(_export(journal_of(Project.of()), run, output, force, terminal))


async def _export(store: Store, name: str, output: str | None, force: bool, terminal: Terminal) -> int:
    run = await store.run(name)
    path = Path(output) if output else Path(re.sub(r"[^A-Za-z0-9.]", "_", clip(run.run_id, 60)).lstrip(".") + ".html")
    form = path.suffix.lower()
    if form not in FORMS:
        hint = f"-o run{FORMS[0]} for a page, -o run.md for a report, -o run.zip for all of it"
        raise ArgumentError(f"--output: the name must end in {listed(FORMS)}", hint=hint)
    if not path.parent.is_dir():
        raise ArgumentError(f"--output: there is no folder {visible(str(path.parent))}")
    try:
        with _files.writing(path.parent, path.name, over=force) as file:
            await (_parcel(store, run, file) if form == ".zip" else _page(store, run, file, form))
    except FileExistsError:
        raise ArgumentError(f"there is a file {visible(str(path))} already", hint="--force writes over it") from None
    except IsADirectoryError:
        raise ArgumentError(f"--output: {visible(str(path))} is a folder") from None
    except OSError as error:
        raise ConfigError(f"cannot write {visible(str(path))}: {error.strerror or type(error).__name__}") from None
    if terminal.as_json:
        terminal.write_document({"status": "ok", "run": run.run_id, "file": str(path)})
    else:
        terminal.note(f"wrote {path}")
    return 0


async def _parcel(store: Store, run: RunRecord, file: IO[bytes]) -> None:
    await parcel.write(file, store, run, document(run))


async def _page(store: Store, run: RunRecord, file: IO[bytes], form: str) -> None:
    write, most = _PAGES[form]
    timelines = await _reading.family(store, run)
    texts = await _reading.texts(store, run)
    told = await account.gather(store, timelines, status(run), texts, most)
    for piece in write(told):
        file.write(piece.encode(errors="backslashreplace"))
