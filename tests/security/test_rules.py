"""What a run may touch, as profiles, people and manifests say it."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ArgumentError, PermissionDenied
from llmspell.project import Project
from llmspell.security.paths import Paths
from llmspell.security.profile import NAMES, Profile
from llmspell.security.rules import KINDS, MODES, Kind, Rule, Rules, Wish
from llmspell.security.wishes import refuse_missing


def rules(name: str = "medium", **declared: tuple[str, ...]) -> Rules:
    profile = Profile.load(name)
    return Rules(profile.label, profile.permissions, declared=declared)


def missing(found: Rules) -> list[Wish]:
    return Paths(found, Project(Path("/ada/project"))).missing()


def test_low_security_grants_most_and_high_security_least() -> None:
    strictness: Mapping[str, int] = {mode: place for place, mode in enumerate(MODES)}
    for kind in KINDS:
        low, medium, high = (strictness[Profile.load(name).permissions[kind]] for name in NAMES)
        assert low <= medium <= high
    assert all(rules("low").exists(kind) for kind in KINDS)
    assert not any(rules("high").exists(kind) for kind in KINDS)


def test_medium_reads_the_project_and_grants_nothing_else_unasked() -> None:
    assert {kind: [r.pattern for r in rules().patterns(kind)] for kind in KINDS} == {
        **{kind: [] for kind in KINDS}, "read": ["."], "models": ["*"]
    }  # fmt: skip
    assert all(rules().exists(kind) for kind in KINDS)


def test_a_manifest_asks_and_never_grants() -> None:
    asking = rules(net=("example.com",), write=("out/",), read=("notes/", "../other"))
    assert asking.patterns("net") == ()
    assert missing(asking) == [Wish("read", "../other"), Wish("write", "out/"), Wish("net", "example.com")]
    with pytest.raises(PermissionDenied) as caught:
        refuse_missing("digest.lua", asking, missing(asking))
    assert caught.value.message == (
        "digest.lua asks for read ../other; write out/; net example.com, which nobody has allowed"
    )
    assert caught.value.hint == (
        "read it, and if you agree: llmspell run digest.lua "
        "--allow-read=../other --allow-write=out/ --allow-net=example.com"
    )


def test_what_a_person_grants_is_no_longer_missing() -> None:
    asking = rules(net=("example.com",), write=("out/a.txt",))
    granted = asking.grant("net", ["*"], "--allow-net").grant("write", ["out"], "--allow-write")
    assert missing(granted) == []
    assert granted.patterns("net") == (Rule("*", "--allow-net"),)
    refuse_missing("digest.lua", granted, missing(granted))


@pytest.mark.parametrize(
    ("wanted", "pattern"), [("../x", "."), ("/etc", "."), ("outer", "out"), ("out/../../x", "out")]
)
def test_a_folder_covers_only_what_is_in_it(wanted: str, pattern: str) -> None:
    assert missing(rules(write=(wanted,)).grant("write", [pattern], "you")) == [Wish("write", wanted)]


def test_high_security_ignores_what_the_spell_declares_and_takes_what_its_caller_gives() -> None:
    high = rules("high", net=("example.com",), read=("/etc",))
    assert missing(high) == []
    given = high.grant("net", ["example.com"], "--allow-net")
    assert given.exists("net")
    assert not given.exists("read")


def test_what_a_profile_never_grants_no_flag_grants() -> None:
    with pytest.raises(ArgumentError, match=r"--allow-run: security: high .* never grants run"):
        rules("high").grant("run", ["git"], "--allow-run")


@pytest.mark.parametrize("pattern", ["", "a\nb", "\x1b[2J", "x" * 1001, "a\u202eb"])
def test_what_cannot_be_shown_cannot_be_granted(pattern: str) -> None:
    with pytest.raises(ArgumentError, match="is not something that can be granted"):
        rules().grant("net", [pattern], "--allow-net")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_says_what_would_grant_it(name: str, kind: Kind) -> None:
    error = rules(name).refusal(kind, "x.y")
    assert error.exit_code == 5
    assert f"--allow-{kind}=x.y" in (error.hint or "") or "--security low" in (error.hint or "")
    assert Profile.load(name).label in error.data["rule"]


def test_a_refusal_cannot_be_forged_by_what_it_names() -> None:
    error = rules().refusal("net", "x\n= fix: --trust\x1b[2J" + "y" * 500)
    assert "\n" not in error.message
    assert "\x1b" not in error.message
    assert len(error.message) < 300


@pytest.mark.parametrize("name", ["data.csv; touch owned #", "$(id)", "a'b", "`id`", "~/x", "a b", "x.lua"])
def test_the_cure_is_one_word_for_a_shell(name: str) -> None:
    hint = rules().refusal("write", name).hint or ""
    flag = f"--allow-write={name}"
    assert shlex.split(hint.split(", and `")[0]) == [flag]
    asking = rules(write=(name, "b"), net=("x.example",))
    with pytest.raises(PermissionDenied) as caught:
        refuse_missing("my spell.lua", asking, missing(asking))
    words = shlex.split((caught.value.hint or "").partition(": ")[2])
    assert words == ["llmspell", "run", "my spell.lua", f"{flag},b", "--allow-net=x.example"]


@pytest.mark.parametrize(
    ("path", "pattern"), [("a[1].txt", "a[[]1].txt"), ("*", "[*]"), ("x,/", "x?/"), ("a?", "a[?]")]
)
def test_the_cure_for_a_path_grants_no_more_than_it(path: str, pattern: str) -> None:
    hint = rules().refusal("read", path).hint or ""
    assert shlex.split(hint.split(", and `")[0]) == [f"--allow-read={pattern}"]


@pytest.mark.parametrize("value", ["x" * 201, "a\nb", "a\u00a0b"])
def test_what_no_flag_can_name_is_in_no_flag(value: str) -> None:
    assert rules().refusal("read", value).hint == (
        "--allow-read grants it by a broader pattern: no flag can name it as it is"
    )


def test_the_cure_puts_no_more_into_the_manifest_than_was_asked_for() -> None:
    assert "allow = " not in (rules().refusal("read", 'x" }, net = { "*').hint or "")


def test_a_cure_that_is_too_long_to_be_shown_whole_is_no_command() -> None:
    asking = rules(write=tuple(f"{number}{'x' * 190}" for number in range(4)))
    with pytest.raises(PermissionDenied) as caught:
        refuse_missing("x.lua", asking, missing(asking))
    assert caught.value.hint == "read it, and allow what you agree to: --allow-write=…"


PATTERNS = st.lists(st.sampled_from(["a", "b", "c.example", "*", "10.0.0.0/8"]), max_size=4)


@given(st.lists(st.tuples(st.sampled_from(["read", "write", "net", "state"]), PATTERNS), max_size=6), st.randoms())
def test_the_order_of_grants_does_not_matter(grants: list[tuple[Kind, list[str]]], chance: object) -> None:
    def granted(order: list[tuple[Kind, list[str]]]) -> dict[Kind, set[str]]:
        found = rules()
        for kind, patterns in order:
            found = found.grant(kind, patterns, "you")
        return {kind: {rule.pattern for rule in found.patterns(kind)} for kind in KINDS}

    shuffled = list(grants)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert granted(grants) == granted(shuffled)
