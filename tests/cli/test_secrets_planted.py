"""Secrets planted wherever a spell can put one: none is in the journal, nor in what is shown of it."""

import asyncio
import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from commandline import ROOT
from website import Seen, answer, echo, standing

from llmspell.secrets import Secrets

PLAIN = "sk-live-0123456789abcdef"
ODD = 'p@ss/w+rd "ü"~\\x'
OTHER = "tok_9876543210"
SECRETS = {"PLAIN_API_KEY": PLAIN, "ODD_PASSWORD": ODD}
KNOWN = Secrets(SECRETS)
PAGES = {"/echo": echo, "/told": answer(f"it is {PLAIN} and {ODD}", X_Key=PLAIN)}

SPELLS = {
    "lua": """
local args = spell { params = { key = "text", site = "text" } }
local lib = require("lib")
local site = args.site
local plain, odd = os.getenv("PLAIN_API_KEY"), System.env("ODD_PASSWORD")
local both = plain .. " " .. odd
print("printed", both)
print(string.rep("Authorization: Bearer " .. plain .. "\\n", 3000))
say("said " .. both)
io.stderr:write("to stderr " .. both .. "\\n")
Log.info("logged " .. both, { key = plain, [odd] = both })
Event.on("told", function(e) print("heard", e.data.key) end)
Event.emit("told", { key = both })
State.set(plain, { odd = odd })
Fs.write("kept.txt", both)
Fs.append("kept.txt", Json.encode({ odd = odd }))
local failed = attempt(function() fail("it failed with " .. both, { hint = "not " .. plain }) end)
local http = { headers = { Authorization = "Bearer " .. plain }, query = { key = odd } }
local sent = Http.get(site .. "/echo", http)
local posted = Http.post(site .. "/echo", { json = { key = both }, headers = { ["x-basic"] = lib.basic(plain) } })
local told = Http.get(site .. "/told")
local fragment = ask("Is " .. both .. " a key?", { system = "You know " .. plain })
local data = ask("Name it: " .. both, { schema = { name = "text" } })
return {
  both = both, arg = args.key, lib = lib.shout(plain), state = State.get(plain), file = Fs.read("kept.txt"),
  bytes = #Fs.bytes("kept.txt"), error = failed.error, sent = sent.json.headers.authorization, path = sent.json.path,
  posted = posted.json.body, told = told.text, header = told.headers["x-key"], reply = fragment, data = data.data,
  ran = System.run({ "printf", "%s", both }).out,
  encoded = System.run("printf '%s' \\"me:$ODD_PASSWORD\\" | base64 -w0").out,
  missing = attempt(function() return Fs.read(plain) end).error, [plain] = { odd },
  clipped = attempt(function() return Http.get("api.example.com/a/long/path/of/it?key=" .. plain) end).error.message,
}
""",
    "js": """
import { basic, shout } from "./lib.js";
const args = spell({ params: { key: "text", site: "text" } });
const site = args.site;
const plain = await System.env("PLAIN_API_KEY"), odd = await System.env("ODD_PASSWORD");
const both = `${plain} ${odd}`;
print("printed", both);
print(`Authorization: Bearer ${plain}\\n`.repeat(3000));
await say(`said ${both}`);
console.error(`to stderr ${both}`);
Log.info(`logged ${both}`, { key: plain, [odd]: both });
await Event.on("told", (e) => print("heard", e.data.key));
await Event.emit("told", { key: both });
await State.set(plain, { odd });
await Fs.write("kept.txt", both);
await Fs.append("kept.txt", JSON.stringify({ odd }));
const failed = await attempt(() => fail(`it failed with ${both}`, { hint: `not ${plain}` }));
const headers = { Authorization: `Bearer ${plain}` };
const sent = await Http.get(`${site}/echo`, { headers, query: { key: odd } });
const posted = await Http.post(`${site}/echo`, { json: { key: both }, headers: { "x-basic": basic(plain) } });
const told = await Http.get(`${site}/told`);
const reply = await ask(`Is ${both} a key?`, { system: `You know ${plain}` });
const data = await ask(`Name it: ${both}`, { schema: { name: "text" } });
export default {
  both, arg: args.key, lib: shout(plain), state: await State.get(plain), file: await Fs.read("kept.txt"),
  bytes: (await Fs.bytes("kept.txt")).length, error: failed.error, sent: sent.json.headers.authorization,
  path: sent.json.path, posted: posted.json.body, told: told.text, header: told.headers["x-key"], reply,
  data: data.data, ran: (await System.run(["printf", "%s", both])).out,
  encoded: (await System.run("printf '%s' \\"me:$ODD_PASSWORD\\" | base64 -w0")).out,
  missing: (await attempt(() => Fs.read(plain))).error, [plain]: [odd],
  clipped: (await attempt(() => Http.get(`api.example.com/a/long/path/of/it?key=${plain}`))).error.message,
};
""",
}
LIBRARIES = {
    "lua": 'return { basic = function(key) return "key=" .. key end, shout = function(key) return key .. "!" end }',
    "js": "export const basic = (key) => btoa(`me:${key}`), shout = (key) => `${key}!`;",
}
COMMENT = {"lua": "--", "js": "//"}
FAILING = {
    "lua": 'local function deep() error("it broke at " .. System.env("PLAIN_API_KEY")) end\ndeep()',
    "js": 'const key = await System.env("PLAIN_API_KEY");\nfunction deep() { throw new Error(`at ${key}`); }\ndeep();',
}


class Told(NamedTuple):
    """What was said in a run, in a replay of it, and by the commands that show it."""

    folder: Path
    journal: Path
    run: str
    errors: str
    replay: str
    shown: list[str]
    requests: list[str]


class Shell:
    """A folder in which commands run, with and without the secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "llmspell.toml").touch()
        keep = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_") or name == "PATH"}
        self.environ = keep | {"PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder)}

    def __call__(self, *words: str, code: int = 0, secrets: dict[str, str] | None = None) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "llmspell", *words], cwd=self.folder, env=self.environ | (secrets or {}),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout, done.stderr


@pytest.fixture(scope="module", params=SPELLS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    suffix = request.param
    shell = Shell(tmp_path_factory.mktemp("planted"))
    with standing(PAGES) as site:
        (shell.folder / f"it.{suffix}").write_text(SPELLS[suffix], "utf-8")
        (shell.folder / f"lib.{suffix}").write_text(LIBRARIES[suffix], "utf-8")
        (shell.folder / f"bad.{suffix}").write_text(FAILING[suffix], "utf-8")
        words = ("--trust", "--model=echo")
        run, errors = shell("run", f"it.{suffix}", *words, f"--key={PLAIN}", f"--site={site.url}", secrets=SECRETS)
        requests = [f"{seen.path} {seen.headers} {seen.body.decode()}" for seen in site.requests]
    name = errors.splitlines()[-1].split()[1]
    with ThreadPoolExecutor() as pool:  # each is a process
        begun = [
            pool.submit(shell, "replay", name, "--security=low"),
            pool.submit(shell, "show", name, "--calls", "--json"),
            pool.submit(shell, "logs", name),
            pool.submit(shell, "run", f"bad.{suffix}", *words, code=1, secrets=SECRETS),
        ]
        replay, *shown = [each.result()[0] for each in begun]
    shown.append(shell("show", "latest", "--json")[0])
    return Told(shell.folder, shell.folder / ".llmspell" / "journal.db", run, errors, replay, shown, requests)


def written(value: str) -> Iterator[str]:
    """Yield a value in all the ways in which it could be in a text."""
    yield from (value, quote(value), quote(value, safe=""), json.dumps(value)[1:-1])
    yield json.dumps(json.dumps(value, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1]
    for lead in range(3):  # what it alone decides
        whole = base64.b64encode(b"\0" * lead + value.encode())
        yield whole[4 if lead else 0 :].rstrip(b"=")[:-1].decode()


def raw(journal: Path) -> Iterator[bytes]:
    """Yield all that is in a journal: its files, and each value in it unpacked."""
    yield from (path.read_bytes() for path in journal.parent.glob("journal.db*"))
    with closing(sqlite3.connect(journal)) as connection:
        for codec, content in connection.execute("SELECT codec, bytes FROM blobs"):
            yield zlib.decompress(content) if codec else content
        yield from (zlib.decompress(files) for (files,) in connection.execute("SELECT files FROM bundles"))
        for table in ("runs", "calls", "lines"):
            yield from (repr(row).encode() for row in connection.execute(f"SELECT * FROM {table}"))


def test_the_script_has_the_values_and_the_world_gets_them(told: Told) -> None:
    assert f"printed\t{PLAIN} {ODD}" in told.run or f"printed {PLAIN} {ODD}" in told.run
    get, post, _ = told.requests
    assert f"Bearer {PLAIN}" in get
    assert quote(ODD, safe="").replace("%20", "+") in get.replace("%20", "+")
    assert PLAIN in post
    assert (told.folder / "kept.txt").read_text("utf-8").startswith(f"{PLAIN} {ODD}")


def test_nothing_that_is_kept_or_shown_has_one(told: Told) -> None:
    forms = [form.encode() for value in SECRETS.values() for form in written(value)]
    forms += [PLAIN[:8].encode(), PLAIN[-8:].encode()]  # where a text was cut
    for text in (*raw(told.journal), *map(str.encode, told.shown), told.replay.encode()):
        assert [form for form in forms if form in text] == []
        assert b"Traceback" not in text
        assert str(ROOT).encode() not in text
    assert "[secret:PLAIN_API_KEY]" in told.shown[0]
    assert "[secret:ODD_PASSWORD]" in told.shown[0]


def test_what_comes_from_outside_has_only_names(told: Told) -> None:
    found = json.loads(told.run.strip().splitlines()[-1])
    assert found["both"] == f"{PLAIN} {ODD}"
    assert found["told"] == "it is [secret:PLAIN_API_KEY] and [secret:ODD_PASSWORD]"
    assert "key=[secret:PLAIN_API_KEY]…" in found["clipped"]
    assert found["header"] == "[secret:PLAIN_API_KEY]"
    assert found["ran"] == "[secret:PLAIN_API_KEY] [secret:ODD_PASSWORD]"
    assert found["sent"] == "Bearer [secret:PLAIN_API_KEY]"
    assert PLAIN not in json.dumps(found["reply"])


def test_a_replay_without_them_says_the_same_with_their_names(told: Told) -> None:
    *lines, result = KNOWN.scrub(told.run).splitlines()
    *lines_again, result_again = told.replay.splitlines()
    assert lines_again == lines
    assert json.loads(result_again) == json.loads(result)  # which is printed with sorted keys


# -- going on, and where there must not be one ------------------------------------------------------------------------

WAITING = {
    "lua": """
local args = spell { params = { key = "text", site = "text" } }
local key, site = System.env("PLAIN_API_KEY"), args.site
local first = Http.get(site .. "/echo", { headers = { ["x-key"] = key } }).json.headers["x-key"]
Http.get(site .. "/gate")
return { Http.get(site .. "/echo", { headers = { ["x-key"] = key .. args.key } }).status, first }
""",
    "js": """
const args = spell({ params: { key: "text", site: "text" } });
const key = await System.env("PLAIN_API_KEY"), site = args.site;
const first = (await Http.get(site + "/echo", { headers: { "x-key": key } })).json.headers["x-key"];
await Http.get(`${site}/gate`);
export default [(await Http.get(site + "/echo", { headers: { "x-key": key + args.key } })).status, first];
""",
}


@pytest.mark.parametrize("suffix", WAITING)
def test_a_run_that_goes_on_asks_for_its_secrets_again(suffix: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    secrets = SECRETS | {"OTHER_TOKEN": OTHER}
    arrived = threading.Event()

    async def gate(_: Seen, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> bytes | None:
        if arrived.is_set():
            return answer("open")
        arrived.set()
        return await reader.read() or None  # until it hangs up

    with standing({"/echo": echo, "/gate": gate}) as site:
        (tmp_path / f"it.{suffix}").write_text(WAITING[suffix], "utf-8")
        words = [f"it.{suffix}", "--trust", f"--key={OTHER}", f"--site={site.url}"]
        with subprocess.Popen(
            [sys.executable, "-m", "llmspell", "run", *words], cwd=tmp_path, env=shell.environ | secrets,
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        ) as run:  # fmt: skip
            assert arrived.wait(20)
            run.send_signal(signal.SIGKILL)
        _, errors = shell("resume", "latest", "--trust", secrets=secrets, code=2)
        assert "--secret=OTHER_TOKEN hands it over again" in errors
        again = ("resume", "latest", "--trust", "--secret=OTHER_TOKEN")
        _, errors = shell(*again, secrets={"OTHER_TOKEN": OTHER}, code=3)
        assert "this run was given [secret:PLAIN_API_KEY], which the environment does not have now" in errors
        assert [seen.path for seen in site.requests] == ["/echo", "/gate"]
        asked, _ = shell(*again, secrets=secrets)
        assert json.loads(asked) == [200, "[secret:PLAIN_API_KEY]"]
        assert [seen.headers.get("x-key") for seen in site.requests] == [PLAIN, None, None, PLAIN + OTHER]
    told = shell("replay", "latest", "--security=low")[0].splitlines()[-1]
    assert json.loads(told) == [200, "[secret:PLAIN_API_KEY]"]


@pytest.mark.parametrize(("suffix", "uses"), [("lua", 'return require("lib")'), ("js", 'import "./lib.js"')])
def test_a_spell_in_whose_files_one_stands_does_not_run(suffix: str, uses: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / f"it.{suffix}").write_text(uses, "utf-8")
    (tmp_path / f"lib.{suffix}").write_text(f"{LIBRARIES[suffix]}\n{COMMENT[suffix]} {PLAIN}\n".replace("return", ""))
    _, errors = shell("run", f"it.{suffix}", secrets=SECRETS, code=3)
    assert "error[config]: the value of the environment variable PLAIN_API_KEY stands in this line" in errors
    assert f"--> lib.{suffix}:2" in errors
    assert "take it out of the file" in errors
    assert PLAIN not in errors


def test_an_encrypted_journal_is_read_with_its_key_alone(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "llmspell.toml").write_text("[journal]\nencrypt = true\n", "utf-8")
    (tmp_path / "it.lua").write_text('print(ask("a hidden question").text) return "a hidden result"', "utf-8")
    key, other = ({"LLMSPELL_JOURNAL_KEY": base64.b64encode(text * 32).decode()} for text in (b"a", b"b"))
    first, _ = shell("run", "it.lua", "--model=echo", secrets=key)
    assert shell("replay", "latest", secrets=key)[0] == first
    assert "a hidden question" in shell("show", "latest", "--calls", "--json", secrets=key)[0]
    _, errors = shell("show", "latest", secrets=other, code=3)
    assert "error[config]: this part of the journal is encrypted with another key" in errors
    found = b"".join(raw(tmp_path / ".llmspell" / "journal.db"))
    assert b"hidden" not in found
