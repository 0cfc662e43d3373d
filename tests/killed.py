"""A host that can be killed at any moment: it goes on with the runs that are open, and begins others.

`python killed.py FOLDER` reads lines `EFFECTS RUNS WORKERS` from its input. For each it forks a host, which works until
so many runs have been begun and all have ended, or until it is killed after so many effects; below 0 it comes to its
end. It then says whether it was killed.
"""

import asyncio
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from zlib import crc32

import lupa.lua54  # noqa: F401 - these are loaded before the fork
import py_mini_racer  # noqa: F401
from chance import Chance
from repeating import Heard, resumed, write_down

from llmspell import Host, Spell
from llmspell.host import archive
from llmspell.journal.records import Query
from llmspell.journal.sqlite import SqliteStore
from llmspell.testing import InlineWorker, Probe

KINDS = [Probe, Chance]
AT_ONCE = 3
SPELLS = {
    "lua": """
        local n, last = 0, ""
        local function ask_(what)
          n = n + 1
          last = Chance.answer(what .. " " .. n .. " " .. last)
          return last
        end
        local function count() State.update("count", function(old) ask_("update") return (old or 0) + 1 end) end
        local got = parallel({
          function() return map({ 1, 2, 3, 4, 5 }, function(i) return ask_("item " .. i) .. math.random(100) end) end,
          function()
            for i = 1, 3 do attempt(function() Chance.pay(i, n) end) ask_("paid") end
            count()
          end,
          function() return Chance.agent(3, function() return ask_("tool") end) end,
          function()
            for i = 1, 4 do
              race({ function() return ask_("left") end, function() return ask_("right") end })
              attempt(function() timeout(0.001, function() ask_("late") ask_("later") end) end)
            end
            count()
          end,
        })
        print(n, last)
        return { n = n, got = got, agreed = attempt(function() ask_("doubt") end).ok }
    """,
    "javascript": """
        let n = 0, last = "";
        const ask_ = async (what) => { n++; last = await Chance.answer(`${what} ${n} ${last}`); return last; };
        const count = () => State.update("count", async (old) => { await ask_("update"); return (old ?? 0) + 1; });
        const got = await parallel([
          () => map([1, 2, 3, 4, 5], async (i) => (await ask_(`item ${i}`)) + Math.floor(Math.random() * 100)),
          async () => {
            for (let i = 1; i <= 3; i++) { await attempt(() => Chance.pay(i, n)); await ask_("paid"); }
            await count();
          },
          () => Chance.agent(3, () => ask_("tool")),
          async () => {
            for (let i = 1; i <= 4; i++) {
              await race([() => ask_("left"), () => ask_("right")]);
              await attempt(() => timeout(0.001, async () => { await ask_("late"); await ask_("later"); }));
            }
            await count();
          },
        ]);
        print(n, last);
        export default { n, got, agreed: (await attempt(() => ask_("doubt"))).ok };
    """,
}
UPDATES = 2
"""How often each run counts."""
LINE = 44
"""About how many bytes an effect has in the ledger."""
SPREAD = 0.02
"""Seconds within which a host dies that has had its effects."""


class Life:
    """What one host does until it is killed."""

    def __init__(self, folder: Path, most: int, inline: bool) -> None:
        self._store = SqliteStore(folder / "journal.db")
        self._most = most
        self._inline = inline
        self._root = folder
        self._ledger = os.open(folder / "ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._ends = os.open(folder / "ends", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        Chance.book = staticmethod(self._book)

    def _book(self, name: str, key: str, asked: str, answer: str) -> None:
        os.write(self._ledger, f"{name} {key or '-'} {crc32(asked.encode()):08x} {answer}\n".encode())

    async def live(self) -> None:
        runs = await self._store.runs(Query(limit=10_000))
        names = [run.run_id for run in runs if not run.finished] + [None] * (self._most - len(runs))
        waiting = iter(enumerate(names, len(runs)))

        async def work() -> None:
            for number, name in waiting:
                await self._go_on(number, name)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        await self._store.close()

    async def _go_on(self, number: int, name: str | None) -> None:
        if name is None:
            language = "javascript" if number % 4 == 0 else "lua"
            async with Host(globals=KINDS, environ={}) as host:
                heard = Heard()
                run = host.prepare(Spell.from_source(SPELLS[language], language, "killed"), sink=heard)
                write_down(run, self._store)
                await (run.execute(InlineWorker(language)) if self._inline else host.execute(run))
        else:
            run, heard = await resumed(self._store, name, KINDS, self._root, inline=self._inline)
        assert run.error is None, run.error
        end = {"run": run.id, "value": repr(run.value), "text": heard.text}
        os.write(self._ends, f"{json.dumps(end)}\n".encode())


def lived(folder: Path, effects: int, most: int, inline: bool) -> bool:
    """Let a host live; return whether it was killed."""
    ledger = folder / "ledger"
    until = size(ledger) + effects * LINE
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(Life(folder, most, inline).live())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    while effects >= 0 and size(ledger) < until:
        time.sleep(0.0005)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return ended_by(status)
    if effects >= 0:
        time.sleep(random.random() * SPREAD)
        os.kill(child, signal.SIGKILL)
    return ended_by(os.waitpid(child, 0)[1])


def ended_by(status: int) -> bool:
    """Return whether a host was killed; it does not end otherwise unless all is well."""
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


async def warmed_up() -> None:
    """Load what every host would load, but for the engines, whose threads do not live on in a fork."""
    async with Host(globals=KINDS, environ={}) as host:
        archive.record(host.prepare(Spell.from_source("return 1", "lua")))


def main() -> None:
    folder = Path(sys.argv[1])
    asyncio.run(warmed_up())
    assert threading.active_count() == 1
    for line in sys.stdin:
        effects, most, workers = map(int, line.split())
        print("killed" if lived(folder, effects, most, not workers) else "ended", flush=True)


if __name__ == "__main__":
    main()
