"""`llmspell audit`: who allowed what, where and by which rule; and whether the log of it is whole."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from reading import EVIL, Reading, plant, project, reading

from llmspell.project import Project
from llmspell.security.audit import FILE, Audit

__all__ = ["project", "reading"]

NOW = 1_767_337_203.25
NET = {
    "at": "spells/digest.lua:9:14", "op": "Http.get", "kind": "net", "value": "api.y.com:443", "decision": "deny",
    "rule": '[deny] net = "api.y.com"', "source": "llmspell.toml:4", "by": "policy",
}  # fmt: skip
READ = {
    "at": "spells/digest.lua:3:1", "op": "Fs.read", "kind": "read", "value": "in.txt", "decision": "allow",
    "rule": "--allow-read", "source": "", "by": "ann, at the terminal",
}  # fmt: skip


def write(project: Path, run: str, *decided: dict[str, str], spell: str = "spells/digest.lua") -> Path:
    path = project / ".llmspell" / FILE
    audit = Audit(path, run, spell, clock=lambda: NOW)
    for each in decided:
        audit.note(**each)
    audit.close()
    return path


def cells(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines()]


def test_each_decision_is_a_row_and_the_newest_is_the_last(project: Path, reading: Reading) -> None:
    write(project, "7Q2M0001", READ, NET, NET, NET)
    done = reading("audit")
    row = ["2026-01-02T07:00:03.250Z", "7Q2M0001", "spells/digest.lua:9:14", "net", "api.y.com:443"]
    rule = ['[deny] net = "api.y.com"', "llmspell.toml:4", "policy"]
    assert (done.code, done.err) == (0, "")
    assert cells(done.out) == [
        [*row[:2], "spells/digest.lua:3:1", "read", "in.txt", "allow", "--allow-read", "", "ann, at the terminal"],
        [*row, "deny", *rule],
        [*row, "deny (+2)", *rule],
    ]


def test_people_see_a_head(project: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "7Q2M0001", READ)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    head, row = reading("audit").out.splitlines()
    assert head.split() == ["TIME", "RUN", "AT", "KIND", "VALUE", "DECISION", "RULE", "SOURCE", "BY"]
    assert row.index("read") == head.index("KIND")


def kept(reading: Reading, *words: str) -> list[str]:
    return [row[4] for row in cells(reading("audit", *words).out)]


def test_what_is_shown_can_be_chosen(project: Path, reading: Reading) -> None:
    write(project, "AAA10001", *(READ | {"value": f"{number}.txt"} for number in range(4)), NET)
    write(project, "AAB10001", READ | {"value": "other.txt"}, spell="other.js")
    assert kept(reading, "--denied") == ["api.y.com:443"]
    assert kept(reading, "--kind=net") == ["api.y.com:443"]
    for name in ("other.js", "other"):
        assert kept(reading, "--spell", name) == ["other.txt"]
    assert kept(reading, "--spell=digest", "--kind=read", "-n2") == ["2.txt", "3.txt"]
    assert reading("audit", "-n", "1").err == "5 older lines: -n shows more\n"
    assert kept(reading, "AAB") == ["other.txt"]
    assert kept(reading, "AAA10001", "--denied") == ["api.y.com:443"]
    assert reading("audit", "AAB", "--denied") == (0, "", "nothing was decided that fits\n")
    document = reading("audit", "--json", "-n1").document
    assert (document["status"], document["older"], document["unreadable"]) == ("ok", 5, 0)
    (line,) = document["lines"]
    assert (line["n"], line["run"], line["value"], line["spell"]) == (6, "AAB10001", "other.txt", "other.js")


def test_a_run_is_one_of_the_journal_or_one_of_the_log(project: Path, reading: Reading) -> None:
    write(project, "AAA10001", READ)
    write(project, "AAB10001", NET, NET)
    assert kept(reading, "latest") == ["api.y.com:443"] * 2, "no journal: the newest of the log"
    refused = reading("audit", "AA")
    assert refused.code == 2
    assert "several runs begin with AA" in refused.err
    assert "AAA10001, AAB10001" in refused.err
    plant(project, "AAA10001")
    assert kept(reading, "latest") == ["in.txt"]
    plant(project, "ZZZ10001")
    assert reading("audit", "latest") == (0, "", "nothing was decided that fits\n"), "the newest asked for nothing"
    unknown = reading("audit", "QQQ")
    assert unknown.code == 2
    assert "QQQ" in unknown.err


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--kind=nett"], "--kind: there is no kind", "did you mean `net`?"),
        (["--verify", "--denied"], "--verify is about the whole log", "llmspell audit --verify"),
        (["--verify", "latest"], "--verify is about the whole log", "llmspell audit --verify"),
    ],
)
def test_a_wrong_word_is_named(project: Path, reading: Reading, words: list[str], message: str, hint: str) -> None:
    refused = reading("audit", *words)
    assert refused.code == 2
    assert message in refused.err
    assert hint in refused.err
    assert not (project / ".llmspell").exists()


def test_without_a_log_there_is_nothing(project: Path, reading: Reading) -> None:
    assert reading("audit") == (0, "", "nothing is in the audit log\n")
    assert reading("audit", "--verify") == (0, "0 lines, chain whole\n", "nothing was ever written\n")
    assert not (project / ".llmspell").exists()


def test_a_whole_chain_is_told_with_its_last_hash(project: Path, reading: Reading) -> None:
    path = write(project, "AAA10001", READ, NET)
    done = reading("audit", "--verify")
    last = json.loads(path.with_name("audit.head").read_text())["last"]
    assert done == (0, "2 lines, chain whole\n", f"the last one: {last}\n")
    assert reading("audit", "--verify", "--json").document == {
        "status": "ok", "lines": 2, "faults": [], "more": 0, "notes": [], "last": last,
    }  # fmt: skip


def swap(raw: bytes) -> bytes:
    one, two, *rest = raw.splitlines(keepends=True)
    return b"".join([two, one, *rest])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw.replace(b"in.txt", b"IN.txt"), "audit.jsonl:2: line 1 is not what it was when"),
        (lambda raw: b"".join(raw.splitlines(keepends=True)[1:]), "audit.jsonl:1: line 1 is missing in front of this"),
        (swap, "audit.jsonl:2: line 1 stands here a second time, or in the wrong place"),
        (lambda raw: raw[: raw.rindex(b"{")], "there were 3, and the last here is 2"),
        (lambda raw: raw[:-9] + b"\n", "audit.jsonl:3: this is no line of the log"),
        (lambda raw: b"{}\n" + raw, "audit.jsonl:1: this is no line of the log, or one that was changed"),
    ],
    ids=["changed", "missing", "swapped", "cut", "torn", "put in"],
)
def test_a_broken_chain_is_told_with_its_line(project: Path, reading: Reading, change: Any, told: str) -> None:
    path = write(project, "AAA10001", READ, NET, READ | {"value": "end.txt"})
    path.write_bytes(change(path.read_bytes()))
    done = reading("audit", "--verify")
    assert done.code == 1
    assert told in done.out
    assert "chain broken" in done.out.splitlines()[-1]
    document = reading("audit", "--verify", "--json").document
    assert document["status"] == "failed"
    assert any(told in fault for fault in document["faults"])


def test_a_line_that_was_cut_off_with_its_process_is_told_and_no_fault(project: Path, reading: Reading) -> None:
    path = write(project, "AAA10001", READ)
    with path.open("a") as file:
        file.write('{"v":1,"n"')
    done = reading("audit", "--verify")
    assert (done.code, done.out) == (0, "2 lines, chain whole\n")
    assert "audit.jsonl:2: cut off, because its process was killed" in done.err
    assert reading("audit").err == "1 line cannot be read: llmspell audit --verify tells which\n"


def test_what_a_stranger_has_written_does_no_harm(
    project: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(project, "AAA10001", READ)
    line = json.loads(path.read_text())
    texts = {name: EVIL for name, value in line.items() if isinstance(value, str) and name != "decision"}
    with path.open("a") as file:
        file.write(json.dumps(line | texts) + "\n[" * 9000 + "\n")
    assert "\x1b" not in reading("audit").out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for words in ([], ["--verify"], ["--json"], ["AAA"]):
        shown = reading("audit", *words).out
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@pytest.mark.parametrize("terminal", [False, True])
def test_json_has_no_codes_for_a_terminal_and_is_json(
    project: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    """Also behind a pipe, which may end in a pager."""
    value = "\x9b31m\u202ebidi\u2066\U000e0041\x7f ä 日本"
    path = write(project, "AAA10001", READ)
    line = json.loads(path.read_text())
    with path.open("a") as file:
        file.write(json.dumps(line | {"value": value}) + "\n")
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    done = reading("audit", "--json")
    assert done.document["lines"][-1]["value"] == value
    assert not set(done.out) & set("\x9b\u202e\u2066\U000e0041\x7f")
    assert "ä 日本" in done.out


def test_a_log_that_is_a_link_is_not_read(project: Path, reading: Reading) -> None:
    (project / "secret").write_text("hidden")
    (project / ".llmspell").mkdir()
    (project / ".llmspell" / FILE).symlink_to(project / "secret")
    for words in ([], ["--verify"]):
        refused = reading("audit", *words)
        assert refused.code == 3
        assert "the audit log cannot be behind a link" in refused.err
        assert "hidden" not in refused.err + refused.out


def test_a_log_that_cannot_be_read_is_told(project: Path, reading: Reading) -> None:
    (project / ".llmspell").write_text("no folder")
    refused = reading("audit")
    assert refused.code == 3
    assert "the audit log cannot be read: Not a directory" in refused.err


def test_a_large_log_is_not_in_memory_as_a_whole(project: Path, reading: Reading) -> None:
    path = write(project, "AAA10001", READ)
    with path.open("ab") as file:
        file.write(b"x" * 20_000_000 + b"\n" + path.read_bytes() * 20_000)
    tracemalloc.start()
    try:
        assert len(cells(reading("audit", "-n", "5").out)) == 5
        assert reading("audit", "--verify").code == 1
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_folder_that_is_no_project_has_its_log_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: Reading
) -> None:
    (tmp_path / "llmspell.toml").unlink()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = Project.of().data() / FILE
    Audit(path, "AAA10001", "x.lua").note(**NET)
    assert path.is_relative_to(tmp_path / "data")
    assert kept(reading) == ["api.y.com:443"]
