"""What spells keep: in a file of its owner's alone, by scope, and with nothing lost between processes."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from llmspell import Host, Spell
from llmspell.errors import ArgumentError, ConfigError
from llmspell.globals.state import State
from llmspell.state import Store


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "deep" / "state.db")
    yield store
    store.close()


def value(store: Store, scope: str, key: str) -> str | None:
    kept = store.get(scope, key)
    return kept and kept.text


def keys(store: Store, prefix: str, most: int) -> list[str]:
    return [kept.text for kept in store.keys("s", prefix, most)]


def test_what_is_kept_is_there_in_the_next_run(store: Store, tmp_path: Path) -> None:
    store.put("a", "k", "1")
    store.close()
    again = Store(tmp_path / "deep" / "state.db")
    assert (value(again, "a", "k"), again.get("b", "k")) == ("1", None)
    again.close()


def test_to_ask_leaves_no_trace(store: Store, tmp_path: Path) -> None:
    assert (store.get("a", "k"), store.keys("a", "", 9), store.delete("a", "k")) == (None, [], False)
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_can_read_the_file(store: Store, tmp_path: Path) -> None:
    store.put("a", "k", "1")
    assert stat.S_IMODE((tmp_path / "deep" / "state.db").stat().st_mode) == 0o600


def test_a_value_is_replaced_only_if_it_is_what_it_was(store: Store) -> None:
    assert store.replace("a", "k", None, "1")
    assert not store.replace("a", "k", None, "2")
    assert not store.replace("a", "k", "0", "2")
    assert store.replace("a", "k", "1", "2")
    assert value(store, "a", "k") == "2"


def test_keys_are_listed_by_what_they_begin_with(store: Store) -> None:
    for key in ("b_1", "b%2", "a", "b", "ü"):
        store.put("s", key, "0")
    assert keys(store, "", 10) == ["a", "b", "b%2", "b_1", "ü"]
    assert keys(store, "b_", 10) == ["b_1"]
    assert keys(store, "", 2) == ["a", "b"]


def test_a_value_is_private_unless_who_kept_it_last_held_nothing_private(store: Store) -> None:
    def private() -> list[bool]:
        found = store.get("s", "k")
        return [found is not None and found.private, *(kept.private for kept in store.keys("s", "", 9))]

    store.put("s", "k", "1")
    assert private() == [True, True]
    store.put("s", "k", "2", private=False)
    assert private() == [False, False]
    assert store.replace("s", "k", "2", "3")
    assert private() == [True, True]
    assert store.replace("s", "k", "3", "4", "run:1", private=False)
    assert private() == [False, False]
    assert not store.replace("s", "k", "3", "5")
    assert private() == [False, False]
    assert store.delete("s", "k")
    assert store.replace("s", "k", None, "6")
    assert private() == [True, True]


def test_what_was_kept_before_anybody_noted_that_is_private(store: Store, tmp_path: Path) -> None:
    store.put("s", "k", "1", private=False)
    store.close()
    with sqlite3.connect(tmp_path / "deep" / "state.db") as old:
        old.execute("DROP TABLE public")
    again = Store(tmp_path / "deep" / "state.db")
    kept = again.get("s", "k")
    assert kept is not None
    assert kept.private
    again.close()


def fill(store: Store) -> None:
    for number in range(100):
        store.put("s", f"k{number}", "x" * 50_000)


def test_a_file_cannot_grow_without_end(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db", limit=2**20)
    store.put("s", "small", "kept")
    with pytest.raises(ArgumentError, match="would be larger than 1 MiB"):
        fill(store)
    assert value(store, "s", "small") == "kept"
    store.close()


def test_a_file_that_is_none_of_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("this is no database, but somebody's letter")
    store = Store(tmp_path / "state.db")
    with pytest.raises(ConfigError, match="cannot use what spells keep: file is not a database"):
        store.put("s", "k", "1")
    store.close()
    assert (tmp_path / "state.db").read_text().startswith("this is no database")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "state.db").symlink_to(tmp_path / "elsewhere")
    store = Store(tmp_path / "state.db")
    with pytest.raises(ConfigError):
        store.put("s", "k", "1")
    assert not (tmp_path / "elsewhere").exists()


def test_two_that_write_at_once_wait_for_each_other(store: Store, tmp_path: Path) -> None:
    store.put("s", "k", "1")
    other = sqlite3.connect(tmp_path / "deep" / "state.db", isolation_level=None, timeout=10)
    other.execute("UPDATE state SET value = '2'")
    other.close()
    assert store.replace("s", "k", "1", "3") is False


PASSER = """
import sys
from pathlib import Path
from llmspell.state import Store
store = Store(Path(sys.argv[1]))
print(store.get("s", "k").text)
store.close()
"""


def test_who_comes_and_goes_takes_no_lock_of_others_away(tmp_path: Path, environ: dict[str, str]) -> None:
    path = tmp_path / "state.db"
    passer = [sys.executable, "-c", PASSER, str(path)]
    stores = [Store(path), Store(path)]
    for store in stores:
        store.put("s", "k", "1")
    subprocess.run(passer, env=environ, check=True, capture_output=True)
    for number, store in enumerate(stores):
        store.put("s", "k", f"of {number}")
    assert subprocess.run(passer, env=environ, check=True, capture_output=True, text=True).stdout == "of 1\n"
    for store in stores:
        store.close()


COUNT = {
    "lua": 'for _ = 1, 100 do State.update("n", function(old) return (old or 0) + 1 end) end\nreturn 0\n',
    "js": 'for (let i = 0; i < 100; i++) await State.update("n", (old) => (old ?? 0) + 1);\nexport default 0;\n',
}


@pytest.mark.parametrize("suffix", COUNT)
def test_four_runs_at_once_lose_no_update(tmp_path: Path, environ: dict[str, str], suffix: str) -> None:
    (tmp_path / f"count.{suffix}").write_text(COUNT[suffix])
    words = [sys.executable, "-m", "llmspell", "run", f"count.{suffix}"]
    runs = [
        subprocess.Popen(words, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for _ in range(4)
    ]
    for run in runs:
        _, said = run.communicate(timeout=55)
        assert run.returncode == 0, said.decode()
    (found,) = (Path(environ["XDG_DATA_HOME"]) / "llmspell").glob("*/state.db")
    store = Store(found)
    assert value(store, f"spell:count.{suffix}", "n") == "400"
    store.close()


async def test_an_op_that_is_cancelled_has_its_turn_until_it_has_ended() -> None:
    state = State(Host().prepare(Spell.from_source("", "lua")).context)
    begun, end, order = threading.Event(), threading.Event(), []

    def first(_: Store) -> None:
        begun.set()
        end.wait()
        order.append("first")

    one = asyncio.ensure_future(state._keeper.do(first))
    await asyncio.to_thread(begun.wait)
    one.cancel()
    two = asyncio.ensure_future(state._keeper.do(lambda _: order.append("second")))
    await asyncio.wait([one, two], timeout=0.05)
    end.set()
    await two
    with pytest.raises(asyncio.CancelledError):
        await one
    assert order == ["first", "second"]


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'a' scope, 'k' key, i value FROM n"


def planted(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    for each in statements:
        connection.execute(each)
    connection.close()
    return path


@pytest.mark.parametrize(
    "statements",
    [
        [f"CREATE VIEW state AS {ENDLESS}"],
        ["CREATE TABLE state (scope, key, value)"],
        ["CREATE TABLE other (x)"],
    ],
)
def test_a_file_that_only_looks_like_one_of_ours_is_refused(tmp_path: Path, statements: list[str]) -> None:
    store = Store(planted(tmp_path / "state.db", *statements))
    for act in (lambda: store.get("a", "nothing"), lambda: store.put("a", "k", "1")):
        with pytest.raises(ConfigError, match="not one that llmspell has made"):
            act()


def test_a_trigger_in_a_file_of_ours_is_refused(store: Store, tmp_path: Path) -> None:
    store.put("a", "k", "1")
    store.close()
    planted(tmp_path / "deep" / "state.db", f"CREATE TRIGGER t AFTER INSERT ON state BEGIN {ENDLESS}; END")
    with pytest.raises(ConfigError, match="not one that llmspell has made"):
        store.put("a", "l", "1")


def test_what_has_no_end_is_ended(store: Store) -> None:
    store.put("a", "k", "1")
    assert store._connection is not None
    with pytest.raises(ConfigError, match="interrupted"):
        store._guarded(lambda open_: open_.execute(f"SELECT count(*) FROM ({ENDLESS})").fetchone())
    assert value(store, "a", "k") == "1"


async def test_the_end_of_a_run_stops_what_is_at_work_on_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmspell.state._LOOKS", 10**12)
    context = Host().prepare(Spell.from_source("", "lua")).context
    keeper = State(context)._keeper
    await keeper.do(lambda store: store.put("a", "k", "1"))
    busy = asyncio.ensure_future(
        keeper.do(lambda store: store._guarded(lambda open_: open_.execute(f"SELECT count(*) FROM ({ENDLESS})")))
    )
    await asyncio.sleep(0)
    await context.closing.aclose()
    with pytest.raises(ConfigError, match="interrupted"):
        await busy
    assert keeper._store._connection is None


def test_a_change_with_a_mark_is_made_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    assert store.replace("s", "n", None, "1", "RUN:1")
    assert store.replace("s", "n", None, "1", "RUN:1")  # it asks again, and learns that it was made
    assert store.replace("s", "n", "1", "2", "OTHER:1")
    assert store.replace("s", "n", None, "1", "RUN:1")
    assert value(store, "s", "n") == "2"
    assert not store.replace("s", "n", "1", "3", "RUN:2")
    store.forget("RUN")
    assert not store.replace("s", "n", None, "1", "RUN:1")
    assert store.replace("s", "n", "1", "3", "OTHER:1")
    store.close()
