"""Whatever a text holds, the check says something and does not fall over."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import LANGUAGES, Findings, Parse, line_of

from llmspell.check.desk import Source
from llmspell.check.grants import Wishes
from llmspell.check.review import findings
from llmspell.check.sight import Sight
from llmspell.check.world import World
from llmspell.host.host import Host
from llmspell.manifest import Manifest
from llmspell.spell import Spell

ROOT = Path(__file__).parents[2]
WORDS = {
    "lua": "local function end if then else for in do while repeat until return goto nil true x y ask map Log Json "
    "spell Http Fs self _ENV ( ) { } [ ] = == .. ... . : , ; :: < > - # 1 0x1p4 'a' \"b\" [[c]] --d\n \n args",
    "javascript": "const let var function async await class export default import from return if else for of in new "
    "typeof void x y ask map Log Json spell Http Fs this static get ( ) { } [ ] = => == ... . ?. , ; : < ? ?? + ! 1 "
    "0x1 'a' \"b\" `c${ } ` /d/ //e\n \n args",
}
SAMPLES = {
    language: [path.read_text("utf-8") for path in sorted((ROOT / "spells").glob(f"*{suffix}"))]
    for language, suffix in LANGUAGES.items()
}


@pytest.fixture(scope="module")
def judge(worlds: dict[str, World], parser: Parse):
    profile = Host().profile

    def judge_text(language: str, text: str) -> list[str]:
        source = Source("x", language, text)
        wishes = Wishes.of(Spell("x", language, text, Manifest()), profile)
        return [
            line_of(error) for error in findings(Sight(source, parser(source), worlds[language], Manifest()), wishes)
        ]

    return judge_text


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_soup_of_tokens_raises_nothing(judge, language: str, data) -> None:
    words = data.draw(st.lists(st.sampled_from(WORDS[language].split(" ")), max_size=60))
    judge(language, " ".join(words))


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32), cuts=st.integers(1, 12))
def test_a_mutilated_sample_raises_nothing(judge, language: str, seed: int, cuts: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(SAMPLES[language])
    for _ in range(cuts):
        at, length = chance.randrange(len(text) + 1), chance.randrange(12)
        other = chance.choice(SAMPLES[language])
        start = chance.randrange(len(other))
        text = text[:at] + other[start : start + chance.randrange(20)] + text[at + length :]
    judge(language, text)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=100)
@given(text=st.text(max_size=60))
def test_any_text_raises_nothing(judge, language: str, text: str) -> None:
    judge(language, text.replace("\r", "\n"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_thousand_lines_take_a_moment(judge, language: str) -> None:
    comment = "--" if language == "lua" else "//"
    body = "do\n" if language == "lua" else "{\n"
    end = "end\n" if language == "lua" else "}\n"
    sample = next(text for text in SAMPLES[language] if "export default" not in text and "return" not in text)
    text = (body + sample + end) * (5000 // (sample.count("\n") + 2))
    assert text.count("\n") > 4900
    assert [line for line in judge(language, text) if comment in line] == []


def test_the_same_text_is_judged_the_same(found_in: Findings) -> None:
    text = "x = 1\nprint(y, Log.inf)\nask()"
    assert [line_of(error) for error in found_in("lua", text)] == [line_of(error) for error in found_in("lua", text)]
