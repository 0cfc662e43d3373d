"""Which file a module is in, and what it holds: a file of the project, whatever the source that names it says."""

import os
import posixpath
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path, PurePosixPath

from llmspell import files
from llmspell.errors import ConfigError
from llmspell.language import LANGUAGES
from llmspell.security import folder
from llmspell.security.paths import Spot
from llmspell.wording import clip, suggest, visible

LARGEST = 1024 * 1024
"""Bytes that one module may have."""

_SUFFIXES = {language: each.suffixes for language, each in LANGUAGES.items()} | {"json": (".json",)}
_LANGUAGES = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes}
_NAMES = {"lua": "Lua", "javascript": "JavaScript"}
_EXAMPLES = {"lua": 'require("lib.util") is lib/util.lua', "javascript": 'import … from "./lib/util.js"'}
_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)*")


def module_language(path: str) -> str:
    """Return the language of a module."""
    return _LANGUAGES[posixpath.splitext(path)[1]]


def _all(path: str) -> bool:  # noqa: ARG001
    return True


class Library:
    """The files of a project, as the modules of a spell. All paths are relative to the project, with `/`.

    Args:
        root: the folder of the project, absolute and without links.
        folder: the folder of the spell.
        language: of the spell.
        sees: whether anything may be told of a path, even that it is there.
    """

    def __init__(self, root: Path, folder: str, language: str, sees: Callable[[str], bool] = _all) -> None:
        self._root = root
        self._folder = folder
        self._language = language
        self._sees = sees

    def resolve(self, specifier: str, importer: str) -> str:
        """Return the path of the module that a source means: of one that is there, or of one that nobody may see.

        Args:
            specifier: as it is written there.
            importer: the path of the file where it is written.

        Raises:
            ConfigError: it means no file of the project that can be a module.
        """
        if not specifier.isprintable() or len(specifier) > 1000:
            raise self._refused(specifier, "is not the name of a module")
        paths = self._lua_paths(specifier) if self._language == "lua" else [self._javascript_path(specifier, importer)]
        inside = [path for path in paths if not path.startswith("..")]
        paths = [self._inside(path, specifier) for path in inside or paths]
        found = next((path for path in paths if self._sees(path) and os.path.lexists(self._root / path)), None)
        if found is None:
            found = next((path for path in paths if not self._sees(path)), None)
            if found is None:
                raise self._missing(specifier, paths)
            return found
        return self._real(found, specifier)

    def read(self, path: str, spot: Spot | None = None) -> str:
        """Return the text of a module.

        Args:
            path: of it.
            spot: the place of it; unless given, the path in the project, and nothing is denied.

        Raises:
            PermissionDenied: it is denied by another name.
            SpellError: it cannot be read, is too large or is not UTF-8.
        """
        spot = spot or Spot(visible(path), str(self._root), PurePosixPath(path).parts)
        try:
            with folder.parent(spot) as (where, name), where.opened(name, spot.name) as descriptor:
                raw = folder.read(descriptor, LARGEST + 1)
        except OSError as error:
            raise ConfigError(f"cannot read {spot.name}: {error.strerror}") from None
        if len(raw) > LARGEST:
            raise files.too_large(path, LARGEST)
        return files.decoded(raw, path)

    # -- names --------------------------------------------------------------------------------------------------------

    def _lua_paths(self, name: str) -> list[str]:
        """Return where a name of Lua may lead, best first: below the folder of the spell, then below the project."""
        tails = []
        if _DOTTED.fullmatch(name):
            base = name.replace(".", "/")
            tails = [f"{base}.lua", f"{base}/init.lua"]
        if name.endswith(".json") and not name.startswith("/"):
            tails.append(name)
        if not tails:
            raise self._refused(name, "is not the name of a module", self._dotted_hint(name))
        return [posixpath.normpath(posixpath.join(base, tail)) for base in (self._folder, "") for tail in tails]

    def _dotted_hint(self, name: str) -> str | None:
        if name.endswith((".js", ".mjs")):
            return "what a spell in Lua requires is a file in Lua, or of JSON"
        dotted = posixpath.normpath(name).removesuffix(".lua").replace("/", ".")
        if name.startswith("/") or not _DOTTED.fullmatch(dotted):
            return None
        return f'dots are folders, and there is no suffix: require("{dotted}")'

    def _javascript_path(self, specifier: str, importer: str) -> str:
        if re.match(r"[A-Za-z][\w+.-]*:", specifier):
            raise self._refused(specifier, "is not a file of the project: nothing is loaded from elsewhere")
        if not specifier.startswith(("./", "../")):
            if specifier.startswith("/"):
                raise self._refused(specifier, "is not a file of the project")
            path = specifier if "." in specifier else f"lib/{specifier}.js"
            hint = f'a module is a file of the project: import … from "./{clip(path, 60)}"'
            raise ConfigError(f"there are no packages: {_quoted(specifier)} is not fetched from anywhere", hint=hint)
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))

    def _inside(self, path: str, specifier: str) -> str:
        """Return a path that does not leave the project, as far as its text tells."""
        parts = PurePosixPath(path).parts
        if parts[:1] in ((), ("..",), ("/",)):
            raise self._refused(specifier, "leads out of the project")
        if any(part.startswith(".") for part in parts):
            raise self._refused(specifier, "leads to what is hidden", "a module does not begin with a dot")
        return path

    # -- files --------------------------------------------------------------------------------------------------------

    def _real(self, path: str, specifier: str) -> str:
        """Return the path of the file itself, where links may have led to it."""
        real = os.path.realpath(self._root / path)
        if os.path.commonpath((real, self._root)) != str(self._root):
            raise self._refused(specifier, "leads out of the project")
        found = self._inside(os.path.relpath(real, self._root), specifier)
        if not self._sees(found):
            return found
        if (self._root / found).is_dir():
            raise ConfigError(f"{visible(path)} is a directory, not a module", hint=self._within(path))
        language = _LANGUAGES.get(posixpath.splitext(found)[1])
        if language in (self._language, "json"):
            return found
        if language is not None:
            raise self._foreign(found, language)
        wanted = ", ".join((*_SUFFIXES[self._language], *_SUFFIXES["json"]))
        raise ConfigError(f"{visible(found)} is not a module: it must end with {wanted}")

    # -- what is wrong ------------------------------------------------------------------------------------------------

    def _refused(self, specifier: str, problem: str, hint: str | None = None) -> ConfigError:
        hint = hint or f"modules are files of the project: {_EXAMPLES[self._language]}"
        return ConfigError(f"{_quoted(specifier)} {problem}", hint=hint)

    def _foreign(self, path: str, language: str) -> ConfigError:
        message = f"{visible(path)} is {_NAMES[language]}, and this spell is {_NAMES[self._language]}"
        return ConfigError(message, hint="a module is in the language of its spell, or JSON")

    def _missing(self, specifier: str, paths: list[str]) -> ConfigError:
        """Return the error for a module that is not there, with what was probably meant."""
        near = next(filter(None, map(self._near, paths)), None)
        stems = {posixpath.splitext(path)[0] for path in paths}
        if near is None or posixpath.splitext(near)[0] not in stems:
            for stem, (suffix, language) in product(sorted(stems), _LANGUAGES.items()):
                other = stem + suffix
                if language not in (self._language, "json") and self._sees(other) and (self._root / other).is_file():
                    return self._foreign(other, language)
        shown = " or ".join(dict.fromkeys(clip(visible(path), 80) for path in paths[:2]))
        message = f"there is no module {_quoted(specifier)}: no file {shown}"
        inside = next(filter(None, map(self._within, sorted(stems))), None)
        if near is not None:
            return ConfigError(message, hint=f"did you mean {self._spelt(near, specifier)}?")
        return ConfigError(message, hint=inside or f"modules are files of the project: {_EXAMPLES[self._language]}")

    def _near(self, path: str) -> str | None:
        """Return the module beside a path that does not exist which was probably meant."""
        folder, name = posixpath.split(path)
        by_stem = {posixpath.splitext(each)[0]: each for each in self._names(folder)}
        found = suggest(posixpath.splitext(name)[0], by_stem)
        return posixpath.join(folder, by_stem[found]) if found else None

    def _spelt(self, near: str, specifier: str) -> str:
        """Return a path as the source would write it that has written another."""
        if self._language == "lua" and near.endswith(".lua"):
            base = self._folder if near.startswith(f"{self._folder}/") else ""
            return f'"{posixpath.relpath(near, base or ".").removesuffix(".lua").replace("/", ".")}"'
        return f'"{specifier[: len(specifier) - len(posixpath.basename(specifier))]}{posixpath.basename(near)}"'

    def _within(self, path: str) -> str | None:
        found = next(iter(self._names(path)), None)
        return f"name a file in the folder, for example {posixpath.join(visible(path), found)}" if found else None

    def _names(self, folder: str) -> list[str]:
        """Return what modules there are in a folder of the project."""
        real = os.path.realpath(self._root / folder)
        if os.path.commonpath((real, self._root)) != str(self._root):
            return []
        suffixes = (*_SUFFIXES[self._language], *_SUFFIXES["json"])
        found = [name for name in files.names(real) if name.isprintable() and not name.startswith(".")]
        there = [name for name in found if name.endswith(suffixes)]
        return [name for name in there if self._sees(os.path.relpath(os.path.join(real, name), self._root))]  # noqa: PTH118


def _quoted(specifier: str) -> str:
    return f'"{clip(visible(specifier), 80)}"'
