"""What the failures of providers become: errors that name the model, quote the provider, and say what to do."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic_ai import exceptions as ai

from llmspell.errors import AuthError, ConfigError, ModelError, RateLimited, Refused, SpellError, TimeLimitError
from llmspell.models import prices
from llmspell.models.catalog import Access
from llmspell.wording import clip, listed, suggest, visible

QUOTE_LIMIT = 300
"""Characters of a provider's own message that an error quotes."""
_READ_LIMIT = 10_000
REWORD = "word the prompt differently"


@dataclass(frozen=True)
class Case:
    """What one kind of failure becomes; `what` continues the sentence that begins with the model's name."""

    failure: type[Exception]
    error: type[SpellError]
    what: str
    hint: str = ""
    retryable: bool = False
    misled: bool = False  # a wrong base URL can be the reason


# The first row that fits counts.
CASES = (
    Case(ai.ModelAuthenticationError, AuthError, "refuses the API key", "check {key}"),
    Case(ai.ModelQuotaExceededError, ModelError, "has no quota left", "look at the billing page of your account"),
    Case(ai.ModelRateLimitError, RateLimited, "asks to slow down", "wait, or ask less at a time", retryable=True),
    Case(ai.ModelNotFoundError, ModelError, "is not known to its provider", "check its name", misled=True),
    Case(ai.ModelContextWindowExceededError, ModelError, "cannot take a prompt this long", "shorten the prompt"),
    Case(ai.ModelRequestRejectedError, ModelError, "refuses the request"),
    Case(ai.ModelUnavailableError, ModelError, "is overloaded or down", "try again later", retryable=True),
    Case(ai.ModelServerError, ModelError, "failed", "try again later", retryable=True),
    Case(ai.ModelTimeoutError, TimeLimitError, "said nothing for too long", "try again later"),
    Case(ai.ModelConnectionError, ModelError, "broke off", "try again", retryable=True, misled=True),
    Case(ai.ContentFilterError, Refused, "declined to answer", REWORD),
    Case(ai.ModelHTTPError, ModelError, "answered with an error", misled=True),
    Case(ai.ModelAPIError, ModelError, "gave a broken answer", "try again", retryable=True, misled=True),
    Case(ai.UnexpectedModelBehavior, ModelError, "gave a broken answer", "try again", retryable=True, misled=True),
    Case(ai.UserError, ConfigError, "cannot be asked this", "check its name and what is asked of it"),
    Case(Exception, ModelError, "gave an answer that cannot be read", misled=True),
)
_UNREACHED = Case(
    ai.ModelConnectionError,
    ModelError,
    "cannot be reached at {host}",
    "check that it runs",
    retryable=True,
    misled=True,
)
_DECLINED = Case(ai.ModelRequestRejectedError, Refused, "declined to answer", REWORD)
_DECLINING = re.compile(r"content.?(policy|filter)|moderation|flagged", re.IGNORECASE)
_KEY = re.compile(r"\b(?:sk|pk|gsk|xai|AIza|Bearer)[-_ ]?[\w.*-]{6,}")
_IN_URL = re.compile(r"(?<=://)[^/\s@]*@|(?<=\?)[^\s\"'?]*=[^\s\"']*")


@contextmanager
def translated(access: Access) -> Iterator[None]:
    """Turn whatever a provider's library raises inside into an error of llmspell.

    Libraries meet nonsense from a provider with KeyError, IndexError and the like: those count too.
    """
    try:
        yield
    except Exception as failure:
        raise fault(failure, access) from failure


def fault(failure: Exception, access: Access) -> SpellError:
    """Return the error for a failure of a provider."""
    case = _case(failure)
    words = {"key": listed(access.provider.keys), "host": urlsplit(access.url).netloc.rpartition("@")[2]}
    status = getattr(failure, "status_code", None)
    message = f"{access.name} {case.what.format(**words)}{f' (status {status})' if status else ''}"
    quote = _quote(failure, access)
    error = case.error(f"{message}: {quote}" if quote else message, retryable=case.retryable)
    hints = [_other_name(failure, access) or case.hint.format(**words)]
    if case.misled and access.custom:
        hints.append(f"check {listed(access.provider.bases)}")
    error.hint = "; ".join(filter(None, hints)) or None
    facts = {"model": access.name, "status": status, "retry_after": getattr(failure, "retry_after", None)}
    error.data |= {key: value for key, value in facts.items() if value is not None}
    return error


def broken(access: Access, what: str) -> ModelError:
    """Return the error for an answer that arrived without any sign of failure, but not whole."""
    return ModelError(f"{access.name} {what}", hint="try again", retryable=True, data={"model": access.name})


def _case(failure: Exception) -> Case:
    if isinstance(failure, ai.ModelConnectionError) and failure.phase in ("connect", "pool"):
        return _UNREACHED
    if isinstance(failure, ai.ModelRequestRejectedError):
        metadata = _inner(failure.body).get("metadata")
        reasons = (
            failure.provider_error_code,
            failure.provider_error_type,
            *(metadata if isinstance(metadata, Mapping) else ()),
        )
        if _DECLINING.search(" ".join(map(str, reasons))):
            return _DECLINED
    return next(case for case in CASES if isinstance(failure, case.failure))


def _other_name(failure: Exception, access: Access) -> str | None:
    """Return a hint with a model that the person may have meant."""
    if not isinstance(failure, ai.ModelNotFoundError):
        return None
    guess = suggest(access.model, prices.known(access.provider.name))
    return f"did you mean {access.provider.name}/{guess}?" if guess and guess != access.model else None


def _quote(failure: Exception, access: Access) -> str:
    """Return what the provider said, or else what its library met: on one line, short, and without anything secret."""
    body = _inner(getattr(failure, "body", None))
    said = next((text for key in ("message", "detail") if isinstance(text := body.get(key), str)), "")
    if not said and isinstance(failure, ai.AgentRunError | ai.UserError) and not isinstance(failure, ai.ModelHTTPError):
        said = _deepest(failure).partition("\n")[0]
    if access.key:
        said = said.replace(access.key, "…")
    said = _IN_URL.sub("…", _KEY.sub("…", said[:_READ_LIMIT]))
    return clip(visible(" ".join(said.split())), QUOTE_LIMIT)


def _inner(body: object) -> Mapping[str, Any]:
    """Return the object of an error body that says what is wrong; providers nest it differently."""
    while isinstance(body, Mapping) and body.get("error"):
        body = body["error"]
    return body if isinstance(body, Mapping) else {"message": body}


def _deepest(failure: BaseException) -> str:
    """Return the message of the innermost cause that has one: a library's own only says that something failed."""
    text = str(failure)
    while failure.__cause__ is not None:
        failure = failure.__cause__
        text = str(failure) or text
    return text
