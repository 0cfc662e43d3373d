"""The settings of the folders around a project, and what one spell runs another under: only ever stricter."""

from pathlib import Path

import pytest
from test_policy import World, decide

from llmspell import Host, Spell
from llmspell.errors import ConfigError
from llmspell.policy import Policy
from llmspell.project import Project
from llmspell.security.profile import Profile
from llmspell.surroundings import MOST


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A project, in which a folder is one of its own."""
    found = World(tmp_path)
    (found.root / "vendor").mkdir()
    found.spell("vendor/evil/x.lua", "return 1")
    (found.root / "vendor/evil/llmspell.toml").touch()
    return found


def inner(world: World) -> tuple[Policy, Spell]:
    """Return what is said of the spell in the folder, and the spell."""
    spell = Spell.from_path(world.root / "vendor/evil/x.lua")
    return Policy.of(Project.of(spell.path), world.environ), spell


def test_a_folder_does_not_free_itself_from_what_is_denied_around_it(world: World) -> None:
    world.theirs(
        '[deny]\nread = ["private/", "*.key", "~/x/"]\nnet = ["bad.com"]\n'
        '[spells."vendor/evil/x.lua"]\ndeny.write = ["out/"]\n[spells."x.lua"]\ndeny.net = ["other.com"]\n'
    )
    policy, spell = inner(world)
    rules = policy.rules(
        Profile.load("medium"), spell, allow={"read": [f"{world.root}/"], "net": ["*"], "write": ["/"]}
    )
    root = world.root / "vendor/evil"
    for path in (f"{world.root}/private/a", f"{world.root}/b.key"):
        found = decide(rules, "read", path, root)
        assert (found.how, found.place) == ("denied", "~/project/llmspell.toml:2")
    assert decide(rules, "read", f"{world.root}/free/a", root).allowed
    assert decide(rules, "read", "private/a", root).allowed  # of its own: the other one is elsewhere
    assert decide(rules, "write", f"{world.root}/out/a", root).rule.startswith('[spells."vendor/evil/x.lua"] deny')
    assert not decide(rules, "net", "https://bad.com/", root).allowed
    assert decide(rules, "net", "https://other.com/", root).allowed


@pytest.mark.parametrize(
    ("outer", "nearest", "expected"),
    [
        ('[folders."vendor/"]\nsecurity = "high"', "", "high"),
        ('[folders."vendor/"]\nsecurity = "high"', '[security]\nprofile = "medium"', "high"),
        ('[security]\nprofile = "high"', "", "high"),
        ('[spells."vendor/evil/x.lua"]\nsecurity = "high"', "", "high"),
        ('[security]\nprofile = "low"\n[allow]\nnet = ["a.com"]', "", None),
        ('[security]\nprofile = "medium"', '[security]\nprofile = "high"', "high"),
        ('[folders."other/"]\nsecurity = "high"', "", None),
    ],
)
def test_what_is_stricter_around_a_folder_counts_in_it(
    world: World, outer: str, nearest: str, expected: str | None
) -> None:
    world.theirs(outer)
    world.trust()  # what grants there grants nothing here
    (world.root / "vendor/evil/llmspell.toml").write_text(nearest)
    policy, spell = inner(world)
    assert policy.profile(spell) == expected
    assert not decide(policy.rules(Profile.load("medium"), spell), "net", "https://a.com/").allowed


def test_taint_is_the_strictest_that_anybody_around_says(world: World) -> None:
    world.theirs('[security]\ntaint = "deny"')
    policy, spell = inner(world)
    assert policy.choose(spell).taint == "deny"
    assert policy.choose(spell, "low").taint == "deny"


def test_files_above_the_home_say_nothing_and_too_many_are_an_error(world: World) -> None:
    policy, spell = inner(world)
    world.theirs('[security]\nprofile = "high"')
    home = {**world.environ, "HOME": str(world.root / "vendor")}
    assert Policy.of(policy.project, home).profile(spell) is None
    assert policy.profile(spell) == "high"
    deep = world.root.joinpath(*"abcdefghijklmnopq"[: MOST + 1])
    for folder in (deep, *deep.parents):
        if folder.is_relative_to(world.root) and folder != world.root:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "llmspell.toml").touch()
    (deep / "x.lua").write_text("return 1")
    nested = Spell.from_path(deep / "x.lua")
    with pytest.raises(ConfigError, match=f"more than {MOST} files"):
        Policy.of(Project.of(nested.path), world.environ).profile(nested)
    (world.root / "llmspell.toml").write_text("x = [")
    with pytest.raises(ConfigError, match=r"~/project/llmspell\.toml is not TOML"):
        inner(world)[0].profile(spell)


TOLD = {
    "lua": """
local function tried(act) return attempt(act).value or false end
return {
  tried(function() return load ~= nil end),
  tried(function() Fs.write("out/x", "1") return true end),
  tried(function() return Fs.read("private/s") end),
}
""",
    "js": """
const tried = async (act) => { const done = await attempt(act); return done.ok ? done.value : false; };
const wrote = await tried(async () => { await Fs.write("out/x", "1"); return true; });
const read = await tried(() => Fs.read("private/s"));
let codegen = true;
try { new Function("return 1")(); } catch { codegen = false; }
export default [codegen, wrote, read];
""",
}
RUNS = {"lua": 'return Run.spell("NAME")', "js": 'export default await Run.spell("NAME");'}


@pytest.mark.parametrize("suffix", TOLD)
async def test_a_spell_has_no_more_inside_of_another_than_settings_let_it_have(world: World, suffix: str) -> None:
    for folder in ("out", "private"):
        (world.root / folder).mkdir()
    (world.root / "private/s").write_text("s")
    world.spell(f"vendor/v.{suffix}", TOLD[suffix])
    world.spell(f"vendor/evil/n.{suffix}", TOLD[suffix])
    world.spell(f"bad.{suffix}", TOLD[suffix])
    world.spell(f"plain.{suffix}", TOLD[suffix])
    world.theirs(f'[folders."vendor/"]\nsecurity = "high"\n[spells."bad.{suffix}"]\nsecurity = "high"\n')
    found = {}
    for name in ("plain", "bad", "vendor/v", "vendor/evil/n"):
        parent = world.spell(f"good.{suffix}", RUNS[suffix].replace("NAME", f"{name}.{suffix}"))
        async with Host(policy=world.policy, allow={"write": ["out/"]}) as host:
            found[name] = (await host.run(parent)).value
    strict = [False, False, False]
    assert found == {"plain": [True, True, "s"], "bad": strict, "vendor/v": strict, "vendor/evil/n": strict}


async def test_what_a_folder_denies_is_denied_to_its_spells_inside_of_another(world: World) -> None:
    says = '[deny]\nread = ["../../private/"]\n[security]\ntaint = "deny"'
    (world.root / "vendor/evil/llmspell.toml").write_text(says)
    (world.root / "private").mkdir()
    (world.root / "private/s").write_text("s")
    world.spell("vendor/evil/n.lua", 'return attempt(function() return Fs.read("private/s") end).ok')
    parent = world.spell("good.lua", 'return { Fs.read("private/s"), Run.spell("vendor/evil/n.lua") }')
    async with Host(policy=world.policy) as host:
        assert (await host.run(parent)).value == ["s", False]
    assert world.policy.beneath(Profile.load("medium"), world.spell("vendor/evil/n.lua")).taint == "deny"


def test_the_stricter_of_two_profiles_has_the_stricter_of_each_setting(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'extends = "medium"\n[limits]\ncalls = 5\nwall = "none"\n[permissions]\nnet = "never"\n[deny]\nread = ["a"]\n'
    )
    own, high = Profile.load(str(mine)), Profile.load("high")
    for both in (own.stricter(high), high.stricter(own)):
        assert both.within(own)
        assert both.within(high)
        assert (both.limits.calls, both.limits.wall, both.permissions["net"]) == (5, high.limits.wall, "never")
        assert [rule.pattern for rule in both.denied["read"]] == ["a"]
    assert Profile.load("medium").stricter(high).name == high.stricter(Profile.load("low")).name == "high"


# -- what a person has said is not taken back by a project -----------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "given", "theirs", "expected"),
    [
        ("", "STRICT", "ask", "deny"),
        ("", "STRICT", "off", "deny"),
        ('[security]\nprofile = "strict.toml"', None, "off", "deny"),
        ('[security]\ntaint = "deny"', None, "off", "deny"),
        ('[security]\ntaint = "off"', "STRICT", None, "deny"),
        ("", "medium", "off", "ask"),
        ("", None, "off", "off"),
        ("", "low", "ask", "ask"),
    ],
)
def test_a_trusted_project_takes_no_word_on_taint_back(
    world: World, own: str, given: str | None, theirs: str | None, expected: str
) -> None:
    strict = world.config / "strict.toml"
    strict.write_text('extends = "medium"\n[taint]\nsinks = "deny"\n')
    world.own(own)
    world.theirs((f'[security]\ntaint = "{theirs}"\n' if theirs else "") + '[allow]\nnet = ["a.com"]')
    world.trust()
    assert world.policy.trusted
    given = str(strict) if given == "STRICT" else given
    assert world.policy.choose(world.spell(), given).taint == expected
    assert ('taint = "off"' in world.policy.wants()) == (theirs == "off" and "taint" not in own)


@pytest.mark.parametrize("trusted", [False, True])
def test_what_a_profile_of_ones_own_denies_stays_denied_under_that_of_a_project(world: World, trusted: bool) -> None:
    (world.config / "mine.toml").write_text('extends = "medium"\n[deny]\nnet = ["bad.com"]\n')
    world.own('[security]\nprofile = "mine.toml"\n[spells."ROOT/digest.lua"]\nallow.net = ["*"]')
    world.theirs('[security]\nprofile = "high"')
    if trusted:
        world.trust()
    profile = world.policy.choose(world.spell())
    assert profile.name == "high"  # it is stricter, but for what the other denies
    rules = world.policy.rules(profile, world.spell())
    assert decide(rules, "net", "https://bad.com/").how == "denied"
    assert decide(rules, "net", "https://good.com/").allowed


def test_what_was_allowed_for_good_is_void_where_its_paths_begin_elsewhere(world: World) -> None:
    spell = world.spell("tools/c.lua", 'spell { allow = { write = { "." } } }')
    tools = Policy.of(Project(world.root / "tools"), world.environ)
    tools.remember(spell, {"write": ["."]})
    assert "write" in tools.rules(Profile.load("medium"), spell).granted
    assert "write" not in world.rules(spell=spell).granted
    assert world.policy.notes(spell) == [
        f"{spell.name} was allowed what it asks for in another folder, so that is void:",
        f"  + paths begin in {world.root}",
        f"  - paths began in {world.root}/tools",
    ]
    world.policy.remember(spell, {"net": ["a.com"]})
    assert "write" not in world.rules(spell=spell).granted  # of before nothing is left
