"""Who decides, who is asked, what is written down, and what a caller inside of a run has less."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ArgumentError, PermissionDenied
from llmspell.project import Project
from llmspell.security.access import Access, Request, Verdict
from llmspell.security.paths import Paths
from llmspell.security.profile import NAMES, Profile
from llmspell.security.rules import KINDS, Kind, Rule, Rules
from llmspell.security.taint import Taint

ROOT = Path("/ada/project")


def access(name: str = "medium", taint: str = "ask", **granted: list[str]) -> Access:
    profile = Profile.load(name)
    rules = Rules(profile.label, profile.permissions)
    for kind, patterns in granted.items():
        rules = rules.grant(kind, patterns, f"--allow-{kind}")  # type: ignore[arg-type]
    return Access(rules, Paths(rules, Project(ROOT)), Taint(taint))  # type: ignore[arg-type]


class Log:
    """Keeps what is written down."""

    def __init__(self, access: Access) -> None:
        self.lines: list[dict[str, str]] = []
        access.note = self
        access.at = lambda: "a.lua:3"

    def __call__(self, **fields: str) -> None:
        self.lines.append(fields)


class Ada:
    """Somebody who says the same to everything."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.asked: list[Request] = []

    async def permit(self, request: Request) -> Verdict:
        self.asked.append(request)
        return self.verdict


@pytest.mark.parametrize(
    ("kind", "value", "pattern", "other"),
    [
        ("read", "../notes/a.md", "../notes/", "../other/a.md"),
        ("write", "out/a.md", "out/", "in/a.md"),
        ("net", "https://a.example/x", "a.example", "https://b.example/"),
        ("net", "POST https://a.example/x", "*.example", "https://example/"),
        ("tools", "Fs.remove", "Fs.*", "Http.delete"),
        ("mcp", "github.list_issues", "github.*", "gitlab.list_issues"),
        ("secrets", "mail", "mail", "bank"),
        ("state", "team", "team", "teams"),
    ],
)
def test_what_is_granted_is_allowed_and_nothing_else(kind: Kind, value: str, pattern: str, other: str) -> None:
    nobody, granted = access(), access(**{kind: [pattern]})
    assert nobody.decide(kind, value).how == "undecided"
    decision = granted.decide(kind, value)
    assert (decision.allowed, decision.rule) == (True, f"--allow-{kind}={pattern}")
    assert not granted.decide(kind, other).allowed
    granted.check(kind, value)
    with pytest.raises(PermissionDenied, match="is not allowed"):
        granted.check(kind, other)


def test_what_is_denied_names_its_rule_and_place() -> None:
    rules = Rules("security: low (trusted)", Profile.load("low").permissions)
    rules = rules.deny("net", [Rule("10.0.0.0/8", "[deny]", place="llmspell.toml:14")])
    found = Access(rules, Paths(rules, Project(ROOT)), Taint())
    assert found.decide("net", "http://11.0.0.1/").allowed
    with pytest.raises(PermissionDenied) as caught:
        found.check("net", "http://10.1.2.3/")
    assert caught.value.data == {"rule": '[deny] net = "10.0.0.0/8" in llmspell.toml:14'}
    assert caught.value.hint == "no flag overrides what is denied: change that rule, if it is yours to change"


async def test_a_person_is_asked_for_the_narrowest_and_may_say_another() -> None:
    run = access()
    log, run.person = Log(run), Ada(Verdict(True))
    await run.permit("net", "https://a.example/x?token=1", "Http.get")
    assert [(each.kind, each.value, each.op, each.place) for each in run.person.asked] == [
        ("net", "a.example", "Http.get", "a.lua:3")
    ]
    await run.permit("net", "https://a.example/y", "Http.get")
    assert len(run.person.asked) == 1
    run.person = Ada(Verdict(True, "*.example", "ada"))
    await run.permit("net", "https://b.example/", "Http.get")
    await run.permit("net", "https://c.example/", "Http.get")
    assert len(run.person.asked) == 1
    assert [(line["value"], line["decision"], line["by"]) for line in log.lines] == [
        ("a.example", "allow", "you, at the terminal"),
        ("a.example", "allow", "you, at the terminal"),
        ("b.example", "allow", "ada"),
        ("c.example", "allow", "ada"),
    ]


async def test_a_path_that_looks_like_a_pattern_grants_itself_alone() -> None:
    run = access()
    run.person = Ada(Verdict(True))
    await run.permit("write", "*", "Fs.write")
    assert run.decide("write", "*").allowed
    assert not run.decide("write", "other").allowed


async def test_who_says_no_or_is_not_there_refuses() -> None:
    for person in (None, Ada(Verdict(False))):
        run = access()
        log, run.person = Log(run), person
        with pytest.raises(PermissionDenied, match=r'net access to "a\.example" is not allowed'):
            await run.permit("net", "https://a.example/", "Http.get")
        assert [line["decision"] for line in log.lines] == ["deny"]


async def test_nobody_is_asked_for_what_is_decided_or_has_no_time() -> None:
    for run, kind, may_ask in ((access("high", net=["a.example"]), "net", True), (access(), "net", False)):
        run.person = Ada(Verdict(True))
        with pytest.raises(PermissionDenied):
            await run.permit(kind, "https://b.example/", "Http.get", may_ask=may_ask)
        assert run.person.asked == []


async def test_a_caller_has_a_part_of_what_the_run_has_and_gets_no_more() -> None:
    run = access(net=["a.example", "b.example"], write=["out/"])
    with run.narrowed('agent "reader"', {"net": ["a.example", "c.example"]}):
        assert run.decide("net", "https://a.example/").allowed
        assert not run.decide("net", "https://c.example/").allowed  # which the run has not
        decision = run.decide("net", "https://b.example/")
        assert (decision.allowed, decision.how) == (False, "caller")
        assert not run.decide("write", "out/a").allowed
        assert not run.paths.covers("read", (*ROOT.parts[1:], "a.md"))
        with run.narrowed("inner", {"net": ["b.example"], "write": ["out/"]}):
            assert not run.decide("net", "https://a.example/").allowed
            assert not run.decide("net", "https://b.example/").allowed
            assert not run.decide("write", "out/a").allowed
        with pytest.raises(PermissionDenied, match="is not allowed") as caught:
            run.check("net", "https://b.example/")
        assert caught.value.data["rule"] == 'agent "reader" may do a part of what the run may, and this is none of it'
    assert run.decide("net", "https://b.example/").allowed
    assert run.decide("write", "out/a").allowed


async def test_what_a_person_allows_while_a_caller_acts_is_the_callers_too_if_it_may() -> None:
    run = access()
    run.person = Ada(Verdict(True))
    with run.narrowed("reader", {"net": ["*.example"]}):
        await run.permit("net", "https://a.example/", "Http.get")
        with pytest.raises(PermissionDenied):
            await run.permit("net", "https://a.test/", "Http.get")
    assert run.decide("net", "https://a.example/").allowed


async def test_callers_side_by_side_have_each_their_own() -> None:
    run = access(net=["*.example"])
    found: dict[str, list[bool]] = {}

    async def act(name: str) -> None:
        with run.narrowed(name, {"net": [f"{name}.example"]}):
            await asyncio.sleep(0)
            found[name] = [run.decide("net", f"https://{each}.example/").allowed for each in ("a", "b")]

    await asyncio.gather(act("a"), act("b"))
    assert found == {"a": [True, False], "b": [False, True]}


def test_a_wrong_pattern_of_a_caller_is_said_at_once() -> None:
    with pytest.raises(ArgumentError, match="not a pattern of hosts"), access().narrowed("x", {"net": ["a b"]}):
        pass


@pytest.mark.parametrize(("name", "allowed"), [("low", True), ("medium", False), ("high", False)])
async def test_an_op_that_destroys_is_allowed_by_its_name(name: str, allowed: bool) -> None:
    await access(name).use("Fs.write", destructive=False)
    if allowed:
        await access(name).use("Fs.remove", destructive=True)
        return
    with pytest.raises(PermissionDenied, match=r'the tool "Fs\.remove" is not allowed'):
        await access(name).use("Fs.remove", destructive=True)
    await access(name, tools=["Fs.remove"]).use("Fs.remove", destructive=True)


async def test_a_denied_tool_is_gone_whatever_it_does_and_a_list_of_tools_is_all_there_is() -> None:
    base = access()
    rules = base.rules.deny("tools", [Rule("Http.*", "--deny-tools")])
    run = Access(rules, Paths(rules, Project(ROOT)), Taint())
    await run.use("Fs.read", destructive=False)
    with pytest.raises(PermissionDenied, match=r"Http\.get"):
        await run.use("Http.get", destructive=False)
    with base.narrowed("reader", {"read": ["."], "tools": ["Fs.read"]}):
        await base.use("Fs.read", destructive=False)
        with pytest.raises(PermissionDenied, match=r"Fs\.list"):
            await base.use("Fs.list", destructive=False)
    with base.narrowed("reader", {"read": ["."]}):
        await base.use("Fs.list", destructive=False)


# -- taint ------------------------------------------------------------------------------------------------------------


def complete(run: Access) -> Access:
    run.taint.read("Http.get a.example", untrusted=True, private=False)
    run.taint.ask()
    run.taint.read("Fs.read notes/a.md", untrusted=False, private=True)
    return run


@pytest.mark.parametrize("missing", ["untrusted", "model", "private", "order"])
async def test_two_of_three_may_send(missing: str) -> None:
    run = access("medium", "deny")
    if missing == "order":
        run.taint.ask()  # the model has read nothing of a stranger
    if missing != "untrusted":
        run.taint.read("Http.get", untrusted=True, private=False)
    if missing not in ("model", "order"):
        run.taint.ask()
    if missing != "private":
        run.taint.read("Fs.read", untrusted=False, private=True)
    await run.leave("Http.post", "b.example")


async def test_all_three_are_refused_and_named() -> None:
    run = complete(access("medium", "deny"))
    log, run.person = Log(run), Ada(Verdict(True))
    with pytest.raises(PermissionDenied) as caught:
        await run.leave("Http.post", "b.example")
    assert caught.value.message == "Http.post is not allowed after a model has read untrusted data"
    assert caught.value.data["rule"] == (
        "private data Fs.read notes/a.md; untrusted content Http.get a.example, read by a model; "
        "a way out Http.post b.example"
    )
    assert run.person.asked == []
    assert [(line["kind"], line["decision"], line["rule"]) for line in log.lines] == [
        ("taint", "deny", 'taint = "deny"')
    ]


async def test_a_person_is_asked_once_for_each_way_out() -> None:
    run = complete(access())
    log, run.person = Log(run), Ada(Verdict(True))
    for target in ("b.example", "b.example", "c.example"):
        await run.leave("Http.post", target)
    assert [(each.kind, each.value) for each in run.person.asked] == [(None, "b.example"), (None, "c.example")]
    assert [" ".join(line.split()) for line in run.person.asked[0].told] == [
        "private data Fs.read notes/a.md",
        "untrusted content Http.get a.example, read by a model",
        "a way out Http.post b.example",
    ]
    assert [line["decision"] for line in log.lines] == ["allow", "allow"]
    run.person = Ada(Verdict(False))
    with pytest.raises(PermissionDenied):
        await run.leave("Http.post", "d.example")


async def test_without_a_person_it_is_refused_and_off_is_off() -> None:
    with pytest.raises(PermissionDenied) as caught:
        await complete(access()).leave("Http.post", "b.example")
    assert caught.value.hint == "if it may send all the same: --taint=off"
    run = complete(access("medium", "off"))
    log = Log(run)
    for _ in range(2):
        await run.leave("Http.post", "b.example")
    assert [(line["kind"], line["decision"], line["rule"]) for line in log.lines] == [
        ("taint", "allow", 'taint = "off"')
    ]  # once for each way out


def test_the_profiles_say_it_from_off_to_deny() -> None:
    assert [Profile.load(name).taint for name in NAMES] == ["off", "ask", "deny"]


# -- laws -------------------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(["a", "ab", "b", "a*", "*", "?b", "b.c", "*.c"])
_RULES = st.lists(_NAMES, max_size=4)
_NAMED: list[Kind] = ["tools", "mcp", "state", "models", "env"]


@given(
    kind=st.sampled_from(_NAMED), mode=st.sampled_from(["all", "declared", "given", "never"]), more=_NAMES,
    allow=_RULES, deny=_RULES, value=st.sampled_from(["a", "ab", "b", "b.c", "x"]), data=st.data(),
)  # fmt: skip
def test_laws_of_decisions(
    kind: Kind, mode: Any, allow: list[str], deny: list[str], more: str, value: str, data: st.DataObject
) -> None:
    def decided(allow: list[str], deny: list[str], narrow: list[str] | None = None) -> bool:
        rules = Rules("it", dict.fromkeys(KINDS, mode))
        if mode != "never":
            rules = rules.grant(kind, allow, "flag")
        rules = rules.deny(kind, [Rule(each, "flag") for each in deny])
        run = Access(rules, Paths(rules, Project(ROOT)), Taint())
        if narrow is None:
            return run.decide(kind, value).allowed
        with run.narrowed("caller", {kind: narrow}):
            return run.decide(kind, value).allowed

    before = decided(allow, deny)
    assert decided(allow, [*deny, more]) <= before  # a deny grants nothing
    assert decided([*allow, more], deny) >= before  # a grant takes nothing
    assert decided(data.draw(st.permutations(allow)), data.draw(st.permutations(deny))) == before  # in any order
    assert decided(allow, deny, [more]) <= before  # and a caller has no more than the run
