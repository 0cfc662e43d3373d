"""What `ask` adds to a request to a model: beside a bare HTTP client and the model library itself."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx2
from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import LANGUAGES, between_marks, in_turns

ROUNDS = 3
ASKS = 200
ASK = {
    "lua": 'ask("Hello?") Bench.mark() for i = 1, {asks} do ask("Hello?") end Bench.mark()',
    "javascript": """
        await ask("Hello?");
        await Bench.mark(); for (let i = 0; i < {asks}; i++) await ask("Hello?"); await Bench.mark();
    """,
}


def rows() -> list[Row]:
    """Measure one `ask` after another in both languages beside pydantic-ai's `run`, and that beside bare HTTP."""
    with answers() as url:
        lua, javascript, library, http = in_turns(
            ROUNDS,
            lambda: spell("lua", url),
            lambda: spell("javascript", url),
            lambda: asyncio.run(by_library(url)),
            lambda: asyncio.run(by_http(url)),
        )
    bar = Bar("excess", 2, 1)
    beside = Figure(library, "ms")
    return [
        Row(f"one `ask`, {LANGUAGES['lua']}", Figure(lua, "ms"), "pydantic-ai `run`", beside, bar),
        Row(f"one `ask`, {LANGUAGES['javascript']}", Figure(javascript, "ms"), "pydantic-ai `run`", beside, bar),
        Row("for scale: pydantic-ai `run`", beside, "bare `httpx2`", Figure(http, "ms")),
    ]


def spell(language: str, url: str) -> float:
    """Return the milliseconds of one `ask` in a spell."""
    environ = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
    source = ASK[language].replace("{asks}", str(ASKS))
    return between_marks(source, language, model="openai/bench", environ=environ) / ASKS * 1000


async def by_library(url: str) -> float:
    """Return the milliseconds of one `run` of pydantic-ai."""
    async with AsyncOpenAI(base_url=url, api_key="none") as client:
        agent = Agent(OpenAIChatModel("bench", provider=OpenAIProvider(openai_client=client)))
        return await repeated(lambda: agent.run("Hello?"))


async def by_http(url: str) -> float:
    """Return the milliseconds of one request of the HTTP client that the model library uses."""
    body = {"model": "bench", "messages": [{"role": "user", "content": "Hello?"}]}
    async with httpx2.AsyncClient() as client:
        return await repeated(lambda: client.post(f"{url}/chat/completions", json=body))


async def repeated(request: Callable[[], Awaitable[object]]) -> float:
    """Return the milliseconds of one request after the first, which opens the connection."""
    await request()
    started = time.perf_counter()
    for _ in range(ASKS):
        await request()
    return (time.perf_counter() - started) / ASKS * 1000


@contextmanager
def answers() -> Iterator[str]:
    """Run the model server in a process of its own and yield its address."""
    command = [sys.executable, "-m", "benchmarks.answers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
