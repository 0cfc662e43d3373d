"""The folder in which spells under test read and write: made for one test, and gone with it."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from llmspell.errors import ArgumentError, PermissionDenied
from llmspell.project import MARK, Project, folders
from llmspell.state import Store
from llmspell.wording import shown, visible

PROMPTS = "prompts"
"""The folder of the project that every test has."""
MOST_FILES = 1000
"""Files that a test may have, or look at afterwards."""
MOST_BYTES = 16 * 1024 * 1024
"""Bytes that they may have together."""

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Scratch:
    """A folder that is a project of its own, with the settings and prompts of another.

    Args:
        project: whose settings and prompts these are.
    """

    def __init__(self, project: Project) -> None:
        self._origin = project.root
        self._left = MOST_BYTES
        self._files = 0
        root = Path(tempfile.mkdtemp(prefix="llmspell-test-")).resolve()
        self.project = Project(root, marked=True)
        (root / MARK).touch()
        for name in (MARK, PROMPTS):
            if (project.root / name).exists():
                self._copy(name)
        self._known = dict(self._found())

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.project.root, ignore_errors=True)

    def add(self, files: Mapping[str, Any]) -> None:
        """Put files there: texts by their paths; `true` copies a file or a folder of the project.

        Raises:
            ArgumentError: something is no path or no text, is not there, or is too much.
            PermissionDenied: a path leads out of the folder.
        """
        for name, content in files.items():
            if content is True:
                self._copy(name.rstrip("/"))
            elif isinstance(content, str):
                self._write(self._target(name), content.encode())
            else:
                message = f"cast: `files` has the text of each file, or true to copy it; {shown(name)} has neither"
                raise ArgumentError(message)
        self._known |= dict(self._found())

    def inside(self, path: str) -> bool:
        """Return whether a path, as a spell writes it, stays in the folder."""
        if path.startswith("~"):
            return False
        whole = os.path.normpath(self.project.root / path)
        return Path(whole).is_relative_to(self.project.root)

    def written(self) -> dict[str, str]:
        """Return what the spells of the test have written: texts by path; what is no text is left out."""
        texts: dict[str, str] = {}
        left = MOST_BYTES
        for name, stamp in self._found():
            if self._known.get(name) == stamp or len(texts) == MOST_FILES or stamp[1] > left:
                continue
            try:
                texts[name] = (self.project.root / name).read_bytes().decode()
            except (UnicodeDecodeError, OSError):
                continue
            left -= stamp[1]
        return texts

    def remember(self, identity: str, values: Mapping[str, Any]) -> None:
        """Let a spell find values in its `State`."""
        with _Stored(self.project) as store:
            for key, value in values.items():
                store.put(f"spell:{identity}", key, msgspec.json.encode(value).decode())

    def state(self, identity: str) -> dict[str, Any]:
        """Return what a spell keeps in its `State`."""
        with _Stored(self.project) as store:
            scope = f"spell:{identity}"
            found = {key.text: store.get(scope, key.text) for key in store.keys(scope, "", 1000)}
        return {key: msgspec.json.decode("null" if kept is None else kept.text) for key, kept in found.items()}

    def _found(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield the files that spells can see, each with what changes when it is written."""
        root = self.project.root
        for folder, found in folders(root, lambda name: name.startswith(".")):
            for path in (folder / name for name in found):
                told = path.lstat()
                yield str(path.relative_to(root)), (told.st_mtime_ns, told.st_size)

    def _target(self, name: str) -> Path:
        if not name or "\0" in name or not self.inside(name) or (path := Path(name)).is_absolute():
            raise PermissionDenied(
                f"cast: the path {shown(name)} leads out of the folder of the test",
                hint="write a path from the folder of the project on",
            )
        return self.project.root / os.path.normpath(path)

    def _copy(self, name: str) -> None:
        target = self._target(name)
        origin = self._origin / target.relative_to(self.project.root)
        if origin.resolve() != origin:
            raise PermissionDenied(f"cast: {visible(name)} leads over a symbolic link")
        if origin.is_dir():
            for folder, names in folders(origin, lambda _: False):
                for path in (folder / name for name in names):
                    if not path.is_symlink():
                        self._write(target / path.relative_to(origin), _read(path, self._left))
        elif origin.is_file():
            self._write(target, _read(origin, self._left))
        else:
            raise ArgumentError(f"cast: `files` copies {shown(name)}, but the project has no such file")

    def _write(self, path: Path, content: bytes) -> None:
        self._files += 1
        self._left -= len(content)
        if self._left < 0 or self._files > MOST_FILES:
            raise ArgumentError(f"cast: a test may have {MOST_FILES} files with {MOST_BYTES // 2**20} MiB together")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


class _Stored:
    """The store of a project, open for a moment; no run uses it meanwhile."""

    def __init__(self, project: Project) -> None:
        self._store = Store(project.data() / "state.db")

    def __enter__(self) -> Store:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def _read(path: Path, most: int) -> bytes:
    descriptor = os.open(path, _OPEN)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most + 1)
