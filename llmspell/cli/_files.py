"""Files that a command writes into a project, which may be a stranger's: over no link, and all at once."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from llmspell.errors import ConfigError, PermissionDenied
from llmspell.security import folder
from llmspell.security.folder import Folder
from llmspell.security.paths import Spot

_MOST = 16 * 1024 * 1024


def read(root: Path, path: str) -> str | None:
    """Return the text of a file, or None if there is none.

    Args:
        root: a folder that the person has named.
        path: from there on.

    Raises:
        ConfigError: the way leads over a link.
        OSError: it cannot be read.
    """
    try:
        with _at(root, path) as (where, name), where.opened(name, path) as descriptor:
            return folder.read(descriptor, _MOST).decode(errors="replace")
    except FileNotFoundError:
        return None


def write(root: Path, path: str, text: str) -> None:
    """Write a file in the place of the one that is there, or of none; raises what `read` raises."""
    with _at(root, path, make=True) as (where, name), where.fresh(name, path, _unhindered) as descriptor:
        folder.write(descriptor, text.encode(), _unhindered)


def create(root: Path, path: str, text: str) -> None:
    """Write a file that is not there yet; raises what `read` raises, and `FileExistsError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with _at(root, path, make=True) as (where, name), where.opened(name, path, flags) as descriptor:
        folder.write(descriptor, text.encode(), _unhindered)


@contextmanager
def writing(root: Path, name: str, *, over: bool) -> Iterator[IO[bytes]]:
    """Give a file to write into; it is there as a whole at the end, and not at all if anything is raised.

    Args:
        root: a folder that the person has named.
        name: of the file in it.
        over: take the place of a file that is there.

    Raises:
        FileExistsError: there is a file, and it is to stay.
        ConfigError: there is a link of that name.
        OSError: it cannot be written.
    """
    with _at(root, name) as (where, _):
        with suppress(FileNotFoundError):
            where.status(name, name)
            if not over:
                raise FileExistsError(errno.EEXIST, "there is a file")
        with where.fresh(name, name, _unhindered) as descriptor, os.fdopen(os.dup(descriptor), "wb") as file:
            yield file


@contextmanager
def _at(root: Path, path: str, *, make: bool = False) -> Iterator[tuple[Folder, str]]:
    shown = str(root / path)
    try:
        with folder.parent(Spot(shown, str(root.resolve()), Path(path).parts), make=make) as found:
            yield found
    except PermissionDenied:
        hint = "nothing is written through links; remove it, or choose another folder"
        raise ConfigError(f"{shown} leads over a symbolic link", hint=hint) from None
    except OSError as error:
        error.filename = shown
        raise


def _unhindered() -> None:
    """Let the work go on: a command ends as a whole."""
