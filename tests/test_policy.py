"""What files say of what a spell may touch: which of them wins, what a clone cannot do, and where each rule stands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.errors import ArgumentError, ConfigError
from llmspell.policy import Policy
from llmspell.project import Project
from llmspell.remembered import Trust, Trusted
from llmspell.security.access import Access
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Decision, Kind, Rules
from llmspell.security.taint import Taint

ASKS = 'spell { allow = { net = { "example.com" } } }'


class World:
    """A person with settings, and a project that was cloned."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.config = folder / "config" / "llmspell"
        self.environ = {"XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder)}
        self.root.mkdir()
        self.config.mkdir(parents=True)
        self.theirs("")

    def own(self, text: str) -> None:
        (self.config / "config.toml").write_text(text.replace("ROOT", str(self.root)), "utf-8")

    def theirs(self, text: str) -> None:
        (self.root / "llmspell.toml").write_text(text, "utf-8")

    def spell(self, name: str = "digest.lua", source: str = ASKS) -> Spell:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, "utf-8")
        return Spell.from_path(path)

    @property
    def policy(self) -> Policy:
        return Policy.of(Project(self.root, marked=True), self.environ)

    def trust(self) -> None:
        policy = self.policy
        Trusted(self.environ).add(Trust(str(self.root), policy.content, tuple(policy.wants())))

    def rules(self, profile: str = "medium", spell: Spell | None = None, **said: Any) -> Rules:
        return self.policy.rules(Profile.load(profile), spell or self.spell(), **said)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def decide(rules: Rules, kind: Kind, value: str, root: Path = Path("/ada")) -> Decision:
    return Access(rules, Paths(rules, Project(root)), Taint()).decide(kind, value)


def test_files_that_are_not_there_say_nothing(world: World) -> None:
    (world.root / "llmspell.toml").unlink()
    for policy in (world.policy, Policy()):
        assert policy.profile(world.spell()) is None
        assert policy.rules(Profile.load("medium"), world.spell()) == Profile.load("medium").rules(
            world.spell().manifest.allow
        )
        assert policy.notes(world.spell()) == []
        assert policy.wants() == []
        assert not policy.trusted
    Policy().remember(world.spell(), {"net": ["a.com"]})
    assert not [*world.config.iterdir()]


OWN = '[allow]\nnet = ["own.com"]\n[deny]\nnet = ["bad.com"]\n[spells."ROOT/digest.lua"]\nallow.net = ["its.com"]\n'
THEIRS = (
    '[allow]\nnet = ["theirs.com"]\n[deny]\nnet = ["worse.com"]\n'
    '[spells."digest.lua"]\nallow.net = ["named.com"]\ndeny.net = ["never.com"]\n'
)
FLAGS: Mapping[str, Mapping[Kind, Sequence[str]]] = {"allow": {"net": ["flag.com"]}, "deny": {"net": ["no.com"]}}
CASES = [
    # value, trusted, allowed, rule, place
    ("flag.com", False, True, "--allow-net=flag.com", ""),
    ("no.com", False, False, "--deny-net=no.com", ""),
    ("own.com", False, True, '[allow] net = "own.com"', "~/config/llmspell/config.toml:2"),
    ("its.com", False, True, '[spells."ROOT/digest.lua"] allow net = "its.com"', "~/config/llmspell/config.toml:6"),
    ("bad.com", False, False, '[deny] net = "bad.com"', "~/config/llmspell/config.toml:4"),
    ("worse.com", False, False, '[deny] net = "worse.com"', "llmspell.toml:4"),
    ("never.com", False, False, '[spells."digest.lua"] deny net = "never.com"', "llmspell.toml:7"),
    ("theirs.com", False, False, 'security: medium (declared access only): net = "declared"', "PROFILE"),
    ("named.com", False, False, 'security: medium (declared access only): net = "declared"', "PROFILE"),
    ("theirs.com", True, True, '[allow] net = "theirs.com"', "llmspell.toml:2"),
    ("named.com", True, True, '[spells."digest.lua"] allow net = "named.com"', "llmspell.toml:6"),
    ("always.com", False, True, 'you, remembered net = "always.com"', "GRANTS"),
    ("example.com", False, False, 'security: medium (declared access only): net = "declared"', "PROFILE"),
]


@pytest.mark.parametrize(("host", "trusted", "allowed", "rule", "place"), CASES)
def test_the_winner_is_named_with_its_place(
    world: World, host: str, trusted: bool, allowed: bool, rule: str, place: str
) -> None:
    world.own(OWN)
    world.theirs(THEIRS)
    world.policy.remember(world.spell(), {"net": ["always.com"]})
    if trusted:
        world.trust()
    found = decide(world.rules(**FLAGS), "net", f"https://{host}/")
    grants = next((world.config / "grants").glob("*.toml"))
    said = {"PROFILE": Profile.load("medium").places["net"], "GRANTS": f"~/config/llmspell/grants/{grants.name}:12"}
    assert (found.allowed, found.rule, found.place) == (
        allowed,
        rule.replace("ROOT", str(world.root)),
        said.get(place, place),
    )


@pytest.mark.parametrize("who", ["flag", "own", "theirs", "profile"])
def test_a_deny_wins_over_everything_that_grants(world: World, who: str, tmp_path: Path) -> None:
    grants = '[allow]\nnet = ["*"]\n'
    world.own(grants + ('[deny]\nnet = ["x.com"]' if who == "own" else ""))
    world.theirs(grants + ('[deny]\nnet = ["x.com"]' if who == "theirs" else ""))
    world.trust()
    world.policy.remember(world.spell(), {"net": ["x.com"]})
    profile = tmp_path / "mine.toml"
    profile.write_text('extends = "low"\n' + ('[deny]\nnet = ["x.com"]' if who == "profile" else ""), "utf-8")
    said: Any = {"allow": {"net": ["x.com"]}, "deny": {"net": ["x.com"]} if who == "flag" else {}}
    rules = world.rules(str(profile), **said)
    assert decide(rules, "net", "https://x.com/").how == "denied"
    assert decide(rules, "net", "https://y.com/").allowed


@pytest.mark.parametrize(
    ("theirs", "own", "trusted", "expected"),
    [
        ("", "", False, None),
        ('[security]\nprofile = "low"', "", False, None),
        ('[security]\nprofile = "low"', "", True, "low"),
        ('[security]\nprofile = "high"', "", False, "high"),
        ('[security]\nprofile = "high"', '[security]\nprofile = "low"', False, "high"),
        ('[security]\nprofile = "medium"', '[security]\nprofile = "low"', False, "medium"),
        ('[security]\nprofile = "medium"', '[security]\nprofile = "high"', False, "high"),
        ('[security]\nprofile = "medium"', '[security]\nprofile = "high"', True, "medium"),
        ('[spells."digest.lua"]\nsecurity = "low"', '[folders."ROOT"]\nsecurity = "high"', True, "high"),
        ('[spells."digest.lua"]\nsecurity = "high"', '[folders."ROOT"]\nsecurity = "low"', False, "high"),
        ('[spells."digest.lua"]\nsecurity = "low"\n[security]\nprofile = "high"', "", False, "high"),
        ('[spells."digest.lua"]\nsecurity = "low"\n[security]\nprofile = "high"', "", True, "low"),
        ('[spells."other.lua"]\nsecurity = "high"', "", False, None),
        ('[folders."."]\nsecurity = "high"', "", False, "high"),
        ('[folders."vendor/"]\nsecurity = "high"', "", False, None),
        ("", '[spells."ROOT/digest.lua"]\nsecurity = "low"\n[folders."ROOT/"]\nsecurity = "high"', False, "low"),
        ("", '[folders."/"]\nsecurity = "low"\n[folders."ROOT"]\nsecurity = "high"', False, "high"),
        ("", '[folders."ROOT/dig"]\nsecurity = "high"', False, None),
        ("", '[security]\nprofile = "low"', False, "low"),
    ],
)
def test_the_profile_is_that_of_whoever_may_say_it(
    world: World, theirs: str, own: str, trusted: bool, expected: str | None
) -> None:
    world.own(own)
    world.theirs(theirs)
    if trusted:
        world.trust()
    policy, spell = world.policy, world.spell()
    assert policy.profile(spell) == expected
    assert policy.choose(spell).name == (expected or "medium")
    assert policy.choose(spell, "high").name == "high"  # the command line wins
    assert policy.choose(spell, "low").name == "low"
    assert policy.profile(spell, "high") is None or policy.profile(spell, "high") == "high"  # unread code stays so
    assert policy.profile(Spell.from_source("return 1", "lua")) is None


def test_a_folder_speaks_of_all_below_it(world: World) -> None:
    world.theirs('[folders."vendor/"]\nsecurity = "high"\n[folders."vendor/ours"]\nsecurity = "medium"\n')
    (world.root / "vendor").mkdir()
    named = {name: world.policy.profile(world.spell(name)) for name in ("a.lua", "vendor/a.lua", "vendored.lua")}
    assert named == {"a.lua": None, "vendor/a.lua": "high", "vendored.lua": None}
    assert world.policy.profile(world.spell("vendor/ours/a.lua")) == "medium"


def test_a_profile_of_ones_own_is_found_beside_the_settings(world: World) -> None:
    (world.config / "strict.toml").write_text('extends = "high"\n[limits]\ncalls = 5\n', "utf-8")
    world.own('[security]\nprofile = "strict.toml"')
    assert world.policy.choose(world.spell()).limits.calls == 5
    world.theirs('[security]\nprofile = "high"')  # looser than what the person wants
    assert world.policy.choose(world.spell()).limits.calls == 5
    assert world.policy.choose(world.spell(), None, "high").limits.calls == 5  # it may be stricter for unread code


@pytest.mark.parametrize(
    ("profile", "own", "theirs", "trusted", "expected"),
    [
        ("medium", None, None, False, "ask"),
        ("medium", "off", None, False, "off"),
        ("medium", "deny", "off", False, "deny"),
        ("medium", None, "off", False, "ask"),
        ("medium", None, "off", True, "off"),
        ("medium", None, "deny", False, "deny"),
        ("medium", "off", "ask", False, "ask"),
        ("high", "off", "off", True, "deny"),
        ("low", "ask", None, False, "ask"),
        ("low", None, "ask", False, "ask"),
    ],
)
def test_taint_is_what_whoever_may_say_it_says(
    world: World, profile: str, own: str | None, theirs: str | None, trusted: bool, expected: str
) -> None:
    world.own(f'[security]\ntaint = "{own}"' if own else "")
    world.theirs(f'[security]\ntaint = "{theirs}"' if theirs else "")
    if trusted:
        world.trust()
    found = world.policy.taint(Profile.load(profile))
    assert found == expected
    assert world.policy.taint(replace(Profile.load(profile), taint=found)) == expected  # twice is once
    assert world.policy.choose(world.spell(), profile).taint == (
        "ask" if (theirs, expected) == ("off",) * 2 else expected
    )


def test_under_high_only_what_is_given_to_the_spell_by_name_counts(world: World) -> None:
    world.own(
        '[allow]\nnet = ["all.com"]\nwrite = ["/"]\n[spells."ROOT/digest.lua"]\n'
        'allow = { net = ["its.com"], run = ["ls"] }'
    )
    world.policy.remember(world.spell(), {"net": ["always.com"], "write": ["out/"]})
    rules = world.rules("high")
    assert [rule.pattern for rule in rules.granted["net"]] == ["its.com", "always.com"]
    assert rules.granted.keys() == {"net"}
    assert rules.missing(lambda kind, pattern: False) == []
    with pytest.raises(ArgumentError, match="never grants write"):
        world.rules("high", allow={"write": ["out/"]})


def test_what_was_trusted_counts_until_a_byte_of_the_file_changes(world: World) -> None:
    world.theirs('[allow]\nnet = ["a.com"]\n')
    untrusted = "llmspell.toml grants what does not count until you trust it: llmspell trust"
    assert world.policy.notes(world.spell()) == [untrusted]
    world.trust()
    assert world.policy.notes(world.spell()) == []
    assert decide(world.rules(), "net", "https://a.com/").allowed
    world.theirs('[allow]\nnet = ["a.com"]\n# a comment\n')
    assert not world.policy.trusted
    assert not decide(world.rules(), "net", "https://a.com/").allowed
    assert "has changed since you trusted it" in world.policy.notes(world.spell())[0]
    world.theirs('[allow]\nnet = ["a.com"]\n')
    assert world.policy.trusted  # it is about the content


def test_a_folder_at_another_place_is_not_trusted(world: World, tmp_path: Path) -> None:
    world.theirs('[allow]\nnet = ["a.com"]\n')
    world.trust()
    world.root.rename(tmp_path / "moved")
    assert not Policy.of(Project(tmp_path / "moved"), world.environ).trusted


def test_what_a_file_would_grant_is_told_and_nothing_else(world: World) -> None:
    world.theirs(
        '[security]\nprofile = "low"\ntaint = "off"\n[allow]\nread = ["~/"]\n[deny]\nnet = ["a.com"]\n[vars]\nx = 1\n'
        '[spells."a.lua"]\nsecurity = "high"\nallow.run = ["rm *"]\n[folders.b]\nsecurity = "low"\n'
        '[journal]\ndurability = "full"\n'
    )
    assert world.policy.wants() == [
        "security: low (trusted code, all libraries), for every spell",
        "security: low (trusted code, all libraries), for b",
        'taint = "off"',
        "read    ~/",
        "run     rm *, for a.lua",
    ]
    world.own('[security]\nprofile = "low"\ntaint = "off"')
    assert world.policy.wants() == ["read    ~/", "run     rm *, for a.lua"]


def test_grants_hold_while_the_spell_asks_for_the_same(world: World) -> None:
    world.policy.remember(world.spell(), {"net": ["example.com"]})
    world.policy.remember(world.spell(), {"write": ["out/"], "net": ["b.com", "example.com"]})
    rules = world.rules()
    assert [rule.pattern for rule in rules.granted["net"]] == ["example.com", "b.com"]
    assert {rule.source for rule in rules.granted["net"]} == {"you, remembered"}
    assert [rule.pattern for rule in rules.granted["write"]] == ["out/"]
    other = world.spell(source=ASKS + ' print("another body")')
    assert "net" in world.rules(spell=other).granted
    changed = world.spell(source='spell { allow = { net = { "example.com", "evil.com" } } }')
    assert world.rules(spell=changed).granted == {}
    assert world.policy.notes(changed) == [
        f"{changed.name} asks for other things than when you allowed it, so that is void:",
        "  + net     evil.com",
    ]
    world.policy.remember(changed, {"net": ["evil.com"]})
    assert [rule.pattern for rule in world.rules(spell=changed).granted["net"]] == [
        "evil.com"
    ]  # of before nothing is left
    assert world.rules(spell=world.spell("other.lua")).granted == {}


def test_code_in_no_file_remembers_nothing(world: World) -> None:
    spell = Spell.from_source(ASKS, "lua")
    world.policy.remember(spell, {"net": ["a.com"]})
    assert world.rules(spell=spell).granted == {}
    assert not (world.config / "grants").exists()


@pytest.mark.parametrize(
    ("whose", "text", "message", "hint"),
    [
        ("theirs", "[securty]", "llmspell.toml:1: there is no setting `securty`", "did you mean `security`?"),
        (
            "theirs",
            "\n[security]\nprofle = 1",
            "llmspell.toml:3: there is no setting `security.profle`",
            "did you mean `profile`?",
        ),
        (
            "theirs",
            '[security]\nprofile = "./x.toml"',
            "llmspell.toml:2: `security.profile`: it must be one of low, medium or high",
            None,
        ),
        (
            "theirs",
            '[security]\ntaint = "no"',
            "llmspell.toml:2: `security.taint`: it must be one of off, ask or deny",
            None,
        ),
        (
            "theirs",
            '[deny]\nnet = [\n "a.com",\n "a b"]',
            'llmspell.toml:4: `deny.net`: "a b" is not a pattern of hosts',
            "ANY",
        ),
        ("theirs", "[deny]\nnet = 5", "llmspell.toml:2: `deny.net` must be a list, got 5", None),
        ("theirs", "[allow]\nnet = [1]", "llmspell.toml:2: `allow.net`: it must be a text, got 1", None),
        ("theirs", "[allow]\nfiles = ['a']", "llmspell.toml:2: there is no setting `allow.files`", "ANY"),
        (
            "theirs",
            "spells = 3",
            "llmspell.toml:1: `spells` must be a section, got 3",
            'begin one with [spells."NAME"]',
        ),
        (
            "theirs",
            '[spells."a.lua"]\nsecurty = "low"',
            'llmspell.toml:2: there is no setting `spells."a.lua".securty`',
            "ANY",
        ),
        ("theirs", '[spells."/a.lua"]', 'llmspell.toml:1: `spells."/a.lua"`: it must be a path in this folder', None),
        ("theirs", '[folders."../b"]', 'llmspell.toml:1: `folders."../b"`: it must be a path in this folder', None),
        ("theirs", "[[allow]]", "llmspell.toml:1: `allow` must be a section, got a list", "begin it with [allow]"),
        ("own", '[spells."a.lua"]', 'config.toml:1: `spells."a.lua"`: it must begin with / or ~/', None),
        (
            "own",
            '[security]\nprofile = "mine"',
            "config.toml:2: `security.profile`: it must be low, medium or high, or the path",
            None,
        ),
        ("own", "[vars]\nx = 1", "config.toml:1: there is no setting `vars`", "ANY"),
        ("own", "x = [", "config.toml is not TOML", None),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    world: World, whose: str, text: str, message: str, hint: str | None
) -> None:
    (world.own if whose == "own" else world.theirs)(text)
    with pytest.raises(ConfigError) as caught:
        _ = world.policy
    assert message in caught.value.message
    assert hint == "ANY" or caught.value.hint == hint
    assert caught.value.exit_code == 3


def test_a_host_asks_its_policy(world: World) -> None:
    world.own('[deny]\nnet = ["a.com"]')
    world.policy.remember(world.spell(), {"net": ["example.com"]})
    rules = Host(policy=world.policy, deny={"env": ["*"]}, allow={"write": ["x/"]}).rules(world.spell())
    assert [rule.pattern for rule in rules.granted["net"]] == ["example.com"]
    assert [rule.source for rule in rules.denied["env"]] == ["--deny-env"]
    assert [rule.pattern for rule in rules.granted["write"]] == ["x/"]
    assert Host().rules(world.spell()).granted == {}


async def test_what_is_denied_to_a_spell_by_name_is_denied_to_it_inside_of_another(world: World) -> None:
    world.theirs('[spells."child.lua"]\ndeny.read = ["notes/"]\n')
    (world.root / "notes").mkdir()
    (world.root / "notes" / "a.txt").write_text("private")
    world.spell("child.lua", 'return attempt(function() return Fs.read("notes/a.txt") end)')
    parent = world.spell("parent.lua", 'return { Fs.read("notes/a.txt"), Run.spell("child").ok }')
    async with Host(policy=world.policy) as host:
        assert (await host.run(parent)).value == ["private", False]
    async with Host() as host:
        assert (await host.run(parent)).value == ["private", True]
