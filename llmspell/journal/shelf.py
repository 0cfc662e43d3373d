"""What was put aside and is read for one answer: each content once, and not more of it than memory may hold."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from llmspell.errors import ConfigError
from llmspell.journal.values import LARGEST

AT_HAND = 2 * LARGEST
"""Bytes that stay at hand, because the next value may name them again."""


_T = TypeVar("_T", str, bytes)


class TooMuch(ConfigError):
    """Values name more than may be read at once."""


class Shelf:
    """Reads what values name: a journal of a few kilobytes can name gigabytes, again and again.

    Args:
        most: bytes that may be read in all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._blobs: OrderedDict[bytes, bytes] = OrderedDict()
        self.read = 0
        """Bytes that were read."""

    def text(self, sha: bytes, fetch: Callable[[bytes], bytes]) -> str:
        """Return the text that lies under a hash; raises what `blob` raises, and ValueError if it is none."""
        return self._found(self._texts, sha, lambda: self._fetched(sha, fetch).decode())

    def blob(self, sha: bytes, fetch: Callable[[bytes], bytes]) -> bytes:
        """Return what lies under a hash.

        Args:
            sha: the hash.
            fetch: gets it from where it is kept; what it raises is raised.

        Raises:
            TooMuch: with it more is read than may be.
        """
        return self._found(self._blobs, sha, lambda: self._fetched(sha, fetch))

    def _fetched(self, sha: bytes, fetch: Callable[[bytes], bytes]) -> bytes:
        found = fetch(sha)
        self.read += len(found)
        if self.read > self._most:
            raise TooMuch(
                f"what is read of the journal has more than {self._most / 2**20:.0f} MiB",
                hint="if you trust it, set `run` in the section [journal] of llmspell.toml to more",
            )
        return found

    def _found(self, held: OrderedDict[bytes, _T], sha: bytes, fetch: Callable[[], _T]) -> _T:
        if sha in held:
            held.move_to_end(sha)
            return held[sha]
        found = held[sha] = fetch()
        self._held += len(found)
        while self._held > AT_HAND and len(held) > 1:
            self._held -= len(held.popitem(last=False)[1])
        return found
