"""Files that a person names on a command line: opened, read and decoded, with an error that tells the cure."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from llmspell.errors import ArgumentError
from llmspell.wording import suggest

_SIBLINGS = 1000
_STDIN = "/dev/stdin"


@contextmanager
def opened(
    name: str, what: str = "file", suffixes: Sequence[str] = ("",), *, pipes: bool = False, links: bool = True
) -> Iterator[BinaryIO]:
    """Open a regular file, or `/dev/stdin`, to read its bytes.

    Args:
        name: its path as the person gave it.
        what: what it should be, for the error.
        suffixes: of files that could have been meant, if it is a directory.
        pipes: whether it may also be a pipe with a name, such as `<(command)` of a shell, and be waited for.
        links: whether it may be a symbolic link.

    Raises:
        ArgumentError: it does not exist, is a directory or a device, or cannot be read.
    """
    try:
        waits = name == _STDIN or (pipes and stat.S_ISFIFO(os.stat(name).st_mode))  # noqa: PTH116
        opener = _open_at_once if links else _open_itself
        with open(name, "rb", opener=None if waits else opener) as file:
            if not waits and not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ArgumentError(f"{name} is not a regular file")
            yield file
    except IsADirectoryError:
        raise ArgumentError(f"{name} is a directory, not a {what}", hint=_inside(name, suffixes)) from None
    except (FileNotFoundError, NotADirectoryError):
        raise ArgumentError(f"there is no file {name}", hint=_beside(name)) from None
    except OSError as error:
        raise ArgumentError(f"cannot read {name}: {error.strerror}") from None
    except ValueError:  # a path with a NUL
        raise ArgumentError(f"cannot read {name}: it is not a path") from None


def _open_at_once(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)  # a pipe would wait for its writer, a device for whatever it likes


def _open_itself(name: str, flags: int) -> int:
    return _open_at_once(name, flags | os.O_NOFOLLOW)


def limited(file: BinaryIO, limit: int, name: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        ArgumentError: there are more than the limit, which is a number of MiB.
    """
    raw = file.read(limit + 1)
    if len(raw) > limit:
        raise too_large(name, limit)
    return raw


def too_large(name: str, limit: int) -> ArgumentError:
    """Return the error for what is larger than a limit of so many bytes."""
    size = f"{limit / 2**20:g} MiB" if limit >= 2**20 else f"{limit / 2**10:g} KiB"
    return ArgumentError(f"{name} is too large: more than {size}")


def decoded(raw: bytes, name: str) -> str:
    """Return the text of bytes in UTF-8, without a byte order mark.

    Raises:
        ArgumentError: they are not UTF-8; with the offset and the line of the first byte that is not.
    """
    try:
        return raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{name} is not UTF-8: {misplaced(error)}", hint="save it as UTF-8") from None


def misplaced(error: UnicodeDecodeError) -> str:
    """Return which byte is not UTF-8, and where it is."""
    raw, at = error.object, error.start
    line = raw.count(b"\n", 0, at) + 1
    return f"byte 0x{raw[at]:02x} at offset {at}, line {line}"


def _beside(name: str) -> str | None:
    """Return a hint for a path that does not exist: the file beside it that was probably meant."""
    folder, word = os.path.split(name)
    stem, suffix = os.path.splitext(word)  # noqa: PTH122
    # A common suffix says nothing; among files of the same stem the one with the same suffix is meant.
    found = sorted(names(folder or "."), key=lambda each: each.endswith(suffix))
    stems = {os.path.splitext(each)[0]: each for each in found}  # noqa: PTH122
    near = suggest(stem, stems)
    return f"did you mean {os.path.join(folder, stems[near])}?" if near else None  # noqa: PTH118


def _inside(name: str, suffixes: Sequence[str]) -> str | None:
    """Return a hint for a path of a directory: a file in it that could have been meant."""
    found = [each for each in names(name) if each.endswith(tuple(suffixes))]
    return f"name a file in it, for example {os.path.join(name, found[0])}" if found else None  # noqa: PTH118


def names(folder: str) -> list[str]:
    """Return the files in a folder, in the order of their names and not more than can be shown; none if it cannot."""
    try:
        with os.scandir(folder) as entries:
            return sorted(each.name for each in islice(entries, _SIBLINGS) if each.is_file())
    except OSError:
        return []
