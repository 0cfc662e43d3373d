from types import SimpleNamespace

import pytest

from llmspell.models import prices


def test_the_list_knows_the_models_of_every_large_provider() -> None:
    for provider in ("anthropic", "google", "groq", "openai", "openai-chat", "openai-responses", "openrouter"):
        assert len(prices.known(provider)) > 10
    assert prices.known("ollama") == ()


def test_a_model_is_known_by_its_name_alone() -> None:
    assert prices.owners("gpt-5-mini") == ["openai/gpt-5-mini"]
    assert prices.owners("claude-haiku-4-5")[0] == "anthropic/claude-haiku-4-5"
    assert prices.owners("no-such-model") == []


def test_the_price_that_a_provider_states_counts() -> None:
    response = SimpleNamespace(provider_details={"cost": 0.25}, model_name="x")
    assert prices.usd(response) == 0.25


@pytest.mark.parametrize("stated", [float("nan"), float("inf"), -1.0, "0.25"])
def test_a_stated_price_that_is_none_does_not_count(stated: object) -> None:
    assert prices.usd(SimpleNamespace(provider_details={"cost": stated}, model_name=None)) is None


@pytest.mark.parametrize("trouble", [LookupError, ValueError])
def test_a_price_that_cannot_be_told_is_unknown(trouble: type[Exception]) -> None:
    def cost() -> None:
        raise trouble

    assert prices.usd(SimpleNamespace(provider_details=None, model_name="x", cost=cost)) is None
    assert prices.usd(SimpleNamespace(provider_details=None, model_name=None)) is None
