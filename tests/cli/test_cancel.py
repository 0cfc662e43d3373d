"""`llmspell cancel`: a run is stopped from another terminal, and nothing that was paid for is lost."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from commandline import Command
from test_parking import MAP, written
from test_resume import LIMIT, MANY, Pages, Project, ended
from test_resume import MAP as SITE
from website import website


@pytest.mark.parametrize("suffix", ["lua", "js"])
async def test_a_live_run_is_stopped_within_a_second_and_can_go_on(
    suffix: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, suffix, SITE[suffix], site, environ)
        pages.left = 12
        process = await project.run()
        await pages.stuck(LIMIT)
        began = time.monotonic()
        document = await project.said("cancel", "latest")
        assert (document["was"], document["is"]) == ("running", "cancelled")
        assert time.monotonic() - began < 4  # with the start of a process, on a machine that is busy
        _, err = await ended(process, 1)
        assert "cancelled" in err
        answered = dict(pages.asked)
        pages.left = MANY
        out, _ = await ended(await project.resume())
    assert len(json.loads(out.splitlines()[-1])) == MANY
    assert sum(pages.asked.values()) == sum(answered.values()) + MANY - 12
    assert (await ended(await project.start("replay", "latest")))[0] == out


def test_what_waits_is_stopped_at_once_and_what_has_ended_is_not(llmspell: Command, tmp_path: Path) -> None:
    name = written(tmp_path, "it.lua", MAP["lua"])
    assert llmspell("run", name).returncode == 9
    done = llmspell("cancel", "latest")
    assert (done.returncode, done.stderr.split()[0]) == (0, "cancelled")
    assert "nothing waits" in llmspell("approve").stderr
    refused = llmspell("approve", "latest", "1")
    assert "the run is cancelled" in refused.stderr
    again = llmspell("cancel", "latest")
    assert again.returncode == 2
    assert "has ended: cancelled" in again.stderr
    assert llmspell("resume", "latest").returncode == 9
    assert llmspell("approve", "latest", "--all", "--resume").stdout == "[true, true, true]\n"
    assert "has ended: done" in llmspell("cancel", "latest").stderr


async def test_a_run_whose_process_was_killed_is_stopped_at_once(tmp_path: Path, environ: dict[str, str]) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, "lua", SITE["lua"], site, environ)
        process = await project.run()
        await pages.stuck(LIMIT)
        process.kill()
        await process.communicate()
        document = await project.said("cancel", "latest")
        assert (document["was"], document["is"]) == ("interrupted", "cancelled")
        await asyncio.wait_for(site.deserted(), 5)
