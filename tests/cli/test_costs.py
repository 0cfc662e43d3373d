"""What a run has cost, and how many calls it has made: whoever tells it tells the same."""

import json
import os
import re
import socket
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from reading import Reading, asked, bend, paid, plant, project, reading

from llmspell.host.scope import Scope
from llmspell.journal.records import Entry
from llmspell.messages import Call

__all__ = ["project", "reading"]

PARENT = """
local rated = ask("rate it", { schema = { score = "int" } })
race({ function() return ask("quick") end, function() return ask("slow") end })
attempt(function() timeout(0.3, function() ask("slow") end) end)
local spent = Run.budget().spent
local kid = Run.spell("kid")
attempt(function() timeout(0.5, function() Run.spell("kid", { slow = true }) end) end)
ask("last")
return { spent, Run.budget().spent }
"""
KID = """
const { slow } = spell({ params: { slow: { type: "bool", default: false } } });
const first = (await ask("quick")).text;
export default slow ? (await ask("slow")).text : first;
"""


class Provider(BaseHTTPRequestHandler):
    """Answers at once, but to what is to be slow; the first answer that has to fit a schema does not."""

    released = Event()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = [str(message["content"]) for message in asked["messages"] if message["role"] == "user"]
        if said[0].startswith("move "):
            folder = Path(said[0].removeprefix("move "))
            folder.rename(folder.with_name("elsewhere"))
        if said[0] == "slow":
            self.released.wait(30)
            self.close_connection = True
            return
        text = ('{"score": 1}' if len(asked["messages"]) > 2 else "good") if said[0].startswith("rate") else said[0]
        usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        body = {"id": "a", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": [choice]}
        content = json.dumps(body | {"usage": usage}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    Provider.released.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-tests")
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield
        Provider.released.set()
        server.shutdown()
        thread.join()


def told(reading: Reading, project: Path, run: str) -> dict[str, Any]:
    """Return what each command says that a run has cost: in dollars as they show it, and in requests."""
    shown = reading("show", run).out
    listed = [line.split("\t") for line in reading("runs").out.splitlines()]
    cost = reading("show", run, "--cost", "--json").document["cost"]
    sums = {
        word: (f"${sum(each['usd'] for each in cost[word]):.4f}", sum(each["requests"] for each in cost[word]))
        for word in ("models", "lines")
    }
    tree = reading("show", run, "--tree", "--json").document
    assert reading("export", run, "-o", "it.zip", "--force").code == 0
    with zipfile.ZipFile(project / "it.zip") as parcel:
        packed = json.loads(parcel.read("run.json"))
    assert reading("export", run, "-o", "it.md", "--force").code == 0
    report = dict(re.findall(r"^\| (\w+) \| `(.*?)` \|$", (project / "it.md").read_text("utf-8"), re.MULTILINE))
    dollars = {
        "show": re.search(r"^cost +(\S+)$", shown, re.MULTILINE)[1],  # type: ignore[index]
        "runs": next(line[5] for line in listed if line[0] == run),
        "--tree": reading("show", run, "--tree").out.splitlines()[0].split("  ")[-1],
        "models": sums["models"][0], "lines": sums["lines"][0], "report": report["cost"],
    }  # fmt: skip
    requests = {
        "show": tree["usage"]["requests"], "zip": packed["usage"]["requests"], "models": sums["models"][1],
        "lines": sums["lines"][1],
    }  # fmt: skip
    return {"dollars": dollars, "requests": requests, "calls": report["calls"], "cost": cost}


def only(found: dict[str, Any]) -> Any:
    """Return the one value that all have."""
    assert len(set(found.values())) == 1, found
    return next(iter(found.values()))


@pytest.mark.usefixtures("provider")
def test_all_who_tell_what_a_run_has_cost_tell_the_same(project: Path, reading: Reading) -> None:
    (project / "it.lua").write_text(PARENT, encoding="utf-8")
    (project / "kid.js").write_text(KID, encoding="utf-8")
    ran = reading("run", "it.lua", "--model", "openai/gpt-5-mini", "--json")
    assert ran.code == 0, ran.out
    (run, first), usage = (ran.document["run"], ran.document["result"]), ran.document["usage"]
    found = told(reading, project, run)
    assert only(found["requests"]) == usage["requests"] == 9
    assert only(found["dollars"]) in ran.err
    assert only(found["dollars"]) == f"${usage['usd']:.4f}"
    assert first[0]["calls"] == 5
    calls = reading("show", run, "--calls", "--json").document["calls"]
    budget = min(call["no"] for call in calls if call["op"] == "Run.budget")
    before = [call["meta"].get("usage", {}).get("usd", 0) for call in calls if call["no"] < budget]
    assert round(sum(before), 9) == round(first[0]["usd"], 9)  # also what was given up the moment before
    stats = {by: reading("stats", "--by", by, "--json").document["stats"] for by in ("day", "spell", "model", "status")}
    assert {by: sum(each["requests"] for each in sums) for by, sums in stats.items()} == dict.fromkeys(stats, 9)
    assert {round(sum(each["usd"] for each in sums), 9) for sums in stats.values()} == {usage["usd"]}
    assert sum(each["calls"] for each in stats["model"]) == sum(each["calls"] for each in found["cost"]["models"]) == 8
    assert str(next(each["calls"] for each in stats["spell"] if each["name"] == "it.lua")) == found["calls"]
    forked = reading("fork", run, "--at", "7", "--model", "openai/gpt-5-mini", "--json")
    assert forked.code == 0, forked.err
    part = told(reading, project, forked.document["run"])
    assert only(part["requests"]) == forked.document["usage"]["requests"] < 9
    assert only(part["dollars"]) == f"${forked.document['usage']['usd']:.4f}"
    again = reading("stats", "--by", "spell", "--json").document["stats"]
    assert sum(each["requests"] for each in again) == 9 + forked.document["usage"]["requests"]


@pytest.mark.usefixtures("provider")
def test_a_run_ends_once_its_journal_is_gone(project: Path, reading: Reading) -> None:
    (project / "it.lua").write_text(f'ask("move {project}/.llmspell") ask("more") print("more")', encoding="utf-8")
    ran = reading("run", "it.lua", "--model", "openai/gpt-5-mini")
    assert (ran.code, ran.out) == (10, "")
    assert "the journal is not there any more: somebody has moved or removed it" in ran.err
    assert "resume" not in ran.err
    assert not (project / ".llmspell").exists()


def lost(no: int, usd: float) -> Entry:
    """Return what is kept of a call that was given up."""
    return Entry(no=no, key="lost:1", op="ask", ok=True, line=7, meta=paid(usd))


def test_what_was_given_up_is_a_call_with_its_cost(project: Path, reading: Reading) -> None:
    sent = asked(3, op="Http.post", effect="once", ok=None, value=None, ord=None, batch=None, t_ms=None)
    heard = asked(4, ok=None, value=None, ord=None, batch=None, t_ms=None)
    plant(project, "LOST0001", [asked(1, meta=paid(0.1)), lost(2, 0.5), sent, heard])
    head, *calls = reading("show", "latest", "--tree").out.splitlines()
    assert head.endswith("$0.6000")
    assert [[*line.split("  ")[1:4:2], line.split("  ")[-1]] for line in calls[1:3]] == [
        ["○", "line 7", "given up"], ["", "lost:1", "$0.5000"],
    ]  # fmt: skip
    assert calls[3].startswith("  ○  3 Http.post")
    assert calls[3].endswith("given up, may have happened")
    assert calls[4].endswith("given up")
    assert "line\tline 7\t1\t1\t10\t5\t0\t$0.5000" in reading("show", "latest", "--cost").out
    assert [each["calls"] for each in reading("stats", "--json").document["stats"]] == [4]
    states = [line.split("\t")[3] for line in reading("show", "latest", "--calls").out.splitlines()]
    assert states == ["ok", "ok", "given up, may have happened", "given up"]


def test_a_fork_has_not_paid_for_what_it_has_taken_over(project: Path, reading: Reading) -> None:
    plant(project, "FORK0001", [asked(1, meta=paid(0.5) | {"from": "OLD"}), asked(2, meta=paid(0.25))])
    assert "cost      $0.2500\n" in reading("show", "latest").out
    assert [line.split("\t")[-1] for line in reading("show", "latest", "--cost").out.splitlines()] == ["$0.2500"] * 2
    head, old, new = reading("show", "latest", "--tree").out.splitlines()
    assert (head[-7:], old[-8:], new[-7:]) == ("$0.2500", "from OLD", "$0.2500")
    assert reading("export", "latest", "-o", "it.md").code == 0
    assert "| calls | `1, and 1 taken over` |" in (project / "it.md").read_text("utf-8")


def test_one_amount_is_rounded_in_one_way(project: Path, reading: Reading) -> None:
    plant(project, "HALF0001", [asked(no, meta=paid(0.00033)) for no in range(1, 16)])
    shown = [reading(*words).out for words in (("show", "latest"), ("runs",), ("show", "latest", "--cost"), ("stats",))]
    assert len({price for text in shown for price in re.findall(r"\$[\d.]+", text)}) == 1
    assert reading("stats", "--json").document["stats"][0]["usd"] == 0.00495


def test_a_call_of_several_requests_is_one_call(project: Path, reading: Reading) -> None:
    inner = [Entry(no=1, key=f"request:{at}", op="request", ok=True, meta=paid(0.1)) for at in range(3)]
    plant(project, "MANY0001", [*inner, asked(1, meta=paid(0.1)), asked(2, meta=paid(0.1))])
    cost = reading("show", "latest", "--cost", "--json").document["cost"]
    assert [(each["calls"], each["requests"]) for each in cost["models"] + cost["lines"]] == [(2, 5)] * 2
    assert reading("stats", "--by", "model", "--json").document["stats"][0]["calls"] == 2


def test_what_was_killed_or_waits_has_its_cost_and_is_found(project: Path, reading: Reading) -> None:
    zombie = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has looked
    try:
        owner = f"{socket.gethostname()}:{zombie}"
        plant(project, "WAITS001", [asked(1, meta=paid(0.5))], status="suspended")
        plant(project, "KILLED01", [asked(1, meta=paid(0.25))], status="running", owner=owner)
        plant(project, "KILLED01.2", [asked(1, meta=paid(0.5))], status="running", owner=owner, parent="KILLED01")
        plant(project, "HERE0001", status="running", owner=f"{socket.gethostname()}:{os.getpid()}")
        bend(project, "UPDATE runs SET usage = '{}', cost = NULL WHERE status = 'running'")
        rows = [line.split("\t") for line in reading("runs").out.splitlines()]
        assert [(row[0], row[1], row[5]) for row in rows] == [
            ("HERE0001", "running", "-"), ("KILLED01", "interrupted", "$0.7500"), ("WAITS001", "suspended", "$0.5000"),
        ]  # fmt: skip
        for words, found in {
            ("--status", "interrupted"): ["KILLED01"], ("--status", "running"): ["HERE0001"],
            ("--min-usd", "0.6"): ["KILLED01"], ("--min-usd", "0.5"): ["KILLED01", "WAITS001"],
        }.items():  # fmt: skip
            assert [line.split("\t")[0] for line in reading("runs", *words).out.splitlines()] == found
        stats = reading("stats", "--by", "status", "--json").document["stats"]
        assert {each["name"]: each["runs"] for each in stats} == {"interrupted": 2, "running": 1, "suspended": 1}
        for run, usd in (("KILLED01", 0.75), ("WAITS001", 0.5)):
            assert reading("show", run, "--json").document["usage"]["usd"] == usd
    finally:
        os.waitpid(zombie, 0)


def test_the_latest_of_no_runs_is_not_taken_for_a_mistyped_name(project: Path, reading: Reading) -> None:
    plant(project, "GONE0001")
    assert reading("runs", "prune", "GONE0001").code == 0
    assert reading("show", "latest").err.startswith("error[args]: there are no runs yet\n")


def test_the_folder_of_a_project_is_nothing_for_git(project: Path, reading: Reading) -> None:
    plant(project, "GIT00001")
    assert (project / ".llmspell" / ".gitignore").read_text("utf-8") == "*\n"
    assert reading("runs").out.startswith("GIT00001")


def test_what_a_call_has_cost_stays_when_it_is_made_again() -> None:
    scope = Scope(Call(1, "ask", ["x"], 3), 0, "keyed", 0, lambda value: value)
    scope.resume(Entry(no=1, meta=paid(0.5) | {"said": "x"}))
    scope.pay({"requests": 1, "usd": 0.25}, "m/one")
    scope.pay({"requests": 1, "usd": 0.125}, "m/two")
    meta = scope.entry().meta
    assert (meta["usage"]["requests"], meta["usage"]["usd"]) == (3, 0.875)
    assert {name: usage["usd"] for name, usage in meta["models"].items()} == {"m/one": 0.75, "m/two": 0.125}
    assert "said" not in meta
