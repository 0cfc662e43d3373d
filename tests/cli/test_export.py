"""`llmspell export`: one file that tells all of a run, and in which nothing of it does anything."""

import json
import time
import zipfile
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from reading import BEGAN, EVIL, Reading, asked, bend, paid, plant, project, reading

from llmspell.journal.records import Line
from llmspell.story import account, parcel

__all__ = ["project", "reading"]

VOID = {"meta"}
KNOWN = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "span", "table", "tr", "th", "td", "pre", "p", "svg",
    "a", "rect", "line", "text", "details", "summary", "div", "ul", "li",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "viewbox", "role", "x", "y", "x1", "x2",
    "y1", "y2", "width", "height", "rx", "text-anchor",
}  # fmt: skip


class Page(HTMLParser):
    """Reads a page strictly: each element is one that we write, and ends where it should."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN, tag
        assert {name for name, _ in attrs} <= ATTRIBUTES, attrs
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data}")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.fixture
def evil(project: Path) -> Path:
    """A project whose journal a stranger has planted."""
    log = Line(t_ms=BEGAN, stream="log", level=EVIL, text=EVIL, fields={EVIL: EVIL})
    call = asked(
        1, [EVIL, b"\xff"], {"agent": EVIL, "model": EVIL, "text": EVIL}, file=EVIL, op=EVIL, meta=paid(1, EVIL)
    )
    error = {"kind": EVIL, "message": EVIL, "hint": EVIL, "where": {"file": EVIL, "line": 1}}
    paths = ("../../up.lua", "/etc/passwd", "..\\..\\win.lua", "C:\\x.lua", "a/./b//c.lua", "", "CON.lua", "A.lua")
    files = {EVIL: EVIL, **dict.fromkeys((*paths, "a.lua", "x" * 300, "\u202e.lua", "...", "dir/"), EVIL)}
    plant(
        project, "EVIL0001", [call], [EVIL, log], status="failed", error=error, result=EVIL, identity=EVIL, spell=EVIL,
        model=EVIL, profile=EVIL, args={EVIL: EVIL}, files=files,
    )  # fmt: skip
    plant(project, "EVIL0001.1", parent="EVIL0001", parent_no=1, spell=EVIL)
    return project


def test_a_page_loads_nothing_and_nothing_in_it_is_more_than_text(evil: Path, reading: Reading) -> None:
    assert reading("export", "EVIL0001", "-o", "run.html").err == "wrote run.html\n"
    source = (evil / "run.html").read_text("utf-8")
    page = Page(source)
    assert "\x1b" not in source
    assert "\u202e" not in source
    (policy,) = [each["content"] for each in page.all("meta") if each.get("http-equiv")]
    (style,) = page.texts["style"]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert {each["href"] for each in page.all("a")} == {"#call-1"}
    assert page.all("details") == [{"id": "call-1"}]
    assert any("<script>alert(1)</script>" in text for text in page.texts["pre"])


def test_a_page_shows_the_timeline_with_what_went_on_together_in_lanes(project: Path, reading: Reading) -> None:
    calls = [asked(1), asked(2, ok=False), asked(3, started_ms=BEGAN + 200, t_ms=BEGAN + 400, meta=paid(0.5))]
    plant(project, "LANES001", calls, ["hi\n"], result={"a": 1})
    assert reading("export", "latest").err == "wrote LANES001.html\n"
    page = Page((project / "LANES001.html").read_text("utf-8"))
    one, two, three = page.all("rect")
    assert (one["y"], two["y"], three["y"]) == ("18", "31", "18")
    assert (one["class"], two["class"]) == ("ok", "bad")
    assert float(str(three["x"])) == 500
    assert float(str(three["width"])) == 500
    assert "1 ask  line 3 100ms ok" in page.texts["title"]
    assert page.texts["pre"] == ['{\n  "a": 1\n}', *told_of(calls)]
    assert {"hi", "return ask('question').text", "ask (3)", "$0.5000"} <= set(page.texts["td"])


def told_of(calls: list[Any]) -> list[str]:
    """Return what is said of calls: each request and each answer."""
    told = []
    for call in calls:
        told.append(json.dumps(call.request, indent=2))
        told.append(call.value if isinstance(call.value, str) else json.dumps(call.value, indent=2))
    return told


def test_what_is_too_much_for_people_is_left_out_and_counted(
    project: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "LINES", 20)
    calls = [asked(no, ok=no != 900) for no in range(1, 1401)]
    plant(project, "LARGE001", calls, [Line(t_ms=BEGAN, stream="progress", text=str(no)) for no in range(21)])
    assert reading("export", "latest", "-o", "a.html").code == 0
    page = Page((project / "a.html").read_text("utf-8"))
    shown = [each["id"] for each in page.all("details")]
    assert (len(shown), shown[0], shown[500], shown[-1]) == (751, "call-1", "call-900", "call-1400")
    assert "751 of 1400 are shown: the first, the last, and those that failed. " in "".join(page.texts["p"])
    assert "It has said more, which is not here." in page.texts["p"]
    assert reading("export", "latest", "-o", "a.md").code == 0
    report = (project / "a.md").read_text("utf-8")
    assert "151 of 1400 are shown" in report
    assert report.count("\n### ") == 151
    assert reading("export", "latest", "-o", "a.zip").code == 0
    with zipfile.ZipFile(project / "a.zip") as parcel:
        assert len(parcel.read("calls.jsonl").splitlines()) == 1400
        assert len(parcel.read("lines.jsonl").splitlines()) == 21


def test_nothing_breaks_out_of_a_report(evil: Path, reading: Reading) -> None:
    assert reading("export", "EVIL0001", "-o", "run.md").code == 0
    report = (evil / "run.md").read_text("utf-8")
    assert "\x1b" not in report
    assert "\u202e" not in report
    fence = ""
    for line in report.split("\n"):
        ticks = len(line) - len(line.lstrip("`"))
        if fence:
            fence = "" if line == fence else fence
        elif ticks >= 3 and line.strip("`") in ("", "json"):
            fence = "`" * ticks
        else:
            assert not line.startswith("# head"), line
            assert "<script>" not in line or line.count("`") >= 2, line
            assert not line.startswith("|") or line.count(" | ") + 1 in (2, 4, 5), line
    assert fence == ""


def test_a_zip_has_all_and_stays_where_it_is_unpacked(evil: Path, reading: Reading) -> None:
    assert reading("export", "EVIL0001", "-o", "run.zip").code == 0
    with zipfile.ZipFile(evil / "run.zip") as parcel:
        assert parcel.testzip() is None
        names = parcel.namelist()
        assert len({name.casefold() for name in names}) == len(names) == 5 + 14
        for name in names:
            path = PurePosixPath(name)
            assert not path.is_absolute()
            assert not {"..", ".", "con.lua"} & {part.casefold() for part in path.parts}, name
            assert not set(name) & set(':\\"<>|\x1b\u202e'), name
        (call,) = map(json.loads, parcel.read("calls.jsonl").splitlines())
        assert call["request"] == [EVIL, {"bytes": 1, "base64": "/w=="}]
        assert json.loads(parcel.read("run.json"))["error"]["message"] == EVIL
        assert [json.loads(line)["text"] for line in parcel.read("lines.jsonl").splitlines()] == [EVIL, EVIL]
        paths = json.loads(parcel.read("names.json"))
        assert "../../up.lua" in paths.values()
        assert all(parcel.read(name).decode() == EVIL for name in paths)


@pytest.mark.parametrize("form", ["html", "md", "zip"])
def test_a_file_that_is_there_stays_unless_somebody_insists(form: str, project: Path, reading: Reading) -> None:
    plant(project, "RUN00001", [asked(1)])
    path = project / f"x.{form}"
    path.write_text("mine", encoding="utf-8")
    refused = reading("export", "latest", "-o", path.name)
    assert refused.code == 2
    assert refused.err == f"error[args]: there is a file x.{form} already\n  fix: --force writes over it\n"
    assert path.read_text("utf-8") == "mine"
    done = reading("export", "latest", "-o", str(path), "--force", "--json")
    assert done.document == {"status": "ok", "run": "RUN00001", "file": str(path)}
    assert path.read_bytes() != b"mine"
    path.unlink()
    path.symlink_to("elsewhere")
    for words in ([], ["--force"]):
        assert reading("export", "latest", "-o", path.name, *words).code in (2, 3)
    assert path.is_symlink()
    assert not (project / "elsewhere").exists()


def test_a_place_where_no_file_can_be_is_refused_with_the_reason(project: Path, reading: Reading) -> None:
    plant(project, "U.P", [asked(1)])
    plant(project, "LOST0001", [asked(1, value="x" * 1000)])
    (project / "dir.zip").mkdir()
    for name, reason in (
        ("x.txt", "the name must end in .html, .md or .zip"), ("no/x.md", "there is no folder no"),
        ("dir.zip", "dir.zip"),
    ):  # fmt: skip
        refused = reading("export", "latest", "-o", name, "--force")
        assert refused.code in (2, 3)
        assert reason in refused.err
    assert reading("export", "U.P").err == "wrote U.P.html\n"
    bend(project, "DELETE FROM blobs")
    assert reading("export", "LOST0001", "-o", "lost.zip").code == 3
    assert sorted(each.name for each in project.iterdir()) == [".llmspell", "U.P.html", "dir.zip", "llmspell.toml"]


def test_names_that_become_the_same_cost_no_more_than_others() -> None:
    paths = ["".join(each) for each in product("!#$%&*(;", repeat=5)]
    began = time.monotonic()
    names = list(parcel.inside(dict.fromkeys(paths)).values())
    assert time.monotonic() - began < 2
    assert (names[:3], len(set(names))) == (["_____", "2-_____", "3-_____"], 8**5)
