"""Every sample runs in both languages, over the real protocol of a model, and does the same in both."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[1]
SPELLS = ROOT / "spells"
NAMES = sorted({path.stem for path in SPELLS.iterdir() if path.suffix in (".lua", ".js")})
PAGES = {
    "/releases.json": [{"id": "w2", "name": "widget", "version": "2.0"}],
    "/prices": [{"name": "coffee", "price": 4.5}],
}


@dataclass
class Scene:
    """Where a sample runs: its words, the files in its project; and what comes of it."""

    answer: str
    words: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    """Patterns of files, and what they hold afterwards."""
    again: str | None = None
    """What a second run answers."""
    asks: bool = False
    """Whether it waits until a person agrees."""


SCENES = {
    "approve": Scene(
        "replies/reply.md\n",
        ["letter.txt", "--allow-write=replies/"],
        {"letter.txt": "It broke."},
        {"replies/*.md": "Thank you, it works now."},
        asks=True,
    ),
    "digest": Scene(
        "1 new\n",
        ["--feed={web}/releases.json", "--allow-net=example.com,{host}", "--allow-write=digests/"],
        written={"digests/*.md": "widget 2.0: faster"},
        again="0 new\n",
    ),
    "hello": Scene("Hello there, nice to meet.\n"),
    "links": Scene(
        "3 links, 2 broken\n- {web}/gone: status 404\n- http://192.0.2.1/: permission\n",
        ["list.txt", "--allow-net={host}"],
        {"list.txt": "{web}/prices\n{web}/gone\nhttp://192.0.2.1/\n"},
    ),
    "loop": Scene("The sea is wide.\n", ["--topic=the sea"]),
    "mapreduce": Scene("Nothing to fear.\n", files={"src/a.py": "pass", "src/deep/b.py": "pass", "c.txt": "no code"}),
    "merge": Scene(
        "2 files merged\n",
        ["--allow-write=merged.json"],
        {"data/a.json": '{"a": {"x": 1}, "l": [1], "n": null}', "data/b.json": '{"a": {"y": 2.5}, "l": [2], "n": 3}'},
        {"merged.json": '{"a": {"x": 1, "y": 2.5}, "l": [1, 2], "n": 3}'},
    ),
    "panel": Scene("Together: start small, measure, and keep a way back.\n", ["--question=Should we rewrite it?"]),
    "photos": Scene(
        '{"renamed": ["photos/2026-05-17 a.jpg"], "skipped": ["b.jpg"]}\n',
        ["--allow-write=photos/"],
        {"photos.csv": "file,date\na.jpg,2026-05-17\nb.jpg,2026-05-18\n", "photos/a.jpg": "a photo"},
        {"photos/*.jpg": "a photo"},
    ),
    "prices": Scene(
        "nothing new\n", ["--url={web}/prices", "--allow-net=api.example.com,{host}"], again="nothing new\n"
    ),
    "summarise": Scene("A short summary of the text.\n", ["text.txt", "--words=40"], {"text.txt": "a long text"}),
    "translate": Scene(
        "1 translated, 0 failed\n",
        ["--allow-write=translated/"],
        {"texts/hello.txt": "Good day", "texts/done.txt": "Done", "translated/done.txt": "Fertig"},
        {"translated/hello.txt": "Guten Tag", "translated/done.txt": "Fertig"},
        again="0 translated, 0 failed\n",
    ),
}


class Site(BaseHTTPRequestHandler):
    """A small place on the web."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps(PAGES.get(self.path, "no such page")).encode()
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def filled(site: str):
    """Return a function that puts the address of the site into a text."""
    return lambda text: text.replace("{web}", f"http://{site}").replace("{host}", site)


def cast(
    name: str, folder: Path, environ: dict[str, str], *words: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return command(folder, environ, "run", f"spells/{name}", *words, stdin=stdin)


def command(folder: Path, environ: dict[str, str], *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "llmspell", *words], cwd=folder,
        env={**{name: os.environ[name] for name in ("PATH", "XDG_DATA_HOME")}, "PYTHONPATH": str(ROOT), **environ},
        input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def project(folder: Path, files: dict[str, str]) -> Path:
    """Return a project with the samples and some files in it."""
    shutil.copytree(SPELLS, folder / "spells")
    for name, text in {"llmspell.toml": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def check_files(folder: Path, expected: dict[str, str]) -> None:
    for pattern, text in expected.items():
        (found,) = folder.glob(pattern)
        if found.suffix == ".json":
            assert json.loads(found.read_text()) == json.loads(text)
        else:
            assert found.read_text() == text


@pytest.mark.parametrize("suffix", [".lua", ".js"])
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_does_what_it_says(name: str, suffix: str, tmp_path: Path, model_server, filled) -> None:
    scene = SCENES[name]
    folder = project(tmp_path, {path: filled(text) for path, text in scene.files.items()})
    words = ["--model=openai/gpt-5-mini", *map(filled, scene.words)]
    for answer in [scene.answer, *([scene.again] if scene.again else [])]:
        done = cast(name + suffix, folder, model_server.env, *words)
        if scene.asks:
            assert done.returncode == 9, done.stderr
            assert command(folder, model_server.env, "approve", "latest").returncode == 0
            granted = [word for word in words if word.startswith("--allow")]
            done = command(folder, model_server.env, "resume", "latest", *granted)
        assert done.returncode == 0, done.stderr
        assert shown(done.stdout) == shown(filled(answer))
        assert "ok " in done.stderr.splitlines()[-1]
    again = command(folder, {}, "replay", "latest")  # without the model, and without a key
    assert (again.returncode, again.stdout) == (0, done.stdout), again.stderr
    check_files(folder, scene.written)


def shown(text: str) -> object:
    """Return a result that can be compared: data in JSON may be written in more than one way."""
    return json.loads(text) if text.startswith("{") else text


@pytest.mark.parametrize("model", ["openai-responses/gpt-5-mini", "anthropic/claude-sonnet-4-5"])
@pytest.mark.parametrize("name", ["hello", "panel", "loop"])
def test_a_sample_does_the_same_over_every_wire(name: str, model: str, tmp_path: Path, model_server) -> None:
    folder = project(tmp_path, {})
    for suffix in (".lua", ".js"):
        done = cast(name + suffix, folder, model_server.env, f"--model={model}", *SCENES[name].words)
        assert done.returncode == 0, done.stderr
        assert done.stdout == SCENES[name].answer


@pytest.mark.parametrize("suffix", [".lua", ".js"])
def test_prices_tells_what_has_changed(suffix: str, tmp_path: Path, model_server, filled, monkeypatch) -> None:
    folder, words = project(tmp_path, {}), list(map(filled, SCENES["prices"].words))
    cast(f"prices{suffix}", folder, model_server.env, *words)
    monkeypatch.setitem(PAGES, "/prices", [{"name": "coffee", "price": 5.5}])
    assert cast(f"prices{suffix}", folder, model_server.env, *words).stdout == "coffee: 4.5 -> 5.5\n"
    assert cast(f"prices{suffix}", folder, model_server.env, *words).stdout == "nothing new\n"


@pytest.mark.parametrize("suffix", [".lua", ".js"])
def test_a_spell_reads_what_is_piped_in(suffix: str, tmp_path: Path, model_server) -> None:
    folder = project(tmp_path, {})
    done = cast(f"summarise{suffix}", folder, model_server.env, "--model=openai/gpt-5-mini", stdin="a long text")
    assert (done.returncode, done.stdout) == (0, SCENES["summarise"].answer)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_shows_help_without_running(name: str, tmp_path: Path) -> None:
    folder = project(tmp_path, {})
    for suffix in (".lua", ".js"):
        done = cast(name + suffix, folder, {}, "--help")
        assert done.returncode == 0, done.stderr
        assert "llmspell run" in done.stdout


def test_every_sample_comes_in_both_languages() -> None:
    for suffix in (".lua", ".js"):
        assert sorted(path.stem for path in SPELLS.glob(f"*{suffix}")) == NAMES
