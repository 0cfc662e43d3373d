"""Encryption of what the journal keeps: each value by itself, so that the order and the cost of runs stay readable."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

from llmspell.errors import ConfigError
from llmspell.journal.values import ASIDE, LARGEST, Scrub, Sealed, digest, fold, unfold

VARIABLE = "LLMSPELL_JOURNAL_KEY"
"""The variable of the environment that can hold the key."""
SERVICE, USER = "llmspell", "journal"
"""Where the keyring has it."""
MAKE = "openssl rand -base64 32"
"""The command that makes a key."""

_KEY = 32
_ID = 4
_NONCE = 12
_HEAD = _ID + _NONCE
_PLAIN, _PACKED = b"\0", b"\1"


def key_of(environ: Mapping[str, str]) -> bytes:
    """Return the key of the person: from the environment, or else from the keyring of the system.

    Raises:
        ConfigError: there is none, or it is none.
    """
    text = environ.get(VARIABLE, "").strip() or (_in_keyring() or "").strip()
    if not text:
        hint = f"export {VARIABLE}=$({MAKE}), and keep that key: without it nobody reads the journal again"
        raise ConfigError(f"the journal is encrypted, and there is no key: neither {VARIABLE} nor a keyring", hint=hint)
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY:
        raise ConfigError(
            f"the key of the journal is not {_KEY} bytes in base64", hint=f"`{MAKE}` makes one; set it as {VARIABLE}"
        )
    return key


def _in_keyring() -> str | None:
    """Return what the keyring has; it is asked only where the environment has no key."""
    try:
        import keyring
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, USER)
    except keyring.errors.KeyringError:
        return None


class Seal:
    """Encrypts and decrypts with one key: AES-256 in GCM.

    Args:
        key: 32 random bytes.

    Raises:
        ConfigError: the library for it is not installed.
    """

    def __init__(self, key: bytes) -> None:
        try:
            from cryptography.exceptions import InvalidTag
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError:
            hint = "pip install 'llmspell[encryption]'"
            raise ConfigError("the journal is encrypted, and the package cryptography is missing", hint=hint) from None
        self._cipher = AESGCM(_derived(key, b"values"))
        self._nonces = _derived(key, b"nonces")
        self._invalid = InvalidTag
        self._id = _derived(key, b"id")[:_ID]

    def close(self, value: Any, place: bytes, scrub: Scrub | None = None) -> Sealed:
        """Return data encrypted for one place; raises what `fold` raises.

        What is long is encrypted by itself and always to the same bytes, wherever it stands, so that the store still
        keeps it once; what holds it together names it by the hash of its content.

        Args:
            value: the data.
            place: where it belongs: nowhere else is it opened.
            scrub: makes secrets unreadable in it.
        """
        folded = fold(value, scrub)
        return Sealed(self.encrypt(folded.json.encode(), place), [self.encrypt(part) for part in folded.aside.values()])

    def open(self, sealed: Sealed, place: bytes) -> Any:
        """Return what was encrypted for a place.

        Raises:
            ConfigError: it was encrypted with another key or for another place, or is damaged.
        """
        parts = {digest(content): content for content in map(self.decrypt, sealed.parts)}
        try:
            return unfold(self.decrypt(sealed.head, place).decode(), parts.__getitem__)
        except KeyError:
            raise ConfigError("a value in the journal is damaged") from None

    def encrypt(self, plain: bytes, place: bytes = b"", *, packed: bool = True) -> bytes:
        """Return bytes encrypted: equal ones for one place give equal ones, and only their length can be told of them.

        The nonce is a keyed hash of what is encrypted and of the place, so that no two different texts ever share one,
        and no two places either.

        Args:
            plain: the bytes.
            place: where they belong.
            packed: whether they may be compressed.
        """
        small = zlib.compress(plain, 1) if packed and len(plain) >= ASIDE else plain
        body = _PACKED + small if len(small) < len(plain) else _PLAIN + plain
        whole = len(place).to_bytes(4) + place + body
        nonce = hashlib.blake2b(whole, key=self._nonces, digest_size=_NONCE).digest()
        return self._id + nonce + self._cipher.encrypt(nonce, body, self._id + place)

    def decrypt(self, content: bytes, place: bytes = b"") -> bytes:
        """Return what was encrypted; raises what `open` raises."""
        if content[:_ID] != self._id:
            raise ConfigError(
                "this part of the journal is encrypted with another key",
                hint=f"set {VARIABLE} to the key that it was written with",
            )
        try:
            body = self._cipher.decrypt(content[_ID:_HEAD], content[_HEAD:], self._id + place)
            if body[:1] == _PLAIN:
                return body[1:]
            unpacking = zlib.decompressobj()
            plain = unpacking.decompress(body[1:], LARGEST + 1)
        except (self._invalid, ValueError, zlib.error):
            hint = "it was changed, or moved from another place, since it was encrypted"
            raise ConfigError("a value in the journal is damaged", hint=hint) from None
        if len(plain) > LARGEST:
            raise ConfigError("a value in the journal is damaged")
        return plain


def _derived(key: bytes, use: bytes) -> bytes:
    return hashlib.blake2b(key=key, person=use, digest_size=_KEY).digest()
