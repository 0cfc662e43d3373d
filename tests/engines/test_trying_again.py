"""How long `retry` waits: the engines are asked with a clock that never runs, and both have to say the same."""

import itertools
from types import ModuleType
from typing import Any

import javascript_guest
import lua_guest
import pytest

from llmspell.messages import Call

SPELLS: dict[ModuleType, str] = {
    lua_guest: """
local args = spell()
for _, options in ipairs(args.each) do
  local asked = options.asked
  options.asked = nil
  attempt(function()
    retry(options, function() error({ kind = "http", message = "busy", data = { retry_after = asked } }) end)
  end)
end
""",
    javascript_guest: """
const args = spell();
for (const { asked, ...options } of args.each) {
  const busy = () => { throw new SpellError("busy", { kind: "http", data: { retry_after: asked } }); };
  await attempt(() => retry(options, busy));
}
""",
}
SEEDS = (0, 1, 2**31, 2**32 - 1, 2**53 - 1)

languages = pytest.mark.parametrize("guest", SPELLS, ids=lambda guest: guest.__name__.removesuffix("_guest"))


def waits(guest: ModuleType, *each: dict[str, Any], seed: int = 7) -> list[float]:
    """Return the seconds that a spell waits for, where it tries again with each of these options."""
    said = guest.play(SPELLS[guest], args={"each": list(each)}, seed=seed)
    return [call.args[0] for call in said if isinstance(call, Call)]


def test_both_languages_wait_equally_long() -> None:
    options = [
        {"times": times, "wait": wait, "factor": factor, "max_wait": longest}
        for times, wait, factor, longest in itertools.product((1, 4), (0, 0.3, "1m"), (1, 1.7), (0.5, "10m"))
    ]
    for seed in SEEDS:
        lua, javascript = (waits(guest, *options, seed=seed) for guest in SPELLS)
        assert lua == javascript
        assert len(lua) == 3 * len(options) / 2


@languages
def test_the_wait_doubles_and_chance_adds_at_most_a_tenth(guest: ModuleType) -> None:
    for seed in SEEDS:
        found = waits(guest, {"times": 8}, seed=seed)
        assert len(found) == 7
        for wait, least in zip(found, (1, 2, 4, 8, 16, 32, 60), strict=True):
            assert least <= wait <= min(1.1 * least, 60)
        assert found[:6] != [1, 2, 4, 8, 16, 32]


@languages
def test_the_same_seed_waits_as_long_and_another_does_not(guest: ModuleType) -> None:
    first, again, other = (waits(guest, {"times": 5}, seed=seed) for seed in (42, 42, 43))
    assert first == again
    assert first != other


@languages
def test_an_error_may_ask_for_a_longer_wait(guest: ModuleType) -> None:
    (longer,) = waits(guest, {"times": 2, "asked": 5})
    assert 5 <= longer <= 5.5
    (shorter,) = waits(guest, {"times": 2, "asked": 0.01})
    assert 1 <= shorter <= 1.1
    assert waits(guest, {"times": 2, "asked": 3600}) == [60]
    assert waits(guest, {"times": 2, "asked": 3600, "max_wait": "2h"})[0] >= 3600


@languages
@pytest.mark.parametrize("asked", ["soon", -5, True, None, [5], {"seconds": 5}])
def test_what_an_error_asks_for_counts_only_as_a_number_of_seconds(guest: ModuleType, asked: Any) -> None:
    (wait,) = waits(guest, {"times": 2, "asked": asked})
    assert 1 <= wait <= 1.1


CHANCE = {
    lua_guest: ("retry({ wait = 0 }, function(n) if n < 3 then fail('no') end end)", "return math.random(1 << 40)"),
    javascript_guest: ("await retry({ wait: 0 }, (n) => { if (n < 3) fail('no'); });", "export default Math.random();"),
}


@languages
def test_trying_again_changes_no_random_number_of_the_spell(guest: ModuleType) -> None:
    retry, draw = CHANCE[guest]
    assert guest.result(f"{retry} {draw}") == guest.result(draw)
