"""Every block of README and docs runs: scripts on the built-in model, commands against the mock model server.

A block whose fence has a path, ```` ```lua lib/util.lua ````, is that file, which another names as a module.

Where a page speaks of `localhost:8000`, that is a site of the tests; unnamed scripts may reach it. Where it speaks of
`shop.db`, that is a database of the tests.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from website import Page as WebPage
from website import Site, answer, echo, standing

from llmspell.cli._group import top
from llmspell.errors import KINDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^(?:--|//) (\w+\.(?:lua|js))\b")
SUFFIX = {"lua": ".lua", "js": ".js"}
SITE: dict[str, WebPage] = {
    "/prices.json": answer('[{"name": "tea", "price": 3.5}, {"name": "milk", "price": 1.2}]', kind="application/json"),
    "/echo": echo,
    "/picture.jpg": answer(b"\xff\xd8\xff\xe0" + bytes(20_000), kind="image/jpeg"),
    "*": answer("", kind="text/html"),
}


@dataclass
class Page:
    """What a page shows: named files, scripts without a name, and commands."""

    files: dict[str, str]
    scripts: list[tuple[str, str]]
    commands: list[str]


def read(path: Path, site: str = "localhost:8000") -> Page:
    page = Page({}, [], [])
    for language, file, text in BLOCK.findall(path.read_text(encoding="utf-8").replace("localhost:8000", site)):
        if file:
            page.files[file] = text
        elif language in SUFFIX:
            if name := NAME.match(text):
                page.files[name[1]] = text
            else:
                page.scripts.append((SUFFIX[language], text))
        elif language == "sh":
            page.commands += [line for line in text.splitlines() if line.startswith("llmspell ")]
        elif language == "console":
            page.commands += [line[2:] for line in text.splitlines() if line.startswith("$ llmspell ")]
    return page


def place_database(page: Path, folder: Path) -> None:
    if "shop.db" in page.read_text(encoding="utf-8"):
        shutil.copy(ROOT / "tests" / "fixtures" / "sql" / "shop.db", folder)


def llmspell(words: list[str], folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "llmspell", *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def environ(model_server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "XDG_DATA_HOME")}
    kept["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
    return {**kept, "PYTHONPATH": str(ROOT), "MAIL_TOKEN": "sk-of-the-docs-0123", **model_server.env}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with standing(SITE) as found:
        yield found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_commands_of_a_page_run(path: Path, tmp_path: Path, environ: dict[str, str], site: Site) -> None:
    page = read(path, site.host)
    place_database(path, tmp_path)
    for name, text in page.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert "/" in name or any(name in command for command in page.commands), f"no command runs {name}"
    for command in page.commands:
        words = shlex.split(command.partition(" > ")[0], comments=True)[1:]
        done = llmspell(words, tmp_path, environ)
        said = re.search(r"# exits with (\d+)", command)
        assert done.returncode == (int(said[1]) if said else 0), f"{command}\n{done.stderr}"
        assert done.stdout or done.stderr


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_scripts_of_a_page_run(path: Path, tmp_path: Path, environ: dict[str, str], site: Site) -> None:
    place_database(path, tmp_path)
    for number, (suffix, text) in enumerate(read(path, site.host).scripts):
        script = tmp_path / f"block{number}{suffix}"
        script.write_text(text, encoding="utf-8")
        done = llmspell(["run", script.name, "--model", "echo", f"--allow-net={site.host}"], tmp_path, environ)
        assert done.returncode == 0, f"{text}\n{done.stderr}"


def test_the_pages_have_blocks_to_run() -> None:
    tutorial = read(ROOT / "docs" / "tutorial.md")
    assert len(tutorial.scripts) >= 6
    assert len(tutorial.commands) >= 5


def test_links_between_pages_lead_somewhere() -> None:
    for path in [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "bridge" / "README.md"]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_every_exit_code_is_in_the_help() -> None:
    import click

    assert len(KINDS) > 10
    shown = top.get_help(click.Context(top))
    for code in ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "130/143"):
        assert re.search(rf"(^|\s){re.escape(code)}\s+\w", shown), code
