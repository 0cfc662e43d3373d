"""A journal that is encrypted: who has the key reads it as ever, and who has not learns when and how much, not what."""

import base64
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import keyring
import pytest
from journaled import FILES, call, run_of, sealed_store, sqlite_store
from keyring.backend import KeyringBackend

from llmspell.errors import ArgumentError, ConfigError
from llmspell.journal import schema
from llmspell.journal.records import Entry, Line
from llmspell.journal.recovery import recover
from llmspell.journal.sealed import SealedStore
from llmspell.journal.sealing import Seal, key_of
from llmspell.journal.sqlite import SqliteStore
from llmspell.journal.store import Store
from llmspell.journal.values import fingerprint
from llmspell.secrets import Secrets

KEY = bytes(range(32))
LONG = "a long secret story " * 100
RUN = "RUN00001"


async def entries(store: Store) -> list[Entry]:
    return [entry async for entry in store.calls(RUN)]


async def fill(store: Store) -> None:
    """Keep a run with something secret in all that it has."""
    files = {"main.lua": {"language": "lua", "source": "secret source " * 50, "uses": {}}}
    hold = await store.begin(run_of(args={"x": "secret argument"}, info={"data": "secret setting"}), files)
    usage = {"usage": {"requests": 1, "usd": 0.5}, "said": "secret word"}
    await store.record(hold, [call(1, {"text": LONG}, request=["secret request", LONG], meta=usage)])
    await store.record(hold, [call(2, {"kind": "http", "message": "secret error"}, ok=False)])
    waiting = call(3, ok=None, value=None, place=None, request=["secret question"], effect="external")
    await store.record(hold, [waiting])
    assert await store.resolve(RUN, 3, True, "secret answer", fingerprint=waiting.fingerprint, meta={"by": "secret me"})
    line = Line(t_ms=1, stream="log", text="secret line", level="info", fields={"x": "secret field"})
    await store.write_lines(hold, [line])
    await store.finish(hold, "failed", result="secret result", error={"kind": "script", "message": "secret end"})


@pytest.fixture
async def filled(tmp_path: Path) -> AsyncIterator[SealedStore]:
    store = sealed_store(tmp_path)
    await fill(store)
    yield store
    await store.close()


async def test_who_has_the_key_reads_all_of_it(filled: SealedStore) -> None:
    run = await filled.run("latest")
    assert (run.args, run.info, run.result) == ({"x": "secret argument"}, {"data": "secret setting"}, "secret result")
    assert run.error == {"kind": "script", "message": "secret end"}
    assert (await filled.files(run.bundle))["main.lua"]["source"] == "secret source " * 50
    first, second, third = await entries(filled)
    assert (first.request, first.value) == (["secret request", LONG], {"text": LONG})
    assert first.meta == {"usage": {"requests": 1, "usd": 0.5}, "said": "secret word"}
    assert first.fingerprint == fingerprint("ask", ["secret request", LONG])
    assert second.value == {"kind": "http", "message": "secret error"}
    assert (third.value, third.meta["by"]) == ("secret answer", "secret me")
    ((_, line),) = [each async for each in filled.lines(RUN)]
    assert (line.text, line.level, line.fields) == ("secret line", "info", {"x": "secret field"})


async def test_the_file_has_nothing_of_it_and_neither_do_hashes_tell(filled: SealedStore, tmp_path: Path) -> None:
    await filled.close()
    path = tmp_path / "data" / "journal.db"
    plain = sqlite_store(tmp_path / "plain")
    await fill(plain)
    await plain.close()
    with closing(schema.look(plain.path, 2**30)) as before, closing(schema.look(path, 2**30)) as sealed:
        hashes = {row["fp"] for row in before.execute("SELECT fp FROM calls WHERE fp <> x''")}
        hashes |= {row["sha"] for row in before.execute("SELECT sha FROM blobs")}
        told = " ".join(line for table in ("runs", "calls", "lines") for line in _rows(sealed, table))
        shas = [row["sha"] for row in sealed.execute("SELECT sha FROM blobs")]
        opened = b"".join(row["bytes"] for row in sealed.execute("SELECT bytes FROM blobs"))
    assert not hashes & {*shas}
    for text in (path.read_bytes(), told.encode(), opened):
        assert b"secret" not in text
        assert base64.b64encode(b"secret ")[:8] not in text
        assert not any(each in text for each in hashes)


def _rows(connection: object, table: str) -> list[str]:
    return [repr(tuple(row)) for row in connection.execute(f"SELECT * FROM {table}")]  # type: ignore[attr-defined]


async def test_what_is_said_again_is_kept_once(tmp_path: Path) -> None:
    store = sealed_store(tmp_path)
    hold = await store.begin(run_of(), FILES)
    for number in range(1, 51):
        history = [f"turn {turn} " + LONG for turn in range(number)]
        await store.record(hold, [call(number, history[-1], request=history)])
    assert (await entries(store))[49].request == history
    await store.close()
    with closing(schema.look(tmp_path / "data" / "journal.db", 2**30)) as connection:
        (blobs,) = connection.execute("SELECT count(*) FROM blobs").fetchone()
    assert blobs <= 100 + 50  # each turn, and the list of turns of each request


async def test_another_key_and_a_damaged_value_are_told_apart(filled: SealedStore, tmp_path: Path) -> None:
    other = SealedStore(sqlite_store(tmp_path), lambda: Seal(bytes(32)))
    with pytest.raises(ConfigError, match="is encrypted with another key") as caught:
        await other.run("latest")
    assert caught.value.hint == "set LLMSPELL_JOURNAL_KEY to the key that it was written with"
    await other.close()
    seal = Seal(KEY)
    whole = seal.encrypt(b"text")
    assert seal.decrypt(whole) == b"text"
    placed = seal.encrypt(b"text", b"here")
    assert seal.decrypt(placed, b"here") == b"text"
    assert placed[4:16] != whole[4:16]  # or two tags of one nonce would tell the key of tags
    with pytest.raises(ConfigError, match="a value in the journal is damaged"):
        seal.decrypt(placed, b"there")
    for broken in (whole[:-1], whole[:10], whole[:20] + bytes([whole[20] ^ 1]) + whole[21:], whole[:4]):
        with pytest.raises(ConfigError, match="a value in the journal is damaged"):
            seal.decrypt(broken)


async def test_a_value_that_says_it_is_short_cannot_be_huge(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = Seal(KEY)
    whole = seal.encrypt(bytes(1_000_000))
    monkeypatch.setattr("llmspell.journal.sealing.LARGEST", 1000)
    with pytest.raises(ConfigError, match="damaged"):
        seal.decrypt(whole)


async def test_what_was_written_before_is_still_read_and_a_run_goes_on_encrypted(tmp_path: Path) -> None:
    plain = sqlite_store(tmp_path)
    hold = await plain.begin(run_of(args={"x": "open"}), FILES)
    asked = call(2, ok=None, value=None, place=None, request=["open"], effect="external")
    await plain.record(hold, [call(1, "open"), asked])
    await plain.close()
    store = sealed_store(tmp_path)
    with pytest.raises(ArgumentError):
        await store.resolve(RUN, 2, True, "secret", fingerprint=b"x" * 12)
    assert await store.resolve(RUN, 2, True, "secret", fingerprint=asked.fingerprint)
    hold = await store.resume(RUN, "me")
    await store.record(hold, [call(2, None, ok=None, request=["open"], effect="external"), call(3, "secret")])
    assert [entry.value for entry in await entries(store)] == ["open", "secret", "secret"]
    assert (await store.run(RUN)).args == {"x": "open"}
    await store.close()
    reading = SealedStore(sqlite_store(tmp_path), lambda: Seal(b"k" * 32), writes=False)
    assert [entry.value for entry in await entries(reading)] == ["open", "secret", "secret"]
    await reading.close()


async def test_secrets_are_names_in_what_is_encrypted(tmp_path: Path) -> None:
    store = sealed_store(tmp_path, scrub=Secrets({"KEY": "hunter2!"}).scrub)
    hold = await store.begin(run_of(args=["hunter2!"]), FILES)
    await store.record(hold, [call(1, "hunter2!", request=["hunter2!"])])
    await store.write_lines(hold, [Line(t_ms=1, stream="out", text="hunter2!")])
    (entry,) = await entries(store)
    assert ((await store.run(RUN)).args, entry.request, entry.value) == (["[secret:KEY]"],) * 2 + ("[secret:KEY]",)
    assert [line.text async for _, line in store.lines(RUN)] == ["[secret:KEY]"]
    await store.close()


async def test_it_is_checked_and_saved_without_the_key(filled: SealedStore, tmp_path: Path) -> None:
    await filled.close()
    store = sqlite_store(tmp_path)
    assert [finding.problems for finding in await store.check() if finding.problems] == []
    await store.close()
    recover(tmp_path / "data" / "journal.db", tmp_path / "saved" / "journal.db", 2**30)
    saved = SealedStore(SqliteStore(tmp_path / "saved" / "journal.db"), _seal)
    assert (await entries(saved))[0].value == {"text": LONG}
    await saved.close()


def _seal() -> Seal:
    return Seal(b"k" * 32)


# -- who can write the file, and has no key ---------------------------------------------------------------------------

COPIED = "UPDATE calls SET {0} = (SELECT {0} FROM calls WHERE run_id = '{1}' AND no = {2} AND key = '{3}')"
FIRST = " WHERE run_id = 'RUN00001' AND no = 1 AND key = ''"


@pytest.mark.parametrize(
    "sql",
    [
        COPIED.format("res", RUN, 3, "") + FIRST,
        COPIED.format("req", RUN, 3, "") + FIRST,
        COPIED.format("fp", RUN, 3, "") + FIRST,
        COPIED.format("meta", "OTHER", 1, "") + FIRST,
        COPIED.format("res", "OTHER", 1, "") + FIRST,
        COPIED.format("res", "OTHER", 1, "x:1") + FIRST,
        "UPDATE calls SET res = req" + FIRST,
        "UPDATE calls SET res = 'true'" + FIRST,
        "UPDATE calls SET res = 'null'" + FIRST,
        "UPDATE calls SET req = '[\"planted\"]'" + FIRST,
        "UPDATE calls SET fp = x'000102030405060708090a0b'" + FIRST,
        "UPDATE calls SET fp = x''" + FIRST,
        'UPDATE calls SET meta = \'{"said": "planted"}\'' + FIRST,
        "UPDATE calls SET effect = 'read'" + FIRST.replace("no = 1", "no = 3"),
        "UPDATE calls SET ok = 1" + FIRST.replace("no = 1", "no = 2"),
        "UPDATE runs SET info = '{}' WHERE run_id = 'RUN00001'",
        "UPDATE runs SET args = '{\"x\": \"planted\"}' WHERE run_id = 'RUN00001'",
        "UPDATE runs SET args = 'null' WHERE run_id = 'RUN00001'",
        "UPDATE runs SET model = 'another/model' WHERE run_id = 'RUN00001'",
        "UPDATE runs SET result = '\"planted\"' WHERE run_id = 'RUN00001'",
        "UPDATE runs SET info = (SELECT info FROM runs WHERE run_id = 'OTHER') WHERE run_id = 'RUN00001'",
        "UPDATE lines SET run_id = 'RUN00001', no = 7 WHERE run_id = 'OTHER'",
        "UPDATE lines SET level = 'info', text = '\"planted\"' WHERE run_id = 'RUN00001'",
    ],
)
async def test_what_is_changed_or_moved_without_the_key_is_refused(
    filled: SealedStore, tmp_path: Path, sql: str
) -> None:
    other = await filled.begin(run_of("OTHER", args={"x": 1}, info={"data": "other"}), FILES)
    await filled.record(other, [call(1, "other", meta={"said": "other"}), call(1, "inner", key="x:1", place=None)])
    await filled.write_lines(other, [Line(t_ms=1, stream="out", text="other")])
    with closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as connection:
        assert connection.execute(sql).rowcount == 1
        connection.commit()
    store = sealed_store(tmp_path)
    with pytest.raises(ConfigError, match=r"damaged|somebody has changed it"):
        await read_all(store)
    await store.close()


async def read_all(store: Store) -> None:
    """Read all that a run has."""
    await store.run(RUN)
    await entries(store)
    assert [each async for each in store.lines(RUN)]


async def test_a_bundle_is_not_taken_for_another(filled: SealedStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as connection:
        connection.execute("INSERT INTO bundles SELECT ?, size, files FROM bundles LIMIT 1", ("c" * 64,))
        connection.commit()
    with pytest.raises(ConfigError, match="damaged"):
        await filled.files("c" * 64)


async def test_a_fork_is_encrypted_for_its_own_place_and_so_is_a_fork_of_it(
    filled: SealedStore, tmp_path: Path
) -> None:
    await filled.fork(RUN, None, run_of("FORK1"), FILES)
    await filled.fork("FORK1", 2, run_of("FORK2"), FILES)
    forked = [entry async for entry in filled.calls("FORK2")]
    (first, *_) = await entries(filled)
    assert [(each.no, each.value, each.fingerprint) for each in forked] == [(1, first.value, first.fingerprint)]
    assert forked[0].meta == first.meta | {"from": "FORK1"}
    with closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as connection:
        connection.execute(COPIED.format("res", RUN, 1, "") + " WHERE run_id = 'FORK2' AND no = 1")
        connection.commit()
    with pytest.raises(ConfigError, match="damaged"):
        [entry async for entry in filled.calls("FORK2")]


async def test_a_run_that_began_encrypted_goes_on_so_where_the_project_does_not_ask_for_it(
    filled: SealedStore, tmp_path: Path
) -> None:
    store = SealedStore(sqlite_store(tmp_path), _seal, writes=False)
    hold = await store.fork(RUN, 2, run_of("FORK"), FILES)
    waiting = call(2, ok=None, value=None, place=None, request=["secret question"], effect="external")
    await store.record(hold, [waiting])
    await store.write_lines(hold, [Line(t_ms=1, stream="out", text="secret line")])
    again = SealedStore(sqlite_store(tmp_path), _seal, writes=False)
    assert await again.resolve("FORK", 2, True, "secret answer", fingerprint=waiting.fingerprint)
    hold = await again.resume("FORK", "me")
    await again.record(hold, [call(3, "secret", place=None)])
    await again.finish(hold, "done", result="secret result")
    assert [entry.value async for entry in again.calls("FORK")] == [{"text": LONG}, "secret answer", "secret"]
    assert (await again.run("FORK")).result == "secret result"
    await store.close()
    await again.close()
    assert b"secret" not in (tmp_path / "data" / "journal.db").read_bytes()


async def test_where_the_journal_is_full_and_where_it_was_cut_is_told_without_the_key(
    filled: SealedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await filled.begin(run_of("MUCH"), FILES)
    monkeypatch.setattr("llmspell.journal.lines.MOST", 0)
    await filled.write_lines(hold, [Line(t_ms=1, stream="out", text="secret")] * 2)
    (told,) = [line.text async for _, line in filled.lines("MUCH")]
    assert told.startswith("this is all that the journal keeps")
    with closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as connection:
        connection.execute("UPDATE runs SET info = json_set(info, '$.cut', 3) WHERE run_id = ?", (RUN,))
        connection.commit()
    assert (await filled.run(RUN)).info == {"data": "secret setting", "cut": 3}


# -- the key ----------------------------------------------------------------------------------------------------------


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, password: str | None) -> None:
        super().__init__()
        self.password = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.password if (service, username) == ("llmspell", "journal") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.password = password

    def delete_password(self, service: str, username: str) -> None:
        self.password = None


@pytest.fixture
def ring() -> AsyncIterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_key_is_in_the_environment(encode: object, end: str) -> None:
    text = encode(b"\xfb\xff" * 16).decode()  # type: ignore[operator]
    assert key_of({"LLMSPELL_JOURNAL_KEY": text + end}) == key_of({"LLMSPELL_JOURNAL_KEY": text.rstrip("=")})


def test_or_in_the_keyring(ring: None) -> None:
    keyring.set_keyring(Ring(base64.b64encode(KEY).decode() + "\n"))
    assert key_of({}) == KEY
    keyring.set_keyring(Ring(None))
    with pytest.raises(ConfigError, match="there is no key") as caught:
        key_of({})
    assert caught.value.hint is not None
    assert "export LLMSPELL_JOURNAL_KEY=$(openssl rand -base64 32)" in caught.value.hint


@pytest.mark.parametrize("text", ["no key", "c2hvcnQ=", base64.b64encode(bytes(33)).decode(), "é"])
def test_what_is_no_key_is_not_shown(text: str) -> None:
    with pytest.raises(ConfigError, match="the key of the journal is not 32 bytes in base64") as caught:
        key_of({"LLMSPELL_JOURNAL_KEY": text})
    assert text not in f"{caught.value} {caught.value.hint}"


def test_without_the_packages_it_is_said_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="there is no key"):
        key_of({})
    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ConfigError, match="the package cryptography is missing") as caught:
        Seal(KEY)
    assert caught.value.hint == "pip install 'llmspell[encryption]'"
