"""Access: the one place where it is decided whether a run may do something, for every op, and where that is written."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple, Protocol

from llmspell.errors import PermissionDenied
from llmspell.security import bindings, commands, urls
from llmspell.security.addresses import Addresses, Lookup, Resolver
from llmspell.security.paths import Around, Paths
from llmspell.security.rules import POLICY, Decision, Kind, Rules, meaning
from llmspell.security.taint import Taint
from llmspell.wording import clip, visible

_NAMES = dict.fromkeys(("Human.approve", "approve"), ("Human.approve", "approve"))  # of one op; the first is told

_CHOSEN = "the choice of a person needs no rule"

_METHOD = re.compile(r"([A-Z]+) (.*)", re.DOTALL)

TAINTED = "taint"
"""What the audit log has as the kind of a decision that taint has asked for."""


@dataclass(frozen=True)
class Request:
    """What a person is asked, while the call waits.

    Args:
        kind: of what; None for a call that is allowed, and comes after untrusted data.
        value: what, in the narrowest form that a rule can have.
        op: what wants it.
        place: the line of the spell that calls it: `digest.lua:9`, or nothing.
        told: lines that say why it is asked, each for people.
        spell: which spell wants it, if it is one that the run has run.
    """

    kind: Kind | None
    value: str
    op: str
    place: str
    told: Sequence[str] = ()
    spell: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a person has said: whether it is allowed, by which pattern, and who has said so."""

    allowed: bool
    pattern: str = ""
    who: str = "you, at the terminal"


class Person(Protocol):
    """Somebody who can be asked while a run goes on; what holds for other runs too, the person's side remembers."""

    async def permit(self, request: Request) -> Verdict:
        """Return what the person says."""


class Note(Protocol):
    """Writes a decision down."""

    def __call__(
        self, *, at: str, op: str, kind: str, value: str, decision: str, rule: str, source: str, by: str
    ) -> None:
        """Write one line of the audit log, before what it allows begins."""


def _unheard(**_: str) -> None:
    """Write nothing."""


def _nowhere() -> str:
    return ""


def _to_nothing(_: str) -> Sequence[Sequence[str]]:
    return ()


def _itself(name: str) -> Collection[str]:
    return [name.lower()]


@dataclass(frozen=True, eq=False)
class _Caller:
    """Somebody who acts inside of a run, with a part of what it may do."""

    name: str
    allow: Mapping[Kind, Sequence[str]]
    outer: "_Caller | None"

    def rules(self, base: Rules) -> Rules:
        return (base if self.outer is None else self.outer.rules(base)).narrowed(self.name, self.allow)


_caller: ContextVar[_Caller | None] = ContextVar("_caller", default=None)

_CALLERS = 64  # whose rules are kept


class _Means(NamedTuple):
    """What somebody acts with."""

    rules: Rules
    paths: Paths
    addresses: Addresses


class Access:
    """What one run may do now.

    Args:
        rules: what it may touch; a person may allow more while it goes on.
        paths: the files of it, by the same rules.
        taint: what has come together in it.
        lookup: finds the addresses of names.
    """

    def __init__(self, rules: Rules, paths: Paths, taint: Taint, lookup: Lookup | None = None) -> None:
        self._base = rules
        self._paths = paths
        self.lookup: Lookup = lookup or Resolver()
        """Finds the addresses of names: so many at once, whoever asks."""
        self._made: dict[_Caller | None, _Means] = {}
        self._agreed: set[tuple[str, str]] = set()
        self.taint = taint
        self.person: Person | None = None
        """Who is asked about what nobody has decided."""
        self.spell = ""
        """The name of the spell, where it is one that the run has run: a person is told who asks."""
        self.note: Note = _unheard
        """Writes each decision down."""
        self.bound: Callable[[str], Sequence[Sequence[str]]] = _to_nothing
        """Returns the patterns of the hosts that a secret is bound to, whatever a spell declares: one of each."""
        self.names: Callable[[str], Collection[str]] = _itself
        """Returns all names of a secret, in small letters: who denies one of them denies the secret."""
        self.at: Callable[[], str] = _nowhere
        """Returns the line of the call that is being answered."""

    @property
    def watched(self) -> bool:
        """Whether decisions are written down."""
        return self.note is not _unheard

    # -- who asks -----------------------------------------------------------------------------------------------------

    @property
    def rules(self) -> Rules:
        """What the caller of now may do: the run, or who acts inside of it with less."""
        return self._means.rules

    @contextmanager
    def narrowed(self, caller: str, allow: Mapping[Kind, Sequence[str]]) -> Iterator[None]:
        """Let everything that is done meanwhile, in this task, have a part of what it had; it nests.

        Args:
            caller: who acts, for people: `agent "reader"`.
            allow: patterns by kind; of a kind that is not there nothing is left.

        Raises:
            ArgumentError: a pattern is not one.
        """
        self.rules.narrowed(caller, allow)  # what is wrong is said here
        before = _caller.set(_Caller(caller, allow, _caller.get()))
        try:
            yield
        finally:
            _caller.reset(before)

    @property
    def paths(self) -> Paths:
        """The files that the caller of now may touch."""
        return self._means.paths

    @property
    def addresses(self) -> Addresses:
        """Where the caller of now may connect to."""
        return self._means.addresses

    @property
    def _means(self) -> "_Means":
        caller = _caller.get()
        if (found := self._made.get(caller)) is None:
            rules = self._base if caller is None else caller.rules(self._base)
            if len(self._made) > _CALLERS:
                self._made.clear()
            found = self._made[caller] = _Means(rules, self._paths.under(rules), Addresses(rules, self.lookup))
        return found

    # -- decisions ----------------------------------------------------------------------------------------------------

    def decide(self, kind: Kind, value: str, around: Around | None = None) -> Decision:
        """Return what becomes of a request, and which rule says so; nobody is asked and nothing is written.

        Args:
            kind: of what.
            value: a path, a URL (after its method: `POST https://…`), a command in the words of a shell, or a name.
            around: a script looks around there, and sees what it may read.

        Raises:
            ArgumentError: it is no path, or no URL.
        """
        if around is not None:
            return self.paths.decide_around(value, around)
        if kind == "read" or kind == "write":
            return self.paths.decide(kind, value)
        if kind == "net":
            method, url = found.groups() if (found := _METHOD.fullmatch(value)) else ("GET", value)
            return self.addresses.decide(urls.parse(url), method)
        if kind == "run":
            return self.rules.decide(
                kind,
                commands.meaning(value),
                lambda rule: commands.matches(rule.pattern, value),
                lambda rule: commands.forbids(rule.pattern, value),
            )
        if kind == "secrets":
            return self._fill(value)
        return self.rules.decide(kind, meaning(value), lambda rule: fnmatchcase(value, rule.pattern))

    def _fill(self, value: str) -> Decision:
        """Return whether a secret may go to a host: `mail@api.example.com`; or, of a name alone, to any host."""
        name, free = value.partition("@")[0], self._base.modes["secrets"] == "all"
        bound, names = self.bound(name), self.names(name)
        return self.rules.decide(
            "secrets", value, lambda rule: bindings.allows(rule.pattern, value, bound, free=free),
            lambda rule: bindings.forbids(rule.pattern, value, names),
        )  # fmt: skip

    def check(self, kind: Kind, value: str, op: str = "") -> None:
        """Refuse what is not allowed now; nobody is asked.

        Args:
            kind: of what.
            value: as for `decide`.
            op: what wants it, and has it written down; unless given, the caller writes it.

        Raises:
            PermissionDenied: naming the rule.
        """
        decision = self.decide(kind, value)
        if op:
            self.settle(op, decision)
        elif not decision.allowed:
            raise self.rules.refusal(kind, decision.value, None, decision)

    def choose(self, kind: Kind, value: str, op: str) -> None:
        """Decide about what a person has chosen themselves, and write that down: it needs no rule.

        Raises:
            PermissionDenied: it is denied, or not in the list that a caller has.
        """
        decision = self.rules.objection(kind, value, lambda rule: fnmatchcase(value, rule.pattern))
        self.settle(op, decision or Decision(True, kind, value, _CHOSEN, "", "granted"))

    async def permit(
        self,
        kind: Kind,
        value: str,
        op: str,
        *,
        may_ask: bool = True,
        via: str | None = None,
        around: Around | None = None,
    ) -> None:
        """Decide, ask the person where nobody has decided, and write down what came of it.

        Args:
            kind: of what.
            value: as for `decide`.
            op: what wants it.
            may_ask: whether there is time for a person.
            via: the host that redirects there, for the message.
            around: as for `decide`.

        Raises:
            PermissionDenied: it is not allowed.
            ArgumentError: it is no path, or no URL.
        """
        decision = self.decide(kind, value, around)
        who = None
        if decision.how == "undecided" and may_ask and self.person is not None:
            verdict = await self.person.permit(Request(kind, decision.value, op, self.at(), spell=self.spell))
            who = verdict.who
            if verdict.allowed:
                whole = meaning(decision.value) if kind in ("read", "write") else decision.value
                self.allow(kind, verdict.pattern or whole, verdict.who)
                decision = self.decide(kind, value, around)
        self.settle(op, decision, who, _redirected(decision, via))

    async def use(self, op: str, *, destructive: bool, may_ask: bool = True) -> None:
        """Decide about an op by its name: one that destroys must be allowed by it; any other must not be denied by it.

        A caller that has a list of tools uses no others. An op that has two names is meant by both.

        Args:
            op: its name.
            destructive: whether what it removes is gone.
            may_ask: whether there is time for a person.

        Raises:
            PermissionDenied: it is not allowed.
        """
        names = _NAMES.get(op, (op,))
        op = names[0]
        if destructive:
            await self.permit("tools", op, op, may_ask=may_ask)
            return
        decision = self.rules.objection("tools", op, lambda rule: any(fnmatchcase(one, rule.pattern) for one in names))
        if decision is not None:
            self.settle(op, decision)

    def allow(self, kind: Kind, pattern: str, who: str) -> None:
        """Grant something more, from now on and for this run.

        Raises:
            ArgumentError: the profile never grants it, or it is no pattern.
        """
        self._base = self._base.grant(kind, [pattern], who, answered=True)
        self._made.clear()

    def refused(self, op: str, error: PermissionDenied) -> None:
        """Write down what was refused in the middle of an op, unless that is written already."""
        if isinstance(decision := error.decision, Decision):
            self._write(op, decision)
            error.decision = None

    def missed(self, kind: Kind, pattern: str, by: str = POLICY) -> None:
        """Write down that a spell asks for something which nobody has allowed, and so does not run."""
        self._write("", self.rules.decide(kind, pattern, lambda _: False)._replace(by=by))

    # -- what comes together ------------------------------------------------------------------------------------------

    async def leave(self, op: str, value: str, *, may_ask: bool = True) -> None:
        """Decide about a call that sends data out or destroys, once a model has read what a stranger wrote.

        Args:
            op: the call.
            value: where to: a host, a path.
            may_ask: whether there is time for a person.

        Raises:
            PermissionDenied: it is not allowed.
        """
        taint, what = self.taint, (op, value)
        if not taint.complete or what in self._agreed:
            return
        who, rule, told = POLICY, f'taint = "{taint.sinks}"', list(taint.told(f"{op} {value}".strip()))
        if taint.sinks == "off":  # nobody is asked, and the log tells it
            self._agreed.add(what)
            self._note(op, TAINTED, value, "allow", rule, "", who)
            return
        if taint.sinks == "ask" and may_ask and self.person is not None:
            verdict = await self.person.permit(Request(None, value, op, self.at(), told, self.spell))
            who = verdict.who
            if verdict.allowed:
                self._agreed.add(what)
                self._note(op, TAINTED, value, "allow", rule, "", who)
                return
        self._note(op, TAINTED, value, "deny", rule, "", who)
        raise PermissionDenied(
            f"{op} is not allowed after a model has read untrusted data",
            hint="if it may send all the same: --taint=off",
            data={"rule": "; ".join(" ".join(line.split()) for line in told)},
        )

    def settle(self, op: str, decision: Decision, who: str | None = None, act: str | None = None) -> None:
        """Write a decision down, and refuse what it does not allow."""
        self._write(op, decision, who)
        if not decision.allowed:
            error = self.rules.refusal(decision.kind, decision.value, act, decision)
            error.decision = None  # it is written
            raise error

    def _write(self, op: str, decision: Decision, who: str | None = None) -> None:
        verdict = "allow" if decision.allowed else "deny"
        self._note(op, decision.kind, decision.value, verdict, decision.rule, decision.place, who or decision.by)

    def _note(self, op: str, kind: str, value: str, decision: str, rule: str, source: str, by: str) -> None:
        # The log takes secrets out of the whole value before it cuts it.
        self.note(at=self.at(), op=op, kind=kind, value=value, decision=decision, rule=rule, source=source, by=by)


def _redirected(decision: Decision, via: str | None) -> str | None:
    """Return what an error calls a request that a redirect has led to, and nothing of any other."""
    return f'{via} redirects to "{clip(visible(decision.value), 200)}", which' if via else None
