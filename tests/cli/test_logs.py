"""`llmspell logs`: what a run says, from another process, while it goes on and afterwards."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from reading import BEGAN, JOURNAL, Reading, bend, plant, project, reading
from website import Seen, answer, website

from llmspell.journal.records import Line
from llmspell.journal.sqlite import SqliteStore

__all__ = ["project", "reading"]

SPELLS = {
    "it.lua": """
local site = spell { params = { site = "string" } }.site
print("before")
Log.warn("hot", { n = 1 })
say("aloud")
Http.get(site .. "/slow")
print("after")
return 1
""",
    "it.js": """
const { site } = spell({ params: { site: "string" } });
print("before");
Log.warn("hot", { n: 1 });
await say("aloud");
await Http.get(`${site}/slow`);
print("after");
export default 1;
""",
}
FIRST = ["out\tbefore", "log\twarn: hot n=1", "out\taloud"]


async def start(folder: Path, environ: dict[str, str], *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "llmspell", *words, cwd=folder, env=environ,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process, code: int = 0) -> tuple[str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == code, err.decode()
    assert "Traceback" not in err.decode()
    return out.decode(), err.decode()


def without_times(text: str) -> list[str]:
    """Return lines without their times, and without progress, which tells how long things took."""
    lines = [line.partition("\t")[2] for line in text.splitlines()]
    return [line for line in lines if not line.startswith("progress")]


async def test_a_run_is_followed_to_its_end_and_says_nothing_twice(tmp_path: Path, environ: dict[str, str]) -> None:
    for name in SPELLS:
        (tmp_path / name).mkdir()
    await asyncio.gather(*(_followed(name, tmp_path / name, environ) for name in SPELLS))


async def _followed(name: str, folder: Path, environ: dict[str, str]) -> None:
    (folder / "llmspell.toml").write_text("", encoding="utf-8")
    (folder / name).write_text(SPELLS[name], encoding="utf-8")
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
        asked.set()
        await go.wait()
        return answer("done")

    async with website({"*": slow}) as site:
        allow = f"--allow-net={site.host}"
        run = await start(folder, environ, "run", name, f"--site={site.url}", allow, "--model=echo")
        await asyncio.wait_for(asked.wait(), 30)
        follower = await start(folder, environ, "logs", "latest", "-f")
        assert follower.stdout is not None
        heard = ""
        while "\tout\taloud\n" not in heard:
            heard += (await asyncio.wait_for(follower.stdout.readline(), 30)).decode()
        run.send_signal(signal.SIGKILL)
        await run.communicate()
        out, err = await ended(follower)
        assert without_times(heard + out) == FIRST
        assert err.endswith(": interrupted\n")
        go.set()
        await ended(await start(folder, environ, "resume", "latest", allow, "--model=echo"))
    if name == "it.lua":  # no language has a part in it
        await ended(await start(folder, environ, "replay", "latest"))
    store = SqliteStore(folder / JOURNAL)
    said = [line.text async for _, line in store.lines((await store.run("latest")).run_id) if line.stream != "progress"]
    assert "".join(said) == "before\nhotaloud\nafter\n"


async def test_who_follows_can_stop_at_any_time(project: Path, environ: dict[str, str]) -> None:
    await asyncio.to_thread(plant, project, "RUN00001", lines=["hello\n"], status="running")
    owner = f"{socket.gethostname()}:{os.getpid()}"
    bend(project, "UPDATE runs SET owner = ?", owner)
    follower = await start(project, environ, "logs", "latest", "-f")
    assert follower.stdout is not None
    assert (await asyncio.wait_for(follower.stdout.readline(), 30)).endswith(b"out\thello\n")
    follower.send_signal(signal.SIGINT)
    assert await ended(follower, -signal.SIGINT) == ("", "")


def test_people_see_the_time_since_the_run_began(
    project: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Line(t_ms=BEGAN + 62_500, stream="progress", text="map: 1/2")
    plant(project, "RUN00001", lines=["one\ntwo\n", late])
    lines = map(json.loads, reading("logs", "latest", "--json").out.splitlines())
    assert [line["text"] for line in lines] == ["one\ntwo\n", "map: 1/2"]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert reading("logs", "latest").out.splitlines() == [
        "[00:00.0] out      one", "[00:00.0] out      two", "[01:02.5] progress map: 1/2",
    ]  # fmt: skip


def test_a_run_that_waits_or_has_ended_is_not_waited_for(project: Path, reading: Reading) -> None:
    plant(project, "PARKED01", status="suspended")
    assert reading("logs", "latest", "-f") == (0, "", "PARKED01: suspended\n")
    plant(project, "GONE0001", status="running", owner=f"{socket.gethostname()}:999999999")
    assert reading("logs", "latest", "-f") == (0, "", "GONE0001: interrupted\n")
    assert reading("logs", "nothing").code == 2
