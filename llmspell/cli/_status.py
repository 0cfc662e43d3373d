"""What `llmspell` without a command shows: the state of the project, and what to try."""

import os
from collections.abc import Iterator
from pathlib import Path

from llmspell.cli.new import SPELLS
from llmspell.errors import SpellError
from llmspell.language import SUFFIXES, is_test
from llmspell.models.catalog import PROVIDERS
from llmspell.project import Project
from llmspell.spell import Spell
from llmspell.wording import clip, visible

_SHOWN = 20


def status() -> str:
    """Return the lines about the project of the current folder."""
    project = Project.of()
    kind = "project" if project.marked else "folder (no project yet: llmspell init)"
    lines = [f"{kind} {project.root}", "", *_spells(project), "", *_models(), "", "try:", *_commands(project)]
    return "\n".join(visible(line) for line in lines)


def found(project: Project) -> list[Path]:
    """Return the spells of a project: in its folder `spells`, or in the folder itself if there is none."""
    folder = project.root / SPELLS
    try:
        inside = (folder if folder.is_dir() else project.root).iterdir()
        return sorted(path for path in inside if path.suffix in SUFFIXES and not is_test(path.name) and path.is_file())
    except OSError:
        return []


def _spells(project: Project) -> Iterator[str]:
    paths = found(project)
    yield f"spells ({len(paths)})" if paths else "no spells yet"
    for path in paths[:_SHOWN]:
        yield f"  {project.name(path):<28} {_about(path)}".rstrip()
    if len(paths) > _SHOWN:
        yield f"  … and {len(paths) - _SHOWN} more"


def _about(path: Path) -> str:
    try:
        spell = Spell.from_path(path)
    except SpellError as error:
        return f"broken: {clip(visible(error.message), 80)}"
    about = clip(visible(spell.manifest.about), 80)
    return f"{about} (asks for a schedule)" if spell.manifest.schedule else about


def _models() -> Iterator[str]:
    model = os.environ.get("LLMSPELL_MODEL") or "none chosen: export LLMSPELL_MODEL=provider/model"
    yield f"model     {visible(model)}"
    keys = [name for name, provider in PROVIDERS.items() if any(os.environ.get(key) for key in provider.keys)]
    yield f"API keys  {', '.join(keys) or 'none set; --model echo works without one'}"


def _commands(project: Project) -> Iterator[str]:
    paths = found(project)
    first = os.path.relpath(paths[0]) if paths else "hello.lua"
    if not project.marked:
        yield "  llmspell init                      make this folder a project"
    yield "  llmspell new digest -t summarise   write a spell from a sample"
    yield "  llmspell check                     look for mistakes, run nothing"
    yield f"  llmspell run {first} --model echo"
    yield "  llmspell ask 'What is a spell?'    one question, no script"
    yield "  llmspell --help                    all commands"
