"""JSON in both languages: what goes in comes out, and which texts are JSON is what Python's strict reader says."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from llmspell import Host, Spell
from llmspell.engines import open_engine
from llmspell.messages import Call, Codec, Done, Failed, Reply, Start

ECHO = {
    "lua": """
        local answer = echo(nil)
        while true do
          local ok, value = pcall(Json.decode, answer.text)
          answer = echo({
            value = answer.value, ok = ok, text = ok and Json.encode(value) or value.message,
            pretty = ok and Json.encode(value, { pretty = true }) or nil,
          })
        end
    """,
    "javascript": """
        let answer = await echo(null);
        for (;;) {
          let said;
          try {
            const value = Json.decode(answer.text);
            said = { ok: true, text: Json.encode(value), pretty: Json.encode(value, { pretty: true }) };
          } catch (error) {
            said = { ok: false, text: error.message };
          }
          answer = await echo({ ...said, value: answer.value });
        }
    """,
}
SURFACE = {"ops": [{"op": "echo"}], "types": [], "data": {}, "features": {"codegen": False}}
LIMITS = {"in_flight": 8, "output": 1 << 20, "frame": 8 << 20}
LARGEST = {"lua": 2**63 - 1, "javascript": 2**53 - 1}
DEEPEST = 64
FLOATS = 1e21  # where JavaScript begins to write numbers with an exponent
languages = pytest.mark.parametrize("language", LARGEST)
checked = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


class Guest:
    """A spell that sends back what it gets, and what it makes of a JSON text."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._codec = Codec(language)
        self._engine = open_engine(language)
        self._engine.__enter__()
        (self._call,) = self._step(Start(ECHO[language], "echo", None, 1, LIMITS, SURFACE))

    def close(self) -> None:
        self._engine.__exit__(None, None, None)

    def _step(self, message: Any) -> Any:
        said = self._codec.decode(self._engine.step(self._codec.encode([message])))
        assert not isinstance(said[-1], Done | Failed), said
        return said

    def ask(self, text: str = "0", value: Any = None) -> Any:
        (self._call,) = self._step(Reply(self._call.id, {"text": text, "value": value}))
        assert isinstance(self._call, Call)
        return self._call.args[0]


@pytest.fixture(scope="module")
def guests() -> Iterator[dict[str, Guest]]:
    made = {language: Guest(language) for language in LARGEST}
    yield made
    for guest in made.values():
        guest.close()


def data(language: str) -> st.SearchStrategy[Any]:
    """Return a strategy for what a language can hold."""
    largest = LARGEST[language]
    floats = st.floats(allow_nan=False, allow_infinity=False)
    if language == "javascript":
        floats = floats.filter(lambda x: abs(x) <= largest or abs(x) >= FLOATS)
    scalars = st.none() | st.booleans() | st.integers(-largest, largest) | floats | st.text()
    return st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def same(left: Any, right: Any, language: str) -> bool:
    """Compare as data; Lua also keeps what is an integer and what a float."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(*pair, language) for pair in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key], language) for key in left)
    kinds = [float if language == "javascript" and type(each) is int else type(each) for each in (left, right)]
    return kinds[0] is kinds[1] and bool(left == right)


def unescaped(value: Any) -> Any:
    """Take off the `$` that a guest puts before keys which look like tags."""
    if isinstance(value, list):
        return [unescaped(item) for item in value]
    if isinstance(value, dict):
        return {key.removeprefix("$") if key.startswith("$$") else key: unescaped(item) for key, item in value.items()}
    return value


@languages
@checked
@given(drawn=st.data())
def test_a_value_survives_decode_and_encode(guests: dict[str, Guest], language: str, drawn: st.DataObject) -> None:
    value = drawn.draw(data(language))
    text = json.dumps(value, ensure_ascii=drawn.draw(st.booleans()), indent=drawn.draw(st.sampled_from([None, 3])))
    said = guests[language].ask(text)
    assert said["ok"], said["text"]
    assert same(json.loads(said["text"]), value, language), said["text"]
    assert same(json.loads(said["pretty"]), value, language)


@languages
@checked
@given(drawn=st.data())
def test_a_value_crosses_the_bridge_and_comes_back(
    guests: dict[str, Guest], language: str, drawn: st.DataObject
) -> None:
    value = drawn.draw(data(language))
    assert same(unescaped(guests[language].ask(value=value)["value"]), value, language)


FRAGMENTS = st.sampled_from(
    ['"', "\\", "{", "}", "[", "]", ",", ":", "-", "+", ".", "e", "E", "0", "1", "9", "12", "true", "false", "null",
     " ", "\n", "\t", "\r", "\x0b", "\xa0", "\u2028", "\ufeff", "\\u00e9", "\\ud83d\\ude00", "\\n", "\\x", "\\uD800",
     "a", "ż", "😀", "\x00", "\x1f", "'", "/", "//", "NaN", "Infinity", "-Infinity", "undefined",
     "1e400", "1e5", "0.5", "9007199254740993", "99999999999999999999", '"a":', "[1,2]", "{}"]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS, max_size=12).map("".join) | st.text(max_size=20)


def strictly(text: str) -> Any:
    """Read JSON as Python does, without its liberties; raises ValueError."""

    def refuse(word: str) -> Any:
        raise ValueError(word)

    def number(digits: str) -> float:
        found = float(digits)
        return found if math.isfinite(found) else refuse(digits)

    return json.loads(text, parse_constant=refuse, parse_float=number)


def fits(value: Any, largest: int, depth: int = 0) -> bool:
    """Return whether a value is data: of these bounds, and without half a surrogate pair."""
    if isinstance(value, list | dict):
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        return depth < DEEPEST and all(fits(part, largest, depth + 1) for part in parts)
    if isinstance(value, str):
        return not re.search("[\ud800-\udfff]", value)
    return not isinstance(value, int) or -largest - 1 <= value <= largest


def between(value: Any, language: str) -> bool:
    """Return whether there is a float in it that JavaScript writes as an integer, and that is too large for one."""
    if isinstance(value, list | dict):
        return any(between(part, language) for part in (value.values() if isinstance(value, dict) else value))
    return language == "javascript" and isinstance(value, float) and LARGEST[language] < abs(value) < FLOATS


@languages
@settings(checked, max_examples=250)
@given(text=TEXTS)
@example(text="9007199254740993.0")
def test_the_texts_that_are_json_are_those_that_python_reads(
    guests: dict[str, Guest], language: str, text: str
) -> None:
    try:
        value = strictly(text)
        good = fits(value, LARGEST[language])
    except ValueError:
        good = False
    assume(not (good and between(value, language)))
    said = guests[language].ask(text)
    assert said["ok"] == good, said["text"]
    if good:
        assert json.loads(said["text"]) == value
    else:
        assert re.search(r"^Json\.decode: .+ at line \d+, column \d+$", said["text"], re.DOTALL)


@settings(checked, max_examples=150)
@given(text=TEXTS)
def test_both_languages_say_the_same_of_a_text_that_is_no_json(guests: dict[str, Guest], text: str) -> None:
    lua, javascript = (guests[language].ask(text) for language in LARGEST)
    if not lua["ok"] and "beyond" not in javascript["text"]:
        assert lua == javascript


@languages
@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1, 10_000, 200_000])
@pytest.mark.parametrize("brackets", ["[]", ['{"a":', "}"]], ids=["lists", "maps"])
def test_depth_has_a_limit(guests: dict[str, Guest], language: str, depth: int, brackets: Any) -> None:
    opening, closing = brackets
    inner = "1" if opening != "[" else ""
    said = guests[language].ask(opening * depth + inner + closing * depth)
    assert said["ok"] == (depth <= DEEPEST)
    if not said["ok"]:
        column = len(opening) * DEEPEST + 1
        assert said["text"] == f"Json.decode: more than 64 levels are not data at line 1, column {column}"


@languages
def test_integers_up_to_the_bounds_are_exact_and_beyond_an_error(guests: dict[str, Guest], language: str) -> None:
    largest = LARGEST[language]
    least = -largest - (language == "lua")
    for number in (largest, least, largest - 1):
        assert guests[language].ask(f"[{number}]")["text"] == f"[{number}]"
    for number in (largest + 1, least - 1, 10**30):
        power = 63 if language == "lua" else 53
        expected = f"Json.decode: the integer {number} is beyond 2^{power} - 1 at line 1, column 2"
        assert guests[language].ask(f"[{number}]")["text"] == expected


async def test_javascript_reads_a_module_of_json_exactly_or_not_at_all(tmp_path: Path) -> None:
    spell = tmp_path / "spell.js"
    spell.write_text("import data from './data.json'; export default data.a;")
    async with Host(environ={}) as host:
        for value, message in (
            (2**53 - 1, None),
            (2**53, "data.json: the integer 9007199254740992 is beyond 2^53 - 1"),
        ):
            (tmp_path / "data.json").write_text(json.dumps({"a": value}))
            run = await host.execute(host.prepare(Spell.from_path(spell)))
            found = run.value if run.error is None else run.error.message.partition(" at ")[0]
            assert found == (message or value)
