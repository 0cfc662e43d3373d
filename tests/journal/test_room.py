"""One run takes its share of a journal and no more, with all that it begins; it can go on when it gets more."""

from pathlib import Path
from random import Random

import pytest
from journaled import FILES, call, run_of, sqlite_store

from llmspell.errors import ConfigError
from llmspell.journal.records import Line

MOST = 2**20


def large(seed: int) -> bytes:
    return Random(seed).randbytes(400_000)


async def test_a_run_that_keeps_too_much_is_refused_and_goes_on_with_more(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path, most=MOST)
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1, large(1)), call(2, large(2))])
    for no in range(3, 9):
        await store.record(hold, [call(no, large(1))])  # what is kept already takes no room
    with pytest.raises(ConfigError, match="run RUN00001 would keep more than 1 MiB in the journal") as caught:
        await store.record(hold, [call(9, large(3))])
    assert "`run` in the section [journal]" in (caught.value.hint or "")
    await store.mark(hold, "interrupted")
    other = await store.begin(run_of("RUN00002"), FILES)
    await store.record(other, [call(1, large(3))])
    await store.close()
    for most, seeds in ((MOST, [4]), (3 * MOST, [5, 6])):
        store = sqlite_store(tmp_path, most=most)
        hold = await store.resume("RUN00001", "next")
        for seed in seeds:
            writing = store.record(hold, [call(seed + 4, large(seed))])
            if most == MOST:
                with pytest.raises(ConfigError, match="would keep more"):
                    await writing
            else:
                await writing
        await store.close()


async def test_what_a_run_has_begun_counts_with_it_and_so_does_what_it_says(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path, most=MOST)
    top = await store.begin(run_of(), FILES)
    for number in (1, 2):
        child = await store.begin(run_of(f"RUN00001.{number}", parent="RUN00001", parent_no=number), FILES)
        await store.record(child, [call(1, large(number))])
        await store.finish(child, "done")
    await store.write_lines(top, [Line(t_ms=1, stream="out", text="said " * 100_000)])
    with pytest.raises(ConfigError, match="run RUN00001 would keep more"):
        await store.record(top, [call(3)])
    await store.close()


async def test_a_fork_has_what_it_took_over(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path, most=MOST)
    hold = await store.begin(run_of(), FILES)
    await store.record(hold, [call(1, large(1)), call(2, large(2)), call(3)])
    fork = await store.fork("RUN00001", 3, run_of("RUN00002"), FILES)
    with pytest.raises(ConfigError, match="run RUN00002 would keep more"):
        await store.record(fork, [call(3, large(3))])
    await store.close()
