"""The protocols of all providers, spoken to a server that knows them."""

from dataclasses import replace
from typing import Any

import pytest
from modelserver import ModelServer
from scriptedserver import chat_answer, every_env, page, scripted

from llmspell.errors import ArgumentError, ConfigError, ModelError, SchemaError
from llmspell.models import Answer, Models, Request, Said, Turns, Usage, catalog, client
from llmspell.models.shape import Shape

NAMES = {
    "openai/gpt-4o": "/v1/chat/completions",
    "openai-chat/gpt-4o-mini": "/v1/chat/completions",
    "openai-responses/gpt-4o": "/v1/responses",
    "anthropic/claude-haiku-4-5": "/v1/messages",
    "google/gemini-2.5-flash": "/v1beta/models/gemini-2.5-flash:",
    "groq/llama-3.1-8b-instant": "/openai/v1/chat/completions",
    "ollama/llama3.2": "/v1/chat/completions",
    "openrouter/openai/gpt-4o": "/api/v1/chat/completions",
}
RATING = {
    "type": "object",
    "properties": {"score": {"type": "integer"}, "advice": {"type": "string"}},
    "required": ["score", "advice"],
    "additionalProperties": False,
}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def ask(server: ModelServer, name: str, prompt: str, pieces: list[str] | None = None, **more: Any) -> Answer:
    server.forget()
    models = Models(server.env)
    try:
        return await models.ask(Request(name, prompt, **more), None if pieces is None else pieces.append)
    finally:
        await models.close()


async def test_every_provider_answers(model_server: ModelServer, name: str) -> None:
    answer = await ask(model_server, name, "Say hello in five words.")
    assert answer.text == "Hello there, nice to meet."
    assert answer.model == name
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (12, 6)
    assert answer.data is None
    assert answer.id or name.startswith("google/")


async def test_every_provider_streams(model_server: ModelServer, name: str) -> None:
    pieces: list[str] = []
    answer = await ask(model_server, name, "Say hello in five words.", pieces)
    assert len(pieces) > 1
    assert "".join(pieces) == answer.text == "Hello there, nice to meet."


@pytest.mark.parametrize("streamed", [False, True])
async def test_every_provider_is_sent_what_was_asked(model_server: ModelServer, name: str, streamed: bool) -> None:
    await ask(
        model_server, name, "Say hello.", [] if streamed else None, system="Be brief.", max_tokens=50, temperature=0.5
    )
    (request,) = model_server.requests()
    body = request["body"]
    assert request["path"].startswith(NAMES[name])
    assert [(each["role"], each["content"]) for each in body["messages"]] == [
        ("system", "Be brief."),
        ("user", "Say hello."),
    ]
    assert body["stream"] is streamed
    assert 50 in (body.get("max_tokens"), body.get("max_completion_tokens"))


async def test_a_price_is_known_where_the_list_has_it(model_server: ModelServer) -> None:
    answer = await ask(model_server, "anthropic/claude-haiku-4-5", "Say hello in five words.")
    assert answer.usage.usd == pytest.approx(12 * 1e-6 + 6 * 5e-6)
    assert (await ask(model_server, "ollama/llama3.2", "Say hello in five words.")).usage.usd is None
    assert (await ask(model_server, "openai/my-own-model", "Say hello in five words.")).usage.usd is None


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("ollama/gpt-oss", "max_tokens"),
        ("openai/qwen3", "max_tokens"),
        ("openai/gpt-4o", "max_tokens"),
        ("openai/gpt-5-mini", "max_completion_tokens"),
    ],
)
async def test_the_limit_of_tokens_has_the_name_that_the_server_heeds(
    model_server: ModelServer, name: str, field: str
) -> None:
    await ask(model_server, name, "Say hello.", max_tokens=9)
    (request,) = model_server.requests()
    assert {key: value for key, value in request["body"].items() if key.startswith("max_")} == {field: 9}


async def test_an_answer_that_reached_its_limit_is_an_answer(model_server: ModelServer, name: str) -> None:
    answer = await ask(model_server, name, "Say more than you may.", max_tokens=6)
    assert answer.text == "This goes on and on and"


@pytest.mark.parametrize("streamed", [False, True])
async def test_every_provider_answers_in_the_shape_of_a_schema(
    model_server: ModelServer, name: str, streamed: bool
) -> None:
    pieces: list[str] = []
    answer = await ask(model_server, name, "Rate this draft.", pieces if streamed else None, schema=RATING)
    assert answer.data == {"score": 8, "advice": "Cut the first line."}
    assert Shape(RATING).read(answer.text) == answer.data
    assert pieces == ([answer.text] if streamed else [])
    assert len(model_server.requests()) == 1


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("openai-chat/gpt-4o", ("response_format", "json_schema", "schema")),
        ("openai-responses/gpt-4o", ("text", "format", "schema")),
        ("anthropic/claude-haiku-4-5", ("output_config", "format", "schema")),
        ("anthropic/claude-of-old", ("tools", 0, "input_schema")),
        ("google/gemini-2.5-flash", ("generationConfig", "responseJsonSchema")),
        ("groq/llama-3.1-8b-instant", ("tools", 0, "function", "parameters")),
        ("groq/openai/gpt-oss-20b", ("response_format", "json_schema", "schema")),
        ("ollama/llama3.2", ("response_format", "json_schema", "schema")),
    ],
)
async def test_a_schema_is_asked_for_in_the_way_that_the_model_knows(name: str, way: tuple[str | int, ...]) -> None:
    async with scripted([page({"error": {"message": "enough"}}, "400 Bad Request")]) as server:
        models = Models(every_env(server))
        with pytest.raises(ModelError, match="enough"):
            await models.ask(Request(name, "Rate this draft.", schema=RATING))
        await models.close()
    found: Any = server.bodies()[0]
    for step in way:
        found = found[step]
    assert found["properties"].keys() == {"score", "advice"}


async def test_an_answer_that_does_not_fit_is_asked_for_once_more(model_server: ModelServer, name: str) -> None:
    answer = await ask(model_server, name, "Rate that draft.", system="You are patient.", schema=RATING)
    assert answer.data == {"score": 5, "advice": "Be brief."}
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (100, 23)
    _, second = model_server.requests()
    said = [each["content"] for each in second["body"]["messages"] if each["role"] != "system"]
    assert said[:2] == ["Rate that draft.", "It is rather good, I think."]
    assert "the answer is not JSON" in said[2]
    assert '"score": {"type": "integer"}' in said[2]


async def test_an_answer_that_never_fits_fails_with_the_reason_and_what_it_took(
    model_server: ModelServer, name: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        await ask(model_server, name, "Rate that draft.", schema=RATING)
    assert caught.value.message.startswith(f"{name}: the answer does not fit the schema")
    assert '"high" is not of type "integer"' in caught.value.message
    assert caught.value.data["usage"]["input_tokens"] == 100
    assert len(model_server.requests()) == 2


async def test_a_schema_that_is_none_is_refused_before_anything_is_sent(model_server: ModelServer) -> None:
    with pytest.raises(ArgumentError, match="`schema` is not a JSON Schema"):
        await ask(model_server, "openai/gpt-4o", "Rate.", schema={"type": "object", "required": 3})
    assert model_server.requests() == []


async def test_names_that_a_provider_makes_up_cannot_deceive_a_terminal() -> None:
    answer = chat_answer("Hello.") | {"model": "gpt\x1b[2J" + "x" * 999, "id": "c\n1"}
    async with scripted([page(answer)]) as server:
        models = Models(every_env(server))
        found = await models.ask(Request("openai/gpt-4o", "hi"))
        await models.close()
    assert found.model.startswith("openai/gpt\\x1b[2Jxxx")
    assert len(found.model) < 300
    assert found.id == "c\\n1"


async def test_an_answer_without_any_text_is_repaired_too() -> None:
    async with scripted([page(chat_answer("")), page(chat_answer('{"score": 1, "advice": ""}'))]) as server:
        models = Models(every_env(server))
        found = await models.ask(Request("openai/gpt-4o", "Rate.", schema=RATING))
        await models.close()
    assert found.data["score"] == 1
    assert [each["content"] for each in server.bodies()[1]["messages"]][:2] == ["Rate.", "(nothing)"]


async def test_a_tool_call_that_groq_rejects_is_repaired_like_any_other() -> None:
    rejected = {
        "message": "Failed to call a function.",
        "type": "invalid_request_error",
        "code": "tool_use_failed",
        "failed_generation": '{"name": "answer", "arguments": {}}',
    }
    call = {"name": "answer", "arguments": '{"score": 1, "advice": "Go on."}'}
    message = {"role": "assistant", "tool_calls": [{"id": "t", "type": "function", "function": call}]}
    answers = [page({"error": rejected}, "400 Bad Request"), page(chat_answer("", message=message))]
    async with scripted(answers) as server:
        models = Models(every_env(server))
        answer = await models.ask(Request("groq/llama", "Rate.", schema=RATING))
        await models.close()
    assert answer.data == {"score": 1, "advice": "Go on."}
    assert len(server.requests) == 2


@pytest.mark.parametrize(("extra", "cure"), [("groq", "pip install 'llmspell[groq]'"), ("", "pip install 'llmspell'")])
async def test_a_missing_package_names_what_to_install(extra: str, cure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(catalog.PROVIDERS["groq"], wire="no_such_wire", extra=extra)
    monkeypatch.setitem(catalog.PROVIDERS, "groq", row)
    with pytest.raises(ConfigError, match='provider "groq" needs a package that is not installed') as caught:
        await Models({"GROQ_API_KEY": "k"}).ask(Request("groq/llama", "hi"))
    assert caught.value.hint == cure


async def test_what_the_library_refuses_to_set_up_is_an_error_of_the_setting() -> None:
    models = Models({"OPENROUTER_API_KEY": "k"})
    with pytest.raises(ConfigError, match=r"openrouter/x cannot be asked this: .*must be prefixed") as caught:
        await models.ask(Request("openrouter/x", "hi"))
    await models.close()
    assert (caught.value.hint, caught.value.retryable) == ("check its name and what is asked of it", False)


async def test_connections_are_opened_once(model_server: ModelServer) -> None:
    models = Models(model_server.env)
    for name in ("openai/a", "openai-chat/b", "openai-responses/c"):
        await models.ask(Request(name, "hi"))
    speaker = client._fetch("speaker")
    assert isinstance(models._speaker.result(), speaker.Speaker)
    assert len(models._speaker.result()._wires) == 1
    await models.close()


class Keyed(Turns):
    """Knows what was answered before, and names each request."""

    def __init__(self, known: Said | None = None) -> None:
        self.known = known
        self.followed: list[Said] = []

    def recall(self, index: int) -> Said | None:
        return self.known if index == 1 else None

    async def follow(self, index: int, said: Said) -> None:
        self.followed.append(said)

    def key(self, index: int) -> str | None:
        return f"RUN:7:{index}"


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_request_has_its_key_and_has_it_again_when_it_is_sent_again(
    model_server: ModelServer, name: str, streamed: bool
) -> None:
    model_server.forget()
    models = Models(model_server.env, first=0.0, longest=0.0)
    model_server.fail_next(500)
    await models.ask(Request(name, "Say hello in five words."), (lambda _: None) if streamed else None, Keyed())
    await models.close()
    assert [each["headers"]["idempotency-key"] for each in model_server.requests()] == ["RUN:7:1", "RUN:7:1"]


async def test_a_request_that_was_answered_before_is_not_sent_again() -> None:
    first, second = page(chat_answer('{"score": "high"}')), page(chat_answer('{"score": 8, "advice": "x"}'))
    async with scripted([first, second, second]) as server:
        models, turns = Models(every_env(server)), Keyed()
        whole = await models.ask(Request("openai-chat/gpt-4o", "Rate.", schema=RATING), None, turns)
        (said,) = turns.followed
        again = Keyed(said)
        resumed = await models.ask(Request("openai-chat/gpt-4o", "Rate.", schema=RATING), None, again)
        await models.close()
        sent = server.bodies()
    assert said == Said('{"score": "high"}', replace(said.usage, input_tokens=5, output_tokens=2), False)
    assert (resumed.data, resumed.usage) == (whole.data, whole.usage)
    assert resumed.usage == said.usage + said.usage
    assert not again.followed
    assert sent[1] == sent[2]  # the repair says the same, word for word
    assert said.usage - said.usage == Usage(0, 0, 0, 0.0)


def test_what_a_provider_says_that_it_used_stays_within_reason() -> None:
    assert Usage(10**30, -5, 3, 1e300) == Usage(10**9, 0, 3, 1e6)
    assert Usage(1, 1, 0, -0.5) == Usage(1, 1, 0, 0.0)
    assert Usage(1, 1, 0, None).usd is None
