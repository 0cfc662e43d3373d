"""A recording answers what it was asked, holds no secret, and believes no file that somebody has planted."""

import asyncio
import json
from pathlib import Path

import pytest

from llmspell.errors import BudgetError, ConfigError, PermissionDenied
from llmspell.models import Answer, Request, Usage
from llmspell.secrets import Secrets
from llmspell.trial import recording as recordings
from llmspell.trial.answers import Unanswered
from llmspell.trial.recording import Purse, Recording

KEY = "sk-live-5Gx9Qp2Lw8"
KNOWN = Secrets({"OPENAI_API_KEY": KEY})


class Model:
    """Answers with a number, so that each answer is another."""

    def __init__(self, text: str = "answer {}", usd: float | None = 0.25) -> None:
        self.asked: list[str] = []
        self._text = text
        self._usd = usd

    async def ask(self, request: Request) -> Answer:
        self.asked.append(request.prompt)
        return Answer(self._text.format(len(self.asked)), None, "openai/x", Usage(1, 2, 0, self._usd), "id")


async def answer(recording: Recording, prompt: str, test: str = "t") -> str:
    source = recording.source(test, "x.lua", lambda: "the usual")
    return (await source.answer(Request("the usual", prompt), 1)).text


async def recorded(folder: Path, *prompts: str, test: str = "t") -> Model:
    model = Model(usd=0.0)
    recording = Recording(folder / "x.test.lua", "x.test.lua", KNOWN, model.ask, Purse(1.0))
    for prompt in prompts:
        await answer(recording, prompt, test)
    assert recording.save([test])
    return model


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def again(folder: Path) -> Recording:
    return Recording(folder / "x.test.lua", "x.test.lua", KNOWN)


async def test_what_is_recorded_answers_by_content_and_occurrence(tmp_path: Path) -> None:
    await recorded(tmp_path, "a", "b", "a")
    recording = again(tmp_path)
    assert [await answer(recording, prompt) for prompt in ("b", "a", "a")] == ["answer 2", "answer 1", "answer 3"]
    assert recording.stale("t") == []
    with pytest.raises(Unanswered, match="recorded 2 times, and asked once more"):
        await answer(recording, "a")


async def test_what_is_not_recorded_names_the_nearest_and_the_command(tmp_path: Path) -> None:
    await recorded(tmp_path, "Translate into German: good day", "Count to ten")
    recording = again(tmp_path)
    with pytest.raises(Unanswered) as caught:
        await answer(recording, "Translate into French: good day")
    assert "German" in str(caught.value.cause)
    assert caught.value.hint == 'llmspell test x.test.lua --record -k "t" asks a real model once'
    assert len(recording.stale("t")) == 2
    assert recording.strange(["other"]) == ["t"]


async def test_the_file_is_stable_and_keeps_the_tests_that_did_not_run(tmp_path: Path) -> None:
    await recorded(tmp_path, "b", "a")
    path = tmp_path / "x.test.lua.recorded.json"
    before = path.read_text()
    assert [entry["request"]["prompt"] for entry in json.loads(before)["tests"]["t"]] == ["a", "b"]
    recording = Recording(tmp_path / "x.test.lua", "x.test.lua", KNOWN, Model().ask, Purse(1.0))
    await answer(recording, "c", "u")
    assert recording.save(["t", "u"])
    assert json.loads(path.read_text())["tests"].keys() == {"t", "u"}
    recording = Recording(tmp_path / "x.test.lua", "x.test.lua", KNOWN, Model().ask, Purse(1.0))
    assert recording.save(["u"])
    assert json.loads(path.read_text())["tests"].keys() == {"u"}
    assert held(tmp_path).keys() == {path.name}


async def test_no_secret_is_recorded(tmp_path: Path) -> None:
    model = Model()
    recording = Recording(tmp_path / "x.test.lua", "x.test.lua", KNOWN, model.ask, Purse(1.0))
    with pytest.raises(PermissionDenied, match="OPENAI_API_KEY"):
        await answer(recording, f"use {KEY}")
    assert model.asked == [], "it is not even sent"
    recording = Recording(tmp_path / "x.test.lua", "x.test.lua", KNOWN, Model(f"it is {KEY}").ask, Purse(1.0))
    with pytest.raises(PermissionDenied, match="the answer has the value of OPENAI_API_KEY"):
        await answer(recording, "what is it")
    recording.save(["t"])
    assert KEY not in str(held(tmp_path))


async def test_recording_costs_no_more_than_it_may(tmp_path: Path) -> None:
    model, purse = Model(usd=0.3), Purse(1.0)
    sheets = [Recording(tmp_path / f"{n}.test.lua", "x.test.lua", Secrets(), model.ask, purse) for n in range(2)]
    found = await asyncio.gather(*(answer(sheets[n % 2], str(n)) for n in range(20)), return_exceptions=True)
    assert len(model.asked) == 3, "a fourth could cost as much as the dearest of them"
    assert sum(isinstance(each, BudgetError) for each in found) == 17
    assert "--record has cost what it may cost" in str(found[-1])


async def test_what_has_no_price_ends_a_recording_that_is_bounded(tmp_path: Path) -> None:
    for most, asked in ((1.0, 1), (float("inf"), 20)):
        model = Model(usd=None)
        recording = Recording(tmp_path / "x.test.lua", "x.test.lua", Secrets(), model.ask, Purse(most))
        found = await asyncio.gather(*(answer(recording, str(n)) for n in range(20)), return_exceptions=True)
        assert len(model.asked) == asked
        refused = [each for each in found if isinstance(each, BudgetError)]
        assert len(refused) == 20 - asked
        assert all("the price of openai/x is not known" in str(each) for each in refused)


async def test_only_so_many_prompts_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await recorded(tmp_path, *(f"prompt {n}" for n in range(150)))
    compared: list[str] = []
    monkeypatch.setattr(recordings, "_alike", lambda each, _: compared.append(each) or 0.0)
    with pytest.raises(Unanswered):
        await answer(again(tmp_path), "prompt x")
    assert len(compared) == 100


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"version": 2, "tests": {}}',
        '{"version": 1, "tests": {"t": [{"request": {"prompt": 1}, "answers": []}]}}',
        '{"version": 1, "tests": {"t": [{"request": {"prompt": "a"}, "answers": [{"text": 1}]}]}}',
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.test.lua.recorded.json").write_text(text)
    with pytest.raises(ConfigError, match="recorded"):
        again(tmp_path)


def test_a_recording_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"version": 1, "tests": {}}')
    (tmp_path / "x.test.lua.recorded.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(ConfigError, match="symbolic link"):
        again(tmp_path)
