"""What is denied stays out of reach: by every name, over every link, and inside of whatever is moved or removed."""

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from reach import WAYS, take

from llmspell.errors import PermissionDenied, ScriptError, SpellError
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security import folder
from llmspell.security.disk import Disk
from llmspell.security.fence import Ban
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.reserved import folded
from llmspell.security.rules import Kind, Rule, Rules

PLACE = "llmspell.toml:7"


def never() -> None:
    """Go on."""


@pytest.fixture(autouse=True, params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    take(request.param, monkeypatch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in ("kept/deep", "out/kept", "plain"):
        (root / name).mkdir(parents=True)
    for name in ("kept/a", "kept/.hidden", "kept/deep/b", "out/kept/c", "out/d", "plain/e"):
        (root / name).write_text(f"in {name}")
    return root


def given(
    root: Path, *denied: str, profile: str = "medium", kinds: tuple[Kind, ...] = ("read", "write"), allow: str = "."
) -> Rules:
    loaded = Profile.load(profile)
    rules = Rules(loaded.label, loaded.permissions)
    if profile != "low":
        rules = rules.grant("write", [allow], "--allow-write").grant("read", [allow], "--allow-read")
    for kind in kinds:
        rules = rules.deny(kind, [Rule(pattern, "[deny]", place=PLACE) for pattern in denied])
    return rules


def disk(root: Path, *denied: str, **how: object) -> Disk:
    return of(root, given(root, *denied, **how))  # type: ignore[arg-type]


def of(root: Path, rules: Rules) -> Disk:
    return Disk(Paths(rules, Project(root), root / "spell.lua", SUFFIXES))


def put(found: Disk, path: str) -> None:
    with found.fresh(path, never) as file:
        folder.write(file, b"new", never)


def acts(found: Disk, path: str) -> dict[str, Callable[[], object]]:
    """Return all that can be done to a path, by name."""
    return {
        "read": lambda: found.read(path, 100),
        "stat": lambda: found.status(path),
        "exists": lambda: found.found(path),
        "list": lambda: found.names(path),
        "glob": lambda: found.search(f"{path}/*", never),
        "write": lambda: put(found, path),
        "append": lambda: found.append(path, b"new", never),
        "mkdir": lambda: found.make(path),
        "remove": lambda: found.remove(path, never, recursive=True),
        "copy": lambda: found.copy(path, "plain/copied", never),
        "copy to": lambda: found.copy("plain/e", path, never),
        "move": lambda: found.move(path, "plain/moved", never),
        "move to": lambda: found.move("plain/e", path, never),
    }


def texts(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def refused(act: Callable[[], object]) -> PermissionDenied:
    with pytest.raises(PermissionDenied) as caught:
        act()
    return caught.value


def check_closed(root: Path, found: Disk, path: str) -> None:
    """Check that nothing can be done with a path, that this is said in plain words, and that all stays as it is."""
    before = texts(root.parent)
    for name, act in acts(found, path).items():
        error = refused(act)
        assert "is not allowed" in error.message, name
        assert f'[deny] {"read" if error.message.startswith("reading") else "write"} = "' in error.data["rule"]
        assert error.data["rule"].endswith(f"in {PLACE}")
        assert error.hint == "no flag overrides what is denied: change that rule, if it is yours to change"
        assert str(root) not in error.message, "the script has not said where on the machine it is"
    assert texts(root.parent) == before


# -- by name -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["medium", "low"])
@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("kept", "kept"), ("kept/", "kept/a"), ("kept/", "kept/.hidden"), ("kept/", "kept/deep/b"),
        ("kept/", "kept/new"),
        ("kept/a", "kept/a"), ("kept/*", "kept/a"), ("kept/**", "kept/.hidden"), ("kept/**", "kept/deep/b"),
        ("kept/*", "kept/.hidden"), ("kept/?*/b", "kept/deep/b"), ("**/*hid*", "kept/.hidden"),
        ("**/deep", "kept/deep/b"), ("k*", "kept/deep"), ("**/c", "out/kept/c"), (".", "plain/e/../../kept/a"),
        ("KEPT/", "kept/a"), ("kept", "KEPT/a"), ("k[a-f]pt/", "kept/a"), ("*", "kept"), ("/", "kept/a"),
    ],
)  # fmt: skip
def test_a_denied_path_is_closed_to_every_act(root: Path, profile: str, rule: str, path: str) -> None:
    check_closed(root, disk(root, rule, profile=profile), path)


@pytest.mark.parametrize("profile", ["medium", "low"])
def test_what_is_denied_is_not_listed_or_found(root: Path, profile: str) -> None:
    found = disk(root, "kept", "out/kept/*", profile=profile)
    assert found.names(".") == ["out/", "plain/"]
    assert found.names("out/kept") == []
    assert found.search("**/*", never) == ["out/d", "plain/e"]
    assert found.search("*/", never) == ["out/", "plain/"]
    assert found.search("kep[t]/*", never) == []


def test_a_hint_names_nothing_that_is_denied(root: Path) -> None:
    (root / "plain" / "report.txt").touch()
    for denied, hint in (("nothing", "did you mean plain/report.txt?"), ("plain/report.txt", None)):
        with pytest.raises(ScriptError) as caught:
            disk(root, denied).read("plain/reprot.txt", 10)
        assert caught.value.hint == hint


@pytest.mark.parametrize("profile", ["medium", "low"])
@pytest.mark.parametrize("rule", ["out/kept", "out/kept/c", "**/c", "out/K*"])
def test_a_folder_that_holds_what_is_denied_is_neither_removed_nor_moved(root: Path, profile: str, rule: str) -> None:
    before = texts(root)
    for kinds in (("read", "write"), ("write",), ("read",)):
        found = disk(root, rule, profile=profile, kinds=kinds)
        assert "is not allowed" in refused(lambda found=found: found.move("out", "moved", never)).message  # type: ignore[misc]
        if "write" in kinds:
            refused(lambda found=found: found.remove("out", never, recursive=True))  # type: ignore[misc]
    assert texts(root) == before


def test_a_folder_is_not_moved_to_where_its_files_are_denied_or_more_may_be_read(root: Path) -> None:
    refused(lambda: disk(root, "there/kept", kinds=("write",)).move("out", "there", never))
    (root.parent / "drop" / "a").mkdir(parents=True)
    (root.parent / "drop" / "a" / "x").write_text("not to be read")
    rules = given(root).grant("write", [str(root.parent / "drop")], "w").grant("read", ["../drop/*"], "r")
    assert of(root, rules).names("../drop") == ["a/"]
    error = refused(lambda: of(root, rules).move("../drop/a", "plain/a", never))
    assert error.message == 'reading "../drop/a/x" is not allowed'
    of(root, rules.grant("read", ["../drop/a"], "r")).move("../drop/a", "plain/a", never)


def test_a_kind_that_is_denied_leaves_the_other(root: Path) -> None:
    found = disk(root, "kept", kinds=("write",))
    assert found.read("kept/a", 100) == b"in kept/a"
    refused(lambda: put(found, "kept/a"))
    found = disk(root, "kept", kinds=("read",))
    refused(lambda: found.read("kept/a", 100))
    put(found, "kept/a")


def test_a_folder_that_is_denied_and_not_there_is_not_made(root: Path) -> None:
    found = disk(root, "new/kept")
    for path in ("new/kept", "new/kept/x", "new/KEPT/x/y"):
        refused(lambda path=path: put(found, path))  # type: ignore[misc]
        refused(lambda path=path: found.make(path))  # type: ignore[misc]
    assert not (root / "new").exists()


# -- by other names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "to", "path"),
    [
        ("l", "kept", "l"), ("l", "kept", "l/a"), ("l", "kept/deep", "l/b"), ("l", "kept/a", "l"),
        ("l", ".", "l/kept/a"),
        ("out/l", "..", "out/l/kept/new"), ("l", "kept/nowhere", "l"), ("l", "/proc/self/cwd/kept", "l/a"),
    ],
)  # fmt: skip
def test_no_link_that_low_security_follows_leads_to_what_is_denied(
    root: Path, link: str, to: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    (root / link).symlink_to(to)
    found = disk(root, "kept", profile="low")
    before = texts(root)
    for name, act in acts(found, path).items():
        if path == link and name in ("remove", "move", "move to"):
            continue  # the link itself
        assert refused(act).data["rule"].endswith(f"in {PLACE}"), name
    assert texts(root) == before
    found.read("plain/e", 10)


def test_low_security_still_follows_links_where_something_else_is_denied(root: Path) -> None:
    (root / "l").symlink_to("plain")
    found = disk(root, "kept", profile="low")
    assert found.read("l/e", 100) == b"in plain/e"
    put(found, "l/new")
    assert (root / "plain" / "new").exists()
    assert found.names("l") == ["e", "new"]
    found.remove("l", never, recursive=False)
    assert (root / "plain").exists()


def test_what_is_denied_is_not_listed_or_found_over_a_link_either(root: Path) -> None:
    (root / "l").symlink_to(".")
    found = disk(root, "kept", "out/*/c", profile="low")
    assert found.names("l") == ["l/", "out/", "plain/"]
    assert found.names("l/out/kept") == []
    assert found.search("l/**/*", never) == ["l/out/d", "l/plain/e"]
    assert found.search("l/*/", never) == ["l/out/", "l/plain/"]


@pytest.mark.parametrize("profile", ["medium", "low"])
def test_a_rule_that_names_a_link_denies_what_it_leads_to(root: Path, profile: str) -> None:
    (root / "l").symlink_to("kept")
    (root.parent / "elsewhere").symlink_to(root)
    for rule in ("l/", "l/a", "l/*", "../elsewhere/kept", "../elsewhere/kept/a", "../elsewhere/**/a"):
        found = disk(root, rule, profile=profile)
        refused(lambda found=found: found.read("kept/a", 100))  # type: ignore[misc]
        refused(lambda found=found: put(found, "kept/a"))  # type: ignore[misc]


def test_a_granted_folder_behind_a_link_is_denied_by_its_real_name(root: Path) -> None:
    (root.parent / "l").symlink_to(root.parent / "project")
    (root.parent / "other").mkdir()
    found = Disk(
        Paths(
            given(root, str(root / "kept"), allow=str(root.parent / "l" / "kept")),
            Project(root.parent / "other"), root.parent / "other" / "spell.lua", SUFFIXES,
        )
    )  # fmt: skip
    for name in ("a", "deep/b", "new"):
        path = str(root.parent / "l" / "kept" / name)
        refused(lambda path=path: found.read(path, 100))  # type: ignore[misc]
        refused(lambda path=path: put(found, path))  # type: ignore[misc]
    assert disk(root, allow="plain").read("plain/e", 10) == b"in plain/e"


@pytest.mark.parametrize("profile", ["medium", "low"])
def test_a_second_name_of_a_file_that_is_denied_is_denied(root: Path, profile: str) -> None:
    os.link(root / "kept" / "a", root / "plain" / "second")
    found = disk(root, "kept/a", profile=profile)
    for name in ("read", "stat", "append", "write", "copy", "move"):
        refused(acts(found, "plain/second")[name])
    assert (root / "kept" / "a").read_text() == "in kept/a"


def test_a_folder_is_not_moved_over_a_link_to_where_its_files_are_denied(root: Path) -> None:
    (root / "there").mkdir()
    (root / "l").symlink_to("there")
    found = disk(root, "there/x/kept", profile="low", kinds=("write",))
    refused(lambda: found.move("out", "l/x", never))
    assert (root / "out" / "kept" / "c").exists()
    found.move("out", "l/y", never)
    assert (root / "there" / "y" / "kept" / "c").exists()


def test_a_folder_that_is_denied_is_not_made_over_a_link(root: Path) -> None:
    (root / "l").symlink_to(".")
    refused(lambda: put(disk(root, "fresh", profile="low"), "l/fresh/x"))
    refused(lambda: put(disk(root, "fresh", profile="low"), "l/Fresh/deep/x"))
    assert not (root / "fresh").exists()
    assert not (root / "Fresh").exists()


def test_a_file_that_is_swapped_for_one_that_is_denied_before_it_is_opened_is_not_given(root: Path) -> None:
    found = disk(root, "kept/a")
    with folder.parent(found.paths.spot("read", "plain/e")) as (where, name):
        (root / "plain" / "e").unlink()
        os.link(root / "kept" / "a", root / "plain" / "e")
        with pytest.raises(PermissionDenied), where.opened(name, "plain/e"):
            raise AssertionError("it was opened")


def test_a_ban_holds_for_all_that_a_file_system_may_take_for_the_same() -> None:
    name = "Caf\u00e9"
    ban = Ban(("srv", name))
    same = [name, name.upper(), unicodedata.normalize("NFD", name), f"{name}.", f"{name} ", "Ca\u200bf\u00e9"]
    assert [each for each in same if not ban.covers(("srv", each), folded(("srv", each)))] == []
    assert not ban.covers(("srv", "Cafe"), folded(("srv", "Cafe")))
    pattern = Ban(("srv",), ("[A-Z]*.PEM",))
    assert all(pattern.covers(("srv", each), folded(("srv", each))) for each in ("Key.PEM", "key.pem", "KEY.Pem"))


# -- narrower callers --------------------------------------------------------------------------------------------------


def test_what_a_caller_says_is_no_ground_to_follow_links(root: Path) -> None:
    outside, drop = root.parent / "outside", root.parent / "drop"
    (outside / "sub").mkdir(parents=True)
    (outside / "sub" / "x").write_text("outside")
    drop.mkdir()
    (drop / "l").symlink_to(outside)
    rules = given(root, allow="../drop")
    path = f"{drop}/l/sub/x"
    assert "symbolic link" in refused(lambda: of(root, rules).read(path, 100)).message
    for said in (f"{drop}/l/sub", path, f"{drop}/l/sub/*"):
        inner = rules.narrowed('agent "reader"', {"read": [said]})
        assert "symbolic link" in refused(lambda inner=inner: of(root, inner).read(path, 100)).message  # type: ignore[misc]


def test_a_caller_looks_around_nowhere_where_the_run_may_not(root: Path) -> None:
    inner = given(root).narrowed('agent "reader"', {"read": ["/**", "../*/x", "plain/*"]})
    found = of(root, inner)
    for path in ("..", "/", "/etc"):
        refused(lambda path=path: found.names(path))  # type: ignore[misc]
        refused(lambda path=path: found.search(f"{path}/*", never))  # type: ignore[misc]
    assert found.names("plain") == ["e"]
    assert found.names("kept") == ["a", "deep/"]


def test_a_caller_with_less_has_what_it_names_of_all_and_follows_no_links(root: Path) -> None:
    (root / ".env").write_text("x")
    (root / "l").symlink_to("plain")
    found = of(root, given(root, profile="low").narrowed('agent "reader"', {"read": [".env", "plain", "l"]}))
    assert found.read(".env", 10) == b"x"
    assert found.read("plain/e", 10) == b"in plain/e"
    for path in ("l/e", "kept/a"):
        with pytest.raises(SpellError):
            found.read(path, 10)


def test_what_is_denied_to_the_run_is_denied_to_whoever_acts_in_it(root: Path) -> None:
    inner = given(root, "kept").narrowed('agent "reader"', {"read": ["kept", "kept/a"], "write": ["*"]})
    refused(lambda: of(root, inner).read("kept/a", 10))
    refused(lambda: of(root, inner).remove("out/../kept", never, recursive=True))
