"""Which rule grants which path, by names alone."""

import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ArgumentError, PermissionDenied
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security.globs import Glob, split
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import FileKind, Rule, Rules

ROOT = Path("/ada/project")
SPELL = ROOT / "spells" / "digest.lua"


def paths(*write: str, read: Sequence[str] = (), profile: str = "medium") -> Paths:
    loaded = Profile.load(profile)
    rules = Rules(loaded.label, loaded.permissions).grant("read", read, "--allow-read")
    rules = rules.grant("write", write, "--allow-write") if write else rules
    return Paths(rules, Project(ROOT), SPELL, SUFFIXES)


def granted(found: Paths, access: FileKind, path: str) -> bool:
    try:
        found.spot(access, path)
    except PermissionDenied:
        return False
    return True


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("out/", ["out", "out/a", "out/b/c", "./out//a/", "x/../out/a"], ["o", "outside", "out/../a", "../project/x"]),
        ("out/report.md", ["out/report.md"], ["out", "out/report.md.bak", "out/report", "report.md"]),
        (".", ["a", "a/b", "out/x.txt"], ["../a", "/etc/passwd", "~/a", ".hidden", "a/.hidden/b", "llmspell.toml"]),
        ("*.md", ["a.md"], ["a/b.md", ".a.md", "a.txt"]),
        ("docs/**/*.md", ["docs/a.md", "docs/b/c/d.md"], ["a.md", "docs/.x/a.md", "docs/a.txt"]),
        ("docs/**", ["docs/a", "docs/b/c"], ["doc", "docs/.b/c", "docs/id_rsa"]),
        ("data/*/", ["data/a/b", "data/a/b/c"], ["data", "data/.a/b"]),
        ("/srv/drop", ["/srv/drop", "/srv/drop/a"], ["/srv", "/srv/dropped", "/srv/drop/../a", "srv/drop"]),
        ("../sibling/", ["../sibling/a", "/ada/sibling/a"], ["../other", "sibling/a"]),
        ("~/notes", ["~/notes/a", str(Path.home() / "notes/a")], ["~/note", "~", "~/.ssh/id", "~root/notes"]),
        (
            "*",
            ["a", "/srv/x", "~/a", "../x"],
            ["/proc/1/environ", "/dev/sda", "/sys/x", "~/.bashrc", "/srv/.git/x", "k.pem"],
        ),
        (".env", [".env"], [".env.local", "a/.env"]),
        (".github/", [".github/labels.yml"], [".github/.env", ".git/x", ".github/workflows/x.yml"]),
        (".github/workflows/", [".github/workflows/x.yml"], [".github/actions/x"]),
        (".git/", [".git/HEAD", ".git/refs/x"], [".git/hooks/x", ".git/config", ".git/CONFIG", ".git/info/x"]),
        (".git*", [".github"], [".github/x", ".env"]),
    ],
)
def test_a_rule_grants_what_it_says_and_nothing_else(rule: str, inside: list[str], outside: list[str]) -> None:
    found = paths(rule)
    assert [path for path in inside if not granted(found, "write", path)] == []
    assert [path for path in outside if granted(found, "write", path)] == []


@pytest.mark.parametrize(
    "name",
    [".env", ".env.production", "prod.env", ".git", ".ssh", "server.pem", "SERVER.PEM", "tls.key", "id_rsa",
     "id_rsa.pub", "id_ed25519", "store.p12", "vault.kdbx", ".llmspell"],
)  # fmt: skip
@pytest.mark.parametrize("broad", [".", "*", "config/", "config/*", "config/**"])
def test_keys_and_hidden_files_are_granted_only_by_name(name: str, broad: str) -> None:
    exact = f"config/{name}"
    for access in ("read", "write"):
        assert not granted(paths(broad, read=[broad]), access, exact)
        assert granted(paths(exact, read=[exact]), access, exact)
    assert not granted(paths(read=[exact]), "write", exact)


def test_medium_reads_the_project_but_no_keys() -> None:
    found = paths()
    assert granted(found, "read", "src/a.py")
    assert granted(found, "read", "spells/digest.lua")
    assert granted(found, "read", "llmspell.toml")
    assert not any(granted(found, "read", path) for path in [".env", ".git/config", "../x", "/etc/passwd"])
    assert not granted(found, "write", "src/a.py")


@pytest.mark.parametrize("rule", [".", "*", "spells/", "spells/*", "**"])
def test_a_rule_that_covers_the_folder_of_the_spell_covers_no_spells(rule: str) -> None:
    found = paths(rule)
    assert not granted(found, "write", "spells/digest.lua")
    assert not any(granted(found, "write", f"spells/other{suffix}") for suffix in SUFFIXES)
    assert granted(found, "write", "spells/notes.txt")
    assert granted(paths("spells/digest.lua"), "write", "spells/digest.lua")
    assert granted(paths("out/"), "write", "out/generated.js")


def test_no_broad_rule_covers_a_module_of_the_spell() -> None:
    for rule in (".", "*", "lib/", "lib/*"):
        found = paths(rule)
        found.protect(["lib/words.json", "./lib/util.lua"])
        assert not granted(found, "write", "lib/words.json")
        assert not granted(found, "write", "lib/util.lua")
        assert granted(found, "write", "lib/other.json")
        assert granted(found, "read", "lib/words.json")
    named = paths("lib/words.json")
    named.protect(["lib/words.json"])
    assert granted(named, "write", "lib/words.json")


def test_a_file_that_can_be_run_by_its_first_line_is_a_spell_too(tmp_path: Path) -> None:
    for name, text in {"deploy": "#!/usr/bin/env lua\n", "marked": "\ufeff#!/bin/sh\n", "notes": "# notes\n"}.items():
        (tmp_path / name).write_text(text)
    medium = Profile.load("medium")
    rules = Rules(medium.label, medium.permissions)
    broad = Paths(rules.grant("write", ["."], "you"), Project(tmp_path), tmp_path / "x.lua", SUFFIXES)
    assert [name for name in ("deploy", "marked", "notes", "new") if granted(broad, "write", name)] == ["notes", "new"]
    named = Paths(rules.grant("write", ["deploy"], "you"), Project(tmp_path), tmp_path / "x.lua", SUFFIXES)
    assert granted(named, "write", "deploy")


@pytest.mark.parametrize("name", ["*", "a[1].txt", "?", "./~/notes.txt", "non\u00a0breaking", "a\nb", "docs", "/", "~"])
def test_a_file_that_is_named_is_granted_and_no_other(name: str) -> None:
    for profile in ("medium", "high"):
        loaded = Profile.load(profile)
        found = Paths(
            Rules(loaded.label, loaded.permissions).grant_files([name]), Project(Path("/srv/x")), None, SUFFIXES
        )
        assert granted(found, "read", name)
        outside = ["/etc/passwd", "~/notes.txt", "/srv/x/.env", "/srv/y/a1.txt", f"{name}/x/.y", "../z"]
        assert [path for path in outside if granted(found, "read", path)] == []
        assert profile == "medium" or not any(granted(found, "read", path) for path in ("a1.txt", "docs/a", "b"))


def test_what_is_no_path_is_no_input() -> None:
    loaded = Profile.load("high")
    for name in ("", "a\0b"):
        with pytest.raises(ArgumentError, match="the input must be the path of a file"):
            Rules(loaded.label, loaded.permissions).grant_files([name])


@pytest.mark.parametrize(
    ("wish", "rules"),
    [
        ("notes/", ["."]), ("/ada/project/a", ["."]), ("a/../b", ["."]), ("*.md", ["*.md"]), ("docs/*.md", ["docs"]),
        (".env", [".env"]), ("~/a", ["*"]), ("notes", ["./notes/"]), ("docs/**", ["docs/"]), ("*", ["*"]),
    ],
)  # fmt: skip
def test_what_is_granted_is_not_asked_for_again(wish: str, rules: list[str]) -> None:
    assert paths(*rules).grants("write", wish)


@pytest.mark.parametrize(
    ("wish", "rules"),
    [
        ("~/notes.txt", ["."]), (".hidden/x", ["."]), ("config/.env", ["."]), ("k.pem", ["*"]), ("/proc/1/x", ["*"]),
        ("docs/.*", ["docs"]), ("spells/x.lua", ["."]), ("llmspell.toml", ["."]), ("a", ["*.md"]), ("docs", ["docs/*"]),
        ("/", ["."]), ("..", ["."]), ("*", ["."]),
    ],
)  # fmt: skip
def test_what_would_be_refused_is_asked_for(wish: str, rules: list[str]) -> None:
    assert not paths(*rules).grants("write", wish)


def test_an_input_answers_no_wish() -> None:
    loaded = Profile.load("medium")
    rules = Rules(loaded.label, loaded.permissions, declared={"read": ("/", "/srv/a", "*")})
    found = Paths(rules.grant_files(["/", "*"]), Project(ROOT), SPELL, SUFFIXES)
    assert [wish.pattern for wish in found.missing()] == ["/", "/srv/a", "*"]


def test_what_says_what_spells_may_do_is_written_only_by_name() -> None:
    for name in ("llmspell.toml", "llmspell.grants.toml", "LLMSPELL.toml"):
        assert not granted(paths("."), "write", name)
        assert granted(paths(name), "write", name)
    assert not granted(paths(".llmspell/"), "write", ".llmspell/journal.db")
    assert granted(paths(".llmspell/x"), "write", ".llmspell/x")


def test_the_data_that_llmspell_keeps_elsewhere_is_not_covered_by_a_broad_rule() -> None:
    found = paths("*", read=["*"])
    kept = str(Project(ROOT).data() / "journal.db")
    assert not granted(found, "read", kept)
    assert not granted(found, "write", kept)


def test_low_security_grants_everything_and_follows_links() -> None:
    found = paths(profile="low")
    for path in (".env", "/etc/passwd", "~/.ssh/id_rsa", "spells/digest.lua", "/proc/self/environ"):
        assert found.spot("read", path).links
        assert found.spot("write", path).links
    assert not paths("*").spot("write", "/srv/x").links


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000])
def test_what_is_no_path_is_a_wrong_argument(path: str) -> None:
    with pytest.raises(ArgumentError, match="is not a path"):
        paths().spot("read", path)


@pytest.mark.parametrize(
    ("path", "narrow"),
    [("a/./b//c", "a/b/c"), ("../x", "../x"), ("/etc/../srv/x", "/srv/x"), ("~/a/../b", "~/b"), ("x/../.env", ".env"),
     ("~/../../x", "~/../../x"), ("../../../../etc/passwd", "../../../../etc/passwd"), ("./~/x", "./~/x"),
     ("~//x", "~/x"), ("//etc/../x", "/x"), ("a/../../x", "../x")],
)  # fmt: skip
def test_a_refusal_names_the_narrowest_rule_and_tells_nothing_of_the_machine(path: str, narrow: str) -> None:
    with pytest.raises(PermissionDenied) as caught:
        paths().spot("write", path)
    assert caught.value.message == f'writing "{narrow}" is not allowed'
    assert caught.value.hint is not None
    assert f"--allow-write={shlex.quote(narrow)}" in caught.value.hint
    assert str(ROOT) not in str(caught.value)


def test_the_walk_begins_where_the_person_or_the_project_has_said() -> None:
    found = paths("out/", "/srv/drop", "../sibling")
    spots = {
        path: found.spot("write", path) for path in ("out/a", "/srv/drop/b", "/ada/sibling/c", "/ada/project/out/d")
    }
    assert {path: (spot.anchor, spot.names) for path, spot in spots.items()} == {
        "out/a": ("/ada/project", ("out", "a")),
        "/srv/drop/b": ("/srv", ("drop", "b")),
        "/ada/sibling/c": ("/ada", ("sibling", "c")),
        "/ada/project/out/d": ("/ada/project", ("out", "d")),
    }


def test_a_listing_goes_where_something_is_granted_but_not_above_the_project() -> None:
    found = paths(read=["docs/api/*.md", "/srv/data/x/*.csv"], profile="high")
    assert found.leads(found.absolute("docs"))
    assert found.leads(found.absolute("."))
    assert found.leads(found.absolute("/srv/data/x"))
    assert not found.leads(found.absolute(".."))
    assert not found.leads(found.absolute("/srv"))
    assert not found.leads(found.absolute("other"))


@pytest.mark.parametrize(
    ("rule", "into", "not_into"),
    [
        ("~/*.md", ["~"], ["~/.ssh", "~/.ssh/id_rsa", "~/notes", "~/notes/deep", "~/a.md/b"]),
        ("data/*.csv", ["data"], ["data/.hid", "data/open", "data/.hid/deep"]),
        ("data/*/x/*.csv", ["data", "data/a", "data/a/x"], ["data/a/y", "data/.a", "data/a/x/z"]),
        ("data/**/*.csv", ["data", "data/a", "data/a/b"], ["data/.a", "data/a/.b", "data/.ssh", "data/a/id_rsa"]),
        ("~/.*/*.toml", ["~", "~/.cargo"], ["~/.ssh", "~/.aws", "~/.cargo/bin"]),
        ("/*/status", [], ["/proc", "/proc/1", "/sys"]),
    ],
)
def test_a_pattern_leads_into_no_folder_in_which_it_can_match_nothing(
    rule: str, into: list[str], not_into: list[str]
) -> None:
    found = paths(read=[rule], profile="high")
    assert [path for path in into + not_into if found.leads(found.absolute(path))] == into


def test_a_rule_that_means_a_file_grants_no_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    (tmp_path / "v1.2").mkdir()
    rules = Rules("x", Profile.load("medium").permissions)
    wanted = ["report.md", "plain", "v1.2", "out", ".cache", "site.d/"]
    found = Paths(rules.grant("write", wanted, "--allow-write"), Project(tmp_path), None, SUFFIXES)
    asked = ["report.md", "plain", *(f"{name.rstrip('/')}/x" for name in wanted)]
    assert [path for path in asked if granted(found, "write", path)] == [
        "report.md", "plain", "v1.2/x", "out/x", ".cache/x", "site.d/x",
    ]  # fmt: skip
    assert found.grants("write", "report.md")
    assert not found.grants("write", "report.md/")
    assert found.grants("write", "site.d/y.txt")
    denied = Paths(rules.deny("read", [Rule("report.md", "--deny-read")]), Project(tmp_path), None, SUFFIXES)
    assert not granted(denied, "read", "report.md/x")


NAME = st.text(st.sampled_from("ab.*?[]-!"), min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))


@given(st.lists(NAME, max_size=5), st.lists(st.text("ab.-", min_size=1, max_size=3), max_size=5))
def test_a_glob_matches_step_by_step_what_it_matches_as_a_whole(pattern: list[str], names: list[str]) -> None:
    glob = Glob(pattern)
    states = glob.start()
    for name in names:
        states = glob.step(states, name)
    assert glob.ends(states) == glob.matches(names)
    if "**" not in pattern and not any(name.startswith(".") for name in [*names, *pattern]):
        assert glob.matches(names) == (
            len(names) == len(pattern) and PurePosixPath(*names).match("/".join(pattern)) if names else not pattern
        )


def test_a_glob_takes_no_longer_for_a_pattern_that_is_made_to_take_long() -> None:
    assert not Glob(["**"] * 40 + ["x"]).matches(["a"] * 60)
    assert not Glob(["*a" * 60 + "b"]).matches(["a" * 200])


def test_a_pattern_begins_where_its_first_special_name_is() -> None:
    assert split(["a", "b", "*.md", "c"]) == (("a", "b"), ("*.md", "c"))
    assert split(["a"]) == (("a",), ())
