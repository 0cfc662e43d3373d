"""Which providers there are, and what the name of a model, `provider/model`, leads to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from llmspell.errors import AuthError, ConfigError
from llmspell.wording import listed, shown, suggest

ECHO = "echo"
"""The model that is built in and answers offline."""


@dataclass(frozen=True)
class Provider:
    """One row of the catalog."""

    name: str
    wire: str  # the module in `wires` that speaks to it
    dialect: str  # which of its protocols that module speaks
    url: str  # where it lives, unless the environment says otherwise
    prefixes: tuple[str, ...]  # of its environment variables, as in OPENAI_API_KEY and OPENAI_BASE_URL
    keyless: bool = False
    extra: str = ""  # the optional dependency of llmspell that it needs

    @property
    def keys(self) -> tuple[str, ...]:
        """The environment variables that can hold the API key; the first that is set counts."""
        return tuple(f"{prefix}_API_KEY" for prefix in self.prefixes)

    @property
    def bases(self) -> tuple[str, ...]:
        """The environment variables that can hold the base URL."""
        return tuple(f"{prefix}_BASE_URL" for prefix in self.prefixes)


@dataclass(frozen=True)
class Access:
    """A model, and what it takes to reach it."""

    provider: Provider
    model: str
    url: str
    key: str

    @property
    def name(self) -> str:
        """The name that a spell gives it."""
        return f"{self.provider.name}/{self.model}"

    @property
    def custom(self) -> bool:
        """Whether it lives elsewhere than where its provider does."""
        return urlsplit(self.url).hostname != urlsplit(self.provider.url).hostname

    @property
    def door(self) -> tuple[str, str, str]:
        """What models must have in common to share connections."""
        return self.provider.wire, self.url, self.key


_NAME = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9._:@+-](?:[A-Za-z0-9._:@/+-]{0,198}[A-Za-z0-9._:@+-])?")
"""The name of a model: some providers have it in the path of a URL."""
_OPENAI = "https://api.openai.com/v1"

# A new provider is one more row. A server that speaks the protocol of one of these needs none: set that one's base URL.
PROVIDERS: Mapping[str, Provider] = {
    row.name: row
    for row in (
        Provider("anthropic", "anthropic", "messages", "https://api.anthropic.com", ("ANTHROPIC",)),
        Provider(
            "google",
            "google",
            "gemini",
            "https://generativelanguage.googleapis.com",
            ("GOOGLE", "GEMINI"),
            extra="google",
        ),
        Provider("groq", "groq", "chat", "https://api.groq.com", ("GROQ",), extra="groq"),
        Provider("ollama", "openai", "ollama", "http://localhost:11434/v1", ("OLLAMA",), keyless=True),
        Provider("openai", "openai", "either", _OPENAI, ("OPENAI",)),
        Provider("openai-chat", "openai", "chat", _OPENAI, ("OPENAI",)),
        Provider("openai-responses", "openai", "responses", _OPENAI, ("OPENAI",)),
        Provider("openrouter", "openai", "openrouter", "https://openrouter.ai/api/v1", ("OPENROUTER",)),
    )
}


def is_echo(name: str) -> bool:
    """Return whether a name means the built-in model."""
    return name == ECHO or name.startswith(ECHO + "/")


def find(name: str, environ: Mapping[str, str]) -> Access:
    """Return what it takes to reach a model.

    Raises:
        ConfigError: the name is not `provider/model`, no model has such a name, its provider is unknown, or the base
            URL is none.
        AuthError: there is no key for the provider.
    """
    provider, slash, model = name.partition("/")
    if not slash or not model.strip():
        raise ConfigError(f"model {shown(name)} is not of the form provider/model", hint=_cure_of_form(name))
    row = PROVIDERS.get(provider)
    if row is None:
        message = f"unknown model provider {shown(provider)} in {shown(name)}"
        raise ConfigError(message, hint=_cure(provider))
    if not _NAME.fullmatch(model):
        raise ConfigError(f"model {shown(name)} has a name that no model has", hint=_RULE)
    url = _url(row, environ)
    return Access(row, model, url or row.url, _key(row, environ, required=not url))


_RULE = "a name has letters, digits and . _ : @ / + -, without `..` or `//`, and is not over 200 long"


def _cure_of_form(name: str) -> str:
    before, colon, after = name.partition(":")
    return f"did you mean `{before}/{after}`?" if colon and before in PROVIDERS else _cure(name)


def _cure(word: str) -> str:
    guess = suggest(word, (*PROVIDERS, ECHO))
    return f"{f'did you mean `{guess}`? ' if guess else ''}providers are {listed((*PROVIDERS, ECHO), 'and')}"


def _key(row: Provider, environ: Mapping[str, str], required: bool) -> str:
    """Return the key; one that is not required, for a server of one's own, may be empty."""
    variable = next((name for name in row.keys if environ.get(name, "").strip()), row.keys[0])
    key = environ.get(variable, "").strip()
    if not key and required and not row.keyless:
        raise AuthError(f'no API key for provider "{row.name}"', hint=f"export {variable}=…")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AuthError(f"{variable} does not hold an API key: it has characters that no key has")
    return key


def _url(row: Provider, environ: Mapping[str, str]) -> str:
    variable = next((name for name in row.bases if environ.get(name, "").strip()), row.bases[0])
    url = environ.get(variable, "").strip().rstrip("/")
    if url and not _is_web(url):
        raise ConfigError(f"{variable} must be a URL like {row.url}")
    return url


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
