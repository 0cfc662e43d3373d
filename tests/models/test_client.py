import asyncio
import gc
import subprocess
import sys
from pathlib import Path

import pytest
from modelserver import ModelServer

from llmspell.errors import AuthError, ConfigError, TimeLimitError
from llmspell.models import Models, Request, client

ROOT = Path(__file__).parents[2]
LEAN = """
import asyncio, sys
from llmspell.models import Models, Request
models = Models({"OPENAI_API_KEY": "k"})
models.preload("echo")
print(asyncio.run(models.ask(Request("echo", "hi there"))).text)
print(asyncio.run(models.ask(Request("echo", "hi", schema={"type": "object", "properties": {}}))).data)
heavy = {"pydantic_ai", "pydantic", "openai", "anthropic", "httpx", "httpx2", "genai_prices", "jsonschema_rs"}
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
"""
QUIET = """
import asyncio, os
from llmspell.models import Models, Request
async def main():
    models = Models(os.environ)
    answer = await models.ask(Request("openai-chat/gpt-5-mini", "Say hello in five words.", temperature=0.5))
    await models.close()
    print(answer.text)
asyncio.run(main())
"""


def run(source: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", source]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_echo_needs_none_of_the_heavy_layer() -> None:
    done = run(LEAN, {})
    assert (done.stdout, done.stderr) == ("hi there\n{}\n", "")


def test_a_setting_that_a_model_ignores_is_not_warned_of_on_the_terminal(model_server: ModelServer) -> None:
    done = run(QUIET, dict(model_server.env))
    assert (done.stdout, done.stderr) == ("Hello there, nice to meet.\n", "")


async def test_what_can_be_refused_is_refused_without_loading_anything() -> None:
    models = Models({})
    with pytest.raises(AuthError):
        await models.ask(Request("openai/gpt-4o", "hi"))
    with pytest.raises(ConfigError):
        await models.ask(Request("opnai/gpt-4o", "hi"))
    assert models._speaker is None


@pytest.mark.parametrize(
    ("name", "full"), [("gpt-5-mini", "openai/gpt-5-mini"), ("claude-haiku-4-5", "anthropic/claude-haiku-4-5")]
)
async def test_a_known_model_without_its_provider_is_completed(name: str, full: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await Models({}).ask(Request(name, "hi"))
    assert caught.value.hint == f"did you mean {full}?"


async def test_the_layer_is_loaded_once_however_often_that_is_asked_for(model_server: ModelServer) -> None:
    models = Models(model_server.env)
    models.preload("anthropic/claude-haiku-4-5")
    loading = models._speaker
    models.preload()
    names = ("anthropic/claude-haiku-4-5", "openai/gpt-4o")
    answers = await asyncio.gather(*(models.ask(Request(name, "hi")) for name in names * 5))
    assert models._speaker is loading
    assert {answer.text for answer in answers} == {"This is the answer of the mock model."}
    assert len(loading.result()._wires) == 2
    await models.close()


@pytest.mark.parametrize("name", ["opnai/x", "openai/x", "nonsense", "echo"])
async def test_preloading_what_does_not_exist_is_left_to_who_asks(name: str) -> None:
    models = Models({})
    models.preload(name)
    if name == "echo":
        assert (await models.ask(Request(name, "hi"))).text == "hi"
    else:
        with pytest.raises((AuthError, ConfigError)):
            await models.ask(Request(name, "hi"))
    await models.close()


async def test_asking_can_be_cancelled_while_the_layer_loads_and_others_go_on(model_server: ModelServer) -> None:
    models = Models(model_server.env)
    first = asyncio.create_task(models.ask(Request("openai/gpt-4o", "hi")))
    second = asyncio.create_task(models.ask(Request("openai/gpt-4o", "hi")))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).text == "This is the answer of the mock model."
    await models.close()


async def test_a_layer_that_cannot_be_loaded_fails_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(f"no module {name}")

    monkeypatch.setattr(client, "_fetch", absent)
    models = Models({"OPENAI_API_KEY": "k"})
    models.preload("openai/gpt-4o")
    for _ in range(2):
        with pytest.raises(ImportError, match="no module speaker"):
            await models.ask(Request("openai/gpt-4o", "hi"))
    await models.close()


@pytest.mark.parametrize("enabled", [True, False])
async def test_loading_leaves_the_garbage_collector_as_it_was(model_server: ModelServer, enabled: bool) -> None:
    if not enabled:
        gc.disable()
    try:
        models = Models(model_server.env)
        await models.ask(Request("openai/gpt-4o", "hi"))
        assert gc.isenabled() == enabled
    finally:
        gc.enable()
    await models.close()


async def test_a_timeout_of_the_receiver_is_not_taken_for_one_of_the_model(model_server: ModelServer) -> None:
    def slow(_: str) -> None:
        raise TimeoutError("the receiver is slow")

    models = Models(model_server.env)
    with pytest.raises(TimeoutError, match="the receiver is slow"):
        await models.ask(Request("openai/gpt-4o", "hi", timeout=30.0), slow)
    await models.close()


async def test_no_time_at_all_is_a_time_limit(model_server: ModelServer) -> None:
    models = Models(model_server.env)
    with pytest.raises(TimeLimitError):
        await models.ask(Request("openai/gpt-4o", "hi", timeout=0.0))
    await models.close()


async def test_closing_what_was_never_used_is_fine() -> None:
    await Models({}).close()


async def test_proxies_of_the_environment_are_not_used(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    models = Models(model_server.env)
    for name in ("openai/gpt-4o", "anthropic/claude-haiku-4-5", "google/gemini-2.5-flash", "groq/llama"):
        assert (await models.ask(Request(name, "hi"))).text == "This is the answer of the mock model."
    await models.close()
