"""`llmspell types`: write what editors need to know into a project."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from llmspell.check import stubs
from llmspell.check.review import spells
from llmspell.cli import _files
from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal
from llmspell.errors import ConfigError, SpellError
from llmspell.project import Project
from llmspell.spell import Spell

_YOURS = {
    "jsconfig.json": f'`include` needs "{stubs.FOLDER}/*.d.ts", and `compilerOptions.checkJs` true',
    ".luarc.json": f'`workspace.library` needs "{stubs.FOLDER}"',
}


@click.command("types", context_settings={"help_option_names": ["-h", "--help"]})
@speaking
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.pass_obj
def command(terminal: Terminal, folder: Path | None) -> int:
    """Write types/llmspell.d.ts, types/llmspell.lua, jsconfig.json and .luarc.json into a project.

    DIR is its folder. Editors then complete what spells can say and underline mistakes. Settings of your own stay.
    """
    try:
        lines = list(write(folder or _here(Project.of().root)))
    except OSError as error:
        raise ConfigError(f"cannot write {error.filename}: {error.strerror}") from None
    if terminal.as_json:
        terminal.write_document({"status": "ok", "files": lines})
    else:
        terminal.write("".join(f"{line}\n" for line in lines))
    return 0


def _here(folder: Path) -> Path:
    """Return a folder as a person would name it from the current one."""
    return Path() if folder == Path.cwd() else folder


def write(folder: Path) -> Iterator[str]:
    """Write the stubs and settings of a project; yield what has become of each file.

    Raises:
        ConfigError: one would be written over a link.
        OSError: one cannot be written.
    """
    project = Project(folder.resolve())
    for path, text in stubs.stubs(_readable(spells(project))).items():
        yield _stub(folder, path, text)
    for name in stubs.SETTINGS:
        yield _settings(folder, name, stubs.settings(name))


def _readable(names: Sequence[str]) -> list[Spell]:
    """Return the spells that can be read; what is wrong with the others `llmspell check` says."""
    found = []
    for name in names:
        try:
            found.append(Spell.from_path(Path(name)))
        except SpellError:
            continue
    return found


def _stub(folder: Path, name: str, text: str) -> str:
    before = _files.read(folder, name)
    if before == text:
        return f"kept  {folder / name}"
    if before is not None and stubs.signature(before[:1000]) is None:
        return f"kept  {folder / name}: it is not one of ours; move it away to get it"
    _files.write(folder, name, text)
    return f"wrote {folder / name}"


def _settings(folder: Path, name: str, text: str) -> str:
    before = _files.read(folder, name)
    if before is None:
        _files.write(folder, name, text)
        return f"wrote {folder / name}"
    return f"kept  {folder / name}" + ("" if _same(before, text) else f": it is yours; {_YOURS[name]}")


def _same(one: str, other: str) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False
