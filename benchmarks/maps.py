"""Long maps: how many items a second, and whether ten times as many take ten times as long."""

import asyncio

from benchmarks.table import Figure, Row
from benchmarks.timing import LANGUAGES, between_marks, in_turns

ROUNDS = 3
LIMIT = 50
SIZES = (1_000, 10_000)
SOURCES = {
    "lua": """
        local items = {} for i = 1, {items} do items[i] = i end
        Bench.mark() map(items, function(i) return Bench.echo(i) end, {limit = {limit}}) Bench.mark()
    """,
    "javascript": """
        const items = Array.from({length: {items}}, (_, i) => i);
        await Bench.mark(); await map(items, (i) => Bench.echo(i), {limit: {limit}}); await Bench.mark();
    """,
}


def rows() -> list[Row]:
    """Measure maps over an op that does nothing, beside as many coroutines of asyncio under a semaphore."""
    return [row(size, language) for size in SIZES for language in LANGUAGES]


def row(size: int, language: str) -> Row:
    """Measure maps of one size in one language, under the medium profile."""
    source = SOURCES[language].replace("{items}", str(size)).replace("{limit}", str(LIMIT))
    seconds, reference = in_turns(
        ROUNDS, lambda: between_marks(source, language, profile="medium"), lambda: asyncio.run(plain(size))
    )
    return Row(
        f"`map` over {size:,} items, {LANGUAGES[language]}",
        Figure(size / seconds, "per s"),
        "`asyncio.gather` with a semaphore",
        Figure(size / reference, "per s"),
    )


async def plain(size: int) -> float:
    """Return the seconds that as many coroutines take that give way once."""
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(LIMIT)

    async def item() -> None:
        async with gate:
            await asyncio.sleep(0)

    started = loop.time()
    await asyncio.gather(*(item() for _ in range(size)))
    return loop.time() - started
