"""Faults of a provider: those of the mock server, and, for what it cannot do, streams of precomputed bytes."""

import asyncio
from typing import Any

import pytest
from modelserver import ModelServer
from scriptedserver import OPEN, chat_answer, chat_pieces, events, every_env, page, scripted

from llmspell.errors import ModelError, RateLimited, Refused, SpellError, TimeLimitError
from llmspell.models import Answer, Models, Request
from llmspell.models.turn import LARGEST

PROVIDERS = (
    "openai-chat/gpt-4o",
    "openai-responses/gpt-5-mini",
    "anthropic/claude-haiku-4-5",
    "google/gemini-2.5-flash",
    "groq/llama",
    "openrouter/x/y",
    "ollama/llama3.2",
)


class Asking:
    """Asks, and remembers the pieces of the answer and the waits between attempts, which take no time."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.slept: list[float] = []

    async def __call__(self, env: Any, name: str, prompt: str = "hi", *, streamed: bool = False, **more: Any) -> Answer:
        models = Models(env, sleep=self._sleep)
        try:
            return await models.ask(Request(name, prompt, **more), self.pieces.append if streamed else None)
        finally:
            await models.close()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def ask() -> Asking:
    return Asking()


@pytest.fixture(params=PROVIDERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


both = pytest.mark.parametrize("streamed", [False, True])


@both
async def test_a_rate_limit_that_passes_is_waited_for(
    model_server: ModelServer, ask: Asking, name: str, streamed: bool
) -> None:
    model_server.forget()
    model_server.fail_next(429, "slow down", times=2, type="rate_limit_error")
    assert (await ask(model_server.env, name, streamed=streamed)).text == "This is the answer of the mock model."
    assert [each["response"]["status"] for each in model_server.requests()] == [429, 429, 200]
    assert all(1.0 <= seconds <= 1.5 for seconds in ask.slept), "Retry-After is 1 s"


@both
async def test_a_rate_limit_that_stays_says_so(
    model_server: ModelServer, ask: Asking, name: str, streamed: bool
) -> None:
    with model_server.chaos(rateLimitRate=1), pytest.raises(RateLimited) as caught:
        await ask(model_server.env, name, streamed=streamed)
    assert caught.value.message.startswith(f"{name} asks to slow down (status 429)")
    assert caught.value.hint == "wait, or ask less at a time"
    assert (caught.value.kind, caught.value.retryable, caught.value.data["retry_after"]) == ("rate_limit", True, 1.0)
    assert len(ask.slept) == 3


@both
async def test_an_error_of_the_server_is_tried_again(
    model_server: ModelServer, ask: Asking, name: str, streamed: bool
) -> None:
    model_server.fail_next(500, "out of order")
    assert (await ask(model_server.env, name, streamed=streamed)).text == "This is the answer of the mock model."
    assert len(ask.slept) == 1


@both
async def test_an_error_of_the_server_that_stays_is_quoted(
    model_server: ModelServer, ask: Asking, name: str, streamed: bool
) -> None:
    model_server.fail_next(503, "out of order", times=4)
    with pytest.raises(ModelError, match=r"is overloaded or down \(status 503\): out of order") as caught:
        await ask(model_server.env, name, streamed=streamed)
    assert (caught.value.kind, caught.value.exit_code, len(ask.slept)) == ("model", 6, 3)


@both
async def test_a_lost_connection_is_tried_again(
    model_server: ModelServer, ask: Asking, name: str, streamed: bool
) -> None:
    with model_server.chaos(disconnectRate=1), pytest.raises(ModelError, match="broke off") as caught:
        await ask(model_server.env, name, streamed=streamed)
    assert len(ask.slept) == 3
    assert caught.value.retryable


@both
async def test_a_garbled_answer_is_tried_again(
    model_server: ModelServer, ask: Asking, name: str, streamed: bool
) -> None:
    with model_server.chaos(malformedRate=1), pytest.raises(ModelError, match="gave a broken answer"):
        await ask(model_server.env, name, streamed=streamed)
    assert len(ask.slept) == 3


async def test_a_stream_lost_before_it_said_anything_is_tried_again(model_server: ModelServer, ask: Asking) -> None:
    with pytest.raises(ModelError, match="broke off"):
        await ask(model_server.env, "openai-chat/gpt-4o", "Break off at once.", streamed=True)
    assert (len(ask.slept), ask.pieces) == (3, [])


async def test_a_stream_lost_while_it_spoke_is_not_tried_again(
    model_server: ModelServer, ask: Asking, name: str
) -> None:
    with pytest.raises(ModelError, match="broke off") as caught:
        await ask(model_server.env, name, "Break off while you speak.", streamed=True)
    assert ask.pieces
    assert "One two three four five six seven eight nine ten".startswith("".join(ask.pieces))
    assert (ask.slept, caught.value.retryable) == ([], True)


MESSAGE = {"id": "m", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": []}
STREAMS: dict[str, list[object]] = {
    "openai-chat/gpt-4o": chat_pieces("One ", "two"),
    "groq/llama": chat_pieces("One ", "two"),
    "openrouter/x/y": chat_pieces("One ", "two"),
    "ollama/llama3.2": chat_pieces("One ", "two"),
    "openai-responses/gpt-5-mini": [
        {
            "type": "response.created",
            "sequence_number": 0,
            "response": {"id": "r", "object": "response", "created_at": 1, "model": "gpt-5-mini", "output": []},
        },
        {
            "type": "response.output_item.added",
            "sequence_number": 1,
            "output_index": 0,
            "item": {"id": "i", "type": "message", "role": "assistant", "status": "in_progress", "content": []},
        },
        *(
            {
                "type": "response.output_text.delta",
                "sequence_number": number,
                "item_id": "i",
                "output_index": 0,
                "content_index": 0,
                "delta": text,
                "logprobs": [],
            }
            for number, text in enumerate(("One ", "two"), 2)
        ),
    ],
    "anthropic/claude-haiku-4-5": [
        {"type": "message_start", "message": {**MESSAGE, "usage": {"input_tokens": 3, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "One "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "two"}},
    ],
    "google/gemini-2.5-flash": [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}]}
        for text in ("One ", "two")
    ],
}


async def test_a_stream_that_ends_early_without_a_word_is_no_answer(ask: Asking, name: str) -> None:
    async with scripted([events(*STREAMS[name], named=True)]) as server:
        with pytest.raises(ModelError, match=f"{name} broke off before the end of its answer"):
            await ask(every_env(server), name, streamed=True)
    assert ask.pieces == ["One ", "two"]


async def test_a_stream_in_disguise_that_ends_early_is_tried_again(ask: Asking) -> None:
    name = "anthropic/claude-haiku-4-5"
    async with scripted([events(*STREAMS[name], named=True)] * 4) as server:
        with pytest.raises(ModelError, match="broke off before the end of its answer"):
            await ask(every_env(server), name)
    assert len(ask.slept) == 3


async def test_a_stream_that_ends_before_it_began_is_tried_again(ask: Asking) -> None:
    whole = events(*chat_pieces("All ", "right", finish="stop"), "[DONE]")
    async with scripted([events(), events(*chat_pieces("")), whole]) as server:
        answer = await ask(every_env(server), "openai/gpt-4o", streamed=True)
    assert (answer.text, ask.pieces, len(ask.slept)) == ("All right", ["All ", "right"], 2)


async def test_an_answer_cut_off_within_its_body_is_tried_again(ask: Asking) -> None:
    whole = page(chat_answer("All right"))
    async with scripted([whole[:-20], whole]) as server:
        answer = await ask(every_env(server), "openai/gpt-4o")
    assert (answer.text, len(ask.slept)) == ("All right", 1)


async def test_an_empty_answer_without_a_reason_is_tried_again(ask: Asking) -> None:
    empty = page(chat_answer("", finish_reason=None))
    async with scripted([empty, page(chat_answer("All right", finish_reason=None))]) as server:
        answer = await ask(every_env(server), "openai/gpt-4o")
    assert (answer.text, len(ask.slept)) == ("All right", 1)


async def test_pieces_are_passed_on_at_once(model_server: ModelServer) -> None:
    told = asyncio.Event()
    models = Models(model_server.env)
    asking = asyncio.create_task(models.ask(Request("openai/gpt-4o", "Speak slowly."), lambda _: told.set()))
    await told.wait()
    assert not asking.done()
    assert (await asking).text == "One two three four five six seven eight nine ten."
    await models.close()


async def test_what_the_receiver_of_pieces_raises_is_raised_as_it_is(model_server: ModelServer) -> None:
    def full(_: str) -> None:
        raise BrokenPipeError("nobody reads")

    models = Models(model_server.env)
    with pytest.raises(BrokenPipeError):
        await models.ask(Request("openai/gpt-4o", "Say hello in five words."), full)
    await models.close()


@both
async def test_a_model_that_takes_too_long_is_left(ask: Asking, streamed: bool) -> None:
    async with scripted([None]) as server:
        with pytest.raises(TimeLimitError, match=r"openai/gpt-4o did not answer within 0\.2 s") as caught:
            await ask(every_env(server), "openai/gpt-4o", streamed=streamed, timeout=0.2)
        await server.deserted.wait()
    assert (caught.value.kind, caught.value.exit_code, caught.value.hint) == ("timeout", 8, "raise `timeout`")


async def test_the_time_covers_all_attempts(ask: Asking) -> None:
    async with scripted([page({"error": {"message": "no"}}, "500 Internal Server Error"), None]) as server:
        with pytest.raises(TimeLimitError):
            await ask(every_env(server), "openai/gpt-4o", timeout=0.8)
    assert len(server.requests) == 2


async def test_a_wait_longer_than_the_time_left_is_not_begun(ask: Asking) -> None:
    busy = page({"error": {"message": "no"}}, "429 Too Many Requests", Retry_After="30")
    async with scripted([busy]) as server:
        with pytest.raises(RateLimited):
            await ask(every_env(server), "openai/gpt-4o", timeout=5.0)
    assert ask.slept == []


async def test_latency_alone_is_no_fault(model_server: ModelServer, ask: Asking) -> None:
    with model_server.chaos(latencyMs=300):
        assert (await ask(model_server.env, "openai/gpt-4o", timeout=20.0)).text
        with pytest.raises(TimeLimitError):
            await ask(model_server.env, "openai/gpt-4o", timeout=0.1)


@both
@pytest.mark.parametrize("thinking", [False, True])
async def test_an_answer_that_is_too_large_is_refused_and_not_asked_for_again(
    ask: Asking, streamed: bool, thinking: bool
) -> None:
    text = "😀" * (LARGEST // 64)
    key = "reasoning" if thinking else "content"
    if streamed:
        frame = chat_pieces("")[0]
        assert isinstance(frame, dict)
        deltas = [frame | {"choices": [{"index": 0, "delta": {"role": "assistant", key: text}}]}] * 17
        answer = events(*deltas, end=OPEN)
    else:
        answer = page(chat_answer("", message={"role": "assistant", "content": "", key: text * 17}))
    async with scripted([answer]) as server:
        with pytest.raises(ModelError, match="the answer of openai/gpt-4o is larger than 16 MiB") as caught:
            await ask(every_env(server), "openai/gpt-4o", streamed=streamed)
        if streamed:
            await server.deserted.wait()
    assert (caught.value.retryable, len(ask.pieces)) == (False, 16 if streamed and not thinking else 0)


@pytest.mark.parametrize("answer", [None, events(*chat_pieces("One "), end=OPEN)], ids=["silent", "speaking"])
async def test_cancelling_ends_the_request_to_the_provider(answer: bytes | None) -> None:
    async with scripted([answer]) as server:
        models = Models(every_env(server))
        asking = asyncio.create_task(models.ask(Request("openai/gpt-4o", "hi"), lambda _: None))
        await server.arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await server.deserted.wait()
        await models.close()


async def test_a_model_that_declines_says_so(model_server: ModelServer, ask: Asking) -> None:
    with pytest.raises(Refused, match="openai/gpt-4o declined to answer") as caught:
        await ask(model_server.env, "openai/gpt-4o", "Say something forbidden.")
    assert (caught.value.kind, caught.value.retryable, ask.slept) == ("refused", False, [])


@both
async def test_a_refusal_is_quoted(ask: Asking, streamed: bool) -> None:
    if streamed:
        frame = chat_pieces("")[0] | {"choices": [{"index": 0, "delta": {"refusal": "I will\x1b[2J not."}}]}
        answer = events(frame, *chat_pieces(finish="stop"), "[DONE]")
    else:
        message = {"role": "assistant", "content": None, "refusal": "I will\x1b[2J not."}
        answer = page(chat_answer("", message=message))
    async with scripted([answer]) as server:
        with pytest.raises(Refused, match=r"declined to answer: I will\\x1b\[2J not\.") as caught:
            await ask(every_env(server), "openai/gpt-4o", streamed=streamed)
    assert caught.value.data["model"] == "openai/gpt-4o"
    assert "usage" in caught.value.data


async def test_a_model_that_only_thought_up_to_its_limit_says_so(ask: Asking) -> None:
    async with scripted([page(chat_answer("", finish_reason="length"))]) as server:
        with pytest.raises(ModelError, match="reached the limit of tokens before it said anything") as caught:
            await ask(every_env(server), "openai/gpt-4o", max_tokens=5)
    assert (caught.value.hint, caught.value.data["usage"]["output_tokens"]) == ("raise max_tokens", 2)


async def test_a_model_that_fails_in_the_middle_says_so(ask: Asking) -> None:
    candidate = {"content": {"role": "model", "parts": [{"text": "One"}]}, "finishReason": "MALFORMED_FUNCTION_CALL"}
    async with scripted([page({"candidates": [candidate]})]) as server:
        with pytest.raises(ModelError, match="failed in the middle of its answer") as caught:
            await ask(every_env(server), "google/gemini-2.5-flash")
    assert caught.value.retryable


async def test_no_fault_of_a_provider_escapes_as_an_error_of_a_library(ask: Asking, name: str) -> None:
    nonsense = [b"", b"null", b"[]", b"{}", b'{"choices": {}}', b'{"choices": [null]}', b'"x"', b"\xff\xfe", b"3"]
    for body in nonsense:
        async with scripted([page(body)] * 4) as server:
            with pytest.raises(SpellError) as caught:
                await ask(every_env(server), name)
            assert caught.value.kind == "model", body
