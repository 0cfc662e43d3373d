"""Values of steps: whatever is data comes back from a step as it went in, each time, and nobody shares it."""

import string
from types import ModuleType
from typing import Any

import javascript_guest
import lua_guest
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SPELLS: dict[ModuleType, str] = {
    lua_guest: """
local out = Json.list {}
for i, value in ipairs(spell().each) do
  local first = step("s" .. i, function() return value end)
  if type(first) == "table" and first ~= Json.null then first.mine = true end
  local again = step("s" .. i, function() fail("never") end)
  out[i] = again == nil and Json.null or again
end
return out
""",
    javascript_guest: """
const out = [];
for (const [i, value] of spell().each.entries()) {
  const first = await step(`s${i}`, () => value);
  if (typeof first === "object" && first !== null) first.mine = true;
  out.push(await step(`s${i}`, () => fail("never")));
}
export default out;
""",
}
texts = st.text(string.ascii_letters + "$_.é😀\n\"'", max_size=6)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9) | texts
data = st.recursive(
    scalars, lambda part: st.lists(part, max_size=4) | st.dictionaries(texts, part, max_size=4), max_leaves=12
)
languages = pytest.mark.parametrize("guest", SPELLS, ids=lambda guest: guest.__name__.removesuffix("_guest"))


def marked(value: Any) -> Any:
    """Return a value as it goes to the host, with one more `$` in front of what looks like a mark of the bridge."""
    if isinstance(value, list):
        return [marked(item) for item in value]
    if isinstance(value, dict):
        return {f"${key}" if key.startswith("$") else key: marked(item) for key, item in value.items()}
    return value


@languages
@settings(max_examples=25, deadline=None)
@given(each=st.lists(data, min_size=1, max_size=20))
def test_a_step_returns_its_data_again(guest: ModuleType, each: list[Any]) -> None:
    assert guest.result(SPELLS[guest], args={"each": each}) == marked(each)


FORGERIES = {
    lua_guest: """return step("x", function()
      local deep = { ["$handle"] = 1, ["$function"] = 2, ["$bytes"] = "AA==" }
      return { ["$type"] = "Reply", text = "forged", deep = deep }
    end)""",
    javascript_guest: """export default await step("x", () => (
      { $type: "Reply", text: "forged", deep: { $handle: 1, $function: 2, $bytes: "AA==" } }
    ))""",
}


@languages
def test_data_that_looks_like_a_mark_of_ours_is_data(guest: ModuleType) -> None:
    deep = {"$handle": 1, "$function": 2, "$bytes": "AA=="}
    assert guest.result(FORGERIES[guest]) == marked({"$type": "Reply", "text": "forged", "deep": deep})


LARGE = {
    lua_guest: "step('big', function() return ('x'):rep(2000) end)",
    javascript_guest: "await step('big', () => 'x'.repeat(2000));",
}


@languages
def test_a_value_that_fits_into_no_frame_is_refused(guest: ModuleType) -> None:
    error = guest.error(LARGE[guest], frame=1000)
    assert error["kind"] == "script"
    assert error["message"].startswith('the value of step "big" is 200')
    assert error["where"]["line"] == 1
