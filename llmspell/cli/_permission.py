"""A person at the terminal who is asked, while a run goes on, for what nobody has allowed yet."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass

from llmspell.cli._console import MARK, Console, Later, pieces, seen
from llmspell.cli._grants import SAVED, Keep, careful
from llmspell.cli._person import Person, here
from llmspell.errors import SpellError
from llmspell.host.desk import Desk
from llmspell.host.run import Run
from llmspell.secrets import Secrets
from llmspell.security.access import Access, Request, Verdict
from llmspell.security.breadth import is_broad
from llmspell.security.paths import Paths
from llmspell.security.rules import FILES, KINDS, POLICY, Kind, Rules, Wish, meaning
from llmspell.security.taint import Taint
from llmspell.wording import clip, visible

REFUSALS = 20
"""Requests that a person refuses, or that are withdrawn, before all others of a run are refused unasked."""

_INDENT = 11  # columns before a pattern
_MARKS = 3  # of these are for what is told of it
_PLACE = 60
_METHOD = re.compile(r"[A-Z]+ ")


def attend(run: Run, console: Console | None, keep: Keep | None = None) -> None:
    """Have the person at a terminal asked by a run, and about what it may do.

    Args:
        run: which has not begun.
        console: the terminal, if somebody is there.
        keep: remembers a rule for good, where it can be known for what spell that is.
    """
    if console is not None:
        run.desk.person = Person(console)
        asker = Asker(console, run.spell.name, keep, secrets=run.context.secrets)
        run.context.access.person = Attendant(asker, run.context.paths, run.desk)


@dataclass(frozen=True)
class Attendant:
    """The person, as one run asks them: what they take to answer is not the time of the run."""

    asker: "Asker"
    paths: Paths
    desk: Desk

    async def permit(self, request: Request) -> Verdict:
        """Return what the person says."""
        with self.desk.busy():
            return await self.asker.permit(request, self.paths)


_UNASKED = Verdict(False, "", POLICY)
"""What comes of a request about which nobody is asked."""


@dataclass
class _Open:
    """A question that waits or is before the person, and how many calls want the answer."""

    task: "asyncio.Task[Verdict]"
    waiting: int = 0


class Asker:
    """Asks the person at a terminal, one question at a time, and none of them twice.

    Args:
        console: the terminal.
        spell: its name, for people.
        keep: remembers a rule for good; without it nothing is.
        what: for how long a rule holds otherwise.
        secrets: the known ones, which are never shown.
    """

    def __init__(
        self,
        console: Console,
        spell: str,
        keep: Keep | None = None,
        what: str = "this run",
        *,
        secrets: Secrets | None = None,
    ) -> None:
        self._console = console
        self._spell = spell
        self._secrets = secrets or Secrets()
        self._keep = careful(keep, self._secrets)
        self._what = what
        self._open: dict[tuple[str, ...], _Open] = {}
        self._allowed: list[Wish] = []
        self._refused: set[tuple[str, ...]] = set()
        self._refusals = 0
        self._withdrawn = console.withdrawn
        self._full = False

    async def permit(self, request: Request, paths: Paths) -> Verdict:
        """Return what the person says; equal requests that come meanwhile get the same answer."""
        what = (request.kind or "", request.value, *([] if request.kind else [request.op]))
        if what in self._refused:
            return _no()
        if not self._may_ask(request):
            return _UNASKED
        key = (*what, request.spell)  # a question names who asks
        if key not in self._open:
            self._open[key] = _Open(asyncio.ensure_future(self._ask(what, request, paths)))
        asked = self._open[key]
        asked.waiting += 1
        try:
            return await asyncio.shield(asked.task)
        finally:
            asked.waiting -= 1
            if not asked.waiting:
                asked.task.cancel()  # nobody wants the answer any more
                self._open.pop(key, None)

    def _may_ask(self, request: Request) -> bool:
        """Return whether a person can be asked: it is not too much, and what they allow can be said."""
        nameable = request.kind is None or narrowest(request.kind, request.value) is not None
        return self._asked() < REFUSALS and nameable and self._console.in_front()

    def _asked(self) -> int:
        """Return how many questions came to nothing: a spell that withdraws them bothers people no less."""
        return self._refusals + self._console.withdrawn - self._withdrawn

    async def _ask(self, what: tuple[str, ...], request: Request, paths: Paths) -> Verdict:
        try:
            async with self._console.held():
                if (known := self._known(request, paths)) is not None:
                    return known
                if not self._may_ask(request):
                    return _UNASKED
                verdict = await self._answer(request, paths)
                if not verdict.allowed:
                    self._refused.add(what)
                    self._refusals += 1
                    self._tell_full()
                return verdict
        except Later:  # the person does not want to see it
            self._refusals += 1
            return _no()
        except OSError:  # the terminal has gone
            return _UNASKED
        except asyncio.CancelledError:
            with suppress(OSError):
                self._tell_full()
            raise

    def _tell_full(self) -> None:
        if self._asked() >= REFUSALS and not self._full:
            self._full = True
            said = f"{REFUSALS} requests were refused or withdrawn: all others of {self._what} are refused"
            self._console.say(f"{said}, without a question\n")

    def _known(self, request: Request, paths: Paths) -> Verdict | None:
        """Return the answer that follows from one that was given while this question waited."""
        for kind, pattern in self._allowed if request.kind else ():
            if kind == request.kind and covers(paths, kind, pattern, request.value):
                return _yes(pattern)
        return None

    # -- one question -------------------------------------------------------------------------------------------------

    async def _answer(self, request: Request, paths: Paths) -> Verdict:
        try:
            return await (self._taint(request) if request.kind is None else self._rule(request, request.kind, paths))
        except Later:
            return _no()

    async def _taint(self, request: Request) -> Verdict:
        """Ask whether data may leave after a model has read what strangers wrote."""
        where = f"{f' in {self._asking(request)}' if request.spell else ''}{_place(request)}"
        told = self._secrets.scrub([*request.told])
        await self._console.show(f"three things come together that are dangerous together{where}", told)
        word = await self._console.key({"y": f"[y] {self._what}", "n": "[n] no"})
        return _yes() if word == "y" else _no()

    async def _rule(self, request: Request, kind: Kind, paths: Paths) -> Verdict:
        pattern = narrowest(kind, request.value)
        assert pattern is not None
        while True:
            await self._show(request, Wish(kind, pattern))
            word = await self._console.key(self._keys(kind, pattern, request))
            if word == "e":
                pattern = await self._edited(kind, pattern, request, paths)
                continue
            if word == "a":
                self._remember(kind, pattern)
            if word == "n":
                return _no()
            self._allowed.append(Wish(kind, pattern))
            return _yes(pattern)

    async def _show(self, request: Request, wish: Wish) -> None:
        width = self._console.width
        lines = rows(Wish(wish.kind, self._secrets.scrub(wish.pattern)), width)
        place = _place(request)
        if len(lines) == 1 and len(lines[0]) + len(place) < width and place.isascii() and lines[0].isascii():
            lines = [lines[0] + place]
        else:
            lines += [f"{MARK}{piece}" for piece in pieces(place.strip(), width - len(MARK) - 1)]
        await self._console.turn(
            f"the spell {self._asking(request)} asks for what nobody has allowed", [f"{each}\n" for each in lines]
        )

    def _asking(self, request: Request) -> str:
        """Return who asks: the run, or a spell that it has run."""
        name = clip(seen(self._spell), _PLACE)
        return f"{clip(seen(request.spell), _PLACE)}, which {name} runs," if request.spell else name

    def _keys(self, kind: Kind, pattern: str, request: Request) -> dict[str, str]:
        lasting = self._keep is not None and not request.spell and self._secrets.scrub(pattern) == pattern
        rule = f'{kind} = "{visible(pattern)}"'
        saved = rule if rule.isascii() and len(rule) < self._console.width // 2 else "the rule above"
        always = {"a": f"[a] always: saves {saved}"} if lasting else {}
        return {"y": f"[y] {self._what}", **always, "e": "[e] edit", "n": "[n] no"}

    async def _edited(self, kind: Kind, pattern: str, request: Request, paths: Paths) -> str:
        """Return another pattern that the person wants to allow; the same if they leave it."""
        while True:
            text = (await self._console.asked(f"another rule for {kind}, or Enter to leave it > ")).strip()
            if not text:
                return pattern
            try:
                _alone(kind, text)
            except SpellError as error:
                self._console.say(f"{visible(error.message)}\n")
                continue
            if covers(paths, kind, text, request.value) is not False:
                return text
            self._console.say("that does not allow what is asked for\n")

    def _remember(self, kind: Kind, pattern: str) -> None:
        assert self._keep is not None
        try:
            self._keep({kind: [pattern]})
        except SpellError as error:
            self._console.say(f"it holds for {self._what} only: {visible(error.message)}\n")
        else:
            self._console.say(f"{SAVED}\n")


def _yes(pattern: str = "") -> Verdict:
    return Verdict(True, pattern, here())


def _no() -> Verdict:
    return Verdict(False, "", here())


def _place(request: Request) -> str:
    """Return where a request comes from, for people."""
    said = [clip(visible(each), _PLACE) for each in (request.place, request.op) if each]
    return f"  ({', '.join(said)})" if said else ""


# -- rules ------------------------------------------------------------------------------------------------------------


def narrowest(kind: Kind, value: str) -> str | None:
    """Return the narrowest pattern that allows a value; None if no pattern can."""
    pattern = meaning(value) if kind in FILES else value
    try:
        _alone(kind, pattern)
    except SpellError:
        return None
    return pattern


def _alone(kind: Kind, pattern: str) -> Rules:
    """Return rules that grant one pattern, or raise what is wrong with it."""
    return Rules("this rule", dict.fromkeys(KINDS, "given")).grant(kind, [pattern], "the rule")


def covers(paths: Paths, kind: Kind, pattern: str, value: str) -> bool | None:
    """Return whether a pattern allows what was asked for; None if that is known only when it is tried.

    Args:
        paths: the files of the run.
        kind: of what.
        pattern: of a rule.
        value: as a decision has it, in the narrowest form that a rule can have.
    """
    if value == pattern:
        return True
    method = found[0] if kind == "net" and (found := _METHOD.match(value)) else ""
    rest = value.removeprefix(method)
    tried = [f"{method}{scheme}://{rest}" for scheme in ("http", "https")] if kind == "net" else [value]
    rules = _alone(kind, pattern)
    access = Access(rules, paths.under(rules), Taint())
    try:
        return any(access.decide(kind, each).allowed for each in tried)
    except SpellError:
        return None


def rows(wish: Wish, width: int, sign: str = " ") -> list[str]:
    """Return a rule as it is shown: all of it, in lines that no terminal breaks, so that none can pose as ours.

    Args:
        wish: the rule.
        width: columns of the terminal.
        sign: that it is new, or gone.
    """
    mark = f"{sign}{'!' if is_broad(wish) else ' '} "
    return text_rows(wish.pattern, width, f"{mark}{wish.kind:<{_INDENT - _MARKS}}")


def text_rows(text: str, width: int, mark: str) -> list[str]:
    """Return text in lines that no terminal breaks, with all of its characters to be seen.

    Args:
        text: what is shown.
        width: columns of the terminal.
        mark: what stands before the first.
    """
    first, *more = pieces(seen(text), max(width - _INDENT - 1, _INDENT)) or [""]
    return [f"{mark}{first}", *(f"{'':{_INDENT}}{piece}" for piece in more)]
