"""What a wire is, and how its HTTP pool is set up."""

from typing import Any, Protocol

import httpx2
from pydantic_ai.models import Model

from llmspell.models.catalog import Access

SETTINGS: dict[str, Any] = {"trust_env": False, "follow_redirects": False}
"""No proxies from the environment; and no redirects, which would carry the API key elsewhere."""
SILENCE = 600.0
"""Seconds that a provider may say nothing at all."""
CONNECT = 10.0
"""Seconds to open a connection."""
CONNECTIONS = 256
"""Connections of one pool; further requests wait for one."""


class Wire(Protocol):
    """An open door to one provider: its SDK's client with a pool of connections."""

    def __init__(self, access: Access) -> None: ...

    def model(self, access: Access) -> Model:
        """Return the model that an access names."""
        ...

    async def close(self) -> None:
        """Close the pool."""
        ...


def http_pool() -> httpx2.AsyncClient:
    """Return a new pool of HTTP connections."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(SILENCE, connect=CONNECT, pool=None),
        limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        **SETTINGS,
    )
