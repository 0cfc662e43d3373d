import pytest

from llmspell.errors import AuthError, ConfigError
from llmspell.models.catalog import PROVIDERS, find, is_echo


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_is_found_by_its_name_and_its_key(provider: str) -> None:
    variable = PROVIDERS[provider].keys[0]
    access = find(f"{provider}/some-model", {variable: "key"})
    assert (access.name, access.model, access.key) == (f"{provider}/some-model", "some-model", "key")
    assert access.url == PROVIDERS[provider].url
    assert not access.custom


def test_a_model_may_have_slashes_in_its_name() -> None:
    assert find("openrouter/meta/llama:free", {"OPENROUTER_API_KEY": "k"}).model == "meta/llama:free"


def test_a_key_can_have_two_names() -> None:
    assert find("google/gemini-2.5-flash", {"GEMINI_API_KEY": "new", "GOOGLE_API_KEY": ""}).key == "new"
    assert find("google/gemini-2.5-flash", {"GEMINI_API_KEY": "b", "GOOGLE_API_KEY": "a"}).key == "a"


def test_a_base_url_of_the_environment_leads_elsewhere() -> None:
    access = find("openai/gpt-4o", {"OPENAI_API_KEY": " k\n", "OPENAI_BASE_URL": "http://localhost:8000/v1/"})
    assert (access.url, access.key, access.custom) == ("http://localhost:8000/v1", "k", True)


def test_openai_under_its_own_address_is_not_elsewhere() -> None:
    access = find("openai/gpt-4o", {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://api.openai.com/v1"})
    assert not access.custom


def test_a_server_of_ones_own_needs_no_key() -> None:
    assert find("openai/llama", {"OPENAI_BASE_URL": "http://localhost:8000/v1"}).key == ""
    assert find("ollama/llama3.2", {}).url == "http://localhost:11434/v1"


def test_models_of_one_account_share_connections() -> None:
    environ = {"OPENAI_API_KEY": "k", "OPENROUTER_API_KEY": "k"}
    doors = [find(name, environ).door for name in ("openai/a", "openai-chat/b", "openai-responses/c")]
    assert len(set(doors)) == 1
    assert find("openrouter/openai/a", environ).door != doors[0]


def test_a_misspelt_provider_is_corrected_and_all_are_listed() -> None:
    with pytest.raises(ConfigError, match='unknown model provider "opnai" in "opnai/gpt-5"') as caught:
        find("opnai/gpt-5", {})
    hint = str(caught.value.hint)
    assert hint.startswith("did you mean `openai`?")
    assert all(name in hint for name in (*PROVIDERS, "echo"))


@pytest.mark.parametrize("name", ["gpt-5-mini", "openai/", "openai/ ", ""])
def test_a_name_without_a_provider_or_a_model_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="is not of the form provider/model") as caught:
        find(name, {"OPENAI_API_KEY": "k"})
    assert "openai" in str(caught.value.hint)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "model",
    ["../files", "a/../b", "a..b", "a//b", "/a", "a/", "a?key=b", "a#b", "a%2e", "a b", "a\n", "é", "a\\b", "a" * 201],
)
def test_a_name_that_could_lead_elsewhere_is_refused(provider: str, model: str) -> None:
    with pytest.raises(ConfigError, match="has a name that no model has") as caught:
        find(f"{provider}/{model}", {PROVIDERS[provider].keys[0]: "k"})
    assert "letters, digits and" in str(caught.value.hint)


@pytest.mark.parametrize(
    "model", ["a", "hf.co/x/Y-1_2:Q4", "@cf/meta/llama", "ft:gpt-4o:org::id", "models/x+y@001", "a" * 200]
)
def test_names_that_models_have_are_let_through(model: str) -> None:
    assert find(f"ollama/{model}", {}).model == model


def test_a_colon_in_place_of_the_slash_is_corrected() -> None:
    with pytest.raises(ConfigError) as caught:
        find("openai:gpt-5-mini", {})
    assert caught.value.hint == "did you mean `openai/gpt-5-mini`?"


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": "  "}])
def test_a_missing_key_says_which_variable_to_set(environ: dict[str, str]) -> None:
    with pytest.raises(AuthError, match='no API key for provider "openai"') as caught:
        find("openai/gpt-4o", environ)
    assert caught.value.hint == "export OPENAI_API_KEY=…"
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("key", ["a b", "schlüssel", "a\nb", "a\x00b"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(AuthError, match="ANTHROPIC_API_KEY does not hold an API key") as caught:
        find("anthropic/claude-haiku-4-5", {"ANTHROPIC_API_KEY": key})
    assert key not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a", "http://", "http://a:99999/", "https://[", "//a"])
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"GROQ_BASE_URL must be a URL like https://api\.groq\.com"):
        find("groq/llama", {"GROQ_API_KEY": "k", "GROQ_BASE_URL": url})


@pytest.mark.parametrize(
    ("name", "built_in"), [("echo", True), ("echo/loud", True), ("echoes/x", False), ("ech", False)]
)
def test_the_built_in_model_is_known_by_its_name(name: str, built_in: bool) -> None:
    assert is_echo(name) == built_in
