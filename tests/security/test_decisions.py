"""The order of decisions: a table of it, and what must be true of all rules that anybody can think of."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.project import Project
from llmspell.security.access import Access
from llmspell.security.paths import Paths
from llmspell.security.rules import KINDS, MODES, Decision, Kind, Mode, Rule, Rules
from llmspell.security.taint import Taint

ROOT = Path("/ada/project")
HOSTS = ["a.com", "b.a.com", "10.0.0.1", "127.0.0.1", "b.com"]
PATHS = ["notes/a.txt", "notes/.env", "out/b.txt", "/etc/passwd", "secrets/k.pem", "a.txt"]
COMMANDS = ["git log", "git push origin", "ls -l", "/bin/sh -c 'git log'", "/usr/bin/git log"]
NAMES = ["HOME", "LLM_KEY", "Fs.remove", "github.list"]
VALUES: dict[Kind, Sequence[str]] = {
    "net": [f"https://{host}/" for host in HOSTS], "read": PATHS, "write": PATHS, "run": COMMANDS, "env": NAMES,
    "tools": NAMES, "mcp": NAMES, "state": NAMES, "models": NAMES,
}  # fmt: skip
PATTERNS: dict[Kind, Sequence[str]] = {
    "net": ["*", "a.com", "*.a.com", "10.0.0.0/8", "127.0.0.1", "b.com:443"],
    "read": ["*", ".", "notes/", "notes/*.txt", "/", "secrets/", "**/*.txt"],
    "write": ["*", ".", "notes/", "out/*", "/etc", "secrets/"],
    "run": ["*", "git", "git log", "git *", "ls -l", "/bin/sh -c *"],
    "env": ["*", "HOME", "LLM_*"], "tools": ["*", "Fs.*"], "mcp": ["*", "github.*"], "state": ["*", "HOME"],
    "models": ["*", "git*"],
}  # fmt: skip


def decide(rules: Rules, kind: Kind, value: str) -> Decision:
    return Access(rules, Paths(rules, Project(ROOT)), Taint()).decide(kind, value)


def rules(mode: Mode, granted: Sequence[str] = (), denied: Sequence[str] = (), kind: Kind = "env") -> Rules:
    found = Rules("security: x (x)", dict.fromkeys(KINDS, mode), places={kind: "x.toml:7"})
    return replace(
        found,
        granted={kind: tuple(Rule(each, "grant", place=f"g:{at}") for at, each in enumerate(granted))},
        denied={kind: tuple(Rule(each, "deny", place=f"d:{at}") for at, each in enumerate(denied))},
    )


PROFILE = 'security: x (x): env = "{}"'
TABLE: list[tuple[Mode, Sequence[str], Sequence[str], tuple[bool, str, str, str]]] = [
    ("all", [], [], (True, "profile", PROFILE.format("all"), "x.toml:7")),
    ("all", ["HOME"], [], (True, "granted", 'grant env = "HOME"', "g:0")),
    ("all", ["HOME"], ["HOME"], (False, "denied", 'deny env = "HOME"', "d:0")),
    ("all", [], ["OTHER", "HO*", "HOME"], (False, "denied", 'deny env = "HO*"', "d:1")),
    ("declared", [], [], (False, "undecided", PROFILE.format("declared"), "x.toml:7")),
    ("declared", ["OTHER", "*", "HOME"], [], (True, "granted", 'grant env = "*"', "g:1")),
    ("declared", ["HOME"], ["*"], (False, "denied", 'deny env = "*"', "d:0")),
    ("project", [], [], (False, "undecided", PROFILE.format("project"), "x.toml:7")),
    ("given", [], [], (False, "profile", PROFILE.format("given"), "x.toml:7")),
    ("given", ["HOME"], [], (True, "granted", 'grant env = "HOME"', "g:0")),
    ("never", [], [], (False, "profile", PROFILE.format("never"), "x.toml:7")),
    ("never", ["HOME"], [], (False, "profile", PROFILE.format("never"), "x.toml:7")),
    ("never", ["HOME"], ["HOME"], (False, "denied", 'deny env = "HOME"', "d:0")),
]


@pytest.mark.parametrize(("mode", "granted", "denied", "expected"), TABLE, ids=range(len(TABLE)))
def test_the_first_that_speaks_of_it_wins(
    mode: Mode, granted: Sequence[str], denied: Sequence[str], expected: tuple[bool, str, str, str]
) -> None:
    found = decide(rules(mode, granted, denied), "env", "HOME")
    assert (found.allowed, found.how, found.rule, found.place) == expected


def modes(kind: Kind) -> Sequence[Mode]:
    """Return what a profile can say of a kind: only files are of a project."""
    return MODES if kind in ("read", "write") else [mode for mode in MODES if mode != "project"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Kind, str, Mode, list[str], list[str]]:
    kind = draw(st.sampled_from(sorted(VALUES)))
    some = st.lists(st.sampled_from(PATTERNS[kind]), max_size=4)
    return kind, draw(st.sampled_from(VALUES[kind])), draw(st.sampled_from(modes(kind))), draw(some), draw(some)


@settings(max_examples=120, deadline=None)
@given(cases(), st.data())
def test_a_further_deny_never_allows_more(
    case: tuple[Kind, str, Mode, list[str], list[str]], data: st.DataObject
) -> None:
    kind, value, mode, granted, denied = case
    more = data.draw(st.sampled_from(PATTERNS[kind]))
    at = data.draw(st.integers(0, len(denied)))
    before = decide(rules(mode, granted, denied, kind), kind, value)
    after = decide(rules(mode, granted, [*denied[:at], more, *denied[at:]], kind), kind, value)
    assert before.allowed or not after.allowed
    assert before.how != "denied" or after.how == "denied"


@settings(max_examples=120, deadline=None)
@given(cases(), st.data())
def test_a_further_grant_never_allows_less_nor_what_is_denied(
    case: tuple[Kind, str, Mode, list[str], list[str]], data: st.DataObject
) -> None:
    kind, value, mode, granted, denied = case
    more = data.draw(st.sampled_from(PATTERNS[kind]))
    before = decide(rules(mode, granted, denied, kind), kind, value)
    after = decide(rules(mode, [*granted, more], denied, kind), kind, value)
    assert after.allowed or not before.allowed
    if before.how == "denied" or mode == "never":
        assert not after.allowed


@settings(max_examples=120, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_within_a_layer_decides_nothing(
    case: tuple[Kind, str, Mode, list[str], list[str]], chance: Random
) -> None:
    kind, value, mode, granted, denied = case
    found = decide(rules(mode, granted, denied, kind), kind, value)
    chance.shuffle(granted)
    chance.shuffle(denied)
    again = decide(rules(mode, granted, denied, kind), kind, value)
    assert (again.allowed, again.how) == (found.allowed, found.how)


@settings(max_examples=120, deadline=None)
@given(cases())
def test_the_winner_is_one_of_the_rules_and_has_its_place(case: tuple[Kind, str, Mode, list[str], list[str]]) -> None:
    kind, value, mode, granted, denied = case
    found = decide(rules(mode, granted, denied, kind), kind, value)
    said = {f'grant {kind} = "{each}"': f"g:{at}" for at, each in reversed([*enumerate(granted)])}
    said |= {f'deny {kind} = "{each}"': f"d:{at}" for at, each in reversed([*enumerate(denied)])}
    said[f'security: x (x): {kind} = "{mode}"'] = "x.toml:7"
    assert said[found.rule] == found.place


@settings(max_examples=120, deadline=None)
@given(cases(), st.data())
def test_a_stricter_mode_never_allows_more(
    case: tuple[Kind, str, Mode, list[str], list[str]], data: st.DataObject
) -> None:
    kind, value, mode, granted, denied = case
    stricter = data.draw(st.sampled_from([each for each in modes(kind) if MODES.index(each) >= MODES.index(mode)]))
    before = decide(rules(mode, granted, denied, kind), kind, value)
    after = decide(rules(stricter, granted, denied, kind), kind, value)
    assert before.allowed or not after.allowed
