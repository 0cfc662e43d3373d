"""Security profiles: low is low security, high is high security, and every setting is checked."""

from dataclasses import astuple, fields
from pathlib import Path

import pytest

from llmspell import _package
from llmspell.errors import ConfigError
from llmspell.security.profile import _SETTINGS, NAMES, Limits, Profile
from llmspell.security.rules import KINDS, MODES
from llmspell.security.taint import SINKS

UNLIMITED = float("inf")


def ceilings(profile: Profile) -> dict[str, float]:
    """Return every ceiling of a profile as a number."""
    limits = dict(zip([each.name for each in fields(Limits)], astuple(profile.limits), strict=True))
    # Models cannot be at work for longer than the run may take.
    times = [time for time in (profile.budget_time, profile.limits.wall) if time is not None]
    given = limits | {"usd": profile.budget_usd, "models": min(times) if times else None}
    return {name: UNLIMITED if value is None else value for name, value in given.items()}


def own(folder: Path, text: str, name: str = "strict.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def error(name: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        Profile.load(name)
    return caught.value


def test_every_ceiling_of_high_is_at_most_that_of_medium_and_that_at_most_that_of_low() -> None:
    low, medium, high = (ceilings(Profile.load(name)) for name in NAMES)
    for name in low:
        assert high[name] <= medium[name] <= low[name], name


def test_what_high_lets_an_engine_do_the_others_let_it_do_too() -> None:
    low, medium, high = (Profile.load(name) for name in NAMES)
    for feature in ("jit", "codegen"):
        assert getattr(high, feature) <= getattr(medium, feature) <= getattr(low, feature)
    assert (low.isolation_required, medium.isolation_required, high.isolation_required) == (False, False, True)


def test_a_profile_is_shown_with_what_it_means() -> None:
    assert [Profile.load(name).label for name in NAMES] == [
        "security: low (trusted code, all libraries)",
        "security: medium (declared access only)",
        "security: high (untrusted code, safe libraries only)",
    ]


def test_the_settings_are_plain_numbers() -> None:
    medium = Profile.load("medium")
    assert medium.limits == Limits(
        memory=256 * 2**20,
        memory_hard=512 * 2**20,
        cpu=30,
        turn=5,
        wall=1800,
        output=8 * 2**20,
        frame=8 * 2**20,
        in_flight=256,
        calls=100_000,
    )
    assert (medium.budget_usd, medium.budget_time) == (1.0, 600)
    assert (medium.jit, medium.codegen) == (True, True)
    assert medium.features == {"codegen": True, "shell": False, "environment": False}
    low, high = Profile.load("low"), Profile.load("high")
    assert (low.limits.wall, low.budget_usd, low.budget_time) == (None, None, None)
    assert (high.budget_usd, high.budget_time) == (0.1, 300)
    assert low.features == {"codegen": True, "shell": True, "environment": True}
    assert high.features == {"codegen": False, "shell": False, "environment": False}


def test_the_lock_is_what_a_worker_is_told() -> None:
    assert Profile.load("high").lock() == {
        "memory": 128 * 2**20,
        "memory_hard": 256 * 2**20,
        "cpu": 5,
        "turn": 1.0,
        "frame": 4 * 2**20,
    }


def test_a_fraction_of_a_second_of_cpu_is_a_second_for_the_system(tmp_path: Path) -> None:
    profile = Profile.load(own(tmp_path, 'extends = "high"\nlimits.cpu = "200ms"'))
    assert profile.limits.cpu == 0.2
    assert profile.lock()["cpu"] == 1


@pytest.mark.parametrize(
    ("name", "guess"), [("hihg", "did you mean `high`? "), ("none", ""), ("", ""), ("High", "did you mean `high`? ")]
)
def test_an_unknown_profile_is_told_with_all_that_are(name: str, guess: str) -> None:
    found = error(name)
    assert found.message == f'there is no security profile "{name}"'
    assert found.hint == f"{guess}There are low, medium and high, and your own by path: ./strict.toml"
    assert found.exit_code == 3


def test_a_profile_of_ones_own_says_only_what_differs(tmp_path: Path) -> None:
    path = own(tmp_path, 'extends = "medium"\nabout = "for the night"\n[limits]\nwall = "8h"\n[budget]\nusd = "none"\n')
    profile, medium = Profile.load(path), Profile.load("medium")
    assert (profile.name, profile.base, profile.label) == (
        "strict",
        "medium",
        "security: strict, extends medium (for the night)",
    )
    assert profile.limits.wall == 8 * 3600
    assert profile.budget_usd is None
    assert (profile.limits.calls, profile.budget_time) == (medium.limits.calls, medium.budget_time)
    assert Profile.load("medium") == medium


@pytest.mark.parametrize(
    "name", ["high .toml", "h\u0456gh.toml", "a b.toml", "high\u00ad.toml", ".toml", "high.lua.toml"]
)
def test_a_profile_has_no_name_that_looks_like_another(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('extends = "low"\nabout = "untrusted code, safe libraries only"\n')
    with pytest.raises(ConfigError, match="cannot be the name of a profile"):
        Profile.load(str(tmp_path / name))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "`extends` must be one of low, medium, high or the path of a profile, got null", None),
        (
            'extends = "strict"',
            '`extends` must be one of low, medium, high or the path of a profile, got "strict"',
            None,
        ),
        ("limts = 1", "there is no setting `limts`", "did you mean `limits`?"),
        ("[limits]\nmemry = 1", "there is no setting `limits.memry`", "did you mean `memory`?"),
        ("limits = 3", "`limits` must be a section, got 3", "begin it with [limits]"),
        (
            '[limits]\nmemory = "1MB"',
            '`limits.memory`: "1MB" is not a size: write bytes or "64KiB", "256MiB", "1GiB"',
            None,
        ),
        ("[limits]\nmemory = 0", "`limits.memory`: it must be more than 0", None),
        ('[limits]\nmemory = "1GiB"', "`limits.memory_hard` must not be below `limits.memory`", None),
        ('[limits]\ncpu = "none"', '`limits.cpu`: "none" is not a duration: write seconds or "30s", "5m", "24h"', None),
        ("[limits]\nwall = 0", "`limits.wall`: it must be more than 0", None),
        ('[limits]\nframe = "4GiB"', '`limits.frame`: it must be from 4KiB to 4GiB, got "4GiB"', None),
        ("[limits]\ncalls = 0", "`limits.calls`: it must be a whole number from 1, got 0", None),
        ("[limits]\nin_flight = true", "`limits.in_flight`: it must be a whole number from 1, got true", None),
        (
            f"[limits]\nin_flight = {10**30}",
            f"`limits.in_flight`: it must be at most 1000000000, got {10**30}",
            None,
        ),
        (
            f"[limits]\nmemory = {2**63}",
            f"`limits.memory`: {2**63} is not a usable size: it must be at most 1,048,576GiB",
            None,
        ),
        (
            f"[limits]\nwall = {10**9}",
            f"`limits.wall`: {10**9} is not a usable duration: it must be from 0 to 3650 days",
            None,
        ),
        (
            "[limits]\nturn = inf",
            '`limits.turn`: Infinity is not a duration: write seconds or "30s", "5m", "24h"',
            None,
        ),
        ("[budget]\nusd = -1", '`budget.usd`: it must be an amount of USD or "none", got -1', None),
        ("[budget]\nusd = nan", '`budget.usd`: it must be an amount of USD or "none", got NaN', None),
        ("[engine]\njit = 1", "`engine.jit`: it must be true or false, got 1", None),
        ('about = ""', '`about`: it must be one line of text, got ""', None),
        ('about = "a\\u001b[2K"', '`about`: it must be one line of text, got "a\\u001b[2K"', None),
        (
            "[permissions]\nrun = 'ask'",
            '`permissions.run`: it must be one of all, declared, given or never, got "ask"',
            None,
        ),
        (
            "[permissions]\nfiles = 'all'",
            "there is no setting `permissions.files`",
            "write one of read, write, net, run, env, tools, mcp, secrets, state or models",
        ),
        ("[taint]\nsinks = 'no'", '`taint.sinks`: it must be one of off, ask or deny, got "no"', None),
        ("[deny]\nnet = 'x'", '`deny.net` must be a list, got "x"', None),
        ("[deny]\nrun = ['']", "`deny.run`: `` is not something that can be granted", None),
        ("[deny]\nreed = ['x']", "there is no setting `deny.reed`", "did you mean `read`?"),
    ],
    ids=range(28),
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, message: str, hint: str | None) -> None:
    path = own(tmp_path, text if "extends" in message else f'extends = "high"\n{text}')
    found = error(path)
    line = 2 + text.count("\n") if "extends" not in message else 1
    assert found.message == (f"{path}:{line}: {message}" if text else f"{path}: {message}")
    assert found.hint == hint


def test_what_is_no_profile_file_is_refused(tmp_path: Path) -> None:
    assert error(str(tmp_path / "x.toml")).message.startswith("there is no security profile ")
    assert "is not TOML" in error(own(tmp_path, "a = [")).message
    (tmp_path / "raw.toml").write_bytes(b"\xff")
    assert "raw.toml" in error(str(tmp_path / "raw.toml")).message
    (tmp_path / "folder.toml").mkdir()
    assert "folder.toml" in error(str(tmp_path / "folder.toml")).message


def test_a_profile_of_ones_own_cannot_pass_for_one_that_ships(tmp_path: Path) -> None:
    found = error(own(tmp_path, 'extends = "low"', "high.toml"))
    assert "has the name of a profile that ships with llmspell" in found.message


def test_a_profile_that_ships_says_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (_package.folder("security_profiles") / "medium.toml").read_text("utf-8")
    (tmp_path / "medium.toml").write_text(whole.replace("in_flight", "# in_flight"), encoding="utf-8")
    monkeypatch.setattr(_package, "folder", lambda _: tmp_path)
    assert error("medium").message == "security_profiles/medium.toml: the setting `limits.in_flight` is missing"


def test_a_profile_of_ones_own_has_a_name_that_can_be_shown(tmp_path: Path) -> None:
    assert "cannot be the name of a profile" in error(f"{tmp_path}/a\x1bb.toml").message


def test_every_setting_that_has_a_direction_goes_from_low_security_to_high() -> None:
    low, medium, high = (Profile.load(name) for name in NAMES)
    assert high.within(medium)
    assert medium.within(low)
    assert not low.within(medium)
    assert not medium.within(high)
    assert [SINKS.index(each.taint) for each in (low, medium, high)] == [0, 1, 2]
    for kind in KINDS:
        strictness = [MODES.index(each.permissions[kind]) for each in (low, medium, high)]
        assert strictness == sorted(strictness), kind


WIDER = {
    "[engine]\njit = true", "[engine]\ncodegen = true", "[isolation]\nrequired = false", "[taint]\nsinks = 'off'",
    "[budget]\nusd = 'none'", "[budget]\ntime = '6m'",
    *(f"[permissions]\n{kind} = 'all'" for kind in KINDS),
    *(f"[limits]\n{name} = {value}" for name, value in {
        "memory": "'129MiB'", "memory_hard": "'257MiB'", "cpu": "'6s'", "turn": "'2s'", "wall": "'none'",
        "output": "'2MiB'", "frame": "'5MiB'", "in_flight": 33, "calls": 1001,
    }.items()),
}  # fmt: skip


def test_what_says_more_than_high_in_any_setting_is_not_within_it(tmp_path: Path) -> None:
    high = Profile.load("high")
    settings = sum(len(known) if isinstance(known, dict) else 0 for name, known in _SETTINGS.items() if name != "deny")
    assert len(WIDER) == settings  # each setting that has a direction is in there
    for text in WIDER:
        wider = Profile.load(own(tmp_path, f'extends = "high"\n{text}'))
        assert not wider.within(high), text
        assert high.within(wider), text
    stricter = Profile.load(own(tmp_path, 'extends = "high"\n[deny]\nread = ["x"]'))
    assert stricter.within(high)
    assert not high.within(stricter)


def test_a_profile_may_extend_another_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    own(
        tmp_path, 'extends = "medium"\nabout = "base"\n[deny]\nnet = ["10.0.0.0/8"]\n[limits]\ncalls = 7\n', "base.toml"
    )
    top = own(
        tmp_path / "deep",
        'extends = "../base.toml"\n[limits]\nin_flight = 5\n[permissions]\nrun = "never"\n[deny]\n'
        'net = ["b.com"]\nread = ["secrets/"]\n',
        "top.toml",
    )
    profile = Profile.load(top)
    assert (profile.name, profile.base, profile.about) == ("top", "medium", "base")
    assert (profile.limits.calls, profile.limits.in_flight) == (7, 5)
    assert profile.permissions["run"] == "never"
    assert profile.places["run"] == f"{top}:5"
    assert profile.places["net"].startswith("security_profiles/medium.toml:")
    assert [(rule.pattern, rule.place.rpartition("/")[2]) for rule in profile.denied["net"]] == [
        ("b.com", "top.toml:7"),
        ("10.0.0.0/8", "base.toml:4"),
    ]
    assert profile.rules().denied == profile.denied
    assert profile.within(Profile.load(str(tmp_path / "base.toml")))


def test_profiles_that_extend_each_other_are_told_as_a_circle(tmp_path: Path) -> None:
    one = own(tmp_path, 'about = "x"\nextends = "two.toml"', "one.toml")
    own(tmp_path, 'extends = "./one.toml"', "two.toml")
    assert error(one).message == f"{tmp_path}/two.toml:1: `extends` goes in a circle, back to {tmp_path}/one.toml"


def test_a_chain_of_profiles_ends(tmp_path: Path) -> None:
    for number in range(20):
        own(tmp_path, f'extends = "p{number + 1}.toml"', f"p{number}.toml")
    assert "more than 8 profiles extend each other" in error(f"{tmp_path}/p0.toml").message
    own(tmp_path, 'extends = "gone.toml"', "p1.toml")
    assert error(f"{tmp_path}/p0.toml").message.endswith(
        "p1.toml:1: there is no security profile " + f"{tmp_path}/gone.toml"
    )


def test_a_line_is_told_of_each_mode() -> None:
    lines = (_package.folder("security_profiles") / "medium.toml").read_text("utf-8").splitlines()
    for kind, place in Profile.load("medium").places.items():
        assert lines[int(place.rpartition(":")[2]) - 1].startswith(f"{kind} = ")
