"""What an answer costs, and which models have a price: from the price list in genai-prices, never from the network."""

import math
from functools import cache
from typing import Any

from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

from llmspell.models.catalog import PROVIDERS


def usd(response: Any) -> float | None:
    """Return the price in US dollars of a pydantic-ai response: as the provider says, else by the list, else None."""
    stated = (response.provider_details or {}).get("cost")
    if isinstance(stated, int | float) and 0 <= stated < math.inf:
        return float(stated)
    if not response.model_name:
        return None
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError):  # not on the list, or the provider did not say what it used
        return None


def estimated(name: str, input_tokens: int, output_tokens: int) -> float | None:
    """Return the price of so many tokens of a model by its full name, or None if it has none on the list."""
    provider, _, model = name.partition("/")
    family = provider.removesuffix("-chat").removesuffix("-responses")
    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    try:
        return float(calc_price(usage, model, provider_id=family).total_price)
    except (LookupError, ValueError):
        return None


@cache
def known(provider: str) -> tuple[str, ...]:
    """Return the names of the models of a provider that have a price."""
    family = provider.removesuffix("-chat").removesuffix("-responses")
    return tuple(model.id for listed in get_snapshot().providers if listed.id == family for model in listed.models)


def owners(model: str) -> list[str]:
    """Return the full names of models that are called so, without their provider."""
    return [f"{provider}/{model}" for provider in PROVIDERS if model in known(provider) and "-" not in provider]
