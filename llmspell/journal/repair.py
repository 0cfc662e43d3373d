"""Puts a journal that was saved from a damaged one in its place."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal import health, recovery, schema
from llmspell.wording import clip, visible

_SIDES = ("-wal", "-shm", "")
_LOCKS = (2**30, 512)  # where SQLite locks its files: the first byte, and how many


class Repaired(NamedTuple):
    """What was saved, and where the damaged journal is now."""

    saved: recovery.Recovered
    damaged: Path


def repair(path: Path, limit: int) -> Repaired | None:
    """Save what can be saved of a damaged journal, and keep the damaged one beside it; None if it is whole. It blocks.

    Args:
        path: the file.
        limit: bytes that it may have.

    Raises:
        ArgumentError: there is no journal, or a process uses it.
        ConfigError: the file is something else, or of a newer llmspell.
        sqlite3.Error, OSError: there is no room for a new one.
    """
    if not path.exists():
        raise ArgumentError(f"there is no journal {_said(path)}")
    if _is_whole(path, limit):
        return None
    stamp = time.strftime("%Y%m%dT%H%M%S")
    damaged, new = (path.with_name(f"{path.name}.{word}-{stamp}") for word in ("damaged", "new"))
    with _alone(path):
        saved = recovery.recover(path, new, limit)
        for side in _SIDES:
            part = path.with_name(path.name + side)
            if part.exists():
                part.rename(damaged.with_name(damaged.name + side))
        if new.exists():
            new.rename(path)
    return Repaired(saved, damaged)


def _is_whole(path: Path, limit: int) -> bool:
    try:
        with closing(schema.look(path, limit)) as connection:
            return not any(finding.problems for finding in health.findings(connection))
    except (sqlite3.Error, ConfigError):
        return False


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let no process use a journal meanwhile.

    Raises:
        ArgumentError: one does.
    """
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)  # nothing of this process has it open
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKS[1], _LOCKS[0])
        yield
    except BlockingIOError:
        raise ArgumentError(f"a run uses the journal {_said(path)}", hint="wait for its end, or stop it") from None
    finally:
        os.close(lock)


def _said(path: Path) -> str:
    return clip(visible(str(path)), 200)
