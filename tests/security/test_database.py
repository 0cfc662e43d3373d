"""The bytes of a database while others write it: whole, or a word about why not."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import SHOP, make

from llmspell.errors import Cancelled, PermissionDenied, ScriptError
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security import database
from llmspell.security.database import Snapshot, snapshot
from llmspell.security.disk import Disk
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Rules

LATER = 10**10  # nanoseconds


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make(tmp_path / "shop.db", SHOP)
    return tmp_path


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the files of a test be older than they are."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + LATER)


def taken(root: Path, known: database.Mark | None = None, path: str = "shop.db") -> Snapshot:
    profile = Profile.load("medium")
    paths = Paths(Rules(profile.label, profile.permissions), Project(root), root / "spell.lua", SUFFIXES)
    return snapshot(Disk(paths), path, known, lambda: None)


@pytest.fixture
def writer(root: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(root / "shop.db", isolation_level=None)) as connection:
        yield connection


@pytest.mark.usefixtures("later")
def test_a_file_is_read_once_for_each_of_its_states(root: Path, writer: sqlite3.Connection) -> None:
    first = taken(root)
    assert first.data == (root / "shop.db").read_bytes()
    assert taken(root, first.mark) == Snapshot(first.mark, None)
    times = (root / "shop.db").stat()
    writer.execute("update customers set name = 'Eve' where id = 1")
    os.utime(root / "shop.db", ns=(times.st_atime_ns, times.st_mtime_ns))
    second = taken(root, first.mark)
    assert second.data is not None
    assert b"Eve" in second.data
    assert second.mark != first.mark


def test_a_file_that_has_just_changed_is_read_again(root: Path) -> None:
    assert taken(root).mark is None


@pytest.mark.usefixtures("later")
def test_a_file_that_took_the_place_of_another_is_another(root: Path) -> None:
    first = taken(root)
    shutil.copy2(root / "shop.db", root / "copy.db")
    (root / "copy.db").replace(root / "shop.db")
    assert taken(root, first.mark).data == first.data


def test_changes_in_a_log_beside_the_file_are_not_overlooked(root: Path, writer: sqlite3.Connection) -> None:
    writer.execute("pragma journal_mode = wal")
    writer.execute("insert into customers values (4, 'Edsger', 'Austin')")
    with pytest.raises(ScriptError, match="has changes that are not in the file yet") as raised:
        taken(root)
    assert raised.value.hint == 'sqlite3 shop.db "pragma wal_checkpoint(truncate)" brings them in'
    writer.execute("pragma wal_checkpoint(truncate)")
    assert (root / "shop.db-wal").exists()
    found = taken(root).data
    assert found is not None
    assert b"Edsger" in found


def test_what_a_hint_tells_to_type_is_quoted(root: Path) -> None:
    name = "a; rm -rf $(x).db"
    with closing(sqlite3.connect(root / name, isolation_level=None)) as other:
        other.executescript("pragma journal_mode = wal; create table t (x);")
        with pytest.raises(ScriptError) as raised:
            taken(root, path=name)
    assert raised.value.hint is not None
    assert f"sqlite3 '{name}' " in raised.value.hint


def test_a_change_that_was_cut_off_is_told(root: Path) -> None:
    """A process is killed in the middle of a transaction whose pages have begun to reach the file."""
    script = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('pragma cache_size = 1'); c.execute('begin exclusive')\n"
        "c.executemany('insert into customers (name) values (?)', [('x' * 2000,)] * 200)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(root / "shop.db")], check=False)
    assert done.returncode == -9
    with pytest.raises(ScriptError, match=r"shop\.db is not whole: a change to it was cut off") as raised:
        taken(root)
    assert raised.value.hint == 'sqlite3 shop.db "pragma quick_check" opens it and takes the change back'
    with closing(sqlite3.connect(root / "shop.db")) as healer:
        assert healer.execute("select count(*) from customers").fetchone() == (3,)
    assert taken(root).data


def test_a_journal_of_a_change_that_is_done_is_none(root: Path, writer: sqlite3.Connection) -> None:
    writer.execute("pragma journal_mode = persist")
    writer.execute("insert into customers values (4, 'Edsger', 'Austin')")
    assert (root / "shop.db-journal").stat().st_size > 0
    assert taken(root).data


def test_somebody_who_is_about_to_write_is_no_trouble(root: Path, writer: sqlite3.Connection) -> None:
    writer.execute("begin immediate")
    writer.execute("insert into customers values (4, 'Edsger', 'Austin')")
    assert (root / "shop.db-journal").exists()
    found = taken(root).data
    assert found is not None
    assert b"Edsger" not in found
    writer.execute("commit")


def test_somebody_who_writes_is_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, asked = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(root / "shop.db", isolation_level=None)) as other:
            other.execute("begin exclusive")
            other.execute("insert into customers values (4, 'Edsger', 'Austin')")
            held.set()
            asked.wait()
            other.execute("commit")

    wait = database._wait

    def noticed(until: float, path: str, check: object) -> None:
        asked.set()
        wait(time.monotonic() + 1, path, lambda: None)

    monkeypatch.setattr(database, "_wait", noticed)
    other = threading.Thread(target=write)
    other.start()
    held.wait()
    found = taken(root).data
    other.join()
    assert found is not None
    assert b"Edsger" in found


def test_somebody_who_writes_for_ever_is_not(
    root: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.0)
    writer.execute("begin exclusive")
    with pytest.raises(ScriptError, match="is being written by another program all the time") as raised:
        taken(root)
    assert raised.value.retryable


def test_nobody_waits_who_does_not_want_it_any_more(root: Path, writer: sqlite3.Connection) -> None:
    writer.execute("begin exclusive")

    def unwanted() -> None:
        raise Cancelled("cancelled")

    profile = Profile.load("medium")
    paths = Paths(Rules(profile.label, profile.permissions), Project(root), root / "spell.lua", SUFFIXES)
    with pytest.raises(Cancelled):
        snapshot(Disk(paths), "shop.db", None, unwanted)


def test_readers_do_not_lock_out_writers_afterwards(root: Path, writer: sqlite3.Connection) -> None:
    taken(root)
    writer.execute("begin exclusive")
    writer.execute("commit")


def test_a_file_that_is_written_while_it_is_read_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = database.folder.read
    whole: list[int] = []

    def read(file: int, most: int, offset: int = 0) -> bytes:
        data = reads(file, most, offset)
        if most > 1000:
            whole.append(len(data))
            if len(whole) == 1:
                with (root / "shop.db").open("ab") as more:
                    more.write(bytes(4096))
        return data

    monkeypatch.setattr(database.folder, "read", read)
    found = taken(root).data
    assert len(whole) == 2
    assert found == (root / "shop.db").read_bytes()


def test_what_is_no_database_is_told_apart(root: Path) -> None:
    (root / "empty.db").touch()
    (root / "text.db").write_text("SQLite format 2" + "x" * 1000)
    with (root / "large.db").open("wb") as large:
        large.truncate(database.LARGEST + 1)
    (root / "folder.db").mkdir()
    os.mkfifo(root / "pipe.db")
    (root / "link.db").symlink_to(root / "shop.db")
    said = {}
    for name in ("empty", "text", "large", "folder", "pipe", "link", "nowhere"):
        with pytest.raises((ScriptError, PermissionDenied)) as raised:
            taken(root, path=f"{name}.db")
        said[name] = raised.value.message
    assert said == {
        "empty": "empty.db is empty: no database has been written to it yet",
        "text": "text.db is not a SQLite database, or an encrypted one",
        "large": "large.db has 64.0 MiB, over the limit of 64 MiB",
        "folder": "folder.db is a folder",
        "pipe": "pipe.db is not a file",
        "link": "link.db leads over a symbolic link",
        "nowhere": "nowhere.db does not exist",
    }


def test_a_system_without_such_locks_reads_all_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_SET", None)
    monkeypatch.setattr(database, "_GET", None)
    assert taken(root).data
