"""Google's protocol for Gemini."""

from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from llmspell.models.catalog import Access
from llmspell.models.wires.base import http_pool


class Wire:
    """A client of the Gemini API or of a server like it."""

    def __init__(self, access: Access) -> None:
        self._pool = http_pool()
        self._provider = GoogleProvider(api_key=access.key or "none", base_url=access.url, http_client=self._pool)

    def model(self, access: Access) -> Model:
        """Return a model."""
        return GoogleModel(access.model, provider=self._provider)

    async def close(self) -> None:
        """Close the pool."""
        await self._provider.client.aio.aclose()
        self._provider.client.close()
        await self._pool.aclose()
