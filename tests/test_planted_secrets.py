"""Twenty-four canaries: a spell sends each of them, hears it echoed in every form, and none is anywhere afterwards.

One scenario for each language does everything hostile at once; then all that it has left is searched once.
"""

import asyncio
import base64
import html
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

import pytest
from commandline import ROOT
from website import Page, Seen, Site, answer, standing

GITHUB = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
BODY = [
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw",
    "ggSjAgEAAoIBAQC7VJTUt9Us8cKjMzEfYyji",
    "WA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictG",
]
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *BODY, "-----END PRIVATE KEY-----"])
SERVICE = {"type": "service_account", "client_id": "42", "private_key": "\n".join(reversed(PEM.splitlines()))}
CANARIES = {
    "OPENAI_API_KEY": "sk-proj-4f9Kq2Lm8Xz7Wv1Ty6Rn3Bp5",
    "OLLAMA_API_KEY": "sk-ol-v1-Zx9Yw8Vu7Ts6Rq5Po4Nm3",
    "GITHUB_TOKEN": GITHUB,
    "OTHER_TOKEN": f"{GITHUB}-and-more",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYz/AbCdEfGh",
    "SLACK_TOKEN": "xoxb-123456789012-1234567890123-AbCdEfGhIjKl",
    "STRIPE_KEY": "sk_live_51HqZw2eZvKYlo2Cabcdefgh",
    "JWT_TOKEN": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "DATABASE_URL": "postgres://me:hunter2!x-99@db.example:5432/x",
    "SERVICE_KEY": json.dumps(SERVICE),
    "SIGNING_KEY": PEM,
    "ENCODED_KEY": base64.b64encode(b"\xfb\xff-this was bytes-\xfe\xfa").decode(),
    "VAULT_PASSPHRASE": "correct horse battery staple",
    "UNICODE_PASSWORD": "pässwörd-ünï-0123",
    "EMOJI_PASSWORD": "🔑-key-🔒-0123456789",
    "HEX_SECRET": "deadbeef0123456789abcdefcafebabe",
    "API_TOKEN": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    "ODD_PASSWORD": 'p@ss/w+rd "ü"~\\x',
    "PERCENT_TOKEN": "100%25&x=1;y#z+q?w",
    "MARKUP_SECRET": "a<b>&c'd\"-12345678",
    "LONG_KEY": "".join(f"{number:x}Gk" for number in range(100, 200)),
    "PIN_PASSWORD": "1234-5678-9012-ab",
    "BRACES_TOKEN": "{{not}}-[a]-$(template)-`x`",
    "DOLLAR_PASSWORD": "$HOME/%s/%d/{0}/\\1-x",
}
VALUES = {**CANARIES, "DATABASE_URL": "hunter2!x-99"}
LINES = [*BODY, *(json.dumps(PEM)[1:-1],)]
MODELS = {"openai": "OPENAI_API_KEY", "ollama": "OLLAMA_API_KEY"}
NAMES = [name.lower() for name in CANARIES]

SPELLS = {
    "lua": """
local args = spell { params = { site = "text", names = "list" } }
local heard = {}
for _, name in ipairs(args.names) do
  local secret = Secrets.get(name)
  local basic = { auth = { user = "me", password = secret } }
  local reply = Http.get(args.site .. "/reflect", basic)
  heard[name] = { reply.text, reply.headers }
  heard[name .. " again"] = Http.get(args.site .. "/chunks", basic).text
  heard[name .. " bytes"] = #Http.get(args.site .. "/reflect", { auth = basic.auth, bytes = true }).bytes
  local header = attempt(function() return Http.post(args.site .. "/reflect", { auth = secret, body = name }).text end)
  heard[name .. " header"] = header.value or header.error.message
  heard[name .. " to"] = attempt(function() return Http.get(args.site .. "/away", basic) end).error
  print(secret, Json.encode(heard[name]))
  Log.info("got " .. reply.text, { [reply.text] = reply.text })
end
local all = Json.encode(heard)
for at = 1, 3000, 7 do print(all:sub(at, at + 6)) end
State.set("all", heard)
Fs.write("out/all.txt", all .. State.get("all")[args.names[1]][1])
Event.on("told", function(event) print(event.data.text) end)
Event.emit("told", { text = all })
for _, model in ipairs { "openai/gpt-5", "ollama/small" } do
  print(ask("What is " .. all, { system = "You have " .. all, model = model }))
end
local child = attempt(function() return Run.spell("child", { text = all:sub(1, 20000) }) end)
return { heard, Fs.read("out/all.txt"), child.error.message, attempt(function() fail(all) end).error.message }
""",
    "js": """
const args = spell({ params: { site: "text", names: "list" } });
const heard = {};
for (const name of args.names) {
  const secret = await Secrets.get(name);
  const auth = { user: "me", password: secret };
  const reply = await Http.get(`${args.site}/reflect`, { auth });
  heard[name] = [reply.text, reply.headers];
  heard[`${name} again`] = (await Http.get(`${args.site}/chunks`, { auth })).text;
  heard[`${name} bytes`] = (await Http.get(`${args.site}/reflect`, { auth, bytes: true })).bytes.length;
  const post = () => Http.post(`${args.site}/reflect`, { auth: secret, body: name });
  const header = await attempt(async () => (await post()).text);
  heard[`${name} header`] = header.value ?? header.error.message;
  heard[`${name} to`] = (await attempt(() => Http.get(`${args.site}/away`, { auth }))).error;
  print(secret, JSON.stringify(heard[name]));
  Log.info(`got ${reply.text}`, { [reply.text]: reply.text });
}
const all = JSON.stringify(heard);
for (let at = 0; at < 3000; at += 7) print(all.slice(at, at + 7));
await State.set("all", heard);
await Fs.write("out/all.txt", all + (await State.get("all"))[args.names[0]][0]);
await Event.on("told", (event) => print(event.data.text));
await Event.emit("told", { text: all });
for (const model of ["openai/gpt-5", "ollama/small"]) {
  print(await ask(`What is ${all}`, { system: `You have ${all}`, model }));
}
const child = await attempt(() => Run.spell("child", { text: all.slice(0, 20000) }));
const failed = await attempt(() => fail(all));
export default [heard, await Fs.read("out/all.txt"), child.error.message, failed.error.message];
""",
}
CHILDREN = {
    "lua": 'local args = spell { params = { text = "text" } }\nprint(args.text)\nerror("it fails: " .. args.text)',
    "js": 'const { text } = spell({ params: { text: "text" } });\nprint(text);\nthrow new Error(`it fails: ${text}`);',
}
WAITING = {
    "lua": """
local args = spell { params = { site = "text" } }
local secret = Secrets.get("github_token")
local first = Http.get(args.site .. "/reflect", { auth = secret }).text
local gate = Http.get(args.site .. "/gate", { auth = secret }).text
return { first, gate, Http.get(args.site .. "/reflect", { auth = secret }).text }
""",
    "js": """
const args = spell({ params: { site: "text" } });
const secret = await Secrets.get("github_token");
const get = async (path) => (await Http.get(args.site + path, { auth: secret })).text;
export default [await get("/reflect"), await get("/gate"), await get("/reflect")];
""",
}


# -- every way in which a secret could be written ---------------------------------------------------------------------


def texts(value: str) -> Iterator[str]:
    """Yield a value as programs write it."""
    yield from (value, quote(value), quote(value, safe=""), quote_plus(value), html.escape(value))
    yield from (value.encode().hex(), value.encode().hex().upper())
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        yield from (text[1:-1], json.dumps(text[1:-1])[1:-1])


def encoded(value: str) -> Iterator[str]:
    """Yield a value in base64, wherever it begins."""
    for lead in range(3):
        whole = base64.b64encode(b"me:"[:lead] + value.encode()).decode()
        yield from (whole, whole.rstrip("=").replace("+", "-").replace("/", "_"))


def forms(value: str) -> Iterator[str]:
    """Yield what would be left of a value in anything that has it."""
    yield from texts(value)
    for at, whole in enumerate(encoded(value)):  # of base64 what the value alone decides
        yield whole.rstrip("=")[4 if at > 1 else 0 : -1]


CLUES = {
    form.encode(): name
    for name, value in [*VALUES.items(), *(("a line of a key", line) for line in LINES)]
    for form in forms(value)
}


def clues(raw: bytes) -> list[str]:
    """Return the names of the canaries that are in some bytes."""
    return sorted({f"{name}: {form[:40]!r}" for form, name in CLUES.items() if form in raw})


# -- a site that echoes all that it hears, and is two providers of models too -----------------------------------------


def heard_in(seen: Seen) -> str:
    """Return the secret that came with a request."""
    kind, _, value = seen.headers.get("authorization", "").partition(" ")
    return base64.b64decode(value).decode().partition(":")[2] if kind == "Basic" else value


async def reflect(seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
    """Answer with the secret in all forms, and with all headers."""
    value = heard_in(seen)
    told = {"headers": seen.headers, "mail": base64.encodebytes(value.encode()).decode(), "value": value}
    text = "\n".join([json.dumps(told), *texts(value), *encoded(value)])
    return answer(text, kind="text/plain; charset=utf-8", X_Seen=quote(value), Set_Cookie=quote(value, safe=""))


async def chunks(seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
    """Answer with the secret in chunks of three bytes."""
    raw = f"key={heard_in(seen)} and {seen.headers.get('authorization')}".encode()
    parts = [raw[at : at + 3] for at in range(0, len(raw), 3)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n" + body


async def away(seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
    """Lead to where no run may go, with the secret in the URL."""
    return answer(
        "", "302 Found", Location=f"https://{quote(heard_in(seen), safe='')}.example/?{quote(heard_in(seen))}"
    )


async def ask_model(seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
    """Answer as a model does, with the key of the provider and with what it was asked."""
    message = {"role": "assistant", "content": f"I heard {seen.headers['authorization']} and {seen.body.decode()}"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    told = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
    return answer(json.dumps(told), kind="application/json")


class Gate:
    """Holds a request back, looks at the processes that wait for it, and ends one of them."""

    def __init__(self) -> None:
        self.victims: list[str] = []
        self.seen: list[bytes] = []
        self.arrived = threading.Event()
        self.host = 0

    async def page(self, _: Seen, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> bytes | None:
        victim = self.victims.pop(0) if self.victims else ""
        if not victim:
            return answer("open")
        await asyncio.to_thread(self.arrived.wait, 20)
        self._look_and_kill(victim)
        return await reader.read() or None  # until it hangs up

    def _look_and_kill(self, victim: str) -> None:
        workers = children(self.host)
        for pid in (self.host, *workers):
            self.seen += [Path(f"/proc/{pid}/{what}").read_bytes() for what in ("cmdline", "comm")]
        self.seen += [Path(f"/proc/{pid}/{what}").read_bytes() for pid in workers for what in ("environ", "maps")]
        for pid in [self.host] if victim == "host" else workers:
            os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


# -- the scenario -----------------------------------------------------------------------------------------------------


class Left(NamedTuple):
    """All that a scenario has left."""

    folder: Path
    said: dict[str, bytes]
    processes: list[bytes]
    requests: list[Seen]
    value: Any


class Shell:
    """A folder in which commands run."""

    def __init__(self, folder: Path, site: Site, gate: Gate) -> None:
        self.folder, self.gate, self.said = folder, gate, dict[str, bytes]()
        keep = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_") or name == "PATH"}
        roots = {"OPENAI_BASE_URL": f"{site.url}/openai", "OLLAMA_BASE_URL": f"{site.url}/ollama"}
        homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("DATA", "CONFIG")}
        self.environ = keep | roots | homes | {"PYTHONPATH": str(ROOT)}
        self.allow = (f"--allow-net={site.host}", f"--allow-secrets=*@{site.host}", "--allow-write=out")
        self.site = f"--site={site.url}"

    def __call__(self, name: str, *words: str, code: int = 0, secrets: bool = False) -> bytes:
        with subprocess.Popen(
            [sys.executable, "-m", "llmspell", *words], cwd=self.folder, stdin=subprocess.DEVNULL,
            env=self.environ | (CANARIES if secrets else {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            if self.gate.victims and words[0] == "-v":
                self.gate.host = process.pid
                self.gate.arrived.set()
            out, err = process.communicate(timeout=60)
        assert process.returncode == code, (out + err).decode()[-1500:]
        self.said[f"{name} {words[-1]}" if name == "export" else name] = out + err
        return out


@pytest.fixture(scope="module", params=SPELLS)
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Left:
    suffix, folder, gate = request.param, tmp_path_factory.mktemp("canaries"), Gate()
    pages: dict[str, Page] = {
        "/reflect": reflect, "/chunks": chunks, "/away": away, "/gate": gate.page,
        "/openai/chat/completions": ask_model, "/ollama/chat/completions": ask_model,
    }  # fmt: skip
    (folder / "llmspell.toml").touch()
    (folder / "out").mkdir()
    (folder / "spells").mkdir()
    for name, sources in (("it", SPELLS), ("child", CHILDREN), ("wait", WAITING)):
        (folder / "spells" / f"{name}.{suffix}").write_text(sources[suffix], "utf-8")
    with standing(pages) as site:
        shell = Shell(folder, site, gate)
        value = _run(shell, suffix)
        requests = list(site.requests)
    return Left(folder, shell.said, gate.seen, requests, value)


def _run(shell: Shell, suffix: str) -> Any:
    it, wait = f"spells/it.{suffix}", f"spells/wait.{suffix}"
    names = [word for name in NAMES for word in ("--names", name)]
    out = shell("run", "-v", "run", it, *shell.allow, shell.site, *names, secrets=True)
    run = shell.said["run"].decode().splitlines()[-1].split()[1]
    shell.gate.victims.append("host")
    shell("killed", "-v", "run", wait, *shell.allow, shell.site, code=-signal.SIGKILL, secrets=True)
    shell("not resumed", "resume", "latest", *shell.allow, code=4)
    shell("resumed", "resume", "latest", *shell.allow, secrets=True)
    shell.gate.arrived.clear()
    shell.gate.victims.append("worker")
    shell("crashed", "-v", "run", wait, *shell.allow, shell.site, code=1, secrets=True)
    shell("replayed", "replay", run)
    if suffix == "lua":  # from here on all comes from the journal, whatever the language was
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda words: shell(words[0], *words), _told(run)))
        shell("forked", "fork", "latest", *shell.allow, secrets=True)
    return json.loads(out.decode().splitlines()[-1])


def _told(run: str) -> list[tuple[str, ...]]:
    exports = [("export", run, "-o", f"run.{suffix}") for suffix in ("html", "md", "zip")]
    return [*exports, ("show", run, "--calls", "--json"), ("logs", run), ("audit", run, "--json")]


def everything(left: Left) -> Iterator[tuple[str, bytes]]:
    """Yield all that is left, with a name: what was said, files, what is packed in them, processes."""
    yield from left.said.items()
    yield from (("a process", raw) for raw in left.processes)
    for path in left.folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    for journal in left.folder.rglob("journal.db"):
        yield from (("the journal", raw) for raw in unpacked(journal))
    for path in left.folder.glob("run.zip"):
        with zipfile.ZipFile(path) as parcel:
            yield from (("the parcel", parcel.read(name)) for name in parcel.namelist())
    for seen in left.requests:
        if seen.path.startswith(("/openai", "/ollama")):
            yield "a prompt", seen.body


def unpacked(journal: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(journal)) as connection:
        for codec, content in connection.execute("SELECT codec, bytes FROM blobs"):
            yield zlib.decompress(content) if codec else content
        yield from (zlib.decompress(files) for (files,) in connection.execute("SELECT files FROM bundles"))


def test_there_are_twenty_four_and_each_was_sent_and_echoed(left: Left) -> None:
    assert len(CANARIES) == 24
    sent = {heard_in(seen) for seen in left.requests if seen.path.startswith("/reflect")}
    assert sent >= set(CANARIES.values())
    heard = left.value[0]
    assert all(heard[name] for name in NAMES)
    assert "[secret:GITHUB_TOKEN]" in heard["github_token again"]


def test_none_is_anywhere(left: Left) -> None:
    found = {}
    for name, raw in everything(left):
        if names := clues(raw):
            found.setdefault(name, names)
    assert found == {}


def test_each_provider_gets_its_own_key_alone(left: Left) -> None:
    for provider, variable in MODELS.items():
        (seen,) = (each for each in left.requests if each.path.startswith(f"/{provider}"))
        head = json.dumps(seen.headers)
        assert {name for name, value in VALUES.items() if value in head} == {variable}


def test_no_process_has_left_a_dump_and_none_had_an_environment(left: Left) -> None:
    assert [path.name for path in left.folder.rglob("*core*")] == []
    assert len(left.processes) > 4


def test_what_was_killed_went_on_with_the_secret_and_not_without_it(left: Left) -> None:
    assert b'there is no secret "github_token"' in left.said["not resumed"]
    assert b"export GITHUB_TOKEN_TOKEN" not in left.said["not resumed"]
    assert b"[secret:GITHUB_TOKEN]" in left.said["resumed"]
