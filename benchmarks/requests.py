"""What the host adds to an HTTP request: the decision, and the walls behind it; beside the client under it."""

import asyncio
import time

import httpcore2

from benchmarks.asking import answers
from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import LANGUAGES, between_marks, in_turns
from llmspell.security.addresses import Addresses
from llmspell.security.profile import Profile
from llmspell.security.rules import Rule, Rules
from llmspell.security.urls import parse

ROUNDS = 5
CALLS = 500
GET = {
    "lua": 'Http.get("{url}") Bench.mark() for i = 1, {calls} do Http.get("{url}") end Bench.mark()',
    "javascript": """
        await Http.get("{url}");
        await Bench.mark(); for (let i = 0; i < {calls}; i++) await Http.get("{url}"); await Bench.mark();
    """,
}
URLS = {
    "a URL, six rules": "https://api.example/v1/items?limit=3",
    "a URL whose rule has a path": "https://notes.example/v1/items?limit=3",
    "a URL of an address": "http://10.2.3.4:8080/",
}


def rows() -> list[Row]:
    """Measure decisions, and one request after another in both languages and by the bare client."""
    addresses = Addresses(rules())
    decisions = in_turns(ROUNDS, *(lambda url=url: decided(addresses, url) for url in URLS.values()))
    with answers() as url:
        lua, javascript, raw = in_turns(
            ROUNDS, lambda: spell("lua", url), lambda: spell("javascript", url), lambda: asyncio.run(bare(url))
        )
    bar, beside = Bar("figure", 50_000, 100_000), Figure(raw, "ms")
    return [
        *(
            Row(f"decision about {what}", Figure(1 / seconds, "per s"), "at most 20 µs each", None, bar)
            for what, seconds in zip(URLS, decisions, strict=True)
        ),
        Row(f"`Http.get`, {LANGUAGES['lua']}", Figure(lua, "ms"), "bare `httpcore2`", beside, Bar("excess", 1, 0.5)),
        Row(f"`Http.get`, {LANGUAGES['javascript']}", Figure(javascript, "ms"), "bare `httpcore2`", beside),
    ]


def rules() -> Rules:
    """Return rules as a spell has them that has been looked at."""
    medium = Profile.load("medium")
    granted = ["api.example", "*.cdn.example", "GET|POST notes.example/v1/*", "10.0.0.0/8:8080"]
    denied = [Rule("169.254.0.0/16", "[deny]"), Rule("evil.example", "[deny]")]
    return Rules(medium.label, medium.permissions).grant("net", granted, "--allow-net").deny("net", denied)


def decided(addresses: Addresses, url: str) -> float:
    """Return the seconds of one decision, from the text of a URL."""
    started = time.perf_counter()
    for _ in range(CALLS):
        if not addresses.decide(parse(url), "POST").allowed:
            raise AssertionError(url)
    return (time.perf_counter() - started) / CALLS


def spell(language: str, url: str) -> float:
    """Return the milliseconds of one request of a spell, which goes over a connection that is open."""
    source = GET[language].replace("{calls}", str(CALLS)).replace("{url}", url)
    host = url.removeprefix("http://").partition("/")[0]
    return between_marks(source, language, profile="medium", allow={"net": [host]}) / CALLS * 1000


async def bare(url: str) -> float:
    """Return the milliseconds of one request of the client."""
    async with httpcore2.AsyncConnectionPool() as pool:
        await pool.request("GET", url)
        started = time.perf_counter()
        for _ in range(CALLS):
            await pool.request("GET", url)
        return (time.perf_counter() - started) / CALLS * 1000
