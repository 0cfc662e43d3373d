"""Bodies of answers: decompressed piece by piece, so that none grows beyond its bound, and read as text."""

import asyncio
import codecs
import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from llmspell.errors import HttpError

PIECE = 64 * 1024
"""Bytes that a decompressed piece has at most."""

_BREATH = 16
"""Pieces after which others on the loop have their turn."""

ACCEPTED = "gzip, deflate"

# Python's codecs for text, but not those that run code, take quadratic time or mean no text of the web.
_CHARSETS = re.compile(
    r"ascii|utf-?(8(-sig)?|16(-?[lb]e)?|32(-?[lb]e)?)|iso8859-\d+|cp\d+|mac-.*|koi8-\w|gb\w+|hz|big5\w*|euc[_-]\w+"
    r"|shift_?jis\w*|iso2022_\w+|johab|tis-620",
    re.IGNORECASE,
)


async def decompressed(pieces: AsyncIterator[bytes], encoding: str, host: str) -> AsyncGenerator[bytes, None]:
    """Yield a body without its `Content-Encoding`.

    Raises:
        HttpError: it is compressed in a way that nobody asked for, or damaged.
    """
    names = [name for word in encoding.lower().split(",") if (name := word.strip()) not in ("", "identity")]
    if any(name not in ("gzip", "x-gzip", "deflate") for name in names) or len(names) > 2:
        raise HttpError(f"{host} sent its answer compressed as {encoding[:60]}, which nobody asked for")
    for _ in names:
        pieces = _inflated(pieces, host)
    async for piece in pieces:
        yield piece


async def _inflated(pieces: AsyncIterator[bytes], host: str) -> AsyncIterator[bytes]:
    stream, count = _Stream(), 0
    async for piece in pieces:
        try:
            for part in stream.feed(piece):
                yield part
                count += 1
                if count % _BREATH == 0:
                    await asyncio.sleep(0)
        except zlib.error:
            raise HttpError(f"{host} sent a damaged answer: what is compressed in it cannot be read") from None
    if not stream.complete:
        raise HttpError(f"{host} sent a damaged answer: what is compressed in it breaks off", retryable=True)


class _Stream:
    """Inflates gzip, zlib and raw deflate, whichever it is, in pieces of bounded size."""

    def __init__(self) -> None:
        self._engine: zlib._Decompress | None = None

    @property
    def complete(self) -> bool:
        return self._engine is None or self._engine.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._engine is None:
                self._engine = _engine(data)
            elif self._engine.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return  # padding after the end
                self._engine = _engine(data)
            engine = self._engine
            while data and not engine.eof:
                part = engine.decompress(data, PIECE)
                data = engine.unconsumed_tail
                yield part
            while not engine.eof and (part := engine.decompress(b"", PIECE)):
                yield part
            data = engine.unused_data


def _engine(data: bytes) -> "zlib._Decompress":
    """Return what inflates a body that begins so: gzip and zlib say what they are, raw deflate does not."""
    if data.startswith(b"\x1f"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    is_zlib = data[0] & 15 == 8 and (len(data) < 2 or (data[0] << 8 | data[1]) % 31 == 0)
    return zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


def text(body: bytes, content_type: str) -> str:
    """Return a body as text, in the charset that its type names, UTF-8 unless it does.

    Raises:
        ValueError: it is none.
    """
    found = re.search(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE | re.ASCII)
    if found is None:
        return body.decode("utf-8-sig")
    try:
        name = codecs.lookup(found[1]).name
    except LookupError:
        raise ValueError(f"nobody knows the charset {found[1]}") from None
    if not _CHARSETS.fullmatch(name):
        raise ValueError(f"{found[1]} is not a charset")
    return body.decode("utf-8-sig" if name in ("utf-8", "ascii") else name)
