"""Spells that have some rights and try to make more of them: beside what is granted, nothing is read, sent or changed.

The head of a file says what is granted and denied, as flags say it. Each runs in a copy of one project in which there
is a canary wherever nothing leads; `SITE` in a text is a web site that is granted.
"""

import asyncio
import os
import re
import shlex
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import Heard
from website import echo, website

from llmspell import Host, Profile, Run, Spell
from llmspell.report import render

CASES = Path(__file__).parent / "escapes" / "granted"
CANARY = "a canary that nobody may read"
VALUE = "the-value-of-a-variable-that-nobody-may-read"
MAY_CHANGE = ("out/copy", "out/move", "out/folder", "out/x.txt")
"""What a case may write where it is granted."""


class Outcome(NamedTuple):
    """What a case has left behind."""

    run: Run
    heard: Heard
    sent: str
    before: dict[str, bytes]
    now: dict[str, bytes]
    after: Run


def words(source: str, name: str) -> dict[str, list[str]]:
    """Return what a line of the head says by kind: `allow: read=notes/ run='git log *'`."""
    line = re.search(rf"^(?:--|//) {name}: (.+)$", source, re.MULTILINE)
    given = (each.partition("=") for each in shlex.split(line[1])) if line else ()
    return {kind: _patterns(value) for kind, _, value in given}


def _patterns(value: str) -> list[str]:
    return value.split(",")


def tree(root: Path) -> dict[str, bytes]:
    """Return all files of a project and beside it, but for those that llmspell keeps itself."""
    found = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(root)): path.read_bytes() for path in found if ".llmspell" not in path.parts}


def stage(folder: Path, site: str) -> Path:
    root = folder / "project"
    shutil.copytree(CASES / "project", root)
    for path in root.glob("*.*"):
        path.write_text(path.read_text("utf-8").replace("SITE", site), "utf-8")
    for path in (folder / "outside.txt", root / ".env", root / "secret" / "deep" / ".env"):
        path.write_text(CANARY)
    planted = ("narrow/.keys/id_rsa", "narrow/deep/b.txt", "wide/.keys/id_rsa", "wide/deep/b.txt", "wide/id_rsa/c.md")
    for name in planted:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(CANARY)
    for name in ("narrow/a.md", "wide/a.md"):
        (folder / name).write_text("shown")
    (root / "alias").symlink_to("secret")
    (root / "alias.txt").symlink_to("secret/key.txt")
    os.link(root / "named.txt", root / "hard.txt")
    for name in ("shop.db", "secret/shop.db"):
        with closing(sqlite3.connect(root / name)) as database:
            database.execute("create table canary (text)")
            database.execute("insert into canary values (?)", (CANARY if "/" in name else "shown",))
            database.commit()
    (root / "llmspell.toml").write_text("")
    return root


async def attack(name: str, source: str, folder: Path) -> Outcome:
    async with website({"*": echo}) as site:
        root, heard = stage(folder, site.host), Heard()
        source = source.replace("SITE", site.host)
        (root / name).write_text(source, "utf-8")
        before = tree(folder)
        profile: Any = Profile.load("medium")
        if taint := re.search(r"^(?:--|//) taint: (\w+)$", source, re.MULTILINE):
            profile = replace(profile, taint=taint[1])
        environ = {"PATH": os.environ["PATH"], "SHOWN": "x", "HIDDEN": VALUE, "KEY_TOKEN": VALUE}
        given = {"allow": words(source, "allow"), "deny": words(source, "deny")}
        async with Host(profile=profile, model="echo", environ=environ, **given) as host:  # type: ignore[arg-type]
            run = await host.execute(host.prepare(Spell.from_path(str(root / name)), sink=heard, seed=1))
            after = await host.run(Spell.from_source("return 42", "lua"))
        sent = repr(site.requests)
    return Outcome(run, heard, sent, before, tree(folder), after)


def cast(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return asyncio.run(attack(path.name, path.read_text("utf-8"), tmp_path_factory.mktemp(path.stem)))


@pytest.mark.parametrize("path", sorted(CASES.glob("*.*")), ids=lambda path: path.name)
def test_nothing_is_reached_beside_what_is_granted(path: Path, outcome: Outcome) -> None:
    run, heard = outcome.run, outcome.heard
    assert run.error is None, run.error
    assert run.value == "contained"
    assert outcome.after.value == 42
    told = "\n".join([heard.everything, repr(run.value), repr(run.error), render(run.error) if run.error else ""])
    for hidden in (CANARY, VALUE):
        assert hidden not in told
        assert hidden not in outcome.sent
    changed = {
        name for name in outcome.before.keys() | outcome.now if outcome.before.get(name) != outcome.now.get(name)
    }
    assert {each for each in changed if not each.startswith(tuple(f"project/{may}" for may in MAY_CHANGE))} == set()
    assert not any(CANARY.encode() in raw for name, raw in outcome.now.items() if name not in outcome.before)


def test_each_comes_in_both_languages() -> None:
    names = {suffix: {path.stem for path in CASES.glob(f"*{suffix}")} for suffix in (".lua", ".js")}
    assert names[".lua"] == names[".js"]
