"""`llmspell trust`: let the settings of a folder grant what they say, at the content that you have seen."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from llmspell.cli import _table
from llmspell.cli._agreement import agree, tell_damaged
from llmspell.cli._console import seen
from llmspell.cli._flags import asking, speaking
from llmspell.cli._permission import text_rows
from llmspell.cli._terminal import Terminal
from llmspell.cli._wishes import BROAD
from llmspell.errors import ArgumentError, ConfigError
from llmspell.policy import Policy
from llmspell.project import MARK, Project
from llmspell.remembered import Trust, Trusted, flat
from llmspell.security.breadth import is_broad
from llmspell.security.rules import KINDS, Wish
from llmspell.wording import visible

_HEAD = ("FOLDER", "STATE")


@click.command("trust", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", required=False, type=click.Path(file_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask: you have read the file.")
@click.option("--list", "every", is_flag=True, help="List the folders that you trust.")
@click.option("--forget", is_flag=True, help="Trust FOLDER no more.")
@asking
@speaking
@click.pass_obj
def command(terminal: Terminal, folder: str | None, yes: bool, every: bool, forget: bool) -> int:
    """Let the `llmspell.toml` of FOLDER grant what it says; without FOLDER, that of the project that you are in.

    You see what it would grant first. When the file changes, that is void, and you are asked again.
    """
    if sum((yes, every, forget)) > 1 or (every and folder):
        raise ArgumentError("--list, --forget and --yes are about different things: give one")
    if every:
        return _list(terminal)
    root = Project.of().root if folder is None else Path(os.path.realpath(folder))
    name = visible(str(root))
    if forget:
        if not Trusted(os.environ).remove(root):
            raise ArgumentError(f"{name} is not trusted", hint="llmspell trust --list shows which folders are")
        terminal.note(f"{name} is trusted no more")
        return 0
    return _trust(terminal, root, yes=yes)


def _trust(terminal: Terminal, root: Path, *, yes: bool) -> int:
    name = visible(str(root))
    policy = Policy.of(Project(root, marked=True), os.environ)
    if not policy.content:
        raise ArgumentError(f"there is no {MARK} in {name}", hint="name the folder of a project")
    wants = policy.wants()
    if policy.trusted or not wants:
        terminal.note(f"{name} is trusted already" if policy.trusted else f"{MARK} grants nothing that needs trust")
        return 0
    agree(
        terminal, f"{MARK} of {seen(str(root))} would grant, to what runs there", partial(_card, policy, wants),
        "Trust it at this content?", yes=yes, command=["llmspell", "trust", str(root), "--yes"],
    )  # fmt: skip
    Trusted(os.environ).add(Trust(str(root), policy.content, tuple(wants)))
    terminal.note(f"{name} is trusted, until its {MARK} changes")
    return 0


def _card(policy: Policy, wants: Sequence[str], width: int) -> list[str]:
    """Return what a file would grant, in lines: what has gone since it was trusted, and what is broad at the end."""
    before = None if policy.trust is None else policy.trust.grants
    broad = _broad(policy)
    found = [line for each in before or () if each not in wants for line in _rows(each, width, "-  ")]
    if before is not None and (found or any(each not in before for each in wants)):
        found.insert(0, "which has changed since you trusted it:")
    for each in sorted(wants, key=lambda line: _rank(line, broad)):
        sign = "+" if before is not None and each not in before else " "
        found += _rows(each, width, f"{sign}{'!' if _rank(each, broad) else ' '} ")
    return [*found, BROAD] if any(_rank(each, broad) for each in wants) else found


def _rows(line: str, width: int, mark: str) -> list[str]:
    kind = line.partition(" ")[0]
    if kind not in KINDS:
        return text_rows(line, width, mark)
    return text_rows(line[len(kind) :].lstrip(), width, f"{mark}{kind:<8}")


def _broad(policy: Policy) -> tuple[str, ...]:
    """Return the lines of the rules of a file that are broad, as far as they are about no one spell."""
    said = [policy.theirs.allowed, *(special.allowed for special in policy.theirs.spells.values())]
    wishes = [Wish(kind, item.value) for each in said for kind, items in each.items() for item in items]
    return tuple(flat({wish.kind: [wish.pattern]})[0] for wish in wishes if is_broad(wish))


def _rank(line: str, broad: tuple[str, ...]) -> int:
    """Return how much a line matters: a profile most of all, as it grants all that it grants, and low the most."""
    if line.startswith("security: "):
        return 4 if line.startswith("security: low") else 3
    if line.startswith("taint"):
        return 2
    return int(any(line == each or line.startswith(f"{each}, for ") for each in broad))


def _list(terminal: Terminal) -> int:
    found = [*Trusted(os.environ).all()]
    folders = [(each, _state(each)) for each in found if isinstance(each, Trust)]
    if terminal.as_json:
        parts = [{"folder": each.folder, "state": state, "grants": [*each.grants]} for each, state in folders]
        terminal.write_document({"v": 1, "folders": parts})
    elif folders:
        _table.write(terminal, _HEAD, [(each.folder, state) for each, state in folders], widest=200)
    else:
        terminal.note("no folder is trusted")
    return tell_damaged(terminal, found)


def _state(trust: Trust) -> str:
    try:
        now = Policy.of(Project(Path(trust.folder), marked=True), os.environ).content
    except ConfigError:
        return "void: its file is wrong"
    return "holds" if now == trust.content else f"void: its {MARK} has changed" if now else f"void: it has no {MARK}"
