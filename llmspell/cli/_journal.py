"""The journal of a project at the command line: which it is, and runs that are written into it."""

import os
from typing import Any

from llmspell import policy
from llmspell.bridge.values import plain
from llmspell.cli._terminal import Terminal
from llmspell.context import Sink
from llmspell.errors import SpellError
from llmspell.host import archive
from llmspell.host.journals import journal_in
from llmspell.host.run import Run
from llmspell.journal.owners import status
from llmspell.journal.records import RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.wording import visible

FILE = "journal.db"
"""The file of the journal among what llmspell keeps about a project."""


def journal_of(project: Project) -> Store:
    """Return the journal of a project; without secrets, and encrypted if the project says so.

    Raises:
        ConfigError: the settings of the project or of the person are wrong, or there is no key for it.
    """
    return journal_in(project.data() / FILE, project.root, os.environ, policy.vault(os.environ).known)


def write_down(run: Run, terminal: Terminal) -> None:
    """Write a run into the journal of its project; one that cannot be written down says so, and runs."""
    archive.write_down(run, journal_of(run.context.project), lambda error: warn(error, terminal))


def warn(error: SpellError, terminal: Terminal) -> None:
    """Tell that a run is not in the journal, or not all of it."""
    said = f"warning: the journal does not have this run to its end, and it cannot be resumed: {error.message}"
    terminal.tell(visible(said))


class Silence(Sink):
    """Says nothing until a run that is resumed comes to what it has not said before."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._over = False

    def end(self) -> None:
        """Say everything from now on."""
        self._over = True

    def output(self, stream: str, text: str) -> None:
        """Pass on text that is new."""
        if self._over:
            self._sink.output(stream, text)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Pass on a line that is new."""
        if self._over:
            self._sink.log(level, message, fields)

    def progress(self, line: str) -> None:
        """Pass on a line that is new."""
        if self._over:
            self._sink.progress(line)


def document(run: RunRecord) -> dict[str, Any]:
    """Return a run as data."""
    return {
        "run": run.run_id,
        "status": status(run),
        "spell": run.identity,
        "language": run.language,
        "bundle": run.bundle,
        "security": run.profile,
        "model": run.model,
        "args": run.args,
        "seed": run.seed,
        "began_ms": run.created_ms,
        "updated_ms": run.updated_ms,
        "owner": run.owner,
        "usage": run.usage,
        "result": plain(run.result),
        "error": run.error,
    }
