"""Taint: what has come together in one run. Private data, what strangers wrote, and a way out are harmless by twos.

A model that has read what a stranger wrote may do what the stranger wants. Text cannot be filtered for that, so what
counts is what such a run can still do: "the lethal trifecta", or Meta's rule of two for agents. A run is watched as a
whole, as a host cannot see what a script does with a value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from llmspell.wording import clip

Sinks = Literal["off", "ask", "deny"]
SINKS: tuple[Sinks, ...] = get_args(Sinks)
"""What becomes of a call that sends data out or destroys, once all three are there: nothing more is asked, a person
is asked again, it is refused."""

_TOLD = 5  # sources of one sort that are kept: people are shown these, the first ones
_LONGEST = 500  # characters of a source in a record


@dataclass
class Taint:
    """What a run has held so far.

    Args:
        sinks: what becomes of calls that send or destroy, once a model has read untrusted data.
    """

    sinks: Sinks = "off"
    untrusted: list[str] = field(default_factory=list)
    """Where data came from that a stranger may have written, the first of them."""
    private: list[str] = field(default_factory=list)
    """Where data came from that is nobody else's business, the first of them."""
    _asked: list[bool] = field(default_factory=list)

    @property
    def exposed(self) -> bool:
        """Whether a model was asked after untrusted data had come in: what it says may be what a stranger wants."""
        return bool(self._asked)

    def under(self, sinks: Sinks) -> "Taint":
        """Return the same data, and all that will come, with another word on what becomes of calls that send."""
        return self if sinks == self.sinks else replace(self, sinks=sinks)

    def _expose(self, exposed: bool) -> None:
        if exposed and not self._asked:
            self._asked.append(True)

    def read(self, source: str, *, untrusted: bool, private: bool) -> None:
        """Note that data has come into the run; `source` is for people: `Http.get example.com`."""
        for wanted, kept in ((untrusted, self.untrusted), (private, self.private)):
            if wanted and len(kept) < _TOLD and source not in kept:
                kept.append(source)

    def ask(self) -> None:
        """Note that a model gets to read what the run holds."""
        self._expose(bool(self.untrusted))

    def inherit(self, other: "Taint") -> None:
        """Take over what another run holds, as its data comes into this one."""
        for source in other.untrusted:
            self.read(source, untrusted=True, private=False)
        for source in other.private:
            self.read(source, untrusted=False, private=True)
        self._expose(other.exposed)

    def record(self) -> dict[str, Any]:
        """Return what is held as data, for the journal."""
        return {"untrusted": [*self.untrusted], "private": [*self.private], "exposed": self.exposed}

    def restore(self, held: Mapping[str, Any]) -> None:
        """Take over what a run has held by its record, which can make this one more careful and never less.

        Args:
            held: what `record` has returned; of what is not in it nothing is known.
        """
        for name in ("untrusted", "private"):
            for source in held.get(name, ()):
                self.read(clip(source, _LONGEST), untrusted=name == "untrusted", private=name == "private")
        self._expose(held.get("exposed", False))

    @property
    def complete(self) -> bool:
        """Whether only a way out is missing."""
        return self.exposed and bool(self.private) and bool(self.untrusted)

    def told(self, sink: str) -> Iterator[str]:
        """Yield the three things that would come together, each in a line for people."""
        yield f"private data        {', '.join(self.private)}"
        yield f"untrusted content   {', '.join(self.untrusted)}, read by a model"
        yield f"a way out           {sink}"
