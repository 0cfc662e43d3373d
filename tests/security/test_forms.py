"""Every form that a path can have, read and written, where it is granted and where it is denied, by both ways."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from reach import WAYS, take

from llmspell.errors import ArgumentError, PermissionDenied, ScriptError
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security.disk import Disk
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Rule, Rules

GRANTED = ("ok", "ok")
MISSING = ("missing", "ok")
REFUSED = ("refused", "refused")
NO_PATH = ("no path", "no path")
LINK = ("link", "link")
NO_FILE = ("no file", "no file")

FORMS: dict[str, tuple[str, str]] = {
    # plain files, and other words for them
    "a.txt": GRANTED, "./a.txt": GRANTED, "././a.txt": GRANTED, ".//a.txt": GRANTED, "a.txt/": GRANTED,
    "a.txt/.": GRANTED, "sub/b.txt": GRANTED, "sub//b.txt": GRANTED, "sub/./b.txt": GRANTED,
    "sub/../a.txt": GRANTED, "none/../a.txt": GRANTED, "sub/link/../b.txt": GRANTED, "{root}/a.txt": GRANTED,
    "/{root}/a.txt": GRANTED, "{root}/sub/../a.txt": GRANTED, "../project/a.txt": GRANTED,
    "sub/../../project/a.txt": GRANTED, "a.txt/../sub/b.txt": GRANTED,
    # names that are odd, and nothing more
    "new": MISSING, "sub/new": MISSING, "...": REFUSED, "a*": MISSING, "[a].txt": MISSING,
    "a.txt ": MISSING, " a.txt": MISSING, "-rf": MISSING, "a\\b": MISSING, "C:\\a.txt": MISSING, "a\nb": MISSING,
    "$HOME": MISSING, "%2e%2e": MISSING, "\u202egnp.exe": MISSING, "caf\u00e9": GRANTED, "cafe\u0301": MISSING,
    "\uff0e\uff0e": MISSING, "\u2024\u2024": MISSING, "a\uff0fb": MISSING, "~ada": MISSING, "./~": MISSING,
    "A.TXT": MISSING, "n" * 255: MISSING, "n" * 256: ("too long", "too long"),
    # out of the project
    "..": REFUSED, "../x": REFUSED, "../outside/secret": REFUSED, "sub/../../outside/secret": REFUSED,
    "/etc/passwd": REFUSED, "//etc/passwd": REFUSED, "/../etc/passwd": REFUSED, "{root}/../outside/secret": REFUSED,
    "~/x": REFUSED, "~": REFUSED, "~/../../etc/passwd": REFUSED, "{root}2/x": REFUSED,
    "../" * 50 + "etc/passwd": REFUSED,
    # what the system has for no file of anybody
    "/proc/self/environ": REFUSED, "/proc/self/root/etc/passwd": REFUSED, "/proc/self/cwd/a.txt": REFUSED,
    "/dev/null": REFUSED, "/dev/fd/0": REFUSED, "/sys/kernel": REFUSED,
    # hidden, keys, and what a file system may take for them
    ".env": REFUSED, ".ENV": REFUSED, ".env.local": REFUSED, "sub/.hidden": REFUSED, ".git/config": REFUSED,
    ".GIT/config": REFUSED, ".git./config": REFUSED, "\u200b.git/config": REFUSED, ".g\u200cit/config": REFUSED,
    "key.pem": REFUSED, "KEY.PEM": REFUSED, "key.pem.": REFUSED, "key.pem ": REFUSED, "id_rsa": REFUSED,
    "credentials": REFUSED, "sub/.env/x": REFUSED,
    # written only by name
    "llmspell.toml": ("missing", "refused"), "LLMSPELL.TOML": ("missing", "refused"), "x.lua": ("missing", "refused"),
    "AGENTS.md": ("missing", "refused"), "Jenkinsfile": ("missing", "refused"),
    # links and things that are no files
    "link": LINK, "sub/link/x": LINK, "link/": LINK, "loop": LINK, "proc/self/environ": LINK, "dangling": LINK,
    "pipe": NO_FILE, "socket": NO_FILE, "sub": ("folder", "folder"), "sub/": ("folder", "folder"),
    ".": ("folder", "folder"), "a.txt/x": ("no folder", "no folder"), "hard": ("ok", "hard link"),
    # no paths
    "": NO_PATH, "\0": NO_PATH, "a.txt\0": NO_PATH, "a.txt\0.md": NO_PATH, "n" * 4097: NO_PATH, "a/" * 2049: NO_PATH,
    "\ud800": NO_PATH, "a\udc80": NO_PATH,
}  # fmt: skip
WORDS = {
    "leads over a symbolic link": "link", "does not exist": "missing", "is not a file": "no file",
    "is a folder": "folder", "is a file and not a folder": "no folder", "hard link": "hard link",
    "is too long": "too long",
    "cannot be removed, moved or replaced": "folder", "is not a path": "no path", "is not allowed": "refused",
}  # fmt: skip


def never() -> None:
    """Go on."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path in ("sub", ".git", "sub/.env", "../outside", "../project2"):
        (root / path).mkdir(parents=True)
    for path in (
        "a.txt",
        "sub/b.txt",
        "caf\u00e9",
        ".env",
        "sub/.hidden",
        ".git/config",
        "key.pem",
        "id_rsa",
        "credentials",
    ):
        (root / path).write_text("plain")
    (root / "../outside/secret").write_text("secret")
    (root / "link").symlink_to("../outside/secret")
    (root / "sub" / "link").symlink_to("../../outside")
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nowhere")
    (root / "proc").symlink_to("/proc")
    os.link(root / "../outside/secret", root / "hard")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(root)
        listening.bind("socket")  # the path of a socket has at most 108 bytes
        os.chdir(here)
    return root


def disk(root: Path, *denied: str) -> Disk:
    medium = Profile.load("medium")
    rules = Rules(medium.label, medium.permissions).grant("write", ["."], "--allow-write")
    for kind in ("read", "write"):
        rules = rules.deny(kind, [Rule(pattern, "[deny]", place="llmspell.toml:7") for pattern in denied])
    return Disk(Paths(rules, Project(root), root / "spell.lua", SUFFIXES))


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except (PermissionDenied, ScriptError, ArgumentError) as error:
        return next((word for words, word in WORDS.items() if words in error.message), error.message)
    return "ok"


def outcomes(found: Disk, root: Path) -> dict[str, tuple[str, str]]:
    """Return what comes of reading each form, and of adding nothing to it."""
    paths = {form: form.replace("{root}", str(root)) for form in FORMS}
    read = {form: outcome(lambda path=path: found.read(path, 10)) for form, path in paths.items()}  # type: ignore[misc]
    wrote = {form: outcome(lambda path=path: found.append(path, b"", never)) for form, path in paths.items()}  # type: ignore[misc]
    return {form: (read[form], wrote[form]) for form in FORMS}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("denied", [(), ("nowhere/", "sub/none", "**/*.bak", "~/elsewhere")], ids=["free", "fenced"])
def test_each_form_of_a_path_comes_to_what_it_is(
    root: Path, way: str, denied: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    take(way, monkeypatch)
    found = outcomes(disk(root, *denied), root)
    assert {form: both for form, both in found.items() if both != FORMS[form]} == {}
    assert (root / "../outside/secret").read_text() == "secret"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("denied", [".", "/", "*", "{root}/**", "{above}"])
def test_no_form_of_a_path_reaches_what_is_denied(
    root: Path, way: str, denied: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(way, monkeypatch)
    before = {path.name for path in root.iterdir()}
    found = outcomes(disk(root, denied.format(root=root, above=root.parent)), root)
    assert {form: both for form, both in found.items() if set(both) - {"refused", "no path", "folder", "link"}} == {}
    assert {form for form, both in found.items() if "folder" in both or "link" in both} <= {
        ".",
        "..",
        "sub",
        "sub/",
        "link",
    }
    assert {path.name for path in root.iterdir()} == before


def test_there_are_forms_enough() -> None:
    assert len(FORMS) >= 60
    assert sys.getfilesystemencoding() == "utf-8"
