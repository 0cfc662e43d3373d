"""How the errors that providers answer with are told."""

import pytest
from scriptedserver import every_env, page, scripted

from llmspell.errors import AuthError, ModelError, Refused, SpellError
from llmspell.models import Models, Request

KEY = "sk-live-0123456789abcdef"


async def fault(name: str, answer: bytes, key: str = KEY) -> SpellError:
    """Return what becomes of an answer."""

    async def sleep(_: float) -> None: ...

    async with scripted([answer] * 4) as server:
        models = Models(every_env(server, key), sleep=sleep)
        with pytest.raises(SpellError) as caught:
            await models.ask(Request(name, "hi"))
        await models.close()
    return caught.value


def error(status: str, message: str, kind: str = "invalid_request_error", code: str | None = None) -> bytes:
    return page({"type": "error", "error": {"message": message, "type": kind, "code": code}}, status)


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai-chat/gpt-4o", "OPENAI_API_KEY"),
        ("openai-responses/gpt-5", "OPENAI_API_KEY"),
        ("anthropic/claude-haiku-4-5", "ANTHROPIC_API_KEY"),
        ("google/gemini-2.5-flash", "GOOGLE_API_KEY or GEMINI_API_KEY"),
        ("groq/llama", "GROQ_API_KEY"),
    ],
)
async def test_a_refused_key_names_the_variable_that_holds_it(name: str, variable: str) -> None:
    found = await fault(name, error("401 Unauthorized", "no such key", "authentication_error"))
    assert isinstance(found, AuthError)
    assert found.message == f"{name} refuses the API key (status 401): no such key"
    assert (found.hint, found.exit_code, found.retryable) == (f"check {variable}", 4, False)


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("anthropic/claude-haiku-4.5", "anthropic/claude-haiku-4-5"),
        ("openai-chat/gpt-5-mni", "openai-chat/gpt-5-mini"),
        ("google/gemini-2.5-flas", "google/gemini-2.5-flash"),
    ],
)
async def test_a_misspelt_model_is_corrected(name: str, guess: str) -> None:
    found = await fault(name, error("404 Not Found", "there is no such model", "not_found_error", "model_not_found"))
    assert isinstance(found, ModelError)
    assert found.message == f"{name} is not known to its provider (status 404): there is no such model"
    assert str(found.hint).startswith(f"did you mean {guess}?")
    assert found.data == {"model": name, "status": 404}


async def test_an_unknown_model_of_an_own_server_points_at_its_address() -> None:
    found = await fault("openai/zzz", page(b"<html>no such page</html>", "404 Not Found", "text/html"))
    assert found.hint == "check its name; check OPENAI_BASE_URL"


async def test_an_empty_account_is_not_asked_again() -> None:
    found = await fault("openai/gpt-4o", error("429 Too Many Requests", "pay first", code="insufficient_quota"))
    assert found.message == "openai/gpt-4o has no quota left (status 429): pay first"
    assert not found.retryable


async def test_a_prompt_that_is_too_long_says_so() -> None:
    found = await fault("openai/gpt-4o", error("400 Bad Request", "too long", code="context_length_exceeded"))
    assert (found.hint, found.kind) == ("shorten the prompt", "model")


async def test_a_provider_that_declines_is_a_refusal() -> None:
    found = await fault("openai/gpt-4o", error("400 Bad Request", "not that", code="content_policy_violation"))
    assert isinstance(found, Refused)
    assert found.message == "openai/gpt-4o declined to answer (status 400): not that"


@pytest.mark.parametrize(
    "body", [{"detail": "not so"}, {"error": "not so"}, {"error": {"error": {"message": "not so"}}}, b"not so"]
)
async def test_what_a_provider_says_is_found_wherever_it_stands(body: object) -> None:
    found = await fault("openai/gpt-4o", page(body, "400 Bad Request"))
    assert found.message == "openai/gpt-4o refuses the request (status 400): not so"


@pytest.mark.parametrize("body", [{"error": {"message": {"a": 1}}}, {"error": {"metadata": 3}}, [1], None, {}])
async def test_an_error_that_says_nothing_is_not_quoted(body: object) -> None:
    found = await fault("openai/gpt-4o", page(body, "400 Bad Request"))
    assert found.message == "openai/gpt-4o refuses the request (status 400)"


async def test_a_prompt_that_a_gateway_flags_is_a_refusal() -> None:
    body = {"error": {"message": "no", "code": 403, "metadata": {"flagged_input": "x", "reasons": ["y"]}}}
    assert isinstance(await fault("openai/gpt-4o", page(body, "403 Forbidden")), Refused)


async def test_an_error_nested_without_end_is_an_error_like_any_other() -> None:
    found = await fault("openai/gpt-4o", page(b'{"error": ' * 900 + b"1" + b"}" * 900, "400 Bad Request"))
    assert found.kind == "model"


async def test_another_refused_request_is_quoted() -> None:
    found = await fault("openai/gpt-4o", error("400 Bad Request", "temperature is too high"))
    assert found.message == "openai/gpt-4o refuses the request (status 400): temperature is too high"


@pytest.mark.parametrize(
    "said",
    [
        f"Incorrect API key provided: {KEY}",
        "Incorrect API key provided: sk-proj-****cdef",
        "see https://user:secret@proxy.example/path?key=secret&x=secret",
        "Authorization: Bearer secret-secret",
    ],
)
async def test_secrets_in_what_a_provider_says_are_not_repeated(said: str) -> None:
    found = await fault("openai/gpt-4o", error("401 Unauthorized", said))
    assert "…" in found.message
    assert not any(secret in f"{found.message}{found.hint}{found.data}" for secret in (KEY, "cdef", "secret"))


async def test_what_a_provider_says_is_one_short_line_that_cannot_deceive_a_terminal() -> None:
    found = await fault("openai/gpt-4o", error("400 Bad Request", "a\nb\x1b[2J\u202e" + "x" * 5000))
    assert found.message.isprintable()
    assert "a b\\x1b[2J\\u202e" in found.message
    assert len(found.message) < 400


async def test_a_page_in_place_of_an_answer_is_quoted_shortly() -> None:
    found = await fault(
        "openai/gpt-4o", page(b"<html>\n<body>Bad gateway</body></html>", "502 Bad Gateway", "text/html")
    )
    assert found.message == "openai/gpt-4o failed (status 502): <html> <body>Bad gateway</body></html>"


async def test_a_redirect_does_not_carry_the_key_elsewhere() -> None:
    async with scripted([page(b"{}")]) as elsewhere:
        found = await fault(
            "anthropic/claude-haiku-4-5", page(b"", "307 Moved", Location=f"{elsewhere.url}/v1/messages")
        )
        assert found.kind == "model"
        assert elsewhere.requests == []


async def test_a_server_that_does_not_run_is_named() -> None:
    async with scripted([]) as server:
        pass

    async def sleep(_: float) -> None: ...

    models = Models({"OLLAMA_BASE_URL": f"{server.url}/v1"}, sleep=sleep)
    with pytest.raises(ModelError) as caught:
        await models.ask(Request("ollama/llama3.2", "hi"))
    await models.close()
    host = server.url.removeprefix("http://")
    assert caught.value.message.startswith(f"ollama/llama3.2 cannot be reached at {host}")
    assert str(caught.value.hint).startswith("check that it runs")
