"""What of the environment a wire lets through, and which protocol it speaks."""

import pytest
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from scriptedserver import Scripted, chat_answer, every_env, page, scripted

from llmspell.models import Models, Request
from llmspell.models.catalog import find
from llmspell.models.wires.openai import Wire


@pytest.mark.parametrize(
    ("name", "environ", "protocol"),
    [
        ("openai/gpt-5-mini", {}, OpenAIResponsesModel),
        ("openai/gpt-5-mini", {"OPENAI_BASE_URL": "https://api.openai.com/v1"}, OpenAIResponsesModel),
        ("openai/gpt-5-mini", {"OPENAI_BASE_URL": "http://localhost:8000/v1"}, OpenAIChatModel),
        ("openai-chat/gpt-5-mini", {}, OpenAIChatModel),
        ("openai-responses/gpt-5-mini", {"OPENAI_BASE_URL": "http://localhost:8000/v1"}, OpenAIResponsesModel),
    ],
)
async def test_openai_itself_is_spoken_to_by_responses_and_others_by_chat(
    name: str, environ: dict[str, str], protocol: type
) -> None:
    access = find(name, {"OPENAI_API_KEY": "k", **environ})
    wire = Wire(access)
    model = wire.model(access)
    await wire.close()
    assert isinstance(model, protocol)
    assert model.base_url == f"{access.url}/"


async def asked(name: str, environ: dict[str, str] | None = None) -> Scripted:
    """Return a server that was asked once."""
    async with scripted([page(chat_answer("Hello."))]) as server:
        models = Models(every_env(server) if environ is None else {**environ, "OPENAI_BASE_URL": f"{server.url}/v1"})
        assert (await models.ask(Request(name, "hi"))).text == "Hello."
        await models.close()
    return server


@pytest.mark.parametrize("name", ["openai/gpt-4o", "ollama/llama3.2", "openrouter/x/y"])
async def test_an_organisation_of_openai_is_told_to_nobody_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-mine")
    (request,) = (await asked(name)).requests
    assert b"mine" not in request


async def test_the_key_is_the_one_of_the_given_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-process")
    (request,) = (await asked("openai/gpt-4o", {"OPENAI_API_KEY": "sk-given"})).requests
    assert b"Bearer sk-given\r\n" in request


async def test_a_server_of_ones_own_is_not_sent_a_key_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-process")
    (request,) = (await asked("openai/gpt-4o", {})).requests
    assert b"sk-of-the-process" not in request
