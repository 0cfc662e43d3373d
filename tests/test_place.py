"""Where a database of ours may lie: in a file of its owner, behind no link, on a disk of this machine."""

import ctypes
import os
import sqlite3
import stat
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from llmspell import place
from llmspell.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


def test_the_file_and_its_folder_are_of_the_owner_alone(path: Path) -> None:
    place.prepare(path, "the journal")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_may_read_becomes_private(path: Path) -> None:
    place.prepare(path, "the journal")
    path.write_text("kept")
    path.chmod(0o644)
    place.prepare(path, "the journal")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_text()) == (0o600, "kept")


@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db-journal"])
def test_a_link_is_not_followed(path: Path, name: str) -> None:
    path.parent.mkdir()
    (path.parent / name).symlink_to(path.parent / "elsewhere")
    with pytest.raises(ConfigError, match=f"cannot be behind a link: .*{name}"):
        place.prepare(path, "the journal")
    assert not (path.parent / "elsewhere").exists()


@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal", "journal.db-shm"])
def test_a_pipe_is_no_file(path: Path, name: str) -> None:
    path.parent.mkdir()
    os.mkfifo(path.parent / name)
    with pytest.raises(ConfigError, match=f"the journal must be in a file: .*{name} is none"):
        place.inspect(path, "the journal")


def test_a_folder_that_is_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path.parent.symlink_to(tmp_path / "real")
    with pytest.raises(ConfigError, match="cannot be behind a link"):
        place.prepare(path, "the journal")
    assert list((tmp_path / "real").iterdir()) == []


def test_a_file_with_two_names_is_refused(path: Path) -> None:
    place.prepare(path, "the journal")
    path.with_name("other").hardlink_to(path)
    with pytest.raises(ConfigError, match="must be in a file of its own"):
        place.prepare(path, "the journal")


def precious(path: Path) -> Path:
    other = path.parents[1] / "precious"
    other.write_text("kept")
    return other


def test_a_file_of_ours_is_opened_and_private(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        place.opened(path, "the log", os.O_RDONLY)
    assert not path.parent.exists(), "only whoever makes a file makes its folder"
    for _ in range(2):
        os.close(place.opened(path, "the log", os.O_WRONLY | os.O_CREAT))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        (lambda path: path.symlink_to("/dev/zero"), "the log cannot be behind a link"),
        (os.mkfifo, "the log must be in a file: .* is none"),
        (Path.mkdir, "the log must be in a file: .* is none"),
        (lambda path: path.hardlink_to(precious(path)), "the log must be in a file of its own"),
    ],
    ids=["link", "pipe", "folder", "two names"],
)
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR | os.O_CREAT])
def test_what_is_no_file_of_ours_is_not_opened(
    path: Path, flags: int, plant: Callable[[Path], None], message: str
) -> None:
    path.parent.mkdir()
    plant(path)
    with pytest.raises(ConfigError, match=message):
        place.opened(path, "the log", flags)


def test_a_file_of_somebody_else_is_not_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.close(place.opened(path, "the log", os.O_WRONLY | os.O_CREAT))
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigError, match="the log is another user's"):
        place.opened(path, "the log", os.O_RDONLY)


def test_a_log_that_sqlite_would_roll_back_is_refused(path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "precious"
    victim.write_text("kept")
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
        place.use_wal(connection, path, 1)
    path.with_name(path.name + "-journal").write_bytes(_log(path.stat().st_size // 4096, str(victim).encode()))
    with pytest.raises(ConfigError, match=r"llmspell has not made what lies beside the journal: .*journal\.db-journal"):
        place.inspect(path, "the journal")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT * FROM t")
    assert not victim.exists(), "SQLite does no harm with such a log any more: it need not be refused"


def _log(pages: int, victim: bytes) -> bytes:
    """Return a log of SQLite that says: the log of several databases is in that file, and no longer needed."""
    magic = bytes.fromhex("d9d505f920a163d7")
    head = magic + struct.pack(">5I", 0, 1, pages, 512, 4096)
    return (
        head.ljust(512, b"\0")
        + struct.pack(">I", 2**30 // 4096 + 1)
        + victim
        + struct.pack(">2I", len(victim), sum(victim))
        + magic
    )


def test_a_database_is_made_without_such_a_log(path: Path) -> None:
    place.prepare(path, "the journal")
    watch = _watched(path.parent)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        place.use_wal(connection, path, 1, shrinks=True)
        connection.execute("CREATE TABLE t (x)")
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    events = os.read(watch, 65536)
    os.close(watch)
    assert b"journal.db-wal\0" in events
    assert b"journal.db-journal\0" not in events


def _watched(folder: Path) -> int:
    """Return what tells of every file that is made in a folder."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch: int = libc.inotify_init()
    assert libc.inotify_add_watch(watch, os.fsencode(folder), 0x100) >= 0
    return watch


def mounts(tmp_path: Path, *lines: tuple[str, str]) -> Path:
    table = tmp_path / "mountinfo"
    rows = [f"{n} 1 0:{n} / {point} rw,relatime shared:1 - {kind} dev rw\n" for n, (point, kind) in enumerate(lines)]
    table.write_text("".join(rows))
    return table


def test_a_network_file_system_is_refused(path: Path, tmp_path: Path) -> None:
    table = mounts(tmp_path, ("/", "ext4"), (str(tmp_path), "nfs4"))
    with pytest.raises(ConfigError, match=r"network file system \(nfs4\)") as caught:
        place.prepare(path, "the journal", table)
    assert str(path.parent) in (caught.value.hint or "")
    assert not path.exists()


def test_the_nearest_mount_decides_and_of_two_the_later(tmp_path: Path) -> None:
    inner = tmp_path / "my disk"
    inner.mkdir()
    escaped = str(inner).replace(" ", "\\040")
    assert place.shared(inner, mounts(tmp_path, ("/", "nfs"), (escaped, "xfs"))) is None
    assert place.shared(inner, mounts(tmp_path, (escaped, "xfs"), (escaped, "cifs"), ("/", "ext4"))) == "cifs"
    assert place.shared(tmp_path, mounts(tmp_path, ("/", "ext4"), (escaped, "cifs"))) is None


def test_where_nothing_is_known_nothing_is_refused(tmp_path: Path) -> None:
    assert place.shared(tmp_path, tmp_path / "no table") is None
