"""Groq's protocol."""

import httpx
from groq import AsyncGroq
from pydantic_ai.models import Model
from pydantic_ai.models.groq import GroqModel
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.providers.groq import GroqProvider

from llmspell.models.catalog import Access
from llmspell.models.wires.base import CONNECT, CONNECTIONS, SETTINGS, SILENCE

_SHAPED = ("openai/", "moonshotai/", "meta-llama/llama-4")
"""Models of which Groq itself can shape the answer; to others it has to be a tool."""


class Wire:
    """A client of Groq or of a server like it; its SDK still uses the older httpx."""

    def __init__(self, access: Access) -> None:
        pool = httpx.AsyncClient(
            timeout=httpx.Timeout(SILENCE, connect=CONNECT, pool=None),
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            **SETTINGS,
        )
        key = access.key or "none"
        self._client = AsyncGroq(api_key=key, base_url=access.url, max_retries=0, http_client=pool)

    def model(self, access: Access) -> Model:
        """Return a model."""
        profile = None if access.model.startswith(_SHAPED) else ModelProfile(supports_json_schema_output=False)
        return GroqModel(access.model, provider=GroqProvider(groq_client=self._client), profile=profile)

    async def close(self) -> None:
        """Close the pool."""
        await self._client.close()
