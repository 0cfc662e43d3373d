"""Ctrl-C in the middle of much work: what is done is shown, and nothing is left running."""

import array
import asyncio
import fcntl
import json
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from website import Seen, Site, answer, website

URLS, LIMIT, HALF = 1000, 50, 500
SPELLS = {
    "check.lua": """
spell { params = { site = "string" } }
local urls = {}
for i = 1, 1000 do urls[i] = spell().site .. "/" .. i end
local function check(url) return Http.get(url).status end
local found = map(urls, check, { limit = 50, on_error = "keep", name = "check" })
print(#found.ok .. " of " .. #urls)
local kinds = {}
for _, each in ipairs(found.failed) do kinds[each.error.kind] = (kinds[each.error.kind] or 0) + 1 end
return { ok = #found.ok, failed = #found.failed, kinds = kinds, last = found.failed[#found.failed].item }
""",
    "check.js": """
const { site } = spell({ params: { site: "string" } });
const urls = Array.from({ length: 1000 }, (_, i) => `${site}/${i + 1}`);
const check = async (url) => (await Http.get(url)).status;
const found = await map(urls, check, { limit: 50, on_error: "keep", name: "check" });
print(`${found.ok.length} of ${urls.length}`);
const kinds = {};
for (const each of found.failed) kinds[each.error.kind] = (kinds[each.error.kind] ?? 0) + 1;
export default { ok: found.ok.length, failed: found.failed.length, kinds, last: found.failed.at(-1).item };
""",
}


class Counter:
    """Answers until half of the requests have come; then it says nothing more, so that nothing can end by chance."""

    def __init__(self) -> None:
        self.count = 0
        self.half = asyncio.Event()

    async def page(self, _seen: Seen, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes | None:
        self.count += 1
        if self.count <= HALF:
            return answer("here")
        if self.count == HALF + LIMIT:
            self.half.set()
        await reader.read()
        return None


async def start(name: str, folder: Path, site: Site, environ: dict[str, str]) -> asyncio.subprocess.Process:
    (folder / name).write_text(SPELLS[name], encoding="utf-8")
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "llmspell", "run", name, f"--site={site.url}", f"--allow-net={site.host}",
        cwd=folder, env=environ, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("name", SPELLS)
async def test_a_thousand_urls_and_ctrl_c_halfway(name: str, tmp_path: Path, environ: dict[str, str]) -> None:
    counter = Counter()
    async with website({"*": counter.page}) as site:
        process = await start(name, tmp_path, site, environ)
        await asyncio.wait_for(counter.half.wait(), 30)
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 30)
        await asyncio.wait_for(site.deserted(), 5)
    assert process.returncode == 130, err.decode()
    said, result = out.decode().splitlines()
    assert said == f"{HALF} of {URLS}"
    failed = URLS - HALF
    assert json.loads(result) == {
        "ok": HALF, "failed": failed, "kinds": {"cancelled": failed}, "last": f"{site.url}/{URLS}",
    }  # fmt: skip
    assert counter.count == HALF + LIMIT
    assert site.peak <= LIMIT
    assert err.decode().splitlines()[-1].startswith("stopped ")
    assert "Traceback" not in err.decode()


def test_a_reader_that_stalls_does_not_hold_up_the_second_interrupt(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "flood.lua").write_text('for i = 1, 100 do print(("x"):rep(10000)) sleep(0) end')
    process = subprocess.Popen(
        [sys.executable, "-m", "llmspell", "run", "flood.lua"],
        cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    full = fcntl.fcntl(process.stdout.fileno(), fcntl.F_GETPIPE_SZ)
    while unread(process.stdout.fileno()) < full - 20_000:
        assert process.poll() is None
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    assert process.returncode == 130
    process.stdout.close()


def unread(descriptor: int) -> int:
    """Return how many bytes wait in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
