"""What a spell declares that it needs, on one card: a person allows it before the spell begins, or it does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from llmspell.cli._console import Console, Later, seen, somebody_watches
from llmspell.cli._grants import SAVED, Keep, careful, check_clean
from llmspell.cli._permission import rows
from llmspell.cli._person import here
from llmspell.cli._terminal import Terminal
from llmspell.errors import ArgumentError, SpellError
from llmspell.host.host import Host
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.secrets import Secrets
from llmspell.security.breadth import is_broad
from llmspell.security.paths import Paths
from llmspell.security.rules import KINDS, POLICY, Kind, Rules, Wish
from llmspell.security.wishes import by_kind, refuse_missing
from llmspell.spell import Spell
from llmspell.wording import clip, listed, visible

BROAD = "(! is broad, holds keys, or cannot be undone)"
"""What the mark beside a rule means."""

_NAME = 60  # characters of the name of a spell

Command = Callable[[Mapping[Kind, list[str]]], str]
"""Returns the command that grants what is missing."""


async def agreed(
    spell: Spell,
    rules: Rules,
    terminal: Terminal,
    console: Console | None,
    secrets: Secrets,
    *,
    keep: Keep | None = None,
    before: Mapping[str, Sequence[str]] | None = None,
) -> Rules:
    """Return the rules of a run after the person at the terminal was asked for what the spell declares.

    Without one, or if they do not agree, the rules stay as they are, and the run does not begin.

    Args:
        spell: what runs.
        rules: what is granted so far.
        terminal: where it is said that nobody can be asked.
        console: where a person is, if one is there.
        secrets: the known ones, which nobody is shown.
        keep: remembers what they allow for good, where that can be.
        before: what the spell declared when it was allowed for good, if that is something else.

    Raises:
        ConfigError: a secret stands in the spell.
        ArgumentError: or in what it declares.
    """
    secrets.check({spell.name: spell.source})
    check_clean(spell.manifest.allow, secrets)
    keep = careful(keep, secrets)
    missing = wanting(spell, rules)
    if not missing:
        return rules
    if console is None:
        if not terminal.no_input and somebody_watches():
            terminal.note("there is no terminal to ask at")
        return rules
    answer = await _Card(console, spell.name, rules, missing, before, lasting=keep is not None).ask()
    if answer is None:
        return rules
    wishes, always = answer
    if always and keep is not None:
        _keep(keep, wishes, terminal)
        if not {*missing} <= {*wishes}:
            terminal.note("what you have left out is asked for again next time")
    for kind, patterns in by_kind(wishes).items():
        rules = rules.grant(kind, patterns, here(), answered=True)
    return replace(rules, declared=_without(rules.declared, missing))


async def settled(
    spell: Spell,
    rules: Rules,
    terminal: Terminal,
    console: Console | None,
    host: Host,
    *,
    keep: Keep | None = None,
    before: Mapping[str, Sequence[str]] | None = None,
    command: Command | None = None,
) -> Rules:
    """Return what `agreed` does, if nothing is missing then.

    Args:
        spell: what runs.
        rules: what is granted so far.
        terminal: where it is said that nobody can be asked.
        console: where a person is, if one is there.
        host: which is to run it; it knows the secrets, and writes a refusal into the audit log.
        keep: as for `agreed`.
        before: as for `agreed`.
        command: returns the command that grants what is missing, if that is another than `run`.

    Raises:
        PermissionDenied: nobody is there to ask, or the person does not agree.
    """
    rules = await agreed(spell, rules, terminal, console, host.secrets, keep=keep, before=before)
    missing = wanting(spell, rules)
    host.refuse(spell, rules, missing, asked(console))
    refuse_missing(spell.name, rules, missing, command(by_kind(missing)) if command and missing else None)
    return rules


def asked(console: Console | None) -> str:
    """Return who decides about a card, for the audit log."""
    return POLICY if console is None else here()


def wanting(spell: Spell, rules: Rules) -> list[Wish]:
    """Return what a spell declares and nobody has granted."""
    return Paths(rules, Project.of(spell.path), spell.path, SUFFIXES).missing()


def _keep(keep: Keep, wishes: Sequence[Wish], terminal: Terminal) -> None:
    try:
        keep(by_kind(wishes))
    except SpellError as error:
        terminal.note(f"it holds for this run only: {error.message}")
    else:
        terminal.note(SAVED)


def _without(declared: Mapping[str, tuple[str, ...]], asked: Sequence[Wish]) -> dict[str, tuple[str, ...]]:
    """Return what a spell declares without what a person was asked for: what they have dropped is not missing."""
    return {kind: tuple(each for each in found if (kind, each) not in asked) for kind, found in declared.items()}


@dataclass
class _Card:
    """All that a spell asks for, before a person."""

    console: Console
    spell: str
    rules: Rules
    wishes: Sequence[Wish]
    before: Mapping[str, Sequence[str]] | None
    lasting: bool

    async def ask(self) -> tuple[Sequence[Wish], bool] | None:
        """Return what the person allows, and whether for good; None if nothing."""
        try:
            async with self.console.held():
                return await self._ask()
        except (Later, OSError):
            return None

    async def _ask(self) -> tuple[Sequence[Wish], bool] | None:
        always = {"a": "[a] always for this spell"} if self.lasting else {}
        keys = {"y": "[y] this run", **always, "e": "[e] edit the rules", "n": "[n] no"}
        while True:
            await self._show()
            word = await self.console.key(keys)
            if word != "e":
                return None if word == "n" else (self.wishes, word == "a")
            self.wishes = await self._edited()

    async def _show(self) -> None:
        name = clip(seen(self.spell), _NAME)
        asks = "asks for" if self.before is None else "has changed what it asks for since you have allowed it:"
        lines = card(self.wishes, self.console.width, self.before, self.rules.declared)
        await self.console.turn(f"the spell {name} {asks}", [f"{line}\n" for line in lines])

    async def _edited(self) -> list[Wish]:
        """Return the rules as the person wants them, one by one, and those that they add."""
        self.console.say("type each rule anew as KIND PATTERN: net example.com; = keeps it, an empty line drops it\n")
        found: list[Wish] = []
        for wish in sorted(self.wishes, key=_breadth):
            self.console.say("".join(f"{line}\n" for line in rows(wish, self.console.width)))
            found += await self._typed("rule > ", wish)
        while more := await self._typed("one more, or Enter > ", None):
            found += more
        return list(dict.fromkeys(found))

    async def _typed(self, prompt: str, wish: Wish | None) -> list[Wish]:
        """Return the rule that the person types, or the one that was there; none if it is an empty line."""
        while True:
            line = (await self.console.asked(prompt)).strip()
            if not line:
                return []
            if line == "=" and wish is not None:
                return [wish]
            try:
                return [self._parsed(line)]
            except SpellError as error:
                self.console.say(f"{visible(error.message)}\n")

    def _parsed(self, line: str) -> Wish:
        """Return the rule that a person has typed.

        Raises:
            ArgumentError: it is none, or the profile never grants it.
        """
        word, _, pattern = line.partition(" ")
        kind = next((each for each in KINDS if each == word), None)
        if kind is None:
            raise ArgumentError(f"begin with {listed(KINDS)}, as in: net example.com")
        self.rules.grant(kind, [pattern.strip()], "this rule")
        return Wish(kind, pattern.strip())


def card(
    wishes: Sequence[Wish],
    width: int,
    before: Mapping[str, Sequence[str]] | None = None,
    now: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """Return every word of every rule, in lines; what is broad stands last, beside the question.

    Args:
        wishes: the rules.
        width: columns of the terminal.
        before: what was declared before, if that is told: what has gone stands first, and what is new is marked.
        now: what is declared.
    """
    old, new = before or {}, now or {}
    gone = [Wish(kind, each) for kind in KINDS for each in old.get(kind, ()) if each not in new.get(kind, ())]
    lines = [line for wish in gone for line in rows(wish, width, "-")]
    for wish in sorted(wishes, key=_breadth):
        is_new = before is not None and wish.pattern not in old.get(wish.kind, ())
        lines += rows(wish, width, "+" if is_new else " ")
    if any(map(is_broad, wishes)):
        lines.append(BROAD)
    return lines if wishes else [*lines, "   nothing"]


def _breadth(wish: Wish) -> tuple[bool, int]:
    broad = is_broad(wish)
    return broad, -len(wish.pattern) if broad else 0
