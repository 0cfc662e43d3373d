"""Secrets: keys and tokens that a script names, and that the host alone fills in."""

import base64
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple

from llmspell.bridge.op import Global, Handle, op
from llmspell.context import Context
from llmspell.errors import ArgumentError, PermissionDenied, within
from llmspell.secrets import Secrets as Known
from llmspell.secrets import placeholder
from llmspell.security import bindings
from llmspell.security.rules import Decision
from llmspell.security.urls import Target
from llmspell.web.exchange import check_headers
from llmspell.wording import clip, listed, visible


class Secret(Handle):
    """A secret, to be given to `Http` as `auth` or in `headers`; nothing else takes one, and nothing shows what it is.

    Args:
        secret_name: its name.
    """

    label_field = "secret_name"

    def __init__(self, name: str) -> None:
        self.name = name
        self.label = placeholder(name)


class Secrets(Global):
    """Use keys and tokens without seeing them: the host fills them in, for the hosts that they are for."""

    context: Context

    @op(needs="secrets", reveals=True)
    async def get(self, name: str) -> Secret:
        """Return a secret that may be sent, though not read.

        Args:
            name: as `allow.secrets` names it in front of the `@`.
        """
        bindings.check_name(name)
        access = self.context.access
        decision = access.decide("secrets", name)
        if not decision.allowed and (decision.how != "undecided" or access.person is None):
            raise access.rules.refusal("secrets", f"{name}@HOST", f'the secret "{name}"', decision)
        self.context.vault.value(name)  # a missing one is missed here
        return Secret(name)


class Slot(NamedTuple):
    """A header that the host fills in.

    Args:
        header: its name.
        secret: the name of what is filled in.
        before: what stands in front of that.
        user: for whom it is the password, where the header is for that.
    """

    header: str
    secret: str
    before: str = ""
    user: str | None = None

    def filled(self, value: str) -> tuple[str, str]:
        """Return the header as it is sent; what is wrong with a value is said without the value.

        Raises:
            ArgumentError: the value cannot stand in a header.
        """
        if self.user is not None:
            return self.header, "Basic " + base64.b64encode(f"{self.user}:{value}".encode()).decode()
        if len(value) > MOST or not _LINE.fullmatch(value):
            hint = f"a header has one line of ASCII, of at most {MOST // 1024} KiB"
            raise ArgumentError(f'the secret "{self.secret}" cannot stand in a header', hint=hint)
        return self.header, self.before + value


MOST = 16 * 1024
"""Characters of a secret in a header."""

_LINE = re.compile(r"[\t\x20-\x7e]*")
_USER = re.compile(r"[^:\x00-\x1f\x7f]{0,200}")
_USAGE = 'write `auth = Secrets.get("mail")`, or `auth = { user = "me", password = Secrets.get("mail") }`'
_PREFIXED = '`{ "Token ", Secrets.get("mail") }` is a secret with a text in front of it'


def parted(headers: Mapping[str, Any], auth: Any) -> tuple[dict[str, str], list[Slot]]:
    """Return the headers of a request that a script has written, and those that the host fills in.

    Raises:
        ArgumentError: one of them is neither.
    """
    slots = [] if auth is None else [_authorization(auth)]
    written: dict[str, str] = {}
    with within("`headers`"):
        for name, value in headers.items():
            if isinstance(value, str):
                written[name] = value
            else:
                slots.append(_slot(name, value))
        check_headers({slot.header: slot.before for slot in slots})
    taken = [name.lower() for name in (*written, *(slot.header for slot in slots))]
    if double := next((slot.header for slot in slots if taken.count(slot.header.lower()) > 1), None):
        raise ArgumentError(f"`{double}` is given twice", hint="`auth` is the header Authorization")
    return written, slots


def _authorization(auth: Any) -> Slot:
    match auth:
        case Secret(name=name):
            return Slot("Authorization", name, "Bearer ")
        case {"user": str(user), "password": Secret(name=name), **rest} if not rest:
            if not _USER.fullmatch(user):
                raise ArgumentError("`auth.user` must be one line without a colon, of at most 200 characters")
            return Slot("Authorization", name, user=user)
    raise ArgumentError("`auth` must be a secret, or a user and a secret", hint=_USAGE)


def _slot(header: str, value: Any) -> Slot:
    match value:
        case Secret(name=name):
            return Slot(header, name)
        case [str(before), Secret(name=name)]:
            return Slot(header, name, before)
    raise ArgumentError(f"`{clip(visible(header), 60)}` must be a string or a secret", hint=_PREFIXED)


async def fill(context: Context, url: Target, slots: Sequence[Slot], op_name: str) -> tuple[tuple[str, str], ...]:
    """Return headers with the secrets in them, for one site; each is decided about, and written down.

    Args:
        context: of the run.
        url: where they go.
        slots: what to fill in.
        op_name: what sends them.

    Raises:
        PermissionDenied: a secret may not go there.
        SpellError: it is not set, or cannot stand in a header.
    """
    for name in dict.fromkeys(slot.secret for slot in slots):
        _check_place(context, name, url)
        await context.access.permit("secrets", bindings.written(name, url), op_name)
    found = tuple(slot.filled(context.vault.value(slot.secret)) for slot in slots)
    if sum(len(value) for _, value in found) > 2 * MOST:
        raise ArgumentError(f"the secrets in `headers` are longer than {2 * MOST // 1024} KiB together")
    return found


async def cleaned(pieces: AsyncIterator[bytes], known: Known) -> AsyncIterator[bytes]:
    """Yield the pieces of a body with the names of secrets in their places, wherever it is cut.

    Args:
        pieces: of the answer to a request that had a secret: a file can be read in pieces, and so the secret.
        known: what is looked for.
    """
    rest = ""
    async for piece in pieces:
        text = rest + piece.decode("latin-1")
        end = len(text) - known.held(text)
        rest = text[end:]
        if end:
            yield _clean(text[:end], known)
    if rest:
        yield _clean(rest, known)


def _clean(text: str, known: Known) -> bytes:
    found = known.scrub(text.encode("latin-1"))
    assert isinstance(found, bytes)
    return found


def _check_place(context: Context, name: str, url: Target) -> None:
    """Refuse a host that no rule can make one of the secret: whoever keeps it has bound it, or all could listen."""
    value = bindings.written(name, url)
    for kept in context.vault.bound(name):
        if not bindings.leads([kept.hosts], url.host, url.port):
            message = f'the secret "{name}" is for {listed(kept.hosts)}, and not for "{url.authority}"'
            raise _refused(value, message, f"its `hosts` = {listed(kept.hosts)}", kept.place)
    if url.scheme != "https" and not bindings.is_this_machine(url.host):
        message = f'the secret "{name}" goes over https alone, and not to "{url.scheme}://{url.authority}"'
        raise _refused(value, message, "secrets are sent encrypted, or stay on this machine", "")


def _refused(value: str, message: str, rule: str, place: str) -> PermissionDenied:
    error = PermissionDenied(message, data={"rule": f"{rule} in {place}" if place else rule})
    error.decision = Decision(False, "secrets", value, rule, place, "denied")
    error.told = rule
    return error
