"""Spans of time and sizes of memory, as people write them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell import durations
from llmspell.errors import ArgumentError, SpellError


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("24h", 86400),
        ("1d", 86400),
        ("250ms", 0.25),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("1d2h3m4s5ms", 93784.005),
        ("0s", 0),
        ("90", 90),
        (90, 90),
        (0.5, 0.5),
        (0, 0),
    ],
)
def test_a_duration_is_a_number_of_seconds(written: object, seconds: float) -> None:
    assert durations.parse(written) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "written",
    [
        "5 minuts",
        "",
        "m",
        "5 m",
        "30M",
        "1m1h",
        "1s1s",
        "-5s",
        "none",
        "1e3s",
        "0x5s",
        "٣s",
        "nan",
        "inf",
        "-inf",
        "NaN",
        None,
        True,
        [],
        {},
    ],
)
def test_what_is_no_duration_is_named_together_with_the_forms_that_are(written: object) -> None:
    with pytest.raises(ArgumentError, match=r'is not a duration: write seconds or "30s", "5m", "24h"'):
        durations.parse(written)


def test_a_wrong_duration_is_quoted() -> None:
    with pytest.raises(ArgumentError) as caught:
        durations.parse("5 minuts")
    assert caught.value.message == '"5 minuts" is not a duration: write seconds or "30s", "5m", "24h"'


@pytest.mark.parametrize("written", [-1, -0.5, "3651d", 10**9, float(10**12)])
def test_a_duration_is_neither_negative_nor_longer_than_ten_years(written: object) -> None:
    with pytest.raises(ArgumentError, match="not a usable duration"):
        durations.parse(written)


@pytest.mark.parametrize("written", [float("nan"), float("inf"), float("-inf"), 10**40, -(10**40)])
def test_a_number_beyond_all_time_is_no_duration(written: object) -> None:
    with pytest.raises(ArgumentError, match="is not a duration"):
        durations.parse(written)


def test_none_is_a_duration_only_where_it_is_asked_for() -> None:
    assert durations.parse_or_none("none") is None
    assert durations.parse_or_none("5m") == 300
    with pytest.raises(ArgumentError):
        durations.parse("none")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (0.25, "250ms"), (30, "30s"), (90, "1m30s"), (5400, "1h30m"), (86400, "1d"), (1.5, "1s500ms")],
)
def test_a_duration_is_spoken_as_people_write_it(seconds: float, words: str) -> None:
    assert durations.spoken(seconds) == words


@given(st.integers(min_value=1, max_value=10**11))
def test_a_spoken_duration_reads_as_the_same(milliseconds: int) -> None:
    assert durations.parse(durations.spoken(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@given(st.text() | st.from_regex(r"[0-9.a-z ]{0,20}", fullmatch=True) | st.floats() | st.integers())
def test_any_value_is_a_duration_or_a_clear_error(value: object) -> None:
    seconds, problem = 0.0, "duration"
    try:
        seconds = durations.parse(value)
    except SpellError as error:
        problem = error.message
    assert 0 <= seconds <= 3650 * 86400
    assert "duration" in problem


@pytest.mark.parametrize(
    ("written", "size"),
    [("256MiB", 2**28), ("64KiB", 65536), ("1.5GiB", 3 * 2**29), ("12B", 12), ("12", 12), (4096, 4096), (0, 0)],
)
def test_a_size_is_a_number_of_bytes(written: object, size: int) -> None:
    assert durations.size(written) == size


@pytest.mark.parametrize("written", ["256MB", "256 MiB", "MiB", "", -1, "-1", 1.5, True, None, "1e3MiB"])
def test_what_is_no_size_is_named_together_with_the_forms_that_are(written: object) -> None:
    with pytest.raises(ArgumentError, match=r'is not a size: write bytes or "64KiB", "256MiB", "1GiB"'):
        durations.size(written)


@pytest.mark.parametrize("written", [2**50 + 1, 2**63, 10**30, "1048577GiB", "999999999999999GiB"])
def test_a_size_is_at_most_a_pebibyte(written: object) -> None:
    with pytest.raises(ArgumentError, match="is not a usable size: it must be at most 1,048,576GiB"):
        durations.size(written)
    assert durations.size(2**50) == durations.size("1048576GiB") == 2**50


@pytest.mark.parametrize("read", [durations.parse, durations.size])
def test_a_number_of_many_digits_is_refused_like_any_other(read: Callable[[object], float]) -> None:
    for value in ("9" * 5000, "9" * 5000 + "s", "9" * 5000 + "MiB"):
        with pytest.raises(ArgumentError, match="is not a"):
            read(value)
