"""`llmspell new`: a spell to begin with."""

import os
import shlex
from pathlib import Path

import click

from llmspell import _package
from llmspell.cli import _files
from llmspell.cli._flags import speaking
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError
from llmspell.language import LANGUAGES, language_of, named
from llmspell.project import Project
from llmspell.spell import Spell
from llmspell.wording import listed, suggest, visible

SPELLS = "spells"
"""The folder of a project where its spells are."""


def templates(language: str) -> dict[str, Path]:
    """Return the samples that ship with llmspell in a language, by name."""
    suffixes = LANGUAGES[language].suffixes
    return {path.stem: path for path in sorted(_package.folder("spells").iterdir()) if path.suffix in suffixes}


@click.command("new", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-t", "--template", default="hello", show_default=True, help="The sample to begin with.")
@click.option("-l", "--language", metavar="lua|js", help="lua, unless NAME ends with a suffix that says otherwise.")
@speaking
@click.argument("name")
@click.pass_obj
def command(terminal: Terminal, name: str, template: str, language: str | None) -> int:
    """Write a new spell called NAME into the folder `spells` of the project, or here if there is none.

    It never overwrites anything. Its templates are samples that ship with llmspell:
    hello, summarise, panel, and more; a wrong name lists them all.
    """
    target = _target(name, language)
    sample = _template(template, language_of(target))
    if target.exists() or target.is_symlink():
        raise ArgumentError(f"{visible(str(target))} exists", hint="choose another name; nothing is ever overwritten")
    _files.create(*_placed(target), sample.read_text("utf-8"))
    terminal.tell(visible(f"wrote {shortest(target)}"))
    for hint in hints(target):
        terminal.tell(visible(f"  {hint}"))
    return 0


def _target(name: str, language: str | None) -> Path:
    path = Path(name)
    if path.suffix not in {suffix for each in LANGUAGES.values() for suffix in each.suffixes}:
        path = Path(f"{name}{LANGUAGES[named(language or 'lua')].suffixes[0]}")
    elif language and language_of(path) != named(language):
        raise ArgumentError(f"{visible(name)} is not the name of a spell in {language}", hint="leave one of both out")
    if path.stem.startswith(".") or not path.name.isprintable():
        raise ArgumentError(f"a spell cannot be called {visible(name)}")
    folder = Project.of().root / SPELLS
    return folder / path if path.parent == Path() and folder.is_dir() else path


def _placed(target: Path) -> tuple[Path, str]:
    """Return a folder that a person has named, the project's or that of the target, and the way from there."""
    whole, root = Path(os.path.abspath(target)), Project.of().root  # noqa: PTH100 - links stay
    if whole.is_relative_to(root):
        return root, str(whole.relative_to(root))
    whole.parent.mkdir(parents=True, exist_ok=True)
    return whole.parent, whole.name


def _template(name: str, language: str) -> Path:
    found = templates(language)
    if name not in found:
        near = suggest(name, found)
        hint = f"{f'did you mean `{near}`? ' if near else ''}There are {listed(found, 'and')}"
        raise ArgumentError(f"there is no template `{visible(name)}`", hint=hint)
    return found[name]


def hints(target: Path) -> list[str]:
    """Return the commands that come next for a new spell: they work as they are."""
    path = shlex.quote(shortest(target))
    spell = Spell.from_path(target)
    return [f"llmspell check {path}", _running(spell, path), f"llmspell run {path} --help"]


def shortest(path: Path) -> str:
    """Return a path from the current folder on, if it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _running(spell: Spell, path: str) -> str:
    """Return a command that runs a spell with something of all that it needs."""
    manifest = spell.manifest
    needed = [f"--{name}={_SOME[field.type]}" for name, field in manifest.params.items() if field.required]
    granted = [
        shlex.quote(f"--allow-{kind}={','.join(found)}") for kind, found in manifest.allow.items() if kind != "read"
    ]
    words = ["llmspell run", path, *_INPUT.get(manifest.input or "", []), *needed, *granted, "--model echo"]
    return " ".join(word.replace("PATH", path) for word in words)


_INPUT = {"text": ["PATH"], "file": ["PATH"], "files": ["PATH"], "json": ["jsconfig.json"]}
_SOME = {
    "string": "something", "path": "notes.txt", "date": "2026-01-31", "int": "3", "number": "1.5", "bool": "true",
    "list": "one,two", "object": "{}",
}  # fmt: skip
