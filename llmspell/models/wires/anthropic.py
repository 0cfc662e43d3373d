"""Anthropic's protocol."""

from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from llmspell.models.catalog import Access
from llmspell.models.wires.base import http_pool


class Wire:
    """A client of Anthropic or of a server like it."""

    def __init__(self, access: Access) -> None:
        key = access.key or "none"
        self._client = AsyncAnthropic(api_key=key, base_url=access.url, max_retries=0, http_client=http_pool())

    def model(self, access: Access) -> Model:
        """Return a model."""
        return AnthropicModel(access.model, provider=AnthropicProvider(anthropic_client=self._client))

    async def close(self) -> None:
        """Close the pool."""
        await self._client.close()
