"""A spell: the source of a script, its language and its manifest; and what it takes as input."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from llmspell import data, files, manifest
from llmspell.errors import ArgumentError
from llmspell.language import SUFFIXES, by_shebang, named, told
from llmspell.manifest import Manifest
from llmspell.project import Project
from llmspell.wording import clip, shown

SOURCE_LIMIT = 1024 * 1024
"""Bytes that the source of a spell may have."""
INPUT_LIMIT = 16 * 1024 * 1024
"""Bytes that the input of a spell may have."""

_INPUT_HINTS = {
    "text": "llmspell run {0} FILE, or: cat FILE | llmspell run {0}",
    "json": "llmspell run {0} FILE, or: cat FILE | llmspell run {0}",
    "file": "llmspell run {0} FILE",
    "files": "llmspell run {0} FILE…",
}


class Stdin(Protocol):
    """What `Spell.arguments` needs of `sys.stdin`."""

    @property
    def buffer(self) -> BinaryIO:
        """The bytes beneath the text."""
        ...

    def isatty(self) -> bool:
        """Return whether a person types it."""
        ...


@dataclass(frozen=True)
class Spell:
    """A script that can be run. `name` is the path as the user gave it; the source has no shebang, no BOM and no CR."""

    name: str
    language: str
    source: str
    manifest: Manifest
    path: Path | None = field(default=None, compare=False)

    @classmethod
    def from_path(cls, path: str | Path, engine: str | None = None) -> "Spell":
        """Return the spell in a file.

        Args:
            path: the file.
            engine: `lua`, `javascript` or `js`, if the file does not say, or says something else.

        Raises:
            ArgumentError: there is no such file, or it is not text; with the cure.
            ConfigError: nothing says which language it is, or its manifest is wrong.
        """
        name = str(path)
        with files.opened(name, "spell", SUFFIXES) as file:
            raw = files.limited(file, SOURCE_LIMIT, name)
        language = told(name, engine) or by_shebang(raw, name)
        return cls._of(files.decoded(raw, name), language, name, Path(path))

    @classmethod
    def from_source(cls, source: str, language: str, name: str = "spell") -> "Spell":
        """Return the spell in a text.

        Raises:
            ArgumentError: it is too long or not valid text, or there is no such language.
            ConfigError: its manifest is wrong.
        """
        if len(data.text(source, name).encode()) > SOURCE_LIMIT:
            raise files.too_large(name, SOURCE_LIMIT)
        return cls._of(source, named(language), name, None)

    @classmethod
    def _of(cls, source: str, language: str, name: str, path: Path | None) -> "Spell":
        source = normal(source)
        return cls(name, language, source, manifest.read(source, language, name), path)

    def input_files(self, args: Any) -> list[str]:
        """Return the files that a person has named as the input, where the spell takes paths and reads them itself."""
        given = args.get("input") if isinstance(args, dict) else None
        match self.manifest.input:
            case "file":
                return [given] if isinstance(given, str) else []
            case "files":
                return [path for path in given if isinstance(path, str)] if isinstance(given, list) else []
        return []

    def arguments(self, words: Sequence[str], stdin: Stdin | None = None) -> dict[str, Any]:
        """Return what `spell()` returns in the script, from the words of a command line and what is on stdin.

        Args:
            words: what follows `llmspell run SPELL`, without the options of `run`.
            stdin: read if the spell takes text or JSON, no word names a file, and nobody types it.

        Raises:
            ArgumentError: an option or the input is unknown, missing or wrong.
        """
        parsed = self.manifest.options(self.name).parse(words)
        found = read_input(self.manifest.input, parsed.words, stdin, self.name)
        if self.manifest.input in ("file", "files"):
            found = self._for_script(found)
        given = {"input": found} if self.manifest.input else {}
        return parsed.values | given | {"rest": list(parsed.rest)}

    def _for_script(self, paths: Any) -> Any:
        """Return paths that a person gave from where they stand as the script will use them, from its project on."""
        project = Project.of(self.path)
        if isinstance(paths, list):
            return [_named(project, path) for path in paths]
        return _named(project, paths)


def _named(project: Project, path: str) -> str:
    """Return a path from the project on; a folder that is called `~` is nobody's home."""
    name = project.name(Path(path))
    return f"./{name}" if name.split("/")[0] == "~" else name


def normal(source: str) -> str:
    """Return a source with plain newlines, without a byte order mark, and with an empty line for a shebang."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if source.startswith("#!"):  # not a comment in Lua, and not where an engine puts code around a spell
        source = source[source.find("\n") :] if "\n" in source else ""
    return source


def read_input(kind: str | None, words: Sequence[str], stdin: Stdin | None, name: str = "this spell") -> Any:
    """Return the input of a spell: text, a path, a list of paths, or data.

    Args:
        kind: what the manifest asks for; None if the spell takes no input.
        words: the words of the command line that are no options; `-` is stdin.
        stdin: where text and JSON come from if no word names a file.
        name: the spell, for the errors.

    Raises:
        ArgumentError: there is no input, too much, or it cannot be read as what it should be.
    """
    if kind is None:
        if words:
            given = clip(" ".join(words), 60)
            raise ArgumentError(f"{name} takes no input, got {shown(given)}", hint="options are written --name=value")
        return None
    if not words and (kind in ("file", "files") or stdin is None or stdin.isatty()):
        raise ArgumentError(f"{name} needs an input", hint=_INPUT_HINTS[kind].format(name))
    if kind == "files":
        return [_existing(word) for word in words]
    if len(words) > 1:
        raise ArgumentError(f"{name} takes one input, got {len(words)}: {clip(' '.join(words), 60)}")
    if kind == "file":
        return _existing(words[0])
    text, origin = _input_text(words, stdin)
    return data.parse_json(text, origin) if kind == "json" else text


def _input_text(words: Sequence[str], stdin: Stdin | None) -> tuple[str, str]:
    if words and words[0] != "-":
        with files.opened(words[0], pipes=True) as file:
            raw = files.limited(file, INPUT_LIMIT, words[0])
        return files.decoded(raw, words[0]), words[0]
    if stdin is None:
        raise ArgumentError("there is no stdin to read")
    return files.decoded(files.limited(stdin.buffer, INPUT_LIMIT, "stdin"), "stdin"), "stdin"


def _existing(word: str) -> str:
    """Return a path of a file that exists, as it was given."""
    if word == "-":
        raise ArgumentError("the input must be the path of a file, not stdin")
    with files.opened(word):
        return data.text(word, "the path of the input")
