"""No change to the audit log is unseen, and none is hidden by what is written later."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logbook import GIVEN, add, files, log, path, restore, verified, wrote

from llmspell.security import proof
from llmspell.security.chain import head_path

__all__ = ["path"]

Rows = list[bytes]


def swap(rng: random.Random, rows: Rows, at: int) -> Rows:
    other = rng.choice([each for each in range(len(rows)) if each != at])
    rows[at], rows[other] = rows[other], rows[at]
    return rows


def forge(_rng: random.Random, rows: Rows, at: int) -> Rows:
    """Change what a line says, as whoever knows its form would."""
    return [*rows[:at], rows[at].replace(b'"deny"', b'"allow"'), *rows[at + 1 :]]


MUTATIONS: dict[str, Callable[[random.Random, Rows, int], Rows]] = {
    "remove": lambda _, rows, at: rows[:at] + rows[at + 1 :],
    "swap": swap,
    "double": lambda rng, rows, at: [*rows[: at + 1], rng.choice(rows), *rows[at + 1 :]],
    "insert": lambda rng, rows, at: [*rows[:at], rng.choice((b"\n", b"{}\n", b"\xff\n")), *rows[at:]],
    "forge": forge,
    "cut lines": lambda _, rows, at: rows[:at],
    "cut": lambda rng, rows, at: [*rows[:at], rows[at][: rng.randrange(len(rows[at]))]],
    "join": lambda _, rows, at: [*rows[:at], rows[at][:-1], *rows[at + 1 :]],
}


def mutate(rng: random.Random, kept: dict[Path, bytes]) -> str:
    """Change one thing in the files of a log, and return what."""
    kind = rng.choice(("byte", "bytes", "file", *MUTATIONS))
    file = rng.choice([each for each in kept if kind in ("byte", "file") or each.suffix == ".jsonl"])
    raw, at = kept[file], rng.randrange(len(kept[file]))
    if kind == "file":
        file.unlink()
    elif kind == "byte":
        file.write_bytes(raw[:at] + bytes([raw[at] ^ (1 << rng.randrange(8))]) + raw[at + 1 :])
    elif kind == "bytes":
        file.write_bytes(raw[:at] + rng.randbytes(rng.randrange(1, 5)) + raw[at:])
    else:
        rows = raw.splitlines(keepends=True)
        at = rng.randrange(len(rows))
        file.write_bytes(b"".join(MUTATIONS[kind](rng, rows, at)))
    assert not file.exists() or file.read_bytes() != raw
    return f"{kind} {file.name} {at}"


def test_of_200_changes_200_are_found_and_the_next_line_hides_none(path: Path) -> None:
    wrote(path, 40, largest=6000)
    kept = files(path)
    assert len(kept) == 4
    rng = random.Random(7)
    found = 0
    for _ in range(200):
        restore(path, kept)
        what = mutate(rng, kept)
        assert not verified(path).whole, what
        found += 1
        wrote(path, 2, "LATER", 6000)
        assert not verified(path).whole, f"{what}, hidden by what was written later"
    assert found == 200
    restore(path, kept)
    assert verified(path).whole


def test_no_single_byte_can_be_another(path: Path) -> None:
    wrote(path, 3, largest=900)
    kept = files(path)
    assert len(kept) == 3
    for file, raw in kept.items():
        for at in range(len(raw)):
            file.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
            assert not verified(path).whole, f"{file.name}, byte {at}"
        file.write_bytes(raw)
    assert verified(path).whole


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_bytes_are_found(path: Path, data: st.DataObject) -> None:
    if not path.exists():
        wrote(path, 6, largest=1000)
        Kept.files = files(path)
    restore(path, Kept.files)
    file = data.draw(st.sampled_from(sorted(Kept.files)))
    raw = Kept.files[file]
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, len(raw)))
    put = data.draw(st.one_of(st.binary(max_size=20), st.just(raw[:end]), st.just(raw[begin:])))
    changed = raw[:begin] + put + raw[end:]
    file.write_bytes(changed)
    report = verified(path)
    behind = file == path and changed.startswith(raw) and b"\n" not in changed[len(raw) :]
    assert report.whole == (changed == raw or behind), "what has no end is taken for the line of a killed process"


class Kept:
    """The files as they were."""

    files: dict[Path, bytes]


@pytest.mark.parametrize(
    ("meddle", "told"),
    [
        (lambda path: os.truncate(path, 900), "its end was missing"),
        (lambda path: path.unlink(), "its end was missing"),
        (lambda path: head_path(path).unlink(), "its head was missing"),
        (lambda path: head_path(path).write_bytes(b"{}"), "its head was missing"),
        (lambda path: add(path, "{}\n"), "was not written by llmspell"),
        (lambda path: add(path, "x" * 3_000_000), "was not written by llmspell"),
    ],
    ids=["cut", "gone", "no head", "bad head", "more", "much more"],
)
def test_the_log_tells_itself_what_was_done_to_it(path: Path, meddle: Callable[[Path], None], told: str) -> None:
    wrote(path, 5)
    meddle(path)
    wrote(path, 1)
    report = verified(path)
    assert any("llmspell found at 2026-01-02T07:00:03.250Z that" in fault and told in fault for fault in report.faults)


def test_the_log_may_be_taken_away_while_a_run_goes_on(path: Path) -> None:
    one = log(path)
    one.note(**GIVEN)
    kept = path.with_name("kept")
    path.rename(kept)
    path.parent.joinpath("audit.head").unlink()
    kept.unlink()
    one.note(**GIVEN | {"value": "later"})
    assert json.loads(path.read_text().splitlines()[-1])["value"] == "later"


def test_the_faults_that_are_told_are_bounded(path: Path) -> None:
    wrote(path, 1)
    add(path, "{}\n" * 5000 + "x" * 100_000 + "\n")
    report = verified(path)
    assert (len(report.faults), report.more, report.lines) == (100, 4901, 5002)


@pytest.mark.parametrize("name", ["audit-0001.jsonl", "audit.jsonl"])
def test_what_is_too_large_to_be_a_file_of_the_log_is_told_and_not_read(path: Path, name: str) -> None:
    wrote(path, 3)
    if name != path.name:
        path.rename(path.with_name(name))
        wrote(path, 2)
    os.truncate(path.with_name(name), 40 * 2**30)
    with proof.opened(path) as book:
        entries = list(book.entries())
    assert [entry.row for entry in entries if entry.file == name] == [0]
    assert f"{name}: 40960 MiB are not read: no file of the log has more than 64" in verified(path).faults
