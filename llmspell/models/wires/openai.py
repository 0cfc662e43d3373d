"""OpenAI's two protocols, and the servers that speak one of them."""

from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.ollama import OllamaModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.models.openrouter import OpenRouterModel
from pydantic_ai.profiles import ModelProfile, merge_profile
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers import Provider
from pydantic_ai.providers.ollama import OllamaProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.providers.openrouter import OpenRouterProvider

from llmspell.models.catalog import Access
from llmspell.models.wires.base import http_pool

_OLD_LIMIT = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=False)
"""Says `max_tokens`: Ollama drops the newer `max_completion_tokens` without a word, and the answer has no limit."""


class Wire:
    """A client of OpenAI or of a server like it."""

    def __init__(self, access: Access) -> None:
        # A server of one's own may need no key; the client needs some text.
        key = access.key or "none"
        self._client = AsyncOpenAI(api_key=key, base_url=access.url, max_retries=0, http_client=http_pool())
        if access.custom or access.provider.prefixes != ("OPENAI",):
            # The client takes these from the environment; they are for OpenAI only.
            self._client.organization = self._client.project = None

    def model(self, access: Access) -> Model:
        """Return a model; `either` speaks Responses to OpenAI and, as most servers know only that, Chat to others."""
        match access.provider.dialect:
            case "ollama":
                return OllamaModel(
                    access.model, provider=OllamaProvider(openai_client=self._client), profile=_OLD_LIMIT
                )
            case "openrouter":
                return OpenRouterModel(access.model, provider=OpenRouterProvider(openai_client=self._client))
            case "either" if not access.custom:
                return OpenAIResponsesModel(access.model, provider=self._provider(access))
            case "responses":
                return OpenAIResponsesModel(access.model, provider=self._provider(access))
        profile = _like_openai if access.custom else None
        return OpenAIChatModel(access.model, provider=self._provider(access), profile=profile)

    async def close(self) -> None:
        """Close the pool."""
        await self._client.close()

    def _provider(self, access: Access) -> Provider[AsyncOpenAI]:
        if access.custom:
            return OpenAICompatibleProvider("openai", openai_client=self._client)
        return OpenAIProvider(openai_client=self._client)


def _like_openai(profile: ModelProfile) -> ModelProfile:
    """Say `max_tokens`, as servers like OpenAI's expect, unless the model is one of OpenAI's that refuse it."""
    return profile if profile.get("openai_supports_reasoning") else merge_profile(profile, _OLD_LIMIT)
