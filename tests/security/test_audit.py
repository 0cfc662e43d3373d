"""The audit log of a run: what was decided is in it before it is done, once, and within bounds."""

import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logbook import GIVEN, lines, log, path, restore, verified, wrote

from llmspell.errors import ConfigError, SpellError
from llmspell.secrets import Secrets
from llmspell.security import audit, proof
from llmspell.security.chain import LONGEST, head_path

__all__ = ["path"]


def test_a_decision_is_in_the_file_when_it_was_noted(path: Path) -> None:
    log(path).note(**GIVEN)
    assert lines(path) == [
        {"v": 1, "n": 1, "t": "2026-01-02T07:00:03.250Z", "run": "7Q2M", "spell": "spells/digest.lua", **GIVEN}
        | {"prev": ""}
    ]
    assert verified(path).whole


def test_the_files_are_of_their_owner_alone_and_git_leaves_them(path: Path) -> None:
    wrote(path, 1)
    assert {stat.S_IMODE(each.stat().st_mode) for each in (path, head_path(path))} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_a_run_that_asks_for_nothing_leaves_no_trace(path: Path) -> None:
    log(path).close()
    assert not path.parent.exists()
    assert verified(path).whole


def test_what_comes_again_is_counted_and_told_at_the_end(path: Path) -> None:
    one = log(path)
    for _ in range(100_000):
        one.note(**GIVEN)
    one.note(**GIVEN | {"decision": "allow"})
    assert len(lines(path)) == 2
    one.close()
    one.close()
    *_, last = lines(path)
    assert (last["value"], last["decision"], last["count"]) == ("api.y.com:443", "deny", 99_999)
    assert len(lines(path)) == 3


def test_a_flood_is_bounded_and_hides_no_other(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST", 20)
    one = log(path)
    flood = GIVEN | {"op": "Fs.exists", "kind": "read", "decision": "allow"}
    for number in range(1000):
        one.note(**flood | {"value": f"{number}.txt"})
    one.note(**flood | {"value": "elsewhere/a"})
    one.note(**flood | {"op": "Fs.read", "value": "1000.txt"})
    one.note(**flood | {"decision": "deny", "value": "1000.txt"})
    for number in range(1000):
        one.note(**flood | {"value": f"{number}/x"})
    one.note(**flood | {"kind": "net", "value": "POST a.example/x"})
    one.close()
    told = [(line["op"], line["kind"], line["rule"], line["value"]) for line in lines(path)]
    rule = GIVEN["rule"]
    assert told[20:25] == [
        ("", "audit", "full", "this run has 20 lines of Fs.exists: read with allow: "
         "of more only the first of each place is written"),
        ("Fs.exists", "read", rule, "elsewhere/a"), ("Fs.read", "read", rule, "1000.txt"),
        ("Fs.exists", "read", rule, "1000.txt"), ("Fs.exists", "read", rule, "0/x"),
    ]  # fmt: skip
    assert told[-2:] == [
        ("Fs.exists", "net", rule, "POST a.example/x"),
        ("", "audit", "rest", "1961 more of Fs.exists: read with allow were not written"),
    ]
    assert len(told) == 1 + 2 * 20 + 4
    assert verified(path).whole


@pytest.mark.parametrize(
    ("kind", "same", "other"),
    [
        ("read", ["a/1", "a/2"], "b/1"),
        ("write", ["1", "2"], "~/1"),
        ("net", ["a.example", "POST a.example/x", "GET a.example/y?z"], "b.example"),
        ("run", ["git log", "git status"], "rm x"),
        ("env", ["A"], "B"),
    ],
)
def test_behind_a_flood_each_new_place_has_a_line(
    path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, same: list[str], other: str
) -> None:
    monkeypatch.setattr(audit, "MOST", 1)
    one = log(path)
    for value in [*same, other]:
        one.note(**GIVEN | {"kind": kind, "value": value})
    one.close()
    assert [line["value"] for line in lines(path) if line["kind"] == kind] == [same[0], other]


def test_no_secret_and_nothing_without_end_is_written(path: Path) -> None:
    secrets = Secrets({"SITE_TOKEN": "tok-1234567890abcdef"})
    one = log(path, scrub=secrets.scrub)
    one.note(**GIVEN | {"value": "x?key=tok-1234567890abcdef", "rule": "--allow-net tok-1234567890abcdef"})
    hostile = f"\x1b[31m{chr(0xD800)}\u202e🐍"
    one.note(**dict.fromkeys(GIVEN, hostile * 9000) | {"decision": "allow"})
    first, second = lines(path)
    assert first["value"] == "x?key=[secret:SITE_TOKEN]"
    assert "tok-" not in path.read_text()
    assert len(second["value"]) == 500
    assert max(map(len, path.read_bytes().splitlines())) < LONGEST
    assert second["value"].startswith("\\x1b[31m\\ud800\\u202e🐍")
    assert verified(path).whole


@given(
    st.lists(st.fixed_dictionaries({name: st.text(max_size=30) for name in GIVEN if name != "decision"}), max_size=8)
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_told_makes_a_whole_chain(path: Path, told: list[dict[str, str]]) -> None:
    restore(path, {})
    one = log(path)
    for fields in told:
        one.note(**fields, decision="allow")
    one.close()
    assert verified(path).whole


# -- what cannot be written -------------------------------------------------------------------------------------------


def link(path: Path) -> None:
    path.symlink_to(path.parents[1] / "precious")


def hard_link(path: Path) -> None:
    path.hardlink_to(path.parents[1] / "precious")


@pytest.mark.parametrize("name", ["audit.jsonl", "audit.head"])
@pytest.mark.parametrize(
    ("plant", "message"),
    [(link, "behind a link"), (hard_link, "a file of its own"), (os.mkfifo, "in a file"), (os.mkdir, "in a file")],
)
def test_what_was_planted_does_no_harm(path: Path, name: str, plant: Callable[[Path], None], message: str) -> None:
    precious = path.parents[1] / "precious"
    precious.write_text("kept")
    path.parent.mkdir(0o700)
    plant(path.with_name(name))
    told: list[SpellError] = []
    one = log(path, warn=told.append)
    one.note(**GIVEN)
    one.note(**GIVEN | {"value": "more"})
    one.close()
    assert [message in error.message for error in told] == [True]
    with pytest.raises(ConfigError, match=message), proof.opened(path):
        pass
    assert precious.read_text() == "kept"


def test_a_folder_that_is_a_link_is_not_followed(path: Path) -> None:
    (path.parents[1] / "elsewhere").mkdir()
    path.parent.symlink_to(path.parents[1] / "elsewhere")
    told: list[SpellError] = []
    log(path, warn=told.append).note(**GIVEN)
    assert ["behind a link" in error.message for error in told] == [True]
    assert list((path.parents[1] / "elsewhere").iterdir()) == []


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let no file of this process grow over a size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_once_and_leaves_no_half_of_a_line(path: Path) -> None:
    told: list[SpellError] = []
    one = log(path, warn=told.append)
    one.note(**GIVEN)
    before = path.read_bytes()
    with room(len(before) + 100):
        for number in range(3):
            one.note(**GIVEN | {"value": str(number)})
    assert path.read_bytes() == before
    (error,) = told
    assert error.message == f"the audit log cannot be written: {path}: No space left on device"
    assert error.hint == "make room"
    one.note(**GIVEN | {"value": "0"})
    one.close()
    assert [(line["rule"], line["value"]) for line in lines(path)[1:]] == [
        ("lost", "3 lines of this run could not be written in front of this"), ("profile.medium.net", "0"),
    ]  # fmt: skip
    assert verified(path).whole


def holds(path: Path) -> bool:
    """Return whether this process has a file open."""
    for descriptor in range(256):
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return True
    return False


def test_a_call_that_goes_on_behind_the_end_is_written_too(path: Path) -> None:
    one = log(path)
    one.note(**GIVEN)
    assert holds(path)
    one.close()
    assert not holds(path)
    one.note(**GIVEN | {"value": "late"})
    assert [line["value"] for line in lines(path)] == ["api.y.com:443", "late"]
    assert not holds(path)
