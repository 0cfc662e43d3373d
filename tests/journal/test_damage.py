"""A journal that was cut off, overwritten or emptied: said clearly, never a traceback, and what can be saved is."""

import random
from collections.abc import Iterator
from pathlib import Path

from journaled import FILES, call, problems, run_of, sqlite_store

from llmspell.errors import ArgumentError, ConfigError, SpellError
from llmspell.journal.records import Line
from llmspell.journal.repair import repair
from llmspell.journal.sqlite import SqliteStore

LIMIT = 2**30
RUNS = [f"R{number}" for number in range(6)]
PAGE = 4096


async def whole(folder: Path) -> bytes:
    """Return the file of a journal with a few runs."""
    store = sqlite_store(folder)
    for name in RUNS:
        hold = await store.begin(run_of(name, args={"text": f"{name} " * 200}), FILES)
        await store.write_lines(hold, [Line(t_ms=1, stream="out", text=f"{name} says " * 20)])
        noise = random.Random(name)
        await store.record(hold, [call(no, noise.randbytes(900)) for no in range(1, 9)])
        await store.finish(hold, "done", result=name)
    await store.close()
    return store.path.read_bytes()


def cuts(content: bytes) -> Iterator[bytes]:
    """Yield a file that was cut off at many places."""
    sizes = {0, 1, 100, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, len(content) - 1, len(content) - PAGE}
    pages = len(content) // PAGE
    sizes |= {at * PAGE for at in range(1, pages, max(1, pages // 6))}
    yield from (content[:size] for size in sorted(sizes))


def spoilt(content: bytes) -> Iterator[bytes]:
    """Yield a file in which something was overwritten."""
    noise = random.Random(4)
    for at in (0, 16, 24, 40, 96, 100, 200):  # fields of the first page
        yield content[:at] + noise.randbytes(8) + content[at + 8 :]
    for _ in range(5):
        page = noise.randrange(1, len(content) // PAGE) * PAGE
        yield content[:page] + noise.randbytes(PAGE) + content[page + PAGE :]
    for _ in range(5):
        at = noise.randrange(PAGE, len(content) - 100)
        yield content[:at] + noise.randbytes(60) + content[at + 60 :]
    yield content[:PAGE] + b"\0" * (len(content) - PAGE)
    yield b"\xff" * len(content)


async def test_each_damage_is_said_and_what_can_be_is_saved(tmp_path: Path) -> None:
    content = await whole(tmp_path / "whole")
    saved = 0
    for number, damaged in enumerate((*cuts(content), *spoilt(content))):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "journal.db"
        path.write_bytes(damaged)
        await _told(path)
        assert path.read_bytes() == damaged or not damaged, number
        saved += _repaired(path, damaged)
        await _usable(path)
    assert saved > 2 * number


async def _told(path: Path) -> None:
    """Read all of a journal; each error is one for people."""
    store = SqliteStore(path)
    errors: list[SpellError] = []
    for name in RUNS:
        try:
            await store.run(name)
            _ = [entry async for entry in store.calls(name)]
            _ = [line async for line in store.lines(name)]
        except (ConfigError, ArgumentError) as error:
            errors.append(error)
    await store.close()
    assert all(error.hint for error in errors), errors


def _repaired(path: Path, damaged: bytes) -> int:
    """Repair a journal, and return how many runs were saved; a file that seems to be another's is moved away."""
    try:
        found = repair(path, LIMIT)
    except ConfigError:
        path.rename(path.with_name("moved"))
        return 0
    if found is None:
        return len(RUNS)
    assert found.damaged.read_bytes() == damaged
    return found.saved.runs


async def _usable(path: Path) -> None:
    store = SqliteStore(path)
    assert await problems(store) == []
    hold = await store.begin(run_of("NEW"), FILES)
    await store.record(hold, [call(1)])
    await store.close()
