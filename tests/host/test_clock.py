from datetime import UTC, datetime

from llmspell.host.clock import Clock
from llmspell.messages import Tick

STARTED = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
BEGAN = 1_769_860_800_250


def ticks(*times: int) -> list[Tick | None]:
    """Return what a clock says at its beginning, and each time that it is read."""
    left = iter(times)
    clock = Clock(STARTED, lambda: next(left))
    return [clock.tick(clock.now()) for _ in range(len(times) + 1)]


def test_the_first_tick_is_when_the_run_began() -> None:
    assert ticks() == [Tick(BEGAN)]


def test_there_is_no_tick_while_the_time_stands() -> None:
    assert ticks(BEGAN, BEGAN + 1, BEGAN + 1) == [Tick(BEGAN), None, Tick(BEGAN + 1), None]


def test_the_clock_never_goes_back() -> None:
    assert ticks(BEGAN + 5, BEGAN - 3600_000, BEGAN + 4, BEGAN + 6) == [
        Tick(BEGAN), Tick(BEGAN + 5), None, None, Tick(BEGAN + 6),
    ]  # fmt: skip
