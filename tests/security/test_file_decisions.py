"""What must hold for every set of rules about files, whatever they are."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reach import WAYS, take

from llmspell.errors import ArgumentError, PermissionDenied, ScriptError
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security.disk import Disk
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import FileKind, Rule, Rules

PLACES = (
    "a",
    "a/b",
    "a/b/c",
    "a/.d",
    "A",
    "e.md",
    "a/e.md",
    ".env",
    "key.pem",
    "x.lua",
    "a/b/AGENTS.md",
    "new",
    "a/new",
)
PATTERNS = (
    "a", "a/", "a/b", "a/b/c", "A", "a/*", "a/**", "*", ".", "**", "*.md", "**/*.md", "**/b", "[a-c]", ".*", ".env",
    "a/.d", "../p", "~/x", "key.pem", "x.lua", "/", "**/*.pem", "new",
)  # fmt: skip
checked = settings(deadline=None)
ACCESSES: tuple[FileKind, ...] = ("read", "write")
PROFILES = ("low", "medium", "high")

patterns = st.lists(st.sampled_from(PATTERNS), max_size=4)
profiles = st.sampled_from(PROFILES)


def rules(profile: str, allowed: Sequence[str], denied: Sequence[str], kinds: Sequence[FileKind] = ACCESSES) -> Rules:
    loaded = Profile.load(profile)
    found = Rules(loaded.label, loaded.permissions)
    for kind in kinds:
        if found.modes[kind] != "never":
            found = found.grant(kind, allowed, "--allow")
        found = found.deny(kind, [Rule(pattern, "[deny]") for pattern in denied])
    return found


def of(found: Rules, root: Path = Path("/srv/p")) -> Paths:
    return Paths(found, Project(root), root / "spell.lua", SUFFIXES)


def allowed_by(found: Paths) -> set[tuple[FileKind, str]]:
    """Return what is allowed of all places."""
    return {
        (access, path) for access in ACCESSES for path in (*PLACES, "../q", "/etc/passwd", "~/x")
        if found.decide(access, path).allowed
    }  # fmt: skip


@checked
@given(profiles, patterns, patterns, st.sampled_from(PATTERNS))
def test_what_is_denied_more_grants_nothing(profile: str, allowed: list[str], denied: list[str], more: str) -> None:
    before = allowed_by(of(rules(profile, allowed, denied)))
    assert allowed_by(of(rules(profile, allowed, [*denied, more]))) <= before


@checked
@given(profiles, patterns, patterns, st.sampled_from(PATTERNS))
def test_what_is_granted_more_takes_nothing(profile: str, allowed: list[str], denied: list[str], more: str) -> None:
    before = allowed_by(of(rules(profile, allowed, denied)))
    assert allowed_by(of(rules(profile, [*allowed, more], denied))) >= before


@settings(checked, max_examples=30)
@given(profiles, st.lists(st.sampled_from(PATTERNS), max_size=3), st.lists(st.sampled_from(PATTERNS), max_size=3))
def test_the_order_of_rules_does_not_matter(profile: str, allowed: list[str], denied: list[str]) -> None:
    found = [
        allowed_by(of(rules(profile, one, other))) for one in permutations(allowed) for other in permutations(denied)
    ]
    assert found.count(found[0]) == len(found)


@checked
@given(profiles, patterns, patterns, patterns, patterns)
def test_who_is_narrowed_may_do_no_more(
    profile: str, allowed: list[str], denied: list[str], read: list[str], write: list[str]
) -> None:
    outer = rules(profile, allowed, denied)
    inner = outer.narrowed("agent", {"read": read, "write": write})
    again = inner.narrowed("tool", {"read": ["*", *PATTERNS], "write": ["*", *PATTERNS]})
    wide, narrow = of(outer), of(inner)
    assert allowed_by(of(again)) <= allowed_by(narrow) <= allowed_by(wide)
    for path in (*PLACES, "..", "/", "/etc"):
        assert not narrow.decide_around(path).allowed or wide.decide_around(path).allowed


@checked
@given(profiles, patterns, patterns)
def test_what_is_denied_is_denied_with_all_that_is_below(profile: str, allowed: list[str], denied: list[str]) -> None:
    found = of(rules(profile, allowed, denied))
    for access in ACCESSES:
        for path in PLACES:
            if found.decide(access, path).how == "denied":
                assert all(
                    found.decide(access, f"{path}/{name}").how == "denied" for name in ("x", ".env", "k.pem", "y/z")
                )


@contextmanager
def tree() -> Iterator[Path]:
    """Give a project with a file or a folder at most of the places."""
    with TemporaryDirectory() as place:
        root = Path(place).resolve() / "p"
        for path in ("a/b", "A", "a/.d"):
            (root / path).mkdir(parents=True)
        for path in ("a/b/c", "e.md", "a/e.md", ".env", "key.pem", "x.lua", "a/b/AGENTS.md"):
            (root / path).write_text(path)
        yield root


def reached(disk: Disk, access: FileKind, path: str) -> bool:
    """Return whether the disk lets somebody at a path: a folder and a missing file are places like others."""
    try:
        disk.read(path, 100) if access == "read" else disk.append(path, b"", lambda: None)
    except PermissionDenied:
        return False
    except (ScriptError, ArgumentError):
        return True
    return True


@pytest.mark.parametrize("way", WAYS)
def test_what_is_decided_is_what_the_disk_does(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    take(way, monkeypatch)
    with tree() as root:

        @settings(checked, max_examples=60)
        @given(profiles, patterns, patterns)
        def check(profile: str, allowed: list[str], denied: list[str]) -> None:
            found = of(rules(profile, allowed, denied), root)
            disk = Disk(found)
            for access in ACCESSES:
                assert {path for path in PLACES if reached(disk, access, path)} == {
                    path for path in PLACES if found.decide(access, path).allowed
                }
            for path in ("new", "a/new"):
                (root / path).unlink(missing_ok=True)

        check()


def test_a_listing_shows_what_can_be_read_and_nothing_else() -> None:
    with tree() as root:

        @settings(checked, max_examples=60)
        @given(profiles, patterns, patterns)
        def check(profile: str, allowed: list[str], denied: list[str]) -> None:
            found = of(rules(profile, allowed, denied, ["read"]), root)
            if not found.decide_around(".").allowed:
                return
            shown = set(Disk(found).search("**/*", lambda: None)) | set(Disk(found).search("**/.*", lambda: None))
            files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
            assert shown <= {path for path in files if found.decide("read", path).allowed}
            names = {name for name in Disk(found).names(".") if not name.endswith("/")}
            assert names == {name for name in files if "/" not in name and found.decide("read", name).allowed}

        check()


def test_no_decision_depends_on_what_the_environment_says_of_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    found = of(rules("medium", ["*"], ["~/x"]))
    assert not found.decide("read", "~/x").allowed
    assert not found.decide("read", "/nowhere/x/y").allowed
    assert not found.decide("read", "/nowhere/.config/llmspell/config.toml").allowed
    assert os.environ["HOME"] == "/nowhere"
    assert replace(found).decide("read", "a").allowed
