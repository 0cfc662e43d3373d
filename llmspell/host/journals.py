"""The journal in a file, as the project that it belongs to wants it."""

from collections.abc import Mapping
from pathlib import Path

from llmspell import settings
from llmspell.journal.sealed import SealedStore
from llmspell.journal.sealing import Seal, key_of
from llmspell.journal.sqlite import SqliteStore
from llmspell.journal.store import Store
from llmspell.secrets import Secrets


def journal_in(path: Path, root: Path, environ: Mapping[str, str], secrets: Secrets) -> Store:
    """Return the journal in a file: without secrets, and encrypted if the project says so.

    Args:
        path: the file.
        root: of the project.
        environ: where the key is.
        secrets: which nothing that is written may hold.

    Raises:
        ConfigError: the settings of the project are wrong, or there is no key for its journal.
    """
    said = settings.journal(root)
    scrub = secrets.scrub
    store = SqliteStore(path, durability=said.durability, limit=said.size, most=said.run, scrub=scrub)

    def seal() -> Seal:
        return Seal(key_of(environ))

    found = seal() if said.encrypt else None
    return SealedStore(store, lambda: found or seal(), scrub, writes=said.encrypt)
