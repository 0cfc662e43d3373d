"""What people are told of a run that has stopped, and what goes on with it: its spell, another one, two at once."""

import asyncio
import json
import shlex
import signal
from pathlib import Path

from test_resume import LIMIT, MANY, MAP, Pages, Project, ended, killed
from website import website

SLOW = {
    "lua": """
local site = spell { params = { site = "string" } }.site
local got = { ask("one").text }
got[2] = Http.get(site .. "/slow").text
got[3] = ask("end").text
return got
""",
    "js": """
const { site } = spell({ params: { site: "string" } });
const got = [(await ask("one")).text];
got.push((await Http.get(`${site}/slow`)).text);
got.push((await ask("end")).text);
export default got;
""",
}


async def test_a_changed_script_proves_itself_before_anything_is_done(tmp_path: Path, environ: dict[str, str]) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, "js", SLOW["js"], site, environ)
        process = await project.run()
        await pages.stuck(1)
        await killed(process)
        grant = f"--allow-net={site.host}"
        (run,) = (await project.said("runs"))["runs"]
        (tmp_path / "wrong.js").write_text(SLOW["js"].replace('"one"', '"two"'), encoding="utf-8")
        _, err = await ended(await project.start("resume", "latest", "--script=wrong.js", grant), 10)
        assert 'recorded: ask("one") (line 3)' in err
        assert 'now:      ask("two")' in err
        assert "--> wrong.js:3" in err
        assert f"llmspell fork {run['run']} --at 1 --script wrong.js goes on from there" in err
        assert sum(pages.asked.values()) == 1
        assert (await project.said("runs"))["runs"][0]["status"] == "interrupted"
        pages.left = 10
        (tmp_path / "right.js").write_text("\n" + SLOW["js"].replace('"end"', '"new end"'), encoding="utf-8")
        out, _ = await ended(await project.start("resume", "latest", "--script=right.js", grant))
    assert json.loads(out)[::2] == ["one", "new end"]
    assert (await ended(await project.start("replay", "latest")))[0] == out  # it is the new script that is pinned now


async def test_a_run_keeps_its_script_and_says_that_the_file_is_another(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, "lua", SLOW["lua"], site, environ)
        process = await project.run()
        await pages.stuck(1)
        process.send_signal(signal.SIGINT)
        _, err = await ended(process, 130)
        stopped, _, command = err.splitlines()[-1].partition("  ")
        assert stopped.split()[0] == "failed"
        (tmp_path / "it.lua").write_text("return 'changed'", encoding="utf-8")
        pages.left = 10
        out, err = await ended(await project.start(*shlex.split(command)[1:]))
    assert command.endswith(f"--allow-net={site.host}")
    assert json.loads(out)[2] == "end"
    assert "it.lua has changed since: the run goes on with what it was" in err
    name = command.split()[2]
    assert err.splitlines()[-1].endswith(f"  llmspell show {name}")


async def test_of_two_that_go_on_with_the_same_run_one_is_told_to_leave(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    pages = Pages()
    async with website({"*": pages.page}) as site:
        project = Project(tmp_path, "lua", MAP["lua"], site, environ)
        process = await project.run()
        await pages.stuck(LIMIT)
        await killed(process)
        await asyncio.wait_for(site.deserted(), 5)
        both = [await project.resume(), await project.resume()]
        await pages.stuck(2 * LIMIT)  # each of them has gone on
        pages.left = 2 * MANY
        pages.let_go()
        said = [await asyncio.wait_for(each.communicate(), 30) for each in both]
    codes = [each.returncode for each in both]
    assert sorted(codes) == [0, 10], said
    out, err = said[codes.index(0)][0], said[codes.index(10)][1].decode()
    assert len(json.loads(out.decode().splitlines()[-1])) == MANY
    assert "error[replay]: run" in err
    assert "was taken over by" in err or "has ended: done" in err
