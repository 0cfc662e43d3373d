"""The benchmarks judge rightly, and each still measures what it names."""

import math
from types import ModuleType

import pytest

from benchmarks.__main__ import MEASURES
from benchmarks.table import Bar, Figure, Row, markdown


def row(ours: float, theirs: float | None, bar: Bar, unit: str = "ms") -> Row:
    return Row("it", Figure(ours, unit), "that", theirs and Figure(theirs, unit), bar)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ours", "theirs", "bar", "unit", "verdict"),
    [
        (20, 10, Bar("ratio", 3, 2), "ms", "ok, aim reached"),
        (25, 10, Bar("ratio", 3, 2), "ms", "ok"),
        (31, 10, Bar("ratio", 3, 2), "ms", "over"),
        (12, 10, Bar("excess", 2, 1), "ms", "ok"),
        (13, 10, Bar("excess", 2, 1), "ms", "over"),
        (30, 10, Bar("figure", 50, 20), "ms", "ok"),
        (60, 99, Bar("figure", 50, 20), "ms", "over"),
        (50, 99, Bar("figure", 40, 60), "per s", "ok"),
        (30, 10, Bar("figure", 40, 60), "per s", "over"),
        (10, None, Bar("ratio", 3, 2), "ms", "not measured"),
        (10, None, Bar("figure", 50, 20), "ms", "ok, aim reached"),
    ],
)
def test_a_number_is_judged_by_its_bar(ours: float, theirs: float | None, bar: Bar, unit: str, verdict: str) -> None:
    assert row(ours, theirs, bar, unit).judged()[2] == verdict


def test_a_table_has_as_many_cells_in_each_row_as_in_its_head() -> None:
    lines = markdown([row(1, 2, Bar("ratio", 3, 2)), row(1, None, Bar("excess", 3, 2))]).splitlines()
    assert {line.count("|") for line in lines} == {8}


@pytest.mark.slow
@pytest.mark.parametrize("measure", MEASURES.values())
def test_every_measure_still_measures(measure: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"ROUNDS": 1, "CALLS": 200, "ASKS": 2, "TRIALS": 6, "SIZES": (100,), "UPDATES": 5}
    for name, count in few.items():
        if hasattr(measure, name):
            monkeypatch.setattr(measure, name, count)
    rows = measure.rows()
    assert rows
    assert all(math.isfinite(row.ours.number) for row in rows)  # a difference of few tries can be below nothing
